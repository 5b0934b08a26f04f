#include "net/multistream.h"

#include "tests/unit/unit.h"

static const char *const served[] = { "/a/1.0.0", "/b/1.0.0" };

/* Feeds `text` to a listener in pieces of `chunk` bytes. */
static enum pars_err listen_to(struct pars_bytes in, size_t chunk, struct pars_buf *out,
	size_t *which, struct pars_bytes *rest)
{
	struct pars_mss m = { 0 };
	enum pars_err err = PARS_E_NOT_READY;
	while (err == PARS_E_NOT_READY && in.n) {
		size_t n = PARS_MIN(chunk, in.n);
		struct pars_bytes piece = PARS_BYTES(in.p, n);
		err = pars_mss_listen(&m, &piece, served, PARS_COUNT(served), out, which);
		pars_bytes_take(&in, n - piece.n);
	}
	*rest = in;
	pars_mss_done(&m);
	return err;
}

START_TEST(listener_answers_and_leaves_the_rest)
{
	for (size_t chunk = 1; chunk < 64; chunk++) {
		PARS_AUTO_BUF in = { 0 };
		PARS_AUTO_BUF out = { 0 };
		PARS_AUTO_BUF want = { 0 };
		struct pars_bytes rest;
		size_t which;
		pars_mss_propose(&in, "/b/1.0.0");
		pars_mss_propose(&want, "/b/1.0.0"); /* the answer reads the same */
		pars_buf_put(&in, PARS_BYTES_STR("lazy data"));
		ck_assert_int_eq(listen_to(pars_buf_bytes(&in), chunk, &out, &which, &rest), PARS_OK);
		ck_assert_uint_eq(which, 1);
		ck_assert(pars_bytes_equal(pars_buf_bytes(&out), pars_buf_bytes(&want)));
		ck_assert(pars_bytes_equal(rest, PARS_BYTES_STR("lazy data")));
	}
}
END_TEST

START_TEST(listener_refuses_and_hears_the_next_proposal)
{
	PARS_AUTO_BUF out = { 0 };
	struct pars_bytes rest;
	size_t which;
	const char in[] = "\x13/multistream/1.0.0\n\x09/c/1.0.0\n\x09/a/1.0.0\n";
	ck_assert_int_eq(listen_to(PARS_BYTES(in, sizeof in - 1), 5, &out, &which, &rest), PARS_OK);
	ck_assert_uint_eq(which, 0);
	ck_assert(pars_bytes_equal(pars_buf_bytes(&out),
		PARS_BYTES_STR("\x13/multistream/1.0.0\n\x03na\n\x09/a/1.0.0\n")));
}
END_TEST

START_TEST(listener_refuses_what_is_no_negotiation)
{
	static const struct { const char *in; size_t n; enum pars_err err; } bad[] = {
		{ "\x13/multistream/2.0.0\n", 20, PARS_E_PEER_PROTOCOL },
		{ "\x04GET \n", 6, PARS_E_PEER_PROTOCOL },
		{ "\x00", 1, PARS_E_PEER_PROTOCOL },
		{ "\x80\x00", 2, PARS_E_PEER_PROTOCOL },
		{ "\x81\x08", 2, PARS_E_PEER_TOO_LARGE },
		{ "\xff\xff", 2, PARS_E_PEER_TOO_LARGE },
		{ "\x13/multistream/1.0.0X", 20, PARS_E_PEER_PROTOCOL },
		{ "\x13/multistream/1.0.0\n\x05junk\n", 26, PARS_E_PEER_PROTOCOL },
	};
	for (size_t i = 0; i < PARS_COUNT(bad); i++)
		for (size_t chunk = 1; chunk < 30; chunk++) {
			PARS_AUTO_BUF out = { 0 };
			struct pars_bytes rest;
			size_t which;
			ck_assert_int_eq(listen_to(PARS_BYTES(bad[i].in, bad[i].n), chunk, &out, &which,
				&rest), bad[i].err);
		}
}
END_TEST

START_TEST(listener_tires_of_proposals)
{
	PARS_AUTO_BUF in = { 0 };
	PARS_AUTO_BUF out = { 0 };
	struct pars_bytes rest;
	size_t which;
	pars_buf_put(&in, PARS_BYTES_STR("\x13/multistream/1.0.0\n"));
	for (int i = 0; i < 100; i++)
		pars_buf_put(&in, PARS_BYTES_STR("\x09/c/1.0.0\n"));
	ck_assert_int_eq(listen_to(pars_buf_bytes(&in), 1000, &out, &which, &rest),
		PARS_E_PEER_UNSUPPORTED);
	ck_assert_uint_eq(out.n, 20 + PARS_MSS_PROPOSALS_MAX * 4);
}
END_TEST

static enum pars_err dial_hears(const char *text, size_t chunk)
{
	struct pars_mss m = { 0 };
	struct pars_bytes in = PARS_BYTES_STR(text);
	enum pars_err err = PARS_E_NOT_READY;
	while (err == PARS_E_NOT_READY && in.n) {
		struct pars_bytes piece = pars_bytes_take(&in, PARS_MIN(chunk, in.n));
		err = pars_mss_dial(&m, &piece, "/a/1.0.0");
	}
	pars_mss_done(&m);
	return err;
}

START_TEST(dialer_hears_all_answers)
{
	for (size_t chunk = 1; chunk < 40; chunk++) {
		ck_assert_int_eq(dial_hears("\x13/multistream/1.0.0\n\x09/a/1.0.0\n", chunk), PARS_OK);
		ck_assert_int_eq(dial_hears("\x13/multistream/1.0.0\n\x03na\n", chunk),
			PARS_E_PEER_UNSUPPORTED);
		ck_assert_int_eq(dial_hears("\x13/multistream/1.0.0\n\x09/b/1.0.0\n", chunk),
			PARS_E_PEER_PROTOCOL);
		ck_assert_int_eq(dial_hears("\x09/a/1.0.0\n", chunk), PARS_E_PEER_PROTOCOL);
		ck_assert_int_eq(dial_hears("\x13/multistream/1.0.0\n\x09/a/1.0.", chunk),
			PARS_E_NOT_READY);
	}
}
END_TEST

UNIT_CASE(multistream, listener_answers_and_leaves_the_rest,
	listener_refuses_and_hears_the_next_proposal, listener_refuses_what_is_no_negotiation,
	listener_tires_of_proposals, dialer_hears_all_answers);
