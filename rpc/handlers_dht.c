#include "rpc/handlers.h"
#include "rpc/json.h"
#include "rpc/shapes.h"

enum rpc_done rpc_dht_status(struct rpc_call *call)
{
	struct pars_kad_info k;
	pars_kad_get(rpc_node(call), rpc_arena(call), &k);
	return rpc_ok_row(call, &rpc_shape_dht_status, &k);
}

enum rpc_done rpc_dht_ls(struct rpc_call *call)
{
	struct pars_kad_page page;
	enum pars_err err = pars_kad_list(rpc_node(call), rpc_param_str(call, "cursor"),
		(size_t)rpc_param_int(call, "limit"), rpc_arena(call), &page, rpc_fault(call));
	if (err)
		return rpc_fail(call, err);
	return rpc_ok_row(call, &rpc_shape_dht_nodes, &page);
}

/* -- lookups: started in the first run, fetched in the one that finds them done -- */

static enum rpc_done look_up(struct rpc_call *call, enum pars_kad_kind kind, const char *key, const char *value,
	struct pars_kad_result *ret, bool *ret_done)
{
	uint64_t *number = rpc_memory(call);
	enum pars_err err = PARS_OK;
	*ret_done = false;
	if (!rpc_is_rerun(call))
		err = pars_kad_start(rpc_node(call), kind, key, PARS_BYTES_STR(value), number, rpc_fault(call));
	if (!err)
		err = pars_kad_result(rpc_node(call), *number, rpc_arena(call), ret, rpc_fault(call));
	if (err == PARS_E_NOT_READY && rpc_may_wait(call))
		return rpc_wait(call, PARS_TOPIC_KAD);
	if (err == PARS_E_NOT_READY)
		return rpc_fail(call, pars_fail(rpc_fault(call), PARS_E_TIMEOUT, "the lookup still runs"));
	if (err)
		return rpc_fail(call, err);
	*ret_done = true;
	return RPC_DONE;
}

static enum rpc_done find_nodes(struct rpc_call *call, enum pars_kad_kind kind, const char *param)
{
	struct pars_kad_result r;
	bool found;
	enum rpc_done done = look_up(call, kind, rpc_param_str(call, param), "", &r, &found);
	if (!found)
		return done;
	return rpc_ok_row(call, &rpc_shape_dht_found, &r);
}

enum rpc_done rpc_dht_closest(struct rpc_call *call)
{
	return find_nodes(call, PARS_KAD_CLOSEST, "key");
}

enum rpc_done rpc_dht_find_peer(struct rpc_call *call)
{
	return find_nodes(call, PARS_KAD_PEER, "peer");
}

enum rpc_done rpc_dht_providers(struct rpc_call *call)
{
	return find_nodes(call, PARS_KAD_PROVIDERS, "key");
}

enum rpc_done rpc_dht_get(struct rpc_call *call)
{
	struct pars_kad_result r;
	bool found;
	enum rpc_done done = look_up(call, PARS_KAD_GET, rpc_param_str(call, "key"), "", &r, &found);
	if (!found)
		return done;
	return rpc_ok_row(call, &rpc_shape_dht_value, &r);
}

static enum rpc_done publish(struct rpc_call *call, enum pars_kad_kind kind, const char *key, const char *value)
{
	struct pars_kad_result r;
	bool found;
	enum rpc_done done = look_up(call, kind, key, value, &r, &found);
	if (!found)
		return done;
	if (kind == PARS_KAD_PROVIDE)
		r.key = key;
	return rpc_ok_row(call, &rpc_shape_dht_stored, &r);
}

enum rpc_done rpc_dht_put(struct rpc_call *call)
{
	return publish(call, PARS_KAD_PUT, rpc_param_str(call, "name"), rpc_param_str(call, "value"));
}

enum rpc_done rpc_dht_provide(struct rpc_call *call)
{
	return publish(call, PARS_KAD_PROVIDE, rpc_param_str(call, "key"), "");
}

enum rpc_done rpc_dht_unprovide(struct rpc_call *call)
{
	enum pars_err err = pars_kad_unprovide(rpc_node(call), rpc_param_str(call, "key"), rpc_fault(call));
	return err ? rpc_fail(call, err) : rpc_ok(call, json_object());
}
