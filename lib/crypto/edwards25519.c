/* crypto/edwards25519.c - the field modulo 2^255 - 19, the curve's group (Hisil, Wong,
 * Carter, Dawson: Twisted Edwards Curves Revisited, 2008), and sums of many multiples
 * that share their doublings (Straus 1964, with signed digits). */
#include "crypto/edwards25519.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/bytes.h"

typedef unsigned __int128 wide;

#define UNROLL _Pragma("GCC unroll 5")
#define LIMB_MASK (((uint64_t)1 << 51) - 1)

/* Limbs may be up to 2^54 where a number is multiplied; products leave them below
 * 2^51 + 2^15, sums and differences of such below 2^53.6. */
struct fe {
	uint64_t l[5];
};

static const struct fe one = { { 1 } };
static const struct fe curve_d = {
	{ 0x34dca135978a3, 0x1a8283b156ebd, 0x5e7a26001c029, 0x739c663a03cbb, 0x52036cee2b6ff } };
static const struct fe twice_d = {
	{ 0x69b9426b2f159, 0x35050762add7a, 0x3cf44c0038052, 0x6738cc7407977, 0x2406d9dc56dff } };
static const struct fe root_of_minus_one = {
	{ 0x61b274a0ea0b0, 0x0d5a5fc8f189d, 0x7ef5e9cbd0c60, 0x78595a6804c9e, 0x2b8324804fc1d } };

/* -- the field ------------------------------------------------------------------------ */

static inline struct fe add(const struct fe *a, const struct fe *b)
{
	struct fe r;
	UNROLL for (int i = 0; i < 5; i++)
		r.l[i] = a->l[i] + b->l[i];
	return r;
}

/* b is a product or a sum of two; four times the modulus keeps limbs from going below zero. */
static inline struct fe sub(const struct fe *a, const struct fe *b)
{
	struct fe r = { { a->l[0] + 4 * (LIMB_MASK - 18) - b->l[0] } };
	UNROLL for (int i = 1; i < 5; i++)
		r.l[i] = a->l[i] + 4 * LIMB_MASK - b->l[i];
	return r;
}

static inline struct fe carry(wide r0, wide r1, wide r2, wide r3, wide r4)
{
	struct fe r;
	uint64_t c;
	r1 += (uint64_t)(r0 >> 51);
	r2 += (uint64_t)(r1 >> 51);
	r3 += (uint64_t)(r2 >> 51);
	r4 += (uint64_t)(r3 >> 51);
	c = 19 * (uint64_t)(r4 >> 51) + ((uint64_t)r0 & LIMB_MASK);
	r.l[0] = c & LIMB_MASK;
	r.l[1] = ((uint64_t)r1 & LIMB_MASK) + (c >> 51);
	r.l[2] = (uint64_t)r2 & LIMB_MASK;
	r.l[3] = (uint64_t)r3 & LIMB_MASK;
	r.l[4] = (uint64_t)r4 & LIMB_MASK;
	return r;
}

static inline struct fe mul(const struct fe *f, const struct fe *g)
{
	uint64_t a0 = f->l[0], a1 = f->l[1], a2 = f->l[2], a3 = f->l[3], a4 = f->l[4];
	uint64_t b0 = g->l[0], b1 = g->l[1], b2 = g->l[2], b3 = g->l[3], b4 = g->l[4];
	uint64_t c1 = 19 * b1, c2 = 19 * b2, c3 = 19 * b3, c4 = 19 * b4;
	return carry((wide)a0 * b0 + (wide)a1 * c4 + (wide)a2 * c3 + (wide)a3 * c2 + (wide)a4 * c1,
		(wide)a0 * b1 + (wide)a1 * b0 + (wide)a2 * c4 + (wide)a3 * c3 + (wide)a4 * c2,
		(wide)a0 * b2 + (wide)a1 * b1 + (wide)a2 * b0 + (wide)a3 * c4 + (wide)a4 * c3,
		(wide)a0 * b3 + (wide)a1 * b2 + (wide)a2 * b1 + (wide)a3 * b0 + (wide)a4 * c4,
		(wide)a0 * b4 + (wide)a1 * b3 + (wide)a2 * b2 + (wide)a3 * b1 + (wide)a4 * b0);
}

static inline struct fe square(const struct fe *f)
{
	uint64_t a0 = f->l[0], a1 = f->l[1], a2 = f->l[2], a3 = f->l[3], a4 = f->l[4];
	uint64_t d0 = 2 * a0, d1 = 2 * a1, d2 = 2 * a2, c3 = 19 * a3, c4 = 19 * a4;
	return carry((wide)a0 * a0 + (wide)d1 * c4 + (wide)d2 * c3,
		(wide)d0 * a1 + (wide)d2 * c4 + (wide)a3 * c3,
		(wide)d0 * a2 + (wide)a1 * a1 + (wide)(2 * a3) * c4,
		(wide)d0 * a3 + (wide)d1 * a2 + (wide)a4 * c4,
		(wide)d0 * a4 + (wide)d1 * a3 + (wide)a2 * a2);
}

