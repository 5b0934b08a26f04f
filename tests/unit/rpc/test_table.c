#include "rpc/table.h"

#include "rpc/call.h"
#include "tests/unit/unit.h"

START_TEST(methods_are_sorted_and_each_has_its_handler)
{
	ck_assert_uint_eq(rpc_methods_count, rpc_handlers_count);
	for (size_t i = 0; i < rpc_methods_count; i++) {
		ck_assert_str_eq(rpc_methods[i].name, rpc_handlers[i].name);
		ck_assert_ptr_eq(rpc_method_find(rpc_methods[i].name), &rpc_methods[i]);
		if (i)
			ck_assert_str_lt(rpc_methods[i - 1].name, rpc_methods[i].name);
	}
	ck_assert_ptr_null(rpc_method_find("pars_nothing"));
	ck_assert_str_eq(rpc_method_nearest("pars_statsu"), "pars_status");
}
END_TEST

START_TEST(examples_keep_to_their_schemas)
{
	for (size_t i = 0; i < rpc_methods_count; i++) {
		const struct rpc_method *m = &rpc_methods[i];
		struct rpc_why why = { .text = "no JSON" };
		json_t *given = json_loads(m->example, 0, NULL), *params = NULL;
		json_t *result = json_loads(m->example_result, JSON_DECODE_ANY, NULL);
		ck_assert_msg(given && rpc_params_check(m, given, &params, &why), "%s: %s", m->name, why.text);
		ck_assert_msg(result && rpc_result_check(&m->result, result, &why), "%s: %s", m->name, why.text);
		json_decref(given);
		json_decref(params);
		json_decref(result);
	}
}
END_TEST

START_TEST(parameters_are_well_formed)
{
	for (size_t i = 0; i < rpc_methods_count; i++) {
		const struct rpc_method *m = &rpc_methods[i];
		bool optional = false;
		for (size_t p = 0; p < m->params_count; p++) {
			const struct rpc_param *param = &m->params[p];
			json_t *def = NULL;
			struct rpc_why why;
			/* By position, required ones must come first. */
			ck_assert_msg(!(optional && param->flags & RPC_REQUIRED), "%s: %s", m->name, param->name);
			optional |= !(param->flags & RPC_REQUIRED);
			ck_assert_msg(param->choices || param->kind == RPC_BOOL || param->max, "%s: %s has no bound", m->name,
				param->name);
			ck_assert(!param->def || rpc_param_parse(param, param->def, &def, &why));
			json_decref(def);
		}
		ck_assert_ptr_nonnull(m->summary);
	}
}
END_TEST

START_TEST(the_openrpc_document_holds_all_methods)
{
	json_t *doc = rpc_openrpc(), *methods = json_object_get(doc, "methods");
	ck_assert_uint_eq(json_array_size(methods), rpc_methods_count);
	for (size_t i = 0; i < rpc_methods_count; i++) {
		json_t *m = json_array_get(methods, i);
		ck_assert_str_eq(json_string_value(json_object_get(m, "name")), rpc_methods[i].name);
		ck_assert_uint_eq(json_array_size(json_object_get(m, "params")), rpc_methods[i].params_count);
		ck_assert_uint_eq(json_array_size(json_object_get(m, "examples")), 1);
	}
	json_decref(doc);
}
END_TEST

static bool has_param(const struct rpc_method *m, const char *name)
{
	for (size_t i = 0; i < m->params_count; i++)
		if (!strcmp(m->params[i].name, name))
			return true;
	return false;
}

static bool has_next(const struct rpc_shape *shape)
{
	for (size_t i = 0; i < shape->count; i++)
		if (shape->fields[i].flags & RPC_NEXT)
			return true;
	return false;
}

/* What is short by its nature comes as a whole: it has a bound of its own. */
START_TEST(lists_come_in_pages)
{
	static const char *const bounded[] = { "eth_accounts", "pars_bootstrapLs", "pars_bootstrapTest", "pars_configCheck",
		"pars_configShow", "pars_dagShow", "pars_dhtClosest", "pars_dhtFindPeer", "pars_dhtProviders", "pars_doctor",
		"pars_health", "pars_idShow", "pars_mailboxLs", "pars_metrics", "pars_peerScore", "pars_peerVerify",
		"pars_relayLs", "pars_status", "pars_top" };
	for (size_t i = 0; i < rpc_methods_count; i++) {
		const struct rpc_method *m = &rpc_methods[i];
		const struct rpc_shape *shape = m->result.shape;
		bool list = m->result.kind == RPC_STRINGS || m->result.kind == RPC_OBJECTS, whole = false;
		for (size_t k = 0; shape && k < shape->count; k++)
			list |= shape->fields[k].kind == RPC_STRINGS || shape->fields[k].kind == RPC_OBJECTS;
		for (size_t k = 0; k < PARS_COUNT(bounded); k++)
			whole |= !strcmp(m->name, bounded[k]);
		bool pages = has_param(m, "cursor") && has_param(m, "limit") && shape && has_next(shape);
		ck_assert_msg(list ? pages != whole : !whole, "%s: a list needs cursor, limit and next, or a bound", m->name);
	}
}
END_TEST

UNIT_CASE(table, lists_come_in_pages, methods_are_sorted_and_each_has_its_handler, examples_keep_to_their_schemas,
	parameters_are_well_formed, the_openrpc_document_holds_all_methods);
