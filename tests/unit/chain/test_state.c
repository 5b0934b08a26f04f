#include "chain/state.h"

#include <stdio.h>
#include <stdlib.h>

#include <sqlite3.h>

#include "base/alloc.h"
#include "tests/unit/unit.h"
#include "trie/proof.h"

/* A state that is too simple to be wrong: every account with all its slots. */
#define ACCOUNTS 40
#define SLOTS 12

struct simple {
	struct pars_state_change account[ACCOUNTS];
	struct pars_state_slot slot[ACCOUNTS][SLOTS];
};

static char path[300];

static struct pars_store *open_store(void)
{
	struct pars_store *store;
	struct pars_fault fault;
	ck_assert_msg(!pars_store_open(path, NULL, &store, &fault), "%s", fault.text);
	return store;
}

static struct pars_store *new_store(void)
{
	static int n;
	snprintf(path, sizeof path, "%s/state%d.db", unit_tmpdir(), n++);
	return open_store();
}

static uint32_t draw(uint64_t *random)
{
	*random = *random * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*random >> 33);
}

static struct pars_address address(uint32_t i)
{
	return (struct pars_address){ { 1, (uint8_t)i } };
}

static const uint8_t code[] = { 0x60, 1, 0x60, 2 };

/* Draws what a block does to one account, and does it to the simple state. */
static void draw_change(uint64_t *random, struct simple *m, uint32_t i, struct pars_arena *arena,
	struct pars_state_change *c)
{
	struct pars_state_change *a = &m->account[i];
	*c = (struct pars_state_change){ .address = address(i), .exists = draw(random) % 6 != 0,
		.nonce = draw(random) % 300, .balance = { { draw(random), 0, draw(random) % 2 } },
		.code_hash = pars_keccak256_empty };
	if (a->exists && draw(random) % 2) { /* slots only */
		c->exists = true;
		c->nonce = a->nonce;
		c->balance = a->balance;
		c->code_hash = a->code_hash;
	} else if (draw(random) % 3 == 0) {
		c->code = PARS_BYTES_ARRAY(code);
		c->code_hash = pars_keccak256(c->code);
	}
	c->storage_cleared = draw(random) % 5 == 0;
	if (!c->exists || c->storage_cleared)
		memset(m->slot[i], 0, sizeof m->slot[i]);
	a->exists = c->exists;
	a->nonce = c->nonce;
	a->balance = c->balance;
	a->code_hash = c->code_hash;
	c->slots = pars_arena_alloc(arena, SLOTS * sizeof *c->slots);
	for (uint32_t k = 0; k < SLOTS; k++) {
		if (!c->exists || draw(random) % 4)
			continue;
		struct pars_u256 value = { { draw(random) % 3 * draw(random), 0, 0, draw(random) % 2 } };
		if (draw(random) % 3 == 0)
			value = PARS_U256(0);
		m->slot[i][k].value = value;
		c->slots[c->slot_count++] = (struct pars_state_slot){ { { k } }, value };
	}
}

static size_t draw_block(uint64_t *random, struct simple *m, struct pars_arena *arena, struct pars_state_change *list)
{
	size_t n = 0;
	for (uint32_t i = 0; i < ACCOUNTS; i++)
		if (draw(random) % 6 == 0)
			draw_change(random, m, i, arena, &list[n++]);
	return n;
}

static struct pars_digest simple_root(struct simple *m)
{
	for (uint32_t i = 0; i < ACCOUNTS; i++) {
		m->account[i].address = address(i);
		m->account[i].slots = m->slot[i];
		m->account[i].slot_count = SLOTS;
		for (uint32_t k = 0; k < SLOTS; k++)
			m->slot[i][k].key = PARS_U256(k);
	}
	return pars_state_root_of(m->account, ACCOUNTS);
}

