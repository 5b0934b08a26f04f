/* crypto/field_pairing.h - what both curves' pairings share, over field_tower.h and
 * field_curve.h: a point of the twist that runs through its multiples, and the
 * lines that it runs along (Costello, Lange, Naehrig 2010).
 *
 * A template as field.h is. */
#ifndef PARS_CRYPTO_FIELD_PAIRING_H
#define PARS_CRYPTO_FIELD_PAIRING_H

#include "crypto/field_tower.h"

/* y * yP + x * xP + constant is the line's value at P, up to factors that the final
 * power makes one. At which powers of w the three stand is the twist's affair. */
struct line {
	struct fp2 y, x, constant;
};

/* Homogeneous: x/z, y/z. */
struct runner {
	struct fp2 x, y, z;
};

/* One pair on its way through Miller's loop. */
struct pair {
	struct g1_affine p;
	struct g2_affine q, minus_q;
	struct runner t;
};

/* What each curve has of its own: the product with a line at p, the loop over pairs
 * of which none is infinity, multiplied onto f, and the power that follows it. */
static void fp12_mul_line(struct fp12 *f, const struct line *line, const struct g1_affine *p);
static void miller(struct fp12 *f, struct pair *pairs, size_t n);
static void final_power(struct fp12 *r, const struct fp12 *a);

/* The line is the tangent. */
static void runner_double(struct runner *t, struct line *line)
{
	struct fp2 b, c, e, f, g, h, xy;
	fp2_sqr(&b, &t->y);
	fp2_sqr(&c, &t->z);
	fp2_triple(&e, &c);
	fp2_mul(&e, &e, &g2_b);
	fp2_triple(&f, &e);
	fp2_add(&h, &t->y, &t->z);
	fp2_sqr(&h, &h);
	fp2_sub(&h, &h, &b);
	fp2_sub(&h, &h, &c); /* 2 y z */
	fp2_neg(&line->y, &h);
	fp2_sqr(&line->x, &t->x);
	fp2_triple(&line->x, &line->x);
	fp2_sub(&line->constant, &e, &b);

	/* All three coordinates four times what is usual: no halves. */
	fp2_mul(&xy, &t->x, &t->y);
	fp2_double(&xy, &xy);
	fp2_sub(&g, &b, &f);
	fp2_mul(&t->x, &xy, &g);
	fp2_add(&g, &b, &f);
	fp2_sqr(&g, &g);
	fp2_sqr(&e, &e);
	fp2_triple(&e, &e);
	fp2_double(&e, &e);
	fp2_double(&e, &e);
	fp2_sub(&t->y, &g, &e);
	fp2_mul(&t->z, &b, &h);
	fp2_double(&t->z, &t->z);
	fp2_double(&t->z, &t->z);
}

/* The line goes through q. */
static void runner_add(struct runner *t, const struct g2_affine *q, struct line *line)
{
	struct fp2 o, l, oo, ll, lll, v, s;
	fp2_mul(&o, &q->y, &t->z);
	fp2_sub(&o, &t->y, &o);
	fp2_mul(&l, &q->x, &t->z);
	fp2_sub(&l, &t->x, &l);
	line->y = l;
	fp2_neg(&line->x, &o);
	fp2_mul(&line->constant, &o, &q->x);
	fp2_mul(&s, &l, &q->y);
	fp2_sub(&line->constant, &line->constant, &s);

	fp2_sqr(&oo, &o);
	fp2_sqr(&ll, &l);
	fp2_mul(&lll, &ll, &l);
	fp2_mul(&oo, &oo, &t->z);
	fp2_mul(&v, &t->x, &ll);
	fp2_add(&s, &lll, &oo);
	fp2_sub(&s, &s, &v);
	fp2_sub(&s, &s, &v);
	fp2_mul(&t->x, &l, &s);
	fp2_sub(&v, &v, &s);
	fp2_mul(&v, &v, &o);
	fp2_mul(&s, &lll, &t->y);
	fp2_sub(&t->y, &v, &s);
	fp2_mul(&t->z, &t->z, &lll);
}

/* A step of the loop for one pair. */
static void step_double(struct fp12 *f, struct pair *pair)
{
	struct line line;
	runner_double(&pair->t, &line);
	fp12_mul_line(f, &line, &pair->p);
}

static void step_add(struct fp12 *f, struct pair *pair, const struct g2_affine *q)
{
	struct line line;
	runner_add(&pair->t, q, &line);
	fp12_mul_line(f, &line, &pair->p);
}

/* `p` and `q` are arrays of points as their affine structures lie in memory. */
static bool pairing_is_one(const void *p, const void *q, size_t n)
{
	struct pair pairs[16]; /* so many share the loop's squares */
	size_t have = 0;
	struct fp12 f;
	fp12_one(&f);
	for (size_t i = 0; i < n; i++) {
		struct pair *pair = &pairs[have];
		memcpy(&pair->p, (const uint8_t *)p + i * sizeof pair->p, sizeof pair->p);
		memcpy(&pair->q, (const uint8_t *)q + i * sizeof pair->q, sizeof pair->q);
		/* Pairs with infinity give one. */
		if (!g1_affine_is_infinity(&pair->p) && !g2_affine_is_infinity(&pair->q)) {
			pair->minus_q = pair->q;
			fp2_neg(&pair->minus_q.y, &pair->minus_q.y);
			pair->t = (struct runner){ pair->q.x, pair->q.y, { .c0 = FIELD_ONE } };
			have++;
		}
		if (have == PARS_COUNT(pairs)) {
			miller(&f, pairs, have);
			have = 0;
		}
	}
	if (have)
		miller(&f, pairs, have);
	final_power(&f, &f);
	return fp12_is_one(&f);
}

#endif
