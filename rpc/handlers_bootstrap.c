#include <string.h>

#include "rpc/handlers.h"
#include "rpc/json.h"
#include "rpc/shapes.h"

enum rpc_done rpc_bootstrap_ls(struct rpc_call *call)
{
	struct pars_bootstrap_page page;
	pars_bootstrap_list(rpc_node(call), rpc_arena(call), &page);
	return rpc_ok_row(call, &rpc_shape_bootstrap, &page);
}

enum rpc_done rpc_bootstrap_test(struct rpc_call *call)
{
	enum pars_err err = rpc_is_rerun(call) ? PARS_OK : pars_bootstrap_try(rpc_node(call), rpc_fault(call));
	if (err)
		return rpc_fail(call, err);
	/* What is not tried to its end when the time is over says so in its row. */
	if (rpc_may_wait(call) && (!rpc_is_rerun(call) || !pars_bootstrap_tried(rpc_node(call))))
		return rpc_wait(call, PARS_TOPIC_BOOTSTRAP);
	return rpc_bootstrap_ls(call);
}

#define ADDRESSES_MAX 100

enum rpc_done rpc_bootstrap_sign(struct rpc_call *call)
{
	const char *addresses[ADDRESSES_MAX + 1], *text, *key;
	char *copy = pars_arena_string(rpc_arena(call), PARS_BYTES_STR(rpc_param_str(call, "addresses"))), *rest, *one;
	size_t n = 0;
	for (one = strtok_r(copy, " \t\n", &rest); one && n <= ADDRESSES_MAX; one = strtok_r(NULL, " \t\n", &rest))
		addresses[n++] = one;
	enum pars_err err = pars_bootstrap_sign(rpc_node(call), addresses, n, rpc_arena(call), &text, &key,
		rpc_fault(call));
	if (err)
		return rpc_fail(call, err);
	json_t *o = json_object();
	rpc_put_str(o, "bootstrapKey", key);
	rpc_put_str(o, "list", text);
	return rpc_ok(call, o);
}
