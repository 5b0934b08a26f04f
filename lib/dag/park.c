#include "dag/park.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/map.h"

/* All that waits for one parent. */
struct waiting {
	struct pars_digest parent;
	struct pars_parked *first;
};

/* What one source has here; gone with its last vertex. */
struct source {
	uint64_t id;
	size_t count, bytes;
};

struct pars_park {
	struct pars_map by_id;     /* struct pars_parked */
	struct pars_map by_parent; /* struct waiting */
	struct pars_map sources;   /* struct source */
	size_t bytes;
};

static struct pars_bytes parked_key(const void *value)
{
	const struct pars_parked *p = value;
	return pars_digest_bytes(&p->id);
}

static struct pars_bytes waiting_key(const void *value)
{
	const struct waiting *w = value;
	return pars_digest_bytes(&w->parent);
}

static struct pars_bytes source_key(const void *value)
{
	const struct source *s = value;
	return PARS_BYTES(&s->id, sizeof s->id);
}

struct pars_park *pars_park_new(uint64_t hash_seed)
{
	struct pars_park *park = pars_alloc(sizeof *park);
	pars_map_init(&park->by_id, parked_key, hash_seed);
	pars_map_init(&park->by_parent, waiting_key, hash_seed);
	pars_map_init(&park->sources, source_key, hash_seed);
	return park;
}

static void free_values(struct pars_map *m)
{
	size_t at = 0;
	void *value;
	while ((value = pars_map_next(m, &at)))
		free(value);
	pars_map_done(m);
}

void pars_park_free(struct pars_park *park)
{
	if (!park)
		return;
	free_values(&park->by_id);
	free_values(&park->by_parent);
	free_values(&park->sources);
	free(park);
}

static struct source *find_source(const struct pars_park *park, uint64_t id)
{
	return pars_map_get(&park->sources, PARS_BYTES(&id, sizeof id));
}

static bool source_full(const struct pars_park *park, uint64_t id, size_t more)
{
	const struct source *s = find_source(park, id);
	return s && (s->count >= PARS_PARK_SOURCE_MAX || s->bytes + more > PARS_PARK_SOURCE_BYTES_MAX);
}

static void add_counts(struct pars_park *park, const struct pars_parked *p)
{
	struct source *s = find_source(park, p->source);
	if (!s) {
		s = pars_alloc(sizeof *s);
		s->id = p->source;
		pars_map_put(&park->sources, s);
	}
	s->count++;
	s->bytes += p->n;
	park->bytes += p->n;
}

static void take_counts(struct pars_park *park, const struct pars_parked *p)
{
	struct source *s = find_source(park, p->source);
	s->bytes -= p->n;
	park->bytes -= p->n;
	if (!--s->count)
		free(pars_map_remove(&park->sources, source_key(s)));
}

enum pars_err pars_park_add(struct pars_park *park, const struct pars_digest *id,
	const struct pars_digest *waits_for, uint32_t session, uint64_t source, pars_usec now,
	struct pars_bytes raw)
{
	if (pars_park_has(park, id))
		return PARS_E_EXISTS;
	if (park->by_id.count >= PARS_PARK_MAX || park->bytes + raw.n > PARS_PARK_BYTES_MAX ||
	    source_full(park, source, raw.n))
		return PARS_E_LIMIT;
	struct pars_parked *p = pars_alloc(sizeof *p + raw.n);
	*p = (struct pars_parked){ .id = *id, .waits_for = *waits_for, .session = session,
		.source = source, .since_us = now, .n = raw.n };
	memcpy(p->raw, raw.p, raw.n);
	struct waiting *w = pars_map_get(&park->by_parent, pars_digest_bytes(waits_for));
	if (!w) {
		w = pars_alloc(sizeof *w);
		w->parent = *waits_for;
		pars_map_put(&park->by_parent, w);
	}
	p->next_waiting = w->first;
	w->first = p;
	pars_map_put(&park->by_id, p);
	add_counts(park, p);
	return PARS_OK;
}

bool pars_park_has(const struct pars_park *park, const struct pars_digest *id)
{
	return pars_map_get(&park->by_id, pars_digest_bytes(id));
}

struct pars_parked *pars_park_release(struct pars_park *park, const struct pars_digest *parent)
{
	struct waiting *w = pars_map_remove(&park->by_parent, pars_digest_bytes(parent));
	if (!w)
		return NULL;
	struct pars_parked *first = w->first;
	free(w);
	for (struct pars_parked *p = first; p; p = p->next_waiting) {
		pars_map_remove(&park->by_id, pars_digest_bytes(&p->id));
		take_counts(park, p);
	}
	return first;
}

static void drop(struct pars_park *park, struct pars_parked *p)
{
	struct waiting *w = pars_map_get(&park->by_parent, pars_digest_bytes(&p->waits_for));
	struct pars_parked **at = &w->first;
	while (*at != p)
		at = &(*at)->next_waiting;
	*at = p->next_waiting;
	if (!w->first)
		free(pars_map_remove(&park->by_parent, pars_digest_bytes(&p->waits_for)));
	pars_map_remove(&park->by_id, pars_digest_bytes(&p->id));
	take_counts(park, p);
	free(p);
}

/* Collects first: the map must not change while it is walked. */
static size_t drop_if(struct pars_park *park, bool (*unwanted)(const struct pars_parked *, uint64_t), uint64_t arg)
{
	struct pars_parked **list = pars_alloc_array(park->by_id.count + 1, sizeof *list);
	struct pars_parked *p;
	size_t n = 0, at = 0;
	while ((p = pars_map_next(&park->by_id, &at)))
		if (unwanted(p, arg))
			list[n++] = p;
	for (size_t i = 0; i < n; i++)
		drop(park, list[i]);
	free(list);
	return n;
}

static bool is_from(const struct pars_parked *p, uint64_t source)
{
	return p->source == source;
}

static bool is_older(const struct pars_parked *p, uint64_t before)
{
	return p->since_us < before;
}

void pars_park_drop_source(struct pars_park *park, uint64_t source)
{
	drop_if(park, is_from, source);
}

size_t pars_park_expire(struct pars_park *park, pars_usec before)
{
	return drop_if(park, is_older, before);
}

size_t pars_park_count(const struct pars_park *park, uint32_t session)
{
	if (!session)
		return park->by_id.count;
	size_t at = 0, n = 0;
	const struct pars_parked *p;
	while ((p = pars_map_next(&park->by_id, &at)))
		n += p->session == session;
	return n;
}

size_t pars_park_bytes(const struct pars_park *park)
{
	return park->bytes;
}
