#include "net/yamux.h"

#include "tests/unit/unit.h"

#define KIB 1024

static struct pars_yamux *session(bool dialer)
{
	return pars_yamux_new(&(struct pars_yamux_config){ .dialer = dialer, .inbound_max = 4,
		.send_max = 1 << 20, .seed = 1 });
}

/* Feeds one frame, whose event (if any) is returned. */
static enum pars_err feed(struct pars_yamux *y, const char *head, size_t data,
	struct pars_yamux_event *ev)
{
	static uint8_t zero[1 << 20];
	PARS_AUTO_BUF in = { 0 };
	pars_buf_put(&in, unit_hex(head));
	pars_buf_put(&in, PARS_BYTES(zero, data));
	struct pars_bytes rest = pars_buf_bytes(&in);
	return pars_yamux_next(y, &rest, ev);
}

static size_t sent(struct pars_yamux *y, uint8_t *out, size_t cap)
{
	return pars_yamux_fill(y, out, cap);
}

static void expect(struct pars_yamux *y, const char *hex)
{
	uint8_t out[4096];
	char got[8193];
	pars_hex(PARS_BYTES(out, sent(y, out, sizeof out)), got);
	ck_assert_str_eq(got, hex);
}

START_TEST(opening_writing_and_ending_on_the_wire)
{
	PARS_AUTO(pars_yamux) y = session(true);
	struct pars_yamux_stream *s = pars_yamux_open(y);
	ck_assert_uint_eq(s->id, 1);
	ck_assert_uint_eq(pars_yamux_write(y, s, PARS_BYTES_STR("hi")), 2);
	pars_yamux_finish(y, s);
	ck_assert_uint_eq(pars_yamux_write(y, s, PARS_BYTES_STR("no")), 0);
	expect(y, "000100010000000100000000" "000000000000000100000002" "6869" "000100040000000100000000");
	expect(y, "");
	ck_assert_uint_eq(pars_yamux_open(y)->id, 3);
}
END_TEST

START_TEST(inbound_syn_is_acknowledged_at_once)
{
	PARS_AUTO(pars_yamux) y = session(true);
	struct pars_yamux_event ev;
	ck_assert_int_eq(feed(y, "000100010000000200000000", 0, &ev), PARS_OK);
	ck_assert_int_eq(ev.type, PARS_YAMUX_OPENED);
	expect(y, "000100020000000200000000");
}
END_TEST

START_TEST(combined_flags_are_told_in_order)
{
	PARS_AUTO(pars_yamux) y = session(true);
	struct pars_yamux_event ev;
	struct pars_bytes in = unit_hex("000000050000000200000003" "616263");
	static const enum pars_yamux_event_type order[] = {
		PARS_YAMUX_OPENED, PARS_YAMUX_DATA, PARS_YAMUX_FIN, PARS_YAMUX_NONE
	};
	for (size_t i = 0; i < PARS_COUNT(order); i++) {
		ck_assert_int_eq(pars_yamux_next(y, &in, &ev), PARS_OK);
		ck_assert_int_eq(ev.type, order[i]);
	}
	/* Opened and reset in one frame: it never was. */
	ck_assert_int_eq(feed(y, "000100090000000400000000", 0, &ev), PARS_OK);
	ck_assert_int_eq(ev.type, PARS_YAMUX_NONE);
	ck_assert_uint_eq(pars_yamux_stream_count(y), 1);
}
END_TEST

START_TEST(frames_may_be_cut_anywhere)
{
	struct pars_bytes all = unit_hex("000000010000000200000003" "616263"
		"000000000000000200000002" "6465" "000100040000000200000000" "000200010000000000000007");
	for (size_t cut = 0; cut <= all.n; cut++) {
		PARS_AUTO(pars_yamux) y = session(true);
		PARS_AUTO_BUF got = { 0 };
		struct pars_yamux_event ev;
		bool fin = false;
		for (int half = 0; half < 2; half++) {
			struct pars_bytes in = half ? PARS_BYTES(all.p + cut, all.n - cut)
				: PARS_BYTES(all.p, cut);
			do {
				ck_assert_int_eq(pars_yamux_next(y, &in, &ev), PARS_OK);
				if (ev.type == PARS_YAMUX_DATA)
					pars_buf_put(&got, ev.data);
				fin |= ev.type == PARS_YAMUX_FIN;
			} while (ev.type);
		}
		ck_assert(fin);
		ck_assert(pars_bytes_equal(pars_buf_bytes(&got), PARS_BYTES_STR("abcde")));
		expect(y, "000100020000000200000000" "000200020000000000000007");
	}
}
END_TEST

