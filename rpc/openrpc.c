#include <string.h>

#include "rpc/table.h"

/* The JSON Schema type of a value that stands alone. */
static const char *schema_type(enum rpc_kind kind)
{
	switch (kind) {
	case RPC_STRING: return "string";
	case RPC_INT: return "integer";
	case RPC_BOOL: return "boolean";
	case RPC_OBJECT:
	case RPC_MAP: return "object";
	case RPC_STRINGS:
	case RPC_OBJECTS: return "array";
	case RPC_ANY: break;
	}
	return NULL;
}

static json_t *field_schema(const struct rpc_field *f);

static json_t *shape_schema(const struct rpc_shape *shape)
{
	json_t *properties = json_object(), *required = json_array();
	for (size_t i = 0; i < shape->count; i++) {
		json_object_set_new(properties, shape->fields[i].name, field_schema(&shape->fields[i]));
		json_array_append_new(required, json_string(shape->fields[i].name));
	}
	return json_pack("{s:s, s:s, s:o, s:o}", "title", shape->name, "type", "object",
		"properties", properties, "required", required);
}

static json_t *field_schema(const struct rpc_field *f)
{
	json_t *s = f->kind == RPC_OBJECT ? shape_schema(f->shape) : json_object();
	const char *type = schema_type(f->kind);
	if (type && f->flags & RPC_NULLABLE)
		json_object_set_new(s, "type", json_pack("[ss]", type, "null"));
	else if (type)
		json_object_set_new(s, "type", json_string(type));
	if (f->kind == RPC_STRINGS)
		json_object_set_new(s, "items", json_pack("{s:s}", "type", "string"));
	if (f->kind == RPC_OBJECTS)
		json_object_set_new(s, "items", shape_schema(f->shape));
	if (f->kind == RPC_MAP)
		json_object_set_new(s, "additionalProperties", json_pack("{s:s}", "type", "string"));
	if (f->unit == RPC_TIME)
		json_object_set_new(s, "format", json_string("date-time"));
	if (f->help)
		json_object_set_new(s, "description", json_string(f->help));
	return s;
}

static json_t *choices_schema(const struct rpc_param *p)
{
	json_t *list = json_array();
	for (size_t i = 0; p->choices[i]; i++)
		json_array_append_new(list, json_string(p->choices[i]));
	return list;
}

static json_t *param_schema(const struct rpc_param *p)
{
	struct rpc_why why;
	json_t *def, *s = json_pack("{s:s}", "type", schema_type(p->kind));
	if (p->choices) {
		json_object_set_new(s, "enum", choices_schema(p));
	} else if (p->kind == RPC_INT) {
		json_object_set_new(s, "minimum", json_integer(p->min));
		json_object_set_new(s, "maximum", json_integer(p->max));
	} else if (p->kind == RPC_STRING) {
		/* JSON Schema counts characters, the daemon bytes: an upper bound of both. */
		json_object_set_new(s, "maxLength", json_integer(p->max));
	}
	if (p->def && rpc_param_parse(p, p->def, &def, &why))
		json_object_set_new(s, "default", def);
	return s;
}

static json_t *param_doc(const struct rpc_param *p)
{
	return json_pack("{s:s, s:s, s:b, s:o}", "name", p->name, "description", p->help,
		"required", !!(p->flags & RPC_REQUIRED), "schema", param_schema(p));
}

static json_t *example_doc(const struct rpc_method *m)
{
	json_t *given = json_loads(m->example, 0, NULL), *params = json_array();
	for (size_t i = 0; i < m->params_count; i++) {
		json_t *v = json_object_get(given, m->params[i].name);
		if (v)
			json_array_append_new(params, json_pack("{s:s, s:O}", "name", m->params[i].name, "value", v));
	}
	json_decref(given);
	return json_pack("{s:s, s:o, s:{s:s, s:o}}", "name", "example", "params", params, "result",
		"name", "result", "value", json_loads(m->example_result, JSON_DECODE_ANY, NULL));
}

static json_t *method_doc(const struct rpc_method *m)
{
	json_t *params = json_array();
	for (size_t i = 0; i < m->params_count; i++)
		json_array_append_new(params, param_doc(&m->params[i]));
	return json_pack("{s:s, s:s, s:s, s:o, s:{s:s, s:o}, s:[o], s:s}", "name", m->name,
		"summary", m->summary, "paramStructure", "either", "params", params,
		"result", "name", "result", "schema", field_schema(&m->result),
		"examples", example_doc(m), "x-role", rpc_role_name(m->role));
}

json_t *rpc_openrpc(void)
{
	json_t *methods = json_array();
	for (size_t i = 0; i < rpc_methods_count; i++)
		json_array_append_new(methods, method_doc(&rpc_methods[i]));
	return json_pack("{s:s, s:{s:s, s:s}, s:o}", "openrpc", "1.2.6", "info", "title", "parsd",
		"version", PARS_VERSION, "methods", methods);
}
