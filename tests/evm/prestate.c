#include "tests/evm/prestate.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "codec/rlp.h"
#include "trie/sorted.h"

struct slot {
	struct pars_u256 key, value; /* not zero */
};

struct account {
	struct pars_address address;
	struct pars_u256 balance;
	uint64_t nonce;
	struct pars_digest code_hash;
	struct pars_bytes code;
	struct pars_map slots;
};

static struct pars_bytes address_of(const void *value)
{
	return PARS_BYTES_ARRAY(((const struct account *)value)->address.b);
}

static struct pars_bytes key_of(const void *value)
{
	const struct slot *s = value;
	return PARS_BYTES(&s->key, sizeof s->key);
}

static struct account *find(const struct prestate *s, const struct pars_address *address)
{
	return pars_map_get(&s->accounts, PARS_BYTES_ARRAY(address->b));
}

static struct account *find_or_new(struct prestate *s, const struct pars_address *address)
{
	struct account *a = find(s, address);
	if (!a) {
		a = pars_alloc(sizeof *a);
		a->address = *address;
		a->code_hash = pars_keccak256_empty;
		pars_map_init(&a->slots, key_of, 1);
		pars_map_put(&s->accounts, a);
	}
	return a;
}

static void put_slot(struct account *a, const struct pars_u256 *key, const struct pars_u256 *value)
{
	struct slot *s = pars_map_get(&a->slots, PARS_BYTES(key, sizeof *key));
	if (pars_u256_is_zero(value)) {
		if (s)
			free(pars_map_remove(&a->slots, PARS_BYTES(key, sizeof *key)));
		return;
	}
	if (!s) {
		s = pars_alloc(sizeof *s);
		s->key = *key;
		pars_map_put(&a->slots, s);
	}
	s->value = *value;
}

/* -- as a host -------------------------------------------------------------------- */

static bool not_yet(struct prestate *s)
{
	if (!s->hesitates || s->answers) {
		s->answers = false;
		return false;
	}
	s->answers = true;
	s->hesitated++;
	return true;
}

static enum pars_err host_account(void *ctx, const struct pars_address *address, struct pars_account *ret)
{
	struct prestate *s = ctx;
	if (not_yet(s))
		return PARS_E_BUSY;
	const struct account *a = find(s, address);
	if (a)
		*ret = (struct pars_account){ a->balance, a->nonce, a->code_hash, true, a->slots.count > 0 };
	else
		*ret = (struct pars_account){ .code_hash = pars_keccak256_empty };
	return PARS_OK;
}

static enum pars_err host_storage(void *ctx, const struct pars_address *address,
	const struct pars_u256 *key, struct pars_u256 *ret)
{
	struct prestate *s = ctx;
	if (not_yet(s))
		return PARS_E_BUSY;
	const struct account *a = find(s, address);
	const struct slot *slot = a ? pars_map_get(&a->slots, PARS_BYTES(key, sizeof *key)) : NULL;
	*ret = slot ? slot->value : PARS_U256(0);
	return PARS_OK;
}

static enum pars_err host_code(void *ctx, const struct pars_address *address,
	const struct pars_digest *code_hash, struct pars_bytes *ret)
{
	struct prestate *s = ctx;
	(void)code_hash;
	if (not_yet(s))
		return PARS_E_BUSY;
	const struct account *a = find(s, address);
	*ret = a ? a->code : (struct pars_bytes){ 0 };
	return PARS_OK;
}

static enum pars_err host_block_hash(void *ctx, uint64_t number, struct pars_digest *ret)
{
	struct prestate *s = ctx;
	if (not_yet(s))
		return PARS_E_BUSY;
	char digits[24];
	snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
	*ret = pars_keccak256(PARS_BYTES_STR(digits));
	return PARS_OK;
}

void prestate_init(struct prestate *s, const json_t *alloc)
{
	*s = (struct prestate){ .host = { s, host_account, host_storage, host_code, host_block_hash } };
	pars_map_init(&s->accounts, address_of, 1);
	const char *name, *key;
	json_t *fields, *value;
	json_object_foreach((json_t *)alloc, name, fields) {
		struct pars_u256 word = hex_u256(strncmp(name, "0x", 2) ? pars_arena_sprintf(&s->memory, "0x%s", name) : name);
		struct pars_address address = pars_address_from_u256(&word);
		struct account *a = find_or_new(s, &address);
		a->balance = json_u256(json_object_get(fields, "balance"));
		a->nonce = json_u64(json_object_get(fields, "nonce"));
		a->code = json_bytes(&s->memory, json_object_get(fields, "code"));
		a->code_hash = pars_keccak256(a->code);
		json_object_foreach(json_object_get(fields, "storage"), key, value) {
			struct pars_u256 k = hex_u256(key), v = json_u256(value);
			put_slot(a, &k, &v);
		}
	}
}

