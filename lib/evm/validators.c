#include "evm/validators.h"

#include <assert.h>

/* -- where things lie ------------------------------------------------------------ */

static struct pars_u256 hash_word(const uint8_t *p, size_t n)
{
	struct pars_digest d = pars_keccak256(PARS_BYTES(p, n));
	return pars_u256_from_be(d.b);
}

struct pars_u256 pars_validators_slot(uint64_t index, unsigned word)
{
	static const uint8_t list[32];
	struct pars_u256 slot = hash_word(list, sizeof list), at;
	pars_u256_mul(&at, &PARS_U256(index), &PARS_U256(PARS_VALIDATORS_WORDS));
	pars_u256_add(&slot, &slot, &at);
	pars_u256_add(&slot, &slot, &PARS_U256(word));
	return slot;
}

static struct pars_u256 mapped(const struct pars_u256 *key, uint8_t mapping)
{
	uint8_t b[64] = { [63] = mapping };
	pars_u256_to_be(key, b);
	return hash_word(b, sizeof b);
}

static struct pars_u256 owner_slot(const struct pars_u256 *owner)
{
	return mapped(owner, 1);
}

static struct pars_u256 key_slot(const struct pars_u256 *key)
{
	return mapped(key, 2);
}

struct pars_u256 pars_validators_owner_slot(const struct pars_address *owner)
{
	struct pars_u256 word = pars_address_u256(owner);
	return owner_slot(&word);
}

struct pars_u256 pars_validators_key_slot(const struct pars_ed25519_public *key)
{
	struct pars_u256 word = pars_u256_from_be(key->b);
	return key_slot(&word);
}

void pars_validators_message(uint64_t chain_id, const struct pars_address *owner,
	uint8_t out[PARS_VALIDATORS_MESSAGE_SIZE])
{
	static const uint8_t purpose[14] = { 'p', 'a', 'r', 's', ' ', 'v', 'a', 'l', 'i', 'd', 'a', 't', 'o', 'r' };
	memcpy(out, purpose, sizeof purpose);
	pars_u256_to_be(&PARS_U256(chain_id), out + sizeof purpose);
	memcpy(out + sizeof purpose + 32, owner->b, sizeof owner->b);
}

/* -- a validator --------------------------------------------------------------------- */

/* As it lies in storage. */
struct entry {
	struct pars_u256 key, owner, terms;
};

/* The terms' limbs. */
enum { STAKE_LOW, STAKE_HIGH, SINCE, UNTIL };

static struct pars_u256 stake_of(const struct pars_u256 *terms)
{
	return (struct pars_u256){ { terms->w[STAKE_LOW], terms->w[STAKE_HIGH] } };
}

static bool load_terms(struct pars_stateful *c, uint64_t i, struct pars_u256 *ret)
{
	struct pars_u256 at = pars_validators_slot(i, 2);
	return pars_stateful_load(c, &at, ret);
}

static bool store_terms(struct pars_stateful *c, uint64_t i, const struct pars_u256 *terms)
{
	struct pars_u256 at = pars_validators_slot(i, 2);
	return pars_stateful_store(c, &at, terms);
}

static bool load_entry(struct pars_stateful *c, uint64_t i, struct entry *ret)
{
	struct pars_u256 key = pars_validators_slot(i, 0), owner = pars_validators_slot(i, 1);
	return pars_stateful_load(c, &key, &ret->key) && pars_stateful_load(c, &owner, &ret->owner) &&
		load_terms(c, i, &ret->terms);
}

static bool store_entry(struct pars_stateful *c, uint64_t i, const struct entry *e)
{
	struct pars_u256 key = pars_validators_slot(i, 0), owner = pars_validators_slot(i, 1);
	return pars_stateful_store(c, &key, &e->key) && pars_stateful_store(c, &owner, &e->owner) &&
		store_terms(c, i, &e->terms);
}

/* That the validator stands at `place`, its index + 1; 0: nowhere. */
static bool store_places(struct pars_stateful *c, const struct entry *e, uint64_t place)
{
	struct pars_u256 owner = owner_slot(&e->owner), key = key_slot(&e->key);
	return pars_stateful_store(c, &owner, &PARS_U256(place)) && pars_stateful_store(c, &key, &PARS_U256(place));
}

static bool load_count(struct pars_stateful *c, uint64_t *ret)
{
	struct pars_u256 n;
	if (!pars_stateful_load(c, &PARS_VALIDATORS_COUNT_SLOT, &n))
		return false;
	*ret = n.w[0];
	return true;
}

