#include "codec/uvarint.h"

#include "tests/unit/unit.h"

/* multiformats/unsigned-varint, README: the examples. */
START_TEST(examples_of_the_spec)
{
	static const struct { uint64_t v; const char *hex; } examples[] = {
		{ 0, "00" }, { 1, "01" }, { 127, "7f" }, { 128, "8001" }, { 255, "ff01" },
		{ 300, "ac02" }, { 16384, "808001" }, { ((uint64_t)1 << 63) - 1, "ffffffffffffffff7f" },
	};
	for (size_t i = 0; i < PARS_COUNT(examples); i++) {
		uint8_t out[PARS_UVARINT_MAX];
		size_t n = pars_uvarint_put(out, examples[i].v);
		struct pars_bytes in = unit_hex(examples[i].hex);
		uint64_t v;
		ck_assert(pars_bytes_equal(PARS_BYTES(out, n), in));
		ck_assert_int_eq(pars_uvarint_get(&in, &v), PARS_OK);
		ck_assert_uint_eq(v, examples[i].v);
		ck_assert_uint_eq(in.n, 0);
	}
}
END_TEST

START_TEST(unfinished_ones_wait_and_long_ones_fail)
{
	static const struct { const char *hex; enum pars_err err; } cases[] = {
		{ "", PARS_E_NOT_READY }, { "80", PARS_E_NOT_READY }, { "ffffffffffffffff", PARS_E_NOT_READY },
		{ "8000", PARS_E_PEER_MALFORMED }, { "818000", PARS_E_PEER_MALFORMED },
		{ "ffffffffffffffffff", PARS_E_PEER_MALFORMED },
		{ "ffffffffffffffffff01", PARS_E_PEER_MALFORMED },
	};
	for (size_t i = 0; i < PARS_COUNT(cases); i++) {
		struct pars_bytes in = unit_hex(cases[i].hex);
		size_t before = in.n;
		uint64_t v = 7;
		ck_assert_int_eq(pars_uvarint_get(&in, &v), cases[i].err);
		ck_assert_uint_eq(v, 7);
		ck_assert_uint_eq(in.n, before);
	}
}
END_TEST

START_TEST(a_message_stands_behind_its_length)
{
	static const struct { const char *hex; enum pars_err err; size_t size; } cases[] = {
		{ "00", PARS_OK, 1 }, { "02aabbcc", PARS_OK, 3 }, { "04aabbccdd", PARS_OK, 5 },
		{ "", PARS_E_NOT_READY }, { "02aa", PARS_E_NOT_READY }, { "05", PARS_E_PEER_TOO_LARGE },
		{ "8000", PARS_E_PEER_MALFORMED },
	};
	for (size_t i = 0; i < PARS_COUNT(cases); i++) {
		struct pars_bytes m = { 0 };
		size_t size = 0;
		ck_assert_int_eq(pars_uvarint_message(unit_hex(cases[i].hex), 4, &m, &size), cases[i].err);
		ck_assert_uint_eq(size, cases[i].size);
		ck_assert_uint_eq(m.n, size ? size - 1 : 0);
	}
}
END_TEST

UNIT_CASE(uvarint, examples_of_the_spec, unfinished_ones_wait_and_long_ones_fail,
	a_message_stands_behind_its_length);
