/* node/sync.c - sync streams with peers, for all sessions both take part in. */
#include "node/sync.h"

#include <stdlib.h>

#include "base/alloc.h"

#define ANTI_ENTROPY PARS_S(60)
#define RETRY_MIN PARS_S(1)
#define RETRY_MAX PARS_S(60)
#define STEP_OUTPUT ((size_t)16 << 10) /* bytes written to a peer in a step */

struct held_cache {
	uint32_t session;
	uint64_t count, sent;
};

static struct pars_bytes peer_key(const void *value)
{
	const struct sync_peer *p = value;
	return pars_peer_id_bytes(&p->id);
}

void node_sync_init(struct pars_node *node)
{
	pars_map_init(&node->sync_by_id, peer_key, pars_rng_u64(&node->rng));
	node_replica_init(node);
	pars_host_serve(node->host, PARS_SYNC_PROTOCOL, TAG_SYNC);
	node->anti_entropy_us = PARS_NEVER;
}

/* -- streams ---------------------------------------------------------------------------- */

static struct sync_peer *by_peer(struct pars_node *node, const struct pars_peer_id *id)
{
	return pars_map_get(&node->sync_by_id, pars_peer_id_bytes(id));
}

static struct sync_peer *by_conn(struct pars_node *node, pars_conn conn)
{
	const struct pars_host_peer *peer = pars_host_peer(node->host, conn);
	struct sync_peer *p = peer ? by_peer(node, &peer->id) : NULL;
	return p && p->conn == conn ? p : NULL;
}

static struct sync_peer *by_event(struct pars_node *node, const struct pars_host_event *ev)
{
	struct sync_peer *p = ev->stream ? by_peer(node, &ev->peer) : NULL;
	return p && p->stream == ev->stream ? p : NULL;
}

void node_sync_stir(struct sync_peer *p)
{
	pars_timer_set(&p->node->sync_timers, &p->timer, 0);
}

static struct sync_peer *add_peer(struct pars_node *node, const struct pars_host_peer *peer,
	pars_stream stream, bool opener)
{
	struct sync_peer *p = pars_alloc(sizeof *p);
	p->node = node;
	p->conn = peer->conn;
	p->stream = stream;
	p->id = peer->id;
	p->opener = opener;
	p->sync = pars_sync_new(&node->replica, &node->metrics, opener);
	TAILQ_INIT(&p->batches);
	TAILQ_INSERT_TAIL(&node->sync_peers, p, entry);
	pars_map_put(&node->sync_by_id, p);
	node->anti_entropy_us = PARS_MIN(node->anti_entropy_us, node->now.mono_us + ANTI_ENTROPY);
	node_sync_stir(p);
	size_t at = 0;
	const struct pars_session *s;
	while ((s = pars_sessions_next(node->sessions, &at)))
		pars_sync_offer(p->sync, s->num, &s->tag);
	return p;
}

static void free_peer(struct sync_peer *p)
{
	node_admit_forget(p);
	TAILQ_REMOVE(&p->node->sync_peers, p, entry);
	pars_map_remove(&p->node->sync_by_id, peer_key(p));
	pars_timer_cancel(&p->node->sync_timers, &p->timer);
	p->node->sync_news = true;
	pars_sync_free(p->sync);
	free(p->held);
	free(p);
}

static void remove_peer(struct pars_node *node, struct sync_peer *p)
{
	size_t at = 0;
	const struct pars_session *s;
	free_peer(p);
	while ((s = pars_sessions_next(node->sessions, &at)))
		node_sync_notify(node, s, PARS_TOPIC_SYNC);
}

void node_sync_done(struct pars_node *node)
{
	struct sync_retry *r;
	for (struct sync_peer *next, *p = TAILQ_FIRST(&node->sync_peers); p; p = next) {
		next = TAILQ_NEXT(p, entry);
		free_peer(p);
	}
	while ((r = TAILQ_FIRST(&node->sync_retries))) {
		TAILQ_REMOVE(&node->sync_retries, r, entry);
		free(r);
	}
	pars_map_done(&node->sync_by_id);
	pars_timers_done(&node->sync_timers);
}

/* The connection stays, so nothing else would bring the stream back. */
static void retry_later(struct pars_node *node, pars_conn conn)
{
	struct sync_retry *r;
	TAILQ_FOREACH(r, &node->sync_retries, entry)
		if (r->conn == conn)
			break;
	if (!r) {
		r = pars_alloc(sizeof *r);
		r->conn = conn;
		TAILQ_INSERT_TAIL(&node->sync_retries, r, entry);
	}
	r->delay = r->delay ? PARS_MIN(2 * r->delay, RETRY_MAX) : RETRY_MIN;
	r->at = node->now.mono_us + r->delay;
}

