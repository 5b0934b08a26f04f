/* The interpreter: any two contracts, any input, little gas. Whatever runs must
 * come to the same end whether its code is new or kept from before, whether the
 * host answers at once or "not yet" first, and whether it is traced, which is
 * another translation of the same code. */
#include "tests/evm/change.h"
#include "tests/fuzz/fuzz.h"

#define GAS_MAX 200000

static struct pars_address contract(uint8_t n)
{
	return (struct pars_address){ { [18] = 0xc0, [19] = n } };
}

/* Two contracts that have slots and a balance; nobody else. */
struct host {
	struct pars_bytes code[2];
	bool hesitates, answers;
};

static bool not_yet(struct host *h)
{
	h->answers = !h->answers;
	return h->hesitates && h->answers;
}

static int who(const struct pars_address *address)
{
	for (uint8_t i = 0; i < 2; i++) {
		struct pars_address a = contract(i);
		if (pars_address_equal(&a, address))
			return i;
	}
	return -1;
}

static enum pars_err get_account(void *ctx, const struct pars_address *address, struct pars_account *ret)
{
	struct host *h = ctx;
	if (not_yet(h))
		return PARS_E_BUSY;
	int i = who(address);
	*ret = (struct pars_account){ .code_hash = pars_keccak256_empty };
	if (i >= 0)
		*ret = (struct pars_account){ PARS_U256(1000), 1, pars_keccak256(h->code[i]), true, true };
	return PARS_OK;
}

static enum pars_err get_storage(void *ctx, const struct pars_address *address,
	const struct pars_u256 *key, struct pars_u256 *ret)
{
	if (not_yet(ctx))
		return PARS_E_BUSY;
	*ret = who(address) >= 0 ? PARS_U256(key->w[0] & 3) : PARS_U256(0);
	return PARS_OK;
}

static enum pars_err get_code(void *ctx, const struct pars_address *address,
	const struct pars_digest *hash, struct pars_bytes *ret)
{
	struct host *h = ctx;
	(void)hash;
	if (not_yet(h))
		return PARS_E_BUSY;
	*ret = h->code[who(address)]; /* asked of those only that have some */
	return PARS_OK;
}

static enum pars_err get_block_hash(void *ctx, uint64_t number, struct pars_digest *ret)
{
	if (not_yet(ctx))
		return PARS_E_BUSY;
	assert(number < 1000 && number >= 1000 - 256);
	*ret = pars_keccak256(PARS_BYTES(&number, sizeof number));
	return PARS_OK;
}

struct outcome {
	enum pars_evm_status status;
	int64_t gas_left, refund;
	struct pars_digest output, logs, state;
};

static struct pars_digest logs_of(const struct pars_world *w)
{
	PARS_AUTO_BUF b = { 0 };
	for (size_t i = 0; i < w->log_count; i++) {
		const struct pars_log *log = &w->logs[i];
		assert(log->topic_count <= 4);
		pars_buf_put(&b, PARS_BYTES_ARRAY(log->address.b));
		pars_buf_put_byte(&b, (uint8_t)log->topic_count);
		pars_buf_put(&b, PARS_BYTES(log->topics, log->topic_count * sizeof log->topics[0]));
		pars_buf_put(&b, log->data);
	}
	return pars_keccak256(pars_buf_bytes(&b));
}

static void check_step(void *ctx, const struct pars_evm_step *step)
{
	int64_t *steps = ctx;
	assert(step->gas >= 0 && step->gas <= GAS_MAX && step->stack_count <= 1024 && step->depth >= 1 && step->depth <= 1025);
	++*steps;
}

static bool takes_all(enum pars_evm_status status)
{
	return status >= PARS_EVM_OUT_OF_GAS && status < PARS_EVM_DEPTH;
}

static struct outcome run(struct pars_evm *evm, const struct host *from, enum pars_fork fork, bool hesitates,
	const struct pars_evm_call *call)
{
	struct host h = *from;
	const struct pars_evm_host host = { &h, get_account, get_storage, get_code, get_block_hash };
	const struct pars_evm_block block = { .chain_id = 1, .number = 1000, .timestamp = 5, .gas_limit = 30000000,
		.coinbase = contract(1), .base_fee = PARS_U256(7), .blob_base_fee = PARS_U256(1) };
	const struct pars_evm_tx tx = { .origin = contract(0), .gas_price = PARS_U256(9) };
	struct pars_evm_result r;
	struct pars_world world;
	struct pars_world_account *creator;
	enum pars_err err;
	pars_world_init(&world, &host, fork, 1);
	pars_world_begin(&world);
	/* Who creates has counted the creation already. */
	h.hesitates = false;
	if (call->kind == PARS_EVM_CREATE && !pars_world_get(&world, &call->from, &creator))
		pars_world_set_nonce(&world, creator, creator->now.nonce + 1);
	h.hesitates = hesitates;
	pars_evm_start(evm, &world, &block, &tx, call);
	while ((err = pars_evm_run(evm, &r)) == PARS_E_BUSY)
		assert(hesitates);
	assert(!err && r.gas_left >= 0 && r.gas_left <= call->gas);
	assert(!takes_all(r.status) || !r.gas_left);
	struct outcome out = { r.status, r.gas_left, world.refund, pars_keccak256(r.output), logs_of(&world), { { 0 } } };
	pars_world_end(&world);
	out.state = change_of(&world);
	pars_world_done(&world);
	return out;
}

/* `exactly`: failures that take all gas are the same one, too. A block that fails
 * in two ways fails by gas first, its instructions one by one in their order. */
static void assert_same(const struct outcome *a, const struct outcome *b, bool exactly)
{
	assert(a->status == b->status || (!exactly && takes_all(a->status) && takes_all(b->status)));
	assert(a->gas_left == b->gas_left);
	assert(a->refund == b->refund);
	assert(pars_digest_equal(&a->output, &b->output));
	assert(pars_digest_equal(&a->logs, &b->logs));
	assert(pars_digest_equal(&a->state, &b->state));
}

/* A byte for the fork and whether it creates, two for gas, two pieces, the rest
 * is the code that runs. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pars_bytes in = PARS_BYTES(data, size);
	if (in.n < 3)
		return 0;
	struct pars_bytes head = pars_bytes_take(&in, 3);
	struct pars_bytes input = fuzz_piece(&in);
	struct host host = { .code = { [1] = fuzz_piece(&in), [0] = in } };
	enum pars_fork fork = (enum pars_fork)((head.p[0] & 0x7f) % PARS_FORKS);
	struct pars_evm_call call = { .from = contract(1), .to = contract(0), .input = input,
		.gas = pars_be16(head.p + 1) * (int64_t)GAS_MAX / UINT16_MAX };
	if (head.p[0] & 0x80) {
		call.kind = PARS_EVM_CREATE;
		call.input = in;
	}
	int64_t steps = 0;
	PARS_AUTO(pars_evm) evm = pars_evm_new(fork, 1);
	struct outcome first = run(evm, &host, fork, false, &call);
	struct outcome kept = run(evm, &host, fork, false, &call);
	assert_same(&first, &kept, true);
	struct outcome slow = run(evm, &host, fork, true, &call);
	assert_same(&first, &slow, true);
	pars_evm_trace(evm, check_step, &steps);
	struct outcome traced = run(evm, &host, fork, true, &call);
	assert_same(&first, &traced, false);
	assert(steps <= call.gas + 1025);
	return 0;
}
