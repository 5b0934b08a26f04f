/* node/dag.c - the calls of pars.h that look into the DAG. */
#include "node/node.h"

#include <stdio.h>

#include "base/alloc.h"

#define GRAPH_MAX 2000 /* vertices of one drawing */

static const char *kind_name(struct pars_arena *a, uint64_t kind)
{
	static const char *const names[] = { "genesis", "join", "message" };
	return kind < PARS_COUNT(names) ? names[kind] : pars_arena_sprintf(a, "kind %llu", (unsigned long long)kind);
}

static const char *hex(struct pars_arena *a, struct pars_bytes b)
{
	char *text = pars_arena_alloc(a, 2 * b.n + 1);
	pars_hex(b, text);
	return text;
}

static void fill(struct pars_arena *a, const struct pars_vertex *v, struct pars_vertex_info *ret)
{
	*ret = (struct pars_vertex_info){
		.id = node_cid(a, &v->id), .session = node_cid(a, &v->session), .author = node_did(a, &v->author),
		.kind = kind_name(a, v->kind), .n = v->n, .lamport = v->lamport, .size = v->raw.n,
		.time_wall_ns = v->time_ns, .signature = hex(a, v->signature), .payload = hex(a, v->payload),
	};
	ret->parents.list = pars_arena_alloc(a, (v->parent_count + 1) * sizeof *ret->parents.list);
	for (size_t i = 0; i < v->parent_count; i++)
		ret->parents.list[ret->parents.count++] = node_cid(a, &v->parents[i]);
}

/* -- pages in canonical order ------------------------------------------------------------ */

struct page {
	const char *cursor;
	size_t limit, count;
	struct pars_digest last;
	bool more;
	struct node_place from; /* bound by the statement while it runs */
};

static struct pars_stmt *page_open(struct pars_node *node, const struct pars_session *s, struct page *p,
	struct pars_fault *fault)
{
	if (node_place_find(node, s, p->cursor, &p->from, fault))
		return NULL;
	return pars_query(node->store, "SELECT v.raw, v.id FROM vertex v JOIN author a ON a.num = v.author"
		" WHERE v.session = ? AND v.lamport >= ? AND (v.lamport, a.key, v.id) > (?, ?, ?)"
		" ORDER BY v.lamport, a.key, v.id LIMIT ?", PARS_INT(s->num), PARS_INT(p->from.lamport),
		PARS_INT(p->from.lamport), PARS_BLOB(PARS_BYTES_ARRAY(p->from.author.b)),
		PARS_BLOB(pars_digest_bytes(&p->from.id)),
		PARS_INT(p->limit + 1));
}

/* The next row's bytes, copied; false at the end of the page. */
static bool page_next(struct page *p, struct pars_stmt *q, struct pars_arena *a, struct pars_bytes *ret)
{
	if (!pars_row(q))
		return false;
	if (p->count == p->limit) {
		p->more = true;
		pars_done(q);
		return false;
	}
	p->count++;
	memcpy(p->last.b, pars_col_bytes(q, 1).p, sizeof p->last.b);
	*ret = pars_arena_copy(a, pars_col_bytes(q, 0));
	return true;
}

static const char *page_cursor(const struct page *p, struct pars_arena *a)
{
	return p->more ? node_cid(a, &p->last) : NULL;
}

enum pars_err pars_dag_list(struct pars_node *node, const char *session, const char *cursor, size_t limit,
	struct pars_arena *a, struct pars_vertex_page *ret, struct pars_fault *fault)
{
	const struct pars_session *s = node_session_find(node, session, fault);
	struct page p = { .cursor = cursor, .limit = limit };
	struct pars_bytes raw;
	struct pars_vertex v;
	if (!s)
		return PARS_E_NOT_FOUND;
	struct pars_stmt *q = page_open(node, s, &p, fault);
	if (!q)
		return PARS_E_INVALID;
	*ret = (struct pars_vertex_page){ .list = pars_arena_alloc(a, limit * sizeof *ret->list) };
	while (page_next(&p, q, a, &raw))
		if (!pars_vertex_decode(raw, &v))
			fill(a, &v, &ret->list[ret->count++]);
	ret->next = page_cursor(&p, a);
	return PARS_OK;
}

enum pars_err pars_dag_show(struct pars_node *node, const char *vertex, struct pars_arena *a,
	struct pars_vertex_info *ret, struct pars_fault *fault)
{
	struct pars_digest id;
	struct pars_vertex v;
	struct pars_session *s;
	size_t at = 0;
	if (pars_cid_parse(vertex, id.b))
		return pars_fail(fault, PARS_E_INVALID, "vertex: '%.80s' is not a vertex id (59 characters, "
			"beginning with bafyrei)", vertex);
	while ((s = pars_sessions_next(node->sessions, &at))) {
		struct pars_buf raw = { 0 };
		bool found = !s->is_carried && pars_dag_read(s->dag, &id, &raw);
		if (found && !pars_vertex_decode(pars_arena_copy(a, pars_buf_bytes(&raw)), &v))
			fill(a, &v, ret);
		pars_buf_done(&raw);
		if (found)
			return PARS_OK;
	}
	return pars_fail(fault, PARS_E_NOT_FOUND, "no vertex %s in any session of this node", vertex);
}

/* -- drawing -------------------------------------------------------------------------------- */

