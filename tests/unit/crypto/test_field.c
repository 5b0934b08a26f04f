/* The two ways of multiplying in a field agree with each other and with GMP. Both
 * widths are templates of one file, so this one looks at the wider. */
#include "crypto/bls12_381_constants.h"
#include "crypto/field.h"
#include "crypto/hash.h"
#include "tests/unit/unit.h"

/* Some number below the modulus, many of them near one of the ends of a word. */
static struct fp some(unsigned seed)
{
	struct fp a;
	for (unsigned i = 0; i < LIMBS; i++) {
		uint32_t in[2] = { seed, i };
		struct pars_digest d = pars_sha256(PARS_BYTES_ARRAY(in));
		a.l[i] = d.b[0] < 40 ? 0 : d.b[0] < 80 ? UINT64_MAX : pars_be64(d.b + 1);
	}
	while (!fp_less(&a, &fp_modulus))
		a.l[LIMBS - 1] = a.l[LIMBS - 1] >> 1;
	return a;
}

static void load(mpz_t z, const struct fp *a)
{
	mpz_init(z);
	mpz_import(z, LIMBS, -1, 8, 0, 0, a->l);
}

START_TEST(products_agree)
{
	mpz_t p, x, y, want, got;
	load(p, &fp_modulus);
	for (unsigned i = 0; i < 3000; i++) {
		struct fp a = some(2 * i), b = i % 7 ? some(2 * i + 1) : a, plain, fast, left;
		fp_mul_plain(&plain, &a, &b);
		if (fp_has_x86())
			fp_mul_x86(&fast, &a, &b);
		else
			fp_mul(&fast, &a, &b);
		ck_assert(fp_equal(&plain, &fast) && fp_less(&plain, &fp_modulus));
		/* Both are numbers times R, and so is their product. */
		fp_leave(&left, &a);
		load(x, &left);
		fp_leave(&left, &b);
		load(y, &left);
		mpz_init(want);
		mpz_mul(want, x, y);
		mpz_mod(want, want, p);
		fp_leave(&left, &plain);
		load(got, &left);
		ck_assert(!mpz_cmp(got, want));
		mpz_clears(x, y, want, got, NULL);
	}
	mpz_clear(p);
}
END_TEST

START_TEST(inverses_roots_and_halves)
{
	struct fp zero = { { 0 } }, r, s;
	fp_inv(&r, &zero);
	ck_assert(fp_is_zero(&r));
	unsigned squares = 0;
	for (unsigned i = 0; i < 200; i++) {
		struct fp a = some(i);
		if (fp_is_zero(&a))
			continue;
		fp_inv(&r, &a);
		fp_mul(&r, &r, &a);
		ck_assert(fp_equal(&r, &fp_one));
		fp_half(&r, &a);
		fp_double(&r, &r);
		ck_assert(fp_equal(&r, &a));
		fp_neg(&r, &a);
		fp_add(&s, &r, &a);
		ck_assert(fp_is_zero(&s));
		/* Of a number and its negative one is a square, as -1 is none. */
		ck_assert(fp_is_square(&a) != fp_is_square(&r));
		bool is = fp_sqrt(&s, &a);
		ck_assert(is == fp_is_square(&a));
		if (is) {
			fp_sqr(&s, &s);
			ck_assert(fp_equal(&s, &a));
			squares++;
		}
	}
	ck_assert_uint_ge(squares, 50);
}
END_TEST

START_TEST(bytes_stay_below_the_modulus)
{
	uint8_t raw[FIELD_BYTES], back[FIELD_BYTES];
	struct fp a, less = fp_modulus;
	for (int i = 0; i < LIMBS; i++)
		pars_put_be64(raw + 8 * i, fp_modulus.l[LIMBS - 1 - i]);
	ck_assert(!fp_from_be(raw, &a));
	raw[FIELD_BYTES - 1]--;
	less.l[0]--;
	ck_assert(fp_from_be(raw, &a));
	fp_add(&a, &a, &fp_one);
	ck_assert(fp_is_zero(&a));
	ck_assert(fp_from_be(raw, &a));
	fp_to_be(&a, back);
	ck_assert_mem_eq(raw, back, FIELD_BYTES);
	ck_assert_uint_eq(fp_sgn0(&a), less.l[0] & 1);
}
END_TEST

UNIT_CASE(field, products_agree, inverses_roots_and_halves, bytes_stay_below_the_modulus);
