/* crypto/field_map.h - from a field element to a point (RFC 9380, 6.6.2 and 6.6.3),
 * over field_curve.h.
 *
 * A template, included once for each group with FIELD and POINT set, and before it
 *   POINT##_map_a, _b, _z    the other curve, y^2 = x^3 + a x + b, and a number for it
 *   POINT##_x_num, _x_den, _y_num, _y_den
 *                            the map from there: quotients of polynomials in x, the
 *                            lowest power first, that of y times y. */

#define PASTE_(a, b) a##_##b
#define PASTE(a, b) PASTE_(a, b)
#define F(name) PASTE(FIELD, name)
#define P(name) PASTE(POINT, name)

/* y^2 at x on the other curve. */
static void P(map_square)(struct FIELD *r, const struct FIELD *x)
{
	struct FIELD t;
	F(sqr)(&t, x);
	F(add)(&t, &t, &P(map_a));
	F(mul)(&t, &t, x);
	F(add)(r, &t, &P(map_b));
}

/* A point of the other curve: of two candidates for x one at least is on it
 * (Shallue, van de Woestijne; Ulas; Wahby and Boneh 2019). */
static void P(map_first)(struct P(affine) *r, const struct FIELD *u)
{
	struct FIELD zuu, t, numerator, denominator, square;
	F(sqr)(&zuu, u);
	F(mul)(&zuu, &zuu, &P(map_z));
	F(sqr)(&t, &zuu);
	F(add)(&t, &t, &zuu);
	F(mul)(&numerator, &P(map_b), &t);
	F(add)(&numerator, &numerator, &P(map_b));
	F(neg)(&denominator, &t);
	if (F(is_zero)(&t))
		denominator = P(map_z);
	F(mul)(&denominator, &denominator, &P(map_a));
	F(inv)(&denominator, &denominator);
	F(mul)(&r->x, &numerator, &denominator);
	P(map_square)(&square, &r->x);
	if (!F(is_square)(&square)) {
		F(mul)(&r->x, &r->x, &zuu);
		P(map_square)(&square, &r->x);
	}
	bool is_square = F(sqrt)(&r->y, &square);
	assert(is_square);
	if (F(sgn0)(u) != F(sgn0)(&r->y))
		F(neg)(&r->y, &r->y);
}

static void P(polynomial)(struct FIELD *r, const struct FIELD *x, const struct FIELD *k, size_t n)
{
	*r = k[n - 1];
	for (size_t i = n - 1; i-- > 0; ) {
		F(mul)(r, r, x);
		F(add)(r, r, &k[i]);
	}
}

/* To the curve itself, not yet to its subgroup. */
static void P(map)(struct POINT *r, const struct FIELD *u)
{
	struct P(affine) a, b;
	struct FIELD x_num, x_den, y_num, y_den, inverse;
	P(map_first)(&a, u);
	P(polynomial)(&x_num, &a.x, P(x_num), PARS_COUNT(P(x_num)));
	P(polynomial)(&x_den, &a.x, P(x_den), PARS_COUNT(P(x_den)));
	P(polynomial)(&y_num, &a.x, P(y_num), PARS_COUNT(P(y_num)));
	P(polynomial)(&y_den, &a.x, P(y_den), PARS_COUNT(P(y_den)));
	/* One inverse for both; of zero it is zero, and so is the point: infinity. */
	F(mul)(&inverse, &x_den, &y_den);
	F(inv)(&inverse, &inverse);
	F(mul)(&b.x, &x_num, &y_den);
	F(mul)(&b.x, &b.x, &inverse);
	F(mul)(&b.y, &y_num, &x_den);
	F(mul)(&b.y, &b.y, &inverse);
	F(mul)(&b.y, &b.y, &a.y);
	P(from_affine)(r, &b);
}

#undef F
#undef P
#undef PASTE
#undef PASTE_
