/* What a store into a slot costs: a story of its own. */
#include "evm/evm_impl.h"

/* EIP-2200 (and 1283 before it, 2929 and 3529 after): by what the slot was when
 * the transaction began, what it is, and what it becomes. */
static int64_t store_cost(const struct pars_evm_rules *r, const struct pars_world_slot *s,
	const struct pars_u256 *value, int64_t *refund)
{
	const struct pars_u256 *original = &s->original, *now = &s->value;
	bool to_zero = pars_u256_is_zero(value), from_zero = pars_u256_is_zero(now);
	*refund = 0;
	if (r->sstore == PARS_SSTORE_OLD) {
		if (to_zero && !from_zero)
			*refund = r->sstore_clear_refund;
		return from_zero && !to_zero ? 20000 : 5000;
	}
	int64_t dirty = r->warm_and_cold ? WARM_GAS : r->sstore == PARS_SSTORE_1283 ? 200 : r->sload_gas;
	if (pars_u256_equal(now, value))
		return dirty;
	bool was_zero = pars_u256_is_zero(original);
	if (pars_u256_equal(original, now)) {
		if (was_zero)
			return 20000;
		if (to_zero)
			*refund = r->sstore_clear_refund;
		return r->sstore_reset_gas;
	}
	if (!was_zero && from_zero)
		*refund -= r->sstore_clear_refund;
	else if (!was_zero && to_zero)
		*refund += r->sstore_clear_refund;
	if (pars_u256_equal(original, value))
		*refund += (was_zero ? 20000 : r->sstore_reset_gas) - dirty;
	return dirty;
}

bool slot_store(struct pars_world *world, const struct pars_evm_rules *rules, struct pars_world_account *a,
	struct pars_world_slot *s, const struct pars_u256 *value, int64_t *gas)
{
	int64_t refund;
	if (rules->warm_and_cold && !pars_world_warm_slot(world, a, s))
		*gas -= COLD_SLOT_GAS;
	*gas -= store_cost(rules, s, value, &refund);
	if (*gas < 0)
		return false;
	if (refund)
		pars_world_refund(world, refund);
	pars_world_set_slot(world, s, value);
	return true;
}
