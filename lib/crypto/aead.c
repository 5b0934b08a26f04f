#include "crypto/aead.h"

#include <stdlib.h>

#include <openssl/evp.h>

#include "base/alloc.h"

struct pars_aead {
	EVP_CIPHER_CTX *ctx;
};

/* With a right key only a lack of memory can fail here. */
static void must(int ok)
{
	if (ok != 1)
		abort();
}

struct pars_aead *pars_aead_new(const uint8_t key[PARS_AEAD_KEY_SIZE], bool seal)
{
	struct pars_aead *a = pars_alloc(sizeof *a);
	a->ctx = EVP_CIPHER_CTX_new();
	must(a->ctx != NULL);
	must(EVP_CipherInit_ex(a->ctx, EVP_chacha20_poly1305(), NULL, key, NULL, seal));
	return a;
}

void pars_aead_free(struct pars_aead *a)
{
	if (!a)
		return;
	EVP_CIPHER_CTX_free(a->ctx); /* cleanses the key */
	free(a);
}

/* Keeps cipher, key and direction. */
static void start(struct pars_aead *a, uint64_t counter, struct pars_bytes associated)
{
	uint8_t nonce[12] = { 0 };
	int n;
	for (int i = 0; i < 8; i++)
		nonce[4 + i] = (uint8_t)(counter >> (8 * i));
	must(EVP_CipherInit_ex(a->ctx, NULL, NULL, NULL, nonce, -1));
	if (associated.n)
		must(EVP_CipherUpdate(a->ctx, NULL, &n, associated.p, (int)associated.n));
}

void pars_aead_seal(struct pars_aead *a, uint64_t counter, struct pars_bytes associated,
	struct pars_bytes plain, uint8_t *out)
{
	int n = 0, rest;
	start(a, counter, associated);
	if (plain.n)
		must(EVP_CipherUpdate(a->ctx, out, &n, plain.p, (int)plain.n));
	must(EVP_CipherFinal_ex(a->ctx, out + n, &rest));
	must(EVP_CIPHER_CTX_ctrl(a->ctx, EVP_CTRL_AEAD_GET_TAG, PARS_AEAD_TAG_SIZE,
		out + plain.n));
}

bool pars_aead_open(struct pars_aead *a, uint64_t counter, struct pars_bytes associated,
	struct pars_bytes sealed, uint8_t *out)
{
	uint8_t tag[PARS_AEAD_TAG_SIZE];
	int n = 0, rest;
	if (sealed.n < sizeof tag)
		return false;
	size_t size = sealed.n - sizeof tag;
	memcpy(tag, sealed.p + size, sizeof tag);
	start(a, counter, associated);
	must(EVP_CIPHER_CTX_ctrl(a->ctx, EVP_CTRL_AEAD_SET_TAG, sizeof tag, tag));
	if (size)
		must(EVP_CipherUpdate(a->ctx, out, &n, sealed.p, (int)size));
	return EVP_CipherFinal_ex(a->ctx, out + n, &rest) == 1;
}
