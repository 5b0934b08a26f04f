/* What health and doctor find. */
#include "tests/unit/node/bed.h"
#include "tests/unit/rpc/rig.h"

#include <stdio.h>
#include <stdlib.h>

/* Whether a finding (or a problem) holds this text. */
static bool tells(struct rig *r, const char *method, const char *text)
{
	json_t *found = rig_call(r, method, "{}");
	char *all = json_dumps(found, 0);
	bool tells = strstr(all, text);
	free(all);
	json_decref(found);
	return tells;
}

START_TEST(a_node_alone_is_healthy_and_not_in_sync)
{
	PARS_AUTO(rig) r = rig_new();
	ck_assert(tells(r, "pars_health", "\"healthy\": true"));
	ck_assert(tells(r, "pars_doctor", "not in sync with anybody: no other node is known"));
	json_decref(rig_call(r, "pars_peerAdd", "[\"/ip4/127.0.0.1/tcp/9\"]"));
	ck_assert(tells(r, "pars_doctor", "/ip4/127.0.0.1/tcp/9 is not connected yet"));
	json_decref(rig_call(r, "pars_pause", "[]"));
	ck_assert(tells(r, "pars_doctor", "`parsctl resume` ends the pause."));
	ck_assert(!tells(r, "pars_doctor", "tcp/9"));
	ck_assert(tells(r, "pars_health", "\"healthy\": true"));
}
END_TEST

START_TEST(sessions_that_wait_are_named)
{
	PARS_AUTO(rig) r = rig_new();
	ck_assert(tells(r, "pars_doctor", "this node is in no session"));
	json_decref(rig_call(r, "pars_sessionJoin", "[\"bafyreih2fyh75yriu6bgzgcl6qvgla6ifkapjzbxw3xs7nrfafve7jtvze\"]"));
	json_decref(rig_call(r, "pars_sessionNew", "[\"harbour\"]"));
	json_decref(rig_call(r, "pars_sessionSend", "[\"harbour\",\"hi\"]"));
	ck_assert(tells(r, "pars_doctor", "the session bafyreih2fyh75yriu6bgzgcl6qvgla6ifkapjzbxw3xs7nrfafve7jtvze is still joining"));
	ck_assert(tells(r, "pars_doctor", "the session harbour has 2 own entries that nobody else holds"));
	ck_assert(!tells(r, "pars_doctor", "this node is in no session"));
}
END_TEST

START_TEST(a_full_disk_is_an_illness)
{
	PARS_AUTO(rig) r = rig_new();
	rig_disk_free = (uint64_t)5 << 20;
	ck_assert(tells(r, "pars_health", "only 5 MiB are left"));
	ck_assert(tells(r, "pars_health", "\"healthy\": false"));
	rig_disk_free = UINT64_MAX;
	ck_assert(tells(r, "pars_health", "\"healthy\": true"));
}
END_TEST

START_TEST(a_clock_that_stands_before_this_program_is_wrong)
{
	PARS_AUTO(rig) r = rig_new();
	int64_t right = rig_wall_ns;
	ck_assert(!tells(r, "pars_doctor", "clock"));
	rig_wall_ns = 0;
	ck_assert(tells(r, "pars_doctor", "this machine's clock is wrong: it is before 2026"));
	ck_assert(tells(r, "pars_doctor", "Set the clock"));
	ck_assert(tells(r, "pars_health", "\"healthy\": true"));
	rig_wall_ns = right;
}
END_TEST

/* Node 1 speaks, and whoever asks node 2 has a clock that is an hour behind. */
START_TEST(messages_from_the_future_tell_of_a_slow_clock)
{
	PARS_AUTO(rig) r = rig_new();
	PARS_AUTO_ARENA a = { 0 };
	struct bed *b = bed_new();
	const char *id;
	enum pars_err err = PARS_OK;
	int64_t right = rig_wall_ns;
	bed_session(b);
	BED_CALL(b, 1, err = pars_session_send(b->party[1].node, b->session, "hi", &a, &id, NULL));
	ck_assert_int_eq(err, PARS_OK);
	bed_pass(b, PARS_S(1));
	struct pars_message_page page;
	err = pars_session_read(b->party[2].node, b->session, PARS_ORDER_ARRIVAL, NULL, 1, &a, &page, NULL);
	ck_assert_int_eq(err, PARS_OK);
	ck_assert_uint_eq(page.count, 1);
	rpc_server_bind(r->server, b->party[2].node);
	rig_wall_ns = page.list[0].time_wall_ns;
	ck_assert(!tells(r, "pars_doctor", "ahead of this machine's clock"));
	rig_wall_ns -= (int64_t)3600 * 1000000000;
	ck_assert(tells(r, "pars_doctor", "this machine's clock is slow, or another one fast: the newest messages of 1 other "
		"are 1 h or more ahead"));
	rig_wall_ns = right;
	bed_free(b);
}
END_TEST

