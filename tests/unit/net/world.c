#include "tests/unit/net/world.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "net/multistream.h"
#include "tests/unit/unit.h"

#define PORT 4000
#define START PARS_S(1000)

static void node_init(struct world *w, int i, const struct pars_host_limits *limits)
{
	struct world_node *n = &w->nodes[i];
	uint8_t seed[32] = { (uint8_t)(i + 1) };
	pars_rng_init(&n->rng, seed);
	seed[1] = 1;
	pars_ed25519_pair_from_seed(&n->key, seed);
	n->host = pars_host_new(&(struct pars_host_config){
		.key = &n->key,
		.agent = "world/1",
		.protocol_version = "test/1",
		.limits = limits ? *limits : pars_host_default_limits,
		.metrics = &n->metrics,
		.rng = &n->rng,
	});
	pars_host_serve(n->host, ECHO, TAG_ECHO);
	pars_host_serve(n->host, SINK, TAG_SINK);
	pars_host_serve(n->host, SILENT, TAG_SILENT);
}

struct world *world_new(int count, const struct pars_host_limits *limits)
{
	struct world *w = pars_alloc(sizeof *w);
	w->count = count;
	w->now = START;
	w->next_inbound = PARS_CONN_INBOUND;
	for (int i = 0; i < count; i++)
		node_init(w, i, limits);
	for (int i = 0; i < count; i++) {
		struct pars_multiaddr a = world_addr(w, i, false);
		world_begin(w, i);
		ck_assert_int_eq(pars_host_listen(w->nodes[i].host, 0, &a), PARS_OK);
	}
	world_run(w);
	return w;
}

void world_free(struct world *w)
{
	if (!w)
		return;
	for (int i = 0; i < w->count; i++) {
		pars_host_free(w->nodes[i].host);
		pars_effects_done(&w->nodes[i].out);
	}
	for (int i = 0; i < WORLD_LINKS; i++) {
		pars_buf_done(&w->links[i].queue[0]);
		pars_buf_done(&w->links[i].queue[1]);
		pars_buf_done(&w->links[i].got);
	}
	for (size_t i = 0; i < w->stream_count; i++)
		pars_buf_done(&w->streams[i].back);
	free(w);
}

static struct pars_endpoint endpoint_of(const struct world *w, int node)
{
	struct pars_endpoint e = { .family = PARS_IP4, .port = (uint16_t)(PORT + node) };
	uint8_t ip[4] = { 127, 0, 0, 1 };
	if (node >= 0 && w->nodes[node].ip) {
		ip[0] = 10;
		ip[3] = (uint8_t)w->nodes[node].ip;
	}
	memcpy(e.ip, ip, 4);
	return e;
}

struct pars_multiaddr world_addr(struct world *w, int node, bool with_id)
{
	struct pars_multiaddr a;
	struct pars_endpoint e = endpoint_of(w, node);
	pars_multiaddr_from_endpoint(&e, &a);
	if (with_id)
		ck_assert(pars_multiaddr_set_p2p(&a, pars_peer_id_bytes(pars_host_id(w->nodes[node].host))));
	return a;
}

void world_begin(struct world *w, int node)
{
	pars_host_begin(w->nodes[node].host, (struct pars_time){ w->now, (int64_t)w->now * 1000 },
		&w->nodes[node].out);
}

uint64_t world_counter(const struct world *w, int node, enum pars_metric m)
{
	return w->nodes[node].metrics.value[m];
}

/* --- the application ------------------------------------------------- */

struct world_stream *world_find(struct world *w, int node, pars_stream id)
{
	for (size_t i = 0; i < w->stream_count; i++)
		if (w->streams[i].node == node && w->streams[i].id == id)
			return &w->streams[i];
	return NULL;
}

static struct world_stream *add_stream(struct world *w, int node, pars_stream id, unsigned tag,
	bool inbound)
{
	ck_assert_uint_lt(w->stream_count, WORLD_STREAMS);
	struct world_stream *s = &w->streams[w->stream_count++];
	*s = (struct world_stream){ .id = id, .node = node, .tag = tag, .inbound = inbound };
	return s;
}

static uint64_t sum(uint64_t s, struct pars_bytes data)
{
	for (size_t i = 0; i < data.n; i++)
		s = (s ^ data.p[i]) * 1099511628211u;
	return s;
}

static uint8_t pattern(uint64_t at)
{
	return (uint8_t)((at * 2654435761u) >> 13);
}

uint64_t world_pattern_sum(uint64_t n)
{
	uint64_t s = 0;
	for (uint64_t i = 0; i < n; i++) {
		uint8_t b = pattern(i);
		s = sum(s, PARS_BYTES(&b, 1));
	}
	return s;
}

