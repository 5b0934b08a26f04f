#include "chain/bloom.h"

/* Three bits: the low eleven of each of the hash's first three pairs of bytes. */
static void bits_of(struct pars_bytes v, uint16_t bits[3])
{
	struct pars_digest hash = pars_keccak256(v);
	for (size_t i = 0; i < 3; i++)
		bits[i] = pars_be16(hash.b + 2 * i) & 2047;
}

void pars_bloom_add(struct pars_bloom *bloom, struct pars_bytes v)
{
	uint16_t bits[3];
	bits_of(v, bits);
	for (int i = 0; i < 3; i++)
		bloom->b[PARS_BLOOM_SIZE - 1 - bits[i] / 8] |= (uint8_t)(1 << bits[i] % 8);
}

void pars_bloom_add_log(struct pars_bloom *bloom, const struct pars_log *log)
{
	pars_bloom_add(bloom, PARS_BYTES_ARRAY(log->address.b));
	for (unsigned i = 0; i < log->topic_count; i++)
		pars_bloom_add(bloom, PARS_BYTES_ARRAY(log->topics[i].b));
}

void pars_bloom_or(struct pars_bloom *bloom, const struct pars_bloom *more)
{
	for (int i = 0; i < PARS_BLOOM_SIZE; i++)
		bloom->b[i] |= more->b[i];
}

bool pars_bloom_may_have(const struct pars_bloom *bloom, struct pars_bytes v)
{
	uint16_t bits[3];
	bits_of(v, bits);
	for (int i = 0; i < 3; i++)
		if (!(bloom->b[PARS_BLOOM_SIZE - 1 - bits[i] / 8] >> bits[i] % 8 & 1))
			return false;
	return true;
}
