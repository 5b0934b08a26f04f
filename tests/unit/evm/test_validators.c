#include "evm/validators.h"

#include "crypto/rng.h"
#include "evm/opcode.h"
#include "tests/unit/unit.h"

#define EPOCH 10
#define STAKE 1000 /* the smallest */
#define RICH 1000000
#define GAS 1000000
#define CHAIN 77

/* -- a state that calls are made upon, one transaction each ------------------------- */

struct bed {
	struct pars_world state; /* over nothing; what the transactions left */
	struct pars_evm_host host;
	bool hesitates, asked;   /* answers every question late */
	struct pars_evm *evm;
	struct pars_evm_block block;
	struct pars_world world; /* the last transaction's, for its logs */
	struct pars_evm_result result;
	unsigned waits;
};

static enum pars_err nobody(void *ctx, const struct pars_address *address, struct pars_account *ret)
{
	(void)ctx;
	(void)address;
	*ret = (struct pars_account){ .code_hash = pars_keccak256_empty };
	return PARS_OK;
}

/* Every question fails the first time. */
static bool late(struct bed *b)
{
	b->asked = b->hesitates && !b->asked;
	return b->asked;
}

static struct pars_world_account *account_in(struct pars_world *w, const struct pars_address *address)
{
	struct pars_world_account *a;
	ck_assert_int_eq(pars_world_get(w, address, &a), PARS_OK);
	return a;
}

static struct pars_world_slot *slot_in(struct pars_world *w, const struct pars_address *address, const struct pars_u256 *key)
{
	struct pars_world_slot *s;
	ck_assert_int_eq(pars_world_slot(w, account_in(w, address), key, &s), PARS_OK);
	return s;
}

static enum pars_err host_account(void *ctx, const struct pars_address *address, struct pars_account *ret)
{
	struct bed *b = ctx;
	if (late(b))
		return PARS_E_BUSY;
	*ret = account_in(&b->state, address)->now;
	return PARS_OK;
}

static enum pars_err host_storage(void *ctx, const struct pars_address *address,
	const struct pars_u256 *key, struct pars_u256 *ret)
{
	struct bed *b = ctx;
	if (late(b))
		return PARS_E_BUSY;
	*ret = slot_in(&b->state, address, key)->value;
	return PARS_OK;
}

static enum pars_err host_code(void *ctx, const struct pars_address *address,
	const struct pars_digest *hash, struct pars_bytes *ret)
{
	struct bed *b = ctx;
	(void)hash;
	*ret = account_in(&b->state, address)->code;
	return PARS_OK;
}

static struct pars_address owner(unsigned i)
{
	return pars_address_small((uint16_t)(0xa000 + i));
}

static struct pars_address validators(void)
{
	return pars_address_small(PARS_VALIDATORS);
}

static void bed_init(struct bed *b, bool hesitates)
{
	static const struct pars_evm_host nothing = { .account = nobody };
	*b = (struct bed){ .hesitates = hesitates,
		.host = { b, host_account, host_storage, host_code, NULL },
		.block = { .chain_id = CHAIN, .number = 5 * EPOCH, .gas_limit = 30000000 } };
	pars_world_init(&b->state, &nothing, PARS_OSAKA, 1);
	pars_world_begin(&b->state);
	for (unsigned i = 0; i < 8; i++) {
		struct pars_address address = owner(i);
		struct pars_world_account *a = account_in(&b->state, &address);
		pars_world_set_balance(&b->state, a, &PARS_U256(RICH));
		a->now.exists = true;
	}
	pars_world_init(&b->world, &b->host, PARS_OSAKA, 2);
	b->evm = pars_evm_new(PARS_OSAKA, 3);
	pars_evm_set_network(b->evm, &(struct pars_evm_network){ EPOCH, PARS_U256(STAKE) });
}

static void bed_done(struct bed *b)
{
	pars_evm_free(b->evm);
	pars_world_done(&b->world);
	pars_world_done(&b->state);
}
#define AUTO_BED(name, hesitates) \
	__attribute__((cleanup(bed_done))) struct bed name; \
	bed_init(&name, hesitates)

/* The state becomes what the transaction made of it, as a trie would have it: an
 * account that is not there has no storage. */
