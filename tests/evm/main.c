/* parsd-evm: the EVM at work outside of a node.
 *
 *   parsd-evm state FILE|DIR...   runs state tests
 *   parsd-evm chain FILE|DIR...   runs blockchain tests
 *   parsd-evm bench DIR           times the benchmark inputs in DIR/main, DIR/micro
 *
 * Tests: a line for each that failed, then counts; exits 1 if any did. */
#include <fts.h>
#include <stdlib.h>
#include <string.h>

#include "tests/evm/json.h"
#include "tests/evm/suites.h"

void report_case(struct report *r, const char *file, const char *name, const char *why)
{
	r->passed += !why;
	r->failed += !!why;
	if (why)
		printf("FAIL %s %s: %s\n", file, name, why);
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* Every .json below the paths. */
static void each_file(char **paths, void (*run)(struct pars_evm *, const char *, struct report *),
	struct report *report)
{
	PARS_AUTO(pars_evm) evm = pars_evm_new(PARS_SHANGHAI, 1);
	FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	FTSENT *e;
	while (tree && (e = fts_read(tree))) {
		if (e->fts_info == FTS_F && e->fts_namelen > 5 && !strcmp(e->fts_name + e->fts_namelen - 5, ".json"))
			run(evm, e->fts_path, report);
		if (e->fts_info == FTS_NS || e->fts_info == FTS_DNR || e->fts_info == FTS_ERR)
			die("cannot read %s", e->fts_path);
	}
	fts_close(tree);
}

int main(int argc, char **argv)
{
	struct report report = { 0 };
	if (argc == 3 && !strcmp(argv[1], "bench")) {
		bench(argv[2]);
		return 0;
	}
	if (argc >= 3 && !strcmp(argv[1], "state")) {
		each_file(argv + 2, state_file, &report);
	} else if (argc >= 3 && !strcmp(argv[1], "chain")) {
		each_file(argv + 2, chain_file, &report);
	} else {
		fprintf(stderr, "usage: parsd-evm state FILE|DIR... | chain FILE|DIR... | bench DIR\n");
		return 2;
	}
	printf("%u passed, %u failed, %u skipped\n", report.passed, report.failed, report.skipped);
	return report.failed > 0;
}
