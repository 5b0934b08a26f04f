#include "net/record.h"

#include "codec/protobuf.h"
#include "codec/uvarint.h"

/* Field numbers of Envelope, PeerRecord and AddressInfo. */
enum { PUBLIC_KEY = 1, PAYLOAD_TYPE = 2, PAYLOAD = 3, SIGNATURE = 5 };
enum { PEER_ID = 1, SEQ = 2, ADDRESSES = 3 };
enum { MULTIADDR = 1 };

/* RFC 0003 says "libp2p-routing-state"; everyone signs under this name. */
static const char domain[] = "libp2p-peer-record";
static const uint8_t payload_type[] = { 0x03, 0x01 };

static void put_prefixed(struct pars_buf *out, struct pars_bytes b)
{
	pars_buf_put_uvarint(out, b.n);
	pars_buf_put(out, b);
}

static void signed_text(struct pars_bytes payload, struct pars_buf *out)
{
	put_prefixed(out, PARS_BYTES_STR(domain));
	put_prefixed(out, PARS_BYTES_ARRAY(payload_type));
	put_prefixed(out, payload);
}

static void encode_payload(const struct pars_record *record, struct pars_buf *out)
{
	pars_pb_put_bytes(out, PEER_ID, pars_peer_id_bytes(&record->peer));
	pars_pb_put_varint(out, SEQ, record->seq);
	for (size_t i = 0; i < record->count; i++) {
		PARS_AUTO_BUF info = { 0 };
		pars_pb_put_bytes(&info, MULTIADDR, pars_multiaddr_bytes(&record->addrs[i]));
		pars_pb_put_bytes(out, ADDRESSES, pars_buf_bytes(&info));
	}
}

void pars_record_seal(const struct pars_record *record, const struct pars_ed25519_pair *key,
	struct pars_buf *out)
{
	PARS_AUTO_BUF payload = { 0 };
	PARS_AUTO_BUF text = { 0 };
	uint8_t public_key[PARS_PUBLIC_KEY_ED25519_SIZE];
	uint8_t signature[PARS_ED25519_SIGNATURE_SIZE];
	encode_payload(record, &payload);
	signed_text(pars_buf_bytes(&payload), &text);
	pars_ed25519_sign(key, pars_buf_bytes(&text), signature);
	pars_public_key_encode(&key->public, public_key);
	pars_pb_put_bytes(out, PUBLIC_KEY, PARS_BYTES_ARRAY(public_key));
	pars_pb_put_bytes(out, PAYLOAD_TYPE, PARS_BYTES_ARRAY(payload_type));
	pars_pb_put_bytes(out, PAYLOAD, pars_buf_bytes(&payload));
	pars_pb_put_bytes(out, SIGNATURE, PARS_BYTES_ARRAY(signature));
}

static enum pars_err decode_address(struct pars_bytes in, struct pars_record *r)
{
	struct pars_pb_field f;
	enum pars_err err;
	while (in.n) {
		if ((err = pars_pb_next(&in, &f)))
			return err;
		if (f.key == PARS_PB_KEY(MULTIADDR, PARS_PB_BYTES) && r->count < PARS_RECORD_ADDRS_MAX
			&& !pars_multiaddr_decode(f.data, &r->addrs[r->count]))
			r->count++;
	}
	return PARS_OK;
}

static enum pars_err decode_payload(struct pars_bytes in, struct pars_record *r)
{
	struct pars_pb_field f;
	struct pars_bytes peer = { 0 };
	enum pars_err err;
	r->seq = 0;
	r->count = 0;
	while (in.n) {
		if ((err = pars_pb_next(&in, &f)))
			return err;
		switch (f.key) {
		case PARS_PB_KEY(PEER_ID, PARS_PB_BYTES):
			peer = f.data;
			break;
		case PARS_PB_KEY(SEQ, PARS_PB_VARINT):
			r->seq = f.value;
			break;
		case PARS_PB_KEY(ADDRESSES, PARS_PB_BYTES):
			if ((err = decode_address(f.data, r)))
				return err;
			break;
		}
	}
	return pars_peer_id_decode(peer, &r->peer);
}

struct envelope {
	struct pars_bytes public_key, type, payload, signature;
};

static enum pars_err decode_envelope(struct pars_bytes in, struct envelope *e)
{
	struct pars_pb_field f;
	enum pars_err err;
	*e = (struct envelope){ 0 };
	while (in.n) {
		if ((err = pars_pb_next(&in, &f)))
			return err;
		switch (f.key) {
		case PARS_PB_KEY(PUBLIC_KEY, PARS_PB_BYTES):
			e->public_key = f.data;
			break;
		case PARS_PB_KEY(PAYLOAD_TYPE, PARS_PB_BYTES):
			e->type = f.data;
			break;
		case PARS_PB_KEY(PAYLOAD, PARS_PB_BYTES):
			e->payload = f.data;
			break;
		case PARS_PB_KEY(SIGNATURE, PARS_PB_BYTES):
			e->signature = f.data;
			break;
		}
	}
	if (!pars_bytes_equal(e->type, PARS_BYTES_ARRAY(payload_type)))
		return PARS_E_PEER_MALFORMED;
	return PARS_OK;
}

static enum pars_err verify(const struct envelope *e)
{
	PARS_AUTO_BUF text = { 0 };
	signed_text(e->payload, &text);
	return pars_public_key_verify(e->public_key, pars_buf_bytes(&text), e->signature);
}

static enum pars_err decode(struct pars_bytes envelope, bool verified, struct pars_record *ret)
{
	struct envelope e;
	struct pars_peer_id signer;
	enum pars_err err;
	if (envelope.n > PARS_RECORD_SIZE_MAX)
		return PARS_E_PEER_TOO_LARGE;
	if ((err = decode_envelope(envelope, &e)) || (!verified && (err = verify(&e))))
		return err;
	if ((err = decode_payload(e.payload, ret)))
		return err;
	pars_peer_id_from_key(e.public_key, &signer);
	return pars_peer_id_equal(&signer, &ret->peer) ? PARS_OK : PARS_E_PEER_WRONG_ID;
}

enum pars_err pars_record_open(struct pars_bytes envelope, struct pars_record *ret)
{
	return decode(envelope, false, ret);
}

enum pars_err pars_record_reopen(struct pars_bytes envelope, struct pars_record *ret)
{
	return decode(envelope, true, ret);
}
