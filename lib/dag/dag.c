#include "dag/dag.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "dag/internal.h"

/* -- opening ------------------------------------------------------------------- */

static void load(struct pars_dag *dag)
{
	dag->lamport = (uint64_t)pars_query_int(dag->store, 0, "SELECT max(lamport) FROM vertex WHERE session = ?",
		PARS_INT(dag->session));
	struct pars_stmt *q = pars_query(dag->store,
		"SELECT count, sum, messages, seq FROM dag WHERE session = ?", PARS_INT(dag->session));
	if (!pars_row(q))
		return;
	struct pars_bytes sum = pars_col_bytes(q, 1);
	dag->sum.count = (uint64_t)pars_col_int(q, 0);
	if (sum.n == sizeof dag->sum.b)
		memcpy(dag->sum.b, sum.p, sum.n);
	dag->messages = (uint64_t)pars_col_int(q, 2);
	dag->newest = dag->stands_at = pars_col_int(q, 3);
	pars_done(q);
}

struct pars_dag *pars_dag_new(struct pars_store *store, struct pars_metrics *metrics,
	uint32_t session, const struct pars_digest *id)
{
	struct pars_dag *dag = pars_alloc(sizeof *dag);
	dag->store = store;
	dag->metrics = metrics;
	dag->session = session;
	dag->id = *id;
	pars_dag_bucket_init(dag);
	pars_dag_frontier_init(dag);
	load(dag);
	return dag;
}

void pars_dag_free(struct pars_dag *dag)
{
	if (!dag)
		return;
	pars_dag_bucket_forget(dag);
	pars_dag_frontier_forget(dag);
	free(dag->known);
	free(dag->authors);
	free(dag);
}

void pars_dag_set_own(struct pars_dag *dag, const struct pars_ed25519_public *key)
{
	dag->own_key = *key;
	dag->has_own = true;
	const struct pars_dag_author *a = pars_dag_author(dag, key);
	dag->own_author = a ? a->num : 0;
	dag->own_last_n = 0;
}

/* -- what follows from the vertices --------------------------------------------- */

/* Each vertex once: when it comes, or after an opening behind its row. */
static void count_vertex(struct pars_dag *dag, const struct pars_vertex *v, const struct pars_dag_known *k,
	const struct pars_dag_known *parents)
{
	for (size_t i = 0; i < v->parent_count; i++)
		pars_dag_frontier_remove(dag, &parents[i]);
	pars_dag_frontier_add(dag, k);
	pars_sum_add(&dag->sum, &v->id);
	pars_dag_bucket_add(dag, v->lamport, &v->id);
	dag->lamport = PARS_MAX(dag->lamport, v->lamport);
	dag->messages += v->kind == PARS_KIND_MESSAGE;
	dag->newest = k->seq;
	dag->pending++;
}

void pars_dag_replay(struct pars_dag *dag, int64_t row, struct pars_bytes raw)
{
	struct pars_dag_known parents[PARS_VERTEX_PARENTS_MAX], k;
	struct pars_vertex v;
	bool whole = row > dag->newest && !pars_vertex_decode(raw, &v) && pars_dag_known(dag, &v.id, &k);
	for (size_t i = 0; whole && i < v.parent_count; i++)
		whole = pars_dag_known(dag, &v.parents[i], &parents[i]);
	if (whole) /* else the disk changed it, which the check of the file and the audit tell */
		count_vertex(dag, &v, &k, parents);
}

void pars_dag_flush(struct pars_dag *dag)
{
	if (!dag->pending)
		return;
	pars_run(dag->store, "INSERT OR REPLACE INTO dag (session, count, sum, messages, seq) VALUES (?, ?, ?, ?, ?)",
		PARS_INT(dag->session), PARS_INT(dag->sum.count), PARS_BLOB(PARS_BYTES_ARRAY(dag->sum.b)),
		PARS_INT(dag->messages), PARS_INT(dag->newest));
	pars_dag_bucket_flush(dag);
	pars_dag_frontier_flush(dag);
	dag->stands_at = dag->newest;
	dag->pending = 0;
}

size_t pars_dag_pending(const struct pars_dag *dag)
{
	return dag->pending;
}

int64_t pars_dag_stands_at(const struct pars_dag *dag)
{
	return dag->stands_at;
}

/* -- insertion ------------------------------------------------------------------ */

static enum pars_err find_parents(struct pars_dag *dag, const struct pars_vertex *v,
	struct pars_dag_known *parents, struct pars_digest *missing, size_t *ret_missing)
{
	*ret_missing = 0;
	for (size_t i = 0; i < v->parent_count; i++)
		if (!pars_dag_known(dag, &v->parents[i], &parents[i]))
			missing[(*ret_missing)++] = v->parents[i];
	return *ret_missing ? PARS_E_NOT_READY : PARS_OK;
}

