#include "gossip/message.h"

#include "codec/protobuf.h"
#include "codec/uvarint.h"

/* Fields, by the .proto of the specification. */
enum { RPC_SUBSCRIPTION = 1, RPC_PUBLISH, RPC_CONTROL };
enum { SUBSCRIPTION_ON = 1, SUBSCRIPTION_TOPIC };
enum { MESSAGE_FROM = 1, MESSAGE_DATA, MESSAGE_SEQNO, MESSAGE_TOPIC, MESSAGE_SIGNATURE, MESSAGE_KEY };
enum { CONTROL_IHAVE = 1, CONTROL_IWANT, CONTROL_GRAFT, CONTROL_PRUNE, CONTROL_IDONTWANT };
enum { IHAVE_TOPIC = 1, IHAVE_ID };
enum { IWANT_ID = 1 };
enum { PRUNE_TOPIC = 1, PRUNE_PEER, PRUNE_BACKOFF };
enum { PEER_ID = 1, PEER_RECORD };

#define BYTES_FIELD(number) PARS_PB_KEY(number, PARS_PB_BYTES)

static const char sign_prefix[] = "libp2p-pubsub:";

bool pars_gossip_id_set(struct pars_gossip_id *id, struct pars_bytes raw)
{
	if (!raw.n || raw.n > PARS_GOSSIP_ID_MAX)
		return false;
	id->n = (uint8_t)raw.n;
	memcpy(id->b, raw.p, raw.n);
	return true;
}

/* Keys that are short enough to be ids of their own, and the number. */
static bool is_key_form(const uint8_t *b, size_t n)
{
	static const uint8_t ed25519[] = { 0x08, 1, 0x12, 32 }, secp256k1[] = { 0x08, 2, 0x12, 33 };
	return (n == 4 + 32 + 8 && !memcmp(b, ed25519, 4)) || (n == 4 + 33 + 8 && !memcmp(b, secp256k1, 4));
}

bool pars_gossip_id_from_key_form(struct pars_gossip_id *id)
{
	if (!is_key_form(id->b, id->n))
		return false;
	memmove(id->b + 2, id->b, id->n);
	id->b[0] = 0;
	id->b[1] = (uint8_t)(id->n - 8);
	id->n += 2;
	return true;
}

void pars_gossip_id_to_key_form(struct pars_gossip_id *id)
{
	if (id->n < 2 || id->b[0] || !is_key_form(id->b + 2, id->n - 2u))
		return;
	id->n -= 2;
	memmove(id->b, id->b + 2, id->n);
}

/* -- messages ----------------------------------------------------------------- */

static void put_present(struct pars_buf *out, uint32_t number, struct pars_bytes v)
{
	if (v.p)
		pars_pb_put_bytes(out, number, v);
}

/* The part that is signed. */
static void put_signed(struct pars_buf *out, const struct pars_gossip_message *m)
{
	put_present(out, MESSAGE_FROM, m->from);
	put_present(out, MESSAGE_DATA, m->data);
	put_present(out, MESSAGE_SEQNO, m->seqno);
	put_present(out, MESSAGE_TOPIC, m->topic);
}

void pars_gossip_message_encode(const struct pars_gossip_message *m, struct pars_buf *out)
{
	PARS_AUTO_BUF body = { 0 };
	put_signed(&body, m);
	put_present(&body, MESSAGE_SIGNATURE, m->signature);
	put_present(&body, MESSAGE_KEY, m->key);
	pars_pb_put_bytes(out, RPC_PUBLISH, pars_buf_bytes(&body));
}

/* An empty field is present all the same: whether one may be is the topic's
 * to say. */
static struct pars_bytes present(struct pars_bytes v)
{
	static const uint8_t nothing[1];
	return v.n ? v : PARS_BYTES(nothing, 0);
}

