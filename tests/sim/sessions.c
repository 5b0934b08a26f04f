/* tests/sim/sessions.c - one session, many accidents, then equal replicas.
 *
 *   sessions [FIRST-SEED [COUNT]]     SEED=N: just that one, verbose
 *
 * Each seed draws a network, sends messages from random nodes while nodes
 * crash, restart, are cut off and cut themselves off; then everything heals,
 * and all replicas must become equal and hold all that was acknowledged. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim.h"

#define CHAOS_STEPS 60
#define HEAL_TIME PARS_S(1800) /* dial backoff goes up to 10 min */

static unsigned below(struct sim *s, unsigned n)
{
	return (unsigned)pars_rng_below(sim_rng(s), n);
}

static void open_session(struct sim *s, unsigned nodes)
{
	PARS_AUTO_ARENA a = { 0 };
	struct pars_fault fault;
	const char *id = NULL;
	enum pars_err err = PARS_OK;
	SIM_CALL(s, 0, n, err = pars_session_new(n, "sim", "node 0", &a, &id, &fault));
	if (err)
		sim_fail(s, "session new: %s", fault.text);
	sim_watch(s, id);
	for (unsigned i = 1; i < nodes; i++) {
		/* Through any node before it: they form a tree, not a star. */
		unsigned via = below(s, i);
		SIM_CALL(s, i, n, err = pars_session_join(n, id, sim_address(s, via), "", &fault));
		if (err)
			sim_fail(s, "session join: %s", fault.text);
	}
}

static void say(struct sim *s, unsigned node, unsigned number)
{
	PARS_AUTO_ARENA a = { 0 };
	const char *id = NULL;
	char text[64];
	enum pars_err err = PARS_OK;
	snprintf(text, sizeof text, "message %u from %u", number, node);
	SIM_CALL(s, node, n, err = pars_session_send(n, "sim", text, &a, &id, NULL));
	if (!err)
		sim_acknowledged(s, node, id);
}

static void random_partition(struct sim *s, unsigned nodes)
{
	unsigned group[SIM_NODES_MAX];
	for (unsigned i = 0; i < nodes; i++)
		group[i] = below(s, 2);
	sim_partition(s, group);
}

static void accident(struct sim *s, unsigned nodes, unsigned number)
{
	unsigned node = below(s, nodes);
	unsigned what = below(s, 20);
	if (!sim_is_up(s, node)) {
		sim_restart(s, node);
	} else if (what < 12) {
		for (unsigned i = below(s, 4) + 1; i; i--)
			say(s, node, number);
	} else if (what < 14) {
		sim_crash(s, node);
	} else if (what < 16) {
		random_partition(s, nodes);
	} else if (what < 17) {
		sim_heal(s);
	} else if (what < 18) {
		SIM_CALL(s, node, n, pars_pause(n));
	} else {
		SIM_CALL(s, node, n, pars_resume(n));
	}
}

static void run_seed(uint64_t seed, bool verbose, uint64_t *events)
{
	struct sim_options o = { .seed = seed, .nodes = 2 + (unsigned)(seed % 5), .delay_min_ms = 1,
		.delay_max_ms = 1 + (unsigned)(seed * 7 % 120), .loss_pct = (unsigned)(seed % 7), .verbose = verbose };
	struct sim *s = sim_new(&o);
	const char *wrong;
	open_session(s, o.nodes);
	for (unsigned i = 0; i < CHAOS_STEPS; i++) {
		sim_run(s, pars_rng_below(sim_rng(s), PARS_S(3)));
		accident(s, o.nodes, i);
	}
	sim_heal(s);
	for (unsigned i = 0; i < o.nodes; i++) {
		if (!sim_is_up(s, i))
			sim_restart(s, i);
		SIM_CALL(s, i, n, pars_resume(n));
	}
	pars_usec healed = sim_now(s);
	while ((wrong = sim_check_equal(s)) && sim_now(s) < healed + HEAL_TIME)
		sim_run(s, PARS_S(1));
	if (wrong)
		sim_fail(s, "%s (%u nodes, healed %.0f s ago)", wrong, o.nodes, (double)(sim_now(s) - healed) / 1e6);
	if (verbose)
		fprintf(stderr, "seed %llu: %u nodes, %llu vertices, equal after %.1f s, %llu events\n",
			(unsigned long long)seed, o.nodes, (unsigned long long)sim_vertices(s, 0),
			(double)(sim_now(s) - healed) / 1e6, (unsigned long long)sim_events(s));
	*events += sim_events(s);
	sim_free(s);
}

int main(int argc, char **argv)
{
	uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 10) : 1, count = argc > 2 ? strtoull(argv[2], NULL, 10) : 100;
	uint64_t events = 0;
	const char *only = getenv("SEED");
	if (only) {
		run_seed(strtoull(only, NULL, 10), true, &events);
		return EXIT_SUCCESS;
	}
	for (uint64_t seed = first; seed < first + count; seed++)
		run_seed(seed, false, &events);
	printf("sim sessions: %llu seeds, %llu events\n", (unsigned long long)count, (unsigned long long)events);
	printf("%llu passed, 0 failed\n", (unsigned long long)count);
	return EXIT_SUCCESS;
}
