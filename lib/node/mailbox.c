/* node/mailbox.c - asks other nodes to carry our sessions, again and again as
 * long as they shall. */
#include "node/mailbox.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "codec/uvarint.h"

#define MAILBOXES_MAX 256
#define KEYS_DAYS 64                /* of rendezvous keys; from yesterday on */
#define ASK_TIME PARS_S(20)
#define AGAIN PARS_S(6 * 3600)      /* after it said yes … */
#define RETRY_MIN PARS_S(5)         /* … and after anything else, doubling */
#define RETRY_MAX PARS_S(3600)

/* -- asking ---------------------------------------------------------------------- */

static void say(struct mailbox *m, const char *text)
{
	snprintf(m->result, sizeof m->result, "%s", text);
}

static void plan(struct pars_node *node, struct mailbox *m)
{
	pars_usec delay = RETRY_MIN << PARS_MIN(m->failures, 16u);
	m->try_us = node->now.mono_us + (m->carries ? AGAIN : PARS_MIN(delay, RETRY_MAX));
	m->failures++;
}

static void stop_asking(struct pars_node *node, struct mailbox *m)
{
	if (m->stream)
		pars_host_reset(node->host, m->stream);
	m->stream = 0;
	pars_buf_done(&m->in);
}

static void request(const struct pars_node *node, const struct mailbox *m, enum pars_mailbox_kind kind,
	struct pars_buf *out)
{
	const struct pars_session *s = pars_sessions_by_num(node->sessions, m->session);
	struct pars_mailbox_request r = { .kind = kind, .session = s->id, .tag = s->tag,
		.day = pars_session_day(node->now.wall_ns) - 1 };
	struct pars_digest keys[KEYS_DAYS];
	for (int i = 0; i < KEYS_DAYS; i++)
		(void)!pars_session_rendezvous(s, r.day + i, &keys[i]);
	if (s->is_private)
		r.keys = PARS_BYTES(keys, sizeof keys);
	pars_mailbox_request_encode(&r, out);
}

static bool send(struct pars_node *node, struct mailbox *m, enum pars_mailbox_kind kind, pars_stream *ret)
{
	PARS_AUTO_BUF out = { 0 };
	pars_conn conn = pars_host_find(node->host, &m->peer);
	const struct pars_host_peer *peer = conn ? pars_host_peer(node->host, conn) : NULL;
	if (!peer || !peer->identified)
		return false;
	if (!pars_host_peer_speaks(peer, PARS_MAILBOX_PROTOCOL)) {
		m->carries = false;
		say(m, "this node carries nothing for others");
		return false;
	}
	request(node, m, kind, &out);
	if (pars_host_open(node->host, conn, PARS_MAILBOX_PROTOCOL, TAG_MAILBOX, ret))
		return false;
	pars_host_write(node->host, *ret, pars_buf_bytes(&out));
	pars_host_finish(node->host, *ret);
	return true;
}

static void ask(struct pars_node *node, struct mailbox *m)
{
	if (!pars_host_find(node->host, &m->peer) && !m->carries)
		say(m, "not connected");
	if (send(node, m, PARS_MAILBOX_CARRY, &m->stream))
		m->until = node->now.mono_us + ASK_TIME;
	plan(node, m);
}

static void answered(struct pars_node *node, struct mailbox *m, const struct pars_mailbox_reply *r)
{
	m->carries = r->status == PARS_MAILBOX_DONE;
	snprintf(m->result, sizeof m->result, "%.*s", (int)r->text.n, (const char *)r->text.p);
	m->quota = r->quota;
	m->left_s = r->left_s;
	m->answered_us = node->now.mono_us;
	m->failures = m->carries ? 0 : m->failures;
	plan(node, m);
	pars_effects_notify(&node->fx, PARS_TOPIC_MAILBOX, "");
}