static void commit(struct bed *b)
{
	struct pars_world_account *a;
	for (size_t at = 0; (a = pars_world_next(&b->world, &at));) {
		struct pars_world_account *to = account_in(&b->state, &a->address);
		const struct pars_world_slot *s;
		for (size_t i = 0; (s = pars_world_next_slot(a, &i));)
			slot_in(&b->state, &a->address, &s->key)->value = a->now.exists ? s->value : PARS_U256(0);
		bool stored = false;
		for (size_t i = 0; (s = pars_world_next_slot(to, &i));)
			stored |= !pars_u256_is_zero(&s->value);
		to->now = a->now;
		to->now.has_storage = stored;
	}
}

static void check_unchanged(struct bed *b)
{
	const struct pars_world_account *a;
	const struct pars_world_slot *s;
	for (size_t at = 0; (a = pars_world_next(&b->world, &at));) {
		ck_assert(pars_u256_equal(&a->now.balance, &a->before.balance));
		ck_assert_uint_eq(a->now.nonce, a->before.nonce);
		for (size_t i = 0; (s = pars_world_next_slot(a, &i));)
			ck_assert(pars_u256_equal(&s->value, &s->before));
	}
	ck_assert_uint_eq(b->world.log_count, 0);
	ck_assert_int_eq(b->world.refund, 0);
}

static enum pars_evm_status run(struct bed *b, struct pars_evm_call call)
{
	static const struct pars_evm_tx tx;
	enum pars_err err;
	pars_world_done(&b->world);
	pars_world_init(&b->world, &b->host, PARS_OSAKA, 2);
	pars_world_begin(&b->world);
	b->waits = 0;
	do
		err = pars_world_get(&b->world, &call.from, &(struct pars_world_account *){ 0 });
	while (err == PARS_E_BUSY);
	pars_evm_start(b->evm, &b->world, &b->block, &tx, &call);
	for (; (err = pars_evm_run(b->evm, &b->result)) == PARS_E_BUSY; b->waits++)
		ck_assert(b->hesitates);
	ck_assert_int_eq(err, PARS_OK);
	if (b->result.status)
		check_unchanged(b);
	pars_world_end(&b->world);
	commit(b);
	return b->result.status;
}

/* -- calls ------------------------------------------------------------------------------- */

struct input {
	uint8_t b[4 + 3 * 32];
	size_t n;
};

static struct input input_of(enum pars_validators_function f)
{
	struct input in = { .n = 4 };
	pars_put_be32(in.b, f);
	return in;
}

static struct input with_word(enum pars_validators_function f, const struct pars_u256 *word)
{
	struct input in = input_of(f);
	pars_u256_to_be(word, in.b + in.n);
	in.n += 32;
	return in;
}

static struct pars_ed25519_pair key(unsigned i)
{
	uint8_t seed[PARS_ED25519_SEED_SIZE] = { (uint8_t)i };
	struct pars_ed25519_pair pair;
	pars_ed25519_pair_from_seed(&pair, seed);
	return pair;
}

static struct input registration(unsigned k, const struct pars_address *who)
{
	struct input in = input_of(PARS_VALIDATORS_REGISTER);
	struct pars_ed25519_pair pair = key(k);
	uint8_t message[PARS_VALIDATORS_MESSAGE_SIZE];
	pars_validators_message(CHAIN, who, message);
	memcpy(in.b + 4, pair.public.b, 32);
	pars_ed25519_sign(&pair, PARS_BYTES_ARRAY(message), in.b + 36);
	in.n = sizeof in.b;
	return in;
}

static enum pars_evm_status call_to(struct bed *b, struct pars_address to, enum pars_evm_kind kind, unsigned who,
	const struct input *in, uint64_t value)
{
	return run(b, (struct pars_evm_call){ .kind = kind, .from = owner(who), .to = to,
		.value = PARS_U256(value), .input = PARS_BYTES(in->b, in->n), .gas = GAS });
}

static enum pars_evm_status call_with(struct bed *b, unsigned who, struct input in, uint64_t value)
{
	return call_to(b, validators(), PARS_EVM_CALL, who, &in, value);
}

static enum pars_evm_status call(struct bed *b, unsigned who, enum pars_validators_function f)
{
	return call_with(b, who, input_of(f), 0);
}

