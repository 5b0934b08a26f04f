/* crypto/edwards25519.h - sums on the curve of Ed25519 (RFC 8032, section 5.1), for
 * signatures that are checked many at a time.
 *
 * Of public values only: time depends on them. */
#ifndef PARS_CRYPTO_EDWARDS25519_H
#define PARS_CRYPTO_EDWARDS25519_H

#include "base/base.h"

#define PARS_EDWARDS_SIZE 32

/* Extended coordinates: x = X/Z, y = Y/Z, xy = T/Z; each in five limbs of 51 bits. */
struct pars_edwards_point {
	uint64_t x[5], y[5], z[5], t[5];
};

struct pars_edwards_term {
	struct pars_edwards_point point;
	uint8_t scalar[PARS_EDWARDS_SIZE]; /* little-endian, below 2^253 */
};

/* As ZIP 215 says: y is taken modulo 2^255 - 19 and need not be below it, and x = 0
 * may come with either sign. False: there is no such point. */
PARS_MUST bool pars_edwards_decode(const uint8_t in[PARS_EDWARDS_SIZE], struct pars_edwards_point *ret);

/* Whether the sum of all scalar * point is the neutral element or differs from it
 * only by a point of small order. Takes 1.6 KiB a term while it computes. */
PARS_MUST bool pars_edwards_vanishes(const struct pars_edwards_term *terms, size_t count);

#endif
