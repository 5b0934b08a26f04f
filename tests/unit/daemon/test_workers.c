#include "daemon/workers.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "tests/unit/unit.h"

struct count_job {
	struct pars_job job;
	unsigned sleep_us;
};

static atomic_uint ran, freed;

static void count_run(struct pars_job *job)
{
	usleep(((struct count_job *)(void *)job)->sleep_us);
	ran++;
}

static void count_free(struct pars_job *job)
{
	freed++;
	free(job);
}

static struct pars_job *job_of(enum pars_job_kind kind, unsigned sleep_us)
{
	struct count_job *j = pars_alloc(sizeof *j);
	j->job = (struct pars_job){ count_run, count_free, kind };
	j->sleep_us = sleep_us;
	return &j->job;
}

static struct pars_job *job_new(unsigned sleep_us)
{
	static unsigned made;
	return job_of(made++ % 3, sleep_us);
}

START_TEST(every_job_comes_back)
{
	struct event_base *base = event_base_new();
	struct inbox inbox = { 0 };
	struct workers *w = workers_new(base, &inbox, 2);
	for (int i = 0; i < 100; i++)
		workers_run(w, job_new(10));
	while (inbox.count < 100)
		event_base_loop(base, EVLOOP_ONCE);
	ck_assert_uint_eq(ran, 100);
	for (size_t i = 0; i < inbox.count; i++) {
		ck_assert_int_eq(inbox.list[i].type, PARS_EV_JOB_DONE);
		free(inbox.list[i].job);
	}
	ck_assert(workers_free(w, 1000));
	inbox_done(&inbox);
	event_base_free(base);
}
END_TEST

START_TEST(orphans_free_themselves)
{
	struct event_base *base = event_base_new();
	struct inbox inbox = { 0 };
	struct workers *w = workers_new(base, &inbox, 2);
	for (int i = 0; i < 50; i++)
		workers_run(w, job_new(1000));
	workers_orphan(w);
	workers_run(w, job_new(10));
	while (!inbox.count)
		event_base_loop(base, EVLOOP_ONCE);
	free(inbox.list[0].job);
	ck_assert(workers_free(w, 1000));
	ck_assert_uint_eq(inbox.count, 1);
	ck_assert_uint_eq(freed, 50);
	inbox_done(&inbox);
	event_base_free(base);
}
END_TEST

START_TEST(no_kind_waits_for_another)
{
	static const enum pars_job_kind order[] = { PARS_JOB_TIDIES, PARS_JOB_COMPUTES, PARS_JOB_SYNCS };
	struct event_base *base = event_base_new();
	struct inbox inbox = { 0 };
	struct workers *w = workers_new(base, &inbox, 1);
	for (unsigned i = 0; i < 3; i++)
		workers_run(w, job_of(order[i], 300000 - 150000 * i));
	while (inbox.count < 3)
		event_base_loop(base, EVLOOP_ONCE);
	for (unsigned i = 0; i < 3; i++) { /* the last was the shortest */
		ck_assert_int_eq(inbox.list[i].job->kind, order[2 - i]);
		free(inbox.list[i].job);
	}
	ck_assert(workers_free(w, 1000));
	inbox_done(&inbox);
	event_base_free(base);
}
END_TEST

UNIT_CASE(workers, every_job_comes_back, orphans_free_themselves, no_kind_waits_for_another);
