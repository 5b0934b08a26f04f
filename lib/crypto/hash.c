#include "crypto/hash.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>

struct pars_digest pars_sha256(struct pars_bytes data)
{
	return pars_sha256_2(data, (struct pars_bytes){ 0 });
}

/* OpenSSL marks its plain SHA-256 calls as deprecated in favour of EVP, whose
 * set-up costs more than hashing a small vertex does; both run the same code. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

struct pars_digest pars_sha256_2(struct pars_bytes a, struct pars_bytes b)
{
	struct pars_digest d;
	SHA256_CTX ctx;
	SHA256_Init(&ctx);
	SHA256_Update(&ctx, a.p, a.n);
	SHA256_Update(&ctx, b.p, b.n);
	SHA256_Final(d.b, &ctx);
	return d;
}

struct pars_digest pars_hmac_sha256(struct pars_bytes key, struct pars_bytes data)
{
	struct pars_digest d, key_digest;
	uint8_t pad[64];
	SHA256_CTX ctx;

	if (key.n > sizeof pad) {
		key_digest = pars_sha256(key);
		key = pars_digest_bytes(&key_digest);
	}
	memset(pad, 0x36, sizeof pad);
	for (size_t i = 0; i < key.n; i++)
		pad[i] ^= key.p[i];
	SHA256_Init(&ctx);
	SHA256_Update(&ctx, pad, sizeof pad);
	SHA256_Update(&ctx, data.p, data.n);
	SHA256_Final(d.b, &ctx);

	for (size_t i = 0; i < sizeof pad; i++)
		pad[i] ^= 0x36 ^ 0x5c;
	SHA256_Init(&ctx);
	SHA256_Update(&ctx, pad, sizeof pad);
	SHA256_Update(&ctx, d.b, sizeof d.b);
	SHA256_Final(d.b, &ctx);
	pars_wipe(pad, sizeof pad);
	pars_wipe(&ctx, sizeof ctx);
	return d;
}

#pragma GCC diagnostic pop

void pars_hkdf_sha256(struct pars_bytes salt, struct pars_bytes secret, struct pars_bytes info,
	uint8_t *out, size_t n)
{
	static const uint8_t zero_salt[PARS_SHA256_SIZE];
	assert(n <= (size_t)255 * PARS_SHA256_SIZE);
	if (!salt.n)
		salt = PARS_BYTES_ARRAY(zero_salt);
	struct pars_digest prk = pars_hmac_sha256(salt, secret);
	PARS_AUTO_BUF block = { 0 };
	for (uint8_t i = 1; n; i++) {
		pars_buf_put(&block, info);
		pars_buf_put_byte(&block, i);
		struct pars_digest t = pars_hmac_sha256(pars_digest_bytes(&prk), pars_buf_bytes(&block));
		size_t take = PARS_MIN(n, sizeof t.b);
		memcpy(out, t.b, take);
		out += take;
		n -= take;
		pars_wipe(block.mem, block.cap);
		pars_buf_drop(&block, block.n);
		pars_buf_put(&block, pars_digest_bytes(&t));
		pars_wipe(&t, sizeof t);
	}
	pars_wipe(block.mem, block.cap);
	pars_wipe(&prk, sizeof prk);
}

bool pars_secret_equal(struct pars_bytes a, struct pars_bytes b)
{
	return a.n == b.n && (!a.n || !CRYPTO_memcmp(a.p, b.p, a.n));
}

void pars_wipe(void *p, size_t n)
{
	if (p)
		OPENSSL_cleanse(p, n);
}
