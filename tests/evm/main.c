/* parsd-evm: the EVM at work outside of a node.
 *
 *   parsd-evm state FILE|DIR...   runs state tests
 *   parsd-evm chain FILE|DIR...   runs blockchain tests
 *   parsd-evm opcode FILE|DIR...  runs vectors of single instructions
 *   parsd-evm run [OPTION...] CODE   runs a bytecode (hex); --trace tells each step
 *   parsd-evm import GENESIS BLOCKS [DB]   a chain's blocks into a database
 *   parsd-evm differ [OPTION...]  random cases to us and to another implementation
 *   parsd-evm replay DIR          the cases of a corpus again, without the other
 *   parsd-evm distil FROM TO      the small cases of a corpus that do as much as all
 *   parsd-evm bench DIR           times the benchmark inputs in DIR/main, DIR/micro
 *
 * Tests: a line for each that failed, then counts; exits 1 if any did. */
#include <fts.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "tests/evm/corpus.h"
#include "tests/evm/json.h"
#include "tests/evm/suites.h"

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

static const char usage[] =
	"usage: parsd-evm state FILE|DIR...     state tests\n"
	"       parsd-evm chain FILE|DIR...     blockchain tests\n"
	"       parsd-evm opcode FILE|DIR...    vectors of single instructions\n"
	"       parsd-evm run [--fork NAME] [--gas N] [--input HEX] [--trace] CODE\n"
	"                                       one bytecode; a line of JSON a step (EIP-3155)\n"
	"       parsd-evm import GENESIS BLOCKS [DB]\n"
	"                                       a chain: geth's genesis file, a file of blocks; DB: by\n"
	"                                       default in memory\n"
	"       parsd-evm differ --peer PROGRAM [--seed N] [--seconds N | --count N] [--first N]\n"
	"                        [--differences N] [--corpus DIR] [--collect DIR] [--show FILE]\n"
	"                                       random cases, also to another implementation\n"
	"       parsd-evm replay DIR            a corpus's cases, which have their answers\n"
	"       parsd-evm distil FROM TO        its small cases that do as much as all of it\n"
	"       parsd-evm bench DIR             times the inputs in DIR/main and DIR/micro\n";

static int misused(const char *what)
{
	fprintf(stderr, "parsd-evm: %s\n%s", what, usage);
	return 2;
}

static int run_command(char **argv)
{
	struct run_options o = { .fork = PARS_OSAKA, .input = "", .gas = 10000000 };
	static const struct option known[] = {
		{ "fork", required_argument, NULL, 'f' }, { "gas", required_argument, NULL, 'g' },
		{ "input", required_argument, NULL, 'i' }, { "trace", no_argument, NULL, 't' }, { 0 },
	};
	int argc = 0, c;
	while (argv[argc])
		argc++;
	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		char *end = NULL;
		if (c == 'f' && (o.fork = pars_fork_by_name(optarg)) == PARS_FORKS)
			return misused("no such fork");
		if (c == 'g' && ((o.gas = strtoll(optarg, &end, 0)) < 0 || *end || end == optarg))
			return misused("--gas wants a number");
		if (c == 'i')
			o.input = optarg;
		o.trace |= c == 't';
		if (c == '?')
			return misused("no such option");
	}
	if (argc - optind != 1)
		return misused("run wants one bytecode");
	o.code = argv[optind];
	return run_code(&o);
}

static int differ_arguments(char **argv)
{
	struct differ_options o = { .seed = 1, .seconds = 60, .differences = 1 };
	const char *show = NULL;
	static const struct option known[] = {
		{ "peer", required_argument, NULL, 'p' }, { "seed", required_argument, NULL, 's' },
		{ "seconds", required_argument, NULL, 't' }, { "count", required_argument, NULL, 'n' },
		{ "first", required_argument, NULL, 'f' }, { "differences", required_argument, NULL, 'd' },
		{ "corpus", required_argument, NULL, 'C' }, { "collect", required_argument, NULL, 'c' },
		{ "show", required_argument, NULL, 'w' }, { 0 },
	};
	int argc = 0, c;
	while (argv[argc])
		argc++;
	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		uint64_t *number = c == 's' ? &o.seed : c == 't' ? &o.seconds : c == 'n' ? &o.count
			: c == 'f' ? &o.first : c == 'd' ? &o.differences : NULL;
		const char **text = c == 'p' ? &o.peer : c == 'C' ? &o.corpus : c == 'c' ? &o.collect : c == 'w' ? &show : NULL;
		char *end;
		if (c == '?')
			return misused("no such option");
		if (text)
			*text = optarg;
		if (number && (*number = strtoull(optarg, &end, 0), *end || end == optarg))
			return misused("a number is wanted");
	}
	if (optind != argc || !o.peer)
		return misused("differ wants --peer PROGRAM");
	return show ? differ_show(show, o.peer) : differ_command(&o);
}

static int replay_command(const char *folder)
{
	PARS_AUTO(pars_evm) evm = pars_evm_new(PARS_OSAKA, 1);
	struct report report = { 0 };
	corpus_replay(evm, folder, &report);
	printf("%u passed, %u failed, %u skipped\n", report.passed, report.failed, report.skipped);
	return report.failed > 0 || !report.passed;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(struct pars_evm *, const char *, struct report *);
	} suites[] = { { "state", state_file }, { "chain", chain_file }, { "opcode", opcode_file } };
	struct report report = { 0 };
	if (argc == 2 && !strcmp(argv[1], "--help")) {
		fputs(usage, stdout);
		return 0;
	}
	if (argc == 3 && !strcmp(argv[1], "bench")) {
		bench(argv[2]);
		return 0;
	}
	if ((argc == 4 || argc == 5) && !strcmp(argv[1], "import"))
		return import_chain(argv[2], argv[3], argc == 5 ? argv[4] : NULL);
	if (argc == 3 && !strcmp(argv[1], "replay"))
		return replay_command(argv[2]);
	if (argc == 4 && !strcmp(argv[1], "distil")) {
		PARS_AUTO(pars_evm) evm = pars_evm_new(PARS_OSAKA, 1);
		corpus_distil(argv[2], argv[3], evm);
		return 0;
	}
	if (argc >= 2 && !strcmp(argv[1], "differ"))
		return differ_arguments(argv + 1);
	if (argc >= 2 && !strcmp(argv[1], "run"))
		return run_command(argv + 1);
	for (size_t i = 0; argc >= 3 && i < PARS_COUNT(suites); i++) {
		if (strcmp(argv[1], suites[i].name))
			continue;
		each_file(argv + 2, suites[i].run, &report);
		printf("%u passed, %u failed, %u skipped\n", report.passed, report.failed, report.skipped);
		/* Nothing found is nothing shown. */
		return report.failed > 0 || !report.passed;
	}
	return misused(argc < 2 ? "what shall it do?" : "no such command, or nothing for it");
}
