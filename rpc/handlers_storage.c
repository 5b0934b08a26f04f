#include "rpc/handlers.h"
#include "rpc/json.h"
#include "rpc/shapes.h"

enum rpc_done rpc_storage_stats(struct rpc_call *call)
{
	struct pars_storage_info st;
	enum pars_err err = pars_storage_get(rpc_node(call), rpc_arena(call), &st, rpc_fault(call));
	if (err)
		return rpc_fail(call, err);
	return rpc_ok_row(call, &rpc_shape_storage, &st);
}

enum rpc_done rpc_storage_backup(struct rpc_call *call)
{
	uint64_t *backup = rpc_memory(call), bytes;
	const char *path = rpc_param_str(call, "path");
	enum pars_err err;
	/* The daemon's working folder is not the caller's. */
	if (path[0] != '/')
		return rpc_fail(call, pars_fail(rpc_fault(call), PARS_E_INVALID,
			"path must be absolute, not \"%.200s\"", path));
	if (!rpc_is_rerun(call) && (err = pars_storage_backup(rpc_node(call), path, backup, rpc_fault(call))))
		return rpc_fail(call, err);
	err = pars_storage_backup_result(rpc_node(call), *backup, &bytes, rpc_fault(call));
	if (err == PARS_E_NOT_READY && rpc_may_wait(call))
		return rpc_wait(call, PARS_TOPIC_STORAGE);
	if (err == PARS_E_NOT_READY)
		return rpc_fail(call, pars_fail(rpc_fault(call), PARS_E_TIMEOUT, "the backup still runs"));
	if (err)
		return rpc_fail(call, err);
	json_t *o = json_object();
	rpc_put_str(o, "path", path);
	rpc_put_uint(o, "bytes", bytes);
	return rpc_ok(call, o);
}
