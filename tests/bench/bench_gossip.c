/* tests/bench/bench_gossip.c - pubsub: ten real daemons that all know each
 * other, in one signed topic; what a topic and a peer take of memory; what
 * twenty quiet peers cost. */
#include <malloc.h>
#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "gossip/gossip.h"
#include "tests/bench/fleet.h"
#include "tests/bench/flood.h"

#define NODES 10
#define QUIET_PEERS 20
#define MESSAGES 500 /* of each node, flat out */
#define WINDOW 16     /* calls under way at each node */
#define PACED 200     /* messages, one after the other */
#define PACE_US 40000
#define SIZE 256
#define ROUNDS 500
#define WAIT_S 120
#define QUIET_S 20

static struct daemon_run run[QUIET_PEERS + 1];

/* -- ten of them ------------------------------------------------------------------ */

static void start(unsigned first, unsigned count)
{
	for (unsigned i = first; i < first + count; i++) {
		char name[16];
		snprintf(name, sizeof name, "g%u", i);
		fleet_init(&run[i], name);
		fleet_spawn(&run[i], "/ip4/127.0.0.1/tcp/0");
	}
	for (unsigned i = first; i < first + count; i++) {
		fleet_connect(&run[i]);
		json_decref(fleet_call(&run[i], "pars_gossipJoin", "{s:s}", "topic", "bench"));
	}
}

static size_t subscribers(struct daemon_run *d, bool in_mesh)
{
	json_t *result = fleet_call(d, "pars_gossipMesh", "{s:s}", "topic", "bench"), *row;
	size_t i, n = 0;
	json_array_foreach(json_object_get(result, "peers"), i, row)
		n += !in_mesh || json_is_true(json_object_get(row, "mesh"));
	json_decref(result);
	return n;
}

static void dial(unsigned a, unsigned b)
{
	char *address = fleet_address(&run[b]);
	json_decref(fleet_call(&run[a], "pars_peerAdd", "{s:s}", "address", address));
	free(address);
}

static void wait_for_peers(unsigned i, size_t peers)
{
	double until = bench_wall() + WAIT_S;
	while (subscribers(&run[i], false) < peers || !subscribers(&run[i], true)) {
		if (bench_wall() > until)
			bench_die("node %u finds no peers", i);
		usleep(2000);
	}
}

/* -- flat out ----------------------------------------------------------------------- */

static void publish(struct daemon_run *d, unsigned number)
{
	char text[SIZE + 1];
	snprintf(text, sizeof text, "%-*u", SIZE, number);
	char *line = pars_sprintf("{\"jsonrpc\":\"2.0\",\"id\":%u,\"method\":\"pars_gossipPublish\",\"params\":"
		"{\"topic\":\"bench\",\"data\":\"%s\"}}\n", number, text);
	fleet_write(d, line, strlen(line));
	free(line);
}

static double sum(const char *metric)
{
	double v = 0;
	for (unsigned i = 0; i < NODES; i++)
		v += fleet_metric(&run[i], metric);
	return v;
}

/* Processor seconds of a message if it were only signed once, and checked once
 * at every other node. */
static double bare_s(void)
{
	uint8_t public[32], secret[64], message[350] = { 0 }, signature[64];
	crypto_sign_ed25519_keypair(public, secret);
	double since = bench_cpu();
	for (int i = 0; i < ROUNDS; i++) {
		crypto_sign_ed25519_detached(signature, NULL, message, sizeof message, secret);
		for (int k = 1; k < NODES; k++)
			if (crypto_sign_ed25519_verify_detached(signature, message, sizeof message, public))
				bench_die("libsodium refuses a signature");
	}
	return (bench_cpu() - since) / ROUNDS;
}

static void read_answers(struct daemon_run *d, unsigned *done)
{
	char buf[65536];
	ssize_t got = recv(d->fd, buf, sizeof buf, 0);
	if (got <= 0)
		bench_die("a daemon is gone");
	for (ssize_t i = 0; i < got; i++)
		*done += buf[i] == '\n';
	if (memmem(buf, (size_t)got, "\"error\"", 7))
		bench_die("publishing failed: %.*s", (int)PARS_MIN(got, 300), buf);
}

