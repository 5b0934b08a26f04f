#include <string.h>

#include "rpc/handlers.h"
#include "rpc/json.h"
#include "rpc/shapes.h"

enum rpc_done rpc_gossip_topics(struct rpc_call *call)
{
	struct pars_pubsub_topics page;
	enum pars_err err = pars_pubsub_topics(rpc_node(call), rpc_param_str(call, "cursor"),
		(size_t)rpc_param_int(call, "limit"), rpc_arena(call), &page, rpc_fault(call));
	return err ? rpc_fail(call, err) : rpc_ok_row(call, &rpc_shape_gossip_topics, &page);
}

enum rpc_done rpc_gossip_mesh(struct rpc_call *call)
{
	struct pars_pubsub_mesh page;
	enum pars_err err = pars_pubsub_mesh(rpc_node(call), rpc_param_str(call, "topic"), rpc_param_str(call, "cursor"),
		(size_t)rpc_param_int(call, "limit"), rpc_arena(call), &page, rpc_fault(call));
	return err ? rpc_fail(call, err) : rpc_ok_row(call, &rpc_shape_gossip_mesh, &page);
}

enum rpc_done rpc_gossip_join(struct rpc_call *call)
{
	enum pars_err err = pars_pubsub_join(rpc_node(call), rpc_param_str(call, "topic"),
		!rpc_param_bool(call, "unsigned"), rpc_fault(call));
	return err ? rpc_fail(call, err) : rpc_ok(call, json_object());
}

enum rpc_done rpc_gossip_leave(struct rpc_call *call)
{
	enum pars_err err = pars_pubsub_leave(rpc_node(call), rpc_param_str(call, "topic"), rpc_fault(call));
	return err ? rpc_fail(call, err) : rpc_ok(call, json_object());
}

/* Hex digits behind 0x stand for bytes; anything else is text. */
static enum pars_err data_of(struct rpc_call *call, struct pars_bytes *ret)
{
	const char *text = rpc_param_str(call, "data");
	size_t n = strlen(text);
	*ret = PARS_BYTES(text, n);
	if (strncmp(text, "0x", 2))
		return PARS_OK;
	uint8_t *bytes = pars_arena_alloc(rpc_arena(call), n / 2 + 1);
	if (n % 2 || !pars_unhex(text + 2, bytes, n / 2 - 1))
		return pars_fail(rpc_fault(call), PARS_E_INVALID, "data: not an even number of hex digits behind 0x");
	*ret = PARS_BYTES(bytes, n / 2 - 1);
	return PARS_OK;
}

enum rpc_done rpc_gossip_publish(struct rpc_call *call)
{
	struct pars_bytes data;
	const char *id;
	uint64_t peers;
	enum pars_err err = data_of(call, &data);
	if (!err)
		err = pars_pubsub_publish(rpc_node(call), rpc_param_str(call, "topic"), data, !rpc_param_bool(call, "unsigned"),
			rpc_arena(call), &id, &peers, rpc_fault(call));
	if (err)
		return rpc_fail(call, err);
	json_t *o = json_object();
	rpc_put_str(o, "id", id);
	rpc_put_int(o, "peers", (int64_t)peers);
	return rpc_ok(call, o);
}

enum rpc_done rpc_gossip_tail(struct rpc_call *call)
{
	struct pars_pubsub_page page;
	enum pars_err err = pars_pubsub_read(rpc_node(call), rpc_param_str(call, "topic"), rpc_param_str(call, "cursor"),
		(size_t)rpc_param_int(call, "limit"), rpc_arena(call), &page, rpc_fault(call));
	if (err)
		return rpc_fail(call, err);
	if (page.count || !rpc_may_wait(call))
		return rpc_ok_row(call, &rpc_shape_gossip_messages, &page);
	rpc_param_keep(call, "cursor", page.next);
	return rpc_wait(call, PARS_TOPIC_PUBSUB);
}
