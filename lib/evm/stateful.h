/* evm/stateful.h - precompiles that have a state: what one is told, what it may do.
 *
 * It acts upon the world as code in its place could, at the prices that code
 * pays. Functions that return false say that the call is over: out of gas,
 * refused, or the host does not know something yet; then return at once. What
 * was changed is undone by whoever called, and where the host did not know, the
 * call runs again from its start, with the gas that it had then. */
#ifndef PARS_EVM_STATEFUL_H
#define PARS_EVM_STATEFUL_H

#include "evm/evm.h"
#include "evm/rules.h"

struct pars_stateful {
	struct pars_world *world;
	const struct pars_evm_rules *rules;
	const struct pars_evm_block *block;
	const struct pars_evm_network *network;
	struct pars_world_account *self; /* its own, never a caller's */
	struct pars_address caller;
	struct pars_u256 value;          /* self has it already */
	struct pars_bytes input;
	bool is_static;                  /* _store, _log and _send are not allowed */
	int64_t gas;                     /* what is left; below zero: none */

	/* The outcome. */
	enum pars_err err;               /* the host's; then the rest means nothing */
	enum pars_evm_status status;
	struct pars_buf *out;
};

bool pars_stateful_pay(struct pars_stateful *c, int64_t gas);
bool pars_stateful_load(struct pars_stateful *c, const struct pars_u256 *key, struct pars_u256 *ret);
bool pars_stateful_store(struct pars_stateful *c, const struct pars_u256 *key, const struct pars_u256 *value);
bool pars_stateful_log(struct pars_stateful *c, const struct pars_digest *topics, unsigned topic_count,
	struct pars_bytes data);
/* Moves what self has to an account; no code of that account runs. Refuses what
 * self has not. */
bool pars_stateful_send(struct pars_stateful *c, const struct pars_address *to, const struct pars_u256 *value);
/* Reverts with Error(string), as Solidity has it. Always false. */
bool pars_stateful_refuse(struct pars_stateful *c, const char *reason);
/* Appends a word to the output. */
void pars_stateful_put(struct pars_stateful *c, const struct pars_u256 *word);

#endif
