/* node/sessions.c - the calls of pars.h about sessions and messages. */
#include "node/node.h"

#include <stdio.h>

#include "base/alloc.h"
#include "codec/cbor.h"

#define INVITED_ADDRS 6 /* in an invitation */
#define OWN_ADDRS 3
#define PREFIX_MIN 8 /* characters of an id that may stand for it */

const char *node_cid(struct pars_arena *a, const struct pars_digest *id)
{
	char text[PARS_CID_TEXT];
	pars_cid_text(id->b, text);
	return pars_arena_string(a, PARS_BYTES_STR(text));
}

static bool names_session(const struct pars_session *s, const char *text)
{
	char id[PARS_CID_TEXT];
	size_t n = strlen(text);
	pars_cid_text(s->id.b, id);
	return (n >= PREFIX_MIN && !strncmp(id, text, n)) || !strcmp(s->name, text);
}

struct pars_session *node_session_find(struct pars_node *node, const char *text, struct pars_fault *fault)
{
	struct pars_session *s, *found = NULL;
	struct pars_digest id;
	struct pars_invitation invitation;
	size_t at = 0;
	if (pars_invitation_is(text)) {
		if (pars_invitation_parse(text, &invitation, fault))
			return NULL;
		found = pars_sessions_by_id(node->sessions, &invitation.session);
		if (!found || found->is_carried)
			pars_fail(fault, PARS_E_NOT_FOUND, "this node is not in the session of that invitation");
		return found && !found->is_carried ? found : NULL;
	}
	if (!pars_cid_parse(text, id.b) && (found = pars_sessions_by_id(node->sessions, &id)) && !found->is_carried)
		return found;
	found = NULL;
	while ((s = pars_sessions_next(node->sessions, &at))) {
		if (s->is_carried || !names_session(s, text))
			continue;
		if (found) {
			pars_fail(fault, PARS_E_NOT_FOUND, "session '%.80s' is ambiguous: give its id", text);
			return NULL;
		}
		found = s;
	}
	if (!found)
		pars_fail(fault, PARS_E_NOT_FOUND, "no session '%.80s'; `parsctl session ls` shows those there are",
			text);
	return found;
}

static enum pars_err check_name(const char *what, const char *text, bool needed, struct pars_fault *fault)
{
	size_t n = strlen(text);
	if (needed && !n)
		return pars_fail(fault, PARS_E_INVALID, "%s: must not be empty", what);
	if (n > PARS_NAME_MAX)
		return pars_fail(fault, PARS_E_TOO_LARGE, "%s: %zu bytes, at most %d allowed", what, n, PARS_NAME_MAX);
	if (!pars_utf8_valid(PARS_BYTES_STR(text)))
		return pars_fail(fault, PARS_E_INVALID, "%s: not valid UTF-8", what);
	for (size_t i = 0; i < n; i++)
		if ((uint8_t)text[i] < 0x20 || text[i] == 0x7f)
			return pars_fail(fault, PARS_E_INVALID, "%s: control characters are not allowed", what);
	return PARS_OK;
}

/* -- opening and joining ------------------------------------------------------------- */

enum pars_err pars_session_new(struct pars_node *node, const char *name, const char *nick,
	bool is_private, struct pars_arena *a, const char **ret_id, struct pars_fault *fault)
{
	struct pars_session *s;
	enum pars_err err = check_name("name", name, true, fault);
	if (err || (err = check_name("nick", nick, false, fault)))
		return err;
	err = pars_sessions_create(node->sessions, name, nick, is_private, node->now.wall_ns, &s);
	if (err == PARS_E_LIMIT)
		return pars_fail(fault, err, "%d sessions are the most a node takes part in", PARS_SESSIONS_MAX);
	if (err)
		return pars_fail(fault, err, "%s", pars_err_text(err));
	node->durable = true;
	node_sync_offer(node, s);
	node_sync_notify(node, s, PARS_TOPIC_SYNC);
	*ret_id = node_cid(a, &s->id);
	return PARS_OK;
}

/* Where the invitation says to begin. What cannot be dialled from here (any
 * more) does no harm: one that can is enough. */
