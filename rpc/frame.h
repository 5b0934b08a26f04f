/* rpc/frame.h - cuts a byte stream into JSON values.
 *
 * Clients send values with or without a terminator, several in one write or
 * one in many. A value begins with { or [ and ends where its brackets
 * balance outside of strings. Each byte is looked at once. */
#ifndef PARS_RPC_FRAME_H
#define PARS_RPC_FRAME_H

#include "base/bytes.h"

#define RPC_REQUEST_MAX ((size_t)5 << 20) /* bytes of one value */
#define RPC_DEPTH_MAX 64

enum rpc_frame_state {
	RPC_FRAME_NONE,      /* more bytes are needed */
	RPC_FRAME_VALUE,
	/* Where the next value begins cannot be known from here on: */
	RPC_FRAME_GARBAGE,   /* something that begins with neither { nor [ */
	RPC_FRAME_CONTROL,   /* a raw control character in a string */
	RPC_FRAME_TOO_LARGE,
	RPC_FRAME_TOO_DEEP,
};

struct rpc_frame { /* all zero is the start */
	struct pars_buf in;
	size_t seen; /* bytes of `in` looked at */
	unsigned depth;
	bool in_string, escaped;
	size_t taken; /* bytes of the value given last, to be dropped */
};

static inline void rpc_frame_put(struct rpc_frame *f, struct pars_bytes more)
{
	pars_buf_put(&f->in, more);
}
/* The next whole value; *ret is borrowed until the next call. */
enum rpc_frame_state rpc_frame_next(struct rpc_frame *f, struct pars_bytes *ret);
void rpc_frame_done(struct rpc_frame *f);

#endif
