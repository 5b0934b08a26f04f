/* crypto/field_fp2.h - the field of pairs c0 + c1 i with i^2 = -1, over field.h.
 *
 * A template as field.h is. The curve's file defines fp2_mul_xi besides: the product
 * with the number that has neither square nor cube root, on which towers stand. */
#ifndef PARS_CRYPTO_FIELD_FP2_H
#define PARS_CRYPTO_FIELD_FP2_H

#include "crypto/field.h"

struct fp2 {
	struct fp c0, c1;
};

static inline bool fp2_is_zero(const struct fp2 *a)
{
	return fp_is_zero(&a->c0) && fp_is_zero(&a->c1);
}

static inline bool fp2_equal(const struct fp2 *a, const struct fp2 *b)
{
	return fp_equal(&a->c0, &b->c0) && fp_equal(&a->c1, &b->c1);
}

static inline void fp2_add(struct fp2 *r, const struct fp2 *a, const struct fp2 *b)
{
	fp_add(&r->c0, &a->c0, &b->c0);
	fp_add(&r->c1, &a->c1, &b->c1);
}

static inline void fp2_sub(struct fp2 *r, const struct fp2 *a, const struct fp2 *b)
{
	fp_sub(&r->c0, &a->c0, &b->c0);
	fp_sub(&r->c1, &a->c1, &b->c1);
}

static inline void fp2_neg(struct fp2 *r, const struct fp2 *a)
{
	fp_neg(&r->c0, &a->c0);
	fp_neg(&r->c1, &a->c1);
}

static inline void fp2_double(struct fp2 *r, const struct fp2 *a)
{
	fp2_add(r, a, a);
}

static inline void fp2_triple(struct fp2 *r, const struct fp2 *a)
{
	fp_triple(&r->c0, &a->c0);
	fp_triple(&r->c1, &a->c1);
}

/* Also a to the power of p. */
static inline void fp2_conjugate(struct fp2 *r, const struct fp2 *a)
{
	r->c0 = a->c0;
	fp_neg(&r->c1, &a->c1);
}

static inline void fp2_mul(struct fp2 *r, const struct fp2 *a, const struct fp2 *b)
{
	struct fp low, high, cross, sum;
	fp_add(&cross, &a->c0, &a->c1);
	fp_add(&sum, &b->c0, &b->c1);
	fp_mul(&low, &a->c0, &b->c0);
	fp_mul(&high, &a->c1, &b->c1);
	fp_mul(&cross, &cross, &sum);
	fp_sub(&r->c0, &low, &high);
	fp_sub(&cross, &cross, &low);
	fp_sub(&r->c1, &cross, &high);
}

static inline void fp2_sqr(struct fp2 *r, const struct fp2 *a)
{
	struct fp sum, diff, cross;
	fp_add(&sum, &a->c0, &a->c1);
	fp_sub(&diff, &a->c0, &a->c1);
	fp_mul(&cross, &a->c0, &a->c1);
	fp_mul(&r->c0, &sum, &diff);
	fp_double(&r->c1, &cross);
}

static inline void fp2_mul_fp(struct fp2 *r, const struct fp2 *a, const struct fp *b)
{
	fp_mul(&r->c0, &a->c0, b);
	fp_mul(&r->c1, &a->c1, b);
}

static inline void fp2_norm(struct fp *r, const struct fp2 *a)
{
	struct fp t;
	fp_sqr(&t, &a->c0);
	fp_sqr(r, &a->c1);
	fp_add(r, r, &t);
}

static inline void fp2_inv(struct fp2 *r, const struct fp2 *a)
{
	struct fp n;
	fp2_norm(&n, a);
	fp_inv(&n, &n);
	fp_mul(&r->c0, &a->c0, &n);
	fp_mul(&r->c1, &a->c1, &n);
	fp_neg(&r->c1, &r->c1);
}

/* Its norm is one in the prime field. */
static inline bool fp2_is_square(const struct fp2 *a)
{
	struct fp n;
	fp2_norm(&n, a);
	return fp_is_square(&n);
}

/* A root of either sign: from (x + y i)^2 = a follows x^2 = (c0 + n) / 2 with one of
 * the roots n of the norm, and 2xy = c1. False: `a` is no square. */
static inline bool fp2_sqrt(struct fp2 *r, const struct fp2 *a)
{
	struct fp n, h;
	struct fp2 root;
	if (fp_is_zero(&a->c1)) {
		memset(&root, 0, sizeof root);
		fp_neg(&h, &a->c0);
		if (fp_is_square(&a->c0) ? !fp_sqrt(&root.c0, &a->c0) : !fp_sqrt(&root.c1, &h))
			return false;
		*r = root;
		return true;
	}
	fp2_norm(&n, a);
	if (!fp_sqrt(&n, &n))
		return false;
	fp_add(&h, &a->c0, &n);
	fp_half(&h, &h);
	if (!fp_is_square(&h))
		fp_sub(&h, &h, &n);
	if (!fp_sqrt(&root.c0, &h))
		return false;
	fp_double(&h, &root.c0);
	fp_inv(&h, &h);
	fp_mul(&root.c1, &a->c1, &h);
	*r = root;
	return true;
}

/* RFC 9380, 4.1. */
static inline unsigned fp2_sgn0(const struct fp2 *a)
{
	return fp_is_zero(&a->c0) ? fp_sgn0(&a->c1) : fp_sgn0(&a->c0);
}

#endif
