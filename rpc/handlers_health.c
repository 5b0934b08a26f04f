#include <string.h>

#include "rpc/doctor.h"
#include "rpc/handlers.h"
#include "rpc/internal.h"
#include "rpc/json.h"
#include "rpc/shapes.h"

#define TOP_ROWS 20

enum rpc_done rpc_health(struct rpc_call *call)
{
	struct rpc_findings found;
	struct pars_status st = { .state = "down" };
	json_t *o = json_object(), *problems = json_array();
	rpc_doctor_look(call, &found);
	if (rpc_node(call))
		pars_status_get(rpc_node(call), rpc_arena(call), &st);
	for (size_t i = 0; i < found.count; i++)
		if (found.list[i].sick)
			json_array_append_new(problems, rpc_text_string(found.list[i].what));
	rpc_put_bool(o, "healthy", !json_array_size(problems));
	rpc_put_str(o, "state", st.state);
	json_object_set_new(o, "problems", problems);
	return rpc_ok(call, o);
}

/* The first finding is the reason: those that prevent others come first. */
static const char *verdict(struct rpc_call *call, const struct rpc_findings *found)
{
	struct pars_status st;
	if (!found->count || !rpc_node(call))
		return found->count ? found->list[0].what : "all is well";
	pars_status_get(rpc_node(call), rpc_arena(call), &st);
	return pars_arena_sprintf(rpc_arena(call), "%s: %s", st.peers ? "connected, but not all is well"
		: "not in sync with anybody", found->list[0].what);
}

enum rpc_done rpc_doctor(struct rpc_call *call)
{
	struct rpc_findings found;
	json_t *o = json_object(), *list = json_array();
	rpc_doctor_look(call, &found);
	for (size_t i = 0; i < found.count; i++) {
		json_t *row = json_object();
		rpc_put_str(row, "about", found.list[i].about);
		rpc_put_str(row, "finding", found.list[i].what);
		rpc_put_str(row, "advice", found.list[i].advice);
		json_array_append_new(list, row);
	}
	rpc_put_str(o, "verdict", verdict(call, &found));
	json_object_set_new(o, "findings", list);
	return rpc_ok(call, o);
}

/* -- top ------------------------------------------------------------------------------ */

static uint64_t rate(struct rpc_call *call, enum pars_metric of)
{
	const struct rpc_server *s = call->client->server;
	return rpc_rates_of(&s->rates, s->now_us, of, pars_node_metrics(rpc_node(call))->value[of]);
}

enum rpc_done rpc_top(struct rpc_call *call)
{
	const struct rpc_server *s = call->client->server;
	const struct rpc_outside *out = rpc_outside(call);
	struct pars_status st;
	struct pars_peer_page peers = { 0 };
	struct pars_session_page sessions = { 0 };
	enum pars_err err = pars_peer_list(rpc_node(call), NULL, TOP_ROWS, rpc_arena(call), &peers, rpc_fault(call));
	if (err || (err = pars_session_list(rpc_node(call), NULL, TOP_ROWS, rpc_arena(call), &sessions, rpc_fault(call))))
		return rpc_fail(call, err);
	pars_status_get(rpc_node(call), rpc_arena(call), &st);
	return rpc_ok_row(call, &rpc_shape_top, &(struct rpc_top_row){
		.state = st.state, .reason = st.reason, .uptime_us = st.uptime_us, .queued = st.queued,
		.received = rate(call, PARS_M_bytes_received), .sent = rate(call, PARS_M_bytes_sent),
		.vertices_in = rate(call, PARS_M_vertex_accepted), .vertices_own = rate(call, PARS_M_vertex_created),
		.cpu = rpc_rates_cpu(&s->rates, s->now_us, out->cpu_us(out->arg)),
		.peers = peers.list, .peer_count = peers.count,
		.sessions = sessions.list, .session_count = sessions.count });
}
