#include "chain/fee.h"

#include "chain/transaction.h"

#define BLOB_BASE_COST 8192 /* gas: EIP-7918 */

struct pars_u256 pars_base_fee_next(const struct pars_u256 *parent_fee, uint64_t parent_used, uint64_t parent_limit)
{
	uint64_t target = parent_limit / 2;
	if (parent_used == target || !target)
		return *parent_fee;
	bool rises = parent_used > target;
	struct pars_u256 step;
	pars_u256_mul(&step, parent_fee, &PARS_U256(rises ? parent_used - target : target - parent_used));
	pars_u256_divmod(&step, NULL, &step, &PARS_U256(target));
	pars_u256_divmod(&step, NULL, &step, &PARS_U256(8));
	if (rises && pars_u256_is_zero(&step))
		step = PARS_U256(1);
	if (rises)
		pars_u256_add(&step, parent_fee, &step);
	else
		pars_u256_sub(&step, parent_fee, &step);
	return step;
}

struct pars_u256 pars_blob_base_fee(uint64_t excess, const struct pars_blob_rule *rule)
{
	/* e to the power of excess / fraction, as EIP-4844 sums it up. */
	struct pars_u256 sum = { 0 }, term = PARS_U256(rule->update_fraction), divisor;
	for (uint64_t i = 1; !pars_u256_is_zero(&term); i++) {
		bool over = pars_u256_add(&sum, &sum, &term);
		over |= pars_u256_mul_over(&term, &term, &PARS_U256(excess));
		if (over) {
			memset(&sum, 0xff, sizeof sum);
			break;
		}
		pars_u256_mul(&divisor, &PARS_U256(rule->update_fraction), &PARS_U256(i));
		pars_u256_divmod(&term, NULL, &term, &divisor);
	}
	pars_u256_divmod(&sum, NULL, &sum, &PARS_U256(rule->update_fraction));
	return sum;
}

uint64_t pars_excess_blob_gas_next(uint64_t parent_excess, uint64_t parent_used,
	const struct pars_u256 *parent_base_fee, const struct pars_blob_rule *rule, enum pars_fork fork)
{
	uint64_t target = rule->target * (uint64_t)PARS_TX_BLOB_GAS;
	uint64_t sum = parent_excess + parent_used < parent_excess ? UINT64_MAX : parent_excess + parent_used;
	if (sum < target)
		return 0;
	if (fork >= PARS_OSAKA && rule->max) {
		struct pars_u256 floor, blob = pars_blob_base_fee(parent_excess, rule);
		pars_u256_mul(&floor, parent_base_fee, &PARS_U256(BLOB_BASE_COST));
		bool over = pars_u256_mul_over(&blob, &blob, &PARS_U256(PARS_TX_BLOB_GAS));
		if (!over && pars_u256_less(&blob, &floor))
			return parent_excess + (uint64_t)((unsigned __int128)parent_used * (rule->max - rule->target) / rule->max);
	}
	return sum - target;
}