static void received(struct pars_node *node, struct mailbox *m, struct pars_bytes data)
{
	struct pars_mailbox_reply reply;
	struct pars_bytes raw;
	size_t size;
	pars_buf_put(&m->in, data);
	pars_host_consumed(node->host, m->stream, data.n);
	enum pars_err err = pars_uvarint_message(pars_buf_bytes(&m->in), PARS_MAILBOX_MESSAGE_MAX, &raw, &size);
	if (err == PARS_E_NOT_READY)
		return;
	if (!err)
		err = pars_mailbox_reply_decode(raw, &reply);
	if (!err) {
		answered(node, m, &reply);
	} else {
		say(m, "its answer cannot be read");
		pars_count(&node->metrics, PARS_M_relay_bad_message);
		pars_host_blame_peer(node->host, &m->peer, err);
	}
	stop_asking(node, m);
}

/* -- events ------------------------------------------------------------------------- */

void node_mailbox_event(struct pars_node *node, const struct pars_host_event *ev)
{
	struct mailbox *m;
	TAILQ_FOREACH(m, &node->mailboxes->list, entry) {
		if (ev->type == PARS_HOST_PEER_IDENTIFIED && !m->stream && !m->carries) {
			const struct pars_host_peer *peer = pars_host_peer(node->host, ev->conn);
			if (peer && pars_peer_id_equal(&peer->id, &m->peer))
				m->try_us = node->now.mono_us;
		}
		if (!ev->stream || ev->stream != m->stream)
			continue;
		if (ev->type == PARS_HOST_STREAM_DATA) {
			received(node, m, ev->data);
		} else if (ev->type == PARS_HOST_STREAM_CLOSED) {
			say(m, "it gave no answer");
			m->stream = 0;
			stop_asking(node, m);
		}
		return;
	}
}

void node_mailbox_tick(struct pars_node *node)
{
	struct mailbox *m;
	TAILQ_FOREACH(m, &node->mailboxes->list, entry) {
		if (m->stream && node->now.mono_us >= m->until) {
			say(m, "it gave no answer in time");
			stop_asking(node, m);
		}
		if (!m->stream && node->now.mono_us >= m->try_us)
			ask(node, m);
	}
}

pars_usec node_mailbox_deadline(const struct pars_node *node)
{
	const struct mailbox *m;
	pars_usec at = PARS_NEVER;
	TAILQ_FOREACH(m, &node->mailboxes->list, entry)
		at = PARS_MIN(at, m->stream ? m->until : m->try_us);
	return at;
}

/* -- life ------------------------------------------------------------------------------ */

static struct mailbox *add(struct pars_node *node, uint32_t session, const struct pars_peer_id *peer, const char *address)
{
	struct mailbox *m = pars_alloc(sizeof *m);
	m->session = session;
	m->peer = *peer;
	m->address = pars_strdup(address);
	m->try_us = node->now.mono_us;
	say(m, "not asked yet");
	TAILQ_INSERT_TAIL(&node->mailboxes->list, m, entry);
	node->mailboxes->count++;
	return m;
}

static void mailbox_free(struct pars_node *node, struct mailbox *m)
{
	TAILQ_REMOVE(&node->mailboxes->list, m, entry);
	node->mailboxes->count--;
	pars_buf_done(&m->in);
	free(m->address);
	free(m);
}

void node_mailbox_init(struct pars_node *node)
{
	node->mailboxes = pars_alloc(sizeof *node->mailboxes);
	TAILQ_INIT(&node->mailboxes->list);
	struct pars_stmt *q = pars_query(node->store, "SELECT session, peer, address FROM mailbox");
	while (pars_row(q)) {
		struct pars_peer_id id;
		char address[PARS_MULTIADDR_TEXT];
		struct pars_bytes text = pars_col_bytes(q, 2);
		snprintf(address, sizeof address, "%.*s", (int)text.n, (const char *)text.p);
		if (!pars_peer_id_decode(pars_col_bytes(q, 1), &id))
			add(node, (uint32_t)pars_col_int(q, 0), &id, address);
	}
}

void node_mailbox_done(struct pars_node *node)
{
	if (!node->mailboxes)
		return;
	for (struct mailbox *next, *m = TAILQ_FIRST(&node->mailboxes->list); m; m = next) {
		next = TAILQ_NEXT(m, entry);
		mailbox_free(node, m);
	}
	free(node->mailboxes);
}

/* -- calls of pars.h ---------------------------------------------------------------------- */

