/* base/timer.h - what is due next, of many things that each have a time.
 *
 * A heap of times. The timer lies inside the thing it belongs to (intrusive),
 * so a thing costs no allocation, and a step costs what is due in it and
 * not what there is: setting, cancelling and taking are O(log n), the next
 * time is O(1). Of equal times the one that was set first is due first, so
 * runs replay exactly. */
#ifndef PARS_BASE_TIMER_H
#define PARS_BASE_TIMER_H

#include "base/base.h"

struct pars_timer {
	pars_usec at;   /* while it is set */
	uint64_t turn;
	size_t place;   /* in the heap, from 1; 0: not set */
};

struct pars_timers {
	struct pars_timer **heap;
	size_t count, cap;
	uint64_t turns;
};

void pars_timers_done(struct pars_timers *ts); /* does not look at what is set: that may be gone */
/* Sets or moves it; PARS_NEVER cancels. Borrows the timer while it is set. */
void pars_timer_set(struct pars_timers *ts, struct pars_timer *t, pars_usec at);
void pars_timer_cancel(struct pars_timers *ts, struct pars_timer *t);
/* The first that is due, no longer set; NULL: none is. One that is set again
 * for now at once is due again: set it behind the loop, or later. */
struct pars_timer *pars_timers_due(struct pars_timers *ts, pars_usec now);
pars_usec pars_timers_next(const struct pars_timers *ts); /* or PARS_NEVER */

/* The thing a timer lies in, or NULL. */
#define PARS_TIMER_OF(timer, type, field) \
	({ struct pars_timer *timer_ = (timer); timer_ ? (type *)((char *)timer_ - offsetof(type, field)) : NULL; })

#endif
