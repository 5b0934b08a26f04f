/* tests/crypto/small_order.h - signatures that only the factor of eight in ZIP 215 makes
 * valid: their key and their R are off by points of small order. */
#ifndef PARS_TESTS_CRYPTO_SMALL_ORDER_H
#define PARS_TESTS_CRYPTO_SMALL_ORDER_H

#include <assert.h>

#include <sodium/crypto_core_ed25519.h>
#include <sodium/crypto_hash_sha512.h>
#include <sodium/crypto_scalarmult_ed25519.h>

#include "crypto/ed25519.h"

#define SMALL_ORDER_POINTS 8
#define SMALL_ORDER_ENCODINGS 14

/* The encodings of the points of small order: first the canonical ones, the neutral
 * element's before all. */
static const uint8_t small_order[SMALL_ORDER_ENCODINGS][32] = {
#define REST(b) b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b
	{ 1 },
	{ 0xec, REST(0xff), 0x7f },
	{ 0 },
	{ 0, REST(0), 0x80 },
	{ 0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
		0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05 },
	{ 0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
		0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x85 },
	{ 0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
		0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a },
	{ 0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
		0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0xfa },
	{ 1, REST(0), 0x80 },
	{ 0xec, REST(0xff), 0xff },
	{ 0xee, REST(0xff), 0x7f },
	{ 0xee, REST(0xff), 0xff },
	{ 0xed, REST(0xff), 0x7f },
	{ 0xed, REST(0xff), 0xff },
#undef REST
};

/* A signature by pair's secret, with the points small_order[off_key] and
 * small_order[off_r] added to the key, which is given anew, and to R; both below
 * SMALL_ORDER_POINTS. The nonce follows from a byte: of no use outside of tests. */
static inline void small_order_sign(const struct pars_ed25519_pair *pair, size_t off_key, size_t off_r, uint8_t nonce,
	struct pars_bytes message, struct pars_ed25519_public *key, uint8_t signature[64])
{
	uint8_t secret[64], k[64], r[32] = { 1, nonce };
	crypto_hash_sha512_state h;
	crypto_hash_sha512(secret, pair->seed, sizeof pair->seed);
	secret[0] &= 248;
	secret[31] = (secret[31] & 63) | 64;
	memset(secret + 32, 0, 32);
	crypto_core_ed25519_scalar_reduce(secret, secret);
	int bad = crypto_core_ed25519_add(key->b, pair->public.b, small_order[off_key]);
	bad |= crypto_scalarmult_ed25519_base_noclamp(signature, r);
	bad |= crypto_core_ed25519_add(signature, signature, small_order[off_r]);
	assert(!bad);
	(void)bad;
	crypto_hash_sha512_init(&h);
	crypto_hash_sha512_update(&h, signature, 32);
	crypto_hash_sha512_update(&h, key->b, sizeof key->b);
	crypto_hash_sha512_update(&h, message.p, message.n);
	crypto_hash_sha512_final(&h, k);
	crypto_core_ed25519_scalar_reduce(k, k);
	crypto_core_ed25519_scalar_mul(signature + 32, k, secret);
	crypto_core_ed25519_scalar_add(signature + 32, signature + 32, r);
}

#endif
