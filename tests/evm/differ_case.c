/* Cases as records, and what our own implementation makes of them. */
#include "tests/evm/differ.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "codec/rlp.h"

/* -- writing ------------------------------------------------------------------------ */

static void put_n(struct pars_buf *b, uint64_t v, size_t n)
{
	uint8_t bytes[8];
	pars_put_be64(bytes, v);
	pars_buf_put(b, PARS_BYTES(bytes + 8 - n, n));
}

static void put_word(struct pars_buf *b, const struct pars_u256 *v)
{
	uint8_t bytes[32];
	pars_u256_to_be(v, bytes);
	pars_buf_put(b, PARS_BYTES_ARRAY(bytes));
}

static void put_address(struct pars_buf *b, const struct pars_address *a)
{
	pars_buf_put(b, PARS_BYTES_ARRAY(a->b));
}

static void put_long(struct pars_buf *b, struct pars_bytes v)
{
	put_n(b, v.n, 4);
	pars_buf_put(b, v);
}

static void put_transaction(struct pars_buf *b, const struct pars_transaction *tx, const struct pars_address *sender)
{
	put_n(b, tx->type, 1);
	put_n(b, tx->creates, 1);
	put_n(b, tx->any_chain, 1);
	put_n(b, tx->chain_id, 8);
	put_address(b, sender);
	put_address(b, &tx->to);
	put_n(b, tx->nonce, 8);
	put_n(b, tx->gas_limit, 8);
	put_word(b, &tx->max_fee);
	put_word(b, &tx->priority_fee);
	put_word(b, &tx->value);
	put_word(b, &tx->max_blob_fee);
	put_long(b, tx->data);
	put_n(b, tx->access_count, 2);
	for (size_t i = 0; i < tx->access_count; i++) {
		put_address(b, &tx->access[i].address);
		put_n(b, tx->access[i].key_count, 2);
		for (size_t k = 0; k < tx->access[i].key_count; k++)
			put_word(b, &tx->access[i].keys[k]);
	}
	put_n(b, tx->blob_count, 2);
	for (size_t i = 0; i < tx->blob_count; i++)
		pars_buf_put(b, pars_digest_bytes(&tx->blob_hashes[i]));
	put_n(b, tx->authorization_count, 2);
	for (size_t i = 0; i < tx->authorization_count; i++) {
		const struct pars_authorization *a = &tx->authorizations[i];
		put_word(b, &a->chain_id);
		put_address(b, &a->address);
		put_n(b, a->nonce, 8);
		put_n(b, a->parity, 1);
		put_word(b, &a->r);
		put_word(b, &a->s);
	}
}

void differ_put(const struct differ_case *c, struct pars_buf *out)
{
	const struct pars_evm_block *block = &c->block;
	put_n(out, c->fork - PARS_SHANGHAI, 1);
	put_n(out, c->times, 1);
	put_n(out, block->chain_id, 8);
	put_n(out, block->number, 8);
	put_n(out, block->timestamp, 8);
	put_n(out, block->gas_limit, 8);
	put_address(out, &block->coinbase);
	put_word(out, &block->random);
	put_n(out, block->base_fee.w[0], 8);
	put_n(out, block->blob_base_fee.w[0], 8);
	put_n(out, c->account_count, 2);
	for (size_t i = 0; i < c->account_count; i++) {
		const struct differ_account *a = &c->accounts[i];
		put_address(out, &a->address);
		put_word(out, &a->balance);
		put_n(out, a->nonce, 8);
		put_long(out, a->code);
		put_n(out, a->slot_count, 2);
		for (size_t s = 0; s < a->slot_count; s++) {
			put_word(out, &a->slots[s].key);
			put_word(out, &a->slots[s].value);
		}
	}
	put_transaction(out, &c->tx, &c->sender);
}

/* -- reading ------------------------------------------------------------------------ */

struct reader {
	struct pars_bytes in;
	struct pars_arena *arena;
	bool bad;
};

