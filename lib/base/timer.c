#include "base/timer.h"

#include <stdlib.h>

#include "base/alloc.h"

static bool before(const struct pars_timer *a, const struct pars_timer *b)
{
	return a->at != b->at ? a->at < b->at : a->turn < b->turn;
}

static void put(struct pars_timers *ts, size_t place, struct pars_timer *t)
{
	ts->heap[place - 1] = t;
	t->place = place;
}

/* To where it belongs, from where it stands or the hole at `place`. */
static void settle(struct pars_timers *ts, size_t place, struct pars_timer *t)
{
	for (size_t up; (up = place / 2) && before(t, ts->heap[up - 1]); place = up)
		put(ts, place, ts->heap[up - 1]);
	for (size_t down; (down = 2 * place) <= ts->count; place = down) {
		if (down < ts->count && before(ts->heap[down], ts->heap[down - 1]))
			down++;
		if (!before(ts->heap[down - 1], t))
			break;
		put(ts, place, ts->heap[down - 1]);
	}
	put(ts, place, t);
}

void pars_timers_done(struct pars_timers *ts)
{
	free(ts->heap);
	*ts = (struct pars_timers){ 0 };
}

void pars_timer_set(struct pars_timers *ts, struct pars_timer *t, pars_usec at)
{
	if (at == PARS_NEVER) {
		pars_timer_cancel(ts, t);
		return;
	}
	if (t->place && t->at == at)
		return;
	if (!t->place) {
		if (ts->count == ts->cap) {
			ts->cap = ts->cap ? 2 * ts->cap : 8;
			ts->heap = pars_realloc(ts->heap, ts->cap * sizeof(void *));
		}
		t->place = ++ts->count;
	}
	t->at = at;
	t->turn = ts->turns++;
	settle(ts, t->place, t);
}

void pars_timer_cancel(struct pars_timers *ts, struct pars_timer *t)
{
	size_t place = t->place;
	if (!place)
		return;
	t->place = 0;
	struct pars_timer *last = ts->heap[--ts->count];
	if (last != t)
		settle(ts, place, last);
}

struct pars_timer *pars_timers_due(struct pars_timers *ts, pars_usec now)
{
	if (pars_timers_next(ts) > now || !ts->count)
		return NULL;
	struct pars_timer *t = ts->heap[0];
	pars_timer_cancel(ts, t);
	return t;
}

pars_usec pars_timers_next(const struct pars_timers *ts)
{
	return ts->count ? ts->heap[0]->at : PARS_NEVER;
}
