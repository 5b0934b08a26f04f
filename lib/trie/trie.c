#include "trie/trie.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "trie/tree.h"

struct pars_trie *pars_trie_new(const struct pars_digest *root, const struct pars_trie_source *source)
{
	struct pars_trie *trie = pars_alloc(sizeof *trie);
	if (source)
		trie->source = *source;
	if (root && memcmp(root->b, pars_trie_empty.b, sizeof root->b)) {
		trie->root.n = sizeof root->b;
		memcpy(trie->root.b, root->b, sizeof root->b);
	}
	return trie;
}

void pars_trie_free(struct pars_trie *trie)
{
	if (!trie)
		return;
	pars_trie_tree_free_all(trie->root.node);
	pars_buf_done(&trie->out);
	pars_buf_done(&trie->gone);
	free(trie);
}

/* -- hashes ------------------------------------------------------------------------- */

/* Names what changed at and below `at`, children first; goes as deep as keys
 * are long. */
static void name(struct pars_trie *trie, struct pars_trie_ref *at)
{
	if (!at->node || at->n)
		return;
	if (at->node->kind == PARS_TRIE_EXTENSION)
		name(trie, &pars_trie_as_extension(at->node)->child);
	if (at->node->kind == PARS_TRIE_BRANCH)
		for (int x = 0; x < 16; x++)
			name(trie, &pars_trie_as_branch(at->node)->child[x]);
	pars_buf_truncate(&trie->out, 0);
	pars_trie_tree_put(at->node, &trie->out);
	size_t n = trie->out.n;
	if (n < sizeof at->b && at != &trie->root) {
		pars_buf_take(&trie->out, at->b, n);
	} else {
		struct pars_digest hash = pars_keccak256(pars_buf_bytes(&trie->out));
		memcpy(at->b, hash.b, n = sizeof hash.b);
	}
	at->n = (uint8_t)n;
}

struct pars_digest pars_trie_root(struct pars_trie *trie)
{
	struct pars_digest root = pars_trie_empty;
	name(trie, &trie->root);
	if (trie->root.n)
		memcpy(root.b, trie->root.b, sizeof root.b);
	return root;
}

/* -- commit --------------------------------------------------------------------------- */

struct commit {
	struct pars_trie *trie;
	const struct pars_trie_sink *sink;
	bool gone; /* the first round: what a parent now holds itself is gone */
	uint8_t path[PARS_TRIE_PATH_MAX];
};

static void give(struct commit *c, const struct pars_trie_ref *at, size_t depth)
{
	struct pars_bytes path = PARS_BYTES(c->path, depth);
	if (c->gone) {
		if (at->n < sizeof at->b)
			c->sink->gone(c->sink->ctx, path);
	} else if (at->n == sizeof at->b) {
		struct pars_digest hash;
		memcpy(hash.b, at->b, sizeof hash.b);
		pars_buf_truncate(&c->trie->out, 0);
		pars_trie_tree_put(at->node, &c->trie->out);
		c->sink->node(c->sink->ctx, path, &hash, pars_buf_bytes(&c->trie->out), at->node->kind);
	}
}

/* All fresh nodes at and below `at`; as deep as keys are long. */
static void walk(struct commit *c, struct pars_trie_ref *at, size_t depth)
{
	struct pars_trie_tree *node = at->node;
	if (!node || !node->fresh)
		return;
	if (node->kind == PARS_TRIE_EXTENSION) {
		memcpy(c->path + depth, node->path, node->path_n);
		walk(c, &pars_trie_as_extension(node)->child, depth + node->path_n);
	}
	for (uint8_t x = 0; node->kind == PARS_TRIE_BRANCH && x < 16; x++)
		if (pars_trie_as_branch(node)->child[x].node) {
			c->path[depth] = x;
			walk(c, &pars_trie_as_branch(node)->child[x], depth + 1);
		}
	give(c, at, depth);
	if (!c->gone)
		node->fresh = false;
}

