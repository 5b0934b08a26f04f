#include "crypto/x25519.h"

#include <string.h>

#include <sodium/crypto_scalarmult_curve25519.h>
#include <sodium/utils.h>

void pars_x25519_pair_from_secret(struct pars_x25519_pair *pair,
	const uint8_t secret[PARS_X25519_SIZE])
{
	memmove(pair->secret, secret, sizeof pair->secret);
	crypto_scalarmult_curve25519_base(pair->public, pair->secret);
}

bool pars_x25519(const uint8_t secret[PARS_X25519_SIZE],
	const uint8_t public[PARS_X25519_SIZE], uint8_t out[PARS_X25519_SIZE])
{
	/* libsodium itself refuses points that give zero; the second look costs
	 * nothing and does not depend on its version. */
	if (!crypto_scalarmult_curve25519(out, secret, public)
		&& !sodium_is_zero(out, PARS_X25519_SIZE))
		return true;
	sodium_memzero(out, PARS_X25519_SIZE);
	return false;
}

void pars_x25519_wipe(struct pars_x25519_pair *pair)
{
	sodium_memzero(pair, sizeof *pair);
}
