#include "trie/sorted.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"

static uint8_t nibble(const struct pars_trie_pair *pair, size_t i)
{
	uint8_t byte = pair->key.p[i / 2];
	return i & 1 ? byte & 15 : byte >> 4;
}

/* Nibbles from `depth` on that the first and the last, and so all, share. */
static size_t shared(const struct pars_trie_pair *pairs, size_t n, size_t depth)
{
	const struct pars_trie_pair *a = &pairs[0], *b = &pairs[n - 1];
	size_t end = 2 * PARS_MIN(a->key.n, b->key.n), at = depth;
	while (at < end && nibble(a, at) == nibble(b, at))
		at++;
	return at - depth;
}

static void put_path(struct pars_buf *out, const struct pars_trie_pair *pair, size_t from, size_t n, bool leaf)
{
	uint8_t path[PARS_TRIE_PATH_MAX];
	for (size_t i = 0; i < n; i++)
		path[i] = nibble(pair, from + i);
	pars_trie_put_path(out, PARS_BYTES(path, n), leaf);
}

static void put_node(struct pars_buf *out, const struct pars_trie_pair *pairs, size_t n, size_t depth);

/* A reference: the node itself, or its hash once it is as long. */
static void put_child(struct pars_buf *out, const struct pars_trie_pair *pairs, size_t n, size_t depth)
{
	size_t start = out->n;
	put_node(out, pairs, n, depth);
	struct pars_bytes raw = pars_buf_bytes(out);
	pars_bytes_take(&raw, start);
	if (raw.n < 32)
		return;
	struct pars_digest hash = pars_keccak256(raw);
	pars_buf_truncate(out, start);
	pars_rlp_put_bytes(out, PARS_BYTES_ARRAY(hash.b));
}

static void put_branch(struct pars_buf *out, const struct pars_trie_pair *pairs, size_t n, size_t depth)
{
	struct pars_bytes value = { 0 };
	if (2 * pairs[0].key.n == depth) {
		value = pairs[0].value;
		pairs++;
		n--;
	}
	for (uint8_t x = 0; x < 16; x++) {
		size_t mine = 0;
		while (mine < n && nibble(&pairs[mine], depth) == x)
			mine++;
		if (mine)
			put_child(out, pairs, mine, depth + 1);
		else
			pars_rlp_put_bytes(out, (struct pars_bytes){ 0 });
		pairs += mine;
		n -= mine;
	}
	assert(!n); /* else they were not in order */
	pars_rlp_put_bytes(out, value);
}

/* Goes as deep as keys are long. */
static void put_node(struct pars_buf *out, const struct pars_trie_pair *pairs, size_t n, size_t depth)
{
	size_t list = pars_rlp_list_begin(out), common = n > 1 ? shared(pairs, n, depth) : 0;
	if (n == 1) {
		put_path(out, pairs, depth, 2 * pairs->key.n - depth, true);
		pars_rlp_put_bytes(out, pairs->value);
	} else if (common) {
		put_path(out, pairs, depth, common, false);
		put_child(out, pairs, n, depth + common);
	} else {
		put_branch(out, pairs, n, depth);
	}
	pars_rlp_list_end(out, list);
}

struct pars_digest pars_trie_root_sorted(const struct pars_trie_pair *pairs, size_t n)
{
	if (!n)
		return pars_trie_empty;
	for (size_t i = 0; i < n; i++) {
		assert(pairs[i].key.n <= PARS_TRIE_KEY_MAX && pairs[i].value.n);
		assert(!i || pars_bytes_compare(pairs[i - 1].key, pairs[i].key) < 0);
	}
	PARS_AUTO_BUF out = { 0 };
	put_node(&out, pairs, n, 0);
	return pars_keccak256(pars_buf_bytes(&out));
}

/* The index of the i-th key in order: 1 to 127 are their own encoding, 0 is
 * 0x80, and from 128 on all begin with a length and rise. */
static size_t index_of(size_t i, size_t n)
{
	size_t small = PARS_MIN(n, (size_t)128);
	return i >= small ? i : i + 1 == small ? 0 : i + 1;
}

struct pars_digest pars_trie_root_list(const struct pars_bytes *items, size_t n)
{
	struct pars_trie_pair *pairs = pars_alloc_array(n + 1, sizeof *pairs);
	uint8_t (*keys)[9] = pars_alloc_array(n + 1, sizeof *keys);
	PARS_AUTO_BUF key = { 0 };
	for (size_t i = 0; i < n; i++) {
		pars_buf_truncate(&key, 0);
		pars_rlp_put_u64(&key, index_of(i, n));
		memcpy(keys[i], key.mem, key.n);
		pairs[i].key = PARS_BYTES(keys[i], key.n);
		pairs[i].value = items[index_of(i, n)];
	}
	struct pars_digest root = pars_trie_root_sorted(pairs, n);
	free(keys);
	free(pairs);
	return root;
}
