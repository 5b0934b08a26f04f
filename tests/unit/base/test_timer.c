#include "base/timer.h"

#include "tests/unit/unit.h"

struct thing {
	int number;
	struct pars_timer timer;
	bool set;
	pars_usec at;
	uint64_t turn;
};

/* The slow way of saying what is due first. */
static struct thing *first(struct thing *things, size_t n)
{
	struct thing *best = NULL;
	for (size_t i = 0; i < n; i++) {
		struct thing *t = &things[i];
		if (t->set && (!best || t->at < best->at || (t->at == best->at && t->turn < best->turn)))
			best = t;
	}
	return best;
}

START_TEST(gives_what_is_due_first_under_random_changes)
{
	static struct thing things[100];
	struct pars_timers ts = { 0 };
	uint32_t rnd = 7;
	uint64_t turn = 0;
	for (unsigned round = 0; round < 20000; round++) {
		rnd = rnd * 1664525 + 1013904223;
		struct thing *t = &things[(rnd >> 8) % PARS_COUNT(things)];
		pars_usec at = rnd >> 24;
		if (rnd >> 4 & 1) {
			if (!t->set || t->at != at)
				t->turn = turn++;
			t->set = true;
			t->at = at;
			pars_timer_set(&ts, &t->timer, at);
		} else if (rnd >> 5 & 1) {
			t->set = false;
			pars_timer_cancel(&ts, &t->timer);
		} else {
			struct thing *due = PARS_TIMER_OF(pars_timers_due(&ts, at), struct thing, timer);
			struct thing *want = first(things, PARS_COUNT(things));
			want = want && want->at <= at ? want : NULL;
			ck_assert_ptr_eq(due, want);
			if (due)
				due->set = false;
		}
		struct thing *next = first(things, PARS_COUNT(things));
		ck_assert_uint_eq(pars_timers_next(&ts), next ? next->at : PARS_NEVER);
	}
	pars_timers_done(&ts);
	ck_assert_uint_eq(pars_timers_next(&ts), PARS_NEVER);
}
END_TEST

START_TEST(never_is_not_set)
{
	struct pars_timers ts = { 0 };
	struct pars_timer t = { 0 };
	pars_timer_set(&ts, &t, PARS_NEVER);
	ck_assert_uint_eq(pars_timers_next(&ts), PARS_NEVER);
	ck_assert_ptr_null(pars_timers_due(&ts, PARS_NEVER));
	pars_timer_set(&ts, &t, 5);
	pars_timer_set(&ts, &t, PARS_NEVER);
	ck_assert_ptr_null(pars_timers_due(&ts, PARS_NEVER));
	pars_timers_done(&ts);
}
END_TEST

UNIT_CASE(timer, gives_what_is_due_first_under_random_changes, never_is_not_set);