START_TEST(without_a_node_both_say_why_and_what_to_do)
{
	PARS_AUTO(rig) r = rig_new();
	rpc_server_unbind(r->server, PARS_E_DB_CORRUPT, "pages are gone");
	ck_assert(tells(r, "pars_health", "the database cannot be used: pages are gone"));
	ck_assert(tells(r, "pars_health", "\"state\": \"down\""));
	ck_assert(tells(r, "pars_doctor", "move parsd.db and its -wal and -shm files away"));
}
END_TEST

START_TEST(the_log_is_read_by_pages)
{
	PARS_AUTO(rig) r = rig_new(); /* whose log has 30 lines */
	static const struct {
		const char *cursor, *next;
		size_t rows;
	} cases[] = {
		{ "", "31", 30 }, { "last:3", "31", 3 }, { "last:100", "31", 30 }, { "end", "31", 0 }, { "29", "31", 2 },
		{ "31", "31", 0 }, { "900", "31", 0 },
	};
	for (size_t i = 0; i < PARS_COUNT(cases); i++) {
		char params[80];
		snprintf(params, sizeof params, "{\"cursor\":\"%s\",\"wait\":0}", cases[i].cursor);
		json_t *page = rig_call(r, "pars_logTail", params);
		ck_assert_uint_eq(json_array_size(json_object_get(page, "records")), cases[i].rows);
		ck_assert_str_eq(json_string_value(json_object_get(page, "next")), cases[i].next);
		json_decref(page);
	}
	json_decref(rig_refused(r, "pars_logTail", "{\"cursor\":\"-1\",\"wait\":0}"));
	json_decref(rig_refused(r, "pars_logTail", "{\"cursor\":\"last:\",\"wait\":0}"));
	json_decref(rig_refused(r, "pars_logTail", "{\"cursor\":\"3x\",\"wait\":0}"));
}
END_TEST

START_TEST(the_last_messages_are_a_place_to_begin)
{
	PARS_AUTO(rig) r = rig_new();
	json_decref(rig_call(r, "pars_sessionNew", "[\"s\"]"));
	for (int i = 0; i < 15; i++)
		json_decref(rig_call(r, "pars_sessionSend", "[\"s\",\"hi\"]"));
	static const struct {
		const char *cursor;
		size_t rows;
	} cases[] = { { "last:0", 0 }, { "last:4", 4 }, { "last:15", 15 }, { "last:1000", 15 }, { "end", 0 }, { "", 15 } };
	for (size_t i = 0; i < PARS_COUNT(cases); i++) {
		char params[80];
		snprintf(params, sizeof params, "{\"session\":\"s\",\"cursor\":\"%s\",\"wait\":0}", cases[i].cursor);
		json_t *page = rig_call(r, "pars_sessionTail", params);
		ck_assert_uint_eq(json_array_size(json_object_get(page, "messages")), cases[i].rows);
		json_decref(page);
	}
	json_t *page = rig_call(r, "pars_sessionTail", "{\"session\":\"s\",\"wait\":0}");
	ck_assert_uint_eq(json_array_size(json_object_get(page, "messages")), 10);
	json_decref(page);
	json_decref(rig_refused(r, "pars_sessionTail", "{\"session\":\"s\",\"cursor\":\"last:1001\",\"wait\":0}"));
}
END_TEST

UNIT_CASE(doctor, a_node_alone_is_healthy_and_not_in_sync, sessions_that_wait_are_named, a_full_disk_is_an_illness,
	a_clock_that_stands_before_this_program_is_wrong, messages_from_the_future_tell_of_a_slow_clock,
	without_a_node_both_say_why_and_what_to_do, the_log_is_read_by_pages, the_last_messages_are_a_place_to_begin);
