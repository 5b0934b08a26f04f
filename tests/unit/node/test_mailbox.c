/* Sessions carried for those who are away: 1 writes, 3 carries, 2 comes later. */
#include <stdio.h>

#include "tests/unit/node/bed.h"

static void anybody(int party, struct pars_node_config *config)
{
	(void)party;
	config->relay_mode = PARS_RELAY_ON;
}

static void small(int party, struct pars_node_config *config)
{
	anybody(party, config);
	config->relay = (struct pars_relay_limits){ .session_bytes = 2000, .days = 1 };
}

static void nobody(int party, struct pars_node_config *config)
{
	(void)party;
	config->relay_mode = PARS_RELAY_OFF;
}

static const char *session_new(struct bed *b, bool is_private, struct pars_arena *a)
{
	const char *id = NULL;
	struct pars_fault fault;
	enum pars_err err = PARS_OK;
	BED_CALL(b, 1, err = pars_session_new(b->party[1].node, "harbour", "one", is_private, a, &id, &fault));
	ck_assert_msg(!err, "%s", fault.text);
	snprintf(b->session, sizeof b->session, "%s", id);
	return id;
}

static void say(struct bed *b, int i, unsigned times)
{
	PARS_AUTO_ARENA a = { 0 };
	const char *id;
	enum pars_err err = PARS_OK;
	while (times--) {
		BED_CALL(b, i, err = pars_session_send(b->party[i].node, "harbour", "a ship came in", &a, &id, NULL));
		ck_assert_int_eq(err, PARS_OK);
	}
	bed_pass(b, PARS_S(2));
}

/* 1 asks 3; what came of it. */
static struct pars_mailbox_row ask(struct bed *b, struct pars_arena *a)
{
	struct pars_fault fault;
	struct pars_mailbox_page page;
	enum pars_err err = PARS_OK;
	BED_CALL(b, 1, err = pars_mailbox_add(b->party[1].node, "harbour", b->party[3].address, &fault));
	ck_assert_msg(!err, "%s", fault.text);
	bed_pass(b, PARS_S(5));
	pars_mailbox_list(b->party[1].node, a, &page);
	ck_assert_uint_eq(page.count, 1);
	return page.list[0];
}

static struct pars_relay_row carried(struct bed *b, struct pars_arena *a)
{
	struct pars_relay_page page;
	pars_relay_list(b->party[3].node, a, &page);
	return page.count ? page.list[0] : (struct pars_relay_row){ .session = "" };
}

static void join(struct bed *b, int i, const char *invitation, const char *address)
{
	struct pars_fault fault;
	enum pars_err err = PARS_OK;
	BED_CALL(b, i, err = pars_session_join(b->party[i].node, invitation, address, "later", &fault));
	ck_assert_msg(!err, "%s", fault.text);
	bed_pass(b, PARS_S(5));
}

static void check_member(struct bed *b, int i, uint64_t messages)
{
	PARS_AUTO_ARENA a = { 0 };
	struct pars_session_info info;
	struct pars_member_page members;
	ck_assert_int_eq(pars_session_show(b->party[i].node, b->session, &a, &info, NULL), PARS_OK);
	ck_assert_str_eq(info.state, "member");
	ck_assert_str_eq(info.name, "harbour");
	ck_assert_uint_eq(info.messages, messages);
	ck_assert_int_eq(pars_session_members(b->party[i].node, b->session, NULL, 10, &a, &members, NULL), PARS_OK);
	ck_assert_str_eq(members.list[0].nick, "one");
}

START_TEST(who_comes_later_gets_all)
{
	struct bed *b = bed_new_with(false, anybody);
	PARS_AUTO_ARENA a = { 0 };
	const char *invitation;
	struct pars_fault fault;
	session_new(b, true, &a);
	ck_assert_int_eq(pars_session_invite(b->party[1].node, "harbour", &a, &invitation, &fault), PARS_OK);
	say(b, 1, 3);
	struct pars_mailbox_row row = ask(b, &a);
	ck_assert_msg(row.carries, "%s", row.result);
	say(b, 1, 4);
	ck_assert_uint_eq(carried(b, &a).vertices, 8);
	ck_assert_uint_eq(carried(b, &a).requesters.count, 1);
	BED_CALL(b, 1, pars_pause(b->party[1].node));
	bed_pass(b, PARS_S(1));
	join(b, 2, invitation, b->party[3].address);
	check_member(b, 2, 7);
	/* And what 2 writes waits for 1, who comes back when 2 is gone. */
	say(b, 2, 2);
	BED_CALL(b, 2, pars_pause(b->party[2].node));
	BED_CALL(b, 1, pars_resume(b->party[1].node));
	bed_pass(b, PARS_S(20));
	check_member(b, 1, 9);
	/* The one that carries is in no session, and shows nothing of it. */
	struct pars_session_page sessions;
	struct pars_status st;
	ck_assert_int_eq(pars_session_list(b->party[3].node, NULL, 10, &a, &sessions, NULL), PARS_OK);
	ck_assert_uint_eq(sessions.count, 0);
	pars_status_get(b->party[3].node, &a, &st);
	ck_assert_uint_eq(st.sessions, 0);
	struct pars_session_info info;
	ck_assert_int_eq(pars_session_show(b->party[3].node, b->session, &a, &info, NULL), PARS_E_NOT_FOUND);
	bed_free(b);
}
END_TEST

