#include "session/invitation.h"
#include "session/session.h"
#include "tests/unit/unit.h"

#define ID "bafyreih2fyh75yriu6bgzgcl6qvgla6ifkapjzbxw3xs7nrfafve7jtvze"

static enum pars_err parse(const char *text, struct pars_invitation *in)
{
	struct pars_fault fault = { 0 };
	enum pars_err err = pars_invitation_parse(text, in, &fault);
	ck_assert(!err || fault.text[0]);
	return err;
}

START_TEST(an_invitation_comes_back_as_it_was)
{
	static const char address[] = "/ip4/192.0.2.1/tcp/7071/p2p/12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq";
	struct pars_invitation in, back;
	char text[PARS_INVITATION_MAX + 1];
	ck_assert(!parse("pars:" ID ",s=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8,x=later,a=/ip4/192.0.2.1/tcp/1", &in));
	ck_assert(in.has_secret);
	for (unsigned i = 0; i < PARS_SESSION_SECRET_SIZE; i++)
		ck_assert_uint_eq(in.secret[i], i);
	ck_assert_uint_eq(in.count, 1);
	for (in.count = 0; in.count < PARS_INVITATION_ADDRS_MAX; in.count++)
		in.addrs[in.count] = PARS_BYTES_STR(address);
	pars_invitation_text(&in, text);
	ck_assert_uint_le(strlen(text), PARS_INVITATION_MAX);
	ck_assert(!parse(text, &back));
	ck_assert(pars_digest_equal(&back.session, &in.session));
	ck_assert_mem_eq(back.secret, in.secret, sizeof in.secret);
	ck_assert_uint_eq(back.count, PARS_INVITATION_ADDRS_MAX);
	ck_assert(pars_bytes_equal(back.addrs[7], PARS_BYTES_STR(address)));
	ck_assert(!parse("pars:" ID, &back));
	ck_assert(!back.has_secret && !back.count);
}
END_TEST

START_TEST(damaged_invitations_are_refused)
{
	struct pars_invitation in;
	char text[1200];
	ck_assert_int_eq(parse("", &in), PARS_E_INVALID);
	ck_assert_int_eq(parse("pars:", &in), PARS_E_INVALID);
	ck_assert_int_eq(parse("pars:,s=", &in), PARS_E_INVALID);
	ck_assert_int_eq(parse("pars:" ID "x", &in), PARS_E_INVALID);
	ck_assert_int_eq(parse("pars:" ID ",s=AAEC", &in), PARS_E_INVALID);
	ck_assert_int_eq(parse("pars:" ID ",s=!", &in), PARS_E_INVALID);
	ck_assert_int_eq(parse("http:" ID, &in), PARS_E_INVALID);
	memset(text, 'a', sizeof text);
	memcpy(text, "pars:", 5);
	text[sizeof text - 1] = '\0';
	ck_assert_int_eq(parse(text, &in), PARS_E_TOO_LARGE);
}
END_TEST

/* SHA-256 over "pars-rendezvous-v1", 32 zero bytes and the day. */
START_TEST(private_sessions_move_every_day)
{
	struct pars_session s = { .is_private = true }, open = { 0 };
	const int64_t day_ns = (int64_t)86400 * 1000000000;
	ck_assert_int_eq(pars_session_day(0), 0);
	ck_assert_int_eq(pars_session_day(day_ns - 1), 0);
	ck_assert_int_eq(pars_session_day(day_ns), 1);
	ck_assert_int_eq(pars_session_day(-1), -1);
	uint8_t in[18 + 32 + 8] = "pars-rendezvous-v1";
	in[57] = 5;
	struct pars_digest want = pars_sha256(PARS_BYTES_ARRAY(in)), got;
	ck_assert(pars_session_rendezvous(&s, 5, &got));
	ck_assert(pars_digest_equal(&want, &got));
	ck_assert(pars_session_rendezvous(&s, 6, &got));
	ck_assert(!pars_digest_equal(&want, &got));
	ck_assert(pars_session_rendezvous(&open, 5, &got) && pars_session_rendezvous(&open, 6, &want));
	ck_assert(pars_digest_equal(&want, &got));
	/* Of a carried one it is what we were told, and for no other day. */
	s.is_carried = true;
	pars_session_set_rendezvous(&s, 10, PARS_BYTES(in, 32));
	ck_assert(pars_session_rendezvous(&s, 10, &got) && !memcmp(got.b, in, 32));
	ck_assert(!pars_session_rendezvous(&s, 9, &got) && !pars_session_rendezvous(&s, 11, &got));
	pars_buf_done(&s.carried_keys);
}
END_TEST

UNIT_CASE(invitation, an_invitation_comes_back_as_it_was, damaged_invitations_are_refused,
	private_sessions_move_every_day);
