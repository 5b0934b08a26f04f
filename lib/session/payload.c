#include "session/payload.h"

#include "codec/cbor.h"

/* In the order DAG-CBOR wants: shorter keys first, then bytewise. */
static const struct {
	const char *key;
	size_t at;
	bool is_text;
} fields[] = {
	{ "name", offsetof(struct pars_payload, name), true },
	{ "nick", offsetof(struct pars_payload, nick), true },
	{ "text", offsetof(struct pars_payload, text), true },
	{ "nonce", offsetof(struct pars_payload, nonce), false },
};

static struct pars_bytes *field(struct pars_payload *p, size_t i)
{
	return (struct pars_bytes *)((char *)p + fields[i].at);
}

static enum pars_err decode_value(struct pars_bytes *in, struct pars_bytes key, struct pars_payload *p)
{
	for (size_t i = 0; i < PARS_COUNT(fields); i++)
		if (pars_bytes_equal(key, PARS_BYTES_STR(fields[i].key)))
			return fields[i].is_text ? pars_cbor_get_text(in, field(p, i))
				: pars_cbor_get_bytes(in, field(p, i));
	return pars_cbor_skip(in);
}

enum pars_err pars_payload_decode(struct pars_bytes in, struct pars_payload *ret)
{
	struct pars_payload p = { 0 };
	struct pars_bytes key = { 0 };
	uint64_t pairs;
	enum pars_err err = pars_cbor_get_map(&in, &pairs);
	for (; !err && pairs; pairs--)
		if (!(err = pars_cbor_get_key(&in, &key)))
			err = decode_value(&in, key, &p);
	if (err)
		return err;
	if (in.n || (p.nonce.p && p.nonce.n != PARS_SESSION_NONCE_SIZE))
		return PARS_E_PEER_MALFORMED;
	*ret = p;
	return PARS_OK;
}

void pars_payload_encode(const struct pars_payload *p, struct pars_buf *out)
{
	struct pars_payload copy = *p;
	uint64_t pairs = 0;
	for (size_t i = 0; i < PARS_COUNT(fields); i++)
		pairs += field(&copy, i)->p != NULL;
	pars_cbor_put_map(out, pairs);
	for (size_t i = 0; i < PARS_COUNT(fields); i++) {
		const struct pars_bytes *value = field(&copy, i);
		if (!value->p)
			continue;
		pars_cbor_put_text(out, PARS_BYTES_STR(fields[i].key));
		if (fields[i].is_text)
			pars_cbor_put_text(out, *value);
		else
			pars_cbor_put_bytes(out, *value);
	}
}
