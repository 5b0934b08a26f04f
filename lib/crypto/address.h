/* crypto/address.h - accounts' addresses: 20 bytes, the end of a Keccak-256. */
#ifndef PARS_CRYPTO_ADDRESS_H
#define PARS_CRYPTO_ADDRESS_H

#include "base/u256.h"
#include "crypto/keccak.h"

#define PARS_ADDRESS_SIZE 20

struct pars_address {
	uint8_t b[PARS_ADDRESS_SIZE];
};

static inline bool pars_address_equal(const struct pars_address *a, const struct pars_address *b)
{
	return !memcmp(a->b, b->b, sizeof a->b);
}

static inline bool pars_address_is_zero(const struct pars_address *a)
{
	static const struct pars_address zero;
	return pars_address_equal(a, &zero);
}

/* The low 20 bytes of a word, and the word of an address. */
static inline struct pars_address pars_address_from_u256(const struct pars_u256 *v)
{
	struct pars_address a;
	uint8_t word[32];
	pars_u256_to_be(v, word);
	memcpy(a.b, word + sizeof word - sizeof a.b, sizeof a.b);
	return a;
}

static inline struct pars_u256 pars_address_u256(const struct pars_address *a)
{
	return (struct pars_u256){ { pars_be64(a->b + 12), pars_be64(a->b + 4), pars_be32(a->b), 0 } };
}

/* A small number as an address: precompiles. */
static inline struct pars_address pars_address_small(uint16_t n)
{
	return (struct pars_address){ { [18] = (uint8_t)(n >> 8), [19] = (uint8_t)n } };
}

/* Of an uncompressed public key without its leading 4. */
struct pars_address pars_address_of_key(const uint8_t xy[64]);
/* Of what `creator` makes with its `nonce` (CREATE; yellow paper, 7). */
struct pars_address pars_address_create(const struct pars_address *creator, uint64_t nonce);
/* EIP-1014. */
struct pars_address pars_address_create2(const struct pars_address *creator, const uint8_t salt[32],
	const struct pars_digest *code_hash);

#endif
