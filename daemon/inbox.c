#include "daemon/inbox.h"

#include <stdlib.h>

#include "base/alloc.h"

static struct pars_event *add(struct inbox *in, enum pars_event_type type, pars_conn conn)
{
	if (in->count == in->cap) {
		in->cap = in->cap ? 2 * in->cap : 64;
		in->list = pars_realloc(in->list, in->cap * sizeof *in->list);
	}
	struct pars_event *ev = &in->list[in->count++];
	*ev = (struct pars_event){ .type = type, .conn = conn };
	return ev;
}

struct pars_event *inbox_add(struct inbox *in, enum pars_event_type type, pars_conn conn)
{
	in->urgent = true;
	return add(in, type, conn);
}

void inbox_add_sent(struct inbox *in, pars_conn conn, size_t size)
{
	in->urgent |= size >= INBOX_SENT_SMALL;
	add(in, PARS_EV_CONN_SENT, conn)->size = size;
}

void inbox_add_data(struct inbox *in, pars_conn conn, struct pars_bytes data)
{
	in->bytes += data.n;
	inbox_add(in, PARS_EV_CONN_DATA, conn)->data = pars_arena_copy(&in->arena, data);
}

void inbox_add_text(struct inbox *in, enum pars_event_type type, pars_conn conn, const char *text)
{
	inbox_add(in, type, conn)->text = pars_arena_string(&in->arena, PARS_BYTES_STR(text));
}

void inbox_reset(struct inbox *in)
{
	in->count = in->bytes = 0;
	in->urgent = false;
	pars_arena_reset(&in->arena);
}

void inbox_done(struct inbox *in)
{
	free(in->list);
	pars_arena_done(&in->arena);
	*in = (struct inbox){ 0 };
}
