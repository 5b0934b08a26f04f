/* tests/unit/dag/fixture.h - a store in memory, authors, and vertices by them. */
#ifndef PARS_TESTS_DAG_FIXTURE_H
#define PARS_TESTS_DAG_FIXTURE_H

#include "dag/dag.h"
#include "tests/unit/unit.h"

#define FIXTURE_AUTHORS 4

struct fixture {
	struct pars_store *store;
	struct pars_metrics metrics;
	struct pars_dag *dag;
	struct pars_ed25519_pair author[FIXTURE_AUTHORS];
	struct pars_digest genesis;
	struct pars_digest last[FIXTURE_AUTHORS]; /* of each author, by fixture_say */
	uint64_t next_n[FIXTURE_AUTHORS];
	uint64_t lamport_of_last[FIXTURE_AUTHORS];
	struct made *made;
};

void fixture_open(struct fixture *f);
void fixture_close(struct fixture *f);

struct made { /* the fixture frees it */
	struct made *next;
	struct pars_buf raw;
	struct pars_vertex v;
};
/* Any vertex, signed; parents as given. */
struct made *fixture_make(struct fixture *f, unsigned author, enum pars_vertex_kind kind, uint64_t n,
	uint64_t lamport, const struct pars_digest *parents, size_t count);
enum pars_err fixture_insert(struct fixture *f, const struct made *m);
/* The author's next vertex on top of its own last one and `other` (or NULL). */
struct made *fixture_say(struct fixture *f, unsigned author, const struct pars_digest *other, uint64_t lamport);

#endif
