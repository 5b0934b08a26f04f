/* Tries over the state's rows. */
#include "chain/state_impl.h"

static struct state_key node_key(const struct state_trie *t, struct pars_bytes path)
{
	if (t->is_slots)
		return state_key(STATE_SLOT_NODE, PARS_BYTES_ARRAY(t->owner.b), path);
	return state_key(STATE_NODE, path, (struct pars_bytes){ 0 });
}

/* The rows whose hashed keys begin with a path: at most two of them are looked
 * for, as a leaf is alone. */
static struct state_key first_row(const struct state_trie *t, struct pars_bytes path)
{
	uint8_t hash[32] = { 0 };
	for (size_t i = 0; i < path.n; i++)
		hash[i / 2] |= (uint8_t)(i & 1 ? path.p[i] : path.p[i] << 4);
	if (t->is_slots)
		return state_key(STATE_SLOT, PARS_BYTES_ARRAY(t->owner.b), PARS_BYTES_ARRAY(hash));
	return state_key(STATE_ACCOUNT, PARS_BYTES_ARRAY(hash), (struct pars_bytes){ 0 });
}

/* The value that stands in a leaf. */
static enum pars_err put_value(const struct state_trie *t, struct pars_bytes row, struct pars_buf *out)
{
	struct state_account a;
	if (t->is_slots) {
		pars_buf_put(out, row);
		return PARS_OK;
	}
	enum pars_err err = state_account_decode(row, &a);
	if (!err)
		pars_state_put_account(out, a.account.nonce, &a.account.balance, &a.storage_root, &a.account.code_hash);
	return err;
}

static enum pars_err make_leaf(struct state_trie *t, struct pars_bytes path, struct pars_bytes hash, struct pars_bytes row)
{
	uint8_t nibbles[PARS_TRIE_PATH_MAX];
	struct pars_bytes rest = PARS_BYTES(nibbles, pars_trie_path(hash, nibbles));
	PARS_AUTO_BUF value = { 0 };
	if (pars_trie_common(rest, path) < path.n)
		return PARS_E_DB_CORRUPT; /* no such row */
	enum pars_err err = put_value(t, row, &value);
	if (err)
		return err;
	pars_bytes_take(&rest, path.n);
	size_t list = pars_rlp_list_begin(&t->node);
	pars_trie_put_path(&t->node, rest, true);
	pars_rlp_put_bytes(&t->node, pars_buf_bytes(&value));
	pars_rlp_list_end(&t->node, list);
	return PARS_OK;
}

static enum pars_err leaf(struct state_trie *t, struct pars_bytes path)
{
	struct state_key low = first_row(t, path);
	struct pars_stmt *q = pars_query(t->store, "SELECT key, value FROM state WHERE key >= ? ORDER BY key LIMIT 1",
		PARS_BLOB(state_key_bytes(&low)));
	enum pars_err err = PARS_E_DB_CORRUPT;
	if (pars_row(q)) {
		struct pars_bytes key = pars_col_bytes(q, 0), row = pars_col_bytes(q, 1);
		size_t before = low.n - 32;
		if (key.n == low.n && !memcmp(key.p, low.b, before)) {
			pars_bytes_take(&key, before);
			err = make_leaf(t, path, key, row);
		}
	}
	pars_done(q);
	return err;
}

/* A branch or an extension has a row; what has none is a leaf. */
static enum pars_err fetch(void *ctx, struct pars_bytes path, const struct pars_digest *hash, struct pars_bytes *ret)
{
	struct state_trie *t = ctx;
	struct state_key key = node_key(t, path);
	const char *text;
	(void)hash;
	pars_buf_truncate(&t->node, 0);
	struct pars_stmt *q = pars_query(t->store, "SELECT value FROM state WHERE key = ?",
		PARS_BLOB(state_key_bytes(&key)));
	if (pars_row(q))
		pars_buf_put(&t->node, pars_col_bytes(q, 0));
	pars_done(q);
	enum pars_err err = t->node.n ? PARS_OK : leaf(t, path), stuck = pars_store_error(t->store, &text);
	*ret = pars_buf_bytes(&t->node);
	return stuck ? stuck : err;
}

void state_trie_init(struct state_trie *t, struct pars_store *store, const struct pars_digest *owner,
	const struct pars_digest *root)
{
	struct pars_trie_source source = { t, fetch };
	*t = (struct state_trie){ .store = store, .is_slots = owner != NULL };
	if (owner)
		t->owner = *owner;
	t->trie = pars_trie_new(root, &source);
}

void state_trie_done(struct state_trie *t)
{
	pars_trie_free(t->trie);
	pars_buf_done(&t->node);
	t->trie = NULL;
}

enum pars_err state_trie_put(struct state_trie *t, const struct pars_digest *key, struct pars_bytes value)
{
	enum pars_err err = pars_trie_put(t->trie, PARS_BYTES_ARRAY(key->b), value);
	return err == PARS_E_PEER_MALFORMED ? PARS_E_DB_CORRUPT : err;
}

static void gone(void *ctx, struct pars_bytes path)
{
	struct state_trie *t = ctx;
	struct state_key key = node_key(t, path);
	pars_run(t->store, "DELETE FROM state WHERE key = ?", PARS_BLOB(state_key_bytes(&key)));
}

static void keep(void *ctx, struct pars_bytes path, const struct pars_digest *hash, struct pars_bytes raw,
	enum pars_trie_kind kind)
{
	struct state_trie *t = ctx;
	(void)hash;
	if (kind == PARS_TRIE_LEAF)
		return;
	struct state_key key = node_key(t, path);
	pars_run(t->store, "REPLACE INTO state (key, value) VALUES (?, ?)",
		PARS_BLOB(state_key_bytes(&key)), PARS_BLOB(raw));
}

void state_trie_commit(struct state_trie *t)
{
	struct pars_trie_sink sink = { t, gone, keep };
	pars_trie_commit(t->trie, &sink);
}
