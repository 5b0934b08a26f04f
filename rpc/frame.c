#include "rpc/frame.h"

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static void skip_space(struct rpc_frame *f)
{
	struct pars_bytes b = pars_buf_bytes(&f->in);
	size_t n = 0;
	while (n < b.n && is_space(b.p[n]))
		n++;
	pars_buf_drop(&f->in, n);
}

static void string_byte(struct rpc_frame *f, uint8_t c)
{
	if (f->escaped)
		f->escaped = false;
	else if (c == '\\')
		f->escaped = true;
	else if (c == '"')
		f->in_string = false;
}

/* True when c closes the value. Whether brackets match in kind is the
 * parser's business; here they only count. */
static bool plain_byte(struct rpc_frame *f, uint8_t c)
{
	if (c == '"')
		f->in_string = true;
	else if (c == '{' || c == '[')
		f->depth++;
	else if (c == '}' || c == ']')
		return --f->depth == 0;
	return false;
}

static enum rpc_frame_state scan(struct rpc_frame *f)
{
	struct pars_bytes b = pars_buf_bytes(&f->in);
	if (b.n && !f->seen && b.p[0] != '{' && b.p[0] != '[')
		return RPC_FRAME_GARBAGE;
	while (f->seen < b.n) {
		if (f->seen == RPC_REQUEST_MAX)
			return RPC_FRAME_TOO_LARGE;
		uint8_t c = b.p[f->seen++];
		if (f->in_string) {
			if (c < 0x20)
				return RPC_FRAME_CONTROL;
			string_byte(f, c);
		} else if (plain_byte(f, c)) {
			return RPC_FRAME_VALUE;
		} else if (f->depth > RPC_DEPTH_MAX) {
			return RPC_FRAME_TOO_DEEP;
		}
	}
	return RPC_FRAME_NONE;
}

enum rpc_frame_state rpc_frame_next(struct rpc_frame *f, struct pars_bytes *ret)
{
	if (f->taken) {
		pars_buf_drop(&f->in, f->taken);
		f->taken = f->seen = 0;
		if (!f->in.n) /* a large request's memory is not kept */
			pars_buf_done(&f->in);
	}
	if (!f->seen)
		skip_space(f);
	enum rpc_frame_state state = scan(f);
	if (state == RPC_FRAME_VALUE) {
		f->taken = f->seen;
		*ret = PARS_BYTES(pars_buf_bytes(&f->in).p, f->taken);
	}
	return state;
}

void rpc_frame_done(struct rpc_frame *f)
{
	pars_buf_done(&f->in);
	*f = (struct rpc_frame){ 0 };
}
