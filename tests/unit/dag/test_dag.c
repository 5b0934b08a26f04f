#include "dag/dag.h"

#include "tests/unit/dag/fixture.h"

START_TEST(inserts_once_and_keeps_the_frontier)
{
	struct fixture f;
	struct pars_digest heads[4];
	fixture_open(&f);
	struct made *join = fixture_say(&f, 1, NULL, 1), *own = fixture_say(&f, 0, NULL, 1);
	ck_assert_int_eq(fixture_insert(&f, join), PARS_OK);
	ck_assert_int_eq(fixture_insert(&f, join), PARS_E_EXISTS);
	ck_assert_int_eq(fixture_insert(&f, own), PARS_OK);
	ck_assert_uint_eq(pars_dag_heads(f.dag, NULL, heads, 4), 2);
	struct made *merge = fixture_say(&f, 1, &own->v.id, 2);
	ck_assert_int_eq(fixture_insert(&f, merge), PARS_OK);
	ck_assert_uint_eq(pars_dag_heads(f.dag, NULL, heads, 4), 1);
	ck_assert(pars_digest_equal(&heads[0], &merge->v.id));
	ck_assert_uint_eq(pars_dag_sum(f.dag)->count, 4);
	ck_assert_int_eq(pars_dag_own_past(f.dag, &merge->v.id), 2); /* genesis and one message */
	ck_assert_int_eq(pars_dag_own_past(f.dag, &join->v.id), 1);
	fixture_close(&f);
}
END_TEST

/* Where the page before ended may be a head no more. */
static void expect_pages(struct fixture *f, const struct made *const *heads, size_t n, const struct made *start)
{
	struct pars_digest one;
	const struct pars_digest *after = start ? &start->v.id : NULL;
	for (size_t i = 0; i < n; i++) {
		ck_assert_uint_eq(pars_dag_heads(f->dag, after, &one, 1), 1);
		ck_assert(pars_digest_equal(&one, &heads[i]->v.id));
		after = &heads[i]->v.id;
	}
	ck_assert_uint_eq(pars_dag_heads(f->dag, after, &one, 1), 0);
}

START_TEST(the_frontier_comes_in_pages)
{
	struct fixture f;
	fixture_open(&f);
	const struct made *heads[FIXTURE_AUTHORS];
	for (unsigned i = 0; i < FIXTURE_AUTHORS; i++) {
		heads[i] = fixture_say(&f, i, NULL, 1);
		ck_assert_int_eq(fixture_insert(&f, heads[i]), PARS_OK);
	}
	expect_pages(&f, heads, FIXTURE_AUTHORS, NULL);
	pars_dag_flush(f.dag);
	expect_pages(&f, heads, FIXTURE_AUTHORS, NULL);
	const struct made *first = heads[0], *more = fixture_say(&f, 0, NULL, 2);
	ck_assert_int_eq(fixture_insert(&f, more), PARS_OK);
	expect_pages(&f, (const struct made *const[]){ heads[1], heads[2], heads[3], more }, 4, first);
	fixture_close(&f);
}
END_TEST

START_TEST(names_the_parents_it_lacks)
{
	struct fixture f;
	struct pars_digest missing[PARS_VERTEX_PARENTS_MAX];
	size_t n;
	fixture_open(&f);
	struct made *a = fixture_say(&f, 1, NULL, 1), *b = fixture_say(&f, 1, NULL, 2);
	ck_assert_int_eq(pars_dag_insert(f.dag, &b->v, missing, &n), PARS_E_NOT_READY);
	ck_assert_uint_eq(n, 1);
	ck_assert(pars_digest_equal(&missing[0], &a->v.id));
	ck_assert_uint_eq(pars_dag_sum(f.dag)->count, 1);
	fixture_close(&f);
}
END_TEST

