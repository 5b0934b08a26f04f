/* crypto/p256.h - ECDSA over NIST P-256 (FIPS 186-5): phones' and browsers' keys. */
#ifndef PARS_CRYPTO_P256_H
#define PARS_CRYPTO_P256_H

#include "base/base.h"

/* Numbers are 32 bytes, the highest first; xy are the key's two coordinates. False,
 * too, when r or s is zero or not below the group's order, or xy is no point of the
 * curve. A high s is as good as a low one. */
PARS_MUST bool pars_p256_verify(const uint8_t hash[32], const uint8_t r[32], const uint8_t s[32],
	const uint8_t xy[64]);

#endif
