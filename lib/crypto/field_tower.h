/* crypto/field_tower.h - the field that pairings end in, over field_fp2.h: triples
 * c0 + c1 v + c2 v^2 with v^3 = xi, and of them pairs c0 + c1 w with w^2 = v.
 *
 * A template as field.h is; the curve's file has defined fp2_mul_xi and the powers
 * of xi that Frobenius' map multiplies with: FROBENIUS, xi^(i (p-1)/6) for i below 6,
 * and FROBENIUS2, xi^(i (p^2-1)/6), which lie in the prime field. */
#ifndef PARS_CRYPTO_FIELD_TOWER_H
#define PARS_CRYPTO_FIELD_TOWER_H

#include "crypto/field_fp2.h"

struct fp6 {
	struct fp2 c0, c1, c2;
};

struct fp12 {
	struct fp6 c0, c1;
};

static inline void fp6_add(struct fp6 *r, const struct fp6 *a, const struct fp6 *b)
{
	fp2_add(&r->c0, &a->c0, &b->c0);
	fp2_add(&r->c1, &a->c1, &b->c1);
	fp2_add(&r->c2, &a->c2, &b->c2);
}

static inline void fp6_sub(struct fp6 *r, const struct fp6 *a, const struct fp6 *b)
{
	fp2_sub(&r->c0, &a->c0, &b->c0);
	fp2_sub(&r->c1, &a->c1, &b->c1);
	fp2_sub(&r->c2, &a->c2, &b->c2);
}

static inline void fp6_neg(struct fp6 *r, const struct fp6 *a)
{
	fp2_neg(&r->c0, &a->c0);
	fp2_neg(&r->c1, &a->c1);
	fp2_neg(&r->c2, &a->c2);
}

static inline void fp6_mul_v(struct fp6 *r, const struct fp6 *a)
{
	struct fp2 t;
	fp2_mul_xi(&t, &a->c2);
	r->c2 = a->c1;
	r->c1 = a->c0;
	r->c0 = t;
}

/* (a + b)(c + d) - ac - bd: the two mixed products for the price of one. */
static inline void fp2_mixed(struct fp2 *r, const struct fp2 *a, const struct fp2 *b,
	const struct fp2 *c, const struct fp2 *d, const struct fp2 *ac, const struct fp2 *bd)
{
	struct fp2 s, t;
	fp2_add(&s, a, b);
	fp2_add(&t, c, d);
	fp2_mul(&s, &s, &t);
	fp2_sub(&s, &s, ac);
	fp2_sub(r, &s, bd);
}

static inline void fp6_mul(struct fp6 *r, const struct fp6 *a, const struct fp6 *b)
{
	struct fp2 t0, t1, t2, m01, m02, m12;
	fp2_mul(&t0, &a->c0, &b->c0);
	fp2_mul(&t1, &a->c1, &b->c1);
	fp2_mul(&t2, &a->c2, &b->c2);
	fp2_mixed(&m01, &a->c0, &a->c1, &b->c0, &b->c1, &t0, &t1);
	fp2_mixed(&m02, &a->c0, &a->c2, &b->c0, &b->c2, &t0, &t2);
	fp2_mixed(&m12, &a->c1, &a->c2, &b->c1, &b->c2, &t1, &t2);
	fp2_mul_xi(&m12, &m12);
	fp2_mul_xi(&t2, &t2);
	fp2_add(&r->c0, &t0, &m12);
	fp2_add(&r->c1, &m01, &t2);
	fp2_add(&r->c2, &m02, &t1);
}

/* By what has few parts: lines are such. */
static inline void fp6_mul_0(struct fp6 *r, const struct fp6 *a, const struct fp2 *b0)
{
	fp2_mul(&r->c0, &a->c0, b0);
	fp2_mul(&r->c1, &a->c1, b0);
	fp2_mul(&r->c2, &a->c2, b0);
}

static inline void fp6_mul_1(struct fp6 *r, const struct fp6 *a, const struct fp2 *b1)
{
	fp6_mul_0(r, a, b1);
	fp6_mul_v(r, r);
}

