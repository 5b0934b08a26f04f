#include "crypto/bls12_381_impl.h"
#include "crypto/field_pairing.h"

/* The line's parts stand at w^3, w^2 and 1, after a product with w^3, which the
 * final power makes one. */
static void fp12_mul_line(struct fp12 *f, const struct line *line, const struct g1_affine *p)
{
	struct fp2 at3, at2, both;
	struct fp6 t0, t1, s;
	fp2_mul_fp(&at3, &line->y, &p->y);
	fp2_mul_fp(&at2, &line->x, &p->x);
	fp6_mul_01(&t0, &f->c0, &line->constant, &at2);
	fp6_mul_1(&t1, &f->c1, &at3);
	fp2_add(&both, &at2, &at3);
	fp6_add(&s, &f->c0, &f->c1);
	fp6_mul_01(&s, &s, &line->constant, &both);
	fp6_sub(&s, &s, &t0);
	fp6_sub(&f->c1, &s, &t1);
	fp6_mul_v(&t1, &t1);
	fp6_add(&f->c0, &t0, &t1);
}

/* The loop is u, which is negative: its absolute value, and the conjugate of what
 * comes out (the inverse, as far as the final power can tell). */
static void miller(struct fp12 *f, struct pair *pairs, size_t n)
{
	struct fp12 g;
	fp12_one(&g);
	for (int bit = 62; bit >= 0; bit--) {
		fp12_sqr(&g, &g);
		for (size_t i = 0; i < n; i++) {
			step_double(&g, &pairs[i]);
			if (CURVE_U >> bit & 1)
				step_add(&g, &pairs[i], &pairs[i].q);
		}
	}
	fp12_conjugate(&g, &g);
	fp12_mul(f, f, &g);
}

static void pow_u(struct fp12 *r, const struct fp12 *a)
{
	cyclotomic_pow(r, a, CURVE_U);
	fp12_conjugate(r, r);
}

static void pow_u_less_one(struct fp12 *r, const struct fp12 *a)
{
	struct fp12 t;
	pow_u(&t, a);
	fp12_conjugate(r, a);
	fp12_mul(r, r, &t);
}

/* To the power of 3 (p^12 - 1)/r: its last part is
 * (u - 1)^2 (u + p)(u^2 + p^2 - 1) + 3 (Hayashida, Hayasaka, Teruya 2020). */
static void final_power(struct fp12 *r, const struct fp12 *a)
{
	struct fp12 m, f, t;
	cyclotomic_enter(&m, a);
	pow_u_less_one(&f, &m);
	pow_u_less_one(&f, &f);
	pow_u(&t, &f);
	fp12_frobenius(&f, &f);
	fp12_mul(&f, &f, &t);
	pow_u(&t, &f);
	pow_u(&t, &t);
	fp12_frobenius2(r, &f);
	fp12_mul(&t, &t, r);
	fp12_conjugate(&f, &f);
	fp12_mul(&t, &t, &f);
	cyclotomic_sqr(&f, &m);
	fp12_mul(&f, &f, &m);
	fp12_mul(r, &t, &f);
}

bool pars_bls_pairing_is_one(const struct pars_bls_g1 *p, const struct pars_bls_g2 *q, size_t n)
{
	return pairing_is_one(p, q, n);
}
