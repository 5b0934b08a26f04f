/* crypto/secp256k1.h - ECDSA over secp256k1 (SEC 1, SEC 2), as Ethereum signs.
 *
 * Numbers are 32 bytes, the highest first; a public key is its two coordinates,
 * 64 bytes without the leading 4 of SEC 1. `hash` is what is signed: the digest
 * of a message, never the message. */
#ifndef PARS_CRYPTO_SECP256K1_H
#define PARS_CRYPTO_SECP256K1_H

#include "base/base.h"

/* The key that made a signature. `parity` is that of the y of the signature's
 * point: 0 or 1. False when no key can have made it: r or s is zero or not below
 * the group's order, or r is no point's x. Takes a high s, too: who wants the low
 * one only (EIP-2) asks pars_secp256k1_is_low. */
PARS_MUST bool pars_secp256k1_recover(const uint8_t hash[32], const uint8_t r[32], const uint8_t s[32],
	unsigned parity, uint8_t xy[64]);
/* False, too, when xy is no point of the curve. */
PARS_MUST bool pars_secp256k1_verify(const uint8_t hash[32], const uint8_t r[32], const uint8_t s[32],
	const uint8_t xy[64]);
/* s is at most half of the group's order; zero is. */
bool pars_secp256k1_is_low(const uint8_t s[32]);

/* The nonce is RFC 6979's, so that the same key and hash give the same signature;
 * s is low. False when `key` is zero or not below the group's order. */
PARS_MUST bool pars_secp256k1_sign(const uint8_t key[32], const uint8_t hash[32],
	uint8_t r[32], uint8_t s[32], unsigned *parity);
/* The public half of `key`; false as above. */
PARS_MUST bool pars_secp256k1_public(const uint8_t key[32], uint8_t xy[64]);

#endif
