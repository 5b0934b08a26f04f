/* A peer that means harm, or is broken: what it costs is bounded, and a
 * counter tells of it. Node 0 is whom it goes against; what node 1 and others
 * say is made up here. */
#include <stdio.h>
#include <stdlib.h>

#include "codec/uvarint.h"
#include "tests/unit/gossip/world.h"

static struct world *victim(unsigned others, const struct pars_gossip_limits *limits)
{
	struct world *w = world_new(1 + others, limits);
	world_subscribe(w, 0, "t", PARS_GOSSIP_UNSIGNED);
	for (unsigned i = 1; i <= others; i++)
		world_link(w, i, 0, PARS_GOSSIP_1_2);
	world_run(w);
	return w;
}

static uint64_t counted(const struct world *w, enum pars_metric m)
{
	return world_counter(w, 0, m);
}

static struct pars_gossip_stats stats(const struct world *w)
{
	struct pars_gossip_stats st;
	pars_gossip_stats(w->nodes[0].g, &st);
	return st;
}

/* Says it, and gives how many messages came out as events; no verdict. */
static size_t say(struct world *w, unsigned from, const struct pars_buf *rpc)
{
	struct pars_gossip *g = w->nodes[0].g;
	struct pars_gossip_event ev;
	size_t n = 0;
	enum pars_err err = pars_gossip_input(g, w->nodes[0].peers[from], pars_buf_bytes(rpc));
	ck_assert_int_eq(err, PARS_OK);
	while (pars_gossip_next(g, &ev))
		n += ev.type == PARS_GOSSIP_EV_MESSAGE;
	return n;
}

static void say_control(struct world *w, unsigned from, const struct pars_buf *control)
{
	PARS_AUTO_BUF rpc = { 0 };
	pars_gossip_put_control(&rpc, pars_buf_bytes(control));
	say(w, from, &rpc);
}

static void say_ids(struct world *w, unsigned from, enum pars_gossip_item_type type, uint32_t first, size_t n)
{
	PARS_AUTO_BUF control = { 0 };
	struct pars_gossip_id *ids = calloc(n, sizeof *ids);
	for (size_t i = 0; i < n; i++) {
		ids[i].n = 32;
		pars_put_be32(ids[i].b, (uint32_t)(first + i));
	}
	pars_gossip_put_ids(&control, type, PARS_BYTES_STR("t"), ids, n);
	free(ids);
	say_control(w, from, &control);
}

/* All that waits for a peer, read; by type. */
struct heard { size_t items[8], ids, peers, bytes; };
static struct heard hear(struct world *w, unsigned to)
{
	struct heard h = { 0 };
	struct pars_bytes out, rpc, raw, record;
	size_t size;
	while ((out = pars_gossip_output(w->nodes[0].g, w->nodes[0].peers[to])).n) {
		enum pars_err err = pars_uvarint_message(out, PARS_GOSSIP_RPC_OURS, &rpc, &size);
		ck_assert_int_eq(err, PARS_OK);
		struct pars_gossip_reader r = { .rpc = rpc };
		struct pars_gossip_item item;
		while (!pars_gossip_read(&r, &item)) {
			h.items[item.type]++;
			if (item.type == PARS_GOSSIP_PRUNE)
				while (pars_gossip_next_peer(&item, &raw, &record))
					h.peers++;
			else
				while (pars_gossip_next_id(&item, &raw))
					h.ids++;
		}
		h.bytes += size;
		pars_gossip_sent(w->nodes[0].peers[to], size);
	}
	return h;
}

/* Time of node 0 alone: what it says stays where it is. */
static void pass(struct world *w, pars_usec time)
{
	for (pars_usec end = w->now + time; w->now < end;) {
		w->now += PARS_MS(100);
		pars_gossip_begin(w->nodes[0].g, w->now);
		pars_gossip_tick(w->nodes[0].g);
	}
}

static double score_of(struct world *w, unsigned peer)
{
	return world_score(w, 0, peer);
}

static void subscribe_peer(struct world *w, unsigned from, const char *topic)
{
	PARS_AUTO_BUF rpc = { 0 };
	pars_gossip_put_subscription(&rpc, true, PARS_BYTES_STR(topic));
	say(w, from, &rpc);
}