static enum pars_evm_status enroll(struct bed *b, unsigned who, unsigned k, uint64_t value)
{
	struct pars_address address = owner(who);
	return call_with(b, who, registration(k, &address), value);
}

static struct pars_u256 word_of(struct pars_bytes out, size_t i)
{
	ck_assert_uint_ge(out.n, 32 * (i + 1));
	return pars_u256_from_be(out.p + 32 * i);
}

static uint64_t answer(struct bed *b, size_t i)
{
	struct pars_u256 v = word_of(b->result.output, i);
	return pars_u256_u64(&v);
}

/* The output is Error(string), and this is the string. */
static void check_reason(struct pars_bytes out, const char *text)
{
	size_t n = strlen(text);
	ck_assert_uint_eq(out.n, 4 + 64 + (n + 31) / 32 * 32);
	struct pars_digest d = pars_keccak256(PARS_BYTES_STR("Error(string)"));
	ck_assert_mem_eq(out.p, d.b, 4);
	out = PARS_BYTES(out.p + 4, out.n - 4);
	struct pars_u256 at = word_of(out, 0), size = word_of(out, 1);
	ck_assert_uint_eq(pars_u256_u64(&at), 32);
	ck_assert_uint_eq(pars_u256_u64(&size), n);
	ck_assert_mem_eq(out.p + 64, text, n);
	for (size_t i = 64 + n; i < out.n; i++)
		ck_assert_uint_eq(out.p[i], 0);
}

#define REFUSED(bed, status, text) do { \
	ck_assert_int_eq((status), PARS_EVM_REVERT); \
	check_reason((bed)->result.output, (text)); \
} while (0)

static uint64_t balance(struct bed *b, struct pars_address address)
{
	return pars_u256_u64(&account_in(&b->state, &address)->now.balance);
}

static void later(struct bed *b, unsigned epochs)
{
	b->block.number += epochs * EPOCH;
}

/* A test that runs with a host that hesitates as well. */
#define TWICE(name) \
	static void name##_with(bool hesitates); \
	START_TEST(name) \
	{ \
		name##_with(false); \
		name##_with(true); \
	} \
	END_TEST \
	static void name##_with(bool hesitates)

/* -- tests ------------------------------------------------------------------------------- */

START_TEST(selectors_are_the_signatures)
{
	static const struct { enum pars_validators_function f; const char *text; } all[] = {
		{ PARS_VALIDATORS_REGISTER, "register(bytes32,bytes32,bytes32)" },
		{ PARS_VALIDATORS_ADD_STAKE, "addStake()" }, { PARS_VALIDATORS_EXIT, "exit()" },
		{ PARS_VALIDATORS_WITHDRAW, "withdraw()" }, { PARS_VALIDATORS_COUNT, "count()" },
		{ PARS_VALIDATORS_VALIDATOR, "validator(uint256)" }, { PARS_VALIDATORS_INDEX_OF, "indexOf(address)" },
	};
	for (size_t i = 0; i < PARS_COUNT(all); i++) {
		struct pars_digest d = pars_keccak256(PARS_BYTES_STR(all[i].text));
		ck_assert_uint_eq(pars_be32(d.b), all[i].f);
	}
}
END_TEST

START_TEST(only_a_network_has_it)
{
	AUTO_BED(b, false);
	ck_assert_int_eq(call(&b, 0, PARS_VALIDATORS_COUNT), PARS_EVM_SUCCESS);
	ck_assert_uint_eq(b.result.output.n, 32);
	pars_evm_set_network(b.evm, NULL);
	ck_assert_int_eq(call(&b, 0, PARS_VALIDATORS_COUNT), PARS_EVM_SUCCESS);
	ck_assert_uint_eq(b.result.output.n, 0);
}
END_TEST

/* Slots cost what SLOAD and SSTORE cost, whether the host hesitates or not. */
static const int64_t register_gas = 3 * 2100 /* looks whether it may */ + 3500 /* signature */ +
	3 * (2100 + 20000) /* itself */ + 3 * 20000 /* two places and the count */ + 375 * 3 + 8 * 64 /* log */;

