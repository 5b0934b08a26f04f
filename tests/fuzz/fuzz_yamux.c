/* A session is fed bytes, and does with each event what a user might. */
#include "net/yamux.h"
#include "tests/fuzz/fuzz.h"

#define INBOUND_MAX 8

static void on_event(struct pars_yamux *y, const struct pars_yamux_event *ev, size_t *consumed)
{
	switch (ev->type) {
	case PARS_YAMUX_OPENED:
		pars_yamux_write(y, ev->stream, PARS_BYTES_STR("welcome"));
		break;
	case PARS_YAMUX_DATA:
		pars_yamux_write(y, ev->stream, ev->data);
		/* Some is consumed, some never is, some streams are dropped. */
		if (ev->stream->id % 3)
			pars_yamux_consumed(y, ev->stream, ev->data.n);
		*consumed += ev->data.n;
		if (ev->data.n == 13)
			pars_yamux_stream_free(y, ev->stream, true);
		break;
	case PARS_YAMUX_FIN:
		pars_yamux_finish(y, ev->stream);
		if (pars_yamux_finished(ev->stream))
			pars_yamux_stream_free(y, ev->stream, false);
		break;
	case PARS_YAMUX_RESET:
		pars_yamux_stream_free(y, ev->stream, false);
		break;
	case PARS_YAMUX_NONE:
	case PARS_YAMUX_REFUSED:
	case PARS_YAMUX_PONG:
	case PARS_YAMUX_GOAWAY:
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pars_bytes in = PARS_BYTES(data, size);
	struct pars_yamux_event ev;
	struct pars_yamux_stream *s;
	uint8_t out[2048];
	size_t consumed = 0;
	PARS_AUTO(pars_yamux) y = pars_yamux_new(&(struct pars_yamux_config){ .dialer = size & 1,
		.inbound_max = INBOUND_MAX, .send_max = 4096, .seed = 5 });
	for (int i = 0; i < 2; i++)
		pars_yamux_write(y, pars_yamux_open(y), PARS_BYTES_STR("first"));
	while (in.n) {
		struct pars_bytes piece = fuzz_piece(&in);
		do {
			if (pars_yamux_next(y, &piece, &ev))
				return 0;
			on_event(y, &ev, &consumed);
		} while (ev.type);
		assert(!piece.n && consumed <= size);
		assert(pars_yamux_stream_count(y) <= INBOUND_MAX + 2);
		pars_yamux_fill(y, out, sizeof out);
		while ((s = pars_yamux_notice(y)))
			if (pars_yamux_finished(s))
				pars_yamux_stream_free(y, s, false);
	}
	return 0;
}
