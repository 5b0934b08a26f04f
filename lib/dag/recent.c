/* dag/recent.c - what lately inserted vertices and their authors were, so that
 * their children need not ask the database, and rows that change with every
 * vertex (an author's counts, the frontier) are written once a flush.
 *
 * A slot is chosen by the first byte of an id or key: whoever comes next there
 * takes it, after what was not yet written is. So memory is bounded, and a
 * peer that chooses its keys gains only the slow path. */
#include <stdlib.h>

#include "base/alloc.h"
#include "dag/internal.h"

#define VERTICES_MAX 64
#define AUTHORS_MAX 16

/* -- vertices --------------------------------------------------------------------- */

static struct pars_dag_known *vertex_slot(struct pars_dag *dag, const struct pars_digest *id)
{
	if (!dag->known)
		dag->known = pars_alloc_array(VERTICES_MAX, sizeof *dag->known);
	return &dag->known[id->b[0] % VERTICES_MAX];
}

static void write_head(struct pars_dag *dag, struct pars_dag_known *k)
{
	if (k->head == PARS_DAG_HEAD_UNWRITTEN)
		pars_run(dag->store, "INSERT INTO head VALUES (?, ?, ?)", PARS_INT(dag->session),
			PARS_INT(k->lamport), PARS_INT(k->seq));
	k->head = PARS_DAG_HEAD_MAYBE;
}

void pars_dag_know(struct pars_dag *dag, const struct pars_dag_known *k)
{
	struct pars_dag_known *slot = vertex_slot(dag, &k->id);
	if (slot->seq)
		write_head(dag, slot);
	*slot = *k;
}

bool pars_dag_known(struct pars_dag *dag, const struct pars_digest *id, struct pars_dag_known *ret)
{
	const struct pars_dag_known *slot = vertex_slot(dag, id);
	if (slot->seq && pars_digest_equal(&slot->id, id)) {
		*ret = *slot;
		return true;
	}
	struct pars_stmt *q = pars_query(dag->store,
		"SELECT seq, author, n, lamport, own_past FROM vertex WHERE id = ? AND session = ?",
		PARS_BLOB(pars_digest_bytes(id)), PARS_INT(dag->session));
	if (!pars_row(q))
		return false;
	*ret = (struct pars_dag_known){ .id = *id, .seq = pars_col_int(q, 0), .author = pars_col_int(q, 1),
		.n = pars_col_int(q, 2), .lamport = pars_col_int(q, 3), .own_past = pars_col_int(q, 4) };
	pars_done(q);
	pars_dag_know(dag, ret);
	return true;
}

void pars_dag_no_head(struct pars_dag *dag, const struct pars_dag_known *k)
{
	struct pars_dag_known *slot = vertex_slot(dag, &k->id);
	bool here = slot->seq == k->seq;
	if (!here || slot->head == PARS_DAG_HEAD_MAYBE)
		pars_run(dag->store, "DELETE FROM head WHERE session = ? AND lamport = ? AND seq = ?",
			PARS_INT(dag->session), PARS_INT(k->lamport), PARS_INT(k->seq));
	if (here)
		slot->head = PARS_DAG_HEAD_NOT;
}

/* -- authors ------------------------------------------------------------------------ */

static struct pars_dag_author *author_slot(struct pars_dag *dag, const struct pars_ed25519_public *key)
{
	if (!dag->authors)
		dag->authors = pars_alloc_array(AUTHORS_MAX, sizeof *dag->authors);
	return &dag->authors[key->b[0] % AUTHORS_MAX];
}

static void write_author(struct pars_dag *dag, struct pars_dag_author *a)
{
	if (a->dirty)
		pars_run(dag->store, "UPDATE author SET vertices = ?, next_n = ?, lamport = ? WHERE num = ?",
			PARS_INT(a->vertices), PARS_INT(a->next_n), PARS_INT(a->lamport), PARS_INT(a->num));
	a->dirty = false;
}

static bool read_author(struct pars_dag *dag, struct pars_dag_author *a)
{
	struct pars_stmt *q = pars_query(dag->store,
		"SELECT num, vertices, next_n, lamport FROM author WHERE session = ? AND key = ?",
		PARS_INT(dag->session), PARS_BLOB(PARS_BYTES_ARRAY(a->key.b)));
	if (!pars_row(q))
		return false;
	a->num = (uint32_t)pars_col_int(q, 0);
	a->vertices = (uint64_t)pars_col_int(q, 1);
	a->next_n = (uint64_t)pars_col_int(q, 2);
	a->lamport = (uint64_t)pars_col_int(q, 3);
	pars_done(q);
	return true;
}

struct pars_dag_author *pars_dag_author(struct pars_dag *dag, const struct pars_ed25519_public *key)
{
	struct pars_dag_author *slot = author_slot(dag, key);
	struct pars_dag_author a = { .key = *key };
	if (slot->num && !memcmp(&slot->key, key, sizeof *key))
		return slot;
	if (!read_author(dag, &a))
		return NULL;
	write_author(dag, slot);
	*slot = a;
	return slot;
}

struct pars_dag_author *pars_dag_author_add(struct pars_dag *dag, const struct pars_ed25519_public *key)
{
	pars_run(dag->store, "INSERT INTO author (session, key, nick, vertices, next_n, lamport, forked)"
		" VALUES (?, ?, '', 0, 0, 0, 0)", PARS_INT(dag->session), PARS_BLOB(PARS_BYTES_ARRAY(key->b)));
	struct pars_dag_author *slot = author_slot(dag, key);
	uint32_t num = (uint32_t)pars_store_last_rowid(dag->store);
	write_author(dag, slot);
	*slot = (struct pars_dag_author){ .key = *key, .num = num };
	return slot;
}

/* -- both --------------------------------------------------------------------------- */

void pars_dag_recent_write(struct pars_dag *dag)
{
	if (!dag->dirty)
		return;
	for (size_t i = 0; i < VERTICES_MAX; i++)
		if (dag->known[i].head == PARS_DAG_HEAD_UNWRITTEN)
			write_head(dag, &dag->known[i]);
	for (size_t i = 0; i < AUTHORS_MAX; i++)
		write_author(dag, &dag->authors[i]);
}
