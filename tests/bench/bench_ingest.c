/* tests/bench/bench_ingest.c - taking in the signed vertices of others.
 *
 * Eight authors talk in turns; every vertex names its author's last one and
 * the one before it. Each thousand of them is verified by bare libsodium,
 * inserted by bare SQLite into a rowid table with a unique index, and taken
 * in by the node's own path (decode, verify, insert, session), one after the
 * other, so that all three see the same machine. */
#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "session/payload.h"
#include "session/session.h"
#include "tests/bench/bench.h"

#define AUTHORS 8
#define CHUNK 1000

struct talk {
	struct pars_ed25519_pair key[AUTHORS];
	struct pars_digest genesis, last, last_of[AUTHORS];
	uint64_t lamport, next_n[AUTHORS], count;
	struct pars_buf raw[CHUNK];
};

struct plain {
	sqlite3 *db;
	sqlite3_stmt *insert;
};

struct taker {
	struct pars_store *store;
	struct pars_metrics metrics;
	struct pars_rng rng;
	struct pars_sessions *sessions;
	struct pars_session *session;
};

struct costs {
	double verify, insert, node;
};

static void finish(struct talk *t, unsigned author, struct pars_vertex *draft, struct pars_buf *raw)
{
	struct pars_vertex v;
	draft->n = t->next_n[author]++;
	pars_buf_drop(raw, raw->n);
	pars_vertex_encode(draft, &t->key[author], raw);
	if (pars_vertex_decode(pars_buf_bytes(raw), &v))
		bench_die("an own vertex does not decode");
	t->last = t->last_of[author] = v.id;
	t->lamport = v.lamport;
	t->count++;
}

static void open_talk(struct talk *t, struct pars_buf *raw)
{
	static const uint8_t nonce[PARS_SESSION_NONCE_SIZE] = { 7 };
	PARS_AUTO_BUF payload = { 0 };
	for (unsigned i = 0; i < AUTHORS; i++) {
		uint8_t seed[32] = { (uint8_t)(i + 1) };
		pars_ed25519_pair_from_seed(&t->key[i], seed);
	}
	pars_payload_encode(&(struct pars_payload){ .name = PARS_BYTES_STR("bench"), .nick = PARS_BYTES_STR("zero"),
		.nonce = PARS_BYTES_ARRAY(nonce) }, &payload);
	finish(t, 0, &(struct pars_vertex){ .kind = PARS_KIND_GENESIS, .payload = pars_buf_bytes(&payload) }, raw);
	t->genesis = t->last;
}

static void say(struct talk *t, struct pars_buf *raw)
{
	static const char text[] = "one more message of about the length that people write to each other";
	unsigned author = (unsigned)(t->count % AUTHORS);
	bool joins = !t->next_n[author];
	PARS_AUTO_BUF payload = { 0 };
	pars_payload_encode(joins ? &(struct pars_payload){ .nick = PARS_BYTES_STR("nick") }
		: &(struct pars_payload){ .text = PARS_BYTES(text, sizeof text - 1) }, &payload);
	struct pars_vertex draft = { .session = t->genesis, .lamport = t->lamport + 1,
		.kind = joins ? PARS_KIND_JOIN : PARS_KIND_MESSAGE, .time_ns = (int64_t)t->count,
		.parent_count = 1, .parents = { t->last }, .payload = pars_buf_bytes(&payload) };
	if (!joins)
		draft.parents[draft.parent_count++] = t->last_of[author];
	finish(t, author, &draft, raw);
}

/* -- bare libraries ------------------------------------------------------------ */

static void must_sql(sqlite3 *db, int rc)
{
	if (rc != SQLITE_OK && rc != SQLITE_DONE)
		bench_die("sqlite: %s", sqlite3_errmsg(db));
}

static void run_sql(sqlite3 *db, const char *sql)
{
	must_sql(db, sqlite3_exec(db, sql, NULL, NULL, NULL));
}

/* With the settings that the node's own database has. */
static void plain_open(struct plain *p, const char *path)
{
	if (sqlite3_open(path, &p->db))
		bench_die("%s cannot be opened", path);
	run_sql(p->db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -4096;"
		"PRAGMA wal_autocheckpoint = 4000;"
		"CREATE TABLE vertex (seq INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, raw BLOB NOT NULL)");
	must_sql(p->db, sqlite3_prepare_v2(p->db, "INSERT INTO vertex (id, raw) VALUES (?, ?)", -1, &p->insert, NULL));
}

static void plain_insert(struct plain *p, const struct pars_vertex *list, size_t n)
{
	run_sql(p->db, "BEGIN");
	for (size_t i = 0; i < n; i++) {
		sqlite3_bind_blob(p->insert, 1, list[i].id.b, sizeof list[i].id.b, SQLITE_STATIC);
		sqlite3_bind_blob(p->insert, 2, list[i].raw.p, (int)list[i].raw.n, SQLITE_STATIC);
		must_sql(p->db, sqlite3_step(p->insert));
		sqlite3_reset(p->insert);
	}
	run_sql(p->db, "COMMIT");
}

static void plain_close(struct plain *p)
{
	sqlite3_finalize(p->insert);
	sqlite3_close(p->db);
}

static void plain_verify(const struct pars_buf *messages, const struct pars_vertex *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct pars_bytes m = pars_buf_bytes(&messages[i]);
		if (crypto_sign_ed25519_verify_detached(list[i].signature.p, m.p, m.n, list[i].author.b))
			bench_die("libsodium refuses a signature");
	}
}

/* -- the node's way ---------------------------------------------------------------- */

