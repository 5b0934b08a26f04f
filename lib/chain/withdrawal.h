/* chain/withdrawal.h - what the beacon chain pays out in a block (EIP-4895). */
#ifndef PARS_CHAIN_WITHDRAWAL_H
#define PARS_CHAIN_WITHDRAWAL_H

#include "codec/rlp.h"
#include "crypto/address.h"

struct pars_withdrawal {
	uint64_t index, validator;
	struct pars_address address;
	uint64_t amount_gwei;
};

PARS_MUST enum pars_err pars_withdrawal_get(struct pars_bytes *in, struct pars_withdrawal *ret);
void pars_withdrawal_put(struct pars_buf *out, const struct pars_withdrawal *w);
struct pars_digest pars_withdrawals_root(const struct pars_withdrawal *list, size_t n);

#endif
