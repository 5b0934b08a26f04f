#include "chain/transaction.h"

#include "crypto/secp256k1.h"
#include "tests/unit/unit.h"

static const uint8_t KEY[32] = { 0x46, 0x46, 0x46, 0x46, 0x46, 0x46, 0x46, 0x46, 0x46, 0x46, 0x46,
	0x46, 0x46, 0x46, 0x46, 0x46, 0x46, 0x46, 0x46, 0x46, 0x46, 0x46, 0x46, 0x46, 0x46, 0x46, 0x46,
	0x46, 0x46, 0x46, 0x46, 0x46 };

static struct pars_address key_address(void)
{
	uint8_t xy[64];
	ck_assert(pars_secp256k1_public(KEY, xy));
	return pars_address_of_key(xy);
}

/* One of each type, with everything it can have; valid on chain 1. */
static struct pars_transaction sample(enum pars_transaction_type type)
{
	static struct pars_u256 keys[3] = { { { 1 } }, { { 0, 2 } }, { { 0, 0, 0, UINT64_MAX } } };
	static struct pars_access access[2] = { { .address = { { 7 } }, .keys = keys, .key_count = 3 },
		{ .address = { { 8 } } } };
	static struct pars_digest blobs[2] = { { { 1, 9 } }, { { 1, 10 } } };
	static struct pars_authorization authorizations[1];
	struct pars_transaction tx = { .type = type, .chain_id = 1, .nonce = 300, .gas_limit = 200000,
		.max_fee = PARS_U256(1000), .priority_fee = PARS_U256(1000), .to = { { 1, 2, 3 } },
		.value = { { 5, 6 } }, .data = unit_hex("00ff0001") };
	authorizations[0] = (struct pars_authorization){ .chain_id = PARS_U256(1), .address = { { 4 } }, .nonce = 9 };
	if (type >= PARS_TX_ACCESS_LIST) {
		tx.access = access;
		tx.access_count = 2;
	}
	if (type >= PARS_TX_FEE_MARKET)
		tx.priority_fee = PARS_U256(3);
	if (type == PARS_TX_BLOB) {
		tx.blob_hashes = blobs;
		tx.blob_count = 2;
		tx.max_blob_fee = PARS_U256(77);
	}
	if (type == PARS_TX_SET_CODE) {
		struct pars_digest hash = pars_authorization_hash(&authorizations[0]);
		uint8_t r[32], s[32];
		unsigned parity;
		ck_assert(pars_secp256k1_sign(KEY, hash.b, r, s, &parity));
		authorizations[0].parity = (uint8_t)parity;
		authorizations[0].r = pars_u256_from_be(r);
		authorizations[0].s = pars_u256_from_be(s);
		tx.authorizations = authorizations;
		tx.authorization_count = 1;
	}
	ck_assert(pars_transaction_sign(&tx, KEY));
	return tx;
}

static const struct pars_transaction_rules PRAGUE = { PARS_PRAGUE, 1, 9 };

/* EIP-155 has this one worked out. */
START_TEST(the_example_of_eip_155)
{
	struct pars_transaction tx = { .chain_id = 1, .nonce = 9, .gas_limit = 21000,
		.max_fee = PARS_U256(20000000000), .priority_fee = PARS_U256(20000000000),
		.value = PARS_U256(1000000000000000000) };
	struct pars_address sender, own = key_address();
	PARS_AUTO_BUF out = { 0 };
	memset(tx.to.b, 0x35, sizeof tx.to.b);
	struct pars_digest hash = pars_transaction_signing_hash(&tx);
	ck_assert(pars_bytes_equal(PARS_BYTES_ARRAY(hash.b),
		unit_hex("daf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53")));
	ck_assert(pars_transaction_sign(&tx, KEY));
	pars_transaction_encode(&tx, &out);
	ck_assert(pars_bytes_equal(pars_buf_bytes(&out), unit_hex("f86c098504a817c80082520894353535353535353535353535"
		"3535353535353535880de0b6b3a76400008025a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa6362"
		"76a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83")));
	ck_assert_int_eq(pars_transaction_sender(&tx, &sender), PARS_OK);
	ck_assert(pars_address_equal(&sender, &own));
}
END_TEST

