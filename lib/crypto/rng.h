/* crypto/rng.h - the node's only randomness: a ChaCha20 stream from a seed.
 *
 * The outside gives the seed once (the operating system's randomness in the
 * daemon, a number in the simulator), so a run replays exactly. The key is
 * replaced by its own output after every draw of a block (fast key erasure),
 * so a later leak of the state does not reveal earlier keys. */
#ifndef PARS_CRYPTO_RNG_H
#define PARS_CRYPTO_RNG_H

#include "base/base.h"

#define PARS_RNG_SEED_SIZE 32

struct pars_rng {
	uint8_t key[32];
	uint8_t pool[480];
	size_t left; /* unread bytes at the end of pool */
};

void pars_rng_init(struct pars_rng *rng, const uint8_t seed[PARS_RNG_SEED_SIZE]);
void pars_rng_bytes(struct pars_rng *rng, void *out, size_t n);
uint64_t pars_rng_u64(struct pars_rng *rng);
uint64_t pars_rng_below(struct pars_rng *rng, uint64_t bound); /* uniform; bound > 0 */
void pars_rng_done(struct pars_rng *rng);                      /* wipes */

#endif
