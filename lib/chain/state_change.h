/* chain/state_change.h - what a block, or a genesis, does to the state. */
#ifndef PARS_CHAIN_STATE_CHANGE_H
#define PARS_CHAIN_STATE_CHANGE_H

#include "evm/host.h"

struct pars_state_slot {
	struct pars_u256 key, value; /* zero: the slot is gone */
};

struct pars_state_change {
	struct pars_address address;
	bool exists;                /* afterwards; false: all else is ignored, its storage is gone */
	uint64_t nonce;
	struct pars_u256 balance;
	struct pars_digest code_hash;
	struct pars_bytes code;     /* when the code may be new to the state; else empty */
	bool storage_cleared;       /* all slots there were are gone, before `slots` are set */
	struct pars_state_slot *slots;
	size_t slot_count;
};

/* An account as the state's trie holds it. */
void pars_state_put_account(struct pars_buf *out, uint64_t nonce, const struct pars_u256 *balance,
	const struct pars_digest *storage_root, const struct pars_digest *code_hash);
/* Of the state that begins with these changes, without a database. Addresses,
 * and keys of an account, are distinct. */
struct pars_digest pars_state_root_of(const struct pars_state_change *changes, size_t n);

#endif
