/* crypto/field.h - a prime field for one file: numbers modulo p in LIMBS words.
 *
 * A template. The file that includes it first includes its curve's constants:
 * LIMBS, FIELD_MODULUS, FIELD_NEGATIVE_INVERSE (-1/p modulo 2^64), FIELD_ONE and
 * FIELD_R2. Everything is static, so that each curve has code of its own, unrolled
 * for its width.
 *
 * A number x is kept as x * R modulo p with R = 2^(64 * LIMBS) (Montgomery's form),
 * always below p. Results may be written over arguments. Nothing here is secret, so
 * time may depend on values. p leaves the highest bit of its top word free, and is 3
 * modulo 4. */
#ifndef PARS_CRYPTO_FIELD_H
#define PARS_CRYPTO_FIELD_H

#include <gmp.h>

#include "base/u256.h"

_Static_assert(GMP_NUMB_BITS == 64, "GMP's words are as wide as ours");

#define UNROLL _Pragma("GCC unroll 12")
#define FIELD_BYTES ((size_t)8 * LIMBS)

struct fp {
	uint64_t l[LIMBS]; /* the lowest first */
};

static const struct fp fp_modulus = FIELD_MODULUS, fp_one = FIELD_ONE;

static inline bool fp_is_zero(const struct fp *a)
{
	uint64_t any = 0;
	UNROLL for (int i = 0; i < LIMBS; i++)
		any |= a->l[i];
	return !any;
}

static inline bool fp_equal(const struct fp *a, const struct fp *b)
{
	uint64_t any = 0;
	UNROLL for (int i = 0; i < LIMBS; i++)
		any |= a->l[i] ^ b->l[i];
	return !any;
}

/* Of plain words: a < b. */
static inline bool fp_less(const struct fp *a, const struct fp *b)
{
	uint8_t borrow = 0;
	UNROLL for (int i = 0; i < LIMBS; i++)
		pars_limb_sub(a->l[i], b->l[i], &borrow);
	return borrow;
}

/* Of what is below 2p. */
static inline void fp_reduce(struct fp *r, const struct fp *a)
{
	struct fp less;
	uint8_t borrow = 0;
	UNROLL for (int i = 0; i < LIMBS; i++)
		less.l[i] = pars_limb_sub(a->l[i], fp_modulus.l[i], &borrow);
	uint64_t keep = -(uint64_t)borrow;
	UNROLL for (int i = 0; i < LIMBS; i++)
		r->l[i] = (a->l[i] & keep) | (less.l[i] & ~keep);
}

static inline void fp_add(struct fp *r, const struct fp *a, const struct fp *b)
{
	struct fp sum;
	uint8_t carry = 0;
	UNROLL for (int i = 0; i < LIMBS; i++)
		sum.l[i] = pars_limb_add(a->l[i], b->l[i], &carry);
	fp_reduce(r, &sum);
}

static inline void fp_sub(struct fp *r, const struct fp *a, const struct fp *b)
{
	uint8_t borrow = 0, carry = 0;
	struct fp diff;
	UNROLL for (int i = 0; i < LIMBS; i++)
		diff.l[i] = pars_limb_sub(a->l[i], b->l[i], &borrow);
	uint64_t back = -(uint64_t)borrow;
	UNROLL for (int i = 0; i < LIMBS; i++)
		r->l[i] = pars_limb_add(diff.l[i], fp_modulus.l[i] & back, &carry);
}

static inline void fp_neg(struct fp *r, const struct fp *a)
{
	static const struct fp zero;
	fp_sub(r, &zero, a);
}

static inline void fp_double(struct fp *r, const struct fp *a)
{
	fp_add(r, a, a);
}

static inline void fp_half(struct fp *r, const struct fp *a)
{
	uint64_t odd = -(a->l[0] & 1);
	uint8_t carry = 0;
	struct fp even;
	UNROLL for (int i = 0; i < LIMBS; i++)
		even.l[i] = pars_limb_add(a->l[i], fp_modulus.l[i] & odd, &carry);
	UNROLL for (int i = 0; i < LIMBS; i++)
		r->l[i] = even.l[i] >> 1 | (i + 1 < LIMBS ? even.l[i + 1] << 63 : 0);
}

/* a * b / R: a row of the product, then a multiple of p that makes its lowest word
 * zero, which is dropped. As p's top bit is free no row needs a word more. */
static inline void fp_mul_plain(struct fp *r, const struct fp *a, const struct fp *b)
{
	struct fp t = { { 0 } };
	UNROLL for (int i = 0; i < LIMBS; i++) {
		unsigned __int128 product = (unsigned __int128)a->l[i] * b->l[0] + t.l[0];
		uint64_t m = (uint64_t)product * FIELD_NEGATIVE_INVERSE;
		unsigned __int128 sum = (unsigned __int128)m * fp_modulus.l[0] + (uint64_t)product;
		UNROLL for (int j = 1; j < LIMBS; j++) {
			product = (unsigned __int128)a->l[i] * b->l[j] + t.l[j] + (uint64_t)(product >> 64);
			sum = (unsigned __int128)m * fp_modulus.l[j] + (uint64_t)product + (uint64_t)(sum >> 64);
			t.l[j - 1] = (uint64_t)sum;
		}
		t.l[LIMBS - 1] = (uint64_t)(product >> 64) + (uint64_t)(sum >> 64);
	}
	fp_reduce(r, &t);
}

