#include "dag/vertex.h"

#include <assert.h>
#include <stdlib.h>

#include "codec/cbor.h"

#define VERSION 1

static const char domain[] = "pars-vertex-v1";

static enum pars_err decode_parents(struct pars_bytes *in, struct pars_vertex *v)
{
	uint64_t count;
	enum pars_err err = pars_cbor_get_array(in, &count);
	if (err)
		return err;
	if (count > PARS_VERTEX_PARENTS_MAX)
		return PARS_E_PEER_TOO_LARGE;
	for (size_t i = 0; i < count; i++) {
		if ((err = pars_cbor_get_link(in, v->parents[i].b)))
			return err;
		if (i && memcmp(v->parents[i - 1].b, v->parents[i].b, sizeof v->parents[i].b) >= 0)
			return PARS_E_PEER_MALFORMED; /* not sorted, or twice the same */
	}
	v->parent_count = count;
	return PARS_OK;
}

static enum pars_err decode_author(struct pars_bytes *in, struct pars_vertex *v)
{
	struct pars_bytes key;
	enum pars_err err = pars_cbor_get_bytes(in, &key);
	if (err)
		return err;
	if (key.n != sizeof v->author.b)
		return PARS_E_PEER_MALFORMED;
	memcpy(v->author.b, key.p, key.n);
	return PARS_OK;
}

static enum pars_err decode_field(char key, struct pars_bytes *in, struct pars_vertex *v)
{
	uint64_t version;
	enum pars_err err;
	switch (key) {
	case 'a':
		return decode_author(in, v);
	case 'd':
		err = pars_cbor_get_bytes(in, &v->payload);
		return err ? err : v->payload.n > PARS_VERTEX_PAYLOAD_MAX ? PARS_E_PEER_TOO_LARGE : PARS_OK;
	case 'k':
		return pars_cbor_get_uint(in, &v->kind);
	case 'l':
		return pars_cbor_get_uint(in, &v->lamport);
	case 'n':
		return pars_cbor_get_uint(in, &v->n);
	case 'p':
		return decode_parents(in, v);
	case 's':
		return pars_cbor_get_link(in, v->session.b);
	case 't':
		return pars_cbor_get_int(in, &v->time_ns);
	case 'v':
		err = pars_cbor_get_uint(in, &version);
		return err ? err : version == VERSION ? PARS_OK : PARS_E_PEER_MALFORMED;
	default:
		return PARS_E_PEER_MALFORMED;
	}
}

/* Exactly these keys, and `s` unless it is a genesis. */
static enum pars_err decode_body(struct pars_bytes *in, struct pars_vertex *v)
{
	static const char with_session[] = "adklnpstv", genesis[] = "adklnptv";
	uint64_t pairs;
	enum pars_err err = pars_cbor_get_map(in, &pairs);
	if (err)
		return err;
	const char *keys = pairs == sizeof genesis - 1 ? genesis : with_session;
	if (pairs != strlen(keys))
		return PARS_E_PEER_MALFORMED;
	for (; *keys; keys++) {
		struct pars_bytes key;
		if ((err = pars_cbor_get_text(in, &key)))
			return err;
		if (key.n != 1 || key.p[0] != (uint8_t)*keys)
			return PARS_E_PEER_MALFORMED;
		if ((err = decode_field(*keys, in, v)))
			return err;
	}
	bool is_genesis = pairs == sizeof genesis - 1;
	if (is_genesis != (v->kind == PARS_KIND_GENESIS) || is_genesis != !v->parent_count ||
	    (is_genesis && (v->n || v->lamport)) ||
	    v->n > PARS_VERTEX_COUNT_MAX || v->lamport > PARS_VERTEX_COUNT_MAX || v->kind > INT32_MAX)
		return PARS_E_PEER_MALFORMED;
	return PARS_OK;
}

/* All but the ids that hashing gives. */
static enum pars_err decode(struct pars_bytes raw, struct pars_vertex *ret)
{
	struct pars_vertex v = { .raw = raw };
	struct pars_bytes in = raw;
	uint64_t items;
	if (raw.n > PARS_VERTEX_MAX)
		return PARS_E_PEER_TOO_LARGE;
	enum pars_err err = pars_cbor_get_array(&in, &items);
	if (err)
		return err;
	v.body = in;
	if (items != 2 || (err = decode_body(&in, &v)))
		return err ? err : PARS_E_PEER_MALFORMED;
	v.body.n -= in.n;
	if ((err = pars_cbor_get_bytes(&in, &v.signature)))
		return err;
	if (v.signature.n != PARS_ED25519_SIGNATURE_SIZE || in.n)
		return PARS_E_PEER_MALFORMED;
	*ret = v;
	return PARS_OK;
}

