/* State tests: one transaction upon a state, in the form of ethereum/tests'
 * GeneralStateTests and execution-spec-tests' state_tests. */
#include "tests/evm/suites.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "chain/execute.h"
#include "chain/fee.h"
#include "codec/rlp.h"
#include "tests/evm/prestate.h"

struct pars_blob_rule json_blob_rule(const json_t *v, uint64_t since)
{
	return (struct pars_blob_rule){ since, json_u64(json_object_get(v, "target")),
		json_u64(json_object_get(v, "max")), json_u64(json_object_get(v, "baseFeeUpdateFraction")) };
}

static struct pars_digest logs_hash(const struct pars_world *w)
{
	PARS_AUTO_BUF b = { 0 };
	size_t all = pars_rlp_list_begin(&b);
	for (size_t i = 0; i < w->log_count; i++) {
		const struct pars_log *log = &w->logs[i];
		size_t one = pars_rlp_list_begin(&b);
		pars_rlp_put_bytes(&b, PARS_BYTES_ARRAY(log->address.b));
		size_t topics = pars_rlp_list_begin(&b);
		for (unsigned t = 0; t < log->topic_count; t++)
			pars_rlp_put_bytes(&b, pars_digest_bytes(&log->topics[t]));
		pars_rlp_list_end(&b, topics);
		pars_rlp_put_bytes(&b, log->data);
		pars_rlp_list_end(&b, one);
	}
	pars_rlp_list_end(&b, all);
	return pars_keccak256(pars_buf_bytes(&b));
}

static bool fits_u64(const json_t *v)
{
	const char *text = json_string_value(v);
	if (!text)
		return true;
	if (strncmp(text, "0x", 2) || strlen(text) > 66)
		return false;
	struct pars_u256 n = hex_u256(text);
	return pars_u256_is_u64(&n);
}

static bool fits_u256(const json_t *v)
{
	const char *text = json_string_value(v);
	return !text || (!strncmp(text, "0x", 2) && strncmp(text, "0x:", 3) && strlen(text) <= 66);
}

static const json_t *pick(const json_t *list, const json_t *indexes, const char *name)
{
	return json_array_get(list, (size_t)json_integer_value(json_object_get(indexes, name)));
}

