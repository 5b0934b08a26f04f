/* crypto/ed25519.h - Ed25519 signatures (RFC 8032).
 *
 * Verification is libsodium's: strict about non-canonical S, A and R and about
 * small-order points, so all nodes agree on what is valid. */
#ifndef PARS_CRYPTO_ED25519_H
#define PARS_CRYPTO_ED25519_H

#include "base/bytes.h"

#define PARS_ED25519_SEED_SIZE 32
#define PARS_ED25519_PUBLIC_SIZE 32
#define PARS_ED25519_SIGNATURE_SIZE 64

struct pars_ed25519_public {
	uint8_t b[PARS_ED25519_PUBLIC_SIZE];
};

/* Secret: pars_ed25519_wipe when no longer needed. */
struct pars_ed25519_pair {
	uint8_t seed[PARS_ED25519_SEED_SIZE];
	struct pars_ed25519_public public;
};

void pars_ed25519_pair_from_seed(struct pars_ed25519_pair *pair,
	const uint8_t seed[PARS_ED25519_SEED_SIZE]);
void pars_ed25519_sign(const struct pars_ed25519_pair *pair, struct pars_bytes message,
	uint8_t signature[PARS_ED25519_SIGNATURE_SIZE]);
bool pars_ed25519_verify(const struct pars_ed25519_public *key, struct pars_bytes message,
	const uint8_t signature[PARS_ED25519_SIGNATURE_SIZE]);
void pars_ed25519_wipe(struct pars_ed25519_pair *pair);

#endif
