#include "crypto/ed25519.h"

#include <sodium/crypto_sign_ed25519.h>
#include <sodium/utils.h>

void pars_ed25519_pair_from_seed(struct pars_ed25519_pair *pair,
	const uint8_t seed[PARS_ED25519_SEED_SIZE])
{
	uint8_t secret[crypto_sign_ed25519_SECRETKEYBYTES];
	memmove(pair->seed, seed, sizeof pair->seed);
	crypto_sign_ed25519_seed_keypair(pair->public.b, secret, pair->seed);
	sodium_memzero(secret, sizeof secret);
}

void pars_ed25519_sign(const struct pars_ed25519_pair *pair, struct pars_bytes message,
	uint8_t signature[PARS_ED25519_SIGNATURE_SIZE])
{
	/* libsodium's secret key is the seed followed by the public key. */
	uint8_t secret[crypto_sign_ed25519_SECRETKEYBYTES];
	memcpy(secret, pair->seed, sizeof pair->seed);
	memcpy(secret + sizeof pair->seed, pair->public.b, sizeof pair->public.b);
	crypto_sign_ed25519_detached(signature, NULL, message.p, message.n, secret);
	sodium_memzero(secret, sizeof secret);
}

bool pars_ed25519_verify(const struct pars_ed25519_public *key, struct pars_bytes message,
	const uint8_t signature[PARS_ED25519_SIGNATURE_SIZE])
{
	return !crypto_sign_ed25519_verify_detached(signature, message.p, message.n, key->b);
}

void pars_ed25519_wipe(struct pars_ed25519_pair *pair)
{
	sodium_memzero(pair, sizeof *pair);
}
