/* crypto/ripemd160.h - RIPEMD-160 (ISO/IEC 10118-3): a precompile of Ethereum. */
#ifndef PARS_CRYPTO_RIPEMD160_H
#define PARS_CRYPTO_RIPEMD160_H

#include "base/bytes.h"

#define PARS_RIPEMD160_SIZE 20

void pars_ripemd160(struct pars_bytes data, uint8_t digest[PARS_RIPEMD160_SIZE]);

#endif