static void pump(struct world *w, struct world_stream *s)
{
	static uint8_t piece[65536];
	struct pars_host *h = w->nodes[s->node].host;
	while (s->to_send) {
		/* Until it is cut short, so that WRITABLE comes. */
		size_t n = (size_t)PARS_MIN(s->to_send, (uint64_t)sizeof piece);
		for (size_t i = 0; i < n; i++)
			piece[i] = pattern(s->sent + i);
		n = pars_host_write(h, s->id, PARS_BYTES(piece, n));
		s->sent += n;
		s->to_send -= n;
		if (n < sizeof piece)
			break;
	}
	while (s->back.n) {
		size_t n = pars_host_write(h, s->id, pars_buf_bytes(&s->back));
		pars_host_consumed(h, s->id, n);
		pars_buf_drop(&s->back, n);
		if (!n)
			break;
	}
	if (s->finish && !s->to_send && !s->back.n) {
		pars_host_finish(h, s->id);
		s->finish = false;
	}
}

static void on_data(struct world *w, struct world_stream *s, struct pars_bytes data)
{
	s->received += data.n;
	s->sum = sum(s->sum, data);
	if (s->tag == TAG_SILENT)
		return;
	if (s->inbound && s->tag == TAG_ECHO) {
		pars_buf_put(&s->back, data);
		pump(w, s);
	} else {
		pars_host_consumed(w->nodes[s->node].host, s->id, data.n);
	}
}

static void on_event(struct world *w, int node, const struct pars_host_event *ev)
{
	struct world_node *n = &w->nodes[node];
	struct world_stream *s = world_find(w, node, ev->stream);
	n->seen[ev->type]++;
	n->last[ev->type] = *ev;
	if (ev->type == PARS_HOST_STREAM_OPENED && !s)
		s = add_stream(w, node, ev->stream, ev->tag, true);
	if (!s)
		return;
	switch (ev->type) {
	case PARS_HOST_STREAM_OPENED:
		s->opened = true;
		break;
	case PARS_HOST_STREAM_DATA:
		on_data(w, s, ev->data);
		break;
	case PARS_HOST_STREAM_FIN:
		s->fin = true;
		if (s->inbound && s->tag != TAG_SILENT) {
			s->finish = true;
			pump(w, s);
		}
		break;
	case PARS_HOST_STREAM_WRITABLE:
		pump(w, s);
		break;
	case PARS_HOST_STREAM_CLOSED:
		s->closed = true;
		s->err = ev->err;
		break;
	case PARS_HOST_LISTENING:
	case PARS_HOST_LISTEN_FAILED:
	case PARS_HOST_PEER_UP:
	case PARS_HOST_PEER_IDENTIFIED:
	case PARS_HOST_PEER_DOWN:
	case PARS_HOST_DIAL_FAILED:
	case PARS_HOST_PONG:
		break;
	}
}

struct world_stream *world_open(struct world *w, int node, pars_conn conn,
	const char *protocol, unsigned tag)
{
	pars_stream id;
	world_begin(w, node);
	ck_assert_int_eq(pars_host_open(w->nodes[node].host, conn, protocol, tag, &id), PARS_OK);
	return add_stream(w, node, id, tag, false);
}

void world_send(struct world *w, struct world_stream *s, uint64_t n, bool finish)
{
	s->to_send += n;
	s->finish = finish;
	world_begin(w, s->node);
	pump(w, s);
}

/* --- the network ----------------------------------------------------- */

static struct world_link *add_link(struct world *w, int a, int b)
{
	for (int i = 0; i < WORLD_LINKS; i++) {
		struct world_link *l = &w->links[i];
		if (l->used)
			continue;
		l->used = true;
		l->node[0] = a;
		l->node[1] = b;
		return l;
	}
	ck_abort_msg("too many links");
	return NULL;
}

static struct world_link *link_of(struct world *w, int node, pars_conn conn, int *ret_side)
{
	for (int i = 0; i < WORLD_LINKS; i++)
		for (int side = 0; side < 2; side++)
			if (w->links[i].used && w->links[i].node[side] == node
				&& w->links[i].conn[side] == conn) {
				*ret_side = side;
				return &w->links[i];
			}
	return NULL;
}

static void settle(struct world *w, int node);

static void step(struct world *w, int node, const struct pars_event *ev)
{
	world_begin(w, node);
	pars_host_step(w->nodes[node].host, ev);
	settle(w, node);
}

static void inbound(struct world *w, struct world_link *l, int side)
{
	int other = l->node[!side];
	l->conn[side] = w->next_inbound++;
	step(w, l->node[side], &(struct pars_event){
		.type = PARS_EV_CONN_OPENED, .conn = l->conn[side],
		.local = endpoint_of(w, l->node[side]),
		.remote = endpoint_of(w, other),
	});
}