static struct mailbox *find(const struct pars_node *node, const struct pars_session *s, const struct pars_peer_id *peer)
{
	struct mailbox *m;
	TAILQ_FOREACH(m, &node->mailboxes->list, entry)
		if (m->session == s->num && pars_peer_id_equal(&m->peer, peer))
			return m;
	return NULL;
}

enum pars_err pars_mailbox_add(struct pars_node *node, const char *session, const char *address,
	struct pars_fault *fault)
{
	const struct pars_session *s = node_session_find(node, session, fault);
	struct pars_multiaddr addr;
	struct pars_peer_id peer;
	if (!s)
		return PARS_E_NOT_FOUND;
	if (pars_multiaddr_parse(address, &addr, NULL) || pars_peer_id_decode(pars_multiaddr_p2p(&addr), &peer))
		return pars_fail(fault, PARS_E_INVALID, "address: '%.100s' is no multiaddr with the node's id at its end, as in "
			"/ip4/192.0.2.1/tcp/7071/p2p/12D3Koo…", address);
	if (find(node, s, &peer))
		return pars_fail(fault, PARS_E_EXISTS, "this node was asked already; `parsctl mailbox ls` shows what it says");
	if (node->mailboxes->count == MAILBOXES_MAX)
		return pars_fail(fault, PARS_E_LIMIT, "%d mailboxes are the most", MAILBOXES_MAX);
	enum pars_err err = node_peers_keep(node, address, SOURCE_SESSION, fault);
	if (err && err != PARS_E_EXISTS)
		return err;
	pars_run(node->store, "INSERT INTO mailbox VALUES (?, ?, ?)", PARS_INT(s->num), PARS_BLOB(pars_peer_id_bytes(&peer)),
		PARS_TEXT(address));
	node->durable = true;
	add(node, s->num, &peer, address);
	return PARS_OK;
}

/* A node that is not connected now keeps what it has until its time is over. */
enum pars_err pars_mailbox_remove(struct pars_node *node, const char *session, const char *peer_id,
	struct pars_fault *fault)
{
	const struct pars_session *s = node_session_find(node, session, fault);
	struct pars_peer_id peer;
	pars_stream stream;
	if (!s)
		return PARS_E_NOT_FOUND;
	if (pars_peer_id_parse(peer_id, &peer))
		return pars_fail(fault, PARS_E_INVALID, "'%.80s' is no peer id (12D3Koo…)", peer_id);
	struct mailbox *m = find(node, s, &peer);
	if (!m)
		return pars_fail(fault, PARS_E_NOT_FOUND, "that node was not asked to carry this session");
	stop_asking(node, m);
	if (send(node, m, PARS_MAILBOX_DROP, &stream))
		pars_host_finish(node->host, stream);
	pars_run(node->store, "DELETE FROM mailbox WHERE session = ? AND peer = ?", PARS_INT(m->session),
		PARS_BLOB(pars_peer_id_bytes(&peer)));
	node->durable = true;
	mailbox_free(node, m);
	return PARS_OK;
}

void pars_mailbox_list(struct pars_node *node, struct pars_arena *a, struct pars_mailbox_page *ret)
{
	const struct mailbox *m;
	*ret = (struct pars_mailbox_page){ .list = pars_arena_alloc(a, (node->mailboxes->count + 1) * sizeof *ret->list) };
	TAILQ_FOREACH(m, &node->mailboxes->list, entry) {
		const struct pars_session *s = pars_sessions_by_num(node->sessions, m->session);
		pars_usec passed = node->now.mono_us - m->answered_us, left = PARS_S(m->left_s);
		ret->list[ret->count++] = (struct pars_mailbox_row){ .session = node_cid(a, &s->id),
			.name = pars_arena_string(a, PARS_BYTES_STR(s->name)), .peer_id = node_peer_text(a, &m->peer),
			.address = pars_arena_string(a, PARS_BYTES_STR(m->address)), .carries = m->carries,
			.result = pars_arena_string(a, PARS_BYTES_STR(m->result)), .quota = m->quota,
			.left_us = m->carries ? left - PARS_MIN(left, passed) : 0,
			.next_us = m->try_us > node->now.mono_us ? m->try_us - node->now.mono_us : 0,
			.connected = pars_host_find(node->host, &m->peer) != 0 };
	}
}
