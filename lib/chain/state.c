#include "chain/state.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "chain/state_impl.h"

#define TRY(call) do { enum pars_err err_ = (call); if (err_) return err_; } while (0)

/* -- rows ----------------------------------------------------------------------- */

struct state_key state_key(char kind, struct pars_bytes a, struct pars_bytes b)
{
	struct state_key k = { .n = 1 + a.n + b.n };
	assert(k.n <= sizeof k.b);
	k.b[0] = (uint8_t)kind;
	if (a.n)
		memcpy(k.b + 1, a.p, a.n);
	if (b.n)
		memcpy(k.b + 1 + a.n, b.p, b.n);
	return k;
}

struct state_key state_key_after(struct state_key k)
{
	while (k.b[k.n - 1] == 0xff) /* the kind is not */
		k.n--;
	k.b[k.n - 1]++;
	return k;
}

void state_account_put(struct pars_buf *out, const struct state_account *a)
{
	bool no_slots = pars_digest_equal(&a->storage_root, &pars_trie_empty);
	bool no_code = pars_digest_equal(&a->account.code_hash, &pars_keccak256_empty);
	size_t list = pars_rlp_list_begin(out);
	pars_rlp_put_u64(out, a->account.nonce);
	pars_rlp_put_u256(out, &a->account.balance);
	pars_rlp_put_bytes(out, PARS_BYTES(a->storage_root.b, no_slots ? 0 : sizeof a->storage_root.b));
	pars_rlp_put_bytes(out, PARS_BYTES(a->account.code_hash.b, no_code ? 0 : sizeof a->account.code_hash.b));
	pars_rlp_list_end(out, list);
}

static bool take_digest(struct pars_bytes *in, const struct pars_digest *otherwise, struct pars_digest *ret)
{
	struct pars_bytes b;
	if (pars_rlp_get_bytes(in, &b) || (b.n && b.n != sizeof ret->b))
		return false;
	memcpy(ret->b, b.n ? b.p : otherwise->b, sizeof ret->b);
	return true;
}

enum pars_err state_account_decode(struct pars_bytes row, struct state_account *ret)
{
	struct state_account a = { .account = { .code_hash = pars_keccak256_empty }, .storage_root = pars_trie_empty };
	struct pars_bytes in;
	if (row.n) {
		if (pars_rlp_only_list(row, &in) || pars_rlp_get_u64(&in, &a.account.nonce) ||
		    pars_rlp_get_u256(&in, &a.account.balance) || !take_digest(&in, &pars_trie_empty, &a.storage_root) ||
		    !take_digest(&in, &pars_keccak256_empty, &a.account.code_hash) || in.n)
			return PARS_E_DB_CORRUPT;
		a.account.exists = true;
		a.account.has_storage = !pars_digest_equal(&a.storage_root, &pars_trie_empty);
	}
	*ret = a;
	return PARS_OK;
}

struct pars_digest state_hash_address(const struct pars_address *address)
{
	return pars_keccak256(PARS_BYTES_ARRAY(address->b));
}

struct pars_digest state_hash_slot(const struct pars_u256 *key)
{
	uint8_t b[32];
	pars_u256_to_be(key, b);
	return pars_keccak256(PARS_BYTES_ARRAY(b));
}

enum pars_err state_store_error(const struct pars_state *s)
{
	const char *text;
	return pars_store_error(s->store, &text);
}

/* What the first block behind `number` that changed the row found there. */
static bool read_past(struct pars_state *s, const struct state_key *key, uint64_t number, struct pars_buf *out)
{
	struct pars_stmt *q = pars_query(s->store,
		"SELECT value FROM state_past WHERE key = ? AND number > ? ORDER BY number LIMIT 1",
		PARS_BLOB(state_key_bytes(key)), PARS_INT(number));
	bool found = pars_row(q);
	if (found)
		pars_buf_put(out, pars_col_bytes(q, 0));
	pars_done(q);
	return found;
}

enum pars_err state_read(struct pars_state *s, const struct state_key *key, bool past, uint64_t number,
	struct pars_buf *out)
{
	pars_buf_truncate(out, 0);
	if (past && read_past(s, key, number, out))
		return state_store_error(s);
	struct pars_stmt *q = pars_query(s->store, "SELECT value FROM state WHERE key = ?",
		PARS_BLOB(state_key_bytes(key)));
	if (pars_row(q))
		pars_buf_put(out, pars_col_bytes(q, 0));
	pars_done(q);
	return state_store_error(s);
}

/* -- blocks --------------------------------------------------------------------- */

struct pars_state *pars_state_new(struct pars_store *store, uint64_t retain)
{
	struct pars_state *s = pars_alloc(sizeof *s);
	s->store = store;
	s->retain = retain;
	return s;
}

