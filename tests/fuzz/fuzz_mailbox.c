/* Mailbox requests and replies: what decodes is written and decoded again. */
#include "codec/uvarint.h"
#include "session/mailbox.h"
#include "tests/fuzz/fuzz.h"

static struct pars_bytes body(const struct pars_buf *message)
{
	struct pars_bytes raw;
	size_t size;
	if (pars_uvarint_message(pars_buf_bytes(message), PARS_MAILBOX_MESSAGE_MAX, &raw, &size) || size != message->n)
		abort();
	return raw;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pars_mailbox_request q, q2;
	struct pars_mailbox_reply r, r2;
	PARS_AUTO_BUF out = { 0 };
	if (size && !pars_mailbox_request_decode(PARS_BYTES(data, size), &q)) {
		pars_mailbox_request_encode(&q, &out);
		if (pars_mailbox_request_decode(body(&out), &q2) || q2.kind != q.kind || q2.day != q.day ||
		    !pars_digest_equal(&q.session, &q2.session) || !pars_bytes_equal(q.keys, q2.keys))
			abort();
	}
	pars_buf_drop(&out, out.n);
	if (size && !pars_mailbox_reply_decode(PARS_BYTES(data, size), &r)) {
		pars_mailbox_reply_encode(&r, &out);
		if (pars_mailbox_reply_decode(body(&out), &r2) || r2.status != r.status || !pars_bytes_equal(r.text, r2.text))
			abort();
	}
	return 0;
}