enum pars_err pars_gossip_message_decode(struct pars_bytes raw, struct pars_gossip_message *ret)
{
	struct pars_pb_field f;
	*ret = (struct pars_gossip_message){ 0 };
	while (raw.n) {
		enum pars_err err = pars_pb_next(&raw, &f);
		if (err)
			return err;
		switch (f.key) {
		case BYTES_FIELD(MESSAGE_FROM): ret->from = present(f.data); break;
		case BYTES_FIELD(MESSAGE_DATA): ret->data = present(f.data); break;
		case BYTES_FIELD(MESSAGE_SEQNO): ret->seqno = present(f.data); break;
		case BYTES_FIELD(MESSAGE_TOPIC): ret->topic = present(f.data); break;
		case BYTES_FIELD(MESSAGE_SIGNATURE): ret->signature = present(f.data); break;
		case BYTES_FIELD(MESSAGE_KEY): ret->key = present(f.data); break;
		default: break;
		}
	}
	return ret->topic.n ? PARS_OK : PARS_E_PEER_MALFORMED;
}

enum pars_err pars_gossip_message_check(const struct pars_gossip_message *m, enum pars_gossip_policy policy)
{
	if (m->data.n > PARS_GOSSIP_DATA_MAX)
		return PARS_E_PEER_MALFORMED;
	if (policy == PARS_GOSSIP_SIGNED)
		return m->seqno.n == 8 && m->signature.n && m->from.n && m->from.n <= PARS_PEER_ID_MAX
			? PARS_OK : PARS_E_PEER_MALFORMED;
	return m->from.p || m->seqno.p || m->signature.p || m->key.p ? PARS_E_PEER_MALFORMED : PARS_OK;
}

void pars_gossip_message_id(const struct pars_gossip_message *m, enum pars_gossip_policy policy,
	struct pars_gossip_id *ret)
{
	if (policy == PARS_GOSSIP_SIGNED) {
		memcpy(ret->b, m->from.p, m->from.n);
		memcpy(ret->b + m->from.n, m->seqno.p, m->seqno.n);
		ret->n = (uint8_t)(m->from.n + m->seqno.n);
	} else {
		struct pars_digest d = pars_sha256(m->data);
		memcpy(ret->b, d.b, sizeof d.b);
		ret->n = sizeof d.b;
	}
}

static void signed_bytes(struct pars_buf *out, const struct pars_gossip_message *m)
{
	pars_buf_put(out, PARS_BYTES(sign_prefix, sizeof sign_prefix - 1));
	put_signed(out, m);
}

void pars_gossip_message_sign(struct pars_gossip_message *m, const struct pars_ed25519_pair *key, uint64_t seqno,
	struct pars_gossip_signature *room)
{
	PARS_AUTO_BUF bytes = { 0 };
	pars_peer_id_from_ed25519(&key->public, &room->from);
	pars_put_be64(room->seqno, seqno);
	m->from = pars_peer_id_bytes(&room->from);
	m->seqno = PARS_BYTES_ARRAY(room->seqno);
	m->key = m->signature = (struct pars_bytes){ 0 };
	signed_bytes(&bytes, m);
	pars_ed25519_sign(key, pars_buf_bytes(&bytes), room->signature);
	m->signature = PARS_BYTES_ARRAY(room->signature);
}

/* The key that an id of the identity kind holds; empty: it holds none. */
static struct pars_bytes key_within(const struct pars_peer_id *id)
{
	if (id->n < 2 || id->b[0] != 0 || id->b[1] != id->n - 2)
		return (struct pars_bytes){ 0 };
	return PARS_BYTES(id->b + 2, id->n - 2);
}

enum pars_err pars_gossip_message_verify(const struct pars_gossip_message *m)
{
	struct pars_peer_id from, of_key;
	struct pars_bytes key = m->key;
	PARS_AUTO_BUF bytes = { 0 };
	if (pars_gossip_message_check(m, PARS_GOSSIP_SIGNED) || pars_peer_id_decode(m->from, &from))
		return PARS_E_PEER_MALFORMED;
	if (key.n) {
		pars_peer_id_from_key(key, &of_key);
		if (!pars_peer_id_equal(&of_key, &from))
			return PARS_E_PEER_MALFORMED;
	} else if (!(key = key_within(&from)).n) {
		return PARS_E_PEER_MALFORMED;
	}
	signed_bytes(&bytes, m);
	return pars_public_key_verify(key, pars_buf_bytes(&bytes), m->signature);
}

