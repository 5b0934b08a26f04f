#include "dht/rate.h"

#include <stdlib.h>

#include "base/alloc.h"

#define WAYS PARS_DHT_RATE_WAYS

void pars_dht_rates_init(struct pars_dht_rates *r, const struct pars_dht_limits *limits,
	uint64_t seed)
{
	const unsigned per_s[] = { limits->requests_per_s, limits->writes_per_s };
	const unsigned burst[] = { limits->requests_burst, limits->writes_burst };
	*r = (struct pars_dht_rates){ .seed = seed };
	for (int i = 0; i < 2; i++) {
		r->token_us[i] = PARS_S(1) / PARS_MAX(per_s[i], 1u);
		r->burst_us[i] = burst[i] * r->token_us[i];
	}
}

void pars_dht_rates_done(struct pars_dht_rates *r)
{
	free(r->list);
	r->list = NULL;
	r->set_count = 0;
}

static struct pars_dht_rate *set_of(const struct pars_dht_rates *r, uint64_t peer)
{
	__uint128_t m = (__uint128_t)(peer ^ r->seed) * 0xa0761d6478bd642fu;
	return r->list + WAYS * ((size_t)(m >> 64 ^ m) & (r->set_count - 1));
}

static bool is_full(const struct pars_dht_rate *p, pars_usec now)
{
	return p->full_us[0] <= now && p->full_us[1] <= now;
}

/* Each set becomes two, so all find room. */
static void grow(struct pars_dht_rates *r, pars_usec now)
{
	struct pars_dht_rate *old = r->list;
	size_t n = old ? WAYS * r->set_count : 0;
	r->set_count = old ? 2 * r->set_count : 1;
	r->list = pars_alloc_array(WAYS * r->set_count, sizeof *r->list);
	for (size_t i = 0; i < n; i++) {
		struct pars_dht_rate *p = set_of(r, old[i].peer);
		if (is_full(&old[i], now))
			continue;
		while (!is_full(p, now))
			p++;
		*p = old[i];
	}
	free(old);
}

/* The peer's entry, or one that nobody needs, or NULL. */
static struct pars_dht_rate *find(const struct pars_dht_rates *r, uint64_t peer, pars_usec now)
{
	struct pars_dht_rate *set = set_of(r, peer), *free_one = NULL;
	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].peer == peer)
			return &set[i];
		if (is_full(&set[i], now))
			free_one = &set[i];
	}
	return free_one;
}

/* Who is forgotten has its tokens again: that is worth least to who had most. */
static struct pars_dht_rate *nearly_full(const struct pars_dht_rates *r, uint64_t peer)
{
	struct pars_dht_rate *set = set_of(r, peer), *best = set;
	for (size_t i = 1; i < WAYS; i++)
		if (PARS_MAX(set[i].full_us[0], set[i].full_us[1]) < PARS_MAX(best->full_us[0], best->full_us[1]))
			best = &set[i];
	return best;
}

static struct pars_dht_rate *entry_of(struct pars_dht_rates *r, uint64_t peer, pars_usec now)
{
	struct pars_dht_rate *p = r->list ? find(r, peer, now) : NULL;
	while (!p && WAYS * r->set_count < PARS_DHT_RATE_PEERS_MAX) {
		grow(r, now);
		p = find(r, peer, now);
	}
	if (!p)
		p = nearly_full(r, peer);
	if (p->peer != peer)
		*p = (struct pars_dht_rate){ .peer = peer };
	return p;
}

bool pars_dht_rates_take(struct pars_dht_rates *r, uint64_t peer, bool write, pars_usec now)
{
	struct pars_dht_rate *p = entry_of(r, peer, now);
	pars_usec full[2];
	for (int i = 0; i < 1 + write; i++) {
		full[i] = PARS_MAX(p->full_us[i], now) + r->token_us[i];
		if (full[i] > now + r->burst_us[i])
			return false;
	}
	for (int i = 0; i < 1 + write; i++)
		p->full_us[i] = full[i];
	return true;
}
