#include "crypto/x25519.h"

#include "tests/unit/unit.h"

START_TEST(rfc_7748_section_5_2)
{
	static const struct { const char *scalar, *point, *out; } vectors[] = {
		{ "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
			"e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
			"c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552" },
		{ "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
			"e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
			"95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957" },
	};
	for (size_t i = 0; i < PARS_COUNT(vectors); i++) {
		uint8_t out[32];
		ck_assert(pars_x25519(unit_hex(vectors[i].scalar).p, unit_hex(vectors[i].point).p, out));
		ck_assert_mem_eq(out, unit_hex(vectors[i].out).p, 32);
	}
}
END_TEST

START_TEST(rfc_7748_section_6_1)
{
	struct pars_x25519_pair alice, bob;
	uint8_t a[32], b[32];
	pars_x25519_pair_from_secret(&alice,
		unit_hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a").p);
	pars_x25519_pair_from_secret(&bob,
		unit_hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb").p);
	ck_assert_mem_eq(alice.public,
		unit_hex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a").p, 32);
	ck_assert_mem_eq(bob.public,
		unit_hex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f").p, 32);
	ck_assert(pars_x25519(alice.secret, bob.public, a));
	ck_assert(pars_x25519(bob.secret, alice.public, b));
	ck_assert_mem_eq(a, b, 32);
	ck_assert_mem_eq(a,
		unit_hex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742").p, 32);
}
END_TEST

START_TEST(points_of_small_order_are_refused)
{
	static const char *const points[] = {
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
		"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	};
	uint8_t secret[32] = { 7 }, out[32], zero[32] = { 0 };
	for (size_t i = 0; i < PARS_COUNT(points); i++) {
		ck_assert_msg(!pars_x25519(secret, unit_hex(points[i]).p, out), "%s", points[i]);
		ck_assert_mem_eq(out, zero, sizeof out);
	}
}
END_TEST

UNIT_CASE(x25519, rfc_7748_section_5_2, rfc_7748_section_6_1, points_of_small_order_are_refused);
