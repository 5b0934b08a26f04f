/* What waits for the disk while the node goes on. */
#include <stdio.h>

#include "base/alloc.h"
#include "tests/unit/node/bed.h"

/* Node 1's database is a file; the others' have no log to sync. */
static void on_disk(int party, struct pars_node_config *config)
{
	static char path[300];
	snprintf(path, sizeof path, "%s/saving.db", unit_tmpdir());
	config->save_apart = true;
	if (party == 1)
		config->path = path;
}

static struct bed *shared(void)
{
	struct bed *b = bed_new_with(false, on_disk);
	bed_session(b);
	b->workers_wait = true;
	return b;
}

static void say(struct bed *b, int i)
{
	PARS_AUTO_ARENA a = { 0 };
	const char *id;
	enum pars_err err = PARS_OK;
	BED_CALL(b, i, err = pars_session_send(b->party[i].node, "s", "hello", &a, &id, NULL));
	ck_assert_int_eq(err, PARS_OK);
}

static void bring_back(struct bed *b, int i)
{
	struct party *p = &b->party[i];
	ck_assert_uint_ge(p->job_count, 1);
	struct pars_job *job = p->jobs[0];
	memmove(p->jobs, p->jobs + 1, --p->job_count * sizeof *p->jobs);
	job->run(job);
	bed_feed(b, i, (struct pars_event){ .type = PARS_EV_JOB_DONE, .job = job });
}

/* Everything moves but node 1's disk. */
static void others_run(struct bed *b)
{
	for (bed_run(b); b->party[2].job_count; bed_run(b))
		bring_back(b, 2);
}

START_TEST(peers_hear_when_it_is_on_disk_and_a_job_covers_what_was_before_it)
{
	struct bed *b = shared();
	struct pars_node *n = b->party[1].node;
	uint64_t before = pars_saved(n);
	ck_assert_uint_eq(pars_promised(n), before);
	say(b, 1);
	others_run(b);
	ck_assert_uint_eq(pars_promised(n), before + 1);
	ck_assert_uint_eq(b->party[1].job_count, 1);
	say(b, 1); /* while the job is out: the next one's */
	others_run(b);
	ck_assert_uint_eq(b->party[1].job_count, 1);
	ck_assert_uint_eq(bed_vertices(b, 1), 4);
	ck_assert_uint_eq(bed_vertices(b, 2), 2);
	ck_assert_uint_eq(pars_saved(n), before);
	bring_back(b, 1);
	others_run(b);
	ck_assert_uint_eq(pars_saved(n), before + 1);
	ck_assert_uint_eq(bed_vertices(b, 2), 3);
	ck_assert_uint_eq(b->party[1].job_count, 1);
	bring_back(b, 1);
	others_run(b);
	ck_assert_uint_eq(pars_saved(n), before + 2);
	ck_assert_uint_eq(bed_vertices(b, 2), 4);
	ck_assert_uint_eq(b->party[1].job_count, 0);
	bed_free(b);
}
END_TEST

/* A step that promises nothing tells peers nothing either while one before it
 * waits, for it may speak of what that one wrote. */
START_TEST(no_step_overtakes_one_that_waits)
{
	struct bed *b = shared();
	say(b, 1);
	for (int s = 0; s < 60; s++) { /* pings, gossip's heartbeats, sync's looking after */
		b->now += PARS_S(1);
		for (int i = 1; i <= 2; i++)
			BED_CALL(b, i, (void)0);
		others_run(b);
	}
	for (size_t i = 0; i < b->link_count; i++)
		for (int side = 0; side < 2; side++)
			ck_assert(b->links[i].party[side] != 1 || !b->links[i].queue[side].n);
	ck_assert_uint_eq(bed_vertices(b, 2), 2);
	bed_free(b); /* with the job out */
}
END_TEST

START_TEST(without_a_log_the_step_itself_waits)
{
	struct bed *b = shared();
	struct pars_node *n = b->party[2].node;
	say(b, 2);
	ck_assert_uint_gt(pars_promised(n), 0);
	ck_assert_uint_eq(pars_promised(n), pars_saved(n));
	ck_assert_uint_eq(b->party[2].job_count, 0);
	bed_free(b);
}
END_TEST

START_TEST(a_shutdown_waits_and_lets_everything_go)
{
	struct bed *b = shared();
	say(b, 1);
	say(b, 1);
	BED_CALL(b, 1, pars_node_shutdown(b->party[1].node));
	ck_assert_uint_eq(pars_promised(b->party[1].node), pars_saved(b->party[1].node));
	others_run(b);
	ck_assert_uint_eq(bed_vertices(b, 2), 4);
	bed_free(b);
}
END_TEST

UNIT_CASE(saving, peers_hear_when_it_is_on_disk_and_a_job_covers_what_was_before_it, no_step_overtakes_one_that_waits,
	without_a_log_the_step_itself_waits, a_shutdown_waits_and_lets_everything_go);
