/* Signatures: 0x01 and 0x100. Both answer what does not fit with nothing, and succeed. */
#include "crypto/p256.h"
#include "crypto/secp256k1.h"
#include "evm/precompile_impl.h"

uint64_t pars_precompile_ecrecover_gas(struct pars_bytes in, enum pars_fork fork)
{
	(void)in;
	(void)fork;
	return 3000;
}

/* Hash, v (27 or 28), r, s. */
bool pars_precompile_ecrecover(struct pars_bytes in, enum pars_fork fork, struct pars_buf *out)
{
	(void)fork;
	uint8_t raw[128], xy[64];
	pars_precompile_padded(in, raw, sizeof raw);
	struct pars_u256 v = pars_u256_from_be(raw + 32);
	if (!pars_u256_is_u64(&v) || (v.w[0] != 27 && v.w[0] != 28)
		|| !pars_secp256k1_recover(raw, raw + 64, raw + 96, (unsigned)v.w[0] - 27, xy))
		return true;
	struct pars_address a = pars_address_of_key(xy);
	uint8_t word[32] = { 0 };
	memcpy(word + sizeof word - sizeof a.b, a.b, sizeof a.b);
	pars_buf_put(out, PARS_BYTES_ARRAY(word));
	return true;
}

uint64_t pars_precompile_p256_gas(struct pars_bytes in, enum pars_fork fork)
{
	(void)in;
	(void)fork;
	return 6900;
}

/* EIP-7951: hash, r, s, the key's x and y; any other length fits nothing. */
bool pars_precompile_p256(struct pars_bytes in, enum pars_fork fork, struct pars_buf *out)
{
	static const uint8_t one[32] = { [31] = 1 };
	(void)fork;
	if (in.n == 160 && pars_p256_verify(in.p, in.p + 32, in.p + 64, in.p + 96))
		pars_buf_put(out, PARS_BYTES_ARRAY(one));
	return true;
}
