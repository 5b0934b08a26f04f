/* rpc/genesis.h - the "pars" section of a genesis file. It lives here because
 * the JSON parser does.
 *
 *   { "pars": {
 *       "name": "harbour-net",            1 to 32 of a-z, 0-9 and -, no built-in name
 *       "dht": "/pars/kad/1.0.0",         protocol id of its hash table
 *       "privateAddresses": true,         nodes meet at private addresses, too
 *       "bootstrap": ["/dnsaddr/…"],      addresses that all its nodes start from
 *       "bootstrapKey": "did:key:z6Mk…"   who signs its bootstrap lists
 *   } }
 * All but the name may be absent; what else stands there is skipped. */
#ifndef PARS_RPC_GENESIS_H
#define PARS_RPC_GENESIS_H

#include "base/io.h"

#define RPC_NETWORK_MAX 32 /* characters of a network's name */
#define RPC_NETWORK_KAD_MAX 100
#define RPC_NETWORK_KEY_MAX 100
#define RPC_NETWORK_BOOTSTRAP_MAX 32

struct rpc_genesis {
	char name[RPC_NETWORK_MAX + 1];
	char kad_protocol[RPC_NETWORK_KAD_MAX + 1]; /* "": the name's own */
	char bootstrap_key[RPC_NETWORK_KEY_MAX + 1]; /* "": none */
	bool private_addresses;
	char *bootstrap[RPC_NETWORK_BOOTSTRAP_MAX]; /* multiaddrs, unchecked; owned */
	size_t bootstrap_count;
};

/* INVALID; then there is nothing to free. */
PARS_MUST enum pars_err rpc_genesis_read(struct pars_bytes text, struct rpc_genesis *ret,
	struct pars_fault *fault);
void rpc_genesis_done(struct rpc_genesis *g);

#endif
