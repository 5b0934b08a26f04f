#include "dht/shelf.h"

#include <stdlib.h>

#include "base/alloc.h"

struct tally {
	uint64_t sender;
	size_t count;
};

static struct pars_bytes sender_of(const void *value)
{
	const struct tally *t = value;
	return PARS_BYTES(&t->sender, sizeof t->sender);
}

void pars_dht_shelf_init(struct pars_dht_shelf *s, size_t max, size_t bytes_max,
	size_t sender_max, uint64_t seed)
{
	*s = (struct pars_dht_shelf){ .max = max, .bytes_max = bytes_max, .sender_max = sender_max };
	pars_map_init(&s->tallies, sender_of, seed);
}

void pars_dht_shelf_done(struct pars_dht_shelf *s)
{
	free(s->heap);
	pars_map_done(&s->tallies);
}

static struct tally *find_tally(const struct pars_dht_shelf *s, uint64_t sender)
{
	return pars_map_get(&s->tallies, PARS_BYTES(&sender, sizeof sender));
}

bool pars_dht_shelf_sender_full(const struct pars_dht_shelf *s, uint64_t sender)
{
	const struct tally *t = find_tally(s, sender);
	return t && t->count >= s->sender_max;
}

bool pars_dht_shelf_fits(const struct pars_dht_shelf *s, size_t size)
{
	return s->count < s->max && size <= s->bytes_max - s->bytes;
}

struct pars_dht_item *pars_dht_shelf_farther(const struct pars_dht_shelf *s, uint64_t near)
{
	return s->count && s->heap[0]->near > near ? s->heap[0] : NULL;
}

/* -- the heap ------------------------------------------------------------------------ */

static void put_at(struct pars_dht_shelf *s, size_t at, struct pars_dht_item *item)
{
	s->heap[at] = item;
	item->heap_at = at;
}

static void sift_up(struct pars_dht_shelf *s, struct pars_dht_item *item, size_t at)
{
	for (; at && s->heap[(at - 1) / 2]->near < item->near; at = (at - 1) / 2)
		put_at(s, at, s->heap[(at - 1) / 2]);
	put_at(s, at, item);
}

static void sift_down(struct pars_dht_shelf *s, struct pars_dht_item *item, size_t at)
{
	for (size_t child; (child = 2 * at + 1) < s->count; at = child) {
		if (child + 1 < s->count && s->heap[child + 1]->near > s->heap[child]->near)
			child++;
		if (s->heap[child]->near <= item->near)
			break;
		put_at(s, at, s->heap[child]);
	}
	put_at(s, at, item);
}

static void heap_add(struct pars_dht_shelf *s, struct pars_dht_item *item)
{
	if (s->count == s->heap_cap) {
		s->heap_cap = s->heap_cap ? 2 * s->heap_cap : 4;
		s->heap = pars_realloc(s->heap, s->heap_cap * sizeof *s->heap);
	}
	sift_up(s, item, s->count++);
}

static void heap_remove(struct pars_dht_shelf *s, struct pars_dht_item *item)
{
	struct pars_dht_item *moved = s->heap[--s->count];
	size_t at = item->heap_at;
	if (moved == item)
		return;
	if (moved->near > item->near)
		sift_up(s, moved, at);
	else
		sift_down(s, moved, at);
}

/* -- the order of expiry ---------------------------------------------------------------- */

/* Items live equally long, so only restored ones look further than the end. */
static void list_add(struct pars_dht_shelf *s, struct pars_dht_item *item)
{
	struct pars_dht_item *before = s->last;
	while (before && before->expires_us > item->expires_us)
		before = before->sooner;
	item->sooner = before;
	item->later = before ? before->later : s->first;
	*(item->later ? &item->later->sooner : &s->last) = item;
	*(before ? &before->later : &s->first) = item;
}

static void list_remove(struct pars_dht_shelf *s, struct pars_dht_item *item)
{
	*(item->sooner ? &item->sooner->later : &s->first) = item->later;
	*(item->later ? &item->later->sooner : &s->last) = item->sooner;
}

/* -- both ------------------------------------------------------------------------------- */

void pars_dht_shelf_add(struct pars_dht_shelf *s, struct pars_dht_item *item)
{
	struct tally *t = find_tally(s, item->sender);
	if (!t) {
		t = pars_alloc(sizeof *t);
		t->sender = item->sender;
		pars_map_put(&s->tallies, t);
	}
	t->count++;
	s->bytes += item->size;
	heap_add(s, item);
	list_add(s, item);
}

void pars_dht_shelf_remove(struct pars_dht_shelf *s, struct pars_dht_item *item)
{
	struct tally *t = find_tally(s, item->sender);
	if (!--t->count)
		free(pars_map_remove(&s->tallies, sender_of(t)));
	s->bytes -= item->size;
	heap_remove(s, item);
	list_remove(s, item);
}
