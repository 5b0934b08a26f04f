/* tests/unit/evm/bed.h - code in a small world, run as a test wants it. */
#ifndef PARS_TESTS_UNIT_EVM_BED_H
#define PARS_TESTS_UNIT_EVM_BED_H

#include "evm/evm.h"
#include "tests/unit/unit.h"

#define BED_ACCOUNTS 8

/* The contract that is called has the address 0xc000, others those behind it;
 * each has 1000 wei, and in each slot its key and 1. The caller is 0xc0ff. */
struct bed {
	struct pars_bytes code[BED_ACCOUNTS]; /* empty: no such account */
	enum pars_fork fork;
	bool single;          /* traced: translated instruction by instruction */
	unsigned busy_at;     /* this question, counted from 1, is answered "not yet" once; 0: none */
	bool always_busy;     /* each is, once */
	unsigned fails_at;    /* this one fails for good */
	void (*step)(void *ctx, const struct pars_evm_step *step); /* NULL: only counted */
	void *ctx;
	struct pars_evm *evm; /* kept between runs; bed_done frees it */

	unsigned asked, busy; /* questions, and how many were answered "not yet" */
	bool answers;
	unsigned steps;
};

struct bed_outcome {
	enum pars_err err;       /* OK; else nothing below counts */
	enum pars_evm_status status;
	int64_t gas_left;
	int64_t gas_used;
	size_t output_n;
	uint8_t output[2048];    /* the first bytes of it */
	struct pars_digest state; /* what became different, and the logs */
};

struct pars_address bed_address(unsigned i);
struct bed_outcome bed_run(struct bed *bed, const struct pars_evm_call *call);
/* Calls the first contract with this code and gas. */
struct bed_outcome bed_code(struct bed *bed, struct pars_bytes code, int64_t gas);
/* The same, of hex. */
struct bed_outcome bed_hex(struct bed *bed, const char *code, int64_t gas);
void bed_done(struct bed *bed);
void bed_assert_same(const struct bed_outcome *a, const struct bed_outcome *b, const char *what);

#endif