static size_t say_message(struct world *w, unsigned from, const char *topic, struct pars_bytes data)
{
	PARS_AUTO_BUF rpc = { 0 };
	struct pars_gossip_message m = { .data = data, .topic = PARS_BYTES_STR(topic) };
	pars_gossip_message_encode(&m, &rpc);
	return say(w, from, &rpc);
}

static struct pars_gossip_id id_of(struct pars_bytes data)
{
	struct pars_gossip_id id;
	struct pars_gossip_message m = { .data = data, .topic = PARS_BYTES_STR("t") };
	pars_gossip_message_id(&m, PARS_GOSSIP_UNSIGNED, &id);
	return id;
}

START_TEST(ihave_floods)
{
	struct world *w = victim(1, NULL);
	const struct pars_gossip_limits *l = &pars_gossip_default_limits;
	hear(w, 1);
	say_ids(w, 1, PARS_GOSSIP_IHAVE, 0, 6000);
	ck_assert_uint_le(hear(w, 1).ids, l->ids_max);
	say_ids(w, 1, PARS_GOSSIP_IHAVE, 10000, 6000);
	ck_assert_uint_eq(hear(w, 1).ids, 0); /* its share of this heartbeat is used up */
	ck_assert_uint_eq(counted(w, PARS_M_gossip_flood), 1);
	pass(w, PARS_S(6));
	hear(w, 1);
	for (uint32_t i = 0; i < 100; i++)
		say_ids(w, 1, PARS_GOSSIP_IHAVE, 100000 + i, 1);
	struct heard h = hear(w, 1);
	ck_assert_uint_eq(h.ids, l->ihave_max);
	ck_assert_uint_eq(counted(w, PARS_M_gossip_flood), 1 + 100 - l->ihave_max);
	world_free(w);
}
END_TEST

START_TEST(iwant_floods)
{
	struct world *w = victim(1, NULL);
	static char text[10000];
	memset(text, 'x', sizeof text - 1);
	world_publish(w, 0, "t", PARS_GOSSIP_UNSIGNED, text);
	struct pars_gossip_id list[1000];
	for (size_t i = 0; i < PARS_COUNT(list); i++)
		list[i] = id_of(PARS_BYTES_STR(text));
	hear(w, 1);
	PARS_AUTO_BUF control = { 0 };
	pars_gossip_put_ids(&control, PARS_GOSSIP_IWANT, PARS_BYTES("", 0), list, PARS_COUNT(list));
	say_control(w, 1, &control);
	struct heard h = hear(w, 1);
	ck_assert_uint_eq(h.items[PARS_GOSSIP_PUBLISH], pars_gossip_default_limits.retransmit_max);
	ck_assert_uint_eq(counted(w, PARS_M_gossip_flood), PARS_COUNT(list) - h.items[PARS_GOSSIP_PUBLISH]);
	uint64_t before = counted(w, PARS_M_gossip_flood);
	say_ids(w, 1, PARS_GOSSIP_IWANT, 0, 20000); /* of which there is none */
	ck_assert_uint_eq(counted(w, PARS_M_gossip_flood), before + 1);
	ck_assert_uint_eq(hear(w, 1).bytes, 0);
	world_free(w);
}
END_TEST

START_TEST(idontwant_floods)
{
	struct world *w = victim(1, NULL);
	subscribe_peer(w, 1, "t");
	for (uint32_t i = 0; i < 300; i++)
		say_ids(w, 1, PARS_GOSSIP_IDONTWANT, 100 * i, 100);
	ck_assert_uint_eq(counted(w, PARS_M_gossip_flood), 300 - pars_gossip_default_limits.idontwant_max);
	/* It gets what it wanted not, once that was some heartbeats ago. */
	struct pars_bytes data = PARS_BYTES_STR("unwanted");
	struct pars_gossip_id id = id_of(data);
	pass(w, PARS_S(30));
	PARS_AUTO_BUF control = { 0 };
	pars_gossip_put_ids(&control, PARS_GOSSIP_IDONTWANT, PARS_BYTES("", 0), &id, 1);
	hear(w, 1);
	say_control(w, 1, &control);
	enum pars_err err = pars_gossip_publish(w->nodes[0].g, "t", PARS_GOSSIP_UNSIGNED, data, &id);
	ck_assert_int_eq(err, PARS_OK);
	ck_assert_uint_eq(hear(w, 1).items[PARS_GOSSIP_PUBLISH], 0);
	world_free(w);
}
END_TEST

