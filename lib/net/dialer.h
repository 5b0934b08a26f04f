/* net/dialer.h - addresses that are to be connected, and when to try again.
 *
 * It decides, the host acts: each kept address is idle until its time, then
 * dialled, then connected or waiting again. */
#ifndef PARS_NET_DIALER_H
#define PARS_NET_DIALER_H

#include "base/timer.h"
#include "crypto/rng.h"
#include "net/host.h"

#define PARS_DIALER_MAX 1024
/* A connection that did not last this long counts as a failed dial, so that
 * a peer which accepts and drops is not dialled every second. */
#define PARS_DIALER_LASTED PARS_S(30)

struct pars_dial_target {
	struct pars_host_kept kept; /* conn: dialling or connected */
	bool connected;
	pars_usec since_us;         /* when it was */
	struct pars_timer timer;    /* at kept.next_us */
	char last_error[160];
};

struct pars_dialer {
	struct pars_dial_target **targets; /* in the order they were added */
	size_t count, cap;
	struct pars_timers timers;
	pars_usec backoff_min, backoff_max;
	struct pars_rng *rng;
};

void pars_dialer_init(struct pars_dialer *d, const struct pars_host_limits *limits,
	struct pars_rng *rng);
void pars_dialer_done(struct pars_dialer *d);

/* EXISTS, LIMIT. */
PARS_MUST enum pars_err pars_dialer_add(struct pars_dialer *d, const struct pars_multiaddr *addr,
	unsigned tag, pars_usec now);
/* NOT_FOUND. */
PARS_MUST enum pars_err pars_dialer_remove(struct pars_dialer *d, const struct pars_multiaddr *addr);

/* One that is due, or NULL; the caller starts, connects, defers, rests or fails
 * it, for it has no time until then. */
struct pars_dial_target *pars_dialer_due(struct pars_dialer *d, pars_usec now);
pars_usec pars_dialer_deadline(const struct pars_dialer *d);
void pars_dialer_started(struct pars_dialer *d, struct pars_dial_target *t, pars_conn conn);
void pars_dialer_connected(struct pars_dialer *d, struct pars_dial_target *t, pars_conn conn, pars_usec now);
/* Nothing was tried, as a limit was reached: soon again. */
void pars_dialer_defer(struct pars_dialer *d, struct pars_dial_target *t, pars_usec now);
/* It is not wanted now: asked about again in half a minute. */
void pars_dialer_rest(struct pars_dialer *d, struct pars_dial_target *t, pars_usec now);
void pars_dialer_failed(struct pars_dialer *d, struct pars_dial_target *t, const char *why,
	pars_usec now);

/* Any connection is gone: what was dialled or served by it waits again. */
void pars_dialer_lost(struct pars_dialer *d, pars_conn conn, const char *why, pars_usec now);
/* A connection is up: whatever it serves need not be dialled. */
void pars_dialer_up(struct pars_dialer *d, pars_conn conn, const struct pars_peer_id *peer,
	pars_usec now);
void pars_dialer_forget_backoff(struct pars_dialer *d, pars_usec now);

#endif