START_TEST(refuses_what_breaks_a_rule)
{
	struct fixture f;
	fixture_open(&f);
	struct made *join = fixture_say(&f, 1, NULL, 1);
	ck_assert_int_eq(fixture_insert(&f, join), PARS_OK);
	/* lamport too high, too low */
	ck_assert_int_eq(fixture_insert(&f, fixture_make(&f, 1, PARS_KIND_MESSAGE, 1, 3, &join->v.id, 1)),
		PARS_E_PEER_LAMPORT);
	ck_assert_int_eq(fixture_insert(&f, fixture_make(&f, 1, PARS_KIND_MESSAGE, 1, 1, &join->v.id, 1)),
		PARS_E_PEER_LAMPORT);
	/* a stranger who did not join */
	ck_assert_int_eq(fixture_insert(&f, fixture_make(&f, 2, PARS_KIND_MESSAGE, 0, 2, &join->v.id, 1)),
		PARS_E_PEER_NOT_MEMBER);
	/* a gap in the author's chain, and a vertex that forgets its own last one */
	ck_assert_int_eq(fixture_insert(&f, fixture_make(&f, 1, PARS_KIND_MESSAGE, 2, 2, &join->v.id, 1)),
		PARS_E_PEER_CHAIN);
	ck_assert_int_eq(fixture_insert(&f, fixture_make(&f, 1, PARS_KIND_MESSAGE, 1, 1, &f.genesis, 1)),
		PARS_E_PEER_CHAIN);
	/* another session */
	struct pars_digest genesis = f.genesis;
	f.genesis = join->v.id;
	struct made *foreign = fixture_make(&f, 1, PARS_KIND_MESSAGE, 1, 2, &join->v.id, 1);
	f.genesis = genesis;
	ck_assert_int_eq(fixture_insert(&f, foreign), PARS_E_PEER_PROTOCOL);
	/* a second genesis */
	ck_assert_int_eq(fixture_insert(&f, fixture_make(&f, 1, PARS_KIND_GENESIS, 0, 0, NULL, 0)), PARS_E_PEER_PROTOCOL);
	ck_assert_uint_eq(pars_dag_sum(f.dag)->count, 2);
	fixture_close(&f);
}
END_TEST

START_TEST(equivocation_keeps_both_and_marks_the_author)
{
	struct fixture f;
	fixture_open(&f);
	struct made *join = fixture_say(&f, 1, NULL, 1);
	ck_assert_int_eq(fixture_insert(&f, join), PARS_OK);
	struct made *a = fixture_make(&f, 1, PARS_KIND_MESSAGE, 1, 2, &join->v.id, 1);
	struct made *b = fixture_make(&f, 1, PARS_KIND_MESSAGE, 1, 2, &join->v.id, 1);
	ck_assert_int_eq(fixture_insert(&f, a), PARS_OK);
	ck_assert_uint_eq(pars_dag_forked(f.dag), 0);
	ck_assert_int_eq(fixture_insert(&f, b), PARS_OK);
	ck_assert_uint_eq(pars_dag_forked(f.dag), 1);
	ck_assert_uint_eq(f.metrics.value[PARS_M_vertex_equivocation], 1);
	ck_assert(pars_dag_has(f.dag, &a->v.id) && pars_dag_has(f.dag, &b->v.id));
	ck_assert_int_eq(pars_query_int(f.store, 0, "SELECT count(*) FROM equivocation"), 1);
	fixture_close(&f);
}
END_TEST

