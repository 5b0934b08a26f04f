/* trie/node.h - nodes of a Merkle-Patricia trie as they are encoded (yellow
 * paper, appendix D), and the paths that lead to them.
 *
 * A path is one nibble a byte. A key of n bytes is a path of 2 n. */
#ifndef PARS_TRIE_NODE_H
#define PARS_TRIE_NODE_H

#include "codec/rlp.h"
#include "crypto/keccak.h"

#define PARS_TRIE_KEY_MAX 32
#define PARS_TRIE_PATH_MAX ((size_t)2 * PARS_TRIE_KEY_MAX)

/* The root of a trie that holds nothing. */
extern const struct pars_digest pars_trie_empty;

enum pars_trie_kind { PARS_TRIE_LEAF, PARS_TRIE_EXTENSION, PARS_TRIE_BRANCH };

/* What an encoded node says. A child is 32 bytes: the node's hash; fewer: the
 * node itself; none: there is no such child. */
struct pars_trie_node {
	enum pars_trie_kind kind;
	uint8_t path[PARS_TRIE_PATH_MAX]; /* of a leaf, an extension */
	size_t path_n;
	struct pars_bytes value;          /* of a leaf, of a branch perhaps */
	struct pars_bytes child[16];      /* of a branch; [0] of an extension */
};

/* Borrows `raw`. PEER_MALFORMED: it is no node. */
PARS_MUST enum pars_err pars_trie_node_decode(struct pars_bytes raw, struct pars_trie_node *ret);

/* Writes 2 * key.n nibbles; key.n <= PARS_TRIE_KEY_MAX. Returns how many. */
size_t pars_trie_path(struct pars_bytes key, uint8_t *out);
/* How many nibbles two paths have in common at the start. */
size_t pars_trie_common(struct pars_bytes a, struct pars_bytes b);
/* The path of a leaf or an extension as an item: hex prefix. */
void pars_trie_put_path(struct pars_buf *b, struct pars_bytes path, bool leaf);

#endif
