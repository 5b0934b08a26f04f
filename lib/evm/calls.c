/* What enters and ends frames: calls, creations, precompiles, destruction; and
 * SSTORE. */
#include "evm/evm_impl.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "evm/stateful.h"

#define CALL_STIPEND 2300
#define CODE_BYTE_GAS 200
#define POOL_MAX 32 /* frames kept between runs */

/* EIP-7702: an account's code that names another's. */
#define DELEGATION_SIZE 23

static struct outcome_of goes_on(void)
{
	return (struct outcome_of){ .what = GO_ON };
}

static struct outcome_of fails(enum pars_evm_status status)
{
	return (struct outcome_of){ .what = FAILED, .status = status };
}

static struct outcome_of waits(enum pars_err err)
{
	return (struct outcome_of){ .what = WAITS, .err = err };
}

static bool delegation(struct pars_bytes code, struct pars_address *to)
{
	static const uint8_t prefix[3] = { 0xef, 0x01, 0x00 };
	if (code.n != DELEGATION_SIZE || memcmp(code.p, prefix, sizeof prefix))
		return false;
	memcpy(to->b, code.p + sizeof prefix, sizeof to->b);
	return true;
}

/* -- frames --------------------------------------------------------------------- */

static struct frame *frame_new(struct pars_evm *evm, struct frame *parent)
{
	struct frame *f = evm->pool;
	if (f) {
		evm->pool = f->parent;
		evm->pooled--;
	} else {
		f = malloc(sizeof *f); /* the stack need not be cleared */
		if (!f)
			abort();
		f->memory = NULL;
		f->memory_cap = 0;
		f->returned = (struct pars_buf){ 0 };
	}
	f->parent = parent;
	f->depth = parent ? parent->depth + 1 : 0;
	f->is_static = parent && parent->is_static;
	f->memory_size = 0;
	pars_buf_truncate(&f->returned, 0);
	f->top = f->stack;
	f->out_at = f->out_size = 0;
	return f;
}

static void frame_done(struct pars_evm *evm, struct frame *f)
{
	pars_code_release(&evm->codes, f->code);
	evm->memory_used -= f->memory_size;
	if (evm->pooled < POOL_MAX && f->memory_cap <= 1 << 20) {
		f->parent = evm->pool;
		evm->pool = f;
		evm->pooled++;
		return;
	}
	free(f->memory);
	pars_buf_done(&f->returned);
	free(f);
}

/* Code that has a hash is kept translated; init code runs once. */
static void frame_code(struct pars_evm *evm, struct frame *f, const struct pars_digest *hash, struct pars_bytes code)
{
	if (hash) {
		f->code = pars_code_cache_get(&evm->codes, hash, code);
	} else {
		f->code = pars_code_new(code);
		f->code->users = 1;
	}
	f->at = pars_code_block(f->code, &evm->translator, 0);
}

/* The call that `parent` made is over without a frame, or its frame is: what the
 * parent sees of it. The outermost one's is the result. */
static void deliver(struct pars_evm *evm, struct frame *parent, enum pars_evm_status status,
	int64_t gas_left, struct pars_bytes output, const struct pars_address *created,
	uint64_t out_at, uint64_t out_size)
{
	if (!parent) {
		pars_buf_truncate(&evm->output, 0);
		pars_buf_put(&evm->output, output);
		evm->result = (struct pars_evm_result){ status, gas_left, pars_buf_bytes(&evm->output), { { 0 } } };
		if (created)
			evm->result.created = *created;
		evm->ended = true;
		evm->frame = NULL;
		return;
	}
	pars_buf_truncate(&parent->returned, 0);
	pars_buf_put(&parent->returned, output);
	parent->gas += gas_left;
	if (output.n && out_size)
		memcpy(parent->memory + out_at, output.p, PARS_MIN(output.n, out_size));
	bool good = status == PARS_EVM_SUCCESS;
	*++parent->top = !good ? PARS_U256(0) : created ? pars_address_u256(created) : PARS_U256(1);
	evm->frame = parent;
}

/* The end of a creation: the output becomes code, if it may. */
static enum pars_evm_status deposit(struct pars_evm *evm, struct frame *f, struct pars_bytes code)
{
	if (code.n > evm->rules.code_max)
		return PARS_EVM_CODE_SIZE;
	if (evm->rules.refuses_ef && code.n && code.p[0] == 0xef)
		return PARS_EVM_CODE_PREFIX;
	int64_t cost = CODE_BYTE_GAS * (int64_t)code.n;
	if (f->gas < cost) {
		if (evm->rules.code_must_be_paid)
			return PARS_EVM_OUT_OF_GAS;
		return PARS_EVM_SUCCESS; /* Frontier: there, without code */
	}
	f->gas -= cost;
	if (code.n)
		pars_world_set_code(evm->world, f->self, code);
	return PARS_EVM_SUCCESS;
}

