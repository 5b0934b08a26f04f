/* Points: bytes, subgroups, sums of two. */
#include "crypto/bls12_381_impl.h"

const struct pars_bls_g1 pars_bls_g1_generator = PARS_BLS_G1_GENERATOR;
const struct pars_bls_g2 pars_bls_g2_generator = PARS_BLS_G2_GENERATOR;
const struct pars_bls_g2 pars_bls_kzg_tau = PARS_BLS_KZG_TAU;

bool pars_bls_g1_read(const uint8_t in[PARS_BLS_G1_SIZE], struct pars_bls_g1 *ret)
{
	struct g1_affine a;
	if (!fp_read(in, &a.x) || !fp_read(in + PARS_BLS_FP_SIZE, &a.y) || !g1_on_curve(&a))
		return false;
	memcpy(ret, &a, sizeof *ret);
	return true;
}

bool pars_bls_g2_read(const uint8_t in[PARS_BLS_G2_SIZE], struct pars_bls_g2 *ret)
{
	struct g2_affine a;
	if (!fp2_read(in, &a.x) || !fp2_read(in + PARS_BLS_FP2_SIZE, &a.y) || !g2_on_curve(&a))
		return false;
	memcpy(ret, &a, sizeof *ret);
	return true;
}

/* The number is above (p - 1) / 2: twice it wraps, and what is left of an even
 * number less an odd p is odd. */
static bool is_upper(const struct fp *a)
{
	struct fp twice;
	fp_double(&twice, a);
	return fp_sgn0(&twice);
}

bool pars_bls_g1_decompress(const uint8_t in[PARS_BLS_G1_COMPRESSED_SIZE], struct pars_bls_g1 *ret)
{
	static const uint8_t infinity[PARS_BLS_G1_COMPRESSED_SIZE] = { 0xc0 };
	uint8_t raw[FIELD_BYTES];
	struct g1_affine a;
	if (!memcmp(in, infinity, sizeof infinity)) {
		memset(ret, 0, sizeof *ret);
		return true;
	}
	memcpy(raw, in, sizeof raw);
	raw[0] &= 0x1f;
	if ((in[0] & 0xc0) != 0x80 || !fp_from_be(raw, &a.x))
		return false;
	fp_sqr(&a.y, &a.x);
	fp_mul(&a.y, &a.y, &a.x);
	fp_add(&a.y, &a.y, &g1_b);
	if (!fp_sqrt(&a.y, &a.y))
		return false;
	if (is_upper(&a.y) != !!(in[0] & 0x20))
		fp_neg(&a.y, &a.y);
	memcpy(ret, &a, sizeof *ret);
	return true;
}

static void fp_write(const struct fp *a, uint8_t *out)
{
	memset(out, 0, PARS_BLS_FP_SIZE - FIELD_BYTES);
	fp_to_be(a, out + PARS_BLS_FP_SIZE - FIELD_BYTES);
}

void pars_bls_g1_write(const struct pars_bls_g1 *a, uint8_t out[PARS_BLS_G1_SIZE])
{
	struct g1_affine affine = g1_open(a);
	fp_write(&affine.x, out);
	fp_write(&affine.y, out + PARS_BLS_FP_SIZE);
}

void pars_bls_g2_write(const struct pars_bls_g2 *a, uint8_t out[PARS_BLS_G2_SIZE])
{
	struct g2_affine affine = g2_open(a);
	const struct fp *parts[] = { &affine.x.c0, &affine.x.c1, &affine.y.c0, &affine.y.c1 };
	for (size_t i = 0; i < PARS_COUNT(parts); i++)
		fp_write(parts[i], out + i * PARS_BLS_FP_SIZE);
}

/* What the endomorphisms do in the subgroups they do nowhere else (Scott 2021). */
bool pars_bls_g1_in_subgroup(const struct pars_bls_g1 *a)
{
	struct g1_affine p = g1_open(a), image;
	struct g1 t;
	g1_endomorphism(&image, &p);
	g1_from_affine(&t, &p);
	g1_mul_word(&t, &t, CURVE_U);
	g1_mul_word(&t, &t, CURVE_U);
	g1_neg(&t, &t);
	return g1_equal(&t, &image);
}

bool pars_bls_g2_in_subgroup(const struct pars_bls_g2 *a)
{
	struct g2_affine p = g2_open(a), image;
	struct g2 t, moved;
	g2_from_affine(&t, &p);
	g2_endomorphism(&moved, &t);
	image = (struct g2_affine){ moved.x, moved.y };
	g2_mul_word(&t, &t, CURVE_U);
	g2_neg(&t, &t); /* u is negative */
	return g2_equal(&t, &image);
}

void pars_bls_g1_add(struct pars_bls_g1 *r, const struct pars_bls_g1 *a, const struct pars_bls_g1 *b)
{
	struct g1_affine x = g1_open(a), y = g1_open(b);
	struct g1 sum;
	g1_from_affine(&sum, &x);
	g1_add_affine(&sum, &sum, &y);
	g1_close(r, &sum);
}

void pars_bls_g2_add(struct pars_bls_g2 *r, const struct pars_bls_g2 *a, const struct pars_bls_g2 *b)
{
	struct g2_affine x = g2_open(a), y = g2_open(b);
	struct g2 sum;
	g2_from_affine(&sum, &x);
	g2_add_affine(&sum, &sum, &y);
	g2_close(r, &sum);
}

void pars_bls_g1_neg(struct pars_bls_g1 *r, const struct pars_bls_g1 *a)
{
	struct g1_affine affine = g1_open(a);
	g1_affine_neg(&affine);
	memcpy(r, &affine, sizeof *r);
}