static struct pars_bytes get(struct reader *r, size_t n)
{
	if (n <= r->in.n)
		return pars_bytes_take(&r->in, n);
	r->bad = true;
	return PARS_BYTES(pars_arena_alloc(r->arena, PARS_MIN(n, 32)), PARS_MIN(n, 32));
}

static uint64_t get_n(struct reader *r, size_t n)
{
	uint64_t v = 0;
	struct pars_bytes b = get(r, n);
	for (size_t i = 0; i < n; i++)
		v = v << 8 | b.p[i];
	return v;
}

static struct pars_u256 get_word(struct reader *r)
{
	return pars_u256_from_be(get(r, 32).p);
}

static struct pars_address get_address(struct reader *r)
{
	struct pars_address a;
	memcpy(a.b, get(r, sizeof a.b).p, sizeof a.b);
	return a;
}

static struct pars_bytes get_long(struct reader *r)
{
	size_t n = get_n(r, 4);
	if (n > r->in.n) {
		r->bad = true;
		return (struct pars_bytes){ 0 };
	}
	return pars_arena_copy(r->arena, get(r, n));
}

/* How many follow, each at least so large; and room for them. */
static size_t get_list(struct reader *r, size_t least, size_t size, void **room)
{
	size_t n = get_n(r, 2);
	if (n * least > r->in.n) {
		r->bad = true;
		n = 0;
	}
	*room = pars_arena_alloc(r->arena, (n + 1) * size);
	return n;
}

static void get_transaction(struct reader *r, struct pars_transaction *tx, struct pars_address *sender)
{
	void *room;
	*tx = (struct pars_transaction){ .r = PARS_U256(1), .s = PARS_U256(1) };
	tx->type = (enum pars_transaction_type)get_n(r, 1);
	r->bad |= tx->type >= PARS_TX_TYPES;
	tx->creates = get_n(r, 1);
	tx->any_chain = get_n(r, 1);
	tx->chain_id = get_n(r, 8);
	*sender = get_address(r);
	tx->to = get_address(r);
	tx->nonce = get_n(r, 8);
	tx->gas_limit = get_n(r, 8);
	tx->max_fee = get_word(r);
	tx->priority_fee = get_word(r);
	tx->value = get_word(r);
	tx->max_blob_fee = get_word(r);
	tx->data = get_long(r);
	tx->access_count = get_list(r, 22, sizeof *tx->access, &room);
	tx->access = room;
	for (size_t i = 0; i < tx->access_count; i++) {
		struct pars_access *a = &tx->access[i];
		a->address = get_address(r);
		a->key_count = get_list(r, 32, sizeof *a->keys, &room);
		a->keys = room;
		for (size_t k = 0; k < a->key_count; k++)
			a->keys[k] = get_word(r);
	}
	tx->blob_count = get_list(r, 32, sizeof *tx->blob_hashes, &room);
	tx->blob_hashes = room;
	for (size_t i = 0; i < tx->blob_count; i++)
		memcpy(tx->blob_hashes[i].b, get(r, 32).p, 32);
	tx->authorization_count = get_list(r, 125, sizeof *tx->authorizations, &room);
	tx->authorizations = room;
	for (size_t i = 0; i < tx->authorization_count; i++) {
		struct pars_authorization *a = &tx->authorizations[i];
		a->chain_id = get_word(r);
		a->address = get_address(r);
		a->nonce = get_n(r, 8);
		a->parity = (uint8_t)get_n(r, 1);
		a->r = get_word(r);
		a->s = get_word(r);
	}
}

