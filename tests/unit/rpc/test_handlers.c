/* Every method is called on a real node, and what it answers is checked
 * against its schema. A method without a call here fails. */
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "rpc/table.h"
#include "tests/unit/node/bed.h"
#include "tests/unit/rpc/rig.h"

static bool called[128];

static json_t *checked_call(struct rig *r, const char *method, const char *params)
{
	const struct rpc_method *m = rpc_method_find(method);
	struct rpc_why why = { 0 };
	ck_assert_ptr_nonnull(m);
	json_t *result = rig_call(r, method, params);
	ck_assert_msg(rpc_result_check(&m->result, result, &why), "%s: %s", method, why.text);
	called[m - rpc_methods] = true;
	return result;
}

static char *text_of(json_t *result, const char *field)
{
	char *s = pars_strdup(json_string_value(json_object_get(result, field)));
	json_decref(result);
	return s;
}

static void call_with(struct rig *r, const char *method, const char *fmt, const char *id)
{
	char params[512];
	snprintf(params, sizeof params, "{\"%s\":\"%s\"}", fmt, id);
	json_decref(checked_call(r, method, params));
}

static void call_plain(struct rig *r, const char *method)
{
	json_decref(checked_call(r, method, "{}"));
}

/* -- methods that need other nodes: a server on node 1 of three ------------------- */

static void on_notify(void *arg, int party, enum pars_topic topic, const char *text)
{
	if (party == 1)
		rpc_server_notify(arg, topic, text);
}

static struct bed *bed_of_three(struct rpc_server *server)
{
	struct bed *b = bed_new();
	struct pars_fault fault;
	enum pars_err err = PARS_OK;
	for (int i = 2; i <= BED_NODES; i++) {
		BED_CALL(b, 1, err = pars_peer_add(b->party[1].node, b->party[i].address, &fault));
		ck_assert_int_eq(err, PARS_OK);
	}
	bed_pass(b, PARS_S(3));
	b->notify = on_notify;
	b->notify_arg = server;
	rpc_server_bind(server, b->party[1].node);
	return b;
}

static json_t *call_among(struct bed *b, struct rpc_server *server, struct rpc_client *c, const char *method,
	const char *params)
{
	const struct rpc_method *m = rpc_method_find(method);
	struct rpc_why why = { 0 };
	const char *line = "";
	char *request = pars_sprintf("{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"%s\",\"params\":%s}", method, params);
	bed_begin(b, 1);
	rpc_server_begin(server, b->now);
	rpc_client_input(c, PARS_BYTES_STR(request));
	bed_end(b, 1);
	rpc_server_end(server, PARS_OK, NULL);
	for (int i = 0; i < 400 && !line[0]; i++) {
		bed_run(b);
		bed_pass(b, PARS_MS(50));
		rpc_server_poll(server, b->now);
		line = rig_take(c);
	}
	json_t *reply = json_loads(line, 0, NULL), *result = json_incref(json_object_get(reply, "result"));
	ck_assert_msg(result, "%s %s gave \"%s\"", method, params, line);
	ck_assert_msg(rpc_result_check(&m->result, result, &why), "%s: %s", method, why.text);
	called[m - rpc_methods] = true;
	json_decref(reply);
	free(request);
	return result;
}