/* The owner's validator; refuses if there is none. */
static bool find(struct pars_stateful *c, const struct pars_u256 *owner, uint64_t *ret)
{
	struct pars_u256 at = owner_slot(owner), place;
	if (!pars_stateful_load(c, &at, &place))
		return false;
	if (pars_u256_is_zero(&place))
		return pars_stateful_refuse(c, "no validator");
	*ret = place.w[0] - 1;
	return true;
}

static bool find_callers(struct pars_stateful *c, uint64_t *ret)
{
	struct pars_u256 owner = pars_address_u256(&c->caller);
	return find(c, &owner, ret);
}

static uint64_t epoch(const struct pars_stateful *c)
{
	return c->block->number / c->network->epoch_blocks;
}

static bool tell(struct pars_stateful *c, const char *event, const struct pars_u256 *owner,
	const struct pars_u256 *words, size_t n)
{
	struct pars_digest topics[2] = { pars_keccak256(PARS_BYTES_STR(event)) };
	uint8_t data[2 * 32];
	assert(n <= 2);
	pars_u256_to_be(owner, topics[1].b);
	for (size_t i = 0; i < n; i++)
		pars_u256_to_be(&words[i], data + 32 * i);
	return pars_stateful_log(c, topics, 2, PARS_BYTES(data, 32 * n));
}

/* -- the functions; false: they ended early ----------------------------------------------- */

/* They are all there. */
static struct pars_u256 argument(const struct pars_stateful *c, unsigned i)
{
	return pars_u256_from_be(c->input.p + 4 + (size_t)32 * i);
}

static bool key_signed(const struct pars_stateful *c)
{
	struct pars_ed25519_public key;
	uint8_t message[PARS_VALIDATORS_MESSAGE_SIZE];
	memcpy(key.b, c->input.p + 4, sizeof key.b);
	pars_validators_message(c->block->chain_id, &c->caller, message);
	return pars_ed25519_verify(&key, PARS_BYTES_ARRAY(message), c->input.p + 4 + 32);
}

static bool do_register(struct pars_stateful *c)
{
	struct entry e = { argument(c, 0), pars_address_u256(&c->caller), c->value };
	struct pars_u256 at_owner = owner_slot(&e.owner), at_key = key_slot(&e.key), owners, keys;
	uint64_t count;
	if (pars_u256_less(&c->value, &c->network->stake_min))
		return pars_stateful_refuse(c, "too little stake");
	if (pars_u256_bits(&c->value) > 128)
		return pars_stateful_refuse(c, "too much stake");
	if (!pars_stateful_load(c, &at_owner, &owners) || !pars_stateful_load(c, &at_key, &keys) ||
	    !load_count(c, &count))
		return false;
	if (!pars_u256_is_zero(&owners))
		return pars_stateful_refuse(c, "owner has a validator");
	if (!pars_u256_is_zero(&keys))
		return pars_stateful_refuse(c, "key is a validator's");
	if (!pars_stateful_pay(c, PARS_VALIDATORS_SIGNATURE_GAS))
		return false;
	if (!key_signed(c))
		return pars_stateful_refuse(c, "bad signature");
	e.terms.w[SINCE] = epoch(c) + 1;
	if (!store_entry(c, count, &e) || !store_places(c, &e, count + 1) ||
	    !pars_stateful_store(c, &PARS_VALIDATORS_COUNT_SLOT, &PARS_U256(count + 1)))
		return false;
	/* Without code and, one day, without balance it would be deleted as empty, and
	 * its storage with it (EIP-161). */
	if (!c->self->now.nonce)
		pars_world_set_nonce(c->world, c->self, 1);
	pars_stateful_put(c, &PARS_U256(count));
	struct pars_u256 words[] = { e.key, c->value };
	return tell(c, "Registered(address,bytes32,uint256)", &e.owner, words, 2);
}

static bool do_add_stake(struct pars_stateful *c)
{
	struct pars_u256 terms, stake;
	uint64_t i = 0;
	if (!find_callers(c, &i) || !load_terms(c, i, &terms))
		return false;
	if (terms.w[UNTIL])
		return pars_stateful_refuse(c, "exited already");
	stake = stake_of(&terms);
	if (pars_u256_add(&stake, &stake, &c->value) || pars_u256_bits(&stake) > 128)
		return pars_stateful_refuse(c, "too much stake");
	terms.w[STAKE_LOW] = stake.w[0];
	terms.w[STAKE_HIGH] = stake.w[1];
	pars_stateful_put(c, &stake);
	return store_terms(c, i, &terms);
}

static bool do_exit(struct pars_stateful *c)
{
	struct pars_u256 terms, owner = pars_address_u256(&c->caller);
	uint64_t i = 0;
	if (!find(c, &owner, &i) || !load_terms(c, i, &terms))
		return false;
	if (terms.w[UNTIL])
		return pars_stateful_refuse(c, "exited already");
	terms.w[UNTIL] = epoch(c) + PARS_VALIDATORS_EXIT_EPOCHS;
	pars_stateful_put(c, &PARS_U256(terms.w[UNTIL]));
	return store_terms(c, i, &terms) &&
		tell(c, "Exited(address,uint256)", &owner, &PARS_U256(terms.w[UNTIL]), 1);
}

