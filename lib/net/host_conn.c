#include "net/host_impl.h"

#include <stdlib.h>

#include "base/alloc.h"

struct conn *conn_find(const struct pars_host *h, pars_conn id)
{
	return pars_map_get(&h->conns, PARS_BYTES(&id, sizeof id));
}

static pars_usec pong_deadline(const struct conn *c)
{
	return PARS_MAX(c->ping_sent, c->alive_us) + PING_TIMEOUT;
}

/* Until its round trip and its name are known a peer is asked in any case; then
 * only one that is silent, and by one side: whoever was dialled waits longer. */
static pars_usec ping_due(const struct pars_host *h, const struct conn *c)
{
	pars_usec interval = h->limits.ping_interval;
	if (!c->info.rtt_us || !c->info.identified)
		return c->asked_us + interval;
	return PARS_MAX(c->asked_us, c->alive_us) + interval + (c->info.inbound ? interval / 3 : 0);
}

static pars_usec securing_deadline(const struct pars_host *h, const struct conn *c)
{
	return c->opened_us + h->limits.handshake_timeout;
}

static pars_usec deadline(const struct pars_host *h, const struct conn *c)
{
	if (c->state != CONN_UP)
		return securing_deadline(h, c);
	return c->ping_sent ? pong_deadline(c) : ping_due(h, c);
}

/* A timer that turns out to be early is set anew. */
static void schedule(struct pars_host *h, struct conn *c)
{
	pars_timer_set(&h->timers, &c->timer, deadline(h, c));
}

struct conn *conn_add(struct pars_host *h, pars_conn id, bool inbound,
	const struct pars_endpoint *remote)
{
	struct conn *c = pars_alloc(sizeof *c);
	c->info.conn = id;
	c->info.inbound = inbound;
	c->info.agent = c->agent;
	c->info.since_us = c->opened_us = c->alive_us = h->now.mono_us;
	c->remote = *remote;
	pars_multiaddr_from_endpoint(remote, &c->info.addr);
	c->prev = h->last;
	*(h->last ? &h->last->next : &h->first) = c;
	h->last = c;
	pars_map_put(&h->conns, c);
	h->inbound += inbound;
	schedule(h, c);
	return c;
}

void conn_touch(struct pars_host *h, struct conn *c)
{
	if (c->touched || c->dead)
		return;
	c->touched = true;
	TAILQ_INSERT_TAIL(&h->touched, c, touched_entry);
}

static void untouch(struct pars_host *h, struct conn *c)
{
	if (c->touched)
		TAILQ_REMOVE(&h->touched, c, touched_entry);
	c->touched = false;
}

void conn_starved(struct pars_host *h, struct conn *c, bool starved)
{
	h->starved += (size_t)starved - (size_t)c->starved;
	c->starved = starved;
}

static void unlink_conn(struct pars_host *h, struct conn *c)
{
	*(c->prev ? &c->prev->next : &h->first) = c->next;
	*(c->next ? &c->next->prev : &h->last) = c->prev;
	pars_map_remove(&h->conns, PARS_BYTES(&c->info.conn, sizeof c->info.conn));
	h->inbound -= c->info.inbound;
	h->securing -= c->info.inbound && c->state == CONN_SECURING;
	h->up -= c->state == CONN_UP;
	h->identified -= c->info.identified;
	if (h->walk == c)
		h->walk = c->next;
	conn_starved(h, c, false);
	pars_timer_cancel(&h->timers, &c->timer);
	untouch(h, c);
	c->prev = NULL;
	c->next = h->dead;
	h->dead = c;
	c->dead = true;
}

void conn_reap(struct pars_host *h)
{
	while (h->dead) {
		struct conn *c = h->dead;
		h->dead = c->next;
		pars_connection_free(c->pipe);
		peer_done(c);
		free(c);
	}
}

static void tell_end(struct pars_host *h, struct conn *c, enum pars_err err, const char *text)
{
	bool failed_dial = c->state != CONN_UP && !c->info.inbound;
	if (c->state != CONN_UP && !failed_dial)
		return; /* nobody knew of it */
	struct queued *q = host_event(h,
		failed_dial ? PARS_HOST_DIAL_FAILED : PARS_HOST_PEER_DOWN, c);
	struct pars_multiaddr *addr = pars_arena_alloc(&h->arena, sizeof *addr);
	*addr = c->info.addr;
	q->addr = addr;
	q->err = err;
	q->text = host_text(h, text);
}