static void dial(struct world *w, int node, const struct pars_effect *f)
{
	int to = f->endpoint.port - PORT;
	if (to < 0 || to >= w->count) {
		step(w, node, &(struct pars_event){ .type = PARS_EV_CONN_FAILED, .conn = f->conn,
			.text = "connection refused" });
		return;
	}
	struct world_link *l = add_link(w, node, to);
	l->conn[0] = f->conn;
	step(w, node, &(struct pars_event){ .type = PARS_EV_CONN_OPENED, .conn = f->conn,
		.local = endpoint_of(w, node), .remote = f->endpoint });
	inbound(w, l, 1);
}

static void closed(struct world *w, struct world_link *l, int side)
{
	if (l->closed[side])
		return;
	l->closed[side] = true;
	if (l->node[side] >= 0)
		step(w, l->node[side], &(struct pars_event){ .type = PARS_EV_CONN_CLOSED,
			.conn = l->conn[side], .text = "closed" });
}

static void act(struct world *w, int node, const struct pars_effect *f)
{
	int side = 0;
	struct world_link *l = link_of(w, node, f->conn, &side);
	switch (f->type) {
	case PARS_EF_DIAL:
		dial(w, node, f);
		break;
	case PARS_EF_SEND:
		ck_assert_ptr_nonnull(l);
		pars_buf_put(&l->queue[side], f->data);
		break;
	case PARS_EF_CLOSE:
		ck_assert_ptr_nonnull(l);
		l->closed[side] = l->ending[side] = true;
		break;
	case PARS_EF_ABORT:
		if (!l)
			break;
		l->closed[side] = true;
		pars_buf_done(&l->queue[0]);
		pars_buf_done(&l->queue[1]);
		closed(w, l, !side);
		break;
	case PARS_EF_LISTEN:
		step(w, node, &(struct pars_event){ .type = PARS_EV_LISTENING,
			.listener = f->listener, .local = f->endpoint });
		break;
	case PARS_EF_UNLISTEN:
	case PARS_EF_RESOLVE:
	case PARS_EF_JOB:
	case PARS_EF_LOG:
	case PARS_EF_NOTIFY:
		break;
	}
}

/* Drains, flushes, and carries out the effects of one step. */
static void settle(struct world *w, int node)
{
	struct world_node *n = &w->nodes[node];
	struct pars_host_event ev;
	bool any = true;
	while (any) {
		any = false;
		while (pars_host_next(n->host, &ev)) {
			on_event(w, node, &ev);
			any = true;
		}
		pars_host_flush(n->host);
	}
	struct pars_effects out = n->out;
	n->out = (struct pars_effects){ 0 };
	for (size_t i = 0; i < out.count; i++)
		act(w, node, &out.list[i]);
	pars_effects_done(&out);
}

/* Moves one piece from `side` to the other. */
static bool deliver(struct world *w, struct world_link *l, int side)
{
	struct pars_buf *q = &l->queue[side];
	int from = l->node[side], to = l->node[!side];
	if (!l->used || (from >= 0 && w->nodes[from].stalled))
		return false;
	if (!q->n) {
		if (!l->ending[side])
			return false;
		l->ending[side] = false;
		closed(w, l, !side);
		return true;
	}
	size_t n = w->chunk ? PARS_MIN(w->chunk, q->n) : q->n;
	if (l->carried[side] < w->split_at && l->carried[side] + n > w->split_at)
		n = (size_t)(w->split_at - l->carried[side]);
	l->carried[side] += n;
	uint8_t *copy = pars_alloc(n);
	memcpy(copy, pars_buf_bytes(q).p, n);
	pars_buf_drop(q, n);
	if (!l->closed[!side] && to >= 0)
		step(w, to, &(struct pars_event){ .type = PARS_EV_CONN_DATA, .conn = l->conn[!side],
			.data = PARS_BYTES(copy, n) });
	else if (!l->closed[!side])
		pars_buf_put(&l->got, PARS_BYTES(copy, n));
	free(copy);
	if (from >= 0 && !l->closed[side])
		step(w, from, &(struct pars_event){ .type = PARS_EV_CONN_SENT,
			.conn = l->conn[side], .size = n });
	return true;
}

void world_run(struct world *w)
{
	for (int i = 0; i < w->count; i++) {
		world_begin(w, i);
		pars_host_tick(w->nodes[i].host);
		settle(w, i);
	}
	for (bool moved = true; moved;) {
		moved = false;
		for (int i = 0; i < WORLD_LINKS; i++) {
			moved |= deliver(w, &w->links[i], 0);
			moved |= deliver(w, &w->links[i], 1);
		}
	}
}

