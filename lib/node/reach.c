/* node/reach.c - whether others can dial this node. */
#include "node/node.h"

bool node_reach_public(const struct pars_node *node)
{
	struct pars_multiaddr addrs[16];
	size_t n = pars_host_addrs(node->host, addrs, PARS_COUNT(addrs));
	for (size_t i = 0; i < n; i++)
		if (node_addr_usable(node, &addrs[i]))
			return true;
	return false;
}

const char *node_reach_reason(const struct pars_node *node)
{
	return node_reach_public(node) ? "it listens on an address that others can dial" :
		"it listens on no address that others can dial";
}
