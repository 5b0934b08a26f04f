/* By the formulas of gossipsub-v1.1.md, "Peer Scoring". */
#include "gossip/score.h"

#include "tests/unit/unit.h"

static const struct pars_gossip_topic_params params = {
	.weight = 0.5,
	.time_weight = 2, .time_cap = 10, .time_quantum = PARS_S(2),
	.first_weight = 3, .first_decay = 0.5, .first_cap = 4,
	.deficit_weight = -1, .deficit_decay = 0.5, .deficit_cap = 8, .deficit_threshold = 5,
	.deficit_window = PARS_MS(10), .deficit_activation = PARS_S(30),
	.failure_weight = -2, .failure_decay = 0.5,
	.invalid_weight = -10, .invalid_decay = 0.5,
};

static void check_score(const struct pars_gossip_topic_score *s, double want)
{
	double got = pars_gossip_score_topic(s, &params);
	ck_assert_msg(got > want - 1e-9 && got < want + 1e-9, "%f is not %f", got, want);
}

START_TEST(p1_time_in_the_mesh)
{
	struct pars_gossip_topic_score s = { 0 };
	pars_gossip_score_decay(&s, &params, 0.01, PARS_S(50), 1);
	check_score(&s, 0); /* not in it */
	pars_gossip_score_graft(&s, PARS_S(100));
	pars_gossip_score_decay(&s, &params, 0.01, PARS_S(107), 1);
	check_score(&s, 0.5 * 2 * 3); /* three whole quanta */
	pars_gossip_score_decay(&s, &params, 0.01, PARS_S(128), 1);
	check_score(&s, 0.5 * 2 * 10); /* the cap */
	pars_gossip_score_prune(&s, &params);
	check_score(&s, 0);
}
END_TEST

START_TEST(p2_told_first)
{
	struct pars_gossip_topic_score s = { 0 };
	for (int i = 1; i <= 6; i++) {
		pars_gossip_score_first(&s, &params);
		check_score(&s, 0.5 * 3 * PARS_MIN(i, 4));
	}
	pars_gossip_score_decay(&s, &params, 0.01, 0, 1);
	check_score(&s, 0.5 * 3 * 2);
	for (int i = 0; i < 20; i++)
		pars_gossip_score_decay(&s, &params, 0.01, 0, 1);
	ck_assert(!(s.first > 0)); /* not merely small */
}
END_TEST

START_TEST(many_seconds_decay_at_once)
{
	struct pars_gossip_topic_score s = { .first = 100, .invalid = 3, .in_mesh = true }, once = s, none = s;
	for (int i = 0; i < 13; i++)
		pars_gossip_score_decay(&s, &params, 0.01, 0, 1);
	pars_gossip_score_decay(&once, &params, 0.01, 0, 13);
	ck_assert_double_eq_tol(s.first, 100.0 / 8192, 1e-12);
	ck_assert_double_eq_tol(once.first, s.first, 1e-12);
	ck_assert(!(s.invalid > 0) && !(once.invalid > 0));
	pars_gossip_score_decay(&once, &params, 0.01, 0, UINT64_MAX);
	ck_assert(!(once.first > 0));
	pars_gossip_score_decay(&none, &params, 0.01, 0, 0);
	ck_assert_double_eq_tol(none.first, 100, 1e-12);
}
END_TEST

/* Positive parts apart, so that only P3 and P3b are seen. */
static double deficits(const struct pars_gossip_topic_score *s)
{
	struct pars_gossip_topic_params p = params;
	p.time_weight = p.first_weight = 0;
	return pars_gossip_score_topic(s, &p);
}

