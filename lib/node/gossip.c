/* node/gossip.c - pubsub on streams: sessions' vertices travel by it.
 *
 * A session's topic is /pars/s/ and the first 9 bytes of its tag in base64url:
 * names are told to each peer, in each GRAFT too, so they are short. Whoever
 * knows one may listen in any case, so nothing hangs on their being unlike;
 * where two sessions have one name, the vertex says which is meant, and of one
 * that is not ours whoever passed it on is not to blame.
 *
 * A message is a vertex as it is stored, so its id is the vertex's. It is checked
 * like any other vertex (node/admit.c) and goes on to others once it stands in the
 * DAG, however it got there. */
#include "node/gossip.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "codec/multibase.h"
#include "codec/uvarint.h"
#include "dht/contact.h"
#include "net/record.h"
#include "node/dht.h"

#define SESSION_TOPIC "/pars/s/"
#define TOPIC_TAG 9                     /* bytes of the tag in it: 12 characters */
#define RECEIVED_MAX ((size_t)32 << 20) /* bytes of unfinished RPCs, of all peers */
#define RESCAN_INTERVAL PARS_S(10)      /* to a peer whose stream was lost */
#define PX_CONNS_MAX 64                 /* with more connections nobody's hints are followed */

/* -- sessions and their topics ------------------------------------------------------- */

static void topic_of(const struct pars_session *s, char out[PARS_GOSSIP_TOPIC_MAX + 1])
{
	size_t n = (size_t)snprintf(out, PARS_GOSSIP_TOPIC_MAX + 1, SESSION_TOPIC);
	if (pars_base_encode(PARS_BASE64URL, PARS_BYTES(s->tag.b, TOPIC_TAG), out + n, PARS_GOSSIP_TOPIC_MAX + 1 - n))
		abort();
}

/* The beginning of a tag in a topic's name; false: it is no session's. */
static bool tag_in(const char *topic, uint8_t out[TOPIC_TAG])
{
	size_t n = strlen(SESSION_TOPIC), got;
	return !strncmp(topic, SESSION_TOPIC, n) &&
		!pars_base_decode(PARS_BASE64URL, PARS_BYTES_STR(topic + n), out, TOPIC_TAG, &got) && got == TOPIC_TAG;
}

static struct pars_bytes topic_key(const void *session)
{
	return PARS_BYTES(((const struct pars_session *)session)->tag.b, TOPIC_TAG);
}

static void index_sessions(struct pars_node *node)
{
	struct node_gossip *g = node->gossip;
	struct pars_session *s;
	size_t at = 0;
	if (g->indexed_version == pars_sessions_version(node->sessions))
		return;
	pars_map_done(&g->by_topic);
	while ((s = pars_sessions_next(node->sessions, &at)))
		if (!pars_map_get(&g->by_topic, topic_key(s)))
			pars_map_put(&g->by_topic, s);
	g->indexed_version = pars_sessions_version(node->sessions);
}

/* The first one of that name. */
static struct pars_session *session_of(struct pars_node *node, const char *topic)
{
	uint8_t tag[TOPIC_TAG];
	if (!tag_in(topic, tag))
		return NULL;
	index_sessions(node);
	return pars_map_get(&node->gossip->by_topic, PARS_BYTES_ARRAY(tag));
}

static void leave_dropped(struct pars_node *node)
{
	struct pars_gossip_topic_info info;
	uint8_t tag[TOPIC_TAG];
	size_t at = 0;
	while (pars_gossip_topic_next(node->gossip->router, &at, &info))
		if (info.subscribed && tag_in(info.name, tag) && !session_of(node, info.name)) {
			pars_gossip_unsubscribe(node->gossip->router, info.name);
			at = 0;
		}
}

static void follow_sessions(struct pars_node *node)
{
	const struct pars_session *s;
	char topic[PARS_GOSSIP_TOPIC_MAX + 1];
	size_t at = 0;
	if (node->gossip->sessions_version == pars_sessions_version(node->sessions))
		return;
	leave_dropped(node);
	while ((s = pars_sessions_next(node->sessions, &at))) {
		topic_of(s, topic);
		enum pars_err err = pars_gossip_subscribe(node->gossip->router, topic, PARS_GOSSIP_UNSIGNED,
			&pars_gossip_default_topic);
		if (err == PARS_E_LIMIT)
			break;
	}
	node->gossip->sessions_version = pars_sessions_version(node->sessions);
}

/* -- streams --------------------------------------------------------------------------- */

static struct pars_bytes peer_key(const void *value)
{
	const struct gossip_peer *p = value;
	return pars_peer_id_bytes(&p->id);
}

static struct gossip_peer *by_id(const struct pars_node *node, const struct pars_peer_id *id)
{
	return pars_map_get(&node->gossip->by_id, pars_peer_id_bytes(id));
}