bool differ_get(struct pars_bytes record, struct pars_arena *arena, struct differ_case *c)
{
	struct reader r = { record, arena, false };
	void *room;
	*c = (struct differ_case){ .fork = PARS_SHANGHAI + (enum pars_fork)get_n(&r, 1) };
	struct pars_evm_block *block = &c->block;
	c->times = (unsigned)get_n(&r, 1);
	block->chain_id = get_n(&r, 8);
	block->number = get_n(&r, 8);
	block->timestamp = get_n(&r, 8);
	block->gas_limit = get_n(&r, 8);
	block->coinbase = get_address(&r);
	block->random = get_word(&r);
	block->base_fee = PARS_U256(get_n(&r, 8));
	block->blob_base_fee = PARS_U256(get_n(&r, 8));
	c->account_count = get_n(&r, 2);
	if (c->fork > PARS_OSAKA || c->account_count > DIFFER_ACCOUNTS_MAX)
		return false;
	for (size_t i = 0; i < c->account_count; i++) {
		struct differ_account *a = &c->accounts[i];
		a->address = get_address(&r);
		a->balance = get_word(&r);
		a->nonce = get_n(&r, 8);
		a->code = get_long(&r);
		a->slot_count = get_list(&r, 64, sizeof *a->slots, &room);
		a->slots = room;
		for (size_t s = 0; s < a->slot_count; s++) {
			a->slots[s].key = get_word(&r);
			a->slots[s].value = get_word(&r);
		}
	}
	get_transaction(&r, &c->tx, &c->sender);
	return !r.bad && !r.in.n;
}

/* -- as a host ---------------------------------------------------------------------- */

struct host {
	const struct differ_case *c;
	bool hesitates, answers;
	struct pars_digest code_hashes[DIFFER_ACCOUNTS_MAX];
};

static bool not_yet(struct host *h)
{
	h->answers = !h->answers;
	return h->hesitates && h->answers;
}

static const struct differ_account *find(const struct differ_case *c, const struct pars_address *address)
{
	for (size_t i = 0; i < c->account_count; i++)
		if (pars_address_equal(&c->accounts[i].address, address))
			return &c->accounts[i];
	return NULL;
}

static enum pars_err host_account(void *ctx, const struct pars_address *address, struct pars_account *ret)
{
	struct host *h = ctx;
	if (not_yet(h))
		return PARS_E_BUSY;
	const struct differ_account *a = find(h->c, address);
	*ret = (struct pars_account){ .code_hash = pars_keccak256_empty };
	if (a)
		*ret = (struct pars_account){ a->balance, a->nonce, h->code_hashes[a - h->c->accounts], true, a->slot_count > 0 };
	return PARS_OK;
}

static enum pars_err host_storage(void *ctx, const struct pars_address *address,
	const struct pars_u256 *key, struct pars_u256 *ret)
{
	struct host *h = ctx;
	if (not_yet(h))
		return PARS_E_BUSY;
	const struct differ_account *a = find(h->c, address);
	*ret = PARS_U256(0);
	for (size_t i = 0; a && i < a->slot_count; i++)
		if (pars_u256_equal(&a->slots[i].key, key))
			*ret = a->slots[i].value;
	return PARS_OK;
}

static enum pars_err host_code(void *ctx, const struct pars_address *address,
	const struct pars_digest *code_hash, struct pars_bytes *ret)
{
	struct host *h = ctx;
	(void)code_hash;
	if (not_yet(h))
		return PARS_E_BUSY;
	const struct differ_account *a = find(h->c, address);
	*ret = a ? a->code : (struct pars_bytes){ 0 };
	return PARS_OK;
}

static enum pars_err host_block_hash(void *ctx, uint64_t number, struct pars_digest *ret)
{
	char digits[24];
	if (not_yet(ctx))
		return PARS_E_BUSY;
	snprintf(digits, sizeof digits, "%" PRIu64, number);
	*ret = pars_keccak256(PARS_BYTES_STR(digits));
	return PARS_OK;
}

/* -- the state afterwards ------------------------------------------------------------- */

struct after {
	struct pars_address address;
	const struct pars_world_account *world;
	const struct differ_account *old; /* what the world did not look at */
};

static int by_address(const void *a, const void *b)
{
	return memcmp(a, b, PARS_ADDRESS_SIZE);
}

