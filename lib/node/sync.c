/* node/sync.c - routes between sync streams, verification jobs and DAGs. */
#include "node/node.h"

#include <stdlib.h>

#include "base/alloc.h"

#define ANTI_ENTROPY PARS_S(60)
#define PARK_TIME PARS_S(600)
#define RETRY_MIN PARS_S(1)
#define RETRY_MAX PARS_S(60)
#define STEP_OUTPUT ((size_t)32 << 10) /* bytes written to a peer in a step */
#define VERIFYING 512      /* slots for vertices that are being verified */
#define VERIFYING_FRAME 64 /* vertices of a frame that take a slot; behind them comes old history */

/* Vertices of one frame: decoded and their signatures checked on a worker. */
struct batch {
	struct pars_job job;
	TAILQ_ENTRY(batch) entry;
	TAILQ_ENTRY(batch) verified_entry;
	struct pars_node *node;  /* not touched by the worker */
	bool gossiped;           /* one vertex, by no sync stream: */
	struct pars_digest id;
	struct sync_peer *peer;  /* NULL: its stream is gone */
	struct pars_peer_id from;
	uint32_t session;
	bool done;               /* or it is out on a worker */
	bool in_line;            /* to go in */
	struct pars_buf bytes;   /* the frame's vertices; the results borrow it */
	struct checked {
		enum pars_err err;
		struct pars_vertex vertex;
	} *checked;
	size_t count, cap;
};

struct held_cache {
	uint32_t session;
	uint64_t count, sent;
};

/* -- what the protocol sees of our sessions ----------------------------------------- */

static struct pars_dag *dag_of(void *ctx, uint32_t session)
{
	struct pars_node *node = ctx;
	return pars_sessions_by_num(node->sessions, session)->dag;
}

static void replica_state(void *ctx, uint32_t session, struct pars_sync_state *ret)
{
	struct pars_dag *dag = dag_of(ctx, session);
	*ret = (struct pars_sync_state){ .count = pars_dag_sum(dag)->count, .lamport = pars_dag_lamport(dag) };
	pars_sum_fingerprint(pars_dag_sum(dag), ret->fingerprint);
	ret->head_count = pars_dag_heads(dag, ret->heads, PARS_SYNC_HEADS_MAX);
}

static int64_t replica_own_past(void *ctx, uint32_t session, const struct pars_digest *id)
{
	return pars_dag_own_past(dag_of(ctx, session), id);
}

static uint64_t replica_own_count(void *ctx, uint32_t session)
{
	return pars_dag_own_count(dag_of(ctx, session));
}

static bool replica_find(void *ctx, uint32_t session, const uint8_t short_id[PARS_SYNC_SHORT_ID],
	struct pars_digest *ret)
{
	return pars_dag_find(dag_of(ctx, session), PARS_BYTES(short_id, PARS_SYNC_SHORT_ID), ret);
}

static bool replica_read(void *ctx, uint32_t session, const struct pars_digest *id, struct pars_buf *out)
{
	return pars_dag_read(dag_of(ctx, session), id, out);
}

static size_t replica_chains(void *ctx, uint32_t session, struct pars_sync_chain *out, size_t max)
{
	struct pars_node *node = ctx;
	const struct pars_session *s = pars_sessions_by_num(node->sessions, session);
	struct pars_dag_chain *chains = pars_alloc_array(max + 1, sizeof *chains);
	size_t n = pars_dag_chains(s->dag, chains, max);
	for (size_t i = 0; i < PARS_MIN(n, max); i++) {
		out[i] = (struct pars_sync_chain){ .author = chains[i].num, .count = chains[i].count,
			.own = s->is_member && !memcmp(&chains[i].author, &s->member.public, sizeof s->member.public) };
		memcpy(out[i].prefix, chains[i].author.b, sizeof out[i].prefix);
	}
	free(chains);
	return n;
}

static bool replica_chain_lamport(void *ctx, uint32_t session, uint32_t author, uint64_t n, uint64_t *ret)
{
	return pars_dag_chain_lamport(dag_of(ctx, session), author, n, ret);
}

static void replica_chain_read(void *ctx, uint32_t session, uint32_t author, uint64_t n,
	void (*put)(void *put_ctx, struct pars_bytes raw), void *put_ctx)
{
	pars_dag_chain_read(dag_of(ctx, session), author, n, put, put_ctx);
}

static bool replica_is_full(void *ctx, uint32_t session)
{
	struct pars_node *node = ctx;
	return node_relay_is_full(node, pars_sessions_by_num(node->sessions, session));
}