/* Another node joins a topic and hears us, and we hear it. */
static void methods_of_gossip(struct bed *b, struct rpc_server *server, struct rpc_client *c)
{
	PARS_AUTO_ARENA a = { 0 };
	const char *id;
	uint64_t peers = 0;
	enum pars_err err = PARS_OK;
	struct pars_pubsub_page page;
	BED_CALL(b, 2, err = pars_pubsub_join(b->party[2].node, "news", true, NULL));
	ck_assert_int_eq(err, PARS_OK);
	json_decref(call_among(b, server, c, "pars_gossipJoin", "{\"topic\":\"news\"}"));
	bed_pass(b, PARS_S(3));
	json_t *r = call_among(b, server, c, "pars_gossipPublish", "{\"topic\":\"news\",\"data\":\"0xff00\"}");
	ck_assert_int_eq(json_integer_value(json_object_get(r, "peers")), 1);
	json_decref(r);
	bed_pass(b, PARS_MS(100));
	err = pars_pubsub_read(b->party[2].node, "news", "", 10, &a, &page, NULL);
	ck_assert_int_eq(err, PARS_OK);
	ck_assert_uint_eq(page.count, 1);
	ck_assert_str_eq(page.list[0].data, "0xff00");
	BED_CALL(b, 2, err = pars_pubsub_publish(b->party[2].node, "news", PARS_BYTES_STR("hello"), true, &a, &id, &peers,
		NULL));
	ck_assert_int_eq(err, PARS_OK);
	ck_assert_uint_eq(peers, 1);
	r = call_among(b, server, c, "pars_gossipTail", "{\"topic\":\"news\",\"wait\":5}");
	json_t *m = json_array_get(json_object_get(r, "messages"), 0);
	ck_assert_str_eq(json_string_value(json_object_get(m, "text")), "hello");
	ck_assert(json_is_true(json_object_get(m, "signed")));
	json_decref(r);
	r = call_among(b, server, c, "pars_gossipMesh", "{\"topic\":\"news\"}");
	m = json_array_get(json_object_get(r, "peers"), 0);
	ck_assert(json_is_true(json_object_get(m, "mesh")));
	json_decref(r);
	json_decref(call_among(b, server, c, "pars_gossipTopics", "{}"));
	json_decref(call_among(b, server, c, "pars_gossipLeave", "{\"topic\":\"news\"}"));
}

/* Node 2 is a friend of ours now, and asks us. */
static void carry_for_another(struct bed *b)
{
	PARS_AUTO_ARENA a = { 0 };
	const char *id;
	enum pars_err err = PARS_OK;
	BED_CALL(b, 1, err = pars_peer_verify(b->party[1].node, strrchr(b->party[2].address, '/') + 1, true, NULL));
	ck_assert_int_eq(err, PARS_OK);
	BED_CALL(b, 2, err = pars_session_new(b->party[2].node, "theirs", "", false, &a, &id, NULL));
	ck_assert_int_eq(err, PARS_OK);
	BED_CALL(b, 2, err = pars_mailbox_add(b->party[2].node, "theirs", b->party[1].address, NULL));
	ck_assert_int_eq(err, PARS_OK);
	bed_pass(b, PARS_S(5));
}

static void methods_of_mailboxes(struct bed *b, struct rpc_server *server, struct rpc_client *c)
{
	const char *peer = strrchr(b->party[2].address, '/') + 1;
	char params[700];
	json_t *r;
	json_decref(call_among(b, server, c, "pars_sessionNew", "{\"name\":\"carried\"}"));
	snprintf(params, sizeof params, "{\"session\":\"carried\",\"address\":\"%s\",\"wait\":1}", b->party[2].address);
	r = call_among(b, server, c, "pars_mailboxAdd", params);
	ck_assert(!json_is_true(json_object_get(r, "carries"))); /* we are no friend of its */
	json_decref(r);
	json_decref(call_among(b, server, c, "pars_mailboxLs", "{}"));
	r = call_among(b, server, c, "pars_syncOutbox", "{}"); /* nobody else is in this session */
	json_t *item = json_array_get(json_object_get(r, "items"), 0);
	ck_assert_str_eq(json_string_value(json_object_get(item, "kind")), "genesis");
	ck_assert_str_eq(json_string_value(json_object_get(item, "state")), "queued");
	json_decref(r);
	snprintf(params, sizeof params, "{\"session\":\"carried\",\"peer\":\"%s\"}", peer);
	json_decref(call_among(b, server, c, "pars_mailboxRm", params));
	r = call_among(b, server, c, "pars_relayStatus", "{}");
	ck_assert_str_eq(json_string_value(json_object_get(r, "mode")), "friends");
	json_decref(r);
	carry_for_another(b);
	r = call_among(b, server, c, "pars_relayLs", "{}");
	const char *id = json_string_value(json_object_get(json_array_get(json_object_get(r, "sessions"), 0), "session"));
	ck_assert_ptr_nonnull(id);
	snprintf(params, sizeof params, "{\"session\":\"%s\"}", id);
	json_decref(r);
	json_decref(call_among(b, server, c, "pars_relayRm", params));
}

