/* rpc/chain_genesis.h - the chain's part of a genesis file, as geth writes such
 * files. It lives here because the JSON parser does; what it fills, and who uses
 * it, is lib/chain. `config` may have a member `pars` besides: {"epochBlocks":
 * number, 1024 without it, "stakeMin": wei}; then the chain has this network's
 * own precompiles (evm/precompile.h). */
#ifndef PARS_RPC_CHAIN_GENESIS_H
#define PARS_RPC_CHAIN_GENESIS_H

#include <jansson.h>

#include "base/arena.h"
#include "base/io.h"
#include "chain/genesis.h"

#define RPC_ALLOC_MAX 1000000 /* accounts; and slots of all of them together */

/* Reads `config`, the header's fields and `alloc`. Unknown members are skipped;
 * numbers may be JSON numbers, decimal or 0x strings. What is allocated lies in
 * `arena`. INVALID: fault->text says which member, and why. */
PARS_MUST enum pars_err rpc_chain_genesis_read(const json_t *file, struct pars_arena *arena,
	struct pars_genesis *ret, struct pars_fault *fault);

#endif
