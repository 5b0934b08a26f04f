/* What peers do that break the rules: each time a counter says so, memory
 * stays within its bound, and an honest peer beside goes on. */
#include "net/host.h"

#include "net/identify.h"
#include "net/multistream.h"
#include "tests/unit/net/world.h"
#include "tests/unit/unit.h"

#define SYN 1
#define ACK 2
#define FIN 4
#define RST 8

static const struct pars_bytes none;

/* Hosts 0 and 1 are honest and connected; host 1 is attacked. */
static void honest_goes_on(struct world *w)
{
	struct world_stream *s = world_open(w, 0, world_conn(w, 0, 1), ECHO, TAG_ECHO);
	world_send(w, s, 50000, true);
	world_run(w);
	ck_assert_uint_eq(s->received, 50000);
	ck_assert(s->closed);
	ck_assert_int_eq(s->err, PARS_OK);
}

static size_t peers(struct world *w, int node)
{
	size_t at = 0, n = 0;
	while (pars_host_peer_next(w->nodes[node].host, &at))
		n++;
	return n;
}

START_TEST(garbage_instead_of_a_negotiation)
{
	static const char *const garbage[] = {
		"GET / HTTP/1.1\r\nHost: example.org\r\nUser-Agent: something/1.0\r\nAccept: */*\r\n\r\n",
		"\x16\x03\x01\x02\x01\x01\x01\x01\xfc\x03\x03 a TLS greeting, as it were",
		"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
		"\x01\n",
		"\x13/multistream/1.0.0\n\x07nothing\n",
	};
	PARS_AUTO(world) w = world_pair(NULL);
	for (size_t i = 0; i < PARS_COUNT(garbage); i++) {
		struct world_link *l = world_raw(w, 1);
		world_raw_send(w, l, PARS_BYTES_STR(garbage[i]));
		ck_assert(l->closed[0]);
		ck_assert_uint_eq(world_counter(w, 1, PARS_M_conn_handshake_failed), i + 1);
	}
	honest_goes_on(w);
}
END_TEST

static void to_noise(struct world *w, struct world_link *l)
{
	PARS_AUTO_BUF out = { 0 };
	pars_mss_propose(&out, "/noise");
	world_raw_send(w, l, pars_buf_bytes(&out));
	ck_assert_uint_eq(l->got.n, 28);
}

START_TEST(garbage_instead_of_a_handshake)
{
	static const char *const garbage[] = {
		"0000",                 /* an empty message */
		"001f" "00000000000000000000000000000000000000000000000000000000000000", /* short */
		"1001", "ffff",         /* longer than any handshake */
		/* an ephemeral key of small order */
		"0020" "0000000000000000000000000000000000000000000000000000000000000000",
	};
	PARS_AUTO(world) w = world_pair(NULL);
	for (size_t i = 0; i < PARS_COUNT(garbage); i++) {
		struct world_link *l = world_raw(w, 1);
		to_noise(w, l);
		world_raw_send(w, l, unit_hex(garbage[i]));
		ck_assert_msg(l->closed[0], "%s", garbage[i]);
		ck_assert_uint_eq(world_counter(w, 1, PARS_M_conn_handshake_failed), i + 1);
	}
	honest_goes_on(w);
}
END_TEST

START_TEST(other_security_is_refused)
{
	PARS_AUTO(world) w = world_pair(NULL);
	struct world_link *l = world_raw(w, 1);
	world_raw_send(w, l, PARS_BYTES_STR("\x13/multistream/1.0.0\n\x11/plaintext/2.0.0\n"));
	ck_assert(pars_bytes_equal(pars_buf_bytes(&l->got),
		PARS_BYTES_STR("\x13/multistream/1.0.0\n\x03na\n")));
	ck_assert(!l->closed[0]);
	for (int i = 0; i < 20 && !l->closed[0]; i++)
		world_raw_send(w, l, PARS_BYTES_STR("\x11/plaintext/2.0.0\n"));
	ck_assert(l->closed[0]);
	ck_assert_uint_eq(world_counter(w, 1, PARS_M_conn_handshake_failed), 1);
}
END_TEST

