#include "net/host.h"

#include "tests/unit/net/world.h"
#include "tests/unit/unit.h"

static const struct pars_host_peer *peer(struct world *w, int node)
{
	return pars_host_peer(w->nodes[node].host, world_conn(w, node, !node));
}

START_TEST(two_hosts_connect_and_identify_each_other)
{
	PARS_AUTO(world) w = world_pair(NULL);
	for (int i = 0; i < 2; i++) {
		const struct pars_host_peer *p = peer(w, i);
		struct pars_multiaddr addr = world_addr(w, !i, false);
		ck_assert(pars_peer_id_equal(&p->id, pars_host_id(w->nodes[!i].host)));
		ck_assert_int_eq(p->inbound, i == 1);
		ck_assert(p->identified);
		ck_assert(p->record.n);
		ck_assert_str_eq(p->agent, "world/1");
		ck_assert(pars_host_peer_speaks(p, ECHO));
		ck_assert(pars_host_peer_speaks(p, "/ipfs/ping/1.0.0"));
		ck_assert(!pars_host_peer_speaks(p, "/echo"));
		ck_assert_uint_eq(p->listen_count, 1);
		ck_assert(pars_multiaddr_equal(&p->listen[0], &addr));
		ck_assert_uint_gt(p->observed.n, 0);
		ck_assert_uint_eq(p->streams, 0);
		ck_assert_uint_eq(w->nodes[i].seen[PARS_HOST_PEER_UP], 1);
		ck_assert_uint_eq(w->nodes[i].seen[PARS_HOST_PEER_IDENTIFIED], 1);
	}
}
END_TEST

static void check_echo(struct world *w, uint64_t n)
{
	struct world_stream *s = world_open(w, 0, world_conn(w, 0, 1), ECHO, TAG_ECHO);
	world_send(w, s, n, true);
	world_run(w);
	ck_assert(s->opened);
	ck_assert_uint_eq(s->received, n);
	ck_assert_uint_eq(s->sum, world_pattern_sum(n));
	ck_assert(s->fin);
	ck_assert(s->closed);
	ck_assert_int_eq(s->err, PARS_OK);
	for (int i = 0; i < 2; i++)
		ck_assert_uint_eq(peer(w, i)->streams, 0);
}

START_TEST(echo_carries_megabytes_and_both_ends_close)
{
	PARS_AUTO(world) w = world_pair(NULL);
	check_echo(w, 0);
	check_echo(w, 1);
	check_echo(w, 3 << 20);
}
END_TEST

START_TEST(deliveries_are_cut_at_every_byte)
{
	for (size_t cut = 1; cut < 1200; cut++) {
		PARS_AUTO(world) w = world_new(2, NULL);
		w->split_at = cut;
		world_dial(w, 0, 1);
		world_run(w);
		ck_assert(peer(w, 0)->identified && peer(w, 1)->identified);
		check_echo(w, 300);
	}
}
END_TEST

START_TEST(deliveries_come_in_small_pieces)
{
	static const size_t chunks[] = { 1, 2, 3, 7, 13, 64, 1000 };
	for (size_t i = 0; i < PARS_COUNT(chunks); i++) {
		PARS_AUTO(world) w = world_new(2, NULL);
		w->chunk = chunks[i];
		world_dial(w, 0, 1);
		world_run(w);
		check_echo(w, 20000);
	}
}
END_TEST

START_TEST(data_follows_the_proposal_at_once_to_who_serves_it)
{
	PARS_AUTO(world) w = world_pair(NULL);
	struct world_stream *s = world_open(w, 0, world_conn(w, 0, 1), SINK, TAG_SINK);
	w->nodes[1].stalled = true;
	world_send(w, s, 1000, false);
	world_run(w);
	ck_assert(!s->opened);
	struct world_stream *other = &w->streams[w->stream_count - 1];
	ck_assert_int_eq(other->node, 1);
	ck_assert_uint_eq(other->received, 1000);
	w->nodes[1].stalled = false;
	world_run(w);
	ck_assert(s->opened);
}
END_TEST

