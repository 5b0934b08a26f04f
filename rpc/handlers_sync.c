#include "rpc/handlers.h"
#include "rpc/json.h"
#include "rpc/shapes.h"

enum rpc_done rpc_sync_outbox(struct rpc_call *call)
{
	struct pars_outbox_page page;
	enum pars_err err = pars_outbox_list(rpc_node(call), rpc_param_str(call, "cursor"),
		(size_t)rpc_param_int(call, "limit"), rpc_arena(call), &page, rpc_fault(call));
	return err ? rpc_fail(call, err) : rpc_ok_row(call, &rpc_shape_outbox, &page);
}

enum rpc_done rpc_sync_status(struct rpc_call *call)
{
	struct pars_sync_page page;
	enum pars_err err = pars_sync_list(rpc_node(call), rpc_param_str(call, "session"),
		rpc_param_str(call, "cursor"), (size_t)rpc_param_int(call, "limit"), rpc_arena(call), &page,
		rpc_fault(call));
	if (err)
		return rpc_fail(call, err);
	return rpc_ok_row(call, &rpc_shape_syncs, &page);
}

enum rpc_done rpc_sync_now(struct rpc_call *call)
{
	enum pars_err err = pars_sync_now(rpc_node(call), rpc_param_str(call, "session"), rpc_fault(call));
	return err ? rpc_fail(call, err) : rpc_ok(call, json_object());
}

enum rpc_done rpc_sync_wait(struct rpc_call *call)
{
	bool done;
	int64_t peers = rpc_param_int(call, "peers"), wait = rpc_param_int(call, "wait");
	enum pars_err err = pars_sync_done(rpc_node(call), rpc_param_str(call, "session"), (size_t)peers,
		&done, rpc_fault(call));
	if (err)
		return rpc_fail(call, err);
	if (done) {
		json_t *o = json_object();
		rpc_put_uint(o, "waitedUs", rpc_waited_us(call));
		return rpc_ok(call, o);
	}
	if (rpc_may_wait(call))
		return rpc_wait(call, PARS_TOPIC_SYNC);
	return rpc_fail(call, pars_fail(rpc_fault(call), PARS_E_TIMEOUT, "not equal with %lld connected node%s "
		"after %lld s; `parsctl sync status` and `parsctl peer ls` say why", (long long)peers,
		peers == 1 ? "" : "s", (long long)wait));
}
