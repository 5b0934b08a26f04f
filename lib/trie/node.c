#include "trie/node.h"

#include <assert.h>

#define FLAG_ODD 1
#define FLAG_LEAF 2

const struct pars_digest pars_trie_empty = { {
	0x56, 0xe8, 0x1f, 0x17, 0x1b, 0xcc, 0x55, 0xa6, 0xff, 0x83, 0x45, 0xe6, 0x92, 0xc0, 0xf8, 0x6e,
	0x5b, 0x48, 0xe0, 0x1b, 0x99, 0x6c, 0xad, 0xc0, 0x01, 0x62, 0x2f, 0xb5, 0xe3, 0x63, 0xb4, 0x21,
} };

size_t pars_trie_path(struct pars_bytes key, uint8_t *out)
{
	assert(key.n <= PARS_TRIE_KEY_MAX);
	for (size_t i = 0; i < key.n; i++) {
		out[2 * i] = key.p[i] >> 4;
		out[2 * i + 1] = key.p[i] & 15;
	}
	return 2 * key.n;
}

size_t pars_trie_common(struct pars_bytes a, struct pars_bytes b)
{
	size_t n = 0;
	while (n < a.n && n < b.n && a.p[n] == b.p[n])
		n++;
	return n;
}

void pars_trie_put_path(struct pars_buf *b, struct pars_bytes path, bool leaf)
{
	uint8_t out[1 + PARS_TRIE_KEY_MAX];
	size_t n = 1, i = path.n & 1;
	assert(path.n <= PARS_TRIE_PATH_MAX);
	out[0] = (uint8_t)((leaf ? FLAG_LEAF : 0) << 4);
	if (i)
		out[0] |= (uint8_t)(FLAG_ODD << 4 | path.p[0]);
	for (; i < path.n; i += 2)
		out[n++] = (uint8_t)(path.p[i] << 4 | path.p[i + 1]);
	pars_rlp_put_bytes(b, PARS_BYTES(out, n));
}

static enum pars_err get_path(struct pars_bytes in, struct pars_trie_node *node)
{
	if (!in.n || in.n > 1 + PARS_TRIE_KEY_MAX)
		return PARS_E_PEER_MALFORMED;
	uint8_t flags = in.p[0] >> 4, first = in.p[0] & 15;
	bool odd = flags & FLAG_ODD;
	if (flags > (FLAG_ODD | FLAG_LEAF) || (!odd && first) || (odd && in.n > PARS_TRIE_KEY_MAX))
		return PARS_E_PEER_MALFORMED;
	node->kind = flags & FLAG_LEAF ? PARS_TRIE_LEAF : PARS_TRIE_EXTENSION;
	if (odd)
		node->path[0] = first;
	pars_bytes_take(&in, 1);
	node->path_n = odd + pars_trie_path(in, node->path + odd);
	return PARS_OK;
}

static enum pars_err get_child(struct pars_bytes *in, struct pars_bytes *ret)
{
	struct pars_rlp item;
	if (pars_rlp_get(in, &item))
		return PARS_E_PEER_MALFORMED;
	*ret = item.is_list ? item.raw : item.payload;
	bool fits = item.is_list ? ret->n < 32 : !ret->n || ret->n == 32;
	return fits ? PARS_OK : PARS_E_PEER_MALFORMED;
}

/* A leaf or an extension: a path, then what it leads to. */
static enum pars_err get_short(struct pars_bytes path, struct pars_bytes in, struct pars_trie_node *ret)
{
	enum pars_err err = get_path(path, ret);
	if (err)
		return err;
	if (ret->kind == PARS_TRIE_LEAF)
		err = pars_rlp_get_bytes(&in, &ret->value);
	else if (!ret->path_n || get_child(&in, &ret->child[0]) || !ret->child[0].n)
		err = PARS_E_PEER_MALFORMED;
	if (!err && ret->kind == PARS_TRIE_LEAF && !ret->value.n)
		err = PARS_E_PEER_MALFORMED;
	return err ? err : pars_rlp_end(in);
}

enum pars_err pars_trie_node_decode(struct pars_bytes raw, struct pars_trie_node *ret)
{
	struct pars_bytes in, at, path, value;
	struct pars_rlp second;
	if (pars_rlp_only_list(raw, &in))
		return PARS_E_PEER_MALFORMED;
	at = in;
	if (!pars_rlp_get_bytes(&at, &path)) {
		value = at;
		if (!pars_rlp_get(&at, &second) && !at.n)
			return get_short(path, value, ret);
	}
	ret->kind = PARS_TRIE_BRANCH;
	ret->path_n = 0;
	for (int i = 0; i < 16; i++)
		if (get_child(&in, &ret->child[i]))
			return PARS_E_PEER_MALFORMED;
	enum pars_err err = pars_rlp_get_bytes(&in, &ret->value);
	return err ? err : pars_rlp_end(in);
}
