/* Changing the state: prepared in memory, then written; and back again. */
#include <stdlib.h>

#include "base/alloc.h"
#include "chain/state_impl.h"

#define TRY(call) do { enum pars_err err_ = (call); if (err_) return err_; } while (0)

/* -- preparing -------------------------------------------------------------------- */

/* Levels of the accounts' trie that stay in memory from block to block: at most
 * 4,369 branches, 3 MiB. Every change's way begins there. */
#define KEPT_LEVELS 4

static void drop_storages(struct pars_state *s)
{
	for (size_t i = 0; i < s->storage_count; i++) {
		state_trie_done(&s->storages[i]->slots);
		free(s->storages[i]);
	}
	s->storage_count = 0;
	pars_buf_truncate(&s->rows, 0);
	pars_buf_truncate(&s->codes, 0);
	s->prepared = false;
}

static void drop(struct pars_state *s)
{
	drop_storages(s);
	state_trie_done(&s->accounts);
	s->kept = false;
}

/* What was prepared is the newest state now. */
static void settle(struct pars_state *s)
{
	drop_storages(s);
	pars_trie_trim(s->accounts.trie, KEPT_LEVELS);
	s->kept = true;
}

/* The accounts' trie of the newest state: the one that was kept, if the store did
 * not undo what led to it. */
static void begin_accounts(struct pars_state *s, const struct pars_digest *root)
{
	if (!s->kept || !pars_digest_equal(&s->root, root)) {
		drop(s);
		state_trie_init(&s->accounts, s->store, NULL, root);
	}
	drop_storages(s);
	s->kept = false;
}

void pars_state_free(struct pars_state *s)
{
	if (!s)
		return;
	drop(s);
	free(s->storages);
	pars_buf_done(&s->rows);
	pars_buf_done(&s->codes);
	free(s);
}

static enum pars_err head_or_none(struct pars_state *s, bool *ret_any, struct pars_state_block *ret)
{
	enum pars_err err = pars_state_head(s, ret);
	*ret_any = !err;
	if (err == PARS_E_NOT_FOUND) {
		*ret = (struct pars_state_block){ .root = pars_trie_empty };
		return PARS_OK;
	}
	return err;
}

static struct state_storage *storage_new(struct pars_state *s, const struct pars_digest *owner,
	const struct pars_digest *root)
{
	struct state_storage *st = pars_alloc(sizeof *st);
	if (s->storage_count == s->storage_cap) {
		s->storage_cap = s->storage_cap ? 2 * s->storage_cap : 64;
		s->storages = pars_realloc(s->storages, s->storage_cap * sizeof *s->storages);
	}
	s->storages[s->storage_count++] = st;
	state_trie_init(&st->slots, s->store, owner, root);
	return st;
}

/* An empty value: the row goes. */
static void put_row(struct pars_state *s, const struct state_key *key, struct pars_bytes value)
{
	uint8_t size[4];
	pars_put_be32(size, (uint32_t)value.n);
	pars_buf_put_byte(&s->rows, (uint8_t)key->n);
	pars_buf_put(&s->rows, state_key_bytes(key));
	pars_buf_put(&s->rows, PARS_BYTES_ARRAY(size));
	pars_buf_put(&s->rows, value);
}

static enum pars_err put_slot(struct pars_state *s, struct state_storage *st, const struct pars_digest *hash,
	struct pars_bytes value)
{
	struct state_key key = state_key(STATE_SLOT, PARS_BYTES_ARRAY(st->slots.owner.b), PARS_BYTES_ARRAY(hash->b));
	put_row(s, &key, value);
	return state_trie_put(&st->slots, hash, value);
}

