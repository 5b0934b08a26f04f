#include "base/u256.h"

typedef unsigned __int128 u128;

bool pars_u256_from_bytes(struct pars_bytes in, struct pars_u256 *ret)
{
	uint8_t b[32] = { 0 };
	while (in.n > sizeof b) {
		if (*in.p)
			return false;
		in.p++, in.n--;
	}
	if (in.n)
		memcpy(b + sizeof b - in.n, in.p, in.n);
	*ret = pars_u256_from_be(b);
	return true;
}

size_t pars_u256_minimal(const struct pars_u256 *a, uint8_t b[32])
{
	pars_u256_to_be(a, b);
	return (pars_u256_bits(a) + 7) / 8;
}

/* out[0..8) = a * b. */
static void mul_wide(uint64_t out[8], const struct pars_u256 *a, const struct pars_u256 *b)
{
	memset(out, 0, 8 * sizeof *out);
	for (int i = 0; i < 4; i++) {
		uint64_t carry = 0;
		for (int j = 0; j < 4; j++) {
			u128 t = (u128)a->w[i] * b->w[j] + out[i + j] + carry;
			out[i + j] = (uint64_t)t;
			carry = (uint64_t)(t >> 64);
		}
		out[i + 4] = carry;
	}
}

void pars_u256_mul(struct pars_u256 *r, const struct pars_u256 *a, const struct pars_u256 *b)
{
	const uint64_t *x = a->w, *y = b->w;
	u128 p0 = (u128)x[0] * y[0], p1 = (u128)x[0] * y[1], p2 = (u128)x[1] * y[0];
	uint64_t r0 = (uint64_t)p0;
	u128 t = (p0 >> 64) + (uint64_t)p1 + (uint64_t)p2;
	uint64_t r1 = (uint64_t)t;
	/* What reaches the third limb; the fourth takes only low halves. */
	u128 q0 = (u128)x[0] * y[2], q1 = (u128)x[1] * y[1], q2 = (u128)x[2] * y[0];
	u128 low = (t >> 64) + (p1 >> 64) + (p2 >> 64);
	low += (uint64_t)q0;
	low += (uint64_t)q1;
	low += (uint64_t)q2;
	uint64_t r3 = (uint64_t)(low >> 64) + (uint64_t)(q0 >> 64) + (uint64_t)(q1 >> 64) +
		(uint64_t)(q2 >> 64) + x[0] * y[3] + x[1] * y[2] + x[2] * y[1] + x[3] * y[0];
	*r = (struct pars_u256){ { r0, r1, (uint64_t)low, r3 } };
}

bool pars_u256_mul_over(struct pars_u256 *r, const struct pars_u256 *a, const struct pars_u256 *b)
{
	uint64_t wide[8];
	mul_wide(wide, a, b);
	memcpy(r->w, wide, sizeof r->w);
	return wide[4] | wide[5] | wide[6] | wide[7];
}

/* -- division ---------------------------------------------------------------------
 *
 * By a divisor whose top bit is set, with its reciprocal in place of the
 * machine's division: N. Moeller, T. Granlund, "Improved division by invariant
 * integers" (2011), algorithms 4, 6; the whole is Knuth's algorithm D (The Art
 * of Computer Programming, vol. 2, 4.3.1). */

/* high:low / by, where high < by, so that the quotient fits a limb. */
static inline uint64_t div_2by1(uint64_t high, uint64_t low, uint64_t by, uint64_t *rest)
{
#ifdef __x86_64__
	uint64_t q;
	__asm__("divq %[by]" : "=a"(q), "=d"(*rest) : [by] "r"(by), "a"(low), "d"(high) : "cc");
	return q;
#else
	u128 n = (u128)high << 64 | low;
	*rest = (uint64_t)(n % by);
	return (uint64_t)(n / by);
#endif
}

/* Of d1:d0: (2^192 - 1) / d - 2^64. */
static uint64_t reciprocal(uint64_t d1, uint64_t d0)
{
	uint64_t rest, v = div_2by1(~d1, UINT64_MAX, d1, &rest);
	uint64_t p = d1 * v + d0;
	if (p < d0) {
		v--;
		if (p >= d1) {
			v--;
			p -= d1;
		}
		p -= d1;
	}
	u128 t = (u128)v * d0;
	p += (uint64_t)(t >> 64);
	if (p < (uint64_t)(t >> 64)) {
		v--;
		if (((u128)p << 64 | (uint64_t)t) >= ((u128)d1 << 64 | d0))
			v--;
	}
	return v;
}