/* The rules that need the parents. `author` is 0 for one not seen before. */
static enum pars_err check_rules(const struct pars_vertex *v, const struct pars_dag_known *parents,
	uint32_t author)
{
	int64_t lamport = 0;
	bool follows = false;
	if (v->kind == PARS_KIND_GENESIS)
		return PARS_OK; /* its form and its id said all */
	for (size_t i = 0; i < v->parent_count; i++) {
		lamport = PARS_MAX(lamport, parents[i].lamport);
		follows |= author && parents[i].author == author && parents[i].n + 1 == (int64_t)v->n;
	}
	if ((int64_t)v->lamport != lamport + 1)
		return PARS_E_PEER_LAMPORT;
	if (!v->n)
		return v->kind == PARS_KIND_JOIN ? PARS_OK : PARS_E_PEER_NOT_MEMBER;
	return follows ? PARS_OK : PARS_E_PEER_CHAIN;
}

/* Another vertex of the same (author, n)? Keep the first such pair as proof. */
static void note_equivocation(struct pars_dag *dag, uint32_t author, const struct pars_vertex *v)
{
	struct pars_digest first;
	struct pars_stmt *q = pars_query(dag->store,
		"SELECT id FROM vertex WHERE author = ? AND n = ? AND id <> ? ORDER BY seq",
		PARS_INT(author), PARS_INT(v->n), PARS_BLOB(pars_digest_bytes(&v->id)));
	if (!pars_row(q))
		return;
	memcpy(first.b, pars_col_bytes(q, 0).p, sizeof first.b);
	pars_done(q);
	pars_count(dag->metrics, PARS_M_vertex_equivocation);
	pars_run(dag->store, "INSERT OR IGNORE INTO equivocation VALUES (?, ?, ?, ?)", PARS_INT(author),
		PARS_INT(v->n), PARS_BLOB(pars_digest_bytes(&first)), PARS_BLOB(pars_digest_bytes(&v->id)));
	pars_run(dag->store, "UPDATE author SET forked = forked + 1 WHERE num = ?", PARS_INT(author));
}

/*~ 7. A vertex that keeps all rules becomes a row of this step's transaction.
 *~    The frontier with it and without its parents, and the sums that
 *~    fingerprint the set, follow from such rows: they are kept in memory, and
 *~    written once for many vertices. */
static bool store_vertex(struct pars_dag *dag, const struct pars_vertex *v, uint32_t author,
	const struct pars_dag_known *parents, struct pars_dag_known *k)
{
	*k = (struct pars_dag_known){ .id = v->id, .author = author, .n = (int64_t)v->n, .lamport = (int64_t)v->lamport };
	for (size_t i = 0; i < v->parent_count; i++)
		k->own_past = PARS_MAX(k->own_past, parents[i].own_past);
	if (author == dag->own_author)
		k->own_past = PARS_MAX(k->own_past, k->n + 1);
	pars_run(dag->store, "INSERT INTO vertex (id, session, author, n, lamport, kind, own_past, raw)"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING", PARS_BLOB(pars_digest_bytes(&v->id)),
		PARS_INT(dag->session), PARS_INT(author), PARS_INT(v->n), PARS_INT(v->lamport), PARS_INT(v->kind),
		PARS_INT(k->own_past), PARS_BLOB(v->raw));
	if (!pars_store_changes(dag->store))
		return false; /* here already: the unique index looks for the id anyway */
	k->seq = pars_store_last_rowid(dag->store);
	pars_dag_know(dag, k);
	if (author == dag->own_author && v->n + 1 >= dag->own_last_n) {
		dag->own_last = v->id;
		dag->own_last_n = v->n + 1;
	}
	return true;
}

enum pars_err pars_dag_insert(struct pars_dag *dag, const struct pars_vertex *v,
	struct pars_digest *missing, size_t *ret_missing)
{
	struct pars_dag_known parents[PARS_VERTEX_PARENTS_MAX], k;
	*ret_missing = 0;
	if (!pars_digest_equal(&v->session, &dag->id))
		return PARS_E_PEER_PROTOCOL;
	enum pars_err err = find_parents(dag, v, parents, missing, ret_missing);
	if (err)
		return err;
	struct pars_dag_author *a = pars_dag_author(dag, &v->author);
	if ((err = check_rules(v, parents, a ? a->num : 0)))
		return err;
	if (!a)
		a = pars_dag_author_add(dag, &v->author);
	if (dag->has_own && !dag->own_author && !memcmp(&dag->own_key, &v->author, sizeof v->author))
		dag->own_author = a->num;
	if (!store_vertex(dag, v, a->num, parents, &k))
		return PARS_E_EXISTS;
	if (v->n < a->next_n)
		note_equivocation(dag, a->num, v);
	a->next_n = PARS_MAX(a->next_n, v->n + 1);
	count_vertex(dag, v, &k, parents);
	return PARS_OK;
}