static void flat_out(void)
{
	unsigned sent[NODES] = { 0 }, done[NODES] = { 0 }, finished = 0;
	double before = sum("gossip_delivered"), received = sum("gossip_received"), copies = sum("gossip_duplicate");
	double cpu = 0, want = (double)MESSAGES * NODES * (NODES - 1), got = 0, since = bench_wall();
	for (unsigned i = 0; i < NODES; i++)
		cpu -= bench_cpu_of(run[i].pid);
	while (finished < NODES) {
		struct pollfd fds[NODES];
		finished = 0;
		for (unsigned i = 0; i < NODES; i++) {
			for (; sent[i] < MESSAGES && sent[i] < done[i] + WINDOW; sent[i]++)
				publish(&run[i], sent[i] + 1000000);
			fds[i] = (struct pollfd){ .fd = run[i].fd, .events = POLLIN };
			finished += done[i] == MESSAGES;
		}
		if (finished < NODES && poll(fds, NODES, WAIT_S * 1000) <= 0)
			bench_die("publishing hangs");
		for (unsigned i = 0; i < NODES; i++)
			if (fds[i].revents && done[i] < MESSAGES)
				read_answers(&run[i], &done[i]);
	}
	for (double until = bench_wall() + WAIT_S; got < want && bench_wall() < until; usleep(5000))
		got = sum("gossip_delivered") - before;
	double took = bench_wall() - since;
	for (unsigned i = 0; i < NODES; i++)
		cpu += bench_cpu_of(run[i].pid);
	double bare = bare_s();
	bench_row("gossip_10_nodes", MESSAGES * NODES / took, "messages/s", (double)sysconf(_SC_NPROCESSORS_ONLN) / bare);
	bench_row("gossip_10_nodes_cpu", cpu / (MESSAGES * NODES) * 1e6, "us a message", bare * 1e6);
	bench_row("gossip_10_delivered", got / want, "of 1", 1);
	bench_row("gossip_10_checked", (sum("gossip_received") - received) / want, "a node and message", 1);
	bench_row("gossip_10_duplicates", (sum("gossip_duplicate") - copies) / want, "a delivery", BENCH_NO_LIMIT);
	bench_row("gossip_10_dropped", sum("gossip_dropped"), "messages", BENCH_NO_LIMIT);
}

/* -- one after the other ------------------------------------------------------------- */

static void ask_next(struct daemon_run *d, const char *cursor)
{
	char *line = pars_sprintf("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"pars_gossipTail\",\"params\":"
		"{\"topic\":\"bench\",\"cursor\":\"%s\",\"wait\":30}}\n", cursor);
	fleet_write(d, line, strlen(line));
	free(line);
}

/* A reader's answer: from where to go on. */
static void take_page(struct daemon_run *d)
{
	json_t *page = json_loads(fleet_line(d), 0, NULL), *result = json_object_get(page, "result");
	if (json_array_size(json_object_get(result, "messages")) != 1)
		bench_die("a reader got something else: %s", json_dumps(page, JSON_COMPACT));
	ask_next(d, json_string_value(json_object_get(result, "next")));
	json_decref(page);
}

/* Their readers still wait: other connections. */
static void reconnect(void)
{
	for (unsigned i = 0; i < NODES; i++) {
		close(run[i].fd);
		pars_buf_done(&run[i].in);
		fleet_connect(&run[i]);
	}
}

/* From the call at one node to the answer at the reader of each other one. */
static void paced(void)
{
	static double took[PACED * NODES], bare[PACED * (NODES - 1)];
	size_t n = 0;
	flood(NODES - 1, PACED, PACE_US, bare);
	double received = sum("gossip_received"), copies = sum("gossip_duplicate");
	for (unsigned i = 1; i < NODES; i++)
		ask_next(&run[i], "end");
	usleep(200000);
	flood_go_first(true);
	for (unsigned k = 0; k < PACED; k++) {
		double since = bench_wall();
		publish(&run[0], k);
		for (unsigned left = NODES - 1; left;) {
			struct pollfd fds[NODES];
			for (unsigned i = 1; i < NODES; i++)
				fds[i] = (struct pollfd){ .fd = run[i].fd, .events = POLLIN };
			if (poll(fds + 1, NODES - 1, WAIT_S * 1000) <= 0)
				bench_die("a message does not arrive");
			for (unsigned i = 1; i < NODES; i++)
				if (fds[i].revents) {
					took[n++] = (bench_wall() - since) * 1e3;
					take_page(&run[i]);
					left--;
				}
		}
		fleet_line(&run[0]);
		usleep(PACE_US);
	}
	flood_go_first(false);
	bench_row("gossip_10_p50", bench_median(took, n), "ms", bench_median(bare, n));
	bench_row("gossip_10_p99", bench_percentile(took, n, 99), "ms", bench_percentile(bare, n, 99));
	reconnect();
	received = sum("gossip_received") - received;
	bench_row("gossip_10_paced_duplicates", (sum("gossip_duplicate") - copies) / received, "a delivery", BENCH_NO_LIMIT);
}

