#include "codec/rlp.h"

#define SHORT_MAX 55 /* the longest payload whose length stands in the first byte */

/* The length of a long item from its `size` bytes; false: not the shortest
 * form. */
static bool long_length(struct pars_bytes in, size_t size, uint64_t *ret)
{
	uint64_t n = 0;
	if (in.n < 1 + size || !in.p[1])
		return false;
	for (size_t i = 0; i < size; i++)
		n = n << 8 | in.p[1 + i];
	*ret = n;
	return n > SHORT_MAX;
}

enum pars_err pars_rlp_get(struct pars_bytes *in, struct pars_rlp *ret)
{
	if (!in->n)
		return PARS_E_PEER_MALFORMED;
	uint8_t first = in->p[0];
	size_t head = 1;
	uint64_t n = 1;
	if (first < 0x80) {
		head = 0;
	} else {
		uint8_t length = first & 0x3f; /* 0 to 55, or 55 and how many bytes it has */
		n = length;
		if (length > SHORT_MAX) {
			size_t size = length - SHORT_MAX;
			if (!long_length(*in, size, &n))
				return PARS_E_PEER_MALFORMED;
			head += size;
		}
	}
	if (n > in->n - head)
		return PARS_E_PEER_MALFORMED;
	if (first == 0x81 && in->p[1] < 0x80)
		return PARS_E_PEER_MALFORMED; /* such a byte is its own encoding */
	ret->is_list = first >= 0xc0;
	ret->raw = pars_bytes_take(in, head + (size_t)n);
	ret->payload = PARS_BYTES(ret->raw.p + head, (size_t)n);
	return PARS_OK;
}

static enum pars_err get_kind(struct pars_bytes *in, bool is_list, struct pars_bytes *ret)
{
	struct pars_bytes at = *in;
	struct pars_rlp item;
	if (pars_rlp_get(&at, &item) || item.is_list != is_list)
		return PARS_E_PEER_MALFORMED;
	*in = at;
	*ret = item.payload;
	return PARS_OK;
}

enum pars_err pars_rlp_get_bytes(struct pars_bytes *in, struct pars_bytes *ret)
{
	return get_kind(in, false, ret);
}

enum pars_err pars_rlp_get_list(struct pars_bytes *in, struct pars_bytes *ret)
{
	return get_kind(in, true, ret);
}

/* A number of at most `max` bytes without leading zeros. */
static enum pars_err get_number(struct pars_bytes *in, size_t max, struct pars_bytes *ret)
{
	struct pars_bytes at = *in, v;
	if (get_kind(&at, false, &v) || v.n > max || (v.n && !v.p[0]))
		return PARS_E_PEER_MALFORMED;
	*in = at;
	*ret = v;
	return PARS_OK;
}

enum pars_err pars_rlp_get_u64(struct pars_bytes *in, uint64_t *ret)
{
	struct pars_bytes v;
	if (get_number(in, 8, &v))
		return PARS_E_PEER_MALFORMED;
	uint64_t n = 0;
	for (size_t i = 0; i < v.n; i++)
		n = n << 8 | v.p[i];
	*ret = n;
	return PARS_OK;
}

enum pars_err pars_rlp_get_u256(struct pars_bytes *in, struct pars_u256 *ret)
{
	struct pars_bytes v;
	uint8_t wide[32] = { 0 };
	if (get_number(in, sizeof wide, &v))
		return PARS_E_PEER_MALFORMED;
	if (v.n)
		memcpy(wide + sizeof wide - v.n, v.p, v.n);
	*ret = pars_u256_from_be(wide);
	return PARS_OK;
}

enum pars_err pars_rlp_get_fixed(struct pars_bytes *in, void *out, size_t n)
{
	struct pars_bytes at = *in, v;
	if (get_kind(&at, false, &v) || v.n != n)
		return PARS_E_PEER_MALFORMED;
	*in = at;
	if (n)
		memcpy(out, v.p, n);
	return PARS_OK;
}

enum pars_err pars_rlp_only_list(struct pars_bytes in, struct pars_bytes *ret)
{
	struct pars_bytes list;
	if (get_kind(&in, true, &list) || in.n)
		return PARS_E_PEER_MALFORMED;
	*ret = list;
	return PARS_OK;
}

enum pars_err pars_rlp_count(struct pars_bytes payload, size_t *ret)
{
	struct pars_rlp item;
	size_t n = 0;
	for (; payload.n; n++)
		if (pars_rlp_get(&payload, &item))
			return PARS_E_PEER_MALFORMED;
	*ret = n;
	return PARS_OK;
}

/* Writes the head of a payload of n bytes; `kind` is 0x80 or 0xc0. */
static size_t put_head(uint8_t *out, uint8_t kind, size_t n)
{
	size_t head = pars_rlp_size(n) - n;
	if (head == 1) {
		out[0] = (uint8_t)(kind + n);
		return 1;
	}
	out[0] = (uint8_t)(kind + SHORT_MAX + head - 1);
	for (size_t i = head - 1; i; i--, n >>= 8)
		out[i] = (uint8_t)n;
	return head;
}

void pars_rlp_put_bytes(struct pars_buf *b, struct pars_bytes v)
{
	if (v.n == 1 && v.p[0] < 0x80) {
		pars_buf_put_byte(b, v.p[0]);
		return;
	}
	uint8_t *out = pars_buf_room(b, 9 + v.n);
	size_t head = put_head(out, 0x80, v.n);
	if (v.n)
		memcpy(out + head, v.p, v.n);
	pars_buf_added(b, head + v.n);
}

void pars_rlp_put_u64(struct pars_buf *b, uint64_t v)
{
	pars_rlp_put_u256(b, &PARS_U256(v));
}

void pars_rlp_put_u256(struct pars_buf *b, const struct pars_u256 *v)
{
	uint8_t wide[32];
	size_t n = (pars_u256_bits(v) + 7) / 8;
	pars_u256_to_be(v, wide);
	pars_rlp_put_bytes(b, PARS_BYTES(wide + sizeof wide - n, n));
}

void pars_rlp_list_end(struct pars_buf *b, size_t list)
{
	uint8_t head[9];
	size_t n = b->n - list, size = put_head(head, 0xc0, n);
	pars_buf_room(b, size);
	uint8_t *start = b->mem + b->off + list;
	memmove(start + size, start, n);
	memcpy(start, head, size);
	b->n += size;
}
