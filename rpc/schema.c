#include "rpc/schema.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rpc/nearest.h"

const char *rpc_role_name(enum rpc_role role)
{
	static const char *const names[] = { "read", "wallet", "admin" };
	return names[role];
}

const char *rpc_kind_name(enum rpc_kind kind)
{
	static const char *const names[] = {
		[RPC_STRING] = "a string",
		[RPC_INT] = "an integer",
		[RPC_BOOL] = "true or false",
		[RPC_OBJECT] = "an object",
		[RPC_STRINGS] = "a list of strings",
		[RPC_OBJECTS] = "a list of objects",
		[RPC_MAP] = "an object of strings",
		[RPC_ANY] = "any value",
	};
	return names[kind];
}

static bool PARS_PRINTF(3, 4) complain(struct rpc_why *why, const char *param, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	why->param = param;
	vsnprintf(why->text, sizeof why->text, fmt, ap);
	va_end(ap);
	return false;
}

static void expected_choice(const struct rpc_param *p, char out[RPC_WHY_MAX])
{
	size_t n = (size_t)snprintf(out, RPC_WHY_MAX, "one of");
	for (size_t i = 0; p->choices[i] && n < RPC_WHY_MAX; i++)
		n += (size_t)snprintf(out + n, RPC_WHY_MAX - n, "%s %s", i ? "," : "", p->choices[i]);
}

void rpc_param_expected(const struct rpc_param *p, char out[RPC_WHY_MAX])
{
	if (p->choices)
		expected_choice(p, out);
	else if (p->kind == RPC_INT)
		snprintf(out, RPC_WHY_MAX, "an integer from %lld to %lld", (long long)p->min, (long long)p->max);
	else if (p->kind == RPC_STRING && p->min)
		snprintf(out, RPC_WHY_MAX, "a text of %lld to %lld bytes", (long long)p->min, (long long)p->max);
	else if (p->kind == RPC_STRING)
		snprintf(out, RPC_WHY_MAX, "a text of at most %lld bytes", (long long)p->max);
	else
		snprintf(out, RPC_WHY_MAX, "%s", rpc_kind_name(p->kind));
}

static const char *found_name(const json_t *v)
{
	switch (json_typeof(v)) {
	case JSON_OBJECT: return "an object";
	case JSON_ARRAY: return "a list";
	case JSON_STRING: return "a string";
	case JSON_INTEGER: return "an integer";
	case JSON_REAL: return "a fraction";
	case JSON_TRUE:
	case JSON_FALSE: return "a boolean";
	case JSON_NULL: return "null";
	}
	return "something else";
}

static bool kind_fits(enum rpc_kind kind, const json_t *v)
{
	switch (kind) {
	case RPC_STRING: return json_is_string(v);
	case RPC_INT: return json_is_integer(v);
	case RPC_BOOL: return json_is_boolean(v);
	case RPC_OBJECT:
	case RPC_MAP: return json_is_object(v);
	case RPC_STRINGS:
	case RPC_OBJECTS: return json_is_array(v);
	case RPC_ANY: return true;
	}
	return false;
}

/* -- parameters ------------------------------------------------------------ */

static bool in_range(const struct rpc_param *p, const json_t *v)
{
	if (p->kind == RPC_BOOL)
		return true;
	int64_t n = p->kind == RPC_INT ? json_integer_value(v) : (int64_t)json_string_length(v);
	return n >= p->min && n <= p->max;
}

static bool is_choice(const struct rpc_param *p, const char *s)
{
	for (size_t i = 0; p->choices[i]; i++)
		if (!strcmp(p->choices[i], s))
			return true;
	return false;
}

static bool check_param(const struct rpc_param *p, const json_t *v, struct rpc_why *why)
{
	char expected[RPC_WHY_MAX];
	if (kind_fits(p->kind, v) && (p->choices ? is_choice(p, json_string_value(v)) : in_range(p, v)))
		return true;
	rpc_param_expected(p, expected);
	if (!kind_fits(p->kind, v))
		return complain(why, p->name, "%s must be %.300s, not %s", p->name, expected, found_name(v));
	if (p->choices)
		return complain(why, p->name, "%s must be %.300s", p->name, expected);
	if (p->kind == RPC_INT)
		return complain(why, p->name, "%s must be %.300s, not %lld", p->name, expected,
			(long long)json_integer_value(v));
	return complain(why, p->name, "%s must be %.300s; it has %zu", p->name, expected, json_string_length(v));
}

static const struct rpc_param *find_param(const struct rpc_method *m, const char *name)
{
	for (size_t i = 0; i < m->params_count; i++)
		if (!strcmp(m->params[i].name, name))
			return &m->params[i];
	return NULL;
}

static const char *param_name_at(const void *m, size_t i)
{
	const struct rpc_method *method = m;
	return i < method->params_count ? method->params[i].name : NULL;
}

static bool refuse_unknown(const struct rpc_method *m, json_t *given, struct rpc_why *why)
{
	const char *name;
	json_t *value;
	json_object_foreach(given, name, value) {
		if (find_param(m, name))
			continue;
		const char *near = rpc_nearest(name, param_name_at, m);
		if (!m->params_count)
			return complain(why, name, "%s takes no parameters, but got %.100s", m->name, name);
		if (near)
			return complain(why, name, "%s has no parameter %.100s; did you mean %s?", m->name, name, near);
		return complain(why, name, "%s has no parameter %.100s", m->name, name);
	}
	return true;
}