static enum pars_err put_account(struct pars_state *s, const struct pars_digest *hash, const struct state_account *a)
{
	struct state_key key = state_key(STATE_ACCOUNT, PARS_BYTES_ARRAY(hash->b), (struct pars_bytes){ 0 });
	PARS_AUTO_BUF row = { 0 }, value = { 0 };
	if (a->account.exists) {
		state_account_put(&row, a);
		pars_state_put_account(&value, a->account.nonce, &a->account.balance, &a->storage_root,
			&a->account.code_hash);
	}
	put_row(s, &key, pars_buf_bytes(&row));
	return state_trie_put(&s->accounts, hash, pars_buf_bytes(&value));
}

static enum pars_err read_account(struct pars_state *s, const struct pars_digest *hash, struct state_account *ret)
{
	struct state_key key = state_key(STATE_ACCOUNT, PARS_BYTES_ARRAY(hash->b), (struct pars_bytes){ 0 });
	PARS_AUTO_BUF row = { 0 };
	TRY(state_read(s, &key, false, 0, &row));
	return state_account_decode(pars_buf_bytes(&row), ret);
}

static void put_code(struct pars_state *s, const struct pars_state_change *c)
{
	uint8_t size[4];
	if (!c->code.n)
		return;
	pars_put_be32(size, (uint32_t)c->code.n);
	pars_buf_put(&s->codes, PARS_BYTES_ARRAY(c->code_hash.b));
	pars_buf_put(&s->codes, PARS_BYTES_ARRAY(size));
	pars_buf_put(&s->codes, c->code);
}

static enum pars_err put_slots(struct pars_state *s, struct state_storage *st, const struct pars_state_change *c)
{
	PARS_AUTO_BUF value = { 0 };
	for (size_t i = 0; i < c->slot_count; i++) {
		struct pars_digest hash = state_hash_slot(&c->slots[i].key);
		pars_buf_truncate(&value, 0);
		if (!pars_u256_is_zero(&c->slots[i].value))
			pars_rlp_put_u256(&value, &c->slots[i].value);
		TRY(put_slot(s, st, &hash, pars_buf_bytes(&value)));
	}
	return PARS_OK;
}

static enum pars_err prepare_one(struct pars_state *s, const struct pars_state_change *c)
{
	struct pars_digest hash = state_hash_address(&c->address);
	struct state_account a;
	TRY(read_account(s, &hash, &a));
	bool wiped = (c->storage_cleared || !c->exists) && a.account.has_storage;
	if (wiped)
		a.storage_root = pars_trie_empty;
	if (wiped || (c->exists && c->slot_count)) {
		struct state_storage *st = storage_new(s, &hash, &a.storage_root);
		st->wiped = wiped;
		if (c->exists)
			TRY(put_slots(s, st, c));
		a.storage_root = pars_trie_root(st->slots.trie);
	}
	a.account = (struct pars_account){ .exists = c->exists, .balance = c->balance, .nonce = c->nonce,
		.code_hash = c->code_hash };
	if (c->exists)
		put_code(s, c);
	return put_account(s, &hash, &a);
}

enum pars_err pars_state_prepare(struct pars_state *s, const struct pars_state_change *changes, size_t n,
	struct pars_digest *ret_root)
{
	struct pars_state_block head;
	bool any;
	TRY(head_or_none(s, &any, &head));
	begin_accounts(s, &head.root);
	for (size_t i = 0; i < n; i++)
		TRY(prepare_one(s, &changes[i]));
	*ret_root = s->root = pars_trie_root(s->accounts.trie);
	s->prepared = true;
	return PARS_OK;
}

/* -- writing ---------------------------------------------------------------------- */

/* number NULL: what is replaced is not remembered. */
static void wipe(struct pars_state *s, const struct pars_digest *owner, const int64_t *number)
{
	static const char kinds[] = { STATE_SLOT, STATE_SLOT_NODE };
	for (size_t i = 0; i < PARS_COUNT(kinds); i++) {
		struct state_key low = state_key(kinds[i], PARS_BYTES_ARRAY(owner->b), (struct pars_bytes){ 0 });
		struct state_key high = state_key_after(low);
		if (number && kinds[i] == STATE_SLOT)
			pars_run(s->store, "INSERT INTO state_past (number, key, value) "
				"SELECT ?, key, value FROM state WHERE key >= ? AND key < ?",
				PARS_INT(*number), PARS_BLOB(state_key_bytes(&low)), PARS_BLOB(state_key_bytes(&high)));
		pars_run(s->store, "DELETE FROM state WHERE key >= ? AND key < ?",
			PARS_BLOB(state_key_bytes(&low)), PARS_BLOB(state_key_bytes(&high)));
	}
}