START_TEST(every_type_comes_back_as_it_went)
{
	struct pars_address own = key_address(), sender;
	for (enum pars_transaction_type type = 0; type < PARS_TX_TYPES; type++) {
		PARS_AUTO_BUF out = { 0 }, again = { 0 };
		PARS_AUTO_ARENA arena = { 0 };
		struct pars_transaction tx = sample(type), got;
		pars_transaction_encode(&tx, &out);
		ck_assert_int_eq(pars_transaction_decode(pars_buf_bytes(&out), &arena, &got), PARS_OK);
		pars_transaction_encode(&got, &again);
		ck_assert(pars_bytes_equal(pars_buf_bytes(&again), pars_buf_bytes(&out)));
		ck_assert_int_eq(pars_transaction_sender(&got, &sender), PARS_OK);
		ck_assert(pars_address_equal(&sender, &own));
		ck_assert_ptr_null(pars_transaction_problem(&got, &PRAGUE));
		ck_assert_uint_eq(got.type, type);
		ck_assert_uint_eq(got.nonce, 300);
		ck_assert_uint_eq(got.access_count, type ? 2 : 0);
		ck_assert_uint_eq(got.blob_count, type == PARS_TX_BLOB ? 2 : 0);
		if (type)
			ck_assert(pars_u256_equal(&got.access[0].keys[2], &tx.access[0].keys[2]));
		if (got.authorization_count) {
			ck_assert_int_eq(pars_authorization_authority(&got.authorizations[0], &sender), PARS_OK);
			ck_assert(pars_address_equal(&sender, &own));
		}
		/* Not one byte less, or more. */
		for (size_t n = 0; n < out.n; n++)
			ck_assert_int_ne(pars_transaction_decode(PARS_BYTES(out.mem + out.off, n), &arena, &got), PARS_OK);
		pars_buf_put_byte(&out, 0);
		ck_assert_int_ne(pars_transaction_decode(pars_buf_bytes(&out), &arena, &got), PARS_OK);
	}
}
END_TEST

START_TEST(in_a_block_types_stand_in_strings)
{
	PARS_AUTO_BUF legacy = { 0 }, typed = { 0 }, list = { 0 }, wrong = { 0 };
	PARS_AUTO_ARENA arena = { 0 };
	struct pars_transaction a = sample(PARS_TX_LEGACY), b = sample(PARS_TX_FEE_MARKET), got;
	struct pars_bytes raw;
	pars_transaction_encode(&a, &legacy);
	pars_transaction_encode(&b, &typed);
	pars_transaction_put(&list, pars_buf_bytes(&legacy));
	pars_transaction_put(&list, pars_buf_bytes(&typed));
	struct pars_bytes in = pars_buf_bytes(&list);
	ck_assert_int_eq(pars_transaction_get(&in, &arena, &got, &raw), PARS_OK);
	ck_assert(pars_bytes_equal(raw, pars_buf_bytes(&legacy)));
	ck_assert_int_eq(pars_transaction_get(&in, &arena, &got, &raw), PARS_OK);
	ck_assert(pars_bytes_equal(raw, pars_buf_bytes(&typed)));
	ck_assert_uint_eq(in.n, 0);
	pars_rlp_put_bytes(&wrong, pars_buf_bytes(&legacy));
	in = pars_buf_bytes(&wrong);
	ck_assert_int_eq(pars_transaction_get(&in, &arena, &got, &raw), PARS_E_PEER_MALFORMED);
}
END_TEST

START_TEST(blobs_travel_beside)
{
	for (uint64_t version = 0; version <= 2; version++) {
		PARS_AUTO_BUF bare = { 0 }, out = { 0 };
		PARS_AUTO_ARENA arena = { 0 };
		struct pars_transaction tx = sample(PARS_TX_BLOB), got;
		struct pars_sidecar side;
		struct pars_bytes raw;
		size_t n = 7;
		pars_transaction_encode(&tx, &bare);
		struct pars_bytes payload = pars_buf_bytes(&bare);
		pars_bytes_take(&payload, 1);
		pars_buf_put_byte(&out, PARS_TX_BLOB);
		size_t list = pars_rlp_list_begin(&out);
		pars_buf_put(&out, payload);
		if (version)
			pars_rlp_put_u64(&out, version);
		for (int i = 0; i < 3; i++) {
			size_t inner = pars_rlp_list_begin(&out);
			pars_rlp_put_bytes(&out, unit_hex("aabb"));
			pars_rlp_put_bytes(&out, unit_hex("ccdd"));
			pars_rlp_list_end(&out, inner);
		}
		pars_rlp_list_end(&out, list);
		enum pars_err err = pars_transaction_decode_pooled(pars_buf_bytes(&out), &arena, &got, &raw, &side);
		ck_assert_int_eq(err, version == 2 ? PARS_E_PEER_MALFORMED : PARS_OK);
		if (err)
			continue;
		ck_assert(pars_bytes_equal(raw, pars_buf_bytes(&bare)));
		ck_assert_uint_eq(side.version, version);
		ck_assert_int_eq(pars_rlp_count(side.blobs, &n), PARS_OK);
		ck_assert_uint_eq(n, 2);
		struct pars_digest a = pars_transaction_hash(&tx), b = pars_transaction_hash(&got);
		ck_assert_mem_eq(a.b, b.b, sizeof a.b);
	}
}
END_TEST

