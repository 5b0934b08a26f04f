#include "daemon/network.h"

#include <stdio.h>
#include <string.h>

#include "daemon/file.h"

enum pars_err network_load(const char *what, struct rpc_genesis *ret, struct pars_fault *fault)
{
	struct pars_fault inner = { 0 };
	PARS_AUTO_BUF text = { 0 };
	if (!strcmp(what, "dev") || !strcmp(what, "testnet") || !strcmp(what, "mainnet")) {
		*ret = (struct rpc_genesis){ 0 };
		snprintf(ret->name, sizeof ret->name, "%s", what);
		return PARS_OK;
	}
	if (file_read(what, &text, &inner))
		return pars_fail(fault, PARS_E_INVALID, "network must be dev, testnet, mainnet or a genesis file: %s",
			inner.text);
	if (rpc_genesis_read(pars_buf_bytes(&text), ret, &inner))
		return pars_fail(fault, PARS_E_INVALID, "the genesis file %s: %s", what, inner.text);
	return PARS_OK;
}