START_TEST(append_names_own_last_and_the_frontier)
{
	struct fixture f;
	struct pars_digest id, heads[PARS_VERTEX_PARENTS_MAX];
	struct pars_vertex v;
	fixture_open(&f);
	/* 40 heads by another author's forks: more than one vertex can name */
	struct made *join = fixture_say(&f, 1, NULL, 1);
	ck_assert_int_eq(fixture_insert(&f, join), PARS_OK);
	for (int i = 0; i < 40; i++)
		ck_assert_int_eq(fixture_insert(&f, fixture_make(&f, 1, PARS_KIND_MESSAGE, 1, 2, &join->v.id, 1)), PARS_OK);
	ck_assert_uint_eq(pars_dag_head_count(f.dag), 40);
	for (int i = 0; i < 2; i++) {
		PARS_AUTO_BUF raw = { 0 };
		ck_assert_int_eq(pars_dag_append(f.dag, &f.author[0], PARS_KIND_MESSAGE, PARS_BYTES("x", 1), 5, &id), PARS_OK);
		ck_assert(pars_dag_read(f.dag, &id, &raw));
		ck_assert_int_eq(pars_vertex_decode(pars_buf_bytes(&raw), &v), PARS_OK);
		ck_assert_int_eq(pars_vertex_verify(&v), PARS_OK);
		ck_assert_uint_eq(v.n, (uint64_t)i + 1);
	}
	ck_assert_uint_eq(pars_dag_heads(f.dag, NULL, heads, PARS_COUNT(heads)), 1);
	ck_assert(pars_digest_equal(&heads[0], &id));
	ck_assert_uint_eq(pars_dag_own_count(f.dag), 3);
	fixture_close(&f);
}
END_TEST

/* A long random DAG: sums of random ranges against counting, after a reopen. */
START_TEST(range_sums_agree_with_the_vertices)
{
	struct fixture f;
	static struct pars_digest ids[600];
	static uint64_t lamports[600];
	uint32_t rnd = 7;
	fixture_open(&f);
	for (size_t i = 0; i < PARS_COUNT(ids); i++) {
		rnd = rnd * 1664525 + 1013904223;
		unsigned author = (rnd >> 16) % FIXTURE_AUTHORS, other = (rnd >> 20) % FIXTURE_AUTHORS;
		const struct pars_digest *o = f.next_n[other] ? &f.last[other] : &f.genesis;
		uint64_t l = f.next_n[author] ? f.lamport_of_last[author] : 0;
		l = PARS_MAX(l, f.next_n[other] ? f.lamport_of_last[other] : 0) + 1;
		struct made *m = fixture_say(&f, author, o, l);
		ck_assert_int_eq(fixture_insert(&f, m), PARS_OK);
		ids[i] = m->v.id;
		lamports[i] = l;
	}
	pars_dag_flush(f.dag);
	pars_dag_free(f.dag);
	f.dag = pars_dag_new(f.store, &f.metrics, 1, &f.genesis);
	ck_assert_uint_eq(pars_dag_sum(f.dag)->count, PARS_COUNT(ids) + 1);
	for (int round = 0; round < 200; round++) {
		struct pars_dag_bound from = { 0 }, to = { 0 };
		struct pars_sum want = { 0 }, got;
		rnd = rnd * 1664525 + 1013904223;
		from.lamport = 1 + (rnd >> 8) % (pars_dag_lamport(f.dag) + 2);
		to.lamport = from.lamport + (rnd >> 20) % 300;
		if (round % 3 == 0)
			from.id = ids[(rnd >> 4) % PARS_COUNT(ids)];
		if (round % 4 == 0)
			to.id = ids[(rnd >> 9) % PARS_COUNT(ids)];
		for (size_t i = 0; i < PARS_COUNT(ids); i++) {
			int lo = lamports[i] != from.lamport ? (lamports[i] > from.lamport) - (lamports[i] < from.lamport)
				: memcmp(ids[i].b, from.id.b, 32);
			int hi = lamports[i] != to.lamport ? (lamports[i] > to.lamport) - (lamports[i] < to.lamport)
				: memcmp(ids[i].b, to.id.b, 32);
			if (lo >= 0 && hi < 0)
				pars_sum_add(&want, &ids[i]);
		}
		pars_dag_range_sum(f.dag, &from, &to, &got);
		ck_assert_uint_eq(got.count, want.count);
		ck_assert_mem_eq(got.b, want.b, sizeof got.b);
	}
	fixture_close(&f);
}
END_TEST

UNIT_CASE(dag, inserts_once_and_keeps_the_frontier, the_frontier_comes_in_pages, names_the_parents_it_lacks, refuses_what_breaks_a_rule,
	equivocation_keeps_both_and_marks_the_author, append_names_own_last_and_the_frontier,
	range_sums_agree_with_the_vertices);