/* u2:u1:u0 / d, where u2:u1 < d; v is d's reciprocal. */
static inline uint64_t div_3by2(uint64_t u2, uint64_t u1, uint64_t u0, u128 d, uint64_t v, u128 *rest)
{
	u128 q = (u128)v * u2 + ((u128)u2 << 64 | u1);
	uint64_t q1 = (uint64_t)(q >> 64), q0 = (uint64_t)q;
	uint64_t r1 = u1 - q1 * (uint64_t)(d >> 64);
	u128 r = ((u128)r1 << 64 | u0) - (u128)(uint64_t)d * q1 - d;
	q1++;
	if ((uint64_t)(r >> 64) >= q0) {
		q1--;
		r += d;
	}
	if (__builtin_expect(r >= d, 0)) {
		q1++;
		r -= d;
	}
	*rest = r;
	return q1;
}

/* A digit of the quotient: u[0..n] by v[0..n), 2 <= n, u's top n limbs < v. */
static inline uint64_t div_digit(uint64_t *u, const uint64_t *v, int n, u128 d, uint64_t inverse)
{
	u128 rest;
	uint64_t q;
	if (__builtin_expect(((u128)u[n] << 64 | u[n - 1]) == d, 0)) {
		q = UINT64_MAX; /* and the rest, d + u[n - 2], may be a limb longer than two */
		uint64_t carry = 0;
		uint8_t borrow = 0;
		for (int i = 0; i < n; i++) {
			u128 t = (u128)q * v[i] + carry;
			carry = (uint64_t)(t >> 64);
			u[i] = pars_limb_sub(u[i], (uint64_t)t, &borrow);
		}
		u[n] = pars_limb_sub(u[n], carry, &borrow);
		if (!borrow)
			return q;
	} else {
		q = div_3by2(u[n], u[n - 1], u[n - 2], d, inverse, &rest);
		uint64_t carry = 0;
		uint8_t borrow = 0;
		for (int i = 0; i < n - 2; i++) {
			u128 t = (u128)q * v[i] + carry;
			carry = (uint64_t)(t >> 64);
			u[i] = pars_limb_sub(u[i], (uint64_t)t, &borrow);
		}
		u128 less = (u128)carry + borrow;
		bool over = rest < less;
		rest -= less;
		u[n - 2] = (uint64_t)rest;
		u[n - 1] = (uint64_t)(rest >> 64);
		u[n] = 0;
		if (__builtin_expect(!over, 1))
			return q;
	}
	/* One too high. */
	uint8_t c = 0;
	for (int i = 0; i < n; i++)
		u[i] = pars_limb_add(u[i], v[i], &c);
	u[n] = 0;
	return q - 1;
}

/* u[0..m) by v[0..n), n >= 1, v[n - 1] != 0, m >= n; u has room for one limb
 * more. Leaves the rest in u[0..n); q[0..m - n] gets the quotient. */
static inline void div_limbs(uint64_t *u, int m, const uint64_t *divisor, int n, uint64_t *q)
{
	if (n == 1) {
		uint64_t rest = 0;
		for (int i = m - 1; i >= 0; i--)
			q[i] = div_2by1(rest, u[i], divisor[0], &rest);
		u[0] = rest;
		return;
	}
	uint64_t v[4];
	int shift = __builtin_clzll(divisor[n - 1]);
	for (int i = n - 1; i > 0; i--)
		v[i] = divisor[i] << shift | (divisor[i - 1] >> 1) >> (63 - shift);
	v[0] = divisor[0] << shift;
	u[m] = (u[m - 1] >> 1) >> (63 - shift);
	for (int i = m - 1; i > 0; i--)
		u[i] = u[i] << shift | (u[i - 1] >> 1) >> (63 - shift);
	u[0] <<= shift;
	u128 d = (u128)v[n - 1] << 64 | v[n - 2];
	uint64_t inverse = reciprocal(v[n - 1], v[n - 2]);
	for (int j = m - n; j >= 0; j--)
		q[j] = n == 4 ? div_digit(u + j, v, 4, d, inverse) : div_digit(u + j, v, n, d, inverse);
	for (int i = 0; i < n; i++)
		u[i] = u[i] >> shift | (u[i + 1] << 1) << (63 - shift);
}

