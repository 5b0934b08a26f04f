/* crypto/hash.h - SHA-256 (FIPS 180-4), HMAC (RFC 2104), HKDF (RFC 5869). */
#ifndef PARS_CRYPTO_HASH_H
#define PARS_CRYPTO_HASH_H

#include "base/bytes.h"

#define PARS_SHA256_SIZE 32

/* A digest of SHA-256 or Keccak-256, the name of a thing by its content. */
struct pars_digest {
	uint8_t b[PARS_SHA256_SIZE];
};

struct pars_digest pars_sha256(struct pars_bytes data);
/* Over a followed by b, without joining them. */
struct pars_digest pars_sha256_2(struct pars_bytes a, struct pars_bytes b);
struct pars_digest pars_hmac_sha256(struct pars_bytes key, struct pars_bytes data);
/* Fills out[0..n); n <= 255 * 32. */
void pars_hkdf_sha256(struct pars_bytes salt, struct pars_bytes secret, struct pars_bytes info,
	uint8_t *out, size_t n);

static inline struct pars_bytes pars_digest_bytes(const struct pars_digest *d)
{
	return PARS_BYTES_ARRAY(d->b);
}
static inline bool pars_digest_equal(const struct pars_digest *a, const struct pars_digest *b)
{
	return !memcmp(a->b, b->b, sizeof a->b);
}

/* For secrets: constant time in the content. */
bool pars_secret_equal(struct pars_bytes a, struct pars_bytes b);
void pars_wipe(void *p, size_t n);

#endif