static void methods_among_nodes(void)
{
	struct rpc_server_config config = { "parsd/test", "dev", NULL, 0, &rpc_outside_none };
	struct rpc_server *server = rpc_server_new(&config);
	struct bed *b = bed_of_three(server);
	struct rpc_client *c = rpc_client_new(server, RPC_ADMIN);
	const char *peer = strrchr(b->party[2].address, '/') + 1;
	static const char hash[] = "{\"key\":\"6f1c0b5a9d2e47c3806b1f94e7d5a2c86f1c0b5a9d2e47c3806b1f94e7d5a2c8\"}";
	char params[700];
	json_t *r = call_among(b, server, c, "pars_dhtStatus", "{}");
	ck_assert_int_eq(json_integer_value(json_object_get(r, "nodes")), 2);
	json_decref(r);
	r = call_among(b, server, c, "pars_dhtPut", "{\"name\":\"greeting\",\"value\":\"hello\"}");
	ck_assert_int_eq(json_integer_value(json_object_get(r, "stored")), 2);
	snprintf(params, sizeof params, "{\"key\":\"%s\"}", json_string_value(json_object_get(r, "key")));
	json_decref(r);
	r = call_among(b, server, c, "pars_dhtGet", params);
	ck_assert_str_eq(json_string_value(json_object_get(r, "value")), "hello");
	json_decref(r);
	r = call_among(b, server, c, "pars_dhtProvide", hash);
	ck_assert_int_eq(json_integer_value(json_object_get(r, "stored")), 2);
	json_decref(r);
	r = call_among(b, server, c, "pars_dhtProviders", hash);
	json_decref(r);
	json_decref(call_among(b, server, c, "pars_dhtUnprovide", hash));
	json_decref(call_among(b, server, c, "pars_dhtLs", "{}"));
	r = call_among(b, server, c, "pars_dhtClosest", "{\"key\":\"x\"}");
	ck_assert_uint_eq(json_array_size(json_object_get(r, "nodes")), 2);
	json_decref(r);
	snprintf(params, sizeof params, "{\"peer\":\"%s\"}", peer);
	r = call_among(b, server, c, "pars_dhtFindPeer", params);
	ck_assert_uint_eq(json_array_size(json_object_get(r, "nodes")), 1);
	json_decref(r);
	json_decref(call_among(b, server, c, "pars_peerScore", params));
	methods_of_gossip(b, server, c);
	methods_of_mailboxes(b, server, c);
	snprintf(params, sizeof params, "{\"peer\":\"%s\",\"outcome\":\"equal\"}", peer);
	r = call_among(b, server, c, "pars_peerVerify", params);
	ck_assert(json_is_true(json_object_get(r, "verified")));
	json_decref(r);
	json_decref(call_among(b, server, c, "pars_bootstrapLs", "{}"));
	r = call_among(b, server, c, "pars_bootstrapTest", "{\"wait\":5}");
	ck_assert_uint_eq(json_array_size(json_object_get(r, "sources")), 4);
	json_decref(r);
	snprintf(params, sizeof params, "{\"addresses\":\"%s %s\"}", b->party[2].address, b->party[3].address);
	json_decref(call_among(b, server, c, "pars_bootstrapSign", params));
	rpc_server_free(server);
	bed_free(b);
}

