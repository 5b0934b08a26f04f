#include "trie/tree.h"

#include <stdlib.h>

#include "base/alloc.h"

struct pars_trie_tree *pars_trie_leaf_new(struct pars_bytes path, struct pars_bytes value)
{
	struct pars_trie_tree *leaf = pars_realloc(NULL, sizeof *leaf + path.n + value.n);
	*leaf = (struct pars_trie_tree){ .kind = PARS_TRIE_LEAF, .fresh = true, .path_n = (uint8_t)path.n,
		.value_n = (uint32_t)value.n, .path = (uint8_t *)(leaf + 1) };
	if (path.n)
		memcpy(leaf->path, path.p, path.n);
	if (value.n)
		memcpy(leaf->path + path.n, value.p, value.n);
	return leaf;
}

struct pars_trie_tree *pars_trie_extension_new(struct pars_bytes path, struct pars_trie_ref child)
{
	struct pars_trie_extension *e = pars_realloc(NULL, sizeof *e + path.n);
	*e = (struct pars_trie_extension){ .child = child, .head = { .kind = PARS_TRIE_EXTENSION, .fresh = true,
		.path_n = (uint8_t)path.n, .path = (uint8_t *)(e + 1) } };
	memcpy(e->head.path, path.p, path.n);
	return &e->head;
}

struct pars_trie_branch *pars_trie_branch_new(void)
{
	struct pars_trie_branch *b = pars_alloc(sizeof *b);
	b->head.kind = PARS_TRIE_BRANCH;
	b->head.fresh = true;
	return b;
}

void pars_trie_tree_free(struct pars_trie_tree *node)
{
	if (node && node->kind == PARS_TRIE_BRANCH)
		free(pars_trie_as_branch(node)->value);
	free(node);
}

void pars_trie_tree_free_all(struct pars_trie_tree *node)
{
	if (node && node->kind == PARS_TRIE_EXTENSION)
		pars_trie_tree_free_all(pars_trie_as_extension(node)->child.node);
	if (node && node->kind == PARS_TRIE_BRANCH)
		for (int x = 0; x < 16; x++)
			pars_trie_tree_free_all(pars_trie_as_branch(node)->child[x].node);
	pars_trie_tree_free(node);
}

static struct pars_trie_ref name(struct pars_bytes child)
{
	struct pars_trie_ref ref = { .n = (uint8_t)child.n };
	if (child.n)
		memcpy(ref.b, child.p, child.n);
	return ref;
}

static struct pars_trie_tree *from_encoded(const struct pars_trie_node *n)
{
	struct pars_bytes path = PARS_BYTES(n->path, n->path_n);
	struct pars_trie_tree *node;
	if (n->kind == PARS_TRIE_LEAF) {
		node = pars_trie_leaf_new(path, n->value);
	} else if (n->kind == PARS_TRIE_EXTENSION) {
		node = pars_trie_extension_new(path, name(n->child[0]));
	} else {
		struct pars_trie_branch *b = pars_trie_branch_new();
		for (int x = 0; x < 16; x++)
			b->child[x] = name(n->child[x]);
		if (n->value.n)
			b->value = pars_trie_leaf_new((struct pars_bytes){ 0 }, n->value);
		node = &b->head;
	}
	node->fresh = false;
	return node;
}

enum pars_err pars_trie_load(struct pars_trie *trie, struct pars_trie_ref *at, struct pars_bytes path)
{
	if (at->node || !at->n)
		return PARS_OK;
	struct pars_bytes raw = PARS_BYTES(at->b, at->n);
	struct pars_trie_node node;
	enum pars_err err = PARS_OK;
	if (at->n == sizeof at->b) {
		struct pars_digest hash, got;
		memcpy(hash.b, at->b, sizeof hash.b);
		if (!trie->source.node)
			return PARS_E_NOT_FOUND;
		if ((err = trie->source.node(trie->source.ctx, path, &hash, &raw)))
			return err;
		got = pars_keccak256(raw);
		if (memcmp(got.b, hash.b, sizeof got.b))
			return PARS_E_PEER_MALFORMED;
	}
	if ((err = pars_trie_node_decode(raw, &node)))
		return err;
	/* No key is as long; below the longest there is nothing. */
	size_t end = path.n + node.path_n + (node.kind != PARS_TRIE_LEAF);
	if (end > PARS_TRIE_PATH_MAX)
		return PARS_E_PEER_MALFORMED;
	at->node = from_encoded(&node);
	return PARS_OK;
}

static void put_ref(const struct pars_trie_ref *ref, struct pars_buf *out)
{
	struct pars_bytes b = PARS_BYTES(ref->b, ref->n);
	if (ref->n && ref->n < sizeof ref->b)
		pars_buf_put(out, b);
	else
		pars_rlp_put_bytes(out, b);
}

void pars_trie_tree_put(const struct pars_trie_tree *node, struct pars_buf *out)
{
	size_t list = pars_rlp_list_begin(out);
	if (node->kind == PARS_TRIE_BRANCH) {
		const struct pars_trie_branch *b = (const void *)node;
		for (int x = 0; x < 16; x++)
			put_ref(&b->child[x], out);
		pars_rlp_put_bytes(out, b->value ? pars_trie_leaf_value(b->value) : (struct pars_bytes){ 0 });
	} else {
		bool leaf = node->kind == PARS_TRIE_LEAF;
		pars_trie_put_path(out, pars_trie_tree_path(node), leaf);
		if (leaf)
			pars_rlp_put_bytes(out, pars_trie_leaf_value(node));
		else
			put_ref(&((const struct pars_trie_extension *)(const void *)node)->child, out);
	}
	pars_rlp_list_end(out, list);
}
