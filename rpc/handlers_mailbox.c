#include <string.h>

#include "rpc/handlers.h"
#include "rpc/json.h"
#include "rpc/shapes.h"

/* The row of the node at this address. */
static const struct pars_mailbox_row *row_of(struct rpc_call *call, const char *address)
{
	struct pars_mailbox_page page;
	pars_mailbox_list(rpc_node(call), rpc_arena(call), &page);
	const struct pars_mailbox_row *row = page.list + page.count;
	while (row > page.list)
		if (!strcmp((--row)->address, address))
			return row;
	return NULL;
}

enum rpc_done rpc_mailbox_add(struct rpc_call *call)
{
	const char *address = rpc_param_str(call, "address");
	enum pars_err err = rpc_is_rerun(call) ? PARS_OK :
		pars_mailbox_add(rpc_node(call), rpc_param_str(call, "session"), address, rpc_fault(call));
	if (err)
		return rpc_fail(call, err);
	const struct pars_mailbox_row *row = row_of(call, address);
	if (!row)
		return rpc_fail(call, pars_fail(rpc_fault(call), PARS_E_NOT_FOUND, "it was removed meanwhile"));
	if (!row->carries && rpc_may_wait(call))
		return rpc_wait(call, PARS_TOPIC_MAILBOX);
	return rpc_ok_row(call, &rpc_shape_mailbox, row);
}

enum rpc_done rpc_mailbox_ls(struct rpc_call *call)
{
	struct pars_mailbox_page page;
	pars_mailbox_list(rpc_node(call), rpc_arena(call), &page);
	return rpc_ok_row(call, &rpc_shape_mailboxes, &page);
}

enum rpc_done rpc_mailbox_rm(struct rpc_call *call)
{
	enum pars_err err = pars_mailbox_remove(rpc_node(call), rpc_param_str(call, "session"),
		rpc_param_str(call, "peer"), rpc_fault(call));
	return err ? rpc_fail(call, err) : rpc_ok(call, json_object());
}

enum rpc_done rpc_relay_ls(struct rpc_call *call)
{
	struct pars_relay_page page;
	pars_relay_list(rpc_node(call), rpc_arena(call), &page);
	return rpc_ok_row(call, &rpc_shape_relay_sessions, &page);
}

enum rpc_done rpc_relay_rm(struct rpc_call *call)
{
	enum pars_err err = pars_relay_drop(rpc_node(call), rpc_param_str(call, "session"), rpc_fault(call));
	return err ? rpc_fail(call, err) : rpc_ok(call, json_object());
}

enum rpc_done rpc_relay_status(struct rpc_call *call)
{
	struct pars_relay_info info;
	pars_relay_get(rpc_node(call), &info);
	return rpc_ok_row(call, &rpc_shape_relay, &info);
}
