#include "net/host_impl.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"

struct stream *stream_find(const struct pars_host *h, pars_stream id)
{
	return pars_map_get(&h->streams, PARS_BYTES(&id, sizeof id));
}

/* All streams have the same time, so the line is in order of deadlines. */
static void time_it(struct pars_host *h, struct stream *s)
{
	s->timed = true;
	s->deadline = h->now.mono_us + h->limits.negotiate_timeout;
	s->timed_prev = h->timed_last;
	*(h->timed_last ? &h->timed_last->timed_next : &h->timed_first) = s;
	h->timed_last = s;
}

void stream_untime(struct pars_host *h, struct stream *s)
{
	if (!s->timed)
		return;
	*(s->timed_prev ? &s->timed_prev->timed_next : &h->timed_first) = s->timed_next;
	*(s->timed_next ? &s->timed_next->timed_prev : &h->timed_last) = s->timed_prev;
	s->timed_next = s->timed_prev = NULL;
	s->timed = false;
}

static struct stream *add(struct pars_host *h, struct conn *c, struct pars_yamux_stream *ys,
	bool inbound)
{
	struct stream *s = pars_alloc(sizeof *s);
	s->id = h->next_stream++;
	s->conn = c;
	s->ys = ys;
	s->inbound = inbound;
	s->opened_us = h->now.mono_us;
	ys->user = s;
	s->next = c->streams;
	if (s->next)
		s->next->prev = s;
	c->streams = s;
	c->info.streams++;
	conn_touch(h, c);
	pars_map_put(&h->streams, s);
	time_it(h, s);
	pars_count(h->metrics, PARS_M_stream_opened);
	return s;
}

static struct queued *event(struct pars_host *h, enum pars_host_event_type type,
	const struct stream *s)
{
	struct queued *q = host_event(h, type, s->conn);
	q->stream = s->id;
	q->tag = s->tag;
	q->inbound = s->inbound;
	return q;
}

static void unlink_stream(struct pars_host *h, struct stream *s)
{
	struct conn *c = s->conn;
	stream_untime(h, s);
	*(s->prev ? &s->prev->next : &c->streams) = s->next;
	if (s->next)
		s->next->prev = s->prev;
	c->info.streams--;
	if (s->inbound && s->open)
		c->roles[s->role]--;
	pars_map_remove(&h->streams, PARS_BYTES(&s->id, sizeof s->id));
}

/* Inbound streams that end before they agreed on a protocol. */
static void count_unopened(struct pars_host *h, const struct stream *s, enum pars_err err)
{
	if (!s->inbound || s->open)
		return;
	if (err == PARS_E_LIMIT)
		pars_count(h->metrics, PARS_M_stream_refused);
	else if (s->mss.refused || err == PARS_E_PEER_PROTOCOL || err == PARS_E_PEER_TOO_LARGE)
		pars_count(h->metrics, PARS_M_stream_unsupported);
}

void stream_end(struct pars_host *h, struct stream *s, bool reset, enum pars_err err)
{
	count_unopened(h, s, err);
	if (s->told) {
		s->conn->info.used_us = h->now.mono_us;
		struct queued *q = event(h, PARS_HOST_STREAM_CLOSED, s);
		q->err = err;
		q->text = pars_err_text(err);
	}
	unlink_stream(h, s);
	conn_touch(h, s->conn);
	serve_ended(h, s, err);
	pars_yamux_stream_free(pars_connection_yamux(s->conn->pipe), s->ys, reset);
	pars_mss_done(&s->mss);
	pars_buf_done(&s->kept);
	free(s);
}

void stream_end_if_finished(struct pars_host *h, struct stream *s)
{
	if (pars_yamux_finished(s->ys))
		stream_end(h, s, false, PARS_OK);
}

struct stream *stream_open(struct pars_host *h, struct conn *c, enum role role,
	const char *protocol, unsigned tag)
{
	struct pars_yamux *y = pars_connection_yamux(c->pipe);
	if (h->streams.count >= h->limits.streams_max)
		return NULL;
	struct pars_yamux_stream *ys = pars_yamux_open(y);
	if (!ys)
		return NULL;
	struct stream *s = add(h, c, ys, false);
	s->role = role;
	s->protocol = protocol;
	s->tag = tag;
	s->told = role == ROLE_USER;
	PARS_AUTO_BUF proposal = { 0 };
	pars_mss_propose(&proposal, protocol);
	pars_yamux_write(y, ys, pars_buf_bytes(&proposal));
	/* Were the proposal refused, data behind it would be read as further
	 * proposals: it may follow at once only if the peer said it serves it. Our
	 * end always waits: some handlers miss one that came before they began. */
	pars_yamux_hold(y, ys, !pars_host_peer_speaks(&c->info, protocol));
	return s;
}

