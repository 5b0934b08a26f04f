#include "crypto/secp256k1.h"

#include <stdlib.h>
#include <string.h>

#include <secp256k1.h>
#include <secp256k1_recovery.h>


/* What needs no secret uses the library's constant context; a secret needs one
 * with tables for the generator, made for the call, as lib/ keeps no state of
 * its own. */
static secp256k1_context *context_new(void)
{
	secp256k1_context *ctx = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
	if (!ctx)
		abort();
	return ctx;
}

static void put_point(const secp256k1_pubkey *point, uint8_t xy[64])
{
	uint8_t raw[65];
	size_t n = sizeof raw;
	secp256k1_ec_pubkey_serialize(secp256k1_context_static, raw, &n, point, SECP256K1_EC_UNCOMPRESSED);
	memcpy(xy, raw + 1, 64);
}

bool pars_secp256k1_recover(const uint8_t hash[32], const uint8_t r[32], const uint8_t s[32],
	unsigned parity, uint8_t xy[64])
{
	const secp256k1_context *ctx = secp256k1_context_static;
	secp256k1_ecdsa_recoverable_signature signature;
	secp256k1_pubkey point;
	uint8_t rs[64];
	memcpy(rs, r, 32);
	memcpy(rs + 32, s, 32);
	if (parity > 1
		|| !secp256k1_ecdsa_recoverable_signature_parse_compact(ctx, &signature, rs, (int)parity)
		|| !secp256k1_ecdsa_recover(ctx, &point, &signature, hash))
		return false;
	put_point(&point, xy);
	return true;
}

bool pars_secp256k1_verify(const uint8_t hash[32], const uint8_t r[32], const uint8_t s[32],
	const uint8_t xy[64])
{
	const secp256k1_context *ctx = secp256k1_context_static;
	secp256k1_ecdsa_signature signature;
	secp256k1_pubkey point;
	uint8_t rs[64], raw[65] = { 4 };
	memcpy(rs, r, 32);
	memcpy(rs + 32, s, 32);
	memcpy(raw + 1, xy, 64);
	if (!secp256k1_ecdsa_signature_parse_compact(ctx, &signature, rs)
		|| !secp256k1_ec_pubkey_parse(ctx, &point, raw, sizeof raw))
		return false;
	/* The library verifies low ones only. */
	secp256k1_ecdsa_signature_normalize(ctx, &signature, &signature);
	return secp256k1_ecdsa_verify(ctx, &signature, hash, &point);
}

bool pars_secp256k1_is_low(const uint8_t s[32])
{
	static const uint8_t half[32] = {
		0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0x5d, 0x57, 0x6e, 0x73, 0x57, 0xa4, 0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0,
	};
	return memcmp(s, half, sizeof half) <= 0;
}

bool pars_secp256k1_sign(const uint8_t key[32], const uint8_t hash[32],
	uint8_t r[32], uint8_t s[32], unsigned *parity)
{
	secp256k1_context *ctx = context_new();
	secp256k1_ecdsa_recoverable_signature signature;
	bool ok = secp256k1_ecdsa_sign_recoverable(ctx, &signature, hash, key, NULL, NULL);
	secp256k1_context_destroy(ctx);
	if (!ok)
		return false;
	uint8_t rs[64];
	int id = 0;
	secp256k1_ecdsa_recoverable_signature_serialize_compact(secp256k1_context_static, rs, &id, &signature);
	memcpy(r, rs, 32);
	memcpy(s, rs + 32, 32);
	/* Bit 1 would say that the point's x was above the group's order: one in
	 * 2^127, which no nonce will ever give. */
	*parity = (unsigned)id & 1;
	return true;
}

bool pars_secp256k1_public(const uint8_t key[32], uint8_t xy[64])
{
	secp256k1_context *ctx = context_new();
	secp256k1_pubkey point;
	bool ok = secp256k1_ec_pubkey_create(ctx, &point, key);
	secp256k1_context_destroy(ctx);
	if (ok)
		put_point(&point, xy);
	return ok;
}
