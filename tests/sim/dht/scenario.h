/* tests/sim/dht/scenario.h - what happens to a simulated DHT, and whether it
 * comes through. */
#ifndef PARS_TESTS_SIM_DHT_SCENARIO_H
#define PARS_TESTS_SIM_DHT_SCENARIO_H

#include "base/base.h"

struct run {
	uint64_t seed;
	uint32_t nodes;
	bool brief;              /* fewer questions, shorter times */
	bool wire;               /* messages are encoded and decoded */
	char failure[200];       /* empty: it came through */
};

struct scenario {
	const char *name, *help;
	void (*run)(struct run *run);
};
extern const struct scenario scenarios[];
extern const unsigned scenario_count;

/* A result: one JSON line on standard output, as tests/bench prints them. */
void scenario_row(const struct run *run, const char *scenario, const char *what, double value,
	const char *unit);
extern bool scenario_quiet; /* no rows */

#endif
