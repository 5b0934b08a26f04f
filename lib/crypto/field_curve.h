/* crypto/field_curve.h - points of y^2 = x^3 + b over one field.
 *
 * A template that is included once for each group, with
 *   FIELD         fp or fp2: the prefix of the field's functions
 *   POINT         g1 or g2: the prefix of what this makes
 * and the file's POINT##_b, the curve's b, defined before. It makes
 *   struct g1           x/z^2, y/z^3 (Jacobian); z = 0 is the point at infinity
 *   struct g1_affine    x, y; both zero is infinity, as such lies on no curve with b != 0
 *   struct g1_term      a point and how often to add it
 * and the functions below. All formulas are complete: equal and opposite points and
 * infinity are what callers may send. */

#define TERMS_MAX 32 /* of sum_few */
#define SCALAR_DIGITS 257

#define PASTE_(a, b) a##_##b
#define PASTE(a, b) PASTE_(a, b)
#define F(name) PASTE(FIELD, name)
#define P(name) PASTE(POINT, name)

struct POINT {
	struct FIELD x, y, z;
};

struct P(affine) {
	struct FIELD x, y;
};

/* A scalar of less than 2^256, the lowest word first. */
struct P(term) {
	struct P(affine) point;
	uint64_t k[4];
};

static inline bool P(is_infinity)(const struct POINT *a)
{
	return F(is_zero)(&a->z);
}

static inline bool P(affine_is_infinity)(const struct P(affine) *a)
{
	return F(is_zero)(&a->x) && F(is_zero)(&a->y);
}

static inline bool P(on_curve)(const struct P(affine) *a)
{
	struct FIELD left, right;
	if (P(affine_is_infinity)(a))
		return true;
	F(sqr)(&left, &a->y);
	F(sqr)(&right, &a->x);
	F(mul)(&right, &right, &a->x);
	F(add)(&right, &right, &P(b));
	return F(equal)(&left, &right);
}

static inline void P(from_affine)(struct POINT *r, const struct P(affine) *a)
{
	memset(r, 0, sizeof *r);
	if (P(affine_is_infinity)(a))
		return;
	r->x = a->x;
	r->y = a->y;
	*(struct fp *)&r->z = fp_one; /* of a pair the first half */
}

static inline void P(to_affine)(struct P(affine) *r, const struct POINT *a)
{
	struct FIELD inverse, square;
	F(inv)(&inverse, &a->z);
	F(sqr)(&square, &inverse);
	F(mul)(&r->x, &a->x, &square);
	F(mul)(&square, &square, &inverse);
	F(mul)(&r->y, &a->y, &square);
}

static inline void P(neg)(struct POINT *r, const struct POINT *a)
{
	*r = *a;
	F(neg)(&r->y, &r->y);
}

static inline void P(affine_neg)(struct P(affine) *a)
{
	F(neg)(&a->y, &a->y);
}

/* a and b are the same point. */
static inline bool P(equal)(const struct POINT *a, const struct P(affine) *b)
{
	struct FIELD zz, t;
	if (P(is_infinity)(a) || P(affine_is_infinity)(b))
		return P(is_infinity)(a) && P(affine_is_infinity)(b);
	F(sqr)(&zz, &a->z);
	F(mul)(&t, &b->x, &zz);
	if (!F(equal)(&t, &a->x))
		return false;
	F(mul)(&zz, &zz, &a->z);
	F(mul)(&t, &b->y, &zz);
	return F(equal)(&t, &a->y);
}

/* Infinity comes out of itself, and points with y = 0 give z = 0. */
static inline void P(double)(struct POINT *r, const struct POINT *a)
{
	struct FIELD xx, yy, yyyy, s, m, z;
	F(sqr)(&xx, &a->x);
	F(sqr)(&yy, &a->y);
	F(sqr)(&yyyy, &yy);
	F(mul)(&z, &a->y, &a->z);
	F(mul)(&s, &a->x, &yy); /* S = 4 x y^2 */
	F(double)(&s, &s);
	F(double)(&s, &s);
	F(triple)(&m, &xx); /* M = 3 x^2 */
	F(sqr)(&r->x, &m);
	F(sub)(&r->x, &r->x, &s);
	F(sub)(&r->x, &r->x, &s);
	F(sub)(&s, &s, &r->x);
	F(mul)(&s, &s, &m);
	F(double)(&yyyy, &yyyy);
	F(double)(&yyyy, &yyyy);
	F(double)(&yyyy, &yyyy);
	F(sub)(&r->y, &s, &yyyy);
	F(double)(&r->z, &z);
}

/* The rest of an addition: with both points at one z, x1 and y1 are the first's
 * coordinates, h and t the differences to the second's, z the product of both z. */
static inline void P(chord)(struct POINT *r, const struct FIELD *x1, const struct FIELD *y1,
	const struct FIELD *h, const struct FIELD *t, const struct FIELD *z)
{
	struct FIELD hh, hhh, v, tt;
	F(sqr)(&hh, h);
	F(mul)(&hhh, &hh, h);
	F(mul)(&v, x1, &hh);
	F(sqr)(&tt, t);
	F(sub)(&tt, &tt, &hhh);
	F(sub)(&tt, &tt, &v);
	F(sub)(&tt, &tt, &v);
	F(sub)(&v, &v, &tt);
	F(mul)(&v, &v, t);
	F(mul)(&hhh, &hhh, y1);
	F(mul)(&r->z, z, h);
	r->x = tt;
	F(sub)(&r->y, &v, &hhh);
}

