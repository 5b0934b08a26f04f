/* evm/precompile_impl.h - what the table of precompiles is made of: two functions
 * a row, as precompile.h says of `gas` and `run`. */
#ifndef PARS_EVM_PRECOMPILE_IMPL_H
#define PARS_EVM_PRECOMPILE_IMPL_H

#include "evm/precompile.h"

#define PARS_PRECOMPILE(name) \
	uint64_t pars_precompile_##name##_gas(struct pars_bytes in, enum pars_fork fork); \
	bool pars_precompile_##name(struct pars_bytes in, enum pars_fork fork, struct pars_buf *out)

PARS_PRECOMPILE(ecrecover);
PARS_PRECOMPILE(sha256);
PARS_PRECOMPILE(ripemd160);
PARS_PRECOMPILE(identity);
PARS_PRECOMPILE(modexp);
PARS_PRECOMPILE(bn254_add);
PARS_PRECOMPILE(bn254_mul);
PARS_PRECOMPILE(bn254_pairing);
PARS_PRECOMPILE(blake2f);
PARS_PRECOMPILE(kzg);
PARS_PRECOMPILE(bls_g1_add);
PARS_PRECOMPILE(bls_g1_msm);
PARS_PRECOMPILE(bls_g2_add);
PARS_PRECOMPILE(bls_g2_msm);
PARS_PRECOMPILE(bls_pairing);
PARS_PRECOMPILE(bls_map_g1);
PARS_PRECOMPILE(bls_map_g2);
PARS_PRECOMPILE(p256);
PARS_PRECOMPILE(reserved);

/* Words of 32 bytes, the last one counted in full. */
static inline uint64_t pars_precompile_words(struct pars_bytes in)
{
	return ((uint64_t)in.n + 31) / 32;
}

/* Copies the first n bytes of the input, with zeros where it ends before. */
static inline void pars_precompile_padded(struct pars_bytes in, uint8_t *out, size_t n)
{
	size_t have = PARS_MIN(in.n, n);
	if (in.n)
		memcpy(out, in.p, have);
	memset(out + have, 0, n - have);
}

#endif
