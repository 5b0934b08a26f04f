/* tests/bench/bench_daemon.c - one real daemon: how soon it answers after
 * exec, how much memory it takes, what an idle connection costs. */
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "pars.h"
#include "tests/bench/fleet.h"
#include "tests/bench/tcp.h"

#define STARTS 7
#define PEERS 96 /* as many inbound ones as a node takes */
#define IDLE_S 30.0
#define BATCH 500

static struct pars_time now(void)
{
	return (struct pars_time){ (pars_usec)(bench_wall() * 1e6), 1700000000000000000 };
}

/* A database with so many messages, made by a node in this process. */
static void fill(const struct daemon_run *d, unsigned messages)
{
	char *path = pars_sprintf("%s/parsd.db", d->datadir);
	struct pars_node_config config = { .path = path, .seed = { 1 }, .agent = "bench", .network = "dev",
		.skip_integrity_check = true };
	struct pars_effects fx = { 0 };
	struct pars_fault fault;
	struct pars_node *node;
	const char *id;
	mkdir(d->datadir, 0700);
	if (pars_node_new(&config, now(), &node, &fault))
		bench_die("%s", fault.text);
	for (unsigned i = 0; i < messages;) {
		PARS_AUTO_ARENA a = { 0 };
		pars_step_begin(node, now());
		if (!i && pars_session_new(node, "bench", "me", false, &a, &id, &fault))
			bench_die("%s", fault.text);
		for (unsigned end = i + BATCH; i < end && i < messages; i++)
			if (pars_session_send(node, "bench", "a message of about the length that people write to each other",
			    &a, &id, &fault))
				bench_die("%s", fault.text);
		if (i == messages)
			pars_node_shutdown(node);
		if (pars_step_end(node, &fx))
			bench_die("the database cannot be written");
		pars_effects_reset(&fx);
	}
	pars_node_free(node);
	pars_effects_done(&fx);
	free(path);
}

/* -- starting ------------------------------------------------------------------- */

static double first_answer(struct daemon_run *d)
{
	double since = bench_wall();
	fleet_start(d, "none");
	json_decref(fleet_call(d, "pars_status", NULL));
	return bench_wall() - since;
}

