#include "rpc/handlers.h"
#include "rpc/json.h"

static json_t *node_json(const struct pars_kad_node *n)
{
	json_t *o = json_object();
	rpc_put_str(o, "peerId", n->peer_id);
	rpc_put_strings(o, "addresses", &n->addresses);
	return o;
}

static json_t *nodes_json(const struct pars_kad_result *r)
{
	json_t *list = json_array();
	for (size_t i = 0; i < r->count; i++)
		json_array_append_new(list, node_json(&r->nodes[i]));
	return list;
}

enum rpc_done rpc_dht_status(struct rpc_call *call)
{
	struct pars_kad_info k;
	pars_kad_get(rpc_node(call), rpc_arena(call), &k);
	json_t *o = json_object();
	rpc_put_str(o, "mode", k.mode);
	rpc_put_str(o, "reason", k.reason);
	rpc_put_str(o, "protocol", k.protocol);
	rpc_put_uint(o, "nodes", k.nodes);
	rpc_put_uint(o, "estimate", k.estimate);
	rpc_put_uint(o, "records", k.records);
	rpc_put_uint(o, "recordsBytes", k.records_bytes);
	rpc_put_uint(o, "providers", k.providers);
	rpc_put_uint(o, "provides", k.provides);
	rpc_put_uint(o, "lookups", k.lookups);
	rpc_put_uint(o, "nextRefreshUs", k.next_refresh_us);
	return rpc_ok(call, o);
}

enum rpc_done rpc_dht_ls(struct rpc_call *call)
{
	struct pars_kad_page page;
	enum pars_err err = pars_kad_list(rpc_node(call), rpc_param_str(call, "cursor"),
		(size_t)rpc_param_int(call, "limit"), rpc_arena(call), &page, rpc_fault(call));
	if (err)
		return rpc_fail(call, err);
	json_t *o = json_object(), *list = json_array();
	for (size_t i = 0; i < page.count; i++) {
		json_t *row = node_json(&page.list[i]);
		rpc_put_uint(row, "bucket", page.list[i].bucket);
		rpc_put_uint(row, "seenUs", page.list[i].seen_us);
		rpc_put_uint(row, "sinceUs", page.list[i].since_us);
		rpc_put_uint(row, "failures", page.list[i].failures);
		json_array_append_new(list, row);
	}
	json_object_set_new(o, "nodes", list);
	rpc_put_next(o, page.next);
	return rpc_ok(call, o);
}

/* -- lookups: started in the first run, fetched in the one that finds them done -- */

static json_t *result_json(const struct pars_kad_result *r)
{
	json_t *o = json_object();
	rpc_put_uint(o, "hops", r->hops);
	rpc_put_uint(o, "asked", r->asked);
	rpc_put_uint(o, "answered", r->answered);
	rpc_put_uint(o, "tookUs", r->took_us);
	return o;
}

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
	json_t *o = result_json(&r);
	json_object_set_new(o, "nodes", nodes_json(&r));
	rpc_put_bool(o, "sparse", r.sparse);
	return rpc_ok(call, o);
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
	json_t *o = result_json(&r);
	rpc_put_str(o, "value", r.value);
	rpc_put_bool(o, "hex", r.hex);
	rpc_put_str(o, "author", r.author);
	rpc_put_uint(o, "seq", r.seq);
	return rpc_ok(call, o);
}

static enum rpc_done publish(struct rpc_call *call, enum pars_kad_kind kind, const char *key, const char *value)
{
	struct pars_kad_result r;
	bool found;
	enum rpc_done done = look_up(call, kind, key, value, &r, &found);
	if (!found)
		return done;
	json_t *o = result_json(&r);
	rpc_put_str(o, "key", kind == PARS_KAD_PUT ? r.key : key);
	rpc_put_uint(o, "stored", r.stored);
	return rpc_ok(call, o);
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