START_TEST(data_waits_for_the_answer_where_the_protocol_is_not_known)
{
	PARS_AUTO(world) w = world_pair(NULL);
	struct world_stream *s = world_open(w, 0, world_conn(w, 0, 1), "/unknown/1.0.0", 9);
	world_send(w, s, 1000, true);
	world_run(w);
	ck_assert(s->closed);
	ck_assert(!s->opened);
	ck_assert_int_eq(s->err, PARS_E_PEER_UNSUPPORTED);
	ck_assert_uint_eq(world_counter(w, 1, PARS_M_stream_unsupported), 1);
	check_echo(w, 1000);
}
END_TEST

START_TEST(one_side_may_go_on_after_the_other_has_ended)
{
	PARS_AUTO(world) w = world_pair(NULL);
	struct world_stream *s = world_open(w, 0, world_conn(w, 0, 1), SILENT, TAG_SILENT);
	world_send(w, s, 10, true);
	world_run(w);
	struct world_stream *other = &w->streams[w->stream_count - 1];
	ck_assert(other->fin);
	ck_assert(!other->closed && !s->closed);
	world_send(w, other, 100000, true);
	world_run(w);
	ck_assert_uint_eq(s->received, 100000);
	ck_assert(s->fin && s->closed && other->closed);
}
END_TEST

START_TEST(reset_is_told_to_the_other_side_only)
{
	PARS_AUTO(world) w = world_pair(NULL);
	struct world_stream *s = world_open(w, 0, world_conn(w, 0, 1), SILENT, TAG_SILENT);
	world_send(w, s, 10, false);
	world_run(w);
	struct world_stream *other = &w->streams[w->stream_count - 1];
	world_begin(w, 0);
	pars_host_reset(w->nodes[0].host, s->id);
	ck_assert_uint_eq(pars_host_write(w->nodes[0].host, s->id, PARS_BYTES_STR("x")), 0);
	world_run(w);
	ck_assert(!s->closed);
	ck_assert(other->closed);
	ck_assert_int_eq(other->err, PARS_E_PEER_RESET);
	ck_assert_uint_eq(world_counter(w, 1, PARS_M_stream_reset), 1);
	check_echo(w, 1000);
}
END_TEST

START_TEST(two_hundred_streams_at_once)
{
	PARS_AUTO(world) w = world_pair(NULL);
	struct world_stream *s[200];
	for (int i = 0; i < 200; i++) {
		s[i] = world_open(w, i & 1, world_conn(w, i & 1, !(i & 1)), ECHO, TAG_ECHO);
		world_send(w, s[i], 20000, true);
	}
	world_run(w);
	for (int i = 0; i < 200; i++) {
		ck_assert_uint_eq(s[i]->received, 20000);
		ck_assert_uint_eq(s[i]->sum, world_pattern_sum(20000));
		ck_assert(s[i]->closed);
	}
}
END_TEST

START_TEST(a_reader_that_stops_costs_its_window_and_blocks_nobody)
{
	PARS_AUTO(world) w = world_pair(NULL);
	struct world_stream *s = world_open(w, 0, world_conn(w, 0, 1), SILENT, TAG_SILENT);
	world_send(w, s, 4 << 20, false);
	world_run(w);
	struct world_stream *other = &w->streams[w->stream_count - 1];
	/* The proposal came through the same window. */
	ck_assert_uint_eq(other->received + 20 + 15, 256 * 1024);
	ck_assert_uint_lt(pars_host_writable(w->nodes[0].host, s->id), 128 * 1024);
	struct world_stream *e = world_open(w, 0, world_conn(w, 0, 1), ECHO, TAG_ECHO);
	world_send(w, e, 1 << 20, true);
	world_run(w);
	ck_assert_uint_eq(e->received, 1 << 20);
	/* It goes on where it stopped. */
	world_begin(w, 1);
	pars_host_consumed(w->nodes[1].host, other->id, 200 * 1024);
	world_run(w);
	ck_assert_uint_eq(other->received, 456 * 1024);
}
END_TEST

