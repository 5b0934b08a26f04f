#include "codec/rlp.h"

#include "tests/unit/unit.h"

/* Yellow paper, appendix B, and the examples that everybody starts from. */
START_TEST(strings_and_their_heads)
{
	static const struct { const char *hex, *encoded; } cases[] = {
		{ "", "80" }, { "00", "00" }, { "7f", "7f" }, { "80", "8180" }, { "646f67", "83646f67" },
	};
	for (size_t i = 0; i < PARS_COUNT(cases); i++) {
		PARS_AUTO_BUF b = { 0 };
		struct pars_bytes v = unit_hex(cases[i].hex), got;
		pars_rlp_put_bytes(&b, v);
		ck_assert(pars_bytes_equal(pars_buf_bytes(&b), unit_hex(cases[i].encoded)));
		struct pars_bytes in = pars_buf_bytes(&b);
		ck_assert_int_eq(pars_rlp_get_bytes(&in, &got), PARS_OK);
		ck_assert(pars_bytes_equal(got, v));
		ck_assert_int_eq(pars_rlp_end(in), PARS_OK);
	}
}
END_TEST

START_TEST(every_length_comes_back)
{
	static uint8_t text[70000];
	memset(text, 'x', sizeof text);
	static const size_t lengths[] = { 2, 55, 56, 255, 256, 65535, 65536, 70000 };
	for (size_t i = 0; i < PARS_COUNT(lengths); i++) {
		PARS_AUTO_BUF b = { 0 };
		struct pars_bytes got, list;
		pars_buf_put_byte(&b, 0xee); /* lists need not begin the buffer */
		size_t at = pars_rlp_list_begin(&b);
		pars_rlp_put_bytes(&b, PARS_BYTES(text, lengths[i]));
		ck_assert_uint_eq(b.n, 1 + pars_rlp_size(lengths[i]));
		pars_rlp_list_end(&b, at);
		struct pars_bytes in = pars_buf_bytes(&b);
		ck_assert_uint_eq(pars_bytes_take(&in, 1).p[0], 0xee);
		ck_assert_int_eq(pars_rlp_only_list(in, &list), PARS_OK);
		ck_assert_int_eq(pars_rlp_get_bytes(&list, &got), PARS_OK);
		ck_assert(pars_bytes_equal(got, PARS_BYTES(text, lengths[i])));
		ck_assert_uint_eq(list.n, 0);
		in.n--; /* cut */
		ck_assert_int_eq(pars_rlp_only_list(in, &list), PARS_E_PEER_MALFORMED);
	}
}
END_TEST

START_TEST(numbers_have_no_leading_zeros)
{
	static const struct { uint64_t v; const char *encoded; } good[] = {
		{ 0, "80" }, { 1, "01" }, { 127, "7f" }, { 128, "8180" }, { 1024, "820400" },
		{ UINT64_MAX, "88ffffffffffffffff" },
	};
	for (size_t i = 0; i < PARS_COUNT(good); i++) {
		PARS_AUTO_BUF b = { 0 };
		struct pars_bytes in = unit_hex(good[i].encoded), again = in;
		uint64_t v = 7;
		struct pars_u256 w;
		ck_assert_int_eq(pars_rlp_get_u64(&in, &v), PARS_OK);
		ck_assert_uint_eq(v, good[i].v);
		ck_assert_int_eq(pars_rlp_get_u256(&again, &w), PARS_OK);
		ck_assert_uint_eq(pars_u256_u64(&w), good[i].v);
		pars_rlp_put_u64(&b, v);
		ck_assert(pars_bytes_equal(pars_buf_bytes(&b), unit_hex(good[i].encoded)));
	}
	static const char *const bad[] = { "00", "820001", "89010000000000000000", "c0", "c101", "8100", "" };
	for (size_t i = 0; i < PARS_COUNT(bad); i++) {
		struct pars_bytes in = unit_hex(bad[i]);
		size_t before = in.n;
		uint64_t v = 7;
		ck_assert_int_eq(pars_rlp_get_u64(&in, &v), PARS_E_PEER_MALFORMED);
		ck_assert_uint_eq(v, 7);
		ck_assert_uint_eq(in.n, before);
	}
}
END_TEST

START_TEST(words_of_256_bits)
{
	PARS_AUTO_BUF b = { 0 };
	struct pars_u256 all = { { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX } }, got;
	pars_rlp_put_u256(&b, &all);
	struct pars_bytes in = pars_buf_bytes(&b);
	ck_assert_uint_eq(in.n, 33);
	ck_assert_int_eq(pars_rlp_get_u256(&in, &got), PARS_OK);
	ck_assert(pars_u256_equal(&got, &all));
	in = unit_hex("a1010000000000000000000000000000000000000000000000000000000000000000");
	ck_assert_int_eq(pars_rlp_get_u256(&in, &got), PARS_E_PEER_MALFORMED);
}
END_TEST

START_TEST(what_is_not_canonical_is_refused)
{
	static const char *const bad[] = {
		"",                 /* nothing */
		"8100", "817f",     /* one byte with a head */
		"b800", "b801aa",   /* a length of its own for what is short */
		"b90038", "f80180", "f800",
		"b8", "b838",       /* cut in the head, and behind it */
		"83aabb", "c2aa", "bfffffffffffffffff", "ffffffffffffffffff",
		"bf0000000000000001aa",
	};
	for (size_t i = 0; i < PARS_COUNT(bad); i++) {
		struct pars_bytes in = unit_hex(bad[i]);
		struct pars_rlp item;
		ck_assert_msg(pars_rlp_get(&in, &item) == PARS_E_PEER_MALFORMED, "%s", bad[i]);
	}
}
END_TEST

START_TEST(the_kind_asked_for)
{
	struct pars_bytes in = unit_hex("c0"), v;
	uint8_t two[2];
	ck_assert_int_eq(pars_rlp_get_bytes(&in, &v), PARS_E_PEER_MALFORMED);
	ck_assert_int_eq(pars_rlp_get_list(&in, &v), PARS_OK);
	in = unit_hex("82aabb");
	ck_assert_int_eq(pars_rlp_get_list(&in, &v), PARS_E_PEER_MALFORMED);
	ck_assert_int_eq(pars_rlp_get_fixed(&in, two, 1), PARS_E_PEER_MALFORMED);
	ck_assert_int_eq(pars_rlp_get_fixed(&in, two, 2), PARS_OK);
	ck_assert_uint_eq(two[1], 0xbb);
	ck_assert_int_eq(pars_rlp_only_list(unit_hex("c000"), &v), PARS_E_PEER_MALFORMED);
}
END_TEST

START_TEST(items_of_a_payload_are_counted)
{
	size_t n = 7;
	ck_assert_int_eq(pars_rlp_count(unit_hex("01c3020304820505"), &n), PARS_OK);
	ck_assert_uint_eq(n, 3);
	ck_assert_int_eq(pars_rlp_count(unit_hex("0182"), &n), PARS_E_PEER_MALFORMED);
	ck_assert_uint_eq(n, 3);
}
END_TEST

UNIT_CASE(rlp, strings_and_their_heads, every_length_comes_back, numbers_have_no_leading_zeros,
	words_of_256_bits, what_is_not_canonical_is_refused, the_kind_asked_for,
	items_of_a_payload_are_counted);
