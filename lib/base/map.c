#include "base/map.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"

static uint64_t mix(uint64_t a, uint64_t b)
{
	__uint128_t m = (__uint128_t)a * b;
	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

static uint64_t hash(const struct pars_map *m, struct pars_bytes key)
{
	uint64_t h = m->seed ^ 0x9e3779b97f4a7c15u;
	for (size_t i = 0; i < key.n; i += 8) {
		uint64_t word = 0;
		memcpy(&word, key.p + i, PARS_MIN((size_t)8, key.n - i));
		h = mix(h ^ word, 0xa0761d6478bd642fu ^ m->seed);
	}
	return mix(h ^ key.n, 0xe7037ed1a0b428dbu);
}

void pars_map_init(struct pars_map *m, struct pars_bytes (*key_of)(const void *), uint64_t seed)
{
	*m = (struct pars_map){ .key_of = key_of, .seed = seed };
}

void pars_map_done(struct pars_map *m)
{
	free(m->slots);
	m->slots = NULL;
	m->count = m->cap = 0;
}

void pars_map_done_values(struct pars_map *m)
{
	size_t at = 0;
	void *value;
	while ((value = pars_map_next(m, &at)))
		free(value);
	pars_map_done(m);
}

static size_t find(const struct pars_map *m, struct pars_bytes key)
{
	size_t i = hash(m, key) & (m->cap - 1);
	while (m->slots[i] && !pars_bytes_equal(m->key_of(m->slots[i]), key))
		i = (i + 1) & (m->cap - 1);
	return i;
}

void *pars_map_get(const struct pars_map *m, struct pars_bytes key)
{
	return m->cap ? m->slots[find(m, key)] : NULL;
}

static void resize(struct pars_map *m, size_t cap)
{
	void **old = m->slots;
	size_t old_cap = m->cap;
	m->slots = pars_alloc_array(cap, sizeof *m->slots);
	m->cap = cap;
	for (size_t i = 0; i < old_cap; i++)
		if (old[i])
			m->slots[find(m, m->key_of(old[i]))] = old[i];
	free(old);
}

void pars_map_put(struct pars_map *m, void *value)
{
	if ((m->count + 1) * 4 > m->cap * 3)
		resize(m, m->cap ? m->cap * 2 : 8);
	size_t i = find(m, m->key_of(value));
	assert(!m->slots[i]);
	m->slots[i] = value;
	m->count++;
}

void *pars_map_remove(struct pars_map *m, struct pars_bytes key)
{
	if (!m->cap)
		return NULL;
	size_t i = find(m, key);
	void *value = m->slots[i];
	if (!value)
		return NULL;
	m->slots[i] = NULL;
	m->count--;
	/* Close the gap: whoever was displaced past it moves back. */
	for (size_t j = (i + 1) & (m->cap - 1); m->slots[j]; j = (j + 1) & (m->cap - 1)) {
		void *moved = m->slots[j];
		m->slots[j] = NULL;
		m->slots[find(m, m->key_of(moved))] = moved;
	}
	return value;
}

void *pars_map_next(const struct pars_map *m, size_t *at)
{
	while (*at < m->cap) {
		void *value = m->slots[(*at)++];
		if (value)
			return value;
	}
	return NULL;
}
