/* chain/block.h - a block: header, transactions, withdrawals. */
#ifndef PARS_CHAIN_BLOCK_H
#define PARS_CHAIN_BLOCK_H

#include "base/arena.h"
#include "chain/header.h"
#include "chain/withdrawal.h"

struct pars_block {
	struct pars_header header;
	struct pars_digest hash;
	/* Each as pars_transaction_decode takes it, and not decoded: who runs them
	 * does that one by one, so that a block of many takes no more memory than
	 * its own bytes and two words each. Borrowed from the wire. */
	struct pars_bytes *transactions;
	size_t transaction_count;
	struct pars_bytes ommers; /* the list as it came, with its head; empty since Paris */
	struct pars_withdrawal *withdrawals; /* since Shanghai */
	size_t withdrawal_count;
};

/* The whole input is one block. Its lists lie in `arena`. That the header says
 * what the lists are is not asked here: pars_block_roots_match. */
PARS_MUST enum pars_err pars_block_decode(struct pars_bytes raw, struct pars_arena *arena, struct pars_block *ret);
void pars_block_encode(const struct pars_block *block, struct pars_buf *out);

bool pars_block_roots_match(const struct pars_block *block);
static inline bool pars_block_has_ommers(const struct pars_block *block)
{
	return block->ommers.n > 1; /* an empty list is one byte */
}

#endif
