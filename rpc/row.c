/* rpc/row.c - what pars.h gives, written as the shapes say it. */
#include "rpc/row.h"

#include <assert.h>

#include "pars.h"
#include "rpc/text.h"

static void put_list(struct pars_buf *out, const struct rpc_field *f, const char *at)
{
	const char *row = *(const char *const *)at;
	size_t count = *(const size_t *)(at + sizeof(void *));
	pars_buf_put_byte(out, '[');
	for (size_t i = 0; i < count; i++) {
		if (i)
			pars_buf_put_byte(out, ',');
		rpc_row_put(out, f->shape, row + i * f->stride);
	}
	pars_buf_put_byte(out, ']');
}

static void put_strings(struct pars_buf *out, const struct pars_strings *list)
{
	pars_buf_put_byte(out, '[');
	for (size_t i = 0; i < list->count; i++) {
		if (i)
			pars_buf_put_byte(out, ',');
		rpc_text_put_string(out, list->list[i]);
	}
	pars_buf_put_byte(out, ']');
}

static void put_text(struct pars_buf *out, const struct rpc_field *f, const char *at)
{
	const char *text = *(const char *const *)at;
	if (f->unit == RPC_TIME)
		rpc_text_put_time(out, *(const int64_t *)at);
	else if (text || !(f->flags & RPC_NULLABLE))
		rpc_text_put_string(out, text ? text : "");
	else
		rpc_text_put_plain(out, "null");
}

static void put_value(struct pars_buf *out, const struct rpc_field *f, const char *at)
{
	switch (f->kind) {
	case RPC_STRING:
		put_text(out, f, at);
		break;
	case RPC_INT: /* signed or not: none is so large that it would matter */
		rpc_text_put_int(out, *(const int64_t *)at);
		break;
	case RPC_BOOL:
		rpc_text_put_plain(out, *(const bool *)at ? "true" : "false");
		break;
	case RPC_STRINGS:
		put_strings(out, (const struct pars_strings *)at);
		break;
	case RPC_OBJECTS:
		put_list(out, f, at);
		break;
	case RPC_OBJECT: /* no shape has these in a row */
	case RPC_MAP:
	case RPC_ANY:
		rpc_text_put_plain(out, "null");
		break;
	}
}

void rpc_row_put(struct pars_buf *out, const struct rpc_shape *shape, const void *from)
{
	for (size_t i = 0; i < shape->count; i++) {
		const struct rpc_field *f = &shape->fields[i];
		assert(f->at);
		pars_buf_put(out, i ? PARS_BYTES(",\"", 2) : PARS_BYTES("{\"", 2));
		rpc_text_put_plain(out, f->name);
		pars_buf_put(out, PARS_BYTES("\":", 2));
		put_value(out, f, (const char *)from + f->at - 1);
	}
	rpc_text_put_plain(out, shape->count ? "}" : "{}");
}