static void opened_inbound(struct pars_host *h, struct conn *c, struct pars_yamux_stream *ys)
{
	if (h->streams.count >= h->limits.streams_max) {
		pars_count(h->metrics, PARS_M_stream_refused);
		pars_yamux_stream_free(pars_connection_yamux(c->pipe), ys, true);
		return;
	}
	add(h, c, ys, true);
}

static void agreed(struct pars_host *h, struct stream *s)
{
	s->open = true;
	pars_mss_done(&s->mss);
	/* What the host itself asks for is to be answered soon, too; others may
	 * take their time, also with pings. */
	if (s->role == ROLE_USER || (s->role == ROLE_PING && s->inbound))
		stream_untime(h, s);
	if (s->role == ROLE_USER) {
		s->told = true;
		s->conn->info.used_us = h->now.mono_us;
		event(h, PARS_HOST_STREAM_OPENED, s);
	} else {
		serve_opened(h, s);
	}
}

static enum pars_err listen_step(struct pars_host *h, struct stream *s, struct pars_bytes *in)
{
	PARS_AUTO_BUF answer = { 0 };
	size_t which;
	enum pars_err err = pars_mss_listen(&s->mss, in, h->names, h->served_count, &answer, &which);
	pars_yamux_write(pars_connection_yamux(s->conn->pipe), s->ys, pars_buf_bytes(&answer));
	if (err)
		return err;
	s->protocol = h->names[which];
	s->role = h->served[which].role;
	s->tag = h->served[which].tag;
	if (!serve_may_open(s->conn, s->role))
		return PARS_E_LIMIT;
	s->conn->roles[s->role]++;
	return PARS_OK;
}

/* False when the stream is gone. Takes from *in what belongs to the
 * negotiation. */
static bool negotiate(struct pars_host *h, struct stream *s, struct pars_bytes *in)
{
	struct pars_yamux *y = pars_connection_yamux(s->conn->pipe);
	size_t before = in->n;
	enum pars_err err = s->inbound ? listen_step(h, s, in)
		: pars_mss_dial(&s->mss, in, s->protocol);
	pars_yamux_consumed(y, s->ys, before - in->n);
	if (err == PARS_E_NOT_READY)
		return true;
	if (err) {
		stream_end(h, s, true, err);
		return false;
	}
	if (s->ys->held)
		s->opened_us = h->now.mono_us; /* only now does the rest go out */
	pars_yamux_unhold(y, s->ys);
	agreed(h, s);
	return true;
}

static void received(struct pars_host *h, struct stream *s, struct pars_bytes data)
{
	pars_stream id = s->id;
	if (!s->open && !negotiate(h, s, &data))
		return;
	/* Serving it may have ended it. */
	if (!data.n || !stream_find(h, id))
		return;
	if (s->role == ROLE_USER) {
		event(h, PARS_HOST_STREAM_DATA, s)->data = data;
		return;
	}
	pars_yamux_consumed(pars_connection_yamux(s->conn->pipe), s->ys, data.n);
	serve_data(h, s, data);
}

static void fin(struct pars_host *h, struct stream *s)
{
	if (!s->open) {
		/* What would finish the negotiation can never come. */
		stream_end(h, s, true, PARS_E_PEER_PROTOCOL);
	} else if (s->role == ROLE_USER) {
		event(h, PARS_HOST_STREAM_FIN, s);
		stream_end_if_finished(h, s);
	} else {
		serve_fin(h, s);
	}
}

void stream_event(struct pars_host *h, struct conn *c, const struct pars_yamux_event *ev)
{
	switch (ev->type) {
	case PARS_YAMUX_OPENED:
		opened_inbound(h, c, ev->stream);
		break;
	case PARS_YAMUX_REFUSED:
		pars_count(h->metrics, PARS_M_stream_refused);
		break;
	case PARS_YAMUX_DATA:
		received(h, ev->stream->user, ev->data);
		break;
	case PARS_YAMUX_FIN:
		fin(h, ev->stream->user);
		break;
	case PARS_YAMUX_RESET:
		pars_count(h->metrics, PARS_M_stream_reset);
		stream_end(h, ev->stream->user, false, PARS_E_PEER_RESET);
		break;
	case PARS_YAMUX_NONE:
	case PARS_YAMUX_PONG:
	case PARS_YAMUX_GOAWAY:
		break;
	}
}

