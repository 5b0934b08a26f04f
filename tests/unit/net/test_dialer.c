#include "net/dialer.h"

#include <stdio.h>

#include "tests/unit/unit.h"

static struct pars_rng rng;
static const struct pars_host_limits limits = {
	.dial_backoff_min = PARS_S(1), .dial_backoff_max = PARS_S(60)
};

static struct pars_multiaddr addr(int n)
{
	char text[64];
	struct pars_multiaddr a;
	snprintf(text, sizeof text, "/ip4/10.0.%d.%d/tcp/1", n / 256, n % 256);
	ck_assert_int_eq(pars_multiaddr_parse(text, &a, NULL), PARS_OK);
	return a;
}

static void init(struct pars_dialer *d)
{
	uint8_t seed[32] = { 1 };
	pars_rng_init(&rng, seed);
	pars_dialer_init(d, &limits, &rng);
}

START_TEST(waits_double_with_jitter_up_to_the_bound)
{
	struct pars_dialer d;
	struct pars_multiaddr a = addr(1);
	init(&d);
	ck_assert_int_eq(pars_dialer_add(&d, &a, 1, 0), PARS_OK);
	struct pars_dial_target *t = pars_dialer_due(&d, 0);
	for (int i = 0; i < 40; i++) {
		pars_usec want = i < 6 ? PARS_S(1) << i : PARS_S(60);
		pars_dialer_started(&d, t, 5);
		ck_assert_ptr_null(pars_dialer_due(&d, PARS_S(1000000)));
		pars_dialer_failed(&d, t, "why", 0);
		ck_assert_uint_le(t->kept.next_us, want);
		ck_assert_uint_ge(t->kept.next_us, want * 3 / 4);
		ck_assert_uint_eq(pars_dialer_deadline(&d), t->kept.next_us);
		ck_assert_ptr_null(pars_dialer_due(&d, t->kept.next_us - 1));
		ck_assert_ptr_eq(pars_dialer_due(&d, t->kept.next_us), t);
	}
	ck_assert_str_eq(t->kept.last_error, "why");
	pars_dialer_done(&d);
}
END_TEST

START_TEST(a_connection_that_lasted_starts_anew_a_short_one_does_not)
{
	struct pars_dialer d;
	struct pars_multiaddr a = addr(1);
	init(&d);
	ck_assert_int_eq(pars_dialer_add(&d, &a, 1, 0), PARS_OK);
	struct pars_dial_target *t = pars_dialer_due(&d, 0);
	for (unsigned i = 0; i < 5; i++) {
		pars_dialer_connected(&d, t, 5, 0);
		pars_dialer_lost(&d, 5, "short", PARS_DIALER_LASTED - 1);
		ck_assert_uint_eq(t->kept.failures, i + 1);
	}
	pars_dialer_connected(&d, t, 5, 0);
	pars_dialer_lost(&d, 5, "long", PARS_DIALER_LASTED);
	ck_assert_uint_eq(t->kept.failures, 1);
	pars_dialer_done(&d);
}
END_TEST

START_TEST(the_list_is_bounded)
{
	struct pars_dialer d;
	init(&d);
	for (int i = 0; i < PARS_DIALER_MAX; i++) {
		struct pars_multiaddr a = addr(i);
		ck_assert_int_eq(pars_dialer_add(&d, &a, 1, 0), PARS_OK);
	}
	struct pars_multiaddr more = addr(PARS_DIALER_MAX), first = addr(0);
	ck_assert_int_eq(pars_dialer_add(&d, &more, 1, 0), PARS_E_LIMIT);
	ck_assert_int_eq(pars_dialer_add(&d, &first, 1, 0), PARS_E_EXISTS);
	ck_assert_int_eq(pars_dialer_remove(&d, &first), PARS_OK);
	ck_assert_int_eq(pars_dialer_remove(&d, &first), PARS_E_NOT_FOUND);
	ck_assert_int_eq(pars_dialer_add(&d, &more, 1, 0), PARS_OK);
	pars_dialer_done(&d);
}
END_TEST

UNIT_CASE(dialer, waits_double_with_jitter_up_to_the_bound,
	a_connection_that_lasted_starts_anew_a_short_one_does_not, the_list_is_bounded);