START_TEST(broken_promises)
{
	struct world *w = victim(1, NULL);
	subscribe_peer(w, 1, "t");
	for (uint32_t i = 0; i < 30; i++) {
		say_ids(w, 1, PARS_GOSSIP_IHAVE, i, 1);
		pass(w, PARS_S(1));
	}
	ck_assert_uint_ge(counted(w, PARS_M_gossip_broken_promise), 5);
	ck_assert(score_of(w, 1) < pars_gossip_default_score.graylist);
	uint64_t before = counted(w, PARS_M_gossip_graylisted);
	ck_assert_uint_eq(say_message(w, 1, "t", PARS_BYTES_STR("x")), 0);
	ck_assert_uint_eq(counted(w, PARS_M_gossip_graylisted), before + 1);
	world_free(w);
}
END_TEST

START_TEST(kept_promises)
{
	struct world *w = victim(1, NULL);
	subscribe_peer(w, 1, "t");
	for (unsigned i = 0; i < 30; i++) {
		char text[20];
		snprintf(text, sizeof text, "%u", i);
		struct pars_gossip_id id = id_of(PARS_BYTES_STR(text));
		PARS_AUTO_BUF control = { 0 };
		pars_gossip_put_ids(&control, PARS_GOSSIP_IHAVE, PARS_BYTES_STR("t"), &id, 1);
		say_control(w, 1, &control);
		pass(w, PARS_S(2)); /* late, but not too late */
		ck_assert_uint_eq(say_message(w, 1, "t", PARS_BYTES_STR(text)), 1);
	}
	pass(w, PARS_S(5));
	ck_assert_uint_eq(counted(w, PARS_M_gossip_broken_promise), 0);
	ck_assert(!(score_of(w, 1) < 0));
	world_free(w);
}
END_TEST

static void say_graft(struct world *w, unsigned from)
{
	PARS_AUTO_BUF control = { 0 };
	pars_gossip_put_graft(&control, PARS_BYTES_STR("t"));
	say_control(w, from, &control);
}

START_TEST(graft_in_backoff)
{
	struct world *w = victim(2, NULL);
	subscribe_peer(w, 1, "t");
	subscribe_peer(w, 2, "t");
	pars_gossip_peer_set_record(w->nodes[0].peers[2], PARS_BYTES("record", 6));
	PARS_AUTO_BUF control = { 0 };
	pars_gossip_put_prune(&control, PARS_BYTES_STR("t"), PARS_BYTES("", 0), 60);
	say_graft(w, 1);
	ck_assert_uint_eq(world_mesh(w, 0, "t"), 1);
	say_control(w, 1, &control);
	ck_assert_uint_eq(world_mesh(w, 0, "t"), 0);
	hear(w, 1);
	for (unsigned i = 1; i <= 10; i++)
		say_graft(w, 1);
	/* What is not forgiven counts squared, and double so soon after a PRUNE. */
	ck_assert_uint_eq(counted(w, PARS_M_gossip_early_graft), 3);
	ck_assert_uint_eq(counted(w, PARS_M_gossip_graylisted), 7);
	ck_assert(score_of(w, 1) < pars_gossip_default_score.graylist);
	struct heard h = hear(w, 1);
	ck_assert_uint_eq(h.items[PARS_GOSSIP_PRUNE], 3);
	ck_assert_uint_eq(h.peers, 0); /* nobody else is told to it */
	ck_assert_uint_eq(world_mesh(w, 0, "t"), 0);
	pass(w, PARS_S(30));
	ck_assert_uint_eq(world_mesh(w, 0, "t"), 1); /* the other one */
	pass(w, PARS_S(300));
	ck_assert_uint_eq(world_mesh(w, 0, "t"), 2); /* all is forgiven in time */
	/* A flood of them is answered within bounds. */
	struct world *v = victim(1, NULL);
	PARS_AUTO_BUF many = { 0 };
	for (unsigned i = 0; i < 100000; i++)
		pars_gossip_put_graft(&many, PARS_BYTES_STR("t"));
	say_graft(v, 1);
	say_control(v, 1, &control);
	hear(v, 1);
	say_control(v, 1, &many);
	ck_assert_uint_le(hear(v, 1).bytes, 65536 + 1024);
	world_free(v);
	world_free(w);
}
END_TEST

