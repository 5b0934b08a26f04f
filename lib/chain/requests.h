/* chain/requests.h - what a block asks of the beacon chain (EIP-7685).
 *
 * Deposits are read from logs (EIP-6110); withdrawals and consolidations are
 * told by the system contracts (EIP-7002, 7251). */
#ifndef PARS_CHAIN_REQUESTS_H
#define PARS_CHAIN_REQUESTS_H

#include "chain/receipt.h"

enum pars_request_type { PARS_REQUEST_DEPOSIT, PARS_REQUEST_WITHDRAWAL, PARS_REQUEST_CONSOLIDATION, PARS_REQUEST_TYPES };

/* Appends the deposits among the logs. False: one is not laid out as it must be. */
PARS_MUST bool pars_requests_add_deposits(struct pars_buf *deposits, const struct pars_address *contract,
	const struct pars_log *logs, size_t n);
/* Of the data of each type, in the order of the types; empty ones do not count. */
struct pars_digest pars_requests_hash(const struct pars_buf data[PARS_REQUEST_TYPES]);

#endif
