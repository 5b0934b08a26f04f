#include <string.h>

#include "rpc/handlers.h"
#include "rpc/internal.h"
#include "rpc/json.h"

json_t *rpc_peer_json(const struct pars_peer_info *p)
{
	json_t *o = json_object();
	rpc_put_str(o, "peerId", p->peer_id);
	rpc_put_str(o, "address", p->address);
	rpc_put_bool(o, "connected", p->connected);
	rpc_put_bool(o, "inbound", p->inbound);
	rpc_put_bool(o, "kept", p->kept);
	rpc_put_str(o, "source", p->source);
	rpc_put_str(o, "agent", p->agent);
	rpc_put_uint(o, "connectedForUs", p->connected_us);
	rpc_put_uint(o, "rttUs", p->rtt_us);
	rpc_put_int(o, "score", p->score);
	rpc_put_bool(o, "verified", p->verified);
	rpc_put_uint(o, "bytesIn", p->bytes_in);
	rpc_put_uint(o, "bytesOut", p->bytes_out);
	rpc_put_uint(o, "failures", p->failures);
	rpc_put_uint(o, "nextDialUs", p->next_dial_us);
	rpc_put_str(o, "lastError", p->last_error);
	return o;
}

enum rpc_done rpc_peer_ls(struct rpc_call *call)
{
	struct pars_peer_page page;
	enum pars_err err = pars_peer_list(rpc_node(call), rpc_param_str(call, "cursor"),
		(size_t)rpc_param_int(call, "limit"), rpc_arena(call), &page, rpc_fault(call));
	if (err)
		return rpc_fail(call, err);
	json_t *o = json_object(), *list = json_array();
	for (size_t i = 0; i < page.count; i++)
		json_array_append_new(list, rpc_peer_json(&page.list[i]));
	json_object_set_new(o, "peers", list);
	rpc_put_next(o, page.next);
	return rpc_ok(call, o);
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

static enum rpc_done score(struct rpc_call *call)
{
	struct pars_peer_score s;
	enum pars_err err = pars_peer_score_get(rpc_node(call), rpc_param_str(call, "peer"), rpc_arena(call), &s,
		rpc_fault(call));
	if (err)
		return rpc_fail(call, err);
	json_t *o = json_object();
	rpc_put_str(o, "peerId", s.peer_id);
	rpc_put_int(o, "score", s.score);
	rpc_put_int(o, "stake", s.stake);
	rpc_put_uint(o, "bannedForUs", s.banned_us);
	rpc_put_strings(o, "reasons", &s.reasons);
	rpc_put_bool(o, "verified", s.verified);
	rpc_put_str(o, "code", s.code);
	return rpc_ok(call, o);
}

enum rpc_done rpc_peer_score(struct rpc_call *call)
{
	return score(call);
}

enum rpc_done rpc_peer_verify(struct rpc_call *call)
{
	const char *outcome = rpc_param_str(call, "outcome");
	enum pars_err err = PARS_OK;
	if (strcmp(outcome, "show"))
		err = pars_peer_verify(rpc_node(call), rpc_param_str(call, "peer"), !strcmp(outcome, "equal"), rpc_fault(call));
	return err ? rpc_fail(call, err) : score(call);
}
