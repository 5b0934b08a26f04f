#include "gossip/gossip.h"

#include <stdio.h>

#include "tests/unit/gossip/world.h"

static bool has(const struct world *w, unsigned node, const struct pars_gossip_id *id)
{
	for (size_t i = 0; i < w->nodes[node].got_count; i++)
		if (pars_bytes_equal(pars_gossip_id_bytes(&w->nodes[node].got[i]), pars_gossip_id_bytes(id)))
			return true;
	return false;
}

/* Everybody linked to everybody. */
static struct world *full(unsigned n, enum pars_gossip_policy policy)
{
	struct world *w = world_new(n, NULL);
	for (unsigned i = 0; i < n; i++) {
		world_subscribe(w, i, "t", policy);
		for (unsigned k = 0; k < i; k++)
			world_link(w, i, k, PARS_GOSSIP_1_2);
	}
	world_run(w);
	return w;
}

START_TEST(everybody_gets_it_once)
{
	struct world *w = full(30, PARS_GOSSIP_UNSIGNED);
	world_pass(w, PARS_S(10));
	for (unsigned i = 0; i < w->count; i++) {
		ck_assert_uint_ge(world_mesh(w, i, "t"), pars_gossip_default_limits.d_lo);
		ck_assert_uint_le(world_mesh(w, i, "t"), pars_gossip_default_limits.d_hi);
	}
	for (unsigned i = 0; i < w->count; i++) {
		char text[20];
		snprintf(text, sizeof text, "message %u", i);
		struct pars_gossip_id id = world_publish(w, i, "t", PARS_GOSSIP_UNSIGNED, text);
		for (unsigned k = 0; k < w->count; k++)
			ck_assert(k == i || has(w, k, &id));
	}
	for (unsigned i = 0; i < w->count; i++)
		ck_assert_uint_eq(w->nodes[i].got_count, w->count - 1);
	world_free(w);
}
END_TEST

/* A chain of 10: only the mesh carries it on. */
START_TEST(over_many_hops)
{
	struct world *w = world_new(10, NULL);
	for (unsigned i = 0; i < w->count; i++) {
		world_subscribe(w, i, "t", PARS_GOSSIP_SIGNED);
		if (i)
			world_link(w, i - 1, i, PARS_GOSSIP_1_2);
	}
	world_pass(w, PARS_S(3));
	struct pars_gossip_id id = world_publish(w, 0, "t", PARS_GOSSIP_SIGNED, "hello");
	for (unsigned i = 1; i < w->count; i++)
		ck_assert(has(w, i, &id));
	world_free(w);
}
END_TEST

START_TEST(without_subscribing)
{
	struct world *w = world_new(4, NULL);
	for (unsigned i = 0; i < 3; i++) {
		world_subscribe(w, i, "t", PARS_GOSSIP_UNSIGNED);
		world_link(w, 3, i, PARS_GOSSIP_1_1);
	}
	world_run(w);
	struct pars_gossip_id id = world_publish(w, 3, "t", PARS_GOSSIP_UNSIGNED, "from outside");
	for (unsigned i = 0; i < 3; i++)
		ck_assert(has(w, i, &id));
	ck_assert_uint_eq(w->nodes[3].got_count, 0);
	world_pass(w, PARS_S(130));
	struct pars_gossip_stats st;
	pars_gossip_stats(w->nodes[3].g, &st);
	ck_assert_uint_eq(st.held_bytes, 0);
	ck_assert_uint_eq(st.seen, 0);
	world_free(w);
}
END_TEST

START_TEST(floodsub_peers_get_all)
{
	struct world *w = world_new(3, NULL);
	for (unsigned i = 0; i < 3; i++)
		world_subscribe(w, i, "t", PARS_GOSSIP_UNSIGNED);
	world_link(w, 0, 1, PARS_GOSSIP_FLOOD);
	world_link(w, 1, 2, PARS_GOSSIP_FLOOD);
	world_pass(w, PARS_S(2));
	struct pars_gossip_id id = world_publish(w, 0, "t", PARS_GOSSIP_UNSIGNED, "flood");
	ck_assert(has(w, 2, &id));
	ck_assert_uint_eq(world_mesh(w, 1, "t"), 0);
	world_free(w);
}
END_TEST