static void expect_view(struct pars_state *s, uint64_t number, struct simple *m)
{
	struct pars_state_view view;
	ck_assert_int_eq(pars_state_view_init(&view, s, number), PARS_OK);
	for (uint32_t i = 0; i < ACCOUNTS; i++) {
		struct pars_address who = address(i);
		struct pars_account a;
		struct pars_bytes got;
		bool has_storage = false;
		ck_assert_int_eq(view.host.account(view.host.ctx, &who, &a), PARS_OK);
		ck_assert_int_eq(a.exists, m->account[i].exists);
		for (uint32_t k = 0; k < SLOTS; k++) {
			struct pars_u256 value, want = m->slot[i][k].value;
			has_storage |= !pars_u256_is_zero(&want);
			ck_assert_int_eq(view.host.storage(view.host.ctx, &who, &PARS_U256(k), &value), PARS_OK);
			ck_assert(pars_u256_equal(&value, &want));
		}
		ck_assert_int_eq(a.has_storage, has_storage);
		if (!a.exists)
			continue;
		ck_assert_uint_eq(a.nonce, m->account[i].nonce);
		ck_assert(pars_u256_equal(&a.balance, &m->account[i].balance));
		ck_assert_int_eq(view.host.code(view.host.ctx, &who, &a.code_hash, &got), PARS_OK);
		ck_assert_uint_eq(got.n, pars_digest_equal(&a.code_hash, &pars_keccak256_empty) ? 0 : sizeof code);
	}
	pars_state_view_done(&view);
}

static void expect_proofs(struct pars_state *s, uint64_t number, struct simple *m)
{
	struct pars_digest root = simple_root(m);
	for (uint32_t i = 0; i < ACCOUNTS; i += 7) {
		PARS_AUTO_ARENA arena = { 0 };
		struct pars_address who = address(i);
		struct pars_u256 keys[3] = { PARS_U256(0), PARS_U256(5), PARS_U256(1000) };
		struct pars_state_proof p;
		struct pars_account a;
		struct pars_digest storage;
		ck_assert_int_eq(pars_state_prove(s, number, &who, keys, 3, &arena, &p), PARS_OK);
		ck_assert_int_eq(pars_state_verify_account(&root, &who, p.proof.node, p.proof.n, &a, &storage), PARS_OK);
		ck_assert_int_eq(a.exists, m->account[i].exists);
		ck_assert(!a.exists || pars_u256_equal(&a.balance, &m->account[i].balance));
		for (int k = 0; k < 3; k++) {
			struct pars_u256 value, want = k < 2 ? m->slot[i][5 * k].value : PARS_U256(0);
			struct pars_trie_proof *sp = &p.slots[k].proof;
			ck_assert_int_eq(pars_state_verify_slot(&storage, &keys[k], sp->node, sp->n, &value), PARS_OK);
			ck_assert(pars_u256_equal(&value, &want));
			ck_assert(pars_u256_equal(&p.slots[k].value, &want));
		}
		if (p.proof.n) {
			ck_assert_int_eq(pars_state_verify_account(&root, &who, p.proof.node, p.proof.n - 1, &a, &storage),
				PARS_E_PEER_MALFORMED);
		}
	}
}

static void commit_block(struct pars_store *store, struct pars_state *s, uint64_t number,
	const struct pars_state_change *list, size_t n, struct simple *m)
{
	struct pars_digest root, want = simple_root(m), hash = { { (uint8_t)number, 7 } };
	pars_store_begin(store);
	ck_assert_int_eq(pars_state_prepare(s, list, n, &root), PARS_OK);
	ck_assert(pars_digest_equal(&root, &want));
	ck_assert_int_eq(pars_state_commit(s, number, &hash), PARS_OK);
	ck_assert_int_eq(pars_store_commit(store, false), PARS_OK);
}

/* The rows that a database holds for a state, sorted, as one hash: none more and
 * none less than one that has just been given the whole state. */
static struct pars_digest rows(void)
{
	sqlite3 *db;
	sqlite3_stmt *q;
	PARS_AUTO_BUF all = { 0 };
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(db, "SELECT key, value FROM state ORDER BY key", -1, &q, NULL), SQLITE_OK);
	while (sqlite3_step(q) == SQLITE_ROW)
		for (int i = 0; i < 2; i++) {
			pars_buf_put_byte(&all, (uint8_t)sqlite3_column_bytes(q, i));
			pars_buf_put(&all, PARS_BYTES(sqlite3_column_blob(q, i), (size_t)sqlite3_column_bytes(q, i)));
		}
	sqlite3_finalize(q);
	sqlite3_close(db);
	return pars_keccak256(pars_buf_bytes(&all));
}