/* The connection is out of all lists from here on, but its memory stays until
 * the next step, as callers up the stack may still look at it. */
void conn_end(struct pars_host *h, struct conn *c, enum conn_end how, enum pars_err err,
	const char *text)
{
	if (c->dead)
		return;
	while (c->streams)
		stream_end(h, c->streams, false, PARS_E_PEER_CLOSED);
	if (how != END_SILENT)
		pars_effects_add(h->out, how == END_CLOSE ? PARS_EF_CLOSE : PARS_EF_ABORT)->conn =
			c->info.conn;
	if (c->state != CONN_DIALLING)
		pars_count(h->metrics, PARS_M_conn_closed);
	tell_end(h, c, err, text);
	unlink_conn(h, c);
	pars_dialer_lost(&h->dialer, c->info.conn, text, h->now.mono_us);
}

void conn_goodbye(struct pars_host *h, struct conn *c, enum pars_yamux_goaway code,
	enum pars_err err, const char *text)
{
	if (c->dead)
		return;
	if (c->state != CONN_UP) {
		conn_end(h, c, END_ABORT, err, text);
		return;
	}
	conn_flush(h, c);
	pars_yamux_goaway(pars_connection_yamux(c->pipe), code);
	conn_flush(h, c);
	conn_end(h, c, END_CLOSE, err, text);
}

static void add_pipe(struct pars_host *h, struct conn *c)
{
	c->pipe = pars_connection_new(&(struct pars_connection_config){
		.identity = &h->noise,
		.expect = c->expect.n ? &c->expect : NULL,
		.dialer = !c->info.inbound,
		.streams_max = h->limits.streams_per_conn_max,
		.stream_send_max = h->limits.stream_send_max,
		.queued_all = &h->queued,
		.rng = h->rng,
	});
	c->state = CONN_SECURING;
	c->opened_us = c->alive_us = h->now.mono_us;
	h->securing += c->info.inbound;
	pars_count(h->metrics, PARS_M_conn_opened);
	schedule(h, c);
	conn_touch(h, c);
}

/* One IPv6 customer commonly has a /64, so that counts as one address. */
static bool same_ip(const struct pars_endpoint *a, const struct pars_endpoint *b)
{
	return a->family == b->family && !memcmp(a->ip, b->ip, a->family == PARS_IP4 ? 4 : 8);
}

static unsigned inbound_from(const struct pars_host *h, const struct pars_endpoint *remote)
{
	unsigned n = 0;
	for (const struct conn *c = h->first; c; c = c->next)
		n += c->info.inbound && same_ip(&c->remote, remote);
	return n;
}

static bool may_accept(const struct pars_host *h, const struct pars_endpoint *remote)
{
	return !h->paused && h->conns.count < h->limits.conns_max
		&& h->inbound < h->limits.conns_inbound_max
		&& h->securing < h->limits.handshakes_max
		&& (endpoint_is_loopback(remote)
		|| inbound_from(h, remote) < h->limits.conns_per_ip_max);
}

void conn_opened(struct pars_host *h, const struct pars_event *ev)
{
	struct conn *c = conn_find(h, ev->conn);
	if (c) {
		if (c->state != CONN_DIALLING)
			return;
		/* Where a name led to is what the peer is told we see of it. */
		if (ev->remote.port)
			c->remote = ev->remote;
		add_pipe(h, c);
		return;
	}
	/* A dial that was given up while the outside connected it is not ours
	 * any more; the ABORT effect for it is on its way. */
	if (!(ev->conn & PARS_CONN_INBOUND))
		return;
	if (!may_accept(h, &ev->remote)) {
		pars_count(h->metrics, PARS_M_conn_refused);
		pars_effects_add(h->out, PARS_EF_ABORT)->conn = ev->conn;
		return;
	}
	add_pipe(h, conn_add(h, ev->conn, true, &ev->remote));
}

void conn_failed(struct pars_host *h, const struct pars_event *ev)
{
	struct conn *c = conn_find(h, ev->conn);
	if (!c)
		return;
	pars_count(h->metrics, PARS_M_dial_failed);
	conn_end(h, c, END_SILENT, PARS_E_PEER_UNREACHABLE,
		ev->text ? ev->text : "the peer cannot be reached");
}

