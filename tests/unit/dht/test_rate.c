#include "dht/rate.h"

#include "tests/unit/unit.h"

START_TEST(a_burst_then_the_rate)
{
	struct pars_dht_limits limits = { .requests_per_s = 50, .requests_burst = 200, .writes_per_s = 5, .writes_burst = 50 };
	struct pars_dht_rates r;
	pars_usec now = PARS_S(1);
	unsigned taken = 0;
	pars_dht_rates_init(&r, &limits, 1);
	for (int i = 0; i < 1000; i++)
		taken += pars_dht_rates_take(&r, 7, false, now);
	ck_assert_uint_eq(taken, 200);
	ck_assert(pars_dht_rates_take(&r, 8, false, now)); /* others are not concerned */
	for (taken = 0; now < PARS_S(11); now += PARS_MS(1))
		taken += pars_dht_rates_take(&r, 7, false, now);
	ck_assert_uint_ge(taken, 499);
	ck_assert_uint_le(taken, 500);
	pars_dht_rates_done(&r);
}
END_TEST

START_TEST(writes_have_a_rate_of_their_own)
{
	struct pars_dht_limits limits = { .requests_per_s = 50, .requests_burst = 200, .writes_per_s = 5, .writes_burst = 50 };
	struct pars_dht_rates r;
	unsigned writes = 0, reads = 0;
	pars_dht_rates_init(&r, &limits, 1);
	for (int i = 0; i < 1000; i++)
		writes += pars_dht_rates_take(&r, 7, true, 0);
	for (int i = 0; i < 1000; i++)
		reads += pars_dht_rates_take(&r, 7, false, 0);
	ck_assert_uint_eq(writes, 50);
	ck_assert_uint_eq(reads, 150);
	ck_assert(!pars_dht_rates_take(&r, 7, true, PARS_MS(199)));
	ck_assert(pars_dht_rates_take(&r, 7, true, PARS_MS(200)));
	pars_dht_rates_done(&r);
}
END_TEST

/* Those whose buckets are not full. */
static size_t count_known(const struct pars_dht_rates *r, pars_usec now)
{
	size_t n = 0;
	for (size_t i = 0; i < PARS_DHT_RATE_WAYS * r->set_count; i++)
		n += r->list[i].full_us[0] > now || r->list[i].full_us[1] > now;
	return n;
}

START_TEST(the_quiet_are_forgotten_and_memory_is_bounded)
{
	struct pars_dht_limits limits = { .requests_per_s = 50, .requests_burst = 200, .writes_per_s = 5, .writes_burst = 50 };
	struct pars_dht_rates r;
	pars_dht_rates_init(&r, &limits, 1);
	for (uint64_t i = 0; i < 5000; i++) {
		ck_assert(pars_dht_rates_take(&r, i, false, 0));
		ck_assert_uint_le(PARS_DHT_RATE_WAYS * r.set_count, PARS_DHT_RATE_PEERS_MAX);
	}
	ck_assert_uint_ge(count_known(&r, 0), PARS_DHT_RATE_PEERS_MAX * 9 / 10);
	pars_usec now = PARS_S(3600);
	for (uint64_t i = 0; i < 1200; i++, now += PARS_MS(20))
		ck_assert(pars_dht_rates_take(&r, 10000 + i, false, now));
	ck_assert_uint_le(count_known(&r, now - 1), 1);
	pars_dht_rates_done(&r);
}
END_TEST

/* Where strangers crowd, whoever used up its tokens is not the one that gets new ones. */
START_TEST(a_crowd_does_not_make_a_flooder_forgotten)
{
	struct pars_dht_limits limits = { .requests_per_s = 50, .requests_burst = 200, .writes_per_s = 5, .writes_burst = 50 };
	struct pars_dht_rates r;
	unsigned taken = 0;
	pars_dht_rates_init(&r, &limits, 1);
	for (int i = 0; i < 200; i++)
		taken += pars_dht_rates_take(&r, 7, false, 0);
	for (uint64_t i = 0; i < 5000; i++) {
		ck_assert(pars_dht_rates_take(&r, 100 + i, false, 0));
		taken += pars_dht_rates_take(&r, 7, false, 0);
	}
	ck_assert_uint_eq(taken, 200);
	pars_dht_rates_done(&r);
}
END_TEST

UNIT_CASE(rate, a_burst_then_the_rate, writes_have_a_rate_of_their_own,
	the_quiet_are_forgotten_and_memory_is_bounded, a_crowd_does_not_make_a_flooder_forgotten);
