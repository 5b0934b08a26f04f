/* tests/evm/suites.h - the kinds of test data that parsd-evm runs. */
#ifndef PARS_TESTS_EVM_SUITES_H
#define PARS_TESTS_EVM_SUITES_H

#include <stdio.h>

#include "chain/genesis.h"
#include "evm/evm.h"
#include "tests/evm/json.h"
#include "tests/evm/report.h"

void state_file(struct pars_evm *evm, const char *path, struct report *report);
void chain_file(struct pars_evm *evm, const char *path, struct report *report);
void opcode_file(struct pars_evm *evm, const char *path, struct report *report);
struct run_options {
	enum pars_fork fork;
	const char *code, *input; /* hex */
	int64_t gas;
	bool trace;
};
/* 1: the code failed or reverted. */
int run_code(const struct run_options *o);
/* db: a path, NULL: in memory. 1: a block is refused. */
int import_chain(const char *genesis_path, const char *chain_path, const char *db);
/* One of "blobSchedule". */
struct pars_blob_rule json_blob_rule(const json_t *v, uint64_t since);
void bench(const char *dir);

#endif
