#include "crypto/ed25519.h"

#include <stdlib.h>

#include <sodium/crypto_core_ed25519.h>
#include <sodium/crypto_hash_sha512.h>
#include <sodium/crypto_sign_ed25519.h>
#include <sodium/crypto_stream_chacha20.h>
#include <sodium/utils.h>

#include "base/alloc.h"
#include "crypto/edwards25519.h"

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

/* -- verification ------------------------------------------------------------------------ */

#define TOGETHER 64         /* signatures whose equations are combined */
#define COEFFICIENT_SIZE 16

typedef uint8_t scalar[PARS_EDWARDS_SIZE];

static const uint8_t base_point[PARS_EDWARDS_SIZE] = { /* y = 4/5 */
	0x58, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
	0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66 };

/* 2^252 + 27742317777372353535851937790883648493 */
static const scalar order = { 0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2,
	0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10 };

static bool is_below_order(const scalar s)
{
	for (int i = sizeof order - 1; i >= 0; i--)
		if (s[i] != order[i])
			return s[i] < order[i];
	return false;
}

/* SHA-512(R, A, message) modulo the order. */
static void challenge(const struct pars_ed25519_claim *c, scalar ret)
{
	crypto_hash_sha512_state h;
	uint8_t digest[crypto_hash_sha512_BYTES];
	crypto_hash_sha512_init(&h);
	crypto_hash_sha512_update(&h, c->signature, PARS_EDWARDS_SIZE);
	crypto_hash_sha512_update(&h, c->key->b, sizeof c->key->b);
	crypto_hash_sha512_update(&h, c->prefix.p, c->prefix.n);
	crypto_hash_sha512_update(&h, c->message.p, c->message.n);
	crypto_hash_sha512_final(&h, digest);
	crypto_core_ed25519_scalar_reduce(ret, digest);
}

/* A challenge stands for its R, A and message. */
static void coefficients(const struct pars_ed25519_claim *claims, scalar *challenges, size_t count,
	uint8_t ret[][COEFFICIENT_SIZE])
{
	static const uint8_t nonce[crypto_stream_chacha20_NONCEBYTES];
	crypto_hash_sha512_state h;
	uint8_t digest[crypto_hash_sha512_BYTES];
	crypto_hash_sha512_init(&h);
	for (size_t i = 0; i < count; i++) {
		crypto_hash_sha512_update(&h, challenges[i], sizeof challenges[i]);
		crypto_hash_sha512_update(&h, claims[i].signature, PARS_ED25519_SIGNATURE_SIZE);
	}
	crypto_hash_sha512_final(&h, digest);
	crypto_stream_chacha20(ret[0], count * COEFFICIENT_SIZE, nonce, digest);
}

/* The first from list[0..count) on that is of this key, or count. */
static size_t find_key(const struct pars_ed25519_claim *list, size_t count, const struct pars_ed25519_public *key)
{
	size_t i = 0;
	while (i < count && memcmp(list[i].key->b, key->b, sizeof key->b) != 0)
		i++;
	return i;
}

/* Terms of the combined equation: R of each, A of each author, and B, that comes last. */
static bool combine(const struct pars_ed25519_claim *claims, size_t count, struct pars_edwards_term *terms, size_t *term_count)
{
	scalar challenges[TOGETHER], product;
	uint8_t z[TOGETHER][COEFFICIENT_SIZE];
	struct pars_edwards_term *author[TOGETHER], *next = terms, base = { 0 };
	for (size_t i = 0; i < count; i++)
		challenge(&claims[i], challenges[i]);
	coefficients(claims, challenges, count, z);
	if (!pars_edwards_decode(base_point, &base.point))
		abort();
	for (size_t i = 0; i < count; i++) {
		const uint8_t *r = claims[i].signature, *s = r + PARS_EDWARDS_SIZE;
		size_t same = find_key(claims, i, claims[i].key);
		scalar coefficient = { 0 };
		memcpy(coefficient, z[i], sizeof z[i]);
		memcpy(next->scalar, coefficient, sizeof coefficient);
		if (!is_below_order(s) || !pars_edwards_decode(r, &next++->point))
			return false;
		author[i] = same < i ? author[same] : next++;
		if (same == i && !pars_edwards_decode(claims[i].key->b, &author[i]->point))
			return false;
		crypto_core_ed25519_scalar_mul(product, coefficient, challenges[i]);
		crypto_core_ed25519_scalar_add(author[i]->scalar, author[i]->scalar, product);
		crypto_core_ed25519_scalar_mul(product, coefficient, s);
		crypto_core_ed25519_scalar_sub(base.scalar, base.scalar, product);
	}
	*next++ = base;
	*term_count = (size_t)(next - terms);
	return true;
}

static bool hold_together(const struct pars_ed25519_claim *claims, size_t count)
{
	struct pars_edwards_term *terms = pars_alloc_array(2 * count + 1, sizeof *terms);
	size_t term_count;
	bool ok = combine(claims, count, terms, &term_count) &&
		pars_edwards_vanishes(terms, term_count);
	free(terms);
	return ok;
}

/* libsodium is stricter: its equation lacks the factor of eight, and it refuses points
 * of small order. So what it takes is valid, sooner known, and what it does not may be. */
bool pars_ed25519_verify(const struct pars_ed25519_public *key, struct pars_bytes message,
	const uint8_t signature[PARS_ED25519_SIGNATURE_SIZE])
{
	struct pars_ed25519_claim claim = { .key = key, .message = message, .signature = signature };
	return !crypto_sign_ed25519_verify_detached(signature, message.p, message.n, key->b)
		|| hold_together(&claim, 1);
}

static bool is_valid(const struct pars_ed25519_claim *claim)
{
	PARS_AUTO_BUF whole = { 0 };
	pars_buf_put(&whole, claim->prefix);
	pars_buf_put(&whole, claim->message);
	return pars_ed25519_verify(claim->key, pars_buf_bytes(&whole), claim->signature);
}

void pars_ed25519_verify_each(struct pars_ed25519_claim *claims, size_t count)
{
	for (size_t n; count; claims += n, count -= n) {
		n = PARS_MIN(count, (size_t)TOGETHER);
		bool all = n > 1 && hold_together(claims, n);
		for (size_t i = 0; i < n; i++)
			claims[i].is_valid = all || is_valid(&claims[i]);
	}
}

void pars_ed25519_wipe(struct pars_ed25519_pair *pair)
{
	sodium_memzero(pair, sizeof *pair);
}