START_TEST(friends_only)
{
	struct bed *b = bed_new();
	PARS_AUTO_ARENA a = { 0 };
	enum pars_err err = PARS_OK;
	session_new(b, false, &a);
	struct pars_mailbox_row row = ask(b, &a);
	ck_assert(!row.carries);
	ck_assert_ptr_nonnull(strstr(row.result, "friends only"));
	ck_assert_uint_eq(bed_counter(b, 3, PARS_M_relay_refused), 1);
	BED_CALL(b, 3, err = pars_peer_verify(b->party[3].node, strrchr(b->party[1].address, '/') + 1, true, NULL));
	ck_assert_int_eq(err, PARS_OK);
	bed_pass(b, PARS_S(60));
	struct pars_mailbox_page page;
	pars_mailbox_list(b->party[1].node, &a, &page);
	ck_assert_msg(page.list[0].carries, "%s", page.list[0].result);
	bed_free(b);
}
END_TEST

START_TEST(off)
{
	struct bed *b = bed_new_with(false, nobody);
	PARS_AUTO_ARENA a = { 0 };
	session_new(b, false, &a);
	struct pars_mailbox_row row = ask(b, &a);
	ck_assert(!row.carries);
	ck_assert_str_eq(row.result, "this node carries nothing for others");
	bed_free(b);
}
END_TEST

START_TEST(a_quota_is_kept)
{
	struct bed *b = bed_new_with(false, small);
	PARS_AUTO_ARENA a = { 0 };
	session_new(b, false, &a);
	ck_assert(ask(b, &a).carries);
	say(b, 1, 20);
	struct pars_relay_row row = carried(b, &a);
	ck_assert_uint_gt(row.vertices, 1);
	ck_assert_uint_le(row.bytes, 2000);
	ck_assert(row.full);
	ck_assert_uint_ge(bed_counter(b, 3, PARS_M_relay_full), 1);
	ck_assert_uint_lt(bed_counter(b, 3, PARS_M_relay_full), 1000); /* nobody insists all the time */
	bed_free(b);
}
END_TEST

START_TEST(dropped_and_carried_again)
{
	struct bed *b = bed_new_with(false, anybody);
	PARS_AUTO_ARENA a = { 0 };
	enum pars_err err = PARS_OK;
	const char *id = session_new(b, false, &a);
	const char *mailbox = strrchr(b->party[3].address, '/') + 1;
	ck_assert(ask(b, &a).carries);
	say(b, 1, 5);
	BED_CALL(b, 1, err = pars_mailbox_remove(b->party[1].node, "harbour", mailbox, NULL));
	ck_assert_int_eq(err, PARS_OK);
	bed_pass(b, PARS_S(2));
	ck_assert_str_eq(carried(b, &a).session, "");
	struct pars_storage_info storage;
	ck_assert_int_eq(pars_storage_get(b->party[3].node, &a, &storage, NULL), PARS_OK);
	ck_assert_uint_eq(storage.vertices, 0);
	ck_assert(ask(b, &a).carries);
	bed_pass(b, PARS_S(2));
	ck_assert_uint_eq(carried(b, &a).vertices, 6);
	BED_CALL(b, 3, err = pars_relay_drop(b->party[3].node, id, NULL));
	ck_assert_int_eq(err, PARS_OK);
	BED_CALL(b, 3, err = pars_relay_drop(b->party[3].node, id, NULL));
	ck_assert_int_eq(err, PARS_E_NOT_FOUND);
	bed_free(b);
}
END_TEST

/* Its time is over when nobody asked for so many days of running. */
START_TEST(time_runs_out)
{
	struct bed *b = bed_new_with(false, small);
	PARS_AUTO_ARENA a = { 0 };
	session_new(b, false, &a);
	ck_assert(ask(b, &a).carries);
	BED_CALL(b, 1, pars_pause(b->party[1].node));
	for (int hours = 0; hours < 25; hours++) {
		b->now += PARS_S(3600);
		BED_CALL(b, 3, (void)0);
	}
	ck_assert_str_eq(carried(b, &a).session, "");
	bed_free(b);
}
END_TEST

START_TEST(what_was_carried_becomes_ones_own)
{
	struct bed *b = bed_new_with(false, anybody);
	PARS_AUTO_ARENA a = { 0 };
	const char *id = session_new(b, false, &a);
	ck_assert(ask(b, &a).carries);
	say(b, 1, 5);
	BED_CALL(b, 1, pars_pause(b->party[1].node));
	join(b, 3, id, NULL);
	check_member(b, 3, 5);
	ck_assert_str_eq(carried(b, &a).session, "");
	bed_free(b);
}
END_TEST

