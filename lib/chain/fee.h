/* chain/fee.h - what gas and blobs cost, from block to block.
 *
 * EIP-1559 (base fee), EIP-4844 and 7691 (blobs), EIP-7918 (a floor for blobs
 * by the base fee). */
#ifndef PARS_CHAIN_FEE_H
#define PARS_CHAIN_FEE_H

#include "chain/genesis.h"

/* The base fee after a parent that used so much of its limit. */
struct pars_u256 pars_base_fee_next(const struct pars_u256 *parent_fee, uint64_t parent_used, uint64_t parent_limit);

/* A unit of blob gas at that excess. Saturates. */
struct pars_u256 pars_blob_base_fee(uint64_t excess, const struct pars_blob_rule *rule);

/* The excess after a parent. `parent_base_fee` counts from Osaka on. The rule
 * is that of the block that follows. */
uint64_t pars_excess_blob_gas_next(uint64_t parent_excess, uint64_t parent_used,
	const struct pars_u256 *parent_base_fee, const struct pars_blob_rule *rule, enum pars_fork fork);

#endif