TWICE(registers)
{
	AUTO_BED(b, hesitates);
	ck_assert_int_eq(enroll(&b, 1, 1, STAKE), PARS_EVM_SUCCESS);
	ck_assert_uint_eq(answer(&b, 0), 0);
	ck_assert_int_eq(GAS - b.result.gas_left, register_gas);
	ck_assert_uint_eq(b.world.log_count, 1);
	const struct pars_log *log = &b.world.logs[0];
	struct pars_digest topic = pars_keccak256(PARS_BYTES_STR("Registered(address,bytes32,uint256)"));
	struct pars_address who = owner(1), it = validators();
	ck_assert(pars_address_equal(&log->address, &it));
	ck_assert_uint_eq(log->topic_count, 2);
	ck_assert(pars_digest_equal(&log->topics[0], &topic));
	ck_assert_mem_eq(log->topics[1].b + 12, who.b, 20);
	struct pars_ed25519_pair pair = key(1);
	ck_assert_uint_eq(log->data.n, 64);
	ck_assert_mem_eq(log->data.p, pair.public.b, 32);
	ck_assert_uint_eq(pars_be64(log->data.p + 56), STAKE);

	later(&b, 1);
	ck_assert_int_eq(enroll(&b, 2, 2, STAKE + 5), PARS_EVM_SUCCESS);
	ck_assert_uint_eq(answer(&b, 0), 1);
	ck_assert_uint_eq(b.waits, hesitates ? 7 : 0); /* its account, and six slots */
	/* The count is not zero any more. */
	ck_assert_int_eq(GAS - b.result.gas_left, register_gas - 20000 + 2900);
	ck_assert_uint_eq(balance(&b, validators()), 2 * STAKE + 5);
	ck_assert_uint_eq(balance(&b, owner(2)), RICH - STAKE - 5);

	ck_assert_int_eq(call(&b, 3, PARS_VALIDATORS_COUNT), PARS_EVM_SUCCESS);
	ck_assert_uint_eq(answer(&b, 0), 2);
	ck_assert_int_eq(GAS - b.result.gas_left, 2100);
	ck_assert_int_eq(call_with(&b, 3, with_word(PARS_VALIDATORS_VALIDATOR, &PARS_U256(1)), 0), PARS_EVM_SUCCESS);
	pair = key(2);
	who = owner(2);
	ck_assert_uint_eq(b.result.output.n, 5 * 32);
	ck_assert_mem_eq(b.result.output.p, pair.public.b, 32);
	ck_assert_mem_eq(b.result.output.p + 32 + 12, who.b, 20);
	ck_assert_uint_eq(answer(&b, 2), STAKE + 5);
	ck_assert_uint_eq(answer(&b, 3), 7); /* registered in the sixth epoch, number 6 */
	ck_assert_uint_eq(answer(&b, 4), 0);
	struct pars_u256 word = pars_address_u256(&who);
	ck_assert_int_eq(call_with(&b, 3, with_word(PARS_VALIDATORS_INDEX_OF, &word), 0), PARS_EVM_SUCCESS);
	ck_assert_uint_eq(answer(&b, 0), 1);
}

