/* dag/recent.c - what lately inserted vertices and their authors were, so that
 * their children need not ask the database.
 *
 * A slot is chosen by the first byte of an id or key: whoever comes next there
 * takes it. So memory is bounded, and a peer that chooses its keys gains only
 * the slow path. */
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

void pars_dag_know(struct pars_dag *dag, const struct pars_dag_known *k)
{
	*vertex_slot(dag, &k->id) = *k;
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

/* -- authors ------------------------------------------------------------------------ */

static struct pars_dag_author *author_slot(struct pars_dag *dag, const struct pars_ed25519_public *key)
{
	if (!dag->authors)
		dag->authors = pars_alloc_array(AUTHORS_MAX, sizeof *dag->authors);
	return &dag->authors[key->b[0] % AUTHORS_MAX];
}

static bool read_author(struct pars_dag *dag, struct pars_dag_author *a)
{
	struct pars_stmt *q = pars_query(dag->store,
		"SELECT num, (SELECT max(n) + 1 FROM vertex WHERE author = num) FROM author WHERE session = ? AND key = ?",
		PARS_INT(dag->session), PARS_BLOB(PARS_BYTES_ARRAY(a->key.b)));
	if (!pars_row(q))
		return false;
	a->num = (uint32_t)pars_col_int(q, 0);
	a->next_n = (uint64_t)pars_col_int(q, 1);
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
	*slot = a;
	return slot;
}

struct pars_dag_author *pars_dag_author_add(struct pars_dag *dag, const struct pars_ed25519_public *key)
{
	pars_run(dag->store, "INSERT INTO author (session, key, nick, forked) VALUES (?, ?, '', 0)",
		PARS_INT(dag->session), PARS_BLOB(PARS_BYTES_ARRAY(key->b)));
	struct pars_dag_author *slot = author_slot(dag, key);
	*slot = (struct pars_dag_author){ .key = *key, .num = (uint32_t)pars_store_last_rowid(dag->store) };
	return slot;
}
