#include <stdlib.h>
#include <string.h>

#include "rpc/handlers.h"
#include "rpc/json.h"

static enum pars_log_level level_of(const char *name)
{
	unsigned i = 0;
	while (strcmp(rpc_log_levels[i], name)) /* the schema lets no other pass */
		i++;
	return (enum pars_log_level)i;
}

/* Asking is free, setting is the admin's: a lower level costs speed, and tells
 * addresses. */
enum rpc_done rpc_log_level(struct rpc_call *call)
{
	const struct rpc_outside *o = rpc_outside(call);
	const char *name = rpc_param_str(call, "level");
	if (name && rpc_role(call) < RPC_ADMIN)
		return rpc_fail(call, pars_fail(rpc_fault(call), PARS_E_DENIED, "setting the log level needs the right "
			"\"admin\"; this connection has \"%s\"", rpc_role_name(rpc_role(call))));
	enum pars_log_level set = name ? level_of(name) : PARS_LOG_INFO;
	json_t *result = json_object();
	rpc_put_str(result, "level", rpc_log_levels[o->log_level(o->arg, name ? &set : NULL)]);
	return rpc_ok(call, result);
}

/* "last:N", "end", or the number of the record to begin with. */
static bool place(const char *cursor, uint64_t next, uint64_t *ret)
{
	char *end;
	bool last = !strncmp(cursor, "last:", 5);
	const char *digits = last ? cursor + 5 : cursor;
	*ret = strtoull(digits, &end, 10);
	if (!*cursor || !strcmp(cursor, "end")) {
		*ret = *cursor ? next : 1;
		return true;
	}
	if (last)
		*ret = *ret < next ? next - *ret : 1;
	return end != digits && !*end && *digits >= '0' && *digits <= '9';
}

static json_t *record_json(const struct rpc_log_record *r)
{
	json_t *o = json_object();
	rpc_put_time(o, "time", r->wall_ns);
	rpc_put_str(o, "level", rpc_log_levels[r->level]);
	rpc_put_str(o, "folder", r->folder);
	rpc_put_str(o, "text", r->text);
	return o;
}

enum rpc_done rpc_log_tail(struct rpc_call *call)
{
	const struct rpc_outside *out = rpc_outside(call);
	const char *cursor = rpc_param_str(call, "cursor");
	uint64_t at, next = out->log_next(out->arg);
	struct rpc_log_record r;
	char text[24];
	if (!place(cursor, next, &at))
		return rpc_fail(call, pars_fail(rpc_fault(call), PARS_E_INVALID, "cursor: '%.80s' is not one that a page "
			"gave", cursor));
	json_t *o = json_object(), *list = json_array();
	while ((int64_t)json_array_size(list) < rpc_param_int(call, "limit") && out->log_read(out->arg, at, &r)) {
		json_array_append_new(list, record_json(&r));
		at = r.number + 1;
	}
	/* After a restart numbers are smaller than the cursor: begin anew. */
	snprintf(text, sizeof text, "%llu", (unsigned long long)PARS_MIN(at, next));
	json_object_set_new(o, "records", list);
	rpc_put_str(o, "next", text);
	rpc_put_bool(o, "more", at < next);
	if (json_array_size(list) || !rpc_may_wait(call))
		return rpc_ok(call, o);
	rpc_param_keep(call, "cursor", text);
	json_decref(o);
	return rpc_wait(call, PARS_TOPIC_LOG);
}
