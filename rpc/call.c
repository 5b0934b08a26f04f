#include "rpc/call.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "rpc/internal.h"

struct pars_node *rpc_node(struct rpc_call *call)
{
	return call->client->server->node;
}

struct pars_arena *rpc_arena(struct rpc_call *call)
{
	return &call->client->server->arena;
}

struct pars_fault *rpc_fault(struct rpc_call *call)
{
	return &call->fault;
}

const struct rpc_server_config *rpc_config(struct rpc_call *call)
{
	return call->client->server->config;
}

const char *rpc_param_str(const struct rpc_call *call, const char *name)
{
	return json_string_value(json_object_get(call->params, name));
}

int64_t rpc_param_int(const struct rpc_call *call, const char *name)
{
	return json_integer_value(json_object_get(call->params, name));
}

bool rpc_param_bool(const struct rpc_call *call, const char *name)
{
	return json_is_true(json_object_get(call->params, name));
}

void rpc_param_keep(struct rpc_call *call, const char *name, const char *value)
{
	json_object_set_new(call->params, name, json_string(value));
}

bool rpc_may_wait(const struct rpc_call *call)
{
	return call->client->server->now_us < call->deadline_us;
}

bool rpc_is_rerun(const struct rpc_call *call)
{
	return call->rerun;
}

pars_usec rpc_waited_us(const struct rpc_call *call)
{
	return call->client->server->now_us - call->since_us;
}

const struct rpc_outside *rpc_outside(struct rpc_call *call)
{
	return call->client->server->outside;
}

enum pars_err rpc_down(const struct rpc_call *call, const char **ret_text)
{
	const struct rpc_server *s = call->client->server;
	if (s->node)
		return PARS_OK;
	*ret_text = s->down_text ? s->down_text : pars_err_text(s->down);
	return s->down;
}

enum rpc_role rpc_role(const struct rpc_call *call)
{
	return call->client->role;
}

uint64_t *rpc_memory(struct rpc_call *call)
{
	return &call->memory;
}

void rpc_stop(struct rpc_call *call)
{
	call->client->server->stopping = true;
}

enum rpc_done rpc_ok(struct rpc_call *call, json_t *result)
{
	rpc_slot_ok(call->client, call->group, call->slot, result);
	return RPC_DONE;
}

enum rpc_done rpc_ok_row(struct rpc_call *call, const struct rpc_shape *shape, const void *row)
{
	rpc_slot_ok_row(call->client, call->group, call->slot, shape, row);
	return RPC_DONE;
}

enum rpc_done rpc_fail(struct rpc_call *call, enum pars_err err)
{
	bool told = call->fault.err == err && call->fault.text[0];
	rpc_slot_fail(call->client, call->group, call->slot, err, told ? call->fault.text : NULL);
	return RPC_DONE;
}

enum rpc_done rpc_wait(struct rpc_call *call, enum pars_topic topic)
{
	call->topic = topic;
	return RPC_WAITING;
}

static int by_name(const void *name, const void *handler)
{
	return strcmp(name, ((const struct rpc_handler *)handler)->name);
}

static void call_free(struct rpc_call *call)
{
	json_decref(call->params);
	free(call);
}

/* A parked call keeps its place by being in the list; anything else is over. */
static void run(struct rpc_call *call)
{
	struct rpc_client *c = call->client;
	struct rpc_server *s = c->server;
	if (!s->node && !(call->method->flags & RPC_NO_NODE)) {
		rpc_slot_fail(c, call->group, call->slot, s->down, s->down_told);
		call_free(call);
		return;
	}
	call->fault.err = PARS_OK;
	enum rpc_done done = call->handler->run(call);
	pars_arena_reset(&s->arena);
	if (done == RPC_WAITING && c->parked_count < RPC_WAITS_MAX) {
		call->rerun = true;
		call->due = false;
		call->next = c->parked;
		c->parked = call;
		c->parked_count++;
		return;
	}
	if (done == RPC_WAITING)
		rpc_slot_fail(c, call->group, call->slot, PARS_E_LIMIT,
			"this connection has 16 waiting calls already");
	call_free(call);
}

/* Remembers what runs, as far as it fits. */
static void note(struct rpc_server *s, const char *name)
{
	size_t at = s->step_calls_length, n = strlen(name);
	if (at + 2 + n >= sizeof s->step_calls)
		return;
	if (at)
		memcpy(s->step_calls + at, ", ", 2);
	memcpy(s->step_calls + at + (at ? 2 : 0), name, n + 1);
	s->step_calls_length = at + (at ? 2 : 0) + n;
}

void rpc_call_start(struct rpc_client *c, struct rpc_group *g, struct rpc_slot *slot,
	const struct rpc_method *m, json_t *params)
{
	struct rpc_call *call = pars_alloc(sizeof *call);
	call->client = c;
	call->group = g;
	call->slot = slot;
	call->method = m;
	call->params = params;
	call->handler = bsearch(m->name, rpc_handlers, rpc_handlers_count, sizeof *rpc_handlers, by_name);
	assert(call->handler);
	call->since_us = call->deadline_us = c->server->now_us;
	call->deadline_us += PARS_S(rpc_param_int(call, "wait"));
	slot->certain = m->flags & RPC_NO_NODE;
	g->writes |= m->role > RPC_READ;
	note(c->server, m->name);
	run(call);
}

void rpc_calls_rerun(struct rpc_client *c)
{
	struct rpc_call *list = c->parked, *call;
	c->parked = NULL;
	c->parked_count = 0;
	while ((call = list)) {
		list = call->next;
		if (call->due || c->server->now_us >= call->deadline_us || !c->server->node) {
			run(call);
		} else {
			call->next = c->parked;
			c->parked = call;
			c->parked_count++;
		}
	}
}

void rpc_calls_drop(struct rpc_client *c, const struct rpc_group *of)
{
	for (struct rpc_call **at = &c->parked; *at;) {
		struct rpc_call *call = *at;
		if (of && call->group != of) {
			at = &call->next;
			continue;
		}
		*at = call->next;
		c->parked_count--;
		call_free(call);
	}
}
