#include "rpc/server.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "tests/unit/rpc/rig.h"

#define VERSION_CALL(id) "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"web3_clientVersion\"}"
#define VERSION_REPLY(id) "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"result\":\"parsd/test\"}"

static void feed(struct rig *r, const char *text)
{
	rig_feed(r, r->client, text, strlen(text));
}

static void expect(struct rig *r, const char *request, const char *reply)
{
	feed(r, request);
	ck_assert_str_eq(rig_take(r->client), reply);
	ck_assert_str_eq(rig_take(r->client), "");
}

START_TEST(replies_do_not_depend_on_how_requests_come)
{
	PARS_AUTO(rig) r = rig_new();
	static const char in[] = VERSION_CALL("1") VERSION_CALL("\"}\\u00fc{\"") "\n[" VERSION_CALL("3") "]";
	static const char out[] = VERSION_REPLY("1") "\n" VERSION_REPLY("\"\\u007d\\u00FC\\u007b\"") "\n["
		VERSION_REPLY("3") "]\n";
	expect(r, in, out);
	for (size_t cut = 0; cut < sizeof in; cut++) {
		char got[sizeof out] = "";
		rig_feed(r, r->client, in, cut);
		strcat(got, rig_take(r->client));
		rig_feed(r, r->client, in + cut, sizeof in - 1 - cut);
		strcat(got, rig_take(r->client));
		ck_assert_str_eq(got, out);
	}
}
END_TEST

START_TEST(ids_are_echoed_exactly)
{
	PARS_AUTO(rig) r = rig_new();
	expect(r, VERSION_CALL("0"), VERSION_REPLY("0") "\n");
	expect(r, VERSION_CALL("-9007199254740993"), VERSION_REPLY("-9007199254740993") "\n");
	expect(r, VERSION_CALL("\"7\""), VERSION_REPLY("\"7\"") "\n");
	expect(r, VERSION_CALL("\"\""), VERSION_REPLY("\"\"") "\n");
	expect(r, VERSION_CALL("null"), VERSION_REPLY("null") "\n");
	expect(r, VERSION_CALL("1.5"), VERSION_REPLY("1.5") "\n");
}
END_TEST

/* The error code of the one reply to a request. */
static int code_of(struct rig *r, const char *request)
{
	json_t *reply = rig_ask(r, request), *error = json_object_get(reply, "error");
	int code = (int)json_integer_value(json_object_get(error, "code"));
	ck_assert_str_eq(json_string_value(json_object_get(reply, "jsonrpc")), "2.0");
	ck_assert_ptr_null(json_object_get(reply, "result"));
	json_decref(reply);
	return code;
}

START_TEST(wrong_requests_get_the_codes_of_json_rpc)
{
	PARS_AUTO(rig) r = rig_new();
	ck_assert_int_eq(code_of(r, "{]"), -32700);
	ck_assert_int_eq(code_of(r, "{\"a\":1,\"a\":2}"), -32700);
	ck_assert_int_eq(code_of(r, "{}"), -32600);
	ck_assert_int_eq(code_of(r, "[]"), -32600);
	ck_assert_int_eq(code_of(r, "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"pars_status\"}"), -32600);
	ck_assert_int_eq(code_of(r, "{\"jsonrpc\":\"2.0\",\"id\":[1],\"method\":\"pars_status\"}"), -32600);
	ck_assert_int_eq(code_of(r, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":7}"), -32600);
	ck_assert_int_eq(code_of(r, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_blockNumber\"}"), -32601);
	ck_assert_int_eq(code_of(r, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"pars_status\",\"params\":3}"), -32602);
	/* All of these leave the stream in order. */
	expect(r, VERSION_CALL("1"), VERSION_REPLY("1") "\n");
}
END_TEST

