/* rpc/genesis.h - the "pars" section of a genesis file. It lives here because
 * the JSON parser does. */
#ifndef PARS_RPC_GENESIS_H
#define PARS_RPC_GENESIS_H

#include "base/io.h"

#define RPC_NETWORK_MAX 32 /* characters of a network's name */

/* The custom network's name: {"pars":{"name":"…"}}, 1 to 32 of a-z, 0-9 and
 * -, none of the built-in names. INVALID. */
PARS_MUST enum pars_err rpc_genesis_name(struct pars_bytes text, char out[RPC_NETWORK_MAX + 1],
	struct pars_fault *fault);

#endif
