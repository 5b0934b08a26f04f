#include "codec/cbor.h"

#include "codec/cid.h"

#define DEPTH_MAX 16
#define TAG_LINK 42

enum major { UINT, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG, SIMPLE };

/* The head of an item: its major type and its argument, shortest form only. */
static enum pars_err head(struct pars_bytes *in, enum major *major, uint64_t *arg)
{
	if (!in->n)
		return PARS_E_PEER_MALFORMED;
	uint8_t first = in->p[0], info = first & 31;
	*major = first >> 5;
	if (info < 24) {
		*arg = info;
		pars_bytes_take(in, 1);
		return PARS_OK;
	}
	if (info > 27) /* reserved, or of indefinite length */
		return PARS_E_PEER_MALFORMED;
	size_t size = (size_t)1 << (info - 24);
	if (in->n < 1 + size)
		return PARS_E_PEER_MALFORMED;
	uint64_t v = 0;
	for (size_t i = 0; i < size; i++)
		v = v << 8 | in->p[1 + i];
	if (v < 24 || (size > 1 && v >> (4 * size) == 0))
		return PARS_E_PEER_MALFORMED; /* a shorter form exists */
	pars_bytes_take(in, 1 + size);
	*arg = v;
	return PARS_OK;
}

static enum pars_err expect(struct pars_bytes *in, enum major want, uint64_t *arg)
{
	enum major got;
	enum pars_err err = head(in, &got, arg);
	return err ? err : got == want ? PARS_OK : PARS_E_PEER_MALFORMED;
}

enum pars_err pars_cbor_get_uint(struct pars_bytes *in, uint64_t *ret)
{
	return expect(in, UINT, ret);
}

enum pars_err pars_cbor_get_int(struct pars_bytes *in, int64_t *ret)
{
	enum major major;
	uint64_t arg;
	enum pars_err err = head(in, &major, &arg);
	if (err)
		return err;
	if (major > NEGATIVE || arg > INT64_MAX)
		return PARS_E_PEER_MALFORMED;
	*ret = major == UINT ? (int64_t)arg : -1 - (int64_t)arg;
	return PARS_OK;
}

static enum pars_err run(struct pars_bytes *in, enum major want, struct pars_bytes *ret)
{
	uint64_t n;
	enum pars_err err = expect(in, want, &n);
	if (err)
		return err;
	if (n > in->n)
		return PARS_E_PEER_MALFORMED;
	*ret = pars_bytes_take(in, n);
	return PARS_OK;
}

enum pars_err pars_cbor_get_bytes(struct pars_bytes *in, struct pars_bytes *ret)
{
	return run(in, BYTES, ret);
}

enum pars_err pars_cbor_get_text(struct pars_bytes *in, struct pars_bytes *ret)
{
	enum pars_err err = run(in, TEXT, ret);
	return err ? err : pars_utf8_valid(*ret) ? PARS_OK : PARS_E_PEER_MALFORMED;
}

enum pars_err pars_cbor_get_array(struct pars_bytes *in, uint64_t *ret_items)
{
	return expect(in, ARRAY, ret_items);
}

enum pars_err pars_cbor_get_map(struct pars_bytes *in, uint64_t *ret_pairs)
{
	return expect(in, MAP, ret_pairs);
}

enum pars_err pars_cbor_get_link(struct pars_bytes *in, uint8_t ret_digest[32])
{
	uint64_t tag;
	struct pars_bytes cid;
	enum pars_err err = expect(in, TAG, &tag);
	if (err)
		return err;
	if (tag != TAG_LINK || run(in, BYTES, &cid))
		return PARS_E_PEER_MALFORMED;
	/* A binary CID in a link is led by the identity multibase prefix, 0. */
	if (cid.n != 1 + PARS_CID_SIZE || cid.p[0] != 0)
		return PARS_E_PEER_MALFORMED;
	pars_bytes_take(&cid, 1);
	return pars_cid_decode(cid, ret_digest);
}

enum pars_err pars_cbor_get_key(struct pars_bytes *in, struct pars_bytes *last)
{
	struct pars_bytes key;
	enum pars_err err = pars_cbor_get_text(in, &key);
	if (err)
		return err;
	if (last->p && (key.n < last->n || (key.n == last->n && pars_bytes_compare(key, *last) <= 0)))
		return PARS_E_PEER_MALFORMED;
	*last = key;
	return PARS_OK;
}

static enum pars_err skip(struct pars_bytes *in, unsigned depth);

