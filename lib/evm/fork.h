/* evm/fork.h - the forks of Ethereum's rules, in their order. */
#ifndef PARS_EVM_FORK_H
#define PARS_EVM_FORK_H

#include "base/base.h"

enum pars_fork {
	PARS_FRONTIER,
	PARS_HOMESTEAD,
	PARS_TANGERINE,     /* EIP-150 */
	PARS_SPURIOUS,      /* EIP-155, 158, 160, 170 */
	PARS_BYZANTIUM,
	PARS_CONSTANTINOPLE,
	PARS_PETERSBURG,
	PARS_ISTANBUL,
	PARS_BERLIN,
	PARS_LONDON,
	PARS_PARIS,
	PARS_SHANGHAI,
	PARS_CANCUN,
	PARS_PRAGUE,
	PARS_OSAKA,
	PARS_FORKS
};

/* "Shanghai", as test data and geth's genesis files spell them; NULL: no such. */
const char *pars_fork_name(enum pars_fork fork);
/* PARS_FORKS: no such name. */
enum pars_fork pars_fork_by_name(const char *name);

#endif
