#include "net/connection.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "tests/unit/unit.h"

struct side {
	struct pars_noise_identity identity;
	struct pars_rng rng;
	struct pars_connection *c;
	struct pars_arena arena;
	struct pars_peer_id id;
	bool up;
	struct pars_buf got; /* stream data */
};

static uint8_t scratch[PARS_CONNECTION_SCRATCH];

static void side_init(struct side *s, bool dialer, bool late, const struct pars_peer_id *expect)
{
	uint8_t seed[32] = { dialer ? 1 : 2 };
	struct pars_ed25519_pair key;
	pars_rng_init(&s->rng, seed);
	pars_ed25519_pair_from_seed(&key, seed);
	pars_peer_id_from_ed25519(&key.public, &s->id);
	pars_noise_identity_init(&s->identity, &key, seed);
	s->c = pars_connection_new(&(struct pars_connection_config){ .identity = &s->identity,
		.expect = expect, .dialer = dialer, .late_muxer = late, .streams_max = 8,
		.stream_send_max = 1000, .rng = &s->rng });
}

static void side_done(struct side *s)
{
	pars_connection_free(s->c);
	pars_arena_done(&s->arena);
	pars_buf_done(&s->got);
}

static enum pars_err receive(struct side *s, struct pars_bytes in)
{
	struct pars_connection_event ev;
	enum pars_err err;
	do {
		/* Input that is touched after the call would be noticed. */
		uint8_t *copy = pars_alloc(in.n);
		if (in.n)
			memcpy(copy, in.p, in.n);
		struct pars_bytes rest = PARS_BYTES(copy, in.n);
		err = pars_connection_next(s->c, &rest, &s->arena, &ev);
		pars_bytes_take(&in, in.n - rest.n);
		s->up |= ev.up;
		if (!err && ev.stream.type == PARS_YAMUX_DATA)
			pars_buf_put(&s->got, ev.stream.data);
		free(copy);
	} while (!err && (ev.up || ev.stream.type));
	return err;
}

/* Carries bytes both ways until it is quiet; each direction is cut at `cut`. */
static enum pars_err run(struct side *a, struct side *b, size_t cut)
{
	struct side *from[2] = { a, b };
	size_t carried[2] = { 0 };
	enum pars_err err;
	for (int quiet = 0, i = 0; quiet < 2; i = !i) {
		struct pars_bytes out = pars_connection_send(from[i]->c, &from[i]->arena, scratch);
		quiet = out.n ? 0 : quiet + 1;
		if (carried[i] < cut && carried[i] + out.n > cut) {
			size_t n = cut - carried[i];
			if ((err = receive(from[!i], PARS_BYTES(out.p, n))))
				return err;
			carried[i] += n;
			pars_bytes_take(&out, n);
		}
		carried[i] += out.n;
		if ((err = receive(from[!i], out)))
			return err;
	}
	return PARS_OK;
}

static void check_all_cuts(bool late_a, bool late_b)
{
	for (size_t cut = 0; cut < 700; cut++) {
		struct side a = { 0 }, b = { 0 };
		side_init(&b, false, late_b, NULL);
		side_init(&a, true, late_a, &b.id);
		ck_assert_int_eq(run(&a, &b, cut), PARS_OK);
		ck_assert(a.up && b.up);
		ck_assert(pars_peer_id_equal(pars_connection_peer(a.c), &b.id));
		ck_assert(pars_peer_id_equal(pars_connection_peer(b.c), &a.id));
		struct pars_yamux *y = pars_connection_yamux(a.c);
		pars_yamux_write(y, pars_yamux_open(y), PARS_BYTES_STR("through"));
		ck_assert_int_eq(run(&a, &b, 0), PARS_OK);
		ck_assert(pars_bytes_equal(pars_buf_bytes(&b.got), PARS_BYTES_STR("through")));
		side_done(&a);
		side_done(&b);
	}
}

START_TEST(early_muxer_cut_at_every_byte)
{
	check_all_cuts(false, false);
}
END_TEST

START_TEST(late_muxer_cut_at_every_byte)
{
	check_all_cuts(true, true);
}
END_TEST

START_TEST(only_one_side_offers_its_muxer_early)
{
	check_all_cuts(true, false);
	check_all_cuts(false, true);
}
END_TEST

START_TEST(another_peer_than_expected_is_not_told_who_we_are)
{
	struct side a = { 0 }, b = { 0 };
	struct pars_peer_id other;
	side_init(&b, false, false, NULL);
	ck_assert_int_eq(pars_peer_id_parse("12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp",
		&other), PARS_OK);
	side_init(&a, true, false, &other);
	ck_assert_int_eq(run(&a, &b, 0), PARS_E_PEER_WRONG_ID);
	ck_assert_uint_eq(pars_connection_send(a.c, &a.arena, scratch).n, 0);
	ck_assert(!a.up && !b.up);
	side_done(&a);
	side_done(&b);
}
END_TEST

/* Every single bit of the dialer's and the listener's handshake messages. */
START_TEST(a_flipped_bit_never_connects)
{
	for (int who = 0; who < 2; who++) {
		for (size_t bit = 0; bit < 8 * 600; bit += 3) {
			struct side s[2] = { 0 };
			size_t seen = 0;
			enum pars_err err = PARS_OK;
			bool flipped = false;
			side_init(&s[1], false, false, NULL);
			side_init(&s[0], true, false, &s[1].id);
			for (int quiet = 0, i = 0; !err && quiet < 2; i = !i) {
				struct pars_bytes out = pars_connection_send(s[i].c, &s[i].arena, scratch);
				quiet = out.n ? 0 : quiet + 1;
				if (i == who && bit / 8 >= seen && bit / 8 < seen + out.n) {
					((uint8_t *)out.p)[bit / 8 - seen] ^= (uint8_t)(1 << bit % 8);
					flipped = true;
				}
				if (i == who)
					seen += out.n;
				err = receive(&s[!i], out);
			}
			/* A changed length waits for more; all else is an error. The
			 * dialer may be up before the listener has judged message 3. */
			if (flipped)
				ck_assert(err || !s[1].up || !s[0].up);
			side_done(&s[0]);
			side_done(&s[1]);
		}
	}
}
END_TEST

START_TEST(frames_in_transit_cannot_be_changed_replayed_or_swapped)
{
	for (int attack = 0; attack < 3; attack++) {
		struct side a = { 0 }, b = { 0 };
		side_init(&b, false, false, NULL);
		side_init(&a, true, false, &b.id);
		ck_assert_int_eq(run(&a, &b, 0), PARS_OK);
		struct pars_yamux *y = pars_connection_yamux(a.c);
		pars_yamux_ping(y, 1);
		struct pars_bytes first = pars_connection_send(a.c, &a.arena, scratch);
		pars_yamux_ping(y, 2);
		struct pars_bytes second = pars_connection_send(a.c, &a.arena, scratch);
		if (attack == 0)
			((uint8_t *)first.p)[5] ^= 1;
		if (attack == 1) {
			ck_assert_int_eq(receive(&b, first), PARS_OK);
			second = first;
		}
		ck_assert_int_eq(receive(&b, attack ? second : first), PARS_E_PEER_CRYPTO);
		side_done(&a);
		side_done(&b);
	}
}
END_TEST

UNIT_CASE(connection, early_muxer_cut_at_every_byte, late_muxer_cut_at_every_byte,
	only_one_side_offers_its_muxer_early, another_peer_than_expected_is_not_told_who_we_are,
	a_flipped_bit_never_connects, frames_in_transit_cannot_be_changed_replayed_or_swapped);
