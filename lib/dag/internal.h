/* dag/internal.h - shared by the files of lib/dag only. */
#ifndef PARS_DAG_INTERNAL_H
#define PARS_DAG_INTERNAL_H

#include "base/map.h"
#include "dag/dag.h"

struct pars_dag {
	struct pars_store *store;
	struct pars_metrics *metrics;
	uint32_t session;
	struct pars_digest id;
	struct pars_sum sum;
	uint64_t lamport, messages;
	int64_t newest, stands_at; /* rows of vertices: the last one, and at the last flush */
	size_t pending;            /* vertices between them */
	uint32_t own_author; /* 0: none yet */
	bool has_own;
	struct pars_ed25519_public own_key;
	struct pars_map buckets;   /* touched since the last flush */
	struct pars_map frontier;  /* changed since the last flush */
	struct pars_digest own_last; /* own_author's newest of the highest counter, */
	uint64_t own_last_n;         /* which is this minus 1; 0: not known */
	struct pars_dag_known *known;    /* recent.c; arrays, NULL until they are needed */
	struct pars_dag_author *authors;
};

/* -- recent.c: within bounds, what need not be asked of the database ------------- */

/* A stored vertex, as its children need it. */
struct pars_dag_known {
	struct pars_digest id;
	int64_t seq, author, n, lamport, own_past;
};

struct pars_dag_author {
	struct pars_ed25519_public key;
	uint32_t num;
	uint64_t next_n; /* 1 + the highest counter */
};

/* False: not here. */
bool pars_dag_known(struct pars_dag *dag, const struct pars_digest *id, struct pars_dag_known *ret);
void pars_dag_know(struct pars_dag *dag, const struct pars_dag_known *k);
/* NULL: not seen yet. Borrowed until the next call about authors. */
struct pars_dag_author *pars_dag_author(struct pars_dag *dag, const struct pars_ed25519_public *key);
struct pars_dag_author *pars_dag_author_add(struct pars_dag *dag, const struct pars_ed25519_public *key);

/* -- frontier.c: rows of `head`, and what changed since they were written -------- */

void pars_dag_frontier_init(struct pars_dag *dag);
/* A new vertex is a head, and its parents are none. */
void pars_dag_frontier_add(struct pars_dag *dag, const struct pars_dag_known *k);
void pars_dag_frontier_remove(struct pars_dag *dag, const struct pars_dag_known *parent);
void pars_dag_frontier_flush(struct pars_dag *dag);
void pars_dag_frontier_forget(struct pars_dag *dag);

/* -- range.c: rows of `bucket`, likewise ------------------------------------------ */

/* Adds id, at lamport, to all buckets that cover it. */
void pars_dag_bucket_add(struct pars_dag *dag, uint64_t lamport, const struct pars_digest *id);
void pars_dag_bucket_flush(struct pars_dag *dag);
void pars_dag_bucket_forget(struct pars_dag *dag);
void pars_dag_bucket_init(struct pars_dag *dag);

#endif