static unsigned conns_of(const struct pars_host *h, const struct pars_peer_id *peer)
{
	unsigned n = 0;
	for (const struct conn *c = h->first; c; c = c->next)
		n += c->state == CONN_UP && pars_peer_id_equal(&c->info.id, peer);
	return n;
}

static bool is_away(const struct pars_host *h, const struct conn *c)
{
	return c->info.inbound && h->inbound > h->limits.conns_inbound_max / 2 &&
		pars_scores_is_away(&h->scores, &c->info.id, h->now.mono_us);
}

static void secured(struct pars_host *h, struct conn *c)
{
	const struct pars_peer_id *peer = pars_connection_peer(c->pipe);
	bool ours = pars_peer_id_equal(peer, &h->id);
	bool banned = pars_scores_is_banned(&h->scores, peer, h->now.mono_us);
	c->info.id = *peer;
	if (ours || banned || conns_of(h, peer) >= h->limits.conns_per_peer_max) {
		pars_count(h->metrics, PARS_M_conn_refused);
		conn_end(h, c, END_ABORT, ours ? PARS_E_PEER_WRONG_ID : PARS_E_LIMIT,
			ours ? "this node itself answered" : banned ? "the peer is banned"
			: "there are enough connections to this peer");
		return;
	}
	if (is_away(h, c)) {
		pars_count(h->metrics, PARS_M_conn_sent_away);
		conn_end(h, c, END_ABORT, PARS_E_LIMIT, "others wait for its place");
		return;
	}
	h->securing -= c->info.inbound;
	c->state = CONN_UP;
	h->up++;
	c->info.since_us = c->info.used_us = h->now.mono_us;
	c->asked_us = h->now.mono_us;
	schedule(h, c);
	struct pars_multiaddr *addr = pars_arena_alloc(&h->arena, sizeof *addr);
	*addr = c->info.addr;
	host_event(h, PARS_HOST_PEER_UP, c)->addr = addr;
	dial_peer_up(h, c);
	serve_ask(h, c);
}

static void pong(struct pars_host *h, struct conn *c, uint32_t value)
{
	/* An answer nobody asked for means nothing. */
	if (!c->ping_sent || value != c->ping_value)
		return;
	c->info.rtt_us = PARS_MAX(h->now.mono_us - c->ping_sent, (pars_usec)1);
	c->ping_sent = 0;
	schedule(h, c);
	host_event(h, PARS_HOST_PONG, c)->rtt_us = c->info.rtt_us;
}

static void pipe_event(struct pars_host *h, struct conn *c,
	const struct pars_connection_event *ev)
{
	if (ev->up)
		secured(h, c);
	else if (ev->stream.type == PARS_YAMUX_PONG)
		pong(h, c, ev->stream.value);
	else
		stream_event(h, c, &ev->stream);
}

static void count_broken(struct pars_host *h, const struct conn *c, enum pars_err err)
{
	if (err == PARS_E_PEER_WRONG_ID)
		pars_count(h->metrics, PARS_M_conn_wrong_peer);
	if (c->state != CONN_UP)
		pars_count(h->metrics, PARS_M_conn_handshake_failed);
	else if (err == PARS_E_PEER_CRYPTO)
		pars_count(h->metrics, PARS_M_conn_bad_frame);
	else if (err == PARS_E_PEER_WINDOW)
		pars_count(h->metrics, PARS_M_yamux_window_overrun);
	else
		pars_count(h->metrics, PARS_M_yamux_bad_frame);
}

static void broken(struct pars_host *h, struct conn *c, enum pars_err err)
{
	count_broken(h, c, err);
	if (c->state != CONN_UP) {
		conn_flush(h, c); /* a refusal is worth reading */
		conn_end(h, c, END_CLOSE, err, pars_err_text(err));
		return;
	}
	/* A frame that does not decrypt may be anyone's work, not the peer's. */
	if (err == PARS_E_PEER_CRYPTO) {
		conn_end(h, c, END_ABORT, err, pars_err_text(err));
		return;
	}
	struct pars_peer_id peer = c->info.id;
	conn_goodbye(h, c, PARS_YAMUX_PROTOCOL_ERROR, err, pars_err_text(err));
	dial_blame(h, &peer, err);
}

/*~ 3. Bytes of a connection: Noise frames are opened, Yamux takes the streams
 *~    apart, multistream-select finds who a stream is for. What is left is an
 *~    event: data of a stream with a tag. */
