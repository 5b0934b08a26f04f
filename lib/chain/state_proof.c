/* Proofs of the state: made, and checked (EIP-1186). */
#include <string.h>

#include "chain/state_impl.h"
#include "trie/proof.h"

#define TRY(call) do { enum pars_err err_ = (call); if (err_) return err_; } while (0)

/* -- making ----------------------------------------------------------------------- */

static enum pars_err prove(struct state_trie *t, const struct pars_digest *key, struct pars_arena *arena,
	struct pars_bytes *ret_value, struct pars_trie_proof *ret)
{
	enum pars_err err = pars_trie_prove(t->trie, PARS_BYTES_ARRAY(key->b), arena, ret);
	if (!err)
		err = pars_trie_get(t->trie, PARS_BYTES_ARRAY(key->b), ret_value);
	return err == PARS_E_PEER_MALFORMED ? PARS_E_DB_CORRUPT : err;
}

static enum pars_err prove_slots(struct state_trie *t, const struct pars_u256 *keys, size_t n,
	struct pars_arena *arena, struct pars_state_proof *p)
{
	p->slots = pars_arena_alloc(arena, (n + 1) * sizeof *p->slots);
	p->slot_count = n;
	for (size_t i = 0; i < n; i++) {
		struct pars_digest hash = state_hash_slot(&keys[i]);
		struct pars_bytes value;
		p->slots[i].key = keys[i];
		TRY(prove(t, &hash, arena, &value, &p->slots[i].proof));
		if (value.n && pars_rlp_get_u256(&value, &p->slots[i].value))
			return PARS_E_DB_CORRUPT;
	}
	return PARS_OK;
}

/* The account's trie as it was: one that was led back, or the newest. */
static enum pars_err prove_storage(struct pars_state *then, const struct pars_digest *owner,
	const struct pars_u256 *keys, size_t n, struct pars_arena *arena, struct pars_state_proof *p)
{
	for (size_t i = 0; i < then->storage_count; i++)
		if (pars_digest_equal(&then->storages[i]->slots.owner, owner))
			return prove_slots(&then->storages[i]->slots, keys, n, arena, p);
	struct state_trie now;
	state_trie_init(&now, then->store, owner, &p->storage_root);
	enum pars_err err = prove_slots(&now, keys, n, arena, p);
	state_trie_done(&now);
	return err;
}

static enum pars_err account_of_leaf(struct pars_bytes value, struct pars_account *ret, struct pars_digest *ret_root)
{
	struct pars_account a = { .exists = true };
	struct pars_digest root;
	struct pars_bytes in;
	if (pars_rlp_only_list(value, &in) || pars_rlp_get_u64(&in, &a.nonce) || pars_rlp_get_u256(&in, &a.balance) ||
	    pars_rlp_get_fixed(&in, root.b, sizeof root.b) ||
	    pars_rlp_get_fixed(&in, a.code_hash.b, sizeof a.code_hash.b) || in.n)
		return PARS_E_PEER_MALFORMED;
	a.has_storage = !pars_digest_equal(&root, &pars_trie_empty);
	*ret = a;
	*ret_root = root;
	return PARS_OK;
}

static enum pars_err prove_all(struct pars_state *then, const struct pars_address *address,
	const struct pars_u256 *keys, size_t n, struct pars_arena *arena, struct pars_state_proof *p)
{
	struct pars_digest hash = state_hash_address(address);
	struct pars_bytes value;
	TRY(prove(&then->accounts, &hash, arena, &value, &p->proof));
	if (value.n && account_of_leaf(value, &p->account, &p->storage_root))
		return PARS_E_DB_CORRUPT;
	return prove_storage(then, &hash, keys, n, arena, p);
}

enum pars_err pars_state_prove(struct pars_state *s, uint64_t number, const struct pars_address *address,
	const struct pars_u256 *keys, size_t n, struct pars_arena *arena, struct pars_state_proof *ret)
{
	/* Beside what may be prepared. */
	PARS_AUTO(pars_state) then = pars_state_new(s->store, s->retain);
	struct pars_state_proof p = { .account = { .code_hash = pars_keccak256_empty }, .storage_root = pars_trie_empty };
	TRY(state_prepare_back(then, number));
	TRY(prove_all(then, address, keys, n, arena, &p));
	*ret = p;
	return PARS_OK;
}

/* -- checking --------------------------------------------------------------------- */

enum pars_err pars_state_verify_account(const struct pars_digest *state_root, const struct pars_address *address,
	const struct pars_bytes *nodes, size_t n, struct pars_account *ret, struct pars_digest *ret_storage_root)
{
	struct pars_digest hash = state_hash_address(address);
	struct pars_bytes value;
	TRY(pars_trie_verify(state_root, PARS_BYTES_ARRAY(hash.b), nodes, n, &value));
	if (value.n)
		return account_of_leaf(value, ret, ret_storage_root);
	*ret = (struct pars_account){ .code_hash = pars_keccak256_empty };
	*ret_storage_root = pars_trie_empty;
	return PARS_OK;
}

enum pars_err pars_state_verify_slot(const struct pars_digest *storage_root, const struct pars_u256 *key,
	const struct pars_bytes *nodes, size_t n, struct pars_u256 *ret)
{
	struct pars_digest hash = state_hash_slot(key);
	struct pars_bytes value;
	struct pars_u256 word = PARS_U256(0);
	TRY(pars_trie_verify(storage_root, PARS_BYTES_ARRAY(hash.b), nodes, n, &value));
	if (value.n && (pars_rlp_get_u256(&value, &word) || value.n || pars_u256_is_zero(&word)))
		return PARS_E_PEER_MALFORMED;
	*ret = word;
	return PARS_OK;
}
