#include "tests/unit/dag/fixture.h"

#include <stdlib.h>

#include "base/alloc.h"

struct made *fixture_make(struct fixture *f, unsigned author, enum pars_vertex_kind kind, uint64_t n,
	uint64_t lamport, const struct pars_digest *parents, size_t count)
{
	struct made *m = pars_alloc(sizeof *m);
	static uint8_t payload;
	m->next = f->made;
	f->made = m;
	struct pars_vertex draft = { .session = f->genesis, .n = n, .lamport = lamport, .kind = kind,
		.time_ns = 1700000000000000000, .parent_count = count, .payload = PARS_BYTES(&payload, 1) };
	payload++; /* so that no two are the same by chance */
	if (count)
		memcpy(draft.parents, parents, count * sizeof *parents);
	pars_vertex_encode(&draft, &f->author[author], &m->raw);
	ck_assert_int_eq(pars_vertex_decode(pars_buf_bytes(&m->raw), &m->v), PARS_OK);
	ck_assert_int_eq(pars_vertex_verify(&m->v), PARS_OK);
	return m;
}

enum pars_err fixture_insert(struct fixture *f, const struct made *m)
{
	struct pars_digest missing[PARS_VERTEX_PARENTS_MAX];
	size_t n;
	return pars_dag_insert(f->dag, &m->v, missing, &n);
}

struct made *fixture_say(struct fixture *f, unsigned author, const struct pars_digest *other, uint64_t lamport)
{
	struct pars_digest parents[2];
	size_t count = 0;
	uint64_t n = f->next_n[author]++;
	if (n)
		parents[count++] = f->last[author];
	else if (!other)
		parents[count++] = f->genesis;
	if (other && (!count || !pars_digest_equal(other, &parents[0])))
		parents[count++] = *other;
	struct made *m = fixture_make(f, author, n ? PARS_KIND_MESSAGE : PARS_KIND_JOIN, n, lamport, parents, count);
	f->last[author] = m->v.id;
	f->lamport_of_last[author] = lamport;
	return m;
}

void fixture_open(struct fixture *f)
{
	struct pars_fault fault;
	*f = (struct fixture){ 0 };
	ck_assert_msg(!pars_store_open(":memory:", NULL, &f->store, &fault), "%s", fault.text);
	for (unsigned i = 0; i < FIXTURE_AUTHORS; i++) {
		uint8_t seed[32] = { (uint8_t)(i + 1) };
		pars_ed25519_pair_from_seed(&f->author[i], seed);
	}
	struct made *genesis = fixture_make(f, 0, PARS_KIND_GENESIS, 0, 0, NULL, 0);
	f->genesis = genesis->v.id;
	f->dag = pars_dag_new(f->store, &f->metrics, 1, &f->genesis);
	pars_dag_set_own(f->dag, &f->author[0].public);
	pars_store_begin(f->store);
	ck_assert_int_eq(fixture_insert(f, genesis), PARS_OK);
	f->last[0] = f->genesis;
	f->next_n[0] = 1;
}

void fixture_close(struct fixture *f)
{
	const char *wrong = pars_dag_audit(f->dag);
	ck_assert_msg(!wrong, "%s", wrong);
	pars_dag_flush(f->dag);
	ck_assert_int_eq(pars_store_commit(f->store, false), PARS_OK);
	pars_dag_free(f->dag);
	pars_store_free(f->store);
	while (f->made) {
		struct made *next = f->made->next;
		pars_buf_done(&f->made->raw);
		free(f->made);
		f->made = next;
	}
}
