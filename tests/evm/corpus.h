/* tests/evm/corpus.h - cases worth keeping: a file each, the record and behind it
 * the answer that both implementations gave. */
#ifndef PARS_TESTS_EVM_CORPUS_H
#define PARS_TESTS_EVM_CORPUS_H

#include "tests/evm/differ.h"
#include "tests/evm/report.h"

struct corpus {
	struct pars_arena memory;
	char **names;               /* sorted */
	struct pars_bytes *records;
	struct differ_answer *answers;
	size_t count;
};

void corpus_load(struct corpus *c, const char *folder);
void corpus_done(struct corpus *c);
/* Every case must still have its answer: also when the host hesitates, and traced. */
void corpus_replay(struct pars_evm *evm, const char *folder, struct report *report);
/* Keeps the case if it is small and does something that none before it did: an
 * instruction with an outcome, in a fork. */
void corpus_collect(const char *folder, struct pars_evm *evm, const struct differ_case *c, const struct differ_answer *a);
/* Of a folder the small cases that do as much as all of it. */
void corpus_distil(const char *from, const char *to, struct pars_evm *evm);

#endif
