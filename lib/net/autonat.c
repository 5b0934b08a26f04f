#include "net/autonat.h"

#include "codec/protobuf.h"
#include "codec/uvarint.h"

enum { TYPE = 1, DIAL = 2, RESPONSE = 3 };
enum { DIAL_PEER = 1, PEER_ID = 1, PEER_ADDRS = 2 };
enum { RESPONSE_STATUS = 1, RESPONSE_ADDR = 3 };
enum { TYPE_DIAL, TYPE_RESPONSE };

static void put_dial(const struct pars_autonat *m, struct pars_buf *body)
{
	PARS_AUTO_BUF peer = { 0 };
	PARS_AUTO_BUF dial = { 0 };
	pars_pb_put_bytes(&peer, PEER_ID, pars_peer_id_bytes(&m->peer));
	for (size_t i = 0; i < m->count; i++)
		pars_pb_put_bytes(&peer, PEER_ADDRS, pars_multiaddr_bytes(&m->addrs[i]));
	pars_pb_put_bytes(&dial, DIAL_PEER, pars_buf_bytes(&peer));
	pars_pb_put_bytes(body, DIAL, pars_buf_bytes(&dial));
}

static void put_response(const struct pars_autonat *m, struct pars_buf *body)
{
	PARS_AUTO_BUF response = { 0 };
	pars_pb_put_varint(&response, RESPONSE_STATUS, (uint64_t)m->status);
	if (m->addr.n)
		pars_pb_put_bytes(&response, RESPONSE_ADDR, pars_multiaddr_bytes(&m->addr));
	pars_pb_put_bytes(body, RESPONSE, pars_buf_bytes(&response));
}

void pars_autonat_encode(const struct pars_autonat *m, struct pars_buf *out)
{
	PARS_AUTO_BUF body = { 0 };
	pars_pb_put_varint(&body, TYPE, m->is_response ? TYPE_RESPONSE : TYPE_DIAL);
	if (m->is_response)
		put_response(m, &body);
	else
		put_dial(m, &body);
	pars_buf_put_uvarint(out, body.n);
	pars_buf_put(out, pars_buf_bytes(&body));
}

static enum pars_err take_peer(struct pars_bytes in, struct pars_autonat *m)
{
	struct pars_pb_field f;
	enum pars_err err;
	while (in.n) {
		if ((err = pars_pb_next(&in, &f)))
			return err;
		if (f.key == PARS_PB_KEY(PEER_ID, PARS_PB_BYTES)) {
			if ((err = pars_peer_id_decode(f.data, &m->peer)))
				return err;
		} else if (f.key == PARS_PB_KEY(PEER_ADDRS, PARS_PB_BYTES) && m->count < PARS_AUTONAT_ADDRS_MAX) {
			m->count += !pars_multiaddr_decode(f.data, &m->addrs[m->count]);
		}
	}
	return m->peer.n ? PARS_OK : PARS_E_PEER_MALFORMED;
}

static enum pars_err take_dial(struct pars_bytes in, struct pars_autonat *m)
{
	struct pars_pb_field f;
	struct pars_bytes peer = { 0 };
	enum pars_err err;
	while (in.n) {
		if ((err = pars_pb_next(&in, &f)))
			return err;
		if (f.key == PARS_PB_KEY(DIAL_PEER, PARS_PB_BYTES))
			peer = f.data;
	}
	return take_peer(peer, m);
}

static enum pars_err take_response(struct pars_bytes in, struct pars_autonat *m)
{
	struct pars_pb_field f;
	enum pars_err err;
	while (in.n) {
		if ((err = pars_pb_next(&in, &f)))
			return err;
		if (f.key == PARS_PB_KEY(RESPONSE_STATUS, PARS_PB_VARINT))
			m->status = f.value <= PARS_AUTONAT_INTERNAL_ERROR ? (enum pars_autonat_status)f.value
				: PARS_AUTONAT_INTERNAL_ERROR;
		else if (f.key == PARS_PB_KEY(RESPONSE_ADDR, PARS_PB_BYTES) && pars_multiaddr_decode(f.data, &m->addr))
			m->addr.n = 0;
	}
	return PARS_OK;
}

enum pars_err pars_autonat_decode(struct pars_bytes raw, struct pars_autonat *ret)
{
	struct pars_pb_field f;
	struct pars_bytes dial = { 0 }, response = { 0 };
	uint64_t type = TYPE_DIAL;
	enum pars_err err;
	while (raw.n) {
		if ((err = pars_pb_next(&raw, &f)))
			return err;
		switch (f.key) {
		case PARS_PB_KEY(TYPE, PARS_PB_VARINT):
			type = f.value;
			break;
		case PARS_PB_KEY(DIAL, PARS_PB_BYTES):
			dial = f.data;
			break;
		case PARS_PB_KEY(RESPONSE, PARS_PB_BYTES):
			response = f.data;
			break;
		}
	}
	if (type > TYPE_RESPONSE)
		return PARS_E_PEER_MALFORMED;
	*ret = (struct pars_autonat){ .is_response = type == TYPE_RESPONSE };
	return ret->is_response ? take_response(response, ret) : take_dial(dial, ret);
}
