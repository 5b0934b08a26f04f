#include "dag/sum.h"

#include <endian.h>

static void add(uint8_t to[32], const uint8_t more[32])
{
	unsigned long long carry = 0;
	for (int i = 0; i < 32; i += 8) {
		uint64_t a, b;
		memcpy(&a, to + i, 8);
		memcpy(&b, more + i, 8);
		unsigned __int128 sum = (unsigned __int128)le64toh(a) + le64toh(b) + carry;
		carry = (unsigned long long)(sum >> 64);
		a = htole64((uint64_t)sum);
		memcpy(to + i, &a, 8);
	}
}

void pars_sum_add(struct pars_sum *sum, const struct pars_digest *id)
{
	sum->count++;
	add(sum->b, id->b);
}

void pars_sum_merge(struct pars_sum *sum, const struct pars_sum *more)
{
	sum->count += more->count;
	add(sum->b, more->b);
}

void pars_sum_fingerprint(const struct pars_sum *sum, uint8_t out[PARS_FINGERPRINT_SIZE])
{
	uint8_t count[8];
	pars_put_be64(count, sum->count);
	struct pars_digest d = pars_sha256_2(PARS_BYTES_ARRAY(sum->b), PARS_BYTES_ARRAY(count));
	memcpy(out, d.b, PARS_FINGERPRINT_SIZE);
}
