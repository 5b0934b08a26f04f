/* trie/trie.h - a Merkle-Patricia trie: a map of short keys whose root proves it.
 *
 * The tree stands in memory as far as it was walked; what is known only by its
 * hash is asked of a source when it is needed: a database, a proof, or somebody
 * who has to ask first and answers BUSY. Whatever fails, the trie is as it was
 * before, and the call may be repeated. Keys are taken as they are: who wants
 * a secure trie hashes them first. Depth is bounded by the longest key. */
#ifndef PARS_TRIE_TRIE_H
#define PARS_TRIE_TRIE_H

#include "base/arena.h"
#include "trie/node.h"

struct pars_trie;

/* Where nodes come from. `path` leads to it from the root. What is given is
 * borrowed until the next call, and checked against the hash. */
struct pars_trie_source {
	void *ctx;
	enum pars_err (*node)(void *ctx, struct pars_bytes path, const struct pars_digest *hash,
		struct pars_bytes *ret);
};

/* Where nodes go at a commit. First all paths are named where there is no
 * longer the node that was, then all new nodes are given; a path may be in
 * both. A path at which a branch or an extension was and is now a leaf, or
 * nothing that has a hash of its own, is always among the gone. */
struct pars_trie_sink {
	void *ctx;
	void (*gone)(void *ctx, struct pars_bytes path);
	void (*node)(void *ctx, struct pars_bytes path, const struct pars_digest *hash,
		struct pars_bytes raw, enum pars_trie_kind kind);
};

/* root NULL: empty. source NULL: the whole trie is in memory. Copies both. */
struct pars_trie *pars_trie_new(const struct pars_digest *root, const struct pars_trie_source *source);
void pars_trie_free(struct pars_trie *trie); /* NULL is fine */
PARS_AUTO_DEFINE(pars_trie)

/* Besides what each says: the source's errors, and PEER_MALFORMED when it gave
 * what is not the node. INVALID: the key is longer than PARS_TRIE_KEY_MAX. */

/* *ret is empty when there is none, and borrowed until the trie changes. */
PARS_MUST enum pars_err pars_trie_get(struct pars_trie *trie, struct pars_bytes key, struct pars_bytes *ret);
/* An empty value removes the key. */
PARS_MUST enum pars_err pars_trie_put(struct pars_trie *trie, struct pars_bytes key, struct pars_bytes value);
/* Hashes what changed since it was last asked. */
struct pars_digest pars_trie_root(struct pars_trie *trie);
/* Gives all that changed since the last commit. */
void pars_trie_commit(struct pars_trie *trie, const struct pars_trie_sink *sink);

/* Forgets nodes in memory below so many levels of branches, which were committed:
 * they come from the source again. What stays serves the next changes. */
void pars_trie_trim(struct pars_trie *trie, unsigned levels);

/* Nodes from the root towards a key: all that have a hash of their own. */
struct pars_trie_proof {
	struct pars_bytes node[PARS_TRIE_PATH_MAX + 1];
	size_t n;
};
/* Of what the trie says about the key, be it there or not. Lives in `arena`. */
PARS_MUST enum pars_err pars_trie_prove(struct pars_trie *trie, struct pars_bytes key,
	struct pars_arena *arena, struct pars_trie_proof *ret);

#endif