static struct pars_dag_bound bound(const struct pars_sync_bound *b)
{
	return (struct pars_dag_bound){ .lamport = b->lamport, .id = b->id };
}

static uint64_t replica_range_sum(void *ctx, uint32_t session, const struct pars_sync_bound *from,
	const struct pars_sync_bound *to, uint8_t fingerprint[PARS_SYNC_FINGERPRINT])
{
	struct pars_dag_bound a = bound(from), b = bound(to);
	struct pars_sum sum;
	pars_dag_range_sum(dag_of(ctx, session), &a, &b, &sum);
	pars_sum_fingerprint(&sum, fingerprint);
	return sum.count;
}

static size_t replica_range_ids(void *ctx, uint32_t session, const struct pars_sync_bound *from,
	const struct pars_sync_bound *to, struct pars_digest *out, size_t max)
{
	struct pars_dag_bound a = bound(from), b = bound(to);
	return pars_dag_range_ids(dag_of(ctx, session), &a, &b, out, max);
}

static struct pars_bytes peer_key(const void *value)
{
	const struct sync_peer *p = value;
	return pars_peer_id_bytes(&p->id);
}

void node_sync_init(struct pars_node *node)
{
	pars_map_init(&node->sync_by_id, peer_key, pars_rng_u64(&node->rng));
	node->park = pars_park_new(pars_rng_u64(&node->rng));
	node->verifying = pars_alloc_array(VERIFYING, sizeof *node->verifying);
	node->replica = (struct pars_sync_replica){ .ctx = node, .state = replica_state,
		.own_past = replica_own_past, .own_count = replica_own_count, .find = replica_find,
		.read = replica_read, .chains = replica_chains, .chain_lamport = replica_chain_lamport,
		.chain_read = replica_chain_read, .range_sum = replica_range_sum, .range_ids = replica_range_ids,
		.is_full = replica_is_full };
	pars_host_serve(node->host, PARS_SYNC_PROTOCOL, TAG_SYNC);
	node->anti_entropy_us = PARS_NEVER;
	node->park_expiry_us = PARS_NEVER;
}

/* -- what is being verified ------------------------------------------------------------ */

/* The same vertex may come by gossip and by sync in one moment: whoever is
 * second leaves it to the first. */
static struct pars_digest *slot_of(struct pars_node *node, const struct pars_digest *id)
{
	return &node->verifying[pars_be32(id->b) % VERIFYING];
}

static bool is_verified_already(struct pars_node *node, const struct pars_digest *id)
{
	return pars_digest_equal(slot_of(node, id), id);
}

/* Once it is inserted, refused or lost, and not sooner, the next copy is looked at
 * again. Gives the batch. */
static void batch_over(struct pars_node *node, struct batch *b)
{
	for (size_t i = 0; i < PARS_MIN(b->count, (size_t)VERIFYING_FRAME); i++)
		if (is_verified_already(node, &b->checked[i].vertex.id))
			*slot_of(node, &b->checked[i].vertex.id) = (struct pars_digest){ 0 };
	if (b->gossiped && is_verified_already(node, &b->id))
		*slot_of(node, &b->id) = (struct pars_digest){ 0 };
	b->job.free(&b->job);
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

/* It is asked at the end of the step what it has to say. */
static void stir(struct sync_peer *p)
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
	stir(p);
	size_t at = 0;
	const struct pars_session *s;
	while ((s = pars_sessions_next(node->sessions, &at)))
		pars_sync_offer(p->sync, s->num, &s->tag);
	return p;
}

/* Batches of a peer go in as they came, those of all peers as they were verified. */
static void stand_in_line(struct pars_node *node, struct sync_peer *p)
{
	struct batch *b = TAILQ_FIRST(&p->batches);
	if (!b || !b->done || b->in_line)
		return;
	b->in_line = true;
	TAILQ_INSERT_TAIL(&node->verified, b, verified_entry);
}

static void leave_line(struct pars_node *node, struct batch *b)
{
	if (b->in_line)
		TAILQ_REMOVE(&node->verified, b, verified_entry);
	b->in_line = false;
}