static struct fe squares(struct fe a, int count)
{
	while (count--)
		a = square(&a);
	return a;
}

/* a^(2^252 - 3) = a^((p - 5) / 8). The name of a variable is the number of ones in its
 * exponent: n ones, then m zeros and m more ones make n + m. */
static struct fe root_power(const struct fe *a)
{
	struct fe t = squares(*a, 1), n2 = mul(&t, a);
	t = squares(n2, 1);
	struct fe n3 = mul(&t, a);
	t = squares(n3, 2);
	struct fe n5 = mul(&t, &n2);
	t = squares(n5, 5);
	struct fe n10 = mul(&t, &n5);
	t = squares(n10, 10);
	struct fe n20 = mul(&t, &n10);
	t = squares(n20, 20);
	t = mul(&t, &n20);
	t = squares(t, 10);
	struct fe n50 = mul(&t, &n10);
	t = squares(n50, 50);
	struct fe n100 = mul(&t, &n50);
	t = squares(n100, 100);
	t = mul(&t, &n100);
	t = squares(t, 50);
	t = mul(&t, &n50);
	t = squares(t, 2);
	return mul(&t, a);
}

/* The one form below the modulus. */
static struct fe reduced(const struct fe *a)
{
	struct fe r = *a;
	for (int pass = 0; pass < 2; pass++) { /* then below 2^255 + 19 */
		for (int i = 0; i < 4; i++) {
			r.l[i + 1] += r.l[i] >> 51;
			r.l[i] &= LIMB_MASK;
		}
		r.l[0] += 19 * (r.l[4] >> 51);
		r.l[4] &= LIMB_MASK;
	}
	/* Whether it is the modulus or more shows when 19 is added. */
	uint64_t over = 19;
	for (int i = 0; i < 5; i++)
		over = (r.l[i] + over) >> 51;
	r.l[0] += 19 * over;
	for (int i = 0; i < 4; i++) {
		r.l[i + 1] += r.l[i] >> 51;
		r.l[i] &= LIMB_MASK;
	}
	r.l[4] &= LIMB_MASK;
	return r;
}

static bool is_zero(const struct fe *a)
{
	struct fe r = reduced(a);
	return !(r.l[0] | r.l[1] | r.l[2] | r.l[3] | r.l[4]);
}

/* b is a product. */
static bool equal(const struct fe *a, const struct fe *b)
{
	struct fe difference = sub(a, b);
	return is_zero(&difference);
}

/* The highest bit is not the number's. */
static struct fe get(const uint8_t in[PARS_EDWARDS_SIZE])
{
	uint64_t w[4];
	for (size_t i = 0; i < 4; i++)
		w[i] = pars_le64(in + 8 * i);
	return (struct fe){ { w[0] & LIMB_MASK, (w[0] >> 51 | w[1] << 13) & LIMB_MASK,
		(w[1] >> 38 | w[2] << 26) & LIMB_MASK, (w[2] >> 25 | w[3] << 39) & LIMB_MASK,
		w[3] >> 12 & LIMB_MASK } };
}

/* -- the group ------------------------------------------------------------------------- */

struct point {
	struct fe x, y, z, t;
};

/* What an addition needs of its second point. */
struct addend {
	struct fe sum, difference, twice_z, t_times_2d;
};

static const struct point neutral = { .y = { { 1 } }, .z = { { 1 } } };

_Static_assert(sizeof(struct point) == sizeof(struct pars_edwards_point), "the same limbs");

static struct addend addend_of(const struct point *p)
{
	return (struct addend){ add(&p->y, &p->x), sub(&p->y, &p->x), add(&p->z, &p->z), mul(&p->t, &twice_d) };
}

/* e, f, g, h are what the papers call so. */
static inline struct point finish(const struct fe *e, const struct fe *f, const struct fe *g, const struct fe *h)
{
	return (struct point){ mul(e, f), mul(g, h), mul(f, g), mul(e, h) };
}

/* p + q, or p - q. Right for all points, equal and neutral ones too. */
static struct point plus(const struct point *p, const struct addend *q, bool is_minus)
{
	struct fe less = sub(&p->y, &p->x), more = add(&p->y, &p->x);
	struct fe a = mul(&less, is_minus ? &q->sum : &q->difference);
	struct fe b = mul(&more, is_minus ? &q->difference : &q->sum);
	struct fe c = mul(&p->t, &q->t_times_2d), d = mul(&p->z, &q->twice_z);
	struct fe e = sub(&b, &a), h = add(&b, &a), f = sub(&d, &c), g = add(&d, &c);
	return is_minus ? finish(&e, &g, &f, &h) : finish(&e, &f, &g, &h);
}