void prestate_done(struct prestate *s)
{
	struct account *a;
	for (size_t at = 0; (a = pars_map_next(&s->accounts, &at));)
		pars_map_done_values(&a->slots);
	pars_map_done_values(&s->accounts);
	pars_arena_done(&s->memory);
}

void prestate_apply(struct prestate *s, const struct pars_world *w)
{
	struct pars_world_account *from;
	for (size_t at = 0; (from = pars_world_next(w, &at));) {
		struct account *a = find(s, &from->address);
		if (a && (from->storage_wiped || !from->now.exists))
			pars_map_done_values(&a->slots);
		if (!from->now.exists) {
			if (a)
				free(pars_map_remove(&s->accounts, PARS_BYTES_ARRAY(from->address.b)));
			continue;
		}
		a = find_or_new(s, &from->address);
		a->balance = from->now.balance;
		a->nonce = from->now.nonce;
		if (!pars_digest_equal(&a->code_hash, &from->now.code_hash)) {
			a->code_hash = from->now.code_hash;
			a->code = pars_arena_copy(&s->memory, from->code);
		}
		struct pars_world_slot *slot;
		for (size_t i = 0; (slot = pars_world_next_slot(from, &i));)
			put_slot(a, &slot->key, &slot->value);
	}
}

/* -- its root ----------------------------------------------------------------------- */

struct leaf {
	struct pars_digest key;
	struct pars_bytes value;
};

static int by_key(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct pars_digest));
}

static struct pars_digest root_of(struct leaf *leaves, size_t n)
{
	qsort(leaves, n, sizeof *leaves, by_key);
	struct pars_trie_pair *pairs = pars_alloc_array(n + 1, sizeof *pairs);
	for (size_t i = 0; i < n; i++)
		pairs[i] = (struct pars_trie_pair){ PARS_BYTES_ARRAY(leaves[i].key.b), leaves[i].value };
	struct pars_digest root = pars_trie_root_sorted(pairs, n);
	free(pairs);
	return root;
}

static struct pars_digest storage_root(const struct account *a)
{
	PARS_AUTO_ARENA arena = { 0 };
	struct leaf *leaves = pars_alloc_array(a->slots.count + 1, sizeof *leaves);
	const struct slot *s;
	size_t n = 0;
	for (size_t at = 0; (s = pars_map_next(&a->slots, &at)); n++) {
		uint8_t key[32];
		PARS_AUTO_BUF value = { 0 };
		pars_u256_to_be(&s->key, key);
		pars_rlp_put_u256(&value, &s->value);
		leaves[n] = (struct leaf){ pars_keccak256(PARS_BYTES_ARRAY(key)), pars_arena_copy(&arena, pars_buf_bytes(&value)) };
	}
	struct pars_digest root = root_of(leaves, n);
	free(leaves);
	return root;
}

struct pars_digest prestate_root(const struct prestate *s)
{
	PARS_AUTO_ARENA arena = { 0 };
	struct leaf *leaves = pars_alloc_array(s->accounts.count + 1, sizeof *leaves);
	const struct account *a;
	size_t n = 0;
	for (size_t at = 0; (a = pars_map_next(&s->accounts, &at)); n++) {
		struct pars_digest storage = storage_root(a);
		PARS_AUTO_BUF value = { 0 };
		size_t list = pars_rlp_list_begin(&value);
		pars_rlp_put_u64(&value, a->nonce);
		pars_rlp_put_u256(&value, &a->balance);
		pars_rlp_put_bytes(&value, pars_digest_bytes(&storage));
		pars_rlp_put_bytes(&value, pars_digest_bytes(&a->code_hash));
		pars_rlp_list_end(&value, list);
		leaves[n] = (struct leaf){ pars_keccak256(PARS_BYTES_ARRAY(a->address.b)),
			pars_arena_copy(&arena, pars_buf_bytes(&value)) };
	}
	struct pars_digest root = root_of(leaves, n);
	free(leaves);
	return root;
}

struct pars_state_change *prestate_changes(const struct prestate *s, struct pars_arena *arena, size_t *n)
{
	struct pars_state_change *list = pars_arena_alloc(arena, (s->accounts.count + 1) * sizeof *list);
	const struct account *a;
	const struct slot *slot;
	*n = 0;
	for (size_t at = 0; (a = pars_map_next(&s->accounts, &at));) {
		struct pars_state_change *c = &list[(*n)++];
		*c = (struct pars_state_change){ .address = a->address, .exists = true, .nonce = a->nonce,
			.balance = a->balance, .code_hash = a->code_hash, .code = a->code,
			.slots = pars_arena_alloc(arena, (a->slots.count + 1) * sizeof *c->slots) };
		for (size_t i = 0; (slot = pars_map_next(&a->slots, &i));)
			c->slots[c->slot_count++] = (struct pars_state_slot){ slot->key, slot->value };
	}
	return list;
}