START_TEST(unknown_topics_are_not_answered)
{
	struct world *w = victim(1, NULL);
	PARS_AUTO_BUF control = { 0 };
	hear(w, 1);
	pars_gossip_put_graft(&control, PARS_BYTES_STR("secret"));
	pars_gossip_put_prune(&control, PARS_BYTES_STR("secret"), PARS_BYTES("", 0), 60);
	say_control(w, 1, &control);
	ck_assert_uint_eq(hear(w, 1).bytes, 0);
	ck_assert_uint_eq(stats(w).topics, 1);
	ck_assert_uint_eq(say_message(w, 1, "secret", PARS_BYTES_STR("x")), 0);
	ck_assert_uint_eq(counted(w, PARS_M_gossip_unwanted), 1);
	world_free(w);
}
END_TEST

/* An RPC a thousand names. */
static void subscribe_many(struct world *w, unsigned from, unsigned n)
{
	for (unsigned i = 0; i < n;) {
		PARS_AUTO_BUF rpc = { 0 };
		for (unsigned k = 0; k < 1000 && i < n; k++, i++) {
			char name[32];
			snprintf(name, sizeof name, "%u of %u", i, from);
			pars_gossip_put_subscription(&rpc, true, PARS_BYTES_STR(name));
		}
		say(w, from, &rpc);
	}
}

START_TEST(a_hundred_thousand_topics)
{
	const struct pars_gossip_limits *l = &pars_gossip_default_limits;
	struct world *w = victim(WORLD_MAX - 1, NULL);
	subscribe_many(w, 1, 100000);
	ck_assert_uint_eq(counted(w, PARS_M_gossip_subscription_refused), 100000 - l->peer_topics_max);
	ck_assert_uint_eq(stats(w).topics, 1 + l->peer_topics_max);
	for (unsigned i = 2; i < WORLD_MAX; i++)
		subscribe_many(w, i, l->peer_topics_max);
	ck_assert_uint_lt(stats(w).topics, l->topics_max);
	world_subscribe(w, 0, "there is room for ours", PARS_GOSSIP_UNSIGNED);
	pass(w, PARS_S(2));
	for (unsigned i = 1; i < WORLD_MAX; i++)
		world_cut(w, i, 0);
	ck_assert_uint_eq(stats(w).topics, 2);
	world_free(w);
}
END_TEST

START_TEST(a_mebibyte_of_tiny_messages)
{
	struct world *w = victim(1, NULL);
	PARS_AUTO_BUF rpc = { 0 };
	size_t n = 0;
	for (; rpc.n < (size_t)1 << 20; n++) {
		uint8_t data[4];
		pars_put_be32(data, (uint32_t)n);
		struct pars_gossip_message m = { .data = PARS_BYTES_ARRAY(data), .topic = PARS_BYTES_STR("t") };
		pars_gossip_message_encode(&m, &rpc);
	}
	size_t told = say(w, 1, &rpc);
	struct pars_gossip_stats st = stats(w);
	ck_assert_uint_le(told, 65536); /* events that wait */
	ck_assert_uint_eq(counted(w, PARS_M_gossip_full), n - told);
	ck_assert_uint_le(st.seen, pars_gossip_default_limits.seen_max);
	ck_assert_uint_le(st.held_bytes, pars_gossip_default_limits.held_max);
	pass(w, PARS_S(200));
	ck_assert_uint_eq(stats(w).seen, 0);
	ck_assert_uint_eq(stats(w).held_bytes, 0);
	/* And one of tiny items that mean nothing. */
	PARS_AUTO_BUF nothing = { 0 };
	while (nothing.n < (size_t)1 << 20)
		pars_buf_put(&nothing, PARS_BYTES("\x0a\x00", 2));
	ck_assert_uint_eq(say(w, 1, &nothing), 0);
	ck_assert_uint_eq(stats(w).topics, 1);
	world_free(w);
}
END_TEST

