/* rpc/row.c - what pars.h gives, as the shapes say it in JSON. */
#include "rpc/json.h"

static json_t *list_of(const struct rpc_field *f, const char *at)
{
	const char *row = *(const char *const *)at;
	size_t count = *(const size_t *)(at + sizeof(void *));
	json_t *list = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, rpc_row(f->shape, row + i * f->stride));
	return list;
}

static void put_string(json_t *o, const struct rpc_field *f, const char *at)
{
	const char *text = *(const char *const *)at;
	if (f->unit == RPC_TIME)
		rpc_put_time(o, f->name, *(const int64_t *)at);
	else if (!text && f->flags & RPC_NULLABLE)
		json_object_set_new_nocheck(o, f->name, json_null());
	else
		rpc_put_str(o, f->name, text);
}

void rpc_put_row(json_t *o, const struct rpc_shape *shape, const void *from)
{
	for (size_t i = 0; i < shape->count; i++) {
		const struct rpc_field *f = &shape->fields[i];
		const char *at = (const char *)from + f->at - 1;
		if (!f->at)
			continue;
		switch (f->kind) {
		case RPC_STRING:
			put_string(o, f, at);
			break;
		case RPC_INT: /* signed or not: none is so large that it would matter */
			rpc_put_int(o, f->name, *(const int64_t *)at);
			break;
		case RPC_BOOL:
			rpc_put_bool(o, f->name, *(const bool *)at);
			break;
		case RPC_STRINGS:
			rpc_put_strings(o, f->name, (const struct pars_strings *)at);
			break;
		case RPC_OBJECTS:
			json_object_set_new_nocheck(o, f->name, list_of(f, at));
			break;
		case RPC_OBJECT:
		case RPC_MAP:
		case RPC_ANY:
			break;
		}
	}
}

json_t *rpc_row(const struct rpc_shape *shape, const void *from)
{
	json_t *o = json_object();
	rpc_put_row(o, shape, from);
	return o;
}
