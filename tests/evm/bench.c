/* The benchmark inputs: one call of one code each. */
#include "tests/evm/bench.h"
#include "tests/evm/suites.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/evm/evmone.h"
#include "tests/evm/prestate.h"

static double now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return 1e6 * (double)t.tv_sec + 1e-3 * (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double median(double *list, size_t n)
{
	qsort(list, n, sizeof *list, by_value);
	return list[n / 2];
}

#define RUNS_MAX 400
#define BUDGET_US 300e3 /* an input's, ours and evmone's together */

/* What speed.tsv says evmone needed on another day; 0: nothing. */
static double told(const char *dir, const char *name)
{
	char path[4096], line[1024], input[256];
	double gas, us = 0, found = 0;
	snprintf(path, sizeof path, "%s/speed.tsv", dir);
	FILE *f = fopen(path, "r");
	while (f && fgets(line, sizeof line, f))
		if (sscanf(line, "%255[^\t]\t%lf\t%lf", input, &gas, &us) == 3 && !strcmp(input, name))
			found = us;
	if (f)
		fclose(f);
	return found;
}

/* One input of one file: runs ours and, if it is here, evmone's in turn. */
static struct bench_input bench_one(const char *dir, const char *name, json_t *test, size_t i)
{
	PARS_AUTO_ARENA arena = { 0 };
	json_t *tx = json_object_get(test, "transaction");
	struct prestate state;
	prestate_init(&state, json_object_get(test, "pre"));
	PARS_AUTO(pars_evm) evm = pars_evm_new(PARS_ISTANBUL, 1);
	struct pars_evm_block block = { .number = 1, .gas_limit = INT64_MAX, .chain_id = 1 };
	struct pars_evm_tx context = { .origin = json_address(json_object_get(tx, "sender")) };
	struct pars_evm_call call = {
		.from = context.origin, .to = json_address(json_object_get(tx, "to")),
		.input = json_bytes(&arena, json_array_get(json_object_get(tx, "data"), i)),
		.gas = INT64_MAX / 2,
	};
	struct pars_bytes code;
	if (state.host.code(&state, &call.to, NULL, &code))
		die("%s: no code", name);
	double ours[RUNS_MAX], theirs[RUNS_MAX], total = 0;
	size_t n = 0;
	struct pars_evm_result r;
	bool beside = evmone_open();
	for (; n < RUNS_MAX && (n < 5 || total < BUDGET_US); n++) {
		struct pars_world world;
		pars_world_init(&world, &state.host, PARS_ISTANBUL, 1);
		pars_world_begin(&world);
		double start = now_us();
		pars_evm_start(evm, &world, &block, &context, &call);
		if (pars_evm_run(evm, &r) || r.status != PARS_EVM_SUCCESS)
			die("%s: it failed", name);
		ours[n] = now_us() - start;
		pars_world_done(&world);
		start = now_us();
		if (beside && evmone_run(code, call.input, call.gas) < 0)
			die("%s: evmone failed", name);
		theirs[n] = now_us() - start;
		total += ours[n] + theirs[n];
	}
	struct bench_input found = {
		.name = name, .gas = call.gas - r.gas_left, .first_us = ours[0], .us = median(ours, n),
		.evmone_us = beside ? median(theirs, n) : 0, .told_us = told(dir, name),
	};
	prestate_done(&state);
	return found;
}

void bench_inputs(const char *dir, void (*tell)(const struct bench_input *input))
{
	static const char *const folders[] = { "main", "micro" };
	for (size_t f = 0; f < PARS_COUNT(folders); f++) {
		char path[4096], prefix[512];
		snprintf(path, sizeof path, "%s/%s", dir, folders[f]);
		struct dirent **list;
		int n = scandir(path, &list, NULL, alphasort);
		if (n < 0)
			die("cannot read %s", path);
		for (int i = 0; i < n; i++) {
			size_t length = strlen(list[i]->d_name);
			if (length > 5 && !strcmp(list[i]->d_name + length - 5, ".json")) {
				snprintf(path, sizeof path, "%s/%s/%s", dir, folders[f], list[i]->d_name);
				json_t *file = json_file(path), *test;
				const char *name;
				json_object_foreach(file, name, test) {
					json_t *data = json_object_get(json_object_get(test, "transaction"), "data");
					json_t *labels = json_object_get(json_object_get(test, "_info"), "labels");
					for (size_t d = 0; d < json_array_size(data); d++) {
						char number[24];
						snprintf(number, sizeof number, "%zu", d);
						const char *label = json_string_value(json_object_get(labels, number));
						snprintf(prefix, sizeof prefix, "%s/%s/%s", folders[f], name, label ? label : number);
						struct bench_input input = bench_one(dir, prefix, test, d);
						tell(&input);
					}
				}
				json_decref(file);
			}
			free(list[i]);
		}
		free(list);
	}
}

/* -- as text ------------------------------------------------------------------------ */

/* Over all inputs: logarithms. */
static double log_sum, log_sum_told;
static size_t inputs_beside, inputs_told;

static void print_input(const struct bench_input *in)
{
	printf("%-40s %12lld gas %10.2f us (first %.2f)", in->name, (long long)in->gas, in->us, in->first_us);
	if (in->evmone_us > 0)
		printf("  evmone %10.2f us  ratio %.2f", in->evmone_us, in->us / in->evmone_us);
	if (in->told_us > 0)
		printf("  of speed.tsv %.2f", in->us / in->told_us);
	printf("\n");
	inputs_beside += in->evmone_us > 0;
	inputs_told += in->told_us > 0;
	log_sum += in->evmone_us > 0 ? log(in->us / in->evmone_us) : 0;
	log_sum_told += in->told_us > 0 ? log(in->us / in->told_us) : 0;
}

void bench(const char *dir)
{
	bench_inputs(dir, print_input);
	if (inputs_beside)
		printf("geometric mean of ours / evmone's: %.3f\n", exp(log_sum / (double)inputs_beside));
	if (inputs_told)
		printf("geometric mean of ours / speed.tsv's: %.3f\n", exp(log_sum_told / (double)inputs_told));
}
