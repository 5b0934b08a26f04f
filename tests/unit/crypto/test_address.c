#include "crypto/address.h"
#include "crypto/secp256k1.h"
#include "tests/unit/unit.h"

static struct pars_address address(const char *hex)
{
	struct pars_address a;
	memcpy(a.b, unit_hex(hex).p, sizeof a.b);
	return a;
}

START_TEST(of_the_key_one)
{
	uint8_t key[32] = { [31] = 1 }, xy[64];
	ck_assert(pars_secp256k1_public(key, xy));
	struct pars_address got = pars_address_of_key(xy), want = address("7e5f4552091a69125d5dfcb7b8c2659029395bdf");
	ck_assert(pars_address_equal(&got, &want));
}
END_TEST

/* A nonce is a number without leading zeros: one byte each way at every edge. */
START_TEST(create_follows_the_nonce)
{
	static const struct {
		uint64_t nonce;
		const char *rlp; /* what is hashed, behind the creator */
	} rows[] = {
		{ 0, "80" }, { 1, "01" }, { 0x7f, "7f" }, { 0x80, "8180" }, { 0xff, "81ff" },
		{ 0x100, "820100" }, { 0x123456, "83123456" }, { UINT64_MAX, "88ffffffffffffffff" },
	};
	struct pars_address creator = address("6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0");
	for (size_t i = 0; i < PARS_COUNT(rows); i++) {
		struct pars_bytes tail = unit_hex(rows[i].rlp);
		uint8_t raw[31] = { (uint8_t)(0xc0 + 21 + tail.n), 0x94 };
		memcpy(raw + 2, creator.b, 20);
		memcpy(raw + 22, tail.p, tail.n);
		struct pars_digest d = pars_keccak256(PARS_BYTES(raw, 22 + tail.n));
		struct pars_address got = pars_address_create(&creator, rows[i].nonce);
		ck_assert_mem_eq(got.b, d.b + 12, 20);
	}
	struct pars_address first = pars_address_create(&creator, 0), second = pars_address_create(&creator, 1);
	ck_assert_mem_eq(first.b, unit_hex("cd234a471b72ba2f1ccf0a70fcaba648a5eecd8d").p, 20);
	ck_assert_mem_eq(second.b, unit_hex("343c43a37d37dff08ae8c4a11544c718abb4fcf8").p, 20);
}
END_TEST

/* The examples of EIP-1014. */
START_TEST(create2_by_salt_and_code)
{
	static const struct {
		const char *creator, *salt, *code, *want;
	} rows[] = {
		{ "0000000000000000000000000000000000000000",
			"0000000000000000000000000000000000000000000000000000000000000000", "00",
			"4d1a2e2bb4f88f0250f26ffff098b0b30b26bf38" },
		{ "deadbeef00000000000000000000000000000000",
			"0000000000000000000000000000000000000000000000000000000000000000", "00",
			"b928f69bb1d91cd65274e3c79d8986362984fda3" },
		{ "deadbeef00000000000000000000000000000000",
			"000000000000000000000000feed000000000000000000000000000000000000", "00",
			"d04116cdd17bebe565eb2422f2497e06cc1c9833" },
		{ "00000000000000000000000000000000deadbeef",
			"00000000000000000000000000000000000000000000000000000000cafebabe", "deadbeef",
			"60f3f640a8508fc6a86d45df051962668e1e8ac7" },
		{ "0000000000000000000000000000000000000000",
			"0000000000000000000000000000000000000000000000000000000000000000", "",
			"e33c0c7f7df4809055c3eba6c09cfe4baf1bd9e0" },
	};
	for (size_t i = 0; i < PARS_COUNT(rows); i++) {
		struct pars_address creator = address(rows[i].creator), want = address(rows[i].want);
		struct pars_digest code = pars_keccak256(unit_hex(rows[i].code));
		struct pars_address got = pars_address_create2(&creator, unit_hex(rows[i].salt).p, &code);
		ck_assert(pars_address_equal(&got, &want));
	}
}
END_TEST

UNIT_CASE(address, of_the_key_one, create_follows_the_nonce, create2_by_salt_and_code);
