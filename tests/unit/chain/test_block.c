#include "chain/block.h"

#include "chain/genesis.h"
#include "chain/receipt.h"
#include "tests/unit/unit.h"
#include "trie/node.h"

static struct pars_header sample(enum pars_header_form form)
{
	struct pars_header h = { .form = form, .parent = { { 1 } }, .ommers_hash = pars_no_ommers, .coinbase = { { 2 } },
		.transactions_root = pars_trie_empty, .difficulty = { { 3, 4 } }, .number = 5, .gas_limit = 6, .gas_used = 7,
		.timestamp = 8, .extra = { 9, 10 }, .extra_n = 2, .mix_hash = { { 11 } }, .nonce = { 12 } };
	if (form >= PARS_HEADER_LONDON)
		h.base_fee = PARS_U256(13);
	if (form >= PARS_HEADER_SHANGHAI)
		h.withdrawals_root = pars_trie_empty;
	if (form >= PARS_HEADER_CANCUN)
		h.blob_gas_used = 14, h.excess_blob_gas = 15, h.beacon_root.b[0] = 16;
	if (form >= PARS_HEADER_PRAGUE)
		h.requests_hash.b[0] = 17;
	return h;
}

static const enum pars_header_form forms[] = { PARS_HEADER_FRONTIER, PARS_HEADER_LONDON, PARS_HEADER_SHANGHAI,
	PARS_HEADER_CANCUN, PARS_HEADER_PRAGUE };

START_TEST(headers_of_every_fork_come_back)
{
	for (size_t i = 0; i < PARS_COUNT(forms); i++) {
		struct pars_header h = sample(forms[i]), got;
		PARS_AUTO_BUF out = { 0 };
		pars_header_put(&out, &h);
		struct pars_bytes in = pars_buf_bytes(&out), list;
		size_t fields;
		ck_assert_int_eq(pars_rlp_only_list(in, &list), PARS_OK);
		ck_assert_int_eq(pars_rlp_count(list, &fields), PARS_OK);
		ck_assert_uint_eq(fields, (size_t)forms[i]);
		ck_assert_int_eq(pars_header_get(&in, &got), PARS_OK);
		ck_assert_mem_eq(&got, &h, sizeof h);
	}
}
END_TEST

START_TEST(no_other_number_of_fields)
{
	struct pars_header h = sample(PARS_HEADER_PRAGUE), got;
	PARS_AUTO_BUF out = { 0 };
	pars_header_put(&out, &h);
	struct pars_bytes whole = pars_buf_bytes(&out), list, at;
	struct pars_rlp item;
	ck_assert_int_eq(pars_rlp_only_list(whole, &list), PARS_OK);
	at = list;
	for (int fields = 1; at.n; fields++) {
		PARS_AUTO_BUF cut = { 0 };
		ck_assert_int_eq(pars_rlp_get(&at, &item), PARS_OK);
		size_t start = pars_rlp_list_begin(&cut);
		pars_buf_put(&cut, PARS_BYTES(list.p, list.n - at.n));
		pars_rlp_list_end(&cut, start);
		bool form = fields == 15 || fields == 16 || fields == 17 || fields == 20 || fields == 21;
		struct pars_bytes in = pars_buf_bytes(&cut);
		ck_assert_int_eq(pars_header_get(&in, &got), form ? PARS_OK : PARS_E_PEER_MALFORMED);
	}
}
END_TEST

START_TEST(the_hash_of_no_ommers)
{
	struct pars_digest d = pars_keccak256(unit_hex("c0"));
	ck_assert(pars_digest_equal(&d, &pars_no_ommers));
}
END_TEST

static struct pars_transaction signed_transaction(enum pars_transaction_type type, uint64_t nonce)
{
	static const uint8_t key[32] = { [31] = 1 };
	struct pars_transaction tx = { .type = type, .chain_id = 1, .nonce = nonce, .gas_limit = 21000 };
	ck_assert(pars_transaction_sign(&tx, key));
	return tx;
}

