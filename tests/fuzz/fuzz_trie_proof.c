/* Proofs of tries: a list of a key and nodes. What is proved is what a trie says
 * that is loaded from the same nodes, no node less proves it, and changing such a
 * trie ends, whatever the nodes are. */
#include "tests/fuzz/fuzz.h"
#include "trie/proof.h"
#include "trie/trie.h"

#define NODES_MAX 70

struct nodes {
	struct pars_bytes node[NODES_MAX];
	size_t n;
};

static enum pars_err fetch(void *ctx, struct pars_bytes path, const struct pars_digest *hash, struct pars_bytes *ret)
{
	struct nodes *s = ctx;
	assert(path.n <= PARS_TRIE_PATH_MAX);
	for (size_t i = 0; i < s->n; i++) {
		struct pars_digest got = pars_keccak256(s->node[i]);
		if (!memcmp(got.b, hash->b, sizeof got.b)) {
			*ret = s->node[i];
			return PARS_OK;
		}
	}
	return PARS_E_BUSY;
}

static void change(const struct pars_digest *root, struct nodes *s, struct pars_bytes key)
{
	struct pars_trie_source source = { s, fetch };
	PARS_AUTO(pars_trie) trie = pars_trie_new(root, &source);
	struct pars_bytes got, value = PARS_BYTES_STR("value");
	struct pars_digest before = pars_trie_root(trie), after;
	if (pars_trie_put(trie, key, (struct pars_bytes){ 0 })) {
		after = pars_trie_root(trie);
		assert(!memcmp(before.b, after.b, sizeof after.b));
	}
	if (pars_trie_put(trie, key, value))
		return;
	pars_trie_root(trie);
	assert(!pars_trie_get(trie, key, &got) && pars_bytes_equal(got, value));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pars_bytes in, key, proved, got;
	struct nodes s = { .n = 0 };
	if (pars_rlp_only_list(PARS_BYTES(data, size), &in) || pars_rlp_get_bytes(&in, &key) ||
	    key.n > PARS_TRIE_KEY_MAX)
		return 0;
	while (s.n < NODES_MAX && in.n && !pars_rlp_get_bytes(&in, &s.node[s.n]))
		s.n++;
	struct pars_digest root = s.n ? pars_keccak256(s.node[0]) : pars_trie_empty;
	if (!pars_trie_verify(&root, key, s.node, s.n, &proved)) {
		struct pars_trie_source source = { &s, fetch };
		PARS_AUTO(pars_trie) trie = pars_trie_new(&root, &source);
		assert(!s.n || pars_trie_verify(&root, key, s.node, s.n - 1, &got));
		assert(!pars_trie_get(trie, key, &got) && pars_bytes_equal(got, proved));
	}
	change(&root, &s, key);
	return 0;
}