static int limbs(const uint64_t *a, int n)
{
	while (n > 0 && !a[n - 1])
		n--;
	return n;
}

void pars_u256_divmod(struct pars_u256 *quotient, struct pars_u256 *rest,
	const struct pars_u256 *a, const struct pars_u256 *b)
{
	uint64_t u[5], q[4] = { 0 };
	int m = limbs(a->w, 4), n = limbs(b->w, 4);
	memcpy(u, a->w, sizeof a->w);
	if (!n) {
		memset(u, 0, sizeof u);
	} else if (m >= n) {
		div_limbs(u, m, b->w, n, q);
		for (int i = n; i < 4; i++)
			u[i] = 0;
	}
	if (quotient)
		memcpy(quotient->w, q, sizeof q);
	if (rest)
		memcpy(rest->w, u, sizeof rest->w);
}

static struct pars_u256 negated(const struct pars_u256 *a)
{
	struct pars_u256 zero = { 0 }, r;
	pars_u256_sub(&r, &zero, a);
	return r;
}

void pars_u256_sdivmod(struct pars_u256 *quotient, struct pars_u256 *rest,
	const struct pars_u256 *a, const struct pars_u256 *b)
{
	bool minus_a = a->w[3] >> 63, minus_b = b->w[3] >> 63;
	struct pars_u256 x = minus_a ? negated(a) : *a, y = minus_b ? negated(b) : *b, q, r;
	pars_u256_divmod(&q, &r, &x, &y);
	if (quotient)
		*quotient = minus_a != minus_b ? negated(&q) : q;
	if (rest)
		*rest = minus_a ? negated(&r) : r;
}

/* u[0..m) mod b; u has room for one limb more. */
static void mod_limbs(struct pars_u256 *r, uint64_t *u, int m, const struct pars_u256 *b)
{
	uint64_t q[9];
	int n = limbs(b->w, 4);
	m = limbs(u, m);
	if (n > 0 && m >= n)
		div_limbs(u, m, b->w, n, q);
	for (int i = 0; i < 4; i++)
		r->w[i] = i < n && (m >= n || i < m) ? u[i] : 0;
}

void pars_u256_addmod(struct pars_u256 *r, const struct pars_u256 *a, const struct pars_u256 *b,
	const struct pars_u256 *m)
{
	struct pars_u256 sum;
	uint64_t u[6] = { 0 };
	bool carry = pars_u256_add(&sum, a, b);
	/* Both below the modulus, as is usual: at most one subtraction. */
	if (pars_u256_less(a, m) && pars_u256_less(b, m)) {
		struct pars_u256 less;
		bool borrow = pars_u256_sub(&less, &sum, m);
		*r = carry || !borrow ? less : sum;
		return;
	}
	memcpy(u, sum.w, sizeof sum.w);
	u[4] = carry;
	mod_limbs(r, u, 5, m);
}

void pars_u256_mulmod(struct pars_u256 *r, const struct pars_u256 *a, const struct pars_u256 *b,
	const struct pars_u256 *m)
{
	uint64_t u[9];
	mul_wide(u, a, b);
	mod_limbs(r, u, 8, m);
}

void pars_u256_exp(struct pars_u256 *r, const struct pars_u256 *base, const struct pars_u256 *power)
{
	struct pars_u256 b = *base, p = *power, out = PARS_U256(1);
	if (b.w[0] == 2 && pars_u256_is_u64(&b)) {
		pars_u256_shl(r, &out, pars_u256_is_u64(&p) && p.w[0] < 256 ? (unsigned)p.w[0] : 256);
		return;
	}
	for (unsigned n = pars_u256_bits(&p), i = 0; i < n; i++) {
		if (p.w[i / 64] >> (i % 64) & 1)
			pars_u256_mul(&out, &out, &b);
		pars_u256_mul(&b, &b, &b);
	}
	*r = out;
}
