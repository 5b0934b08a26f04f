#include "chain/execute.h"

#define BLOB_GAS ((uint64_t)PARS_TX_BLOB_GAS)
#define AUTHORIZATION_REFUND 12500 /* the account was there: 25000 less 12500 */
#define SYSTEM_GAS 30000000

static const uint8_t delegation_prefix[3] = { 0xef, 0x01, 0x00 };

static bool is_delegation(struct pars_bytes code)
{
	return code.n == sizeof delegation_prefix + PARS_ADDRESS_SIZE &&
		!memcmp(code.p, delegation_prefix, sizeof delegation_prefix);
}

void pars_execution_start(struct pars_execution *x, struct pars_evm *evm, struct pars_world *world,
	const struct pars_evm_block *block, const struct pars_transaction *tx,
	const struct pars_address *sender, const struct pars_transaction_rules *rules)
{
	*x = (struct pars_execution){ .evm = evm, .world = world, .block = block, .tx = tx,
		.rules = *rules, .sender = *sender };
	pars_world_begin(world);
}

void pars_execution_done(struct pars_execution *x)
{
	pars_arena_done(&x->memory);
	x->authorities = NULL;
}

struct authority {
	bool known; /* somebody signed it */
	struct pars_address address;
};

static void find_authorities(struct pars_execution *x)
{
	const struct pars_transaction *tx = x->tx;
	x->authorities = pars_arena_alloc(&x->memory, (tx->authorization_count + 1) * sizeof *x->authorities);
	for (size_t i = 0; i < tx->authorization_count; i++) {
		struct authority *a = &x->authorities[i];
		a->known = !pars_authorization_authority(&tx->authorizations[i], &a->address);
	}
}

/* -- before anything changes ------------------------------------------------------ */

static enum pars_err touch_code(struct pars_world *w, const struct pars_address *address,
	struct pars_world_account **ret)
{
	enum pars_err err = pars_world_get(w, address, ret);
	return err ? err : pars_world_code(w, *ret);
}

/* Asks the host for everything that is needed outside of the EVM. */
static enum pars_err gather(struct pars_execution *x, struct pars_world_account **sender)
{
	struct pars_world *w = x->world;
	const struct pars_transaction *tx = x->tx;
	struct pars_world_account *a;
	struct pars_world_slot *slot;
	enum pars_err err = touch_code(w, &x->sender, sender);
	if (!err)
		err = pars_world_get(w, &x->block->coinbase, &a);
	if (!err && !tx->creates)
		err = pars_world_get(w, &tx->to, &a);
	for (size_t i = 0; !err && i < tx->access_count; i++) {
		err = pars_world_get(w, &tx->access[i].address, &a);
		for (size_t k = 0; !err && k < tx->access[i].key_count; k++)
			err = pars_world_slot(w, a, &tx->access[i].keys[k], &slot);
	}
	if (!x->authorities)
		find_authorities(x);
	for (size_t i = 0; !err && i < tx->authorization_count; i++)
		if (x->authorities[i].known)
			err = touch_code(w, &x->authorities[i].address, &a);
	return err;
}

/* What can only be said with the state; NULL: nothing is wrong. */
static const char *problem_with_state(const struct pars_execution *x, const struct pars_world_account *sender)
{
	const struct pars_transaction *tx = x->tx;
	const struct pars_evm_block *block = x->block;
	if (sender->now.nonce != tx->nonce)
		return sender->now.nonce < tx->nonce ? "the nonce is too high" : "the nonce is too low";
	if (sender->code.n && !is_delegation(sender->code))
		return "the sender is a contract"; /* EIP-3607 */
	if (x->rules.fork >= PARS_LONDON && pars_u256_less(&tx->max_fee, &block->base_fee))
		return "the fee is below the block's base fee";
	if (tx->type == PARS_TX_BLOB && pars_u256_less(&tx->max_blob_fee, &block->blob_base_fee))
		return "the blob fee is below the block's";
	struct pars_u256 most, blobs, sum;
	bool over = pars_u256_mul_over(&most, &PARS_U256(tx->gas_limit), &tx->max_fee);
	over |= pars_u256_mul_over(&blobs, &PARS_U256(tx->blob_count * BLOB_GAS), &tx->max_blob_fee);
	over |= pars_u256_add(&sum, &most, &blobs);
	over |= pars_u256_add(&sum, &sum, &tx->value);
	if (over || pars_u256_less(&sender->now.balance, &sum))
		return "the sender cannot pay for gas and value";
	return NULL;
}

