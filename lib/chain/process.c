#include "chain/process.h"

#include "chain/execute.h"
#include "chain/requests.h"

#define BLOCK_SIZE_MAX (8u << 20) /* EIP-7934: 10 MiB less 2 for what travels with it */
#define GWEI 1000000000
#define OMMERS_MAX 2
#define OMMER_AGE_MAX 6

static const struct pars_address
	beacon_roots = { { 0x00, 0x0f, 0x3d, 0xf6, 0xd7, 0x32, 0x80, 0x7e, 0xf1, 0x31,
		0x9f, 0xb7, 0xb8, 0xbb, 0x85, 0x22, 0xd0, 0xbe, 0xac, 0x02 } },    /* EIP-4788 */
	history = { { 0x00, 0x00, 0xf9, 0x08, 0x27, 0xf1, 0xc5, 0x3a, 0x10, 0xcb,
		0x7a, 0x02, 0x33, 0x5b, 0x17, 0x53, 0x20, 0x00, 0x29, 0x35 } },    /* EIP-2935 */
	exits = { { 0x00, 0x00, 0x09, 0x61, 0xef, 0x48, 0x0e, 0xb5, 0x5e, 0x80,
		0xd1, 0x9a, 0xd8, 0x35, 0x79, 0xa6, 0x4c, 0x00, 0x70, 0x02 } },    /* EIP-7002 */
	consolidations = { { 0x00, 0x00, 0xbb, 0xdd, 0xc7, 0xce, 0x48, 0x86, 0x42, 0xfb,
		0x57, 0x9f, 0x8b, 0x00, 0xf3, 0xa5, 0x90, 0x00, 0x72, 0x51 } };    /* EIP-7251 */

struct run {
	struct pars_evm *evm;
	struct pars_world *world;
	const struct pars_chain_config *config;
	const struct pars_block *block;
	enum pars_fork fork;
	struct pars_evm_block context;
	struct pars_arena *arena;
	struct pars_processed *out;
	struct pars_bloom bloom;
	uint64_t blobs;
	struct pars_buf requests[PARS_REQUEST_TYPES];
};

static enum pars_err system_call(struct run *r, const struct pars_address *to, struct pars_bytes input,
	bool *there, struct pars_evm_result *result)
{
	return pars_execute_system(r->evm, r->world, &r->context, to, input, there, result);
}

/* What the block tells contracts before its transactions; whether they are there,
 * and what they say to it, does not matter. */
static enum pars_err tell_contracts(struct run *r)
{
	const struct pars_header *h = &r->block->header;
	struct pars_evm_result result;
	bool there;
	enum pars_err err = PARS_OK;
	if (r->fork >= PARS_CANCUN)
		err = system_call(r, &beacon_roots, pars_digest_bytes(&h->beacon_root), &there, &result);
	if (!err && r->fork >= PARS_PRAGUE)
		err = system_call(r, &history, pars_digest_bytes(&h->parent), &there, &result);
	return err;
}

static enum pars_err run_transaction(struct run *r, size_t i)
{
	const struct pars_header *h = &r->block->header;
	const struct pars_blob_rule *blobs = pars_chain_blobs(r->config, h->timestamp);
	struct pars_transaction_rules rules = { r->fork, r->config->chain_id, blobs ? (unsigned)blobs->max : 0 };
	PARS_AUTO_ARENA arena = { 0 };
	struct pars_transaction tx;
	struct pars_address sender;
	if (pars_transaction_decode(r->block->transactions[i], &arena, &tx)) {
		r->out->problem = "a transaction that is none";
		return PARS_OK;
	}
	if ((r->out->problem = pars_transaction_problem(&tx, &rules)))
		return PARS_OK;
	if (pars_transaction_sender(&tx, &sender)) {
		r->out->problem = "a transaction that nobody signed";
		return PARS_OK;
	}
	if (tx.gas_limit > h->gas_limit - r->out->gas_used) {
		r->out->problem = "a transaction with more gas than the block has left";
		return PARS_OK;
	}
	r->blobs += tx.blob_count;
	if (r->blobs > rules.blobs_max) {
		r->out->problem = "more blobs than a block may have";
		return PARS_OK;
	}
	struct pars_execution x;
	pars_execution_start(&x, r->evm, r->world, &r->context, &tx, &sender, &rules);
	enum pars_err err = pars_execution_run(&x);
	pars_execution_done(&x);
	if (err)
		return err;
	if ((r->out->problem = x.problem))
		return PARS_OK;
	r->out->gas_used += x.gas_used;
	struct pars_receipt *receipt = &r->out->receipts[r->out->receipt_count++];
	*receipt = (struct pars_receipt){
		.type = tx.type, .success = x.result.status == PARS_EVM_SUCCESS,
		.cumulative_gas = r->out->gas_used, .log_count = r->world->log_count,
		.logs = pars_arena_alloc(r->arena, (r->world->log_count + 1) * sizeof *receipt->logs),
	};
	for (size_t n = 0; n < receipt->log_count; n++) {
		receipt->logs[n] = r->world->logs[n];
		receipt->logs[n].data = pars_arena_copy(r->arena, r->world->logs[n].data);
	}
	pars_receipt_set_bloom(receipt);
	pars_bloom_or(&r->bloom, &receipt->bloom);
	if (r->fork >= PARS_PRAGUE && !pars_requests_add_deposits(&r->requests[PARS_REQUEST_DEPOSIT],
			&r->config->deposit_contract, receipt->logs, receipt->log_count))
		r->out->problem = "a deposit that is not laid out as it must be";
	return PARS_OK;
}