/* -- quiet ----------------------------------------------------------------------------- */

static double bytes_of_first(void)
{
	return fleet_metric(&run[0], "bytes_sent") + fleet_metric(&run[0], "bytes_received");
}

static void quiet(void)
{
	start(NODES, QUIET_PEERS + 1 - NODES);
	for (unsigned i = NODES; i <= QUIET_PEERS; i++)
		dial(i, 0);
	wait_for_peers(0, QUIET_PEERS);
	sleep(20); /* each has been asked once for its round trip */
	double since = bench_wall(), bytes = bytes_of_first(), cpu = bench_cpu_of(run[0].pid);
	sleep(QUIET_S);
	double took = bench_wall() - since;
	bench_row("gossip_idle_20_peers", (bytes_of_first() - bytes) / took, "bytes/s both ways", BENCH_NO_LIMIT);
	bench_row("gossip_idle_20_peers_cpu", (bench_cpu_of(run[0].pid) - cpu) / took * 1e3, "ms/s", BENCH_NO_LIMIT);
}

/* -- memory ------------------------------------------------------------------------------ */

#define TOPICS 10000
#define PEERS 200

static void memory(void)
{
	uint8_t seed[32] = { 1 };
	struct pars_ed25519_pair key;
	struct pars_metrics metrics = { 0 };
	struct pars_rng rng;
	char name[32];
	pars_rng_init(&rng, seed);
	pars_ed25519_pair_from_seed(&key, seed);
	struct pars_gossip *g = pars_gossip_new(&(struct pars_gossip_config){ .key = &key, .seqno = 1,
		.limits = pars_gossip_default_limits, .metrics = &metrics, .rng = &rng });
	pars_gossip_begin(g, PARS_S(1));
	size_t before = mallinfo2().uordblks;
	for (unsigned i = 0; i < TOPICS; i++) {
		snprintf(name, sizeof name, "topic %u", i);
		if (pars_gossip_subscribe(g, name, PARS_GOSSIP_UNSIGNED, &pars_gossip_default_topic))
			bench_die("no more than %u topics", i);
	}
	size_t topics = mallinfo2().uordblks;
	bench_row("gossip_memory_topic", (double)(topics - before) / TOPICS, "bytes", BENCH_NO_LIMIT);
	for (unsigned i = 0; i < TOPICS; i++) {
		snprintf(name, sizeof name, "topic %u", i);
		if (i)
			pars_gossip_unsubscribe(g, name);
	}
	before = mallinfo2().uordblks;
	for (uint32_t i = 0; i < PEERS; i++) {
		struct pars_peer_id id;
		PARS_AUTO_BUF rpc = { 0 };
		pars_put_be32(key.public.b, i);
		pars_peer_id_from_ed25519(&key.public, &id);
		struct pars_gossip_peer *p = pars_gossip_peer_up(g, &id, PARS_GOSSIP_1_2, NULL, true);
		pars_gossip_put_subscription(&rpc, true, PARS_BYTES_STR("topic 0"));
		if (!p || pars_gossip_input(g, p, pars_buf_bytes(&rpc)))
			bench_die("no more than %u peers", i);
		struct pars_bytes out = pars_gossip_output(g, p);
		pars_gossip_sent(p, out.n);
	}
	bench_row("gossip_memory_peer", (double)(mallinfo2().uordblks - before) / PEERS, "bytes", BENCH_NO_LIMIT);
	pars_gossip_free(g);
}

int main(void)
{
	memory();
	start(0, NODES);
	for (unsigned i = 0; i < NODES; i++)
		for (unsigned k = 0; k < i; k++)
			dial(i, k);
	for (unsigned i = 0; i < NODES; i++)
		wait_for_peers(i, NODES - 1);
	sleep(2); /* the meshes have grown */
	flat_out();
	paced();
	quiet();
	for (unsigned i = 0; i <= QUIET_PEERS; i++) {
		fleet_stop(&run[i], SIGTERM);
		fleet_done(&run[i]);
	}
	return EXIT_SUCCESS;
}
