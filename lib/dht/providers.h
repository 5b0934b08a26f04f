/* dht/providers.h - who provides what, as they said themselves. */
#ifndef PARS_DHT_PROVIDERS_H
#define PARS_DHT_PROVIDERS_H

#include "dht/contact.h"
#include "dht/dht.h"
#include "dht/shelf.h"

#define PARS_DHT_PROVIDERS_KEY_MAX 64 /* of one key */

struct pars_dht_providers {
	struct pars_digest self;
	struct pars_contacts *book;
	unsigned group_max;      /* of one IP group, for one key */
	struct pars_map by_key;
	struct pars_dht_shelf shelf;
};

void pars_dht_providers_init(struct pars_dht_providers *p, struct pars_contacts *book,
	const struct pars_digest *self, const struct pars_dht_limits *limits, uint64_t seed);
void pars_dht_providers_done(struct pars_dht_providers *p);

/* Keeps or refreshes it. LIMIT: full of nearer keys; BUSY: the key has enough,
 * or enough of this IP group, or the provider's part is full. */
PARS_MUST enum pars_err pars_dht_providers_add(struct pars_dht_providers *p, struct pars_bytes key,
	struct pars_contact *provider, pars_usec expires_us);
/* Up to max, from the one `start` chooses on; borrowed. */
size_t pars_dht_providers_get(const struct pars_dht_providers *p, struct pars_bytes key,
	uint64_t start, struct pars_contact **out, size_t max);
void pars_dht_providers_expire(struct pars_dht_providers *p, pars_usec now);
pars_usec pars_dht_providers_deadline(const struct pars_dht_providers *p); /* or PARS_NEVER */

#endif
