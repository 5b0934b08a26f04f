/* chain/receipt.h - what became of a transaction (yellow paper, 4.3.1; EIP-658,
 * EIP-2718). */
#ifndef PARS_CHAIN_RECEIPT_H
#define PARS_CHAIN_RECEIPT_H

#include "base/arena.h"
#include "chain/bloom.h"
#include "chain/transaction.h"

struct pars_receipt {
	enum pars_transaction_type type;
	bool success;
	uint64_t cumulative_gas; /* of the block up to here */
	struct pars_bloom bloom;
	struct pars_log *logs;   /* as long as who made it says */
	size_t log_count;
};

/* The whole input. Logs lie in `arena`, their data in the input. */
PARS_MUST enum pars_err pars_receipt_decode(struct pars_bytes raw, struct pars_arena *arena,
	struct pars_receipt *ret);
void pars_receipt_encode(const struct pars_receipt *r, struct pars_buf *out);
/* The bloom of its logs. */
void pars_receipt_set_bloom(struct pars_receipt *r);
struct pars_digest pars_receipts_root(const struct pars_receipt *list, size_t n);

#endif
