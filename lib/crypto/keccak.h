/* crypto/keccak.h - Keccak-256 as Ethereum uses it: the Keccak team's submission
 * (version 3, 2011) with its own padding 0x01, not SHA-3's. */
#ifndef PARS_CRYPTO_KECCAK_H
#define PARS_CRYPTO_KECCAK_H

#include "crypto/hash.h"

struct pars_digest pars_keccak256(struct pars_bytes data);

/* Of nothing: the code hash of an account without code. */
extern const struct pars_digest pars_keccak256_empty;

#endif