START_TEST(control_frames_pass_a_full_pipe_of_data)
{
	PARS_AUTO(world) w = world_pair(NULL);
	struct world_stream *s = world_open(w, 0, world_conn(w, 0, 1), SINK, TAG_SINK);
	w->nodes[0].stalled = true;
	world_send(w, s, 8 << 20, true);
	world_run(w);
	/* No more than its bound was encrypted ahead. */
	uint64_t sent = world_counter(w, 0, PARS_M_bytes_sent);
	ck_assert_uint_le(sent, 2000 + 256 * 1024 + 65537);
	world_begin(w, 0);
	ck_assert_int_eq(pars_host_ping(w->nodes[0].host, world_conn(w, 0, 1)), PARS_OK);
	unsigned pongs = w->nodes[0].seen[PARS_HOST_PONG];
	w->nodes[0].stalled = false;
	world_run(w);
	ck_assert_uint_eq(w->nodes[0].seen[PARS_HOST_PONG], pongs + 1);
	ck_assert(s->closed);
}
END_TEST

static uint64_t written(const struct world *w, struct world_stream **s, int n)
{
	uint64_t sum = 0;
	for (int i = 0; i < n; i++)
		sum += s[i]->sent;
	return sum - world_counter(w, 0, PARS_M_bytes_sent);
}

/* WRITABLE comes out of the flush; what that lets write goes into the next. */
static void run_full(struct world *w)
{
	for (int i = 0; i < 8; i++)
		world_run(w);
}

START_TEST(what_a_connection_queues_is_bounded)
{
	struct pars_host_limits limits = pars_host_default_limits;
	struct world_stream *s[8];
	limits.conn_send_max = 300000;
	PARS_AUTO(world) w = world_pair(&limits);
	w->nodes[0].stalled = true;
	for (int i = 0; i < 8; i++) {
		s[i] = world_open(w, 0, world_conn(w, 0, 1), SINK, TAG_SINK);
		world_send(w, s[i], 1 << 20, true);
	}
	run_full(w);
	ck_assert_uint_le(written(w, s, 8), limits.conn_send_max);
	ck_assert_uint_ge(written(w, s, 8), limits.conn_send_max - 2000);
	for (int i = 0; i < 8; i++)
		ck_assert_uint_lt(pars_host_writable(w->nodes[0].host, s[i]->id), 2000);
	/* The host's own words pass, and all streams go on in the end. */
	world_begin(w, 0);
	ck_assert_int_eq(pars_host_ping(w->nodes[0].host, world_conn(w, 0, 1)), PARS_OK);
	w->nodes[0].stalled = false;
	world_run(w);
	ck_assert_uint_eq(w->nodes[0].seen[PARS_HOST_PONG], 1);
	for (int i = 0; i < 8; i++) {
		ck_assert_uint_eq(s[i]->sent, 1 << 20);
		ck_assert(s[i]->closed);
	}
}
END_TEST

START_TEST(what_all_connections_queue_is_bounded_and_nobody_gets_nothing)
{
	struct pars_host_limits limits = pars_host_default_limits;
	struct world_stream *s[4], *e;
	limits.send_max = 800000;
	limits.conns_max = 4;
	PARS_AUTO(world) w = world_new(3, &limits);
	world_dial(w, 0, 1);
	world_dial(w, 0, 2);
	world_run(w);
	/* Node 1 takes nothing but what the windows let through. */
	for (int i = 0; i < 4; i++) {
		s[i] = world_open(w, 0, world_conn(w, 0, 1), SILENT, TAG_SILENT);
		world_send(w, s[i], 2 << 20, false);
	}
	run_full(w);
	ck_assert_uint_le(written(w, s, 4), limits.send_max / 2);
	ck_assert_uint_ge(written(w, s, 4), limits.send_max / 2 - 5000);
	/* Node 2 has its share all the same. */
	e = world_open(w, 0, world_conn(w, 0, 2), ECHO, TAG_ECHO);
	ck_assert_uint_gt(pars_host_writable(w->nodes[0].host, e->id), 0);
	ck_assert_uint_le(pars_host_writable(w->nodes[0].host, e->id), limits.send_max / 2 / 4);
	world_send(w, e, 1 << 20, true);
	world_run(w);
	ck_assert_uint_eq(e->received, 1 << 20);
	/* A reset gives back what was queued, and the others go on. */
	uint64_t before = s[1]->sent + s[2]->sent + s[3]->sent;
	world_begin(w, 0);
	pars_host_reset(w->nodes[0].host, s[0]->id);
	world_run(w);
	ck_assert_uint_gt(s[1]->sent + s[2]->sent + s[3]->sent, before);
}
END_TEST