void conn_received(struct pars_host *h, struct conn *c, struct pars_bytes data)
{
	struct pars_connection_event ev;
	if (!c->pipe)
		return;
	conn_touch(h, c);
	h->metrics->value[PARS_M_bytes_received] += data.n;
	c->info.bytes_in += data.n;
	c->alive_us = h->now.mono_us;
	schedule(h, c);
	while (!c->dead) {
		enum pars_err err = pars_connection_next(c->pipe, &data, &h->arena, &ev);
		if (err) {
			broken(h, c, err);
			return;
		}
		if (!ev.up && !ev.stream.type)
			return;
		pipe_event(h, c, &ev);
	}
}

void conn_sent(struct pars_host *h, struct conn *c, size_t n)
{
	/* While a backlog moves, the other end is taking it; a lone small write
	 * only went as far as our own kernel. */
	if (c->unsent >= h->limits.conn_unsent_max / 2)
		c->alive_us = h->now.mono_us;
	c->unsent -= PARS_MIN(n, c->unsent);
	conn_touch(h, c);
}

static void send_frames(struct pars_host *h, struct conn *c)
{
	while (c->unsent < h->limits.conn_unsent_max) {
		struct pars_bytes frame = pars_connection_send(c->pipe, &h->out->arena, h->scratch);
		if (!frame.n)
			return;
		struct pars_effect *f = pars_effects_add(h->out, PARS_EF_SEND);
		f->conn = c->info.conn;
		f->data = frame;
		c->unsent += frame.n;
		c->info.bytes_out += frame.n;
		h->metrics->value[PARS_M_bytes_sent] += frame.n;
	}
}

void conn_flush(struct pars_host *h, struct conn *c)
{
	struct pars_yamux_stream *ys;
	untouch(h, c);
	if (c->dead || !c->pipe)
		return;
	send_frames(h, c);
	while ((ys = pars_yamux_notice(pars_connection_yamux(c->pipe))))
		stream_notice(h, ys->user);
	/* After its goodbye, what was under way may finish; nothing can follow. */
	if (!c->streams && pars_yamux_is_away(pars_connection_yamux(c->pipe)))
		conn_end(h, c, END_CLOSE, PARS_E_PEER_CLOSED, "the peer said goodbye");
}

static void ask(struct pars_host *h, struct conn *c)
{
	c->ping_sent = c->asked_us = h->now.mono_us;
	conn_touch(h, c);
	pars_yamux_ping(pars_connection_yamux(c->pipe), ++c->ping_value);
	serve_ask(h, c);
	schedule(h, c);
}

static bool keep_alive(struct pars_host *h, struct conn *c)
{
	if (c->ping_sent && pong_deadline(c) <= h->now.mono_us) {
		pars_count(h->metrics, PARS_M_conn_idle_timeout);
		conn_end(h, c, END_ABORT, PARS_E_PEER_TIMEOUT, "the peer stopped answering");
	} else if (!c->ping_sent && ping_due(h, c) <= h->now.mono_us) {
		ask(h, c);
		return true;
	}
	return false;
}

/* Gives whether it was asked for a sign of life. */
static bool tick(struct pars_host *h, struct conn *c)
{
	bool asked = false;
	if (c->state == CONN_UP) {
		asked = keep_alive(h, c);
	} else if (securing_deadline(h, c) <= h->now.mono_us) {
		bool dialling = c->state == CONN_DIALLING;
		pars_count(h->metrics, dialling ? PARS_M_dial_failed : PARS_M_conn_handshake_timeout);
		conn_end(h, c, END_ABORT, PARS_E_PEER_TIMEOUT,
			dialling ? "no answer to the dial" : "the handshake took too long");
	}
	if (!c->dead)
		schedule(h, c);
	return asked;
}

/* Those whose turn comes soon are asked along with one whose turn it is, so that
 * a quiet node wakes once for all of them. */
void conns_tick(struct pars_host *h)
{
	bool asked = false;
	struct conn *c;
	while ((c = PARS_TIMER_OF(pars_timers_due(&h->timers, h->now.mono_us), struct conn, timer)))
		asked |= tick(h, c);
	for (c = h->first; asked && c; c = c->next)
		if (c->state == CONN_UP && !c->info.inbound && !c->ping_sent &&
		    ping_due(h, c) <= h->now.mono_us + h->limits.ping_interval / 3)
			ask(h, c);
}
