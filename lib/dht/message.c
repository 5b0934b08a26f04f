#include "dht/message.h"

#include "codec/protobuf.h"
#include "codec/uvarint.h"

/* Field numbers of Message, Peer and Record. */
enum { TYPE = 1, KEY = 2, RECORD = 3, CLOSER_PEERS = 8, PROVIDER_PEERS = 9 };
enum { PEER_ID = 1, PEER_ADDRS = 2, PEER_CONNECTION = 3, PEER_ENVELOPE = 20 };
enum { RECORD_KEY = 1, RECORD_VALUE = 2 };

#define CAN_CONNECT 2

/* -- writing ----------------------------------------------------------------------- */

static void encode_peer(const struct pars_contact *c, bool with_envelope, bool private_ok,
	struct pars_buf *peer)
{
	struct pars_multiaddr a;
	size_t at = 0;
	pars_pb_put_bytes(peer, PEER_ID, pars_peer_id_bytes(&c->id));
	while (pars_contact_addr(c, &at, &a))
		if (private_ok || pars_addr_is_global(&a))
			pars_pb_put_bytes(peer, PEER_ADDRS, pars_multiaddr_bytes(&a));
	pars_pb_put_varint(peer, PEER_CONNECTION, CAN_CONNECT);
	if (with_envelope && c->envelope.n)
		pars_pb_put_bytes(peer, PEER_ENVELOPE, c->envelope);
}

/* `peer` is scratch. */
static void encode_peers(const struct pars_dht_message *m, uint32_t number, struct pars_buf *peer,
	struct pars_buf *body)
{
	bool providers = number == PROVIDER_PEERS;
	size_t n = providers ? m->provider_count : m->closer_count;
	for (size_t i = 0; i < n; i++) {
		pars_buf_truncate(peer, 0);
		encode_peer(providers ? m->providers[i] : m->closer[i], providers, m->private_ok, peer);
		pars_pb_put_bytes(body, number, pars_buf_bytes(peer));
	}
}

void pars_dht_message_encode(const struct pars_dht_message *m, struct pars_buf *out)
{
	PARS_AUTO_BUF body = { 0 };
	PARS_AUTO_BUF inner = { 0 };
	pars_pb_put_varint(&body, TYPE, m->type);
	if (m->key.n)
		pars_pb_put_bytes(&body, KEY, m->key);
	if (m->has_record) {
		pars_pb_put_bytes(&inner, RECORD_KEY, m->record_key);
		pars_pb_put_bytes(&inner, RECORD_VALUE, m->value);
		pars_pb_put_bytes(&body, RECORD, pars_buf_bytes(&inner));
	}
	encode_peers(m, CLOSER_PEERS, &inner, &body);
	encode_peers(m, PROVIDER_PEERS, &inner, &body);
	pars_buf_put_uvarint(out, body.n);
	pars_buf_put(out, pars_buf_bytes(&body));
}

/* -- reading ------------------------------------------------------------------------ */

struct peer {
	struct pars_bytes id, envelope;
	struct pars_multiaddr addrs[PARS_CONTACT_ADDRS_MAX];
	size_t addr_count, bad_addrs;
};

static void decode_addr(struct pars_bytes raw, bool private_ok, struct peer *p)
{
	struct pars_multiaddr *a = &p->addrs[p->addr_count];
	if (p->addr_count == PARS_CONTACT_ADDRS_MAX || pars_multiaddr_decode(raw, a)
		|| !(private_ok || pars_addr_is_global(a)))
		p->bad_addrs++;
	else
		p->addr_count++;
}

static enum pars_err decode_peer(struct pars_bytes in, bool private_ok, struct peer *ret)
{
	struct pars_pb_field f;
	enum pars_err err;
	ret->id = ret->envelope = (struct pars_bytes){ 0 };
	ret->addr_count = ret->bad_addrs = 0;
	while (in.n) {
		if ((err = pars_pb_next(&in, &f)))
			return err;
		switch (f.key) {
		case PARS_PB_KEY(PEER_ID, PARS_PB_BYTES):
			ret->id = f.data;
			break;
		case PARS_PB_KEY(PEER_ADDRS, PARS_PB_BYTES):
			decode_addr(f.data, private_ok, ret);
			break;
		case PARS_PB_KEY(PEER_ENVELOPE, PARS_PB_BYTES):
			if (f.data.n <= PARS_CONTACT_ENVELOPE_MAX)
				ret->envelope = f.data;
			break;
		}
	}
	return PARS_OK;
}

