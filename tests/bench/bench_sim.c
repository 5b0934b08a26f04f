/* tests/bench/bench_sim.c - whole nodes in virtual time (tests/sim): events a
 * processor second, and how much faster than real time a network runs. The
 * limit of the events is that of their signatures alone: each message is
 * signed once and verified by every other node. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/bench.h"
#include "tests/sim/sim.h"

#define NODES 20
#define MESSAGES 400
#define QUIET_S 600
#define SETTLE_S 120

static void join_all(struct sim *s)
{
	PARS_AUTO_ARENA a = { 0 };
	struct pars_fault fault;
	const char *id = NULL;
	enum pars_err err = PARS_OK;
	SIM_CALL(s, 0, n, err, err = pars_session_new(n, "sim", "zero", false, &a, &id, &fault));
	if (err)
		bench_die("%s", fault.text);
	sim_watch(s, id);
	for (unsigned i = 1; i < NODES; i++) {
		SIM_CALL(s, i, n, err, err = pars_session_join(n, id, sim_address(s, (i - 1) / 2), "", &fault));
		if (err)
			bench_die("%s", fault.text);
	}
	sim_run(s, PARS_S(30));
}

static void talk(struct sim *s)
{
	for (unsigned i = 0; i < MESSAGES; i++) {
		PARS_AUTO_ARENA a = { 0 };
		const char *id;
		enum pars_err err = PARS_OK;
		SIM_CALL(s, i % NODES, n, err, err = pars_session_send(n, "sim", "hello", &a, &id, NULL));
		if (err)
			bench_die("a message could not be said");
		sim_run(s, PARS_MS(100));
	}
	const char *wrong = "";
	for (unsigned i = 0; i < SETTLE_S && (wrong = sim_check_equal(s, 0)); i++)
		sim_run(s, PARS_S(1));
	if (wrong)
		bench_die("simulator: %s", wrong);
}

static double bare_signatures(void)
{
	uint8_t public[32], secret[64], message[350] = { 0 }, signature[64];
	crypto_sign_ed25519_keypair(public, secret);
	double since = bench_cpu();
	for (int i = 0; i < MESSAGES; i++) {
		crypto_sign_ed25519_detached(signature, NULL, message, sizeof message, secret);
		for (int k = 1; k < NODES; k++)
			if (crypto_sign_ed25519_verify_detached(signature, message, sizeof message, public))
				bench_die("libsodium refuses a signature");
	}
	return bench_cpu() - since;
}

int main(void)
{
	struct sim_options o = { .seed = 1, .nodes = NODES, .delay_min_ms = 10, .delay_max_ms = 40 };
	struct sim *s = sim_new(&o);
	join_all(s);
	uint64_t events = sim_events(s);
	double since = bench_cpu();
	talk(s);
	double took = bench_cpu() - since;
	events = sim_events(s) - events;
	bench_row("sim_talk", (double)events / took, "events/cpu-s", (double)events / bare_signatures());
	events = sim_events(s);
	since = bench_cpu();
	sim_run(s, PARS_S(QUIET_S));
	took = bench_cpu() - since;
	bench_row("sim_quiet", (double)(sim_events(s) - events) / took, "events/cpu-s", BENCH_NO_LIMIT);
	bench_row("sim_quiet_speed", QUIET_S / took, "x real time", BENCH_NO_LIMIT);
	sim_free(s);
	return EXIT_SUCCESS;
}
