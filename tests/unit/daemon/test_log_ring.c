#include "daemon/log_ring.h"

#include <stdio.h>

#include "tests/unit/unit.h"

START_TEST(old_lines_go_and_numbers_stay)
{
	struct rpc_log_record r;
	char text[32];
	ck_assert_uint_eq(log_ring_next(), 1);
	ck_assert(!log_ring_read(1, &r));
	for (int i = 1; i <= LOG_RING_LINES + 5; i++) {
		snprintf(text, sizeof text, "line %d", i);
		log_ring_put(i, PARS_LOG_INFO, "test", text);
	}
	ck_assert_uint_eq(log_ring_next(), LOG_RING_LINES + 6);
	ck_assert(log_ring_read(0, &r)); /* the oldest one that is kept */
	ck_assert_uint_eq(r.number, 6);
	ck_assert_str_eq(r.text, "line 6");
	ck_assert(log_ring_read(LOG_RING_LINES + 5, &r));
	ck_assert_uint_eq(r.number, LOG_RING_LINES + 5);
	ck_assert_int_eq(r.wall_ns, LOG_RING_LINES + 5);
	ck_assert(!log_ring_read(LOG_RING_LINES + 6, &r));
}
END_TEST

START_TEST(long_lines_are_cut_between_characters)
{
	struct rpc_log_record r;
	char text[LOG_RING_TEXT + 10];
	memset(text, 'x', sizeof text);
	memcpy(text + LOG_RING_TEXT - 1, "\xc5\xbe", 3); /* ž, half of it fits */
	log_ring_put(0, PARS_LOG_WARN, "test", text);
	ck_assert(log_ring_read(log_ring_next() - 1, &r));
	ck_assert_uint_eq(strlen(r.text), LOG_RING_TEXT - 1);
}
END_TEST

UNIT_CASE(log_ring, old_lines_go_and_numbers_stay, long_lines_are_cut_between_characters);
