#include "net/identify.h"

#include "codec/protobuf.h"
#include "codec/uvarint.h"

/* Field numbers; the spec's text leaves out the last one. */
enum {
	PUBLIC_KEY = 1,
	LISTEN_ADDRS = 2,
	PROTOCOLS = 3,
	OBSERVED_ADDR = 4,
	PROTOCOL_VERSION = 5,
	AGENT_VERSION = 6,
	SIGNED_PEER_RECORD = 8,
};

static void put_optional(struct pars_buf *out, uint32_t number, struct pars_bytes v)
{
	if (v.n)
		pars_pb_put_bytes(out, number, v);
}

void pars_identify_encode(const struct pars_identify *m, struct pars_buf *out)
{
	PARS_AUTO_BUF body = { 0 };
	put_optional(&body, PUBLIC_KEY, m->public_key);
	for (size_t i = 0; i < m->listen_count; i++)
		pars_pb_put_bytes(&body, LISTEN_ADDRS, m->listen[i]);
	for (size_t i = 0; i < m->protocol_count; i++)
		pars_pb_put_bytes(&body, PROTOCOLS, m->protocols[i]);
	put_optional(&body, OBSERVED_ADDR, m->observed);
	put_optional(&body, PROTOCOL_VERSION, m->protocol_version);
	put_optional(&body, AGENT_VERSION, m->agent);
	put_optional(&body, SIGNED_PEER_RECORD, m->record);
	pars_buf_put_uvarint(out, body.n);
	pars_buf_put(out, pars_buf_bytes(&body));
}

static void merge_field(struct pars_identify *m, const struct pars_pb_field *f)
{
	switch (f->key) {
	case PARS_PB_KEY(PUBLIC_KEY, PARS_PB_BYTES):
		m->public_key = f->data;
		break;
	case PARS_PB_KEY(LISTEN_ADDRS, PARS_PB_BYTES):
		if (m->listen_count < PARS_IDENTIFY_LISTEN_MAX)
			m->listen[m->listen_count++] = f->data;
		break;
	case PARS_PB_KEY(PROTOCOLS, PARS_PB_BYTES):
		if (m->protocol_count < PARS_IDENTIFY_PROTOCOLS_MAX)
			m->protocols[m->protocol_count++] = f->data;
		break;
	case PARS_PB_KEY(OBSERVED_ADDR, PARS_PB_BYTES):
		m->observed = f->data;
		break;
	case PARS_PB_KEY(PROTOCOL_VERSION, PARS_PB_BYTES):
		m->protocol_version = f->data;
		break;
	case PARS_PB_KEY(AGENT_VERSION, PARS_PB_BYTES):
		m->agent = f->data;
		break;
	case PARS_PB_KEY(SIGNED_PEER_RECORD, PARS_PB_BYTES):
		m->record = f->data;
		break;
	}
}

static enum pars_err merge_message(struct pars_identify *m, struct pars_bytes body)
{
	struct pars_pb_field f;
	enum pars_err err;
	while (body.n) {
		if ((err = pars_pb_next(&body, &f)))
			return err;
		merge_field(m, &f);
	}
	return PARS_OK;
}

enum pars_err pars_identify_decode(struct pars_bytes in, struct pars_identify *ret)
{
	enum pars_err err;
	uint64_t n;
	ret->public_key = ret->observed = ret->protocol_version = ret->agent = ret->record =
		(struct pars_bytes){ 0 };
	ret->listen_count = ret->protocol_count = 0;
	if (!in.n)
		return PARS_E_PEER_MALFORMED;
	if (in.n > PARS_IDENTIFY_TOTAL_MAX)
		return PARS_E_PEER_TOO_LARGE;
	for (int count = 0; in.n; count++) {
		if (pars_uvarint_get(&in, &n))
			return PARS_E_PEER_MALFORMED;
		if (n > PARS_IDENTIFY_MESSAGE_MAX || count == PARS_IDENTIFY_MESSAGES_MAX)
			return PARS_E_PEER_TOO_LARGE;
		if (n > in.n)
			return PARS_E_PEER_MALFORMED;
		if ((err = merge_message(ret, pars_bytes_take(&in, (size_t)n))))
			return err;
	}
	return PARS_OK;
}
