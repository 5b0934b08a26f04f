/* tests/bench/bench_sync.c - two real daemons that were apart and wrote 10,000
 * messages each become equal; how long a client waits meanwhile; and what it
 * costs to find out that there is nothing to do. */
#include <pthread.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "sync/sync.h"
#include "tests/bench/fleet.h"

#define MESSAGES 10000
#define WINDOW 64
#define WAIT_S 60
#define LONG_WAIT_S 900
#define MONTH 50000 /* messages missed */

/* -- verification alone, on two cores --------------------------------------------- */

static void *verify_half(void *arg)
{
	uint8_t public[32], secret[64], message[350] = { 0 }, signature[64];
	const int *count = arg;
	crypto_sign_ed25519_keypair(public, secret);
	crypto_sign_ed25519_detached(signature, NULL, message, sizeof message, secret);
	for (int i = 0; i < *count; i++)
		if (crypto_sign_ed25519_verify_detached(signature, message, sizeof message, public))
			abort();
	return NULL;
}

/* Of so many signatures on each of two cores. */
static double bare_verification(int count, double *ret_cpu)
{
	pthread_t thread;
	double since = bench_wall(), cpu = bench_cpu();
	pthread_create(&thread, NULL, verify_half, &count);
	verify_half(&count);
	pthread_join(thread, NULL);
	*ret_cpu = bench_cpu() - cpu;
	return bench_wall() - since;
}

/* -- two daemons -------------------------------------------------------------------- */

/* Bytes of all vertices, from the file. */
static double vertex_bytes(const struct daemon_run *d)
{
	char *path = pars_sprintf("%s/parsd.db", d->datadir);
	sqlite3_stmt *q;
	sqlite3 *db;
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) ||
	    sqlite3_prepare_v2(db, "SELECT sum(length(raw)) FROM vertex", -1, &q, NULL) ||
	    sqlite3_step(q) != SQLITE_ROW)
		bench_die("%s cannot be read", path);
	double n = sqlite3_column_double(q, 0);
	sqlite3_finalize(q);
	sqlite3_close(db);
	free(path);
	return n;
}

/* A new session that both take part in; gives its id, free(). */
static char *share_session(struct daemon_run *a, struct daemon_run *b, const char *name)
{
	char *address = fleet_address(a), *id = fleet_text(a, "pars_sessionNew", "id", "{s:s}", "name", name);
	json_decref(fleet_call(b, "pars_sessionJoin", "{s:s, s:s}", "id", id, "address", address));
	free(address);
	return id;
}

/* Both are in it, and both know. */
static void wait_joined(struct daemon_run *b, const char *id)
{
	while (fleet_number(b, "pars_sessionShow", "vertices", "{s:s}", "session", id) < 2)
		usleep(10000);
}

static char *fingerprint(struct daemon_run *d)
{
	return fleet_text(d, "pars_sessionShow", "fingerprint", "{s:s}", "session", "bench");
}

static void wait_equal(struct daemon_run *a, struct daemon_run *b)
{
	double until = bench_wall() + (bench_full() ? LONG_WAIT_S : WAIT_S);
	for (bool equal = false; !equal;) {
		char *x = fingerprint(a), *y = fingerprint(b);
		equal = !strcmp(x, y);
		free(x);
		free(y);
		if (bench_wall() > until)
			bench_die("two daemons do not become equal");
		usleep(50000); /* more often would be a client that sync makes way for */
	}
}

static double wire_bytes(struct daemon_run *a, struct daemon_run *b)
{
	return fleet_metric(a, "bytes_sent") + fleet_metric(b, "bytes_sent");
}

/* What of it were frames of vertices. */
static double batch_bytes(struct daemon_run *a)
{
	json_t *result = fleet_call(a, "pars_syncStatus", NULL), *row;
	double sum = 0;
	size_t i;
	json_array_foreach(json_object_get(result, "syncs"), i, row)
		sum += json_number_value(json_object_get(row, "bytesOut")) +
			json_number_value(json_object_get(row, "bytesIn"));
	json_decref(result);
	return sum;
}

static void be_apart(struct daemon_run *a, struct daemon_run *b)
{
	json_decref(fleet_call(b, "pars_pause", NULL));
	usleep(300000);
	fleet_post(a, "bench", MESSAGES, WINDOW, NULL);
	fleet_post(b, "bench", MESSAGES, WINDOW, NULL);
}