START_TEST(blocks_come_back_and_know_their_roots)
{
	for (size_t f = 0; f < PARS_COUNT(forms); f++) {
		PARS_AUTO_ARENA arena = { 0 };
		PARS_AUTO_BUF a = { 0 }, b = { 0 }, out = { 0 }, again = { 0 };
		struct pars_transaction legacy = signed_transaction(PARS_TX_LEGACY, 1), typed = signed_transaction(PARS_TX_FEE_MARKET, 2);
		struct pars_withdrawal w = { 1, 2, { { 3 } }, 4 };
		pars_transaction_encode(&legacy, &a);
		pars_transaction_encode(&typed, &b);
		struct pars_bytes list[2] = { pars_buf_bytes(&a), pars_buf_bytes(&b) };
		struct pars_block block = { .header = sample(forms[f]), .transactions = list, .transaction_count = 2,
			.withdrawals = &w, .withdrawal_count = 1 }, got;
		pars_block_encode(&block, &out);
		ck_assert_int_eq(pars_block_decode(pars_buf_bytes(&out), &arena, &got), PARS_OK);
		pars_block_encode(&got, &again);
		ck_assert(pars_bytes_equal(pars_buf_bytes(&again), pars_buf_bytes(&out)));
		ck_assert_uint_eq(got.transaction_count, 2);
		ck_assert(pars_bytes_equal(got.transactions[1], list[1]));
		ck_assert_uint_eq(got.withdrawal_count, forms[f] >= PARS_HEADER_SHANGHAI);
		ck_assert(!pars_block_has_ommers(&got));
		struct pars_digest hash = pars_header_hash(&block.header);
		ck_assert(pars_digest_equal(&hash, &got.hash));
		ck_assert(!pars_block_roots_match(&got));
		got.transaction_count = got.withdrawal_count = 0;
		ck_assert(pars_block_roots_match(&got));
		for (size_t n = 0; n < out.n; n++)
			ck_assert_int_ne(pars_block_decode(PARS_BYTES(out.mem + out.off, n), &arena, &got), PARS_OK);
	}
}
END_TEST

START_TEST(receipts_come_back)
{
	struct pars_log logs[2] = { { .address = { { 1 } }, .topic_count = 4, .topics = { { { 2 } }, { { 3 } } },
		.data = unit_hex("0102") }, { .address = { { 5 } } } };
	for (enum pars_transaction_type type = 0; type < PARS_TX_TYPES; type++) {
		PARS_AUTO_ARENA arena = { 0 };
		PARS_AUTO_BUF out = { 0 }, again = { 0 };
		struct pars_receipt r = { .type = type, .success = type % 2, .cumulative_gas = 21000, .logs = logs,
			.log_count = 2 }, got;
		pars_receipt_set_bloom(&r);
		pars_receipt_encode(&r, &out);
		ck_assert_int_eq(pars_receipt_decode(pars_buf_bytes(&out), &arena, &got), PARS_OK);
		pars_receipt_encode(&got, &again);
		ck_assert(pars_bytes_equal(pars_buf_bytes(&again), pars_buf_bytes(&out)));
		ck_assert_uint_eq(got.logs[0].topic_count, 4);
		ck_assert(pars_bloom_may_have(&got.bloom, PARS_BYTES_ARRAY(logs[1].address.b)));
		ck_assert(pars_bloom_may_have(&got.bloom, PARS_BYTES_ARRAY(logs[0].topics[1].b)));
		ck_assert(!pars_bloom_may_have(&got.bloom, unit_hex("77")));
		struct pars_digest one = pars_receipts_root(&r, 1), none = pars_receipts_root(NULL, 0);
		ck_assert(pars_digest_equal(&none, &pars_trie_empty));
		ck_assert(!pars_digest_equal(&one, &none));
		for (size_t n = 0; n < out.n; n++)
			ck_assert_int_ne(pars_receipt_decode(PARS_BYTES(out.mem + out.off, n), &arena, &got), PARS_OK);
	}
}
END_TEST

START_TEST(a_config_from_a_fork)
{
	struct pars_chain_config c;
	pars_chain_config_init(&c, 5, PARS_PRAGUE);
	ck_assert_ptr_null(pars_chain_config_problem(&c));
	ck_assert_int_eq(pars_chain_fork(&c, 0, 0), PARS_PRAGUE);
	ck_assert_int_eq(pars_chain_fork(&c, UINT64_MAX, UINT64_MAX), PARS_PRAGUE);
	ck_assert_uint_eq(pars_chain_blobs(&c, 0)->max, 9);
	pars_chain_config_init(&c, 5, PARS_PARIS);
	ck_assert_int_eq(pars_chain_fork(&c, 7, 7), PARS_PARIS);
	ck_assert_ptr_null(pars_chain_blobs(&c, 7));
	c.since[PARS_CANCUN] = 7;
	ck_assert_ptr_nonnull(pars_chain_config_problem(&c));
}
END_TEST

UNIT_CASE(block, headers_of_every_fork_come_back, no_other_number_of_fields, the_hash_of_no_ommers,
	blocks_come_back_and_know_their_roots, receipts_come_back, a_config_from_a_fork);
