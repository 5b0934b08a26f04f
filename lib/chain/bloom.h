/* chain/bloom.h - which logs may be in a block: 2048 bits (yellow paper, 4.3.1). */
#ifndef PARS_CHAIN_BLOOM_H
#define PARS_CHAIN_BLOOM_H

#include "evm/world.h"

#define PARS_BLOOM_SIZE 256

/* All zero: nothing is in it. */
struct pars_bloom {
	uint8_t b[PARS_BLOOM_SIZE];
};

void pars_bloom_add(struct pars_bloom *bloom, struct pars_bytes v);
/* The log's address and topics. */
void pars_bloom_add_log(struct pars_bloom *bloom, const struct pars_log *log);
void pars_bloom_or(struct pars_bloom *bloom, const struct pars_bloom *more);
/* False: it was never added. */
bool pars_bloom_may_have(const struct pars_bloom *bloom, struct pars_bytes v);

#endif
