/* Words of 256 bits beside a model that is slow and plain: numbers are arrays
 * of bits, sums go bit by bit, products are sums of shifted numbers, quotients
 * long division. */
#include "base/u256.h"
#include "tests/unit/unit.h"

#define WIDE 513 /* bits of a product, and one more for a sum */

struct wide {
	uint8_t bit[WIDE]; /* the lowest first */
};

static struct wide widen(const struct pars_u256 *v)
{
	struct wide r = { { 0 } };
	for (int i = 0; i < 256; i++)
		r.bit[i] = v->w[i / 64] >> (i % 64) & 1;
	return r;
}

/* What is above 2^256 is cut off. */
static struct pars_u256 narrow(const struct wide *v)
{
	struct pars_u256 r = { { 0 } };
	for (int i = 0; i < 256; i++)
		r.w[i / 64] |= (uint64_t)v->bit[i] << (i % 64);
	return r;
}

static bool fits(const struct wide *v)
{
	for (int i = 256; i < WIDE; i++)
		if (v->bit[i])
			return false;
	return true;
}

static struct wide sum(const struct wide *a, const struct wide *b)
{
	struct wide r;
	unsigned carry = 0;
	for (int i = 0; i < WIDE; i++) {
		unsigned s = a->bit[i] + b->bit[i] + carry;
		r.bit[i] = s & 1;
		carry = s >> 1;
	}
	return r;
}

static bool less(const struct wide *a, const struct wide *b)
{
	for (int i = WIDE - 1; i >= 0; i--)
		if (a->bit[i] != b->bit[i])
			return a->bit[i] < b->bit[i];
	return false;
}

static struct wide difference(const struct wide *a, const struct wide *b)
{
	struct wide r;
	int borrow = 0;
	for (int i = 0; i < WIDE; i++) {
		int d = a->bit[i] - b->bit[i] - borrow;
		r.bit[i] = d & 1;
		borrow = d < 0;
	}
	return r;
}

static struct wide shifted(const struct wide *a, unsigned up)
{
	struct wide r = { { 0 } };
	for (unsigned i = up; i < WIDE; i++)
		r.bit[i] = a->bit[i - up];
	return r;
}

static struct wide product(const struct wide *a, const struct wide *b)
{
	struct wide r = { { 0 } };
	for (unsigned i = 0; i < 256; i++) {
		if (b->bit[i]) {
			struct wide s = shifted(a, i);
			r = sum(&r, &s);
		}
	}
	return r;
}

/* By zero: zero and zero. */
static void divide(const struct wide *a, const struct wide *b, struct wide *quotient, struct wide *rest)
{
	static const struct wide zero;
	*quotient = *rest = zero;
	if (!less(&zero, b))
		return;
	for (int i = WIDE - 1; i >= 0; i--) {
		*rest = shifted(rest, 1);
		rest->bit[0] = a->bit[i];
		if (!less(rest, b)) {
			*rest = difference(rest, b);
			quotient->bit[i] = 1;
		}
	}
}

/* -- words to try ------------------------------------------------------------------ */

static const struct pars_u256 edges[] = {
	{ { 0, 0, 0, 0 } }, { { 1, 0, 0, 0 } }, { { 2, 0, 0, 0 } }, { { 255, 0, 0, 0 } }, { { 256, 0, 0, 0 } },
	{ { UINT64_MAX, 0, 0, 0 } }, { { 0, 1, 0, 0 } }, { { UINT64_MAX, UINT64_MAX, 0, 0 } }, { { 0, 0, 1, 0 } },
	{ { 0, 0, 0, 1 } }, { { 0, 0, 0, UINT64_C(1) << 63 } }, { { 1, 0, 0, UINT64_C(1) << 63 } },
	{ { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX >> 1 } },
	{ { UINT64_MAX - 1, UINT64_MAX, UINT64_MAX, UINT64_MAX } },
	{ { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX } },
};
#define RANDOM 250
#define PAIRS (PARS_COUNT(edges) * PARS_COUNT(edges) + RANDOM)

static uint64_t next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	return *state ^= *state << 17;
}

/* Of all lengths, with limbs that are empty or full: where carries go wrong. */
static struct pars_u256 any(uint64_t *state)
{
	struct pars_u256 v;
	for (int i = 0; i < 4; i++) {
		uint64_t kind = next(state) >> 8 & 7;
		v.w[i] = kind == 0 ? 0 : kind == 1 ? UINT64_MAX : kind == 2 ? next(state) >> (next(state) & 63) : next(state);
	}
	for (uint64_t i = next(state) >> 8 & 7; i < 4 && i; i++)
		v.w[i] = 0;
	return v;
}

