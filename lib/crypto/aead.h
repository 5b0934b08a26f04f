/* crypto/aead.h - ChaCha20-Poly1305 (RFC 8439), one direction of one channel.
 *
 * The key is scheduled once; sealing and opening allocate nothing. The nonce
 * is Noise's: 32 zero bits, then the counter in little-endian. The caller
 * never uses a counter twice with one key. */
#ifndef PARS_CRYPTO_AEAD_H
#define PARS_CRYPTO_AEAD_H

#include "base/bytes.h"

#define PARS_AEAD_KEY_SIZE 32
#define PARS_AEAD_TAG_SIZE 16

struct pars_aead;

/* For sealing or for opening, not both. */
struct pars_aead *pars_aead_new(const uint8_t key[PARS_AEAD_KEY_SIZE], bool seal);
void pars_aead_free(struct pars_aead *a); /* NULL is fine; wipes */
PARS_AUTO_DEFINE(pars_aead)

/* Writes plain.n + TAG_SIZE bytes. out may be plain.p, and else must not
 * overlap it. */
void pars_aead_seal(struct pars_aead *a, uint64_t counter, struct pars_bytes associated,
	struct pars_bytes plain, uint8_t *out);
/* Writes sealed.n - TAG_SIZE bytes. False when it was not sealed so (or is
 * shorter than a tag): out then holds nothing of use. Overlap as above. */
PARS_MUST bool pars_aead_open(struct pars_aead *a, uint64_t counter,
	struct pars_bytes associated, struct pars_bytes sealed, uint8_t *out);

#endif