static void lose_peer(struct pars_node *node, struct sync_peer *p)
{
	if (p->opener && pars_host_peer(node->host, p->conn))
		retry_later(node, p->conn);
	remove_peer(node, p);
}

/* The peer broke the protocol: no more of this stream. */
static void fail_peer(struct pars_node *node, struct sync_peer *p, enum pars_err err)
{
	pars_conn conn = p->conn;
	pars_host_reset(node->host, p->stream);
	lose_peer(node, p);
	pars_host_blame(node->host, conn, err);
}

/* The dialling side opens the stream, so that there is one. */
static void identified(struct pars_node *node, pars_conn conn)
{
	const struct pars_host_peer *peer = pars_host_peer(node->host, conn);
	pars_stream stream;
	if (!peer || peer->inbound || by_peer(node, &peer->id) ||
	    !pars_host_peer_speaks(peer, PARS_SYNC_PROTOCOL))
		return;
	if (!pars_host_open(node->host, conn, PARS_SYNC_PROTOCOL, TAG_SYNC, &stream))
		add_peer(node, peer, stream, true);
}

/* Both dialled each other: the stream that the smaller id opened stays. */
static void accept_stream(struct pars_node *node, const struct pars_host_event *ev)
{
	const struct pars_host_peer *peer = pars_host_peer(node->host, ev->conn);
	struct sync_peer *other = peer ? by_peer(node, &peer->id) : NULL;
	if (!peer)
		return;
	if (other && other->opener && pars_bytes_compare(pars_peer_id_bytes(pars_host_id(node->host)),
	    pars_peer_id_bytes(&peer->id)) < 0) {
		pars_host_reset(node->host, ev->stream);
		return;
	}
	if (other) {
		pars_host_reset(node->host, other->stream);
		lose_peer(node, other);
	}
	add_peer(node, peer, ev->stream, false)->opened = true;
}

/* After a stream or connection is lost: another connection may do. */
static void reopen(struct pars_node *node, const struct pars_peer_id *id)
{
	size_t at = 0;
	const struct pars_host_peer *peer;
	while ((peer = pars_host_peer_next(node->host, &at)))
		if (pars_peer_id_equal(&peer->id, id) && peer->identified && !by_peer(node, id)) {
			identified(node, peer->conn);
			return;
		}
}

/* -- telling others ----------------------------------------------------------------------------- */

static struct held_cache *held_cache(struct sync_peer *p, uint32_t session)
{
	for (size_t i = 0; i < p->held_count; i++)
		if (p->held[i].session == session)
			return &p->held[i];
	p->held = pars_realloc(p->held, (p->held_count + 1) * sizeof *p->held);
	p->held[p->held_count] = (struct held_cache){ .session = session };
	return &p->held[p->held_count++];
}

/* What gossip carries is not sent once more, and what is held by then is told a
 * little later: many vertices at once, and nobody asks for what is coming. */
void node_sync_tell(struct pars_node *node, const struct pars_session *s, const struct pars_digest *pushed,
	const struct sync_peer *from, bool gossiped)
{
	struct sync_peer *p;
	TAILQ_FOREACH(p, &node->sync_peers, entry) {
		if (p == from || !pars_sync_shares(p->sync, s->num))
			continue;
		node_sync_stir(p);
		if (gossiped && node_gossip_reaches(node, s, &p->id))
			pars_sync_spread(p->sync, node->now.mono_us, s->num);
		else
			pars_sync_changed(p->sync, s->num, pushed);
	}
}

/* A vertex of ours goes to all who listen, and to other peers one by one. */
static bool publish(struct pars_node *node, const struct pars_session *s, const struct pars_digest *id)
{
	PARS_AUTO_BUF raw = { 0 };
	struct sync_peer *p;
	if (!pars_dag_read(s->dag, id, &raw) || !node_gossip_publish(node, s, pars_buf_bytes(&raw)))
		return false;
	TAILQ_FOREACH(p, &node->sync_peers, entry)
		if (pars_sync_shares(p->sync, s->num) && node_gossip_reaches(node, s, &p->id))
			held_cache(p, s->num)->sent = pars_dag_own_count(s->dag);
	return true;
}

void node_sync_changed(struct pars_node *node, const struct pars_session *session, const struct pars_digest *pushed)
{
	node_sync_tell(node, session, pushed, NULL, pushed && publish(node, session, pushed));
}

/* -- events of the protocol ------------------------------------------------------------------ */

