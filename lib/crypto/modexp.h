/* crypto/modexp.h - powers of whole numbers of any size modulo another. */
#ifndef PARS_CRYPTO_MODEXP_H
#define PARS_CRYPTO_MODEXP_H

#include "base/bytes.h"

/* A number: `bytes`, the highest first, and then so many bytes of zero. */
struct pars_modexp_number {
	struct pars_bytes bytes; /* borrowed */
	size_t zeros;
};

/* Writes base^exponent mod modulus, of as many bytes as `modulus` has (its zeros
 * counted), the highest first. Zero to the power of zero is one; modulo zero
 * everything is zero. Time and memory follow the three lengths: the caller bounds
 * them. */
void pars_modexp(const struct pars_modexp_number *base, const struct pars_modexp_number *exponent,
	const struct pars_modexp_number *modulus, uint8_t *out);

#endif