static inline void P(add)(struct POINT *r, const struct POINT *a, const struct POINT *b)
{
	struct FIELD az, bz, x1, x2, y1, y2, z;
	if (P(is_infinity)(a) || P(is_infinity)(b)) {
		*r = P(is_infinity)(a) ? *b : *a;
		return;
	}
	F(sqr)(&az, &a->z);
	F(sqr)(&bz, &b->z);
	F(mul)(&x1, &a->x, &bz);
	F(mul)(&x2, &b->x, &az);
	F(mul)(&az, &az, &a->z);
	F(mul)(&bz, &bz, &b->z);
	F(mul)(&y1, &a->y, &bz);
	F(mul)(&y2, &b->y, &az);
	F(sub)(&x2, &x2, &x1);
	F(sub)(&y2, &y2, &y1);
	if (F(is_zero)(&x2)) {
		if (F(is_zero)(&y2))
			P(double)(r, a);
		else
			memset(r, 0, sizeof *r);
		return;
	}
	F(mul)(&z, &a->z, &b->z);
	P(chord)(r, &x1, &y1, &x2, &y2, &z);
}

static inline void P(add_affine)(struct POINT *r, const struct POINT *a, const struct P(affine) *b)
{
	struct FIELD zz, x2, y2;
	if (P(affine_is_infinity)(b)) {
		*r = *a;
		return;
	}
	if (P(is_infinity)(a)) {
		P(from_affine)(r, b);
		return;
	}
	F(sqr)(&zz, &a->z);
	F(mul)(&x2, &b->x, &zz);
	F(mul)(&zz, &zz, &a->z);
	F(mul)(&y2, &b->y, &zz);
	F(sub)(&x2, &x2, &a->x);
	F(sub)(&y2, &y2, &a->y);
	if (F(is_zero)(&x2)) {
		if (F(is_zero)(&y2))
			P(double)(r, a);
		else
			memset(r, 0, sizeof *r);
		return;
	}
	P(chord)(r, &a->x, &a->y, &x2, &y2, &a->z);
}

/* Bit by bit: for the few numbers with few bits set that curves are made of. */
static inline void P(mul_word)(struct POINT *r, const struct POINT *a, uint64_t k)
{
	struct POINT base = *a;
	memset(r, 0, sizeof *r);
	for (int i = 63; i >= 0; i--) {
		P(double)(r, r);
		if (k >> i & 1)
			P(add)(r, r, &base);
	}
}


/* The scalar as a sum of digit[i] * 2^i, each zero or odd and below 16 in size, and
 * four zeros at least behind one that is not. Returns how many digits there are. */
static inline int P(digits)(const uint64_t k[4], int8_t digit[SCALAR_DIGITS])
{
	uint64_t left[5] = { k[0], k[1], k[2], k[3], 0 };
	int n = 0;
	for (int i = 0; i < SCALAR_DIGITS; i++) {
		int d = 0;
		if (left[0] & 1) {
			d = (int)(left[0] & 31);
			if (d >= 16)
				d -= 32;
			/* Takes the digit off: the lowest bits become zero. */
			uint8_t carry = 0;
			left[0] = d > 0 ? left[0] - (uint64_t)d : pars_limb_add(left[0], (uint64_t)-d, &carry);
			for (int j = 1; j < 5; j++)
				left[j] = pars_limb_add(left[j], 0, &carry);
			n = i + 1;
		}
		digit[i] = (int8_t)d;
		for (int j = 0; j < 5; j++)
			left[j] = left[j] >> 1 | (j < 4 ? left[j + 1] << 63 : 0);
	}
	return n;
}

/* All terms at once, so that they share their doublings (Straus, 1964), each with a
 * table of its odd multiples. n <= TERMS_MAX. */
static inline void P(sum_few)(struct POINT *r, const struct P(term) *terms, size_t n)
{
	struct POINT table[TERMS_MAX][8], twice;
	int8_t digit[TERMS_MAX][SCALAR_DIGITS];
	int top = 0;
	for (size_t i = 0; i < n; i++) {
		int count = P(digits)(terms[i].k, digit[i]);
		top = PARS_MAX(top, count);
		P(from_affine)(&table[i][0], &terms[i].point);
		P(double)(&twice, &table[i][0]);
		for (int j = 1; j < 8; j++)
			P(add)(&table[i][j], &table[i][j - 1], &twice);
	}
	memset(r, 0, sizeof *r);
	for (int bit = top - 1; bit >= 0; bit--) {
		P(double)(r, r);
		for (size_t i = 0; i < n; i++) {
			int d = digit[i][bit];
			if (d > 0) {
				P(add)(r, r, &table[i][d / 2]);
			} else if (d < 0) {
				struct POINT minus;
				P(neg)(&minus, &table[i][-d / 2]);
				P(add)(r, r, &minus);
			}
		}
	}
}

#undef F
#undef P
#undef PASTE
#undef PASTE_
