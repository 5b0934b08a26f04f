#include "dht/rate.h"

#include <stdlib.h>

#include "base/alloc.h"

#define TOKEN 1000000 /* so that a microsecond is worth per_s parts of one */

struct pars_dht_rate {
	uint64_t peer;
	uint64_t parts[2]; /* of a token, at `at` */
	pars_usec at;
	struct pars_dht_rate *next, *prev;
};

static struct pars_bytes peer_of(const void *value)
{
	const struct pars_dht_rate *p = value;
	return PARS_BYTES(&p->peer, sizeof p->peer);
}

void pars_dht_rates_init(struct pars_dht_rates *r, const struct pars_dht_limits *limits,
	uint64_t seed)
{
	*r = (struct pars_dht_rates){
		.per_s = { PARS_MAX(limits->requests_per_s, 1u), PARS_MAX(limits->writes_per_s, 1u) },
		.burst = { limits->requests_burst, limits->writes_burst } };
	for (int i = 0; i < 2; i++)
		r->full_after = PARS_MAX(r->full_after, PARS_S(r->burst[i]) / r->per_s[i] + 1);
	pars_map_init(&r->peers, peer_of, seed);
}

static void unlink_rate(struct pars_dht_rates *r, struct pars_dht_rate *p)
{
	*(p->prev ? &p->prev->next : &r->first) = p->next;
	*(p->next ? &p->next->prev : &r->last) = p->prev;
}

static void link_last(struct pars_dht_rates *r, struct pars_dht_rate *p)
{
	p->next = NULL;
	p->prev = r->last;
	*(p->prev ? &p->prev->next : &r->first) = p;
	r->last = p;
}

static void forget_first(struct pars_dht_rates *r)
{
	struct pars_dht_rate *p = r->first;
	if (!p)
		return;
	unlink_rate(r, p);
	pars_map_remove(&r->peers, peer_of(p));
	free(p);
}

void pars_dht_rates_done(struct pars_dht_rates *r)
{
	while (r->first)
		forget_first(r);
	pars_map_done(&r->peers);
}

static struct pars_dht_rate *make(struct pars_dht_rates *r, uint64_t peer, pars_usec now)
{
	/* Two go for each that comes: soon only those are left that matter. */
	for (int i = 0; i < 2 && r->first && now - r->first->at >= r->full_after; i++)
		forget_first(r);
	if (r->peers.count >= PARS_DHT_RATE_PEERS_MAX)
		forget_first(r);
	struct pars_dht_rate *p = pars_alloc(sizeof *p);
	p->peer = peer;
	p->at = now;
	for (int i = 0; i < 2; i++)
		p->parts[i] = (uint64_t)r->burst[i] * TOKEN;
	pars_map_put(&r->peers, p);
	link_last(r, p);
	return p;
}

static void refill(const struct pars_dht_rates *r, struct pars_dht_rate *p, pars_usec now)
{
	pars_usec past = PARS_MIN(now - p->at, r->full_after);
	for (int i = 0; i < 2; i++)
		p->parts[i] = PARS_MIN(p->parts[i] + past * r->per_s[i], (uint64_t)r->burst[i] * TOKEN);
	p->at = now;
}

bool pars_dht_rates_take(struct pars_dht_rates *r, uint64_t peer, bool write, pars_usec now)
{
	struct pars_dht_rate *p = pars_map_get(&r->peers, PARS_BYTES(&peer, sizeof peer));
	if (!p) {
		p = make(r, peer, now);
	} else {
		refill(r, p, now);
		unlink_rate(r, p);
		link_last(r, p);
	}
	if (p->parts[0] < TOKEN || (write && p->parts[1] < TOKEN))
		return false;
	p->parts[0] -= TOKEN;
	if (write)
		p->parts[1] -= TOKEN;
	return true;
}
