/* tests/unit/unit.h - how a unit test file is written.
 *
 * Each test_*.c defines its tests with START_TEST and one
 *   UNIT_CASE(name, test_a, test_b, …)
 * whose name is the file's. unit.c collects the cases of a folder's files at
 * link time and runs them. */
#ifndef PARS_TESTS_UNIT_H
#define PARS_TESTS_UNIT_H

#include <check.h>

#include "base/bytes.h"

struct unit_case {
	const char *name;
	void (*add)(TCase *tc);
};

#define UNIT_CASE(case_name, ...) \
	static void unit_add_(TCase *tc) \
	{ \
		const TTest *tests[] = { __VA_ARGS__ }; \
		for (size_t i = 0; i < PARS_COUNT(tests); i++) \
			tcase_add_test(tc, tests[i]); \
	} \
	static const struct unit_case unit_case_ = { #case_name, unit_add_ }; \
	static const struct unit_case *const unit_case_at_ \
		__attribute__((used, section("unit_cases"))) = &unit_case_

/* Bytes from hex digits, in static memory that lives as long as the test. */
struct pars_bytes unit_hex(const char *hex);
/* A folder of its own, removed when the program ends. */
const char *unit_tmpdir(void);

#endif