void world_pass(struct world *w, pars_usec time)
{
	pars_usec end = w->now + time;
	while (w->now < end) {
		pars_usec next = end;
		for (int i = 0; i < w->count; i++)
			next = PARS_MIN(next, PARS_MAX(pars_host_deadline(w->nodes[i].host), w->now + 1));
		w->now = next;
		world_run(w);
	}
}

pars_conn world_dial(struct world *w, int from, int to)
{
	pars_conn conn;
	struct pars_multiaddr a = world_addr(w, to, true);
	world_begin(w, from);
	ck_assert_int_eq(pars_host_dial(w->nodes[from].host, &a, &conn), PARS_OK);
	settle(w, from);
	return conn;
}

pars_conn world_conn(struct world *w, int node, int to)
{
	return pars_host_find(w->nodes[node].host, pars_host_id(w->nodes[to].host));
}

struct world *world_pair(const struct pars_host_limits *limits)
{
	struct world *w = world_new(2, limits);
	world_dial(w, 0, 1);
	world_run(w);
	ck_assert(world_conn(w, 0, 1));
	ck_assert(world_conn(w, 1, 0));
	return w;
}

struct world_link *world_raw(struct world *w, int node)
{
	struct world_link *l = add_link(w, node, -1);
	inbound(w, l, 0);
	return l;
}

void world_raw_send(struct world *w, struct world_link *l, struct pars_bytes data)
{
	pars_buf_put(&l->queue[1], data);
	world_run(w);
}

void world_raw_close(struct world *w, struct world_link *l)
{
	l->closed[1] = true;
	closed(w, l, 0);
	world_run(w);
}

/* --- the rogue ------------------------------------------------------- */

/* The next noise message of the host, behind its multistream answers. */
static bool next_message(struct rogue *r, struct pars_bytes *ret)
{
	struct pars_bytes got = pars_buf_bytes(&r->link->got);
	pars_bytes_take(&got, r->at);
	if (got.n < 2 || got.n < 2u + pars_be16(got.p))
		return false;
	r->at += 2u + pars_be16(got.p);
	*ret = PARS_BYTES(got.p + 2, pars_be16(got.p));
	return true;
}

void rogue_connect(struct rogue *r, struct world *w, int node, uint8_t seed)
{
	uint8_t secret[32] = { seed, 9 };
	struct pars_bytes message;
	struct pars_peer_id peer;
	bool agreed;
	PARS_AUTO_BUF out = { 0 };
	*r = (struct rogue){ .w = w, .link = world_raw(w, node) };
	pars_ed25519_pair_from_seed(&r->key, secret);
	pars_noise_identity_init(&r->identity, &r->key, secret);
	struct pars_noise_config config = { .identity = &r->identity, .initiator = true,
		.muxer = "/yamux/1.0.0", .ephemeral = { seed, 8 } };
	PARS_AUTO(pars_noise) noise = pars_noise_new(&config);
	pars_mss_propose(&out, "/noise");
	pars_noise_start(noise, &out);
	world_raw_send(w, r->link, pars_buf_bytes(&out));
	r->at = 20 + 8;
	ck_assert(next_message(r, &message));
	pars_buf_drop(&out, out.n);
	ck_assert_int_eq(pars_noise_step(noise, message, &out), PARS_OK);
	world_raw_send(w, r->link, pars_buf_bytes(&out));
	ck_assert(pars_noise_finish(noise, &r->channel, &peer, &agreed));
	ck_assert(agreed);
}

void rogue_send(struct rogue *r, struct pars_bytes plain)
{
	PARS_AUTO_BUF frame = { 0 };
	pars_noise_seal(&r->channel, plain, pars_buf_room(&frame, plain.n + 18));
	pars_buf_added(&frame, plain.n + 18);
	world_raw_send(r->w, r->link, pars_buf_bytes(&frame));
}

void rogue_frame(struct rogue *r, uint8_t type, uint16_t flags, uint32_t id, uint32_t length,
	struct pars_bytes data)
{
	PARS_AUTO_BUF plain = { 0 };
	uint8_t head[12] = { 0, type };
	pars_put_be16(head + 2, flags);
	pars_put_be32(head + 4, id);
	pars_put_be32(head + 8, length);
	pars_buf_put(&plain, PARS_BYTES_ARRAY(head));
	pars_buf_put(&plain, data);
	rogue_send(r, pars_buf_bytes(&plain));
}

void rogue_read(struct rogue *r)
{
	struct pars_bytes message;
	while (next_message(r, &message)) {
		uint8_t *to = pars_buf_room(&r->plain, message.n);
		ck_assert_int_eq(pars_noise_open(&r->channel, message, to), PARS_OK);
		pars_buf_added(&r->plain, message.n - 16);
	}
}

void rogue_done(struct rogue *r)
{
	pars_noise_channel_done(&r->channel);
	pars_buf_done(&r->plain);
}
