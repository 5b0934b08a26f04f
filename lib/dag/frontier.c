/* dag/frontier.c - the heads: vertices that no other one names as a parent.
 *
 * The rows of `head` are those of the last flush. What became a head since,
 * and which of them are none any more, is kept in memory: no more entries than
 * the vertices since then and their parents. */
#include <stdlib.h>

#include "base/alloc.h"
#include "dag/internal.h"

struct head {
	int64_t seq, lamport;
	struct pars_digest id;
	bool gone; /* not a head any more; there may be a row */
};

static struct pars_bytes head_key(const void *value)
{
	const struct head *h = value;
	return PARS_BYTES(&h->seq, sizeof h->seq);
}

void pars_dag_frontier_init(struct pars_dag *dag)
{
	pars_map_init(&dag->frontier, head_key, 0); /* the keys are our own choice */
}

void pars_dag_frontier_forget(struct pars_dag *dag)
{
	pars_map_done_values(&dag->frontier);
}

static void change(struct pars_dag *dag, const struct pars_dag_known *k, bool gone)
{
	struct head *h = pars_alloc(sizeof *h);
	*h = (struct head){ .seq = k->seq, .lamport = k->lamport, .id = k->id, .gone = gone };
	pars_map_put(&dag->frontier, h);
}

void pars_dag_frontier_add(struct pars_dag *dag, const struct pars_dag_known *k)
{
	change(dag, k, false);
}

void pars_dag_frontier_remove(struct pars_dag *dag, const struct pars_dag_known *parent)
{
	if (parent->seq > dag->stands_at)
		free(pars_map_remove(&dag->frontier, PARS_BYTES(&parent->seq, sizeof parent->seq)));
	else if (!pars_map_get(&dag->frontier, PARS_BYTES(&parent->seq, sizeof parent->seq)))
		change(dag, parent, true);
}

void pars_dag_frontier_flush(struct pars_dag *dag)
{
	size_t at = 0;
	const struct head *h;
	while ((h = pars_map_next(&dag->frontier, &at))) {
		if (h->gone)
			pars_run(dag->store, "DELETE FROM head WHERE session = ? AND lamport = ? AND seq = ?",
				PARS_INT(dag->session), PARS_INT(h->lamport), PARS_INT(h->seq));
		else
			pars_run(dag->store, "INSERT INTO head VALUES (?, ?, ?)", PARS_INT(dag->session),
				PARS_INT(h->lamport), PARS_INT(h->seq));
	}
	pars_dag_frontier_forget(dag);
}

/* -- reading ------------------------------------------------------------------ */

static int compare(const void *a, const void *b)
{
	const struct head *x = a, *y = b;
	if (x->lamport != y->lamport)
		return (x->lamport > y->lamport) - (x->lamport < y->lamport);
	return (x->seq > y->seq) - (x->seq < y->seq);
}

/* The heads without a row, in order; free(). */
static struct head *fresh_heads(const struct pars_dag *dag, size_t *ret)
{
	struct head *list = pars_alloc_array(dag->frontier.count + 1, sizeof *list);
	const struct head *h;
	size_t at = 0, n = 0;
	while ((h = pars_map_next(&dag->frontier, &at)))
		if (!h->gone)
			list[n++] = *h;
	qsort(list, n, sizeof *list, compare);
	*ret = n;
	return list;
}

/* The next row that still is a head; columns: seq, lamport, id. */
static bool next_row(struct pars_dag *dag, struct pars_stmt *q, struct head *ret)
{
	while (pars_row(q)) {
		*ret = (struct head){ .seq = pars_col_int(q, 0), .lamport = pars_col_int(q, 1) };
		if (pars_map_get(&dag->frontier, head_key(ret)))
			continue;
		memcpy(ret->id.b, pars_col_bytes(q, 2).p, sizeof ret->id.b);
		return true;
	}
	return false;
}

/* Where a vertex stands in the order of heads; NULL: before all. */
static struct head place_of(struct pars_dag *dag, const struct pars_digest *id)
{
	struct head place = { .seq = -1, .lamport = -1 };
	if (!id)
		return place;
	struct pars_stmt *q = pars_query(dag->store, "SELECT seq, lamport FROM vertex WHERE id = ?",
		PARS_BLOB(pars_digest_bytes(id)));
	if (pars_row(q)) {
		place = (struct head){ .seq = pars_col_int(q, 0), .lamport = pars_col_int(q, 1) };
		pars_done(q);
	}
	return place;
}

size_t pars_dag_heads(struct pars_dag *dag, const struct pars_digest *after, struct pars_digest *out, size_t max)
{
	size_t fresh_count, n = 0, i = 0;
	struct head from = place_of(dag, after), *fresh = fresh_heads(dag, &fresh_count), row;
	struct pars_stmt *q = pars_query(dag->store,
		"SELECT h.seq, h.lamport, v.id FROM head h JOIN vertex v ON v.seq = h.seq WHERE h.session = ?"
		" AND (h.lamport, h.seq) > (?, ?) ORDER BY h.lamport, h.seq", PARS_INT(dag->session),
		PARS_INT(from.lamport), PARS_INT(from.seq));
	bool more = next_row(dag, q, &row);
	while (i < fresh_count && compare(&fresh[i], &from) <= 0)
		i++;
	while (n < max && (more || i < fresh_count)) {
		if (!more || (i < fresh_count && compare(&fresh[i], &row) < 0)) {
			out[n++] = fresh[i++].id;
		} else {
			out[n++] = row.id;
			more = next_row(dag, q, &row);
		}
	}
	if (more)
		pars_done(q);
	free(fresh);
	return n;
}

uint64_t pars_dag_head_count(struct pars_dag *dag)
{
	uint64_t n = 0;
	size_t at = 0;
	const struct head *h;
	struct head row;
	while ((h = pars_map_next(&dag->frontier, &at)))
		n += !h->gone;
	struct pars_stmt *q = pars_query(dag->store, "SELECT seq FROM head WHERE session = ?", PARS_INT(dag->session));
	while (pars_row(q)) {
		row.seq = pars_col_int(q, 0);
		n += !pars_map_get(&dag->frontier, head_key(&row));
	}
	return n;
}
