#include "crypto/modexp.h"

#include <gmp.h>

static void load(mpz_t z, const struct pars_modexp_number *n)
{
	mpz_import(z, n->bytes.n, 1, 1, 1, 0, n->bytes.p);
	mpz_mul_2exp(z, z, 8 * (mp_bitcnt_t)n->zeros);
}

void pars_modexp(const struct pars_modexp_number *base, const struct pars_modexp_number *exponent,
	const struct pars_modexp_number *modulus, uint8_t *out)
{
	size_t size = modulus->bytes.n + modulus->zeros;
	mpz_t b, e, m;
	memset(out, 0, size);
	mpz_inits(b, e, m, NULL);
	load(m, modulus);
	if (mpz_sgn(m)) {
		load(b, base);
		load(e, exponent);
		mpz_powm(b, b, e, m);
		size_t n = (mpz_sizeinbase(b, 2) + 7) / 8;
		if (mpz_sgn(b))
			mpz_export(out + size - n, NULL, 1, 1, 1, 0, b);
	}
	mpz_clears(b, e, m, NULL);
}