static void keep_invited(struct pars_node *node, const struct pars_invitation *in)
{
	char address[PARS_INVITATION_MAX + 1];
	for (size_t i = 0; i < in->count; i++) {
		snprintf(address, sizeof address, "%.*s", (int)in->addrs[i].n, (const char *)in->addrs[i].p);
		if (node_peers_keep(node, address, SOURCE_SESSION, NULL))
			node_log(node, PARS_LOG_DEBUG, "an address of the invitation is not kept");
	}
}

static enum pars_err read_invitation(const char *text, struct pars_invitation *ret, struct pars_fault *fault)
{
	*ret = (struct pars_invitation){ 0 };
	if (pars_invitation_is(text))
		return pars_invitation_parse(text, ret, fault);
	if (pars_cid_parse(text, ret->session.b))
		return pars_fail(fault, PARS_E_INVALID, "session: '%.80s' is neither a session id (59 characters, beginning "
			"with bafyrei) nor an invitation (pars:…)", text);
	return PARS_OK;
}

enum pars_err pars_session_join(struct pars_node *node, const char *text, const char *address,
	const char *nick, struct pars_fault *fault)
{
	struct pars_session *s;
	struct pars_invitation in;
	struct pars_digest joined;
	enum pars_err err = check_name("nick", nick, false, fault);
	if (err || (err = read_invitation(text, &in, fault)))
		return err;
	struct pars_session *known = pars_sessions_by_id(node->sessions, &in.session);
	if (known && !known->is_carried)
		return pars_fail(fault, PARS_E_EXISTS, "this node is in that session already");
	if (address && (err = node_peers_keep(node, address, SOURCE_SESSION, fault)) && err != PARS_E_EXISTS)
		return err;
	err = pars_sessions_join(node->sessions, &in.session, in.has_secret ? in.secret : NULL, nick, node->now.wall_ns, &s,
		&joined);
	if (err)
		return pars_fail(fault, err, "%d sessions are the most a node takes part in", PARS_SESSIONS_MAX);
	keep_invited(node, &in);
	pars_wipe(in.secret, sizeof in.secret);
	node->durable = true;
	node_sync_offer(node, s);
	node_relay_adopted(node, s->num);
	if (s->is_member) /* it was carried for others, all of it is here */
		node_sync_changed(node, s, &joined);
	return PARS_OK;
}

/* -- inviting ----------------------------------------------------------------------------- */

struct places {
	char text[PARS_INVITATION_ADDRS_MAX][PARS_MULTIADDR_TEXT];
	size_t count;
};

static void add_place(const struct pars_node *node, struct places *to, struct pars_multiaddr addr,
	const struct pars_peer_id *id)
{
	if (to->count == INVITED_ADDRS || !node_addr_usable(node, &addr) ||
	    !pars_multiaddr_set_p2p(&addr, pars_peer_id_bytes(id)))
		return;
	pars_multiaddr_text(&addr, to->text[to->count++]);
}

/* Our own first; then one of each node that we know to listen, so that the
 * invitation is good while this node is away. */
static void find_places(struct pars_node *node, struct places *to)
{
	struct pars_multiaddr own[OWN_ADDRS];
	const struct pars_host_peer *p;
	size_t at = 0, n = pars_host_addrs(node->host, own, OWN_ADDRS);
	for (size_t i = 0; i < n; i++)
		add_place(node, to, own[i], pars_host_id(node->host));
	while ((p = pars_host_peer_next(node->host, &at)))
		if (p->listen_count && node_sync_shares(node, p->conn))
			add_place(node, to, p->listen[0], &p->id);
	for (at = 0; (p = pars_host_peer_next(node->host, &at));)
		if (p->listen_count && !node_sync_shares(node, p->conn))
			add_place(node, to, p->listen[0], &p->id);
}