static void measure(struct daemon_run *a, struct daemon_run *b)
{
	double verify_cpu, verify = bare_verification(MESSAGES, &verify_cpu), vertices = -vertex_bytes(a);
	be_apart(a, b);
	double bytes = -wire_bytes(a, b), cpu = -bench_cpu_of(a->pid) - bench_cpu_of(b->pid), since = bench_wall();
	json_decref(fleet_call(b, "pars_resume", NULL));
	wait_equal(a, b);
	double took = bench_wall() - since;
	cpu += bench_cpu_of(a->pid) + bench_cpu_of(b->pid);
	usleep(200000); /* the last words */
	bytes += wire_bytes(a, b);
	vertices += vertex_bytes(a);
	bench_row("sync_10k_10k", took, "s", verify);
	bench_row("sync_10k_10k_cpu", cpu, "cpu-s", verify_cpu);
	bench_row("sync_bytes", bytes, "bytes", vertices);
	bench_row("sync_bytes_beside_vertices", (bytes - batch_bytes(a)) / (2 * MESSAGES), "bytes/difference",
		BENCH_NO_LIMIT);
}

/* -- a month away ------------------------------------------------------------------------ */

/* One wrote, the other was not there and wrote nothing. */
static void month_away(struct daemon_run *a, struct daemon_run *b)
{
	double verify_cpu;
	json_decref(fleet_call(b, "pars_pause", NULL));
	usleep(300000);
	fleet_post(a, "bench", MONTH, WINDOW, NULL);
	double cpu = -bench_cpu_of(a->pid) - bench_cpu_of(b->pid), since = bench_wall();
	json_decref(fleet_call(b, "pars_resume", NULL));
	wait_equal(a, b);
	double took = bench_wall() - since;
	cpu += bench_cpu_of(a->pid) + bench_cpu_of(b->pid);
	double verify = bare_verification(MONTH / 2, &verify_cpu);
	bench_row("sync_50k_missed", took, "s", verify);
	bench_row("sync_50k_missed_cpu", cpu, "cpu-s", verify_cpu);
}

/* -- a client meanwhile ------------------------------------------------------------------ */

#define ASKED_MAX 20000
#define ASKED_QUIET 2000

/* Round trips with rests between them, until both are equal; `max` at most. */
static size_t ask_meanwhile(struct daemon_run *a, struct daemon_run *b, double *took, size_t max, bool until_equal)
{
	size_t n = 0;
	for (bool over = false; n < max && !over; n++) {
		double since = bench_wall();
		json_decref(fleet_call(a, "pars_version", NULL));
		took[n] = bench_wall() - since;
		usleep(300);
		if (until_equal && n % 50 == 49) {
			char *x = fingerprint(a), *y = fingerprint(b);
			over = !strcmp(x, y);
			free(x);
			free(y);
		}
	}
	return n;
}

static void rpc_meanwhile(struct daemon_run *a, struct daemon_run *b)
{
	double *took = pars_alloc_array(ASKED_MAX, sizeof *took);
	be_apart(a, b);
	ask_meanwhile(a, b, took, ASKED_QUIET, false);
	double quiet_p50 = bench_median(took, ASKED_QUIET), quiet_p99 = bench_percentile(took, ASKED_QUIET, 99);
	json_decref(fleet_call(b, "pars_resume", NULL));
	size_t n = ask_meanwhile(a, b, took, ASKED_MAX, true);
	bench_row("rpc_during_sync_p50", bench_median(took, n) * 1e3, "ms", quiet_p50 * 1e3);
	bench_row("rpc_during_sync_p99", bench_percentile(took, n, 99) * 1e3, "ms", quiet_p99 * 1e3);
	wait_equal(a, b);
	free(took);
}

/* -- nothing to sync ----------------------------------------------------------------------- */

#define FEW 1
#define MANY 21

/* Until nothing was said for a while. */
static void wait_quiet(struct daemon_run *a, struct daemon_run *b)
{
	double said = wire_bytes(a, b), since = bench_wall();
	for (double until = since + WAIT_S; bench_wall() < until && bench_wall() - since < 3;) {
		usleep(100000);
		double now = wire_bytes(a, b);
		if (now != said)
			since = bench_wall();
		said = now;
	}
}

/* On the wire, by a reconnection where nothing is to be done. Each lasts until
 * pubsub's next heartbeat has made its meshes; the median, should something else
 * fall into one. */
static double reconnect_bytes(struct daemon_run *a, struct daemon_run *b)
{
	double bytes[3];
	for (size_t i = 0; i < PARS_COUNT(bytes); i++) {
		json_decref(fleet_call(b, "pars_pause", NULL));
		usleep(300000);
		bytes[i] = -wire_bytes(a, b);
		json_decref(fleet_call(b, "pars_resume", NULL));
		usleep(1500000);
		bytes[i] += wire_bytes(a, b);
	}
	return bench_median(bytes, PARS_COUNT(bytes));
}

