/* tests/evm/suites.h - the kinds of test data that parsd-evm runs. */
#ifndef PARS_TESTS_EVM_SUITES_H
#define PARS_TESTS_EVM_SUITES_H

#include <stdio.h>

#include "evm/evm.h"
#include "tests/evm/report.h"

void state_file(struct pars_evm *evm, const char *path, struct report *report);
void bench(const char *dir);

#endif