enum pars_err pars_session_invite(struct pars_node *node, const char *session, struct pars_arena *a,
	const char **ret, struct pars_fault *fault)
{
	const struct pars_session *s = node_session_find(node, session, fault);
	struct places places = { 0 };
	char text[PARS_INVITATION_MAX + 1];
	if (!s)
		return PARS_E_NOT_FOUND;
	struct pars_invitation in = { .session = s->id, .has_secret = s->is_private };
	memcpy(in.secret, s->secret, sizeof in.secret);
	find_places(node, &places);
	for (; in.count < places.count; in.count++)
		in.addrs[in.count] = PARS_BYTES_STR(places.text[in.count]);
	pars_invitation_text(&in, text);
	pars_wipe(in.secret, sizeof in.secret);
	*ret = pars_arena_string(a, PARS_BYTES_STR(text));
	return PARS_OK;
}

/* -- saying ------------------------------------------------------------------------------ */

enum pars_err pars_session_send(struct pars_node *node, const char *session, const char *text,
	struct pars_arena *a, const char **ret_id, struct pars_fault *fault)
{
	struct pars_session *s = node_session_find(node, session, fault);
	struct pars_digest id;
	size_t n = strlen(text);
	if (!s)
		return PARS_E_NOT_FOUND;
	if (!n || n > PARS_MESSAGE_MAX)
		return pars_fail(fault, n ? PARS_E_TOO_LARGE : PARS_E_INVALID,
			"text: %zu bytes; expected 1 to %d", n, PARS_MESSAGE_MAX);
	if (!pars_utf8_valid(PARS_BYTES(text, n)))
		return pars_fail(fault, PARS_E_INVALID, "text: not valid UTF-8");
	enum pars_err err = pars_session_say(s, PARS_BYTES(text, n), node->now.wall_ns, &id);
	if (err == PARS_E_NOT_READY)
		return pars_fail(fault, err, "still joining this session: its start has not arrived from a member yet");
	if (err)
		return pars_fail(fault, err, "%s", pars_err_text(err));
	node->durable = true;
	node_sync_changed(node, s, &id);
	node_sync_notify(node, s, PARS_TOPIC_MESSAGES);
	*ret_id = node_cid(a, &id);
	return PARS_OK;
}

/* -- listing sessions -------------------------------------------------------------------------- */

static void fill_session(struct pars_node *node, struct pars_arena *a, const struct pars_session *s,
	struct pars_session_info *ret)
{
	uint8_t fp[PARS_FINGERPRINT_SIZE];
	char hex[2 * PARS_FINGERPRINT_SIZE + 1];
	size_t equal;
	uint64_t own = pars_dag_own_count(s->dag);
	uint64_t held = (uint64_t)pars_query_int(node->store, 0, "SELECT max(count) FROM held WHERE session = ?",
		PARS_INT(s->num));
	pars_sum_fingerprint(pars_dag_sum(s->dag), fp);
	pars_hex(PARS_BYTES_ARRAY(fp), hex);
	*ret = (struct pars_session_info){
		.id = node_cid(a, &s->id),
		.name = pars_arena_string(a, PARS_BYTES_STR(s->name)), .is_private = s->is_private,
		.state = s->is_member ? "member" : "joining",
		.member = s->is_member ? node_did(a, &s->member.public) : "",
		.vertices = pars_dag_sum(s->dag)->count,
		.messages = pars_dag_messages(s->dag),
		.members = (uint64_t)pars_query_int(node->store, 0, "SELECT count(*) FROM author WHERE session = ?",
			PARS_INT(s->num)),
		.heads = pars_dag_head_count(s->dag),
		.queued = own - PARS_MIN(own, held),
		.parked = pars_park_count(node->park, s->num),
		.forked = pars_dag_forked(s->dag),
		.fingerprint = pars_arena_string(a, PARS_BYTES_STR(hex)),
		.peers = node_sync_shared(node, s->num, &equal),
	};
	ret->peers_equal = equal;
}

enum pars_err pars_session_list(struct pars_node *node, const char *cursor, size_t limit, struct pars_arena *a,
	struct pars_session_page *ret, struct pars_fault *fault)
{
	const struct pars_session *s;
	uint64_t after;
	size_t at = 0;
	enum pars_err err = node_cursor_number(cursor, &after, fault);
	if (err)
		return err;
	*ret = (struct pars_session_page){ .list = pars_arena_alloc(a, limit * sizeof *ret->list) };
	while ((s = pars_sessions_next(node->sessions, &at))) {
		if (s->num <= after || s->is_carried)
			continue;
		if (ret->count == limit) {
			ret->next = pars_arena_sprintf(a, "%llu", (unsigned long long)after);
			break;
		}
		fill_session(node, a, s, &ret->list[ret->count++]);
		after = s->num;
	}
	return PARS_OK;
}