static enum pars_err read_block(struct pars_state *s, struct pars_stmt *q, struct pars_state_block *ret)
{
	enum pars_err err = PARS_E_NOT_FOUND;
	if (pars_row(q)) {
		struct pars_bytes hash = pars_col_bytes(q, 1), root = pars_col_bytes(q, 2);
		err = hash.n == sizeof ret->hash.b && root.n == sizeof ret->root.b ? PARS_OK : PARS_E_DB_CORRUPT;
		if (!err) {
			ret->number = (uint64_t)pars_col_int(q, 0);
			memcpy(ret->hash.b, hash.p, hash.n);
			memcpy(ret->root.b, root.p, root.n);
		}
	}
	pars_done(q);
	TRY(state_store_error(s));
	return err;
}

enum pars_err pars_state_head(struct pars_state *s, struct pars_state_block *ret)
{
	return read_block(s, pars_query(s->store, "SELECT number, hash, root FROM state_block ORDER BY number DESC LIMIT 1"),
		ret);
}

enum pars_err pars_state_block(struct pars_state *s, uint64_t number, struct pars_state_block *ret)
{
	if (number > INT64_MAX)
		return PARS_E_NOT_FOUND;
	return read_block(s, pars_query(s->store, "SELECT number, hash, root FROM state_block WHERE number = ?",
		PARS_INT(number)), ret);
}

/* The way back is whole if the block behind it is still part of it. */
enum pars_err state_retained(struct pars_state *s, uint64_t number, const struct pars_state_block *head)
{
	if (number == head->number)
		return PARS_OK;
	if (number > head->number || !pars_query_int(s->store, 0, "SELECT back FROM state_block WHERE number = ?",
	    PARS_INT(number + 1)))
		return PARS_E_NOT_FOUND;
	return state_store_error(s);
}

/* -- views ---------------------------------------------------------------------- */

static enum pars_err host_account(void *ctx, const struct pars_address *address, struct pars_account *ret)
{
	struct pars_state_view *v = ctx;
	struct pars_digest hash = state_hash_address(address);
	struct state_key key = state_key(STATE_ACCOUNT, PARS_BYTES_ARRAY(hash.b), (struct pars_bytes){ 0 });
	struct state_account a;
	PARS_AUTO_BUF row = { 0 };
	TRY(state_read(v->state, &key, v->past, v->number, &row));
	TRY(state_account_decode(pars_buf_bytes(&row), &a));
	*ret = a.account;
	return PARS_OK;
}

static enum pars_err host_storage(void *ctx, const struct pars_address *address, const struct pars_u256 *slot,
	struct pars_u256 *ret)
{
	struct pars_state_view *v = ctx;
	struct pars_digest owner = state_hash_address(address), hash = state_hash_slot(slot);
	struct state_key key = state_key(STATE_SLOT, PARS_BYTES_ARRAY(owner.b), PARS_BYTES_ARRAY(hash.b));
	struct pars_u256 value = PARS_U256(0);
	PARS_AUTO_BUF row = { 0 };
	TRY(state_read(v->state, &key, v->past, v->number, &row));
	struct pars_bytes in = pars_buf_bytes(&row);
	if (in.n && (pars_rlp_get_u256(&in, &value) || in.n))
		return PARS_E_DB_CORRUPT;
	*ret = value;
	return PARS_OK;
}

static enum pars_err host_code(void *ctx, const struct pars_address *address, const struct pars_digest *hash,
	struct pars_bytes *ret)
{
	struct pars_state_view *v = ctx;
	struct pars_bytes code = { 0 };
	(void)address;
	if (!pars_digest_equal(hash, &pars_keccak256_empty)) {
		struct pars_stmt *q = pars_query(v->state->store, "SELECT code FROM state_code WHERE hash = ?",
			PARS_BLOB(PARS_BYTES_ARRAY(hash->b)));
		bool found = pars_row(q);
		if (found)
			code = pars_arena_copy(&v->codes, pars_col_bytes(q, 0));
		pars_done(q);
		TRY(state_store_error(v->state));
		if (!found)
			return PARS_E_DB_CORRUPT;
	}
	*ret = code;
	return PARS_OK;
}

static enum pars_err host_block_hash(void *ctx, uint64_t number, struct pars_digest *ret)
{
	struct pars_state_view *v = ctx;
	struct pars_state_block block = { 0 };
	enum pars_err err = number > v->number ? PARS_E_NOT_FOUND : pars_state_block(v->state, number, &block);
	if (err && err != PARS_E_NOT_FOUND)
		return err;
	*ret = block.hash; /* zeros, if there is none */
	return PARS_OK;
}

enum pars_err pars_state_view_init(struct pars_state_view *view, struct pars_state *s, uint64_t number)
{
	struct pars_state_block head;
	TRY(pars_state_head(s, &head));
	TRY(state_retained(s, number, &head));
	*view = (struct pars_state_view){ .state = s, .number = number, .past = number < head.number,
		.host = { view, host_account, host_storage, host_code, host_block_hash } };
	return PARS_OK;
}

void pars_state_view_done(struct pars_state_view *view)
{
	pars_arena_done(&view->codes);
}