void stream_notice(struct pars_host *h, struct stream *s)
{
	if (pars_yamux_finished(s->ys))
		stream_end(h, s, false, PARS_OK);
	else if (s->role == ROLE_USER)
		event(h, PARS_HOST_STREAM_WRITABLE, s);
}

void stream_tick(struct pars_host *h)
{
	while (h->timed_first && h->timed_first->deadline <= h->now.mono_us) {
		pars_count(h->metrics, PARS_M_stream_timeout);
		stream_end(h, h->timed_first, true, PARS_E_PEER_TIMEOUT);
	}
}

enum pars_err pars_host_open(struct pars_host *h, pars_conn conn, const char *protocol,
	unsigned tag, pars_stream *ret)
{
	struct conn *c = conn_find(h, conn);
	if (!c || c->state != CONN_UP)
		return PARS_E_NOT_FOUND;
	struct stream *s = stream_open(h, c, ROLE_USER, protocol, tag);
	if (!s)
		return PARS_E_LIMIT;
	*ret = s->id;
	return PARS_OK;
}

/* The user's streams only: the host's own have numbers too, but nobody was
 * told them. */
static struct stream *user_stream(const struct pars_host *h, pars_stream id)
{
	struct stream *s = stream_find(h, id);
	return s && s->told ? s : NULL;
}

/* What the connection may queue beside what it has. While half of the total
 * is free anyone may take of it; the other half is one equal share for each
 * connection there may be. So the total holds, and slow readers on some
 * connections cannot silence the others. */
static size_t conn_room(const struct pars_host *h, const struct conn *c)
{
	size_t half = h->limits.send_max / 2, share = half / h->limits.conns_max;
	size_t queued = pars_yamux_queued(pars_connection_yamux(c->pipe));
	size_t common = half - PARS_MIN(half, h->queued);
	size_t own = share - PARS_MIN(share, queued);
	size_t left = h->limits.conn_send_max - PARS_MIN(h->limits.conn_send_max, queued);
	return PARS_MIN(left, PARS_MAX(common, own));
}

/* Half a share: not for every few bytes. */
static size_t refill_min(const struct pars_host *h)
{
	size_t share = h->limits.send_max / 2 / h->limits.conns_max;
	return PARS_MIN(h->limits.conn_send_max, share) / 2;
}

void stream_refill(struct pars_host *h)
{
	for (struct conn *c = h->starved ? h->first : NULL; c; c = c->next) {
		if (!c->starved || conn_room(h, c) < refill_min(h))
			continue;
		conn_starved(h, c, false);
		for (struct stream *s = c->streams; s; s = s->next) {
			if (s->starved && pars_yamux_room(pars_connection_yamux(c->pipe), s->ys))
				event(h, PARS_HOST_STREAM_WRITABLE, s);
			s->starved = false;
		}
	}
}

/* The host's own words (proposals, identify, pings) are few and pass. */
size_t pars_host_write(struct pars_host *h, pars_stream stream, struct pars_bytes data)
{
	struct stream *s = user_stream(h, stream);
	if (!s)
		return 0;
	struct pars_yamux *y = pars_connection_yamux(s->conn->pipe);
	size_t fits = PARS_MIN(data.n, conn_room(h, s->conn));
	size_t n = pars_yamux_write(y, s->ys, fits < data.n && fits < pars_yamux_room(y, s->ys)
		? PARS_BYTES(data.p, fits) : data);
	conn_touch(h, s->conn);
	if (n == fits && n < data.n) {
		s->starved = true;
		conn_starved(h, s->conn, true);
	}
	return n;
}

size_t pars_host_writable(const struct pars_host *h, pars_stream stream)
{
	const struct stream *s = user_stream(h, stream);
	if (!s)
		return 0;
	return PARS_MIN(conn_room(h, s->conn), pars_yamux_room(pars_connection_yamux(s->conn->pipe), s->ys));
}

void pars_host_consumed(struct pars_host *h, pars_stream stream, size_t n)
{
	struct stream *s = user_stream(h, stream);
	if (!s)
		return;
	pars_yamux_consumed(pars_connection_yamux(s->conn->pipe), s->ys, n);
	conn_touch(h, s->conn);
}

void pars_host_finish(struct pars_host *h, pars_stream stream)
{
	struct stream *s = user_stream(h, stream);
	if (!s)
		return;
	pars_yamux_finish(pars_connection_yamux(s->conn->pipe), s->ys);
	conn_touch(h, s->conn);
}

void pars_host_reset(struct pars_host *h, pars_stream stream)
{
	struct stream *s = user_stream(h, stream);
	if (!s)
		return;
	s->told = false;
	stream_end(h, s, true, PARS_OK);
}