enum pars_err pars_session_show(struct pars_node *node, const char *session, struct pars_arena *a,
	struct pars_session_info *ret, struct pars_fault *fault)
{
	const struct pars_session *s = node_session_find(node, session, fault);
	if (!s)
		return PARS_E_NOT_FOUND;
	fill_session(node, a, s, ret);
	return PARS_OK;
}

/* -- reading messages ------------------------------------------------------------------------------ */

/* How many of our first vertices each peer holds, and how many are sent. */
struct delivery {
	uint64_t *held;
	size_t count;
	uint64_t sent;
};

static struct delivery delivery(struct pars_node *node, const struct pars_session *s, struct pars_arena *a)
{
	struct delivery d = { .sent = node_sync_sent(node, s->num) };
	size_t max = (size_t)pars_query_int(node->store, 0, "SELECT count(*) FROM held WHERE session = ?",
		PARS_INT(s->num));
	d.held = pars_arena_alloc(a, (max + 1) * sizeof *d.held);
	struct pars_stmt *q = pars_query(node->store, "SELECT count FROM held WHERE session = ?", PARS_INT(s->num));
	while (pars_row(q))
		if (d.count < max)
			d.held[d.count++] = (uint64_t)pars_col_int(q, 0);
	return d;
}

static void fill_delivery(const struct delivery *d, struct pars_message *m)
{
	if (!m->own) {
		m->delivery = "received";
		return;
	}
	for (size_t i = 0; i < d->count; i++)
		m->held_by += d->held[i] > m->n;
	m->delivery = m->held_by ? "held" : d->sent > m->n ? "sent" : "queued";
}

/* Columns: id, author key, nick, forked, n, lamport, raw, seq. */
static void fill_message(struct pars_arena *a, const struct pars_session *s, const struct delivery *d,
	struct pars_stmt *q, struct pars_message *m)
{
	struct pars_digest id;
	struct pars_ed25519_public author;
	struct pars_vertex v;
	struct pars_bytes text;
	memcpy(id.b, pars_col_bytes(q, 0).p, sizeof id.b);
	memcpy(author.b, pars_col_bytes(q, 1).p, sizeof author.b);
	*m = (struct pars_message){
		.id = node_cid(a, &id), .author = node_did(a, &author),
		.nick = pars_arena_string(a, pars_col_bytes(q, 2)),
		.own = s->is_member && !memcmp(&author, &s->member.public, sizeof author),
		.forked = pars_col_int(q, 3), .n = (uint64_t)pars_col_int(q, 4),
		.lamport = (uint64_t)pars_col_int(q, 5), .text = "",
	};
	if (!pars_vertex_decode(pars_col_bytes(q, 6), &v)) {
		m->time_wall_ns = v.time_ns;
		m->readable = pars_session_message_text(v.payload, &text);
		if (m->readable)
			m->text = pars_arena_string(a, text);
	}
	fill_delivery(d, m);
}

#define MESSAGE_COLUMNS "v.id, a.key, a.nick, a.forked, v.n, v.lamport, v.raw, v.seq"

static void read_rows(struct pars_arena *a, const struct pars_session *s, const struct delivery *d,
	struct pars_stmt *q, size_t limit, struct pars_message_page *ret, int64_t *last_seq)
{
	while (pars_row(q)) {
		if (ret->count == limit) {
			ret->more = true;
			pars_done(q);
			return;
		}
		*last_seq = pars_col_int(q, 7);
		fill_message(a, s, d, q, &ret->list[ret->count++]);
	}
}

