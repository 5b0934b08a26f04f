#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "rpc/internal.h"
#include "rpc/shapes.h"
#include "rpc/text.h"

#define PAGE 20 /* messages in one notification */

static void sub_free(struct rpc_sub *sub)
{
	for (size_t i = 0; i < sub->pending_count; i++)
		free(sub->pending[i]);
	free(sub->session);
	free(sub->cursor);
	free(sub);
}

static void remove_at(struct rpc_client *c, struct rpc_sub **at)
{
	struct rpc_sub *sub = *at;
	*at = sub->next;
	c->subs_count--;
	sub_free(sub);
}

/* Finds the session and turns "end" into a place: what comes between this
 * answer and the first look must not be missed. */
static enum pars_err place_cursor(struct rpc_call *call, const char *session, const char *cursor,
	struct rpc_sub *sub)
{
	struct pars_session_info info;
	struct pars_message_page page;
	enum pars_err err;
	if (!session)
		return pars_fail(rpc_fault(call), PARS_E_INVALID, "the topic messages needs the parameter session");
	err = pars_session_show(rpc_node(call), session, rpc_arena(call), &info, rpc_fault(call));
	if (err)
		return err;
	err = pars_session_read(rpc_node(call), info.id, PARS_ORDER_ARRIVAL, *cursor ? cursor : NULL, 1,
		rpc_arena(call), &page, rpc_fault(call));
	if (err)
		return err;
	sub->session = pars_strdup(info.id);
	if (!strcmp(cursor, "end"))
		sub->cursor = pars_strdup(page.next);
	else
		sub->cursor = *cursor ? pars_strdup(cursor) : NULL;
	sub->due = true;
	return PARS_OK;
}

static enum pars_topic topic_of(const char *name)
{
	static const char *const names[PARS_TOPIC_COUNT] = {
		[PARS_TOPIC_MESSAGES] = "messages",
		[PARS_TOPIC_SYNC] = "sync",
		[PARS_TOPIC_PEERS] = "peers",
		[PARS_TOPIC_STATUS] = "status",
	};
	for (unsigned i = 0; i < PARS_TOPIC_COUNT; i++)
		if (names[i] && !strcmp(names[i], name))
			return (enum pars_topic)i;
	return PARS_TOPIC_COUNT;
}

enum pars_err rpc_subscribe(struct rpc_call *call, const char *topic, const char *session,
	const char *cursor, const char **ret_id)
{
	struct rpc_client *c = call->client;
	if (c->subs_count == RPC_SUBSCRIPTIONS_MAX)
		return pars_fail(rpc_fault(call), PARS_E_LIMIT, "this connection has 64 subscriptions already");
	struct rpc_sub *sub = pars_alloc(sizeof *sub);
	sub->topic = topic_of(topic);
	if (sub->topic == PARS_TOPIC_MESSAGES) {
		enum pars_err err = place_cursor(call, session, cursor, sub);
		if (err) {
			sub_free(sub);
			return err;
		}
	}
	sub->number = ++c->server->subs_made;
	sub->fresh = true;
	sub->next = c->subs;
	c->subs = sub;
	c->subs_count++;
	*ret_id = pars_arena_sprintf(rpc_arena(call), "0x%llx", (unsigned long long)sub->number);
	return PARS_OK;
}

bool rpc_unsubscribe(struct rpc_call *call, const char *id)
{
	char *end;
	uint64_t number = strtoull(id, &end, 16);
	for (struct rpc_sub **at = &call->client->subs; *at; at = &(*at)->next) {
		if ((*at)->number == number && !*end) {
			remove_at(call->client, at);
			return true;
		}
	}
	return false;
}

static void remember(struct rpc_sub *sub, const char *text)
{
	for (size_t i = 0; i < sub->pending_count; i++)
		if (!strcmp(sub->pending[i], text))
			return;
	if (sub->pending_count == RPC_PENDING_MAX)
		sub->overflow = true;
	else
		sub->pending[sub->pending_count++] = pars_strdup(text);
}

void rpc_subs_notify(struct rpc_client *c, enum pars_topic topic, const char *text)
{
	for (struct rpc_sub *sub = c->subs; sub; sub = sub->next) {
		if (sub->topic != topic)
			continue;
		if (topic == PARS_TOPIC_MESSAGES && strcmp(sub->session, text))
			continue;
		if (topic == PARS_TOPIC_PEERS || topic == PARS_TOPIC_SYNC)
			remember(sub, text);
		sub->due = true;
	}
}

/* False: the session is gone, and the subscription with it. */
static bool poll_messages(struct rpc_client *c, struct rpc_sub *sub)
{
	struct pars_message_page page;
	struct rpc_server *s = c->server;
	if (rpc_messages_read(s->node, sub->session, PARS_ORDER_ARRIVAL, sub->cursor, PAGE, &s->arena,
			&page, NULL))
		return false;
	if (page.count)
		rpc_notify_row(c, sub, &rpc_shape_messages, &page);
	sub->due = page.more;
	free(sub->cursor);
	sub->cursor = pars_strdup(page.next);
	return true;
}

/* One notification per change; too many of them become one that names none. */
static void poll_changes(struct rpc_client *c, struct rpc_sub *sub)
{
	const char *key = sub->topic == PARS_TOPIC_PEERS ? "peerId" : "session";
	for (size_t i = 0; i < sub->pending_count; i++) {
		if (!sub->overflow)
			rpc_notify_put(c, sub, json_pack("{s:o}", key, rpc_text_string(sub->pending[i])));
		free(sub->pending[i]);
	}
	if (sub->overflow)
		rpc_notify_put(c, sub, json_pack("{s:s}", key, ""));
	sub->pending_count = 0;
	sub->overflow = sub->due = false;
}

static bool poll_one(struct rpc_client *c, struct rpc_sub *sub)
{
	struct rpc_server *s = c->server;
	if (sub->topic == PARS_TOPIC_MESSAGES)
		return poll_messages(c, sub);
	if (sub->topic == PARS_TOPIC_STATUS) {
		struct pars_status st;
		pars_status_get(s->node, &s->arena, &st);
		rpc_notify_row(c, sub, &rpc_shape_status, &st);
		sub->due = false;
	} else {
		poll_changes(c, sub);
	}
	return true;
}

void rpc_subs_poll(struct rpc_client *c)
{
	for (struct rpc_sub **at = &c->subs; *at && c->server->node;) {
		bool alive = true;
		while (alive && (*at)->due && c->out_bytes < RPC_OUT_PAUSE) {
			alive = poll_one(c, *at);
			pars_arena_reset(&c->server->arena);
		}
		if (alive)
			at = &(*at)->next;
		else
			remove_at(c, at);
	}
}

void rpc_subs_settle(struct rpc_client *c, bool committed)
{
	for (struct rpc_sub **at = &c->subs; *at;) {
		if ((*at)->fresh && !committed) {
			remove_at(c, at);
			continue;
		}
		(*at)->fresh = false;
		at = &(*at)->next;
	}
}

void rpc_subs_free(struct rpc_client *c)
{
	while (c->subs)
		remove_at(c, &c->subs);
}
