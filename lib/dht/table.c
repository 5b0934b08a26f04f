#include "dht/table.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"

#define KEY_BITS (8 * PARS_SHA256_SIZE)

void pars_dht_table_init(struct pars_dht_table *t, struct pars_contacts *book,
	const struct pars_digest *self, const struct pars_dht_limits *limits)
{
	*t = (struct pars_dht_table){ .book = book, .self = *self,
		.group_bucket_max = limits->group_bucket_max,
		.group_table_max = limits->group_table_max };
}

void pars_dht_table_done(struct pars_dht_table *t)
{
	for (size_t i = 0; i < t->bucket_count; i++) {
		struct pars_dht_bucket *b = &t->buckets[i];
		for (size_t k = 0; k < b->count; k++)
			pars_contact_unref(t->book, b->slots[k].contact);
		for (size_t k = 0; k < b->spare_count; k++)
			pars_contact_unref(t->book, b->spares[k]);
		free(b->heads);
		free(b->slots);
		free(b->spares);
	}
	free(t->buckets);
}

/* -- distances ---------------------------------------------------------------------- */

unsigned pars_dht_shared_bits(const struct pars_digest *a, const struct pars_digest *b)
{
	for (size_t i = 0; i < sizeof a->b; i += 8) {
		uint64_t d = pars_dht_bits(a, i) ^ pars_dht_bits(b, i);
		if (d)
			return (unsigned)(8 * i) + (unsigned)__builtin_clzll(d);
	}
	return KEY_BITS;
}

int pars_dht_nearer(const struct pars_digest *target, const struct pars_digest *a,
	const struct pars_digest *b)
{
	for (size_t i = 0; i < sizeof a->b; i += 8) {
		uint64_t t = pars_dht_bits(target, i);
		uint64_t da = pars_dht_bits(a, i) ^ t, db = pars_dht_bits(b, i) ^ t;
		if (da != db)
			return da < db ? -1 : 1;
	}
	return 0;
}

/* -- entries -------------------------------------------------------------------------- */

static unsigned bucket_of(const struct pars_dht_table *t, const struct pars_contact *c)
{
	return pars_dht_shared_bits(&t->self, &c->key);
}

static struct pars_dht_bucket *bucket_at(const struct pars_dht_table *t, unsigned i)
{
	return i < t->bucket_count ? &t->buckets[i] : NULL;
}

static struct pars_dht_bucket *make_bucket(struct pars_dht_table *t, unsigned i)
{
	if (i >= t->bucket_count) {
		size_t n = (size_t)i + 1;
		t->buckets = pars_realloc(t->buckets, n * sizeof *t->buckets);
		memset(t->buckets + t->bucket_count, 0, (n - t->bucket_count) * sizeof *t->buckets);
		t->bucket_count = n;
	}
	return &t->buckets[i];
}

static struct pars_dht_slot *find_slot(struct pars_dht_bucket *b, const struct pars_contact *c)
{
	uint64_t front = pars_dht_bits(&c->key, 0);
	for (size_t i = 0; b && i < b->count; i++)
		if (b->heads[i].front == front && b->heads[i].contact == c)
			return &b->slots[i];
	return NULL;
}

struct pars_dht_slot *pars_dht_table_find(const struct pars_dht_table *t,
	const struct pars_contact *c)
{
	return find_slot(bucket_at(t, bucket_of(t, c)), c);
}

static unsigned count_group(const struct pars_dht_bucket *b, uint32_t group)
{
	unsigned n = 0;
	for (size_t i = 0; b->slots && i < b->count; i++)
		n += b->slots[i].group == group;
	return n;
}

static unsigned cell_of(uint32_t group)
{
	return group * 0x9e3779b1u >> 25;
}
static_assert(PARS_DHT_GROUP_CELLS == 1 << (32 - 25), "cell_of's range");

/* Most groups are of one peer: their cells say so without a look at the entries. */
static bool group_fits(const struct pars_dht_table *t, const struct pars_dht_bucket *b,
	uint32_t group)
{
	unsigned n = 0, at_most = t->group_cells[cell_of(group)];
	if (!group)
		return true;
	if (b && at_most >= t->group_bucket_max && count_group(b, group) >= t->group_bucket_max)
		return false;
	if (at_most < t->group_table_max)
		return true;
	for (size_t i = 0; i < t->bucket_count && n < t->group_table_max; i++)
		n += count_group(&t->buckets[i], group);
	return n < t->group_table_max;
}

