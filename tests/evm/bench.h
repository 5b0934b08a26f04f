/* tests/evm/bench.h - the benchmark inputs, and a chain, timed. */
#ifndef PARS_TESTS_EVM_BENCH_H
#define PARS_TESTS_EVM_BENCH_H

#include "base/base.h"

struct bench_input {
	const char *name;  /* "main/snailtracer/benchmark" */
	int64_t gas;
	double first_us;   /* the first run, with translation */
	double us;         /* median */
	double evmone_us;  /* in the same run; 0: evmone is not here */
	double told_us;    /* evmone's in speed.tsv, on another machine; 0: nothing */
};
/* All in DIR/main and DIR/micro. */
void bench_inputs(const char *dir, void (*tell)(const struct bench_input *input));

struct bench_import {
	uint64_t blocks, transactions, gas;
	double import_s; /* into a database in memory */
	double bare_s;   /* the same blocks run and checked upon a state in memory, no trie */
};
struct bench_import bench_import(const char *genesis_path, const char *chain_path);

#endif