static inline void fp6_mul_01(struct fp6 *r, const struct fp6 *a, const struct fp2 *b0, const struct fp2 *b1)
{
	struct fp2 t0, t1, m01, s;
	fp2_mul(&t0, &a->c0, b0);
	fp2_mul(&t1, &a->c1, b1);
	fp2_mixed(&m01, &a->c0, &a->c1, b0, b1, &t0, &t1);
	fp2_mul(&s, &a->c2, b1);
	fp2_mul_xi(&s, &s);
	fp2_mul(&r->c2, &a->c2, b0);
	fp2_add(&r->c2, &r->c2, &t1);
	fp2_add(&r->c0, &t0, &s);
	r->c1 = m01;
}

static inline void fp6_inv(struct fp6 *r, const struct fp6 *a)
{
	struct fp6 m; /* the minors */
	struct fp2 t, d;
	fp2_sqr(&m.c0, &a->c0);
	fp2_mul(&t, &a->c1, &a->c2);
	fp2_mul_xi(&t, &t);
	fp2_sub(&m.c0, &m.c0, &t);
	fp2_sqr(&m.c1, &a->c2);
	fp2_mul_xi(&m.c1, &m.c1);
	fp2_mul(&t, &a->c0, &a->c1);
	fp2_sub(&m.c1, &m.c1, &t);
	fp2_sqr(&m.c2, &a->c1);
	fp2_mul(&t, &a->c0, &a->c2);
	fp2_sub(&m.c2, &m.c2, &t);
	fp2_mul(&d, &a->c2, &m.c1);
	fp2_mul(&t, &a->c1, &m.c2);
	fp2_add(&d, &d, &t);
	fp2_mul_xi(&d, &d);
	fp2_mul(&t, &a->c0, &m.c0);
	fp2_add(&d, &d, &t);
	fp2_inv(&d, &d);
	fp6_mul_0(r, &m, &d);
}

static inline void fp12_one(struct fp12 *r)
{
	*r = (struct fp12){ .c0.c0.c0 = FIELD_ONE };
}

static inline bool fp12_is_one(const struct fp12 *a)
{
	struct fp12 one;
	fp12_one(&one);
	return !memcmp(a, &one, sizeof one);
}

static inline void fp12_mul(struct fp12 *r, const struct fp12 *a, const struct fp12 *b)
{
	struct fp6 t0, t1, s, t;
	fp6_mul(&t0, &a->c0, &b->c0);
	fp6_mul(&t1, &a->c1, &b->c1);
	fp6_add(&s, &a->c0, &a->c1);
	fp6_add(&t, &b->c0, &b->c1);
	fp6_mul(&s, &s, &t);
	fp6_sub(&s, &s, &t0);
	fp6_sub(&r->c1, &s, &t1);
	fp6_mul_v(&t1, &t1);
	fp6_add(&r->c0, &t0, &t1);
}

static inline void fp12_sqr(struct fp12 *r, const struct fp12 *a)
{
	struct fp6 m, s, t;
	fp6_mul(&m, &a->c0, &a->c1);
	fp6_add(&s, &a->c0, &a->c1);
	fp6_mul_v(&t, &a->c1);
	fp6_add(&t, &t, &a->c0);
	fp6_mul(&s, &s, &t);
	fp6_sub(&s, &s, &m);
	fp6_mul_v(&t, &m);
	fp6_sub(&r->c0, &s, &t);
	fp6_add(&r->c1, &m, &m);
}

/* Also a to the power of p^6. */
static inline void fp12_conjugate(struct fp12 *r, const struct fp12 *a)
{
	r->c0 = a->c0;
	fp6_neg(&r->c1, &a->c1);
}

static inline void fp12_inv(struct fp12 *r, const struct fp12 *a)
{
	struct fp6 d, t;
	fp6_mul(&d, &a->c0, &a->c0);
	fp6_mul(&t, &a->c1, &a->c1);
	fp6_mul_v(&t, &t);
	fp6_sub(&d, &d, &t);
	fp6_inv(&d, &d);
	fp6_mul(&r->c0, &a->c0, &d);
	fp6_mul(&d, &a->c1, &d);
	fp6_neg(&r->c1, &d);
}

/* The parts by the powers of w that they stand at. */
#define FP12_PARTS(a) { &(a)->c0.c0, &(a)->c1.c0, &(a)->c0.c1, &(a)->c1.c1, &(a)->c0.c2, &(a)->c1.c2 }

