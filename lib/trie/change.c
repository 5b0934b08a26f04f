/* Putting keys in and taking them out. Each walks down first, loading what it
 * may need, and changes nothing until it has all of it: so a source that is
 * BUSY, or fails, leaves the trie as it was. */
#include "trie/tree.h"

#include <assert.h>

/* The way down: where each node hangs, and how much of the path led there. */
struct way {
	struct pars_trie_ref *at[PARS_TRIE_PATH_MAX + 1];
	size_t depth[PARS_TRIE_PATH_MAX + 1];
	size_t n;
};

static struct pars_bytes from(struct pars_bytes path, size_t i)
{
	pars_bytes_take(&path, i);
	return path;
}

static struct pars_bytes until(struct pars_bytes path, size_t i)
{
	return pars_bytes_take(&path, i);
}

/* Follows the path as far as there are nodes. The last of the way is where the
 * path ends or leaves the tree. */
static enum pars_err descend(struct pars_trie *trie, struct pars_bytes path, struct way *way)
{
	struct pars_trie_ref *at = &trie->root;
	size_t i = 0;
	way->n = 0;
	for (;;) {
		enum pars_err err = pars_trie_load(trie, at, until(path, i));
		if (err)
			return err;
		way->at[way->n] = at;
		way->depth[way->n++] = i;
		struct pars_trie_tree *node = at->node;
		if (!node || node->kind == PARS_TRIE_LEAF)
			return PARS_OK;
		if (node->kind == PARS_TRIE_BRANCH) {
			if (i == path.n)
				return PARS_OK;
			at = &pars_trie_as_branch(node)->child[path.p[i++]];
		} else {
			if (pars_trie_common(pars_trie_tree_path(node), from(path, i)) < node->path_n)
				return PARS_OK;
			i += node->path_n;
			at = &pars_trie_as_extension(node)->child;
		}
	}
}

/* What hangs along the way has a new hash. */
static void touch(const struct way *way)
{
	for (size_t i = 0; i < way->n; i++) {
		way->at[i]->n = 0;
		if (way->at[i]->node)
			way->at[i]->node->fresh = true;
	}
}

void pars_trie_gone(struct pars_trie *trie, struct pars_bytes path)
{
	pars_buf_put_byte(&trie->gone, (uint8_t)path.n);
	pars_buf_put(&trie->gone, path);
}

/* -- in --------------------------------------------------------------------------- */

/* What remains of a leaf or an extension behind its first `n` nibbles and one
 * more, which a branch stands for. */
static void hang_rest(struct pars_trie_branch *branch, struct pars_trie_tree *old, size_t n)
{
	struct pars_bytes path = from(pars_trie_tree_path(old), n);
	if (old->kind == PARS_TRIE_LEAF && !path.n) {
		branch->value = pars_trie_leaf_new(path, pars_trie_leaf_value(old));
		return;
	}
	struct pars_trie_ref *at = &branch->child[pars_bytes_take(&path, 1).p[0]];
	if (old->kind == PARS_TRIE_LEAF)
		at->node = pars_trie_leaf_new(path, pars_trie_leaf_value(old));
	else if (path.n)
		at->node = pars_trie_extension_new(path, pars_trie_as_extension(old)->child);
	else
		*at = pars_trie_as_extension(old)->child;
}

/* A branch where `rest` leaves the path of the leaf or extension at `at`. */
static void split(struct pars_trie_ref *at, struct pars_bytes rest, struct pars_bytes value)
{
	struct pars_trie_tree *old = at->node;
	struct pars_trie_branch *branch = pars_trie_branch_new();
	size_t common = pars_trie_common(pars_trie_tree_path(old), rest);
	struct pars_bytes before = until(rest, common), behind = from(rest, common);
	hang_rest(branch, old, common);
	if (behind.n) {
		uint8_t x = pars_bytes_take(&behind, 1).p[0];
		branch->child[x].node = pars_trie_leaf_new(behind, value);
	} else {
		branch->value = pars_trie_leaf_new(behind, value);
	}
	at->node = &branch->head;
	if (common)
		at->node = pars_trie_extension_new(before, (struct pars_trie_ref){ .node = &branch->head });
	pars_trie_tree_free(old);
}

enum pars_err pars_trie_insert(struct pars_trie *trie, struct pars_bytes path, struct pars_bytes value)
{
	struct way way;
	enum pars_err err = descend(trie, path, &way);
	if (err)
		return err;
	struct pars_trie_ref *at = way.at[way.n - 1];
	struct pars_bytes rest = from(path, way.depth[way.n - 1]);
	struct pars_trie_tree *node = at->node, **leaf = NULL;
	if (node && node->kind == PARS_TRIE_BRANCH)
		leaf = &pars_trie_as_branch(node)->value;
	else if (!node || (node->kind == PARS_TRIE_LEAF && pars_bytes_equal(pars_trie_tree_path(node), rest)))
		leaf = &at->node;
	if (leaf && *leaf && pars_bytes_equal(pars_trie_leaf_value(*leaf), value))
		return PARS_OK;
	if (leaf) {
		struct pars_trie_tree *old = *leaf;
		*leaf = pars_trie_leaf_new(rest, value);
		pars_trie_tree_free(old);
	} else {
		split(at, rest, value);
	}
	touch(&way);
	return PARS_OK;
}