START_TEST(duplicate_storms)
{
	struct world *w = victim(5, NULL);
	size_t told = 0;
	for (unsigned i = 0; i < 1000; i++)
		for (unsigned from = 1; from <= 5; from++)
			told += say_message(w, from, "t", PARS_BYTES_STR("the same"));
	ck_assert_uint_eq(told, 1); /* there is nothing else to verify */
	ck_assert_uint_eq(counted(w, PARS_M_gossip_duplicate), 4999);
	ck_assert_uint_eq(stats(w).seen, 1);
	struct pars_gossip_id id = id_of(PARS_BYTES_STR("the same"));
	pars_gossip_validated(w->nodes[0].g, &id, PARS_GOSSIP_ACCEPT);
	for (unsigned from = 1; from <= 5; from++)
		ck_assert_uint_eq(hear(w, from).items[PARS_GOSSIP_PUBLISH], 0); /* they have it */
	/* Of a bad one all who sent it are to blame, once each. */
	for (unsigned i = 0; i < 10; i++)
		for (unsigned from = 1; from <= 5; from++)
			say_message(w, from, "t", PARS_BYTES_STR("bad"));
	id = id_of(PARS_BYTES_STR("bad"));
	pars_gossip_validated(w->nodes[0].g, &id, PARS_GOSSIP_REJECT);
	ck_assert_uint_eq(counted(w, PARS_M_gossip_rejected), 5);
	world_free(w);
}
END_TEST

START_TEST(a_slow_reader_catches_up)
{
	static char text[16000];
	struct world *w = world_new(2, NULL);
	for (unsigned i = 0; i < 2; i++)
		world_subscribe(w, i, "t", PARS_GOSSIP_UNSIGNED);
	world_link(w, 0, 1, PARS_GOSSIP_1_2);
	world_pass(w, PARS_S(2));
	ck_assert_uint_eq(world_mesh(w, 0, "t"), 1);
	w->nodes[1].slow = true;
	for (unsigned i = 0; i < 300; i++) {
		memset(text, 'x', sizeof text - 1);
		snprintf(text, sizeof text, "%u", i);
		text[strlen(text)] = ' ';
		world_publish(w, 0, "t", PARS_GOSSIP_UNSIGNED, text);
		ck_assert_uint_le(stats(w).queued_bytes, pars_gossip_default_limits.queue_max);
	}
	ck_assert_uint_ge(counted(w, PARS_M_gossip_dropped), 150);
	w->nodes[1].slow = false;
	world_pass(w, PARS_S(10));
	ck_assert_uint_eq(w->nodes[1].got_count, 300);
	ck_assert(!(world_score(w, 1, 0) < 0));
	world_free(w);
}
END_TEST

/* Each of them is behind by other messages; those who read go on. */
START_TEST(many_slow_readers)
{
	static char text[4000];
	struct pars_gossip_limits limits = pars_gossip_default_limits;
	limits.held_max = 200000;
	limits.queue_max = 100000;
	struct world *w = world_new(12, &limits);
	for (unsigned i = 0; i < 12; i++)
		world_subscribe(w, i, "t", PARS_GOSSIP_UNSIGNED);
	for (unsigned i = 1; i < 12; i++)
		world_link(w, 0, i, PARS_GOSSIP_1_2);
	world_pass(w, PARS_S(2));
	for (unsigned i = 0; i < 400; i++) {
		if (i % 40 == 0)
			w->nodes[1 + i / 40].slow = true;
		memset(text, 'x', sizeof text - 1);
		snprintf(text, sizeof text, "%u", i);
		text[strlen(text)] = ' ';
		world_publish(w, 0, "t", PARS_GOSSIP_UNSIGNED, text);
		ck_assert_uint_le(stats(w).held_bytes, limits.held_max);
	}
	ck_assert_uint_eq(w->nodes[11].got_count, 400);
	ck_assert_uint_ge(counted(w, PARS_M_gossip_dropped), 400);
	ck_assert_uint_eq(counted(w, PARS_M_gossip_full), 0);
	world_free(w);
}
END_TEST