/* a to the power of p, and of p^2. */
static inline void fp12_frobenius(struct fp12 *r, const struct fp12 *a)
{
	static const struct fp2 power[6] = FROBENIUS;
	const struct fp2 *from[6] = FP12_PARTS(a);
	struct fp2 *to[6] = FP12_PARTS(r);
	for (int i = 0; i < 6; i++) {
		fp2_conjugate(to[i], from[i]);
		fp2_mul(to[i], to[i], &power[i]);
	}
}

static inline void fp12_frobenius2(struct fp12 *r, const struct fp12 *a)
{
	static const struct fp power[6] = FROBENIUS2;
	const struct fp2 *from[6] = FP12_PARTS(a);
	struct fp2 *to[6] = FP12_PARTS(r);
	for (int i = 0; i < 6; i++)
		fp2_mul_fp(to[i], from[i], &power[i]);
}

/* What follows is for elements to the power of (p^6 - 1)(p^2 + 1) only: their
 * inverse is their conjugate, and squares need but three parts in two
 * (Granger and Scott, 2010). */

/* (a + b s)^2 with s^2 = xi. */
static inline void fp4_sqr(struct fp2 *r0, struct fp2 *r1, const struct fp2 *a, const struct fp2 *b)
{
	struct fp2 aa, bb, sum;
	fp2_sqr(&aa, a);
	fp2_sqr(&bb, b);
	fp2_add(&sum, a, b);
	fp2_sqr(&sum, &sum);
	fp2_sub(&sum, &sum, &aa);
	fp2_sub(r1, &sum, &bb);
	fp2_mul_xi(&bb, &bb);
	fp2_add(r0, &aa, &bb);
}

/* 3 square - 2 a, and 3 square + 2 a. */
static inline void cyclotomic_minus(struct fp2 *r, const struct fp2 *square, const struct fp2 *a)
{
	struct fp2 t;
	fp2_sub(&t, square, a);
	fp2_double(&t, &t);
	fp2_add(r, &t, square);
}

static inline void cyclotomic_plus(struct fp2 *r, const struct fp2 *square, const struct fp2 *a)
{
	struct fp2 t;
	fp2_add(&t, square, a);
	fp2_double(&t, &t);
	fp2_add(r, &t, square);
}

static inline void cyclotomic_sqr(struct fp12 *r, const struct fp12 *a)
{
	struct fp2 t0, t1, t2, t3, t4, t5;
	fp4_sqr(&t0, &t1, &a->c0.c0, &a->c1.c1);
	fp4_sqr(&t2, &t3, &a->c1.c0, &a->c0.c2);
	fp4_sqr(&t4, &t5, &a->c0.c1, &a->c1.c2);
	fp2_mul_xi(&t5, &t5);
	cyclotomic_minus(&r->c0.c0, &t0, &a->c0.c0);
	cyclotomic_minus(&r->c0.c1, &t2, &a->c0.c1);
	cyclotomic_minus(&r->c0.c2, &t4, &a->c0.c2);
	cyclotomic_plus(&r->c1.c0, &t5, &a->c1.c0);
	cyclotomic_plus(&r->c1.c1, &t1, &a->c1.c1);
	cyclotomic_plus(&r->c1.c2, &t3, &a->c1.c2);
}

/* a^e; e > 0. */
static inline void cyclotomic_pow(struct fp12 *r, const struct fp12 *a, uint64_t e)
{
	struct fp12 t = *a;
	for (int i = 62 - __builtin_clzll(e); i >= 0; i--) {
		cyclotomic_sqr(&t, &t);
		if (e >> i & 1)
			fp12_mul(&t, &t, a);
	}
	*r = t;
}

/* a to the power of (p^6 - 1)(p^2 + 1), for a != 0. */
static inline void cyclotomic_enter(struct fp12 *r, const struct fp12 *a)
{
	struct fp12 t, inverse;
	fp12_inv(&inverse, a);
	fp12_conjugate(&t, a);
	fp12_mul(&t, &t, &inverse);
	fp12_frobenius2(&inverse, &t);
	fp12_mul(r, &t, &inverse);
}

#endif
