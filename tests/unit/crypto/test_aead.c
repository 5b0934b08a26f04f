#include "crypto/aead.h"

#include "tests/unit/unit.h"

#define RFC_SEALED \
	"64a0861575861af460f062c79be643bd5e805cfd345cf389f108670ac76c8cb24c6cfc18" \
	"755d43eea09ee94e382d26b0bdb7b73c321b0100d4f03b7f355894cf332f830e710b97ce" \
	"98c8a84abd0b948114ad176e008d33bd60f982b1ff37c8559797a06ef4f0ef61c186324e" \
	"2b3506383606907b6a7c02b0f9f6157b53c867e4b9166c767b804d46a59b5216cde7a4e9" \
	"9040c5a40433225ee282a1b0a06c523eaf4534d7f83fa1155b0047718cbc546a0d072b04" \
	"b3564eea1b422273f548271a0bb2316053fa76991955ebd63159434ecebb4e466dae5a10" \
	"73a6727627097a1049e617d91d361094fa68f0ff77987130305beaba2eda04df997b714d" \
	"6c6f2c29a6ad5cb4022b02709beead9d67890cbb22392336fea1851f38"

/* Appendix A.5; its nonce is 01 02 … 08 behind the four zero bytes. */
START_TEST(rfc_8439_appendix_a_5)
{
	struct pars_bytes sealed = unit_hex(RFC_SEALED), associated = unit_hex("f33388860000000000004e91");
	const uint8_t *key =
		unit_hex("1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0").p;
	uint64_t counter = 0x0807060504030201;
	uint8_t plain[512], again[512];
	PARS_AUTO(pars_aead) o = pars_aead_new(key, false);
	PARS_AUTO(pars_aead) s = pars_aead_new(key, true);
	ck_assert(pars_aead_open(o, counter, associated, sealed, plain));
	ck_assert_mem_eq(plain, "Internet-Drafts are draft documents", 35);
	pars_aead_seal(s, counter, associated, PARS_BYTES(plain, sealed.n - 16), again);
	ck_assert(pars_bytes_equal(PARS_BYTES(again, sealed.n), sealed));
}
END_TEST

START_TEST(seals_and_opens_every_small_size_in_place)
{
	uint8_t key[32] = { 1, 2, 3 }, plain[130], buf[130 + 16];
	PARS_AUTO(pars_aead) s = pars_aead_new(key, true);
	PARS_AUTO(pars_aead) o = pars_aead_new(key, false);
	for (size_t i = 0; i < sizeof plain; i++)
		plain[i] = (uint8_t)i;
	for (size_t n = 0; n <= sizeof plain; n++) {
		memcpy(buf, plain, n);
		pars_aead_seal(s, n, PARS_BYTES_STR("ad"), PARS_BYTES(buf, n), buf);
		ck_assert(pars_aead_open(o, n, PARS_BYTES_STR("ad"), PARS_BYTES(buf, n + 16), buf));
		ck_assert_mem_eq(buf, plain, n);
	}
}
END_TEST

START_TEST(any_change_is_noticed)
{
	uint8_t key[32] = { 9 }, sealed[20 + 16], out[20];
	PARS_AUTO(pars_aead) s = pars_aead_new(key, true);
	PARS_AUTO(pars_aead) o = pars_aead_new(key, false);
	pars_aead_seal(s, 5, PARS_BYTES_STR("ad"), PARS_BYTES("twenty bytes of text", 20), sealed);
	for (size_t i = 0; i < sizeof sealed * 8; i++) {
		sealed[i / 8] ^= (uint8_t)(1 << i % 8);
		ck_assert(!pars_aead_open(o, 5, PARS_BYTES_STR("ad"), PARS_BYTES_ARRAY(sealed), out));
		sealed[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	ck_assert(!pars_aead_open(o, 6, PARS_BYTES_STR("ad"), PARS_BYTES_ARRAY(sealed), out));
	ck_assert(!pars_aead_open(o, 5, PARS_BYTES_STR("aD"), PARS_BYTES_ARRAY(sealed), out));
	ck_assert(!pars_aead_open(o, 5, PARS_BYTES_STR("ad"), PARS_BYTES(sealed, 35), out));
	for (size_t n = 0; n < 16; n++)
		ck_assert(!pars_aead_open(o, 5, PARS_BYTES_STR("ad"), PARS_BYTES(sealed, n), out));
	/* Failures leave the key as it was. */
	ck_assert(pars_aead_open(o, 5, PARS_BYTES_STR("ad"), PARS_BYTES_ARRAY(sealed), out));
	ck_assert_mem_eq(out, "twenty bytes of text", 20);
}
END_TEST

UNIT_CASE(aead, rfc_8439_appendix_a_5, seals_and_opens_every_small_size_in_place,
	any_change_is_noticed);
