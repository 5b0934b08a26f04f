#include "rpc/chain_genesis.h"

#include "tests/unit/unit.h"

static enum pars_err read_text(const char *text, struct pars_arena *arena, struct pars_genesis *g,
	struct pars_fault *fault)
{
	json_t *file = json_loads(text, JSON_DECODE_ANY, NULL);
	ck_assert_ptr_nonnull(file);
	enum pars_err err = rpc_chain_genesis_read(file, arena, g, fault);
	json_decref(file);
	return err;
}

START_TEST(numbers_in_all_their_spellings)
{
	PARS_AUTO_ARENA arena = { 0 };
	struct pars_genesis g;
	struct pars_fault fault;
	ck_assert_int_eq(read_text("{\"config\":{\"chainId\":7,\"homesteadBlock\":0,\"eip150Block\":0,\"eip158Block\":0,"
		"\"byzantiumBlock\":0,\"constantinopleBlock\":0,\"petersburgBlock\":0,\"istanbulBlock\":0,\"berlinBlock\":0,"
		"\"londonBlock\":2,\"terminalTotalDifficulty\":0,\"shanghaiTime\":10,\"cancunTime\":20,\"bpo1Time\":\"0x1e\","
		"\"blobSchedule\":{\"cancun\":{\"target\":3,\"max\":6,\"baseFeeUpdateFraction\":3338477},"
		"\"bpo1\":{\"target\":4,\"max\":8,\"baseFeeUpdateFraction\":5},\"bpo2\":{\"target\":1}}},"
		"\"gasLimit\":\"0x5f5e100\",\"difficulty\":\"17\",\"extraData\":\"0x0102\",\"nonce\":\"0x42\",\"alloc\":{"
		"\"0x0000000000000000000000000000000000000002\":{\"balance\":\"1000000000000000000000\"},"
		"\"0000000000000000000000000000000000000001\":{\"balance\":\"0x0\",\"code\":\"0x6001\",\"nonce\":\"0x1\","
		"\"storage\":{\"0x01\":\"0xff\",\"0x00\":\"0x1\"}}}}", &arena, &g, &fault), PARS_OK);
	ck_assert_uint_eq(g.config.chain_id, 7);
	ck_assert_uint_eq(g.gas_limit, 100000000);
	ck_assert_uint_eq(pars_u256_u64(&g.difficulty), 17);
	ck_assert_uint_eq(g.nonce[7], 0x42);
	ck_assert_uint_eq(g.alloc_count, 2);
	ck_assert_uint_eq(g.alloc[0].slot_count, 2);
	ck_assert_uint_eq(g.alloc[0].slots[1].value.w[0], 255);
	ck_assert_uint_eq(g.alloc[1].balance.w[0], 0x35c9adc5dea00000 & UINT64_MAX);
	ck_assert_uint_eq(g.alloc[1].balance.w[1], 0x36);
	ck_assert_int_eq(pars_chain_fork(&g.config, 1, 9), PARS_BERLIN);
	ck_assert_int_eq(pars_chain_fork(&g.config, 2, 9), PARS_PARIS);
	ck_assert_int_eq(pars_chain_fork(&g.config, 2, 10), PARS_SHANGHAI);
	ck_assert_int_eq(pars_chain_fork(&g.config, 9, 1000), PARS_CANCUN);
	ck_assert_uint_eq(g.config.blob_count, 2);
	ck_assert_ptr_null(pars_chain_blobs(&g.config, 19));
	ck_assert_uint_eq(pars_chain_blobs(&g.config, 29)->max, 6);
	ck_assert_uint_eq(pars_chain_blobs(&g.config, 30)->max, 8);
}
END_TEST