/* Where a reading in order of arrival begins: behind which row. */
static enum pars_err arrival_cursor(struct pars_node *node, const struct pars_session *s, const char *cursor,
	uint64_t *ret, struct pars_fault *fault)
{
	uint64_t last;
	if (cursor && !strcmp(cursor, "end")) {
		*ret = (uint64_t)pars_query_int(node->store, 0, "SELECT max(seq) FROM vertex");
		return PARS_OK;
	}
	if (!cursor || strncmp(cursor, "last:", 5))
		return node_cursor_number(cursor, ret, fault);
	enum pars_err err = node_cursor_number(cursor + 5, &last, fault);
	if (err || last > PARS_PAGE_MAX)
		return pars_fail(fault, PARS_E_INVALID, "cursor: '%.80s' is not last:0 to last:%d", cursor, PARS_PAGE_MAX);
	/* + keeps the index out, by which all of a session would be sorted first. */
	*ret = (uint64_t)pars_query_int(node->store, 0, "SELECT seq FROM vertex WHERE +session = ? AND kind = ?"
		" ORDER BY seq DESC LIMIT 1 OFFSET ?", PARS_INT(s->num), PARS_INT(PARS_KIND_MESSAGE), PARS_INT(last));
	return PARS_OK;
}

static enum pars_err read_arrival(struct pars_node *node, const struct pars_session *s, const char *cursor,
	size_t limit, struct pars_arena *a, struct pars_message_page *ret, struct pars_fault *fault)
{
	struct delivery d = delivery(node, s, a);
	uint64_t after = 0;
	enum pars_err err = arrival_cursor(node, s, cursor, &after, fault);
	if (err)
		return err;
	int64_t last = (int64_t)after;
	read_rows(a, s, &d, pars_query(node->store, "SELECT " MESSAGE_COLUMNS
		" FROM vertex v JOIN author a ON a.num = v.author WHERE v.session = ? AND v.kind = ? AND v.seq > ?"
		" ORDER BY v.seq LIMIT ?", PARS_INT(s->num), PARS_INT(PARS_KIND_MESSAGE), PARS_INT(after),
		PARS_INT(limit + 1)), limit, ret, &last);
	ret->next = pars_arena_sprintf(a, "%lld", (long long)last);
	return PARS_OK;
}

enum pars_err node_place_find(struct pars_node *node, const struct pars_session *s, const char *cursor,
	struct node_place *ret, struct pars_fault *fault)
{
	*ret = (struct node_place){ .lamport = -1 };
	if (!cursor)
		return PARS_OK;
	struct pars_stmt *q = NULL;
	if (!pars_cid_parse(cursor, ret->id.b))
		q = pars_query(node->store, "SELECT v.lamport, a.key FROM vertex v"
			" JOIN author a ON a.num = v.author WHERE v.id = ? AND v.session = ?",
			PARS_BLOB(pars_digest_bytes(&ret->id)), PARS_INT(s->num));
	if (!q || !pars_row(q))
		return node_cursor_bad(cursor, fault);
	ret->lamport = pars_col_int(q, 0);
	memcpy(ret->author.b, pars_col_bytes(q, 1).p, sizeof ret->author.b);
	pars_done(q);
	return PARS_OK;
}

static enum pars_err read_canonical(struct pars_node *node, const struct pars_session *s, const char *cursor,
	size_t limit, struct pars_arena *a, struct pars_message_page *ret, struct pars_fault *fault)
{
	struct delivery d = delivery(node, s, a);
	struct node_place from;
	int64_t unused = 0;
	enum pars_err err = node_place_find(node, s, cursor, &from, fault);
	if (err)
		return err;
	read_rows(a, s, &d, pars_query(node->store, "SELECT " MESSAGE_COLUMNS
		" FROM vertex v JOIN author a ON a.num = v.author WHERE v.session = ? AND v.kind = ?"
		" AND v.lamport >= ? AND (v.lamport, a.key, v.id) > (?, ?, ?)"
		" ORDER BY v.lamport, a.key, v.id LIMIT ?", PARS_INT(s->num), PARS_INT(PARS_KIND_MESSAGE),
		PARS_INT(from.lamport), PARS_INT(from.lamport), PARS_BLOB(PARS_BYTES_ARRAY(from.author.b)),
		PARS_BLOB(pars_digest_bytes(&from.id)), PARS_INT(limit + 1)), limit, ret, &unused);
	ret->next = ret->count ? ret->list[ret->count - 1].id : cursor ? pars_arena_string(a, PARS_BYTES_STR(cursor))
		: node_cid(a, &s->id); /* behind the genesis: from the beginning */
	return PARS_OK;
}