START_TEST(p3_too_few_and_p3b_kept)
{
	struct pars_gossip_topic_score s = { 0 };
	pars_gossip_score_copy(&s, &params);
	ck_assert(!(s.deliveries > 0)); /* outside the mesh nothing is owed, and nothing counts */
	pars_gossip_score_graft(&s, 0);
	pars_gossip_score_decay(&s, &params, 0.01, PARS_S(30), 1);
	ck_assert(!(deficits(&s) < 0)); /* not judged yet */
	pars_gossip_score_decay(&s, &params, 0.01, PARS_S(31), 1);
	ck_assert_double_eq_tol(deficits(&s), 0.5 * -1 * 25, 1e-9);
	pars_gossip_score_first(&s, &params);
	pars_gossip_score_copy(&s, &params);
	ck_assert_double_eq_tol(deficits(&s), 0.5 * -1 * 9, 1e-9);
	for (int i = 0; i < 10; i++)
		pars_gossip_score_copy(&s, &params);
	ck_assert_double_eq_tol(s.deliveries, 8, 1e-9); /* the cap */
	ck_assert(!(deficits(&s) < 0));
	pars_gossip_score_decay(&s, &params, 0.01, PARS_S(32), 1); /* 4 */
	pars_gossip_score_prune(&s, &params);
	ck_assert_double_eq_tol(deficits(&s), 0.5 * -2 * 1, 1e-9); /* it left with a deficit of 1 */
	pars_gossip_score_graft(&s, PARS_S(33));
	ck_assert_double_eq_tol(deficits(&s), 0.5 * -2 * 1, 1e-9); /* and does not lose it by coming back */
	pars_gossip_score_decay(&s, &params, 0.01, PARS_S(34), 1);
	ck_assert_double_eq_tol(deficits(&s), 0.5 * -2 * 0.5, 1e-9);
}
END_TEST

START_TEST(p4_invalid_squared)
{
	struct pars_gossip_topic_score s = { 0 };
	for (int i = 1; i <= 5; i++) {
		s.invalid++;
		check_score(&s, 0.5 * -10 * i * i);
	}
	pars_gossip_score_decay(&s, &params, 0.01, 0, 1);
	check_score(&s, 0.5 * -10 * 2.5 * 2.5);
}
END_TEST

static void check_total(double got, double want)
{
	ck_assert_double_eq_tol(got, want, 1e-9);
}

START_TEST(p5_p6_p7_and_the_cap)
{
	struct pars_gossip_score_params p = { .topic_cap = 50, .app_weight = 2, .ip_weight = -3, .ip_threshold = 4,
		.behaviour_weight = -5, .behaviour_threshold = 2 };
	check_total(pars_gossip_score_total(&p, 70, 0, 1, 0), 50);
	check_total(pars_gossip_score_total(&p, -700, 0, 1, 0), -700);
	check_total(pars_gossip_score_total(&p, 10, -7, 1, 0), 10 - 14);
	check_total(pars_gossip_score_total(&p, 0, 0, 4, 0), 0);
	check_total(pars_gossip_score_total(&p, 0, 0, 7, 0), -3 * 9);
	check_total(pars_gossip_score_total(&p, 0, 0, 1, 2), 0);
	check_total(pars_gossip_score_total(&p, 0, 0, 1, 4.5), -5 * 2.5 * 2.5);
	p.topic_cap = 0;
	check_total(pars_gossip_score_total(&p, 70, 0, 1, 0), 70);
}
END_TEST

/* What the defaults mean. */
START_TEST(defaults)
{
	const struct pars_gossip_score_params *p = &pars_gossip_default_score;
	const struct pars_gossip_topic_params *t = &pars_gossip_default_topic;
	struct pars_gossip_topic_score s = { 0 };
	ck_assert(p->graylist < p->publish && p->publish < p->gossip && p->gossip < 0 && p->accept_px > 0);
	pars_gossip_score_graft(&s, 0);
	pars_gossip_score_decay(&s, t, p->decay_to_zero, PARS_S(86400), 1);
	ck_assert(!(pars_gossip_score_topic(&s, t) < 0)); /* silence in a silent topic is no fault */
	s.invalid = 3;
	ck_assert(pars_gossip_score_topic(&s, t) < p->graylist); /* three lies outweigh a day of good service */
	check_total(pars_gossip_score_total(p, 0, 0, p->ip_threshold, p->behaviour_threshold), 0);
}
END_TEST

UNIT_CASE(score, p1_time_in_the_mesh, p2_told_first, many_seconds_decay_at_once, p3_too_few_and_p3b_kept, p4_invalid_squared,
	p5_p6_p7_and_the_cap, defaults);