static enum pars_err pay(struct run *r, const struct pars_address *to, const struct pars_u256 *amount)
{
	struct pars_world_account *a;
	enum pars_err err = pars_world_get(r->world, to, &a);
	if (!err)
		pars_world_add_balance(r->world, a, amount);
	return err;
}

/* Before Paris: the block's, and its ommers', the later the less (yellow paper,
 * 12.3; EIP-649, EIP-1234). */
static enum pars_err reward(struct run *r)
{
	const struct pars_header *h = &r->block->header;
	uint64_t gwei = (r->fork >= PARS_CONSTANTINOPLE ? 2 : r->fork >= PARS_BYZANTIUM ? 3 : 5) * (uint64_t)GWEI, own = gwei;
	struct pars_bytes list;
	struct pars_header ommer;
	struct pars_u256 wei;
	enum pars_err err = PARS_OK;
	if (pars_rlp_only_list(r->block->ommers, &list))
		list = (struct pars_bytes){ 0 };
	for (unsigned n = 0; !err && list.n; n++, own += gwei / 32) {
		if (n == OMMERS_MAX || pars_header_get(&list, &ommer) || ommer.number >= h->number ||
			h->number - ommer.number > OMMER_AGE_MAX) {
			r->out->problem = "ommers that are none";
			return PARS_OK;
		}
		pars_u256_mul(&wei, &PARS_U256(gwei / 8 * (8 - (h->number - ommer.number))), &PARS_U256(GWEI));
		err = pay(r, &ommer.coinbase, &wei);
	}
	pars_u256_mul(&wei, &PARS_U256(own), &PARS_U256(GWEI));
	return err ? err : pay(r, &h->coinbase, &wei);
}

/* Withdrawals; before Paris the reward. */
static enum pars_err pay_out(struct run *r)
{
	enum pars_err err = PARS_OK;
	pars_world_begin(r->world);
	for (size_t i = 0; !err && i < r->block->withdrawal_count; i++) {
		const struct pars_withdrawal *w = &r->block->withdrawals[i];
		struct pars_u256 wei;
		pars_u256_mul(&wei, &PARS_U256(w->amount_gwei), &PARS_U256(GWEI));
		err = pay(r, &w->address, &wei);
	}
	if (!err && r->fork < PARS_PARIS)
		err = reward(r);
	pars_world_end(r->world);
	return err;
}

/* Contracts that must be there and answer. */
static enum pars_err ask_contract(struct run *r, const struct pars_address *to, enum pars_request_type type)
{
	struct pars_evm_result result;
	bool there;
	enum pars_err err = system_call(r, to, (struct pars_bytes){ 0 }, &there, &result);
	if (err)
		return err;
	if (!there || result.status != PARS_EVM_SUCCESS)
		r->out->problem = there ? "a system contract failed" : "a system contract is missing";
	pars_buf_put(&r->requests[type], result.output);
	return PARS_OK;
}

static enum pars_err ask_contracts(struct run *r)
{
	if (r->fork < PARS_PRAGUE)
		return PARS_OK;
	enum pars_err err = ask_contract(r, &exits, PARS_REQUEST_WITHDRAWAL);
	if (!err && !r->out->problem)
		err = ask_contract(r, &consolidations, PARS_REQUEST_CONSOLIDATION);
	return err;
}