START_TEST(networks_rules_if_they_are_there)
{
	PARS_AUTO_ARENA arena = { 0 };
	struct pars_genesis g;
	struct pars_fault fault;
	ck_assert_int_eq(read_text("{\"config\":{\"chainId\":7},\"gasLimit\":1}", &arena, &g, &fault), PARS_OK);
	ck_assert(!g.config.has_network);
	ck_assert_int_eq(read_text("{\"config\":{\"chainId\":7,\"pars\":{\"stakeMin\":\"0x100000000000000000\"}},"
		"\"gasLimit\":1}", &arena, &g, &fault), PARS_OK);
	ck_assert(g.config.has_network);
	ck_assert_uint_eq(g.config.network.epoch_blocks, 1024);
	ck_assert_uint_eq(g.config.network.stake_min.w[1], 16);
	ck_assert_int_eq(read_text("{\"config\":{\"chainId\":7,\"pars\":{\"stakeMin\":5,\"epochBlocks\":8}},"
		"\"gasLimit\":1}", &arena, &g, &fault), PARS_OK);
	ck_assert_uint_eq(g.config.network.epoch_blocks, 8);
}
END_TEST

START_TEST(what_is_wrong_is_named)
{
	static const struct { const char *text, *says; } cases[] = {
		{ "[]", "config" }, { "{}", "config" }, { "{\"config\":{}}", "chainId" },
		{ "{\"config\":{\"chainId\":-1}}", "chainId" }, { "{\"config\":{\"chainId\":\"1x\"}}", "chainId" },
		{ "{\"config\":{\"chainId\":\"0x10000000000000000\"}}", "chainId" },
		{ "{\"config\":{\"chainId\":1}}", "gasLimit" },
		{ "{\"config\":{\"chainId\":1,\"eip150Block\":1}}", "before" },
		{ "{\"config\":{\"chainId\":1},\"gasLimit\":1,\"extraData\":\"0x123\"}", "extraData" },
		{ "{\"config\":{\"chainId\":1},\"gasLimit\":1,\"mixHash\":\"0x12\"}", "mixHash" },
		{ "{\"config\":{\"chainId\":1},\"gasLimit\":1,\"alloc\":[1]}", "alloc" },
		{ "{\"config\":{\"chainId\":1},\"gasLimit\":1,\"alloc\":{\"0x12\":{}}}", "0x12" },
		{ "{\"config\":{\"chainId\":1},\"gasLimit\":1,\"alloc\":{\"0x0000000000000000000000000000000000000001\":{},"
			"\"0000000000000000000000000000000000000001\":{}}}", "twice" },
		{ "{\"config\":{\"chainId\":1},\"gasLimit\":1,\"alloc\":{\"0000000000000000000000000000000000000001\":"
			"{\"storage\":{\"0x1\":\"0x1\",\"0x01\":\"0x2\"}}}}", "twice" },
		{ "{\"config\":{\"chainId\":1},\"gasLimit\":1,\"alloc\":{\"0000000000000000000000000000000000000001\":"
			"{\"storage\":{\"0x1\":7}}}}", "storage" },
		{ "{\"config\":{\"chainId\":1,\"pars\":1}}", "pars" },
		{ "{\"config\":{\"chainId\":1,\"pars\":{}}}", "stakeMin" },
		{ "{\"config\":{\"chainId\":1,\"pars\":{\"stakeMin\":\"\"}}}", "stakeMin" },
		{ "{\"config\":{\"chainId\":1,\"pars\":{\"stakeMin\":0}}}", "stake" },
		{ "{\"config\":{\"chainId\":1,\"pars\":{\"stakeMin\":1,\"epochBlocks\":0}}}", "epochs" },
	};
	for (size_t i = 0; i < PARS_COUNT(cases); i++) {
		PARS_AUTO_ARENA arena = { 0 };
		struct pars_genesis g;
		struct pars_fault fault = { 0 };
		ck_assert_int_eq(read_text(cases[i].text, &arena, &g, &fault), PARS_E_INVALID);
		ck_assert_msg(strstr(fault.text, cases[i].says) != NULL, "%s: %s", cases[i].text, fault.text);
	}
}
END_TEST

UNIT_CASE(chain_genesis, numbers_in_all_their_spellings, networks_rules_if_they_are_there, what_is_wrong_is_named);
