/* crypto/kzg.h - proofs that a committed polynomial has a value at a point (EIP-4844). */
#ifndef PARS_CRYPTO_KZG_H
#define PARS_CRYPTO_KZG_H

#include "base/base.h"

/* True: `proof` proves that the polynomial of `commitment` is y at z. Both are
 * compressed points of G1; z and y are 32 bytes, the highest first. False, too, for
 * points outside the subgroup, and for z or y not below the group's order. */
PARS_MUST bool pars_kzg_verify(const uint8_t commitment[48], const uint8_t z[32], const uint8_t y[32],
	const uint8_t proof[48]);

#endif