START_TEST(refuses)
{
	AUTO_BED(b, false);
	struct pars_address who = owner(1);
	REFUSED(&b, enroll(&b, 1, 1, STAKE - 1), "too little stake");
	struct input in = registration(1, &who);
	REFUSED(&b, call_with(&b, 2, in, STAKE), "bad signature"); /* another owner's */
	b.block.chain_id++;
	REFUSED(&b, call_with(&b, 1, in, STAKE), "bad signature");
	b.block.chain_id--;
	in.b[50] ^= 1;
	REFUSED(&b, call_with(&b, 1, in, STAKE), "bad signature");
	in.n--;
	REFUSED(&b, call_with(&b, 1, in, STAKE), "arguments are missing");
	in.n = 3;
	REFUSED(&b, call_with(&b, 1, in, 0), "unknown function");
	in.n = 0;
	REFUSED(&b, call_with(&b, 1, in, STAKE), "unknown function");
	REFUSED(&b, call(&b, 1, 0x12345678), "unknown function");
	REFUSED(&b, call(&b, 1, PARS_VALIDATORS_ADD_STAKE), "no validator");
	REFUSED(&b, call(&b, 1, PARS_VALIDATORS_EXIT), "no validator");
	REFUSED(&b, call(&b, 1, PARS_VALIDATORS_WITHDRAW), "no validator");
	REFUSED(&b, call_with(&b, 1, input_of(PARS_VALIDATORS_EXIT), 1), "takes no value");
	REFUSED(&b, call_with(&b, 1, with_word(PARS_VALIDATORS_VALIDATOR, &PARS_U256(0)), 0), "no validator");

	ck_assert_int_eq(enroll(&b, 1, 1, STAKE), PARS_EVM_SUCCESS);
	REFUSED(&b, enroll(&b, 1, 2, STAKE), "owner has a validator");
	REFUSED(&b, enroll(&b, 2, 1, STAKE), "key is a validator's");
	REFUSED(&b, call(&b, 1, PARS_VALIDATORS_WITHDRAW), "exit first");
	struct pars_u256 word = pars_address_u256(&who);
	word.w[3] = 1;
	REFUSED(&b, call_with(&b, 1, with_word(PARS_VALIDATORS_INDEX_OF, &word), 0), "no address");
	word = PARS_U256(0);
	word.w[1] = 1; /* low 64 bits are an index that is there */
	REFUSED(&b, call_with(&b, 1, with_word(PARS_VALIDATORS_VALIDATOR, &word), 0), "no validator");
	in = registration(2, &who);
	ck_assert_int_eq(call_to(&b, validators(), PARS_EVM_STATICCALL, 2, &in, 0), PARS_EVM_REVERT);
	check_reason(b.result.output, "changes in a static call");
	ck_assert_uint_eq(balance(&b, validators()), STAKE);
}
END_TEST

START_TEST(stakes_have_128_bits)
{
	AUTO_BED(b, false);
	struct pars_address who = owner(1);
	struct pars_world_account *a = account_in(&b.state, &who);
	struct pars_u256 much = { { 0, 0, 1 } }, most = { { UINT64_MAX, UINT64_MAX } };
	pars_world_set_balance(&b.state, a, &(struct pars_u256){ { 0, 0, 0, 1 } });
	struct input in = registration(1, &who);
	struct pars_evm_call c = { .kind = PARS_EVM_CALL, .from = who, .to = validators(), .value = much,
		.input = PARS_BYTES(in.b, in.n), .gas = GAS };
	REFUSED(&b, run(&b, c), "too much stake");
	c.value = most;
	ck_assert_int_eq(run(&b, c), PARS_EVM_SUCCESS);
	REFUSED(&b, call_with(&b, 1, input_of(PARS_VALIDATORS_ADD_STAKE), 1), "too much stake");
	ck_assert_int_eq(call_with(&b, 1, input_of(PARS_VALIDATORS_ADD_STAKE), 0), PARS_EVM_SUCCESS);
	struct pars_u256 stake = word_of(b.result.output, 0);
	ck_assert(pars_u256_equal(&stake, &most));
}
END_TEST

/* Amounts of gas below what it takes: out of gas, and nothing changed. */
TWICE(too_little_gas)
{
	AUTO_BED(b, hesitates);
	struct pars_address who = owner(1);
	struct input in = registration(1, &who);
	struct pars_evm_call c = { .kind = PARS_EVM_CALL, .from = who, .to = validators(),
		.value = PARS_U256(STAKE), .input = PARS_BYTES(in.b, in.n) };
	for (int64_t lacks = 1; lacks <= register_gas; lacks += lacks < 100 ? 1 : 97) {
		c.gas = register_gas - lacks;
		ck_assert_int_eq(run(&b, c), PARS_EVM_OUT_OF_GAS);
		ck_assert_int_eq(b.result.gas_left, 0);
	}
	c.gas = register_gas;
	ck_assert_int_eq(run(&b, c), PARS_EVM_SUCCESS);
	ck_assert_int_eq(b.result.gas_left, 0);
}

