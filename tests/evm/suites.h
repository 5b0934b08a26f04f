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
struct differ_options {
	uint64_t seed, first;         /* first: the number to begin with */
	uint64_t count, seconds;      /* count, if it is not 0, else seconds */
	uint64_t differences;         /* after so many it ends */
	const char *peer;             /* the other implementation's program */
	const char *corpus, *collect; /* folders; NULL: none */
};
/* 1: something differs. */
int differ_command(const struct differ_options *o);
/* One case of a file and both answers. */
int differ_show(const char *path, const char *peer);
/* One of "blobSchedule". */
struct pars_blob_rule json_blob_rule(const json_t *v, uint64_t since);
void bench(const char *dir);

#endif
