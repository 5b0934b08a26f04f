#include "session/mailbox.h"

#include "codec/cbor.h"
#include "codec/protobuf.h"
#include "codec/uvarint.h"

enum { REQUEST_KIND = 1, REQUEST_SESSION, REQUEST_TAG, REQUEST_DAY, REQUEST_KEYS };
enum { REPLY_STATUS = 1, REPLY_TEXT, REPLY_QUOTA, REPLY_LEFT };

#define BYTES_FIELD(number) PARS_PB_KEY(number, PARS_PB_BYTES)
#define VARINT_FIELD(number) PARS_PB_KEY(number, PARS_PB_VARINT)

static void put_message(struct pars_buf *out, const struct pars_buf *body)
{
	pars_buf_put_uvarint(out, body->n);
	pars_buf_put(out, pars_buf_bytes(body));
}

void pars_mailbox_request_encode(const struct pars_mailbox_request *r, struct pars_buf *out)
{
	PARS_AUTO_BUF body = { 0 };
	pars_pb_put_varint(&body, REQUEST_KIND, r->kind);
	pars_pb_put_bytes(&body, REQUEST_SESSION, pars_digest_bytes(&r->session));
	pars_pb_put_bytes(&body, REQUEST_TAG, pars_digest_bytes(&r->tag));
	pars_pb_put_varint(&body, REQUEST_DAY, (uint64_t)r->day << 1 ^ (r->day < 0 ? UINT64_MAX : 0));
	pars_pb_put_bytes(&body, REQUEST_KEYS, r->keys);
	put_message(out, &body);
}

void pars_mailbox_reply_encode(const struct pars_mailbox_reply *r, struct pars_buf *out)
{
	PARS_AUTO_BUF body = { 0 };
	pars_pb_put_varint(&body, REPLY_STATUS, r->status);
	pars_pb_put_bytes(&body, REPLY_TEXT, r->text);
	pars_pb_put_varint(&body, REPLY_QUOTA, r->quota);
	pars_pb_put_varint(&body, REPLY_LEFT, r->left_s);
	put_message(out, &body);
}

static bool take_digest(struct pars_bytes from, struct pars_digest *ret)
{
	if (from.n != sizeof ret->b)
		return false;
	memcpy(ret->b, from.p, sizeof ret->b);
	return true;
}

enum pars_err pars_mailbox_request_decode(struct pars_bytes raw, struct pars_mailbox_request *ret)
{
	struct pars_pb_field f;
	bool has_session = false, has_tag = false, known = true;
	*ret = (struct pars_mailbox_request){ 0 };
	while (raw.n) {
		enum pars_err err = pars_pb_next(&raw, &f);
		if (err)
			return err;
		switch (f.key) {
		case VARINT_FIELD(REQUEST_KIND):
			known = f.value <= PARS_MAILBOX_DROP;
			ret->kind = known ? (enum pars_mailbox_kind)f.value : PARS_MAILBOX_DROP;
			break;
		case BYTES_FIELD(REQUEST_SESSION): has_session = take_digest(f.data, &ret->session); break;
		case BYTES_FIELD(REQUEST_TAG): has_tag = take_digest(f.data, &ret->tag); break;
		case VARINT_FIELD(REQUEST_DAY): ret->day = (int64_t)(f.value >> 1) ^ -(int64_t)(f.value & 1); break;
		case BYTES_FIELD(REQUEST_KEYS): ret->keys = f.data; break;
		default: break;
		}
	}
	if (!has_session || !has_tag || !known || ret->keys.n % PARS_SHA256_SIZE ||
	    ret->keys.n > (size_t)PARS_MAILBOX_KEYS_MAX * PARS_SHA256_SIZE)
		return PARS_E_PEER_MALFORMED;
	return PARS_OK;
}

enum pars_err pars_mailbox_reply_decode(struct pars_bytes raw, struct pars_mailbox_reply *ret)
{
	struct pars_pb_field f;
	bool has_status = false;
	*ret = (struct pars_mailbox_reply){ 0 };
	while (raw.n) {
		enum pars_err err = pars_pb_next(&raw, &f);
		if (err)
			return err;
		switch (f.key) {
		case VARINT_FIELD(REPLY_STATUS):
			has_status = f.value <= PARS_MAILBOX_FULL;
			ret->status = has_status ? (enum pars_mailbox_status)f.value : PARS_MAILBOX_DENIED;
			break;
		case BYTES_FIELD(REPLY_TEXT): ret->text = f.data; break;
		case VARINT_FIELD(REPLY_QUOTA): ret->quota = f.value; break;
		case VARINT_FIELD(REPLY_LEFT): ret->left_s = f.value; break;
		default: break;
		}
	}
	if (!has_status || ret->text.n > PARS_MAILBOX_TEXT_MAX || !pars_utf8_valid(ret->text))
		return PARS_E_PEER_MALFORMED;
	return PARS_OK;
}
