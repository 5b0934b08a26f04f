#include "rpc/handlers.h"
#include "rpc/json.h"
#include "rpc/shapes.h"
#include "rpc/table.h"

enum rpc_done rpc_status(struct rpc_call *call)
{
	struct pars_status st;
	pars_status_get(rpc_node(call), rpc_arena(call), &st);
	return rpc_ok_row(call, &rpc_shape_status, &st);
}

enum rpc_done rpc_id_show(struct rpc_call *call)
{
	struct pars_id_info id;
	pars_id_get(rpc_node(call), rpc_arena(call), &id);
	return rpc_ok_row(call, &rpc_shape_id, &id);
}

static void put_metric(json_t *list, const char *name, const char *type, uint64_t value, const char *help)
{
	json_t *row = json_object();
	rpc_put_str(row, "name", name);
	rpc_put_str(row, "type", type);
	rpc_put_uint(row, "value", value);
	rpc_put_str(row, "help", help);
	json_array_append_new(list, row);
}

enum rpc_done rpc_metrics(struct rpc_call *call)
{
	const struct pars_metrics *m = pars_node_metrics(rpc_node(call));
	const struct rpc_outside *out = rpc_outside(call);
	size_t n;
	const struct rpc_metric_row *rows = out->metrics(out->arg, &n);
	json_t *o = json_object(), *list = json_array();
	for (size_t i = 0; i < PARS_METRIC_COUNT; i++)
		put_metric(list, pars_metric_info[i].name, pars_metric_info[i].type, m->value[i], pars_metric_info[i].help);
	for (size_t i = 0; i < n; i++)
		put_metric(list, rows[i].name, rows[i].type, rows[i].value, rows[i].help);
	json_object_set_new(o, "metrics", list);
	return rpc_ok(call, o);
}

enum rpc_done rpc_pause(struct rpc_call *call)
{
	pars_pause(rpc_node(call));
	return rpc_ok(call, json_object());
}

enum rpc_done rpc_resume(struct rpc_call *call)
{
	pars_resume(rpc_node(call));
	return rpc_ok(call, json_object());
}

enum rpc_done rpc_stop_daemon(struct rpc_call *call)
{
	rpc_stop(call);
	return rpc_ok(call, json_object());
}

enum rpc_done rpc_version(struct rpc_call *call)
{
	return rpc_ok_row(call, &rpc_shape_version, &(struct rpc_version_row){ PARS_VERSION, rpc_config(call)->agent });
}

enum rpc_done rpc_config_check(struct rpc_call *call)
{
	const struct rpc_outside *out = rpc_outside(call);
	json_t *o = json_object(), *problems = json_array(), *list = json_array();
	size_t n = 0;
	const struct rpc_setting_change *changes = out->config_check(out->arg, &n, rpc_fault(call));
	if (!changes)
		json_array_append_new(problems, rpc_text_string(rpc_fault(call)->text));
	for (size_t i = 0; i < n && changes; i++) {
		json_t *row = json_object();
		rpc_put_str(row, "name", changes[i].name);
		rpc_put_str(row, "value", changes[i].now);
		rpc_put_str(row, "configured", changes[i].then);
		rpc_put_str(row, "needs", changes[i].reload ? "reload" : "restart");
		json_array_append_new(list, row);
	}
	json_object_set_new(o, "problems", problems);
	json_object_set_new(o, "changes", list);
	return rpc_ok(call, o);
}

enum rpc_done rpc_config_show(struct rpc_call *call)
{
	const struct rpc_server_config *config = rpc_config(call);
	json_t *o = json_object(), *list = json_array();
	for (size_t i = 0; i < config->settings_count; i++) {
		json_t *row = json_object();
		rpc_put_str(row, "name", config->settings[i].name);
		rpc_put_str(row, "value", config->settings[i].value);
		rpc_put_str(row, "origin", config->settings[i].origin);
		json_array_append_new(list, row);
	}
	json_object_set_new(o, "settings", list);
	return rpc_ok(call, o);
}

enum rpc_done rpc_subscribe_topic(struct rpc_call *call)
{
	const char *id;
	enum pars_err err = rpc_subscribe(call, rpc_param_str(call, "topic"),
		rpc_param_str(call, "session"), rpc_param_str(call, "cursor"), &id);
	return err ? rpc_fail(call, err) : rpc_ok(call, json_string(id));
}

enum rpc_done rpc_unsubscribe_topic(struct rpc_call *call)
{
	return rpc_ok(call, json_boolean(rpc_unsubscribe(call, rpc_param_str(call, "subscription"))));
}

enum rpc_done rpc_discover(struct rpc_call *call)
{
	return rpc_ok(call, rpc_openrpc());
}

enum rpc_done rpc_modules(struct rpc_call *call)
{
	json_t *o = json_object();
	for (size_t i = 0; i < rpc_methods_count; i++) {
		const char *name = rpc_methods[i].name;
		json_object_setn_new(o, name, (size_t)(strchr(name, '_') - name), json_string("1.0"));
	}
	return rpc_ok(call, o);
}

enum rpc_done rpc_client_version(struct rpc_call *call)
{
	return rpc_ok(call, json_string(rpc_config(call)->agent));
}
