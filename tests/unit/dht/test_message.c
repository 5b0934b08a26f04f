/* Bytes written by hand from the schema of kad-dht/README.md. */
#include "dht/message.h"

#include "codec/uvarint.h"
#include "tests/unit/dht/world.h"

#define ID1 "00240801122000000001" "00000000000000000000000000000000000000000000000000000000"
#define ID1_BYTES "26" ID1

static enum pars_err decode(const char *hex, struct pars_contacts *book, struct pars_dht_message *m)
{
	return pars_dht_message_decode(unit_hex(hex), book, m);
}

START_TEST(requests_have_these_bytes)
{
	struct pars_peer_id id = world_id(1);
	static const struct { enum pars_dht_type type; const char *hex; } cases[] = {
		{ PARS_DHT_FIND_NODE, "2a" "0804" "12" ID1_BYTES },
		{ PARS_DHT_GET_VALUE, "2a" "0801" "12" ID1_BYTES },
		{ PARS_DHT_GET_PROVIDERS, "2a" "0803" "12" ID1_BYTES },
		{ PARS_DHT_PUT_VALUE, "2a" "0800" "12" ID1_BYTES },
	};
	for (size_t i = 0; i < PARS_COUNT(cases); i++) {
		struct pars_dht_message m = { .type = cases[i].type, .key = pars_peer_id_bytes(&id) };
		PARS_AUTO_BUF out = { 0 };
		pars_dht_message_encode(&m, &out);
		ck_assert(pars_bytes_equal(pars_buf_bytes(&out), unit_hex(cases[i].hex)));
	}
	struct pars_dht_message ping = { .type = PARS_DHT_PING };
	PARS_AUTO_BUF out = { 0 };
	pars_dht_message_encode(&ping, &out);
	ck_assert(pars_bytes_equal(pars_buf_bytes(&out), unit_hex("020805")));
}
END_TEST

START_TEST(a_record_is_read_without_its_time)
{
	PARS_AUTO(pars_contacts) book = pars_contacts_new(1);
	struct pars_dht_message m;
	/* No type: PUT_VALUE. Record{key "k", value "vv", timeReceived "2024"} */
	ck_assert_int_eq(decode("12016b" "1a0d" "0a016b" "12027676" "2a0432303234", book, &m), PARS_OK);
	ck_assert_int_eq(m.type, PARS_DHT_PUT_VALUE);
	ck_assert(m.has_record);
	ck_assert(pars_bytes_equal(m.key, PARS_BYTES_STR("k")));
	ck_assert(pars_bytes_equal(m.record_key, PARS_BYTES_STR("k")));
	ck_assert(pars_bytes_equal(m.value, PARS_BYTES_STR("vv")));
	pars_dht_message_release(&m, book);
}
END_TEST

START_TEST(peers_are_read_with_the_addresses_we_understand)
{
	PARS_AUTO(pars_contacts) book = pars_contacts_new(1);
	struct pars_dht_message m;
	struct pars_multiaddr a;
	size_t at = 0;
	/* closer: id 1, an address of an unknown protocol, 9.9.9.9:4001, 10.0.0.1:1,
	 * connection 1, envelope "e"; then a peer without an id. */
	enum pars_err err = decode("0804" "4247" "0a" ID1_BYTES "1203ff7f01" "12080409090909060fa1" "1208040a000001060001"
		"1801" "a2010165" "4203120101", book, &m);
	ck_assert_int_eq(err, PARS_OK);
	ck_assert_uint_eq(m.closer_count, 1);
	ck_assert_uint_eq(m.bad_peers, 1);
	ck_assert_uint_eq(m.bad_addrs, 3); /* unknown, private; and of the one without id */
	ck_assert(pars_bytes_equal(m.closer_envelope[0], PARS_BYTES_STR("e")));
	ck_assert(pars_contact_addr(m.closer[0], &at, &a));
	ck_assert(pars_bytes_equal(pars_multiaddr_bytes(&a), unit_hex("0409090909060fa1")));
	ck_assert(!pars_contact_addr(m.closer[0], &at, &a));
	ck_assert_int_eq(m.closer[0]->trust, PARS_CONTACT_HEARSAY);
	pars_dht_message_release(&m, book);
	ck_assert_uint_eq(pars_contacts_count(book), 0);
}
END_TEST