static void peer_holds(struct pars_node *node, struct sync_peer *p, struct pars_session *s, uint64_t count)
{
	struct held_cache *c = held_cache(p, s->num);
	count = PARS_MIN(count, pars_dag_own_count(s->dag));
	if (count <= c->count)
		return;
	c->count = count;
	pars_run(node->store, "INSERT INTO held VALUES (?, ?, ?) ON CONFLICT (session, peer)"
		" DO UPDATE SET count = max(count, excluded.count)", PARS_INT(s->num),
		PARS_BLOB(pars_peer_id_bytes(&p->id)), PARS_INT(count));
	node_sync_notify(node, s, PARS_TOPIC_SYNC);
}

static void handle(struct pars_node *node, struct sync_peer *p, const struct pars_sync_event *ev)
{
	struct pars_session *s = pars_sessions_by_num(node->sessions, ev->session);
	switch (ev->type) {
	case PARS_SYNC_EV_SHARED:
		node_peers_anchor(node, p->conn);
		node_sync_notify(node, s, PARS_TOPIC_SYNC);
		break;
	case PARS_SYNC_EV_VERTICES:
		node_admit_frame(node, p, ev);
		break;
	case PARS_SYNC_EV_EQUAL:
		node->sync_news = true;
		node->last_sync_wall_ns = node->now.wall_ns;
		node_sync_notify(node, s, PARS_TOPIC_SYNC);
		break;
	case PARS_SYNC_EV_HELD:
		peer_holds(node, p, s, ev->count);
		break;
	case PARS_SYNC_EV_SENT: {
		struct held_cache *c = held_cache(p, s->num);
		c->sent = PARS_MAX(c->sent, ev->count);
		break;
	}
	}
}

static void drain(struct pars_node *node, struct sync_peer *p)
{
	struct pars_sync_event ev;
	while (pars_sync_next(p->sync, &ev))
		handle(node, p, &ev);
}

void node_sync_admitted(struct pars_node *node, struct sync_peer *p, size_t inserted)
{
	enum pars_err err = pars_sync_batch_done(p->sync, node->now.mono_us, inserted);
	if (err) {
		fail_peer(node, p, err);
		return;
	}
	node_sync_stir(p);
	drain(node, p);
	pars_host_consumed(node->host, p->stream, pars_sync_acknowledge(p->sync));
}

/* -- events of the host ------------------------------------------------------------------------- */

/*~ 4. Bytes of a sync stream: frames are taken apart by sync/sync_read.c, which
 *~    answers questions about our sets by itself and hands up vertices. */
static void received(struct pars_node *node, struct sync_peer *p, struct pars_bytes data)
{
	node_sync_stir(p);
	enum pars_err err = pars_sync_input(p->sync, node->now.mono_us, data);
	if (err) {
		fail_peer(node, p, err);
		return;
	}
	drain(node, p);
	pars_host_consumed(node->host, p->stream, pars_sync_acknowledge(p->sync));
}

static void opened(struct sync_peer *p)
{
	p->opened = true;
	node_sync_stir(p);
}

void node_sync_event(struct pars_node *node, const struct pars_host_event *ev)
{
	struct sync_peer *p = by_event(node, ev);
	switch (ev->type) {
	case PARS_HOST_PEER_IDENTIFIED:
		identified(node, ev->conn);
		break;
	case PARS_HOST_STREAM_OPENED:
		if (ev->tag == TAG_SYNC && ev->inbound)
			accept_stream(node, ev);
		else if (p)
			opened(p);
		break;
	case PARS_HOST_STREAM_WRITABLE:
		if (p)
			node_sync_stir(p);
		break;
	case PARS_HOST_STREAM_DATA:
		if (p)
			received(node, p, ev->data);
		break;
	case PARS_HOST_STREAM_FIN: /* sync needs both directions */
		if (p) {
			pars_host_reset(node->host, p->stream);
			lose_peer(node, p);
		}
		break;
	case PARS_HOST_STREAM_CLOSED:
		if (p)
			lose_peer(node, p);
		break;
	case PARS_HOST_PEER_DOWN:
		reopen(node, &ev->peer);
		break;
	default:
		break;
	}
}

/* -- time and output ------------------------------------------------------------------------------ */

static void anti_entropy(struct pars_node *node)
{
	size_t at = 0, count = 0, chosen;
	struct pars_session *s;
	struct sync_peer *p;
	TAILQ_FOREACH(p, &node->sync_peers, entry)
		count++;
	while (count && (s = pars_sessions_next(node->sessions, &at))) {
		chosen = pars_rng_below(&node->rng, count);
		TAILQ_FOREACH(p, &node->sync_peers, entry)
			if (!chosen--) {
				pars_sync_announce(p->sync, s->num);
				node_sync_stir(p);
			}
	}
	node->anti_entropy_us = count ? node->now.mono_us + ANTI_ENTROPY / 2 + pars_rng_below(&node->rng, ANTI_ENTROPY) :
		PARS_NEVER;
}

