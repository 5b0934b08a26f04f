#include "codec/protobuf.h"

#include "tests/unit/unit.h"

/* protobuf.dev/programming-guides/encoding: 150, "testing", and one of each
 * of the other wire types. */
START_TEST(examples_of_the_guide)
{
	struct pars_bytes in = unit_hex("089601" "120774657374696e67" "1d01020304" "210102030405060708");
	struct pars_pb_field f;
	ck_assert_int_eq(pars_pb_next(&in, &f), PARS_OK);
	ck_assert_uint_eq(f.key, PARS_PB_KEY(1, PARS_PB_VARINT));
	ck_assert_uint_eq(f.value, 150);
	ck_assert_int_eq(pars_pb_next(&in, &f), PARS_OK);
	ck_assert_uint_eq(f.key, PARS_PB_KEY(2, PARS_PB_BYTES));
	ck_assert(pars_bytes_equal(f.data, PARS_BYTES_STR("testing")));
	ck_assert_int_eq(pars_pb_next(&in, &f), PARS_OK);
	ck_assert_uint_eq(f.key, PARS_PB_KEY(3, PARS_PB_FIXED32));
	ck_assert_uint_eq(f.value, 0x04030201);
	ck_assert_int_eq(pars_pb_next(&in, &f), PARS_OK);
	ck_assert_uint_eq(f.key, PARS_PB_KEY(4, PARS_PB_FIXED64));
	ck_assert_uint_eq(f.value, 0x0807060504030201);
	ck_assert_uint_eq(in.n, 0);
}
END_TEST

START_TEST(what_is_written_reads_back)
{
	static const uint64_t values[] = { 0, 1, 127, 128, 300, UINT32_MAX, UINT64_MAX };
	PARS_AUTO_BUF out = { 0 };
	struct pars_pb_field f;
	for (size_t i = 0; i < PARS_COUNT(values); i++) {
		pars_pb_put_varint(&out, 1 + (uint32_t)i * 1000, values[i]);
		pars_pb_put_bytes(&out, 5, PARS_BYTES("abc", i % 4));
	}
	struct pars_bytes in = pars_buf_bytes(&out);
	for (size_t i = 0; i < PARS_COUNT(values); i++) {
		ck_assert_int_eq(pars_pb_next(&in, &f), PARS_OK);
		ck_assert_uint_eq(f.key >> 3, 1 + i * 1000);
		ck_assert_uint_eq(f.value, values[i]);
		ck_assert_int_eq(pars_pb_next(&in, &f), PARS_OK);
		ck_assert(pars_bytes_equal(f.data, PARS_BYTES("abc", i % 4)));
	}
}
END_TEST

START_TEST(long_forms_of_small_values_are_legal)
{
	struct pars_bytes in = unit_hex("0881808080808080808000");
	struct pars_pb_field f;
	ck_assert_int_eq(pars_pb_next(&in, &f), PARS_OK);
	ck_assert_uint_eq(f.value, 1);
}
END_TEST

START_TEST(broken_fields_are_refused)
{
	static const char *const bad[] = {
		"08", "0880", "12", "1202aa", "12ffffffffffffffffff01", "1d010203", "2101020304050607",
		"0b", "0c", "0e", "0f",           /* groups, and types that are none */
		"00", "0200",                     /* number 0 */
		"f8ffffff7f00",                   /* a number of more than 29 bits */
		"08ffffffffffffffffff02",         /* 65 bits */
		"08808080808080808080808001",     /* 11 bytes */
	};
	for (size_t i = 0; i < PARS_COUNT(bad); i++) {
		struct pars_bytes in = unit_hex(bad[i]);
		struct pars_pb_field f;
		ck_assert_msg(pars_pb_next(&in, &f) == PARS_E_PEER_MALFORMED, "%s", bad[i]);
	}
}
END_TEST

UNIT_CASE(protobuf, examples_of_the_guide, what_is_written_reads_back,
	long_forms_of_small_values_are_legal, broken_fields_are_refused);