START_TEST(all_comes_back)
{
	PARS_AUTO(pars_contacts) book = pars_contacts_new(1);
	PARS_AUTO(pars_contacts) other = pars_contacts_new(2);
	static struct pars_dht_message m, got;
	PARS_AUTO_BUF out = { 0 };
	uint64_t n;
	m = (struct pars_dht_message){ .type = PARS_DHT_GET_PROVIDERS, .key = PARS_BYTES_STR("key"),
		.has_record = true, .record_key = PARS_BYTES_STR("key"), .value = PARS_BYTES_STR("value") };
	for (uint32_t i = 0; i < PARS_DHT_PEERS_MAX; i++) {
		m.closer[m.closer_count++] = world_peer(book, i, 0x08080808);
		m.providers[m.provider_count++] = world_peer(book, 1000 + i, i % 2 ? 0 : 0x09090909);
		pars_contact_set_record(m.providers[i], PARS_BYTES(&i, sizeof i), 1, NULL, 0);
	}
	pars_dht_message_encode(&m, &out);
	struct pars_bytes raw = pars_buf_bytes(&out);
	ck_assert(!pars_uvarint_get(&raw, &n) && n == raw.n);
	ck_assert_int_eq(pars_dht_message_decode(raw, other, &got), PARS_OK);
	ck_assert_uint_eq(got.closer_count, PARS_DHT_PEERS_MAX);
	ck_assert_uint_eq(got.left_out, 0);
	ck_assert_uint_eq(got.bad_addrs, 0); /* private ones were not told */
	for (uint32_t i = 0; i < PARS_DHT_PEERS_MAX; i++) {
		ck_assert(pars_peer_id_equal(&got.providers[i]->id, &m.providers[i]->id));
		ck_assert(pars_bytes_equal(got.provider_envelope[i], PARS_BYTES(&i, sizeof i)));
		ck_assert_uint_eq(got.closer_envelope[i].n, 0);
		ck_assert_int_eq(got.providers[i]->dialable, i % 2 == 0);
	}
	pars_dht_message_release(&m, book);
	pars_dht_message_release(&got, other);
}
END_TEST

START_TEST(too_much_and_nonsense_are_refused)
{
	PARS_AUTO(pars_contacts) book = pars_contacts_new(1);
	PARS_AUTO_BUF big = { 0 };
	static const uint8_t zeros[PARS_DHT_MESSAGE_MAX + 1];
	struct pars_dht_message m;
	ck_assert_int_eq(decode("", book, &m), PARS_E_PEER_MALFORMED);
	ck_assert_int_eq(decode("0806", book, &m), PARS_E_PEER_MALFORMED);
	ck_assert_int_eq(decode("08", book, &m), PARS_E_PEER_MALFORMED);
	ck_assert_int_eq(decode("4229" "0a" ID1_BYTES, book, &m), PARS_E_PEER_MALFORMED);
	ck_assert_int_eq(decode("4229" "0a" ID1_BYTES "07", book, &m), PARS_E_PEER_MALFORMED);
	ck_assert_int_eq(pars_dht_message_decode(PARS_BYTES_ARRAY(zeros), book, &m), PARS_E_PEER_TOO_LARGE);
	/* A key of 257 bytes; a value of 10 KiB and one. */
	pars_buf_put(&big, unit_hex("128102"));
	pars_buf_put(&big, PARS_BYTES(zeros, 257));
	ck_assert_int_eq(pars_dht_message_decode(pars_buf_bytes(&big), book, &m), PARS_E_PEER_TOO_LARGE);
	pars_buf_truncate(&big, 0);
	pars_buf_put(&big, unit_hex("1a8450128150"));
	pars_buf_put(&big, PARS_BYTES(zeros, PARS_DHT_VALUE_MAX + 1));
	ck_assert_int_eq(pars_dht_message_decode(pars_buf_bytes(&big), book, &m), PARS_E_PEER_TOO_LARGE);
	ck_assert_uint_eq(pars_contacts_count(book), 0);
}
END_TEST

UNIT_CASE(message, requests_have_these_bytes, a_record_is_read_without_its_time,
	peers_are_read_with_the_addresses_we_understand, all_comes_back, too_much_and_nonsense_are_refused);