/* -- what changes before the EVM runs ------------------------------------------------ */

/* What a unit of gas costs. */
static struct pars_u256 price(const struct pars_execution *x)
{
	if (x->rules.fork < PARS_LONDON)
		return x->tx->max_fee;
	struct pars_u256 sum;
	bool over = pars_u256_add(&sum, &x->block->base_fee, &x->tx->priority_fee);
	return over || pars_u256_less(&x->tx->max_fee, &sum) ? x->tx->max_fee : sum;
}

static void warm_up(struct pars_execution *x, struct pars_world_account *sender)
{
	struct pars_world *w = x->world;
	const struct pars_transaction *tx = x->tx;
	struct pars_world_account *a;
	struct pars_world_slot *slot;
	if (x->rules.fork < PARS_BERLIN)
		return;
	pars_world_warm(w, sender);
	if (x->rules.fork >= PARS_SHANGHAI && !pars_world_get(w, &x->block->coinbase, &a))
		pars_world_warm(w, a);
	if (!tx->creates && !pars_world_get(w, &tx->to, &a))
		pars_world_warm(w, a);
	for (size_t i = 0; i < tx->access_count; i++) {
		if (pars_world_get(w, &tx->access[i].address, &a))
			continue;
		pars_world_warm(w, a);
		for (size_t k = 0; k < tx->access[i].key_count; k++)
			if (!pars_world_slot(w, a, &tx->access[i].keys[k], &slot))
				pars_world_warm_slot(w, a, slot);
	}
}

/* EIP-7702: one that is not right is passed over. */
static void authorize(struct pars_execution *x, size_t i)
{
	struct pars_world *w = x->world;
	const struct pars_authorization *auth = &x->tx->authorizations[i];
	const struct authority *authority = &x->authorities[i];
	struct pars_world_account *a;
	bool any_chain = pars_u256_is_zero(&auth->chain_id);
	if (!any_chain && !pars_u256_equal(&auth->chain_id, &PARS_U256(x->rules.chain_id)))
		return;
	if (auth->nonce == UINT64_MAX || !authority->known || pars_world_get(w, &authority->address, &a))
		return;
	pars_world_warm(w, a);
	if ((a->code.n && !is_delegation(a->code)) || a->now.nonce != auth->nonce)
		return;
	if (a->now.exists || !pars_world_is_empty(a))
		pars_world_refund(w, AUTHORIZATION_REFUND);
	uint8_t code[sizeof delegation_prefix + PARS_ADDRESS_SIZE];
	memcpy(code, delegation_prefix, sizeof delegation_prefix);
	memcpy(code + sizeof delegation_prefix, auth->address.b, PARS_ADDRESS_SIZE);
	pars_world_set_code(w, a, PARS_BYTES(code, pars_address_is_zero(&auth->address) ? 0 : sizeof code));
	pars_world_set_nonce(w, a, auth->nonce + 1);
}

