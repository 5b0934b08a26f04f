/* crypto/bls12_381_impl.h - the field and both groups, for the files of this curve:
 * each has static code of its own (see field.h). */
#ifndef PARS_CRYPTO_BLS12_381_IMPL_H
#define PARS_CRYPTO_BLS12_381_IMPL_H

#include "crypto/bls12_381.h"
#include "crypto/bls12_381_constants.h"
#include "crypto/field_fp2.h"

static const struct fp g1_b = G1_B;
static const struct fp2 g2_b = G2_B;

/* xi = 1 + i. */
static inline void fp2_mul_xi(struct fp2 *r, const struct fp2 *a)
{
	struct fp sum;
	fp_add(&sum, &a->c0, &a->c1);
	fp_sub(&r->c0, &a->c0, &a->c1);
	r->c1 = sum;
}

#define FIELD fp
#define POINT g1
#include "crypto/field_curve.h"
#undef FIELD
#undef POINT
#define FIELD fp2
#define POINT g2
#include "crypto/field_curve.h"
#undef FIELD
#undef POINT

_Static_assert(sizeof(struct g1_affine) == sizeof(struct pars_bls_g1), "the same thing");
_Static_assert(sizeof(struct g2_affine) == sizeof(struct pars_bls_g2), "the same thing");

static inline struct g1_affine g1_open(const struct pars_bls_g1 *a)
{
	struct g1_affine r;
	memcpy(&r, a, sizeof r);
	return r;
}

static inline struct g2_affine g2_open(const struct pars_bls_g2 *a)
{
	struct g2_affine r;
	memcpy(&r, a, sizeof r);
	return r;
}

static inline void g1_close(struct pars_bls_g1 *r, const struct g1 *a)
{
	struct g1_affine affine;
	g1_to_affine(&affine, a);
	memcpy(r, &affine, sizeof *r);
}

static inline void g2_close(struct pars_bls_g2 *r, const struct g2 *a)
{
	struct g2_affine affine;
	g2_to_affine(&affine, a);
	memcpy(r, &affine, sizeof *r);
}

/* In the subgroup, -u^2 times a point of G1. */
static inline void g1_endomorphism(struct g1_affine *r, const struct g1_affine *a)
{
	static const struct fp beta = BETA;
	fp_mul(&r->x, &a->x, &beta);
	r->y = a->y;
}

/* Frobenius' map seen on the twist: in the subgroup, u times a point of G2. */
static inline void g2_endomorphism(struct g2 *r, const struct g2 *a)
{
	static const struct fp2 by_x = PSI_X, by_y = PSI_Y;
	fp2_conjugate(&r->x, &a->x);
	fp2_mul(&r->x, &r->x, &by_x);
	fp2_conjugate(&r->y, &a->y);
	fp2_mul(&r->y, &r->y, &by_y);
	fp2_conjugate(&r->z, &a->z);
}

/* An element in 64 bytes: false when it is not below the modulus. */
static inline bool fp_read(const uint8_t *in, struct fp *ret)
{
	static const uint8_t zeros[PARS_BLS_FP_SIZE - FIELD_BYTES];
	return !memcmp(in, zeros, sizeof zeros) && fp_from_be(in + sizeof zeros, ret);
}

static inline bool fp2_read(const uint8_t *in, struct fp2 *ret)
{
	return fp_read(in, &ret->c0) && fp_read(in + PARS_BLS_FP_SIZE, &ret->c1);
}

#endif