enum pars_err pars_session_read(struct pars_node *node, const char *session, enum pars_order order,
	const char *cursor, size_t limit, struct pars_arena *a, struct pars_message_page *ret,
	struct pars_fault *fault)
{
	const struct pars_session *s = node_session_find(node, session, fault);
	if (!s)
		return PARS_E_NOT_FOUND;
	*ret = (struct pars_message_page){ .list = pars_arena_alloc(a, limit * sizeof *ret->list) };
	if (order == PARS_ORDER_ARRIVAL)
		return read_arrival(node, s, cursor, limit, a, ret, fault);
	return read_canonical(node, s, cursor, limit, a, ret, fault);
}

/* -- members and heads ------------------------------------------------------------------------------- */

enum pars_err pars_session_members(struct pars_node *node, const char *session, const char *cursor,
	size_t limit, struct pars_arena *a, struct pars_member_page *ret, struct pars_fault *fault)
{
	const struct pars_session *s = node_session_find(node, session, fault);
	uint64_t after;
	int64_t last = 0;
	if (!s)
		return PARS_E_NOT_FOUND;
	enum pars_err err = node_cursor_number(cursor, &after, fault);
	if (err)
		return err;
	*ret = (struct pars_member_page){ .list = pars_arena_alloc(a, limit * sizeof *ret->list) };
	struct pars_stmt *q = pars_query(node->store,
		"SELECT a.num, a.key, a.nick, v.n + 1 + a.forked, v.lamport, a.forked,"
		"  a.num = (SELECT author FROM vertex WHERE id = ?) FROM author a"
		" JOIN vertex v ON v.seq = (SELECT seq FROM vertex WHERE author = a.num ORDER BY n DESC, lamport DESC LIMIT 1)"
		" WHERE a.session = ? AND a.num > ? ORDER BY a.num LIMIT ?", PARS_BLOB(pars_digest_bytes(&s->id)),
		PARS_INT(s->num), PARS_INT(after), PARS_INT(limit + 1));
	while (pars_row(q)) {
		struct pars_ed25519_public key;
		if (ret->count == limit) {
			ret->next = pars_arena_sprintf(a, "%lld", (long long)last);
			pars_done(q);
			break;
		}
		last = pars_col_int(q, 0);
		memcpy(key.b, pars_col_bytes(q, 1).p, sizeof key.b);
		ret->list[ret->count++] = (struct pars_member){
			.key = node_did(a, &key), .nick = pars_arena_string(a, pars_col_bytes(q, 2)),
			.vertices = (uint64_t)pars_col_int(q, 3), .last_lamport = (uint64_t)pars_col_int(q, 4),
			.forked = pars_col_int(q, 5), .creator = pars_col_int(q, 6),
			.self = s->is_member && !memcmp(&key, &s->member.public, sizeof key),
		};
	}
	return PARS_OK;
}

enum pars_err pars_session_heads(struct pars_node *node, const char *session, const char *cursor, size_t limit,
	struct pars_arena *a, struct pars_head_page *ret, struct pars_fault *fault)
{
	const struct pars_session *s = node_session_find(node, session, fault);
	struct pars_digest *heads = pars_arena_alloc(a, (limit + 1) * sizeof *heads);
	struct node_place from;
	if (!s)
		return PARS_E_NOT_FOUND;
	enum pars_err err = node_place_find(node, s, cursor, &from, fault);
	if (err)
		return err;
	size_t n = pars_dag_heads(s->dag, cursor ? &from.id : NULL, heads, limit + 1);
	*ret = (struct pars_head_page){ { pars_arena_alloc(a, limit * sizeof *ret->list.list), PARS_MIN(n, limit) } };
	for (size_t i = 0; i < ret->list.count; i++)
		ret->list.list[i] = node_cid(a, &heads[i]);
	if (n > limit)
		ret->next = ret->list.list[limit - 1];
	return PARS_OK;
}