START_TEST(slow_handshakes_time_out_and_are_limited)
{
	PARS_AUTO(world) w = world_pair(NULL);
	struct world_link *slow[32];
	for (size_t i = 0; i < PARS_COUNT(slow); i++)
		slow[i] = world_raw(w, 1);
	ck_assert(!slow[31]->closed[0]);
	struct world_link *refused = world_raw(w, 1);
	ck_assert(refused->closed[0] || refused->closed[1]);
	ck_assert_uint_eq(world_counter(w, 1, PARS_M_conn_refused), 1);
	for (int second = 0; second < 11; second++) {
		for (size_t i = 0; i < PARS_COUNT(slow); i++)
			if (!slow[i]->closed[0])
				world_raw_send(w, slow[i], PARS_BYTES("\x13/multistream" + second, 1));
		world_pass(w, PARS_S(1));
		honest_goes_on(w);
	}
	ck_assert_uint_eq(world_counter(w, 1, PARS_M_conn_handshake_timeout), 32);
	ck_assert_uint_eq(peers(w, 1), 1);
	/* There is room again. */
	struct rogue r;
	rogue_connect(&r, w, 1, 50);
	ck_assert_uint_eq(peers(w, 1), 2);
	rogue_done(&r);
}
END_TEST

START_TEST(one_address_cannot_take_all_places)
{
	PARS_AUTO(world) w = world_new(3, NULL);
	w->nodes[2].ip = 77;
	for (int i = 0; i < 9; i++) {
		pars_conn conn;
		struct pars_multiaddr a = world_addr(w, 1, false);
		world_begin(w, 2);
		ck_assert_int_eq(pars_host_dial(w->nodes[2].host, &a, &conn), PARS_OK);
	}
	/* All connect before any is secured, so only the address is counted. */
	world_run(w);
	ck_assert_uint_ge(world_counter(w, 1, PARS_M_conn_refused), 1);
	ck_assert_uint_le(peers(w, 1), 2);
}
END_TEST

START_TEST(a_frame_that_does_not_decrypt_ends_the_connection_silently)
{
	PARS_AUTO(world) w = world_pair(NULL);
	struct rogue r;
	rogue_connect(&r, w, 1, 50);
	ck_assert_uint_eq(peers(w, 1), 2);
	rogue_read(&r);
	size_t before = r.link->got.n;
	world_raw_send(w, r.link, unit_hex("0010" "00112233445566778899aabbccddeeff"));
	ck_assert(r.link->closed[0]);
	ck_assert_uint_eq(r.link->got.n, before);
	ck_assert_uint_eq(world_counter(w, 1, PARS_M_conn_bad_frame), 1);
	ck_assert_int_eq(w->nodes[1].last[PARS_HOST_PEER_DOWN].err, PARS_E_PEER_CRYPTO);
	rogue_done(&r);
	honest_goes_on(w);
}
END_TEST

START_TEST(a_frame_shorter_than_its_tag)
{
	PARS_AUTO(world) w = world_pair(NULL);
	struct rogue r;
	rogue_connect(&r, w, 1, 50);
	world_raw_send(w, r.link, unit_hex("000f"));
	ck_assert(r.link->closed[0]);
	ck_assert_uint_eq(world_counter(w, 1, PARS_M_conn_bad_frame), 1);
	rogue_done(&r);
	honest_goes_on(w);
}
END_TEST

START_TEST(empty_frames_are_legal)
{
	PARS_AUTO(world) w = world_pair(NULL);
	struct rogue r;
	rogue_connect(&r, w, 1, 50);
	for (int i = 0; i < 100; i++)
		rogue_send(&r, none);
	rogue_frame(&r, 2, SYN, 0, 42, none);
	rogue_read(&r);
	ck_assert(pars_bytes_equal(PARS_BYTES(pars_buf_bytes(&r.plain).p + r.plain.n - 12, 12),
		unit_hex("00020002000000000000002a")));
	ck_assert_uint_eq(peers(w, 1), 2);
	rogue_done(&r);
}
END_TEST