static enum pars_err skip_map(struct pars_bytes *in, uint64_t pairs, unsigned depth)
{
	struct pars_bytes last = { 0 };
	enum pars_err err = PARS_OK;
	for (; pairs && !err; pairs--)
		if (!(err = pars_cbor_get_key(in, &last)))
			err = skip(in, depth);
	return err;
}

static enum pars_err skip(struct pars_bytes *in, unsigned depth)
{
	struct pars_bytes at = *in, text;
	uint8_t digest[32];
	enum major major;
	uint64_t arg;
	enum pars_err err = head(&at, &major, &arg);
	if (err)
		return err;
	if (depth > DEPTH_MAX)
		return PARS_E_PEER_MALFORMED;
	switch (major) {
	case UINT:
	case NEGATIVE:
		*in = at;
		return PARS_OK;
	case BYTES:
		return pars_cbor_get_bytes(in, &text);
	case TEXT:
		return pars_cbor_get_text(in, &text);
	case TAG:
		return pars_cbor_get_link(in, digest);
	case ARRAY:
		/* Each item takes a byte or more, so the loop ends with the input. */
		for (*in = at; arg && !err; arg--)
			err = skip(in, depth + 1);
		return err;
	case MAP:
		*in = at;
		return skip_map(in, arg, depth + 1);
	case SIMPLE:
		*in = at;
		return arg >= 20 && arg <= 22 ? PARS_OK : PARS_E_PEER_MALFORMED; /* false, true, null */
	}
	return PARS_E_PEER_MALFORMED;
}

enum pars_err pars_cbor_skip(struct pars_bytes *in)
{
	return skip(in, 0);
}

static void put_head(struct pars_buf *b, enum major major, uint64_t arg)
{
	uint8_t top = (uint8_t)(major << 5);
	if (arg < 24) {
		pars_buf_put_byte(b, (uint8_t)(top | arg));
		return;
	}
	int log = arg >> 32 ? 3 : arg >> 16 ? 2 : arg >> 8 ? 1 : 0;
	pars_buf_put_byte(b, (uint8_t)(top | (24 + log)));
	for (int shift = (8 << log) - 8; shift >= 0; shift -= 8)
		pars_buf_put_byte(b, (uint8_t)(arg >> shift));
}

void pars_cbor_put_uint(struct pars_buf *b, uint64_t v)
{
	put_head(b, UINT, v);
}

void pars_cbor_put_int(struct pars_buf *b, int64_t v)
{
	put_head(b, v < 0 ? NEGATIVE : UINT, v < 0 ? (uint64_t)(-1 - v) : (uint64_t)v);
}

void pars_cbor_put_bytes(struct pars_buf *b, struct pars_bytes v)
{
	put_head(b, BYTES, v.n);
	pars_buf_put(b, v);
}

void pars_cbor_put_text(struct pars_buf *b, struct pars_bytes v)
{
	put_head(b, TEXT, v.n);
	pars_buf_put(b, v);
}

void pars_cbor_put_array(struct pars_buf *b, uint64_t items)
{
	put_head(b, ARRAY, items);
}

void pars_cbor_put_map(struct pars_buf *b, uint64_t pairs)
{
	put_head(b, MAP, pairs);
}

void pars_cbor_put_link(struct pars_buf *b, const uint8_t digest[32])
{
	uint8_t cid[1 + PARS_CID_SIZE] = { 0 };
	pars_cid_encode(digest, cid + 1);
	put_head(b, TAG, TAG_LINK);
	pars_cbor_put_bytes(b, PARS_BYTES_ARRAY(cid));
}

/* RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. */
bool pars_utf8_valid(struct pars_bytes text)
{
	for (size_t i = 0; i < text.n;) {
		uint8_t c = text.p[i];
		size_t more = c < 0x80 ? 0 : c >= 0xc2 && c < 0xe0 ? 1 : (c & 0xf0) == 0xe0 ? 2 :
			c >= 0xf0 && c < 0xf5 ? 3 : 4;
		if (more == 4 || text.n - i <= more)
			return false;
		for (size_t k = 1; k <= more; k++)
			if ((text.p[i + k] & 0xc0) != 0x80)
				return false;
		uint8_t next = more ? text.p[i + 1] : 0;
		if ((c == 0xe0 && next < 0xa0) || (c == 0xed && next >= 0xa0) ||
		    (c == 0xf0 && next < 0x90) || (c == 0xf4 && next >= 0x90))
			return false;
		i += 1 + more;
	}
	return true;
}