START_TEST(fatal_frames)
{
	static const struct { const char *head; enum pars_err err; } bad[] = {
		{ "010000000000000200000000", PARS_E_PEER_PROTOCOL }, /* version */
		{ "000400000000000200000000", PARS_E_PEER_PROTOCOL }, /* type */
		{ "000000010000000100000000", PARS_E_PEER_PROTOCOL }, /* our parity */
		{ "000000010000000000000000", PARS_E_PEER_PROTOCOL }, /* session id */
		{ "000100000000000000000001", PARS_E_PEER_PROTOCOL },
		{ "000000010000000200040001", PARS_E_PEER_WINDOW },   /* too much with SYN */
	};
	for (size_t i = 0; i < PARS_COUNT(bad); i++) {
		PARS_AUTO(pars_yamux) y = session(true);
		struct pars_yamux_event ev;
		ck_assert_msg(feed(y, bad[i].head, 0, &ev) == bad[i].err, "%s", bad[i].head);
	}
}
END_TEST

START_TEST(a_second_syn_of_one_stream_is_fatal)
{
	PARS_AUTO(pars_yamux) y = session(true);
	struct pars_yamux_event ev;
	ck_assert_int_eq(feed(y, "000100010000000200000000", 0, &ev), PARS_OK);
	ck_assert_int_eq(feed(y, "000100010000000200000000", 0, &ev), PARS_E_PEER_PROTOCOL);
}
END_TEST

START_TEST(window_overrun_counts_all_that_came)
{
	PARS_AUTO(pars_yamux) y = session(true);
	struct pars_yamux_event ev;
	ck_assert_int_eq(feed(y, "000000010000000200040000", 0, &ev), PARS_OK);
	struct pars_yamux_stream *s = ev.stream;
	ck_assert_int_eq(ev.type, PARS_YAMUX_OPENED);
	ck_assert_uint_eq(s->receive_window, 0);
	static uint8_t zero[256 * KIB];
	struct pars_bytes in = PARS_BYTES_ARRAY(zero);
	ck_assert_int_eq(pars_yamux_next(y, &in, &ev), PARS_OK);
	ck_assert_uint_eq(ev.data.n, sizeof zero);
	ck_assert_int_eq(pars_yamux_next(y, &in, &ev), PARS_OK);
	/* Less than half consumed: nothing is announced, nothing may come. */
	pars_yamux_consumed(y, s, 128 * KIB - 1);
	expect(y, "000100020000000200000000");
	pars_yamux_consumed(y, s, 1);
	expect(y, "000100000000000200020000");
	ck_assert_uint_eq(s->receive_window, 128 * KIB);
	/* More than came cannot be consumed. */
	pars_yamux_consumed(y, s, 1 << 30);
	expect(y, "000100000000000200020000");
	ck_assert_uint_eq(s->receive_window, 256 * KIB);
	ck_assert_int_eq(feed(y, "000000000000000200040001", 0, &ev), PARS_E_PEER_WINDOW);
}
END_TEST

START_TEST(no_more_is_sent_than_the_window_and_deltas_add)
{
	PARS_AUTO(pars_yamux) y = session(true);
	static uint8_t out[1 << 20], data[1 << 19];
	struct pars_yamux_event ev;
	struct pars_yamux_stream *s = pars_yamux_open(y);
	ck_assert_uint_eq(pars_yamux_write(y, s, PARS_BYTES_ARRAY(data)), sizeof data);
	ck_assert_uint_eq(sent(y, out, sizeof out), 12 + 12 + 256 * KIB);
	ck_assert_uint_eq(sent(y, out, sizeof out), 0);
	ck_assert(!pars_yamux_pending(y));
	ck_assert_int_eq(feed(y, "000100020000000100000010", 0, &ev), PARS_OK);
	ck_assert_int_eq(feed(y, "000100000000000100000010", 0, &ev), PARS_OK);
	ck_assert_uint_eq(sent(y, out, sizeof out), 12 + 32);
	/* Credit that a reset carries is an error code, and overflow is fatal. */
	ck_assert_int_eq(feed(y, "0001000000000001ffffffff", 0, &ev), PARS_OK);
	ck_assert_int_eq(feed(y, "0001000000000001ffffffff", 0, &ev), PARS_E_PEER_PROTOCOL);
}
END_TEST