static int by_key(const void *a, const void *b)
{
	return pars_u256_compare(a, b);
}

static size_t slots_after(const struct after *a, struct differ_slot *slots)
{
	const struct pars_world_slot *s;
	size_t n = 0;
	if (a->world)
		for (size_t at = 0; (s = pars_world_next_slot(a->world, &at));)
			slots[n++] = (struct differ_slot){ s->key, s->value };
	size_t known = n;
	for (size_t i = 0; a->old && !(a->world && a->world->storage_wiped) && i < a->old->slot_count; i++) {
		size_t k = 0;
		while (k < known && !pars_u256_equal(&slots[k].key, &a->old->slots[i].key))
			k++;
		if (k == known)
			slots[n++] = a->old->slots[i];
	}
	size_t kept = 0;
	for (size_t i = 0; i < n; i++)
		if (!pars_u256_is_zero(&slots[i].value))
			slots[kept++] = slots[i];
	qsort(slots, kept, sizeof *slots, by_key);
	return kept;
}

static void put_after(struct pars_buf *b, const struct host *h, const struct after *a)
{
	if (a->world && !a->world->now.exists)
		return;
	size_t cap = (a->world ? a->world->slots.count : 0) + (a->old ? a->old->slot_count : 0);
	struct differ_slot *slots = pars_alloc_array(cap + 1, sizeof *slots);
	size_t n = slots_after(a, slots);
	put_address(b, &a->address);
	put_n(b, a->world ? a->world->now.nonce : a->old->nonce, 8);
	put_word(b, a->world ? &a->world->now.balance : &a->old->balance);
	pars_buf_put(b, pars_digest_bytes(a->world ? &a->world->now.code_hash : &h->code_hashes[a->old - h->c->accounts]));
	put_n(b, n, 2);
	for (size_t i = 0; i < n; i++) {
		put_word(b, &slots[i].key);
		put_word(b, &slots[i].value);
	}
	free(slots);
}

/* Keccak-256 of the accounts by address, each with its slots by key. An empty
 * account counts: none may be left. */
static struct pars_digest state_hash(const struct host *h, const struct pars_world *w)
{
	PARS_AUTO_BUF b = { 0 };
	struct after *all = pars_alloc_array(w->accounts.count + DIFFER_ACCOUNTS_MAX, sizeof *all);
	size_t n = 0;
	struct pars_world_account *account;
	bool seen[DIFFER_ACCOUNTS_MAX] = { false };
	for (size_t at = 0; (account = pars_world_next(w, &at)); n++) {
		all[n] = (struct after){ account->address, account, find(h->c, &account->address) };
		if (all[n].old)
			seen[all[n].old - h->c->accounts] = true;
	}
	for (size_t i = 0; i < h->c->account_count; i++)
		if (!seen[i])
			all[n++] = (struct after){ h->c->accounts[i].address, NULL, &h->c->accounts[i] };
	qsort(all, n, sizeof *all, by_address);
	for (size_t i = 0; i < n; i++)
		put_after(&b, h, &all[i]);
	free(all);
	return pars_keccak256(pars_buf_bytes(&b));
}

static struct pars_digest logs_hash(const struct pars_log *logs, size_t n)
{
	PARS_AUTO_BUF b = { 0 };
	size_t all = pars_rlp_list_begin(&b);
	for (size_t i = 0; i < n; i++) {
		const struct pars_log *log = &logs[i];
		size_t one = pars_rlp_list_begin(&b);
		pars_rlp_put_bytes(&b, PARS_BYTES_ARRAY(log->address.b));
		size_t topics = pars_rlp_list_begin(&b);
		for (unsigned t = 0; t < log->topic_count; t++)
			pars_rlp_put_bytes(&b, pars_digest_bytes(&log->topics[t]));
		pars_rlp_list_end(&b, topics);
		pars_rlp_put_bytes(&b, log->data);
		pars_rlp_list_end(&b, one);
	}
	pars_rlp_list_end(&b, all);
	return pars_keccak256(pars_buf_bytes(&b));
}