/* Two daemons of their own, without the hash table: it talks in its own time, and
 * about sessions too. What a reconnection takes with many equal sessions beside
 * one with few is what each of them adds. */
static void nothing_to_sync(void)
{
	struct daemon_run a, b;
	double few = 0;
	fleet_init(&a, "quiet a");
	fleet_init(&b, "quiet b");
	a.dht_mode = b.dht_mode = "off";
	fleet_start(&a, "/ip4/127.0.0.1/tcp/0");
	fleet_start(&b, "none");
	for (int i = 0; i < MANY; i++) {
		char name[16];
		snprintf(name, sizeof name, "session %d", i);
		char *id = share_session(&a, &b, name);
		wait_joined(&b, id);
		free(id);
		if (i + 1 == FEW) {
			wait_quiet(&a, &b);
			few = reconnect_bytes(&a, &b);
		}
	}
	wait_quiet(&a, &b);
	double many = reconnect_bytes(&a, &b);
	bench_row("nothing_to_sync", (many - few) / (MANY - FEW), "bytes/session", BENCH_NO_LIMIT);
	bench_row("nothing_to_sync_connection", few, "bytes/connection", BENCH_NO_LIMIT);
	fleet_stop(&b, SIGTERM);
	fleet_stop(&a, SIGTERM);
	fleet_done(&a);
	fleet_done(&b);
}

/* -- round trips, counted on the bare protocol ------------------------------------------ */

static void same_state(void *ctx, uint32_t session, struct pars_sync_state *ret)
{
	(void)ctx, (void)session;
	*ret = (struct pars_sync_state){ .count = 5, .lamport = 5, .head_count = 1, .heads = { { { 1 } } } };
}

static uint64_t none_own(void *ctx, uint32_t session)
{
	(void)ctx, (void)session;
	return 0;
}

static int64_t no_past(void *ctx, uint32_t session, const struct pars_digest *id)
{
	(void)ctx, (void)session, (void)id;
	return 0;
}

static bool take_events(struct pars_sync *s)
{
	struct pars_sync_event ev;
	bool equal = false;
	while (pars_sync_next(s, &ev))
		equal |= ev.type == PARS_SYNC_EV_EQUAL;
	return equal;
}

/* Both sides may speak at once; each passing of what both have to say is
 * half a round trip. The stream's opening and the Hello go first. */
static void round_trips(void)
{
	struct pars_sync_replica r = { .state = same_state, .own_count = none_own, .own_past = no_past };
	struct pars_metrics metrics = { 0 };
	struct pars_digest tag = { { 7 } };
	struct pars_sync *s[2] = { pars_sync_new(&r, &metrics, true), pars_sync_new(&r, &metrics, false) };
	bool equal[2] = { false, false };
	double halves = 0, bytes = 0;
	for (int i = 0; i < 2; i++)
		pars_sync_offer(s[i], 1, &tag);
	while (!equal[0] || !equal[1]) {
		struct pars_buf said[2] = { { 0 }, { 0 } };
		for (int i = 0; i < 2; i++) {
			struct pars_bytes out = pars_sync_output(s[i], 1000);
			pars_buf_put(&said[i], out);
			pars_sync_sent(s[i], out.n);
			bytes += (double)out.n;
		}
		for (int i = 0; i < 2; i++) {
			if (pars_sync_input(s[i], 1000, pars_buf_bytes(&said[!i])))
				bench_die("the protocol broke");
			equal[i] |= take_events(s[i]);
		}
		for (int i = 0; i < 2; i++)
			pars_buf_done(&said[i]);
		if (++halves > 100)
			bench_die("two equal sides do not find out");
	}
	bench_row("nothing_to_sync_round_trips", (halves - 1) / 2, "after the hello", BENCH_NO_LIMIT);
	bench_row("nothing_to_sync_protocol", bytes, "bytes/session", BENCH_NO_LIMIT);
	pars_sync_free(s[0]);
	pars_sync_free(s[1]);
}

int main(void)
{
	struct daemon_run a, b;
	fleet_init(&a, "a");
	fleet_init(&b, "b");
	fleet_start(&a, "/ip4/127.0.0.1/tcp/0");
	fleet_start(&b, "none");
	char *session = share_session(&a, &b, "bench");
	wait_joined(&b, session);
	wait_equal(&a, &b);
	measure(&a, &b);
	rpc_meanwhile(&a, &b);
	if (bench_full())
		month_away(&a, &b);
	fleet_stop(&b, SIGTERM);
	fleet_stop(&a, SIGTERM);
	fleet_done(&a);
	fleet_done(&b);
	free(session);
	nothing_to_sync();
	round_trips();
	return EXIT_SUCCESS;
}
