/* tests/sim/dht/fetch.h - has the caches load what the events to come will touch.
 *
 * A large network is far beyond any cache and its events jump about, so that a
 * node's digesting would be waiting for memory and little else. Each step may
 * read only what the steps before asked for; nothing here changes anything. */
#ifndef PARS_TESTS_SIM_DHT_FETCH_H
#define PARS_TESTS_SIM_DHT_FETCH_H

#include "dht/dht.h"

#define FETCH_STEPS 5 /* from 1 on */

void fetch_timer(const struct pars_dht *dht, unsigned step);
/* A request of `from` about key. */
void fetch_request(const struct pars_dht *dht, const struct pars_contact *from, struct pars_bytes key,
	unsigned step);
void fetch_reply(const struct pars_dht *dht, uint64_t ask, const struct pars_contact *from,
	struct pars_contact *const *peers, size_t count, unsigned step);

#endif
