#include "crypto/kzg.h"

#include "base/u256.h"
#include "crypto/bls12_381.h"

static const struct pars_u256 order = { {
	0xffffffff00000001, 0x53bda402fffe5bfe, 0x3339d80809a1d805, 0x73eda753299d7d48
} };

static bool read_point(const uint8_t in[48], struct pars_bls_g1 *ret)
{
	return pars_bls_g1_decompress(in, ret) && pars_bls_g1_in_subgroup(ret);
}

/* The commitment is p(tau), the proof (p(tau) - y) / (tau - z), each times the
 * generator. e(C - y + z proof, G2) = e(proof, tau G2) says so with all but tau in
 * G1, where arithmetic is cheap. */
bool pars_kzg_verify(const uint8_t commitment[48], const uint8_t z[32], const uint8_t y[32],
	const uint8_t proof[48])
{
	struct pars_bls_g1 left[2], c;
	struct pars_u256 nz = pars_u256_from_be(z), ny = pars_u256_from_be(y);
	if (!pars_u256_less(&nz, &order) || !pars_u256_less(&ny, &order)
		|| !read_point(commitment, &c) || !read_point(proof, &left[1]))
		return false;
	struct pars_bls_g1 terms[2] = { left[1] };
	uint8_t k[2][32];
	memcpy(k[0], z, 32);
	memcpy(k[1], y, 32);
	pars_bls_g1_neg(&terms[1], &pars_bls_g1_generator);
	pars_bls_g1_sum(&left[0], terms, (const uint8_t (*)[32])k, 2);
	pars_bls_g1_add(&left[0], &left[0], &c);
	pars_bls_g1_neg(&left[1], &left[1]);
	const struct pars_bls_g2 right[2] = { pars_bls_g2_generator, pars_bls_kzg_tau };
	return pars_bls_pairing_is_one(left, right, 2);
}
