/* chain/process.h - a block upon its parent's state: every rule, everything it does.
 *
 * Yellow paper, 4.3 and 12; EIP-1559, 3675, 4788, 4844, 4895, 2935, 6110, 7002,
 * 7251, 7685, 7691, 7892, 7918, 7934. What is checked here is all that makes a
 * block valid but its state root, which whoever holds the state compares, and
 * what proof of work says, which no chain of ours has: blocks from before Paris
 * are run and rewarded, but nobody asks for their difficulty, their ommers'
 * ancestors or, before Byzantium, the root of their receipts. */
#ifndef PARS_CHAIN_PROCESS_H
#define PARS_CHAIN_PROCESS_H

#include "chain/block.h"
#include "chain/genesis.h"
#include "chain/receipt.h"
#include "evm/evm.h"

/* What is wrong with a header as the child of its parent; NULL: nothing. */
const char *pars_header_problem(const struct pars_chain_config *config,
	const struct pars_header *parent, const struct pars_header *header);

/* What the EVM is told of the block. */
struct pars_evm_block pars_block_context(const struct pars_chain_config *config, const struct pars_header *header);

struct pars_processed {
	const char *problem; /* why the block is invalid, NULL: it is not */
	struct pars_receipt *receipts; /* one a transaction; all in the caller's arena */
	size_t receipt_count;
	uint64_t gas_used;
};

/* Runs the whole block upon `world`, which is new and stands at the parent's
 * state; the evm gets the block's fork and the chain's network. `raw_size`: bytes
 * of the block as it came. Afterwards the world says what became different
 * (pars_world_changes). An error is the host's. */
PARS_MUST enum pars_err pars_block_process(struct pars_evm *evm, struct pars_world *world,
	const struct pars_chain_config *config, const struct pars_header *parent,
	const struct pars_block *block, size_t raw_size, struct pars_arena *arena, struct pars_processed *ret);

/* What became different in a world, for the state; in the arena, codes borrowed
 * from the world. */
struct pars_state_change *pars_world_changes(const struct pars_world *world, struct pars_arena *arena, size_t *n);

#endif