START_TEST(a_broken_stream_is_answered_once_and_ends)
{
	static const char *const bad[] = { "GET / HTTP/1.1\r\n\r\n", "{\"a\nb\":1}", "null" };
	PARS_AUTO(rig) r = rig_new();
	for (size_t i = 0; i < PARS_COUNT(bad); i++) {
		struct rpc_client *c = rpc_client_new(r->server, RPC_READ);
		rig_feed(r, c, bad[i], strlen(bad[i]));
		ck_assert(!rpc_client_over(c, false));
		ck_assert_ptr_nonnull(strstr(rig_take(c), "\"code\":-32700"));
		rig_feed(r, c, VERSION_CALL("1"), strlen(VERSION_CALL("1")));
		ck_assert_str_eq(rig_take(c), "");
		ck_assert(rpc_client_over(c, false));
		rpc_client_free(c);
	}
}
END_TEST

START_TEST(an_oversize_request_is_refused_and_ends_the_stream)
{
	PARS_AUTO(rig) r = rig_new();
	static char block[1 << 20];
	memset(block, ' ', sizeof block);
	feed(r, "{");
	for (int i = 0; i < 6; i++)
		rig_feed(r, r->client, block, sizeof block);
	ck_assert_ptr_nonnull(strstr(rig_take(r->client), "larger than 5 MiB"));
	ck_assert(rpc_client_over(r->client, false));
}
END_TEST

START_TEST(batches_keep_their_order)
{
	PARS_AUTO(rig) r = rig_new();
	json_decref(rig_call(r, "pars_sessionNew", "[\"s\"]"));
	/* The first one waits, the third is no request, the second wants no answer. */
	feed(r, "[{\"jsonrpc\":\"2.0\",\"id\":\"w\",\"method\":\"pars_syncWait\",\"params\":{\"peers\":1,\"wait\":5}},"
		"{\"jsonrpc\":\"2.0\",\"method\":\"pars_status\"}, 3," VERSION_CALL("9") "]");
	ck_assert_str_eq(rig_take(r->client), "");
	rig_pass_ms(r, 5001);
	json_t *reply = json_loads(rig_take(r->client), 0, NULL);
	ck_assert_uint_eq(json_array_size(reply), 3);
	ck_assert_str_eq(json_string_value(json_object_get(json_array_get(reply, 0), "id")), "w");
	ck_assert(json_is_null(json_object_get(json_array_get(reply, 1), "id")));
	ck_assert_int_eq(json_integer_value(json_object_get(json_array_get(reply, 2), "id")), 9);
	json_decref(reply);
	expect(r, "[{\"jsonrpc\":\"2.0\",\"method\":\"pars_status\"}]", "");
}
END_TEST

START_TEST(a_batch_has_at_most_100_requests)
{
	PARS_AUTO(rig) r = rig_new();
	PARS_AUTO_BUF b = { 0 };
	for (int i = 0; i < 101; i++)
		pars_buf_put(&b, PARS_BYTES_STR(i ? ",{}" : "[{}"));
	pars_buf_put(&b, PARS_BYTES("]", 2));
	ck_assert_int_eq(code_of(r, (const char *)pars_buf_bytes(&b).p), -32600);
}
END_TEST