/* -- reading -------------------------------------------------------------------- */

static enum pars_err read_subscription(struct pars_bytes raw, struct pars_gossip_item *ret)
{
	struct pars_pb_field f;
	ret->type = PARS_GOSSIP_UNSUBSCRIBE;
	while (raw.n) {
		enum pars_err err = pars_pb_next(&raw, &f);
		if (err)
			return err;
		if (f.key == PARS_PB_KEY(SUBSCRIPTION_ON, PARS_PB_VARINT))
			ret->type = f.value ? PARS_GOSSIP_SUBSCRIBE : PARS_GOSSIP_UNSUBSCRIBE;
		else if (f.key == BYTES_FIELD(SUBSCRIPTION_TOPIC))
			ret->topic = f.data;
	}
	return PARS_OK;
}

/* Walks through all of it once, so that whoever reads the list meets no error. */
static enum pars_err read_control(const struct pars_pb_field *control, struct pars_gossip_item *ret)
{
	static const struct { enum pars_gossip_item_type type; uint32_t topic, list; } kinds[] = {
		[CONTROL_IHAVE] = { PARS_GOSSIP_IHAVE, IHAVE_TOPIC, IHAVE_ID },
		[CONTROL_IWANT] = { PARS_GOSSIP_IWANT, 0, IWANT_ID },
		[CONTROL_GRAFT] = { PARS_GOSSIP_GRAFT, 1, 0 },
		[CONTROL_PRUNE] = { PARS_GOSSIP_PRUNE, PRUNE_TOPIC, PRUNE_PEER },
		[CONTROL_IDONTWANT] = { PARS_GOSSIP_IDONTWANT, 0, IWANT_ID },
	};
	uint32_t number = control->key >> 3;
	struct pars_bytes raw = control->data;
	struct pars_pb_field f;
	if (!number || number >= PARS_COUNT(kinds) || control->key != BYTES_FIELD(number))
		return PARS_E_NOT_FOUND;
	ret->type = kinds[number].type;
	ret->list_field = kinds[number].list ? BYTES_FIELD(kinds[number].list) : 0;
	ret->list = raw;
	while (raw.n) {
		enum pars_err err = pars_pb_next(&raw, &f);
		if (err)
			return err;
		if (kinds[number].topic && f.key == BYTES_FIELD(kinds[number].topic))
			ret->topic = f.data;
		else if (number == CONTROL_PRUNE && f.key == PARS_PB_KEY(PRUNE_BACKOFF, PARS_PB_VARINT))
			ret->backoff_s = f.value;
	}
	return PARS_OK;
}

enum pars_err pars_gossip_read(struct pars_gossip_reader *r, struct pars_gossip_item *ret)
{
	struct pars_pb_field f;
	enum pars_err err;
	*ret = (struct pars_gossip_item){ 0 };
	while (r->control.n || r->rpc.n) {
		bool inner = r->control.n;
		if ((err = pars_pb_next(inner ? &r->control : &r->rpc, &f)))
			return err;
		if (inner) {
			if ((err = read_control(&f, ret)) != PARS_E_NOT_FOUND)
				return err;
			continue;
		}
		switch (f.key) {
		case BYTES_FIELD(RPC_SUBSCRIPTION):
			return read_subscription(f.data, ret);
		case BYTES_FIELD(RPC_PUBLISH):
			ret->type = PARS_GOSSIP_PUBLISH;
			return pars_gossip_message_decode(f.data, &ret->message);
		case BYTES_FIELD(RPC_CONTROL):
			r->control = f.data;
			break;
		default:
			break;
		}
	}
	return PARS_E_NOT_FOUND;
}