TWICE(leaves_in_time)
{
	AUTO_BED(b, hesitates);
	ck_assert_int_eq(enroll(&b, 1, 1, STAKE), PARS_EVM_SUCCESS);
	ck_assert_int_eq(call_with(&b, 1, input_of(PARS_VALIDATORS_ADD_STAKE), 11), PARS_EVM_SUCCESS);
	ck_assert_uint_eq(answer(&b, 0), STAKE + 11);
	b.block.number += EPOCH - 1; /* the epoch's last block */
	ck_assert_int_eq(call(&b, 1, PARS_VALIDATORS_EXIT), PARS_EVM_SUCCESS);
	ck_assert_uint_eq(answer(&b, 0), 5 + 7);
	struct pars_digest topic = pars_keccak256(PARS_BYTES_STR("Exited(address,uint256)"));
	ck_assert_uint_eq(b.world.log_count, 1);
	ck_assert(pars_digest_equal(&b.world.logs[0].topics[0], &topic));
	ck_assert_uint_eq(pars_be64(b.world.logs[0].data.p + 24), 12);
	REFUSED(&b, call(&b, 1, PARS_VALIDATORS_EXIT), "exited already");
	REFUSED(&b, call_with(&b, 1, input_of(PARS_VALIDATORS_ADD_STAKE), 11), "exited already");
	b.block.number = 12 * EPOCH - 1;
	REFUSED(&b, call(&b, 1, PARS_VALIDATORS_WITHDRAW), "not yet");
	b.block.number++;
	ck_assert_int_eq(call(&b, 1, PARS_VALIDATORS_WITHDRAW), PARS_EVM_SUCCESS);
	ck_assert_uint_eq(answer(&b, 0), STAKE + 11);
	topic = pars_keccak256(PARS_BYTES_STR("Withdrawn(address,uint256)"));
	ck_assert(pars_digest_equal(&b.world.logs[0].topics[0], &topic));
	ck_assert_uint_eq(balance(&b, owner(1)), RICH);
	ck_assert_uint_eq(balance(&b, validators()), 0);
	REFUSED(&b, call(&b, 1, PARS_VALIDATORS_WITHDRAW), "no validator");

	/* The account stays, without storage, and may be used again. */
	struct pars_address it = validators();
	struct pars_world_account *a = account_in(&b.state, &it);
	ck_assert(a->now.exists && a->now.nonce == 1 && !a->now.has_storage);
	ck_assert_int_eq(enroll(&b, 1, 1, STAKE), PARS_EVM_SUCCESS);
	ck_assert_int_eq(GAS - b.result.gas_left, register_gas);
}

/* -- through code ---------------------------------------------------------------------- */

/* Calls the precompile with what it was called with, and answers whether that
 * succeeded, and the answer. `end`: RETURN or REVERT. */
static struct pars_address forwarder(struct bed *b, uint8_t op, uint8_t end)
{
	bool value = op == PARS_OP_CALL || op == PARS_OP_CALLCODE;
	struct pars_address at = pars_address_small((uint16_t)(0xc000 + op + end));
	const uint8_t code[] = {
		0x36, 0x5f, 0x5f, 0x37,                         /* the input to memory */
		0x5f, 0x5f, 0x36, 0x5f, value ? 0x34 : 0x5b,    /* no output; the input; value */
		0x61, PARS_VALIDATORS >> 8, PARS_VALIDATORS & 0xff, 0x5a, op,
		0x5f, 0x52, 0x3d, 0x5f, 0x60, 0x20, 0x3e,       /* outcome, output to memory */
		0x3d, 0x60, 0x20, 0x01, 0x5f, end,
	};
	struct pars_world_account *a = account_in(&b->state, &at);
	pars_world_set_code(&b->state, a, PARS_BYTES_ARRAY(code));
	a->now.exists = true;
	a->now.nonce = 1;
	return at;
}