static void free_peer(struct sync_peer *p)
{
	struct batch *b;
	while ((b = TAILQ_FIRST(&p->batches))) {
		/* Out on a worker: it comes back by its job. */
		b->peer = NULL;
		leave_line(p->node, b);
		TAILQ_REMOVE(&p->batches, b, entry);
		if (b->done)
			batch_over(p->node, b);
	}
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
	pars_park_drop_source(node->park, p->conn);
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
	free(node->verifying);
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

/* -- verification -------------------------------------------------------------------------- */

static void batch_run(struct pars_job *job)
{
	struct batch *b = (struct batch *)job;
	struct pars_bytes in = pars_buf_bytes(&b->bytes), raw;
	while (!pars_sync_vertex_next(&in, &raw)) {
		if (b->count == b->cap) {
			b->cap = b->cap ? 2 * b->cap : 64;
			b->checked = pars_realloc(b->checked, b->cap * sizeof *b->checked);
		}
		struct checked *c = &b->checked[b->count++];
		c->err = pars_vertex_decode(raw, &c->vertex);
		if (c->err)
			c->vertex = (struct pars_vertex){ .id = pars_sha256(raw) };
		else
			c->err = pars_vertex_verify(&c->vertex);
	}
}

static void batch_free(struct pars_job *job)
{
	struct batch *b = (struct batch *)job;
	pars_buf_done(&b->bytes);
	free(b->checked);
	free(b);
}

/*~ 5. A frame of vertices becomes a job: decoding and signature checks are
 *~    pure work on bytes, so they run on a worker while the loop goes on. */
static void start_batch(struct pars_node *node, struct sync_peer *p, const struct pars_sync_event *ev)
{
	struct batch *b = pars_alloc(sizeof *b);
	const struct pars_session *s = pars_sessions_by_num(node->sessions, ev->session);
	struct pars_bytes in = ev->data, raw;
	b->job = (struct pars_job){ batch_run, batch_free };
	b->node = node;
	b->peer = p;
	b->from = p->id;
	b->session = ev->session;
	bool is_only = p == TAILQ_FIRST(&node->sync_peers) && !TAILQ_NEXT(p, entry);
	size_t count = 0;
	/* What gossip or another peer brought was checked already, or is just now.
	 * Without either all is new, and the database need not be asked. */
	while (!pars_sync_vertex_next(&in, &raw)) {
		struct pars_digest id = pars_sha256(raw);
		if (is_verified_already(node, &id) || ((!is_only || node_gossip_has(node, &id)) && pars_dag_has(s->dag, &id))) {
			pars_count(&node->metrics, PARS_M_vertex_duplicate);
		} else if (node_relay_takes(node, s, b->bytes.n + raw.n)) {
			pars_sync_add_vertex(&b->bytes, raw);
			if (++count <= VERIFYING_FRAME)
				*slot_of(node, &id) = id;
		}
	}
	TAILQ_INSERT_TAIL(&p->batches, b, entry);
	pars_effects_add(&node->fx, PARS_EF_JOB)->job = &b->job;
}

void node_sync_gossiped(struct pars_node *node, const struct pars_session *session, const struct pars_peer_id *from,
	struct pars_bytes raw)
{
	struct pars_digest id = pars_sha256(raw);
	bool known = pars_dag_has(session->dag, &id);
	if (known || pars_park_has(node->park, &id)) {
		pars_count(&node->metrics, PARS_M_vertex_duplicate);
		if (known)
			node_gossip_judged(node, &id, true);
		return;
	}
	if (!node_relay_takes(node, session, raw.n) || is_verified_already(node, &id))
		return;
	*slot_of(node, &id) = id;
	struct batch *b = pars_alloc(sizeof *b);
	b->job = (struct pars_job){ batch_run, batch_free };
	b->node = node;
	b->gossiped = true;
	b->id = id;
	b->from = *from;
	b->session = session->num;
	pars_sync_add_vertex(&b->bytes, raw);
	pars_effects_add(&node->fx, PARS_EF_JOB)->job = &b->job;
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
static void tell_peers(struct pars_node *node, const struct pars_session *s, const struct pars_digest *pushed,
	const struct sync_peer *from, bool gossiped)
{
	struct sync_peer *p;
	TAILQ_FOREACH(p, &node->sync_peers, entry) {
		if (p == from || !pars_sync_shares(p->sync, s->num))
			continue;
		stir(p);
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
	tell_peers(node, session, pushed, NULL, pushed && publish(node, session, pushed));
}

/* -- insertion -------------------------------------------------------------------------------- */

struct insertion {
	struct pars_node *node;
	struct sync_peer *peer;          /* who is asked for what is missing; or NULL */
	const struct pars_peer_id *from; /* who is to blame */
	struct pars_session *session;
	size_t inserted;
	bool messages, joined;
	struct pars_digest joined_id;
};

static void count_refusal(struct pars_node *node, const struct pars_peer_id *from, enum pars_err err)
{
	enum pars_metric m = err == PARS_E_PEER_SIGNATURE ? PARS_M_vertex_bad_signature :
		err == PARS_E_PEER_MALFORMED || err == PARS_E_PEER_TOO_LARGE ? PARS_M_vertex_malformed :
		PARS_M_vertex_bad_rule;
	pars_count(&node->metrics, m);
	if (from && pars_err_class(err) == PARS_CLASS_PEER)
		pars_host_blame_peer(node->host, from, err);
}

/* Checked for a stream that is gone: nothing goes in, but a forger that
 * changes streams faster than signatures are checked is still a forger. */
static void drop_batch(struct pars_node *node, struct batch *b)
{
	for (size_t i = 0; i < b->count; i++)
		if (b->checked[i].err)
			count_refusal(node, &b->from, b->checked[i].err);
	batch_over(node, b);
}

static void park(struct insertion *in, const struct pars_vertex *v, const struct pars_digest *missing, size_t n)
{
	struct pars_node *node = in->node;
	struct pars_digest ask[PARS_VERTEX_PARENTS_MAX];
	size_t asks = 0;
	if (!in->peer)
		return;
	enum pars_err err = pars_park_add(node->park, &v->id, &missing[0], in->session->num,
		in->peer->conn, node->now.mono_us, v->raw);
	if (err == PARS_E_LIMIT) {
		pars_count(&node->metrics, PARS_M_vertex_park_dropped);
		pars_host_blame(node->host, in->peer->conn, PARS_E_PEER_TOO_LARGE);
	}
	if (err)
		return;
	pars_count(&node->metrics, PARS_M_vertex_parked);
	node->park_expiry_us = PARS_MIN(node->park_expiry_us, node->now.mono_us + PARK_TIME);
	for (size_t i = 0; i < n; i++)
		if (!pars_park_has(node->park, &missing[i]))
			ask[asks++] = missing[i];
	pars_sync_want(in->peer->sync, in->session->num, ask, asks);
	stir(in->peer);
}

static bool insert_one(struct insertion *in, const struct pars_vertex *v)
{
	struct pars_node *node = in->node;
	struct pars_digest missing[PARS_VERTEX_PARENTS_MAX];
	size_t n;
	if (!node_relay_takes(node, in->session, v->raw.n))
		return false;
	enum pars_err err = pars_dag_insert(in->session->dag, v, missing, &n);
	if (err == PARS_E_EXISTS)
		pars_count(&node->metrics, PARS_M_vertex_duplicate);
	else if (err == PARS_E_NOT_READY)
		park(in, v, missing, n);
	else if (err)
		count_refusal(node, in->from, err);
	if (err != PARS_E_NOT_READY) /* however it came, it may have come by gossip, too */
		node_gossip_judged(node, &v->id, !err || err == PARS_E_EXISTS);
	if (err)
		return false;
	in->inserted++;
	in->messages |= v->kind == PARS_KIND_MESSAGE;
	pars_count(&node->metrics, PARS_M_vertex_accepted);
	if (in->session->is_carried)
		node_relay_took(node, in->session, v->raw.n);
	if (pars_session_took(in->session, node->sessions, v, node->now.wall_ns, &in->joined_id))
		in->joined = true;
	return true;
}

/*~ 8. What waited for this vertex can go in now, and what waited for that. */
static void release(struct insertion *in, const struct pars_digest *id)
{
	struct pars_parked *ready = pars_park_release(in->node->park, id);
	while (ready) {
		struct pars_parked *p = ready;
		struct pars_vertex v;
		ready = p->next_waiting;
		if (p->session == in->session->num && !pars_vertex_decode(PARS_BYTES(p->raw, p->n), &v) &&
		    insert_one(in, &v)) {
			struct pars_parked *more = pars_park_release(in->node->park, &v.id), **end = &more;
			while (*end)
				end = &(*end)->next_waiting;
			*end = ready;
			ready = more;
		}
		free(p);
	}
}

/*~ 6. Verified vertices go into the DAG (dag/dag.c), parents first; one that
 *~    came before its parents is parked, and they are asked for. An error in
 *~    one vertex never stops the rest. */
static void insert_batch(struct batch *b, struct insertion *in)
{
	for (size_t i = 0; i < b->count; i++) {
		const struct checked *c = &b->checked[i];
		if (c->err)
			count_refusal(in->node, &b->from, c->err);
		else if (insert_one(in, &c->vertex))
			release(in, &c->vertex.id);
	}
	in->node->unsynced |= in->inserted > 0;
	if (in->inserted)
		tell_peers(in->node, in->session, NULL, b->gossiped ? NULL : in->peer, b->gossiped);
	if (in->messages)
		node_sync_notify(in->node, in->session, PARS_TOPIC_MESSAGES);
	if (in->joined) {
		in->node->durable = true;
		node_sync_changed(in->node, in->session, &in->joined_id);
		node_sync_notify(in->node, in->session, PARS_TOPIC_SYNC);
		node_log(in->node, PARS_LOG_INFO, "joined a session");
	}
}

/* Whoever shares the session may be asked for what lies before a vertex. */
static struct sync_peer *who_shares(struct pars_node *node, const struct pars_session *s, const struct pars_peer_id *from)
{
	struct sync_peer *p, *best = NULL;
	TAILQ_FOREACH(p, &node->sync_peers, entry) {
		if (!pars_sync_shares(p->sync, s->num))
			continue;
		if (pars_peer_id_equal(&p->id, from))
			return p;
		best = p;
	}
	return best;
}

static void finish_gossiped(struct pars_node *node, struct batch *b)
{
	struct pars_session *s = pars_sessions_by_num(node->sessions, b->session);
	if (!s) { /* it is carried no longer */
		batch_over(node, b);
		return;
	}
	struct insertion in = { .node = node, .peer = who_shares(node, s, &b->from), .from = &b->from, .session = s };
	if (b->count && b->checked[0].err)
		node_gossip_judged(node, &b->id, false);
	insert_batch(b, &in);
	batch_over(node, b);
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
		start_batch(node, p, ev);
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

static void finish_batch(struct pars_node *node, struct sync_peer *p, struct batch *b)
{
	struct insertion in = { .node = node, .peer = p, .from = &b->from,
		.session = pars_sessions_by_num(node->sessions, b->session) };
	insert_batch(b, &in);
	leave_line(node, b);
	TAILQ_REMOVE(&p->batches, b, entry);
	batch_over(node, b);
	stand_in_line(node, p);
	enum pars_err err = pars_sync_batch_done(p->sync, node->now.mono_us, in.inserted);
	if (err) {
		fail_peer(node, p, err);
		return;
	}
	stir(p);
	drain(node, p);
	pars_host_consumed(node->host, p->stream, pars_sync_acknowledge(p->sync));
}

/* One a step, as people wait while a step lasts. */
static void finish_one_batch(struct pars_node *node)
{
	struct batch *b = TAILQ_FIRST(&node->verified);
	if (b)
		finish_batch(node, b->peer, b);
}

/* -- events of the host ------------------------------------------------------------------------- */

/*~ 4. Bytes of a sync stream: frames are taken apart by sync/sync.c, which
 *~    answers questions about our sets by itself and hands up vertices. */
static void received(struct pars_node *node, struct sync_peer *p, struct pars_bytes data)
{
	stir(p);
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
	stir(p);
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
			stir(p);
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

void node_sync_job(struct pars_node *node, struct pars_job *job)
{
	struct batch *b = (struct batch *)job;
	struct sync_peer *p = b->peer;
	b->done = true;
	node->metrics.value[PARS_M_vertex_verified] += b->count;
	if (b->gossiped)
		finish_gossiped(node, b);
	else if (!p)
		drop_batch(node, b);
	else /* for its turn: finish_one_batch */
		stand_in_line(node, p);
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
				stir(p);
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
	finish_one_batch(node);
	if (node->now.mono_us >= node->anti_entropy_us)
		anti_entropy(node);
	if (node->now.mono_us >= node->park_expiry_us) {
		pars_park_expire(node->park, node->now.mono_us > PARK_TIME ? node->now.mono_us - PARK_TIME : 0);
		node->park_expiry_us = pars_park_count(node->park, 0) ? node->now.mono_us + PARK_TIME : PARS_NEVER;
	}
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
	while ((p = PARS_TIMER_OF(pars_timers_due(&node->sync_timers, now), struct sync_peer, timer))) {
		if (!p->opened) /* it is stirred again when it is */
			continue;
		bool more = write_some(node, p);
		/* Who is told that we hold something may forget it: the disk must not. */
		if (pars_sync_told(p->sync) && node->unsynced)
			node->durable = true;
		drain(node, p);
		pars_timer_set(&node->sync_timers, &p->timer, more ? now + 1 : PARS_MAX(pars_sync_deadline(p->sync), now + 1));
	}
}

pars_usec node_sync_deadline(const struct pars_node *node)
{
	pars_usec at = PARS_MIN(node->anti_entropy_us, node->park_expiry_us);
	const struct sync_retry *r;
	TAILQ_FOREACH(r, &node->sync_retries, entry)
		at = PARS_MIN(at, r->at);
	return TAILQ_EMPTY(&node->verified) ? PARS_MIN(at, pars_timers_next(&node->sync_timers)) : 0;
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
		stir(p);
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
				stir(p);
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
