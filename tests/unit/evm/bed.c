#include "tests/unit/evm/bed.h"

#include "tests/evm/change.h"

struct pars_address bed_address(unsigned i)
{
	return (struct pars_address){ { [18] = 0xc0, [19] = (uint8_t)i } };
}

/* -- the host ---------------------------------------------------------------------- */

static enum pars_err asked(struct bed *bed)
{
	if (bed->always_busy && !bed->answers) {
		bed->answers = true;
		bed->busy++;
		return PARS_E_BUSY;
	}
	bed->answers = false;
	bed->asked++;
	if (bed->asked == bed->fails_at)
		return PARS_E_DB_CORRUPT;
	if (bed->asked == bed->busy_at && !bed->busy) {
		bed->asked--;
		bed->busy++;
		return PARS_E_BUSY;
	}
	return PARS_OK;
}

static int who(const struct bed *bed, const struct pars_address *address)
{
	for (unsigned i = 0; i < BED_ACCOUNTS; i++) {
		struct pars_address a = bed_address(i);
		if (bed->code[i].n && pars_address_equal(&a, address))
			return (int)i;
	}
	return -1;
}

static enum pars_err get_account(void *ctx, const struct pars_address *address, struct pars_account *ret)
{
	struct bed *bed = ctx;
	enum pars_err err = asked(bed);
	if (err)
		return err;
	int i = who(bed, address);
	struct pars_address caller = bed_address(0xff);
	*ret = (struct pars_account){ .code_hash = pars_keccak256_empty };
	if (i >= 0)
		*ret = (struct pars_account){ PARS_U256(1000), 1, pars_keccak256(bed->code[i]), true, true };
	else if (pars_address_equal(address, &caller))
		*ret = (struct pars_account){ PARS_U256(1000), 1, pars_keccak256_empty, true, false };
	return PARS_OK;
}

static enum pars_err get_storage(void *ctx, const struct pars_address *address,
	const struct pars_u256 *key, struct pars_u256 *ret)
{
	enum pars_err err = asked(ctx);
	if (err)
		return err;
	*ret = PARS_U256(0);
	if (who(ctx, address) >= 0)
		pars_u256_add(ret, key, &PARS_U256(1));
	return PARS_OK;
}

static enum pars_err get_code(void *ctx, const struct pars_address *address,
	const struct pars_digest *code_hash, struct pars_bytes *ret)
{
	struct bed *bed = ctx;
	enum pars_err err = asked(bed);
	if (err)
		return err;
	int i = who(bed, address);
	ck_assert_int_ge(i, 0);
	struct pars_digest hash = pars_keccak256(bed->code[i]);
	ck_assert(pars_digest_equal(code_hash, &hash));
	*ret = bed->code[i];
	return PARS_OK;
}

static enum pars_err get_block_hash(void *ctx, uint64_t number, struct pars_digest *ret)
{
	enum pars_err err = asked(ctx);
	if (err)
		return err;
	ck_assert(number < 1000 && number >= 744);
	*ret = pars_keccak256(PARS_BYTES(&number, sizeof number));
	return PARS_OK;
}

/* -- a run ---------------------------------------------------------------------------- */

static void step(void *ctx, const struct pars_evm_step *s)
{
	struct bed *bed = ctx;
	bed->steps++;
	if (bed->step)
		bed->step(bed->ctx, s);
}

/* What became different, and the logs. */
static struct pars_digest digest_of(const struct pars_world *w)
{
	struct pars_digest sum = change_of(w);
	for (size_t i = 0; i < w->log_count; i++) {
		uint8_t head[22] = { (uint8_t)i, (uint8_t)w->logs[i].topic_count };
		memcpy(head + 2, w->logs[i].address.b, sizeof w->logs[i].address.b);
		change_mix(&sum, head, sizeof head);
		change_mix(&sum, w->logs[i].topics, w->logs[i].topic_count * sizeof w->logs[i].topics[0]);
		change_mix(&sum, w->logs[i].data.p, w->logs[i].data.n);
	}
	return sum;
}

struct bed_outcome bed_run(struct bed *bed, const struct pars_evm_call *call)
{
	const struct pars_evm_host host = { bed, get_account, get_storage, get_code, get_block_hash };
	const struct pars_evm_block block = { .chain_id = 1, .number = 1000, .gas_limit = 30000000 };
	const struct pars_evm_tx tx = { .origin = call->from };
	struct bed_outcome out = { 0 };
	struct pars_evm_result r;
	struct pars_world world;
	if (!bed->evm)
		bed->evm = pars_evm_new(bed->fork, 1);
	pars_evm_set_fork(bed->evm, bed->fork);
	pars_evm_trace(bed->evm, bed->single ? step : NULL, bed);
	bed->asked = bed->busy = 0;
	bed->answers = false;
	pars_world_init(&world, &host, bed->fork, 1);
	pars_world_begin(&world);
	pars_evm_start(bed->evm, &world, &block, &tx, call);
	while ((out.err = pars_evm_run(bed->evm, &r)) == PARS_E_BUSY)
		;
	if (!out.err) {
		out.status = r.status;
		out.gas_left = r.gas_left;
		out.gas_used = call->gas - r.gas_left;
		out.output_n = r.output.n;
		if (r.output.n)
			memcpy(out.output, r.output.p, PARS_MIN(r.output.n, sizeof out.output));
		pars_world_end(&world);
		out.state = digest_of(&world);
	}
	pars_world_done(&world);
	return out;
}

struct bed_outcome bed_code(struct bed *bed, struct pars_bytes code, int64_t gas)
{
	bed->code[0] = code;
	return bed_run(bed, &(struct pars_evm_call){
		.kind = PARS_EVM_CALL, .from = bed_address(0xff), .to = bed_address(0), .gas = gas });
}

struct bed_outcome bed_hex(struct bed *bed, const char *code, int64_t gas)
{
	static uint8_t bytes[1024]; /* a test may call this often, and unit_hex forgets */
	size_t n = strlen(code) / 2;
	ck_assert(n <= sizeof bytes && pars_unhex(code, bytes, n));
	return bed_code(bed, PARS_BYTES(bytes, n), gas);
}

void bed_done(struct bed *bed)
{
	pars_evm_free(bed->evm);
	bed->evm = NULL;
}

void bed_assert_same(const struct bed_outcome *a, const struct bed_outcome *b, const char *what)
{
	ck_assert_msg(a->err == b->err && a->status == b->status, "status of %s: %d, %d", what, (int)a->status, (int)b->status);
	ck_assert_msg(a->gas_left == b->gas_left, "gas of %s: %ld, %ld", what, (long)a->gas_left, (long)b->gas_left);
	ck_assert_msg(a->output_n == b->output_n && !memcmp(a->output, b->output, sizeof a->output), "output of %s", what);
	ck_assert_msg(pars_digest_equal(&a->state, &b->state), "state after %s", what);
}
