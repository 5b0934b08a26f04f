#include "net/score.h"

#include "tests/unit/unit.h"

static struct pars_peer_id peer(uint32_t n)
{
	struct pars_peer_id id;
	pars_peer_id_from_key(PARS_BYTES(&n, sizeof n), &id);
	return id;
}

START_TEST(blame_adds_up_recovers_and_bans)
{
	struct pars_scores s;
	struct pars_peer_id a = peer(1), b = peer(2);
	pars_usec now = PARS_S(100);
	pars_scores_init(&s, 1);
	ck_assert(!pars_scores_blame(&s, &a, PARS_E_PEER_SIGNATURE, now));
	ck_assert_int_eq(pars_scores_get(&s, &a, now), -50);
	ck_assert_int_eq(pars_scores_get(&s, &a, now + PARS_S(60)), -40);
	ck_assert_int_eq(pars_scores_get(&s, &a, now + PARS_S(10000)), 0);
	ck_assert(pars_scores_blame(&s, &a, PARS_E_PEER_SIGNATURE, now));
	ck_assert(!pars_scores_blame(&s, &a, PARS_E_PEER_SIGNATURE, now)); /* is banned already */
	ck_assert(pars_scores_is_banned(&s, &a, now + PARS_SCORE_BAN_TIME - 1));
	ck_assert(!pars_scores_is_banned(&s, &a, now + PARS_SCORE_BAN_TIME));
	ck_assert(!pars_scores_is_banned(&s, &b, now));
	pars_scores_done(&s);
}
END_TEST

START_TEST(what_honest_peers_do_is_free)
{
	static const enum pars_err free_of_charge[] = { PARS_OK, PARS_E_PEER_CLOSED, PARS_E_PEER_RESET,
		PARS_E_PEER_UNREACHABLE, PARS_E_PEER_UNSUPPORTED, PARS_E_BUSY, PARS_E_DISK_FULL,
		PARS_E_NOT_FOUND };
	struct pars_scores s;
	struct pars_peer_id a = peer(1);
	pars_scores_init(&s, 1);
	for (int round = 0; round < 1000; round++)
		for (size_t i = 0; i < PARS_COUNT(free_of_charge); i++)
			ck_assert(!pars_scores_blame(&s, &a, free_of_charge[i], 0));
	ck_assert_int_eq(pars_scores_get(&s, &a, 0), 0);
	ck_assert_uint_eq(s.peers.count, 0);
	pars_scores_done(&s);
}
END_TEST

START_TEST(memory_is_bounded_and_the_worst_are_remembered)
{
	struct pars_scores s;
	struct pars_peer_id worst = peer(0);
	pars_scores_init(&s, 1);
	for (int i = 0; i < 2; i++)
		pars_scores_blame(&s, &worst, PARS_E_PEER_WINDOW, 0);
	for (uint32_t i = 1; i < 3000; i++) {
		struct pars_peer_id p = peer(i);
		pars_scores_blame(&s, &p, PARS_E_PEER_TIMEOUT, 0);
		ck_assert_uint_le(s.peers.count, PARS_SCORE_PEERS_MAX);
	}
	ck_assert(pars_scores_is_banned(&s, &worst, 1));
	pars_scores_done(&s);
}
END_TEST

UNIT_CASE(score, blame_adds_up_recovers_and_bans, what_honest_peers_do_is_free,
	memory_is_bounded_and_the_worst_are_remembered);
