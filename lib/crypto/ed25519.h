/* crypto/ed25519.h - Ed25519 signatures (RFC 8032).
 *
 * What is valid is what ZIP 215 says, so that all nodes agree, whether they check one
 * signature or many together: S is below the group's order, A and R are encodings of
 * points (not needed to be canonical), and 8 S B = 8 R + 8 SHA-512(R, A, message) A.
 * Whatever RFC 8032's signing makes is valid. */
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

/* What was signed is the prefix followed by the message. All is borrowed. */
struct pars_ed25519_claim {
	const struct pars_ed25519_public *key;
	struct pars_bytes prefix, message;
	const uint8_t *signature; /* PARS_ED25519_SIGNATURE_SIZE bytes */
	bool is_valid;            /* the result */
};

/* Checks each. Many that are all valid cost a fraction of checking one by one, still
 * less when authors repeat: a random combination of 64 equations is computed at once
 * (Bernstein, Duif, Lange, Schwabe, Yang: High-speed high-security signatures, 2011,
 * section 5). Its 128-bit coefficients are a hash of all that is checked, so nobody
 * can know them before choosing it, and the result is the same everywhere. */
void pars_ed25519_verify_each(struct pars_ed25519_claim *claims, size_t count);

void pars_ed25519_wipe(struct pars_ed25519_pair *pair);

#endif