enum pars_err pars_vertex_decode(struct pars_bytes raw, struct pars_vertex *ret)
{
	enum pars_err err = decode(raw, ret);
	if (err)
		return err;
	ret->id = pars_sha256(raw);
	if (ret->kind == PARS_KIND_GENESIS)
		ret->session = ret->id;
	return PARS_OK;
}

enum pars_err pars_vertex_session(struct pars_bytes raw, struct pars_digest *ret)
{
	struct pars_vertex v;
	enum pars_err err = decode(raw, &v);
	if (!err)
		*ret = v.kind == PARS_KIND_GENESIS ? pars_sha256(raw) : v.session;
	return err;
}

struct pars_ed25519_claim pars_vertex_claim(const struct pars_vertex *v)
{
	return (struct pars_ed25519_claim){ .key = &v->author, .prefix = PARS_BYTES(domain, sizeof domain - 1),
		.message = v->body, .signature = v->signature.p };
}

enum pars_err pars_vertex_verify(const struct pars_vertex *v)
{
	struct pars_ed25519_claim claim = pars_vertex_claim(v);
	pars_ed25519_verify_each(&claim, 1);
	return claim.is_valid ? PARS_OK : PARS_E_PEER_SIGNATURE;
}

static int compare_digests(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct pars_digest));
}

static void put_key(struct pars_buf *b, const char *key)
{
	pars_cbor_put_text(b, PARS_BYTES(key, 1));
}

static void encode_body(const struct pars_vertex *v, const struct pars_ed25519_public *author,
	struct pars_buf *b)
{
	bool genesis = v->kind == PARS_KIND_GENESIS;
	struct pars_digest parents[PARS_VERTEX_PARENTS_MAX];
	assert(v->parent_count <= PARS_VERTEX_PARENTS_MAX && v->payload.n <= PARS_VERTEX_PAYLOAD_MAX);
	memcpy(parents, v->parents, v->parent_count * sizeof parents[0]);
	qsort(parents, v->parent_count, sizeof parents[0], compare_digests);

	pars_cbor_put_map(b, genesis ? 8 : 9);
	put_key(b, "a");
	pars_cbor_put_bytes(b, PARS_BYTES_ARRAY(author->b));
	put_key(b, "d");
	pars_cbor_put_bytes(b, v->payload);
	put_key(b, "k");
	pars_cbor_put_uint(b, v->kind);
	put_key(b, "l");
	pars_cbor_put_uint(b, v->lamport);
	put_key(b, "n");
	pars_cbor_put_uint(b, v->n);
	put_key(b, "p");
	pars_cbor_put_array(b, v->parent_count);
	for (size_t i = 0; i < v->parent_count; i++)
		pars_cbor_put_link(b, parents[i].b);
	if (!genesis) {
		put_key(b, "s");
		pars_cbor_put_link(b, v->session.b);
	}
	put_key(b, "t");
	pars_cbor_put_int(b, v->time_ns);
	put_key(b, "v");
	pars_cbor_put_uint(b, VERSION);
}

void pars_vertex_encode(const struct pars_vertex *draft, const struct pars_ed25519_pair *key,
	struct pars_buf *raw)
{
	PARS_AUTO_BUF body = { 0 };
	PARS_AUTO_BUF message = { 0 };
	uint8_t signature[PARS_ED25519_SIGNATURE_SIZE];
	encode_body(draft, &key->public, &body);
	pars_buf_put(&message, PARS_BYTES(domain, sizeof domain - 1));
	pars_buf_put(&message, pars_buf_bytes(&body));
	pars_ed25519_sign(key, pars_buf_bytes(&message), signature);
	pars_cbor_put_array(raw, 2);
	pars_buf_put(raw, pars_buf_bytes(&body));
	pars_cbor_put_bytes(raw, PARS_BYTES_ARRAY(signature));
}