/* False: fields that no transaction has room for. */
static bool read_transaction(struct pars_arena *arena, const json_t *from, const json_t *indexes,
	uint64_t chain_id, struct pars_transaction *tx)
{
	const json_t *gas = pick(json_object_get(from, "gasLimit"), indexes, "gas");
	const json_t *value = pick(json_object_get(from, "value"), indexes, "value");
	const json_t *nonce = json_object_get(from, "nonce"), *to = json_object_get(from, "to");
	const json_t *max_fee = json_object_get(from, "maxFeePerGas");
	const json_t *lists = json_object_get(from, "accessLists"), *blobs = json_object_get(from, "blobVersionedHashes");
	const json_t *auths = json_object_get(from, "authorizationList");
	const json_t *access = pick(lists, indexes, "data");
	if (!fits_u64(gas) || !fits_u64(nonce) || !fits_u256(value))
		return false;
	*tx = (struct pars_transaction){
		.chain_id = chain_id, .nonce = json_u64(nonce), .gas_limit = json_u64(gas), .value = json_u256(value),
		.data = json_bytes(arena, pick(json_object_get(from, "data"), indexes, "data")),
		.creates = !json_string_length(to),
	};
	if (!tx->creates)
		tx->to = json_address(to);
	tx->max_fee = json_u256(max_fee ? max_fee : json_object_get(from, "gasPrice"));
	tx->priority_fee = max_fee ? json_u256(json_object_get(from, "maxPriorityFeePerGas")) : tx->max_fee;
	tx->type = auths ? PARS_TX_SET_CODE : blobs || json_object_get(from, "maxFeePerBlobGas") ? PARS_TX_BLOB
		: max_fee ? PARS_TX_FEE_MARKET : access && !json_is_null(access) ? PARS_TX_ACCESS_LIST : PARS_TX_LEGACY;
	tx->any_chain = tx->type == PARS_TX_LEGACY;
	if (tx->any_chain)
		tx->chain_id = 0;
	tx->max_blob_fee = json_u256(json_object_get(from, "maxFeePerBlobGas"));
	tx->access_count = json_array_size(access);
	tx->access = pars_arena_alloc(arena, (tx->access_count + 1) * sizeof *tx->access);
	for (size_t i = 0; i < tx->access_count; i++) {
		const json_t *one = json_array_get(access, i), *keys = json_object_get(one, "storageKeys");
		struct pars_access *a = &tx->access[i];
		a->address = json_address(json_object_get(one, "address"));
		a->key_count = json_array_size(keys);
		a->keys = pars_arena_alloc(arena, (a->key_count + 1) * sizeof *a->keys);
		for (size_t k = 0; k < a->key_count; k++)
			a->keys[k] = json_u256(json_array_get(keys, k));
	}
	tx->blob_count = json_array_size(blobs);
	tx->blob_hashes = pars_arena_alloc(arena, (tx->blob_count + 1) * sizeof *tx->blob_hashes);
	for (size_t i = 0; i < tx->blob_count; i++)
		tx->blob_hashes[i] = json_digest(json_array_get(blobs, i));
	tx->authorization_count = json_array_size(auths);
	tx->authorizations = pars_arena_alloc(arena, (tx->authorization_count + 1) * sizeof *tx->authorizations);
	for (size_t i = 0; i < tx->authorization_count; i++) {
		const json_t *one = json_array_get(auths, i), *parity = json_object_get(one, "yParity");
		if (!fits_u64(json_object_get(one, "nonce")))
			return false;
		tx->authorizations[i] = (struct pars_authorization){
			.chain_id = json_u256(json_object_get(one, "chainId")),
			.address = json_address(json_object_get(one, "address")),
			.nonce = json_u64(json_object_get(one, "nonce")),
			.parity = (uint8_t)PARS_MIN(json_u64(parity ? parity : json_object_get(one, "v")), 255),
			.r = json_u256(json_object_get(one, "r")), .s = json_u256(json_object_get(one, "s")),
		};
	}
	/* Its form is checked; who signed is told. */
	tx->r = tx->s = PARS_U256(1);
	return true;
}

static struct pars_evm_block read_env(const json_t *env, const struct pars_blob_rule *blobs, uint64_t chain_id)
{
	const json_t *random = json_object_get(env, "currentRandom");
	struct pars_evm_block b = {
		.chain_id = chain_id,
		.number = json_u64(json_object_get(env, "currentNumber")),
		.timestamp = json_u64(json_object_get(env, "currentTimestamp")),
		.gas_limit = json_u64(json_object_get(env, "currentGasLimit")),
		.coinbase = json_address(json_object_get(env, "currentCoinbase")),
		.random = json_u256(random ? random : json_object_get(env, "currentDifficulty")),
		.base_fee = json_u256(json_object_get(env, "currentBaseFee")),
	};
	if (blobs->max)
		b.blob_base_fee = pars_blob_base_fee(json_u64(json_object_get(env, "currentExcessBlobGas")), blobs);
	return b;
}

struct outcome {
	const char *refused; /* NULL: it ran */
	struct pars_digest root, logs;
};