static bool next_in_list(struct pars_gossip_item *item, struct pars_bytes *ret)
{
	struct pars_pb_field f;
	while (item->list.n && item->list_field && !pars_pb_next(&item->list, &f))
		if (f.key == item->list_field) {
			*ret = f.data;
			return true;
		}
	return false;
}

bool pars_gossip_next_id(struct pars_gossip_item *item, struct pars_bytes *ret)
{
	return next_in_list(item, ret);
}

bool pars_gossip_next_peer(struct pars_gossip_item *item, struct pars_bytes *ret_id, struct pars_bytes *ret_record)
{
	struct pars_bytes raw;
	struct pars_pb_field f;
	*ret_id = *ret_record = (struct pars_bytes){ 0 };
	if (!next_in_list(item, &raw))
		return false;
	while (raw.n && !pars_pb_next(&raw, &f)) {
		if (f.key == BYTES_FIELD(PEER_ID))
			*ret_id = f.data;
		else if (f.key == BYTES_FIELD(PEER_RECORD))
			*ret_record = f.data;
	}
	return true;
}

/* -- writing ------------------------------------------------------------------------ */

void pars_gossip_put_subscription(struct pars_buf *rpc, bool subscribe, struct pars_bytes topic)
{
	PARS_AUTO_BUF body = { 0 };
	pars_pb_put_varint(&body, SUBSCRIPTION_ON, subscribe);
	pars_pb_put_bytes(&body, SUBSCRIPTION_TOPIC, topic);
	pars_pb_put_bytes(rpc, RPC_SUBSCRIPTION, pars_buf_bytes(&body));
}

void pars_gossip_put_control(struct pars_buf *rpc, struct pars_bytes control)
{
	pars_pb_put_bytes(rpc, RPC_CONTROL, control);
}

void pars_gossip_put_graft(struct pars_buf *control, struct pars_bytes topic)
{
	PARS_AUTO_BUF body = { 0 };
	pars_pb_put_bytes(&body, 1, topic);
	pars_pb_put_bytes(control, CONTROL_GRAFT, pars_buf_bytes(&body));
}

void pars_gossip_put_peer(struct pars_buf *peers, struct pars_bytes id, struct pars_bytes record)
{
	PARS_AUTO_BUF body = { 0 };
	pars_pb_put_bytes(&body, PEER_ID, id);
	if (record.n)
		pars_pb_put_bytes(&body, PEER_RECORD, record);
	pars_pb_put_bytes(peers, PRUNE_PEER, pars_buf_bytes(&body));
}

void pars_gossip_put_prune(struct pars_buf *control, struct pars_bytes topic, struct pars_bytes peers,
	uint64_t backoff_s)
{
	PARS_AUTO_BUF body = { 0 };
	pars_pb_put_bytes(&body, PRUNE_TOPIC, topic);
	pars_buf_put(&body, peers);
	if (backoff_s)
		pars_pb_put_varint(&body, PRUNE_BACKOFF, backoff_s);
	pars_pb_put_bytes(control, CONTROL_PRUNE, pars_buf_bytes(&body));
}

void pars_gossip_put_ids(struct pars_buf *control, enum pars_gossip_item_type type, struct pars_bytes topic,
	const struct pars_gossip_id *ids, size_t n)
{
	PARS_AUTO_BUF body = { 0 };
	bool ihave = type == PARS_GOSSIP_IHAVE;
	if (ihave)
		pars_pb_put_bytes(&body, IHAVE_TOPIC, topic);
	for (size_t i = 0; i < n; i++)
		pars_pb_put_bytes(&body, ihave ? IHAVE_ID : IWANT_ID, pars_gossip_id_bytes(&ids[i]));
	pars_pb_put_bytes(control, ihave ? CONTROL_IHAVE : type == PARS_GOSSIP_IWANT ? CONTROL_IWANT : CONTROL_IDONTWANT,
		pars_buf_bytes(&body));
}
