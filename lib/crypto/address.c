#include "crypto/address.h"

static struct pars_address last_20(struct pars_bytes of)
{
	struct pars_digest d = pars_keccak256(of);
	struct pars_address a;
	memcpy(a.b, d.b + sizeof d.b - sizeof a.b, sizeof a.b);
	return a;
}

struct pars_address pars_address_of_key(const uint8_t xy[64])
{
	return last_20(PARS_BYTES(xy, 64));
}

/* The RLP of [creator, nonce], which is short enough to be put down by hand: a
 * list's head, a string of 20, and a number without leading zeros. */
struct pars_address pars_address_create(const struct pars_address *creator, uint64_t nonce)
{
	uint8_t raw[2 + PARS_ADDRESS_SIZE + 9], *p = raw, be[8];
	*p++ = 0; /* the head, once the length is known */
	*p++ = 0x80 + PARS_ADDRESS_SIZE;
	memcpy(p, creator->b, PARS_ADDRESS_SIZE);
	p += PARS_ADDRESS_SIZE;
	pars_put_be64(be, nonce);
	size_t skip = nonce ? (size_t)__builtin_clzll(nonce) / 8 : 8;
	if (!nonce || nonce >= 0x80)
		*p++ = (uint8_t)(0x80 + 8 - skip);
	memcpy(p, be + skip, 8 - skip);
	p += 8 - skip;
	raw[0] = (uint8_t)(0xc0 + (p - raw) - 1);
	return last_20(PARS_BYTES(raw, p - raw));
}

struct pars_address pars_address_create2(const struct pars_address *creator, const uint8_t salt[32],
	const struct pars_digest *code_hash)
{
	uint8_t raw[1 + PARS_ADDRESS_SIZE + 32 + 32] = { 0xff };
	memcpy(raw + 1, creator->b, PARS_ADDRESS_SIZE);
	memcpy(raw + 1 + PARS_ADDRESS_SIZE, salt, 32);
	memcpy(raw + 1 + PARS_ADDRESS_SIZE + 32, code_hash->b, 32);
	return last_20(PARS_BYTES_ARRAY(raw));
}
