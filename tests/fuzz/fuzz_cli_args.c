/* Command lines of parsctl and parsd: words end with a line feed. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/args.h"
#include "daemon/options.h"

#define WORDS_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = pars_alloc(size + 1), *argv[WORDS_MAX + 2] = { text + size };
	struct args a;
	struct rpc_why why;
	int argc = 1;
	memcpy(text, data, size);
	for (char *word = strtok(text, "\n"); word && argc <= WORDS_MAX; word = strtok(NULL, "\n"))
		argv[argc++] = word;
	if (args_parse(&a, argc, argv, &why) && a.action == ARGS_CALL && !a.method && !a.raw_method)
		abort(); /* a call of nothing */
	args_done(&a);
	struct options o = { 0 };
	struct pars_fault fault = { 0 };
	if (options_parse_args(&o, argc, argv, &fault) && !fault.text[0])
		abort(); /* refused without a word */
	options_done(&o);
	free(text);
	return 0;
}
