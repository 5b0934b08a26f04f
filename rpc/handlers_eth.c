/* What Ethereum's client libraries ask before anything else. There is no chain
 * yet: these answers let them connect and call the pars_ methods. */
#include <stdio.h>
#include <string.h>

#include "rpc/handlers.h"
#include "rpc/json.h"

/* Networks from a genesis file count as development ones. */
static unsigned chain_id(const char *network)
{
	if (!strcmp(network, "mainnet"))
		return 7070;
	return strcmp(network, "testnet") ? 1337 : 7071;
}

enum rpc_done rpc_eth_accounts(struct rpc_call *call)
{
	return rpc_ok(call, json_array());
}

enum rpc_done rpc_eth_chain_id(struct rpc_call *call)
{
	return rpc_ok(call, json_sprintf("0x%x", chain_id(rpc_config(call)->network)));
}

enum rpc_done rpc_net_version(struct rpc_call *call)
{
	return rpc_ok(call, json_sprintf("%u", chain_id(rpc_config(call)->network)));
}

enum rpc_done rpc_net_listening(struct rpc_call *call)
{
	struct pars_status st;
	pars_status_get(rpc_node(call), rpc_arena(call), &st);
	return rpc_ok(call, json_boolean(st.listen.count));
}

enum rpc_done rpc_net_peer_count(struct rpc_call *call)
{
	struct pars_status st;
	pars_status_get(rpc_node(call), rpc_arena(call), &st);
	return rpc_ok(call, json_sprintf("0x%llx", (unsigned long long)st.peers));
}
