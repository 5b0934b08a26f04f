/* Cases out of chance: some accounts, a block, one transaction. */
#include "tests/evm/differ.h"

#include <stdlib.h>

#include "crypto/secp256k1.h"

#define KEYS 8
#define GAS_LIMIT_MAX (1 << 24)

static struct {
	uint8_t key[32];
	struct pars_address address;
} people[KEYS];

/* Sebastiano Vigna's splitmix64. */
uint64_t draw_u64(struct draw *d)
{
	uint64_t z = d->state += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

uint64_t draw_below(struct draw *d, uint64_t bound)
{
	return (uint64_t)((unsigned __int128)draw_u64(d) * bound >> 64);
}

bool draw_chance(struct draw *d, unsigned percent)
{
	return draw_below(d, 100) < percent;
}

void differ_prepare(void)
{
	for (size_t i = 0; i < KEYS; i++) {
		uint8_t xy[64];
		people[i].key[31] = (uint8_t)(0x10 + i);
		if (!pars_secp256k1_public(people[i].key, xy))
			abort();
		people[i].address = pars_address_of_key(xy);
	}
	differ_input_prepare();
}

static struct pars_address contract_address(size_t i)
{
	struct pars_address a = { { 0 } };
	memset(a.b, 0xc0 + (int)i, sizeof a.b);
	return a;
}

static struct pars_address any_address(struct draw *d, const struct differ_words *words)
{
	return words->addresses[draw_below(d, words->address_count)];
}

static void know(struct differ_words *words, struct pars_address a)
{
	if (words->address_count < PARS_COUNT(words->addresses))
		words->addresses[words->address_count++] = a;
}

/* -- accounts --------------------------------------------------------------------------- */

static struct differ_account *add(struct differ_case *c, struct pars_address address)
{
	for (size_t i = 0; i < c->account_count; i++)
		if (pars_address_equal(&c->accounts[i].address, &address))
			return NULL;
	if (c->account_count == DIFFER_ACCOUNTS_MAX)
		return NULL;
	struct differ_account *a = &c->accounts[c->account_count++];
	*a = (struct differ_account){ .address = address };
	return a;
}

static struct pars_bytes delegation(struct pars_arena *arena, const struct pars_address *to)
{
	uint8_t code[23] = { 0xef, 0x01, 0x00 };
	memcpy(code + 3, to->b, sizeof to->b);
	return pars_arena_copy(arena, PARS_BYTES_ARRAY(code));
}

/* All there is adds up to less than 2^256, as everywhere. */
static struct pars_u256 any_balance(struct draw *d)
{
	struct pars_u256 v = PARS_U256(draw_below(d, 4) ? draw_below(d, 1000) : draw_u64(d));
	v.w[draw_below(d, 2)] += draw_chance(d, 30) ? draw_below(d, 1u << 20) : 0;
	return v;
}

static void add_slots(struct draw *d, struct pars_arena *arena, const struct differ_words *words, struct differ_account *a)
{
	a->slots = pars_arena_alloc(arena, 8 * sizeof *a->slots);
	for (uint64_t key = 0; key < 6; key++) {
		struct pars_u256 value = draw_chance(d, 50) ? PARS_U256(1 + draw_below(d, 3)) : differ_word(d, words);
		if (draw_chance(d, 35) && !pars_u256_is_zero(&value))
			a->slots[a->slot_count++] = (struct differ_slot){ PARS_U256(key), value };
	}
}

static void add_contract(struct draw *d, struct pars_arena *arena, const struct differ_words *words,
	struct differ_case *c, size_t i)
{
	struct differ_account *a = add(c, contract_address(i));
	if (!a)
		return;
	a->nonce = draw_chance(d, 95) ? 1 + draw_below(d, draw_chance(d, 80) ? 1 : 3) : UINT64_MAX - draw_below(d, 3);
	if (draw_chance(d, 50))
		a->balance = any_balance(d);
	a->code = differ_code(d, arena, words);
	/* No chain holds code that begins so, other than delegations. */
	if (a->code.n && a->code.p[0] == 0xef)
		a->code = (struct pars_bytes){ 0 };
	add_slots(d, arena, words, a);
}

static void add_person(struct draw *d, struct pars_arena *arena, const struct differ_words *words,
	struct differ_case *c, size_t i)
{
	struct differ_account *a = add(c, people[i].address);
	if (!a)
		return;
	a->nonce = draw_below(d, 3);
	a->balance = any_balance(d);
	if (pars_u256_is_zero(&a->balance))
		a->balance.w[0] = 1;
	if (c->fork >= PARS_PRAGUE && draw_chance(d, 30)) {
		struct pars_address to = any_address(d, words);
		a->code = delegation(arena, &to);
		add_slots(d, arena, words, a);
	}
}

/* Something where a creation will want to be. */
static void add_obstacle(struct draw *d, struct differ_case *c, struct pars_address creator, uint64_t nonce)
{
	static const uint8_t code[] = { 0x00 };
	struct differ_account *a = add(c, pars_address_create(&creator, nonce));
	if (!a)
		return;
	switch (draw_below(d, 3)) {
	case 0:
		a->nonce = 1;
		break;
	case 1:
		a->code = PARS_BYTES_ARRAY(code);
		break;
	default:
		a->balance = PARS_U256(7);
	}
}

static void add_accounts(struct draw *d, struct pars_arena *arena, struct differ_words *words, struct differ_case *c)
{
	size_t contracts = 3 + draw_below(d, 4);
	for (size_t i = 0; i < contracts; i++)
		know(words, contract_address(i));
	for (size_t i = 0; i < 4; i++)
		know(words, people[i].address);
	know(words, pars_address_create(&people[0].address, draw_below(d, 3)));
	words->child = pars_address_create(&words->addresses[0], 1);
	know(words, words->child);
	for (size_t i = 0; i < 2; i++)
		know(words, pars_address_create(&words->addresses[draw_below(d, contracts)], 1 + draw_below(d, 3)));
	know(words, pars_address_small((uint16_t)draw_below(d, 0x14)));
	know(words, pars_address_small(0x100));
	know(words, pars_address_small((uint16_t)(0x101 + draw_below(d, 3))));
	know(words, c->block.coinbase);
	for (size_t i = 0; i < contracts; i++)
		add_contract(d, arena, words, c, i);
	for (size_t i = 0; i < 4; i++)
		if (!i || draw_chance(d, 70))
			add_person(d, arena, words, c, i);
	if (draw_chance(d, 15))
		add_obstacle(d, c, contract_address(draw_below(d, contracts)), 1 + draw_below(d, 3));
}

/* -- the transaction ------------------------------------------------------------------------ */

static uint64_t any_gas(struct draw *d, const struct pars_transaction *tx, enum pars_fork fork)
{
	uint64_t least = PARS_MAX(pars_transaction_intrinsic_gas(tx, fork), pars_transaction_floor_gas(tx, fork));
	if (draw_chance(d, 1))
		return least - draw_below(d, 3);
	if (!draw_below(d, 300)) /* long */
		return GAS_LIMIT_MAX + draw_below(d, 3) - 1;
	if (draw_chance(d, 10))
		return least + draw_below(d, 20000);
	return least + draw_below(d, draw_chance(d, 60) ? 400000 : 3000000);
}

static void add_access(struct draw *d, struct pars_arena *arena, const struct differ_words *words, struct pars_transaction *tx)
{
	tx->access_count = draw_below(d, 4);
	tx->access = pars_arena_alloc(arena, 4 * sizeof *tx->access);
	for (size_t i = 0; i < tx->access_count; i++) {
		struct pars_access *a = &tx->access[i];
		a->address = any_address(d, words);
		a->key_count = draw_below(d, 4);
		a->keys = pars_arena_alloc(arena, 4 * sizeof *a->keys);
		for (size_t k = 0; k < a->key_count; k++)
			a->keys[k] = draw_chance(d, 80) ? PARS_U256(draw_below(d, 7)) : differ_word(d, words);
	}
}

static uint64_t nonce_of(const struct differ_case *c, const struct pars_address *address)
{
	for (size_t i = 0; i < c->account_count; i++)
		if (pars_address_equal(&c->accounts[i].address, address))
			return c->accounts[i].nonce;
	return 0;
}

static void sign(struct draw *d, const struct differ_case *c, struct pars_authorization *a, size_t who)
{
	a->nonce = nonce_of(c, &people[who].address);
	if (pars_address_equal(&people[who].address, &c->sender))
		a->nonce++;
	a->nonce += draw_chance(d, 10);
	if (draw_chance(d, 2))
		a->nonce = UINT64_MAX - draw_below(d, 2);
	struct pars_digest hash = pars_authorization_hash(a);
	uint8_t r[32], s[32];
	unsigned parity;
	if (!pars_secp256k1_sign(people[who].key, hash.b, r, s, &parity))
		abort();
	a->parity = (uint8_t)parity;
	a->r = pars_u256_from_be(r);
	a->s = pars_u256_from_be(s);
	if (draw_chance(d, 4)) {
		/* The other signature, whose s is high. */
		static const char order[] = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
		uint8_t n[32];
		if (!pars_unhex(order, n, sizeof n))
			abort();
		struct pars_u256 group = pars_u256_from_be(n);
		pars_u256_sub(&a->s, &group, &a->s);
		a->parity ^= 1;
	}
	if (draw_chance(d, 3))
		a->parity = (uint8_t)draw_below(d, 30);
	if (draw_chance(d, 3))
		a->r.w[draw_below(d, 4)] ^= 1;
	if (draw_chance(d, 2))
		a->s = PARS_U256(0);
	if (draw_chance(d, 2))
		a->r = (struct pars_u256){ { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX } };
}

static void add_authorizations(struct draw *d, struct pars_arena *arena, const struct differ_words *words,
	struct differ_case *c)
{
	struct pars_transaction *tx = &c->tx;
	tx->authorization_count = draw_chance(d, 97) ? 1 + draw_below(d, 4) : 0;
	tx->authorizations = pars_arena_alloc(arena, 5 * sizeof *tx->authorizations);
	for (size_t i = 0; i < tx->authorization_count; i++) {
		struct pars_authorization *a = &tx->authorizations[i];
		a->chain_id = PARS_U256(draw_chance(d, 60) ? 1 : draw_chance(d, 80) ? 0 : 2);
		if (draw_chance(d, 3))
			a->chain_id = differ_word(d, words);
		if (!draw_chance(d, 12))
			a->address = any_address(d, words);
		sign(d, c, a, draw_below(d, KEYS));
	}
}

static void any_data(struct draw *d, struct pars_arena *arena, const struct differ_words *words, struct differ_case *c)
{
	PARS_AUTO_BUF b = { 0 };
	struct pars_transaction *tx = &c->tx;
	if (tx->creates) {
		tx->data = draw_chance(d, 70) ? differ_init_code(d, arena, words) : differ_code(d, arena, words);
		return;
	}
	uint16_t number = pars_be16(tx->to.b + 18);
	if (tx->to.b[0] == 0 && number <= 0x100) {
		differ_input(d, number, &b);
	} else {
		for (uint64_t n = draw_below(d, 5); n; n--) {
			uint8_t word[32];
			struct pars_u256 v = differ_word(d, words);
			pars_u256_to_be(&v, word);
			pars_buf_put(&b, PARS_BYTES(word, draw_chance(d, 80) ? 32 : draw_below(d, 33)));
		}
	}
	tx->data = pars_arena_copy(arena, pars_buf_bytes(&b));
}

static void any_transaction(struct draw *d, struct pars_arena *arena, const struct differ_words *words, struct differ_case *c)
{
	static const enum pars_transaction_type types[] = {
		PARS_TX_LEGACY, PARS_TX_LEGACY, PARS_TX_ACCESS_LIST, PARS_TX_FEE_MARKET, PARS_TX_FEE_MARKET,
		PARS_TX_FEE_MARKET, PARS_TX_BLOB, PARS_TX_SET_CODE, PARS_TX_SET_CODE,
	};
	struct pars_transaction *tx = &c->tx;
	*tx = (struct pars_transaction){ .chain_id = 1, .r = PARS_U256(1), .s = PARS_U256(1) };
	tx->type = types[draw_below(d, PARS_COUNT(types))];
	/* What a fork does not know is refused; that is soon tested. */
	if (((tx->type == PARS_TX_SET_CODE && c->fork < PARS_PRAGUE) || (tx->type == PARS_TX_BLOB && c->fork < PARS_CANCUN)) &&
	    !draw_chance(d, 3))
		tx->type = PARS_TX_FEE_MARKET;
	tx->any_chain = tx->type == PARS_TX_LEGACY && draw_chance(d, 50);
	if (tx->any_chain)
		tx->chain_id = 0;
	else if (draw_chance(d, 1))
		tx->chain_id = 2;
	c->sender = people[0].address;
	tx->nonce = nonce_of(c, &c->sender);
	if (draw_chance(d, 1))
		tx->nonce += draw_u64(d);
	tx->creates = tx->type < PARS_TX_BLOB && draw_chance(d, 15);
	if (!tx->creates)
		tx->to = draw_chance(d, 70) ? words->addresses[0] : any_address(d, words);
	tx->max_fee = PARS_U256(c->block.base_fee.w[0] + draw_below(d, 20));
	if (draw_chance(d, 1))
		tx->max_fee.w[draw_below(d, 2)] = draw_u64(d) >> 1;
	tx->priority_fee = tx->type < PARS_TX_FEE_MARKET ? tx->max_fee : PARS_U256(draw_below(d, tx->max_fee.w[0] + 1));
	if (tx->type >= PARS_TX_FEE_MARKET && draw_chance(d, 1))
		tx->priority_fee.w[0] = tx->max_fee.w[0] + 1;
	if (draw_chance(d, 40))
		tx->value = draw_chance(d, 98) ? PARS_U256(draw_below(d, 100)) : differ_word(d, words);
	any_data(d, arena, words, c);
	if (tx->type >= PARS_TX_ACCESS_LIST)
		add_access(d, arena, words, tx);
	if (tx->type == PARS_TX_BLOB) {
		tx->max_blob_fee = PARS_U256(draw_chance(d, 95) ? 2 + draw_below(d, 4) : 1);
		tx->blob_count = draw_chance(d, 95) ? 1 + draw_below(d, 3) : draw_below(d, 12);
		tx->blob_hashes = pars_arena_alloc(arena, 12 * sizeof *tx->blob_hashes);
		for (size_t i = 0; i < tx->blob_count; i++) {
			tx->blob_hashes[i].b[0] = (uint8_t)(draw_chance(d, 99) ? 1 : draw_below(d, 3));
			tx->blob_hashes[i].b[31] = (uint8_t)draw_u64(d);
		}
	}
	if (tx->type == PARS_TX_SET_CODE)
		add_authorizations(d, arena, words, c);
	tx->gas_limit = any_gas(d, tx, c->fork);
}

static void any_block(struct draw *d, struct differ_case *c)
{
	c->block = (struct pars_evm_block){
		.chain_id = 1,
		.number = draw_chance(d, 80) ? 1000 : draw_below(d, 300),
		.timestamp = draw_u64(d) >> draw_below(d, 60),
		.gas_limit = draw_chance(d, 99) ? 40000000 : 100000,
		.base_fee = PARS_U256(draw_below(d, 3) * 7),
		.blob_base_fee = PARS_U256(1 + draw_below(d, 2)),
	};
	c->block.random = (struct pars_u256){ { draw_u64(d), draw_u64(d), draw_u64(d), draw_u64(d) } };
	switch (draw_below(d, 6)) {
	case 0:
		c->block.coinbase = people[draw_below(d, 4)].address;
		break;
	case 1:
		c->block.coinbase = contract_address(draw_below(d, 4));
		break;
	case 2:
		c->block.coinbase = pars_address_small((uint16_t)draw_below(d, 10));
		break;
	default:
		memset(c->block.coinbase.b, 0xcb, sizeof c->block.coinbase.b);
	}
}

void differ_make(struct draw *d, struct pars_arena *arena, struct differ_case *c)
{
	static const enum pars_fork forks[] = { PARS_SHANGHAI, PARS_CANCUN, PARS_PRAGUE, PARS_OSAKA, PARS_OSAKA };
	*c = (struct differ_case){ .fork = forks[draw_below(d, PARS_COUNT(forks))], .times = 1 };
	if (draw_chance(d, 30))
		c->times += 1 + (unsigned)draw_below(d, 2);
	struct differ_words words = { .fork = c->fork };
	any_block(d, c);
	add_accounts(d, arena, &words, c);
	/* The sender pays, mostly. */
	struct differ_account *sender = &c->accounts[0];
	while (!pars_address_equal(&sender->address, &people[0].address))
		sender++;
	if (draw_chance(d, 98))
		sender->balance = (struct pars_u256){ { 0, draw_below(d, 1u << 30) + 1, 0, 0 } };
	any_transaction(d, arena, &words, c);
}

void differ_mutate(struct draw *d, struct pars_arena *arena, struct differ_case *c)
{
	struct pars_transaction *tx = &c->tx;
	PARS_AUTO_BUF b = { 0 };
	for (uint64_t n = 1 + draw_below(d, 3); n; n--) {
		struct differ_account *a = &c->accounts[draw_below(d, PARS_MAX(c->account_count, 1))];
		switch (draw_below(d, 9)) {
		case 0:
			tx->gas_limit = any_gas(d, tx, c->fork);
			break;
		case 1:
			/* Delegations, and what comes with them, are from Prague on. */
			if (c->fork >= PARS_PRAGUE)
				c->fork = PARS_PRAGUE + (enum pars_fork)draw_below(d, 2);
			else
				c->fork = PARS_SHANGHAI + (enum pars_fork)draw_below(d, 4);
			break;
		case 2:
			pars_buf_truncate(&b, 0);
			pars_buf_put(&b, tx->data);
			differ_code_mutate(d, &b);
			tx->data = pars_arena_copy(arena, pars_buf_bytes(&b));
			break;
		case 3:
			tx->value = PARS_U256(draw_below(d, 3));
			break;
		case 5:
			c->times = 1 + (unsigned)draw_below(d, 3);
			break;
		case 4:
			tx->gas_limit -= draw_below(d, PARS_MIN(tx->gas_limit, 2000) + 1);
			break;
		default:
			if (!c->account_count || !a->code.n || a->code.p[0] == 0xef)
				break;
			pars_buf_truncate(&b, 0);
			pars_buf_put(&b, a->code);
			differ_code_mutate(d, &b);
			if (pars_buf_bytes(&b).p[0] != 0xef)
				a->code = pars_arena_copy(arena, pars_buf_bytes(&b));
		}
	}
}
