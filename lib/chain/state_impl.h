/* chain/state_impl.h - rows of the state. Private to lib/chain/state*.c. */
#ifndef PARS_CHAIN_STATE_IMPL_H
#define PARS_CHAIN_STATE_IMPL_H

#include "chain/state.h"

/* A row's key: what it is, then hashes or a path. */
#define STATE_ACCOUNT 'a' /* hash of the address */
#define STATE_SLOT 's'    /* and the hash of the slot's key */
#define STATE_NODE 'n'    /* path: of the trie of accounts */
#define STATE_SLOT_NODE 'm' /* hash of the address, path: of its trie of slots */
#define STATE_KEY_MAX 97

struct state_key {
	uint8_t b[STATE_KEY_MAX];
	size_t n;
};

static inline struct pars_bytes state_key_bytes(const struct state_key *k)
{
	return PARS_BYTES(k->b, k->n);
}
struct state_key state_key(char kind, struct pars_bytes a, struct pars_bytes b);
/* The first key behind all that begin with this one. */
struct state_key state_key_after(struct state_key k);

/* An account's row: as in the trie, but roots and code hashes of nothing are
 * empty. */
struct state_account {
	struct pars_account account;
	struct pars_digest storage_root;
};
void state_account_put(struct pars_buf *out, const struct state_account *a);
/* An empty row: there is none. DB_CORRUPT. */
PARS_MUST enum pars_err state_account_decode(struct pars_bytes row, struct state_account *ret);
struct pars_digest state_hash_address(const struct pars_address *address);
struct pars_digest state_hash_slot(const struct pars_u256 *key);

/* One trie of the newest state, over the rows; the trie keeps a pointer. */
struct state_trie {
	struct pars_store *store;
	bool is_slots;
	struct pars_digest owner; /* hash of the address */
	struct pars_trie *trie;
	struct pars_buf node;
};
void state_trie_init(struct state_trie *t, struct pars_store *store, const struct pars_digest *owner,
	const struct pars_digest *root);
void state_trie_done(struct state_trie *t);
/* As pars_trie_put; what a peer would be blamed for is DB_CORRUPT here. */
PARS_MUST enum pars_err state_trie_put(struct state_trie *t, const struct pars_digest *key, struct pars_bytes value);
void state_trie_commit(struct state_trie *t);

/* What changes: an account's trie of slots, and rows. */
struct state_storage {
	struct state_trie slots;
	bool wiped; /* first all that was there goes */
};

struct pars_state {
	struct pars_store *store;
	uint64_t retain;
	/* What was prepared: */
	bool prepared;
	struct pars_digest root;
	struct state_trie accounts;
	bool kept; /* nothing is prepared; `accounts` is the trie of `root`, its top in memory */
	struct state_storage **storages;
	size_t storage_count, storage_cap;
	struct pars_buf rows;  /* key and value of each, behind their lengths */
	struct pars_buf codes; /* hash, length, code */
};

/* The row's value after block `number`; a copy in *out, which is empty then if
 * there is none. past: look for what later blocks replaced. */
PARS_MUST enum pars_err state_read(struct pars_state *s, const struct state_key *key, bool past, uint64_t number,
	struct pars_buf *out);
/* Prepares to go back to a block, in place of what was prepared: the tries, and
 * the rows to be written. */
PARS_MUST enum pars_err state_prepare_back(struct pars_state *s, uint64_t number);
/* NOT_FOUND: there is no way back to this block. */
PARS_MUST enum pars_err state_retained(struct pars_state *s, uint64_t number, const struct pars_state_block *head);
/* OK, or what went wrong in the store. */
PARS_MUST enum pars_err state_store_error(const struct pars_state *s);

#endif