void evm_return(struct pars_evm *evm, enum pars_evm_status status, struct pars_bytes output)
{
	struct frame *f = evm->frame;
	bool creates = f->kind == PARS_EVM_CREATE || f->kind == PARS_EVM_CREATE2;
	if (creates && status == PARS_EVM_SUCCESS) {
		status = deposit(evm, f, output);
		output = (struct pars_bytes){ 0 };
	}
	if (status != PARS_EVM_SUCCESS)
		pars_world_undo(evm->world, f->mark);
	if (status != PARS_EVM_SUCCESS && status != PARS_EVM_REVERT)
		f->gas = 0;
	deliver(evm, f->parent, status, f->gas, output, creates ? &f->self->address : NULL,
		f->out_at, f->out_size);
	frame_done(evm, f);
}

/* -- calls ------------------------------------------------------------------------ */

struct call {
	enum pars_evm_kind kind;
	struct pars_world_account *from;  /* whose value it is */
	struct pars_world_account *self;  /* whose storage the code sees */
	struct pars_world_account *code;  /* whose code it is, delegation followed */
	const struct pars_precompile *precompile;
	struct pars_address caller;
	struct pars_u256 value;           /* that the code sees */
	bool moves;                       /* and that is moved */
	struct pars_bytes input;
	int64_t gas;
	uint64_t out_at, out_size;
};

/* Appends the output; *gas: what is left. */
static enum pars_evm_status run_pure(struct pars_evm *evm, const struct call *c, int64_t *gas, struct pars_buf *out)
{
	uint64_t cost = c->precompile->gas(c->input, evm->rules.fork);
	if (cost > (uint64_t)*gas)
		return PARS_EVM_OUT_OF_GAS;
	*gas -= (int64_t)cost;
	return c->precompile->run(c->input, evm->rules.fork, out) ? PARS_EVM_SUCCESS : PARS_EVM_PRECOMPILE;
}

/* Likewise; *err: the host's, and the status means nothing. Its storage is its
 * own: nobody borrows its code. */
static enum pars_evm_status run_stateful(struct pars_evm *evm, const struct frame *parent, const struct call *c,
	int64_t *gas, struct pars_buf *out, enum pars_err *err)
{
	if (c->self != c->code)
		return PARS_EVM_PRECOMPILE;
	struct pars_stateful s = {
		.world = evm->world, .rules = &evm->rules, .block = evm->block, .network = &evm->network,
		.self = c->self, .caller = c->caller, .value = c->value, .input = c->input,
		.is_static = c->kind == PARS_EVM_STATICCALL || (parent && parent->is_static),
		.gas = *gas, .out = out,
	};
	c->precompile->act(&s);
	*gas = s.gas;
	*err = s.err;
	return s.status;
}

static enum pars_err make_precompile(struct pars_evm *evm, struct frame *parent, const struct call *c, size_t mark)
{
	PARS_AUTO_BUF out = { 0 };
	int64_t gas = c->gas;
	enum pars_err err = PARS_OK;
	enum pars_evm_status status = c->precompile->act ? run_stateful(evm, parent, c, &gas, &out, &err)
		: run_pure(evm, c, &gas, &out);
	if (err)
		return err;
	if (status != PARS_EVM_SUCCESS)
		pars_world_undo(evm->world, mark);
	if (status != PARS_EVM_SUCCESS && status != PARS_EVM_REVERT) {
		pars_buf_truncate(&out, 0);
		gas = 0;
	}
	deliver(evm, parent, status, gas, pars_buf_bytes(&out), NULL, c->out_at, c->out_size);
	return PARS_OK;
}

/* Gas is paid and the call is allowed: makes it. An error is the host's: then
 * what changed since the call began is the caller's to undo. */
