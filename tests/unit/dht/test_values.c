#include "dht/values.h"

#include "dht/table.h"
#include "tests/unit/dht/world.h"

/* Records of the namespace /pk/: any bytes are the value of their own hash. */
struct pk {
	uint8_t key[48], value[36];
	size_t n;
};

static struct pk pk(uint32_t number)
{
	struct pk r = { 0 };
	struct pars_peer_id id;
	pars_put_be32(r.value, number);
	pars_peer_id_from_key(PARS_BYTES_ARRAY(r.value), &id);
	memcpy(r.key, "/pk/", 4);
	memcpy(r.key + 4, id.b, id.n);
	r.n = 4 + (size_t)id.n;
	return r;
}

static enum pars_err put(struct pars_dht_values *v, uint32_t number, uint64_t sender, pars_usec expires)
{
	struct pk r = pk(number);
	return pars_dht_values_put(v, PARS_BYTES(r.key, r.n), PARS_BYTES_ARRAY(r.value), sender, expires);
}

static bool has(const struct pars_dht_values *v, uint32_t number)
{
	struct pk r = pk(number);
	return pars_dht_values_get(v, PARS_BYTES(r.key, r.n)).n;
}

static uint64_t distance(const struct pars_digest *self, uint32_t number)
{
	struct pk r = pk(number);
	struct pars_digest place = pars_sha256(PARS_BYTES(r.key, r.n));
	return pars_dht_near(self, &place);
}

START_TEST(when_full_the_farthest_goes_first)
{
	struct pars_digest self = pars_sha256(PARS_BYTES_STR("self"));
	struct pars_dht_limits limits = pars_dht_default_limits;
	struct pars_dht_values v;
	PARS_AUTO_BUF key = { 0 };
	unsigned kept = 0, gone = 0, refused = 0;
	limits.records_max = 100;
	pars_dht_values_init(&v, &self, &limits, 1);
	for (uint32_t i = 0; i < 1000; i++)
		refused += put(&v, i, i, PARS_S(i + 1)) == PARS_E_LIMIT;
	uint64_t farthest = 0;
	for (uint32_t i = 0; i < 1000; i++)
		if (has(&v, i)) {
			farthest = PARS_MAX(farthest, distance(&self, i));
			kept++;
		}
	for (uint32_t i = 0; i < 1000; i++)
		ck_assert(has(&v, i) || distance(&self, i) > farthest);
	while (pars_dht_values_gone(&v, &key))
		gone++;
	ck_assert_uint_eq(kept, 100);
	ck_assert_uint_eq(gone + refused, 900);
	ck_assert_uint_eq(v.shelf.count, 100);
	pars_dht_values_done(&v);
}
END_TEST

START_TEST(bytes_are_bounded_and_no_sender_takes_all)
{
	struct pars_digest self = pars_sha256(PARS_BYTES_STR("self"));
	struct pars_dht_limits limits = pars_dht_default_limits;
	struct pars_dht_values v;
	unsigned stored = 0;
	limits.records_bytes_max = 10000;
	pars_dht_values_init(&v, &self, &limits, 1);
	for (uint32_t i = 0; i < 1000; i++) {
		ck_assert(put(&v, i, i, PARS_S(1)) != PARS_E_BUSY);
		ck_assert_uint_le(v.shelf.bytes, 10000);
	}
	pars_dht_values_done(&v);
	pars_dht_values_init(&v, &self, &pars_dht_default_limits, 1);
	for (uint32_t i = 0; i < 1000; i++)
		stored += put(&v, i, 7, PARS_S(1)) == PARS_OK;
	ck_assert_uint_eq(stored, 128);
	ck_assert_int_eq(put(&v, 0, 8, PARS_S(2)), PARS_OK); /* refreshing costs nothing */
	ck_assert_int_eq(put(&v, 5000, 8, PARS_S(2)), PARS_OK);
	ck_assert_int_eq(put(&v, 5001, 7, PARS_S(2)), PARS_E_BUSY);
	pars_dht_values_done(&v);
}
END_TEST

START_TEST(they_expire_in_time_however_they_came)
{
	struct pars_digest self = pars_sha256(PARS_BYTES_STR("self"));
	struct pars_dht_values v;
	PARS_AUTO_BUF key = { 0 };
	pars_dht_values_init(&v, &self, &pars_dht_default_limits, 1);
	ck_assert_uint_eq(pars_dht_values_deadline(&v), PARS_NEVER);
	ck_assert_int_eq(put(&v, 1, 1, PARS_S(30)), PARS_OK);
	ck_assert_int_eq(put(&v, 2, 2, PARS_S(10)), PARS_OK); /* restored: older */
	ck_assert_int_eq(put(&v, 3, 3, PARS_S(20)), PARS_OK);
	ck_assert_int_eq(put(&v, 2, 2, PARS_S(40)), PARS_OK); /* said again */
	ck_assert_uint_eq(pars_dht_values_deadline(&v), PARS_S(20));
	pars_dht_values_expire(&v, PARS_S(20) - 1);
	ck_assert(!pars_dht_values_gone(&v, &key));
	pars_dht_values_expire(&v, PARS_S(30));
	ck_assert(!has(&v, 1) && has(&v, 2) && !has(&v, 3));
	ck_assert(pars_dht_values_gone(&v, &key));
	struct pk third = pk(3);
	ck_assert(pars_bytes_equal(pars_buf_bytes(&key), PARS_BYTES(third.key, third.n)));
	pars_dht_values_done(&v);
}
END_TEST

UNIT_CASE(values, when_full_the_farthest_goes_first, bytes_are_bounded_and_no_sender_takes_all,
	they_expire_in_time_however_they_came);