static struct point doubled(const struct point *p)
{
	struct fe s = add(&p->x, &p->y);
	struct fe a = square(&p->x), b = square(&p->y), c = square(&p->z);
	s = square(&s);
	c = add(&c, &c);
	struct fe h = add(&a, &b), g = sub(&a, &b);
	struct fe e = sub(&h, &s), f = add(&c, &g);
	return finish(&e, &f, &g, &h);
}

/* x^2 = (y^2 - 1) / (d y^2 + 1) = u / v, whose root is u v^3 (u v^7)^((p - 5) / 8), by
 * the root of -1 if its square is -u / v; RFC 8032, section 5.1.3. */
bool pars_edwards_decode(const uint8_t in[PARS_EDWARDS_SIZE], struct pars_edwards_point *ret)
{
	struct fe y = get(in), yy = square(&y), dyy = mul(&yy, &curve_d);
	struct fe u = sub(&yy, &one), v = add(&dyy, &one);
	struct fe vv = square(&v), v3 = mul(&vv, &v), v4 = square(&vv), v7 = mul(&v4, &v3);
	struct fe uv3 = mul(&u, &v3), uv7 = mul(&u, &v7), power = root_power(&uv7);
	struct fe x = mul(&uv3, &power), xx = square(&x), vxx = mul(&v, &xx), opposite = add(&u, &vxx);
	if (is_zero(&opposite))
		x = mul(&x, &root_of_minus_one);
	else if (!equal(&u, &vxx))
		return false;
	if ((reduced(&x).l[0] & 1) != in[31] >> 7)
		x = sub(&(struct fe){ 0 }, &x);
	struct point p = { x, y, one, mul(&x, &y) };
	memcpy(ret, &p, sizeof p);
	return true;
}

/* -- sums ---------------------------------------------------------------------------------- */

#define WINDOW 5                    /* digits are odd and below 2^(WINDOW - 1), or zero */
#define ODD (1 << (WINDOW - 2))     /* multiples of a point: 1, 3, 5 … */
#define DIGITS 256

static unsigned bits_at(const uint64_t w[4], int at)
{
	uint64_t low = w[at / 64] >> (at % 64);
	if (at % 64 > 64 - WINDOW && at / 64 < 3)
		low |= w[at / 64 + 1] << (64 - at % 64);
	return (unsigned)low & ((1U << WINDOW) - 1);
}

/* Of digits of one scalar, count lie between one and the next. Gives how many there are. */
static int recode(const uint8_t scalar[PARS_EDWARDS_SIZE], int8_t *digits, size_t count)
{
	uint64_t w[4];
	unsigned borrowed = 0;
	int top = 0;
	for (size_t i = 0; i < 4; i++)
		w[i] = pars_le64(scalar + 8 * i);
	for (int at = 0; at < DIGITS;) {
		unsigned digit = bits_at(w, at) + borrowed;
		if (!(digit & 1)) { /* as the next one is taken together with what was borrowed */
			at++;
			continue;
		}
		borrowed = digit >> (WINDOW - 1);
		digits[(size_t)at * count] = (int8_t)((int)digit - (int)(borrowed << WINDOW));
		top = at + 1;
		at += WINDOW;
	}
	return top;
}

static void odd_multiples(const struct point *p, struct addend multiples[ODD])
{
	struct point twice = doubled(p), next = *p;
	struct addend step = addend_of(&twice);
	for (int i = 0; i < ODD; i++) {
		if (i)
			next = plus(&next, &step, false);
		multiples[i] = addend_of(&next);
	}
}

bool pars_edwards_vanishes(const struct pars_edwards_term *terms, size_t count)
{
	struct addend(*multiples)[ODD] = pars_alloc_array(count, sizeof *multiples);
	int8_t *digits = pars_alloc_array(count, DIGITS);
	struct point sum = neutral;
	int top = 0;
	for (size_t i = 0; i < count; i++) {
		struct point p;
		memcpy(&p, &terms[i].point, sizeof p);
		odd_multiples(&p, multiples[i]);
		int n = recode(terms[i].scalar, digits + i, count);
		top = PARS_MAX(top, n);
	}
	for (int at = top; at-- > 0;) {
		const int8_t *digit = digits + (size_t)at * count;
		sum = doubled(&sum);
		for (size_t i = 0; i < count; i++)
			if (digit[i])
				sum = plus(&sum, &multiples[i][abs(digit[i]) / 2], digit[i] < 0);
	}
	free(multiples);
	free(digits);
	for (int i = 0; i < 3; i++)
		sum = doubled(&sum);
	return is_zero(&sum.x) && equal(&sum.y, &sum.z);
}
