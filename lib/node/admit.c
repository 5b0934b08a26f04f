/* node/admit.c - vertices of others, by sync or by gossip: their signatures are
 * checked on a worker, then they go into the DAG of their session. */
#include "node/sync.h"

#include <stdlib.h>

#include "base/alloc.h"

#define PARK_TIME PARS_S(600)
#define VERIFYING 512      /* slots for vertices that are being verified */
#define STEP_VERTICES 32   /* inserted in a step, for people wait while it lasts: */
#define ASKED_VERTICES 8   /* when there are some */
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
	size_t at, inserted;     /* looked at, and of those let in */
};

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

void node_admit_forget(struct sync_peer *p)
{
	struct batch *b;
	pars_park_drop_source(p->node->park, p->conn);
	while ((b = TAILQ_FIRST(&p->batches))) {
		/* Out on a worker: it comes back by its job. */
		b->peer = NULL;
		leave_line(p->node, b);
		TAILQ_REMOVE(&p->batches, b, entry);
		if (b->done)
			batch_over(p->node, b);
	}
}

/* -- verification -------------------------------------------------------------------------- */

static void check_signatures(struct batch *b)
{
	struct pars_ed25519_claim *claims = pars_alloc_array(b->count, sizeof *claims), *claim = claims;
	for (size_t i = 0; i < b->count; i++)
		if (!b->checked[i].err)
			*claim++ = pars_vertex_claim(&b->checked[i].vertex);
	pars_ed25519_verify_each(claims, (size_t)(claim - claims));
	claim = claims;
	for (size_t i = 0; i < b->count; i++)
		if (!b->checked[i].err && !claim++->is_valid)
			b->checked[i].err = PARS_E_PEER_SIGNATURE;
	free(claims);
}

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
	}
	check_signatures(b);
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
void node_admit_frame(struct pars_node *node, struct sync_peer *p, const struct pars_sync_event *ev)
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

void node_admit_gossiped(struct pars_node *node, const struct pars_session *session, const struct pars_peer_id *from,
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

/* -- insertion -------------------------------------------------------------------------------- */

struct insertion {
	struct pars_node *node;
	struct sync_peer *peer;          /* who is asked for what is missing; or NULL */
	const struct pars_peer_id *from; /* who is to blame */
	struct pars_session *session;
	size_t inserted; /* in this step */
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
	node_sync_stir(in->peer);
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
 *~    one vertex never stops the rest. True: all of the batch were looked at;
 *~    else the next step goes on. */
static bool insert_some(struct batch *b, struct insertion *in)
{
	size_t end = PARS_MIN(b->count, b->at + (node_is_asked(in->node) ? ASKED_VERTICES : STEP_VERTICES));
	while (b->at < end) {
		const struct checked *c = &b->checked[b->at++];
		if (c->err)
			count_refusal(in->node, &b->from, c->err);
		else if (insert_one(in, &c->vertex))
			release(in, &c->vertex.id);
	}
	b->inserted += in->inserted;
	in->node->unsynced |= in->inserted > 0;
	if (in->inserted)
		node_sync_tell(in->node, in->session, NULL, b->gossiped ? NULL : in->peer, b->gossiped);
	if (in->messages)
		node_sync_notify(in->node, in->session, PARS_TOPIC_MESSAGES);
	if (in->joined) {
		in->node->durable = true;
		node_sync_changed(in->node, in->session, &in->joined_id);
		node_sync_notify(in->node, in->session, PARS_TOPIC_SYNC);
		node_log(in->node, PARS_LOG_INFO, "joined a session");
	}
	return b->at == b->count;
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
	insert_some(b, &in); /* it is one */
	batch_over(node, b);
}

static void go_on_with(struct pars_node *node, struct sync_peer *p, struct batch *b)
{
	struct insertion in = { .node = node, .peer = p, .from = &b->from,
		.session = pars_sessions_by_num(node->sessions, b->session) };
	if (!insert_some(b, &in))
		return;
	size_t inserted = b->inserted;
	leave_line(node, b);
	TAILQ_REMOVE(&p->batches, b, entry);
	batch_over(node, b);
	stand_in_line(node, p);
	node_sync_admitted(node, p, inserted);
}

static void go_on(struct pars_node *node)
{
	struct batch *b = TAILQ_FIRST(&node->verified);
	if (!b || node_puts_off(node) || pars_store_wants_rest(node->store))
		return;
	node_did_bulk(node);
	go_on_with(node, b->peer, b);
}

void node_admit_job(struct pars_node *node, struct pars_job *job)
{
	struct batch *b = (struct batch *)job;
	struct sync_peer *p = b->peer;
	b->done = true;
	node->metrics.value[PARS_M_vertex_verified] += b->count;
	if (b->gossiped)
		finish_gossiped(node, b);
	else if (!p)
		drop_batch(node, b);
	else /* for its turn: go_on */
		stand_in_line(node, p);
}

/* -- life ------------------------------------------------------------------------------------ */

void node_admit_init(struct pars_node *node)
{
	node->park = pars_park_new(pars_rng_u64(&node->rng));
	node->verifying = pars_alloc_array(VERIFYING, sizeof *node->verifying);
	node->park_expiry_us = PARS_NEVER;
}

void node_admit_done(struct pars_node *node)
{
	pars_park_free(node->park);
	free(node->verifying);
}

void node_admit_tick(struct pars_node *node)
{
	go_on(node);
	if (node->now.mono_us < node->park_expiry_us)
		return;
	pars_park_expire(node->park, node->now.mono_us > PARK_TIME ? node->now.mono_us - PARK_TIME : 0);
	node->park_expiry_us = pars_park_count(node->park, 0) ? node->now.mono_us + PARK_TIME : PARS_NEVER;
}

pars_usec node_admit_deadline(const struct pars_node *node)
{
	bool waits = !TAILQ_EMPTY(&node->verified) && !pars_store_wants_rest(node->store); /* a job ends the rest */
	return waits ? 0 : node->park_expiry_us;
}
