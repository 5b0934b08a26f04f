#include "chain/state_change.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "codec/rlp.h"
#include "trie/sorted.h"

/* A value and the hash of its key. */
struct hashed {
	struct pars_digest key;
	size_t start, n; /* of the value, in a buffer */
};

static int by_key(const void *a, const void *b)
{
	return memcmp(((const struct hashed *)a)->key.b, ((const struct hashed *)b)->key.b, 32);
}

/* Sorts the list. */
static struct pars_digest root_of(struct hashed *list, size_t n, const struct pars_buf *values)
{
	struct pars_trie_pair *pairs = pars_alloc_array(n + 1, sizeof *pairs);
	qsort(list, n, sizeof *list, by_key);
	for (size_t i = 0; i < n; i++) {
		pairs[i].key = PARS_BYTES_ARRAY(list[i].key.b);
		pairs[i].value = PARS_BYTES(values->mem + values->off + list[i].start, list[i].n);
	}
	struct pars_digest root = pars_trie_root_sorted(pairs, n);
	free(pairs);
	return root;
}

static struct pars_digest storage_root(const struct pars_state_change *change)
{
	PARS_AUTO_BUF values = { 0 };
	struct hashed *list = pars_alloc_array(change->slot_count + 1, sizeof *list);
	size_t n = 0;
	for (size_t i = 0; i < change->slot_count; i++) {
		uint8_t key[32];
		if (pars_u256_is_zero(&change->slots[i].value))
			continue;
		pars_u256_to_be(&change->slots[i].key, key);
		struct hashed h = { pars_keccak256(PARS_BYTES_ARRAY(key)), values.n, 0 };
		pars_rlp_put_u256(&values, &change->slots[i].value);
		h.n = values.n - h.start;
		list[n++] = h;
	}
	struct pars_digest root = root_of(list, n, &values);
	free(list);
	return root;
}

void pars_state_put_account(struct pars_buf *out, uint64_t nonce, const struct pars_u256 *balance,
	const struct pars_digest *root, const struct pars_digest *code_hash)
{
	size_t list = pars_rlp_list_begin(out);
	pars_rlp_put_u64(out, nonce);
	pars_rlp_put_u256(out, balance);
	pars_rlp_put_bytes(out, PARS_BYTES_ARRAY(root->b));
	pars_rlp_put_bytes(out, PARS_BYTES_ARRAY(code_hash->b));
	pars_rlp_list_end(out, list);
}

struct pars_digest pars_state_root_of(const struct pars_state_change *changes, size_t n)
{
	PARS_AUTO_BUF values = { 0 };
	struct hashed *list = pars_alloc_array(n + 1, sizeof *list);
	size_t there = 0;
	for (size_t i = 0; i < n; i++) {
		const struct pars_state_change *c = &changes[i];
		if (!c->exists)
			continue;
		struct pars_digest root = storage_root(c);
		struct hashed h = { pars_keccak256(PARS_BYTES_ARRAY(c->address.b)), values.n, 0 };
		pars_state_put_account(&values, c->nonce, &c->balance, &root, &c->code_hash);
		h.n = values.n - h.start;
		list[there++] = h;
	}
	struct pars_digest root = root_of(list, there, &values);
	free(list);
	return root;
}
