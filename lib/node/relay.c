/* node/relay.c - carries sessions of others: stores and passes on what their
 * members write, within quotas and for a time, being no member itself. */
#include "node/mailbox.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "codec/uvarint.h"

#define STREAMS_MAX 32
#define STREAM_TIME PARS_S(20)
#define AGE_INTERVAL PARS_S(600) /* of our running, taken off each session's time */
#define ERASE_INTERVAL PARS_MS(50)

static const char *const mode_names[] = { [PARS_RELAY_FRIENDS] = "friends", [PARS_RELAY_OFF] = "off",
	[PARS_RELAY_ON] = "on" };

/* -- what is carried --------------------------------------------------------------- */

static struct carried *find(const struct pars_node *node, uint32_t session)
{
	struct carried *c;
	TAILQ_FOREACH(c, &node->relay->carried, entry)
		if (c->session == session)
			return c;
	return NULL;
}

static struct carried *add(struct pars_node *node, uint32_t session)
{
	struct carried *c = pars_alloc(sizeof *c);
	c->session = session;
	TAILQ_INSERT_TAIL(&node->relay->carried, c, entry);
	return c;
}

static void load(struct pars_node *node)
{
	struct pars_stmt *q = pars_query(node->store, "SELECT session, bytes, left_s, day, keys FROM carried");
	while (pars_row(q)) {
		struct pars_session *s = pars_sessions_by_num(node->sessions, (uint32_t)pars_col_int(q, 0));
		if (!s || !s->is_carried)
			continue;
		struct carried *c = add(node, s->num);
		c->bytes = (uint64_t)pars_col_int(q, 1);
		c->left_s = (uint64_t)pars_col_int(q, 2);
		s->is_private = pars_col_bytes(q, 4).n > 0;
		pars_session_set_rendezvous(s, pars_col_int(q, 3), pars_col_bytes(q, 4));
		node->relay->bytes += c->bytes;
	}
}

static void forget(struct pars_node *node, struct carried *c)
{
	node->relay->bytes -= c->bytes;
	pars_run(node->store, "DELETE FROM carried WHERE session = ?", PARS_INT(c->session));
	pars_run(node->store, "DELETE FROM carried_for WHERE session = ?", PARS_INT(c->session));
	TAILQ_REMOVE(&node->relay->carried, c, entry);
	free(c);
}

static void drop(struct pars_node *node, struct carried *c)
{
	struct pars_session *s = pars_sessions_by_num(node->sessions, c->session);
	forget(node, c);
	node_sync_restart(node);
	pars_sessions_drop(node->sessions, s);
	node->relay->erasing = true;
	node_log(node, PARS_LOG_INFO, "a session is carried no longer");
}

void node_relay_adopted(struct pars_node *node, uint32_t session)
{
	struct carried *c = find(node, session);
	if (c)
		forget(node, c);
}

bool node_relay_takes(struct pars_node *node, const struct pars_session *s, size_t n)
{
	const struct node_relay *r = node->relay;
	struct carried *c = s->is_carried ? find(node, s->num) : NULL;
	if (!c || (c->bytes + n <= r->limits.session_bytes && r->bytes + n <= r->limits.total_bytes))
		return true;
	c->full = true;
	node->relay->refused++;
	pars_count(&node->metrics, PARS_M_relay_full);
	return false;
}

bool node_relay_is_full(const struct pars_node *node, const struct pars_session *s)
{
	const struct node_relay *r = node->relay;
	const struct carried *c = s->is_carried ? find(node, s->num) : NULL;
	return c && (c->full || c->bytes >= r->limits.session_bytes || r->bytes >= r->limits.total_bytes);
}

void node_relay_took(struct pars_node *node, const struct pars_session *s, size_t n)
{
	struct carried *c = find(node, s->num);
	if (!c)
		return;
	c->bytes += n;
	c->changed = true;
	node->relay->bytes += n;
}

/* -- who may ask -------------------------------------------------------------------------- */

/* Somebody the user added, or whose key the user compared. */
static bool is_friend(struct pars_node *node, const struct pars_peer_id *id)
{
	const struct pars_host_kept *k;
	size_t at = 0;
	while ((k = pars_host_kept_next(node->host, &at)))
		if (k->tag == SOURCE_ADDED && pars_bytes_equal(pars_multiaddr_p2p(&k->addr), pars_peer_id_bytes(id)))
			return true;
	return node_trust_verified(node, id);
}

