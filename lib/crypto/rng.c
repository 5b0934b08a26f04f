#include "crypto/rng.h"

#include <string.h>

#include <sodium/crypto_stream_chacha20.h>
#include <sodium/utils.h>

void pars_rng_init(struct pars_rng *rng, const uint8_t seed[PARS_RNG_SEED_SIZE])
{
	memcpy(rng->key, seed, sizeof rng->key);
	rng->left = 0;
}

static void refill(struct pars_rng *rng)
{
	static const uint8_t nonce[crypto_stream_chacha20_NONCEBYTES];
	uint8_t block[sizeof rng->key + sizeof rng->pool];
	crypto_stream_chacha20(block, sizeof block, nonce, rng->key);
	memcpy(rng->key, block, sizeof rng->key);
	memcpy(rng->pool, block + sizeof rng->key, sizeof rng->pool);
	rng->left = sizeof rng->pool;
	sodium_memzero(block, sizeof block);
}

void pars_rng_bytes(struct pars_rng *rng, void *out, size_t n)
{
	uint8_t *to = out;
	while (n) {
		if (!rng->left)
			refill(rng);
		size_t take = PARS_MIN(n, rng->left);
		uint8_t *from = rng->pool + sizeof rng->pool - rng->left;
		memcpy(to, from, take);
		sodium_memzero(from, take);
		rng->left -= take;
		to += take;
		n -= take;
	}
}

uint64_t pars_rng_u64(struct pars_rng *rng)
{
	uint64_t v;
	pars_rng_bytes(rng, &v, sizeof v);
	return v;
}

uint64_t pars_rng_below(struct pars_rng *rng, uint64_t bound)
{
	uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
	uint64_t v;
	do
		v = pars_rng_u64(rng);
	while (v >= limit);
	return v % bound;
}

void pars_rng_done(struct pars_rng *rng)
{
	sodium_memzero(rng, sizeof *rng);
}
