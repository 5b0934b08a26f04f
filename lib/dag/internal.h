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
};

/* Adds id, at lamport, to all buckets that cover it. */
void pars_dag_bucket_add(struct pars_dag *dag, uint64_t lamport, const struct pars_digest *id);
void pars_dag_bucket_flush(struct pars_dag *dag);
void pars_dag_bucket_forget(struct pars_dag *dag);
void pars_dag_bucket_init(struct pars_dag *dag);

#endif
