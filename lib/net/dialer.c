#include "net/dialer.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"

#define DOUBLINGS_MAX 30
#define REST_TIME PARS_S(30)

void pars_dialer_init(struct pars_dialer *d, const struct pars_host_limits *limits,
	struct pars_rng *rng)
{
	*d = (struct pars_dialer){
		.backoff_min = limits->dial_backoff_min,
		.backoff_max = limits->dial_backoff_max,
		.rng = rng,
	};
}

void pars_dialer_done(struct pars_dialer *d)
{
	for (size_t i = 0; i < d->count; i++)
		free(d->targets[i]);
	free(d->targets);
	pars_timers_done(&d->timers);
	*d = (struct pars_dialer){ 0 };
}

static void plan(struct pars_dialer *d, struct pars_dial_target *t, pars_usec at)
{
	t->kept.next_us = at;
	pars_timer_set(&d->timers, &t->timer, at);
}

static size_t find(const struct pars_dialer *d, const struct pars_multiaddr *addr)
{
	size_t i = 0;
	while (i < d->count && !pars_multiaddr_equal(&d->targets[i]->kept.addr, addr))
		i++;
	return i;
}

enum pars_err pars_dialer_add(struct pars_dialer *d, const struct pars_multiaddr *addr,
	unsigned tag, pars_usec now)
{
	if (find(d, addr) < d->count)
		return PARS_E_EXISTS;
	if (d->count >= PARS_DIALER_MAX)
		return PARS_E_LIMIT;
	if (d->count == d->cap) {
		d->cap = d->cap ? d->cap * 2 : 8;
		d->targets = pars_realloc(d->targets, d->cap * sizeof(void *));
	}
	struct pars_dial_target *t = pars_alloc(sizeof *t);
	t->kept = (struct pars_host_kept){ .addr = *addr, .tag = tag };
	t->kept.last_error = t->last_error;
	d->targets[d->count++] = t;
	plan(d, t, now);
	return PARS_OK;
}

enum pars_err pars_dialer_remove(struct pars_dialer *d, const struct pars_multiaddr *addr)
{
	size_t i = find(d, addr);
	if (i == d->count)
		return PARS_E_NOT_FOUND;
	pars_timer_cancel(&d->timers, &d->targets[i]->timer);
	free(d->targets[i]);
	d->count--;
	memmove(&d->targets[i], &d->targets[i + 1], (d->count - i) * sizeof(void *));
	return PARS_OK;
}

struct pars_dial_target *pars_dialer_due(struct pars_dialer *d, pars_usec now)
{
	return PARS_TIMER_OF(pars_timers_due(&d->timers, now), struct pars_dial_target, timer);
}

pars_usec pars_dialer_deadline(const struct pars_dialer *d)
{
	return pars_timers_next(&d->timers);
}

void pars_dialer_started(struct pars_dialer *d, struct pars_dial_target *t, pars_conn conn)
{
	t->kept.conn = conn;
	plan(d, t, PARS_NEVER);
	t->connected = false;
}

void pars_dialer_connected(struct pars_dialer *d, struct pars_dial_target *t, pars_conn conn, pars_usec now)
{
	pars_dialer_started(d, t, conn);
	t->connected = true;
	t->since_us = now;
}

/* Doubling, and up to a quarter less, so that nodes which lost the same peer
 * at the same time do not come back at the same time. */
static pars_usec backoff(struct pars_dialer *d, unsigned failures)
{
	pars_usec wait = d->backoff_min;
	for (unsigned i = 1; i < failures && i < DOUBLINGS_MAX && wait < d->backoff_max; i++)
		wait *= 2;
	wait = PARS_MIN(wait, d->backoff_max);
	return wait - pars_rng_below(d->rng, wait / 4 + 1);
}

void pars_dialer_defer(struct pars_dialer *d, struct pars_dial_target *t, pars_usec now)
{
	t->kept.conn = 0;
	t->connected = false;
	plan(d, t, now + backoff(d, 1));
}

void pars_dialer_rest(struct pars_dialer *d, struct pars_dial_target *t, pars_usec now)
{
	plan(d, t, now + REST_TIME);
}

void pars_dialer_failed(struct pars_dialer *d, struct pars_dial_target *t, const char *why,
	pars_usec now)
{
	t->kept.conn = 0;
	t->connected = false;
	t->kept.failures++;
	plan(d, t, now + backoff(d, t->kept.failures));
	snprintf(t->last_error, sizeof t->last_error, "%s", why);
}

void pars_dialer_lost(struct pars_dialer *d, pars_conn conn, const char *why, pars_usec now)
{
	for (size_t i = 0; i < d->count; i++) {
		struct pars_dial_target *t = d->targets[i];
		if (t->kept.conn != conn)
			continue;
		if (t->connected && now - t->since_us >= PARS_DIALER_LASTED)
			t->kept.failures = 0;
		pars_dialer_failed(d, t, why, now);
	}
}

void pars_dialer_up(struct pars_dialer *d, pars_conn conn, const struct pars_peer_id *peer,
	pars_usec now)
{
	for (size_t i = 0; i < d->count; i++) {
		struct pars_dial_target *t = d->targets[i];
		bool serves = t->kept.conn == conn
			|| (!t->connected && !t->kept.conn
			&& pars_bytes_equal(pars_multiaddr_p2p(&t->kept.addr), pars_peer_id_bytes(peer)));
		if (!serves || t->connected)
			continue;
		pars_dialer_connected(d, t, conn, now);
		t->last_error[0] = '\0';
	}
}

void pars_dialer_forget_backoff(struct pars_dialer *d, pars_usec now)
{
	for (size_t i = 0; i < d->count; i++) {
		struct pars_dial_target *t = d->targets[i];
		t->kept.failures = 0;
		if (t->kept.next_us != PARS_NEVER)
			plan(d, t, now);
	}
}
