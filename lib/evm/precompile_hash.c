/* Hashes and copies: 0x02 to 0x04 and 0x09. */
#include "crypto/blake2f.h"
#include "crypto/ripemd160.h"
#include "evm/precompile_impl.h"

uint64_t pars_precompile_sha256_gas(struct pars_bytes in, enum pars_fork fork)
{
	(void)fork;
	return 60 + 12 * pars_precompile_words(in);
}

bool pars_precompile_sha256(struct pars_bytes in, enum pars_fork fork, struct pars_buf *out)
{
	(void)fork;
	struct pars_digest d = pars_sha256(in);
	pars_buf_put(out, pars_digest_bytes(&d));
	return true;
}

uint64_t pars_precompile_ripemd160_gas(struct pars_bytes in, enum pars_fork fork)
{
	(void)fork;
	return 600 + 120 * pars_precompile_words(in);
}

bool pars_precompile_ripemd160(struct pars_bytes in, enum pars_fork fork, struct pars_buf *out)
{
	(void)fork;
	uint8_t word[32] = { 0 };
	pars_ripemd160(in, word + sizeof word - PARS_RIPEMD160_SIZE);
	pars_buf_put(out, PARS_BYTES_ARRAY(word));
	return true;
}

uint64_t pars_precompile_identity_gas(struct pars_bytes in, enum pars_fork fork)
{
	(void)fork;
	return 15 + 3 * pars_precompile_words(in);
}

bool pars_precompile_identity(struct pars_bytes in, enum pars_fork fork, struct pars_buf *out)
{
	(void)fork;
	pars_buf_put(out, in);
	return true;
}

/* EIP-152: rounds, state, block, two counters in little-endian, and whether it is
 * the last block. */
#define BLAKE2F_SIZE (4 + 64 + 128 + 16 + 1)

uint64_t pars_precompile_blake2f_gas(struct pars_bytes in, enum pars_fork fork)
{
	(void)fork;
	return in.n == BLAKE2F_SIZE ? pars_be32(in.p) : 0;
}

static void swap_words(const uint8_t *p, uint64_t *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		words[i] = __builtin_bswap64(pars_be64(p + 8 * i));
}

bool pars_precompile_blake2f(struct pars_bytes in, enum pars_fork fork, struct pars_buf *out)
{
	(void)fork;
	if (in.n != BLAKE2F_SIZE || in.p[BLAKE2F_SIZE - 1] > 1)
		return false;
	uint64_t h[8], m[16], t[2];
	swap_words(in.p + 4, h, 8);
	swap_words(in.p + 68, m, 16);
	swap_words(in.p + 196, t, 2);
	pars_blake2f(pars_be32(in.p), h, m, t, in.p[BLAKE2F_SIZE - 1]);
	uint8_t result[64];
	for (size_t i = 0; i < 8; i++)
		pars_put_be64(result + 8 * i, __builtin_bswap64(h[i]));
	pars_buf_put(out, PARS_BYTES_ARRAY(result));
	return true;
}
