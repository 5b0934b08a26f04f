#include "chain/genesis.h"

#include <assert.h>

#include "trie/node.h"

#define FIRST_BASE_FEE 1000000000 /* EIP-1559 */

/* SHA-256 of nothing: a list without requests (EIP-7685). */
static const struct pars_digest no_requests = { {
	0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
	0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
} };

static const struct {
	enum pars_fork fork;
	uint64_t target, max, update_fraction;
} known_blobs[] = {
	{ PARS_CANCUN, 3, 6, 3338477 },
	{ PARS_PRAGUE, 6, 9, 5007716 },
};

/* Mainnet's, for EIP-6110. */
static const struct pars_address deposit_contract = { {
	0x00, 0x00, 0x00, 0x00, 0x21, 0x9a, 0xb5, 0x40, 0x35, 0x6c, 0xbb, 0x83, 0x9c, 0xbe, 0x05, 0x30, 0x3d, 0x77, 0x05, 0xfa,
} };

void pars_chain_config_init(struct pars_chain_config *config, uint64_t chain_id, enum pars_fork fork)
{
	*config = (struct pars_chain_config){ .chain_id = chain_id, .deposit_contract = deposit_contract };
	for (int f = 0; f < PARS_FORKS; f++)
		config->since[f] = f <= (int)fork ? 0 : PARS_FORK_NEVER;
	for (size_t i = 0; i < PARS_COUNT(known_blobs); i++)
		if (known_blobs[i].fork <= fork) {
			config->blobs[0] = (struct pars_blob_rule){ 0, known_blobs[i].target, known_blobs[i].max,
				known_blobs[i].update_fraction };
			config->blob_count = 1;
		}
}

const char *pars_chain_config_problem(const struct pars_chain_config *config)
{
	for (int f = 1; f < PARS_FORKS; f++)
		if (f != PARS_SHANGHAI && config->since[f] < config->since[f - 1])
			return "a fork begins before the one that precedes it";
	if (config->since[PARS_SHANGHAI] < PARS_FORK_NEVER && config->since[PARS_PARIS] == PARS_FORK_NEVER)
		return "Shanghai without Paris";
	if (config->blob_count > PARS_BLOB_RULES_MAX)
		return "too many changes of the number of blobs";
	for (size_t i = 0; i < config->blob_count; i++) {
		const struct pars_blob_rule *b = &config->blobs[i];
		if (i && b->since < b[-1].since)
			return "the changes of the number of blobs are not in order";
		if (!b->update_fraction || b->target > b->max)
			return "a target of blobs above their maximum, or a price that cannot move";
	}
	if (config->since[PARS_CANCUN] < PARS_FORK_NEVER &&
	    (!config->blob_count || config->blobs[0].since > config->since[PARS_CANCUN]))
		return "blobs without a number of them";
	const struct pars_u256 *stake = &config->network.stake_min;
	if (config->has_network && !config->network.epoch_blocks)
		return "epochs without blocks";
	if (config->has_network && (pars_u256_is_zero(stake) || pars_u256_bits(stake) > 128))
		return "a smallest stake of nothing, or of more than 128 bits";
	return NULL;
}

enum pars_fork pars_chain_fork(const struct pars_chain_config *config, uint64_t number, uint64_t timestamp)
{
	for (int f = PARS_FORKS - 1; f > PARS_FRONTIER; f--) {
		uint64_t at = f >= PARS_SHANGHAI ? timestamp : number;
		if (config->since[f] != PARS_FORK_NEVER && config->since[f] <= at)
			return (enum pars_fork)f;
	}
	return PARS_FRONTIER;
}

const struct pars_blob_rule *pars_chain_blobs(const struct pars_chain_config *config, uint64_t timestamp)
{
	const struct pars_blob_rule *rule = NULL;
	for (size_t i = 0; i < config->blob_count && config->blobs[i].since <= timestamp; i++)
		rule = &config->blobs[i];
	return rule;
}

void pars_genesis_header(const struct pars_genesis *g, struct pars_header *ret)
{
	struct pars_header h = {
		.form = pars_header_form(pars_chain_fork(&g->config, g->number, g->timestamp)),
		.parent = g->parent, .ommers_hash = pars_no_ommers, .coinbase = g->coinbase,
		.state_root = pars_state_root_of(g->alloc, g->alloc_count),
		.transactions_root = pars_trie_empty, .receipts_root = pars_trie_empty,
		.difficulty = g->difficulty, .number = g->number, .gas_limit = g->gas_limit,
		.gas_used = g->gas_used, .timestamp = g->timestamp, .mix_hash = g->mix_hash,
	};
	assert(g->extra_n <= sizeof h.extra);
	h.extra_n = g->extra_n;
	memcpy(h.extra, g->extra, g->extra_n);
	memcpy(h.nonce, g->nonce, sizeof h.nonce);
	if (h.form >= PARS_HEADER_LONDON)
		h.base_fee = g->has_base_fee ? g->base_fee : PARS_U256(FIRST_BASE_FEE);
	if (h.form >= PARS_HEADER_SHANGHAI)
		h.withdrawals_root = pars_trie_empty;
	if (h.form >= PARS_HEADER_CANCUN) {
		h.blob_gas_used = g->blob_gas_used;
		h.excess_blob_gas = g->excess_blob_gas;
	}
	if (h.form >= PARS_HEADER_PRAGUE)
		h.requests_hash = no_requests;
	*ret = h;
}
