/* dht/table.h - the routing table: 256 buckets of k peers by XOR distance
 * (Maymounkov & Mazières 2002, 2.4), and a few spare ones behind each.
 *
 * It judges nothing but places: who answered, and when, its user tells it.
 * O(k) a call, but _saw of a stranger that finds room, _nearest past the first
 * bucket, and the walks. */
#ifndef PARS_DHT_TABLE_H
#define PARS_DHT_TABLE_H

#include <string.h>

#include "dht/contact.h"
#include "dht/dht.h"

#define PARS_DHT_SPARES_MAX 8 /* of a bucket */
#define PARS_DHT_GROUP_CELLS 128

struct pars_dht_slot {
	struct pars_contact *contact; /* a reference */
	pars_usec seen_us;            /* it answered last */
	uint32_t since_s, failed_s;   /* it stands here; it failed last */
	uint32_t group;               /* the contact's when it answered last */
	uint8_t failures;             /* in a row */
	bool probing;                 /* its user's: a probe is under way */
};

/* What is searched all the time lies together, apart from the rest: of slot i
 * the first 64 bits of the place, and the contact again. */
struct pars_dht_head {
	uint64_t front;
	struct pars_contact *contact;
};

struct pars_dht_bucket {
	struct pars_dht_head *heads;
	struct pars_dht_slot *slots;
	uint32_t unsound;             /* bit i: slot i did not answer last */
	struct pars_contact **spares; /* newest last; references; NULL until needed */
	pars_usec looked_us;          /* its user's: when a lookup went there last … */
	pars_usec calm_us;            /* … and until when none of its slots is in doubt, if sound */
	uint8_t count, cap, spare_count;
};

struct pars_dht_table {
	struct pars_contacts *book;
	struct pars_digest self;
	unsigned group_bucket_max, group_table_max;
	struct pars_dht_bucket *buckets; /* up to the deepest that was ever used */
	size_t bucket_count, count, spare_count;
	/* How many entries' groups fall into each cell: never fewer than one group has. */
	uint16_t group_cells[PARS_DHT_GROUP_CELLS];
};

void pars_dht_table_init(struct pars_dht_table *t, struct pars_contacts *book,
	const struct pars_digest *self, const struct pars_dht_limits *limits);
void pars_dht_table_done(struct pars_dht_table *t);

/* Bits that a and b share at the front: the bucket of b in a's table. 256: equal. */
unsigned pars_dht_shared_bits(const struct pars_digest *a, const struct pars_digest *b);
/* < 0: a is nearer to target than b. */
int pars_dht_nearer(const struct pars_digest *target, const struct pars_digest *a,
	const struct pars_digest *b);
/* 64 bits of a place as a number. */
static inline uint64_t pars_dht_bits(const struct pars_digest *d, size_t byte)
{
	return pars_be64(d->b + byte);
}
/* The first 64 bits of the distance. */
static inline uint64_t pars_dht_near(const struct pars_digest *a, const struct pars_digest *b)
{
	return pars_dht_bits(a, 0) ^ pars_dht_bits(b, 0);
}

/* The entry, or NULL. Good until the table changes. */
struct pars_dht_slot *pars_dht_table_find(const struct pars_dht_table *t,
	const struct pars_contact *c);
enum pars_dht_place {
	PARS_DHT_PLACE_HAS,   /* it stands there already */
	PARS_DHT_PLACE_FREE,
	PARS_DHT_PLACE_FULL,
	PARS_DHT_PLACE_GROUP, /* too many of its IP group */
};
/* What would become of a peer that answers. c is not ourselves. */
enum pars_dht_place pars_dht_table_place(const struct pars_dht_table *t,
	const struct pars_contact *c);
/* It answered: its entry is refreshed, or made (FREE). */
enum pars_dht_place pars_dht_table_saw(struct pars_dht_table *t, struct pars_contact *c,
	pars_usec now);
/* It did not answer; returns how often in a row. */
unsigned pars_dht_table_failed(struct pars_dht_table *t, struct pars_dht_slot *s, pars_usec now);
/* False: it was not there. The contact lives as long as others hold it. */
bool pars_dht_table_remove(struct pars_dht_table *t, const struct pars_contact *c);

/* Behind the bucket of c, for when there is room; the oldest makes way. False:
 * it is there, or too many of its group are. */
bool pars_dht_table_spare(struct pars_dht_table *t, struct pars_contact *c);
/* Takes the newest spare that could enter bucket b; gives a reference, or NULL. */
struct pars_contact *pars_dht_table_take_spare(struct pars_dht_table *t, unsigned b);
/* The n-th spare of all, n < spare_count; borrowed. */
struct pars_contact *pars_dht_table_spare_at(const struct pars_dht_table *t, size_t n);
void pars_dht_table_drop_spare(struct pars_dht_table *t, const struct pars_contact *c);

/* Up to max of those nearest to target, nearest first, after leaving out the
 * first `skip`; borrowed. `sound`: only those whose last probe did not fail. */
size_t pars_dht_table_nearest(const struct pars_dht_table *t, const struct pars_digest *target,
	bool sound, size_t skip, struct pars_contact **out, size_t max);
/* Walks the entries, nearest buckets last; *at starts at 0, *ret_bucket may be
 * NULL. NULL at the end. */
struct pars_dht_slot *pars_dht_table_next(const struct pars_dht_table *t, size_t *at,
	unsigned *ret_bucket);

#endif
