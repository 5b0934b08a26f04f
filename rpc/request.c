#include <stdio.h>

#include "rpc/internal.h"
#include "rpc/table.h"

static void refuse(struct rpc_client *c, int code, const char *name, const char *message)
{
	struct rpc_group *g = rpc_group_new(c, false, 1);
	g->slots[0].id = json_null();
	g->slots[0].certain = true;
	rpc_slot_error(c, g, &g->slots[0], code, name, message, NULL);
}

void rpc_request_broken(struct rpc_client *c, enum rpc_frame_state state)
{
	const char *message = "a request must begin with { or [";
	int code = RPC_E_PARSE;
	if (state == RPC_FRAME_CONTROL) {
		message = "a string holds a raw control character";
	} else if (state == RPC_FRAME_TOO_DEEP) {
		message = "the request nests deeper than 64 levels";
	} else if (state == RPC_FRAME_TOO_LARGE) {
		message = "the request is larger than 5 MiB";
		code = RPC_E_REQUEST;
	}
	refuse(c, code, code == RPC_E_PARSE ? "PARSE_ERROR" : "INVALID_REQUEST", message);
}

static void slot_invalid(struct rpc_client *c, struct rpc_group *g, struct rpc_slot *slot, const char *message)
{
	if (!slot->id)
		slot->id = json_null();
	slot->certain = true;
	rpc_slot_error(c, g, slot, RPC_E_REQUEST, "INVALID_REQUEST", message, NULL);
}

static void slot_no_method(struct rpc_client *c, struct rpc_group *g, struct rpc_slot *slot, const char *name)
{
	char message[256];
	const char *near = rpc_method_nearest(name);
	snprintf(message, sizeof message, "there is no method %.100s%s%s%s", name,
		near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
	slot->certain = true;
	rpc_slot_error(c, g, slot, RPC_E_METHOD, "METHOD_NOT_FOUND", message, NULL);
}

static void slot_bad_params(struct rpc_client *c, struct rpc_group *g, struct rpc_slot *slot,
	const struct rpc_why *why)
{
	json_t *data = json_object();
	if (why->param)
		json_object_set_new(data, "param", json_string(why->param));
	slot->certain = true;
	rpc_slot_error(c, g, slot, RPC_E_PARAMS, "INVALID_PARAMS", why->text, data);
}

static void slot_denied(struct rpc_client *c, struct rpc_group *g, struct rpc_slot *slot,
	const struct rpc_method *m)
{
	char message[200];
	snprintf(message, sizeof message, "%s needs the right \"%s\"; this connection has \"%s\"", m->name,
		rpc_role_name(m->role), rpc_role_name(c->role));
	slot->certain = true;
	rpc_slot_fail(c, g, slot, PARS_E_DENIED, message);
}

static bool id_is_valid(const json_t *id)
{
	return !id || json_is_string(id) || json_is_number(id) || json_is_null(id);
}

static const char *version_of(const json_t *request)
{
	const char *v = json_string_value(json_object_get(request, "jsonrpc"));
	return v ? v : "";
}

static void digest_one(struct rpc_client *c, struct rpc_group *g, struct rpc_slot *slot, json_t *request)
{
	json_t *params = NULL, *id = json_object_get(request, "id");
	struct rpc_why why;
	if (!json_is_object(request)) {
		slot_invalid(c, g, slot, "a request must be an object");
		return;
	}
	if (!id_is_valid(id)) {
		slot_invalid(c, g, slot, "id must be a string, a number or null");
		return;
	}
	slot->id = json_incref(id);
	const char *name = json_string_value(json_object_get(request, "method"));
	if (strcmp(version_of(request), "2.0")) {
		slot_invalid(c, g, slot, "jsonrpc must be \"2.0\"");
		return;
	}
	if (!name) {
		slot_invalid(c, g, slot, "method must be a string");
		return;
	}
	const struct rpc_method *m = rpc_method_find(name);
	if (!m)
		slot_no_method(c, g, slot, name);
	else if (!rpc_params_check(m, json_object_get(request, "params"), &params, &why))
		slot_bad_params(c, g, slot, &why);
	else if (m->role <= c->role)
		rpc_call_start(c, g, slot, m, json_incref(params));
	else
		slot_denied(c, g, slot, m);
	json_decref(params);
}

static void digest_batch(struct rpc_client *c, json_t *list)
{
	size_t n = json_array_size(list);
	if (!n || n > RPC_BATCH_MAX) {
		refuse(c, RPC_E_REQUEST, "INVALID_REQUEST", n ? "a batch may hold at most 100 requests"
			: "a batch must hold at least one request");
		return;
	}
	struct rpc_group *g = rpc_group_new(c, true, n);
	for (size_t i = 0; i < n; i++)
		digest_one(c, g, &g->slots[i], json_array_get(list, i));
}

void rpc_request_digest(struct rpc_client *c, struct pars_bytes text)
{
	json_error_t e;
	char message[sizeof e.text + 64];
	json_t *request = json_loadb((const char *)text.p, text.n, JSON_REJECT_DUPLICATES, &e);
	if (!request) {
		snprintf(message, sizeof message, "not valid JSON at byte %d: %s", e.position,
			json_error_code(&e) == json_error_null_character ? "\\u0000 in a text is not supported" : e.text);
		refuse(c, RPC_E_PARSE, "PARSE_ERROR", message);
		return;
	}
	if (json_is_array(request)) {
		digest_batch(c, request);
	} else {
		struct rpc_group *g = rpc_group_new(c, false, 1);
		digest_one(c, g, &g->slots[0], request);
	}
	json_decref(request);
}
