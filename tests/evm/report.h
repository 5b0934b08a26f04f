/* tests/evm/report.h - counts of cases, and a line for every one that failed. */
#ifndef PARS_TESTS_EVM_REPORT_H
#define PARS_TESTS_EVM_REPORT_H

#include <stdbool.h>

#include "base/base.h"

struct report {
	unsigned passed, failed, skipped;
};

/* Counts, and says why on standard output unless `why` is NULL: passed. */
void report_case(struct report *r, const char *file, const char *name, const char *why);

#endif
