/* The benchmark inputs: one call of one code each. */
#include "tests/evm/suites.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

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

/* One input of one file; prints gas, median microseconds and what came out. */
static void bench_one(const char *name, json_t *test, const char *label, size_t i)
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
	double times[200], total = 0;
	size_t n = 0;
	struct pars_evm_result r;
	char out[65] = "";
	for (; n < PARS_COUNT(times) && (n < 5 || total < 300e3); n++) {
		struct pars_world world;
		pars_world_init(&world, &state.host, PARS_ISTANBUL, 1);
		pars_world_begin(&world);
		double start = now_us();
		pars_evm_start(evm, &world, &block, &context, &call);
		if (pars_evm_run(evm, &r))
			die("%s: the host failed", name);
		times[n] = now_us() - start;
		total += times[n];
		struct pars_digest d = pars_sha256(r.output);
		pars_hex(PARS_BYTES(d.b, 8), out);
		pars_world_done(&world);
	}
	qsort(times, n, sizeof *times, by_value);
	printf("%s/%s\t%lld\t%.2f\t%s\t%zu\t%s\n", name, label, (long long)(call.gas - r.gas_left), times[n / 2],
		out, r.output.n, pars_evm_status_text(r.status));
	prestate_done(&state);
}

void bench(const char *dir)
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
					snprintf(prefix, sizeof prefix, "%s/%s", folders[f], name);
					for (size_t d = 0; d < json_array_size(data); d++) {
						char number[24];
						snprintf(number, sizeof number, "%zu", d);
						const char *label = json_string_value(json_object_get(labels, number));
						bench_one(prefix, test, label ? label : number, d);
					}
				}
				json_decref(file);
			}
			free(list[i]);
		}
		free(list);
	}
}
