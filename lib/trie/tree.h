/* trie/tree.h - the nodes of a trie in memory. Private to lib/trie. */
#ifndef PARS_TRIE_TREE_H
#define PARS_TRIE_TREE_H

#include "trie/trie.h"

/* Where a node hangs. Nothing: no node, n 0. Known only by name: no node, n
 * up to 32. In memory: node; n 0 if it changed and was not hashed since. */
struct pars_trie_ref {
	struct pars_trie_tree *node;
	uint8_t n, b[32]; /* as pars_trie_node has children */
};

struct pars_trie_tree {
	uint8_t kind; /* enum pars_trie_kind */
	bool fresh;   /* not committed yet; then nothing above it is, either */
	uint8_t path_n;
	uint32_t value_n;
	/* Of a leaf: path and value. Of an extension: path. */
	uint8_t *path;
};

struct pars_trie_extension {
	struct pars_trie_tree head;
	struct pars_trie_ref child;
};

struct pars_trie_branch {
	struct pars_trie_tree head;
	struct pars_trie_tree *value; /* a leaf without a path, or NULL */
	struct pars_trie_ref child[16];
};

struct pars_trie {
	struct pars_trie_source source;
	struct pars_trie_ref root;
	struct pars_buf out;  /* what is being encoded */
	struct pars_buf gone; /* paths, a length byte before each */
};

static inline struct pars_trie_extension *pars_trie_as_extension(struct pars_trie_tree *node)
{
	return (struct pars_trie_extension *)(void *)node;
}

static inline struct pars_trie_branch *pars_trie_as_branch(struct pars_trie_tree *node)
{
	return (struct pars_trie_branch *)(void *)node;
}

static inline struct pars_bytes pars_trie_tree_path(const struct pars_trie_tree *node)
{
	return PARS_BYTES(node->path, node->path_n);
}

static inline struct pars_bytes pars_trie_leaf_value(const struct pars_trie_tree *leaf)
{
	return PARS_BYTES(leaf->path + leaf->path_n, leaf->value_n);
}

/* New ones are fresh and own copies of what they are made of. */
struct pars_trie_tree *pars_trie_leaf_new(struct pars_bytes path, struct pars_bytes value);
struct pars_trie_tree *pars_trie_extension_new(struct pars_bytes path, struct pars_trie_ref child);
struct pars_trie_branch *pars_trie_branch_new(void);
/* One node, not what hangs below it. */
void pars_trie_tree_free(struct pars_trie_tree *node);
/* All below too; goes as deep as keys are long. */
void pars_trie_tree_free_all(struct pars_trie_tree *node);

/* Makes sure that what hangs at `at`, if anything, is in memory. */
PARS_MUST enum pars_err pars_trie_load(struct pars_trie *trie, struct pars_trie_ref *at, struct pars_bytes path);
/* Appends a node as it is encoded; all its children have names. */
void pars_trie_tree_put(const struct pars_trie_tree *node, struct pars_buf *out);

PARS_MUST enum pars_err pars_trie_insert(struct pars_trie *trie, struct pars_bytes path, struct pars_bytes value);
PARS_MUST enum pars_err pars_trie_remove(struct pars_trie *trie, struct pars_bytes path);
void pars_trie_gone(struct pars_trie *trie, struct pars_bytes path);

#endif
