/* tests/evm/change.h - what code changed in its world, as a digest. */
#ifndef PARS_TESTS_EVM_CHANGE_H
#define PARS_TESTS_EVM_CHANGE_H

#include "evm/evm.h"

/* The order of what is mixed in does not matter. */
static inline void change_mix(struct pars_digest *sum, const void *p, size_t n)
{
	struct pars_digest d = pars_keccak256(PARS_BYTES(p, n));
	for (size_t i = 0; i < sizeof d.b; i++)
		sum->b[i] ^= d.b[i];
}

static inline bool change_same_account(const struct pars_account *a, const struct pars_account *b)
{
	return a->exists == b->exists && a->nonce == b->nonce && pars_u256_equal(&a->balance, &b->balance) &&
		pars_digest_equal(&a->code_hash, &b->code_hash);
}

/* Of accounts and slots that became different. What was only looked at does not
 * count: a block that cannot be paid for stops before its first instruction, a
 * traced one at the instruction. */
static inline struct pars_digest change_of(const struct pars_world *w)
{
	struct pars_digest sum = { { 0 } };
	struct pars_world_account *a;
	struct pars_world_slot *s;
	for (size_t at = 0; (a = pars_world_next(w, &at));) {
		uint8_t one[20 + 2 + 8 + 32 + 32 + 64] = { 0 };
		memcpy(one, a->address.b, 20);
		for (size_t k = 0; (s = pars_world_next_slot(a, &k));) {
			if (pars_u256_equal(&s->value, &s->before))
				continue;
			pars_u256_to_be(&s->key, one + 94);
			pars_u256_to_be(&s->value, one + 126);
			change_mix(&sum, one, sizeof one);
		}
		if (change_same_account(&a->now, &a->before) && !a->storage_wiped)
			continue;
		one[20] = a->now.exists;
		one[21] = a->storage_wiped;
		pars_put_be64(one + 22, a->now.nonce);
		pars_u256_to_be(&a->now.balance, one + 30);
		memcpy(one + 62, a->now.code_hash.b, 32);
		change_mix(&sum, one, sizeof one);
	}
	return sum;
}

#endif