static struct gossip_peer *by_event(const struct pars_node *node, const struct pars_host_event *ev)
{
	struct gossip_peer *p = ev->stream ? by_id(node, &ev->peer) : NULL;
	return p && (p->out == ev->stream || p->in == ev->stream) ? p : NULL;
}

/* The newest that it speaks; -1: none. */
static int version_of(const struct pars_host_peer *peer)
{
	int v = PARS_GOSSIP_VERSIONS - 1;
	while (v >= 0 && !pars_host_peer_speaks(peer, pars_gossip_protocols[v]))
		v--;
	return v;
}

static void forget_received(struct pars_node *node, struct gossip_peer *p)
{
	node->gossip->received_bytes -= p->received.n;
	pars_buf_done(&p->received);
}

static struct gossip_peer *begin(struct pars_node *node, const struct pars_host_peer *peer, int version)
{
	struct pars_endpoint where;
	pars_stream out;
	if (by_id(node, &peer->id) ||
	    pars_host_open(node->host, peer->conn, pars_gossip_protocols[version], TAG_GOSSIP + (unsigned)version, &out))
		return NULL;
	bool global = pars_addr_is_global(&peer->addr) && pars_multiaddr_endpoint(&peer->addr, &where);
	struct pars_gossip_peer *up = pars_gossip_peer_up(node->gossip->router, &peer->id,
		(enum pars_gossip_version)version, global ? &where : NULL, !peer->inbound);
	if (!up) {
		pars_host_reset(node->host, out);
		return NULL;
	}
	struct gossip_peer *p = pars_alloc(sizeof *p);
	*p = (struct gossip_peer){ .id = peer->id, .conn = peer->conn, .out = out, .peer = up };
	TAILQ_INSERT_TAIL(&node->gossip->peers, p, entry);
	pars_map_put(&node->gossip->by_id, p);
	pars_gossip_peer_set_user(up, p);
	pars_gossip_peer_set_record(up, peer->record);
	return p;
}

static void end(struct pars_node *node, struct gossip_peer *p)
{
	pars_gossip_peer_down(node->gossip->router, p->peer);
	TAILQ_REMOVE(&node->gossip->peers, p, entry);
	pars_map_remove(&node->gossip->by_id, peer_key(p));
	if (p->out)
		pars_host_reset(node->host, p->out);
	if (p->in)
		pars_host_reset(node->host, p->in);
	forget_received(node, p);
	node->gossip->rescan_us = PARS_MIN(node->gossip->rescan_us, node->now.mono_us + RESCAN_INTERVAL);
	free(p);
}

/* Peers without streams: another connection may do, or another try. */
static void rescan(struct pars_node *node)
{
	const struct pars_host_peer *peer;
	size_t at = 0;
	node->gossip->rescan_us = PARS_NEVER;
	while ((peer = pars_host_peer_next(node->host, &at))) {
		int version = peer->identified && !by_id(node, &peer->id) ? version_of(peer) : -1;
		if (version >= 0 && !begin(node, peer, version))
			node->gossip->rescan_us = node->now.mono_us + RESCAN_INTERVAL;
	}
}

static void identified(struct pars_node *node, pars_conn conn)
{
	const struct pars_host_peer *peer = pars_host_peer(node->host, conn);
	struct gossip_peer *p = peer ? by_id(node, &peer->id) : NULL;
	int version = peer ? version_of(peer) : -1;
	if (p)
		pars_gossip_peer_set_record(p->peer, peer->record);
	else if (version >= 0)
		begin(node, peer, version);
}

/* The peer says on this stream what it has to say; of an older one nothing
 * more can be meant. */
static void accept_stream(struct pars_node *node, const struct pars_host_event *ev)
{
	const struct pars_host_peer *peer = pars_host_peer(node->host, ev->conn);
	struct gossip_peer *p = peer ? by_id(node, &peer->id) : NULL;
	if (!p && peer)
		p = begin(node, peer, (int)(ev->tag - TAG_GOSSIP));
	if (!p) {
		pars_host_reset(node->host, ev->stream);
		return;
	}
	if (p->in)
		pars_host_reset(node->host, p->in);
	forget_received(node, p);
	p->in = ev->stream;
}

static void received(struct pars_node *node, struct gossip_peer *p, struct pars_bytes data)
{
	struct node_gossip *g = node->gossip;
	struct pars_bytes rpc;
	size_t size;
	enum pars_err err;
	pars_buf_put(&p->received, data);
	g->received_bytes += data.n;
	pars_host_consumed(node->host, p->in, data.n);
	while (!(err = pars_uvarint_message(pars_buf_bytes(&p->received), PARS_GOSSIP_RPC_MAX, &rpc, &size))) {
		if ((err = pars_gossip_input(g->router, p->peer, rpc)))
			break;
		pars_buf_drop(&p->received, size);
		g->received_bytes -= size;
	}
	if (err == PARS_E_NOT_READY && g->received_bytes <= RECEIVED_MAX)
		return;
	pars_conn conn = p->conn;
	end(node, p);
	if (err != PARS_E_NOT_READY)
		pars_host_blame(node->host, conn, err);
}