/* Each is one frame after which the connection is gone with a goaway. */
START_TEST(invalid_yamux_frames)
{
	static const struct { uint8_t type; uint16_t flags; uint32_t id, length; } bad[] = {
		{ 4, 0, 0, 0 }, { 0, SYN, 2, 0 }, { 0, 0, 0, 5 }, { 1, SYN, 0, 0 }, { 1, 0, 0, 7 },
	};
	PARS_AUTO(world) w = world_pair(NULL);
	for (size_t i = 0; i < PARS_COUNT(bad); i++) {
		struct rogue r;
		rogue_connect(&r, w, 1, (uint8_t)(50 + i));
		rogue_frame(&r, bad[i].type, bad[i].flags, bad[i].id, bad[i].length, none);
		ck_assert(r.link->closed[0]);
		ck_assert_uint_eq(world_counter(w, 1, PARS_M_yamux_bad_frame), i + 1);
		rogue_read(&r);
		ck_assert(pars_bytes_equal(PARS_BYTES(pars_buf_bytes(&r.plain).p + r.plain.n - 12, 12),
			unit_hex("000300000000000000000001")));
		ck_assert_int_eq(w->nodes[1].last[PARS_HOST_PEER_DOWN].err, PARS_E_PEER_PROTOCOL);
		rogue_done(&r);
	}
	honest_goes_on(w);
}
END_TEST

/* Opens a stream of the protocol and returns its id. */
static uint32_t rogue_open(struct rogue *r, uint32_t id, const char *protocol)
{
	PARS_AUTO_BUF mss = { 0 };
	pars_mss_propose(&mss, protocol);
	rogue_frame(r, 0, SYN, id, (uint32_t)mss.n, pars_buf_bytes(&mss));
	return id;
}

START_TEST(a_window_overrun_ends_the_connection)
{
	static uint8_t data[60000];
	PARS_AUTO(world) w = world_pair(NULL);
	struct rogue r;
	rogue_connect(&r, w, 1, 50);
	rogue_open(&r, 1, SILENT);
	struct world_stream *s = &w->streams[w->stream_count - 1];
	for (int i = 0; i < 5 && !r.link->closed[0]; i++)
		rogue_frame(&r, 0, 0, 1, sizeof data, PARS_BYTES_ARRAY(data));
	ck_assert(r.link->closed[0]);
	ck_assert_uint_le(s->received, 256 * 1024);
	ck_assert_uint_eq(world_counter(w, 1, PARS_M_yamux_window_overrun), 1);
	ck_assert_int_eq(w->nodes[1].last[PARS_HOST_PEER_DOWN].err, PARS_E_PEER_WINDOW);
	ck_assert(s->closed);
	rogue_done(&r);
	honest_goes_on(w);
}
END_TEST

START_TEST(ten_thousand_streams_are_refused_but_256)
{
	PARS_AUTO(world) w = world_pair(NULL);
	struct rogue r;
	rogue_connect(&r, w, 1, 50);
	for (uint32_t first = 1; first < 20000; first += 2 * 500) {
		PARS_AUTO_BUF plain = { 0 };
		for (uint32_t id = first; id < first + 2 * 500; id += 2) {
			uint8_t head[12] = { 0, 1, 0, SYN };
			pars_put_be32(head + 4, id);
			pars_buf_put(&plain, PARS_BYTES_ARRAY(head));
		}
		rogue_send(&r, pars_buf_bytes(&plain));
	}
	/* identify, which the host opened, is no stream of the peer's. */
	ck_assert_uint_eq(world_counter(w, 1, PARS_M_stream_refused), 10000 - 256);
	ck_assert_uint_eq(peers(w, 1), 2);
	honest_goes_on(w);
	world_pass(w, PARS_S(10));
	ck_assert_uint_ge(world_counter(w, 1, PARS_M_stream_timeout), 256);
	rogue_done(&r);
}
END_TEST

START_TEST(streams_are_limited_in_total)
{
	struct pars_host_limits limits = pars_host_default_limits;
	limits.streams_max = 10;
	PARS_AUTO(world) w = world_pair(&limits);
	struct rogue r;
	rogue_connect(&r, w, 1, 50);
	for (uint32_t i = 0; i < 20; i++)
		rogue_frame(&r, 1, SYN, 1 + 2 * i, 0, none);
	ck_assert_uint_ge(world_counter(w, 1, PARS_M_stream_refused), 10);
	rogue_frame(&r, 3, 0, 0, 0, none);
	world_pass(w, PARS_S(10));
	ck_assert_uint_eq(peers(w, 1), 1); /* said goodbye, and nothing is open */
	rogue_done(&r);
	honest_goes_on(w);
}
END_TEST

