/* dht/values.h - other peers' records that are kept here. They were checked
 * (dht/record.h) before they come. */
#ifndef PARS_DHT_VALUES_H
#define PARS_DHT_VALUES_H

#include "dht/contact.h"
#include "dht/dht.h"
#include "dht/shelf.h"

struct pars_dht_values {
	struct pars_digest self;
	struct pars_map by_key;
	struct pars_dht_shelf shelf;
	struct pars_buf gone; /* keys, each behind its length in two bytes */
};

void pars_dht_values_init(struct pars_dht_values *v, const struct pars_digest *self,
	const struct pars_dht_limits *limits, uint64_t seed);
void pars_dht_values_done(struct pars_dht_values *v);

/* Empty: none. Good until the record changes. */
struct pars_bytes pars_dht_values_get(const struct pars_dht_values *v, struct pars_bytes key);
/* Keeps the value, or refreshes it. `sender`: who is charged for it. EXISTS: a
 * better one is here; LIMIT: full of nearer ones; BUSY: the sender's part is full. */
PARS_MUST enum pars_err pars_dht_values_put(struct pars_dht_values *v, struct pars_bytes key,
	struct pars_bytes value, uint64_t sender, pars_usec expires_us);
void pars_dht_values_expire(struct pars_dht_values *v, pars_usec now);
/* Takes the key of a record that expired or made way, appending it. */
bool pars_dht_values_gone(struct pars_dht_values *v, struct pars_buf *ret_key);
pars_usec pars_dht_values_deadline(const struct pars_dht_values *v); /* or PARS_NEVER */

#endif
