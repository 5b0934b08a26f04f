/* tests/conformance/conformance.h - what the programs that run Ethereum's own
 * test data share: finding it, counting, telling.
 *
 * The data is below $ETHEREUM_DATA (tests/conformance/run finds or unpacks it).
 * Each failure is a line; the last line is what tests/run counts. */
#ifndef PARS_TESTS_CONFORMANCE_H
#define PARS_TESTS_CONFORMANCE_H

#include "tests/evm/json.h"

struct conformance {
	const char *suite;
	unsigned passed, failed, skipped;
	const char *path; /* of the file at work, below the data's folder */
};

/* Runs `file` on each .json below $ETHEREUM_DATA/folder, in order of names. */
void conformance_each(struct conformance *c, const char *folder,
	void (*file)(struct conformance *c, const char *path, json_t *root));
/* `why` NULL: it passed. */
void conformance_case(struct conformance *c, const char *name, const char *why);
void conformance_skip(struct conformance *c, const char *name, const char *why);
/* Prints the counts; the program's exit status. */
int conformance_end(const struct conformance *c);

/* A path below the data's folder, in static memory. */
const char *conformance_path(const char *name);
json_t *conformance_file(const char *name);

#endif