START_TEST(requests_without_reading_the_answers)
{
	PARS_AUTO(world) w = world_pair(NULL);
	struct rogue r;
	rogue_connect(&r, w, 1, 50);
	PARS_AUTO_BUF plain = { 0 };
	for (int i = 0; i < 5000; i++)
		pars_buf_put(&plain, unit_hex("000200010000000000000001"));
	struct world_node *n = &w->nodes[1];
	n->stalled = true;
	int rounds = 0;
	while (!r.link->closed[0] && rounds++ < 100)
		rogue_send(&r, pars_buf_bytes(&plain));
	ck_assert(r.link->closed[0]);
	ck_assert_uint_eq(world_counter(w, 1, PARS_M_yamux_bad_frame), 1);
	/* What it was given, and what waited, is within the bounds. */
	ck_assert_uint_lt(r.link->queue[0].n, 2 * 256 * 1024 + 65537);
	n->stalled = false;
	rogue_done(&r);
	world_run(w);
	honest_goes_on(w);
}
END_TEST

START_TEST(streams_that_ask_for_nothing_we_serve)
{
	PARS_AUTO(world) w = world_pair(NULL);
	struct rogue r;
	rogue_connect(&r, w, 1, 50);
	uint64_t before = world_counter(w, 1, PARS_M_stream_unsupported);
	rogue_open(&r, 1, "/nothing/1.0.0");
	rogue_frame(&r, 1, FIN, 1, 0, none);             /* refused, gave up */
	rogue_open(&r, 3, "/nothing/1.0.0");
	rogue_frame(&r, 1, RST, 3, 0, none);
	rogue_open(&r, 5, "/nothing/1.0.0");
	rogue_frame(&r, 0, 0, 5, 9, PARS_BYTES_STR("\x08lazy dat")); /* waits … */
	rogue_frame(&r, 0, 0, 5, 1, PARS_BYTES_STR("\n"));            /* … no proposal */
	rogue_frame(&r, 0, SYN, 7, 2, PARS_BYTES_STR("\xff\xff"));
	rogue_frame(&r, 0, SYN | FIN, 9, 0, none);
	ck_assert_uint_eq(world_counter(w, 1, PARS_M_stream_unsupported), before + 5);
	ck_assert_uint_eq(peers(w, 1), 2);
	rogue_done(&r);
	honest_goes_on(w);
}
END_TEST

START_TEST(a_proposal_with_its_end_is_answered)
{
	PARS_AUTO(world) w = world_pair(NULL);
	struct rogue r;
	PARS_AUTO_BUF mss = { 0 };
	rogue_connect(&r, w, 1, 50);
	rogue_read(&r);
	pars_buf_drop(&r.plain, r.plain.n);
	pars_mss_propose(&mss, ECHO);
	pars_buf_put(&mss, PARS_BYTES_STR("all at once"));
	rogue_frame(&r, 0, SYN | FIN, 1, (uint32_t)mss.n, pars_buf_bytes(&mss));
	rogue_read(&r);
	struct pars_bytes got = pars_buf_bytes(&r.plain);
	ck_assert_ptr_nonnull(memmem(got.p, got.n, "/echo/1.0.0\n", 12));
	ck_assert_ptr_nonnull(memmem(got.p, got.n, "all at once", 11));
	ck_assert(w->streams[w->stream_count - 1].closed);
	rogue_done(&r);
}
END_TEST

START_TEST(too_many_ping_and_identify_streams)
{
	PARS_AUTO(world) w = world_pair(NULL);
	struct rogue r;
	rogue_connect(&r, w, 1, 50);
	for (uint32_t i = 0; i < 5; i++)
		rogue_open(&r, 1 + 2 * i, "/ipfs/ping/1.0.0");
	ck_assert_uint_eq(world_counter(w, 1, PARS_M_stream_refused), 3);
	for (uint32_t i = 0; i < 5; i++)
		rogue_open(&r, 101 + 2 * i, "/ipfs/id/push/1.0.0");
	ck_assert_uint_eq(world_counter(w, 1, PARS_M_stream_refused), 4);
	rogue_done(&r);
	honest_goes_on(w);
}
END_TEST

