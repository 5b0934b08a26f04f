#include "codec/uvarint.h"

#include <assert.h>

enum pars_err pars_uvarint_get(struct pars_bytes *in, uint64_t *ret)
{
	uint64_t v = 0;
	for (size_t i = 0; i < PARS_UVARINT_MAX; i++) {
		if (i == in->n)
			return PARS_E_NOT_READY;
		uint8_t byte = in->p[i];
		v |= (uint64_t)(byte & 0x7f) << (7 * i);
		if (byte & 0x80)
			continue;
		if (!byte && i)
			return PARS_E_PEER_MALFORMED; /* a shorter form exists */
		pars_bytes_take(in, i + 1);
		*ret = v;
		return PARS_OK;
	}
	return PARS_E_PEER_MALFORMED;
}

size_t pars_uvarint_put(uint8_t out[PARS_UVARINT_MAX], uint64_t v)
{
	size_t n = 0;
	assert(v < (uint64_t)1 << 63);
	for (; v >= 0x80; v >>= 7)
		out[n++] = (uint8_t)(v | 0x80);
	out[n++] = (uint8_t)v;
	return n;
}

void pars_buf_put_uvarint(struct pars_buf *b, uint64_t v)
{
	pars_buf_added(b, pars_uvarint_put(pars_buf_room(b, PARS_UVARINT_MAX), v));
}

enum pars_err pars_uvarint_message(struct pars_bytes in, size_t max, struct pars_bytes *ret, size_t *ret_size)
{
	struct pars_bytes rest = in;
	uint64_t n;
	enum pars_err err = pars_uvarint_get(&rest, &n);
	if (err)
		return err;
	if (n > max)
		return PARS_E_PEER_TOO_LARGE;
	if (rest.n < n)
		return PARS_E_NOT_READY;
	*ret = PARS_BYTES(rest.p, n);
	*ret_size = in.n - rest.n + (size_t)n;
	return PARS_OK;
}
