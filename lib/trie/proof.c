#include "trie/proof.h"

/* One step down: *path loses what the node stands for, *next becomes the
 * reference to go on with, or is empty, and then *value is the answer. */
static void step(const struct pars_trie_node *node, struct pars_bytes *path, struct pars_bytes *next,
	struct pars_bytes *value)
{
	struct pars_bytes own = PARS_BYTES(node->path, node->path_n);
	*next = *value = (struct pars_bytes){ 0 };
	if (node->kind == PARS_TRIE_BRANCH) {
		if (path->n)
			*next = node->child[pars_bytes_take(path, 1).p[0]];
		else
			*value = node->value;
	} else if (node->kind == PARS_TRIE_LEAF) {
		if (pars_bytes_equal(own, *path))
			*value = node->value;
	} else if (pars_trie_common(own, *path) == own.n) {
		pars_bytes_take(path, own.n);
		*next = node->child[0];
	}
}

enum pars_err pars_trie_verify(const struct pars_digest *root, struct pars_bytes key,
	const struct pars_bytes *nodes, size_t n, struct pars_bytes *ret)
{
	uint8_t nibbles[PARS_TRIE_PATH_MAX];
	struct pars_bytes next = PARS_BYTES_ARRAY(root->b), value = { 0 };
	struct pars_trie_node node;
	if (key.n > PARS_TRIE_KEY_MAX)
		return PARS_E_PEER_MALFORMED;
	struct pars_bytes path = PARS_BYTES(nibbles, pars_trie_path(key, nibbles));
	if (!memcmp(root->b, pars_trie_empty.b, sizeof root->b))
		next.n = 0;
	/* Each step takes a nibble or more, or is the last. */
	while (next.n) {
		struct pars_bytes raw = next; /* stands in its parent */
		if (next.n == sizeof root->b) {
			if (!n)
				return PARS_E_PEER_MALFORMED;
			raw = *nodes++;
			n--;
			struct pars_digest hash = pars_keccak256(raw);
			if (memcmp(hash.b, next.p, sizeof hash.b))
				return PARS_E_PEER_MALFORMED;
		}
		enum pars_err err = pars_trie_node_decode(raw, &node);
		if (err)
			return err;
		step(&node, &path, &next, &value);
	}
	if (n)
		return PARS_E_PEER_MALFORMED;
	*ret = value;
	return PARS_OK;
}
