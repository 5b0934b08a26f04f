/* rpc/keystore_file.h - key files (Web3 Secret Storage, version 3) as JSON. It lives
 * here because the JSON parser does; what the file says is lib/wallet's. */
#ifndef PARS_RPC_KEYSTORE_FILE_H
#define PARS_RPC_KEYSTORE_FILE_H

#include <jansson.h>

#include "base/io.h"
#include "wallet/keystore.h"

/* INVALID, UNSUPPORTED: fault->text says which member, and why. */
PARS_MUST enum pars_err rpc_keystore_read(const json_t *file, struct pars_keystore *ret, struct pars_fault *fault);
/* Gives. */
json_t *rpc_keystore_write(const struct pars_keystore *ks);

#endif
