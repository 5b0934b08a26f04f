#include "session/session.h"

#include <stdio.h>
#include <stdlib.h>

#include "session/payload.h"
#include "tests/unit/unit.h"

#define AUTHORS 4
#define VERTICES (3 * PARS_SESSIONS_PENDING)

/* A session of this node in which others talk, too, and what must be known of
 * it: counted here, beside the DAG. */
struct world {
	char path[200];
	struct pars_store *store;
	struct pars_metrics metrics;
	struct pars_rng rng;
	struct pars_sessions *sessions;
	struct pars_session *session;
	struct pars_digest id;
	struct pars_ed25519_pair author[AUTHORS];
	uint64_t next_n[AUTHORS];
	struct told {
		struct pars_digest id;
		uint64_t lamport;
		unsigned author;
		bool has_child;
	} told[VERTICES + 1];
	size_t count, messages;
	struct pars_sum sum;
};

static uint32_t draw(uint32_t below)
{
	static uint32_t state = 11;
	state = state * 1664525 + 1013904223;
	return (state >> 8) % below;
}

static void open_store(struct world *w)
{
	static const uint8_t seed[PARS_ED25519_SEED_SIZE] = { 1 };
	struct pars_fault fault;
	ck_assert_msg(!pars_store_open(w->path, NULL, &w->store, &fault), "%s", fault.text);
	pars_store_begin(w->store);
	w->sessions = pars_sessions_open(w->store, &w->metrics, &w->rng, seed);
	w->session = pars_sessions_by_id(w->sessions, &w->id);
}

/* As kill -9 leaves it: what was committed stays, and nobody tidies up. */
static void cut(struct world *w)
{
	pars_sessions_free(w->sessions);
	pars_store_free(w->store);
	open_store(w);
}

static void commit(struct world *w, bool now)
{
	pars_sessions_flush(w->sessions, now);
	ck_assert_int_eq(pars_store_commit(w->store, false), PARS_OK);
	pars_store_begin(w->store);
}

static void tell(struct world *w, const struct pars_vertex *v, unsigned author)
{
	for (size_t i = 0; i < v->parent_count; i++)
		for (size_t k = 0; k < w->count; k++)
			w->told[k].has_child |= pars_digest_equal(&w->told[k].id, &v->parents[i]);
	w->told[w->count++] = (struct told){ v->id, v->lamport, author, false };
	w->messages += v->kind == PARS_KIND_MESSAGE;
	pars_sum_add(&w->sum, &v->id);
}

static void open_world(struct world *w, const char *name)
{
	static const uint8_t seed[32] = { 5 };
	struct pars_vertex v;
	PARS_AUTO_BUF raw = { 0 };
	*w = (struct world){ 0 };
	snprintf(w->path, sizeof w->path, "%s/%s.db", unit_tmpdir(), name);
	pars_rng_init(&w->rng, seed);
	for (unsigned i = 0; i < AUTHORS; i++) {
		uint8_t author[32] = { (uint8_t)(i + 100) };
		pars_ed25519_pair_from_seed(&w->author[i], author);
	}
	open_store(w);
	ck_assert_int_eq(pars_sessions_create(w->sessions, "s", "me", false, 1, &w->session), PARS_OK);
	w->id = w->session->id;
	ck_assert(pars_dag_read(w->session->dag, &w->id, &raw));
	ck_assert_int_eq(pars_vertex_decode(pars_buf_bytes(&raw), &v), PARS_OK);
	tell(w, &v, AUTHORS);
	commit(w, false);
}

static void close_world(struct world *w)
{
	ck_assert_int_eq(pars_store_commit(w->store, false), PARS_OK);
	pars_sessions_free(w->sessions);
	pars_store_free(w->store);
	pars_rng_done(&w->rng);
}

/* The author's next vertex, on its last one (or, now and then, a fork beside
 * that) and on any other; the own author says something. */
static void next_vertex(struct world *w)
{
	unsigned author = draw(AUTHORS + 1);
	struct pars_digest missing[PARS_VERTEX_PARENTS_MAX], id, joined;
	struct pars_vertex v;
	size_t n;
	PARS_AUTO_BUF raw = { 0 }, payload = { 0 };
	if (author == AUTHORS) {
		ck_assert_int_eq(pars_session_say(w->session, PARS_BYTES_STR("own"), (int64_t)w->count, &id), PARS_OK);
		ck_assert(pars_dag_read(w->session->dag, &id, &raw));
		ck_assert_int_eq(pars_vertex_decode(pars_buf_bytes(&raw), &v), PARS_OK);
		tell(w, &v, author);
		return;
	}
	const struct told *other = &w->told[draw(8) ? w->count - 1 : draw((uint32_t)w->count)];
	struct pars_vertex draft = { .session = w->id, .kind = w->next_n[author] ? PARS_KIND_MESSAGE : PARS_KIND_JOIN,
		.time_ns = (int64_t)w->count, .n = w->next_n[author], .parent_count = 1, .parents = { other->id },
		.lamport = other->lamport + 1 };
	w->next_n[author]++;
	for (size_t k = w->count; draft.n && k-- > 0;)
		if (w->told[k].author == author) {
			draft.lamport = PARS_MAX(draft.lamport, w->told[k].lamport + 1);
			if (!pars_digest_equal(&w->told[k].id, &other->id))
				draft.parents[draft.parent_count++] = w->told[k].id;
			break;
		}
	pars_payload_encode(&(struct pars_payload){ .text = PARS_BYTES_STR("theirs") }, &payload);
	draft.payload = pars_buf_bytes(&payload);
	pars_vertex_encode(&draft, &w->author[author], &raw);
	ck_assert_int_eq(pars_vertex_decode(pars_buf_bytes(&raw), &v), PARS_OK);
	ck_assert_int_eq(pars_dag_insert(w->session->dag, &v, missing, &n), PARS_OK);
	pars_session_took(w->session, w->sessions, &v, 1, &joined);
	tell(w, &v, author);
	if (draft.n && !draw(20)) { /* another one in the same place */
		PARS_AUTO_BUF fork = { 0 };
		draft.time_ns++;
		pars_vertex_encode(&draft, &w->author[author], &fork);
		ck_assert_int_eq(pars_vertex_decode(pars_buf_bytes(&fork), &v), PARS_OK);
		ck_assert_int_eq(pars_dag_insert(w->session->dag, &v, missing, &n), PARS_OK);
		pars_session_took(w->session, w->sessions, &v, 1, &joined);
		tell(w, &v, author);
	}
}

