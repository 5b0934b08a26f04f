/* crypto/blake2f.h - the compression function F of BLAKE2b (RFC 7693, 3.2) with a
 * number of rounds of the caller's choice, as EIP-152 has it. */
#ifndef PARS_CRYPTO_BLAKE2F_H
#define PARS_CRYPTO_BLAKE2F_H

#include "base/base.h"

/* Mixes the block `m` into `h`. `t` is the count of bytes so far, the low word
 * first; `last`: this is the final block. Time grows with `rounds`. */
void pars_blake2f(uint32_t rounds, uint64_t h[8], const uint64_t m[16], const uint64_t t[2], bool last);

#endif
