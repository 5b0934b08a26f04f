#include "crypto/password.h"

#include <limits.h>
#include <stdlib.h>

#include <openssl/evp.h>
#include <sodium.h>

static const char *text(struct pars_bytes b)
{
	return b.n ? (const char *)b.p : "";
}

static bool scrypt_is_bounded(uint64_t n, uint64_t r, uint64_t p)
{
	if (n < 2 || n & (n - 1) || !r || !p || n > PARS_SCRYPT_MEMORY_MAX || r > PARS_SCRYPT_MEMORY_MAX / 128)
		return false;
	uint64_t memory;
	if (__builtin_mul_overflow(128 * r, n, &memory) || memory > PARS_SCRYPT_MEMORY_MAX)
		return false;
	return p <= 16 * PARS_SCRYPT_MEMORY_MAX / memory && p <= PARS_SCRYPT_MEMORY_MAX / (128 * r);
}

bool pars_scrypt(struct pars_bytes password, struct pars_bytes salt,
	uint64_t n, uint64_t r, uint64_t p, uint8_t *out, size_t size)
{
	if (!scrypt_is_bounded(n, r, p))
		return false;
	/* Not OpenSSL's: it refuses a cost above 2^(16 r), as RFC 7914 asks, and there are
	 * key files that have one. */
	return !crypto_pwhash_scryptsalsa208sha256_ll((const uint8_t *)text(password), password.n,
		(const uint8_t *)text(salt), salt.n, n, (uint32_t)r, (uint32_t)p, out, size);
}

bool pars_pbkdf2_sha256(struct pars_bytes password, struct pars_bytes salt,
	uint64_t rounds, uint8_t *out, size_t size)
{
	if (!rounds || rounds > PARS_PBKDF2_ROUNDS_MAX || password.n > INT_MAX || salt.n > INT_MAX || size > INT_MAX)
		return false;
	return PKCS5_PBKDF2_HMAC(text(password), (int)password.n, (const uint8_t *)text(salt), (int)salt.n,
		(int)rounds, EVP_sha256(), (int)size, out) == 1;
}

void pars_aes128_ctr(const uint8_t key[16], const uint8_t iv[16], struct pars_bytes in, uint8_t *out)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n = 0;
	if (!c || in.n > INT_MAX || EVP_CipherInit_ex(c, EVP_aes_128_ctr(), NULL, key, iv, 1) != 1 ||
		(in.n && EVP_CipherUpdate(c, out, &n, in.p, (int)in.n) != 1))
		abort(); /* out of memory; there is no other way to fail */
	EVP_CIPHER_CTX_free(c);
}
