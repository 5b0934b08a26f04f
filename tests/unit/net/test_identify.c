#include "net/identify.h"

#include <stdio.h>

#include "net/record.h"
#include "tests/unit/unit.h"

START_TEST(what_is_written_reads_back)
{
	PARS_AUTO_BUF out = { 0 };
	struct pars_identify got, m = {
		.public_key = PARS_BYTES_STR("key"), .observed = PARS_BYTES_STR("seen"),
		.protocol_version = PARS_BYTES_STR("pars/1"), .agent = PARS_BYTES_STR("parsd"),
		.record = PARS_BYTES_STR("record"),
		.listen = { PARS_BYTES_STR("a"), PARS_BYTES_STR("bb") }, .listen_count = 2,
		.protocols = { PARS_BYTES_STR("/x"), PARS_BYTES_STR("/y") }, .protocol_count = 2,
	};
	pars_identify_encode(&m, &out);
	ck_assert_int_eq(pars_identify_decode(pars_buf_bytes(&out), &got), PARS_OK);
	ck_assert(pars_bytes_equal(got.public_key, m.public_key));
	ck_assert(pars_bytes_equal(got.observed, m.observed));
	ck_assert(pars_bytes_equal(got.protocol_version, m.protocol_version));
	ck_assert(pars_bytes_equal(got.agent, m.agent));
	ck_assert(pars_bytes_equal(got.record, m.record));
	ck_assert_uint_eq(got.listen_count, 2);
	ck_assert_uint_eq(got.protocol_count, 2);
	ck_assert(pars_bytes_equal(got.protocols[1], m.protocols[1]));
}
END_TEST

START_TEST(several_messages_are_one)
{
	/* As go-libp2p does: the record comes in a message of its own. */
	PARS_AUTO_BUF out = { 0 };
	struct pars_identify got;
	pars_identify_encode(&(struct pars_identify){ .agent = PARS_BYTES_STR("old"),
		.protocols = { PARS_BYTES_STR("/x") }, .protocol_count = 1 }, &out);
	pars_identify_encode(&(struct pars_identify){ .record = PARS_BYTES_STR("record") }, &out);
	pars_identify_encode(&(struct pars_identify){ .agent = PARS_BYTES_STR("new"),
		.protocols = { PARS_BYTES_STR("/y") }, .protocol_count = 1 }, &out);
	ck_assert_int_eq(pars_identify_decode(pars_buf_bytes(&out), &got), PARS_OK);
	ck_assert(pars_bytes_equal(got.agent, PARS_BYTES_STR("new")));
	ck_assert(pars_bytes_equal(got.record, PARS_BYTES_STR("record")));
	ck_assert_uint_eq(got.protocol_count, 2);
}
END_TEST

START_TEST(lists_and_sizes_are_bounded)
{
	static uint8_t big[PARS_IDENTIFY_TOTAL_MAX + 1];
	struct pars_identify got;
	PARS_AUTO_BUF body = { 0 };
	PARS_AUTO_BUF out = { 0 };
	for (int i = 0; i < 300; i++)
		pars_buf_put(&body, unit_hex("1a022f61" "12012f"));
	pars_buf_put(&out, unit_hex("b410"));
	pars_buf_put(&out, pars_buf_bytes(&body));
	ck_assert_uint_eq(body.n, 2100);
	ck_assert_int_eq(pars_identify_decode(pars_buf_bytes(&out), &got), PARS_OK);
	ck_assert_uint_eq(got.protocol_count, PARS_IDENTIFY_PROTOCOLS_MAX);
	ck_assert_uint_eq(got.listen_count, PARS_IDENTIFY_LISTEN_MAX);
	ck_assert_int_eq(pars_identify_decode(PARS_BYTES_ARRAY(big), &got), PARS_E_PEER_TOO_LARGE);
	/* Ten empty messages are many, eleven are too many. */
	ck_assert_int_eq(pars_identify_decode(PARS_BYTES(big, 10), &got), PARS_OK);
	ck_assert_int_eq(pars_identify_decode(PARS_BYTES(big, 11), &got), PARS_E_PEER_TOO_LARGE);
	ck_assert_int_eq(pars_identify_decode(unit_hex("8140" "00"), &got), PARS_E_PEER_TOO_LARGE);
	ck_assert_int_eq(pars_identify_decode(unit_hex("02" "1a"), &got), PARS_E_PEER_MALFORMED);
	ck_assert_int_eq(pars_identify_decode(PARS_BYTES(NULL, 0), &got), PARS_E_PEER_MALFORMED);
}
END_TEST

static void make_record(uint8_t seed, struct pars_record *r, struct pars_ed25519_pair *key)
{
	uint8_t secret[32] = { seed };
	pars_ed25519_pair_from_seed(key, secret);
	*r = (struct pars_record){ .seq = 7, .count = 2 };
	pars_peer_id_from_ed25519(&key->public, &r->peer);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(pars_multiaddr_parse(i ? "/ip4/1.2.3.4/tcp/5" : "/ip6/::1/tcp/6",
			&r->addrs[i], NULL), PARS_OK);
}

START_TEST(records_are_signed_by_who_they_are_about)
{
	struct pars_record r, got;
	struct pars_ed25519_pair key, other;
	PARS_AUTO_BUF out = { 0 };
	PARS_AUTO_BUF forged = { 0 };
	make_record(1, &r, &key);
	pars_record_seal(&r, &key, &out);
	ck_assert_int_eq(pars_record_open(pars_buf_bytes(&out), &got), PARS_OK);
	ck_assert(pars_peer_id_equal(&got.peer, &r.peer));
	ck_assert_uint_eq(got.seq, 7);
	ck_assert_uint_eq(got.count, 2);
	ck_assert(pars_multiaddr_equal(&got.addrs[1], &r.addrs[1]));
	pars_ed25519_pair_from_seed(&other, (uint8_t[32]){ 2 });
	pars_record_seal(&r, &other, &forged);
	ck_assert_int_eq(pars_record_open(pars_buf_bytes(&forged), &got), PARS_E_PEER_WRONG_ID);
	for (size_t i = 0; i < out.n; i++) {
		out.mem[i] ^= 0x40;
		ck_assert_int_ne(pars_record_open(pars_buf_bytes(&out), &got), PARS_OK);
		out.mem[i] ^= 0x40;
	}
	for (size_t i = 0; i < out.n; i++)
		ck_assert_int_ne(pars_record_open(PARS_BYTES(out.mem, i), &got), PARS_OK);
}
END_TEST

UNIT_CASE(identify, what_is_written_reads_back, several_messages_are_one,
	lists_and_sizes_are_bounded, records_are_signed_by_who_they_are_about);
