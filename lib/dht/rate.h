/* dht/rate.h - token buckets of the peers that asked lately. A peer whose
 * buckets are full again is forgotten, so few are known at any time. O(1). */
#ifndef PARS_DHT_RATE_H
#define PARS_DHT_RATE_H

#include "base/map.h"
#include "dht/dht.h"

#define PARS_DHT_RATE_PEERS_MAX 1024 /* then the one quiet for longest is forgotten */

struct pars_dht_rates {
	unsigned per_s[2], burst[2]; /* of requests, of writes */
	pars_usec full_after;        /* quiet so long, both are full */
	struct pars_map peers;
	struct pars_dht_rate *first, *last; /* by their last request */
};

void pars_dht_rates_init(struct pars_dht_rates *r, const struct pars_dht_limits *limits,
	uint64_t seed);
void pars_dht_rates_done(struct pars_dht_rates *r);
/* Takes a token, of both buckets for a write. False: there is none. */
bool pars_dht_rates_take(struct pars_dht_rates *r, uint64_t peer, bool write, pars_usec now);

#endif