START_TEST(what_is_sent_to_closed_streams_is_thrown_away)
{
	PARS_AUTO(pars_yamux) y = session(true);
	struct pars_yamux_event ev;
	struct pars_yamux_stream *s = pars_yamux_open(y);
	pars_yamux_stream_free(y, s, true);
	expect(y, "000100010000000100000000" "000100080000000100000000");
	ck_assert_int_eq(feed(y, "000000000000000100000005", 5, &ev), PARS_OK);
	ck_assert_int_eq(ev.type, PARS_YAMUX_NONE);
	ck_assert_int_eq(feed(y, "000000000000006300001000", 4096, &ev), PARS_OK);
	ck_assert_int_eq(ev.type, PARS_YAMUX_NONE);
	ck_assert_int_eq(feed(y, "000100080000000100000002", 0, &ev), PARS_OK);
	ck_assert_int_eq(ev.type, PARS_YAMUX_NONE);
}
END_TEST

START_TEST(a_stream_freed_inside_its_frame)
{
	PARS_AUTO(pars_yamux) y = session(true);
	struct pars_yamux_event ev;
	struct pars_bytes in = unit_hex("000000010000000200000004" "6161");
	ck_assert_int_eq(pars_yamux_next(y, &in, &ev), PARS_OK);
	struct pars_yamux_stream *s = ev.stream;
	ck_assert_int_eq(pars_yamux_next(y, &in, &ev), PARS_OK);
	ck_assert_int_eq(ev.type, PARS_YAMUX_DATA);
	pars_yamux_stream_free(y, s, true);
	in = unit_hex("6161" "000200010000000000000001");
	ck_assert_int_eq(pars_yamux_next(y, &in, &ev), PARS_OK);
	ck_assert_int_eq(ev.type, PARS_YAMUX_NONE);
}
END_TEST

START_TEST(streams_beyond_the_limit_are_reset)
{
	PARS_AUTO(pars_yamux) y = session(false);
	struct pars_yamux_event ev;
	static const char *const syn[] = { "000100010000000100000000", "000100010000000300000000",
		"000100010000000500000000", "000100010000000700000000" };
	for (size_t i = 0; i < 4; i++)
		ck_assert_int_eq(feed(y, syn[i], 0, &ev), PARS_OK);
	pars_yamux_fill(y, (uint8_t[512]){ 0 }, 512);
	ck_assert_int_eq(feed(y, "000000010000000900000004", 4, &ev), PARS_OK);
	ck_assert_int_eq(ev.type, PARS_YAMUX_REFUSED);
	expect(y, "000100080000000900000000");
}
END_TEST

START_TEST(a_flood_of_requests_that_is_never_read_ends)
{
	PARS_AUTO(pars_yamux) y = session(false);
	struct pars_yamux_event ev;
	enum pars_err err = PARS_OK;
	size_t n = 0;
	while (!err && n++ < 1 << 20)
		err = feed(y, "000200010000000000000001", 0, &ev);
	ck_assert_int_eq(err, PARS_E_PEER_TOO_LARGE);
	ck_assert_uint_le(n, PARS_YAMUX_CONTROL_MAX / 12 + 2);
}
END_TEST

START_TEST(pings_are_echoed_and_answers_told)
{
	PARS_AUTO(pars_yamux) y = session(true);
	struct pars_yamux_event ev;
	ck_assert_int_eq(feed(y, "0002000100000000deadbeef", 0, &ev), PARS_OK);
	expect(y, "0002000200000000deadbeef");
	pars_yamux_ping(y, 7);
	expect(y, "000200010000000000000007");
	ck_assert_int_eq(feed(y, "000200020000000000000007", 0, &ev), PARS_OK);
	ck_assert_int_eq(ev.type, PARS_YAMUX_PONG);
	ck_assert_uint_eq(ev.value, 7);
	expect(y, "");
}
END_TEST