void pars_trie_commit(struct pars_trie *trie, const struct pars_trie_sink *sink)
{
	struct commit c = { trie, sink, .gone = true };
	name(trie, &trie->root);
	struct pars_bytes gone = pars_buf_bytes(&trie->gone);
	while (gone.n) {
		size_t n = pars_bytes_take(&gone, 1).p[0];
		sink->gone(sink->ctx, pars_bytes_take(&gone, n));
	}
	pars_buf_truncate(&trie->gone, 0);
	walk(&c, &trie->root, 0);
	c.gone = false;
	walk(&c, &trie->root, 0);
}

static void trim(struct pars_trie_ref *at, unsigned levels)
{
	struct pars_trie_tree *node = at->node;
	if (!node || node->fresh)
		return;
	if (!levels) {
		pars_trie_tree_free_all(node);
		at->node = NULL;
		return;
	}
	if (node->kind == PARS_TRIE_EXTENSION)
		trim(&pars_trie_as_extension(node)->child, levels);
	for (int x = 0; node->kind == PARS_TRIE_BRANCH && x < 16; x++)
		trim(&pars_trie_as_branch(node)->child[x], levels - 1);
}

void pars_trie_trim(struct pars_trie *trie, unsigned levels)
{
	trim(&trie->root, levels);
}

/* -- keys --------------------------------------------------------------------------- */

enum pars_err pars_trie_put(struct pars_trie *trie, struct pars_bytes key, struct pars_bytes value)
{
	uint8_t nibbles[PARS_TRIE_PATH_MAX];
	if (key.n > PARS_TRIE_KEY_MAX)
		return PARS_E_INVALID;
	struct pars_bytes path = PARS_BYTES(nibbles, pars_trie_path(key, nibbles));
	return value.n ? pars_trie_insert(trie, path, value) : pars_trie_remove(trie, path);
}

/* Walks towards the key. `proof`, if wanted, gets the nodes on the way. */
static enum pars_err look(struct pars_trie *trie, struct pars_bytes key, struct pars_arena *arena,
	struct pars_trie_proof *proof, struct pars_bytes *ret)
{
	uint8_t nibbles[PARS_TRIE_PATH_MAX];
	if (key.n > PARS_TRIE_KEY_MAX)
		return PARS_E_INVALID;
	struct pars_bytes path = PARS_BYTES(nibbles, pars_trie_path(key, nibbles)), rest = path;
	struct pars_trie_ref *at = &trie->root;
	*ret = (struct pars_bytes){ 0 };
	for (;;) {
		enum pars_err err = pars_trie_load(trie, at, PARS_BYTES(path.p, path.n - rest.n));
		if (err || !at->node)
			return err;
		const struct pars_trie_tree *node = at->node;
		if (proof && at->n == sizeof at->b) {
			pars_buf_truncate(&trie->out, 0);
			pars_trie_tree_put(node, &trie->out);
			proof->node[proof->n++] = pars_arena_copy(arena, pars_buf_bytes(&trie->out));
		}
		struct pars_bytes own = pars_trie_tree_path(node);
		if (node->kind == PARS_TRIE_BRANCH) {
			struct pars_trie_branch *b = pars_trie_as_branch(at->node);
			if (!rest.n) {
				if (b->value)
					*ret = pars_trie_leaf_value(b->value);
				return PARS_OK;
			}
			at = &b->child[pars_bytes_take(&rest, 1).p[0]];
		} else if (node->kind == PARS_TRIE_LEAF) {
			if (pars_bytes_equal(own, rest))
				*ret = pars_trie_leaf_value(node);
			return PARS_OK;
		} else {
			if (pars_trie_common(own, rest) < own.n)
				return PARS_OK;
			pars_bytes_take(&rest, own.n);
			at = &pars_trie_as_extension(at->node)->child;
		}
	}
}

enum pars_err pars_trie_get(struct pars_trie *trie, struct pars_bytes key, struct pars_bytes *ret)
{
	struct pars_bytes value;
	enum pars_err err = look(trie, key, NULL, NULL, &value);
	if (!err)
		*ret = value;
	return err;
}

enum pars_err pars_trie_prove(struct pars_trie *trie, struct pars_bytes key, struct pars_arena *arena,
	struct pars_trie_proof *ret)
{
	struct pars_trie_proof proof = { .n = 0 };
	struct pars_bytes value;
	name(trie, &trie->root);
	enum pars_err err = look(trie, key, arena, &proof, &value);
	if (!err)
		*ret = proof;
	return err;
}