static enum pars_err begin(struct pars_execution *x)
{
	struct pars_world *w = x->world;
	const struct pars_transaction *tx = x->tx;
	struct pars_world_account *sender;
	if ((x->problem = pars_transaction_problem(tx, &x->rules)))
		return PARS_OK;
	enum pars_err err = gather(x, &sender);
	if (err)
		return err;
	if ((x->problem = problem_with_state(x, sender)))
		return PARS_OK;
	x->context = (struct pars_evm_tx){ x->sender, price(x), tx->blob_hashes, tx->blob_count };
	struct pars_u256 gas_fee, blob_fee, balance;
	pars_u256_mul(&gas_fee, &PARS_U256(tx->gas_limit), &x->context.gas_price);
	pars_u256_mul(&blob_fee, &PARS_U256(tx->blob_count * BLOB_GAS), &x->block->blob_base_fee);
	pars_u256_sub(&balance, &sender->now.balance, &gas_fee);
	pars_u256_sub(&balance, &balance, &blob_fee);
	pars_world_set_balance(w, sender, &balance);
	pars_world_set_nonce(w, sender, tx->nonce + 1);
	warm_up(x, sender);
	for (size_t i = 0; i < tx->authorization_count; i++)
		authorize(x, i);
	x->floor_gas = pars_transaction_floor_gas(tx, x->rules.fork);
	pars_evm_start(x->evm, w, x->block, &x->context, &(struct pars_evm_call){
		.kind = tx->creates ? PARS_EVM_CREATE : PARS_EVM_CALL,
		.from = x->sender, .to = tx->to, .value = tx->value, .input = tx->data,
		.gas = (int64_t)(tx->gas_limit - pars_transaction_intrinsic_gas(tx, x->rules.fork)),
	});
	return PARS_OK;
}

/* -- afterwards ------------------------------------------------------------------------- */

static void settle(struct pars_execution *x)
{
	struct pars_world *w = x->world;
	struct pars_world_account *sender, *coinbase;
	uint64_t used = x->tx->gas_limit - (uint64_t)x->result.gas_left;
	uint64_t most = used / (x->rules.fork >= PARS_LONDON ? 5 : 2);
	uint64_t refund = w->refund > 0 ? PARS_MIN((uint64_t)w->refund, most) : 0;
	x->gas_used = PARS_MAX(used - refund, x->floor_gas);
	struct pars_u256 back, reward = x->context.gas_price, fee;
	pars_u256_mul(&back, &PARS_U256(x->tx->gas_limit - x->gas_used), &x->context.gas_price);
	if (x->rules.fork >= PARS_LONDON)
		pars_u256_sub(&reward, &reward, &x->block->base_fee);
	pars_u256_mul(&fee, &PARS_U256(x->gas_used), &reward);
	/* Both were asked for in the beginning. */
	if (!pars_world_get(w, &x->sender, &sender))
		pars_world_add_balance(w, sender, &back);
	if (!pars_world_get(w, &x->block->coinbase, &coinbase))
		pars_world_add_balance(w, coinbase, &fee);
}

enum pars_err pars_execution_run(struct pars_execution *x)
{
	enum pars_err err = PARS_OK;
	if (!x->begun) {
		if ((err = begin(x)))
			return err;
		x->begun = true;
	}
	if (!x->problem) {
		if ((err = pars_evm_run(x->evm, &x->result)))
			return err;
		settle(x);
	}
	pars_world_end(x->world);
	return PARS_OK;
}

enum pars_err pars_execute_system(struct pars_evm *evm, struct pars_world *world,
	const struct pars_evm_block *block, const struct pars_address *to, struct pars_bytes input,
	bool *ret_there, struct pars_evm_result *ret)
{
	static const struct pars_evm_tx nothing;
	struct pars_evm_tx context = nothing;
	memset(context.origin.b, 0xff, sizeof context.origin.b);
	context.origin.b[PARS_ADDRESS_SIZE - 1] = 0xfe;
	struct pars_world_account *a;
	pars_world_begin(world);
	enum pars_err err = touch_code(world, to, &a);
	if (err)
		return err;
	*ret_there = a->code.n;
	*ret = (struct pars_evm_result){ 0 };
	if (!a->code.n)
		return PARS_OK;
	pars_evm_start(evm, world, block, &context, &(struct pars_evm_call){
		.kind = PARS_EVM_CALL, .from = context.origin, .to = *to, .input = input, .gas = SYSTEM_GAS,
	});
	if ((err = pars_evm_run(evm, ret))) {
		pars_world_undo(world, 0);
		return err;
	}
	pars_world_end(world);
	return PARS_OK;
}
