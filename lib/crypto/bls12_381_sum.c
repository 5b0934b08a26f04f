/* Sums of multiples. Scalars are cut first, as the endomorphisms give the multiples
 * by powers of u for nothing: two of 130 bits for one of 256 in G1, four of 66 in G2. */
#include <stdlib.h>

#include "base/alloc.h"
#include "crypto/bls12_381_impl.h"

/* Additions that a window of c bits costs: a cheap one for each term, two for each
 * bucket, in each of the windows. */
static unsigned sum_window(size_t n, unsigned bits)
{
	unsigned best = 2;
	uint64_t least = UINT64_MAX;
	for (unsigned c = 2; c <= 13; c++) {
		uint64_t cost = (uint64_t)(bits + 2 + c - 1) / c * (11 * n + (32u << (c - 1)));
		if (cost < least) {
			least = cost;
			best = c;
		}
	}
	return best;
}

/* c bits from `at` on. */
static size_t sum_digit(const struct pars_u256 *k, unsigned at, unsigned c)
{
	uint64_t v = k->w[at / 64] >> (at % 64);
	if (at % 64 + c > 64 && at / 64 < 3)
		v |= k->w[at / 64 + 1] << (64 - at % 64);
	return v & (((size_t)1 << c) - 1);
}

#define POINT g1
#include "crypto/field_sum.h"
#undef POINT
#define POINT g2
#include "crypto/field_sum.h"
#undef POINT

#define G1_PARTS 2
#define G1_BITS 130
#define G2_PARTS 4
#define G2_BITS 66

/* k = k0 + k1 u^2, and u^2 a = -endomorphism(a). */
static void g1_cut(struct g1_term *terms, const struct pars_bls_g1 *a, const uint8_t k[32])
{
	const unsigned __int128 square = (unsigned __int128)CURVE_U * CURVE_U;
	const mp_limb_t by[2] = { (mp_limb_t)square, (mp_limb_t)(square >> 64) };
	struct pars_u256 number = pars_u256_from_be(k);
	mp_limb_t n[4], quotient[3], rest[2];
	for (int i = 0; i < 4; i++)
		n[i] = number.w[i];
	mpn_tdiv_qr(quotient, rest, 0, n, 4, by, 2);
	memset(terms, 0, G1_PARTS * sizeof *terms);
	for (int i = 0; i < 2; i++)
		terms[0].k[i] = rest[i];
	for (int i = 0; i < 3; i++)
		terms[1].k[i] = quotient[i];
	terms[0].point = g1_open(a);
	g1_endomorphism(&terms[1].point, &terms[0].point);
	g1_affine_neg(&terms[1].point);
}

/* k in digits to the base -u, and -u a = -endomorphism(a). */
static void g2_cut(struct g2_term *terms, const struct pars_bls_g2 *a, const uint8_t k[32])
{
	struct pars_u256 number = pars_u256_from_be(k);
	mp_limb_t n[4];
	for (int i = 0; i < 4; i++)
		n[i] = number.w[i];
	memset(terms, 0, G2_PARTS * sizeof *terms);
	for (int i = 0; i < G2_PARTS - 1; i++)
		terms[i].k[0] = mpn_divrem_1(n, 0, n, 4, CURVE_U);
	for (int i = 0; i < 4; i++)
		terms[G2_PARTS - 1].k[i] = n[i];
	terms[0].point = g2_open(a);
	for (int i = 1; i < G2_PARTS; i++) {
		struct g2 t = { terms[i - 1].point.x, terms[i - 1].point.y, { .c0 = FIELD_ONE } };
		g2_endomorphism(&t, &t);
		terms[i].point = (struct g2_affine){ t.x, t.y };
		g2_affine_neg(&terms[i].point);
	}
}

void pars_bls_g1_sum(struct pars_bls_g1 *r, const struct pars_bls_g1 *a, const uint8_t (*k)[32], size_t n)
{
	struct g1_term *terms = pars_alloc_array(n, G1_PARTS * sizeof *terms);
	struct g1 sum;
	for (size_t i = 0; i < n; i++)
		g1_cut(terms + i * G1_PARTS, &a[i], k[i]);
	g1_sum(&sum, terms, n * G1_PARTS, G1_BITS);
	g1_close(r, &sum);
	free(terms);
}

void pars_bls_g2_sum(struct pars_bls_g2 *r, const struct pars_bls_g2 *a, const uint8_t (*k)[32], size_t n)
{
	struct g2_term *terms = pars_alloc_array(n, G2_PARTS * sizeof *terms);
	struct g2 sum;
	for (size_t i = 0; i < n; i++)
		g2_cut(terms + i * G2_PARTS, &a[i], k[i]);
	g2_sum(&sum, terms, n * G2_PARTS, G2_BITS);
	g2_close(r, &sum);
	free(terms);
}