START_TEST(roles_bound_what_a_client_may_do)
{
	PARS_AUTO(rig) r = rig_new();
	struct rpc_client *reader = rpc_client_new(r->server, RPC_READ);
	static const char stop[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"pars_stop\"}";
	rig_feed(r, reader, stop, sizeof stop - 1);
	ck_assert_ptr_nonnull(strstr(rig_take(reader), "\"name\":\"DENIED\""));
	ck_assert(!rpc_server_stopping(r->server));
	rig_feed(r, reader, VERSION_CALL("1"), strlen(VERSION_CALL("1")));
	ck_assert_str_eq(rig_take(reader), VERSION_REPLY("1") "\n");
	rig_feed(r, r->client, stop, sizeof stop - 1);
	ck_assert(rpc_server_stopping(r->server));
}
END_TEST

START_TEST(a_failed_step_answers_its_callers_with_the_error)
{
	PARS_AUTO(rig) r = rig_new();
	r->fail = PARS_E_DISK_FULL;
	json_t *e = rig_refused(r, "pars_sessionNew", "[\"s\"]");
	ck_assert_int_eq(json_integer_value(json_object_get(e, "code")), 401);
	json_decref(e);
	/* What does not depend on the step stays true. */
	r->fail = PARS_E_DISK_FULL;
	expect(r, VERSION_CALL("1"), VERSION_REPLY("1") "\n");
	json_decref(rig_call(r, "pars_sessionNew", "[\"s\"]"));
	/* Neither a parked call nor a subscription of that step is left. */
	r->fail = PARS_E_DISK_FULL;
	json_decref(rig_refused(r, "pars_syncWait", "{\"peers\":1,\"wait\":5}"));
	r->fail = PARS_E_DISK_FULL;
	json_decref(rig_refused(r, "pars_subscribe", "[\"sync\"]"));
	rpc_server_notify(r->server, PARS_TOPIC_SYNC, "x");
	rig_pass_ms(r, 6000);
	ck_assert_str_eq(rig_take(r->client), "");
}
END_TEST

START_TEST(without_a_node_every_call_says_why)
{
	PARS_AUTO(rig) r = rig_new();
	json_decref(rig_call(r, "pars_sessionNew", "[\"s\"]"));
	feed(r, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"pars_syncWait\",\"params\":{\"peers\":1}}");
	rpc_server_unbind(r->server, PARS_E_DB_CORRUPT, "page 7 is broken");
	rpc_server_poll(r->server, r->now.mono_us);
	ck_assert_ptr_nonnull(strstr(rig_take(r->client), "page 7 is broken"));
	json_t *e = rig_refused(r, "pars_status", "[]");
	const char *message = json_string_value(json_object_get(e, "message"));
	ck_assert_ptr_eq(strstr(message, "page 7 is broken. "), message);
	ck_assert_ptr_nonnull(strstr(message, "put a backup in its place"));
	json_decref(e);
	expect(r, VERSION_CALL("1"), VERSION_REPLY("1") "\n");
	rpc_server_bind(r->server, r->node);
	json_decref(rig_call(r, "pars_status", "[]"));
}
END_TEST

START_TEST(a_read_waits_for_the_next_message)
{
	PARS_AUTO(rig) r = rig_new();
	struct rpc_client *other = rpc_client_new(r->server, RPC_WALLET);
	static const char say[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"pars_sessionSend\",\"params\":[\"s\",\"hi\"]}";
	json_decref(rig_call(r, "pars_sessionNew", "[\"s\"]"));
	feed(r, "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"pars_sessionTail\",\"params\":"
		"{\"session\":\"s\",\"cursor\":\"end\",\"wait\":60}}");
	rig_pass_ms(r, 1000);
	ck_assert_str_eq(rig_take(r->client), "");
	rig_feed(r, other, say, sizeof say - 1);
	json_t *reply = json_loads(rig_take(r->client), 0, NULL);
	json_t *list = json_object_get(json_object_get(reply, "result"), "messages");
	ck_assert_uint_eq(json_array_size(list), 1);
	ck_assert_str_eq(json_string_value(json_object_get(json_array_get(list, 0), "text")), "hi");
	json_decref(reply);
}
END_TEST

START_TEST(waiting_calls_end_in_time_and_are_bounded)
{
	PARS_AUTO(rig) r = rig_new();
	char request[200];
	json_decref(rig_call(r, "pars_sessionNew", "[\"s\"]"));
	for (int i = 0; i < RPC_WAITS_MAX; i++) {
		snprintf(request, sizeof request, "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"pars_sessionTail\","
			"\"params\":{\"session\":\"s\",\"wait\":3}}", i);
		feed(r, request);
	}
	ck_assert_str_eq(rig_take(r->client), "");
	ck_assert_int_eq(code_of(r, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"pars_syncWait\","
		"\"params\":{\"peers\":1}}"), 302);
	ck_assert_uint_eq(rpc_server_deadline(r->server), r->now.mono_us + PARS_S(3));
	rig_pass_ms(r, 3000);
	ck_assert_uint_eq(rpc_server_deadline(r->server), PARS_NEVER);
	ck_assert_ptr_nonnull(strstr(rig_take(r->client), "\"messages\":[]"));
}
END_TEST

static void say(struct rig *r, const char *text)
{
	char params[200];
	snprintf(params, sizeof params, "[\"s\",\"%s\"]", text);
	pars_step_begin(r->node, r->now);
	const char *id;
	PARS_AUTO_ARENA a = { 0 };
	ck_assert(!pars_session_send(r->node, "s", text, &a, &id, NULL));
	ck_assert(!pars_step_end(r->node, &r->effects));
	rig_release(r);
}

START_TEST(notifications_leave_alone)
{
	PARS_AUTO(rig) r = rig_new();
	json_decref(rig_call(r, "pars_sessionNew", "[\"s\"]"));
	json_t *id = rig_call(r, "pars_subscribe", "[\"messages\",\"s\"]");
	ck_assert_str_eq(json_string_value(id), "0x1");
	json_decref(id);
	say(r, "one {");
	feed(r, VERSION_CALL("1") VERSION_CALL("2"));
	const char *line = rig_take(r->client);
	ck_assert_ptr_nonnull(strstr(line, "\"method\":\"pars_subscription\",\"params\":{\"subscription\":\"0x1\","));
	ck_assert_ptr_nonnull(strstr(line, "one \\u007b"));
	ck_assert_ptr_eq(strchr(line, '\n'), line + strlen(line) - 1);
	/* Replies may share a write. */
	ck_assert_str_eq(rig_take(r->client), VERSION_REPLY("1") "\n" VERSION_REPLY("2") "\n");
	json_t *ended = rig_call(r, "pars_unsubscribe", "[\"0x1\"]");
	ck_assert(json_is_true(ended));
	say(r, "two");
	ck_assert_str_eq(rig_take(r->client), "");
	ended = rig_call(r, "pars_unsubscribe", "[\"0x1\"]");
	ck_assert(json_is_false(ended));
}
END_TEST

START_TEST(a_slow_subscriber_loses_nothing_and_costs_little)
{
	PARS_AUTO(rig) r = rig_new();
	char text[2001] = "";
	json_decref(rig_call(r, "pars_sessionNew", "[\"s\"]"));
	json_decref(rig_call(r, "pars_subscribe", "[\"messages\",\"s\"]"));
	memset(text, 'x', sizeof text - 1);
	for (int i = 0; i < 1500; i++)
		say(r, text);
	size_t queued = 0, seen = 0;
	struct pars_bytes piece;
	bool notification;
	ck_assert_uint_eq(rpc_client_output(r->client, &piece, 1, &notification), 1);
	ck_assert(notification);
	for (;;) {
		const char *line = rig_take(r->client);
		if (!*line)
			break;
		queued += strlen(line);
		for (const char *p = line; (p = strstr(p, "\"delivery\"")); p++)
			seen++;
		rpc_server_poll(r->server, r->now.mono_us);
	}
	ck_assert_uint_eq(seen, 1500);
	ck_assert_uint_gt(queued, RPC_OUT_PAUSE);
}
END_TEST

START_TEST(many_changes_become_one_notification)
{
	PARS_AUTO(rig) r = rig_new();
	char name[16];
	json_decref(rig_call(r, "pars_subscribe", "[\"peers\"]"));
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof name, "peer%d", i);
		rpc_server_notify(r->server, PARS_TOPIC_PEERS, name);
	}
	rpc_server_poll(r->server, r->now.mono_us);
	ck_assert_ptr_nonnull(strstr(rig_take(r->client), "\"peerId\":\"\""));
	ck_assert_str_eq(rig_take(r->client), "");
	rpc_server_notify(r->server, PARS_TOPIC_PEERS, "a");
	rpc_server_notify(r->server, PARS_TOPIC_PEERS, "a");
	rpc_server_poll(r->server, r->now.mono_us);
	ck_assert_ptr_nonnull(strstr(rig_take(r->client), "\"peerId\":\"a\""));
	ck_assert_str_eq(rig_take(r->client), "");
}
END_TEST