START_TEST(graylisting)
{
	struct world *w = victim(2, NULL);
	subscribe_peer(w, 1, "t");
	for (unsigned i = 0; i < 3; i++) {
		uint8_t data = (uint8_t)i;
		struct pars_gossip_id id = id_of(PARS_BYTES(&data, 1));
		ck_assert_uint_eq(say_message(w, 1, "t", PARS_BYTES(&data, 1)), 1);
		pars_gossip_validated(w->nodes[0].g, &id, PARS_GOSSIP_REJECT);
	}
	ck_assert_uint_eq(counted(w, PARS_M_gossip_rejected), 3);
	ck_assert(score_of(w, 1) < pars_gossip_default_score.graylist);
	hear(w, 1);
	ck_assert_uint_eq(say_message(w, 1, "t", PARS_BYTES_STR("good")), 0);
	say_graft(w, 1);
	say_ids(w, 1, PARS_GOSSIP_IHAVE, 0, 10);
	subscribe_peer(w, 1, "another");
	ck_assert_uint_eq(counted(w, PARS_M_gossip_graylisted), 4);
	ck_assert_uint_eq(hear(w, 1).bytes, 0);
	ck_assert_uint_eq(stats(w).topics, 1);
	/* What it said may be said by others. */
	ck_assert_uint_eq(say_message(w, 2, "t", PARS_BYTES_STR("good")), 1);
	/* Nothing of ours goes to it, and it is asked for nothing. */
	world_publish(w, 0, "t", PARS_GOSSIP_UNSIGNED, "ours");
	ck_assert_uint_eq(hear(w, 1).items[PARS_GOSSIP_PUBLISH], 0);
	/* Its score is mended by time. */
	pass(w, PARS_S(3000));
	ck_assert(score_of(w, 1) > pars_gossip_default_score.graylist);
	world_free(w);
}
END_TEST

START_TEST(wrong_policy)
{
	struct world *w = victim(1, NULL);
	world_subscribe(w, 0, "signed", PARS_GOSSIP_SIGNED);
	ck_assert_uint_eq(say_message(w, 1, "signed", PARS_BYTES_STR("by nobody")), 0);
	ck_assert_uint_eq(counted(w, PARS_M_gossip_rejected), 1);
	PARS_AUTO_BUF rpc = { 0 };
	struct pars_gossip_signature room;
	struct pars_gossip_message m = { .data = PARS_BYTES("x", 1), .topic = PARS_BYTES_STR("t") };
	pars_gossip_message_sign(&m, &w->nodes[1].key, 1, &room);
	pars_gossip_message_encode(&m, &rpc);
	ck_assert_uint_eq(say(w, 1, &rpc), 0);
	ck_assert_uint_eq(counted(w, PARS_M_gossip_rejected), 2);
	/* As if we had written it. */
	PARS_AUTO_BUF ours = { 0 };
	m.topic = PARS_BYTES_STR("signed");
	pars_gossip_message_sign(&m, &w->nodes[0].key, 1, &room);
	pars_gossip_message_encode(&m, &ours);
	ck_assert_uint_eq(say(w, 1, &ours), 0);
	world_free(w);
}
END_TEST

START_TEST(nonsense)
{
	struct world *w = victim(1, NULL);
	struct pars_bytes cut = PARS_BYTES("\x12\x05\x01", 3);
	enum pars_err err = pars_gossip_input(w->nodes[0].g, w->nodes[0].peers[1], cut);
	ck_assert_int_eq(err, PARS_E_PEER_MALFORMED);
	ck_assert_uint_eq(counted(w, PARS_M_gossip_malformed), 1);
	world_free(w);
}
END_TEST