START_TEST(pings_measure)
{
	PARS_AUTO(world) w = world_pair(NULL);
	world_begin(w, 0);
	ck_assert_int_eq(pars_host_ping(w->nodes[0].host, world_conn(w, 0, 1)), PARS_OK);
	ck_assert_int_eq(pars_host_ping(w->nodes[0].host, 12345), PARS_E_NOT_FOUND);
	world_run(w);
	ck_assert_uint_eq(w->nodes[0].seen[PARS_HOST_PONG], 1);
	ck_assert_int_eq(w->nodes[0].last[PARS_HOST_PONG].err, PARS_OK);
	ck_assert_uint_gt(peer(w, 0)->rtt_us, 0);
	ck_assert_uint_eq(peer(w, 0)->streams, 0);
	ck_assert_uint_eq(peer(w, 1)->streams, 0);
}
END_TEST

START_TEST(keep_alive_answers_and_silence_closes)
{
	PARS_AUTO(world) w = world_pair(NULL);
	world_pass(w, PARS_S(100));
	/* Who dialled asks; the other did once, for the round trip. */
	ck_assert_uint_ge(w->nodes[0].seen[PARS_HOST_PONG], 6);
	ck_assert_uint_eq(w->nodes[1].seen[PARS_HOST_PONG], 1);
	ck_assert_uint_gt(peer(w, 1)->rtt_us, 0);
	w->nodes[1].stalled = true;
	world_pass(w, PARS_S(36));
	ck_assert_uint_eq(w->nodes[0].seen[PARS_HOST_PEER_DOWN], 1);
	ck_assert_int_eq(w->nodes[0].last[PARS_HOST_PEER_DOWN].err, PARS_E_PEER_TIMEOUT);
	ck_assert_uint_eq(world_counter(w, 0, PARS_M_conn_idle_timeout), 1);
}
END_TEST

START_TEST(the_dialled_one_notices_silence_too)
{
	PARS_AUTO(world) w = world_pair(NULL);
	struct world_stream *s = world_open(w, 1, world_conn(w, 1, 0), SINK, TAG_SINK);
	world_run(w);
	world_pass(w, PARS_S(100));
	/* What it says itself still arrives, and keeps the other side content. */
	w->nodes[0].stalled = true;
	for (int i = 0; i < 41; i++) {
		world_send(w, s, 10, false);
		world_pass(w, PARS_S(1));
	}
	ck_assert_uint_eq(w->nodes[1].seen[PARS_HOST_PEER_DOWN], 1);
	ck_assert_int_eq(w->nodes[1].last[PARS_HOST_PEER_DOWN].err, PARS_E_PEER_TIMEOUT);
}
END_TEST

START_TEST(who_speaks_is_not_asked)
{
	PARS_AUTO(world) w = world_pair(NULL);
	struct world_stream *s = world_open(w, 0, world_conn(w, 0, 1), ECHO, TAG_ECHO);
	world_run(w);
	world_pass(w, PARS_S(16));
	unsigned pongs = w->nodes[0].seen[PARS_HOST_PONG];
	ck_assert_uint_eq(pongs, 1);
	for (int i = 0; i < 12; i++) {
		world_send(w, s, 10, false);
		world_pass(w, PARS_S(10));
	}
	ck_assert_uint_eq(s->received, 120);
	ck_assert_uint_eq(w->nodes[0].seen[PARS_HOST_PONG], pongs);
	ck_assert_uint_eq(w->nodes[1].seen[PARS_HOST_PONG], pongs);
	world_pass(w, PARS_S(16));
	ck_assert_uint_eq(w->nodes[0].seen[PARS_HOST_PONG], pongs + 1);
}
END_TEST