static void retry_due(struct pars_node *node)
{
	struct sync_retry *r, *next;
	for (r = TAILQ_FIRST(&node->sync_retries); r; r = next) {
		next = TAILQ_NEXT(r, entry);
		if (!pars_host_peer(node->host, r->conn)) {
			TAILQ_REMOVE(&node->sync_retries, r, entry);
			free(r);
		} else if (node->now.mono_us >= r->at) {
			r->at = PARS_NEVER; /* until it is lost again */
			identified(node, r->conn);
		}
	}
}

void node_sync_tick(struct pars_node *node)
{
	retry_due(node);
	if (node->now.mono_us >= node->anti_entropy_us)
		anti_entropy(node);
}

/* As much as the stream takes, but no more than reading it for a moment. True:
 * there may be more. What the stream does not take waits for STREAM_WRITABLE. */
static bool write_some(struct pars_node *node, struct sync_peer *p)
{
	size_t written = 0, n = 1;
	while (n && written < STEP_OUTPUT) {
		struct pars_bytes out = pars_sync_output(p->sync, node->now.mono_us);
		n = out.n ? pars_host_write(node->host, p->stream, out) : 0;
		pars_sync_sent(p->sync, n);
		written += n;
	}
	return n;
}

void node_sync_flush(struct pars_node *node)
{
	struct sync_peer *p;
	pars_usec now = node->now.mono_us;
	if (node_puts_off(node))
		return;
	while ((p = PARS_TIMER_OF(pars_timers_due(&node->sync_timers, now), struct sync_peer, timer))) {
		if (!p->opened) /* it is stirred again when it is */
			continue;
		bool more = write_some(node, p);
		if (more)
			node_did_bulk(node);
		/* Who is told that we hold something may forget it: the disk must not. */
		if (pars_sync_told(p->sync) && node->unsynced)
			node->durable = true;
		drain(node, p);
		pars_timer_set(&node->sync_timers, &p->timer, more ? now + 1 : PARS_MAX(pars_sync_deadline(p->sync), now + 1));
	}
}

pars_usec node_sync_deadline(const struct pars_node *node)
{
	pars_usec at = PARS_MIN(node->anti_entropy_us, pars_timers_next(&node->sync_timers));
	const struct sync_retry *r;
	TAILQ_FOREACH(r, &node->sync_retries, entry)
		at = PARS_MIN(at, r->at);
	return at;
}

/* -- for the other parts ------------------------------------------------------------------------------ */

/* Rare enough to begin all streams anew. */
void node_sync_restart(struct pars_node *node)
{
	struct sync_peer *p, *next;
	for (p = TAILQ_FIRST(&node->sync_peers); p; p = next) {
		next = TAILQ_NEXT(p, entry);
		pars_host_reset(node->host, p->stream);
		lose_peer(node, p);
	}
}

void node_sync_offer(struct pars_node *node, const struct pars_session *session)
{
	struct sync_peer *p;
	TAILQ_FOREACH(p, &node->sync_peers, entry) {
		pars_sync_offer(p->sync, session->num, &session->tag);
		node_sync_stir(p);
	}
}

void node_sync_notify(struct pars_node *node, const struct pars_session *session, enum pars_topic topic)
{
	char text[PARS_CID_TEXT];
	pars_cid_text(session->id.b, text);
	pars_effects_notify(&node->fx, topic, text);
}

size_t node_sync_shared(struct pars_node *node, uint32_t session, size_t *ret_equal)
{
	struct sync_peer *p;
	size_t shared = 0;
	*ret_equal = 0;
	TAILQ_FOREACH(p, &node->sync_peers, entry) {
		struct pars_sync_stats st;
		pars_sync_stats(p->sync, session, &st);
		shared += !!strcmp(st.state, "not shared");
		*ret_equal += !strcmp(st.state, "equal");
	}
	return shared;
}

bool node_sync_is_equal(struct pars_node *node, pars_conn conn)
{
	const struct pars_session *s;
	struct sync_peer *p = by_conn(node, conn);
	size_t at = 0, equal = 0;
	while (p && (s = pars_sessions_next(node->sessions, &at))) {
		struct pars_sync_stats st;
		pars_sync_stats(p->sync, s->num, &st);
		if (strcmp(st.state, "not shared") && strcmp(st.state, "equal"))
			return false;
		equal += !strcmp(st.state, "equal");
	}
	return equal;
}