/* What running any program at all takes here. */
static double bare_exec(void)
{
	double since = bench_wall();
	pid_t pid = fork();
	if (!pid) {
		execl("/bin/true", "/bin/true", (char *)NULL);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
	return bench_wall() - since;
}

static void starts(struct daemon_run *d, const char *what)
{
	double clean[STARTS], crashed[STARTS], bare[STARTS];
	char metric[64];
	first_answer(d);
	for (int i = 0; i < STARTS; i++) {
		bare[i] = bare_exec();
		fleet_stop(d, SIGTERM);
		clean[i] = first_answer(d);
		fleet_stop(d, SIGKILL);
		crashed[i] = first_answer(d);
	}
	fleet_stop(d, SIGTERM);
	snprintf(metric, sizeof metric, "start_%s", what);
	bench_row(metric, bench_median(clean, STARTS) * 1e3, "ms", bench_median(bare, STARTS) * 1e3);
	snprintf(metric, sizeof metric, "start_%s_after_kill", what);
	bench_row(metric, bench_median(crashed, STARTS) * 1e3, "ms", bench_median(bare, STARTS) * 1e3);
}

/* -- memory and idle cost --------------------------------------------------------- */

static void tell_memory(const struct daemon_run *d, const char *what)
{
	char metric[64];
	snprintf(metric, sizeof metric, "memory_%s_rss", what);
	bench_row(metric, fleet_memory(d, "Rss") / 1024, "MiB", BENCH_NO_LIMIT);
	snprintf(metric, sizeof metric, "memory_%s_pss", what);
	bench_row(metric, fleet_memory(d, "Pss") / 1024, "MiB", BENCH_NO_LIMIT);
}

static struct tcp_host peers[PEERS], *list[PEERS];

static void run_for(struct event_base *base, double seconds)
{
	for (double until = bench_wall() + seconds; bench_wall() < until;)
		tcp_turn(base, list, PEERS);
}

/* Hosts of lib/net in this process, as peers that only keep alive. */
static void connect_peers(struct event_base *base, const char *address)
{
	struct pars_multiaddr addr;
	pars_conn conn;
	if (pars_multiaddr_parse(address, &addr, NULL))
		bench_die("%s is no address", address);
	for (size_t i = 0; i < PEERS; i++) {
		list[i] = &peers[i];
		tcp_open(&peers[i], base, (uint8_t)(i + 1));
	}
	for (size_t i = 0; i < PEERS; i++) {
		tcp_begin(&peers[i]);
		if (pars_host_dial(peers[i].host, &addr, &conn))
			bench_die("cannot dial");
		tcp_end(&peers[i]);
		for (int turns = 0; turns < 4; turns++)
			tcp_turn(base, list, i + 1);
	}
}

/* Reads all messages once, as a client would. */
static void read_all(struct daemon_run *d)
{
	char *cursor = NULL;
	for (bool more = true; more;) {
		json_t *page = cursor
			? fleet_call(d, "pars_sessionRead", "{s:s, s:i, s:s}", "session", "bench", "limit", 1000, "cursor", cursor)
			: fleet_call(d, "pars_sessionRead", "{s:s, s:i}", "session", "bench", "limit", 1000);
		free(cursor);
		cursor = pars_strdup(json_string_value(json_object_get(page, "next")));
		more = json_is_true(json_object_get(page, "more"));
		json_decref(page);
	}
	free(cursor);
}

static void loaded(struct daemon_run *d, const char *what)
{
	struct event_base *base = event_base_new();
	fleet_start(d, "/ip4/127.0.0.1/tcp/0");
	read_all(d);
	tell_memory(d, what);
	double before = fleet_memory(d, "Pss");
	char *address = fleet_address(d);
	connect_peers(base, address);
	run_for(base, 2);
	double connected = fleet_number(d, "pars_status", "peers", NULL);
	bench_row("memory_per_connection", (fleet_memory(d, "Pss") - before) / connected, "KiB", BENCH_NO_LIMIT);
	tell_memory(d, "loaded_96_peers");
	double cpu = -bench_cpu_of(d->pid), bytes = -fleet_metric(d, "bytes_sent") - fleet_metric(d, "bytes_received");
	double since = bench_wall();
	run_for(base, IDLE_S);
	double took = bench_wall() - since;
	cpu += bench_cpu_of(d->pid);
	bytes += fleet_metric(d, "bytes_sent") + fleet_metric(d, "bytes_received");
	bench_row("idle_cpu_96_peers", cpu / took * 100, "% of a core", BENCH_NO_LIMIT);
	bench_row("idle_bytes", bytes / took / connected, "bytes/s/connection", BENCH_NO_LIMIT);
	bench_row("idle_connections", connected, "connections", PEERS);
	fleet_stop(d, SIGTERM);
	for (size_t i = 0; i < PEERS; i++)
		tcp_close(&peers[i]);
	event_base_free(base);
	free(address);
}

static void idle(struct daemon_run *d)
{
	fleet_start(d, "/ip4/127.0.0.1/tcp/0");
	json_decref(fleet_call(d, "pars_status", NULL));
	usleep(500000);
	tell_memory(d, "idle");
	fleet_stop(d, SIGTERM);
}

int main(void)
{
	struct daemon_run empty, full;
	fleet_init(&empty, "empty");
	fleet_init(&full, "full");
	starts(&empty, "empty");
	idle(&empty);
	fill(&full, bench_full() ? 1000000 : 100000);
	starts(&full, bench_full() ? "1000k" : "100k");
	loaded(&full, bench_full() ? "1000k" : "100k");
	fleet_done(&empty);
	fleet_done(&full);
	return EXIT_SUCCESS;
}
