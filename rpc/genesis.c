#include "rpc/genesis.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define BOOTSTRAP_TEXT_MAX 512

static bool is_name(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-");
	return n && n <= RPC_NETWORK_MAX && !s[n];
}

static bool is_built_in(const char *s)
{
	return !strcmp(s, "dev") || !strcmp(s, "testnet") || !strcmp(s, "mainnet");
}

static enum pars_err take_name(const json_t *pars, struct rpc_genesis *g, struct pars_fault *fault)
{
	const char *name = json_string_value(json_object_get(pars, "name"));
	if (!name || !is_name(name))
		return pars_fail(fault, PARS_E_INVALID, "\"name\" in its \"pars\" section must be 1 to %d characters of "
			"a-z, 0-9 and -", RPC_NETWORK_MAX);
	if (is_built_in(name))
		return pars_fail(fault, PARS_E_INVALID, "the name %s in its \"pars\" section is a built-in network's", name);
	snprintf(g->name, sizeof g->name, "%s", name);
	return PARS_OK;
}

/* An optional text, at most `max` bytes that begin with `prefix`. */
static enum pars_err take_text(const json_t *pars, const char *key, const char *prefix, char *out, size_t max,
	struct pars_fault *fault)
{
	const json_t *v = json_object_get(pars, key);
	const char *s = json_string_value(v);
	if (!v)
		return PARS_OK;
	if (!s || strncmp(s, prefix, strlen(prefix)) || strlen(s) > max)
		return pars_fail(fault, PARS_E_INVALID, "\"%s\" in its \"pars\" section must be a text of at most %zu bytes "
			"that begins with %s", key, max, prefix);
	snprintf(out, max + 1, "%s", s);
	return PARS_OK;
}

static enum pars_err take_bootstrap(const json_t *pars, struct rpc_genesis *g, struct pars_fault *fault)
{
	const json_t *list = json_object_get(pars, "bootstrap");
	if (!list)
		return PARS_OK;
	if (!json_is_array(list) || json_array_size(list) > RPC_NETWORK_BOOTSTRAP_MAX)
		return pars_fail(fault, PARS_E_INVALID, "\"bootstrap\" in its \"pars\" section must be a list of at most %d "
			"multiaddrs", RPC_NETWORK_BOOTSTRAP_MAX);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *s = json_string_value(json_array_get(list, i));
		if (!s || s[0] != '/' || strlen(s) > BOOTSTRAP_TEXT_MAX)
			return pars_fail(fault, PARS_E_INVALID, "\"bootstrap\" in its \"pars\" section: entry %zu is no multiaddr",
				i + 1);
		g->bootstrap[g->bootstrap_count++] = pars_strdup(s);
	}
	return PARS_OK;
}

static enum pars_err take(const json_t *root, struct rpc_genesis *g, struct pars_fault *fault)
{
	const json_t *pars = json_object_get(root, "pars"), *private;
	if (!json_is_object(pars))
		return pars_fail(fault, PARS_E_INVALID, "it has no \"pars\" section (an object)");
	private = json_object_get(pars, "privateAddresses");
	if (private && !json_is_boolean(private))
		return pars_fail(fault, PARS_E_INVALID, "\"privateAddresses\" in its \"pars\" section must be true or false");
	g->private_addresses = json_is_true(private);
	enum pars_err err = take_name(pars, g, fault);
	if (!err)
		err = take_text(pars, "dht", "/", g->kad_protocol, RPC_NETWORK_KAD_MAX, fault);
	if (!err)
		err = take_text(pars, "bootstrapKey", "did:key:z6Mk", g->bootstrap_key, RPC_NETWORK_KEY_MAX, fault);
	return err ? err : take_bootstrap(pars, g, fault);
}

enum pars_err rpc_genesis_read(struct pars_bytes text, struct rpc_genesis *ret, struct pars_fault *fault)
{
	json_error_t e;
	struct rpc_genesis g = { 0 };
	json_t *root = json_loadb((const char *)text.p, text.n, JSON_REJECT_DUPLICATES, &e);
	if (!root)
		return pars_fail(fault, PARS_E_INVALID, "not valid JSON in line %d: %s", e.line, e.text);
	enum pars_err err = take(root, &g, fault);
	json_decref(root);
	if (err)
		rpc_genesis_done(&g);
	else
		*ret = g;
	return err;
}

void rpc_genesis_done(struct rpc_genesis *g)
{
	for (size_t i = 0; i < g->bootstrap_count; i++)
		free(g->bootstrap[i]);
	*g = (struct rpc_genesis){ 0 };
}