TWICE(contracts_may_own)
{
	AUTO_BED(b, hesitates);
	struct pars_address c = forwarder(&b, PARS_OP_CALL, PARS_OP_RETURN);
	struct input in = registration(1, &c);
	ck_assert_int_eq(call_to(&b, c, PARS_EVM_CALL, 1, &in, STAKE), PARS_EVM_SUCCESS);
	ck_assert_uint_eq(answer(&b, 0), 1);
	ck_assert_uint_eq(answer(&b, 1), 0);
	/* 76 for the small instructions, and a warm call with value to nobody, whose
	 * stipend comes back. */
	int64_t around = GAS - b.result.gas_left - register_gas;
	ck_assert_int_eq(around, 9000 + 25000 + 100 - 2300 + 76);
	ck_assert(!hesitates == !b.waits);

	/* The same call again: refused, with its reason, and the value comes back. */
	ck_assert_int_eq(call_to(&b, c, PARS_EVM_CALL, 1, &in, STAKE), PARS_EVM_SUCCESS);
	ck_assert_uint_eq(answer(&b, 0), 0);
	check_reason(PARS_BYTES(b.result.output.p + 32, b.result.output.n - 32), "owner has a validator");
	ck_assert_uint_eq(balance(&b, c), STAKE);
	ck_assert_uint_eq(balance(&b, validators()), STAKE);

	/* A static call reaches through those that are not. */
	in = input_of(PARS_VALIDATORS_EXIT);
	ck_assert_int_eq(call_to(&b, c, PARS_EVM_STATICCALL, 1, &in, 0), PARS_EVM_SUCCESS);
	ck_assert_uint_eq(answer(&b, 0), 0);
	check_reason(PARS_BYTES(b.result.output.p + 32, b.result.output.n - 32), "changes in a static call");
}

TWICE(reverts_leave_nothing)
{
	AUTO_BED(b, hesitates);
	struct pars_address c = forwarder(&b, PARS_OP_CALL, PARS_OP_REVERT);
	struct input in = registration(1, &c);
	ck_assert_int_eq(call_to(&b, c, PARS_EVM_CALL, 1, &in, STAKE), PARS_EVM_REVERT);
	ck_assert_uint_eq(answer(&b, 0), 1); /* it had succeeded; run() saw that nothing is left */
	ck_assert_int_eq(call(&b, 3, PARS_VALIDATORS_COUNT), PARS_EVM_SUCCESS);
	ck_assert_uint_eq(answer(&b, 0), 0);
}

TWICE(nobody_borrows_its_code)
{
	static const struct { uint8_t op; bool reads; } ops[] = {
		{ PARS_OP_STATICCALL, true }, { PARS_OP_DELEGATECALL, false }, { PARS_OP_CALLCODE, false },
	};
	for (size_t i = 0; i < PARS_COUNT(ops); i++) {
		AUTO_BED(b, hesitates);
		struct pars_address c = forwarder(&b, ops[i].op, PARS_OP_RETURN);
		struct input count = input_of(PARS_VALIDATORS_COUNT), in = registration(1, &c);
		ck_assert_int_eq(call_to(&b, c, PARS_EVM_CALL, 1, &count, 0), PARS_EVM_SUCCESS);
		ck_assert_uint_eq(answer(&b, 0), ops[i].reads);
		ck_assert_uint_eq(b.result.output.n, ops[i].reads ? 64 : 32);
		ck_assert_int_eq(call_to(&b, c, PARS_EVM_CALL, 1, &in, STAKE), PARS_EVM_SUCCESS);
		ck_assert_uint_eq(answer(&b, 0), 0);
		ck_assert(!account_in(&b.state, &c)->now.has_storage);
	}
}

/* -- against a model ------------------------------------------------------------------ */

struct model {
	unsigned list[8], count; /* owners */
	struct {
		unsigned key; /* 0: none */
		uint64_t stake, since, until;
	} of[8];
};

static bool key_taken(const struct model *m, unsigned k)
{
	for (unsigned i = 0; i < m->count; i++)
		if (m->of[m->list[i]].key == k)
			return true;
	return false;
}