/* -- appending -------------------------------------------------------------------- */

/* False: there is none, so the disk changed it. */
static bool own_last(struct pars_dag *dag, uint64_t next_n, struct pars_digest *ret)
{
	if (dag->own_last_n == next_n) {
		*ret = dag->own_last;
		return true;
	}
	/* The id is of the row with the greatest number (SQLite: bare columns beside
	 * max()); to order them would take a sorter for the one there is. */
	struct pars_stmt *q = pars_query(dag->store, "SELECT id, max(seq) FROM vertex WHERE author = ? AND n = ?",
		PARS_INT(dag->own_author), PARS_INT(next_n - 1));
	if (!pars_row(q))
		return false;
	bool found = pars_col_bytes(q, 0).n == sizeof ret->b;
	if (found)
		memcpy(ret->b, pars_col_bytes(q, 0).p, sizeof ret->b);
	pars_done(q);
	return found;
}

/* The author's own last vertex first, then the frontier, oldest first; what
 * is left over is for the next vertex. */
static bool choose_parents(struct pars_dag *dag, uint64_t next_n, struct pars_vertex *draft)
{
	struct pars_digest heads[PARS_VERTEX_PARENTS_MAX];
	size_t count = 0;
	if (next_n && !own_last(dag, next_n, &draft->parents[count++]))
		return false;
	size_t n = pars_dag_heads(dag, NULL, heads, PARS_VERTEX_PARENTS_MAX);
	for (size_t i = 0; i < n && count < PARS_VERTEX_PARENTS_MAX; i++)
		if (!count || !pars_digest_equal(&heads[i], &draft->parents[0]))
			draft->parents[count++] = heads[i];
	draft->parent_count = count;
	for (size_t i = 0; i < count; i++) {
		struct pars_dag_known p;
		if (!pars_dag_known(dag, &draft->parents[i], &p))
			return false;
		draft->lamport = PARS_MAX(draft->lamport, (uint64_t)p.lamport + 1);
	}
	return true;
}

enum pars_err pars_dag_append(struct pars_dag *dag, const struct pars_ed25519_pair *key,
	enum pars_vertex_kind kind, struct pars_bytes payload, int64_t time_ns, struct pars_digest *ret_id)
{
	struct pars_vertex draft = { .session = dag->id, .kind = kind, .time_ns = time_ns, .payload = payload };
	struct pars_vertex v;
	struct pars_digest missing[PARS_VERTEX_PARENTS_MAX];
	size_t missing_count;
	PARS_AUTO_BUF raw = { 0 };

	assert(dag->has_own && !memcmp(&dag->own_key, &key->public, sizeof key->public));
	if (!dag->sum.count || kind == PARS_KIND_GENESIS)
		return PARS_E_NOT_READY;
	draft.n = pars_dag_own_count(dag);
	if (!draft.n && kind != PARS_KIND_JOIN)
		return PARS_E_NOT_READY;
	if (!choose_parents(dag, draft.n, &draft))
		return PARS_E_DB_CORRUPT;
	pars_vertex_encode(&draft, key, &raw);
	enum pars_err err = pars_vertex_decode(pars_buf_bytes(&raw), &v);
	if (err || (err = pars_dag_insert(dag, &v, missing, &missing_count)))
		return err;
	pars_count(dag->metrics, PARS_M_vertex_created);
	*ret_id = v.id;
	return PARS_OK;
}

/* -- reading ------------------------------------------------------------------------ */

const struct pars_digest *pars_dag_id(const struct pars_dag *dag)
{
	return &dag->id;
}

const struct pars_sum *pars_dag_sum(const struct pars_dag *dag)
{
	return &dag->sum;
}

uint64_t pars_dag_lamport(const struct pars_dag *dag)
{
	return dag->lamport;
}

uint64_t pars_dag_messages(const struct pars_dag *dag)
{
	return dag->messages;
}

uint64_t pars_dag_own_count(struct pars_dag *dag)
{
	if (!dag->own_author)
		return 0;
	const struct pars_dag_author *a = pars_dag_author(dag, &dag->own_key);
	return a ? a->next_n : 0; /* the store failed: so will the commit */
}

uint64_t pars_dag_forked(struct pars_dag *dag)
{
	return (uint64_t)pars_query_int(dag->store, 0,
		"SELECT count(*) FROM author WHERE session = ? AND forked", PARS_INT(dag->session));
}

