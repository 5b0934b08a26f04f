/* The EVM upon evmone's benchmark inputs, and blocks imported; beside evmone in the
 * same run where it was built (tests/evm/evm.mk), else beside what it needed on
 * another machine. Needs $ETHEREUM_DATA. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/bench.h"
#include "tests/evm/bench.h"

#define IMPORTS 9

static double log_sum, log_sum_told;
static size_t count, count_told;

static void row(const struct bench_input *in)
{
	char metric[200];
	double limit = in->evmone_us > 0 ? in->evmone_us : in->told_us > 0 ? in->told_us : BENCH_NO_LIMIT;
	snprintf(metric, sizeof metric, "evm_%s", in->name);
	bench_row(metric, in->us, "us", limit);
	if (in->evmone_us > 0)
		log_sum += log(in->us / in->evmone_us), count++;
	if (in->told_us > 0)
		log_sum_told += log(in->us / in->told_us), count_told++;
}

static void import(const char *data)
{
	char genesis[4096], chain[4096];
	double import_s[IMPORTS], bare_s[IMPORTS];
	struct bench_import r;
	snprintf(genesis, sizeof genesis, "%s/common/rpc-compat/genesis.json", data);
	snprintf(chain, sizeof chain, "%s/common/rpc-compat/chain.rlp", data);
	for (int i = 0; i < IMPORTS; i++) {
		r = bench_import(genesis, chain);
		import_s[i] = r.import_s;
		bare_s[i] = r.bare_s;
	}
	double s = bench_median(import_s, IMPORTS), bare = bench_median(bare_s, IMPORTS);
	bench_row("import_transactions", (double)r.transactions / s, "1/s", (double)r.transactions / bare);
	bench_row("import_gas", (double)r.gas / s / 1e6, "Mgas/s", (double)r.gas / bare / 1e6);
}

int main(void)
{
	const char *data = getenv("ETHEREUM_DATA");
	char dir[4096];
	if (!data) {
		fprintf(stderr, "bench_evm: no ETHEREUM_DATA, no rows\n");
		return 0;
	}
	snprintf(dir, sizeof dir, "%s/bench", data);
	bench_inputs(dir, row);
	if (count)
		bench_row("evm_geometric_mean_beside_evmone", exp(log_sum / (double)count), "ratio", BENCH_NO_LIMIT);
	if (count_told)
		bench_row("evm_geometric_mean_beside_speed_tsv", exp(log_sum_told / (double)count_told), "ratio", BENCH_NO_LIMIT);
	import(data);
	return 0;
}
