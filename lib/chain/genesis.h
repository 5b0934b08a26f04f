/* chain/genesis.h - what a chain begins with, and when its rules change. */
#ifndef PARS_CHAIN_GENESIS_H
#define PARS_CHAIN_GENESIS_H

#include "chain/header.h"
#include "chain/state_change.h"
#include "evm/evm.h"

#define PARS_FORK_NEVER UINT64_MAX
#define PARS_BLOB_RULES_MAX 16

/* How many blobs a block has, and how fast their price moves (EIP-7840; forks
 * that change nothing else: EIP-7892). */
struct pars_blob_rule {
	uint64_t since; /* timestamp */
	uint64_t target, max, update_fraction;
};

struct pars_chain_config {
	uint64_t chain_id;
	/* Up to Paris: the number of the first block; from Shanghai: the time from
	 * which on. Later forks never begin before earlier ones. */
	uint64_t since[PARS_FORKS];
	struct pars_blob_rule blobs[PARS_BLOB_RULES_MAX]; /* `since` rises */
	size_t blob_count;
	struct pars_address deposit_contract; /* EIP-6110 */
	bool has_network;  /* this network's own precompiles are there */
	struct pars_evm_network network;
};

/* All forks up to this one from the start, none later; the blobs that mainnet
 * had with them, and its deposit contract. */
void pars_chain_config_init(struct pars_chain_config *config, uint64_t chain_id, enum pars_fork fork);
/* NULL, or what is wrong with it, for people. */
const char *pars_chain_config_problem(const struct pars_chain_config *config);
enum pars_fork pars_chain_fork(const struct pars_chain_config *config, uint64_t number, uint64_t timestamp);
/* NULL: there are no blobs yet. */
const struct pars_blob_rule *pars_chain_blobs(const struct pars_chain_config *config, uint64_t timestamp);

struct pars_genesis {
	struct pars_chain_config config;
	struct pars_digest parent, mix_hash;
	struct pars_address coinbase;
	struct pars_u256 difficulty;
	uint64_t number, gas_limit, gas_used, timestamp;
	uint8_t extra[PARS_EXTRA_MAX], extra_n;
	uint8_t nonce[8];
	bool has_base_fee;          /* else the protocol's first one */
	struct pars_u256 base_fee;
	uint64_t blob_gas_used, excess_blob_gas;
	struct pars_state_change *alloc; /* borrowed */
	size_t alloc_count;
};

/* The first block's header; it has no transactions, ommers or withdrawals. */
void pars_genesis_header(const struct pars_genesis *genesis, struct pars_header *ret);

#endif
