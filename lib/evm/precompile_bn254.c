/* alt_bn128: 0x06 to 0x08 (EIP-196, EIP-197; prices of EIP-1108 since Istanbul). */
#include <stdlib.h>

#include "base/alloc.h"
#include "crypto/bn254.h"
#include "evm/precompile_impl.h"

#define PAIR_SIZE (PARS_BN254_G1_SIZE + PARS_BN254_G2_SIZE)

uint64_t pars_precompile_bn254_add_gas(struct pars_bytes in, enum pars_fork fork)
{
	(void)in;
	return fork >= PARS_ISTANBUL ? 150 : 500;
}

static bool put_g1(struct pars_buf *out, const struct pars_bn254_g1 *a)
{
	uint8_t raw[PARS_BN254_G1_SIZE];
	pars_bn254_g1_write(a, raw);
	pars_buf_put(out, PARS_BYTES_ARRAY(raw));
	return true;
}

bool pars_precompile_bn254_add(struct pars_bytes in, enum pars_fork fork, struct pars_buf *out)
{
	(void)fork;
	uint8_t raw[2 * PARS_BN254_G1_SIZE];
	struct pars_bn254_g1 a, b;
	pars_precompile_padded(in, raw, sizeof raw);
	if (!pars_bn254_g1_read(raw, &a) || !pars_bn254_g1_read(raw + PARS_BN254_G1_SIZE, &b))
		return false;
	pars_bn254_g1_add(&a, &a, &b);
	return put_g1(out, &a);
}

uint64_t pars_precompile_bn254_mul_gas(struct pars_bytes in, enum pars_fork fork)
{
	(void)in;
	return fork >= PARS_ISTANBUL ? 6000 : 40000;
}

bool pars_precompile_bn254_mul(struct pars_bytes in, enum pars_fork fork, struct pars_buf *out)
{
	(void)fork;
	uint8_t raw[PARS_BN254_G1_SIZE + 32];
	struct pars_bn254_g1 a;
	pars_precompile_padded(in, raw, sizeof raw);
	if (!pars_bn254_g1_read(raw, &a))
		return false;
	pars_bn254_g1_mul(&a, &a, raw + PARS_BN254_G1_SIZE);
	return put_g1(out, &a);
}

uint64_t pars_precompile_bn254_pairing_gas(struct pars_bytes in, enum pars_fork fork)
{
	uint64_t pairs = in.n / PAIR_SIZE;
	return fork >= PARS_ISTANBUL ? 45000 + 34000 * pairs : 100000 + 80000 * pairs;
}

bool pars_precompile_bn254_pairing(struct pars_bytes in, enum pars_fork fork, struct pars_buf *out)
{
	(void)fork;
	if (in.n % PAIR_SIZE)
		return false;
	size_t n = in.n / PAIR_SIZE;
	struct pars_bn254_g1 *p = pars_alloc_array(n, sizeof *p);
	struct pars_bn254_g2 *q = pars_alloc_array(n, sizeof *q);
	bool ok = true;
	for (size_t i = 0; i < n && ok; i++)
		ok = pars_bn254_g1_read(in.p + i * PAIR_SIZE, &p[i])
			&& pars_bn254_g2_read(in.p + i * PAIR_SIZE + PARS_BN254_G1_SIZE, &q[i]);
	if (ok) {
		uint8_t word[32] = { [31] = pars_bn254_pairing_is_one(p, q, n) };
		pars_buf_put(out, PARS_BYTES_ARRAY(word));
	}
	free(p);
	free(q);
	return ok;
}
