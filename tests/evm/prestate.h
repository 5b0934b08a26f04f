/* tests/evm/prestate.h - a state in memory: what tests begin with, as the EVM's host. */
#ifndef PARS_TESTS_EVM_PRESTATE_H
#define PARS_TESTS_EVM_PRESTATE_H

#include "evm/world.h"
#include "tests/evm/json.h"

struct prestate {
	struct pars_map accounts;
	struct pars_arena memory; /* code */
	struct pars_evm_host host;
	/* Of the block `number`; by default the Keccak-256 of its decimal digits, as
	 * state tests have it. */
	struct pars_digest (*block_hash)(void *ctx, uint64_t number);
	void *ctx;
	/* Every answer is first "not yet": whoever waits must be resumed. */
	bool hesitates;
	uint64_t hesitated; /* how often */
	bool answers;
};

/* `alloc` is an object of accounts by address; NULL: none. */
void prestate_init(struct prestate *s, const json_t *alloc);
void prestate_copy(struct prestate *to, const struct prestate *from);
void prestate_done(struct prestate *s);
/* Takes over what became different in the world. */
void prestate_apply(struct prestate *s, const struct pars_world *w);
struct pars_digest prestate_root(const struct prestate *s);

#endif
