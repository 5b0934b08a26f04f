#include "chain/process.h"

#include "tests/unit/unit.h"
#include "trie/sorted.h"

static enum pars_err account(void *ctx, const struct pars_address *address, struct pars_account *ret)
{
	(void)ctx;
	(void)address;
	*ret = (struct pars_account){ .balance = { { 0, 1 } }, .exists = true, .code_hash = pars_keccak256_empty };
	return PARS_OK;
}

/* The receipt of a transaction to 0x0c10 that says nothing; of a block that is right
 * but for what its header says of the outcome, which is compared last. */
static struct pars_receipt receipt_of(struct pars_evm *evm, const struct pars_chain_config *config)
{
	static const struct pars_evm_host host = { .account = account };
	PARS_AUTO_ARENA arena = { 0 };
	PARS_AUTO_BUF raw = { 0 };
	struct pars_header parent = { .form = PARS_HEADER_SHANGHAI, .ommers_hash = pars_no_ommers,
		.gas_limit = 30000000, .base_fee = PARS_U256(1000) };
	struct pars_transaction tx = { .type = PARS_TX_FEE_MARKET, .chain_id = config->chain_id, .gas_limit = 100000,
		.max_fee = PARS_U256(1000), .to = pars_address_small(0x0c10) };
	ck_assert(pars_transaction_sign(&tx, (const uint8_t[32]){ 1 }));
	pars_transaction_encode(&tx, &raw);
	struct pars_bytes one = pars_buf_bytes(&raw);
	struct pars_block block = { .header = parent, .transactions = &one, .transaction_count = 1 };
	block.header.parent = pars_header_hash(&parent);
	block.header.number = block.header.timestamp = 1;
	block.header.base_fee = PARS_U256(875);
	block.header.transactions_root = pars_trie_root_list(&one, 1);
	block.header.withdrawals_root = pars_withdrawals_root(NULL, 0);
	struct pars_world world;
	struct pars_processed done;
	pars_world_init(&world, &host, PARS_SHANGHAI, 1);
	ck_assert_int_eq(pars_block_process(evm, &world, config, &parent, &block, 600, &arena, &done), PARS_OK);
	ck_assert_str_eq(done.problem, "wrong gas used");
	ck_assert_uint_eq(done.receipt_count, 1);
	struct pars_receipt receipt = done.receipts[0];
	receipt.logs = NULL;
	pars_world_done(&world);
	return receipt;
}

START_TEST(a_chain_has_its_networks_precompiles)
{
	PARS_AUTO(pars_evm) evm = pars_evm_new(PARS_SHANGHAI, 1);
	struct pars_chain_config config;
	pars_chain_config_init(&config, 7, PARS_SHANGHAI);
	ck_assert_ptr_null(pars_chain_config_problem(&config));
	ck_assert(receipt_of(evm, &config).success); /* nobody is there */
	struct pars_chain_config with = config;
	with.has_network = true;
	with.network = (struct pars_evm_network){ 1024, PARS_U256(1) };
	ck_assert_ptr_null(pars_chain_config_problem(&with));
	struct pars_receipt receipt = receipt_of(evm, &with);
	ck_assert(!receipt.success);
	ck_assert_uint_eq(receipt.cumulative_gas, 21000); /* reverted, which costs nothing more */
	ck_assert(receipt_of(evm, &config).success); /* the evm did not keep it */

	with.network.epoch_blocks = 0;
	ck_assert_ptr_nonnull(pars_chain_config_problem(&with));
	with.network = (struct pars_evm_network){ 1, PARS_U256(0) };
	ck_assert_ptr_nonnull(pars_chain_config_problem(&with));
	with.network.stake_min.w[2] = 1;
	ck_assert_ptr_nonnull(pars_chain_config_problem(&with));
}
END_TEST

UNIT_CASE(process, a_chain_has_its_networks_precompiles);