static uint64_t bytes_for(struct pars_node *node, const struct pars_peer_id *id)
{
	return (uint64_t)pars_query_int(node->store, 0, "SELECT sum(bytes) FROM carried JOIN carried_for USING (session)"
		" WHERE peer = ?", PARS_BLOB(pars_peer_id_bytes(id)));
}

/* NULL: it may; else why not. */
static const char *refusal(struct pars_node *node, const struct pars_peer_id *from, enum pars_mailbox_status *ret)
{
	const struct node_relay *r = node->relay;
	*ret = PARS_MAILBOX_DENIED;
	if (r->mode == PARS_RELAY_OFF)
		return "this node carries nothing for others";
	if (r->mode == PARS_RELAY_FRIENDS && !is_friend(node, from))
		return "this node carries sessions for its friends only: its owner may add or verify your node";
	*ret = PARS_MAILBOX_FULL;
	if (r->bytes >= r->limits.total_bytes)
		return "this node has no room left for others";
	if (bytes_for(node, from) >= r->limits.requester_bytes)
		return "this node carries as much for you as it carries for anyone";
	return NULL;
}

/* -- answering ---------------------------------------------------------------------------------- */

static void renew(struct pars_node *node, struct carried *c, struct pars_session *s, const struct pars_peer_id *from,
	const struct pars_mailbox_request *request)
{
	c->left_s = (uint64_t)node->relay->limits.days * 86400;
	if (request->keys.n)
		pars_session_set_rendezvous(s, request->day, request->keys);
	pars_run(node->store, "INSERT OR REPLACE INTO carried VALUES (?, ?, ?, ?, ?)", PARS_INT(c->session),
		PARS_INT(c->bytes), PARS_INT(c->left_s), PARS_INT(s->carried_day),
		PARS_BLOB(pars_buf_bytes(&s->carried_keys)));
	pars_run(node->store, "INSERT OR IGNORE INTO carried_for VALUES (?, ?)", PARS_INT(c->session),
		PARS_BLOB(pars_peer_id_bytes(from)));
	node->durable = true; /* before anybody is told so */
}

static void carry(struct pars_node *node, const struct pars_peer_id *from, const struct pars_mailbox_request *request,
	struct pars_mailbox_reply *reply)
{
	struct pars_session *s;
	const char *why = refusal(node, from, &reply->status);
	enum pars_err err = why ? PARS_OK : pars_sessions_carry(node->sessions, &request->session, &request->tag, &s);
	if (err == PARS_E_LIMIT) {
		reply->status = PARS_MAILBOX_FULL;
		why = "this node carries as many sessions as it can";
	}
	if (why) {
		reply->text = PARS_BYTES_STR(why);
		pars_count(&node->metrics, PARS_M_relay_refused);
		return;
	}
	struct carried *c = find(node, s->num);
	if (!err) {
		c = add(node, s->num);
		node_sync_offer(node, s);
		node_log(node, PARS_LOG_INFO, "carries a session for others");
	}
	*reply = (struct pars_mailbox_reply){ .quota = node->relay->limits.session_bytes,
		.left_s = (uint64_t)node->relay->limits.days * 86400, .text = PARS_BYTES_STR("it is carried") };
	if (c) /* else it is a session of our own, which we hold anyway */
		renew(node, c, s, from, request);
}

/* Whoever asked may say that it is no longer needed. */
static void uncarry(struct pars_node *node, const struct pars_peer_id *from, const struct pars_digest *id)
{
	const struct pars_session *s = pars_sessions_by_id(node->sessions, id);
	struct carried *c = s ? find(node, s->num) : NULL;
	if (!c)
		return;
	pars_run(node->store, "DELETE FROM carried_for WHERE session = ? AND peer = ?", PARS_INT(c->session),
		PARS_BLOB(pars_peer_id_bytes(from)));
	if (!pars_query_int(node->store, 0, "SELECT count(*) FROM carried_for WHERE session = ?", PARS_INT(c->session)))
		drop(node, c);
}

static void answer(struct pars_node *node, struct relay_stream *r, const struct pars_mailbox_request *request)
{
	struct pars_mailbox_reply reply = { .text = PARS_BYTES_STR("it is dropped") };
	PARS_AUTO_BUF out = { 0 };
	if (request->kind == PARS_MAILBOX_CARRY)
		carry(node, &r->from, request, &reply);
	else
		uncarry(node, &r->from, &request->session);
	pars_mailbox_reply_encode(&reply, &out);
	pars_host_write(node->host, r->stream, pars_buf_bytes(&out));
	pars_host_finish(node->host, r->stream);
}

/* -- streams --------------------------------------------------------------------------------------- */

