/* tests/evm/evmone.h - evmone beside ours in the same run, where it was built.
 *
 * Compiled with HAVE_EVMC when EVMC (a folder with evmc/evmc.h) is given to
 * make; the library itself is named by $EVMONE. */
#ifndef PARS_TESTS_EVM_EVMONE_H
#define PARS_TESTS_EVM_EVMONE_H

#include "base/bytes.h"

/* False: there is none. */
bool evmone_open(void);
/* Runs the code once as Istanbul has it; gas used, or -1: it failed. */
int64_t evmone_run(struct pars_bytes code, struct pars_bytes input, int64_t gas);

#endif
