#include "crypto/ed25519.h"

#include <sodium/crypto_sign_ed25519.h>

#include "tests/crypto/small_order.h"
#include "tests/unit/unit.h"

START_TEST(rfc_8032_section_7_1)
{
	static const struct { const char *seed, *public, *message, *signature; } vectors[] = {
		{ "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
			"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
			"e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b" },
		{ "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
			"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
			"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00" },
		{ "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
			"fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
			"6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a" },
	};
	struct pars_ed25519_claim claims[PARS_COUNT(vectors)];
	struct pars_ed25519_pair pair[PARS_COUNT(vectors)];
	for (size_t i = 0; i < PARS_COUNT(vectors); i++) {
		struct pars_bytes message = unit_hex(vectors[i].message), signature = unit_hex(vectors[i].signature);
		uint8_t made[PARS_ED25519_SIGNATURE_SIZE];
		pars_ed25519_pair_from_seed(&pair[i], unit_hex(vectors[i].seed).p);
		ck_assert_mem_eq(pair[i].public.b, unit_hex(vectors[i].public).p, 32);
		pars_ed25519_sign(&pair[i], message, made);
		ck_assert_mem_eq(made, signature.p, signature.n);
		ck_assert(pars_ed25519_verify(&pair[i].public, message, signature.p));
		claims[i] = (struct pars_ed25519_claim){ .key = &pair[i].public, .message = message,
			.signature = signature.p };
	}
	pars_ed25519_verify_each(claims, PARS_COUNT(claims));
	for (size_t i = 0; i < PARS_COUNT(vectors); i++)
		ck_assert(claims[i].is_valid);
}
END_TEST

/* The vectors of ZIP 215: each of these as key and as R, S = 0, over "Zcash". */
START_TEST(zip_215_small_order)
{
	struct pars_bytes message = PARS_BYTES_STR("Zcash");
	static struct pars_ed25519_public key[SMALL_ORDER_ENCODINGS];
	static uint8_t signature[SMALL_ORDER_ENCODINGS][64];
	static struct pars_ed25519_claim claims[SMALL_ORDER_ENCODINGS * SMALL_ORDER_ENCODINGS];
	for (size_t a = 0; a < SMALL_ORDER_ENCODINGS; a++) {
		memcpy(key[a].b, small_order[a], 32);
		memcpy(signature[a], small_order[a], 32);
	}
	for (size_t a = 0; a < SMALL_ORDER_ENCODINGS; a++)
		for (size_t r = 0; r < SMALL_ORDER_ENCODINGS; r++) {
			ck_assert(pars_ed25519_verify(&key[a], message, signature[r]));
			claims[SMALL_ORDER_ENCODINGS * a + r] = (struct pars_ed25519_claim){ .key = &key[a], .message = message,
				.signature = signature[r] };
		}
	pars_ed25519_verify_each(claims, PARS_COUNT(claims));
	for (size_t i = 0; i < PARS_COUNT(claims); i++)
		ck_assert(claims[i].is_valid);
	/* Any S but zero needs more than small order. */
	signature[3][32] = 1;
	ck_assert(!pars_ed25519_verify(&key[0], message, signature[3]));
}
END_TEST

#define KEYS 5
#define CLAIMS 200

struct signed_by_many {
	struct pars_ed25519_pair pair[KEYS];
	uint8_t message[CLAIMS][40], signature[CLAIMS][64];
	struct pars_ed25519_claim claim[CLAIMS];
};

static struct signed_by_many many;

static void sign_many(void)
{
	for (uint8_t k = 0; k < KEYS; k++) {
		uint8_t seed[PARS_ED25519_SEED_SIZE] = { k };
		pars_ed25519_pair_from_seed(&many.pair[k], seed);
	}
	for (size_t i = 0; i < CLAIMS; i++) {
		struct pars_ed25519_pair *pair = &many.pair[i * i % KEYS];
		struct pars_bytes message = PARS_BYTES(many.message[i], i % 40);
		memset(many.message[i], (int)i, sizeof many.message[i]);
		pars_ed25519_sign(pair, message, many.signature[i]);
		many.claim[i] = (struct pars_ed25519_claim){ .key = &pair->public,
			.prefix = pars_bytes_take(&message, message.n / 3), .signature = many.signature[i] };
		many.claim[i].message = message;
	}
}

