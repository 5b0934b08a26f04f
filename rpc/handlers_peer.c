#include <string.h>

#include "rpc/handlers.h"
#include "rpc/internal.h"
#include "rpc/json.h"
#include "rpc/shapes.h"

enum rpc_done rpc_peer_ls(struct rpc_call *call)
{
	struct pars_peer_page page;
	enum pars_err err = pars_peer_list(rpc_node(call), rpc_param_str(call, "cursor"),
		(size_t)rpc_param_int(call, "limit"), rpc_arena(call), &page, rpc_fault(call));
	if (err)
		return rpc_fail(call, err);
	return rpc_ok_row(call, &rpc_shape_peers, &page);
}

enum rpc_done rpc_peer_add(struct rpc_call *call)
{
	enum pars_err err = pars_peer_add(rpc_node(call), rpc_param_str(call, "address"), rpc_fault(call));
	return err ? rpc_fail(call, err) : rpc_ok(call, json_object());
}

enum rpc_done rpc_peer_rm(struct rpc_call *call)
{
	enum pars_err err = pars_peer_remove(rpc_node(call), rpc_param_str(call, "peer"), rpc_fault(call));
	return err ? rpc_fail(call, err) : rpc_ok(call, json_object());
}

enum rpc_done rpc_peer_score(struct rpc_call *call)
{
	struct pars_peer_score s;
	enum pars_err err = pars_peer_score_get(rpc_node(call), rpc_param_str(call, "peer"), rpc_arena(call), &s,
		rpc_fault(call));
	if (err)
		return rpc_fail(call, err);
	return rpc_ok_row(call, &rpc_shape_peer_score, &s);
}

enum rpc_done rpc_peer_verify(struct rpc_call *call)
{
	const char *outcome = rpc_param_str(call, "outcome");
	enum pars_err err = PARS_OK;
	if (strcmp(outcome, "show"))
		err = pars_peer_verify(rpc_node(call), rpc_param_str(call, "peer"), !strcmp(outcome, "equal"), rpc_fault(call));
	return err ? rpc_fail(call, err) : rpc_peer_score(call);
}
