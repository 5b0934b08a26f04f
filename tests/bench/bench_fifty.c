/* tests/bench/bench_fifty.c - fifty real daemons on this machine: started all
 * at once, joined to one session as a binary tree, reached by one message,
 * stopped. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "tests/bench/fleet.h"

#define NODES 50
#define WAIT_S 120
#define MESSAGES 20

static struct daemon_run run[NODES];

static void start_all(void)
{
	double since = bench_wall();
	for (int i = 0; i < NODES; i++) {
		char name[16];
		snprintf(name, sizeof name, "n%d", i);
		fleet_init(&run[i], name);
		fleet_spawn(&run[i], "/ip4/127.0.0.1/tcp/0");
	}
	for (int i = 0; i < NODES; i++)
		fleet_connect(&run[i]);
	for (int i = 0; i < NODES; i++)
		json_decref(fleet_call(&run[i], "pars_version", NULL));
	bench_row("fifty_start", bench_wall() - since, "s", BENCH_NO_LIMIT);
}

static void wait_for(const char *what, const char *key, double wanted)
{
	double until = bench_wall() + WAIT_S;
	for (int i = 0; i < NODES; i++)
		while (fleet_number(&run[i], "pars_sessionShow", key, "{s:s}", "session", "fifty") < wanted) {
			if (bench_wall() > until)
				bench_die("%s: node %d is still without it", what, i);
			usleep(2000);
		}
}

/* The genesis and a join of everybody have reached everybody. */
static void join_all(void)
{
	double since = bench_wall();
	char *session = fleet_text(&run[0], "pars_sessionNew", "id", "{s:s}", "name", "fifty");
	char *address[NODES];
	for (int i = 0; i < NODES; i++) {
		address[i] = fleet_address(&run[i]);
		if (i)
			json_decref(fleet_call(&run[i], "pars_sessionJoin", "{s:s, s:s}", "id", session,
				"address", address[(i - 1) / 2]));
	}
	wait_for("joining", "vertices", NODES);
	bench_row("fifty_joined", bench_wall() - since, "s", BENCH_NO_LIMIT);
	for (int i = 0; i < NODES; i++)
		free(address[i]);
	free(session);
}

static void one_message(void)
{
	double took[MESSAGES];
	for (int i = 0; i < MESSAGES; i++) {
		double since = bench_wall();
		json_decref(fleet_call(&run[0], "pars_sessionSend", "{s:s, s:s}", "session", "fifty", "text", "hello"));
		wait_for("a message", "messages", i + 1);
		took[i] = bench_wall() - since;
		usleep(100000);
	}
	bench_row("fifty_message_reaches_all", bench_median(took, MESSAGES) * 1e3, "ms", BENCH_NO_LIMIT);
}

static void memory(void)
{
	double pss = 0, rss = 0, bad = 0;
	for (int i = 0; i < NODES; i++) {
		pss += fleet_memory(&run[i], "Pss");
		rss = PARS_MAX(rss, fleet_memory(&run[i], "Rss"));
		bad += fleet_metric(&run[i], "conn_bad_frame");
	}
	bench_row("fifty_memory_all", pss / 1024, "MiB PSS", BENCH_NO_LIMIT);
	bench_row("fifty_memory_largest", rss / 1024, "MiB RSS", BENCH_NO_LIMIT);
	bench_row("fifty_broken_connections", bad, "connections", BENCH_NO_LIMIT);
}

static void stop_all(void)
{
	double since = bench_wall();
	for (int i = 0; i < NODES; i++)
		kill(run[i].pid, SIGTERM);
	for (int i = 0; i < NODES; i++) {
		fleet_stop(&run[i], SIGTERM);
		fleet_done(&run[i]);
	}
	bench_row("fifty_stop", bench_wall() - since, "s", BENCH_NO_LIMIT);
}

int main(void)
{
	start_all();
	join_all();
	one_message();
	memory();
	stop_all();
	return EXIT_SUCCESS;
}