/* With no effort at all everything still arrives; a verified peer is direct. */
START_TEST(little_effort_and_trust)
{
	struct bed *b = bed_new();
	PARS_AUTO_ARENA a = { 0 };
	struct pars_pubsub_mesh mesh;
	enum pars_err err = PARS_OK;
	bed_session(b);
	BED_CALL(b, 1, pars_effort_set(b->party[1].node, 0));
	BED_CALL(b, 2, pars_effort_set(b->party[2].node, 0));
	snprintf(b->session, sizeof b->session, "s");
	for (int i = 0; i < 3; i++) {
		const char *id;
		BED_CALL(b, 1, err = pars_session_send(b->party[1].node, "s", "quietly", &a, &id, NULL));
		ck_assert_int_eq(err, PARS_OK);
	}
	bed_pass(b, PARS_S(10));
	ck_assert_uint_eq(bed_vertices(b, 2), 5);
	BED_CALL(b, 1, err = pars_peer_verify(b->party[1].node, strrchr(b->party[2].address, '/') + 1, true, NULL));
	ck_assert_int_eq(err, PARS_OK);
	ck_assert_int_eq(pars_pubsub_mesh(b->party[1].node, NULL, NULL, 10, &a, &mesh, NULL), PARS_OK);
	ck_assert_uint_eq(mesh.count, 1);
	ck_assert(mesh.list[0].direct && !mesh.list[0].mesh);
	bed_free(b);
}
END_TEST

/* What was written alone waits, page by page, until somebody holds it. */
START_TEST(the_outbox)
{
	struct bed *b = bed_new();
	PARS_AUTO_ARENA a = { 0 };
	struct pars_outbox_page page;
	struct pars_status st;
	struct pars_node *n = b->party[1].node;
	const char *id = session_new(b, false, &a);
	ck_assert_int_eq(pars_outbox_list(n, NULL, 10, &a, &page, NULL), PARS_OK);
	ck_assert_uint_eq(page.count, 1);
	ck_assert_str_eq(page.list[0].kind, "genesis");
	ck_assert_str_eq(page.list[0].reason, "no node is connected");
	pars_status_get(n, &a, &st);
	ck_assert_int_ne(st.offline_since_wall_ns, 0);
	say(b, 1, 5);
	ck_assert_int_eq(pars_outbox_list(n, NULL, 4, &a, &page, NULL), PARS_OK);
	ck_assert_uint_eq(page.count, 4);
	ck_assert_uint_eq(page.list[3].n, 3);
	ck_assert_int_eq(pars_outbox_list(n, page.next, 4, &a, &page, NULL), PARS_OK);
	ck_assert_uint_eq(page.count, 2);
	ck_assert_uint_eq(page.list[1].n, 5);
	ck_assert_ptr_null(page.next);
	static const char *const bad[] = { "", "x", "1", "1:", "1:x", ":1" };
	for (size_t i = 0; i < PARS_COUNT(bad); i++)
		ck_assert_int_eq(pars_outbox_list(n, bad[i], 4, &a, &page, NULL), PARS_E_INVALID);
	BED_CALL(b, 1, pars_pause(n));
	ck_assert_int_eq(pars_outbox_list(n, NULL, 4, &a, &page, NULL), PARS_OK);
	ck_assert_str_eq(page.list[0].reason, "the node is paused");
	BED_CALL(b, 1, pars_resume(n));
	join(b, 2, id, b->party[1].address);
	ck_assert_int_eq(pars_outbox_list(n, NULL, 4, &a, &page, NULL), PARS_OK);
	ck_assert_uint_eq(page.count, 0);
	pars_status_get(n, &a, &st);
	ck_assert_int_eq(st.offline_since_wall_ns, 0);
	bed_free(b);
}
END_TEST

START_TEST(bad_calls)
{
	struct bed *b = bed_new();
	PARS_AUTO_ARENA a = { 0 };
	enum pars_err err = PARS_OK;
	session_new(b, false, &a);
	BED_CALL(b, 1, err = pars_mailbox_add(b->party[1].node, "nothing", b->party[3].address, NULL));
	ck_assert_int_eq(err, PARS_E_NOT_FOUND);
	BED_CALL(b, 1, err = pars_mailbox_add(b->party[1].node, "harbour", "/ip4/10.0.0.1/tcp/1", NULL));
	ck_assert_int_eq(err, PARS_E_INVALID);
	ask(b, &a);
	BED_CALL(b, 1, err = pars_mailbox_add(b->party[1].node, "harbour", b->party[3].address, NULL));
	ck_assert_int_eq(err, PARS_E_EXISTS);
	BED_CALL(b, 1, err = pars_mailbox_remove(b->party[1].node, "harbour", "x", NULL));
	ck_assert_int_eq(err, PARS_E_INVALID);
	BED_CALL(b, 1, err = pars_mailbox_remove(b->party[1].node, "harbour", strrchr(b->party[2].address, '/') + 1, NULL));
	ck_assert_int_eq(err, PARS_E_NOT_FOUND);
	bed_free(b);
}
END_TEST

UNIT_CASE(mailbox, who_comes_later_gets_all, friends_only, off, a_quota_is_kept, dropped_and_carried_again, time_runs_out,
	what_was_carried_becomes_ones_own, little_effort_and_trust,
	the_outbox, bad_calls);
