/* The DHT simulator: SEED=, NODES="1000 10000", SCENARIO="dead static", WIRE=1.
 *
 *   dht          the scenarios at each size, told as JSON lines, and how what
 *                they cost grows from size to size
 *   dht check N  all scenarios on small networks for N seeds: passed, failed */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/sim/dht/scenario.h"

#define SCENARIOS_MAX 32
#define CHECK_NODES 250

static const char *env(const char *name, const char *otherwise)
{
	const char *text = getenv(name);
	return text && *text ? text : otherwise;
}

static bool told(const struct run *run, const char *name)
{
	if (!run->failure[0])
		return true;
	printf("FAIL: %s with %u nodes: %s; SEED=%llu NODES=%u SCENARIO=%s%s%s\n", name, run->nodes,
		run->failure, (unsigned long long)run->seed, run->nodes, name, run->wire ? " WIRE=1" : "",
		run->brief ? " BRIEF=1" : "");
	return false;
}

/* How what things cost grows with the number of nodes: the exponent. */
static void tell_growth(const struct run *small, const struct run *large)
{
	for (size_t i = 0; i < PARS_COUNT(scenario_figures); i++) {
		double more = log(large->figure[i] / small->figure[i]);
		char what[64];
		snprintf(what, sizeof what, "exponent_%s", scenario_figures[i]);
		if (small->figure[i] > 0 && large->figure[i] > 0)
			scenario_row(large, "growth", what, more / log((double)large->nodes / small->nodes), "");
	}
}

/* Each scenario gets a copy of the grown network: a process of its own, which
 * shares `run` with us. */
static bool run_apart(const struct scenario *s, struct run *run, struct net *net)
{
	int status = 0;
	run->failure[0] = '\0';
	fflush(stdout);
	pid_t child = fork();
	if (!child) {
		s->run(run, net);
		bool ok = told(run, s->name);
		if (run->brief)
			net_free(net);
		exit(ok ? EXIT_SUCCESS : EXIT_FAILURE);
	}
	return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && !WEXITSTATUS(status);
}

static const struct scenario *find(const char *name)
{
	for (unsigned i = 0; i < scenario_count; i++)
		if (!strcmp(name, scenarios[i].name))
			return &scenarios[i];
	fprintf(stderr, "SCENARIO: there is no \"%s\"\n", name);
	exit(EXIT_FAILURE);
}

/* Those named, in this order; or all, the first one last. */
static unsigned choose(const char *names, const struct scenario **ret)
{
	char words[256], *at = NULL;
	unsigned n = 0;
	snprintf(words, sizeof words, "%s", names);
	for (char *word = strtok_r(words, " ,", &at); word && n < SCENARIOS_MAX; word = strtok_r(NULL, " ,", &at))
		ret[n++] = find(word);
	for (unsigned i = 1; !*names && i <= scenario_count; i++)
		ret[n++] = &scenarios[i % scenario_count];
	return n;
}

static void run_all(struct run *run, const char *names, unsigned *passed, unsigned *failed)
{
	const struct scenario *chosen[SCENARIOS_MAX];
	unsigned n = choose(names, chosen);
	struct net *net = scenario_grow(run);
	for (unsigned i = 0; i + 1 < n; i++)
		*(run_apart(chosen[i], run, net) ? passed : failed) += 1;
	/* The last one runs here: a copy pays for each page it touches. */
	run->failure[0] = '\0';
	chosen[n - 1]->run(run, net);
	*(told(run, chosen[n - 1]->name) ? passed : failed) += 1;
	net_free(net);
}

int main(int argc, char **argv)
{
	uint64_t seed = strtoull(env("SEED", "1"), NULL, 10);
	unsigned passed = 0, failed = 0;
	char sizes[128], *at = NULL;
	struct run before = { 0 }, *run = mmap(NULL, sizeof *run, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (run == MAP_FAILED)
		return EXIT_FAILURE;
	if (argc == 3 && !strcmp(argv[1], "check")) {
		scenario_quiet = true;
		for (uint64_t s = seed; s < seed + (unsigned)atoi(argv[2]); s++) {
			/* The first seed says everything in bytes. */
			*run = (struct run){ .seed = s, .nodes = CHECK_NODES, .brief = true, .wire = s == seed };
			run_all(run, "", &passed, &failed);
		}
		printf("%u passed, %u failed\n", passed, failed);
		return failed ? EXIT_FAILURE : EXIT_SUCCESS;
	}
	snprintf(sizes, sizeof sizes, "%s", env("NODES", "1000"));
	for (char *word = strtok_r(sizes, " ,", &at); word; word = strtok_r(NULL, " ,", &at)) {
		*run = (struct run){ .seed = seed, .nodes = (uint32_t)atoi(word), .wire = *env("WIRE", ""),
			.brief = *env("BRIEF", "") };
		run_all(run, env("SCENARIO", ""), &passed, &failed);
		if (before.nodes)
			tell_growth(&before, run);
		before = *run;
	}
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
