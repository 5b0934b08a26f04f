#include "net/yamux.h"

#include <assert.h>

#include "net/yamux_impl.h"

/* What one stream sends in its turn while others wait. */
#define TURN_MAX ((size_t)16 * 1024)
/* A frame with less data than this is not worth its header if more waits. */
#define SPLIT_MIN ((size_t)256)

void yamux_header(uint8_t out[PARS_YAMUX_HEADER], enum frame_type type, unsigned flags,
	uint32_t id, uint32_t length)
{
	out[0] = 0;
	out[1] = (uint8_t)type;
	pars_put_be16(out + 2, (uint16_t)flags);
	pars_put_be32(out + 4, id);
	pars_put_be32(out + 8, length);
}

void yamux_control(struct pars_yamux *y, enum frame_type type, unsigned flags, uint32_t id,
	uint32_t length)
{
	yamux_header(pars_buf_room(&y->control, PARS_YAMUX_HEADER), type, flags, id, length);
	pars_buf_added(&y->control, PARS_YAMUX_HEADER);
}

static size_t sendable(const struct pars_yamux_stream *s)
{
	size_t n = s->held ? s->lead : s->out.n;
	return PARS_MIN(n, (size_t)s->send_window);
}

static bool fin_due(const struct pars_yamux_stream *s)
{
	return s->fin_queued && !s->fin_sent && !s->fin_held && !s->out.n;
}

static void ready_remove(struct pars_yamux *y, struct pars_yamux_stream *s)
{
	*(s->ready_prev ? &s->ready_prev->ready_next : &y->ready_first) = s->ready_next;
	*(s->ready_next ? &s->ready_next->ready_prev : &y->ready_last) = s->ready_prev;
	s->ready_next = s->ready_prev = NULL;
	s->ready = false;
}

static void ready_append(struct pars_yamux *y, struct pars_yamux_stream *s)
{
	s->ready_prev = y->ready_last;
	*(y->ready_last ? &y->ready_last->ready_next : &y->ready_first) = s;
	y->ready_last = s;
	s->ready = true;
}

void yamux_schedule(struct pars_yamux *y, struct pars_yamux_stream *s)
{
	bool ready = sendable(s) || fin_due(s);
	if (ready && !s->ready)
		ready_append(y, s);
	else if (!ready && s->ready)
		ready_remove(y, s);
}

void yamux_count(struct pars_yamux *y, size_t added, size_t gone)
{
	y->queued += added - gone;
	if (y->config.queued_all)
		*y->config.queued_all += added - gone;
}

size_t pars_yamux_queued(const struct pars_yamux *y)
{
	return y->queued;
}

size_t pars_yamux_room(const struct pars_yamux *y, const struct pars_yamux_stream *s)
{
	if (s->fin_queued || s->out.n >= y->config.send_max)
		return 0;
	return y->config.send_max - s->out.n;
}

size_t pars_yamux_write(struct pars_yamux *y, struct pars_yamux_stream *s, struct pars_bytes data)
{
	size_t n = PARS_MIN(data.n, pars_yamux_room(y, s));
	pars_buf_put(&s->out, PARS_BYTES(data.p, n));
	yamux_count(y, n, 0);
	s->want_room |= n < data.n;
	yamux_schedule(y, s);
	return n;
}

void pars_yamux_hold(struct pars_yamux *y, struct pars_yamux_stream *s, bool data)
{
	s->held = data;
	s->fin_held = true;
	s->lead = s->out.n;
	yamux_schedule(y, s);
}

void pars_yamux_unhold(struct pars_yamux *y, struct pars_yamux_stream *s)
{
	s->held = s->fin_held = false;
	yamux_schedule(y, s);
}

void pars_yamux_finish(struct pars_yamux *y, struct pars_yamux_stream *s)
{
	s->fin_queued = true;
	yamux_schedule(y, s);
}

static void add_notice(struct pars_yamux *y, struct pars_yamux_stream *s)
{
	if (s->noticed)
		return;
	s->notice_prev = y->notice_last;
	*(y->notice_last ? &y->notice_last->notice_next : &y->notice_first) = s;
	y->notice_last = s;
	s->noticed = true;
}

/* After some of its data went out. */
static void after_send(struct pars_yamux *y, struct pars_yamux_stream *s)
{
	if (!s->out.n)
		pars_buf_done(&s->out); /* an idle stream keeps no buffer */
	if (s->want_room && !s->fin_queued && s->out.n <= y->config.send_max / 2) {
		s->want_room = false;
		add_notice(y, s);
	}
	if (pars_yamux_finished(s))
		add_notice(y, s);
	/* To the end of the line, if it is to stay in line at all. */
	ready_remove(y, s);
	yamux_schedule(y, s);
}

/* The end travels alone: js-libp2p drops the data of a frame that has FIN. */
static size_t send_fin(struct pars_yamux *y, struct pars_yamux_stream *s, uint8_t *out)
{
	s->fin_sent = true;
	yamux_header(out, FRAME_WINDOW, FLAG_FIN, s->id, 0);
	after_send(y, s);
	return PARS_YAMUX_HEADER;
}

/* One frame of the stream whose turn it is; 0: too little room. */
static size_t send_data(struct pars_yamux *y, struct pars_yamux_stream *s, uint8_t *out,
	size_t cap)
{
	size_t want = sendable(s);
	if (!want)
		return send_fin(y, s, out);
	if (s->ready_next || s->ready_prev)
		want = PARS_MIN(want, TURN_MAX);
	size_t n = PARS_MIN(want, cap - PARS_YAMUX_HEADER);
	if (n < want && n < SPLIT_MIN)
		return 0;
	pars_buf_take(&s->out, out + PARS_YAMUX_HEADER, n);
	yamux_count(y, 0, n);
	s->send_window -= (uint32_t)n;
	if (s->held)
		s->lead -= n;
	yamux_header(out, FRAME_DATA, 0, s->id, (uint32_t)n);
	after_send(y, s);
	return PARS_YAMUX_HEADER + n;
}

size_t pars_yamux_fill(struct pars_yamux *y, uint8_t *out, size_t cap)
{
	size_t n = PARS_MIN(cap, y->control.n), sent;
	assert(cap > PARS_YAMUX_HEADER + SPLIT_MIN);
	if (n) {
		pars_buf_take(&y->control, out, n);
		if (!y->control.n)
			pars_buf_done(&y->control);
	}
	while (y->ready_first && cap - n >= PARS_YAMUX_HEADER) {
		sent = send_data(y, y->ready_first, out + n, cap - n);
		if (!sent)
			break;
		n += sent;
	}
	return n;
}

bool pars_yamux_pending(const struct pars_yamux *y)
{
	return y->control.n || y->ready_first;
}
