/* crypto/x25519.h - Diffie-Hellman on Curve25519 (RFC 7748). */
#ifndef PARS_CRYPTO_X25519_H
#define PARS_CRYPTO_X25519_H

#include "base/base.h"

#define PARS_X25519_SIZE 32

/* Secret: pars_x25519_wipe when no longer needed. */
struct pars_x25519_pair {
	uint8_t secret[PARS_X25519_SIZE];
	uint8_t public[PARS_X25519_SIZE];
};

void pars_x25519_pair_from_secret(struct pars_x25519_pair *pair,
	const uint8_t secret[PARS_X25519_SIZE]);
/* The shared secret. False, and out is wiped, when it is all zero: the other
 * side sent a point of small order. */
PARS_MUST bool pars_x25519(const uint8_t secret[PARS_X25519_SIZE],
	const uint8_t public[PARS_X25519_SIZE], uint8_t out[PARS_X25519_SIZE]);
void pars_x25519_wipe(struct pars_x25519_pair *pair);

#endif
