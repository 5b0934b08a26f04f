/* rpc/json.h - short ways to fill a result. */
#ifndef PARS_RPC_JSON_H
#define PARS_RPC_JSON_H

#include "pars.h"
#include "rpc/schema.h"
#include "rpc/text.h"

static inline void rpc_put_str(json_t *o, const char *name, const char *s)
{
	json_object_set_new_nocheck(o, name, rpc_text_string(s ? s : ""));
}
static inline void rpc_put_int(json_t *o, const char *name, int64_t n)
{
	json_object_set_new_nocheck(o, name, json_integer(n));
}
/* Numbers past the largest that JSON readers keep exact do not occur; a
 * wrong one must not turn negative. */
static inline void rpc_put_uint(json_t *o, const char *name, uint64_t n)
{
	rpc_put_int(o, name, (int64_t)PARS_MIN(n, (uint64_t)INT64_MAX));
}
static inline void rpc_put_bool(json_t *o, const char *name, bool b)
{
	json_object_set_new_nocheck(o, name, json_boolean(b));
}
static inline void rpc_put_time(json_t *o, const char *name, int64_t wall_ns)
{
	json_object_set_new_nocheck(o, name, rpc_text_time(wall_ns));
}
static inline void rpc_put_strings(json_t *o, const char *name, const struct pars_strings *list)
{
	json_t *a = json_array();
	for (size_t i = 0; i < list->count; i++)
		json_array_append_new(a, rpc_text_string(list->list[i]));
	json_object_set_new_nocheck(o, name, a);
}

#endif
