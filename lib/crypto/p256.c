#include "crypto/p256.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/obj_mac.h>

/* OpenSSL marks these calls as deprecated in favour of EVP_PKEY, whose keys cost
 * more to make than the signature to check; both run the same arithmetic. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

static BIGNUM *number(const uint8_t b[32])
{
	BIGNUM *n = BN_bin2bn(b, 32, NULL);
	if (!n)
		abort(); /* out of memory */
	return n;
}

/* Of the field: 2^256 - 2^224 + 2^192 + 2^96 - 1. */
static const uint8_t prime[32] = {
	0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
};

/* NULL: no point of the curve. Gives. */
static EC_KEY *key_of_point(const uint8_t xy[64])
{
	/* OpenSSL would take them modulo the prime. */
	if (memcmp(xy, prime, sizeof prime) >= 0 || memcmp(xy + 32, prime, sizeof prime) >= 0)
		return NULL;
	EC_KEY *key = EC_KEY_new_by_curve_name(NID_X9_62_prime256v1);
	if (!key)
		abort();
	const EC_GROUP *group = EC_KEY_get0_group(key);
	EC_POINT *point = EC_POINT_new(group);
	BIGNUM *x = number(xy), *y = number(xy + 32);
	bool ok = point && EC_POINT_set_affine_coordinates(group, point, x, y, NULL)
		&& EC_KEY_set_public_key(key, point);
	BN_free(x);
	BN_free(y);
	EC_POINT_free(point);
	if (ok)
		return key;
	EC_KEY_free(key);
	return NULL;
}

bool pars_p256_verify(const uint8_t hash[32], const uint8_t r[32], const uint8_t s[32],
	const uint8_t xy[64])
{
	bool ok = false;
	EC_KEY *key = key_of_point(xy);
	if (key) {
		ECDSA_SIG *signature = ECDSA_SIG_new();
		if (!signature || !ECDSA_SIG_set0(signature, number(r), number(s)))
			abort();
		ok = ECDSA_do_verify(hash, 32, signature, key) == 1;
		ECDSA_SIG_free(signature);
		EC_KEY_free(key);
	}
	ERR_clear_error(); /* what was refused is nobody's news later */
	return ok;
}

#pragma GCC diagnostic pop
