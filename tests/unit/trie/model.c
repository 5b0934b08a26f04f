#include "tests/unit/trie/model.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"

static struct pars_bytes key_at(const struct model *m, size_t i)
{
	return PARS_BYTES(m->item[i].key, m->item[i].key_n);
}

static size_t place(const struct model *m, struct pars_bytes key)
{
	size_t i = 0;
	while (i < m->n && pars_bytes_compare(key_at(m, i), key) < 0)
		i++;
	return i;
}

void model_put(struct model *m, struct pars_bytes key, struct pars_bytes value)
{
	size_t i = place(m, key);
	bool there = i < m->n && pars_bytes_equal(key_at(m, i), key);
	if (there && !value.n) {
		memmove(&m->item[i], &m->item[i + 1], (--m->n - i) * sizeof m->item[0]);
		return;
	}
	if (!value.n)
		return;
	if (!there) {
		assert(m->n < MODEL_KEYS);
		memmove(&m->item[i + 1], &m->item[i], (m->n++ - i) * sizeof m->item[0]);
	}
	m->item[i].key_n = key.n;
	m->item[i].value_n = value.n;
	if (key.n)
		memcpy(m->item[i].key, key.p, key.n);
	memcpy(m->item[i].value, value.p, value.n);
}

struct pars_bytes model_get(const struct model *m, struct pars_bytes key)
{
	size_t i = place(m, key);
	bool there = i < m->n && pars_bytes_equal(key_at(m, i), key);
	return there ? PARS_BYTES(m->item[i].value, m->item[i].value_n) : (struct pars_bytes){ 0 };
}

struct pars_digest model_root(const struct model *m)
{
	struct pars_trie_pair *pairs = pars_alloc_array(m->n + 1, sizeof *pairs);
	for (size_t i = 0; i < m->n; i++)
		pairs[i] = (struct pars_trie_pair){ key_at(m, i), PARS_BYTES(m->item[i].value, m->item[i].value_n) };
	struct pars_digest root = pars_trie_root_sorted(pairs, m->n);
	free(pairs);
	return root;
}

/* -- nodes ------------------------------------------------------------------------- */

static size_t row_at(const struct shelf *s, struct pars_bytes path)
{
	size_t i = 0;
	while (i < s->n && !pars_bytes_equal(PARS_BYTES(s->row[i].path, s->row[i].path_n), path))
		i++;
	return i;
}

static enum pars_err fetch(void *ctx, struct pars_bytes path, const struct pars_digest *hash, struct pars_bytes *ret)
{
	struct shelf *s = ctx;
	size_t i = row_at(s, path);
	(void)hash;
	if (i == s->n)
		return PARS_E_NOT_FOUND;
	if (s->busy_each && s->asked++ % (s->busy_each + 1) < s->busy_each) {
		s->refused++;
		return PARS_E_BUSY;
	}
	*ret = PARS_BYTES(s->row[i].raw, s->row[i].raw_n);
	return PARS_OK;
}

static void gone(void *ctx, struct pars_bytes path)
{
	struct shelf *s = ctx;
	size_t i = row_at(s, path);
	if (i == s->n)
		return;
	free(s->row[i].raw);
	s->row[i] = s->row[--s->n];
}

static void keep(void *ctx, struct pars_bytes path, const struct pars_digest *hash, struct pars_bytes raw,
	enum pars_trie_kind kind)
{
	struct shelf *s = ctx;
	struct pars_digest got = pars_keccak256(raw);
	assert(!memcmp(got.b, hash->b, sizeof got.b));
	if (s->leafless && kind == PARS_TRIE_LEAF)
		return;
	gone(s, path);
	size_t i = s->n++;
	if (path.n)
		memcpy(s->row[i].path, path.p, path.n);
	s->row[i].path_n = path.n;
	s->row[i].raw = memcpy(pars_alloc(raw.n), raw.p, raw.n);
	s->row[i].raw_n = raw.n;
}

struct pars_trie_source shelf_source(struct shelf *s)
{
	return (struct pars_trie_source){ s, fetch };
}

struct pars_trie_sink shelf_sink(struct shelf *s)
{
	return (struct pars_trie_sink){ s, gone, keep };
}

void shelf_done(struct shelf *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->row[i].raw);
	s->n = 0;
}

bool shelf_equal(const struct shelf *a, const struct shelf *b)
{
	for (size_t i = 0; i < a->n; i++) {
		size_t k = row_at(b, PARS_BYTES(a->row[i].path, a->row[i].path_n));
		if (k == b->n || !pars_bytes_equal(PARS_BYTES(a->row[i].raw, a->row[i].raw_n),
		    PARS_BYTES(b->row[k].raw, b->row[k].raw_n)))
			return false;
	}
	return a->n == b->n;
}

uint32_t model_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}
