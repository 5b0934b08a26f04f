/* crypto/bn254.h - the curve alt_bn128 and its pairing (EIP-196, EIP-197).
 *
 * Points are as the functions that read them leave them; all zero is the point at
 * infinity. Nothing here is secret: time depends on values. */
#ifndef PARS_CRYPTO_BN254_H
#define PARS_CRYPTO_BN254_H

#include "base/base.h"

#define PARS_BN254_G1_SIZE 64
#define PARS_BN254_G2_SIZE 128

struct pars_bn254_g1 {
	uint64_t x[4], y[4];
};

/* Of the twist, over pairs. */
struct pars_bn254_g2 {
	uint64_t x[8], y[8];
};

/* x and y of 32 bytes each, the highest first, and of the pairs the second half
 * first. False: one is not below the field's modulus, or they are no point of the
 * curve; of G2, also a point outside the subgroup. */
PARS_MUST bool pars_bn254_g1_read(const uint8_t in[PARS_BN254_G1_SIZE], struct pars_bn254_g1 *ret);
PARS_MUST bool pars_bn254_g2_read(const uint8_t in[PARS_BN254_G2_SIZE], struct pars_bn254_g2 *ret);
void pars_bn254_g1_write(const struct pars_bn254_g1 *a, uint8_t out[PARS_BN254_G1_SIZE]);

void pars_bn254_g1_add(struct pars_bn254_g1 *r, const struct pars_bn254_g1 *a, const struct pars_bn254_g1 *b);
/* k is any number of 32 bytes, the highest first. */
void pars_bn254_g1_mul(struct pars_bn254_g1 *r, const struct pars_bn254_g1 *a, const uint8_t k[32]);

/* The product of e(p[i], q[i]) is one; it is of none. */
bool pars_bn254_pairing_is_one(const struct pars_bn254_g1 *p, const struct pars_bn254_g2 *q, size_t n);

#endif
