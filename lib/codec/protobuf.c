#include "codec/protobuf.h"

#define VARINT_MAX 10
#define NUMBER_MAX (((uint32_t)1 << 29) - 1)

/* Protobuf's own varint: 64 bits, and longer forms of small values are legal. */
static bool get_varint(struct pars_bytes *in, uint64_t *ret)
{
	uint64_t v = 0;
	for (size_t i = 0; i < VARINT_MAX && i < in->n; i++) {
		uint8_t byte = in->p[i];
		if (i == VARINT_MAX - 1 && byte > 1)
			return false;
		v |= (uint64_t)(byte & 0x7f) << (7 * i);
		if (!(byte & 0x80)) {
			pars_bytes_take(in, i + 1);
			*ret = v;
			return true;
		}
	}
	return false;
}

static bool get_fixed(struct pars_bytes *in, size_t size, uint64_t *ret)
{
	if (in->n < size)
		return false;
	struct pars_bytes raw = pars_bytes_take(in, size);
	uint64_t v = 0;
	for (size_t i = size; i--;)
		v = v << 8 | raw.p[i];
	*ret = v;
	return true;
}

static bool get_bytes(struct pars_bytes *in, struct pars_bytes *ret)
{
	uint64_t n;
	if (!get_varint(in, &n) || n > in->n)
		return false;
	*ret = pars_bytes_take(in, (size_t)n);
	return true;
}

enum pars_err pars_pb_next(struct pars_bytes *in, struct pars_pb_field *ret)
{
	uint64_t key;
	struct pars_pb_field f = { 0 };
	bool ok = false;
	if (!get_varint(in, &key) || key >> 3 == 0 || key >> 3 > NUMBER_MAX)
		return PARS_E_PEER_MALFORMED;
	f.key = (uint32_t)key;
	switch (key & 7) {
	case PARS_PB_VARINT:
		ok = get_varint(in, &f.value);
		break;
	case PARS_PB_FIXED64:
		ok = get_fixed(in, 8, &f.value);
		break;
	case PARS_PB_FIXED32:
		ok = get_fixed(in, 4, &f.value);
		break;
	case PARS_PB_BYTES:
		ok = get_bytes(in, &f.data);
		break;
	}
	if (!ok)
		return PARS_E_PEER_MALFORMED;
	*ret = f;
	return PARS_OK;
}

static void put_varint(struct pars_buf *out, uint64_t v)
{
	uint8_t *p = pars_buf_room(out, VARINT_MAX);
	size_t n = 0;
	for (; v >= 0x80; v >>= 7)
		p[n++] = (uint8_t)(v | 0x80);
	p[n++] = (uint8_t)v;
	pars_buf_added(out, n);
}

void pars_pb_put_varint(struct pars_buf *out, uint32_t number, uint64_t v)
{
	put_varint(out, PARS_PB_KEY(number, PARS_PB_VARINT));
	put_varint(out, v);
}

void pars_pb_put_bytes(struct pars_buf *out, uint32_t number, struct pars_bytes v)
{
	put_varint(out, PARS_PB_KEY(number, PARS_PB_BYTES));
	put_varint(out, v.n);
	pars_buf_put(out, v);
}