static struct relay_stream *stream_of(const struct pars_node *node, pars_stream stream)
{
	struct relay_stream *r;
	TAILQ_FOREACH(r, &node->relay->streams, entry)
		if (r->stream == stream)
			return r;
	return NULL;
}

static void stream_free(struct pars_node *node, struct relay_stream *r, bool reset)
{
	if (reset)
		pars_host_reset(node->host, r->stream);
	TAILQ_REMOVE(&node->relay->streams, r, entry);
	node->relay->stream_count--;
	pars_buf_done(&r->in);
	free(r);
}

static void accept_stream(struct pars_node *node, const struct pars_host_event *ev)
{
	if (node->relay->stream_count == STREAMS_MAX) {
		pars_host_reset(node->host, ev->stream);
		return;
	}
	struct relay_stream *r = pars_alloc(sizeof *r);
	*r = (struct relay_stream){ .stream = ev->stream, .conn = ev->conn, .from = ev->peer,
		.until = node->now.mono_us + STREAM_TIME };
	TAILQ_INSERT_TAIL(&node->relay->streams, r, entry);
	node->relay->stream_count++;
}

static void received(struct pars_node *node, struct relay_stream *r, struct pars_bytes data)
{
	struct pars_mailbox_request request;
	struct pars_bytes raw;
	size_t size;
	pars_buf_put(&r->in, data);
	pars_host_consumed(node->host, r->stream, data.n);
	enum pars_err err = pars_uvarint_message(pars_buf_bytes(&r->in), PARS_MAILBOX_MESSAGE_MAX, &raw, &size);
	if (err == PARS_E_NOT_READY)
		return;
	if (!err)
		err = pars_mailbox_request_decode(raw, &request);
	if (!err)
		answer(node, r, &request);
	pars_conn conn = r->conn;
	stream_free(node, r, err != PARS_OK);
	if (err) {
		pars_count(&node->metrics, PARS_M_relay_bad_message);
		pars_host_blame(node->host, conn, err);
	}
}

void node_relay_event(struct pars_node *node, const struct pars_host_event *ev)
{
	struct relay_stream *r = ev->stream ? stream_of(node, ev->stream) : NULL;
	if (ev->type == PARS_HOST_STREAM_OPENED && ev->inbound && ev->tag == TAG_MAILBOX)
		accept_stream(node, ev);
	else if (r && ev->type == PARS_HOST_STREAM_DATA)
		received(node, r, ev->data);
	else if (r && ev->type == PARS_HOST_STREAM_CLOSED)
		stream_free(node, r, false);
}

/* -- time --------------------------------------------------------------------------------------------- */

/* Only time during which we ran counts: a clock that jumps drops nothing. */
static void age(struct pars_node *node)
{
	struct carried *c, *next;
	uint64_t passed = (node->now.mono_us - node->relay->age_us) / PARS_S(1);
	node->relay->age_us = node->now.mono_us;
	for (c = TAILQ_FIRST(&node->relay->carried); c; c = next) {
		next = TAILQ_NEXT(c, entry);
		c->left_s -= PARS_MIN(c->left_s, passed);
		c->changed = true;
		if (!c->left_s)
			drop(node, c);
	}
}

static void write_changes(struct pars_node *node)
{
	struct carried *c;
	TAILQ_FOREACH(c, &node->relay->carried, entry)
		if (c->changed) {
			pars_run(node->store, "UPDATE carried SET bytes = ?, left_s = ? WHERE session = ?", PARS_INT(c->bytes),
				PARS_INT(c->left_s), PARS_INT(c->session));
			c->changed = false;
		}
}

void node_relay_tick(struct pars_node *node)
{
	struct relay_stream *r, *next;
	for (r = TAILQ_FIRST(&node->relay->streams); r; r = next) {
		next = TAILQ_NEXT(r, entry);
		if (node->now.mono_us >= r->until)
			stream_free(node, r, true);
	}
	if (!TAILQ_EMPTY(&node->relay->carried) && node->now.mono_us >= node->relay->age_us + AGE_INTERVAL)
		age(node);
	if (node->relay->erasing)
		node->relay->erasing = pars_sessions_erase_some(node->sessions);
	write_changes(node);
}

pars_usec node_relay_deadline(const struct pars_node *node)
{
	const struct relay_stream *r;
	pars_usec at = node->relay->erasing ? node->now.mono_us + ERASE_INTERVAL : PARS_NEVER;
	TAILQ_FOREACH(r, &node->relay->streams, entry)
		at = PARS_MIN(at, r->until);
	return TAILQ_EMPTY(&node->relay->carried) ? at : PARS_MIN(at, node->relay->age_us + AGE_INTERVAL);
}

