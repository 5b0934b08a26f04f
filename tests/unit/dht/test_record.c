#include "dht/record.h"

#include "base/alloc.h"
#include "dht/message.h"
#include "tests/unit/unit.h"

static struct pars_ed25519_pair author(uint8_t number)
{
	struct pars_ed25519_pair pair;
	uint8_t seed[PARS_ED25519_SEED_SIZE] = { number };
	pars_ed25519_pair_from_seed(&pair, seed);
	return pair;
}

START_TEST(a_record_proves_itself)
{
	struct pars_ed25519_pair pair = author(1), other = author(2);
	struct pars_dht_record r = { .salt = PARS_BYTES_STR("name"), .data = PARS_BYTES_STR("data"), .seq = 7 }, got;
	uint8_t key[PARS_DHT_RECORD_KEY_SIZE], wrong[PARS_DHT_RECORD_KEY_SIZE];
	PARS_AUTO_BUF value = { 0 };
	ck_assert_int_eq(pars_dht_record_seal(&r, &pair, &value), PARS_OK);
	pars_dht_record_key(&pair.public, r.salt, key);
	pars_dht_record_key(&other.public, r.salt, wrong);
	struct pars_bytes v = pars_buf_bytes(&value), k = PARS_BYTES_ARRAY(key);
	ck_assert(!memcmp(key, "/pars/", 6));
	ck_assert_int_eq(pars_dht_record_check(k, v), PARS_OK);
	ck_assert_int_eq(pars_dht_record_open(v, &got), PARS_OK);
	ck_assert(got.seq == 7 && pars_bytes_equal(got.data, r.data) && pars_bytes_equal(got.salt, r.salt));
	ck_assert_int_eq(pars_dht_record_check(PARS_BYTES_ARRAY(wrong), v), PARS_E_PEER_MALFORMED);
	ck_assert_int_eq(pars_dht_record_check(PARS_BYTES(key, 37), v), PARS_E_PEER_MALFORMED);
	ck_assert_int_eq(pars_dht_record_check(PARS_BYTES_STR("/ipns/x"), v), PARS_E_UNSUPPORTED);
	/* Any bit that is changed is noticed. */
	for (size_t bit = 0; bit < 8 * v.n; bit++) {
		uint8_t *p = value.mem + value.off + bit / 8;
		*p ^= (uint8_t)(1 << bit % 8);
		ck_assert_int_ne(pars_dht_record_check(k, v), PARS_OK);
		*p ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t n = 0; n < v.n; n++)
		ck_assert_int_ne(pars_dht_record_check(k, PARS_BYTES(v.p, n)), PARS_OK);
	pars_buf_put_byte(&value, 0);
	ck_assert_int_eq(pars_dht_record_check(k, pars_buf_bytes(&value)), PARS_E_PEER_MALFORMED);
}
END_TEST

START_TEST(records_are_bounded)
{
	struct pars_ed25519_pair pair = author(1);
	static const uint8_t zeros[PARS_DHT_VALUE_MAX + 1];
	struct pars_dht_record r = { .salt = PARS_BYTES(zeros, PARS_DHT_SALT_MAX), .data = PARS_BYTES(zeros, PARS_DHT_VALUE_MAX) };
	uint8_t key[PARS_DHT_RECORD_KEY_SIZE];
	PARS_AUTO_BUF value = { 0 };
	ck_assert_int_eq(pars_dht_record_seal(&r, &pair, &value), PARS_E_TOO_LARGE);
	while (pars_dht_record_seal(&r, &pair, &value))
		r.data.n--;
	ck_assert_uint_eq(value.n, PARS_DHT_VALUE_MAX);
	pars_dht_record_key(&pair.public, r.salt, key);
	ck_assert_int_eq(pars_dht_record_check(PARS_BYTES_ARRAY(key), pars_buf_bytes(&value)), PARS_OK);
	r.salt.n++;
	r.data.n = 0;
	ck_assert_int_eq(pars_dht_record_seal(&r, &pair, &value), PARS_E_TOO_LARGE);
	ck_assert_int_eq(pars_dht_record_check(PARS_BYTES_ARRAY(key), PARS_BYTES_ARRAY(zeros)), PARS_E_PEER_TOO_LARGE);
}
END_TEST

START_TEST(the_higher_sequence_wins_then_the_greater_bytes)
{
	struct pars_ed25519_pair pair = author(1);
	static const struct { uint64_t seq; const char *data; } order[] = { { 0, "z" }, { 1, "b" }, { 24, "a" }, { UINT64_MAX, "" } };
	struct pars_buf values[PARS_COUNT(order)] = { 0 };
	uint8_t key[PARS_DHT_RECORD_KEY_SIZE];
	pars_dht_record_key(&pair.public, (struct pars_bytes){ 0 }, key);
	for (size_t i = 0; i < PARS_COUNT(order); i++) {
		struct pars_dht_record r = { .seq = order[i].seq, .data = PARS_BYTES_STR(order[i].data) };
		ck_assert_int_eq(pars_dht_record_seal(&r, &pair, &values[i]), PARS_OK);
	}
	for (size_t a = 0; a < PARS_COUNT(order); a++)
		for (size_t b = 0; b < PARS_COUNT(order); b++) {
			int got = pars_dht_record_compare(PARS_BYTES_ARRAY(key), pars_buf_bytes(&values[a]), pars_buf_bytes(&values[b]));
			ck_assert_int_eq((got > 0) - (got < 0), (a > b) - (a < b));
		}
	for (size_t i = 0; i < PARS_COUNT(order); i++)
		pars_buf_done(&values[i]);
}
END_TEST

START_TEST(a_key_message_is_stored_under_its_hash)
{
	struct pars_bytes message = unit_hex("08011220" "0101010101010101010101010101010101010101010101010101010101010101");
	struct pars_bytes key = unit_hex("2f706b2f" "0024" "08011220" "0101010101010101010101010101010101010101010101010101010101010101");
	ck_assert_int_eq(pars_dht_record_check(key, message), PARS_OK);
	ck_assert_int_eq(pars_dht_record_check(key, PARS_BYTES(message.p, 35)), PARS_E_PEER_MALFORMED);
	ck_assert_int_eq(pars_dht_record_check(PARS_BYTES_STR("/pk/"), message), PARS_E_PEER_MALFORMED);
	ck_assert_int_eq(pars_dht_record_check(PARS_BYTES_STR("/pk/"), (struct pars_bytes){ 0 }), PARS_E_PEER_MALFORMED);
	ck_assert_int_eq(pars_dht_record_compare(key, message, message), 0);
}
END_TEST

UNIT_CASE(record, a_record_proves_itself, records_are_bounded,
	the_higher_sequence_wins_then_the_greater_bytes, a_key_message_is_stored_under_its_hash);
