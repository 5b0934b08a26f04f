/* The DHT simulator: SEED=, NODES="1000 10000", SCENARIO=, WIRE=1.
 *
 *   dht          the scenarios at each size, told as JSON lines, and how what
 *                they cost grows from size to size
 *   dht check N  all scenarios on small networks for N seeds: passed, failed */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/dht/scenario.h"

#define SIZES_MAX 8
#define CHECK_NODES 250

static const char *env(const char *name, const char *otherwise)
{
	const char *text = getenv(name);
	return text && *text ? text : otherwise;
}

static bool run_one(const struct scenario *s, struct run *run)
{
	s->run(run);
	if (!run->failure[0])
		return true;
	printf("FAIL: %s with %u nodes: %s; SEED=%llu NODES=%u SCENARIO=%s%s%s\n", s->name, run->nodes,
		run->failure, (unsigned long long)run->seed, run->nodes, s->name,
		run->wire ? " WIRE=1" : "", run->brief ? " BRIEF=1" : "");
	return false;
}

static int check(uint64_t first, unsigned seeds)
{
	unsigned passed = 0, failed = 0;
	scenario_quiet = true;
	for (uint64_t seed = first; seed < first + seeds; seed++)
		for (unsigned i = 0; i < scenario_count; i++) {
			/* The first seed says everything in bytes. */
			struct run run = { .seed = seed, .nodes = CHECK_NODES, .brief = true, .wire = seed == first };
			*(run_one(&scenarios[i], &run) ? &passed : &failed) += 1;
		}
	printf("%u passed, %u failed\n", passed, failed);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	uint64_t seed = strtoull(env("SEED", "1"), NULL, 10);
	const char *name = env("SCENARIO", "");
	char sizes[128], *at = NULL;
	bool ok = true;
	if (argc == 3 && !strcmp(argv[1], "check"))
		return check(seed, (unsigned)atoi(argv[2]));
	snprintf(sizes, sizeof sizes, "%s", env("NODES", "1000"));
	for (char *word = strtok_r(sizes, " ,", &at); word; word = strtok_r(NULL, " ,", &at))
		for (unsigned i = 0; i < scenario_count; i++) {
			struct run run = { .seed = seed, .nodes = (uint32_t)atoi(word),
				.wire = *env("WIRE", ""), .brief = *env("BRIEF", "") };
			if (!*name || !strcmp(name, scenarios[i].name))
				ok &= run_one(&scenarios[i], &run);
		}
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
