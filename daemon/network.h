/* daemon/network.h - which network: a built-in name or a genesis file. */
#ifndef PARS_DAEMON_NETWORK_H
#define PARS_DAEMON_NETWORK_H

#include "base/io.h"
#include "rpc/genesis.h"

/* `what`: dev, testnet, mainnet or a file's path. INVALID. What it gives is
 * freed by rpc_genesis_done. */
PARS_MUST enum pars_err network_load(const char *what, struct rpc_genesis *ret, struct pars_fault *fault);

#endif
