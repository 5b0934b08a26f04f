#include "tests/evm/report.h"

#include <stdio.h>

void report_case(struct report *r, const char *file, const char *name, const char *why)
{
	r->passed += !why;
	r->failed += !!why;
	if (why)
		printf("FAIL %s %s: %s\n", file, name, why);
}