static enum pars_err make_call(struct pars_evm *evm, struct frame *parent, const struct call *c)
{
	size_t mark = pars_world_mark(evm->world);
	if (c->moves)
		pars_world_transfer(evm->world, c->from, c->self, &c->value);
	else if (c->kind == PARS_EVM_STATICCALL)
		pars_world_touch(evm->world, c->self);
	if (c->precompile)
		return make_precompile(evm, parent, c, mark);
	if (!c->code->code.n) {
		deliver(evm, parent, PARS_EVM_SUCCESS, c->gas, (struct pars_bytes){ 0 }, NULL, 0, 0);
		return PARS_OK;
	}
	struct frame *f = frame_new(evm, parent);
	f->kind = c->kind;
	f->is_static |= c->kind == PARS_EVM_STATICCALL;
	f->self = c->self;
	f->caller = c->caller;
	f->value = c->value;
	f->input = c->input;
	f->gas = c->gas;
	f->mark = mark;
	f->out_at = c->out_at;
	f->out_size = c->out_size;
	frame_code(evm, f, &c->code->now.code_hash, c->code->code);
	evm->frame = f;
	return PARS_OK;
}

/* The account whose code runs in place of the target's, which names it, or NULL. */
static enum pars_err find_delegate(struct pars_evm *evm, struct pars_world_account *target,
	struct pars_world_account **ret)
{
	enum pars_err err = pars_world_code(evm->world, target);
	struct pars_address to;
	*ret = NULL;
	if (err || !evm->rules.delegates || !delegation(target->code, &to))
		return err;
	err = pars_world_get(evm->world, &to, ret);
	return err ? err : pars_world_code(evm->world, *ret);
}

/* Memory from `at` to at + size, paid for; false: out of gas. */
static bool grow_range(struct pars_evm *evm, struct frame *f, const struct pars_u256 *at, const struct pars_u256 *size)
{
	uint64_t end;
	if (pars_u256_is_zero(size))
		return true;
	if (!pars_u256_is_u64(at) || !pars_u256_is_u64(size) || __builtin_add_overflow(at->w[0], size->w[0], &end))
		return false;
	return frame_grow(evm, f, end);
}

static struct pars_bytes memory_range(const struct frame *f, const struct pars_u256 *at, const struct pars_u256 *size)
{
	if (pars_u256_is_zero(size))
		return (struct pars_bytes){ 0 };
	return PARS_BYTES(f->memory + at->w[0], size->w[0]);
}

static bool pay(struct frame *f, int64_t cost)
{
	return (f->gas -= cost) >= 0;
}

struct outcome_of evm_call(struct pars_evm *evm, struct frame *f, enum pars_evm_kind kind)
{
	struct pars_world *world = evm->world;
	const struct pars_u256 *sp = f->top;
	bool has_value = kind == PARS_EVM_CALL || kind == PARS_EVM_CALLCODE;
	struct pars_address to = pars_address_from_u256(&sp[-1]);
	struct pars_u256 value = has_value ? sp[-2] : PARS_U256(0), asked = sp[0];
	const struct pars_u256 *args = sp - 2 - has_value; /* input at, size; output at, size */
	bool moves = !pars_u256_is_zero(&value);

	struct pars_world_account *target, *delegate = NULL;
	enum pars_err err = pars_world_get(world, &to, &target);
	const struct pars_precompile *precompile = precompile_at(evm, &to);
	if (!err && !precompile)
		err = find_delegate(evm, target, &delegate);
	if (err)
		return waits(err);

	if (kind == PARS_EVM_CALL && moves && f->is_static)
		return fails(PARS_EVM_STATIC);
	if (!grow_range(evm, f, &args[0], &args[-1]) || !grow_range(evm, f, &args[-2], &args[-3]))
		return fails(PARS_EVM_OUT_OF_GAS);
	/* A precompile with a state may have questions of its own, later: then all is
	 * as it is here when the instruction runs again. */
	size_t mark = pars_world_mark(world);
	int64_t before = f->gas;
	int64_t cost = access_gas(evm, target, evm->rules.call_gas);
	if (delegate)
		cost += access_gas(evm, delegate, 0);
	if (moves)
		cost += CALL_VALUE_GAS;
	if (kind == PARS_EVM_CALL && pars_world_is_dead(world, target) &&
		(moves || !evm->rules.new_account_by_value))
		cost += NEW_ACCOUNT_GAS;
	if (!pay(f, cost))
		return fails(PARS_EVM_OUT_OF_GAS);

