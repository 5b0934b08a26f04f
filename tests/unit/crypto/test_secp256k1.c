#include "crypto/address.h"
#include "crypto/secp256k1.h"
#include "tests/unit/unit.h"

#define HEX(text) (unit_hex(text).p)

/* The transaction that EIP-155 signs for an example. */
static const char example_key[] = "4646464646464646464646464646464646464646464646464646464646464646";
static const char example_hash[] = "daf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53";
static const char example_r[] = "28ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276";
static const char example_s[] = "67cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83";

static const char order[] = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
static const char zero[] = "0000000000000000000000000000000000000000000000000000000000000000";

START_TEST(signs_as_eip155_does)
{
	uint8_t r[32], s[32], xy[64], again[64];
	unsigned parity = 9;
	ck_assert(pars_secp256k1_sign(HEX(example_key), HEX(example_hash), r, s, &parity));
	ck_assert_mem_eq(r, HEX(example_r), 32);
	ck_assert_mem_eq(s, HEX(example_s), 32);
	ck_assert_uint_eq(parity, 0);

	ck_assert(pars_secp256k1_public(HEX(example_key), xy));
	ck_assert(pars_secp256k1_recover(HEX(example_hash), r, s, parity, again));
	ck_assert_mem_eq(xy, again, 64);
	struct pars_address a = pars_address_of_key(xy);
	ck_assert_mem_eq(a.b, HEX("9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f"), 20);
	ck_assert(pars_secp256k1_recover(HEX(example_hash), r, s, 1, again));
	ck_assert_mem_ne(xy, again, 64);
}
END_TEST

START_TEST(takes_high_s_where_ecrecover_does)
{
	uint8_t high[32], xy[64], again[64];
	struct pars_u256 n = pars_u256_from_be(HEX(order)), s = pars_u256_from_be(HEX(example_s));
	pars_u256_sub(&s, &n, &s);
	pars_u256_to_be(&s, high);
	ck_assert(pars_secp256k1_is_low(HEX(example_s)) && !pars_secp256k1_is_low(high));
	ck_assert(pars_secp256k1_public(HEX(example_key), xy));
	/* The other s belongs to the opposite point. */
	ck_assert(pars_secp256k1_recover(HEX(example_hash), HEX(example_r), high, 1, again));
	ck_assert_mem_eq(xy, again, 64);
	ck_assert(pars_secp256k1_verify(HEX(example_hash), HEX(example_r), high, xy));
	ck_assert(pars_secp256k1_verify(HEX(example_hash), HEX(example_r), HEX(example_s), xy));
	ck_assert(!pars_secp256k1_verify(HEX(zero), HEX(example_r), HEX(example_s), xy));
	xy[63] ^= 1; /* no point of the curve any more */
	ck_assert(!pars_secp256k1_verify(HEX(example_hash), HEX(example_r), HEX(example_s), xy));
}
END_TEST

START_TEST(half_of_the_order_is_low_and_no_more)
{
	uint8_t s[32];
	struct pars_u256 half = pars_u256_from_be(HEX(order)), one = PARS_U256(1);
	for (int i = 0; i < 4; i++)
		half.w[i] = half.w[i] >> 1 | (i < 3 ? half.w[i + 1] << 63 : 0);
	pars_u256_to_be(&half, s);
	ck_assert(pars_secp256k1_is_low(s));
	pars_u256_add(&half, &half, &one);
	pars_u256_to_be(&half, s);
	ck_assert(!pars_secp256k1_is_low(s));
}
END_TEST

START_TEST(refuses_numbers_out_of_range)
{
	uint8_t out[64], r[32], s[32];
	unsigned parity;
	ck_assert(!pars_secp256k1_recover(HEX(example_hash), HEX(zero), HEX(example_s), 0, out));
	ck_assert(!pars_secp256k1_recover(HEX(example_hash), HEX(example_r), HEX(zero), 0, out));
	ck_assert(!pars_secp256k1_recover(HEX(example_hash), HEX(order), HEX(example_s), 0, out));
	ck_assert(!pars_secp256k1_recover(HEX(example_hash), HEX(example_r), HEX(order), 0, out));
	ck_assert(!pars_secp256k1_recover(HEX(example_hash), HEX(example_r), HEX(example_s), 2, out));
	ck_assert(!pars_secp256k1_sign(HEX(zero), HEX(example_hash), r, s, &parity));
	ck_assert(!pars_secp256k1_sign(HEX(order), HEX(example_hash), r, s, &parity));
	ck_assert(!pars_secp256k1_public(HEX(zero), out));
	ck_assert(!pars_secp256k1_public(HEX(order), out));
}
END_TEST

UNIT_CASE(secp256k1, signs_as_eip155_does, takes_high_s_where_ecrecover_does,
	half_of_the_order_is_low_and_no_more, refuses_numbers_out_of_range);
