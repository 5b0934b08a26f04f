#include <assert.h>

#include "crypto/bls12_381_impl.h"

static const struct fp g1_map_a = G1_MAP_A, g1_map_b = G1_MAP_B, g1_map_z = G1_MAP_Z;
static const struct fp g1_x_num[] = G1_MAP_X_NUM, g1_x_den[] = G1_MAP_X_DEN,
	g1_y_num[] = G1_MAP_Y_NUM, g1_y_den[] = G1_MAP_Y_DEN;
static const struct fp2 g2_map_a = G2_MAP_A, g2_map_b = G2_MAP_B, g2_map_z = G2_MAP_Z;
static const struct fp2 g2_x_num[] = G2_MAP_X_NUM, g2_x_den[] = G2_MAP_X_DEN,
	g2_y_num[] = G2_MAP_Y_NUM, g2_y_den[] = G2_MAP_Y_DEN;

#define FIELD fp
#define POINT g1
#include "crypto/field_map.h"
#undef FIELD
#undef POINT
#define FIELD fp2
#define POINT g2
#include "crypto/field_map.h"
#undef FIELD
#undef POINT

/* Times 1 - u. */
bool pars_bls_map_to_g1(const uint8_t in[PARS_BLS_FP_SIZE], struct pars_bls_g1 *ret)
{
	struct fp u;
	struct g1 point, t;
	if (!fp_read(in, &u))
		return false;
	g1_map(&point, &u);
	g1_mul_word(&t, &point, CURVE_U);
	g1_add(&t, &t, &point);
	g1_close(ret, &t);
	return true;
}

static void g2_mul_u(struct g2 *r, const struct g2 *a)
{
	g2_mul_word(r, a, CURVE_U);
	g2_neg(r, r);
}

static void g2_sub(struct g2 *r, const struct g2 *a, const struct g2 *b)
{
	struct g2 minus;
	g2_neg(&minus, b);
	g2_add(r, a, &minus);
}

/* Times u^2 - u - 1, plus u - 1 times the endomorphism of it, plus twice that of that
 * (Budroni and Pintore 2017; RFC 9380, G.3). */
bool pars_bls_map_to_g2(const uint8_t in[PARS_BLS_FP2_SIZE], struct pars_bls_g2 *ret)
{
	struct fp2 u;
	struct g2 point, up, moved, sum, t;
	if (!fp2_read(in, &u))
		return false;
	g2_map(&point, &u);
	g2_mul_u(&up, &point);
	g2_endomorphism(&moved, &point);
	g2_double(&sum, &point);
	g2_endomorphism(&sum, &sum);
	g2_endomorphism(&sum, &sum);
	g2_sub(&sum, &sum, &moved);
	g2_add(&t, &up, &moved);
	g2_mul_u(&t, &t);
	g2_add(&sum, &sum, &t);
	g2_sub(&sum, &sum, &up);
	g2_sub(&sum, &sum, &point);
	g2_close(ret, &sum);
	return true;
}
