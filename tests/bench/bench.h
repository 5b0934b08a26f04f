/* tests/bench/bench.h - clocks, rows and a scratch folder for the benchmarks.
 *
 * Nothing here passes or fails: a program measures, prints rows, and exits 0
 * unless something it needs did not work at all. */
#ifndef PARS_TESTS_BENCH_H
#define PARS_TESTS_BENCH_H

#include <math.h>
#include <sys/types.h>

#include "base/bytes.h"

/* Seconds: of this process's processor time, and of a clock on the wall. */
double bench_cpu(void);
double bench_wall(void);
/* Processor seconds that another process's threads have used. */
double bench_cpu_of(pid_t pid);

#define BENCH_NO_LIMIT NAN
/* One row. `limit` is what the bare work costs, or yields, in this very run;
 * the ratio printed is value / limit. */
void bench_row(const char *metric, double value, const char *unit, double limit);

/* Sorts the list. */
double bench_percentile(double *list, size_t n, double percent);
static inline double bench_median(double *list, size_t n)
{
	return bench_percentile(list, n, 50);
}

/* A folder on a real disk ($BENCH_DIR, or here) that goes away at the end. */
const char *bench_dir(void);
bool bench_full(void); /* BENCH=full: the long rows too */
/* Says why and exits 1. */
void bench_die(const char *fmt, ...) PARS_PRINTF(1, 2) __attribute__((noreturn));

#endif