/* -- our own answer ------------------------------------------------------------------- */

/* One of the transactions: appends what it came to. */
static enum differ_kind transact(struct pars_evm *evm, struct pars_world *world, const struct differ_case *c,
	const struct pars_transaction *tx, uint64_t *gas_used, struct pars_buf *outputs, struct pars_buf *logs)
{
	static const unsigned blobs_max[] = { 6, 6, 9, 9 };
	struct pars_execution x = { .problem = "more gas than the block has" };
	if (tx->gas_limit <= c->block.gas_limit) {
		enum pars_err err;
		pars_execution_start(&x, evm, world, &c->block, tx, &c->sender,
			&(struct pars_transaction_rules){ c->fork, c->block.chain_id, blobs_max[c->fork - PARS_SHANGHAI] });
		while ((err = pars_execution_run(&x)) == PARS_E_BUSY)
			;
		if (err) {
			fprintf(stderr, "the host failed: %d\n", (int)err);
			abort();
		}
	}
	enum differ_kind kind = DIFFER_REFUSED;
	struct pars_bytes output = { 0 };
	if (!x.problem) {
		const struct pars_evm_result *result = &x.result;
		kind = result->status == PARS_EVM_SUCCESS ? DIFFER_SUCCESS
			: result->status == PARS_EVM_REVERT ? DIFFER_REVERT : DIFFER_HALT;
		/* Of a creation the address is compared, as the code is in the state. */
		if (kind == DIFFER_SUCCESS && tx->creates)
			output = PARS_BYTES_ARRAY(result->created.b);
		else if (kind != DIFFER_HALT)
			output = result->output;
		*gas_used += x.gas_used;
	}
	pars_buf_put_byte(outputs, (uint8_t)kind);
	pars_buf_put(outputs, output);
	struct pars_digest all = logs_hash(world->logs, kind == DIFFER_SUCCESS ? world->log_count : 0);
	pars_buf_put(logs, pars_digest_bytes(&all));
	pars_execution_done(&x);
	return kind;
}

struct differ_answer differ_run(struct pars_evm *evm, const struct differ_case *c, const struct differ_how *how)
{
	struct host h = { .c = c, .hesitates = how->hesitates };
	const struct pars_evm_host host = { &h, host_account, host_storage, host_code, host_block_hash };
	for (size_t i = 0; i < c->account_count; i++)
		h.code_hashes[i] = c->accounts[i].code.n ? pars_keccak256(c->accounts[i].code) : pars_keccak256_empty;
	struct pars_world world;
	pars_world_init(&world, &host, c->fork, 1);
	pars_evm_set_fork(evm, c->fork);
	pars_evm_trace(evm, how->step, how->ctx);
	PARS_AUTO_BUF outputs = { 0 }, logs = { 0 };
	struct differ_answer a = { { DIFFER_REFUSED } };
	struct pars_transaction tx = c->tx;
	uint64_t gas_used = 0;
	for (unsigned i = 0; i < c->times; i++, tx.nonce++)
		a.bytes[0] = (uint8_t)transact(evm, &world, c, &tx, &gas_used, &outputs, &logs);
	pars_put_be64(a.bytes + 1, gas_used);
	struct pars_digest hashes[3] = { pars_keccak256(pars_buf_bytes(&outputs)), pars_keccak256(pars_buf_bytes(&logs)),
		state_hash(&h, &world) };
	for (int i = 0; i < 3; i++)
		memcpy(a.bytes + 9 + 32 * i, hashes[i].b, 32);
	pars_world_done(&world);
	return a;
}

/* -- for people ------------------------------------------------------------------------ */

static void print_hex(FILE *f, const char *name, struct pars_bytes v)
{
	fprintf(f, "%s", name);
	for (size_t i = 0; i < v.n; i++)
		fprintf(f, "%02x", v.p[i]);
}