/* What storage says, read slot by slot as a light client would. */
static void check_storage(struct bed *b, const struct model *m)
{
	struct pars_address it = validators();
	uint64_t all = 0;
	ck_assert_uint_eq(slot_in(&b->state, &it, &PARS_VALIDATORS_COUNT_SLOT)->value.w[0], m->count);
	for (unsigned i = 0; i < 8; i++) {
		struct pars_u256 at[3], words[3];
		for (unsigned w = 0; w < 3; w++) {
			at[w] = pars_validators_slot(i, w);
			words[w] = slot_in(&b->state, &it, &at[w])->value;
			ck_assert(i < m->count || pars_u256_is_zero(&words[w]));
		}
		if (i >= m->count)
			continue;
		unsigned o = m->list[i];
		struct pars_address who = owner(o);
		struct pars_ed25519_pair pair = key(m->of[o].key);
		struct pars_u256 public = pars_u256_from_be(pair.public.b), address = pars_address_u256(&who);
		ck_assert(pars_u256_equal(&words[0], &public));
		ck_assert(pars_u256_equal(&words[1], &address));
		struct pars_u256 terms = { { m->of[o].stake, 0, m->of[o].since, m->of[o].until } };
		ck_assert(pars_u256_equal(&words[2], &terms));
		at[0] = pars_validators_owner_slot(&who);
		at[1] = pars_validators_key_slot(&pair.public);
		ck_assert(pars_u256_equal(&slot_in(&b->state, &it, &at[0])->value, &PARS_U256(i + 1)));
		ck_assert(pars_u256_equal(&slot_in(&b->state, &it, &at[1])->value, &PARS_U256(i + 1)));
		all += m->of[o].stake;
	}
	size_t used = 0;
	const struct pars_world_slot *s;
	for (size_t at = 0; (s = pars_world_next_slot(account_in(&b->state, &it), &at));)
		used += !pars_u256_is_zero(&s->value);
	ck_assert_uint_eq(used, m->count ? 1 + 5 * m->count : 0);
	ck_assert_uint_eq(balance(b, it), all);
}

/* One thing at random; the model says whether it succeeds. */
static void act(struct bed *b, struct model *m, struct pars_rng *rng)
{
	unsigned who = (unsigned)pars_rng_below(rng, 8), k = 1 + (unsigned)pars_rng_below(rng, 10);
	uint64_t epoch = b->block.number / EPOCH, value = STAKE + pars_rng_below(rng, 100);
	bool in = m->of[who].key, out = in && m->of[who].until;
	switch (pars_rng_below(rng, 5)) {
	case 0: {
		bool may = !in && !key_taken(m, k);
		ck_assert_int_eq(enroll(b, who, k, value) == PARS_EVM_SUCCESS, may);
		if (may) {
			m->list[m->count++] = who;
			m->of[who].key = k;
			m->of[who].stake = value;
			m->of[who].since = epoch + 1;
			m->of[who].until = 0;
		}
		break;
	}
	case 1:
		ck_assert_int_eq(call_with(b, who, input_of(PARS_VALIDATORS_ADD_STAKE), 3) == PARS_EVM_SUCCESS, in && !out);
		m->of[who].stake += in && !out ? 3 : 0;
		break;
	case 2:
		ck_assert_int_eq(call(b, who, PARS_VALIDATORS_EXIT) == PARS_EVM_SUCCESS, in && !out);
		if (in && !out)
			m->of[who].until = epoch + 7;
		break;
	case 3: {
		bool may = out && epoch >= m->of[who].until;
		ck_assert_int_eq(call(b, who, PARS_VALIDATORS_WITHDRAW) == PARS_EVM_SUCCESS, may);
		for (unsigned i = 0; may && i < m->count; i++)
			if (m->list[i] == who) {
				m->list[i] = m->list[--m->count];
				m->of[who].key = 0;
				break;
			}
		break;
	}
	default:
		b->block.number += pars_rng_below(rng, EPOCH);
	}
}

TWICE(list_stays_dense)
{
	AUTO_BED(b, hesitates);
	struct model m = { 0 };
	struct pars_rng rng;
	pars_rng_init(&rng, (uint8_t[PARS_RNG_SEED_SIZE]){ hesitates });
	unsigned most = 0, emptied = 0;
	for (int n = 0; n < 1500; n++) {
		unsigned before = m.count;
		act(&b, &m, &rng);
		check_storage(&b, &m);
		most = PARS_MAX(most, m.count);
		emptied += m.count < before;
	}
	ck_assert_uint_ge(most, 4);
	ck_assert_uint_ge(emptied, 10);
}

UNIT_CASE(validators, selectors_are_the_signatures, only_a_network_has_it, registers, refuses,
	stakes_have_128_bits, too_little_gas, leaves_in_time, contracts_may_own, reverts_leave_nothing,
	nobody_borrows_its_code, list_stays_dense);
