/* dht/shelf.h - a bounded store of what others left with us. What is farthest
 * from our own place goes first when it is full, what expires first goes by
 * time, and no sender may fill it. O(log n) a call.
 *
 * Items are embedded in their owner's objects; the owner finds and frees them. */
#ifndef PARS_DHT_SHELF_H
#define PARS_DHT_SHELF_H

#include "base/map.h"

struct pars_dht_item {
	uint64_t near;        /* first 64 bits of the distance from us */
	uint64_t sender;
	pars_usec expires_us;
	size_t size;
	size_t heap_at;       /* the shelf's own, as below */
	struct pars_dht_item *sooner, *later; /* by expiry */
};

struct pars_dht_shelf {
	size_t max, bytes_max, sender_max; /* items, bytes, items of one sender */
	size_t count, bytes;
	struct pars_dht_item **heap;       /* the farthest on top */
	size_t heap_cap;
	struct pars_dht_item *first, *last; /* to expire */
	struct pars_map tallies;           /* of senders that have something here */
};

void pars_dht_shelf_init(struct pars_dht_shelf *s, size_t max, size_t bytes_max,
	size_t sender_max, uint64_t seed);
void pars_dht_shelf_done(struct pars_dht_shelf *s); /* must be empty */

/* Whether the sender has reached its part. */
bool pars_dht_shelf_sender_full(const struct pars_dht_shelf *s, uint64_t sender);
/* Whether one more item of this size fits. */
bool pars_dht_shelf_fits(const struct pars_dht_shelf *s, size_t size);
/* The item that would have to go for one at `near`: NULL when none is farther. */
struct pars_dht_item *pars_dht_shelf_farther(const struct pars_dht_shelf *s, uint64_t near);
/* Borrows the item until _remove. Its first four members are set. */
void pars_dht_shelf_add(struct pars_dht_shelf *s, struct pars_dht_item *item);
void pars_dht_shelf_remove(struct pars_dht_shelf *s, struct pars_dht_item *item);

#endif
