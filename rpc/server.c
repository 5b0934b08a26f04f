#include "rpc/server.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "rpc/advice.h"
#include "rpc/internal.h"

#define REQUESTS_PER_STEP 256 /* of one client, so that it cannot hold up the rest */

struct rpc_server *rpc_server_new(const struct rpc_server_config *config)
{
	struct rpc_server *s = pars_alloc(sizeof *s);
	s->config = config;
	s->outside = config->outside ? config->outside : &rpc_outside_none;
	s->down = PARS_E_NOT_READY;
	return s;
}

void rpc_server_free(struct rpc_server *s)
{
	if (!s)
		return;
	for (struct rpc_client *next, *c = s->clients; c; c = next) {
		next = c->next;
		rpc_client_free(c);
	}
	pars_arena_done(&s->arena);
	free(s->down_text);
	free(s->down_told);
	free(s);
}

void rpc_server_bind(struct rpc_server *s, struct pars_node *node)
{
	s->node = node;
	s->saved = 0;
	free(s->down_text);
	free(s->down_told);
	s->down_text = s->down_told = NULL;
}

void rpc_server_unbind(struct rpc_server *s, enum pars_err err, const char *text)
{
	char *copy = text ? pars_strdup(text) : NULL;
	free(s->down_text);
	free(s->down_told);
	s->node = NULL;
	s->down = err;
	s->down_text = copy;
	s->down_told = rpc_advised(err, copy);
	for (struct rpc_client *c = s->clients; c; c = c->next)
		rpc_groups_fail(c, err, s->down_told);
}

const char *rpc_server_full_line(void)
{
	return "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":302,\"message\":"
		"\"64 clients are connected already\",\"data\":{\"name\":\"LIMIT\"}}}\n";
}

struct rpc_client *rpc_client_new(struct rpc_server *s, enum rpc_role role)
{
	if (s->clients_count == RPC_CLIENTS_MAX)
		return NULL;
	struct rpc_client *c = pars_alloc(sizeof *c);
	c->server = s;
	c->role = role;
	c->groups_end = &c->groups;
	c->out_end = &c->out;
	c->next = s->clients;
	s->clients = c;
	s->clients_count++;
	return c;
}

void rpc_client_free(struct rpc_client *c)
{
	if (!c)
		return;
	struct rpc_client **at = &c->server->clients;
	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	c->server->clients_count--;
	rpc_calls_drop(c, NULL);
	rpc_subs_free(c);
	for (struct rpc_group *g = c->groups, *next; g; g = next) {
		next = g->next;
		rpc_group_free(g);
	}
	for (struct rpc_out *o = c->out, *next; o; o = next) {
		next = o->next;
		free(o->mem);
		free(o);
	}
	rpc_frame_done(&c->frame);
	free(c);
}

void rpc_server_begin(struct rpc_server *s, pars_usec now_us)
{
	s->now_us = now_us;
	s->step_calls[0] = '\0';
	s->step_calls_length = 0;
}

const char *rpc_server_step_calls(const struct rpc_server *s)
{
	return s->step_calls;
}

size_t rpc_server_clients(const struct rpc_server *s)
{
	return s->clients_count;
}

void rpc_client_input(struct rpc_client *c, struct pars_bytes more)
{
	struct pars_bytes text;
	size_t requests = 0;
	if (c->broken)
		return;
	rpc_frame_put(&c->frame, more);
	c->rested = true;
	while (c->out_bytes < RPC_OUT_PAUSE && requests++ < REQUESTS_PER_STEP) {
		enum rpc_frame_state state = rpc_frame_next(&c->frame, &text);
		if (state == RPC_FRAME_VALUE) {
			rpc_request_digest(c, text);
			continue;
		}
		c->rested = false;
		if (state != RPC_FRAME_NONE) {
			rpc_request_broken(c, state);
			c->broken = true;
			rpc_frame_done(&c->frame);
		}
		return;
	}
}

static void look_what_is_saved(struct rpc_server *s)
{
	if (s->node)
		s->saved = pars_saved(s->node);
}

void rpc_server_end(struct rpc_server *s, enum pars_err err, const char *text)
{
	look_what_is_saved(s);
	for (struct rpc_client *c = s->clients; c; c = c->next) {
		if (err)
			rpc_groups_fail(c, err, text);
		rpc_subs_settle(c, !err);
		rpc_groups_flush(c);
	}
}

/*~ 10. After the commit a NOTIFY effect names the session that grew. Whoever
 *~     waits for it reads again from a cursor: `parsctl session tail` prints the
 *~     message that a vertex carried. */
void rpc_server_notify(struct rpc_server *s, enum pars_topic topic, const char *text)
{
	for (struct rpc_client *c = s->clients; c; c = c->next) {
		for (struct rpc_call *call = c->parked; call; call = call->next)
			call->due |= call->topic == topic;
		rpc_subs_notify(c, topic, text);
	}
}

void rpc_server_poll(struct rpc_server *s, pars_usec now_us)
{
	s->now_us = now_us;
	look_what_is_saved(s);
	if (s->node && rpc_rates_due(&s->rates, now_us))
		rpc_rates_look(&s->rates, now_us, pars_node_metrics(s->node),
			s->outside->cpu_us(s->outside->arg));
	for (struct rpc_client *c = s->clients; c; c = c->next) {
		rpc_calls_rerun(c);
		rpc_groups_flush(c);
		rpc_subs_poll(c);
	}
}

pars_usec rpc_server_deadline(const struct rpc_server *s)
{
	pars_usec at = PARS_NEVER;
	for (const struct rpc_client *c = s->clients; c; c = c->next)
		for (const struct rpc_call *call = c->parked; call; call = call->next)
			at = PARS_MIN(at, call->deadline_us);
	return at;
}

bool rpc_server_stopping(const struct rpc_server *s)
{
	return s->stopping;
}

bool rpc_client_reads(const struct rpc_client *c)
{
	return !c->broken && !c->rested && c->out_bytes < RPC_OUT_PAUSE;
}

bool rpc_client_rested(const struct rpc_client *c)
{
	return !c->broken && c->rested && c->out_bytes < RPC_OUT_PAUSE;
}

bool rpc_client_over(const struct rpc_client *c, bool eof)
{
	return (c->broken || (eof && !c->rested)) && !c->groups && !c->out;
}