static void write_rows(struct pars_state *s, const int64_t *number)
{
	struct pars_bytes in = pars_buf_bytes(&s->rows);
	while (in.n) {
		struct pars_bytes key = pars_bytes_take(&in, pars_bytes_take(&in, 1).p[0]);
		struct pars_bytes value = pars_bytes_take(&in, pars_be32(pars_bytes_take(&in, 4).p));
		/* Ignored: a slot that was wiped first, whose value is remembered. */
		if (number)
			pars_run(s->store, "INSERT OR IGNORE INTO state_past (number, key, value) "
				"VALUES (?, ?, (SELECT value FROM state WHERE key = ?))",
				PARS_INT(*number), PARS_BLOB(key), PARS_BLOB(key));
		if (value.n)
			pars_run(s->store, "REPLACE INTO state (key, value) VALUES (?, ?)", PARS_BLOB(key), PARS_BLOB(value));
		else
			pars_run(s->store, "DELETE FROM state WHERE key = ?", PARS_BLOB(key));
	}
}

static void write_codes(struct pars_state *s)
{
	struct pars_bytes in = pars_buf_bytes(&s->codes);
	while (in.n) {
		struct pars_bytes hash = pars_bytes_take(&in, 32);
		struct pars_bytes code = pars_bytes_take(&in, pars_be32(pars_bytes_take(&in, 4).p));
		pars_run(s->store, "INSERT OR IGNORE INTO state_code (hash, code) VALUES (?, ?)",
			PARS_BLOB(hash), PARS_BLOB(code));
	}
}

/* Wiped rows go before new ones come; the tries' leaves are rows, and nothing
 * is loaded any more. */
static void write_all(struct pars_state *s, const int64_t *number)
{
	for (size_t i = 0; i < s->storage_count; i++) {
		struct state_storage *st = s->storages[i];
		if (st->wiped)
			wipe(s, &st->slots.owner, number);
		state_trie_commit(&st->slots);
	}
	state_trie_commit(&s->accounts);
	write_rows(s, number);
	write_codes(s);
}

static void forget(struct pars_state *s, uint64_t head)
{
	if (head >= s->retain) {
		pars_run(s->store, "DELETE FROM state_past WHERE number <= ?", PARS_INT(head - s->retain));
		pars_run(s->store, "UPDATE state_block SET back = 0 WHERE number <= ? AND back", PARS_INT(head - s->retain));
	}
	uint64_t hashes = PARS_MAX(s->retain, (uint64_t)PARS_STATE_HASHES);
	if (head > hashes)
		pars_run(s->store, "DELETE FROM state_block WHERE number < ?", PARS_INT(head - hashes));
}

enum pars_err pars_state_commit(struct pars_state *s, uint64_t number, const struct pars_digest *hash)
{
	struct pars_state_block head;
	int64_t signed_number = (int64_t)number;
	bool any;
	TRY(head_or_none(s, &any, &head));
	if (!s->prepared || number > INT64_MAX || (any && number != head.number + 1))
		return PARS_E_INVALID;
	write_all(s, any ? &signed_number : NULL); /* there is no way back behind the first */
	pars_run(s->store, "INSERT INTO state_block (number, hash, root, back) VALUES (?, ?, ?, ?)", PARS_INT(number),
		PARS_BLOB(PARS_BYTES_ARRAY(hash->b)), PARS_BLOB(PARS_BYTES_ARRAY(s->root.b)), PARS_INT(any));
	forget(s, number);
	settle(s);
	return state_store_error(s);
}

