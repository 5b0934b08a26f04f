/* tests/evm/prestate.h - a state in memory: what tests begin with, as the EVM's host.
 * A block's hash is the Keccak-256 of its number's digits, as state tests have it. */
#ifndef PARS_TESTS_EVM_PRESTATE_H
#define PARS_TESTS_EVM_PRESTATE_H

#include "chain/state_change.h"
#include "evm/world.h"
#include "tests/evm/json.h"

struct prestate {
	struct pars_map accounts;
	struct pars_arena memory; /* code */
	struct pars_evm_host host;
	/* Every answer is first "not yet": whoever waits must be resumed. */
	bool hesitates;
	uint64_t hesitated; /* how often */
	bool answers;
};

/* `alloc` is an object of accounts by address; NULL: none. */
void prestate_init(struct prestate *s, const json_t *alloc);
void prestate_done(struct prestate *s);
/* Takes over what became different in the world. */
void prestate_apply(struct prestate *s, const struct pars_world *w);
struct pars_digest prestate_root(const struct prestate *s);
/* All of it, as what a genesis does to an empty state. In the arena. */
struct pars_state_change *prestate_changes(const struct prestate *s, struct pars_arena *arena, size_t *n);

#endif
