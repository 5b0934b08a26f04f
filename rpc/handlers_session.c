#include <string.h>

#include "rpc/handlers.h"
#include "rpc/internal.h"
#include "rpc/json.h"
#include "rpc/shapes.h"

/* A byte of text may become six of JSON. */
#define PAGE_TEXT_MAX (RPC_REPLY_MAX / 8)

enum rpc_done rpc_session_ls(struct rpc_call *call)
{
	struct pars_session_page page;
	enum pars_err err = pars_session_list(rpc_node(call), rpc_param_str(call, "cursor"),
		(size_t)rpc_param_int(call, "limit"), rpc_arena(call), &page, rpc_fault(call));
	if (err)
		return rpc_fail(call, err);
	return rpc_ok_row(call, &rpc_shape_sessions, &page);
}

enum rpc_done rpc_session_show(struct rpc_call *call)
{
	struct pars_session_info info;
	enum pars_err err = pars_session_show(rpc_node(call), rpc_param_str(call, "session"),
		rpc_arena(call), &info, rpc_fault(call));
	return err ? rpc_fail(call, err) : rpc_ok_row(call, &rpc_shape_session, &info);
}

static enum rpc_done made(struct rpc_call *call, enum pars_err err, const char *id)
{
	return err ? rpc_fail(call, err) : rpc_ok_row(call, &rpc_shape_made, &(struct rpc_made_row){ id });
}

static const char *nick_of(struct rpc_call *call)
{
	const char *nick = rpc_param_str(call, "nick");
	return nick ? nick : "";
}

enum rpc_done rpc_session_new(struct rpc_call *call)
{
	const char *id = NULL;
	enum pars_err err = pars_session_new(rpc_node(call), rpc_param_str(call, "name"), nick_of(call),
		rpc_param_bool(call, "private"), rpc_arena(call), &id, rpc_fault(call));
	return made(call, err, id);
}

enum rpc_done rpc_session_invite(struct rpc_call *call)
{
	const char *text;
	enum pars_err err = pars_session_invite(rpc_node(call), rpc_param_str(call, "session"), rpc_arena(call), &text,
		rpc_fault(call));
	if (err)
		return rpc_fail(call, err);
	json_t *o = json_object();
	rpc_put_str(o, "invitation", text);
	return rpc_ok(call, o);
}

/* Joined in the first run; later ones look whether its start has arrived. */
enum rpc_done rpc_session_join(struct rpc_call *call)
{
	struct pars_session_info info;
	const char *id = rpc_param_str(call, "id");
	enum pars_err err = PARS_OK;
	if (!rpc_is_rerun(call))
		err = pars_session_join(rpc_node(call), id, rpc_param_str(call, "address"), nick_of(call),
			rpc_fault(call));
	if (err || (err = pars_session_show(rpc_node(call), id, rpc_arena(call), &info, rpc_fault(call))))
		return rpc_fail(call, err);
	if (!strcmp(info.state, "joining") && rpc_may_wait(call))
		return rpc_wait(call, PARS_TOPIC_SYNC);
	return rpc_ok_row(call, &rpc_shape_session, &info);
}

enum rpc_done rpc_session_send(struct rpc_call *call)
{
	const char *id = NULL;
	enum pars_err err = pars_session_send(rpc_node(call), rpc_param_str(call, "session"),
		rpc_param_str(call, "text"), rpc_arena(call), &id, rpc_fault(call));
	return made(call, err, id);
}

static bool fits(const struct pars_message_page *page)
{
	size_t n = 0;
	for (size_t i = 0; i < page->count; i++)
		n += strlen(page->list[i].text);
	return n <= PAGE_TEXT_MAX;
}

/* The cursor stands behind the whole page, so a page too large for a reply
 * is read again, half as long. */
enum pars_err rpc_messages_read(struct pars_node *node, const char *session, enum pars_order order,
	const char *cursor, size_t limit, struct pars_arena *a, struct pars_message_page *page,
	struct pars_fault *fault)
{
	for (;; limit /= 2) {
		enum pars_err err = pars_session_read(node, session, order, cursor, limit, a, page, fault);
		if (err || limit == 1 || fits(page))
			return err;
		pars_arena_reset(a);
	}
}

static enum rpc_done read_messages(struct rpc_call *call, enum pars_order order)
{
	struct pars_message_page page;
	const char *cursor = rpc_param_str(call, "cursor");
	enum pars_err err = rpc_messages_read(rpc_node(call), rpc_param_str(call, "session"), order,
		cursor && *cursor ? cursor : NULL, (size_t)rpc_param_int(call, "limit"), rpc_arena(call), &page,
		rpc_fault(call));
	if (err)
		return rpc_fail(call, err);
	if (page.count || !rpc_may_wait(call))
		return rpc_ok_row(call, &rpc_shape_messages, &page);
	/* "end" is a place that moves. */
	rpc_param_keep(call, "cursor", page.next);
	return rpc_wait(call, PARS_TOPIC_MESSAGES);
}

enum rpc_done rpc_session_read(struct rpc_call *call)
{
	bool arrival = !strcmp(rpc_param_str(call, "order"), "arrival");
	return read_messages(call, arrival ? PARS_ORDER_ARRIVAL : PARS_ORDER_CANONICAL);
}

enum rpc_done rpc_session_tail(struct rpc_call *call)
{
	return read_messages(call, PARS_ORDER_ARRIVAL);
}

enum rpc_done rpc_session_members(struct rpc_call *call)
{
	struct pars_member_page page;
	enum pars_err err = pars_session_members(rpc_node(call), rpc_param_str(call, "session"),
		rpc_param_str(call, "cursor"), (size_t)rpc_param_int(call, "limit"), rpc_arena(call), &page,
		rpc_fault(call));
	if (err)
		return rpc_fail(call, err);
	return rpc_ok_row(call, &rpc_shape_members, &page);
}

enum rpc_done rpc_session_heads(struct rpc_call *call)
{
	struct pars_head_page page;
	enum pars_err err = pars_session_heads(rpc_node(call), rpc_param_str(call, "session"),
		rpc_param_str(call, "cursor"), (size_t)rpc_param_int(call, "limit"), rpc_arena(call), &page,
		rpc_fault(call));
	if (err)
		return rpc_fail(call, err);
	return rpc_ok_row(call, &rpc_shape_heads, &page);
}