static void push(struct rogue *r, uint32_t id, struct pars_bytes messages)
{
	rogue_open(r, id, "/ipfs/id/push/1.0.0");
	while (messages.n) {
		struct pars_bytes part = pars_bytes_take(&messages, PARS_MIN(messages.n, (size_t)60000));
		rogue_frame(r, 0, 0, id, (uint32_t)part.n, part);
	}
	rogue_frame(r, 1, FIN, id, 0, none);
}

START_TEST(bad_identify_messages)
{
	static uint8_t big[40000];
	PARS_AUTO(world) w = world_pair(NULL);
	struct rogue r;
	PARS_AUTO_BUF m = { 0 };
	uint8_t key[PARS_PUBLIC_KEY_ED25519_SIZE];
	rogue_connect(&r, w, 1, 50);
	push(&r, 1, unit_hex("05"));                     /* truncated */
	push(&r, 3, none);                               /* nothing at all */
	push(&r, 5, unit_hex("0308010b"));               /* a group */
	push(&r, 7, PARS_BYTES_ARRAY(big));              /* without end */
	pars_public_key_encode(&w->nodes[0].key.public, key);
	pars_identify_encode(&(struct pars_identify){ .public_key = PARS_BYTES_ARRAY(key) }, &m);
	push(&r, 9, pars_buf_bytes(&m));                 /* the key of another */
	pars_buf_drop(&m, m.n);
	pars_identify_encode(&(struct pars_identify){ .record = PARS_BYTES_STR("forged") }, &m);
	push(&r, 11, pars_buf_bytes(&m));
	ck_assert_uint_eq(world_counter(w, 1, PARS_M_identify_bad), 6);
	ck_assert_uint_eq(peers(w, 1), 2);
	rogue_done(&r);
	honest_goes_on(w);
}
END_TEST

START_TEST(strange_names_are_made_harmless)
{
	PARS_AUTO(world) w = world_pair(NULL);
	struct rogue r;
	PARS_AUTO_BUF m = { 0 };
	struct pars_identify said = { .agent = PARS_BYTES("bad\n\x1b[31m\xff", 10) };
	rogue_connect(&r, w, 1, 50);
	said.protocols[said.protocol_count++] = PARS_BYTES_STR("/with\nnewline");
	said.protocols[said.protocol_count++] = PARS_BYTES_STR("/good");
	said.listen[said.listen_count++] = PARS_BYTES_STR("no address");
	said.listen[said.listen_count++] = unit_hex("047f000001060fa0");
	pars_identify_encode(&said, &m);
	push(&r, 1, pars_buf_bytes(&m));
	const struct pars_host_peer *p = pars_host_peer(w->nodes[1].host, r.link->conn[0]);
	ck_assert_str_eq(p->agent, "bad??[31m?");
	ck_assert_uint_eq(p->protocol_count, 1);
	ck_assert_str_eq(p->protocols[0], "/good");
	ck_assert_uint_eq(p->listen_count, 1);
	rogue_done(&r);
}
END_TEST

START_TEST(a_peer_that_is_blamed_is_banned_and_kept_out)
{
	PARS_AUTO(world) w = world_pair(NULL);
	struct rogue r, again;
	rogue_connect(&r, w, 1, 50);
	world_begin(w, 1);
	pars_host_blame(w->nodes[1].host, r.link->conn[0], PARS_E_PEER_TIMEOUT);
	pars_host_blame(w->nodes[1].host, r.link->conn[0], PARS_E_BUSY);
	ck_assert_int_eq(pars_host_peer(w->nodes[1].host, r.link->conn[0])->score, -2);
	for (int i = 0; i < 3; i++)
		pars_host_blame(w->nodes[1].host, r.link->conn[0], PARS_E_PEER_SIGNATURE);
	world_run(w);
	ck_assert(r.link->closed[0] || r.link->closed[1]);
	ck_assert_uint_eq(world_counter(w, 1, PARS_M_peer_banned), 1);
	rogue_done(&r);
	rogue_connect(&again, w, 1, 50); /* the same key */
	ck_assert_uint_eq(peers(w, 1), 1);
	ck_assert_uint_eq(world_counter(w, 1, PARS_M_conn_refused), 1);
	rogue_done(&again);
	honest_goes_on(w);
	world_pass(w, PARS_S(601));
	rogue_connect(&again, w, 1, 50);
	ck_assert_uint_eq(peers(w, 1), 2);
	rogue_done(&again);
}
END_TEST

