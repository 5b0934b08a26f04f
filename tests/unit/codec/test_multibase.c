#include "codec/multibase.h"

#include "tests/unit/unit.h"

/* multiformats/multibase, tests/basic.csv, leading_zero.csv and
 * two_leading_zeros.csv. */
static const struct { const char *plain; size_t n; const char *text; } vectors[] = {
	{ "yes mani !", 10, "f796573206d616e692021" },
	{ "yes mani !", 10, "bpfsxgidnmfxgsibb" },
	{ "yes mani !", 10, "k2lcpzo5yikidynfl" },
	{ "yes mani !", 10, "z7paNL19xttacUY" },
	{ "yes mani !", 10, "ueWVzIG1hbmkgIQ" },
	{ "\0yes mani !", 11, "f00796573206d616e692021" },
	{ "\0yes mani !", 11, "bab4wk4zanvqw42jaee" },
	{ "\0yes mani !", 11, "k02lcpzo5yikidynfl" },
	{ "\0yes mani !", 11, "z17paNL19xttacUY" },
	{ "\0yes mani !", 11, "uAHllcyBtYW5pICE" },
	{ "\0\0yes mani !", 12, "baaahszltebwwc3tjeaqq" },
	{ "\0\0yes mani !", 12, "k002lcpzo5yikidynfl" },
	{ "\0\0yes mani !", 12, "z117paNL19xttacUY" },
	{ "\0\0yes mani !", 12, "uAAB5ZXMgbWFuaSAh" },
	{ "", 0, "f" }, { "", 0, "b" }, { "", 0, "k" }, { "", 0, "z" }, { "", 0, "u" },
};

START_TEST(vectors_of_the_spec)
{
	for (size_t i = 0; i < PARS_COUNT(vectors); i++) {
		char text[64];
		uint8_t raw[64];
		size_t n;
		struct pars_bytes plain = PARS_BYTES(vectors[i].plain, vectors[i].n);
		ck_assert_int_eq(pars_multibase_encode((enum pars_base)vectors[i].text[0], plain,
			text, sizeof text), PARS_OK);
		ck_assert_str_eq(text, vectors[i].text);
		ck_assert_int_eq(pars_multibase_decode(PARS_BYTES_STR(text), raw, sizeof raw, &n), PARS_OK);
		ck_assert(pars_bytes_equal(PARS_BYTES(raw, n), plain));
	}
}
END_TEST

START_TEST(every_length_round_trips)
{
	static const enum pars_base bases[] = {
		PARS_BASE16, PARS_BASE32, PARS_BASE36, PARS_BASE58, PARS_BASE64URL
	};
	uint8_t raw[80], back[80];
	char text[200];
	size_t back_n;
	for (size_t b = 0; b < PARS_COUNT(bases); b++) {
		for (size_t n = 0; n <= sizeof raw; n++) {
			memset(raw, n & 1 ? 0xff : 0, sizeof raw);
			raw[n / 2] = (uint8_t)(n * 37);
			ck_assert_int_eq(pars_base_encode(bases[b], PARS_BYTES(raw, n), text, sizeof text),
				PARS_OK);
			ck_assert_int_eq(pars_base_decode(bases[b], PARS_BYTES_STR(text), back, sizeof back,
				&back_n), PARS_OK);
			ck_assert(pars_bytes_equal(PARS_BYTES(back, back_n), PARS_BYTES(raw, n)));
		}
	}
}
END_TEST

START_TEST(second_texts_and_strangers_are_refused)
{
	static const char *const bad[] = {
		"", "?", "x00", "f0", "fF0", "f0g", "bab4wk4zanvqw42jaef", /* unused bits set */
		"ba", "bpfsxgidnmfxgsibba", "bPF", "b0", "k-", "kA", "z0", "zO", "zI", "zl", "u=", "uA",
		"ueWVzIG1hbmkgIR", "mAA",
	};
	uint8_t raw[64];
	size_t n;
	for (size_t i = 0; i < PARS_COUNT(bad); i++)
		ck_assert_msg(pars_multibase_decode(PARS_BYTES_STR(bad[i]), raw, sizeof raw, &n)
			== PARS_E_INVALID, "%s", bad[i]);
}
END_TEST

START_TEST(bounds_are_kept)
{
	static uint8_t big[PARS_BASE_MAX + 1];
	static char text[2 * PARS_BASE_MAX + 4];
	uint8_t raw[4];
	size_t n;
	ck_assert_int_eq(pars_base_encode(PARS_BASE16, PARS_BYTES_ARRAY(big), text, sizeof text),
		PARS_E_TOO_LARGE);
	ck_assert_int_eq(pars_base_encode(PARS_BASE16, PARS_BYTES(big, 2), text, 4), PARS_E_TOO_LARGE);
	ck_assert_int_eq(pars_base_encode(PARS_BASE16, PARS_BYTES(big, 2), text, 5), PARS_OK);
	ck_assert_int_eq(pars_base_decode(PARS_BASE58, PARS_BYTES_STR("11111"), raw, 4, &n),
		PARS_E_TOO_LARGE);
	memset(text, 'z', sizeof text);
	ck_assert_int_eq(pars_base_decode(PARS_BASE58, PARS_BYTES(text, sizeof text), raw, 4, &n),
		PARS_E_TOO_LARGE);
	ck_assert_int_eq(pars_base_decode(PARS_BASE58, PARS_BYTES(text, 1000), raw, 4, &n),
		PARS_E_TOO_LARGE);
	ck_assert_int_eq(pars_multibase_encode(PARS_BASE16, PARS_BYTES(big, 0), text, 0),
		PARS_E_TOO_LARGE);
}
END_TEST

UNIT_CASE(multibase, vectors_of_the_spec, every_length_round_trips,
	second_texts_and_strangers_are_refused, bounds_are_kept);
