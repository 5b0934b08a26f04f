/* tests/bench/bench_trie.c - what tries and the state in the database cost: beside
 * the hashes alone, and beside the same rows in a bare table. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "chain/state.h"
#include "tests/bench/bench.h"
#include "trie/trie.h"

#define BATCH 10000  /* accounts a block while the state is filled */
#define CHANGES 1000
#define ROUNDS 20
#define PROOF_DEPTH 8
#define PROOF_TIMES 1000
#define BRANCH_SIZE 532

static uint32_t accounts;

static void must(enum pars_err err, const char *what)
{
	if (err)
		bench_die("%s: %s", what, pars_err_text(err));
}

static struct pars_address address(uint32_t i)
{
	struct pars_address a = { { 7 } };
	pars_put_be32(a.b + 16, i);
	return a;
}

static struct pars_state_change change(uint32_t i, uint64_t round)
{
	return (struct pars_state_change){ .address = address(i), .exists = true, .nonce = round,
		.balance = { { 0x123456789abcdef0 + i, round + 1 } }, .code_hash = pars_keccak256_empty };
}

static uint32_t any_account(uint64_t *random)
{
	*random = *random * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((*random >> 33) % accounts);
}

/* -- in memory ------------------------------------------------------------------- */

static void put(struct pars_trie *trie, uint32_t i, uint64_t round)
{
	struct pars_state_change c = change(i, round);
	struct pars_digest key = pars_keccak256(PARS_BYTES_ARRAY(c.address.b));
	PARS_AUTO_BUF value = { 0 };
	pars_state_put_account(&value, c.nonce, &c.balance, &pars_trie_empty, &c.code_hash);
	must(pars_trie_put(trie, PARS_BYTES_ARRAY(key.b), pars_buf_bytes(&value)), "an account in the trie");
}

/* The hashes that as many accounts need at least: of a key, a leaf, and of
 * branches as a random trie has them, 1 / ln 16 of the leaves. */
static double hashes_alone(uint32_t n)
{
	static uint8_t node[BRANCH_SIZE];
	double since = bench_cpu();
	for (uint32_t i = 0; i < n; i++) {
		pars_put_be32(node, i);
		pars_keccak256(PARS_BYTES(node, PARS_ADDRESS_SIZE));
		pars_keccak256(PARS_BYTES(node, 120));
		if (i % 100 < 36)
			pars_keccak256(PARS_BYTES_ARRAY(node));
	}
	return bench_cpu() - since;
}

static void in_memory(void)
{
	PARS_AUTO(pars_trie) trie = pars_trie_new(NULL, NULL);
	double bare = hashes_alone(accounts), since = bench_cpu();
	uint64_t random = 1;
	for (uint32_t i = 0; i < accounts; i++)
		put(trie, i, 1);
	pars_trie_root(trie);
	double took = bench_cpu() - since;
	bench_row("trie_insert", accounts / took, "accounts/cpu-s", accounts / bare);
	since = bench_cpu();
	for (uint32_t i = 0; i < accounts / 10; i++)
		put(trie, any_account(&random), 2);
	pars_trie_root(trie);
	took = bench_cpu() - since;
	bench_row("trie_update", accounts / 10 / took, "accounts/cpu-s", BENCH_NO_LIMIT);
}

/* -- in the database ---------------------------------------------------------------- */

static char path[4096];

static struct pars_store *open_store(void)
{
	struct pars_store *store;
	struct pars_fault fault;
	snprintf(path, sizeof path, "%s/state.db", bench_dir());
	if (pars_store_open(path, NULL, &store, &fault))
		bench_die("%s", fault.text);
	return store;
}

static struct pars_digest block(struct pars_store *store, struct pars_state *state, uint64_t number,
	const struct pars_state_change *list, size_t n)
{
	struct pars_digest root, hash = { { 0 } };
	pars_store_begin(store);
	must(pars_state_prepare(state, list, n, &root), "a block's changes");
	must(pars_state_commit(state, number, &hash), "a block");
	must(pars_store_commit(store, false), "a commit");
	return root;
}

/* As many rows of the same length under the same keys in a table of their own. */
static double bare_rows(void)
{
	char *file = pars_sprintf("%s/bare.db", bench_dir());
	sqlite3 *db;
	sqlite3_stmt *q;
	uint8_t value[24] = { 1 };
	if (sqlite3_open(file, &db) || sqlite3_exec(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
	    "PRAGMA cache_size = -4096; CREATE TABLE t (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID",
	    NULL, NULL, NULL) || sqlite3_prepare_v2(db, "INSERT INTO t VALUES (?, ?)", -1, &q, NULL))
		bench_die("%s: %s", file, sqlite3_errmsg(db));
	double since = bench_cpu();
	for (uint32_t i = 0; i < accounts; i++) {
		struct pars_address a = address(i);
		struct pars_digest key = pars_keccak256(PARS_BYTES_ARRAY(a.b));
		if (i % BATCH == 0)
			sqlite3_exec(db, i ? "COMMIT; BEGIN" : "BEGIN", NULL, NULL, NULL);
		sqlite3_bind_blob(q, 1, key.b, sizeof key.b, SQLITE_STATIC);
		sqlite3_bind_blob(q, 2, value, sizeof value, SQLITE_STATIC);
		if (sqlite3_step(q) != SQLITE_DONE)
			bench_die("%s: %s", file, sqlite3_errmsg(db));
		sqlite3_reset(q);
	}
	sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	double took = bench_cpu() - since;
	sqlite3_finalize(q);
	sqlite3_close(db);
	free(file);
	return took;
}