static struct pars_digest rows_of(struct simple *m)
{
	char before[sizeof path];
	memcpy(before, path, sizeof path);
	PARS_AUTO(pars_store) store = new_store();
	PARS_AUTO(pars_state) s = pars_state_new(store, 10);
	commit_block(store, s, 0, m->account, ACCOUNTS, m);
	struct pars_digest d = rows();
	memcpy(path, before, sizeof path);
	return d;
}

#define BLOCKS 40
#define RETAIN 12

static struct simple history[BLOCKS];

/* How far back one can go; `*oldest` is what is left of older blocks. */
static uint64_t draw_back(uint64_t *random, uint64_t number, uint64_t *oldest)
{
	if (number > RETAIN && number - RETAIN > *oldest)
		*oldest = number - RETAIN;
	return draw(random) % (number - *oldest + 1);
}

/* Forty blocks, some of them undone and others put in their place. */
static void run_chain(uint64_t random)
{
	PARS_AUTO(pars_store) store = new_store();
	PARS_AUTO(pars_state) s = pars_state_new(store, RETAIN);
	static struct pars_state_change list[ACCOUNTS];
	uint64_t number = 0, oldest = 0;
	for (int step = 0; number < BLOCKS; step++) {
		PARS_AUTO_ARENA arena = { 0 };
		struct simple *m = &history[number];
		if (number)
			*m = history[number - 1];
		else
			memset(m, 0, sizeof *m);
		size_t n = draw_block(&random, m, &arena, list);
		commit_block(store, s, number, list, n, m);
		expect_view(s, number, m);
		draw_back(&random, number, &oldest);
		if (step % 5 == 4) {
			uint64_t back = draw_back(&random, number, &oldest);
			expect_view(s, number - back, &history[number - back]);
			expect_proofs(s, number - back, &history[number - back]);
		}
		if (step % 9 == 8) {
			number -= draw_back(&random, number, &oldest);
			pars_store_begin(store);
			ck_assert_int_eq(pars_state_rewind(s, number), PARS_OK);
			ck_assert_int_eq(pars_store_commit(store, false), PARS_OK);
			expect_view(s, number, &history[number]);
		}
		if (step % 3 == 2) {
			struct pars_digest got = rows(), want = rows_of(&history[number]);
			ck_assert(pars_digest_equal(&got, &want));
		}
		number++;
	}
}

START_TEST(any_history_ends_in_the_rows_of_the_state)
{
	run_chain(1);
	run_chain(2);
}
END_TEST

START_TEST(it_is_there_after_a_restart)
{
	struct pars_state_change c = { .address = address(1), .exists = true, .balance = { { 5 } },
		.code_hash = pars_keccak256_empty };
	struct simple m = { .account = { [1] = c } };
	struct pars_state_block head;
	PARS_AUTO(pars_store) store = new_store();
	PARS_AUTO(pars_state) s = pars_state_new(store, 5);
	ck_assert_int_eq(pars_state_head(s, &head), PARS_E_NOT_FOUND);
	commit_block(store, s, 7, &c, 1, &m);
	pars_state_free(PARS_MOVE(s));
	pars_store_free(PARS_MOVE(store));
	store = open_store();
	s = pars_state_new(store, 5);
	ck_assert_int_eq(pars_state_head(s, &head), PARS_OK);
	ck_assert_uint_eq(head.number, 7);
	expect_view(s, 7, &m);
}
END_TEST