static enum pars_dht_place place_in(const struct pars_dht_table *t, struct pars_dht_bucket *b,
	const struct pars_contact *c)
{
	if (find_slot(b, c))
		return PARS_DHT_PLACE_HAS;
	if (b && b->count == PARS_DHT_K)
		return PARS_DHT_PLACE_FULL;
	return group_fits(t, b, c->group) ? PARS_DHT_PLACE_FREE : PARS_DHT_PLACE_GROUP;
}

enum pars_dht_place pars_dht_table_place(const struct pars_dht_table *t,
	const struct pars_contact *c)
{
	return place_in(t, bucket_at(t, bucket_of(t, c)), c);
}

static void add_slot(struct pars_dht_bucket *b, struct pars_contact *c, pars_usec now)
{
	if (b->count == b->cap) {
		b->cap = b->cap ? (uint8_t)PARS_MIN(b->cap * 2, PARS_DHT_K) : 5;
		b->slots = pars_realloc(b->slots, b->cap * sizeof *b->slots);
		b->heads = pars_realloc(b->heads, b->cap * sizeof *b->heads);
	}
	b->unsound &= ~(1u << b->count);
	b->heads[b->count] = (struct pars_dht_head){ pars_dht_bits(&c->key, 0), c };
	b->slots[b->count++] = (struct pars_dht_slot){ .contact = pars_contact_ref(c), .seen_us = now,
		.since_s = (uint32_t)(now / PARS_S(1)), .group = c->group };
}

enum pars_dht_place pars_dht_table_saw(struct pars_dht_table *t, struct pars_contact *c,
	pars_usec now)
{
	unsigned i = bucket_of(t, c);
	struct pars_dht_bucket *b = bucket_at(t, i);
	struct pars_dht_slot *s = find_slot(b, c);
	if (s) {
		s->seen_us = now;
		s->failures = 0;
		s->probing = false;
		b->unsound &= ~(1u << (s - b->slots));
		t->group_cells[cell_of(s->group)]--;
		t->group_cells[cell_of(c->group)]++;
		s->group = c->group;
		return PARS_DHT_PLACE_HAS;
	}
	enum pars_dht_place place = place_in(t, b, c);
	if (place != PARS_DHT_PLACE_FREE)
		return place;
	pars_dht_table_drop_spare(t, c);
	add_slot(make_bucket(t, i), c, now);
	t->group_cells[cell_of(c->group)]++;
	t->count++;
	return place;
}

bool pars_dht_table_remove(struct pars_dht_table *t, const struct pars_contact *c)
{
	struct pars_dht_bucket *b = bucket_at(t, bucket_of(t, c));
	struct pars_dht_slot *s = find_slot(b, c);
	if (!s)
		return false;
	struct pars_contact *gone = s->contact;
	size_t i = (size_t)(s - b->slots), last = --b->count;
	t->group_cells[cell_of(s->group)]--;
	*s = b->slots[last];
	b->heads[i] = b->heads[last];
	b->unsound = (b->unsound & ~(1u << i)) | (b->unsound >> last & 1) << i;
	t->count--;
	pars_contact_unref(t->book, gone);
	return true;
}

unsigned pars_dht_table_failed(struct pars_dht_table *t, struct pars_dht_slot *s, pars_usec now)
{
	struct pars_dht_bucket *b = &t->buckets[bucket_of(t, s->contact)];
	b->unsound |= 1u << (s - b->slots);
	s->failed_s = (uint32_t)(now / PARS_S(1));
	return ++s->failures;
}

/* -- spares ---------------------------------------------------------------------------- */

static void remove_spare(struct pars_dht_table *t, struct pars_dht_bucket *b, size_t i)
{
	b->spare_count--;
	t->spare_count--;
	memmove(b->spares + i, b->spares + i + 1, (b->spare_count - i) * sizeof *b->spares);
}

bool pars_dht_table_spare(struct pars_dht_table *t, struct pars_contact *c)
{
	struct pars_dht_bucket *b = make_bucket(t, bucket_of(t, c));
	unsigned group = 0;
	for (size_t i = 0; i < b->spare_count; i++) {
		if (b->spares[i] == c)
			return false;
		group += c->group && b->spares[i]->group == c->group;
	}
	if (group >= t->group_bucket_max)
		return false;
	if (!b->spares)
		b->spares = pars_alloc_array(PARS_DHT_SPARES_MAX, sizeof *b->spares);
	if (b->spare_count == PARS_DHT_SPARES_MAX) {
		struct pars_contact *oldest = b->spares[0];
		remove_spare(t, b, 0);
		pars_contact_unref(t->book, oldest);
	}
	b->spares[b->spare_count++] = pars_contact_ref(c);
	t->spare_count++;
	return true;
}

