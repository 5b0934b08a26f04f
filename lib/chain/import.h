/* chain/import.h - a block becomes the state's newest.
 *
 * In a transaction of the store: run (chain/process.h) upon the parent's state,
 * its root compared with what the header says, written. */
#ifndef PARS_CHAIN_IMPORT_H
#define PARS_CHAIN_IMPORT_H

#include "chain/process.h"
#include "chain/state.h"

/* The parent is the newest block (else pars_state_rewind to it first). If
 * ret->problem says what is wrong with the block, nothing was written. Errors are
 * the store's. `raw_size`: bytes of the block as it came. */
PARS_MUST enum pars_err pars_block_import(struct pars_state *state, struct pars_evm *evm,
	const struct pars_chain_config *config, const struct pars_header *parent,
	const struct pars_block *block, size_t raw_size, struct pars_arena *arena, struct pars_processed *ret);

#endif