START_TEST(the_silent_are_asked_together)
{
	PARS_AUTO(world) w = world_new(4, NULL);
	for (int i = 1; i < 4; i++) {
		world_dial(w, 0, i);
		world_pass(w, PARS_S(2));
	}
	world_pass(w, PARS_S(30)); /* the first time, each by itself */
	unsigned pongs = w->nodes[0].seen[PARS_HOST_PONG], moments = 0;
	for (int i = 0; i < 120; i++) {
		unsigned before = w->nodes[0].seen[PARS_HOST_PONG];
		world_pass(w, PARS_S(1));
		moments += w->nodes[0].seen[PARS_HOST_PONG] != before;
	}
	pongs = w->nodes[0].seen[PARS_HOST_PONG] - pongs;
	ck_assert_uint_ge(pongs, 3 * 7);
	ck_assert_uint_eq(moments, pongs / 3);
}
END_TEST

START_TEST(a_peer_that_writes_into_the_void_is_noticed)
{
	PARS_AUTO(world) w = world_pair(NULL);
	struct world_stream *s = world_open(w, 0, world_conn(w, 0, 1), SINK, TAG_SINK);
	world_run(w);
	/* Its own small writes, which only its kernel takes, are no sign of life. */
	w->nodes[1].stalled = true;
	for (int i = 0; i < 40 && !w->nodes[0].seen[PARS_HOST_PEER_DOWN]; i++) {
		world_send(w, s, 10, false);
		world_pass(w, PARS_S(1));
	}
	ck_assert_uint_eq(w->nodes[0].seen[PARS_HOST_PEER_DOWN], 1);
}
END_TEST

START_TEST(another_peer_than_asked_for)
{
	PARS_AUTO(world) w = world_new(3, NULL);
	struct pars_multiaddr a = world_addr(w, 1, false);
	pars_conn conn;
	ck_assert(pars_multiaddr_set_p2p(&a, pars_peer_id_bytes(pars_host_id(w->nodes[2].host))));
	world_begin(w, 0);
	ck_assert_int_eq(pars_host_dial(w->nodes[0].host, &a, &conn), PARS_OK);
	world_run(w);
	ck_assert_uint_eq(w->nodes[0].seen[PARS_HOST_DIAL_FAILED], 1);
	ck_assert_int_eq(w->nodes[0].last[PARS_HOST_DIAL_FAILED].err, PARS_E_PEER_WRONG_ID);
	ck_assert_uint_eq(world_counter(w, 0, PARS_M_conn_wrong_peer), 1);
	ck_assert_uint_eq(w->nodes[1].seen[PARS_HOST_PEER_UP], 0);
}
END_TEST

START_TEST(dials_that_cannot_be)
{
	PARS_AUTO(world) w = world_new(2, NULL);
	static const char *const bad[] = { "/ip4/1.2.3.4/udp/1", "/ip4/1.2.3.4/tcp/0",
		"/dnsaddr/a/tcp/1", "/ip4/1.2.3.4/tcp/1/ws" };
	struct pars_multiaddr a;
	pars_conn conn;
	world_begin(w, 0);
	for (size_t i = 0; i < PARS_COUNT(bad); i++) {
		ck_assert_int_eq(pars_multiaddr_parse(bad[i], &a, NULL), PARS_OK);
		ck_assert_int_eq(pars_host_dial(w->nodes[0].host, &a, &conn), PARS_E_INVALID);
		ck_assert_int_eq(pars_host_keep(w->nodes[0].host, &a, 0), PARS_E_INVALID);
	}
	a = world_addr(w, 0, true);
	ck_assert_int_eq(pars_host_dial(w->nodes[0].host, &a, &conn), PARS_E_INVALID);
	/* Without an id it takes a handshake to see that it is us. */
	a = world_addr(w, 0, false);
	ck_assert_int_eq(pars_host_dial(w->nodes[0].host, &a, &conn), PARS_OK);
	world_run(w);
	ck_assert_uint_eq(w->nodes[0].seen[PARS_HOST_PEER_UP], 0);
	ck_assert_uint_eq(w->nodes[0].seen[PARS_HOST_DIAL_FAILED], 1);
}
END_TEST

