#include "net/multistream.h"

#include "codec/uvarint.h"

#define LENGTH_MAX 2 /* bytes; they hold PARS_MSS_MESSAGE_MAX */

static const char header[] = "/multistream/1.0.0";
static const char refusal[] = "na";

void pars_mss_done(struct pars_mss *m)
{
	pars_buf_done(&m->part);
}

static void put_message(struct pars_buf *out, const char *text)
{
	size_t n = strlen(text);
	pars_buf_put_uvarint(out, n + 1);
	pars_buf_put(out, PARS_BYTES(text, n));
	pars_buf_put_byte(out, '\n');
}

void pars_mss_propose(struct pars_buf *out, const char *protocol)
{
	put_message(out, header);
	put_message(out, protocol);
}

/* The message at the front of `data`: *ret_text without newline, *ret_size
 * with its length prefix. */
static enum pars_err parse_message(struct pars_bytes data, struct pars_bytes *ret_text,
	size_t *ret_size)
{
	struct pars_bytes length = PARS_BYTES(data.p, PARS_MIN(data.n, (size_t)LENGTH_MAX));
	struct pars_bytes in = data;
	uint64_t n;
	enum pars_err err = pars_uvarint_get(&length, &n);
	if (err == PARS_E_NOT_READY)
		return data.n < LENGTH_MAX ? err : PARS_E_PEER_TOO_LARGE;
	if (err || !n)
		return PARS_E_PEER_PROTOCOL;
	if (n > PARS_MSS_MESSAGE_MAX)
		return PARS_E_PEER_TOO_LARGE;
	pars_bytes_take(&in, PARS_MIN(data.n, (size_t)LENGTH_MAX) - length.n);
	if (in.n < n)
		return PARS_E_NOT_READY;
	if (in.p[n - 1] != '\n')
		return PARS_E_PEER_PROTOCOL;
	*ret_text = PARS_BYTES(in.p, n - 1);
	*ret_size = data.n - in.n + (size_t)n;
	return PARS_OK;
}

/* The next whole message. Its text views *in or `part`, so it is to be used
 * before `part` is emptied for the message after it. */
static enum pars_err next_message(struct pars_mss *m, struct pars_bytes *in,
	struct pars_bytes *ret)
{
	size_t size;
	enum pars_err err;
	if (!m->part.n) {
		err = parse_message(*in, ret, &size);
		if (!err)
			pars_bytes_take(in, size);
		if (err != PARS_E_NOT_READY)
			return err;
	}
	/* Byte by byte, so that nothing behind the message is taken. It is only
	 * reached for a message that a network packet cut in two. */
	while (in->n) {
		pars_buf_put(&m->part, pars_bytes_take(in, 1));
		err = parse_message(pars_buf_bytes(&m->part), ret, &size);
		if (err != PARS_E_NOT_READY)
			return err;
	}
	return PARS_E_NOT_READY;
}

static bool text_is(struct pars_bytes text, const char *s)
{
	return pars_bytes_equal(text, PARS_BYTES_STR(s));
}

static enum pars_err dial_message(struct pars_mss *m, struct pars_bytes text,
	const char *protocol)
{
	if (!m->header_seen) {
		m->header_seen = text_is(text, header);
		return m->header_seen ? PARS_E_NOT_READY : PARS_E_PEER_PROTOCOL;
	}
	if (text_is(text, protocol))
		return PARS_OK;
	return text_is(text, refusal) ? PARS_E_PEER_UNSUPPORTED : PARS_E_PEER_PROTOCOL;
}

enum pars_err pars_mss_dial(struct pars_mss *m, struct pars_bytes *in, const char *protocol)
{
	struct pars_bytes text;
	enum pars_err err;
	while (!(err = next_message(m, in, &text))) {
		err = dial_message(m, text, protocol);
		pars_buf_done(&m->part);
		if (err != PARS_E_NOT_READY)
			break;
	}
	return err;
}

static enum pars_err listen_message(struct pars_mss *m, struct pars_bytes text,
	const char *const *protocols, size_t count, struct pars_buf *out, size_t *ret)
{
	if (!m->header_seen) {
		if (!text_is(text, header))
			return PARS_E_PEER_PROTOCOL;
		m->header_seen = true;
		put_message(out, header);
		return PARS_E_NOT_READY;
	}
	for (size_t i = 0; i < count; i++) {
		if (text_is(text, protocols[i])) {
			put_message(out, protocols[i]);
			*ret = i;
			return PARS_OK;
		}
	}
	/* Names begin with a slash. Anything else is most likely the application
	 * data of a lazy dialer whose proposal was refused. */
	if (!text.n || text.p[0] != '/')
		return PARS_E_PEER_PROTOCOL;
	put_message(out, refusal);
	return ++m->refused < PARS_MSS_PROPOSALS_MAX ? PARS_E_NOT_READY : PARS_E_PEER_UNSUPPORTED;
}

enum pars_err pars_mss_listen(struct pars_mss *m, struct pars_bytes *in,
	const char *const *protocols, size_t count, struct pars_buf *out, size_t *ret)
{
	struct pars_bytes text;
	enum pars_err err;
	while (!(err = next_message(m, in, &text))) {
		err = listen_message(m, text, protocols, count, out, ret);
		pars_buf_done(&m->part);
		if (err != PARS_E_NOT_READY)
			break;
	}
	return err;
}
