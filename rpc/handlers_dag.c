#include <string.h>

#include "rpc/handlers.h"
#include "rpc/json.h"
#include "rpc/shapes.h"

static bool fits(const struct pars_vertex_page *page)
{
	size_t n = 0;
	for (size_t i = 0; i < page->count; i++)
		n += 1024 + strlen(page->list[i].payload) + 80 * page->list[i].parents.count;
	return n <= RPC_REPLY_MAX;
}

static enum pars_err list_page(struct rpc_call *call, struct pars_vertex_page *page)
{
	for (size_t limit = (size_t)rpc_param_int(call, "limit");; limit /= 2) {
		enum pars_err err = pars_dag_list(rpc_node(call), rpc_param_str(call, "session"),
			rpc_param_str(call, "cursor"), limit, rpc_arena(call), page, rpc_fault(call));
		if (err || limit == 1 || fits(page))
			return err;
		pars_arena_reset(rpc_arena(call));
	}
}

enum rpc_done rpc_dag_ls(struct rpc_call *call)
{
	struct pars_vertex_page page;
	enum pars_err err = list_page(call, &page);
	if (err)
		return rpc_fail(call, err);
	return rpc_ok_row(call, &rpc_shape_vertices, &page);
}

enum rpc_done rpc_dag_show(struct rpc_call *call)
{
	struct pars_vertex_info v;
	enum pars_err err = pars_dag_show(rpc_node(call), rpc_param_str(call, "vertex"), rpc_arena(call),
		&v, rpc_fault(call));
	return err ? rpc_fail(call, err) : rpc_ok_row(call, &rpc_shape_vertex, &v);
}

enum rpc_done rpc_dag_graph(struct rpc_call *call)
{
	const char *dot;
	enum pars_err err = pars_dag_graph(rpc_node(call), rpc_param_str(call, "session"),
		(size_t)rpc_param_int(call, "limit"), rpc_arena(call), &dot, rpc_fault(call));
	if (err)
		return rpc_fail(call, err);
	json_t *o = json_object();
	rpc_put_str(o, "dot", dot);
	return rpc_ok(call, o);
}

enum rpc_done rpc_dag_verify(struct rpc_call *call)
{
	struct pars_verify_page page;
	enum pars_err err = pars_dag_verify(rpc_node(call), rpc_param_str(call, "session"),
		rpc_param_str(call, "cursor"), (size_t)rpc_param_int(call, "limit"), rpc_arena(call), &page,
		rpc_fault(call));
	if (err)
		return rpc_fail(call, err);
	return rpc_ok_row(call, &rpc_shape_verified, &page);
}