START_TEST(every_method_answers_by_its_schema)
{
	static const char *const of_session[] = { "pars_sessionShow", "pars_sessionInvite", "pars_sessionRead", "pars_sessionMembers",
		"pars_sessionHeads", "pars_dagLs", "pars_dagGraph", "pars_dagVerify", "pars_syncStatus", "pars_syncNow" };
	static const char *const plain[] = { "pars_status", "pars_version", "pars_pause", "pars_resume",
		"pars_idShow", "pars_peerLs", "eth_accounts", "eth_chainId", "net_listening", "net_peerCount", "net_version",
		"pars_configCheck", "pars_dhtStatus", "pars_doctor", "pars_health", "pars_logLevel", "pars_logTail", "pars_top", "pars_sessionLs", "pars_storageStats", "pars_configShow", "pars_metrics",
		"rpc_discover", "rpc_modules", "web3_clientVersion", "pars_stop" };
	PARS_AUTO(rig) r = rig_new();
	char *session = text_of(checked_call(r, "pars_sessionNew", "{\"name\":\"harbour\",\"nick\":\"ana\"}"), "id");
	char *vertex = text_of(checked_call(r, "pars_sessionSend", "[\"harbour\",\"he said {\"]"), "id");
	for (size_t i = 0; i < PARS_COUNT(of_session); i++)
		call_with(r, of_session[i], "session", session);
	call_with(r, "pars_dagShow", "vertex", vertex);
	json_decref(checked_call(r, "pars_sessionTail", "[\"harbour\"]"));
	json_decref(checked_call(r, "pars_syncWait", "{\"peers\":0}"));
	json_decref(checked_call(r, "pars_peerAdd", "[\"/ip4/127.0.0.1/tcp/9\"]"));
	call_plain(r, "pars_peerLs");
	json_decref(checked_call(r, "pars_peerRm", "[\"/ip4/127.0.0.1/tcp/9\"]"));
	json_decref(checked_call(r, "pars_sessionJoin",
		"[\"bafyreih2fyh75yriu6bgzgcl6qvgla6ifkapjzbxw3xs7nrfafve7jtvze\"]"));
	char *backup = pars_sprintf("%s/backup-%p.db", unit_tmpdir(), (void *)r);
	call_with(r, "pars_storageBackup", "path", backup);
	json_decref(checked_call(r, "pars_subscribe", "[\"peers\"]"));
	json_decref(checked_call(r, "pars_unsubscribe", "[\"0x1\"]"));
	for (size_t i = 0; i < PARS_COUNT(plain); i++)
		call_plain(r, plain[i]);
	methods_among_nodes();
	for (size_t i = 0; i < rpc_methods_count; i++)
		ck_assert_msg(called[i], "%s has no test", rpc_methods[i].name);
	free(session);
	free(vertex);
	free(backup);
}
END_TEST

static void expect_refused(struct rig *r, const char *method, const char *params, int code, const char *name)
{
	json_t *e = rig_refused(r, method, params);
	ck_assert_int_eq(json_integer_value(json_object_get(e, "code")), code);
	ck_assert_str_eq(json_string_value(json_object_get(json_object_get(e, "data"), "name")), name);
	ck_assert_uint_gt(strlen(json_string_value(json_object_get(e, "message"))), 5);
	json_decref(e);
}

START_TEST(errors_carry_stable_codes_and_names)
{
	PARS_AUTO(rig) r = rig_new();
	json_decref(rig_call(r, "pars_sessionNew", "[\"s\"]"));
	expect_refused(r, "pars_sessionShow", "[\"none\"]", 202, "NOT_FOUND");
	expect_refused(r, "pars_peerAdd", "[\"not an address\"]", 201, "INVALID");
	expect_refused(r, "pars_storageBackup", "[\"relative.db\"]", 201, "INVALID");
	expect_refused(r, "pars_syncWait", "{\"peers\":1,\"wait\":0}", 207, "TIMEOUT");
	expect_refused(r, "pars_subscribe", "[\"messages\"]", 201, "INVALID");
	expect_refused(r, "pars_subscribe", "[\"weather\"]", -32602, "INVALID_PARAMS");
	expect_refused(r, "pars_sessionReed", "[]", -32601, "METHOD_NOT_FOUND");
}
END_TEST

START_TEST(large_pages_are_cut_and_go_on_without_a_gap)
{
	PARS_AUTO(rig) r = rig_new();
	static char text[PARS_MESSAGE_MAX + 1];
	json_decref(rig_call(r, "pars_sessionNew", "[\"s\"]"));
	memset(text, 'x', sizeof text - 1);
	char *params = pars_sprintf("[\"s\",\"%s\"]", text);
	for (int i = 0; i < 60; i++)
		json_decref(rig_call(r, "pars_sessionSend", params));
	free(params);
	size_t seen = 0, pages = 0;
	char *cursor = pars_strdup("");
	for (bool more = true; more; pages++) {
		params = pars_sprintf("{\"session\":\"s\",\"order\":\"arrival\",\"limit\":1000,\"cursor\":\"%s\"}", cursor);
		json_t *page = rig_call(r, "pars_sessionRead", params);
		seen += json_array_size(json_object_get(page, "messages"));
		more = json_is_true(json_object_get(page, "more"));
		free(cursor);
		free(params);
		cursor = text_of(page, "next");
	}
	free(cursor);
	ck_assert_uint_eq(seen, 60);
	ck_assert_uint_gt(pages, 1);
}
END_TEST

UNIT_CASE(handlers, every_method_answers_by_its_schema, errors_carry_stable_codes_and_names,
	large_pages_are_cut_and_go_on_without_a_gap);
