#include "sync/message.h"

#include "codec/protobuf.h"
#include "codec/uvarint.h"

#define ALIAS 1
#define BODY 2

static enum pars_err decode_heads(struct pars_bytes in, struct pars_sync_message *m)
{
	struct pars_pb_field f;
	struct pars_bytes ids = { 0 }, fingerprint = { 0 };
	while (in.n) {
		enum pars_err err = pars_pb_next(&in, &f);
		if (err)
			return err;
		switch (f.key) {
		case PARS_PB_KEY(1, PARS_PB_VARINT): m->alias = f.value; break;
		case PARS_PB_KEY(2, PARS_PB_BYTES): ids = f.data; break;
		case PARS_PB_KEY(3, PARS_PB_VARINT): m->state.count = f.value; break;
		case PARS_PB_KEY(4, PARS_PB_BYTES): fingerprint = f.data; break;
		case PARS_PB_KEY(5, PARS_PB_VARINT): m->state.lamport = f.value; break;
		case PARS_PB_KEY(6, PARS_PB_VARINT): m->flags = (unsigned)f.value; break;
		}
	}
	if (m->flags & PARS_SYNC_EQUAL)
		return PARS_OK;
	if (ids.n % sizeof m->state.heads[0] || ids.n > sizeof m->state.heads ||
	    fingerprint.n != sizeof m->state.fingerprint)
		return PARS_E_PEER_MALFORMED;
	m->state.head_count = ids.n / sizeof m->state.heads[0];
	if (ids.n)
		memcpy(m->state.heads, ids.p, ids.n);
	memcpy(m->state.fingerprint, fingerprint.p, fingerprint.n);
	return PARS_OK;
}

/* The alias, and the packed field of those that have one. */
static enum pars_err decode_packed(struct pars_bytes in, struct pars_sync_message *m)
{
	struct pars_pb_field f;
	while (in.n) {
		enum pars_err err = pars_pb_next(&in, &f);
		if (err)
			return err;
		if (f.key == PARS_PB_KEY(ALIAS, PARS_PB_VARINT))
			m->alias = f.value;
		else if (f.key == PARS_PB_KEY(BODY, PARS_PB_BYTES) && m->type != PARS_SYNC_VERTICES)
			m->body = f.data;
	}
	return PARS_OK;
}

static enum pars_err decode(struct pars_bytes in, struct pars_sync_message *m)
{
	struct pars_pb_field f;
	enum pars_err err = in.n ? pars_pb_next(&in, &f) : PARS_E_PEER_MALFORMED;
	if (err)
		return err;
	if (in.n || (f.key & 7) != PARS_PB_BYTES)
		return PARS_E_PEER_MALFORMED;
	m->type = f.key >> 3;
	m->body = f.data;
	switch (m->type) {
	case PARS_SYNC_HEADS:
		return decode_heads(f.data, m);
	case PARS_SYNC_HELLO:
	case PARS_SYNC_VECTOR:
	case PARS_SYNC_WANT:
	case PARS_SYNC_RANGES:
		m->body = (struct pars_bytes){ 0 };
		err = decode_packed(f.data, m);
		return !err && m->type == PARS_SYNC_HELLO && m->body.n != PARS_SYNC_TAG ? PARS_E_PEER_MALFORMED : err;
	case PARS_SYNC_VERTICES:
		return decode_packed(f.data, m);
	default:
		return PARS_E_PEER_MALFORMED;
	}
}

enum pars_err pars_sync_message_get(struct pars_bytes *in, struct pars_sync_message *ret)
{
	struct pars_bytes at = *in;
	uint64_t n;
	enum pars_err err = pars_uvarint_get(&at, &n);
	if (err)
		return err;
	if (n > PARS_SYNC_FRAME_MAX)
		return PARS_E_PEER_TOO_LARGE;
	/* The type is the first byte: refuse an oversize frame before it is here. */
	if (n > PARS_SYNC_CONTROL_MAX && at.n && at.p[0] >> 3 != PARS_SYNC_VERTICES)
		return PARS_E_PEER_TOO_LARGE;
	if (at.n < n)
		return PARS_E_NOT_READY;
	*ret = (struct pars_sync_message){ 0 };
	struct pars_bytes frame = pars_bytes_take(&at, n);
	*in = at;
	return decode(frame, ret);
}

enum pars_err pars_sync_vertex_next(struct pars_bytes *in, struct pars_bytes *vertex)
{
	struct pars_pb_field f;
	while (in->n) {
		enum pars_err err = pars_pb_next(in, &f);
		if (err)
			return err;
		if (f.key == PARS_PB_KEY(BODY, PARS_PB_BYTES)) {
			*vertex = f.data;
			return PARS_OK;
		}
	}
	return PARS_E_NOT_FOUND;
}

static void put_frame(struct pars_buf *out, enum pars_sync_type type, struct pars_bytes body)
{
	uint8_t length[PARS_UVARINT_MAX];
	pars_buf_put_uvarint(out, 1 + pars_uvarint_put(length, body.n) + body.n);
	pars_pb_put_bytes(out, type, body);
}

void pars_sync_put_heads(struct pars_buf *out, uint64_t alias, const struct pars_sync_state *state,
	unsigned flags)
{
	PARS_AUTO_BUF body = { 0 };
	pars_pb_put_varint(&body, ALIAS, alias);
	if (!(flags & PARS_SYNC_EQUAL)) {
		pars_pb_put_bytes(&body, 2, PARS_BYTES(state->heads, state->head_count * sizeof state->heads[0]));
		pars_pb_put_varint(&body, 3, state->count);
		pars_pb_put_bytes(&body, 4, PARS_BYTES_ARRAY(state->fingerprint));
		pars_pb_put_varint(&body, 5, state->lamport);
	}
	if (flags)
		pars_pb_put_varint(&body, 6, flags);
	put_frame(out, PARS_SYNC_HEADS, pars_buf_bytes(&body));
}

void pars_sync_put_packed(struct pars_buf *out, enum pars_sync_type type, uint64_t alias,
	struct pars_bytes packed)
{
	PARS_AUTO_BUF body = { 0 };
	pars_pb_put_varint(&body, ALIAS, alias);
	pars_pb_put_bytes(&body, BODY, packed);
	put_frame(out, type, pars_buf_bytes(&body));
}

void pars_sync_put_hello(struct pars_buf *out, uint64_t alias, const struct pars_digest *tag)
{
	pars_sync_put_packed(out, PARS_SYNC_HELLO, alias, PARS_BYTES(tag->b, PARS_SYNC_TAG));
}

void pars_sync_add_vertex(struct pars_buf *vertices, struct pars_bytes raw)
{
	pars_pb_put_bytes(vertices, BODY, raw);
}

void pars_sync_put_vertices(struct pars_buf *out, uint64_t alias, struct pars_bytes vertices)
{
	uint8_t length[PARS_UVARINT_MAX], key[PARS_UVARINT_MAX];
	size_t body = 1 + pars_uvarint_put(key, alias) + vertices.n;
	pars_buf_put_uvarint(out, 1 + pars_uvarint_put(length, body) + body);
	pars_buf_put_byte(out, PARS_PB_KEY(PARS_SYNC_VERTICES, PARS_PB_BYTES));
	pars_buf_put_uvarint(out, body);
	pars_pb_put_varint(out, ALIAS, alias);
	pars_buf_put(out, vertices);
}
