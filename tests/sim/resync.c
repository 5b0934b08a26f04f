/* tests/sim/resync.c - a member comes back from weeks away and is killed again
 * and again while it takes in what it missed: nothing is lost, nothing doubled,
 * and in the end all are equal.
 *
 * Each round the network is parted, both sides write, and when it is whole the
 * one that was away, or the one that serves it, dies at a moment drawn from all
 * events of the resync: by kill -9 or with its machine. Each death counts only
 * if the two were not equal yet.
 *
 * POINTS (1000: deaths), MISSED (400: messages of a round), SEED (1: sim_fail
 * prints another, of the world in which it happened). */
#include <stdio.h>
#include <stdlib.h>

#include "tests/sim/sim.h"

#define WRITER 0
#define AWAY 1
#define NODES 3       /* and one that sees it all */
#define EVENTS_MAX 16 /* of a life after the first new vertices */
#define PER_WORLD 10  /* deaths, then another seed: checks cost with all there is */
#define PATIENCE PARS_S(3600)

struct resync {
	struct sim *s;
	unsigned said, deaths, rounds;
};

static unsigned below(struct resync *r, unsigned n)
{
	return (unsigned)pars_rng_below(sim_rng(r->s), n);
}

static void open_session(struct resync *r)
{
	PARS_AUTO_ARENA a = { 0 };
	struct pars_fault fault = { 0 };
	const char *id = NULL;
	enum pars_err err = PARS_OK;
	SIM_CALL(r->s, WRITER, n, err, err = pars_session_new(n, "resync", "", false, &a, &id, &fault));
	if (err)
		sim_fail(r->s, "session new: %s", fault.text);
	sim_watch(r->s, id);
	for (unsigned i = 1; i < NODES; i++)
		sim_join(r->s, i, id, WRITER);
}

static void say(struct resync *r, unsigned node, unsigned times)
{
	while (times--) {
		enum pars_err err = sim_say(r->s, node, "resync", r->said++);
		if (err)
			sim_fail(r->s, "node %u cannot write: %s", node, pars_err_text(err));
	}
}

static void wait_equal(struct resync *r)
{
	pars_usec since = sim_now(r->s);
	const char *wrong;
	while ((wrong = sim_check_equal(r->s, 0))) {
		if (sim_now(r->s) > since + PATIENCE)
			sim_fail(r->s, "round %u: %s", r->rounds, wrong);
		sim_run(r->s, PARS_MS(200));
	}
}

static bool is_behind(struct resync *r)
{
	return sim_vertices(r->s, AWAY) != sim_vertices(r->s, WRITER);
}

static uint64_t accepted(struct resync *r)
{
	return pars_node_metrics(sim_node(r->s, AWAY))->value[PARS_M_vertex_accepted] +
		pars_node_metrics(sim_node(r->s, WRITER))->value[PARS_M_vertex_accepted];
}

/* They live until some of what they missed is in, and a little longer. */
static void live(struct resync *r)
{
	uint64_t had = accepted(r);
	pars_usec since = sim_now(r->s);
	while (accepted(r) == had) {
		if (sim_now(r->s) > since + PATIENCE)
			sim_fail(r->s, "round %u: the resync makes no progress", r->rounds);
		sim_run_events(r->s, 1, PARS_S(1));
	}
	sim_run_events(r->s, below(r, EVENTS_MAX), PARS_S(1));
}

static void die(struct resync *r)
{
	unsigned node = below(r, 6) ? AWAY : WRITER;
	if (!is_behind(r) || !sim_is_up(r->s, node))
		return;
	if (below(r, 3))
		sim_crash(r->s, node);
	else
		sim_power_cut(r->s, node);
	r->deaths++;
	sim_run(r->s, PARS_MS(below(r, 50)));
	sim_restart(r->s, node);
}

static void round_of(struct resync *r, unsigned missed)
{
	static const unsigned apart[SIM_NODES_MAX] = { [AWAY] = 1 };
	sim_partition(r->s, apart);
	sim_run(r->s, PARS_S(60));
	say(r, WRITER, missed);
	say(r, AWAY, missed / 20);
	sim_run(r->s, PARS_S(60)); /* until it is on disks, and told */
	sim_heal(r->s);
	while (is_behind(r)) {
		live(r);
		die(r);
	}
	wait_equal(r);
	r->rounds++;
}

static void world(uint64_t seed, unsigned missed, struct resync *total)
{
	struct sim_options o = { .seed = seed, .nodes = NODES, .delay_min_ms = 1, .delay_max_ms = 20, .loss_pct = 1 };
	struct resync r = { .s = sim_new(&o) };
	sim_run(r.s, PARS_S(1));
	open_session(&r);
	sim_run(r.s, PARS_S(5));
	wait_equal(&r);
	while (r.deaths < PER_WORLD)
		round_of(&r, missed);
	total->said += r.said;
	total->deaths += r.deaths;
	total->rounds += r.rounds;
	sim_free(r.s);
}

int main(void)
{
	unsigned seed = sim_setting("SEED", 1), points = sim_setting("POINTS", 1000), missed = sim_setting("MISSED", 400);
	struct resync total = { 0 };
	for (uint64_t i = 0; total.deaths < points; i++)
		world(((uint64_t)seed << 32) + i, missed, &total);
	printf("sim resync: killed %u times in the midst of %u resyncs, %u messages\n1 passed, 0 failed\n",
		total.deaths, total.rounds, total.said);
	return EXIT_SUCCESS;
}
