/* dag/range.c - sums over ranges of the set, for reconciliation.
 *
 * Buckets of 16, 256, … lamport times keep the sums of what they cover, so a
 * range is the sum of few buckets and two frayed ends. Touched buckets are
 * kept in memory until the flush, which writes each once. */
#include <stdlib.h>

#include "base/alloc.h"
#include "dag/internal.h"

#define LEVELS 5 /* the widest covers 16^5 lamport times */

struct bucket {
	struct {
		uint64_t level, slot;
	} key;
	struct pars_sum sum;
};

static struct pars_bytes bucket_key(const void *value)
{
	const struct bucket *b = value;
	return PARS_BYTES(&b->key, sizeof b->key);
}

void pars_dag_bucket_init(struct pars_dag *dag)
{
	pars_map_init(&dag->buckets, bucket_key, 0); /* the keys are our own choice */
}

void pars_dag_bucket_forget(struct pars_dag *dag)
{
	pars_map_done_values(&dag->buckets);
}

static void read_bucket(struct pars_dag *dag, struct bucket *b)
{
	b->sum = (struct pars_sum){ 0 };
	struct pars_stmt *q = pars_query(dag->store,
		"SELECT count, sum FROM bucket WHERE session = ? AND level = ? AND slot = ?",
		PARS_INT(dag->session), PARS_INT(b->key.level), PARS_INT(b->key.slot));
	if (!pars_row(q))
		return;
	struct pars_bytes sum = pars_col_bytes(q, 1);
	b->sum.count = (uint64_t)pars_col_int(q, 0);
	if (sum.n == sizeof b->sum.b)
		memcpy(b->sum.b, sum.p, sum.n);
	pars_done(q);
}

void pars_dag_bucket_add(struct pars_dag *dag, uint64_t lamport, const struct pars_digest *id)
{
	for (uint64_t level = 1; level <= LEVELS; level++) {
		struct bucket probe = { .key = { level, lamport >> 4 * level } };
		struct bucket *b = pars_map_get(&dag->buckets, bucket_key(&probe));
		if (!b) {
			b = pars_alloc(sizeof *b);
			b->key = probe.key;
			read_bucket(dag, b);
			pars_map_put(&dag->buckets, b);
		}
		pars_sum_add(&b->sum, id);
	}
}

static void sum_bucket(struct pars_dag *dag, uint64_t level, uint64_t slot, struct pars_sum *sum)
{
	struct bucket probe = { .key = { level, slot } };
	const struct bucket *b = pars_map_get(&dag->buckets, bucket_key(&probe));
	if (!b)
		read_bucket(dag, &probe);
	pars_sum_merge(sum, b ? &b->sum : &probe.sum);
}

void pars_dag_bucket_flush(struct pars_dag *dag)
{
	size_t at = 0;
	struct bucket *b;
	while ((b = pars_map_next(&dag->buckets, &at)))
		pars_run(dag->store, "INSERT OR REPLACE INTO bucket VALUES (?, ?, ?, ?, ?)",
			PARS_INT(dag->session), PARS_INT(b->key.level), PARS_INT(b->key.slot),
			PARS_INT(b->sum.count), PARS_BLOB(PARS_BYTES_ARRAY(b->sum.b)));
	pars_dag_bucket_forget(dag);
}

/* Sums vertices one by one; for the frayed ends. */
static void sum_vertices(struct pars_dag *dag, const struct pars_dag_bound *from,
	const struct pars_dag_bound *to, struct pars_sum *sum)
{
	struct pars_stmt *q = pars_query(dag->store,
		"SELECT id FROM vertex WHERE session = ? AND lamport >= ? AND lamport <= ?"
		" AND (lamport, id) >= (?, ?) AND (lamport, id) < (?, ?)",
		PARS_INT(dag->session), PARS_INT(from->lamport), PARS_INT(to->lamport),
		PARS_INT(from->lamport), PARS_BLOB(pars_digest_bytes(&from->id)),
		PARS_INT(to->lamport), PARS_BLOB(pars_digest_bytes(&to->id)));
	while (pars_row(q)) {
		struct pars_digest id;
		memcpy(id.b, pars_col_bytes(q, 0).p, sizeof id.b);
		pars_sum_add(sum, &id);
	}
}

static void sum_lamports(struct pars_dag *dag, uint64_t from, uint64_t to, struct pars_sum *sum)
{
	struct pars_dag_bound a = { .lamport = from }, b = { .lamport = to };
	if (from < to)
		sum_vertices(dag, &a, &b, sum);
}

/* Whole lamport times [from, to): climb to wider buckets while aligned, then
 * down again. */
static void sum_buckets(struct pars_dag *dag, uint64_t from, uint64_t to, struct pars_sum *sum)
{
	uint64_t edge = PARS_MIN(to, (from + 15) & ~(uint64_t)15);
	sum_lamports(dag, from, edge, sum);
	from = edge;
	while (to - from >= 16) {
		uint64_t level = 1;
		while (level < LEVELS && !(from & (((uint64_t)16 << 4 * level) - 1)) &&
		       to - from >= (uint64_t)16 << 4 * level)
			level++;
		sum_bucket(dag, level, from >> 4 * level, sum);
		from += (uint64_t)1 << 4 * level;
	}
	sum_lamports(dag, from, to, sum);
}

void pars_dag_range_sum(struct pars_dag *dag, const struct pars_dag_bound *from,
	const struct pars_dag_bound *to, struct pars_sum *ret)
{
	static const struct pars_digest zero;
	*ret = (struct pars_sum){ 0 };
	/* Nothing lies above the highest lamport time. */
	struct pars_dag_bound end = *to;
	if (end.lamport > dag->lamport + 1)
		end = (struct pars_dag_bound){ .lamport = dag->lamport + 1 };
	if (from->lamport >= end.lamport) {
		if (from->lamport == end.lamport)
			sum_vertices(dag, from, &end, ret);
		return;
	}
	struct pars_dag_bound first = *from;
	if (!pars_digest_equal(&first.id, &zero)) {
		struct pars_dag_bound next = { .lamport = first.lamport + 1 };
		sum_vertices(dag, &first, &next, ret);
		first = next;
	}
	sum_buckets(dag, first.lamport, end.lamport, ret);
	if (!pars_digest_equal(&end.id, &zero)) {
		struct pars_dag_bound last = { .lamport = end.lamport };
		sum_vertices(dag, &last, &end, ret);
	}
}

size_t pars_dag_range_ids(struct pars_dag *dag, const struct pars_dag_bound *from,
	const struct pars_dag_bound *to, struct pars_digest *out, size_t max)
{
	struct pars_stmt *q = pars_query(dag->store,
		"SELECT id FROM vertex WHERE session = ? AND lamport >= ? AND lamport <= ?"
		" AND (lamport, id) >= (?, ?) AND (lamport, id) < (?, ?) ORDER BY lamport, id LIMIT ?",
		PARS_INT(dag->session), PARS_INT(from->lamport), PARS_INT(to->lamport),
		PARS_INT(from->lamport), PARS_BLOB(pars_digest_bytes(&from->id)),
		PARS_INT(to->lamport), PARS_BLOB(pars_digest_bytes(&to->id)), PARS_INT(max));
	size_t n = 0;
	while (pars_row(q))
		memcpy(out[n++].b, pars_col_bytes(q, 0).p, sizeof out->b);
	return n;
}
