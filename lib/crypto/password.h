/* crypto/password.h - keys from passwords: scrypt (RFC 7914), PBKDF2 (RFC 8018);
 * and AES-128-CTR (SP 800-38A), which key files use with them.
 *
 * Slow and, scrypt, large on purpose: work for a job, not for the loop. */
#ifndef PARS_CRYPTO_PASSWORD_H
#define PARS_CRYPTO_PASSWORD_H

#include "base/bytes.h"

#define PARS_SCRYPT_MEMORY_MAX ((uint64_t)1 << 29) /* bytes */
#define PARS_PBKDF2_ROUNDS_MAX 10000000

/* False: n is no power of two above 1, r or p are 0, or it asks for more memory
 * than PARS_SCRYPT_MEMORY_MAX or more work than sixteen times that. */
PARS_MUST bool pars_scrypt(struct pars_bytes password, struct pars_bytes salt,
	uint64_t n, uint64_t r, uint64_t p, uint8_t *out, size_t size);
/* With HMAC-SHA256. False: rounds are 0 or above the most. */
PARS_MUST bool pars_pbkdf2_sha256(struct pars_bytes password, struct pars_bytes salt,
	uint64_t rounds, uint8_t *out, size_t size);
/* Encrypts and decrypts alike; out may be in.p. */
void pars_aes128_ctr(const uint8_t key[16], const uint8_t iv[16], struct pars_bytes in, uint8_t *out);

#endif
