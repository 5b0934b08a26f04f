#include "dht/record.h"

#include <assert.h>

#include "codec/cbor.h"
#include "crypto/peer_id.h"
#include "dht/message.h"

#define VERSION 1

static const char pk[] = "/pk/", pars[] = "/pars/", domain[] = "pars-record-v1";

static bool in_namespace(struct pars_bytes key, const char *name, struct pars_bytes *ret_rest)
{
	size_t n = strlen(name);
	if (key.n < n || memcmp(key.p, name, n))
		return false;
	*ret_rest = PARS_BYTES(key.p + n, key.n - n);
	return true;
}

void pars_dht_record_key(const struct pars_ed25519_public *author, struct pars_bytes salt,
	uint8_t out[PARS_DHT_RECORD_KEY_SIZE])
{
	struct pars_digest place = pars_sha256_2(PARS_BYTES_ARRAY(author->b), salt);
	memcpy(out, pars, sizeof pars - 1);
	memcpy(out + sizeof pars - 1, place.b, sizeof place.b);
}

static void signed_bytes(struct pars_bytes inner, struct pars_buf *out)
{
	pars_buf_put(out, PARS_BYTES(domain, sizeof domain - 1));
	pars_buf_put(out, inner);
}

enum pars_err pars_dht_record_seal(const struct pars_dht_record *r,
	const struct pars_ed25519_pair *key, struct pars_buf *out)
{
	PARS_AUTO_BUF inner = { 0 };
	PARS_AUTO_BUF text = { 0 };
	uint8_t signature[PARS_ED25519_SIGNATURE_SIZE];
	pars_cbor_put_array(&inner, 5);
	pars_cbor_put_uint(&inner, VERSION);
	pars_cbor_put_bytes(&inner, PARS_BYTES_ARRAY(key->public.b));
	pars_cbor_put_bytes(&inner, r->salt);
	pars_cbor_put_uint(&inner, r->seq);
	pars_cbor_put_bytes(&inner, r->data);
	/* An array of two, and two bytes of the signature's length. */
	if (r->salt.n > PARS_DHT_SALT_MAX || inner.n + 3 + sizeof signature > PARS_DHT_VALUE_MAX)
		return PARS_E_TOO_LARGE;
	signed_bytes(pars_buf_bytes(&inner), &text);
	pars_ed25519_sign(key, pars_buf_bytes(&text), signature);
	pars_cbor_put_array(out, 2);
	pars_buf_put(out, pars_buf_bytes(&inner));
	pars_cbor_put_bytes(out, PARS_BYTES_ARRAY(signature));
	return PARS_OK;
}

static enum pars_err decode_inner(struct pars_bytes *in, struct pars_dht_record *r)
{
	uint64_t items, version;
	struct pars_bytes author;
	enum pars_err err;
	if ((err = pars_cbor_get_array(in, &items)) || (err = pars_cbor_get_uint(in, &version))
		|| (err = pars_cbor_get_bytes(in, &author)) || (err = pars_cbor_get_bytes(in, &r->salt))
		|| (err = pars_cbor_get_uint(in, &r->seq)) || (err = pars_cbor_get_bytes(in, &r->data)))
		return err;
	if (items != 5 || version != VERSION || author.n != sizeof r->author.b
		|| r->salt.n > PARS_DHT_SALT_MAX)
		return PARS_E_PEER_MALFORMED;
	memcpy(r->author.b, author.p, author.n);
	return PARS_OK;
}

/* *ret_inner: what the signature is over, without its domain. */
static enum pars_err decode(struct pars_bytes value, struct pars_dht_record *ret,
	struct pars_bytes *ret_inner, struct pars_bytes *ret_signature)
{
	uint64_t items;
	struct pars_bytes in = value;
	enum pars_err err = pars_cbor_get_array(&in, &items);
	if (err)
		return err;
	*ret_inner = in;
	if (items != 2 || (err = decode_inner(&in, ret)))
		return err ? err : PARS_E_PEER_MALFORMED;
	ret_inner->n -= in.n;
	if ((err = pars_cbor_get_bytes(&in, ret_signature)))
		return err;
	return in.n || ret_signature->n != PARS_ED25519_SIGNATURE_SIZE ? PARS_E_PEER_MALFORMED : PARS_OK;
}

static enum pars_err check_pars(struct pars_bytes key, struct pars_bytes value)
{
	struct pars_dht_record r;
	struct pars_bytes inner, signature;
	uint8_t right_key[PARS_DHT_RECORD_KEY_SIZE];
	PARS_AUTO_BUF text = { 0 };
	enum pars_err err = decode(value, &r, &inner, &signature);
	if (err)
		return err;
	pars_dht_record_key(&r.author, r.salt, right_key);
	if (!pars_bytes_equal(key, PARS_BYTES_ARRAY(right_key)))
		return PARS_E_PEER_MALFORMED;
	signed_bytes(inner, &text);
	return pars_ed25519_verify(&r.author, pars_buf_bytes(&text), signature.p)
		? PARS_OK : PARS_E_PEER_SIGNATURE;
}

static enum pars_err check_pk(struct pars_bytes hash, struct pars_bytes value)
{
	struct pars_peer_id id;
	pars_peer_id_from_key(value, &id);
	return pars_bytes_equal(pars_peer_id_bytes(&id), hash) ? PARS_OK : PARS_E_PEER_MALFORMED;
}

enum pars_err pars_dht_record_check(struct pars_bytes key, struct pars_bytes value)
{
	struct pars_bytes rest;
	if (key.n > PARS_DHT_KEY_MAX || value.n > PARS_DHT_VALUE_MAX)
		return PARS_E_PEER_TOO_LARGE;
	if (in_namespace(key, pars, &rest))
		return check_pars(key, value);
	if (in_namespace(key, pk, &rest))
		return value.n ? check_pk(rest, value) : PARS_E_PEER_MALFORMED;
	return PARS_E_UNSUPPORTED;
}

enum pars_err pars_dht_record_open(struct pars_bytes value, struct pars_dht_record *ret)
{
	struct pars_dht_record r;
	struct pars_bytes inner, signature;
	enum pars_err err = decode(value, &r, &inner, &signature);
	if (!err)
		*ret = r;
	return err;
}

int pars_dht_record_compare(struct pars_bytes key, struct pars_bytes a, struct pars_bytes b)
{
	struct pars_dht_record x, y;
	struct pars_bytes rest;
	if (in_namespace(key, pars, &rest)) {
		enum pars_err err = pars_dht_record_open(a, &x), other = pars_dht_record_open(b, &y);
		assert(!err && !other);
		if (x.seq != y.seq)
			return x.seq > y.seq ? 1 : -1;
	}
	return pars_bytes_compare(a, b);
}
