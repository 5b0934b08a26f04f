#include "node/node.h"

#include "tests/unit/unit.h"

START_TEST(only_numbers_that_a_page_gave)
{
	static const struct {
		const char *cursor;
		uint64_t number;
	} good[] = { { NULL, 0 }, { "0", 0 }, { "17", 17 }, { "9223372036854775807", INT64_MAX } };
	static const char *const bad[] = { "", "x", "1x", "1:2", "-1", "9223372036854775808", "99999999999999999999" };
	struct pars_fault fault;
	uint64_t number;
	for (size_t i = 0; i < PARS_COUNT(good); i++) {
		ck_assert_int_eq(node_cursor_number(good[i].cursor, &number, &fault), PARS_OK);
		ck_assert_uint_eq(number, good[i].number);
	}
	for (size_t i = 0; i < PARS_COUNT(bad); i++) {
		ck_assert_int_eq(node_cursor_number(bad[i], &number, &fault), PARS_E_INVALID);
		ck_assert_ptr_nonnull(strstr(fault.text, bad[i]));
	}
}
END_TEST

UNIT_CASE(cursor, only_numbers_that_a_page_gave);