/* Counts come before the items are looked at. */
START_TEST(lists_of_nothing_take_no_memory)
{
	PARS_AUTO_BUF out = { 0 };
	PARS_AUTO_ARENA arena = { 0 };
	struct pars_transaction got;
	pars_buf_put_byte(&out, PARS_TX_ACCESS_LIST);
	size_t list = pars_rlp_list_begin(&out);
	for (int i = 0; i < 7; i++)
		pars_buf_put_byte(&out, i == 4 ? 0x80 : 1);
	size_t inner = pars_rlp_list_begin(&out);
	for (int i = 0; i < 100000; i++)
		pars_buf_put_byte(&out, 0xc0);
	pars_rlp_list_end(&out, inner);
	pars_rlp_list_end(&out, list);
	ck_assert_int_eq(pars_transaction_decode(pars_buf_bytes(&out), &arena, &got), PARS_E_PEER_MALFORMED);
	ck_assert_ptr_null(arena.blocks);
}
END_TEST

/* Each is valid but for one thing. */
START_TEST(what_needs_no_state_is_checked)
{
	struct pars_transaction_rules rules = PRAGUE, osaka = { PARS_OSAKA, 1, 9 }, cancun = { PARS_CANCUN, 1, 6 };
	struct pars_transaction tx;
#define REFUSED(type, rule, change) \
	do { \
		tx = sample(type); \
		ck_assert_ptr_null(pars_transaction_problem(&tx, &(rule))); \
		change; \
		ck_assert_ptr_nonnull(pars_transaction_problem(&tx, &(rule))); \
	} while (0)
	REFUSED(PARS_TX_LEGACY, rules, tx.chain_id = 2);
	REFUSED(PARS_TX_LEGACY, rules, tx.nonce = UINT64_MAX);
	REFUSED(PARS_TX_LEGACY, rules, tx.gas_limit = 21000 + 2 * 4 + 2 * 16 - 1);
	REFUSED(PARS_TX_LEGACY, rules, tx.gas_limit = 21000 + 10 * 10 - 1);
	REFUSED(PARS_TX_LEGACY, rules, tx.max_fee.w[3] = UINT64_MAX);
	REFUSED(PARS_TX_LEGACY, rules, tx.s.w[3] = 0x8000000000000000);
	REFUSED(PARS_TX_LEGACY, rules, tx.r = PARS_U256(0));
	REFUSED(PARS_TX_FEE_MARKET, rules, tx.priority_fee = PARS_U256(1001));
	REFUSED(PARS_TX_FEE_MARKET, osaka, tx.gas_limit = (1 << 24) + 1);
	REFUSED(PARS_TX_FEE_MARKET, rules, rules.fork = PARS_BERLIN);
	rules = PRAGUE;
	REFUSED(PARS_TX_BLOB, cancun, tx.creates = true);
	REFUSED(PARS_TX_BLOB, cancun, tx.blob_count = 0);
	REFUSED(PARS_TX_BLOB, cancun, tx.blob_count = 7);
	REFUSED(PARS_TX_BLOB, osaka, tx.blob_count = 7);
	REFUSED(PARS_TX_BLOB, cancun, tx.blob_hashes[1].b[0] = 2);
	tx.blob_hashes[1].b[0] = 1;
	REFUSED(PARS_TX_SET_CODE, rules, tx.authorization_count = 0);
	REFUSED(PARS_TX_SET_CODE, rules, tx.creates = true);
	static const uint8_t code[49153];
	tx = sample(PARS_TX_LEGACY);
	tx.creates = true;
	tx.gas_limit = 10000000;
	tx.data = PARS_BYTES(code, sizeof code - 1);
	ck_assert_ptr_null(pars_transaction_problem(&tx, &rules));
	tx.data.n++;
	ck_assert_ptr_nonnull(pars_transaction_problem(&tx, &rules));
}
END_TEST

START_TEST(gas_before_anything_runs)
{
	struct pars_transaction tx = sample(PARS_TX_SET_CODE);
	ck_assert_uint_eq(pars_transaction_intrinsic_gas(&tx, PARS_PRAGUE),
		21000 + 2 * 4 + 2 * 16 + 2 * 2400 + 3 * 1900 + 25000);
	ck_assert_uint_eq(pars_transaction_floor_gas(&tx, PARS_PRAGUE), 21000 + 10 * 10);
	ck_assert_uint_eq(pars_transaction_floor_gas(&tx, PARS_CANCUN), 0);
	tx = sample(PARS_TX_LEGACY);
	tx.creates = true;
	ck_assert_uint_eq(pars_transaction_intrinsic_gas(&tx, PARS_FRONTIER), 21000 + 2 * 4 + 2 * 68);
	ck_assert_uint_eq(pars_transaction_intrinsic_gas(&tx, PARS_LONDON), 53000 + 2 * 4 + 2 * 16);
	ck_assert_uint_eq(pars_transaction_intrinsic_gas(&tx, PARS_SHANGHAI), 53000 + 2 * 4 + 2 * 16 + 2);
}
END_TEST

UNIT_CASE(transaction, the_example_of_eip_155, every_type_comes_back_as_it_went, in_a_block_types_stand_in_strings,
	blobs_travel_beside, lists_of_nothing_take_no_memory, what_needs_no_state_is_checked, gas_before_anything_runs);