START_TEST(what_is_prepared_changes_nothing)
{
	struct pars_state_change c = { .address = address(1), .exists = true, .balance = { { 5 } },
		.code_hash = pars_keccak256_empty };
	struct simple m = { .account = { [1] = c } };
	struct pars_digest before, root, again, hash = { { 1 } };
	PARS_AUTO(pars_store) store = new_store();
	PARS_AUTO(pars_state) s = pars_state_new(store, 5);
	commit_block(store, s, 0, &c, 1, &m);
	before = rows();
	c.balance.w[0] = 6;
	pars_store_begin(store);
	ck_assert_int_eq(pars_state_commit(s, 1, &hash), PARS_E_INVALID); /* nothing is prepared */
	ck_assert_int_eq(pars_state_prepare(s, &c, 1, &root), PARS_OK);
	ck_assert_int_eq(pars_state_commit(s, 2, &hash), PARS_E_INVALID); /* not the next one */
	c.balance.w[0] = 7;
	ck_assert_int_eq(pars_state_prepare(s, &c, 1, &again), PARS_OK);
	ck_assert(!pars_digest_equal(&root, &again));
	ck_assert_int_eq(pars_store_commit(store, false), PARS_OK);
	again = rows();
	ck_assert(pars_digest_equal(&before, &again));
}
END_TEST

START_TEST(what_is_not_retained_is_not_found)
{
	PARS_AUTO(pars_store) store = new_store();
	PARS_AUTO(pars_state) s = pars_state_new(store, 3);
	struct pars_state_view view;
	struct pars_address who = address(1);
	struct pars_digest hash;
	static struct simple m;
	for (uint64_t number = 0; number < 300; number++) {
		struct pars_state_change c = { .address = who, .exists = true, .balance = { { number + 1 } },
			.code_hash = pars_keccak256_empty };
		m.account[1] = c;
		commit_block(store, s, number, &c, 1, &m);
	}
	ck_assert_int_eq(pars_state_view_init(&view, s, 296), PARS_OK);
	struct pars_account a;
	ck_assert_int_eq(view.host.account(view.host.ctx, &who, &a), PARS_OK);
	ck_assert_uint_eq(a.balance.w[0], 297);
	ck_assert_int_eq(view.host.block_hash(view.host.ctx, 299 - 256, &hash), PARS_OK);
	ck_assert_uint_eq(hash.b[0], 299 - 256);
	pars_state_view_done(&view);
	ck_assert_int_eq(pars_state_view_init(&view, s, 295), PARS_E_NOT_FOUND);
	ck_assert_int_eq(pars_state_view_init(&view, s, 300), PARS_E_NOT_FOUND);
	pars_store_begin(store);
	ck_assert_int_eq(pars_state_rewind(s, 295), PARS_E_NOT_FOUND);
	ck_assert_int_eq(pars_store_commit(store, false), PARS_OK);
	sqlite3 *db;
	sqlite3_stmt *q;
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(db, "SELECT count(*), (SELECT count(*) FROM state_block) FROM state_past",
		-1, &q, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(q), SQLITE_ROW);
	ck_assert_int_eq(sqlite3_column_int(q, 0), 3);
	ck_assert_int_eq(sqlite3_column_int(q, 1), PARS_STATE_HASHES + 1);
	sqlite3_finalize(q);
	sqlite3_close(db);
}
END_TEST

/* A row that was altered is noticed where the trie passes it. */
START_TEST(damage_is_found)
{
	static struct simple m;
	PARS_AUTO(pars_store) store = new_store();
	struct pars_state_change list[20];
	for (uint32_t i = 0; i < 20; i++) {
		list[i] = (struct pars_state_change){ .address = address(i), .exists = true, .balance = { { 5 + i } },
			.code_hash = pars_keccak256_empty };
		m.account[i] = list[i];
	}
	PARS_AUTO(pars_state) s = pars_state_new(store, 3);
	commit_block(store, s, 0, list, 20, &m);
	sqlite3 *db;
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, "UPDATE state SET value = x'c0' || value WHERE key >= x'61' AND key < x'62'",
		NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	struct pars_digest root;
	ck_assert_int_eq(pars_state_prepare(s, list, 20, &root), PARS_E_DB_CORRUPT);
	struct pars_state_view view;
	ck_assert_int_eq(pars_state_view_init(&view, s, 0), PARS_OK);
	struct pars_account a;
	ck_assert_int_eq(view.host.account(view.host.ctx, &list[3].address, &a), PARS_E_DB_CORRUPT);
	pars_state_view_done(&view);
}
END_TEST

UNIT_CASE(state, any_history_ends_in_the_rows_of_the_state, it_is_there_after_a_restart,
	what_is_prepared_changes_nothing, what_is_not_retained_is_not_found, damage_is_found);
