#include "rpc/schema.h"

#include <stdio.h>

#include "rpc/genesis.h"
#include "rpc/table.h"
#include "tests/unit/unit.h"

/* Why parameters are refused; "" when they are not. */
static const char *refusal(const char *method, const char *given)
{
	static struct rpc_why why;
	json_t *g = given ? json_loads(given, JSON_DECODE_ANY, NULL) : NULL, *params;
	why = (struct rpc_why){ 0 };
	ck_assert(!given || g);
	if (rpc_params_check(rpc_method_find(method), g, &params, &why))
		json_decref(params);
	else
		ck_assert(why.text[0]);
	if (why.param) /* must be in the text, too: people read that */
		ck_assert_ptr_nonnull(strstr(why.text, why.param));
	json_decref(g);
	return why.text;
}

START_TEST(bad_parameters_name_what_was_expected)
{
	ck_assert_str_eq(refusal("pars_peerLs", "{\"limit\":0}"), "limit must be an integer from 1 to 1000, not 0");
	ck_assert_str_eq(refusal("pars_peerLs", "{\"limit\":\"5\"}"),
		"limit must be an integer from 1 to 1000, not a string");
	ck_assert_str_eq(refusal("pars_peerLs", "{\"limit\":1.5}"),
		"limit must be an integer from 1 to 1000, not a fraction");
	ck_assert_str_eq(refusal("pars_peerLs", "{\"limt\":1}"),
		"pars_peerLs has no parameter limt; did you mean limit?");
	ck_assert_str_eq(refusal("pars_status", "{\"x\":1}"), "pars_status takes no parameters, but got x");
	ck_assert_str_eq(refusal("pars_status", "[1]"), "pars_status takes at most 0 parameters, but got 1");
	ck_assert_str_eq(refusal("pars_status", "7"), "params must be an object or a list, not an integer");
	ck_assert_str_eq(refusal("pars_sessionShow", NULL), "session is missing: a text of 1 to 200 bytes");
	ck_assert_str_eq(refusal("pars_sessionShow", "{\"session\":null}"),
		"session is missing: a text of 1 to 200 bytes");
	ck_assert_str_eq(refusal("pars_sessionShow", "[\"\"]"), "session must be a text of 1 to 200 bytes; it has 0");
	ck_assert_str_eq(refusal("pars_sessionRead", "[\"a\",\"backwards\"]"),
		"order must be one of arrival, canonical");
}
END_TEST

START_TEST(parameters_come_by_name_or_place_with_defaults)
{
	const struct rpc_method *m = rpc_method_find("pars_sessionRead");
	struct rpc_why why;
	json_t *by_place = json_pack("[s, n, n, i]", "s1", 5), *by_name = json_pack("{s:s, s:i}", "session", "s1", "limit", 5);
	json_t *a, *b;
	ck_assert(rpc_params_check(m, by_place, &a, &why));
	ck_assert(rpc_params_check(m, by_name, &b, &why));
	ck_assert(json_equal(a, b));
	ck_assert_str_eq(json_string_value(json_object_get(a, "order")), "canonical");
	ck_assert_ptr_null(json_object_get(a, "cursor"));
	json_decref(by_place);
	json_decref(by_name);
	json_decref(a);
	json_decref(b);
}
END_TEST

static bool fits(const char *method, const char *result)
{
	struct rpc_why why;
	json_t *v = json_loads(result, JSON_DECODE_ANY, NULL);
	bool ok = rpc_result_check(&rpc_method_find(method)->result, v, &why);
	json_decref(v);
	return ok;
}

START_TEST(results_must_have_just_the_fields_of_the_schema)
{
	ck_assert(fits("pars_sessionHeads", "{\"heads\":[\"a\"],\"next\":null}"));
	ck_assert(!fits("pars_sessionHeads", "{\"heads\":[1],\"next\":null}"));
	ck_assert(!fits("pars_sessionHeads", "{}"));
	ck_assert(!fits("pars_sessionHeads", "{\"heads\":[],\"next\":null,\"more\":1}"));
	ck_assert(!fits("pars_sessionHeads", "{\"heads\":null,\"next\":null}"));
	ck_assert(fits("pars_dagVerify", "{\"checked\":1,\"bad\":[],\"next\":null}"));
	ck_assert(!fits("pars_dagVerify", "{\"checked\":\"1\",\"bad\":[],\"next\":null}"));
	ck_assert(!fits("rpc_modules", "{\"a\":1}"));
	ck_assert(fits("pars_storageBackup", "{\"path\":\"/b\",\"bytes\":0}"));
	ck_assert(!fits("pars_storageBackup", "{\"path\":\"/b\",\"bytes\":-1}"));
}
END_TEST

static enum pars_err genesis(const char *text)
{
	struct rpc_genesis g = { 0 };
	struct pars_fault fault;
	enum pars_err err = rpc_genesis_read(PARS_BYTES_STR(text), &g, &fault);
	rpc_genesis_done(&g);
	return err;
}

START_TEST(genesis_files_name_their_network)
{
	ck_assert(!genesis("{\"config\":{},\"pars\":{\"name\":\"my-net\"}}"));
	ck_assert_int_eq(genesis("{\"pars\":{\"name\":\"dev\"}}"), PARS_E_INVALID);
	ck_assert_int_eq(genesis("{\"pars\":{\"name\":\"My Net\"}}"), PARS_E_INVALID);
	ck_assert_int_eq(genesis("{\"pars\":{\"name\":\"\"}}"), PARS_E_INVALID);
	ck_assert_int_eq(genesis("{\"pars\":{}}"), PARS_E_INVALID);
	ck_assert_int_eq(genesis("{}"), PARS_E_INVALID);
	ck_assert_int_eq(genesis("[]"), PARS_E_INVALID);
	ck_assert_int_eq(genesis("{"), PARS_E_INVALID);
	ck_assert(!genesis("{\"pars\":{\"name\":\"n\",\"dht\":\"/n/kad/1\",\"privateAddresses\":true,"
		"\"bootstrap\":[\"/dnsaddr/boot.example\"],\"bootstrapKey\":\"did:key:z6Mkx\"}}"));
	ck_assert_int_eq(genesis("{\"pars\":{\"name\":\"n\",\"dht\":\"n\"}}"), PARS_E_INVALID);
	ck_assert_int_eq(genesis("{\"pars\":{\"name\":\"n\",\"privateAddresses\":1}}"), PARS_E_INVALID);
	ck_assert_int_eq(genesis("{\"pars\":{\"name\":\"n\",\"bootstrap\":[1]}}"), PARS_E_INVALID);
	ck_assert_int_eq(genesis("{\"pars\":{\"name\":\"n\",\"bootstrapKey\":\"x\"}}"), PARS_E_INVALID);
}
END_TEST

UNIT_CASE(schema, bad_parameters_name_what_was_expected, parameters_come_by_name_or_place_with_defaults,
	results_must_have_just_the_fields_of_the_schema, genesis_files_name_their_network);