struct pars_contact *pars_dht_table_take_spare(struct pars_dht_table *t, unsigned at)
{
	struct pars_dht_bucket *b = bucket_at(t, at);
	if (!b || b->count == PARS_DHT_K)
		return NULL;
	for (size_t i = b->spare_count; i--;)
		if (place_in(t, b, b->spares[i]) == PARS_DHT_PLACE_FREE) {
			struct pars_contact *c = b->spares[i];
			remove_spare(t, b, i);
			return c;
		}
	return NULL;
}

struct pars_contact *pars_dht_table_spare_at(const struct pars_dht_table *t, size_t n)
{
	const struct pars_dht_bucket *b = t->buckets;
	for (; n >= b->spare_count; b++)
		n -= b->spare_count;
	return b->spares[n];
}

void pars_dht_table_drop_spare(struct pars_dht_table *t, const struct pars_contact *c)
{
	struct pars_dht_bucket *b = bucket_at(t, bucket_of(t, c));
	for (size_t i = 0; b && i < b->spare_count; i++)
		if (b->spares[i] == c) {
			struct pars_contact *gone = b->spares[i];
			remove_spare(t, b, i);
			pars_contact_unref(t->book, gone);
			return;
		}
}

/* -- nearest --------------------------------------------------------------------------- */

struct ranked {
	uint64_t near;
	struct pars_contact *contact;
};

/* What _nearest has found so far. */
struct search {
	const struct pars_digest *target;
	bool sound;
	size_t skip, max, n;
	struct pars_contact **out;
};

/* All of one bucket are nearer than all of the next one visited, so each is
 * sorted by itself; by 64 bits, which honest peers never share. */
static void visit(const struct pars_dht_bucket *b, struct search *s)
{
	struct ranked list[PARS_DHT_K + 1];
	uint64_t target = pars_dht_bits(s->target, 0);
	size_t n = 0, wanted = PARS_MIN(s->skip + s->max - s->n, (size_t)PARS_DHT_K);
	for (size_t i = 0; i < b->count; i++) {
		struct ranked r = { b->heads[i].front ^ target, b->heads[i].contact };
		size_t at = n;
		if (s->sound && b->unsound >> i & 1)
			continue;
		for (; at && list[at - 1].near > r.near; at--)
			list[at] = list[at - 1];
		list[at] = r;
		n = PARS_MIN(n + 1, wanted);
	}
	for (size_t i = 0; i < n && s->n < s->max; i++) {
		if (s->skip)
			s->skip--;
		else
			s->out[s->n++] = list[i].contact;
	}
}

static bool bit(const struct pars_digest *d, size_t i)
{
	return d->b[i / 8] >> (7 - i % 8) & 1;
}

/* Let d = self ^ target. A node in bucket i has distance d with bit i turned
 * over and anything behind it: nearer than d where d has a one, nearest first
 * from the front; farther where d has a zero, nearest first from the back. */
size_t pars_dht_table_nearest(const struct pars_dht_table *t, const struct pars_digest *target,
	bool sound, size_t skip, struct pars_contact **out, size_t max)
{
	struct search s = { .target = target, .sound = sound, .skip = skip, .max = max, .out = out };
	for (size_t i = 0; i < t->bucket_count && s.n < max; i++)
		if (bit(&t->self, i) != bit(target, i))
			visit(&t->buckets[i], &s);
	for (size_t i = t->bucket_count; i-- && s.n < max;)
		if (bit(&t->self, i) == bit(target, i))
			visit(&t->buckets[i], &s);
	return s.n;
}

struct pars_dht_slot *pars_dht_table_next(const struct pars_dht_table *t, size_t *at,
	unsigned *ret_bucket)
{
	for (size_t i = *at / PARS_DHT_K, k = *at % PARS_DHT_K; i < t->bucket_count; i++, k = 0)
		if (k < t->buckets[i].count) {
			*at = i * PARS_DHT_K + k + 1;
			if (ret_bucket)
				*ret_bucket = (unsigned)i;
			return &t->buckets[i].slots[k];
		}
	*at = t->bucket_count * PARS_DHT_K;
	return NULL;
}
