/* tests/sim/dht/scenario.h - what happens to a simulated DHT, and whether it
 * comes through. */
#ifndef PARS_TESTS_SIM_DHT_SCENARIO_H
#define PARS_TESTS_SIM_DHT_SCENARIO_H

#include "tests/sim/dht/net.h"

struct run {
	uint64_t seed;
	uint32_t nodes;
	bool brief;              /* fewer questions, shorter times */
	bool wire;               /* messages are encoded and decoded */
	double grow_cpu;         /* seconds the growing took */
	size_t grown_bytes, bare_bytes; /* of all nodes: grown, and knowing nobody */
	double figure[4];        /* of the static network, as scenario_figures names them */
	char failure[200];       /* empty: it came through */
};
extern const char *const scenario_figures[4];

/* A network in which each new node knew one other; it doubled in equal times. */
struct net *scenario_grow(struct run *run);

struct scenario {
	const char *name, *help;
	void (*run)(struct run *run, struct net *net);
};
extern const struct scenario scenarios[];
extern const unsigned scenario_count;

/* A result: one JSON line on standard output, as tests/bench prints them. */
void scenario_row(const struct run *run, const char *scenario, const char *what, double value,
	const char *unit);
extern bool scenario_quiet; /* no rows */

#endif