static void taker_open(struct taker *t, const char *path, const struct pars_digest *session)
{
	uint8_t seed[32] = { 9 };
	struct pars_digest joined;
	struct pars_fault fault;
	if (pars_store_open(path, NULL, &t->store, &fault))
		bench_die("%s", fault.text);
	pars_rng_init(&t->rng, seed);
	pars_store_begin(t->store);
	t->sessions = pars_sessions_open(t->store, &t->metrics, &t->rng, seed);
	if (pars_sessions_join(t->sessions, session, NULL, "taker", 0, &t->session, &joined) ||
	    pars_store_commit(t->store, false))
		bench_die("the session cannot be joined");
}

/* As many as come in a frame of sync. */
#define FRAME 50

static void take_frame(struct taker *t, const struct pars_buf *raw, size_t count)
{
	struct pars_digest missing[PARS_VERTEX_PARENTS_MAX], joined;
	static struct pars_vertex v[FRAME];
	struct pars_ed25519_claim claims[FRAME];
	size_t n;
	for (size_t i = 0; i < count; i++) {
		if (pars_vertex_decode(pars_buf_bytes(&raw[i]), &v[i]))
			bench_die("a good vertex does not decode");
		claims[i] = pars_vertex_claim(&v[i]);
	}
	pars_ed25519_verify_each(claims, count);
	for (size_t i = 0; i < count; i++) {
		if (!claims[i].is_valid || pars_dag_insert(t->session->dag, &v[i], missing, &n))
			bench_die("a good vertex is refused");
		pars_session_took(t->session, t->sessions, &v[i], 0, &joined);
	}
}

static void taker_take(struct taker *t, const struct pars_buf *raw, size_t n)
{
	pars_store_begin(t->store);
	for (size_t i = 0; i < n; i += FRAME)
		take_frame(t, &raw[i], PARS_MIN(n - i, (size_t)FRAME));
	pars_sessions_flush(t->sessions, false);
	if (pars_store_commit(t->store, false))
		bench_die("the store does not commit");
}

static void taker_close(struct taker *t)
{
	pars_sessions_free(t->sessions);
	pars_store_free(t->store);
	pars_rng_done(&t->rng);
}

/* -- measuring ------------------------------------------------------------------------ */

static double lap(double *since)
{
	double now = bench_cpu(), took = now - *since;
	*since = now;
	return took;
}

/* What the bare verification is given lies ready: domain and body in a row. */
static void one_chunk(struct talk *talk, struct plain *plain, struct taker *taker, struct costs *c)
{
	static const char domain[] = "pars-vertex-v1";
	static struct pars_vertex list[CHUNK];
	static struct pars_buf messages[CHUNK];
	for (size_t i = 0; i < CHUNK; i++) {
		say(talk, &talk->raw[i]);
		if (pars_vertex_decode(pars_buf_bytes(&talk->raw[i]), &list[i]))
			bench_die("an own vertex does not decode");
		pars_buf_drop(&messages[i], messages[i].n);
		pars_buf_put(&messages[i], PARS_BYTES(domain, sizeof domain - 1));
		pars_buf_put(&messages[i], list[i].body);
	}
	double since = bench_cpu();
	plain_verify(messages, list, CHUNK);
	c->verify += lap(&since);
	plain_insert(plain, list, CHUNK);
	c->insert += lap(&since);
	taker_take(taker, talk->raw, CHUNK);
	c->node += lap(&since);
}

static double per_vertex(const struct costs *a, const struct costs *b, uint64_t n)
{
	return (b->node - a->node) / (double)n;
}

static double bare_per_vertex(const struct costs *a, const struct costs *b, uint64_t n)
{
	return (b->verify + b->insert - a->verify - a->insert) / (double)n;
}

/* The cost of the last tenth before `size`, against that of the mark before:
 * 0 when the next vertex costs what the first ones did. */
static void tell(uint64_t size, const struct costs *start, const struct costs *all, double *last, double *last_bare)
{
	static const struct costs zero;
	char metric[64];
	double tail = per_vertex(start, all, size / 10), bare = bare_per_vertex(start, all, size / 10);
	snprintf(metric, sizeof metric, "ingest_%lluk", (unsigned long long)size / 1000);
	bench_row(metric, 1 / per_vertex(&zero, all, size), "vertices/cpu-s", 1 / bare_per_vertex(&zero, all, size));
	if (*last > 0) {
		snprintf(metric, sizeof metric, "ingest_growth_%lluk", (unsigned long long)size / 1000);
		bench_row(metric, log10(tail / *last), "exponent", log10(bare / *last_bare));
	}
	*last = tail;
	*last_bare = bare;
}

int main(void)
{
	static struct talk talk;
	struct plain plain;
	struct taker taker = { 0 };
	struct costs all = { 0 }, start = { 0 };
	uint64_t top = bench_full() ? 1000000 : 100000, mark = 10000;
	double last = 0, last_bare = 0;
	char *a = pars_sprintf("%s/plain.db", bench_dir()), *b = pars_sprintf("%s/node.db", bench_dir());
	PARS_AUTO_BUF genesis = { 0 };
	open_talk(&talk, &genesis);
	plain_open(&plain, a);
	taker_open(&taker, b, &talk.genesis);
	taker_take(&taker, &genesis, 1);
	for (uint64_t n = 0; n < top;) {
		if (n == mark - mark / 10)
			start = all;
		one_chunk(&talk, &plain, &taker, &all);
		n += CHUNK;
		if (n == mark) {
			tell(mark, &start, &all, &last, &last_bare);
			mark *= 10;
		}
	}
	bench_row("ingest_verify_alone", (double)top / all.verify, "vertices/cpu-s", BENCH_NO_LIMIT);
	bench_row("ingest_sqlite_alone", (double)top / all.insert, "rows/cpu-s", BENCH_NO_LIMIT);
	plain_close(&plain);
	taker_close(&taker);
	free(a);
	free(b);
	return EXIT_SUCCESS;
}
