#include "rpc/genesis.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static bool is_name(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-");
	return n && n <= RPC_NETWORK_MAX && !s[n];
}

static bool is_built_in(const char *s)
{
	return !strcmp(s, "dev") || !strcmp(s, "testnet") || !strcmp(s, "mainnet");
}

static enum pars_err check(const json_t *root, char out[RPC_NETWORK_MAX + 1], struct pars_fault *fault)
{
	const json_t *pars = json_object_get(root, "pars");
	const char *name = json_string_value(json_object_get(pars, "name"));
	if (!json_is_object(pars))
		return pars_fail(fault, PARS_E_INVALID, "it has no \"pars\" section (an object)");
	if (!name || !is_name(name))
		return pars_fail(fault, PARS_E_INVALID, "\"name\" in its \"pars\" section must be 1 to %d characters of "
			"a-z, 0-9 and -", RPC_NETWORK_MAX);
	if (is_built_in(name))
		return pars_fail(fault, PARS_E_INVALID, "the name %s in its \"pars\" section is a built-in network's", name);
	snprintf(out, RPC_NETWORK_MAX + 1, "%s", name);
	return PARS_OK;
}

enum pars_err rpc_genesis_name(struct pars_bytes text, char out[RPC_NETWORK_MAX + 1],
	struct pars_fault *fault)
{
	json_error_t e;
	json_t *root = json_loadb((const char *)text.p, text.n, JSON_REJECT_DUPLICATES, &e);
	if (!root)
		return pars_fail(fault, PARS_E_INVALID, "not valid JSON in line %d: %s", e.line, e.text);
	enum pars_err err = check(root, out, fault);
	json_decref(root);
	return err;
}