bool node_sync_shares(struct pars_node *node, pars_conn conn)
{
	const struct pars_session *s;
	struct sync_peer *p = by_conn(node, conn);
	size_t at = 0;
	while (p && (s = pars_sessions_next(node->sessions, &at)))
		if (pars_sync_shares(p->sync, s->num))
			return true;
	return false;
}

uint64_t node_sync_sent(struct pars_node *node, uint32_t session)
{
	struct sync_peer *p;
	uint64_t sent = 0;
	TAILQ_FOREACH(p, &node->sync_peers, entry)
		sent = PARS_MAX(sent, held_cache(p, session)->sent);
	return sent;
}

/* -- calls of pars.h ------------------------------------------------------------------------------------- */

static void fill_info(struct pars_node *node, struct pars_arena *a, const struct pars_session *s,
	struct sync_peer *p, struct pars_sync_info *ret)
{
	struct pars_sync_stats st;
	pars_sync_stats(p->sync, s->num, &st);
	pars_usec age = node->now.mono_us - PARS_MIN(st.equal_us, node->now.mono_us);
	*ret = (struct pars_sync_info){
		.session = node_cid(a, &s->id), .peer_id = node_peer_text(a, &p->id),
		.state = st.state, .vertices_in = st.vertices_in, .vertices_out = st.vertices_out,
		.bytes_in = st.bytes_in, .bytes_out = st.bytes_out, .held = held_cache(p, s->num)->count,
		.last_equal_wall_ns = st.equal_us ? node->now.wall_ns - (int64_t)age * 1000 : 0,
	};
}

/* The cursor is how many rows came before. */
enum pars_err pars_sync_list(struct pars_node *node, const char *session, const char *cursor, size_t limit,
	struct pars_arena *a, struct pars_sync_page *ret, struct pars_fault *fault)
{
	const struct pars_session *only = NULL, *s;
	size_t at = 0, row = 0;
	uint64_t from;
	if (session && !(only = node_session_find(node, session, fault)))
		return PARS_E_NOT_FOUND;
	enum pars_err err = node_cursor_number(cursor, &from, fault);
	if (err)
		return err;
	*ret = (struct pars_sync_page){ .list = pars_arena_alloc(a, limit * sizeof *ret->list) };
	while ((s = pars_sessions_next(node->sessions, &at))) {
		struct sync_peer *p;
		if (only && s != only)
			continue;
		TAILQ_FOREACH(p, &node->sync_peers, entry) {
			if (s->is_carried || row++ < from)
				continue;
			if (ret->count == limit) {
				ret->next = pars_arena_sprintf(a, "%zu", row - 1);
				return PARS_OK;
			}
			fill_info(node, a, s, p, &ret->list[ret->count++]);
		}
	}
	return PARS_OK;
}

enum pars_err pars_sync_now(struct pars_node *node, const char *session, struct pars_fault *fault)
{
	const struct pars_session *only = NULL, *s;
	struct sync_peer *p;
	size_t at = 0;
	if (session && !(only = node_session_find(node, session, fault)))
		return PARS_E_NOT_FOUND;
	if (node->paused)
		return pars_fail(fault, PARS_E_PAUSED, "the node is paused: resume it first");
	while ((s = pars_sessions_next(node->sessions, &at)))
		TAILQ_FOREACH(p, &node->sync_peers, entry)
			if (!only || s == only) {
				pars_sync_announce(p->sync, s->num);
				node_sync_stir(p);
			}
	pars_host_redial(node->host);
	node_dht_forgive(node);
	node_presence_hurry(node);
	return PARS_OK;
}

enum pars_err pars_sync_done(struct pars_node *node, const char *session, size_t peers, bool *ret,
	struct pars_fault *fault)
{
	const struct pars_session *only = NULL, *s;
	size_t at = 0;
	bool done = true;
	if (session && !(only = node_session_find(node, session, fault)))
		return PARS_E_NOT_FOUND;
	if (!pars_sessions_count(node->sessions))
		return pars_fail(fault, PARS_E_NOT_FOUND, "this node is in no session; `parsctl session new NAME` opens "
			"one, `parsctl session join ID ADDRESS` joins one");
	while ((s = pars_sessions_next(node->sessions, &at))) {
		size_t equal, shared;
		if (s->is_carried || (only && s != only))
			continue;
		shared = node_sync_shared(node, s->num, &equal);
		done &= shared >= peers && equal == shared && s->is_member;
	}
	*ret = done;
	return PARS_OK;
}