static void put_text(struct pars_buf *out, const char *text)
{
	pars_buf_put(out, PARS_BYTES_STR(text));
}

/* The end of an id tells vertices apart; all begin alike. */
static void short_id(const struct pars_digest *id, char out[PARS_CID_TEXT])
{
	char text[PARS_CID_TEXT];
	pars_cid_text(id->b, text);
	snprintf(out, PARS_CID_TEXT, "%s", text + strlen(text) - 8);
}

static void draw(struct pars_buf *out, const struct pars_vertex *v, const char *nick, struct pars_bytes kind)
{
	char line[320], id[PARS_CID_TEXT], parent[PARS_CID_TEXT], safe[64];
	size_t n = 0;
	for (; n < sizeof safe - 1 && nick[n]; n++)
		safe[n] = (char)(nick[n] == '"' || nick[n] == '\\' ? '\'' : nick[n]);
	safe[n] = '\0';
	short_id(&v->id, id);
	snprintf(line, sizeof line, "  \"%s\" [label=\"%s\\n%s %llu\\n%.*s\"];\n", id, id, safe,
		(unsigned long long)v->n, (int)kind.n, (const char *)kind.p);
	put_text(out, line);
	for (size_t i = 0; i < v->parent_count; i++) {
		short_id(&v->parents[i], parent);
		snprintf(line, sizeof line, "  \"%s\" -> \"%s\";\n", id, parent);
		put_text(out, line);
	}
}

enum pars_err pars_dag_graph(struct pars_node *node, const char *session, size_t limit, struct pars_arena *a,
	const char **ret, struct pars_fault *fault)
{
	const struct pars_session *s = node_session_find(node, session, fault);
	PARS_AUTO_BUF out = { 0 };
	if (!s)
		return PARS_E_NOT_FOUND;
	put_text(&out, "digraph session {\n  rankdir=RL;\n  node [shape=box, fontsize=10];\n");
	struct pars_stmt *q = pars_query(node->store, "SELECT v.raw, a.nick FROM vertex v"
		" JOIN author a ON a.num = v.author WHERE v.session = ? ORDER BY v.lamport DESC, a.key DESC, v.id DESC"
		" LIMIT ?", PARS_INT(s->num), PARS_INT(PARS_MIN(limit, (size_t)GRAPH_MAX)));
	while (pars_row(q)) {
		struct pars_vertex v;
		if (!pars_vertex_decode(pars_col_bytes(q, 0), &v))
			draw(&out, &v, pars_arena_string(a, pars_col_bytes(q, 1)), PARS_BYTES_STR(kind_name(a, v.kind)));
	}
	put_text(&out, "}\n");
	*ret = pars_arena_string(a, pars_buf_bytes(&out));
	return PARS_OK;
}

/* -- verifying --------------------------------------------------------------------------------- */

static const char *check_parents(const struct pars_session *s, const struct pars_vertex *v)
{
	uint64_t lamport = 0;
	bool follows = !v->n;
	for (size_t i = 0; i < v->parent_count; i++) {
		PARS_AUTO_BUF raw = { 0 };
		struct pars_vertex parent;
		if (!pars_dag_read(s->dag, &v->parents[i], &raw) || pars_vertex_decode(pars_buf_bytes(&raw), &parent))
			return "a parent is missing or unreadable";
		lamport = PARS_MAX(lamport, parent.lamport + 1);
		follows |= !memcmp(&parent.author, &v->author, sizeof v->author) && parent.n + 1 == v->n;
	}
	if (lamport != v->lamport)
		return "its lamport time is wrong";
	return follows ? NULL : "it does not follow its author's previous vertex";
}

static const char *check_vertex(const struct pars_session *s, struct pars_bytes raw, const struct pars_digest *id)
{
	struct pars_vertex v;
	if (pars_vertex_decode(raw, &v))
		return "it cannot be decoded";
	if (!pars_digest_equal(&v.id, id))
		return "its content does not fit its id";
	if (pars_vertex_verify(&v))
		return "its signature is wrong";
	if (!pars_digest_equal(&v.session, &s->id))
		return "it belongs to another session";
	return check_parents(s, &v);
}

static void report(struct pars_strings *bad, struct pars_arena *a, const char *what, const char *why)
{
	bad->list[bad->count++] = pars_arena_sprintf(a, "%s: %s", what, why);
}

enum pars_err pars_dag_verify(struct pars_node *node, const char *session, const char *cursor, size_t limit,
	struct pars_arena *a, struct pars_verify_page *ret, struct pars_fault *fault)
{
	const struct pars_session *s = node_session_find(node, session, fault);
	struct page p = { .cursor = cursor, .limit = limit };
	struct pars_bytes raw;
	const char *why;
	if (!s)
		return PARS_E_NOT_FOUND;
	struct pars_stmt *q = page_open(node, s, &p, fault);
	if (!q)
		return PARS_E_INVALID;
	*ret = (struct pars_verify_page){ .bad.list = pars_arena_alloc(a, (limit + 1) * sizeof *ret->bad.list) };
	while (page_next(&p, q, a, &raw))
		if ((why = check_vertex(s, raw, &p.last)))
			report(&ret->bad, a, node_cid(a, &p.last), why);
	ret->checked = p.count;
	ret->next = page_cursor(&p, a);
	if (!ret->next && (why = pars_dag_audit(s->dag)))
		report(&ret->bad, a, "session", why);
	return PARS_OK;
}