static void print_word(FILE *f, const char *name, const struct pars_u256 *v)
{
	uint8_t b[32];
	size_t n = pars_u256_minimal(v, b);
	print_hex(f, name, n ? PARS_BYTES(b + 32 - n, n) : PARS_BYTES("", 1));
}

void differ_print_case(FILE *f, const struct differ_case *c)
{
	const struct pars_transaction *tx = &c->tx;
	fprintf(f, "%s, block %" PRIu64 ", time %" PRIu64 ", gas limit %" PRIu64 ", base fee %" PRIu64 ", blob fee %" PRIu64,
		pars_fork_name(c->fork), c->block.number, c->block.timestamp, c->block.gas_limit,
		c->block.base_fee.w[0], c->block.blob_base_fee.w[0]);
	print_hex(f, ", coinbase ", PARS_BYTES_ARRAY(c->block.coinbase.b));
	print_word(f, ", random ", &c->block.random);
	for (size_t i = 0; i < c->account_count; i++) {
		const struct differ_account *a = &c->accounts[i];
		print_hex(f, "\naccount ", PARS_BYTES_ARRAY(a->address.b));
		fprintf(f, " nonce %" PRIu64, a->nonce);
		print_word(f, " balance ", &a->balance);
		print_hex(f, " code ", a->code);
		for (size_t s = 0; s < a->slot_count; s++) {
			print_word(f, "\n  slot ", &a->slots[s].key);
			print_word(f, " = ", &a->slots[s].value);
		}
	}
	fprintf(f, "\n%u times a transaction of type %d, nonce %" PRIu64 ", gas %" PRIu64 ", chain %" PRIu64 "%s", c->times, (int)tx->type,
		tx->nonce, tx->gas_limit, tx->chain_id, tx->any_chain ? " (any)" : "");
	print_hex(f, " from ", PARS_BYTES_ARRAY(c->sender.b));
	print_hex(f, tx->creates ? " creates " : " to ", PARS_BYTES(tx->to.b, tx->creates ? 0 : sizeof tx->to.b));
	print_word(f, " fee ", &tx->max_fee);
	print_word(f, " priority ", &tx->priority_fee);
	print_word(f, " blob fee ", &tx->max_blob_fee);
	print_word(f, " value ", &tx->value);
	print_hex(f, " data ", tx->data);
	for (size_t i = 0; i < tx->access_count; i++) {
		print_hex(f, "\n  access ", PARS_BYTES_ARRAY(tx->access[i].address.b));
		for (size_t k = 0; k < tx->access[i].key_count; k++)
			print_word(f, " ", &tx->access[i].keys[k]);
	}
	for (size_t i = 0; i < tx->blob_count; i++)
		print_hex(f, "\n  blob ", pars_digest_bytes(&tx->blob_hashes[i]));
	for (size_t i = 0; i < tx->authorization_count; i++) {
		const struct pars_authorization *a = &tx->authorizations[i];
		print_hex(f, "\n  authorization of ", PARS_BYTES_ARRAY(a->address.b));
		print_word(f, " chain ", &a->chain_id);
		fprintf(f, " nonce %" PRIu64 " parity %u", a->nonce, a->parity);
		print_word(f, " r ", &a->r);
		print_word(f, " s ", &a->s);
	}
	fprintf(f, "\n");
}

void differ_print_answer(FILE *f, const char *who, const struct differ_answer *a)
{
	static const char *const kinds[] = { "refused", "success", "reverted", "halted" };
	fprintf(f, "%s: %s, gas %" PRIu64, who, a->bytes[0] < PARS_COUNT(kinds) ? kinds[a->bytes[0]] : "broken",
		pars_be64(a->bytes + 1));
	print_hex(f, ", output ", PARS_BYTES(a->bytes + 9, 8));
	print_hex(f, ", logs ", PARS_BYTES(a->bytes + 41, 8));
	print_hex(f, ", state ", PARS_BYTES(a->bytes + 73, 8));
	fprintf(f, "\n");
}
