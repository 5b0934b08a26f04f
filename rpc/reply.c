#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "rpc/internal.h"
#include "rpc/row.h"
#include "rpc/text.h"

#define ANSWER_USUAL 256 /* bytes: most answers need not grow */

struct rpc_group *rpc_group_new(struct rpc_client *c, bool array, size_t count)
{
	struct rpc_group *g = pars_alloc(sizeof *g + count * sizeof *g->slots);
	g->array = array;
	g->fresh = true;
	g->count = g->open = count;
	*c->groups_end = g;
	c->groups_end = &g->next;
	return g;
}

void rpc_group_free(struct rpc_group *g)
{
	for (size_t i = 0; i < g->count; i++) {
		json_decref(g->slots[i].id);
		pars_buf_done(&g->slots[i].text);
	}
	free(g);
}

/* An answer is written between these two, in place of an earlier one. */
static struct pars_buf *answer_begin(struct rpc_client *c, struct rpc_group *g, struct rpc_slot *slot)
{
	c->out_bytes -= slot->text.n;
	g->bytes -= slot->text.n;
	pars_buf_done(&slot->text);
	pars_buf_room(&slot->text, ANSWER_USUAL);
	rpc_text_put_plain(&slot->text, "{\"jsonrpc\":\"2.0\",\"id\":");
	rpc_text_put(&slot->text, slot->id);
	return &slot->text;
}

static void answer_end(struct rpc_client *c, struct rpc_group *g, struct rpc_slot *slot)
{
	pars_buf_put_byte(&slot->text, '}');
	c->out_bytes += slot->text.n;
	g->bytes += slot->text.n;
}

/* Error messages of a broken request carry a null id. */
static void write_error(struct rpc_client *c, struct rpc_group *g, struct rpc_slot *slot, int code,
	const char *name, const char *message, json_t *data)
{
	if (slot->id) {
		struct pars_buf *out = answer_begin(c, g, slot);
		if (!data)
			data = json_object();
		json_object_set_new(data, "name", json_string(name));
		rpc_text_put_plain(out, ",\"error\":{\"code\":");
		rpc_text_put_int(out, code);
		rpc_text_put_plain(out, ",\"message\":");
		rpc_text_put_string(out, message);
		rpc_text_put_plain(out, ",\"data\":");
		rpc_text_put(out, data);
		pars_buf_put_byte(out, '}');
		answer_end(c, g, slot);
	}
	json_decref(data);
}

void rpc_slot_error(struct rpc_client *c, struct rpc_group *g, struct rpc_slot *slot, int code,
	const char *name, const char *message, json_t *data)
{
	write_error(c, g, slot, code, name, message, data);
	g->open--;
}

void rpc_slot_fail(struct rpc_client *c, struct rpc_group *g, struct rpc_slot *slot, enum pars_err err,
	const char *text)
{
	rpc_slot_error(c, g, slot, pars_err_rpc_code(err), pars_err_name(err),
		text ? text : pars_err_text(err), NULL);
}

static void check_size(struct rpc_client *c, struct rpc_group *g, struct rpc_slot *slot)
{
	if (g->bytes > RPC_REPLY_MAX)
		write_error(c, g, slot, RPC_E_LARGE, "RESPONSE_TOO_LARGE",
			"the reply is larger than 10 MiB; ask for fewer rows", NULL);
}

void rpc_slot_ok(struct rpc_client *c, struct rpc_group *g, struct rpc_slot *slot, json_t *result)
{
	g->open--;
	if (slot->id) {
		struct pars_buf *out = answer_begin(c, g, slot);
		rpc_text_put_plain(out, ",\"result\":");
		rpc_text_put(out, result);
		answer_end(c, g, slot);
		check_size(c, g, slot);
	}
	json_decref(result);
}

void rpc_slot_ok_row(struct rpc_client *c, struct rpc_group *g, struct rpc_slot *slot,
	const struct rpc_shape *shape, const void *row)
{
	g->open--;
	if (!slot->id)
		return;
	struct pars_buf *out = answer_begin(c, g, slot);
	rpc_text_put_plain(out, ",\"result\":");
	rpc_row_put(out, shape, row);
	answer_end(c, g, slot);
	check_size(c, g, slot);
}

void rpc_groups_fail(struct rpc_client *c, enum pars_err err, const char *text)
{
	for (struct rpc_group *g = c->groups; g; g = g->next) {
		if (!g->fresh && g->promise <= c->server->saved)
			continue;
		rpc_calls_drop(c, g);
		g->open = 0;
		g->writes = false;
		g->promise = 0;
		for (size_t i = 0; i < g->count; i++)
			if (!g->slots[i].certain)
				write_error(c, g, &g->slots[i], pars_err_rpc_code(err), pars_err_name(err),
					text ? text : pars_err_text(err), NULL);
	}
}