/* Ever new names, each of which lies and goes. */
START_TEST(endless_identities)
{
	struct world *w = victim(1, NULL);
	struct pars_gossip *g = w->nodes[0].g;
	for (uint32_t i = 0; i < 6000; i++) {
		uint8_t key[36] = { 8, 1, 0x12, 0x20 };
		struct pars_peer_id id;
		pars_put_be32(key + 4, i);
		pars_peer_id_from_key(PARS_BYTES_ARRAY(key), &id);
		struct pars_gossip_peer *p = pars_gossip_peer_up(g, &id, PARS_GOSSIP_1_2, NULL, false);
		w->nodes[0].peers[2] = p;
		struct pars_bytes data = PARS_BYTES(&i, sizeof i);
		struct pars_gossip_id m = id_of(data);
		ck_assert_uint_eq(say_message(w, 2, "t", data), 1);
		pars_gossip_validated(g, &m, PARS_GOSSIP_REJECT);
		pars_gossip_peer_down(g, p);
	}
	w->nodes[0].peers[2] = NULL;
	ck_assert_uint_eq(stats(w).gone, 4096);
	pass(w, PARS_S(3700));
	ck_assert_uint_eq(stats(w).gone, 0);
	world_free(w);
}
END_TEST

START_TEST(who_sends_a_copy_gets_none)
{
	struct world *w = victim(3, NULL);
	struct pars_bytes data = PARS_BYTES_STR("from two at once");
	struct pars_gossip_id id = id_of(data);
	for (unsigned i = 1; i <= 3; i++) {
		PARS_AUTO_BUF control = { 0 };
		pars_gossip_put_graft(&control, PARS_BYTES_STR("t"));
		subscribe_peer(w, i, "t");
		say_control(w, i, &control);
		hear(w, i);
	}
	pass(w, PARS_MS(100));
	ck_assert_uint_eq(say_message(w, 1, "t", data), 1);
	pars_gossip_validated(w->nodes[0].g, &id, PARS_GOSSIP_ACCEPT);
	ck_assert_uint_eq(pars_gossip_deadline(w->nodes[0].g), w->now + 1);
	ck_assert_uint_eq(say_message(w, 2, "t", data), 0);
	pass(w, PARS_MS(100));
	for (unsigned i = 1; i <= 3; i++)
		ck_assert_uint_eq(hear(w, i).items[PARS_GOSSIP_PUBLISH], i == 3);
	world_free(w);
}
END_TEST

START_TEST(many_of_one_address)
{
	struct world *w = victim(1, NULL);
	struct pars_gossip *g = w->nodes[0].g;
	struct pars_endpoint where = { .family = PARS_IP4, .ip = { 8, 8, 8, 8 } };
	const unsigned n = pars_gossip_default_score.ip_threshold + 2;
	struct pars_gossip_peer *last = NULL;
	for (uint32_t i = 0; i < n; i++) {
		uint8_t key[36] = { 8, 1, 0x12, 0x20, (uint8_t)i };
		pars_peer_id_from_key(PARS_BYTES_ARRAY(key), &w->nodes[2].id);
		w->nodes[0].peers[2] = last = pars_gossip_peer_up(g, &w->nodes[2].id, PARS_GOSSIP_1_2, &where, false);
		subscribe_peer(w, 2, "t");
	}
	pass(w, PARS_S(6));
	ck_assert_double_eq_tol(world_score(w, 0, 2), pars_gossip_default_score.ip_weight * 4, 1);
	ck_assert_uint_eq(world_mesh(w, 0, "t"), 0);
	pars_gossip_peer_down(g, last);
	world_free(w);
}
END_TEST

UNIT_CASE(hostile, ihave_floods, iwant_floods, idontwant_floods, broken_promises, kept_promises, graft_in_backoff,
	unknown_topics_are_not_answered, a_hundred_thousand_topics, a_mebibyte_of_tiny_messages, duplicate_storms,
	a_slow_reader_catches_up, many_slow_readers, graylisting, wrong_policy, nonsense, endless_identities,
	who_sends_a_copy_gets_none, many_of_one_address);