START_TEST(after_goaway_none_are_opened)
{
	PARS_AUTO(pars_yamux) y = session(true);
	struct pars_yamux_event ev;
	ck_assert_int_eq(feed(y, "000300000000000000000000", 0, &ev), PARS_OK);
	ck_assert_int_eq(ev.type, PARS_YAMUX_GOAWAY);
	ck_assert_ptr_null(pars_yamux_open(y));
	PARS_AUTO(pars_yamux) z = session(true);
	pars_yamux_goaway(z, PARS_YAMUX_NORMAL);
	pars_yamux_goaway(z, PARS_YAMUX_NORMAL);
	expect(z, "000300000000000000000000");
	ck_assert_int_eq(feed(z, "000100010000000200000000", 0, &ev), PARS_OK);
	ck_assert_int_eq(ev.type, PARS_YAMUX_REFUSED);
}
END_TEST

START_TEST(own_unacknowledged_streams_are_bounded)
{
	PARS_AUTO(pars_yamux) y = session(true);
	struct pars_yamux_event ev;
	for (int i = 0; i < PARS_YAMUX_UNACKED_MAX; i++)
		ck_assert_ptr_nonnull(pars_yamux_open(y));
	ck_assert_ptr_null(pars_yamux_open(y));
	ck_assert_int_eq(feed(y, "000100020000000300000000", 0, &ev), PARS_OK);
	ck_assert_ptr_nonnull(pars_yamux_open(y));
}
END_TEST

START_TEST(data_takes_turns_and_control_goes_first)
{
	PARS_AUTO(pars_yamux) y = session(true);
	static uint8_t data[200 * KIB], out[65519];
	struct pars_yamux_stream *s[3];
	size_t seen[3] = { 0 };
	for (int i = 0; i < 3; i++) {
		s[i] = pars_yamux_open(y);
		pars_yamux_write(y, s[i], PARS_BYTES_ARRAY(data));
	}
	pars_yamux_ping(y, 1);
	size_t n = pars_yamux_fill(y, out, sizeof out), at = 0;
	for (int i = 0; i < 4; i++, at += 12)
		ck_assert_uint_ne(out[at + 1], 0);
	while (at < n) {
		ck_assert_uint_eq(out[at + 1], 0);
		seen[pars_be32(out + at + 4) / 2] += pars_be32(out + at + 8);
		at += 12 + pars_be32(out + at + 8);
	}
	for (int i = 0; i < 3; i++)
		ck_assert_uint_ge(seen[i], 16 * KIB);
	ck_assert_uint_gt(n, 65000);
}
END_TEST

START_TEST(held_data_and_ends_wait)
{
	PARS_AUTO(pars_yamux) y = session(true);
	struct pars_yamux_stream *s = pars_yamux_open(y);
	pars_yamux_write(y, s, PARS_BYTES_STR("a"));
	pars_yamux_hold(y, s, true);
	pars_yamux_write(y, s, PARS_BYTES_STR("b"));
	pars_yamux_finish(y, s);
	expect(y, "000100010000000100000000" "000000000000000100000001" "61");
	expect(y, "");
	pars_yamux_unhold(y, s);
	expect(y, "000000000000000100000001" "62" "000100040000000100000000");
}
END_TEST

UNIT_CASE(yamux, opening_writing_and_ending_on_the_wire, inbound_syn_is_acknowledged_at_once,
	combined_flags_are_told_in_order, frames_may_be_cut_anywhere, fatal_frames,
	a_second_syn_of_one_stream_is_fatal, window_overrun_counts_all_that_came,
	no_more_is_sent_than_the_window_and_deltas_add,
	what_is_sent_to_closed_streams_is_thrown_away, a_stream_freed_inside_its_frame,
	streams_beyond_the_limit_are_reset, a_flood_of_requests_that_is_never_read_ends,
	pings_are_echoed_and_answers_told, after_goaway_none_are_opened,
	own_unacknowledged_streams_are_bounded, data_takes_turns_and_control_goes_first,
	held_data_and_ends_wait);