static void closed(struct pars_node *node, struct gossip_peer *p, pars_stream stream)
{
	if (stream == p->in) { /* it may open another one */
		p->in = 0;
		forget_received(node, p);
		return;
	}
	p->out = 0;
	end(node, p);
}

/* -- what the router says ------------------------------------------------------------------ */

/* Of all sessions with this topic the vertex's own; what cannot be read is the
 * first one's to refuse. */
static void take_vertex(struct pars_node *node, struct pars_session *first, const struct pars_gossip_event *ev)
{
	struct pars_bytes raw = ev->message->data;
	struct pars_session *s = first;
	struct pars_digest id;
	if (!pars_vertex_session(raw, &id) && !pars_digest_equal(&id, &s->id))
		s = pars_sessions_by_id(node->sessions, &id);
	if (s && !memcmp(s->tag.b, first->tag.b, TOPIC_TAG))
		node_admit_gossiped(node, s, &ev->from, raw);
	else
		pars_gossip_validated(node->gossip->router, &ev->id, PARS_GOSSIP_IGNORE);
}

static void take_message(struct pars_node *node, const struct pars_gossip_event *ev)
{
	struct pars_session *s = session_of(node, ev->topic);
	if (s) {
		take_vertex(node, s, ev);
		return;
	}
	/* A topic of the user's: the author's signature is all there is to check. */
	bool is_signed = ev->policy == PARS_GOSSIP_SIGNED;
	struct pars_peer_id from = ev->from;
	enum pars_err err = is_signed ? pars_gossip_message_verify(ev->message) : PARS_OK;
	if (!err && is_signed)
		err = pars_peer_id_decode(ev->message->from, &from);
	pars_gossip_validated(node->gossip->router, &ev->id, err ? PARS_GOSSIP_REJECT : PARS_GOSSIP_ACCEPT);
	if (!err)
		node_pubsub_took(node, ev->topic, &from, is_signed, ev->message->data);
}

/* Another subscriber, as somebody says who has been of use. */
static void take_peer(struct pars_node *node, struct pars_bytes envelope)
{
	struct pars_record record;
	if (node_peers_count(node) >= PX_CONNS_MAX || pars_record_open(envelope, &record) ||
	    pars_peer_id_equal(&record.peer, pars_host_id(node->host)) || pars_host_find(node->host, &record.peer))
		return;
	node_dht_meet(node, &record.peer, record.addrs, record.count);
}

static void drain(struct pars_node *node)
{
	struct pars_gossip_event ev;
	while (pars_gossip_next(node->gossip->router, &ev)) {
		if (ev.type == PARS_GOSSIP_EV_MESSAGE)
			take_message(node, &ev);
		else if (ev.type == PARS_GOSSIP_EV_PEERS)
			take_peer(node, ev.record);
	}
}

/* -- for the other parts --------------------------------------------------------------------- */

bool node_gossip_publish(struct pars_node *node, const struct pars_session *s, struct pars_bytes raw)
{
	char topic[PARS_GOSSIP_TOPIC_MAX + 1];
	struct pars_gossip_id id;
	topic_of(s, topic);
	follow_sessions(node);
	return !pars_gossip_publish(node->gossip->router, topic, PARS_GOSSIP_UNSIGNED, raw, &id);
}

static struct pars_gossip_id id_of(const struct pars_digest *vertex)
{
	struct pars_gossip_id id = { .n = sizeof vertex->b };
	memcpy(id.b, vertex->b, sizeof vertex->b);
	return id;
}

void node_gossip_judged(struct pars_node *node, const struct pars_digest *vertex, bool good)
{
	struct pars_gossip_id id = id_of(vertex);
	pars_gossip_validated(node->gossip->router, &id, good ? PARS_GOSSIP_ACCEPT : PARS_GOSSIP_REJECT);
}

bool node_gossip_has(const struct pars_node *node, const struct pars_digest *vertex)
{
	struct pars_gossip_id id = id_of(vertex);
	return pars_gossip_has(node->gossip->router, &id);
}

bool node_gossip_reaches(const struct pars_node *node, const struct pars_session *s, const struct pars_peer_id *id)
{
	char topic[PARS_GOSSIP_TOPIC_MAX + 1];
	struct gossip_peer *p = by_id(node, id);
	topic_of(s, topic);
	return p && pars_gossip_reaches(node->gossip->router, p->peer, topic);
}

/* -- life -------------------------------------------------------------------------------------- */