bool pars_dag_has(struct pars_dag *dag, const struct pars_digest *id)
{
	return pars_dag_own_past(dag, id) >= 0;
}

int64_t pars_dag_own_past(struct pars_dag *dag, const struct pars_digest *id)
{
	return pars_query_int(dag->store, -1, "SELECT own_past FROM vertex WHERE id = ? AND session = ?",
		PARS_BLOB(pars_digest_bytes(id)), PARS_INT(dag->session));
}

bool pars_dag_find(struct pars_dag *dag, struct pars_bytes prefix, struct pars_digest *ret)
{
	struct pars_digest from = { 0 }, to;
	size_t found = 0;
	memset(to.b, 0xff, sizeof to.b);
	memcpy(from.b, prefix.p, prefix.n);
	memcpy(to.b, prefix.p, prefix.n);
	/* `+`: not by the session's index, in which all its vertices lie. */
	struct pars_stmt *q = pars_query(dag->store,
		"SELECT id FROM vertex WHERE id BETWEEN ? AND ? AND +session = ? LIMIT 2",
		PARS_BLOB(pars_digest_bytes(&from)), PARS_BLOB(pars_digest_bytes(&to)), PARS_INT(dag->session));
	for (; pars_row(q); found++)
		memcpy(ret->b, pars_col_bytes(q, 0).p, sizeof ret->b);
	return found == 1;
}

bool pars_dag_read(struct pars_dag *dag, const struct pars_digest *id, struct pars_buf *out)
{
	struct pars_stmt *q = pars_query(dag->store, "SELECT raw FROM vertex WHERE id = ? AND session = ?",
		PARS_BLOB(pars_digest_bytes(id)), PARS_INT(dag->session));
	if (!pars_row(q))
		return false;
	pars_buf_put(out, pars_col_bytes(q, 0));
	pars_done(q);
	return true;
}

size_t pars_dag_chains(struct pars_dag *dag, struct pars_dag_chain *out, size_t max)
{
	struct pars_stmt *q = pars_query(dag->store,
		"SELECT key, num, (SELECT max(n) + 1 FROM vertex WHERE author = num) FROM author WHERE session = ?",
		PARS_INT(dag->session));
	size_t n = 0;
	for (; pars_row(q); n++) {
		if (n >= max)
			continue;
		memcpy(out[n].author.b, pars_col_bytes(q, 0).p, sizeof out[n].author.b);
		out[n].num = (uint32_t)pars_col_int(q, 1);
		out[n].count = (uint64_t)pars_col_int(q, 2);
	}
	return n;
}

bool pars_dag_chain_lamport(struct pars_dag *dag, uint32_t author, uint64_t n, uint64_t *ret)
{
	int64_t v = pars_query_int(dag->store, -1,
		"SELECT min(lamport) FROM vertex WHERE author = ? AND n = ?", PARS_INT(author), PARS_INT(n));
	*ret = (uint64_t)v;
	return v >= 0;
}

void pars_dag_chain_read(struct pars_dag *dag, uint32_t author, uint64_t n,
	void (*put)(void *ctx, struct pars_bytes raw), void *ctx)
{
	struct pars_stmt *q = pars_query(dag->store,
		"SELECT raw FROM vertex WHERE author = ? AND n = ? ORDER BY lamport, seq", PARS_INT(author), PARS_INT(n));
	while (pars_row(q))
		put(ctx, pars_col_bytes(q, 0));
}

const char *pars_dag_audit(struct pars_dag *dag)
{
	struct pars_dag_bound from = { 0 }, to = { .lamport = PARS_VERTEX_COUNT_MAX + 1 };
	struct pars_sum counted = { 0 }, ranged;
	pars_dag_range_sum(dag, &from, &to, &ranged);
	struct pars_stmt *q = pars_query(dag->store, "SELECT id FROM vertex WHERE session = ?",
		PARS_INT(dag->session));
	while (pars_row(q)) {
		struct pars_digest id;
		memcpy(id.b, pars_col_bytes(q, 0).p, sizeof id.b);
		pars_sum_add(&counted, &id);
	}
	if (counted.count != dag->sum.count)
		return "the number of vertices differs from the number kept";
	if (memcmp(counted.b, dag->sum.b, sizeof counted.b))
		return "the fingerprint differs from the one kept";
	if (ranged.count != counted.count || memcmp(ranged.b, counted.b, sizeof counted.b))
		return "the range sums differ from the vertices";
	if (dag->sum.count && !pars_dag_head_count(dag))
		return "the frontier is empty";
	return NULL;
}