/* -- out --------------------------------------------------------------------------- */

/* How many children a branch has, its value counted; *x is the last of them,
 * 16 for the value. `skip` is not counted. */
static unsigned count_others(const struct pars_trie_branch *b, unsigned skip, unsigned *x)
{
	unsigned n = 0;
	for (unsigned i = 0; i <= 16; i++) {
		bool there = i < 16 ? b->child[i].node || b->child[i].n : b->value != NULL;
		if (!there || i == skip)
			continue;
		*x = i;
		n++;
	}
	return n;
}

/* A leaf or an extension with `before` in front of its path; frees the old one. */
static struct pars_trie_tree *lengthen(struct pars_bytes before, struct pars_trie_tree *old)
{
	uint8_t path[PARS_TRIE_PATH_MAX];
	size_t n = before.n + old->path_n;
	assert(n <= sizeof path);
	if (before.n)
		memcpy(path, before.p, before.n);
	memcpy(path + before.n, old->path, old->path_n);
	struct pars_trie_tree *node = old->kind == PARS_TRIE_LEAF
		? pars_trie_leaf_new(PARS_BYTES(path, n), pars_trie_leaf_value(old))
		: pars_trie_extension_new(PARS_BYTES(path, n), pars_trie_as_extension(old)->child);
	pars_trie_tree_free(old);
	return node;
}

/* A branch with one child left becomes that child, with a longer path. The
 * child is in memory. */
static void collapse(struct pars_trie *trie, struct pars_trie_ref *at, struct pars_bytes path, unsigned x)
{
	struct pars_trie_branch *branch = pars_trie_as_branch(at->node);
	uint8_t nibble = (uint8_t)x, below[PARS_TRIE_PATH_MAX];
	struct pars_bytes before = PARS_BYTES(&nibble, 1);
	if (x == 16) {
		at->node = PARS_MOVE(branch->value);
	} else if (branch->child[x].node->kind == PARS_TRIE_BRANCH) {
		at->node = pars_trie_extension_new(before, branch->child[x]);
	} else {
		if (path.n)
			memcpy(below, path.p, path.n);
		below[path.n] = nibble;
		pars_trie_gone(trie, PARS_BYTES(below, path.n + 1));
		at->node = lengthen(before, branch->child[x].node);
	}
	pars_trie_gone(trie, path);
	pars_trie_tree_free(&branch->head);
}

/* Two paths in a row, from `high` and from `path` on, become one. */
static void join(struct pars_trie *trie, struct pars_trie_ref *above, struct pars_bytes high, struct pars_bytes path)
{
	struct pars_trie_tree *old = above->node, *below = pars_trie_as_extension(old)->child.node;
	if (below->kind == PARS_TRIE_BRANCH)
		return;
	pars_trie_gone(trie, path);
	pars_trie_gone(trie, high);
	above->node = lengthen(pars_trie_tree_path(old), below);
	pars_trie_tree_free(old);
}

enum pars_err pars_trie_remove(struct pars_trie *trie, struct pars_bytes path)
{
	struct way way;
	enum pars_err err = descend(trie, path, &way);
	if (err)
		return err;
	size_t end = way.n - 1, b = end; /* the branch that loses something */
	struct pars_trie_tree *node = way.at[end]->node;
	unsigned lost = 16, left = 0;
	if (!node || node->kind == PARS_TRIE_EXTENSION)
		return PARS_OK; /* it is not there */
	if (node->kind == PARS_TRIE_LEAF) {
		if (!pars_bytes_equal(pars_trie_tree_path(node), from(path, way.depth[end])))
			return PARS_OK;
		if (!end) {
			pars_trie_gone(trie, until(path, 0));
			pars_trie_tree_free(node);
			trie->root = (struct pars_trie_ref){ 0 };
			return PARS_OK;
		}
		b = end - 1;
		lost = path.p[way.depth[b]];
	}
	struct pars_trie_branch *branch = pars_trie_as_branch(way.at[b]->node);
	if (lost == 16 && !branch->value)
		return PARS_OK;
	struct pars_bytes here = until(path, way.depth[b]);
	bool lonely = count_others(branch, lost, &left) == 1;
	if (lonely && left < 16) {
		uint8_t below[PARS_TRIE_PATH_MAX + 1];
		if (here.n)
			memcpy(below, here.p, here.n);
		below[here.n] = (uint8_t)left;
		if ((err = pars_trie_load(trie, &branch->child[left], PARS_BYTES(below, here.n + 1))))
			return err;
	}
	/* From here on nothing fails. */
	touch(&way);
	if (lost == 16) {
		pars_trie_tree_free(PARS_MOVE(branch->value));
	} else {
		pars_trie_gone(trie, until(path, way.depth[end]));
		pars_trie_tree_free(node);
		branch->child[lost] = (struct pars_trie_ref){ 0 };
	}
	if (lonely)
		collapse(trie, way.at[b], here, left);
	if (lonely && b && way.at[b - 1]->node->kind == PARS_TRIE_EXTENSION)
		join(trie, way.at[b - 1], until(path, way.depth[b - 1]), here);
	return PARS_OK;
}