static void queue(struct rpc_client *c, bool notification, struct pars_buf *line)
{
	struct rpc_out *o = pars_alloc(sizeof *o);
	o->notification = notification;
	o->mem = pars_buf_steal(line, &o->n);
	*c->out_end = o;
	c->out_end = &o->next;
	c->out_bytes += o->n;
}

/* A single answer's memory becomes the line. */
static void emit(struct rpc_client *c, struct rpc_group *g)
{
	PARS_AUTO_BUF line = { 0 };
	if (g->array)
		pars_buf_put_byte(&line, '[');
	size_t empty = line.n;
	for (size_t i = 0; i < g->count; i++) {
		struct rpc_slot *slot = &g->slots[i];
		if (!slot->text.n)
			continue;
		c->out_bytes -= slot->text.n;
		if (line.n > empty)
			pars_buf_put_byte(&line, ',');
		if (g->array) {
			pars_buf_put(&line, pars_buf_bytes(&slot->text));
		} else {
			line = slot->text;
			slot->text = (struct pars_buf){ 0 };
		}
	}
	if (line.n == empty) /* nothing but notifications */
		return;
	if (g->array)
		pars_buf_put_byte(&line, ']');
	pars_buf_put_byte(&line, '\n');
	queue(c, false, &line);
}

/* That it did what it was told also means that nothing takes it back. */
static bool waits_for_disk(const struct rpc_client *c, struct rpc_group *g)
{
	if (g->fresh && g->writes && c->server->node)
		g->promise = pars_promised(c->server->node);
	return g->promise > c->server->saved;
}

void rpc_groups_flush(struct rpc_client *c)
{
	for (struct rpc_group **at = &c->groups; *at;) {
		struct rpc_group *g = *at;
		bool waits = waits_for_disk(c, g);
		g->fresh = false;
		if (g->open || waits) {
			at = &g->next;
			continue;
		}
		*at = g->next;
		emit(c, g);
		rpc_group_free(g);
	}
	c->groups_end = &c->groups;
	while (*c->groups_end)
		c->groups_end = &(*c->groups_end)->next;
}

static void notify_begin(struct pars_buf *line, const struct rpc_sub *sub)
{
	char id[24];
	snprintf(id, sizeof id, "0x%llx", (unsigned long long)sub->number);
	rpc_text_put_plain(line, "{\"jsonrpc\":\"2.0\",\"method\":\"pars_subscription\",\"params\":{\"subscription\":\"");
	rpc_text_put_plain(line, id);
	rpc_text_put_plain(line, "\",\"result\":");
}

static void notify_end(struct rpc_client *c, struct pars_buf *line)
{
	rpc_text_put_plain(line, "}}\n");
	queue(c, true, line);
}

void rpc_notify_put(struct rpc_client *c, const struct rpc_sub *sub, json_t *result)
{
	PARS_AUTO_BUF line = { 0 };
	notify_begin(&line, sub);
	rpc_text_put(&line, result);
	notify_end(c, &line);
	json_decref(result);
}

void rpc_notify_row(struct rpc_client *c, const struct rpc_sub *sub, const struct rpc_shape *shape, const void *row)
{
	PARS_AUTO_BUF line = { 0 };
	notify_begin(&line, sub);
	rpc_row_put(&line, shape, row);
	notify_end(c, &line);
}

size_t rpc_client_output(const struct rpc_client *c, struct pars_bytes *ret, size_t max,
	bool *ret_notification)
{
	size_t n = 0;
	*ret_notification = c->out && c->out->notification;
	for (const struct rpc_out *o = c->out; o && n < max; o = o->next) {
		if (o->notification && n)
			break;
		ret[n++] = PARS_BYTES(o->mem + o->off, o->n - o->off);
		if (o->notification)
			break;
	}
	return n;
}

void rpc_client_sent(struct rpc_client *c, size_t n)
{
	c->out_bytes -= n;
	while (n) {
		struct rpc_out *o = c->out;
		assert(o); /* n is at most what rpc_client_output gave */
		size_t part = PARS_MIN(n, o->n - o->off);
		o->off += part;
		n -= part;
		if (o->off < o->n)
			return;
		c->out = o->next;
		if (!c->out)
			c->out_end = &c->out;
		free(o->mem);
		free(o);
	}
}