START_TEST(kept_addresses_come_back_and_back_off)
{
	PARS_AUTO(world) w = world_new(2, NULL);
	struct pars_multiaddr there = world_addr(w, 1, true), gone;
	size_t at = 0;
	world_begin(w, 0);
	ck_assert_int_eq(pars_multiaddr_parse("/ip4/127.0.0.1/tcp/9", &gone, NULL), PARS_OK);
	ck_assert_int_eq(pars_host_keep(w->nodes[0].host, &there, 5), PARS_OK);
	ck_assert_int_eq(pars_host_keep(w->nodes[0].host, &there, 5), PARS_E_EXISTS);
	ck_assert_int_eq(pars_host_keep(w->nodes[0].host, &gone, 6), PARS_OK);
	world_run(w);
	const struct pars_host_kept *k = pars_host_kept_next(w->nodes[0].host, &at);
	ck_assert_uint_eq(k->tag, 5);
	ck_assert_uint_eq(k->conn, world_conn(w, 0, 1));
	const struct pars_host_kept *dead = pars_host_kept_next(w->nodes[0].host, &at);
	ck_assert_uint_eq(dead->failures, 1);
	ck_assert_str_eq(dead->last_error, "connection refused");
	ck_assert_uint_eq(world_counter(w, 0, PARS_M_dial_failed), 1);
	ck_assert_ptr_null(pars_host_kept_next(w->nodes[0].host, &at));

	pars_usec last = 0;
	for (unsigned i = 2; i < 14; i++) {
		pars_usec wait = dead->next_us - w->now;
		ck_assert_uint_le(wait, PARS_S(600));
		ck_assert_uint_ge(wait, PARS_MIN(PARS_S(1) << (i - 2), PARS_S(600)) * 3 / 4);
		world_pass(w, wait);
		ck_assert_uint_eq(dead->failures, i);
		last = wait;
	}
	ck_assert_uint_ge(last, PARS_S(400));
	world_begin(w, 0);
	pars_host_redial(w->nodes[0].host);
	ck_assert_uint_le(dead->next_us, w->now);

	world_begin(w, 1);
	pars_host_close(w->nodes[1].host, world_conn(w, 1, 0));
	world_run(w);
	ck_assert_uint_eq(k->conn, 0);
	world_pass(w, PARS_S(2));
	ck_assert_uint_ne(k->conn, 0);
	ck_assert_uint_eq(k->conn, world_conn(w, 0, 1));
	world_begin(w, 0);
	ck_assert_int_eq(pars_host_unkeep(w->nodes[0].host, &gone), PARS_OK);
	ck_assert_int_eq(pars_host_unkeep(w->nodes[0].host, &gone), PARS_E_NOT_FOUND);
}
END_TEST

START_TEST(who_was_sent_away_comes_back_when_there_is_room_or_time_has_passed)
{
	struct pars_host_limits limits = pars_host_default_limits;
	limits.conns_inbound_max = 3;
	PARS_AUTO(world) w = world_new(4, &limits);
	world_dial(w, 1, 0);
	world_dial(w, 2, 0);
	world_run(w);
	world_begin(w, 0);
	pars_host_send_away(w->nodes[0].host, world_conn(w, 0, 1), PARS_S(60));
	world_run(w);
	ck_assert_uint_eq(world_conn(w, 0, 1), 0);
	ck_assert_uint_ne(world_conn(w, 0, 2), 0);

	world_dial(w, 1, 0); /* one of two: more than half of three */
	world_run(w);
	ck_assert_uint_eq(world_conn(w, 0, 1), 0);
	ck_assert_uint_eq(world_counter(w, 0, PARS_M_conn_sent_away), 1);
	world_dial(w, 3, 0); /* who was not sent away is taken */
	world_run(w);
	ck_assert_uint_ne(world_conn(w, 0, 3), 0);

	world_pass(w, PARS_S(61));
	world_dial(w, 1, 0);
	world_run(w);
	ck_assert_uint_ne(world_conn(w, 0, 1), 0);

	world_begin(w, 0);
	for (int other = 1; other < 4; other++)
		pars_host_send_away(w->nodes[0].host, world_conn(w, 0, other), PARS_S(60));
	world_run(w);
	world_dial(w, 1, 0); /* now there is room */
	world_run(w);
	ck_assert_uint_ne(world_conn(w, 0, 1), 0);
	ck_assert_uint_eq(world_counter(w, 0, PARS_M_conn_sent_away), 1);
}
END_TEST

