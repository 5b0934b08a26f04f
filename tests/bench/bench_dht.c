/* tests/bench/bench_dht.c - the hash table at scale: what tests/sim/dht tells of
 * a network to which nothing happens. */
#include <stdlib.h>

#include "tests/bench/bench.h"
#include "tests/sim/dht/scenario.h"

int main(void)
{
	static const uint32_t sizes[] = { 1000, 10000 };
	for (size_t i = 0; i < (bench_full() ? PARS_COUNT(sizes) : 1); i++) {
		struct run run = { .seed = 1, .nodes = sizes[i] };
		struct net *net = scenario_grow(&run);
		scenarios[0].run(&run, net);
		net_free(net);
		if (run.failure[0])
			bench_die("%s", run.failure);
	}
	return EXIT_SUCCESS;
}