	uint64_t gas = pars_u256_u64(&asked);
	if (evm->rules.keeps_a_64th)
		gas = PARS_MIN(gas, (uint64_t)all_but_a_64th(f->gas));
	if (gas > (uint64_t)f->gas)
		return fails(PARS_EVM_OUT_OF_GAS);
	f->gas -= (int64_t)gas;
	struct call c = {
		.kind = kind, .from = f->self, .code = delegate ? delegate : target, .precompile = precompile,
		.value = value, .moves = kind == PARS_EVM_CALL,
		.self = kind == PARS_EVM_CALLCODE || kind == PARS_EVM_DELEGATECALL ? f->self : target,
		.caller = kind == PARS_EVM_DELEGATECALL ? f->caller : f->self->address,
		.input = memory_range(f, &args[0], &args[-1]),
		.gas = (int64_t)gas + (moves ? CALL_STIPEND : 0),
		.out_at = args[-2].w[0], .out_size = args[-3].w[0],
	};
	if (kind == PARS_EVM_DELEGATECALL)
		c.value = f->value;
	f->top -= has_value ? 7 : 6;
	f->at++;
	if (f->depth >= PARS_EVM_DEPTH_MAX)
		deliver(evm, f, PARS_EVM_DEPTH, c.gas, (struct pars_bytes){ 0 }, NULL, 0, 0);
	else if (moves && pars_u256_less(&f->self->now.balance, &value))
		deliver(evm, f, PARS_EVM_BALANCE, c.gas, (struct pars_bytes){ 0 }, NULL, 0, 0);
	else if ((err = make_call(evm, f, &c))) {
		pars_world_undo(world, mark);
		f->gas = before;
		f->top += has_value ? 7 : 6;
		f->at--;
		return waits(err);
	}
	return (struct outcome_of){ .what = SWITCHED };
}

/* -- creations ---------------------------------------------------------------------- */

/* The new account is known, and all is paid. */
static void make_creation(struct pars_evm *evm, struct frame *parent, enum pars_evm_kind kind,
	struct pars_world_account *creator, struct pars_world_account *fresh, const struct pars_u256 *value,
	struct pars_bytes init, int64_t gas)
{
	struct pars_world *world = evm->world;
	if (evm->rules.warm_and_cold)
		pars_world_warm(world, fresh);
	bool taken = fresh->now.nonce || fresh->now.has_storage ||
		!pars_digest_equal(&fresh->now.code_hash, &pars_keccak256_empty);
	if (taken) { /* EIP-684, EIP-7610 */
		deliver(evm, parent, PARS_EVM_COLLISION, 0, (struct pars_bytes){ 0 }, NULL, 0, 0);
		return;
	}
	size_t mark = pars_world_mark(world);
	pars_world_set_created(world, fresh);
	if (evm->rules.new_account_by_value)
		pars_world_set_nonce(world, fresh, 1);
	pars_world_transfer(world, creator, fresh, value);
	struct frame *f = frame_new(evm, parent);
	f->kind = kind;
	f->self = fresh;
	f->caller = creator->address;
	f->value = *value;
	f->input = (struct pars_bytes){ 0 };
	f->gas = gas;
	f->mark = mark;
	frame_code(evm, f, NULL, init);
	evm->frame = f;
}

struct outcome_of evm_create(struct pars_evm *evm, struct frame *f, enum pars_evm_kind kind)
{
	const struct pars_u256 *sp = f->top, *at = sp - 1, *size = sp - 2;
	struct pars_u256 value = sp[0];
	bool salted = kind == PARS_EVM_CREATE2;
	if (f->is_static)
		return fails(PARS_EVM_STATIC);
	uint64_t n = pars_u256_u64(size);
	if (n > evm->rules.init_code_max)
		return fails(PARS_EVM_OUT_OF_GAS);
	/* What grows here is there when the instruction runs again; it is not paid twice. */
	if (!grow_range(evm, f, at, size))
		return fails(PARS_EVM_OUT_OF_GAS);
	int64_t cost = (evm->rules.init_word_gas + (salted ? 6 : 0)) * (int64_t)words(n);
	if (f->gas < cost)
		return fails(PARS_EVM_OUT_OF_GAS);
	struct pars_bytes init = memory_range(f, at, size);
	struct pars_world_account *creator = f->self, *fresh = NULL;
	enum pars_evm_status refused = PARS_EVM_SUCCESS;
	if (f->depth >= PARS_EVM_DEPTH_MAX)
		refused = PARS_EVM_DEPTH;
	else if (pars_u256_less(&creator->now.balance, &value))
		refused = PARS_EVM_BALANCE;
	else if (creator->now.nonce == UINT64_MAX)
		refused = PARS_EVM_NONCE;
	if (!refused) {
		struct pars_address address;
		if (salted) {
			uint8_t salt[32];
			struct pars_digest hash = pars_keccak256(init);
			pars_u256_to_be(&sp[-3], salt);
			address = pars_address_create2(&creator->address, salt, &hash);
		} else {
			address = pars_address_create(&creator->address, creator->now.nonce);
		}
		enum pars_err err = pars_world_get(evm->world, &address, &fresh);
		if (err)
			return waits(err);
	}
	f->gas -= cost;
	f->top -= salted ? 4 : 3;
	f->at++;
	if (refused) {
		deliver(evm, f, refused, 0, (struct pars_bytes){ 0 }, NULL, 0, 0);
		return (struct outcome_of){ .what = SWITCHED };
	}
	int64_t gas = evm->rules.keeps_a_64th ? all_but_a_64th(f->gas) : f->gas;
	f->gas -= gas;
	pars_world_set_nonce(evm->world, creator, creator->now.nonce + 1);
	make_creation(evm, f, kind, creator, fresh, &value, init, gas);
	return (struct outcome_of){ .what = SWITCHED };
}