static uint64_t fill(struct pars_store *store, struct pars_state *state)
{
	struct pars_state_change *list = pars_alloc_array(BATCH, sizeof *list);
	uint64_t number = 0;
	double bare = bare_rows(), since = bench_cpu();
	for (uint32_t i = 0; i < accounts; number++) {
		size_t n = 0;
		while (n < BATCH && i < accounts)
			list[n++] = change(i++, 1);
		block(store, state, number, list, n);
	}
	bench_row("state_insert", accounts / (bench_cpu() - since), "accounts/cpu-s", accounts / bare);
	free(list);
	return number;
}

/* The hashes of a thousand changes: the addresses, and the nodes above: those that
 * all share at the top, then about two of the account's own. */
static double hashes_of_changes(void)
{
	static uint8_t node[BRANCH_SIZE];
	double since = bench_cpu();
	for (unsigned i = 0; i < CHANGES; i++) {
		pars_put_be32(node, i);
		pars_keccak256(PARS_BYTES(node, PARS_ADDRESS_SIZE));
		pars_keccak256(PARS_BYTES(node, 120));
	}
	/* 1 + 16 + about 220 + twice 1000 branches */
	for (unsigned i = 0; i < 237 + 2 * CHANGES; i++)
		pars_keccak256(PARS_BYTES_ARRAY(node));
	return bench_cpu() - since;
}

static void change_some(struct pars_store *store, struct pars_state *state, uint64_t number)
{
	struct pars_state_change *list = pars_alloc_array(CHANGES, sizeof *list);
	double prepare[ROUNDS], whole[ROUNDS], bare = hashes_of_changes();
	uint64_t random = 5;
	struct pars_digest root, hash = { { 0 } };
	for (unsigned r = 0; r < ROUNDS; r++) {
		/* Distinct: each from its own part of all. */
		for (uint32_t i = 0; i < CHANGES; i++)
			list[i] = change(i * (accounts / CHANGES) + any_account(&random) % (accounts / CHANGES), r + 2);
		double since = bench_cpu();
		pars_store_begin(store);
		must(pars_state_prepare(state, list, CHANGES, &root), "changes");
		prepare[r] = bench_cpu() - since;
		must(pars_state_commit(state, number + r, &hash), "a block");
		must(pars_store_commit(store, false), "a commit");
		whole[r] = bench_cpu() - since;
	}
	bench_row("state_root_1000_changes", bench_median(prepare, ROUNDS) * 1e3, "ms", bare * 1e3);
	bench_row("state_commit_1000_changes", bench_median(whole, ROUNDS) * 1e3, "ms", BENCH_NO_LIMIT);
	double since = bench_cpu();
	pars_store_begin(store);
	must(pars_state_rewind(state, number + ROUNDS - 2), "going back");
	must(pars_store_commit(store, false), "a commit");
	bench_row("state_rewind_1000_changes", (bench_cpu() - since) * 1e3, "ms", BENCH_NO_LIMIT);
	free(list);
}

static void hash_nodes(const struct pars_trie_proof *proof)
{
	for (size_t i = 0; i < proof->n; i++)
		pars_keccak256(proof->node[i]);
}

static void prove(struct pars_state *state)
{
	PARS_AUTO_ARENA arena = { 0 };
	struct pars_state_block head;
	struct pars_state_proof p;
	struct pars_address who;
	uint32_t i = 0;
	must(pars_state_head(state, &head), "the newest block");
	do {
		if (i == accounts)
			bench_die("no account's proof has %d nodes", PROOF_DEPTH);
		pars_arena_reset(&arena);
		who = address(i++);
		must(pars_state_prove(state, head.number, &who, NULL, 0, &arena, &p), "a proof");
	} while (p.proof.n != PROOF_DEPTH);
	struct pars_account a;
	struct pars_digest storage;
	double took[2][ROUNDS];
	for (int k = 0; k < 2 * ROUNDS; k++) { /* in turn: the machine's speed changes */
		double since = bench_cpu();
		for (int n = 0; n < PROOF_TIMES; n++)
			if (k % 2)
				must(pars_state_verify_account(&head.root, &who, p.proof.node, p.proof.n, &a, &storage), "a proof");
			else
				hash_nodes(&p.proof);
		took[k % 2][k / 2] = (bench_cpu() - since) / PROOF_TIMES;
	}
	bench_row("proof_verify_depth_8", 1 / bench_median(took[1], ROUNDS), "proofs/cpu-s",
		1 / bench_median(took[0], ROUNDS));
}

static void in_database(void)
{
	PARS_AUTO(pars_store) store = open_store();
	PARS_AUTO(pars_state) state = pars_state_new(store, 2);
	uint64_t number = fill(store, state);
	change_some(store, state, number);
	prove(state);
	pars_state_free(PARS_MOVE(state));
	pars_store_free(PARS_MOVE(store)); /* folds the log */
	struct stat st;
	if (stat(path, &st))
		bench_die("%s is not there", path);
	/* At least: a hash, a nonce, a balance. */
	bench_row("state_bytes_per_account", (double)st.st_size / accounts, "bytes", 32 + 1 + 16);
}

int main(void)
{
	accounts = bench_full() ? 1000000 : 100000;
	in_memory();
	in_database();
	return 0;
}
