/* chain/state.h - all accounts and their storage, in the database.
 *
 * Each account and each slot is a row under the hash of its key: the flat state,
 * which answers reads. The trie over them has its branches and extensions in
 * rows under their paths; its leaves are the flat state's rows, and are not kept
 * twice. Only the newest state has nodes: a block's commit overwrites what was
 * at a path, so that nothing is ever left over, and nothing is collected.
 *
 * Of every block the values that it replaced are kept, for as many blocks as
 * are retained. They answer reads of older states, and put back, they lead to
 * any older state: the tries' roots then prove that it is the one. */
#ifndef PARS_CHAIN_STATE_H
#define PARS_CHAIN_STATE_H

#include "base/arena.h"
#include "chain/state_change.h"
#include "store/store.h"
#include "trie/trie.h"

#define PARS_STATE_HASHES 256 /* blocks whose hashes are kept at least (BLOCKHASH) */

struct pars_state;

/* Borrows the store. Keeps what leads back `retain` blocks. */
struct pars_state *pars_state_new(struct pars_store *store, uint64_t retain);
void pars_state_free(struct pars_state *state); /* NULL is fine */
PARS_AUTO_DEFINE(pars_state)

struct pars_state_block {
	uint64_t number;
	struct pars_digest hash, root;
};
/* The newest block. NOT_FOUND: the state is empty. Besides this and what each
 * says, all functions fail as the store does, and DB_CORRUPT. */
PARS_MUST enum pars_err pars_state_head(struct pars_state *state, struct pars_state_block *ret);
/* One that can be gone back to, or of the last PARS_STATE_HASHES. NOT_FOUND. */
PARS_MUST enum pars_err pars_state_block(struct pars_state *state, uint64_t number, struct pars_state_block *ret);

/* -- a block more: in a transaction of the store --------------------------------- */

/* What the root would be after these changes to the newest state, at a cost that
 * grows with the changes and not with the state. They are remembered in place of
 * what was prepared before. Addresses are distinct, and keys of one. */
PARS_MUST enum pars_err pars_state_prepare(struct pars_state *state, const struct pars_state_change *changes,
	size_t n, struct pars_digest *ret_root);
/* Writes what was prepared last as the state after block `number`: the one after
 * the newest, or any if there is none. INVALID: it is not. */
PARS_MUST enum pars_err pars_state_commit(struct pars_state *state, uint64_t number, const struct pars_digest *hash);
/* Makes an older block the newest. NOT_FOUND: it is not retained. */
PARS_MUST enum pars_err pars_state_rewind(struct pars_state *state, uint64_t number);

/* -- reading --------------------------------------------------------------------- */

/* The state after a block. That of the newest is good until the next commit or
 * rewind, others until the next rewind or as long as they are retained. */
struct pars_state_view {
	struct pars_state *state;
	uint64_t number;
	bool past;
	struct pars_arena codes;
	struct pars_evm_host host; /* its ctx is the view, which must not move */
};
/* NOT_FOUND: not retained. */
PARS_MUST enum pars_err pars_state_view_init(struct pars_state_view *view, struct pars_state *state, uint64_t number);
void pars_state_view_done(struct pars_state_view *view); /* codes given are gone */

struct pars_state_slot_proof {
	struct pars_u256 key, value;
	struct pars_trie_proof proof;
};
/* What eth_getProof answers (EIP-1186). */
struct pars_state_proof {
	struct pars_account account;
	struct pars_digest storage_root;
	struct pars_trie_proof proof;
	struct pars_state_slot_proof *slots;
	size_t slot_count;
};
/* Of the newest state cheaply; of older ones at a cost that grows with what
 * changed since. Lives in `arena`. NOT_FOUND: not retained. */
PARS_MUST enum pars_err pars_state_prove(struct pars_state *state, uint64_t number, const struct pars_address *address,
	const struct pars_u256 *keys, size_t n, struct pars_arena *arena, struct pars_state_proof *ret);

/* What such a proof proves, and no more nodes than needed. PEER_MALFORMED:
 * nothing. *ret: account.exists false if it is proved that there is none, and then
 * the storage's root is that of none. */
PARS_MUST enum pars_err pars_state_verify_account(const struct pars_digest *state_root,
	const struct pars_address *address, const struct pars_bytes *nodes, size_t n,
	struct pars_account *ret, struct pars_digest *ret_storage_root);
PARS_MUST enum pars_err pars_state_verify_slot(const struct pars_digest *storage_root,
	const struct pars_u256 *key, const struct pars_bytes *nodes, size_t n, struct pars_u256 *ret);

#endif