void node_gossip_init(struct pars_node *node)
{
	struct node_gossip *g = node->gossip = pars_alloc(sizeof *g);
	TAILQ_INIT(&g->peers);
	TAILQ_INIT(&g->messages);
	pars_map_init(&g->by_id, peer_key, pars_rng_u64(&node->rng));
	pars_map_init(&g->by_topic, topic_key, 0); /* of our own sessions */
	g->rescan_us = PARS_NEVER;
	g->last_number = (uint64_t)(node->now.wall_ns / 1000000); /* rises over restarts, too */
	g->router = pars_gossip_new(&(struct pars_gossip_config){ .key = &node->key, .seqno = (uint64_t)node->now.wall_ns,
		.limits = pars_gossip_default_limits, .metrics = &node->metrics, .rng = &node->rng });
	for (unsigned v = 0; v < PARS_GOSSIP_VERSIONS; v++)
		pars_host_serve(node->host, pars_gossip_protocols[v], TAG_GOSSIP + v);
	struct pars_stmt *q = pars_query(node->store, "SELECT peer FROM verified");
	while (pars_row(q)) {
		struct pars_peer_id id;
		if (!pars_peer_id_decode(pars_col_bytes(q, 0), &id))
			node_gossip_trust(node, &id, true);
	}
}

void node_gossip_trust(struct pars_node *node, const struct pars_peer_id *id, bool trusted)
{
	pars_gossip_set_direct(node->gossip->router, id, trusted);
}

void pars_effort_set(struct pars_node *node, unsigned percent)
{
	pars_gossip_set_effort(node->gossip->router, percent);
}

void node_gossip_done(struct pars_node *node)
{
	struct gossip_peer *p;
	if (!node->gossip)
		return;
	while ((p = TAILQ_FIRST(&node->gossip->peers))) {
		TAILQ_REMOVE(&node->gossip->peers, p, entry);
		pars_buf_done(&p->received);
		free(p);
	}
	pars_map_done(&node->gossip->by_id);
	pars_map_done(&node->gossip->by_topic);
	node_pubsub_done(node);
	pars_gossip_free(node->gossip->router);
	free(node->gossip);
}

void node_gossip_begin(struct pars_node *node)
{
	pars_gossip_begin(node->gossip->router, node->now.mono_us);
}

/* As much as the stream takes; STREAM_WRITABLE says when it takes the rest. */
static void write_some(struct pars_node *node, struct gossip_peer *p)
{
	struct pars_bytes out;
	size_t n = 1;
	while (n && (out = pars_gossip_output(node->gossip->router, p->peer)).n) {
		n = pars_host_write(node->host, p->out, out);
		pars_gossip_sent(p->peer, n);
	}
}

void node_gossip_event(struct pars_node *node, const struct pars_host_event *ev)
{
	struct gossip_peer *p = by_event(node, ev);
	switch (ev->type) {
	case PARS_HOST_PEER_IDENTIFIED:
		identified(node, ev->conn);
		break;
	case PARS_HOST_STREAM_OPENED:
		if (ev->inbound && ev->tag >= TAG_GOSSIP && ev->tag < TAG_GOSSIP + PARS_GOSSIP_VERSIONS)
			accept_stream(node, ev);
		break;
	case PARS_HOST_STREAM_DATA:
		if (p && p->in == ev->stream)
			received(node, p, ev->data);
		else if (p) /* nothing is said on our own stream */
			pars_host_consumed(node->host, ev->stream, ev->data.n);
		break;
	case PARS_HOST_STREAM_WRITABLE:
		if (p && p->out == ev->stream)
			write_some(node, p);
		break;
	case PARS_HOST_STREAM_CLOSED:
		if (p)
			closed(node, p, ev->stream);
		break;
	default:
		break;
	}
	drain(node);
}

static void update_scores(struct pars_node *node)
{
	struct gossip_peer *p;
	TAILQ_FOREACH(p, &node->gossip->peers, entry) {
		const struct pars_host_peer *peer = pars_host_peer(node->host, p->conn);
		if (peer)
			pars_gossip_peer_set_app_score(p->peer, peer->score);
	}
}

void node_gossip_tick(struct pars_node *node)
{
	follow_sessions(node);
	if (node->now.mono_us >= node->gossip->rescan_us)
		rescan(node);
	if (node->now.mono_us >= pars_gossip_deadline(node->gossip->router))
		update_scores(node);
	pars_gossip_tick(node->gossip->router);
	drain(node);
}

void node_gossip_flush(struct pars_node *node)
{
	struct pars_gossip_peer *up;
	while ((up = pars_gossip_ready(node->gossip->router)))
		write_some(node, pars_gossip_peer_user(up));
}

pars_usec node_gossip_deadline(const struct pars_node *node)
{
	return PARS_MIN(node->gossip->rescan_us, pars_gossip_deadline(node->gossip->router));
}