START_TEST(who_does_not_read_is_not_read_from)
{
	PARS_AUTO(rig) r = rig_new();
	static const char discover[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"rpc_discover\"}";
	size_t fed = 0, answered = 0;
	while (rpc_client_reads(r->client)) {
		feed(r, discover);
		ck_assert_uint_lt(++fed, 1000);
	}
	struct pars_bytes piece;
	bool notification;
	ck_assert_uint_eq(rpc_client_output(r->client, &piece, 1, &notification), 1);
	ck_assert_uint_lt(fed * piece.n, 2 * RPC_OUT_PAUSE);
	/* One more rests, and is answered once there is room. */
	feed(r, discover);
	while (rpc_client_output(r->client, &piece, 1, &notification)) {
		rpc_client_sent(r->client, piece.n);
		answered++;
		if (rpc_client_rested(r->client))
			feed(r, "");
	}
	ck_assert_uint_eq(answered, fed + 1);
}
END_TEST

#define SAY(id) "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"pars_sessionSend\",\"params\":[\"s\",\"x\"]}"
#define READ(id) "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"pars_sessionRead\",\"params\":[\"s\"]}"

START_TEST(who_writes_waits_for_the_disk_and_who_reads_does_not)
{
	PARS_AUTO(rig) r = rig_new();
	json_decref(rig_call(r, "pars_sessionNew", "[\"s\"]"));
	r->jobs_wait = true;
	feed(r, SAY("1") READ("2"));
	const char *read = rig_take(r->client);
	ck_assert(strstr(read, "\"id\":2") && strstr(read, "\"text\":\"x\"") && !strstr(read, "\"id\":1"));
	feed(r, READ("3"));
	ck_assert_ptr_nonnull(strstr(rig_take(r->client), "\"id\":3"));
	ck_assert(!rpc_client_over(r->client, true));
	r->jobs_wait = false;
	rig_release(r);
	const char *said = rig_take(r->client);
	ck_assert(strstr(said, "\"id\":1") && strstr(said, "\"result\""));
}
END_TEST

START_TEST(who_waits_for_the_disk_is_told_when_it_fails)
{
	PARS_AUTO(rig) r = rig_new();
	json_decref(rig_call(r, "pars_sessionNew", "[\"s\"]"));
	r->jobs_wait = true;
	feed(r, SAY("1"));
	r->fail = PARS_E_DISK_IO;
	feed(r, "");
	const char *told = rig_take(r->client);
	ck_assert(strstr(told, "\"id\":1") && strstr(told, "\"DISK_IO\""));
	feed(r, SAY("2"));
	rpc_server_unbind(r->server, PARS_E_DISK_FULL, NULL);
	rpc_server_poll(r->server, r->now.mono_us);
	told = rig_take(r->client);
	ck_assert(strstr(told, "\"id\":2") && strstr(told, "\"DISK_FULL\""));
	ck_assert_str_eq(rig_take(r->client), "");
}
END_TEST

START_TEST(at_most_64_clients)
{
	PARS_AUTO(rig) r = rig_new();
	for (int i = 1; i < RPC_CLIENTS_MAX; i++)
		ck_assert_ptr_nonnull(rpc_client_new(r->server, RPC_READ));
	ck_assert_ptr_null(rpc_client_new(r->server, RPC_READ));
	json_t *line = json_loads(rpc_server_full_line(), 0, NULL);
	ck_assert_ptr_nonnull(line);
	json_decref(line);
}
END_TEST

UNIT_CASE(server, replies_do_not_depend_on_how_requests_come, ids_are_echoed_exactly,
	wrong_requests_get_the_codes_of_json_rpc, a_broken_stream_is_answered_once_and_ends,
	an_oversize_request_is_refused_and_ends_the_stream, batches_keep_their_order,
	a_batch_has_at_most_100_requests, roles_bound_what_a_client_may_do,
	a_failed_step_answers_its_callers_with_the_error, without_a_node_every_call_says_why,
	a_read_waits_for_the_next_message, waiting_calls_end_in_time_and_are_bounded,
	notifications_leave_alone, a_slow_subscriber_loses_nothing_and_costs_little,
	many_changes_become_one_notification, who_does_not_read_is_not_read_from,
	who_writes_waits_for_the_disk_and_who_reads_does_not, who_waits_for_the_disk_is_told_when_it_fails, at_most_64_clients);