/* -- back --------------------------------------------------------------------------- */

static enum pars_err back_slots(struct pars_state *s, struct state_storage *st, uint64_t number)
{
	struct state_key low = state_key(STATE_SLOT, PARS_BYTES_ARRAY(st->slots.owner.b), (struct pars_bytes){ 0 });
	struct state_key high = state_key_after(low);
	struct pars_stmt *q = pars_query(s->store, "SELECT key, value, min(number) FROM state_past "
		"WHERE key >= ? AND key < ? AND number > ? GROUP BY key",
		PARS_BLOB(state_key_bytes(&low)), PARS_BLOB(state_key_bytes(&high)), PARS_INT(number));
	enum pars_err err = PARS_OK;
	while (!err && pars_row(q)) {
		struct pars_bytes key = pars_col_bytes(q, 0);
		struct pars_digest hash;
		if (key.n != low.n + sizeof hash.b) {
			err = PARS_E_DB_CORRUPT;
			break;
		}
		memcpy(hash.b, key.p + low.n, sizeof hash.b);
		err = put_slot(s, st, &hash, pars_col_bytes(q, 1));
	}
	pars_done(q);
	return err;
}

/* An account as it was: its slots' trie must lead to the root that it had. */
static enum pars_err back_account(struct pars_state *s, const struct pars_digest *hash, struct pars_bytes row,
	uint64_t number)
{
	struct state_account now, then;
	TRY(read_account(s, hash, &now));
	TRY(state_account_decode(row, &then));
	if (!pars_digest_equal(&now.storage_root, &then.storage_root)) {
		struct state_storage *st = storage_new(s, hash, &now.storage_root);
		TRY(back_slots(s, st, number));
		struct pars_digest root = pars_trie_root(st->slots.trie);
		if (!pars_digest_equal(&root, &then.storage_root))
			return PARS_E_DB_CORRUPT;
	}
	return put_account(s, hash, &then);
}

/* All accounts that changed after a block, as they were then. */
static enum pars_err back_accounts(struct pars_state *s, uint64_t number)
{
	struct pars_stmt *q = pars_query(s->store, "SELECT key, value, min(number) FROM state_past "
		"WHERE key >= x'61' AND key < x'62' AND number > ? GROUP BY key", PARS_INT(number));
	enum pars_err err = PARS_OK;
	while (!err && pars_row(q)) {
		struct pars_bytes key = pars_col_bytes(q, 0), row = pars_col_bytes(q, 1);
		struct pars_digest hash;
		if (key.n != 1 + sizeof hash.b) {
			err = PARS_E_DB_CORRUPT;
			break;
		}
		memcpy(hash.b, key.p + 1, sizeof hash.b);
		err = back_account(s, &hash, row, number);
	}
	pars_done(q);
	return err;
}

/* Prepares to go back; the roots prove that it is the state that was. */
enum pars_err state_prepare_back(struct pars_state *s, uint64_t number)
{
	struct pars_state_block head, then;
	drop(s);
	TRY(pars_state_head(s, &head));
	TRY(state_retained(s, number, &head));
	TRY(pars_state_block(s, number, &then));
	state_trie_init(&s->accounts, s->store, NULL, &head.root);
	TRY(back_accounts(s, number));
	TRY(state_store_error(s));
	s->root = pars_trie_root(s->accounts.trie);
	return pars_digest_equal(&s->root, &then.root) ? PARS_OK : PARS_E_DB_CORRUPT;
}

enum pars_err pars_state_rewind(struct pars_state *s, uint64_t number)
{
	enum pars_err err = state_prepare_back(s, number);
	if (!err) {
		write_all(s, NULL);
		pars_run(s->store, "DELETE FROM state_past WHERE number > ?", PARS_INT(number));
		pars_run(s->store, "DELETE FROM state_block WHERE number > ?", PARS_INT(number));
		err = state_store_error(s);
	}
	drop(s);
	return err;
}
