#include "rpc/rates.h"

#include "tests/unit/unit.h"

START_TEST(rates_are_those_of_the_last_looks)
{
	struct rpc_rates r = { 0 };
	struct pars_metrics m = { 0 };
	const enum pars_metric in = PARS_M_bytes_received;
	ck_assert_uint_eq(rpc_rates_of(&r, PARS_S(1), in, 100), 0); /* not known yet */
	rpc_rates_look(&r, PARS_S(10), &m, 0);
	m.value[in] = 5000;
	rpc_rates_look(&r, PARS_S(11), &m, 0); /* too early: not taken */
	rpc_rates_look(&r, PARS_S(12), &m, 500000);
	ck_assert_uint_eq(rpc_rates_of(&r, PARS_S(12), in, 5000), 2500);
	ck_assert_uint_eq(rpc_rates_of(&r, PARS_S(15), in, 5000), 1000);
	ck_assert_uint_eq(rpc_rates_cpu(&r, PARS_S(12), 500000), 25);
	ck_assert_uint_eq(rpc_rates_of(&r, PARS_S(12), in, 7), 3); /* since the first look */
}
END_TEST

START_TEST(a_counter_that_began_anew_has_no_rate)
{
	struct rpc_rates r = { 0 };
	struct pars_metrics m = { 0 };
	m.value[PARS_M_bytes_sent] = 1000;
	rpc_rates_look(&r, PARS_S(10), &m, 0);
	rpc_rates_look(&r, PARS_S(20), &m, 0);
	ck_assert_uint_eq(rpc_rates_of(&r, PARS_S(21), PARS_M_bytes_sent, 10), 0);
}
END_TEST

UNIT_CASE(rates, rates_are_those_of_the_last_looks, a_counter_that_began_anew_has_no_rate);