START_TEST(an_inbound_connection_serves_a_kept_address)
{
	PARS_AUTO(world) w = world_pair(NULL);
	struct pars_multiaddr a = world_addr(w, 0, true);
	size_t at = 0;
	world_begin(w, 1);
	ck_assert_int_eq(pars_host_keep(w->nodes[1].host, &a, 0), PARS_OK);
	world_run(w);
	ck_assert_uint_eq(pars_host_kept_next(w->nodes[1].host, &at)->conn, world_conn(w, 1, 0));
	ck_assert_uint_eq(w->nodes[1].seen[PARS_HOST_PEER_UP], 1);
}
END_TEST

START_TEST(closing_ends_streams_and_tells_both)
{
	PARS_AUTO(world) w = world_pair(NULL);
	struct world_stream *s = world_open(w, 0, world_conn(w, 0, 1), SILENT, TAG_SILENT);
	world_run(w);
	world_begin(w, 0);
	pars_host_close(w->nodes[0].host, world_conn(w, 0, 1));
	world_run(w);
	ck_assert(s->closed);
	ck_assert_int_eq(s->err, PARS_E_PEER_CLOSED);
	ck_assert(w->streams[w->stream_count - 1].closed);
	ck_assert_uint_eq(w->nodes[0].seen[PARS_HOST_PEER_DOWN], 1);
	ck_assert_uint_eq(w->nodes[1].seen[PARS_HOST_PEER_DOWN], 1);
	ck_assert_uint_eq(world_counter(w, 1, PARS_M_conn_closed), 1);
}
END_TEST

START_TEST(paused_hosts_neither_dial_nor_accept)
{
	PARS_AUTO(world) w = world_new(2, NULL);
	struct pars_multiaddr a = world_addr(w, 1, true);
	pars_conn conn;
	world_begin(w, 0);
	ck_assert_int_eq(pars_host_keep(w->nodes[0].host, &a, 0), PARS_OK);
	world_run(w);
	world_begin(w, 0);
	pars_host_set_paused(w->nodes[0].host, true);
	world_run(w);
	ck_assert(!world_conn(w, 0, 1) && !world_conn(w, 1, 0));
	ck_assert_int_eq(w->nodes[0].last[PARS_HOST_PEER_DOWN].err, PARS_E_PAUSED);
	world_begin(w, 0);
	ck_assert_int_eq(pars_host_dial(w->nodes[0].host, &a, &conn), PARS_E_PAUSED);
	world_dial(w, 1, 0);
	world_pass(w, PARS_S(3600));
	ck_assert(!world_conn(w, 0, 1));
	ck_assert_uint_eq(world_counter(w, 0, PARS_M_conn_refused), 1);
	world_begin(w, 0);
	pars_host_set_paused(w->nodes[0].host, false);
	world_run(w);
	ck_assert(world_conn(w, 0, 1));
}
END_TEST