static enum pars_err add_peer(struct pars_bytes raw, bool provider, struct pars_contacts *book,
	struct pars_dht_message *m)
{
	size_t *count = provider ? &m->provider_count : &m->closer_count;
	struct pars_peer_id id;
	struct peer p;
	if (*count == PARS_DHT_PEERS_MAX) {
		m->left_out++;
		return PARS_OK;
	}
	enum pars_err err = decode_peer(raw, pars_contacts_private_ok(book), &p);
	if (err)
		return err;
	m->bad_addrs += p.bad_addrs;
	if (pars_peer_id_decode(p.id, &id)) {
		m->bad_peers++;
		return PARS_OK;
	}
	struct pars_contact *c = pars_contact_get(book, &id);
	pars_contact_set_addrs(c, PARS_CONTACT_HEARSAY, p.addrs, p.addr_count);
	(provider ? m->providers : m->closer)[*count] = c;
	(provider ? m->provider_envelope : m->closer_envelope)[*count] = p.envelope;
	++*count;
	return PARS_OK;
}

static enum pars_err decode_record(struct pars_bytes in, struct pars_dht_message *m)
{
	struct pars_pb_field f;
	enum pars_err err;
	m->has_record = true;
	m->record_key = m->value = (struct pars_bytes){ 0 };
	while (in.n) {
		if ((err = pars_pb_next(&in, &f)))
			return err;
		/* When others received it (field 5) is theirs: nobody can check it. */
		if (f.key == PARS_PB_KEY(RECORD_KEY, PARS_PB_BYTES))
			m->record_key = f.data;
		else if (f.key == PARS_PB_KEY(RECORD_VALUE, PARS_PB_BYTES))
			m->value = f.data;
	}
	return m->record_key.n > PARS_DHT_KEY_MAX || m->value.n > PARS_DHT_VALUE_MAX
		? PARS_E_PEER_TOO_LARGE : PARS_OK;
}

static enum pars_err decode_field(const struct pars_pb_field *f, struct pars_contacts *book,
	struct pars_dht_message *m)
{
	switch (f->key) {
	case PARS_PB_KEY(TYPE, PARS_PB_VARINT):
		m->type = (enum pars_dht_type)f->value;
		return f->value > PARS_DHT_PING ? PARS_E_PEER_MALFORMED : PARS_OK;
	case PARS_PB_KEY(KEY, PARS_PB_BYTES):
		m->key = f->data;
		return f->data.n > PARS_DHT_KEY_MAX ? PARS_E_PEER_TOO_LARGE : PARS_OK;
	case PARS_PB_KEY(RECORD, PARS_PB_BYTES):
		return decode_record(f->data, m);
	case PARS_PB_KEY(CLOSER_PEERS, PARS_PB_BYTES):
		return add_peer(f->data, false, book, m);
	case PARS_PB_KEY(PROVIDER_PEERS, PARS_PB_BYTES):
		return add_peer(f->data, true, book, m);
	default:
		return PARS_OK;
	}
}

/* All but the peers, which count from 0: their arrays are large. */
static void clear(struct pars_dht_message *m)
{
	m->type = PARS_DHT_PUT_VALUE; /* 0 may be left out on the wire */
	m->key = m->record_key = m->value = (struct pars_bytes){ 0 };
	m->has_record = m->private_ok = false;
	m->bad_addrs = m->bad_peers = m->left_out = 0;
	m->closer_count = m->provider_count = 0;
}

enum pars_err pars_dht_message_decode(struct pars_bytes raw, struct pars_contacts *book,
	struct pars_dht_message *ret)
{
	struct pars_pb_field f;
	enum pars_err err = PARS_OK;
	if (!raw.n)
		return PARS_E_PEER_MALFORMED;
	if (raw.n > PARS_DHT_MESSAGE_MAX)
		return PARS_E_PEER_TOO_LARGE;
	clear(ret);
	while (!err && raw.n)
		if (!(err = pars_pb_next(&raw, &f)))
			err = decode_field(&f, book, ret);
	if (err)
		pars_dht_message_release(ret, book);
	return err;
}

void pars_dht_message_release(struct pars_dht_message *m, struct pars_contacts *book)
{
	for (size_t i = 0; i < m->closer_count; i++)
		pars_contact_unref(book, m->closer[i]);
	for (size_t i = 0; i < m->provider_count; i++)
		pars_contact_unref(book, m->providers[i]);
	m->closer_count = m->provider_count = 0;
}
