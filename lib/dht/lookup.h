/* dht/lookup.h - whom one iterative lookup knows, has asked and will ask next
 * (Maymounkov & Mazières 2002, 2.3; disjoint paths: Baumgart & Mies 2007).
 *
 * One list of candidates by distance. Each belongs to the paths that heard of
 * it, and is asked by one of them only: what a liar says reaches no path but
 * its own. A path asks among the k nearest of its candidates that did not fail,
 * and is done when the `want` nearest of them all answered. */
#ifndef PARS_DHT_LOOKUP_H
#define PARS_DHT_LOOKUP_H

#include "dht/contact.h"

#define PARS_DHT_PATHS_MAX 8
#define PARS_DHT_PATH_CANDIDATES_MAX 64 /* not asked yet; the farthest make way */

enum pars_dht_asked {
	PARS_DHT_NEW,
	PARS_DHT_ASKED,
	PARS_DHT_ANSWERED,
	PARS_DHT_FAILED,
};

struct pars_dht_candidate {
	struct pars_contact *contact; /* a reference */
	uint8_t state;                /* enum pars_dht_asked */
	uint8_t paths;                /* bit mask: who heard of it */
	uint8_t path;                 /* which one asked it */
	uint8_t hops;                 /* referrals from our table to it; those of the table: 1 */
	bool has_best, has_worse;     /* its user's, for values */
};

struct pars_dht_lookup {
	struct pars_digest target;
	unsigned path_count, want, alpha; /* paths may be added; alpha: asked at once by each, if they live */
	struct pars_dht_candidate *list;  /* nearest first … */
	uint64_t *near;                   /* … and the first 64 bits of their distances, to search in */
	size_t count, cap;
	unsigned open[PARS_DHT_PATHS_MAX];      /* candidates a path could ask */
	unsigned in_flight[PARS_DHT_PATHS_MAX];
	unsigned asked, answered, failed;
};

void pars_dht_lookup_init(struct pars_dht_lookup *l, const struct pars_digest *target,
	unsigned paths, unsigned want, unsigned alpha);
void pars_dht_lookup_done(struct pars_dht_lookup *l, struct pars_contacts *book);

/* Path `path` heard of c. False: nothing new, or too far to matter. */
bool pars_dht_lookup_add(struct pars_dht_lookup *l, struct pars_contacts *book,
	struct pars_contact *c, unsigned path, unsigned hops);
/* The next one to ask now, marked ASKED; or NULL. Good until the next _add. */
struct pars_dht_candidate *pars_dht_lookup_next(struct pars_dht_lookup *l);
struct pars_dht_candidate *pars_dht_lookup_find(const struct pars_dht_lookup *l,
	const struct pars_contact *c);
/* An ASKED one answered, or did not. */
void pars_dht_lookup_settle(struct pars_dht_lookup *l, struct pars_dht_candidate *c, bool answered);
/* Whether every path is done; farther ones may still be under way. */
bool pars_dht_lookup_over(const struct pars_dht_lookup *l);
/* The nearest that answered; borrowed. */
size_t pars_dht_lookup_closest(const struct pars_dht_lookup *l, struct pars_contact **out,
	size_t max);

#endif