/* clang cannot be asked for ADX; it makes the fuzzers only. */
#if defined(__x86_64__) && !defined(__clang__) && (LIMBS == 4 || LIMBS == 6)
#include "crypto/field_x86.h"
#else
static inline bool fp_has_x86(void)
{
	return false;
}

static inline void fp_mul_x86(struct fp *r, const struct fp *a, const struct fp *b)
{
	fp_mul_plain(r, a, b);
}
#endif

/* Too long to stand everywhere where it is called. */
__attribute__((noinline)) static void fp_mul(struct fp *r, const struct fp *a, const struct fp *b)
{
	if (fp_has_x86())
		fp_mul_x86(r, a, b);
	else
		fp_mul_plain(r, a, b);
}

static inline void fp_sqr(struct fp *r, const struct fp *a)
{
	fp_mul(r, a, a);
}

/* Small multiples that curves ask for. */
static inline void fp_triple(struct fp *r, const struct fp *a)
{
	struct fp twice;
	fp_double(&twice, a);
	fp_add(r, &twice, a);
}

/* Between the number itself and Montgomery's form. */
static inline void fp_enter(struct fp *r, const struct fp *plain)
{
	static const struct fp r2 = FIELD_R2;
	fp_mul(r, plain, &r2);
}

static inline void fp_leave(struct fp *plain, const struct fp *a)
{
	static const struct fp one = { { 1 } };
	fp_mul(plain, a, &one);
}

/* 1/a, and zero of zero. By Euclid on (a + p, p), whose first factor is the
 * inverse: GMP wants the greater one first. */
static inline void fp_inv(struct fp *r, const struct fp *a)
{
	mp_limb_t u[LIMBS], v[LIMBS], gcd[LIMBS], s[LIMBS + 1] = { 0 };
	mp_size_t n = 0;
	if (fp_is_zero(a)) {
		*r = *a;
		return;
	}
	for (int i = 0; i < LIMBS; i++) {
		u[i] = a->l[i];
		v[i] = fp_modulus.l[i];
	}
	mpn_add_n(u, u, v, LIMBS);
	mpn_gcdext(gcd, s, &n, u, LIMBS, v, LIMBS);
	struct fp plain = { { 0 } };
	for (mp_size_t i = 0; i < (n < 0 ? -n : n); i++)
		plain.l[i] = s[i];
	if (n < 0)
		fp_neg(&plain, &plain);
	fp_enter(&plain, &plain);
	fp_enter(r, &plain);
}

/* a^e, four bits of e at a time; e's highest word comes last. */
static inline void fp_pow(struct fp *r, const struct fp *a, const uint64_t e[LIMBS])
{
	struct fp powers[16], t = fp_one;
	powers[0] = fp_one;
	for (int i = 1; i < 16; i++)
		fp_mul(&powers[i], &powers[i - 1], a);
	for (int i = 64 * LIMBS - 4; i >= 0; i -= 4) {
		for (int j = 0; j < 4; j++)
			fp_sqr(&t, &t);
		fp_mul(&t, &t, &powers[e[i / 64] >> (i % 64) & 15]);
	}
	*r = t;
}

/* By Jacobi's symbol; R is a square, so the form does not matter. */
static inline bool fp_is_square(const struct fp *a)
{
	mp_limb_t n[LIMBS], p[LIMBS];
	mpz_t number, modulus;
	for (int i = 0; i < LIMBS; i++) {
		n[i] = a->l[i];
		p[i] = fp_modulus.l[i];
	}
	return mpz_jacobi(mpz_roinit_n(number, n, LIMBS), mpz_roinit_n(modulus, p, LIMBS)) >= 0;
}

/* The power (p + 1) / 4: a root, of either sign, of a square. False: `a` is none. */
static inline bool fp_sqrt(struct fp *r, const struct fp *a)
{
	uint64_t e[LIMBS];
	for (int i = 0; i < LIMBS; i++)
		e[i] = fp_modulus.l[i] >> 2 | (i + 1 < LIMBS ? fp_modulus.l[i + 1] << 62 : 0);
	e[0]++; /* the curves' p leave it room */
	struct fp root, back;
	fp_pow(&root, a, e);
	fp_sqr(&back, &root);
	if (!fp_equal(&back, a))
		return false;
	*r = root;
	return true;
}

/* The number's lowest bit, its sign in RFC 9380. */
static inline unsigned fp_sgn0(const struct fp *a)
{
	struct fp plain;
	fp_leave(&plain, a);
	return plain.l[0] & 1;
}

/* FIELD_BYTES bytes, the highest first; false: not below p. */
static inline bool fp_from_be(const uint8_t *b, struct fp *r)
{
	struct fp plain;
	for (int i = 0; i < LIMBS; i++)
		plain.l[i] = pars_be64(b + 8 * (LIMBS - 1 - i));
	if (!fp_less(&plain, &fp_modulus))
		return false;
	fp_enter(r, &plain);
	return true;
}

static inline void fp_to_be(const struct fp *a, uint8_t *b)
{
	struct fp plain;
	fp_leave(&plain, a);
	for (int i = 0; i < LIMBS; i++)
		pars_put_be64(b + 8 * (LIMBS - 1 - i), plain.l[i]);
}

#endif
