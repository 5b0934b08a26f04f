#include "tests/bench/bench.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"

static double seconds(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double bench_cpu(void)
{
	return seconds(CLOCK_PROCESS_CPUTIME_ID);
}

double bench_wall(void)
{
	return seconds(CLOCK_MONOTONIC);
}

/* The times in /proc/PID/stat are too coarse; the scheduler's are exact. */
double bench_cpu_of(pid_t pid)
{
	char path[300];
	double sum = 0;
	snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
	DIR *tasks = opendir(path);
	if (!tasks)
		bench_die("%s cannot be read", path);
	for (struct dirent *t; (t = readdir(tasks));) {
		unsigned long long ns;
		snprintf(path, sizeof path, "/proc/%d/task/%.20s/schedstat", (int)pid, t->d_name);
		FILE *f = t->d_name[0] == '.' ? NULL : fopen(path, "r");
		if (!f)
			continue;
		if (fscanf(f, "%llu", &ns) == 1)
			sum += (double)ns / 1e9;
		fclose(f);
	}
	closedir(tasks);
	return sum;
}

static void put_number(const char *name, double v)
{
	if (isfinite(v))
		printf(", \"%s\": %.6g", name, v);
	else
		printf(", \"%s\": null", name);
}

void bench_row(const char *metric, double value, const char *unit, double limit)
{
	printf("{\"metric\": \"%s\"", metric);
	put_number("value", value);
	printf(", \"unit\": \"%s\"", unit);
	put_number("limit", limit);
	put_number("ratio", value / limit);
	printf("}\n");
	fflush(stdout);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

double bench_percentile(double *list, size_t n, double percent)
{
	qsort(list, n, sizeof *list, compare);
	return list[(size_t)((double)(n - 1) * percent / 100 + 0.5)];
}

static char *scratch;
static pid_t owner;

static void remove_scratch(void)
{
	if (getpid() != owner)
		return;
	char *command = pars_sprintf("rm -rf '%s'", scratch);
	if (system(command))
		fprintf(stderr, "bench: %s is left behind\n", scratch);
	free(command);
	free(scratch);
}

const char *bench_dir(void)
{
	const char *at = getenv("BENCH_DIR");
	if (scratch)
		return scratch;
	scratch = pars_sprintf("%s/bench.XXXXXX", at ? at : ".");
	if (!mkdtemp(scratch))
		bench_die("no folder like %s can be made", scratch);
	owner = getpid();
	atexit(remove_scratch);
	return scratch;
}

bool bench_full(void)
{
	const char *v = getenv("BENCH");
	return v && !strcmp(v, "full");
}

void bench_die(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	fprintf(stderr, "bench: ");
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, "\n");
	va_end(ap);
	exit(EXIT_FAILURE);
}