static struct outcome play(struct pars_evm *evm, const json_t *test, const json_t *post, enum pars_fork fork, bool hesitates)
{
	PARS_AUTO_ARENA arena = { 0 };
	const json_t *config = json_object_get(test, "config"), *fields = json_object_get(test, "transaction");
	const json_t *chain = json_object_get(config, "chainid"), *raw = json_object_get(post, "txbytes");
	const json_t *schedule = json_object_get(json_object_get(config, "blobSchedule"), pars_fork_name(fork));
	uint64_t chain_id = chain ? json_u64(chain) : 1;
	struct pars_chain_config rules;
	pars_chain_config_init(&rules, chain_id, fork);
	const struct pars_blob_rule *usual = pars_chain_blobs(&rules, UINT64_MAX);
	struct pars_blob_rule blobs = usual ? *usual : (struct pars_blob_rule){ 0 };
	if (schedule)
		blobs = json_blob_rule(schedule, 0);
	struct prestate state;
	prestate_init(&state, json_object_get(test, "pre"));
	state.hesitates = hesitates;
	struct pars_evm_block block = read_env(json_object_get(test, "env"), &blobs, chain_id);
	struct pars_world world;
	pars_world_init(&world, &state.host, fork, 1);
	struct outcome out = { 0 };
	struct pars_transaction tx;
	struct pars_address sender = json_address(json_object_get(fields, "sender"));
	if (raw) {
		if (pars_transaction_decode(json_bytes(&arena, raw), &arena, &tx))
			out.refused = "its bytes are no transaction";
		else if (pars_transaction_sender(&tx, &sender))
			out.refused = "nobody signed it";
	} else if (!read_transaction(&arena, fields, json_object_get(post, "indexes"), chain_id, &tx)) {
		out.refused = "no transaction has such fields";
	}
	if (!out.refused && tx.gas_limit > block.gas_limit)
		out.refused = "more gas than the block has";
	pars_world_begin(&world);
	if (!out.refused) {
		struct pars_execution x;
		pars_execution_start(&x, evm, &world, &block, &tx, &sender,
			&(struct pars_transaction_rules){ fork, chain_id, (unsigned)blobs.max });
		enum pars_err err;
		while ((err = pars_execution_run(&x)) == PARS_E_BUSY)
			;
		pars_execution_done(&x);
		if (err)
			die("the state failed: %d", (int)err);
		out.refused = x.problem;
	}
	out.logs = logs_hash(&world);
	prestate_apply(&state, &world);
	out.root = prestate_root(&state);
	pars_world_done(&world);
	prestate_done(&state);
	return out;
}

static void one(struct pars_evm *evm, const char *file, const char *name, const json_t *test, const json_t *post,
	enum pars_fork fork, struct report *report)
{
	char why[400], root[65];
	for (int hesitates = 0; hesitates < 2; hesitates++) {
		struct outcome out = play(evm, test, post, fork, hesitates);
		struct pars_digest want = json_digest(json_object_get(post, "hash"));
		struct pars_digest logs = json_digest(json_object_get(post, "logs"));
		bool refuses = json_object_get(post, "expectException");
		const char *wrong = NULL;
		if (refuses && !out.refused)
			wrong = "should be refused";
		else if (!refuses && out.refused)
			wrong = out.refused;
		else if (!pars_digest_equal(&out.root, &want))
			wrong = "another root";
		else if (!refuses && !pars_digest_equal(&out.logs, &logs))
			wrong = "other logs";
		if (wrong) {
			const json_t *ix = json_object_get(post, "indexes");
			pars_hex(PARS_BYTES_ARRAY(out.root.b), root);
			snprintf(why, sizeof why, "%s, data %d gas %d value %d: %s (%s)%s", pars_fork_name(fork),
				(int)json_integer_value(json_object_get(ix, "data")),
				(int)json_integer_value(json_object_get(ix, "gas")),
				(int)json_integer_value(json_object_get(ix, "value")), wrong, root,
				hesitates ? " when the host hesitates" : "");
			report_case(report, file, name, why);
			return;
		}
	}
	report_case(report, file, name, NULL);
}

void state_file(struct pars_evm *evm, const char *path, struct report *report)
{
	json_t *file = json_file(path), *test;
	const char *name;
	json_object_foreach(file, name, test) {
		for (enum pars_fork fork = PARS_SHANGHAI; fork <= PARS_OSAKA; fork++) {
			json_t *list = json_object_get(json_object_get(test, "post"), pars_fork_name(fork)), *post;
			size_t i;
			if (json_array_size(list))
				pars_evm_set_fork(evm, fork);
			json_array_foreach(list, i, post)
				one(evm, path, name, test, post, fork, report);
		}
	}
	json_decref(file);
}