static void pair(size_t i, struct pars_u256 *a, struct pars_u256 *b)
{
	const size_t n = PARS_COUNT(edges);
	uint64_t state = 88172645463325252u + i * 7919;
	*a = i < n * n ? edges[i / n] : any(&state);
	*b = i < n * n ? edges[i % n] : any(&state);
}

static void expect(const struct wide *want, const struct pars_u256 *got, const char *what, size_t i)
{
	struct pars_u256 w = narrow(want);
	ck_assert_msg(pars_u256_equal(&w, got), "%s of pair %zu", what, i);
}

/* -- tests ----------------------------------------------------------------------------- */

START_TEST(sums_and_differences)
{
	for (size_t i = 0; i < PAIRS; i++) {
		struct pars_u256 a, b, r;
		pair(i, &a, &b);
		struct wide x = widen(&a), y = widen(&b), s = sum(&x, &y), d = difference(&x, &y);
		ck_assert(pars_u256_add(&r, &a, &b) == !fits(&s));
		expect(&s, &r, "sum", i);
		ck_assert(pars_u256_sub(&r, &a, &b) == less(&x, &y));
		expect(&d, &r, "difference", i);
		ck_assert(pars_u256_less(&a, &b) == less(&x, &y));
		ck_assert_int_eq(pars_u256_compare(&a, &b), less(&x, &y) ? -1 : less(&y, &x));
		/* Into its own argument. */
		r = a;
		pars_u256_add(&r, &r, &b);
		expect(&s, &r, "sum in place", i);
		r = b;
		pars_u256_sub(&r, &a, &r);
		expect(&d, &r, "difference in place", i);
	}
}
END_TEST

START_TEST(products)
{
	for (size_t i = 0; i < PAIRS; i++) {
		struct pars_u256 a, b, r;
		pair(i, &a, &b);
		struct wide x = widen(&a), y = widen(&b), p = product(&x, &y);
		pars_u256_mul(&r, &a, &b);
		expect(&p, &r, "product", i);
		ck_assert(pars_u256_mul_over(&r, &a, &b) == !fits(&p));
		expect(&p, &r, "product that says if it fits", i);
		r = b;
		pars_u256_mul(&r, &a, &r);
		expect(&p, &r, "product in place", i);
	}
}
END_TEST

START_TEST(quotients)
{
	for (size_t i = 0; i < PAIRS; i++) {
		struct pars_u256 a, b, q, r;
		struct wide quotient, rest;
		pair(i, &a, &b);
		struct wide x = widen(&a), y = widen(&b);
		divide(&x, &y, &quotient, &rest);
		pars_u256_divmod(&q, &r, &a, &b);
		expect(&quotient, &q, "quotient", i);
		expect(&rest, &r, "rest", i);
		r = b;
		pars_u256_divmod(&r, NULL, &a, &r);
		expect(&quotient, &r, "quotient in place", i);
		r = b;
		pars_u256_divmod(NULL, &r, &a, &r);
		expect(&rest, &r, "rest in place", i);
	}
}
END_TEST

static struct pars_u256 negative(const struct pars_u256 *v)
{
	static const struct wide zero;
	struct wide x = widen(v), d = difference(&zero, &x);
	return narrow(&d);
}

/* Towards zero; the rest has the sign of what is divided. */
START_TEST(quotients_with_sign)
{
	for (size_t i = 0; i < PAIRS; i++) {
		struct pars_u256 a, b, q, r;
		struct wide quotient, rest;
		pair(i, &a, &b);
		bool minus_a = a.w[3] >> 63, minus_b = b.w[3] >> 63;
		struct pars_u256 size_a = minus_a ? negative(&a) : a, size_b = minus_b ? negative(&b) : b;
		struct wide x = widen(&size_a), y = widen(&size_b);
		divide(&x, &y, &quotient, &rest);
		struct pars_u256 want_q = narrow(&quotient), want_r = narrow(&rest);
		if (minus_a != minus_b)
			want_q = negative(&want_q);
		if (minus_a)
			want_r = negative(&want_r);
		pars_u256_sdivmod(&q, &r, &a, &b);
		ck_assert_msg(pars_u256_equal(&q, &want_q), "quotient of pair %zu", i);
		ck_assert_msg(pars_u256_equal(&r, &want_r), "rest of pair %zu", i);
	}
}
END_TEST

START_TEST(sums_and_products_modulo)
{
	for (size_t i = 0; i < PAIRS; i++) {
		struct pars_u256 a, b, m, unused, r;
		struct wide quotient, rest;
		pair(i, &a, &b);
		pair((i * 31 + 7) % PAIRS, &m, &unused);
		struct wide x = widen(&a), y = widen(&b), z = widen(&m);
		struct wide s = sum(&x, &y), p = product(&x, &y);
		divide(&s, &z, &quotient, &rest);
		pars_u256_addmod(&r, &a, &b, &m);
		expect(&rest, &r, "sum modulo", i);
		divide(&p, &z, &quotient, &rest);
		pars_u256_mulmod(&r, &a, &b, &m);
		expect(&rest, &r, "product modulo", i);
		r = m;
		pars_u256_mulmod(&r, &a, &b, &r);
		expect(&rest, &r, "product modulo in place", i);
	}
}
END_TEST

