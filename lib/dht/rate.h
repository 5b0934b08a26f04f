/* dht/rate.h - token buckets of the peers that asked lately. A bucket is one
 * time: when it will be full again. A peer whose buckets are full needs no
 * entry, so few are known at any time, in one small array. O(1). */
#ifndef PARS_DHT_RATE_H
#define PARS_DHT_RATE_H

#include "dht/dht.h"

#define PARS_DHT_RATE_PEERS_MAX 1024 /* then one whose buckets are nearly full is forgotten */
#define PARS_DHT_RATE_WAYS 4         /* places where a peer's entry may stand */

struct pars_dht_rate {
	uint64_t peer;
	pars_usec full_us[2];
};

struct pars_dht_rates {
	pars_usec token_us[2], burst_us[2]; /* what a token takes to come back, and all of them */
	uint64_t seed;                      /* so that nobody chooses peers that collide */
	struct pars_dht_rate *list;         /* sets of WAYS each; NULL until needed */
	size_t set_count;                   /* 0 or a power of two */
};

void pars_dht_rates_init(struct pars_dht_rates *r, const struct pars_dht_limits *limits,
	uint64_t seed);
void pars_dht_rates_done(struct pars_dht_rates *r);
/* Takes a token, of both buckets for a write. False: there is none. */
bool pars_dht_rates_take(struct pars_dht_rates *r, uint64_t peer, bool write, pars_usec now);

#endif
