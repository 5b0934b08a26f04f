/* tests/bench/flood.h - the least that a signed message to everybody costs:
 * processes that sign, check and pass on, over loopback TCP, and nothing else. */
#ifndef PARS_TESTS_BENCH_FLOOD_H
#define PARS_TESTS_BENCH_FLOOD_H

#include <stdbool.h>

/* One process signs what it is given and sends it to `readers` others; each
 * checks it and tells us. ret_ms: from our giving it to each telling, of
 * `rounds` messages with a pause between them; readers * rounds of them. */
void flood(unsigned readers, unsigned rounds, unsigned pause_us, double *ret_ms);

/* This process runs ahead of all others where the system allows that: who
 * measures should not wait for those that are measured. False: like all others. */
void flood_go_first(bool first);

#endif