START_TEST(powers)
{
	for (size_t i = 0; i < PARS_COUNT(edges); i++) {
		struct wide power = { { 1 } }, base = widen(&edges[i]);
		for (unsigned e = 0; e < 40; e++) {
			struct pars_u256 r;
			pars_u256_exp(&r, &edges[i], &PARS_U256(e));
			expect(&power, &r, "power", i);
			power = product(&power, &base);
			struct pars_u256 cut = narrow(&power);
			power = widen(&cut);
		}
	}
	/* Odd numbers to the power 2^254 are 1 (of 2^256), and even ones 0. */
	struct pars_u256 high = { { 0, 0, 0, UINT64_C(1) << 62 } }, r;
	pars_u256_exp(&r, &PARS_U256(3), &high);
	ck_assert(pars_u256_equal(&r, &PARS_U256(1)));
	pars_u256_exp(&r, &PARS_U256(6), &high);
	ck_assert(pars_u256_is_zero(&r));
}
END_TEST

START_TEST(shifts)
{
	static const unsigned bits[] = { 0, 1, 7, 8, 31, 32, 63, 64, 65, 127, 128, 129, 191, 192, 193, 254, 255, 256, 257, 1000 };
	for (size_t i = 0; i < PAIRS; i += 7) {
		struct pars_u256 a, unused, r;
		pair(i, &a, &unused);
		for (size_t k = 0; k < PARS_COUNT(bits); k++) {
			struct pars_u256 left = { { 0 } }, right = { { 0 } }, signed_right = { { 0 } };
			for (unsigned bit = 0; bit < 256; bit++) {
				unsigned n = bits[k], from = bit + n;
				uint64_t one = (uint64_t)1 << (bit % 64);
				if (bit >= n && a.w[(bit - n) / 64] >> ((bit - n) % 64) & 1)
					left.w[bit / 64] |= one;
				if (from < 256 && a.w[from / 64] >> (from % 64) & 1)
					right.w[bit / 64] |= one;
				if (a.w[PARS_MIN(from, 255) / 64] >> (PARS_MIN(from, 255) % 64) & 1)
					signed_right.w[bit / 64] |= one;
			}
			pars_u256_shl(&r, &a, bits[k]);
			ck_assert(pars_u256_equal(&r, &left));
			pars_u256_shr(&r, &a, bits[k]);
			ck_assert(pars_u256_equal(&r, &right));
			pars_u256_sar(&r, &a, bits[k]);
			ck_assert(pars_u256_equal(&r, &signed_right));
		}
	}
}
END_TEST

START_TEST(bytes)
{
	uint8_t b[33], minimal[32];
	struct pars_u256 r;
	for (size_t i = 0; i < PAIRS; i++) {
		struct pars_u256 a, unused;
		pair(i, &a, &unused);
		struct wide x = widen(&a);
		unsigned high = 256;
		while (high && !x.bit[high - 1])
			high--;
		ck_assert_uint_eq(pars_u256_bits(&a), high);
		ck_assert(pars_u256_is_u64(&a) == (high <= 64));
		ck_assert(pars_u256_u64(&a) == (high <= 64 ? a.w[0] : UINT64_MAX));
		ck_assert(pars_u256_is_zero(&a) == !high);
		b[0] = 0;
		pars_u256_to_be(&a, b + 1);
		for (unsigned k = 0; k < 32; k++) {
			unsigned value = 0;
			for (unsigned bit = 0; bit < 8; bit++)
				value |= (unsigned)x.bit[8 * (31 - k) + bit] << bit;
			ck_assert_uint_eq(b[1 + k], value);
		}
		r = pars_u256_from_be(b + 1);
		ck_assert(pars_u256_equal(&r, &a));
		ck_assert(pars_u256_from_bytes(PARS_BYTES_ARRAY(b), &r) && pars_u256_equal(&r, &a));
		size_t n = pars_u256_minimal(&a, minimal);
		ck_assert_uint_eq(n, (high + 7) / 8);
		ck_assert(pars_u256_from_bytes(PARS_BYTES(minimal + 32 - n, n), &r) && pars_u256_equal(&r, &a));
	}
	b[0] = 1;
	ck_assert(!pars_u256_from_bytes(PARS_BYTES_ARRAY(b), &r));
}
END_TEST

UNIT_CASE(u256, sums_and_differences, products, quotients, quotients_with_sign, sums_and_products_modulo,
	powers, shifts, bytes);