/* Not in the mesh, it is told of the message, asks and gets it. */
START_TEST(ihave_and_iwant)
{
	struct pars_gossip_limits limits = pars_gossip_default_limits;
	limits.d = limits.d_lo = limits.d_hi = 0;
	limits.d_out = 0;
	struct world *w = world_new(2, &limits);
	world_subscribe(w, 0, "t", PARS_GOSSIP_UNSIGNED);
	world_link(w, 0, 1, PARS_GOSSIP_1_2);
	world_run(w);
	pars_gossip_set_effort(w->nodes[0].g, 49); /* no flood publishing */
	world_subscribe(w, 1, "t", PARS_GOSSIP_UNSIGNED);
	world_run(w);
	struct pars_gossip_id id = world_publish(w, 0, "t", PARS_GOSSIP_UNSIGNED, "lazy");
	ck_assert(!has(w, 1, &id));
	world_pass(w, PARS_S(5));
	ck_assert(has(w, 1, &id));
	world_free(w);
}
END_TEST

START_TEST(refused_messages_and_their_senders)
{
	struct world *w = full(4, PARS_GOSSIP_UNSIGNED);
	world_pass(w, PARS_S(3));
	for (unsigned i = 1; i < 4; i++)
		w->nodes[i].verdict = PARS_GOSSIP_REJECT;
	world_publish(w, 0, "t", PARS_GOSSIP_UNSIGNED, "bad 1");
	world_publish(w, 0, "t", PARS_GOSSIP_UNSIGNED, "bad 2");
	world_pass(w, PARS_S(2));
	for (unsigned i = 1; i < 4; i++) {
		ck_assert(world_score(w, i, 0) < 0);
		ck_assert_uint_eq(world_counter(w, i, PARS_M_gossip_rejected), 2); /* from 0 only: nobody passed it on */
	}
	ck_assert_uint_eq(world_mesh(w, 0, "t"), 0); /* put out by all */
	world_publish(w, 0, "t", PARS_GOSSIP_UNSIGNED, "bad 3");
	world_pass(w, PARS_S(2));
	world_publish(w, 0, "t", PARS_GOSSIP_UNSIGNED, "bad 4");
	ck_assert_uint_ge(world_counter(w, 1, PARS_M_gossip_graylisted), 1);
	world_free(w);
}
END_TEST

/* The verdict may come late, and by other ways than asked for. */
START_TEST(late_verdicts)
{
	struct world *w = world_new(3, NULL);
	for (unsigned i = 0; i < 3; i++)
		world_subscribe(w, i, "t", PARS_GOSSIP_UNSIGNED);
	world_link(w, 0, 1, PARS_GOSSIP_1_2);
	world_link(w, 1, 2, PARS_GOSSIP_1_2);
	world_pass(w, PARS_S(2));
	w->nodes[1].silent = true;
	struct pars_gossip_id id = world_publish(w, 0, "t", PARS_GOSSIP_UNSIGNED, "waits");
	world_pass(w, PARS_S(30));
	ck_assert(!has(w, 2, &id));
	pars_gossip_validated(w->nodes[1].g, &id, PARS_GOSSIP_ACCEPT);
	world_run(w);
	ck_assert(has(w, 2, &id));
	ck_assert_uint_eq(w->nodes[1].got_count, 1);
	world_free(w);
}
END_TEST

START_TEST(leaving_and_coming_back)
{
	struct world *w = full(6, PARS_GOSSIP_UNSIGNED);
	world_pass(w, PARS_S(3));
	ck_assert_uint_ge(world_mesh(w, 0, "t"), 4);
	pars_gossip_unsubscribe(w->nodes[0].g, "t");
	world_run(w);
	for (unsigned i = 1; i < 6; i++)
		ck_assert_uint_le(world_mesh(w, i, "t"), 4);
	world_subscribe(w, 0, "t", PARS_GOSSIP_UNSIGNED);
	world_pass(w, PARS_S(5));
	ck_assert_uint_le(world_mesh(w, 0, "t"), 1); /* the backoff of who left; one was in no mesh with it */
	for (unsigned i = 0; i < 6; i++)
		ck_assert_uint_eq(world_counter(w, i, PARS_M_gossip_early_graft), 0);
	world_pass(w, PARS_S(10));
	ck_assert_uint_ge(world_mesh(w, 0, "t"), 4);
	world_free(w);
}
END_TEST