void node_relay_init(struct pars_node *node, const struct pars_node_config *config)
{
	struct node_relay *r = node->relay = pars_alloc(sizeof *r);
	static const struct pars_relay_limits defaults = { (uint64_t)1 << 30, (uint64_t)64 << 20, (uint64_t)256 << 20, 62 };
	TAILQ_INIT(&r->carried);
	TAILQ_INIT(&r->streams);
	r->mode = config->relay_mode;
	r->limits = config->relay;
	if (!r->limits.total_bytes)
		r->limits.total_bytes = defaults.total_bytes;
	if (!r->limits.session_bytes)
		r->limits.session_bytes = defaults.session_bytes;
	if (!r->limits.requester_bytes)
		r->limits.requester_bytes = defaults.requester_bytes;
	if (!r->limits.days)
		r->limits.days = defaults.days;
	r->age_us = node->now.mono_us;
	r->erasing = true; /* perhaps something was left */
	load(node);
	if (r->mode != PARS_RELAY_OFF)
		pars_host_serve(node->host, PARS_MAILBOX_PROTOCOL, TAG_MAILBOX);
}

void node_relay_done(struct pars_node *node)
{
	struct relay_stream *r;
	struct carried *c;
	if (!node->relay)
		return;
	while ((r = TAILQ_FIRST(&node->relay->streams))) {
		TAILQ_REMOVE(&node->relay->streams, r, entry);
		pars_buf_done(&r->in);
		free(r);
	}
	while ((c = TAILQ_FIRST(&node->relay->carried))) {
		TAILQ_REMOVE(&node->relay->carried, c, entry);
		free(c);
	}
	free(node->relay);
}

/* -- calls of pars.h ------------------------------------------------------------------------------------- */

void pars_relay_get(struct pars_node *node, struct pars_relay_info *ret)
{
	const struct node_relay *r = node->relay;
	const struct carried *c;
	*ret = (struct pars_relay_info){ .mode = mode_names[r->mode], .bytes = r->bytes, .refused = r->refused,
		.total_bytes = r->limits.total_bytes, .session_bytes = r->limits.session_bytes,
		.requester_bytes = r->limits.requester_bytes, .days = r->limits.days };
	TAILQ_FOREACH(c, &r->carried, entry)
		ret->sessions++;
}

static struct pars_strings requesters(struct pars_node *node, struct pars_arena *a, uint32_t session)
{
	struct pars_strings ret = { 0 };
	size_t max = (size_t)pars_query_int(node->store, 0, "SELECT count(*) FROM carried_for WHERE session = ?",
		PARS_INT(session));
	ret.list = pars_arena_alloc(a, (max + 1) * sizeof *ret.list);
	struct pars_stmt *q = pars_query(node->store, "SELECT peer FROM carried_for WHERE session = ?", PARS_INT(session));
	while (pars_row(q)) {
		struct pars_peer_id id;
		if (ret.count < max && !pars_peer_id_decode(pars_col_bytes(q, 0), &id))
			ret.list[ret.count++] = node_peer_text(a, &id);
	}
	return ret;
}

void pars_relay_list(struct pars_node *node, struct pars_arena *a, struct pars_relay_page *ret)
{
	const struct carried *c;
	*ret = (struct pars_relay_page){
		.list = pars_arena_alloc(a, PARS_SESSIONS_CARRIED_MAX * sizeof *ret->list) };
	TAILQ_FOREACH(c, &node->relay->carried, entry) {
		const struct pars_session *s = pars_sessions_by_num(node->sessions, c->session);
		ret->list[ret->count++] = (struct pars_relay_row){ .session = node_cid(a, &s->id),
			.requesters = requesters(node, a, c->session), .vertices = pars_dag_sum(s->dag)->count, .bytes = c->bytes,
			.left_us = PARS_S(c->left_s),
			.full = node_relay_is_full(node, s) };
	}
}

enum pars_err pars_relay_drop(struct pars_node *node, const char *session, struct pars_fault *fault)
{
	struct pars_digest id;
	struct pars_session *s = pars_cid_parse(session, id.b) ? NULL : pars_sessions_by_id(node->sessions, &id);
	struct carried *c = s ? find(node, s->num) : NULL;
	if (!c)
		return pars_fail(fault, PARS_E_NOT_FOUND, "'%.80s' is no session that is carried for others; `parsctl relay ls` "
			"shows them", session);
	drop(node, c);
	return PARS_OK;
}
