/* tests/bench/bench_post.c - saying things: acknowledged means on disk.
 *
 * One by one: a node in this process, whose jobs are run at once, against a bare
 * write and fsync of as many bytes. Pipelined: a real daemon, several posts under way on one
 * connection, against bare signing and inserting with one fsync for each
 * round of posts. */
#include <fcntl.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "pars.h"
#include "tests/bench/fleet.h"

#define SINGLE 500
#define PIPELINED 20000
#define WINDOW 16
#define POST_SIZE 350 /* about what a message's vertex has */
#define TEXT "a message of about the length that people write to each other"

static struct pars_time now(void)
{
	return (struct pars_time){ (pars_usec)(bench_wall() * 1e6), 1700000000000000000 };
}

/* Runs the node's jobs until it wants nothing more: then all is on disk that it
 * was told to save. */
static void run_jobs(struct pars_node *node, struct pars_effects *fx)
{
	struct pars_job *jobs[8];
	for (size_t n = 1; n;) {
		n = 0;
		for (size_t i = 0; i < fx->count && n < PARS_COUNT(jobs); i++)
			if (fx->list[i].type == PARS_EF_JOB)
				jobs[n++] = fx->list[i].job;
		if (!n)
			break;
		pars_step_begin(node, now());
		for (size_t i = 0; i < n; i++) {
			jobs[i]->run(jobs[i]);
			pars_step_event(node, &(struct pars_event){ .type = PARS_EV_JOB_DONE, .job = jobs[i] });
		}
		if (pars_step_end(node, fx))
			bench_die("a job cannot be handed back");
	}
	if (pars_saved(node) != pars_promised(node))
		bench_die("a post is not saved");
}

static struct pars_node *open_node(const char *path, char **ret_session)
{
	struct pars_node_config config = { .path = path, .seed = { 1 }, .agent = "bench", .network = "dev",
		.skip_integrity_check = true, .save_apart = true };
	struct pars_effects fx = { 0 };
	struct pars_fault fault;
	struct pars_node *node;
	PARS_AUTO_ARENA a = { 0 };
	const char *id;
	if (pars_node_new(&config, now(), &node, &fault))
		bench_die("%s", fault.text);
	pars_step_begin(node, now());
	if (pars_session_new(node, "bench", "me", false, &a, &id, &fault) || pars_step_end(node, &fx))
		bench_die("%s", fault.text);
	run_jobs(node, &fx);
	pars_effects_done(&fx);
	*ret_session = pars_strdup(id);
	return node;
}

static void post(struct pars_node *node, const char *session, struct pars_effects *fx)
{
	PARS_AUTO_ARENA a = { 0 };
	struct pars_fault fault;
	const char *id;
	pars_step_begin(node, now());
	if (pars_session_send(node, session, TEXT, &a, &id, &fault) || pars_step_end(node, fx))
		bench_die("a post failed");
	run_jobs(node, fx);
	pars_effects_reset(fx);
}

static void bare_append(int fd)
{
	static const uint8_t bytes[POST_SIZE];
	if (write(fd, bytes, sizeof bytes) != sizeof bytes || fsync(fd))
		bench_die("a write failed");
}

static double lap(double *since)
{
	double now_s = bench_wall(), took = now_s - *since;
	*since = now_s;
	return took;
}

static void one_by_one(void)
{
	double ours[SINGLE], bare[SINGLE], sum = 0, bare_sum = 0;
	char *db = pars_sprintf("%s/single.db", bench_dir()), *file = pars_sprintf("%s/bare", bench_dir()), *session;
	struct pars_node *node = open_node(db, &session);
	struct pars_effects fx = { 0 };
	int fd = open(file, O_WRONLY | O_CREAT | O_APPEND, 0600);
	for (int i = 0; i < SINGLE; i++) {
		double since = bench_wall();
		bare_append(fd);
		bare_sum += bare[i] = lap(&since);
		post(node, session, &fx);
		sum += ours[i] = lap(&since);
	}
	bench_row("post_durable", SINGLE / sum, "posts/s", SINGLE / bare_sum);
	bench_row("post_durable_p50", bench_median(ours, SINGLE) * 1e3, "ms", bench_median(bare, SINGLE) * 1e3);
	bench_row("post_durable_p99", bench_percentile(ours, SINGLE, 99) * 1e3, "ms",
		bench_percentile(bare, SINGLE, 99) * 1e3);
	close(fd);
	pars_effects_done(&fx);
	pars_node_free(node);
	free(session);
	free(db);
	free(file);
}

static void must(sqlite3 *db, int rc)
{
	if (rc != SQLITE_OK && rc != SQLITE_DONE)
		bench_die("sqlite: %s", sqlite3_errmsg(db));
}

/* Signs and inserts with SQLite's own synced commits. */
static double bare_groups(unsigned count)
{
	uint8_t public[32], secret[64], message[POST_SIZE] = { 0 }, signature[64];
	char *path = pars_sprintf("%s/bare.db", bench_dir());
	sqlite3_stmt *insert;
	sqlite3 *db;
	crypto_sign_ed25519_keypair(public, secret);
	sqlite3_open(path, &db);
	must(db, sqlite3_exec(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;"
		"CREATE TABLE vertex (seq INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, raw BLOB NOT NULL)", NULL, NULL, NULL));
	must(db, sqlite3_prepare_v2(db, "INSERT INTO vertex (id, raw) VALUES (?, ?)", -1, &insert, NULL));
	double since = bench_wall();
	for (unsigned i = 0; i < count; i += WINDOW) {
		must(db, sqlite3_exec(db, "BEGIN", NULL, NULL, NULL));
		for (unsigned k = i; k < i + WINDOW; k++) {
			memcpy(message, &k, sizeof k);
			crypto_sign_ed25519_detached(signature, NULL, message, sizeof message, secret);
			sqlite3_bind_blob(insert, 1, signature, 32, SQLITE_STATIC);
			sqlite3_bind_blob(insert, 2, message, sizeof message, SQLITE_STATIC);
			must(db, sqlite3_step(insert));
			sqlite3_reset(insert);
		}
		must(db, sqlite3_exec(db, "COMMIT", NULL, NULL, NULL));
	}
	double took = bench_wall() - since;
	sqlite3_finalize(insert);
	sqlite3_close(db);
	free(path);
	return took;
}

static void pipelined(void)
{
	double *took = pars_alloc_array(PIPELINED, sizeof *took);
	double bare = bare_groups(PIPELINED);
	struct daemon_run d;
	fleet_init(&d, "post");
	fleet_start(&d, "none");
	char *session = fleet_text(&d, "pars_sessionNew", "id", "{s:s}", "name", "bench");
	double cpu = bench_cpu_of(d.pid);
	double all = fleet_post(&d, session, PIPELINED, WINDOW, took);
	cpu = bench_cpu_of(d.pid) - cpu;
	bench_row("post_pipelined", PIPELINED / all, "posts/s", PIPELINED / bare);
	bench_row("post_pipelined_p99", bench_percentile(took, PIPELINED, 99) * 1e3, "ms",
		bare / PIPELINED * WINDOW * 1e3);
	bench_row("post_pipelined_cpu", cpu / PIPELINED * 1e6, "us/post", BENCH_NO_LIMIT);
	fleet_stop(&d, SIGTERM);
	fleet_done(&d);
	free(session);
	free(took);
}

int main(void)
{
	one_by_one();
	pipelined();
	return EXIT_SUCCESS;
}
