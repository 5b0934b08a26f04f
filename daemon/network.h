/* daemon/network.h - which network: a built-in name or a genesis file. */
#ifndef PARS_DAEMON_NETWORK_H
#define PARS_DAEMON_NETWORK_H

#include "base/io.h"
#include "rpc/genesis.h"

struct network {
	char name[RPC_NETWORK_MAX + 1];
};

/* `what`: dev, testnet, mainnet or a file's path. INVALID. */
PARS_MUST enum pars_err network_load(const char *what, struct network *ret, struct pars_fault *fault);

#endif
