/* chain/header.h - a block's header (yellow paper, 4.4, and what forks added). */
#ifndef PARS_CHAIN_HEADER_H
#define PARS_CHAIN_HEADER_H

#include "chain/bloom.h"
#include "codec/rlp.h"

#define PARS_EXTRA_MAX 32

/* How many fields a header has: each fork's are added at the end. */
enum pars_header_form {
	PARS_HEADER_FRONTIER = 15,
	PARS_HEADER_LONDON = 16,   /* base fee */
	PARS_HEADER_SHANGHAI = 17, /* withdrawals */
	PARS_HEADER_CANCUN = 20,   /* blob gas, beacon root */
	PARS_HEADER_PRAGUE = 21,   /* requests */
};
enum pars_header_form pars_header_form(enum pars_fork fork);

struct pars_header {
	enum pars_header_form form; /* what is beyond it is zero */
	struct pars_digest parent, ommers_hash;
	struct pars_address coinbase;
	struct pars_digest state_root, transactions_root, receipts_root;
	struct pars_bloom bloom;
	struct pars_u256 difficulty;
	uint64_t number, gas_limit, gas_used, timestamp;
	uint8_t extra[PARS_EXTRA_MAX], extra_n;
	struct pars_digest mix_hash; /* prevrandao since Paris */
	uint8_t nonce[8];
	struct pars_u256 base_fee;
	struct pars_digest withdrawals_root;
	uint64_t blob_gas_used, excess_blob_gas;
	struct pars_digest beacon_root;
	struct pars_digest requests_hash;
};

/* Of a list without ommers. */
extern const struct pars_digest pars_no_ommers;

/* The next item of *in. PEER_MALFORMED. */
PARS_MUST enum pars_err pars_header_get(struct pars_bytes *in, struct pars_header *ret);
void pars_header_put(struct pars_buf *out, const struct pars_header *header);
/* The block's hash. */
struct pars_digest pars_header_hash(const struct pars_header *header);

#endif