/* Takes the validator out of the list; the last one takes its place. */
static bool take_out(struct pars_stateful *c, uint64_t i, const struct entry *e)
{
	static const struct entry nothing;
	struct entry last;
	uint64_t count;
	if (!load_count(c, &count) || !store_places(c, e, 0))
		return false;
	if (i != count - 1 && (!load_entry(c, count - 1, &last) || !store_entry(c, i, &last) ||
	    !store_places(c, &last, i + 1)))
		return false;
	return store_entry(c, count - 1, &nothing) &&
		pars_stateful_store(c, &PARS_VALIDATORS_COUNT_SLOT, &PARS_U256(count - 1));
}

static bool do_withdraw(struct pars_stateful *c)
{
	struct entry e;
	uint64_t i = 0;
	if (!find_callers(c, &i) || !load_entry(c, i, &e))
		return false;
	if (!e.terms.w[UNTIL])
		return pars_stateful_refuse(c, "exit first");
	if (epoch(c) < e.terms.w[UNTIL])
		return pars_stateful_refuse(c, "not yet");
	struct pars_u256 stake = stake_of(&e.terms);
	pars_stateful_put(c, &stake);
	return take_out(c, i, &e) && pars_stateful_send(c, &c->caller, &stake) &&
		tell(c, "Withdrawn(address,uint256)", &e.owner, &stake, 1);
}

static bool do_count(struct pars_stateful *c)
{
	uint64_t count;
	if (!load_count(c, &count))
		return false;
	pars_stateful_put(c, &PARS_U256(count));
	return true;
}

static bool do_validator(struct pars_stateful *c)
{
	struct pars_u256 i = argument(c, 0), stake;
	uint64_t count;
	struct entry e;
	if (!load_count(c, &count))
		return false;
	if (pars_u256_u64(&i) >= count)
		return pars_stateful_refuse(c, "no validator");
	if (!load_entry(c, i.w[0], &e))
		return false;
	stake = stake_of(&e.terms);
	pars_stateful_put(c, &e.key);
	pars_stateful_put(c, &e.owner);
	pars_stateful_put(c, &stake);
	pars_stateful_put(c, &PARS_U256(e.terms.w[SINCE]));
	pars_stateful_put(c, &PARS_U256(e.terms.w[UNTIL]));
	return true;
}

static bool do_index_of(struct pars_stateful *c)
{
	struct pars_u256 owner = argument(c, 0);
	uint64_t i;
	if (pars_u256_bits(&owner) > 8 * PARS_ADDRESS_SIZE)
		return pars_stateful_refuse(c, "no address");
	if (!find(c, &owner, &i))
		return false;
	pars_stateful_put(c, &PARS_U256(i));
	return true;
}

/* -- which one --------------------------------------------------------------------------- */

static const struct function {
	uint32_t selector;
	uint8_t arguments;
	bool changes, payable;
	bool (*run)(struct pars_stateful *c);
} functions[] = {
	{ PARS_VALIDATORS_COUNT, 0, false, false, do_count },
	{ PARS_VALIDATORS_WITHDRAW, 0, true, false, do_withdraw },
	{ PARS_VALIDATORS_REGISTER, 3, true, true, do_register },
	{ PARS_VALIDATORS_ADD_STAKE, 0, true, true, do_add_stake },
	{ PARS_VALIDATORS_EXIT, 0, true, false, do_exit },
	{ PARS_VALIDATORS_VALIDATOR, 1, false, false, do_validator },
	{ PARS_VALIDATORS_INDEX_OF, 1, false, false, do_index_of },
};

static const struct function *function_of(struct pars_bytes input)
{
	for (size_t i = 0; input.n >= 4 && i < PARS_COUNT(functions); i++)
		if (functions[i].selector == pars_be32(input.p))
			return &functions[i];
	return NULL;
}

void pars_validators_act(struct pars_stateful *c)
{
	const struct function *f = function_of(c->input);
	if (!f)
		pars_stateful_refuse(c, "unknown function");
	else if (c->input.n < 4 + 32 * (size_t)f->arguments)
		pars_stateful_refuse(c, "arguments are missing");
	else if (!f->payable && !pars_u256_is_zero(&c->value))
		pars_stateful_refuse(c, "takes no value");
	else if (f->changes && c->is_static)
		pars_stateful_refuse(c, "changes in a static call");
	else
		f->run(c);
}