static void check(struct world *w)
{
	static struct pars_digest heads[VERTICES];
	struct pars_dag *dag = w->session->dag;
	uint64_t lamport = 0, before = 0;
	size_t expected = 0;
	const char *wrong = pars_dag_audit(dag);
	ck_assert_msg(!wrong, "%s", wrong);
	ck_assert_uint_eq(pars_dag_sum(dag)->count, w->count);
	ck_assert_mem_eq(pars_dag_sum(dag)->b, w->sum.b, sizeof w->sum.b);
	ck_assert_uint_eq(pars_dag_messages(dag), w->messages);
	size_t n = pars_dag_heads(dag, NULL, heads, PARS_COUNT(heads));
	ck_assert_uint_eq(pars_dag_head_count(dag), n);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < w->count; k++)
			if (pars_digest_equal(&w->told[k].id, &heads[i])) {
				ck_assert(!w->told[k].has_child);
				ck_assert_uint_ge(w->told[k].lamport, before);
				before = w->told[k].lamport;
			}
	for (size_t k = 0; k < w->count; k++) {
		expected += !w->told[k].has_child;
		lamport = PARS_MAX(lamport, w->told[k].lamport);
	}
	ck_assert_uint_eq(n, expected);
	ck_assert_uint_eq(pars_dag_lamport(dag), lamport);
}

static size_t stands_for(struct world *w)
{
	return (size_t)pars_query_int(w->store, 0, "SELECT count(*) FROM vertex WHERE seq <= (SELECT max(seq) FROM dag)");
}

/* The rows that follow from the vertices stay behind, by less than the bound;
 * whoever opens the database after any commit knows all the same. */
START_TEST(all_is_known_after_a_cut_behind_any_commit)
{
	static struct world w;
	size_t flushes = 0, stood = 0;
	open_world(&w, "cut");
	while (w.count + 12 < VERTICES) {
		for (uint32_t n = draw(6); n--;)
			next_vertex(&w);
		commit(&w, false);
		ck_assert_uint_lt(w.count - stands_for(&w), PARS_SESSIONS_PENDING);
		bool flushed = stands_for(&w) != stood;
		flushes += flushed;
		stood = stands_for(&w);
		if (flushed || !draw(3)) {
			cut(&w);
			ck_assert_uint_eq(pars_dag_pending(w.session->dag), w.count - stood);
			check(&w);
		}
	}
	ck_assert_uint_eq(flushes, VERTICES / PARS_SESSIONS_PENDING - 1);
	close_world(&w);
}
END_TEST

START_TEST(a_step_that_did_not_commit_leaves_no_trace)
{
	static struct world w;
	static struct world before;
	open_world(&w, "rollback");
	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < 20; i++)
			next_vertex(&w);
		commit(&w, round == 7);
		before = w;
		for (int i = 0; i < 20; i++)
			next_vertex(&w);
		pars_sessions_flush(w.sessions, round % 2);
		pars_sessions_free(w.sessions);
		pars_store_free(w.store); /* without a commit */
		w = before;
		open_store(&w);
		check(&w);
	}
	close_world(&w);
}
END_TEST

/* Two sessions: one stands still while the other one's vertices are flushed. */
START_TEST(sessions_are_written_together)
{
	static struct world w;
	struct pars_session *other;
	struct pars_digest id;
	open_world(&w, "together");
	ck_assert_int_eq(pars_sessions_create(w.sessions, "other", "me", false, 2, &other), PARS_OK);
	struct pars_digest other_id = other->id;
	for (int i = 0; i < 300; i++) {
		next_vertex(&w);
		if (i == 3)
			ck_assert_int_eq(pars_session_say(other, PARS_BYTES_STR("x"), 5, &id), PARS_OK);
		commit(&w, false);
	}
	cut(&w);
	check(&w);
	other = pars_sessions_by_id(w.sessions, &other_id);
	ck_assert_uint_eq(pars_dag_sum(other->dag)->count, 2);
	ck_assert_uint_eq(pars_dag_messages(other->dag), 1);
	ck_assert_ptr_null(pars_dag_audit(other->dag));
	ck_assert_int_eq(pars_session_say(other, PARS_BYTES_STR("y"), 6, &id), PARS_OK);
	commit(&w, true);
	ck_assert_uint_eq(pars_dag_pending(other->dag), 0);
	ck_assert_uint_eq(pars_dag_pending(w.session->dag), 0);
	cut(&w);
	check(&w);
	close_world(&w);
}
END_TEST

UNIT_CASE(sessions, all_is_known_after_a_cut_behind_any_commit, a_step_that_did_not_commit_leaves_no_trace,
	sessions_are_written_together);