static json_t *given_value(json_t *given, const struct rpc_param *p, size_t i)
{
	json_t *v = json_is_array(given) ? json_array_get(given, i) : json_object_get(given, p->name);
	return json_is_null(v) ? NULL : v;
}

static bool take_param(const struct rpc_param *p, json_t *v, json_t *into, struct rpc_why *why)
{
	char expected[RPC_WHY_MAX];
	json_t *def = NULL;
	if (v) {
		if (!check_param(p, v, why))
			return false;
		json_object_set(into, p->name, v);
	} else if (p->flags & RPC_REQUIRED) {
		rpc_param_expected(p, expected);
		return complain(why, p->name, "%s is missing: %.300s", p->name, expected);
	} else if (p->def && rpc_param_parse(p, p->def, &def, why)) {
		json_object_set_new(into, p->name, def);
	}
	return true;
}

bool rpc_params_check(const struct rpc_method *m, json_t *given, json_t **ret, struct rpc_why *why)
{
	if (given && !json_is_object(given) && !json_is_array(given))
		return complain(why, NULL, "params must be an object or a list, not %s", found_name(given));
	if (json_is_array(given) && json_array_size(given) > m->params_count)
		return complain(why, NULL, "%s takes at most %zu parameters, but got %zu", m->name,
			m->params_count, json_array_size(given));
	if (json_is_object(given) && !refuse_unknown(m, given, why))
		return false;
	if (!m->params_count && given && json_is_object(given)) { /* an empty one */
		*ret = json_incref(given);
		return true;
	}
	json_t *params = json_object();
	for (size_t i = 0; i < m->params_count; i++) {
		if (!take_param(&m->params[i], given_value(given, &m->params[i], i), params, why)) {
			json_decref(params);
			return false;
		}
	}
	*ret = params;
	return true;
}

static bool parse_int(const struct rpc_param *p, const char *text, json_t **ret, struct rpc_why *why)
{
	char expected[RPC_WHY_MAX], *end;
	errno = 0;
	long long n = strtoll(text, &end, 10);
	rpc_param_expected(p, expected);
	if (errno || end == text || *end)
		return complain(why, p->name, "%s must be %.300s, not \"%.60s\"", p->name, expected, text);
	*ret = json_integer(n);
	return true;
}

static bool parse_bool(const struct rpc_param *p, const char *text, json_t **ret, struct rpc_why *why)
{
	if (strcmp(text, "true") && strcmp(text, "false"))
		return complain(why, p->name, "%s must be true or false, not \"%.60s\"", p->name, text);
	*ret = json_boolean(!strcmp(text, "true"));
	return true;
}

bool rpc_param_parse(const struct rpc_param *p, const char *text, json_t **ret, struct rpc_why *why)
{
	if (p->kind == RPC_INT)
		return parse_int(p, text, ret, why);
	if (p->kind == RPC_BOOL)
		return parse_bool(p, text, ret, why);
	json_t *s = json_string(text);
	if (!s)
		return complain(why, p->name, "%s is not valid UTF-8", p->name);
	*ret = s;
	return true;
}

/* -- results --------------------------------------------------------------- */

static bool check_object(const struct rpc_shape *shape, const json_t *v, struct rpc_why *why)
{
	for (size_t i = 0; i < shape->count; i++) {
		const struct rpc_field *f = &shape->fields[i];
		const json_t *member = json_object_get(v, f->name);
		if (!member)
			return complain(why, f->name, "%s: %s is missing", shape->name, f->name);
		if (!rpc_result_check(f, member, why))
			return false;
	}
	if (json_object_size(v) != shape->count)
		return complain(why, NULL, "%s: %zu fields, %zu in the schema", shape->name,
			json_object_size(v), shape->count);
	return true;
}

static bool check_items(const struct rpc_field *f, const json_t *v, struct rpc_why *why)
{
	for (size_t i = 0; i < json_array_size(v); i++) {
		const json_t *item = json_array_get(v, i);
		if (!kind_fits(f->kind == RPC_OBJECTS ? RPC_OBJECT : RPC_STRING, item))
			return complain(why, f->name, "%s[%zu] is %s", f->name, i, found_name(item));
		if (f->kind == RPC_OBJECTS && !check_object(f->shape, item, why))
			return false;
	}
	return true;
}

static bool check_map(const struct rpc_field *f, const json_t *v, struct rpc_why *why)
{
	const char *name;
	json_t *value;
	json_object_foreach((json_t *)v, name, value)
		if (!json_is_string(value))
			return complain(why, f->name, "%s is %s", name, found_name(value));
	return true;
}

bool rpc_result_check(const struct rpc_field *f, const json_t *value, struct rpc_why *why)
{
	if (json_is_null(value) && f->flags & RPC_NULLABLE)
		return true;
	if (!kind_fits(f->kind, value))
		return complain(why, f->name, "%s must be %s, not %s", f->name ? f->name : "the result",
			rpc_kind_name(f->kind), found_name(value));
	if (f->kind == RPC_INT && f->unit != RPC_PLAIN && json_integer_value(value) < 0)
		return complain(why, f->name, "%s is negative: %lld", f->name, (long long)json_integer_value(value));
	if (f->kind == RPC_OBJECT)
		return check_object(f->shape, value, why);
	if (f->kind == RPC_OBJECTS || f->kind == RPC_STRINGS)
		return check_items(f, value, why);
	return f->kind != RPC_MAP || check_map(f, value, why);
}
