/* dag/sum.h - a fingerprint of a set of ids that is cheap to keep: the sum of
 * the ids as 256-bit little-endian numbers, modulo 2^256, beside their count.
 *
 * Order does not matter, and one more id costs one addition. (As in the
 * Negentropy protocol; the count beside the sum and the hash in
 * pars_sum_fingerprint keep a sender from choosing ids to cancel others.) */
#ifndef PARS_DAG_SUM_H
#define PARS_DAG_SUM_H

#include "crypto/hash.h"

#define PARS_FINGERPRINT_SIZE 16

struct pars_sum {
	uint64_t count;
	uint8_t b[32];
};

void pars_sum_add(struct pars_sum *sum, const struct pars_digest *id);
void pars_sum_merge(struct pars_sum *sum, const struct pars_sum *more);
void pars_sum_fingerprint(const struct pars_sum *sum, uint8_t out[PARS_FINGERPRINT_SIZE]);

#endif
