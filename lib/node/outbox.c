/* node/outbox.c - what of our own no other node is known to hold yet. The
 * vertices themselves are the outbox: they were saved before anybody was told,
 * and stay in it until a peer says that it holds them (table `held`), however
 * long that takes and however often the node ends meanwhile. */
#include "node/node.h"

#include <stdlib.h>

static const char *kind_name(int64_t kind)
{
	return kind == PARS_KIND_GENESIS ? "genesis" : kind == PARS_KIND_JOIN ? "join" : "message";
}

static const char *reason(const struct pars_node *node, bool sent, size_t peers, size_t shared)
{
	if (node->paused)
		return "the node is paused";
	if (!peers)
		return "no node is connected";
	if (!shared)
		return "no connected node is in this session";
	return sent ? "on its way; nobody has said yet that it arrived" : "waits for its turn";
}

/* Those of one session from counter n on. */
static void fill(struct pars_node *node, const struct pars_session *s, uint64_t n, size_t limit, struct pars_arena *a,
	struct pars_outbox_page *ret)
{
	size_t equal, peers = node_peers_count(node), shared = node_sync_shared(node, s->num, &equal);
	uint64_t sent = node_sync_sent(node, s->num);
	struct pars_stmt *q = pars_query(node->store, "SELECT v.id, v.kind, v.n, v.raw FROM vertex v"
		" WHERE v.author = (SELECT num FROM author WHERE session = ? AND key = ?) AND v.n >= ? ORDER BY v.n LIMIT ?",
		PARS_INT(s->num), PARS_BLOB(PARS_BYTES_ARRAY(s->member.public.b)), PARS_INT(n), PARS_INT(limit + 1 - ret->count));
	while (pars_row(q)) {
		struct pars_digest id;
		struct pars_vertex v;
		uint64_t number = (uint64_t)pars_col_int(q, 2);
		if (ret->count == limit) {
			ret->next = pars_arena_sprintf(a, "%u:%llu", s->num, (unsigned long long)number);
			pars_done(q);
			return;
		}
		memcpy(id.b, pars_col_bytes(q, 0).p, sizeof id.b);
		bool readable = !pars_vertex_decode(pars_col_bytes(q, 3), &v);
		ret->list[ret->count++] = (struct pars_outbox_item){ .id = node_cid(a, &id), .session = node_cid(a, &s->id),
			.name = pars_arena_string(a, PARS_BYTES_STR(s->name)), .kind = kind_name(pars_col_int(q, 1)), .n = number,
			.time_wall_ns = readable ? v.time_ns : 0, .state = number < sent ? "sent" : "queued",
			.reason = reason(node, number < sent, peers, shared) };
	}
}

/* A session's number and a counter. */
static bool read_cursor(const char *cursor, uint64_t *ret_num, uint64_t *ret_n)
{
	char *end;
	*ret_num = strtoull(cursor, &end, 10);
	if (end == cursor || *end != ':')
		return false;
	cursor = end + 1;
	*ret_n = strtoull(cursor, &end, 10);
	return end != cursor && !*end;
}

enum pars_err pars_outbox_list(struct pars_node *node, const char *cursor, size_t limit, struct pars_arena *a,
	struct pars_outbox_page *ret, struct pars_fault *fault)
{
	uint64_t num = 0, from = 0;
	const struct pars_session *s;
	size_t at = 0;
	if (cursor && !read_cursor(cursor, &num, &from))
		return node_cursor_bad(cursor, fault);
	*ret = (struct pars_outbox_page){ .list = pars_arena_alloc(a, (limit + 1) * sizeof *ret->list) };
	while (!ret->next && (s = pars_sessions_next(node->sessions, &at))) {
		uint64_t held = (uint64_t)pars_query_int(node->store, 0, "SELECT max(count) FROM held WHERE session = ?",
			PARS_INT(s->num));
		if (!s->is_member || s->num < num || held >= pars_dag_own_count(s->dag))
			continue;
		if (s->num == num)
			held = PARS_MAX(held, from);
		fill(node, s, held, limit, a, ret);
	}
	return PARS_OK;
}