START_TEST(new_addresses_are_pushed)
{
	PARS_AUTO(world) w = world_pair(NULL);
	struct pars_multiaddr any, addr;
	struct pars_endpoint ip = { .family = PARS_IP4, .ip = { 192, 0, 2, 7 } };
	world_begin(w, 0);
	ck_assert_int_eq(pars_multiaddr_parse("/ip4/0.0.0.0/tcp/77", &any, NULL), PARS_OK);
	ck_assert_int_eq(pars_host_listen(w->nodes[0].host, 1, &any), PARS_OK);
	ck_assert_int_eq(pars_host_listen(w->nodes[0].host, 1, &any), PARS_E_EXISTS);
	world_run(w);
	world_begin(w, 0);
	pars_host_set_interfaces(w->nodes[0].host, &ip, 1);
	world_run(w);
	ck_assert_int_eq(pars_multiaddr_parse("/ip4/192.0.2.7/tcp/77", &addr, NULL), PARS_OK);
	const struct pars_host_peer *p = peer(w, 1);
	ck_assert_uint_eq(p->listen_count, 2);
	ck_assert(pars_multiaddr_equal(&p->listen[1], &addr));
	ck_assert_uint_ge(w->nodes[1].seen[PARS_HOST_PEER_IDENTIFIED], 2);
	ck_assert_uint_eq(p->streams, 0);
	world_begin(w, 0);
	pars_host_unlisten_all(w->nodes[0].host);
	world_run(w);
	/* A record without addresses says just that. */
	ck_assert_uint_eq(peer(w, 1)->listen_count, 0);
}
END_TEST

START_TEST(connections_are_limited_by_peer_and_in_total)
{
	struct pars_host_limits limits = pars_host_default_limits;
	struct pars_multiaddr a;
	pars_conn conn;
	limits.conns_max = 3;
	PARS_AUTO(world) w = world_new(2, &limits);
	for (int i = 0; i < 3; i++) {
		world_dial(w, 0, 1);
		world_run(w);
	}
	ck_assert_uint_eq(w->nodes[0].seen[PARS_HOST_PEER_UP], 2);
	ck_assert_uint_eq(world_counter(w, 0, PARS_M_conn_refused)
		+ world_counter(w, 1, PARS_M_conn_refused), 1);
	limits.conns_max = 1;
	PARS_AUTO(world) x = world_new(2, &limits);
	world_dial(x, 0, 1);
	a = world_addr(x, 1, false);
	world_begin(x, 0);
	ck_assert_int_eq(pars_host_dial(x->nodes[0].host, &a, &conn), PARS_E_LIMIT);
}
END_TEST

START_TEST(runs_replay_exactly)
{
	uint64_t sent[2], carried[2];
	for (int i = 0; i < 2; i++) {
		PARS_AUTO(world) w = world_pair(NULL);
		check_echo(w, 100000);
		world_pass(w, PARS_S(60));
		sent[i] = world_counter(w, 0, PARS_M_bytes_sent);
		carried[i] = 0;
		for (int j = 0; j < WORLD_LINKS; j++)
			carried[i] += w->links[j].carried[1];
	}
	ck_assert_uint_eq(sent[0], sent[1]);
	ck_assert_uint_eq(carried[0], carried[1]);
}
END_TEST

UNIT_CASE(host, two_hosts_connect_and_identify_each_other,
	echo_carries_megabytes_and_both_ends_close, deliveries_are_cut_at_every_byte,
	deliveries_come_in_small_pieces, data_follows_the_proposal_at_once_to_who_serves_it,
	data_waits_for_the_answer_where_the_protocol_is_not_known,
	one_side_may_go_on_after_the_other_has_ended, reset_is_told_to_the_other_side_only,
	two_hundred_streams_at_once, a_reader_that_stops_costs_its_window_and_blocks_nobody,
	control_frames_pass_a_full_pipe_of_data, what_a_connection_queues_is_bounded,
	what_all_connections_queue_is_bounded_and_nobody_gets_nothing, pings_measure, keep_alive_answers_and_silence_closes,
	the_dialled_one_notices_silence_too, who_speaks_is_not_asked, the_silent_are_asked_together,
	a_peer_that_writes_into_the_void_is_noticed, another_peer_than_asked_for, dials_that_cannot_be,
	kept_addresses_come_back_and_back_off, who_was_sent_away_comes_back_when_there_is_room_or_time_has_passed,
	an_inbound_connection_serves_a_kept_address,
	closing_ends_streams_and_tells_both, paused_hosts_neither_dial_nor_accept,
	new_addresses_are_pushed, connections_are_limited_by_peer_and_in_total, runs_replay_exactly);