START_TEST(breaking_the_protocol_again_and_again_bans)
{
	PARS_AUTO(world) w = world_pair(NULL);
	for (int i = 0; i < 4; i++) {
		struct rogue r;
		rogue_connect(&r, w, 1, 50);
		rogue_frame(&r, 9, 0, 0, 0, none);
		rogue_done(&r);
	}
	ck_assert_uint_eq(world_counter(w, 1, PARS_M_peer_banned), 1);
	honest_goes_on(w);
}
END_TEST

START_TEST(ping_streams_that_are_never_read)
{
	static uint8_t data[32 * 1000];
	PARS_AUTO(world) w = world_pair(NULL);
	struct rogue r;
	rogue_connect(&r, w, 1, 50);
	rogue_open(&r, 1, "/ipfs/ping/1.0.0");
	uint64_t before = world_counter(w, 1, PARS_M_stream_opened);
	w->nodes[1].stalled = true;
	for (int i = 0; i < 20; i++)
		rogue_frame(&r, 0, 0, 1, sizeof data, PARS_BYTES_ARRAY(data));
	ck_assert_uint_eq(world_counter(w, 1, PARS_M_stream_opened), before);
	ck_assert_uint_lt(r.link->queue[0].n, 2 * 256 * 1024);
	w->nodes[1].stalled = false;
	rogue_done(&r);
	world_run(w);
	honest_goes_on(w);
}
END_TEST

START_TEST(a_ping_that_is_accepted_and_never_answered)
{
	PARS_AUTO(world) w = world_pair(NULL);
	struct rogue r;
	PARS_AUTO_BUF mss = { 0 };
	rogue_connect(&r, w, 1, 50);
	world_begin(w, 1);
	ck_assert_int_eq(pars_host_ping(w->nodes[1].host, r.link->conn[0]), PARS_OK);
	world_run(w);
	/* The host's streams are even: 2 is identify, 4 the ping. */
	pars_mss_propose(&mss, "/ipfs/ping/1.0.0");
	rogue_frame(&r, 0, ACK, 4, (uint32_t)mss.n, pars_buf_bytes(&mss));
	ck_assert_uint_eq(w->nodes[1].seen[PARS_HOST_PONG], 0);
	world_pass(w, PARS_S(11));
	ck_assert_uint_eq(w->nodes[1].seen[PARS_HOST_PONG], 1);
	ck_assert_int_eq(w->nodes[1].last[PARS_HOST_PONG].err, PARS_E_PEER_TIMEOUT);
	ck_assert_uint_ge(world_counter(w, 1, PARS_M_stream_timeout), 1);
	rogue_done(&r);
}
END_TEST

UNIT_CASE(host_hostile, garbage_instead_of_a_negotiation, garbage_instead_of_a_handshake,
	other_security_is_refused, slow_handshakes_time_out_and_are_limited,
	one_address_cannot_take_all_places,
	a_frame_that_does_not_decrypt_ends_the_connection_silently, a_frame_shorter_than_its_tag,
	empty_frames_are_legal, invalid_yamux_frames, a_window_overrun_ends_the_connection,
	ten_thousand_streams_are_refused_but_256, streams_are_limited_in_total,
	requests_without_reading_the_answers,
	streams_that_ask_for_nothing_we_serve, a_proposal_with_its_end_is_answered,
	too_many_ping_and_identify_streams, bad_identify_messages, strange_names_are_made_harmless,
	a_peer_that_is_blamed_is_banned_and_kept_out, breaking_the_protocol_again_and_again_bans,
	ping_streams_that_are_never_read, a_ping_that_is_accepted_and_never_answered);