static const char *outcome_problem(const struct run *r)
{
	const struct pars_header *h = &r->block->header;
	if (r->out->gas_used != h->gas_used)
		return "wrong gas used";
	if (r->fork >= PARS_CANCUN && r->blobs * PARS_TX_BLOB_GAS != h->blob_gas_used)
		return "wrong blob gas used";
	if (memcmp(&r->bloom, &h->bloom, sizeof r->bloom))
		return "wrong bloom";
	struct pars_digest receipts = pars_receipts_root(r->out->receipts, r->out->receipt_count);
	/* Receipts had a state root in place of the status before Byzantium. */
	if (r->fork >= PARS_BYZANTIUM && !pars_digest_equal(&receipts, &h->receipts_root))
		return "wrong root of the receipts";
	if (r->fork >= PARS_PRAGUE) {
		struct pars_digest requests = pars_requests_hash(r->requests);
		if (!pars_digest_equal(&requests, &h->requests_hash))
			return "wrong hash of the requests";
	}
	return NULL;
}

static enum pars_err run_block(struct run *r)
{
	enum pars_err err = tell_contracts(r);
	for (size_t i = 0; !err && !r->out->problem && i < r->block->transaction_count; i++)
		err = run_transaction(r, i);
	if (!err && !r->out->problem)
		err = pay_out(r);
	if (!err && !r->out->problem)
		err = ask_contracts(r);
	if (!err && !r->out->problem)
		r->out->problem = outcome_problem(r);
	return err;
}

enum pars_err pars_block_process(struct pars_evm *evm, struct pars_world *world,
	const struct pars_chain_config *config, const struct pars_header *parent,
	const struct pars_block *block, size_t raw_size, struct pars_arena *arena, struct pars_processed *ret)
{
	struct run r = { .evm = evm, .world = world, .config = config, .block = block, .arena = arena, .out = ret };
	*ret = (struct pars_processed){ .problem = pars_header_problem(config, parent, &block->header) };
	r.fork = pars_chain_fork(config, block->header.number, block->header.timestamp);
	if (!ret->problem && r.fork >= PARS_OSAKA && raw_size > BLOCK_SIZE_MAX)
		ret->problem = "the block is too large";
	if (!ret->problem && r.fork >= PARS_PARIS && pars_block_has_ommers(block))
		ret->problem = "it has ommers";
	if (!ret->problem && !pars_block_roots_match(block))
		ret->problem = "its lists are not what the header says";
	if (ret->problem)
		return PARS_OK;
	r.context = pars_block_context(config, &block->header);
	ret->receipts = pars_arena_alloc(arena, (block->transaction_count + 1) * sizeof *ret->receipts);
	pars_evm_set_fork(evm, r.fork);
	pars_evm_set_network(evm, config->has_network ? &config->network : NULL);
	enum pars_err err = run_block(&r);
	for (size_t i = 0; i < PARS_COUNT(r.requests); i++)
		pars_buf_done(&r.requests[i]);
	return err;
}

/* -- for the state --------------------------------------------------------------- */

static bool account_differs(const struct pars_world_account *a)
{
	return a->storage_wiped || a->now.exists != a->before.exists || a->now.nonce != a->before.nonce ||
		!pars_u256_equal(&a->now.balance, &a->before.balance) ||
		!pars_digest_equal(&a->now.code_hash, &a->before.code_hash);
}

static size_t count_slots(const struct pars_world_account *a)
{
	const struct pars_world_slot *s;
	size_t n = 0;
	for (size_t at = 0; (s = pars_world_next_slot(a, &at));)
		n += !pars_u256_equal(&s->value, a->storage_wiped ? &PARS_U256(0) : &s->before);
	return n;
}

struct pars_state_change *pars_world_changes(const struct pars_world *world, struct pars_arena *arena, size_t *n)
{
	struct pars_state_change *list = pars_arena_alloc(arena, (world->accounts.count + 1) * sizeof *list);
	const struct pars_world_account *a;
	*n = 0;
	for (size_t at = 0; (a = pars_world_next(world, &at));) {
		size_t slots = count_slots(a);
		if (!slots && !account_differs(a))
			continue;
		if (!a->now.exists && !a->before.exists)
			continue;
		struct pars_state_change *c = &list[(*n)++];
		*c = (struct pars_state_change){
			.address = a->address, .exists = a->now.exists, .nonce = a->now.nonce, .balance = a->now.balance,
			.code_hash = a->now.code_hash, .storage_cleared = a->storage_wiped,
			.slots = pars_arena_alloc(arena, (slots + 1) * sizeof *c->slots),
		};
		if (!pars_digest_equal(&a->now.code_hash, &a->before.code_hash))
			c->code = a->code;
		const struct pars_world_slot *s;
		for (size_t i = 0; c->exists && (s = pars_world_next_slot(a, &i));)
			if (!pars_u256_equal(&s->value, a->storage_wiped ? &PARS_U256(0) : &s->before))
				c->slots[c->slot_count++] = (struct pars_state_slot){ s->key, s->value };
	}
	return list;
}