START_TEST(each_of_many)
{
	for (size_t n = 0; n <= CLAIMS; n += n < 4 ? 1 : 49) {
		sign_many();
		pars_ed25519_verify_each(many.claim, n);
		for (size_t i = 0; i < CLAIMS; i++)
			ck_assert_int_eq(many.claim[i].is_valid, i < n);
	}
}
END_TEST

/* Adds the group's order to S, which then says the same another way. */
static void lengthen(uint8_t signature[64])
{
	struct pars_bytes order = unit_hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
	unsigned carry = 0;
	for (size_t i = 0; i < 32; i++) {
		carry += signature[32 + i] + order.p[i];
		signature[32 + i] = (uint8_t)carry;
		carry >>= 8;
	}
}

START_TEST(the_forged_of_many)
{
	static const size_t forged[] = { 0, 5, 63, 64, 70, 71, 130, 199 };
	sign_many();
	many.signature[0][0] ^= 1;             /* R */
	many.signature[5][40] ^= 4;            /* S */
	many.message[63][3] ^= 0x80;           /* what was signed */
	many.claim[64].key = &many.pair[(64 * 64 + 1) % KEYS].public;
	memset(many.signature[70], 0x02, 32);  /* no point has this y */
	lengthen(many.signature[71]);
	memset(many.signature[130], 0, 64);
	many.claim[199].prefix.n--;
	pars_ed25519_verify_each(many.claim, CLAIMS);
	for (size_t i = 0, f = 0; i < CLAIMS; i++) {
		bool is_forged = f < PARS_COUNT(forged) && forged[f] == i;
		ck_assert_msg(many.claim[i].is_valid == !is_forged, "claim %zu", i);
		f += is_forged;
	}
}
END_TEST

/* Errors that would cancel in a plain sum. */
START_TEST(opposite_errors)
{
	sign_many();
	many.signature[10][32]++;
	many.signature[11][32]--;
	ck_assert(many.signature[10][32] && many.signature[11][32] != 0xff);
	pars_ed25519_verify_each(many.claim, 20);
	for (size_t i = 0; i < 20; i++)
		ck_assert_int_eq(many.claim[i].is_valid, i != 10 && i != 11);
}
END_TEST

/* R and A are off by points of small order: the factor of eight makes them valid, alone
 * and among others alike, while libsodium alone would refuse them. */
START_TEST(off_by_small_order)
{
	size_t refused = 0;
	sign_many();
	for (size_t i = 0; i < 64; i++) {
		static struct pars_ed25519_public key[64];
		struct pars_ed25519_claim *c = &many.claim[i];
		struct pars_bytes whole = PARS_BYTES(many.message[i], c->prefix.n + c->message.n);
		small_order_sign(&many.pair[0], i % 8, i / 8, (uint8_t)i, whole, &key[i], many.signature[i]);
		c->key = &key[i];
		ck_assert(pars_ed25519_verify(c->key, whole, many.signature[i]));
		refused += crypto_sign_ed25519_verify_detached(many.signature[i], whole.p, whole.n, key[i].b) != 0;
	}
	ck_assert_uint_gt(refused, 40);
	pars_ed25519_verify_each(many.claim, CLAIMS);
	for (size_t i = 0; i < CLAIMS; i++)
		ck_assert(many.claim[i].is_valid);
}
END_TEST

UNIT_CASE(ed25519, rfc_8032_section_7_1, zip_215_small_order, each_of_many, the_forged_of_many, opposite_errors,
	off_by_small_order);