/* A connection that is lost does not shorten the wait, nor mend the score. */
START_TEST(a_bad_past_is_remembered)
{
	struct world *w = full(2, PARS_GOSSIP_UNSIGNED);
	world_pass(w, PARS_S(2));
	w->nodes[1].verdict = PARS_GOSSIP_REJECT;
	world_publish(w, 0, "t", PARS_GOSSIP_UNSIGNED, "bad");
	ck_assert(world_score(w, 1, 0) < 0);
	world_cut(w, 0, 1);
	world_pass(w, PARS_S(1));
	world_link(w, 0, 1, PARS_GOSSIP_1_2);
	world_pass(w, PARS_S(2));
	ck_assert(world_score(w, 1, 0) < 0);
	ck_assert_uint_eq(world_mesh(w, 1, "t"), 0);
	world_free(w);
}
END_TEST

START_TEST(direct_peers)
{
	struct world *w = world_new(2, NULL);
	for (unsigned i = 0; i < 2; i++) {
		world_subscribe(w, i, "t", PARS_GOSSIP_UNSIGNED);
		pars_gossip_set_direct(w->nodes[i].g, &w->nodes[!i].id, true);
	}
	world_link(w, 0, 1, PARS_GOSSIP_1_2);
	world_pass(w, PARS_S(5));
	ck_assert_uint_eq(world_mesh(w, 0, "t"), 0);
	pars_gossip_peer_set_app_score(w->nodes[1].peers[0], -1000);
	struct pars_gossip_id id = world_publish(w, 0, "t", PARS_GOSSIP_UNSIGNED, "whatever");
	ck_assert(has(w, 1, &id));
	world_free(w);
}
END_TEST

/* A mesh too full is thinned, and who must go is told of others. */
START_TEST(peer_exchange)
{
	struct pars_gossip_limits limits = pars_gossip_default_limits;
	limits.d = limits.d_lo = 3;
	limits.d_hi = 4;
	struct world *w = world_new(20, &limits);
	for (unsigned i = 0; i < 20; i++) {
		world_subscribe(w, i, "t", PARS_GOSSIP_UNSIGNED);
		for (unsigned k = 0; k < i; k++)
			world_link(w, i, k, PARS_GOSSIP_1_1);
	}
	for (unsigned i = 0; i < 20; i++)
		for (unsigned k = 0; k < 20; k++)
			if (i != k) {
				pars_gossip_peer_set_record(w->nodes[i].peers[k], PARS_BYTES("record", 6));
				pars_gossip_peer_set_app_score(w->nodes[i].peers[k], 20);
			}
	world_pass(w, PARS_S(20));
	size_t told = 0;
	for (unsigned i = 0; i < 20; i++)
		told += w->nodes[i].told_peers;
	ck_assert_uint_gt(told, 0);
	world_free(w);
}
END_TEST

/* A large message comes once or hardly more often; a small one does not
 * bother to say so. */
START_TEST(idontwant)
{
	static char large[4000];
	memset(large, 'x', sizeof large - 1);
	struct world *w = full(12, PARS_GOSSIP_UNSIGNED);
	world_pass(w, PARS_S(5));
	uint64_t before = w->bytes;
	for (unsigned i = 1; i < 12; i++)
		w->nodes[i].silent = true;
	struct pars_gossip_id id = world_publish(w, 0, "t", PARS_GOSSIP_UNSIGNED, large);
	for (unsigned i = 1; i < 12; i++)
		pars_gossip_validated(w->nodes[i].g, &id, PARS_GOSSIP_ACCEPT);
	world_run(w);
	/* Eleven copies are needed. */
	ck_assert_uint_lt(w->bytes - before, 12 * sizeof large + 12 * 12 * 100);
	world_free(w);
}
END_TEST

