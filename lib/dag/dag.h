/* dag/dag.h - one session's DAG over its rows in the store.
 *
 * A vertex is admitted when it is well formed and signed (dag/vertex.h), its
 * parents are here and in the same session, its lamport time is exactly one
 * above theirs, and it continues its author's chain: the first vertex (n 0)
 * is the genesis or a join, and vertex n names the author's vertex n - 1 among
 * its parents. By induction an author is then a member in each vertex's own
 * past, and holding vertex n means holding all before it: one number says
 * what a node has of an author. Two vertices of one (author, n) are an
 * equivocation: both stay, the pair is the proof.
 *
 * A vertex and its author become rows at once. All else that is kept of a
 * session (counts, sums, frontier) follows from those rows: it is kept in
 * memory and written by pars_dag_flush, seldom. Its rows then say up to which
 * vertex they stand, and whoever opens the DAG hands it the vertices behind
 * that by pars_dag_replay. Cost per vertex does not grow with history. */
#ifndef PARS_DAG_DAG_H
#define PARS_DAG_DAG_H

#include "base/metric.h"
#include "dag/sum.h"
#include "dag/vertex.h"
#include "store/store.h"

struct pars_dag;

/* Opens the DAG with the store's short number for the session, as of its last
 * flush. Borrows store and metrics. */
struct pars_dag *pars_dag_new(struct pars_store *store, struct pars_metrics *metrics,
	uint32_t session, const struct pars_digest *id);
void pars_dag_free(struct pars_dag *dag); /* NULL is fine; forgets what was not flushed */
PARS_AUTO_DEFINE(pars_dag)

/* Whose vertices count as own (see own_past). Before the first insertion
 * that should count them. */
void pars_dag_set_own(struct pars_dag *dag, const struct pars_ed25519_public *key);

/* Admits a verified vertex. `missing` gets up to PARS_VERTEX_PARENTS_MAX
 * parents that are not here.
 * OK: stored now. EXISTS: was here. NOT_READY: parents missing.
 * PEER_*: never valid. */
PARS_MUST enum pars_err pars_dag_insert(struct pars_dag *dag, const struct pars_vertex *v,
	struct pars_digest *missing, size_t *ret_missing);
/* Writes, signs and stores the own author's next vertex on top of the
 * frontier; the genesis comes by pars_dag_insert like everybody's. NOT_READY:
 * no genesis yet, or (for other kinds than join) not a member. */
PARS_MUST enum pars_err pars_dag_append(struct pars_dag *dag, const struct pars_ed25519_pair *key,
	enum pars_vertex_kind kind, struct pars_bytes payload, int64_t time_ns, struct pars_digest *ret_id);

/* Writes what follows from the vertices so far; before a commit. All DAGs of
 * a store are flushed together, so that the newest pars_dag_stands_at is
 * where replaying begins. */
void pars_dag_flush(struct pars_dag *dag);
size_t pars_dag_pending(const struct pars_dag *dag);     /* vertices since the last flush */
int64_t pars_dag_stands_at(const struct pars_dag *dag);  /* its newest vertex row then */
/* Counts a stored vertex of a later row; rising, before anything else. */
void pars_dag_replay(struct pars_dag *dag, int64_t row, struct pars_bytes raw);

/* -- reading ------------------------------------------------------------------ */

const struct pars_digest *pars_dag_id(const struct pars_dag *dag);
const struct pars_sum *pars_dag_sum(const struct pars_dag *dag); /* of all vertices */
uint64_t pars_dag_lamport(const struct pars_dag *dag);           /* the highest */
uint64_t pars_dag_messages(const struct pars_dag *dag);          /* vertices of kind message */
uint64_t pars_dag_own_count(struct pars_dag *dag);               /* own vertices: next own n */
uint64_t pars_dag_forked(struct pars_dag *dag);                  /* authors caught equivocating */
uint64_t pars_dag_head_count(struct pars_dag *dag);
/* The frontier, oldest lamport first; at most max, of those behind the vertex
 * `after` (NULL: of all), which need not be a head any more. */
size_t pars_dag_heads(struct pars_dag *dag, const struct pars_digest *after, struct pars_digest *out, size_t max);

bool pars_dag_has(struct pars_dag *dag, const struct pars_digest *id);
/* How many own vertices (from the first) are in id's past, itself included;
 * -1 when id is not here. */
int64_t pars_dag_own_past(struct pars_dag *dag, const struct pars_digest *id);
/* The one id that begins with these bytes (at least 8); false: none, or more
 * than one. */
bool pars_dag_find(struct pars_dag *dag, struct pars_bytes prefix, struct pars_digest *ret);
/* Appends the vertex's bytes to out; false when it is not here. */
bool pars_dag_read(struct pars_dag *dag, const struct pars_digest *id, struct pars_buf *out);

/* What is stored of each author: counters 0 .. count - 1. */
struct pars_dag_chain {
	struct pars_ed25519_public author;
	uint32_t num; /* the store's short number for the author */
	uint64_t count;
};
/* At most max; returns how many authors there are. */
size_t pars_dag_chains(struct pars_dag *dag, struct pars_dag_chain *out, size_t max);
/* Lamport time of an author's vertex n; false when it is not here. */
bool pars_dag_chain_lamport(struct pars_dag *dag, uint32_t author, uint64_t n, uint64_t *ret);
/* Appends the author's vertex (or forked vertices: one after the other) n,
 * calling put for each. */
void pars_dag_chain_read(struct pars_dag *dag, uint32_t author, uint64_t n,
	void (*put)(void *ctx, struct pars_bytes raw), void *ctx);

/* -- ranges: (lamport, id) in [from, to) ------------------------------------------ */

struct pars_dag_bound {
	uint64_t lamport;
	struct pars_digest id; /* all zero: before every vertex of that lamport time */
};
void pars_dag_range_sum(struct pars_dag *dag, const struct pars_dag_bound *from,
	const struct pars_dag_bound *to, struct pars_sum *ret);
/* Ids in (lamport, id) order; at most max; returns how many were written. */
size_t pars_dag_range_ids(struct pars_dag *dag, const struct pars_dag_bound *from,
	const struct pars_dag_bound *to, struct pars_digest *out, size_t max);

/* Counts everything anew and compares with what is kept: count, sum,
 * frontier, buckets. Cost: the whole DAG. NULL: all agree; else a sentence
 * (static). */
const char *pars_dag_audit(struct pars_dag *dag);

#endif
