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
	uint64_t lamport;
	bool dirty;
	uint32_t own_author; /* 0: none yet */
	bool has_own;
	struct pars_ed25519_public own_key;
	struct pars_map buckets; /* touched since the last flush */
	struct pars_dag_known *known;    /* recent.c; arrays, NULL until they are needed */
	struct pars_dag_author *authors;
};

/* -- recent.c: within bounds, what need not be asked of the database ------------- */

/* A stored vertex, as its children need it. */
struct pars_dag_known {
	struct pars_digest id;
	int64_t seq, author, n, lamport, own_past;
	enum {
		PARS_DAG_HEAD_MAYBE,     /* the head table knows */
		PARS_DAG_HEAD_NOT,
		PARS_DAG_HEAD_UNWRITTEN, /* it is one, and has no row yet */
	} head;
};

struct pars_dag_author {
	struct pars_ed25519_public key;
	uint32_t num;
	uint64_t vertices, next_n, lamport;
	bool dirty; /* the row is older */
};

/* False: not here. */
bool pars_dag_known(struct pars_dag *dag, const struct pars_digest *id, struct pars_dag_known *ret);
void pars_dag_know(struct pars_dag *dag, const struct pars_dag_known *k);
/* It has a child now. */
void pars_dag_no_head(struct pars_dag *dag, const struct pars_dag_known *k);
/* NULL: not seen yet. Borrowed until the next call about authors. */
struct pars_dag_author *pars_dag_author(struct pars_dag *dag, const struct pars_ed25519_public *key);
struct pars_dag_author *pars_dag_author_add(struct pars_dag *dag, const struct pars_ed25519_public *key);
/* Before anything else reads those rows. */
void pars_dag_recent_write(struct pars_dag *dag);

/* Adds id, at lamport, to all buckets that cover it. */
void pars_dag_bucket_add(struct pars_dag *dag, uint64_t lamport, const struct pars_digest *id);
void pars_dag_bucket_flush(struct pars_dag *dag);
void pars_dag_bucket_forget(struct pars_dag *dag);
void pars_dag_bucket_init(struct pars_dag *dag);

#endif
