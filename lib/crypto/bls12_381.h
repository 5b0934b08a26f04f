/* crypto/bls12_381.h - the curve BLS12-381, its pairing (EIP-2537), and maps to it
 * (RFC 9380, 8.8).
 *
 * Points are as the functions that read them leave them; all zero is the point at
 * infinity. Nothing here is secret: time depends on values. */
#ifndef PARS_CRYPTO_BLS12_381_H
#define PARS_CRYPTO_BLS12_381_H

#include "base/base.h"

/* EIP-2537: a field element is 16 zero bytes and 48 others, the highest first; a pair
 * its two halves in order; a point x and y. */
#define PARS_BLS_FP_SIZE 64
#define PARS_BLS_FP2_SIZE 128
#define PARS_BLS_G1_SIZE 128
#define PARS_BLS_G2_SIZE 256
#define PARS_BLS_G1_COMPRESSED_SIZE 48

struct pars_bls_g1 {
	uint64_t x[6], y[6];
};

/* Of the twist, over pairs. */
struct pars_bls_g2 {
	uint64_t x[12], y[12];
};

/* False: an element is not below the field's modulus, or they are no point of the
 * curve. The point may lie outside the subgroup. */
PARS_MUST bool pars_bls_g1_read(const uint8_t in[PARS_BLS_G1_SIZE], struct pars_bls_g1 *ret);
PARS_MUST bool pars_bls_g2_read(const uint8_t in[PARS_BLS_G2_SIZE], struct pars_bls_g2 *ret);
/* As Zcash writes them: x, and three bits for compression, infinity and y's sign. */
PARS_MUST bool pars_bls_g1_decompress(const uint8_t in[PARS_BLS_G1_COMPRESSED_SIZE], struct pars_bls_g1 *ret);
void pars_bls_g1_write(const struct pars_bls_g1 *a, uint8_t out[PARS_BLS_G1_SIZE]);
void pars_bls_g2_write(const struct pars_bls_g2 *a, uint8_t out[PARS_BLS_G2_SIZE]);

bool pars_bls_g1_in_subgroup(const struct pars_bls_g1 *a);
bool pars_bls_g2_in_subgroup(const struct pars_bls_g2 *a);

void pars_bls_g1_add(struct pars_bls_g1 *r, const struct pars_bls_g1 *a, const struct pars_bls_g1 *b);
void pars_bls_g2_add(struct pars_bls_g2 *r, const struct pars_bls_g2 *a, const struct pars_bls_g2 *b);
void pars_bls_g1_neg(struct pars_bls_g1 *r, const struct pars_bls_g1 *a);

/* The sum of k[i] times a[i]; k[i] is any number of 32 bytes, the highest first. All
 * points must be in the subgroup. */
void pars_bls_g1_sum(struct pars_bls_g1 *r, const struct pars_bls_g1 *a, const uint8_t (*k)[32], size_t n);
void pars_bls_g2_sum(struct pars_bls_g2 *r, const struct pars_bls_g2 *a, const uint8_t (*k)[32], size_t n);

/* The product of e(p[i], q[i]) is one; it is of none. All in their subgroups. */
bool pars_bls_pairing_is_one(const struct pars_bls_g1 *p, const struct pars_bls_g2 *q, size_t n);

/* A point of the subgroup for a field element; false: that is not below the modulus. */
PARS_MUST bool pars_bls_map_to_g1(const uint8_t in[PARS_BLS_FP_SIZE], struct pars_bls_g1 *ret);
PARS_MUST bool pars_bls_map_to_g2(const uint8_t in[PARS_BLS_FP2_SIZE], struct pars_bls_g2 *ret);

extern const struct pars_bls_g1 pars_bls_g1_generator;
extern const struct pars_bls_g2 pars_bls_g2_generator;
/* tau times the latter, of the trusted setup of EIP-4844. */
extern const struct pars_bls_g2 pars_bls_kzg_tau;

#endif
