#include "dht/lookup.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "dht/table.h"

#define HOPS_MAX 255
#define HURRY 4 /* times alpha at most, among the dead */

void pars_dht_lookup_init(struct pars_dht_lookup *l, const struct pars_digest *target,
	unsigned paths, unsigned want, unsigned alpha)
{
	assert(paths && paths <= PARS_DHT_PATHS_MAX);
	*l = (struct pars_dht_lookup){ .target = *target, .path_count = paths, .want = want,
		.alpha = (alpha + paths - 1) / paths };
}

void pars_dht_lookup_done(struct pars_dht_lookup *l, struct pars_contacts *book)
{
	for (size_t i = 0; i < l->count; i++)
		pars_contact_unref(book, l->list[i].contact);
	free(l->list);
	free(l->near);
	l->list = NULL;
	l->near = NULL;
	l->count = 0;
}

/* Where c stands, or would. No branch depends on what is found on the way: it
 * could not be foretold. */
static size_t position(const struct pars_dht_lookup *l, const struct pars_contact *c,
	uint64_t near)
{
	size_t at = 0;
	for (size_t n = l->count; n;) {
		size_t half = n / 2, beyond = -(size_t)(l->near[at + half] < near);
		at += beyond & (half + 1);
		n = half - (beyond & (1 - n % 2));
	}
	while (at < l->count && l->near[at] == near && l->list[at].contact != c
		&& pars_dht_nearer(&l->target, &l->list[at].contact->key, &c->key) < 0)
		at++;
	return at;
}

struct pars_dht_candidate *pars_dht_lookup_find(const struct pars_dht_lookup *l,
	const struct pars_contact *c)
{
	size_t at = position(l, c, pars_dht_near(&l->target, &c->key));
	return at < l->count && l->list[at].contact == c ? &l->list[at] : NULL;
}

static void remove_at(struct pars_dht_lookup *l, struct pars_contacts *book, size_t at)
{
	pars_contact_unref(book, l->list[at].contact);
	l->count--;
	memmove(l->list + at, l->list + at + 1, (l->count - at) * sizeof *l->list);
	memmove(l->near + at, l->near + at + 1, (l->count - at) * sizeof *l->near);
}

/* A path has too many to ask: it forgets the farthest. */
static void trim(struct pars_dht_lookup *l, struct pars_contacts *book, unsigned path)
{
	for (size_t i = l->count; i--;) {
		struct pars_dht_candidate *c = &l->list[i];
		if (!(c->paths & 1u << path) || c->state != PARS_DHT_NEW)
			continue;
		c->paths &= (uint8_t)~(1u << path);
		l->open[path]--;
		if (!c->paths)
			remove_at(l, book, i);
		return;
	}
}

static void insert_at(struct pars_dht_lookup *l, size_t at, struct pars_dht_candidate c, uint64_t near)
{
	if (l->count == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 32;
		l->list = pars_realloc(l->list, l->cap * sizeof *l->list);
		l->near = pars_realloc(l->near, l->cap * sizeof *l->near);
	}
	memmove(l->list + at + 1, l->list + at, (l->count - at) * sizeof *l->list);
	memmove(l->near + at + 1, l->near + at, (l->count - at) * sizeof *l->near);
	l->list[at] = c;
	l->near[at] = near;
	l->count++;
}

bool pars_dht_lookup_add(struct pars_dht_lookup *l, struct pars_contacts *book,
	struct pars_contact *c, unsigned path, unsigned hops)
{
	uint64_t near = pars_dht_near(&l->target, &c->key);
	size_t at = position(l, c, near);
	bool known = at < l->count && l->list[at].contact == c;
	if (known && l->list[at].paths & 1u << path)
		return false;
	/* Behind a full list it would be the next to go. */
	if (!known && at == l->count && l->open[path] >= PARS_DHT_PATH_CANDIDATES_MAX)
		return false;
	if (known)
		l->list[at].paths |= (uint8_t)(1u << path);
	if (known && l->list[at].state != PARS_DHT_NEW)
		return true;
	if (!known)
		insert_at(l, at, (struct pars_dht_candidate){ .contact = pars_contact_ref(c),
			.paths = (uint8_t)(1u << path), .hops = (uint8_t)PARS_MIN(hops, HOPS_MAX) }, near);
	if (++l->open[path] > PARS_DHT_PATH_CANDIDATES_MAX)
		trim(l, book, path);
	return true;
}

static struct pars_dht_candidate *next_of_path(struct pars_dht_lookup *l, unsigned path)
{
	unsigned good = 0;
	for (size_t i = 0; i < l->count && good < PARS_DHT_K; i++) {
		struct pars_dht_candidate *c = &l->list[i];
		if (!(c->paths & 1u << path) || c->state == PARS_DHT_FAILED)
			continue;
		if (c->state == PARS_DHT_NEW)
			return c;
		good++;
	}
	return NULL;
}

static void mark_asked(struct pars_dht_lookup *l, struct pars_dht_candidate *c, unsigned path)
{
	c->state = PARS_DHT_ASKED;
	c->path = (uint8_t)path;
	for (unsigned p = 0; p < l->path_count; p++)
		l->open[p] -= c->paths >> p & 1;
}

/* Where most are dead, each of them would cost a timeout: more are asked at
 * once then, so that they cost traffic instead. */
static unsigned at_once(const struct pars_dht_lookup *l)
{
	return l->alpha + PARS_MIN(l->failed / l->path_count, (HURRY - 1) * l->alpha);
}

struct pars_dht_candidate *pars_dht_lookup_next(struct pars_dht_lookup *l)
{
	unsigned max = at_once(l);
	for (unsigned path = 0; path < l->path_count; path++) {
		struct pars_dht_candidate *c = NULL;
		if (l->in_flight[path] < max)
			c = next_of_path(l, path);
		if (!c)
			continue;
		mark_asked(l, c, path);
		l->in_flight[path]++;
		l->asked++;
		return c;
	}
	return NULL;
}

void pars_dht_lookup_settle(struct pars_dht_lookup *l, struct pars_dht_candidate *c, bool answered)
{
	assert(c->state == PARS_DHT_ASKED);
	c->state = answered ? PARS_DHT_ANSWERED : PARS_DHT_FAILED;
	l->in_flight[c->path]--;
	if (answered)
		l->answered++;
	else
		l->failed++;
}

static bool path_over(const struct pars_dht_lookup *l, unsigned path)
{
	unsigned good = 0;
	for (size_t i = 0; i < l->count && good < l->want; i++) {
		const struct pars_dht_candidate *c = &l->list[i];
		if (!(c->paths & 1u << path) || c->state == PARS_DHT_FAILED)
			continue;
		if (c->state != PARS_DHT_ANSWERED)
			return false;
		good++;
	}
	return true;
}

bool pars_dht_lookup_over(const struct pars_dht_lookup *l)
{
	for (unsigned path = 0; path < l->path_count; path++)
		if (!path_over(l, path))
			return false;
	return true;
}

size_t pars_dht_lookup_closest(const struct pars_dht_lookup *l, struct pars_contact **out,
	size_t max)
{
	size_t n = 0;
	for (size_t i = 0; i < l->count && n < max; i++)
		if (l->list[i].state == PARS_DHT_ANSWERED)
			out[n++] = l->list[i].contact;
	return n;
}
