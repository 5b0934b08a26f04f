/* sync/message.h - the frames of /pars/sync/1.0.0.
 *
 * A frame is a uvarint length and a protobuf message with one field, whose
 * number is the type. In all frames of both sides a session is named by a small
 * number, the alias, that the opener of the stream gave it in a Hello.
 *
 *   1 Hello    { 1 alias, 2 tag's first 16 bytes }
 *   2 Heads    { 1 alias, 2 ids, 3 count, 4 fingerprint, 5 lamport, 6 flags }
 *   3 Vector   { 1 alias, 2 entries: author prefix (8 bytes), uvarint count }
 *   4 Want     { 1 alias, 2 short ids (16 bytes each) }
 *   5 Ranges   { 1 alias, 2 ranges (sync/range.h) }
 *   6 Vertices { 1 alias, 2 repeated vertex } */
#ifndef PARS_SYNC_MESSAGE_H
#define PARS_SYNC_MESSAGE_H

#include "base/bytes.h"
#include "base/err.h"
#include "crypto/hash.h"

#define PARS_SYNC_FRAME_MAX (256 << 10)    /* Vertices; one vertex always fits */
#define PARS_SYNC_CONTROL_MAX (32 << 10)   /* all others */
#define PARS_SYNC_TAG 16
#define PARS_SYNC_HEADS_MAX 32
#define PARS_SYNC_SHORT_ID 16
#define PARS_SYNC_AUTHOR_PREFIX 8
#define PARS_SYNC_FINGERPRINT 16

enum pars_sync_type {
	PARS_SYNC_HELLO = 1,
	PARS_SYNC_HEADS,
	PARS_SYNC_VECTOR,
	PARS_SYNC_WANT,
	PARS_SYNC_RANGES,
	PARS_SYNC_VERTICES,
};

/* Of Heads. */
#define PARS_SYNC_DONE 1  /* all that your last Vector lacked has been sent */
#define PARS_SYNC_EQUAL 2 /* my state is the one your last Heads told; no other field */

/* What a replica holds of a session, in short. */
struct pars_sync_state {
	uint64_t count, lamport;
	uint8_t fingerprint[PARS_SYNC_FINGERPRINT];
	struct pars_digest heads[PARS_SYNC_HEADS_MAX];
	size_t head_count;
};

struct pars_sync_message {
	enum pars_sync_type type;
	uint64_t alias;
	unsigned flags;      /* Heads */
	struct pars_sync_state state; /* Heads */
	struct pars_bytes body; /* Hello: the tag. Vector, Want, Ranges: the packed
	                         * field. Vertices: for the iterator below */
};

/* Takes one whole frame from the front of *in. NOT_READY: more bytes are
 * needed. PEER_*: broken. Borrows. */
PARS_MUST enum pars_err pars_sync_message_get(struct pars_bytes *in, struct pars_sync_message *ret);
/* Iterate by *in = message.body until NOT_FOUND. */
PARS_MUST enum pars_err pars_sync_vertex_next(struct pars_bytes *in, struct pars_bytes *vertex);

void pars_sync_put_hello(struct pars_buf *out, uint64_t alias, const struct pars_digest *tag);
void pars_sync_put_heads(struct pars_buf *out, uint64_t alias, const struct pars_sync_state *state,
	unsigned flags);
/* Vector, Want, Ranges. */
void pars_sync_put_packed(struct pars_buf *out, enum pars_sync_type type, uint64_t alias,
	struct pars_bytes body);
/* Vertices: `vertices` was filled by _add_vertex. */
void pars_sync_add_vertex(struct pars_buf *vertices, struct pars_bytes raw);
void pars_sync_put_vertices(struct pars_buf *out, uint64_t alias, struct pars_bytes vertices);

#endif
