#include "crypto/secp256k1.h"
#include "tests/unit/unit.h"
#include "wallet/keystore.h"

static struct pars_keystore sealed(uint8_t key[32])
{
	struct pars_keystore ks;
	struct pars_rng rng;
	static const uint8_t seed[PARS_RNG_SEED_SIZE] = { 7 };
	memset(key, 0x11, 32);
	pars_rng_init(&rng, seed);
	ck_assert_int_eq(pars_keystore_seal(key, PARS_BYTES_STR("sesame"), true, &rng, &ks), PARS_OK);
	return ks;
}

START_TEST(opens_with_its_password_only)
{
	uint8_t key[32], got[32] = { 0 };
	struct pars_keystore ks = sealed(key);
	ck_assert_int_eq(pars_keystore_open(&ks, PARS_BYTES_STR("sesam"), got), PARS_E_DENIED);
	ck_assert_uint_eq(got[0], 0);
	ck_assert_int_eq(pars_keystore_open(&ks, PARS_BYTES_STR("sesame"), got), PARS_OK);
	ck_assert_mem_eq(got, key, sizeof key);
	ck_assert(memcmp(ks.ciphertext, key, sizeof key));
}
END_TEST

START_TEST(a_changed_file_is_refused)
{
	uint8_t key[32], got[32];
	struct pars_keystore ks = sealed(key);
	ks.ciphertext[3] ^= 1;
	ck_assert_int_eq(pars_keystore_open(&ks, PARS_BYTES_STR("sesame"), got), PARS_E_DENIED);
	ks = sealed(key);
	ks.address.b[0] ^= 1;
	ck_assert_int_eq(pars_keystore_open(&ks, PARS_BYTES_STR("sesame"), got), PARS_E_INVALID);
	ks = sealed(key);
	ks.iv[0] ^= 1; /* the proof is not about it; the address is */
	ck_assert_int_eq(pars_keystore_open(&ks, PARS_BYTES_STR("sesame"), got), PARS_E_INVALID);
}
END_TEST

START_TEST(costs_beyond_the_bounds_are_refused)
{
	static const struct { uint64_t n, r, p; } bad[] = {
		{ 0, 8, 1 }, { 1, 8, 1 }, { 3, 8, 1 }, { 4096, 0, 1 }, { 4096, 8, 0 }, { (uint64_t)1 << 40, 8, 1 },
		{ 1 << 20, 8, 1 }, { 2, UINT64_MAX, 1 }, { 2, 8, UINT64_MAX }, { (uint64_t)1 << 63, (uint64_t)1 << 60, 2 },
	};
	uint8_t key[32], got[32];
	for (size_t i = 0; i < PARS_COUNT(bad); i++) {
		struct pars_keystore ks = sealed(key);
		ks.n = bad[i].n, ks.r = bad[i].r, ks.p = bad[i].p;
		ck_assert_int_eq(pars_keystore_open(&ks, PARS_BYTES_STR("sesame"), got), PARS_E_INVALID);
	}
	struct pars_keystore ks = sealed(key);
	ks.is_scrypt = false;
	ks.rounds = 0;
	ck_assert_int_eq(pars_keystore_open(&ks, PARS_BYTES_STR("sesame"), got), PARS_E_INVALID);
	ks.rounds = UINT64_MAX;
	ck_assert_int_eq(pars_keystore_open(&ks, PARS_BYTES_STR("sesame"), got), PARS_E_INVALID);
}
END_TEST

START_TEST(what_is_no_key_is_not_sealed)
{
	struct pars_keystore ks;
	struct pars_rng rng;
	uint8_t zero[32] = { 0 };
	pars_rng_init(&rng, zero);
	ck_assert_int_eq(pars_keystore_seal(zero, PARS_BYTES_STR("x"), true, &rng, &ks), PARS_E_INVALID);
}
END_TEST

UNIT_CASE(keystore, opens_with_its_password_only, a_changed_file_is_refused, costs_beyond_the_bounds_are_refused,
	what_is_no_key_is_not_sealed);
