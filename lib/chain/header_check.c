#include "chain/fee.h"
#include "chain/process.h"
#include "chain/transaction.h"

#define GAS_LIMIT_MIN 5000
#define GAS_LIMIT_STEP 1024   /* a part of the parent's limit that it may move by */
#define FIRST_BASE_FEE 1000000000

static const char *gas_problem(const struct pars_header *parent, const struct pars_header *header, enum pars_fork fork,
	enum pars_fork parent_fork)
{
	/* London doubled the limit, so that the target stayed what the limit was. */
	bool first = fork >= PARS_LONDON && parent_fork < PARS_LONDON;
	uint64_t was = first ? 2 * parent->gas_limit : parent->gas_limit;
	uint64_t moved = header->gas_limit > was ? header->gas_limit - was : was - header->gas_limit;
	if (moved >= was / GAS_LIMIT_STEP || header->gas_limit < GAS_LIMIT_MIN)
		return "the gas limit moves too far";
	if (header->gas_limit > INT64_MAX)
		return "the gas limit is above 2^63 - 1";
	if (header->gas_used > header->gas_limit)
		return "more gas used than the limit";
	if (fork >= PARS_LONDON) {
		struct pars_u256 fee = first ? PARS_U256(FIRST_BASE_FEE)
			: pars_base_fee_next(&parent->base_fee, parent->gas_used, parent->gas_limit);
		if (!pars_u256_equal(&fee, &header->base_fee))
			return "wrong base fee";
	}
	return NULL;
}

static const char *blob_problem(const struct pars_chain_config *config, const struct pars_header *parent,
	const struct pars_header *header, enum pars_fork fork)
{
	const struct pars_blob_rule *rule = pars_chain_blobs(config, header->timestamp);
	if (fork < PARS_CANCUN || !rule)
		return NULL;
	if (header->blob_gas_used % PARS_TX_BLOB_GAS || header->blob_gas_used / PARS_TX_BLOB_GAS > rule->max)
		return "more blobs than a block may have";
	if (header->excess_blob_gas != pars_excess_blob_gas_next(parent->excess_blob_gas, parent->blob_gas_used,
			&parent->base_fee, rule, fork))
		return "wrong excess of blob gas";
	return NULL;
}

const char *pars_header_problem(const struct pars_chain_config *config,
	const struct pars_header *parent, const struct pars_header *header)
{
	static const uint8_t no_nonce[8];
	enum pars_fork fork = pars_chain_fork(config, header->number, header->timestamp);
	enum pars_fork parent_fork = pars_chain_fork(config, parent->number, parent->timestamp);
	struct pars_digest hash = pars_header_hash(parent);
	if (!pars_digest_equal(&hash, &header->parent) || header->number != parent->number + 1)
		return "it does not follow its parent";
	if (header->timestamp <= parent->timestamp)
		return "it is not later than its parent";
	if (header->form != pars_header_form(fork))
		return "the header has other fields than the fork's";
	if (fork >= PARS_PARIS && (!pars_u256_is_zero(&header->difficulty) ||
			memcmp(header->nonce, no_nonce, sizeof no_nonce) ||
			!pars_digest_equal(&header->ommers_hash, &pars_no_ommers)))
		return "difficulty, nonce or ommers after Paris";
	const char *problem = gas_problem(parent, header, fork, parent_fork);
	return problem ? problem : blob_problem(config, parent, header, fork);
}

struct pars_evm_block pars_block_context(const struct pars_chain_config *config, const struct pars_header *header)
{
	struct pars_evm_block b = {
		.chain_id = config->chain_id, .number = header->number, .timestamp = header->timestamp,
		.gas_limit = header->gas_limit, .coinbase = header->coinbase, .base_fee = header->base_fee,
		.random = header->difficulty,
	};
	if (pars_chain_fork(config, header->number, header->timestamp) >= PARS_PARIS)
		b.random = pars_u256_from_be(header->mix_hash.b);
	const struct pars_blob_rule *rule = pars_chain_blobs(config, header->timestamp);
	if (rule)
		b.blob_base_fee = pars_blob_base_fee(header->excess_blob_gas, rule);
	return b;
}