/* -- the outermost ------------------------------------------------------------------- */

enum pars_err evm_begin(struct pars_evm *evm)
{
	const struct pars_evm_call *call = &evm->call;
	struct pars_world_account *from, *to, *delegate = NULL;
	struct pars_address address = call->to;
	enum pars_err err = pars_world_get(evm->world, &call->from, &from);
	if (err)
		return err;
	if (call->kind == PARS_EVM_CREATE)
		address = pars_address_create(&call->from, from->now.nonce - 1);
	if ((err = pars_world_get(evm->world, &address, &to)))
		return err;
	if (call->kind == PARS_EVM_CREATE) {
		make_creation(evm, NULL, call->kind, from, to, &call->value, call->input, call->gas);
		return PARS_OK;
	}
	const struct pars_precompile *precompile = precompile_at(evm, &address);
	if (!precompile && (err = find_delegate(evm, to, &delegate)))
		return err;
	size_t mark = pars_world_mark(evm->world);
	if (delegate)
		pars_world_warm(evm->world, delegate);
	err = make_call(evm, NULL, &(struct call){
		.kind = call->kind, .from = from, .self = to, .code = delegate ? delegate : to, .precompile = precompile,
		.caller = call->from, .value = call->value, .moves = call->kind == PARS_EVM_CALL,
		.input = call->input, .gas = call->gas,
	});
	if (err)
		pars_world_undo(evm->world, mark);
	return err;
}

/* -- SELFDESTRUCT and SSTORE ------------------------------------------------------------ */

struct outcome_of evm_destroy(struct pars_evm *evm, struct frame *f)
{
	struct pars_world *world = evm->world;
	struct pars_world_account *self = f->self, *heir;
	struct pars_address address = pars_address_from_u256(f->top);
	if (f->is_static)
		return fails(PARS_EVM_STATIC);
	enum pars_err err = pars_world_get(world, &address, &heir);
	if (err)
		return waits(err);
	int64_t cost = evm->rules.destroy_gas;
	if (evm->rules.warm_and_cold && !warms(evm, heir))
		cost += COLD_ACCOUNT_GAS;
	bool rich = !pars_u256_is_zero(&self->now.balance);
	if (evm->rules.destroy_gas && pars_world_is_dead(world, heir) && (rich || !evm->rules.new_account_by_value))
		cost += NEW_ACCOUNT_GAS;
	if (!pay(f, cost))
		return fails(PARS_EVM_OUT_OF_GAS);
	if (self->destroyed_in != world->number && evm->rules.destroy_refund)
		pars_world_refund(world, evm->rules.destroy_refund);
	bool destroys = !evm->rules.destroys_new_only || self->created_in == world->number;
	struct pars_u256 balance = self->now.balance, none = { 0 };
	if (heir != self)
		pars_world_transfer(world, self, heir, &balance);
	else if (destroys)
		pars_world_set_balance(world, self, &none);
	if (destroys)
		pars_world_set_destroyed(world, self);
	evm_return(evm, PARS_EVM_SUCCESS, (struct pars_bytes){ 0 });
	return (struct outcome_of){ .what = SWITCHED };
}

struct outcome_of evm_store(struct pars_evm *evm, struct frame *f)
{
	const struct pars_u256 *key = f->top, *value = f->top - 1;
	struct pars_world_slot *s;
	if (f->is_static)
		return fails(PARS_EVM_STATIC);
	if (evm->rules.sstore == PARS_SSTORE_2200 && f->gas <= CALL_STIPEND)
		return fails(PARS_EVM_OUT_OF_GAS);
	enum pars_err err = pars_world_slot(evm->world, f->self, key, &s);
	if (err)
		return waits(err);
	if (!slot_store(evm->world, &evm->rules, f->self, s, value, &f->gas))
		return fails(PARS_EVM_OUT_OF_GAS);
	f->top -= 2;
	return goes_on();
}