START_TEST(effort)
{
	struct world *w = full(20, PARS_GOSSIP_UNSIGNED);
	world_pass(w, PARS_S(5));
	for (unsigned i = 0; i < 20; i++)
		pars_gossip_set_effort(w->nodes[i].g, 0);
	world_pass(w, PARS_S(200));
	unsigned sum = 0;
	for (unsigned i = 0; i < 20; i++) {
		ck_assert_uint_le(world_mesh(w, i, "t"), 6); /* one that has just been grafted may still leave */
		sum += world_mesh(w, i, "t");
	}
	ck_assert_uint_le(sum, 20 * 4);
	struct pars_gossip_id id = world_publish(w, 3, "t", PARS_GOSSIP_UNSIGNED, "still");
	world_pass(w, PARS_S(60));
	for (unsigned i = 0; i < 20; i++)
		ck_assert(i == 3 || has(w, i, &id));
	world_free(w);
}
END_TEST

START_TEST(a_quiet_heart_rests)
{
	struct world *w = full(12, PARS_GOSSIP_UNSIGNED);
	const struct pars_gossip *g = w->nodes[0].g;
	world_pass(w, PARS_S(30));
	pars_usec due = pars_gossip_deadline(g);
	unsigned beats = 0;
	for (unsigned i = 0; i < 600; i++) {
		world_pass(w, PARS_S(1));
		beats += pars_gossip_deadline(g) != due;
		due = pars_gossip_deadline(g);
	}
	ck_assert_uint_ge(beats, 9);
	ck_assert_uint_le(beats, 11);
	/* A bad past fades all the same, and what is said wakes it. */
	w->nodes[0].verdict = PARS_GOSSIP_REJECT;
	world_publish(w, 1, "t", PARS_GOSSIP_UNSIGNED, "bad");
	world_run(w);
	ck_assert_uint_le(pars_gossip_deadline(g), w->now + PARS_S(1));
	double before = world_score(w, 0, 1);
	world_pass(w, PARS_S(100));
	ck_assert_double_gt(world_score(w, 0, 1), before + 0.5);
	ck_assert_uint_gt(pars_gossip_deadline(g), w->now + PARS_S(1));
	world_free(w);
}
END_TEST

START_TEST(bad_calls)
{
	struct world *w = world_new(1, NULL);
	struct pars_gossip_id id;
	char name[PARS_GOSSIP_TOPIC_MAX + 2];
	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	struct pars_gossip *g = w->nodes[0].g;
	ck_assert_int_eq(pars_gossip_subscribe(g, "", PARS_GOSSIP_SIGNED, &pars_gossip_default_topic), PARS_E_INVALID);
	ck_assert_int_eq(pars_gossip_subscribe(g, name, PARS_GOSSIP_SIGNED, &pars_gossip_default_topic), PARS_E_INVALID);
	world_subscribe(w, 0, "t", PARS_GOSSIP_SIGNED);
	ck_assert_int_eq(pars_gossip_subscribe(g, "t", PARS_GOSSIP_SIGNED, &pars_gossip_default_topic), PARS_E_EXISTS);
	static uint8_t huge[PARS_GOSSIP_DATA_MAX + 1];
	ck_assert_int_eq(pars_gossip_publish(g, "t", PARS_GOSSIP_SIGNED, PARS_BYTES_ARRAY(huge), &id), PARS_E_TOO_LARGE);
	ck_assert_int_eq(pars_gossip_publish(g, name, PARS_GOSSIP_SIGNED, PARS_BYTES("x", 1), &id), PARS_E_INVALID);
	world_publish(w, 0, "u", PARS_GOSSIP_UNSIGNED, "once");
	ck_assert_int_eq(pars_gossip_publish(g, "u", PARS_GOSSIP_UNSIGNED, PARS_BYTES("once", 4), &id), PARS_E_EXISTS);
	pars_gossip_unsubscribe(g, "nothing of the kind");
	world_free(w);
}
END_TEST

UNIT_CASE(gossip, everybody_gets_it_once, over_many_hops, without_subscribing, floodsub_peers_get_all, ihave_and_iwant,
	refused_messages_and_their_senders, late_verdicts, leaving_and_coming_back, a_bad_past_is_remembered, direct_peers,
	peer_exchange, idontwant, effort, a_quiet_heart_rests, bad_calls);
