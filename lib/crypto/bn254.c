#include "crypto/bn254.h"

#include "crypto/bn254_constants.h"
#include "crypto/field_fp2.h"

static const struct fp g1_b = G1_B;
static const struct fp2 g2_b = G2_B;

/* xi = 9 + i. */
static inline void fp2_mul_xi(struct fp2 *r, const struct fp2 *a)
{
	struct fp2 nine;
	fp2_double(&nine, a);
	fp2_double(&nine, &nine);
	fp2_double(&nine, &nine);
	fp2_add(&nine, &nine, a);
	struct fp c0 = a->c0;
	fp_sub(&r->c0, &nine.c0, &a->c1);
	fp_add(&r->c1, &nine.c1, &c0);
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

#include "crypto/field_pairing.h"

_Static_assert(sizeof(struct g1_affine) == sizeof(struct pars_bn254_g1), "the same thing");
_Static_assert(sizeof(struct g2_affine) == sizeof(struct pars_bn254_g2), "the same thing");

static struct g1_affine g1_open(const struct pars_bn254_g1 *a)
{
	struct g1_affine r;
	memcpy(&r, a, sizeof r);
	return r;
}

static void g1_close(struct pars_bn254_g1 *r, const struct g1 *a)
{
	struct g1_affine affine;
	g1_to_affine(&affine, a);
	memcpy(r, &affine, sizeof *r);
}

/* What the p-th power does to a point, seen on the twist. */
static void frobenius(struct g2_affine *r, const struct g2_affine *a)
{
	static const struct fp2 by_x = PSI_X, by_y = PSI_Y;
	fp2_conjugate(&r->x, &a->x);
	fp2_mul(&r->x, &r->x, &by_x);
	fp2_conjugate(&r->y, &a->y);
	fp2_mul(&r->y, &r->y, &by_y);
}

static void g2_frobenius(struct g2 *r, const struct g2 *a)
{
	struct g2_affine xy = { a->x, a->y };
	frobenius(&xy, &xy);
	r->x = xy.x;
	r->y = xy.y;
	fp2_conjugate(&r->z, &a->z);
}

/* [u+1]Q + F[u]Q + F^2[u]Q = F^3[2u]Q holds for the subgroup and nobody else
 * (El Housni, Guillevic, Piellard 2022, 4.2). */
static bool g2_in_subgroup(const struct g2_affine *q)
{
	struct g2 uq, sum, t;
	struct g2_affine right;
	g2_from_affine(&t, q);
	g2_mul_word(&uq, &t, CURVE_U);
	g2_add_affine(&sum, &uq, q);
	g2_frobenius(&t, &uq);
	g2_add(&sum, &sum, &t);
	g2_frobenius(&t, &t);
	g2_add(&sum, &sum, &t);
	g2_frobenius(&t, &t);
	g2_double(&t, &t);
	g2_to_affine(&right, &t);
	return g2_equal(&sum, &right);
}

bool pars_bn254_g1_read(const uint8_t in[PARS_BN254_G1_SIZE], struct pars_bn254_g1 *ret)
{
	struct g1_affine a;
	if (!fp_from_be(in, &a.x) || !fp_from_be(in + 32, &a.y) || !g1_on_curve(&a))
		return false;
	memcpy(ret, &a, sizeof *ret);
	return true;
}

bool pars_bn254_g2_read(const uint8_t in[PARS_BN254_G2_SIZE], struct pars_bn254_g2 *ret)
{
	struct g2_affine a;
	if (!fp_from_be(in, &a.x.c1) || !fp_from_be(in + 32, &a.x.c0)
		|| !fp_from_be(in + 64, &a.y.c1) || !fp_from_be(in + 96, &a.y.c0)
		|| !g2_on_curve(&a) || !g2_in_subgroup(&a))
		return false;
	memcpy(ret, &a, sizeof *ret);
	return true;
}

void pars_bn254_g1_write(const struct pars_bn254_g1 *a, uint8_t out[PARS_BN254_G1_SIZE])
{
	struct g1_affine affine = g1_open(a);
	fp_to_be(&affine.x, out);
	fp_to_be(&affine.y, out + 32);
}

void pars_bn254_g1_add(struct pars_bn254_g1 *r, const struct pars_bn254_g1 *a, const struct pars_bn254_g1 *b)
{
	struct g1_affine x = g1_open(a), y = g1_open(b);
	struct g1 sum;
	g1_from_affine(&sum, &x);
	g1_add_affine(&sum, &sum, &y);
	g1_close(r, &sum);
}

void pars_bn254_g1_mul(struct pars_bn254_g1 *r, const struct pars_bn254_g1 *a, const uint8_t k[32])
{
	struct g1_term term = { .point = g1_open(a) };
	struct g1 product;
	struct pars_u256 number = pars_u256_from_be(k);
	memcpy(term.k, number.w, sizeof term.k);
	g1_sum_few(&product, &term, 1);
	g1_close(r, &product);
}

/* The line's parts stand at 1, w and w^3. */
static void fp12_mul_line(struct fp12 *f, const struct line *line, const struct g1_affine *p)
{
	struct fp2 a0, a1, both;
	struct fp6 t0, t1, s;
	fp2_mul_fp(&a0, &line->y, &p->y);
	fp2_mul_fp(&a1, &line->x, &p->x);
	fp6_mul_0(&t0, &f->c0, &a0);
	fp6_mul_01(&t1, &f->c1, &a1, &line->constant);
	fp2_add(&both, &a0, &a1);
	fp6_add(&s, &f->c0, &f->c1);
	fp6_mul_01(&s, &s, &both, &line->constant);
	fp6_sub(&s, &s, &t0);
	fp6_sub(&f->c1, &s, &t1);
	fp6_mul_v(&t1, &t1);
	fp6_add(&f->c0, &t0, &t1);
}

/* Multiplies f with the pairs' values, before the final power: optimal ate
 * (Vercauteren, 2010), whose loop is 6u + 2 and two steps by Frobenius' map. */
static void miller(struct fp12 *f, struct pair *pairs, size_t n)
{
	static const int8_t digits[] = ATE_DIGITS; /* the highest, a one, left out */
	struct fp12 g;
	fp12_one(&g);
	for (size_t d = 0; d < PARS_COUNT(digits); d++) {
		fp12_sqr(&g, &g);
		for (size_t i = 0; i < n; i++) {
			step_double(&g, &pairs[i]);
			if (digits[d])
				step_add(&g, &pairs[i], digits[d] > 0 ? &pairs[i].q : &pairs[i].minus_q);
		}
	}
	for (size_t i = 0; i < n; i++) {
		struct g2_affine image;
		frobenius(&image, &pairs[i].q);
		step_add(&g, &pairs[i], &image);
		frobenius(&image, &image);
		fp2_neg(&image.y, &image.y);
		step_add(&g, &pairs[i], &image);
	}
	fp12_mul(f, f, &g);
}

/* To the power of (p^12 - 1)/r, times a number that r does not divide: the last part
 * as 1 + 6u + 12u^2 + 12u^3 and so on times powers of p (Fuentes-Castaneda,
 * Knapp, Rodriguez-Henriquez 2011). */
static void final_power(struct fp12 *r, const struct fp12 *a)
{
	struct fp12 f, f2u, f6u, f6uu, f12uuu, s, t;
	cyclotomic_enter(&f, a);
	cyclotomic_pow(&f2u, &f, CURVE_U);
	cyclotomic_sqr(&f2u, &f2u);
	cyclotomic_sqr(&f6u, &f2u);
	fp12_mul(&f6u, &f6u, &f2u);
	cyclotomic_pow(&f6uu, &f6u, CURVE_U);
	cyclotomic_pow(&f12uuu, &f6uu, CURVE_U);
	cyclotomic_sqr(&f12uuu, &f12uuu);

	fp12_mul(&s, &f12uuu, &f6uu);
	fp12_mul(&s, &s, &f6u); /* 6u + 6u^2 + 12u^3: with p^2 */
	fp12_mul(r, &s, &f6uu);
	fp12_mul(r, r, &f); /* 1 + 6u + 12u^2 + 12u^3 */
	fp12_frobenius2(&t, &s);
	fp12_mul(r, r, &t);
	fp12_conjugate(&t, &f2u);
	fp12_mul(&s, &s, &t); /* 4u + 6u^2 + 12u^3: with p */
	fp12_frobenius(&t, &s);
	fp12_mul(r, r, &t);
	fp12_conjugate(&t, &f);
	fp12_mul(&s, &s, &t); /* -1 + 4u + 6u^2 + 12u^3: with p^3 */
	fp12_frobenius2(&t, &s);
	fp12_frobenius(&t, &t);
	fp12_mul(r, r, &t);
}

bool pars_bn254_pairing_is_one(const struct pars_bn254_g1 *p, const struct pars_bn254_g2 *q, size_t n)
{
	return pairing_is_one(p, q, n);
}
