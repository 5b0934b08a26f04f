/* net/yamux.h - many streams over one channel: Yamux
 * (libp2p specs: yamux/README.md; hashicorp/yamux spec.md).
 *
 * A session is a state machine over bytes: _next takes received bytes apart
 * into events, _fill packs what waits to be sent. Received data is handed on
 * as it comes and never kept, so it costs no memory here; the peer's window
 * opens again by _consumed. Control frames go before data; data of several
 * streams takes turns. */
#ifndef PARS_NET_YAMUX_H
#define PARS_NET_YAMUX_H

#include "base/err.h"
#include "base/map.h"

#define PARS_YAMUX_HEADER 12
#define PARS_YAMUX_WINDOW ((uint32_t)256 * 1024) /* each way, at first */
#define PARS_YAMUX_UNACKED_MAX 256               /* own streams the peer has not acknowledged */
/* Answers that wait to be sent. A peer that makes us queue more than that
 * does not read. */
#define PARS_YAMUX_CONTROL_MAX ((size_t)256 * 1024)

enum pars_yamux_goaway {
	PARS_YAMUX_NORMAL = 0,
	PARS_YAMUX_PROTOCOL_ERROR = 1,
	PARS_YAMUX_INTERNAL_ERROR = 2,
};

struct pars_yamux;

/* The fields are for reading only, but `user`. */
struct pars_yamux_stream {
	void *user; /* the caller's */
	uint32_t id;
	bool inbound, acked;
	bool fin_received;          /* the peer will send no more */
	bool fin_queued, fin_sent;  /* we will / did send our end */
	bool held;                  /* only `lead` bytes may go out for now */
	bool fin_held;              /* data may go out, our end not yet */
	bool want_room, ready, noticed;
	size_t lead;
	uint32_t receive_window;    /* what the peer may still send */
	uint32_t consumed;          /* to be announced */
	uint32_t send_window;
	struct pars_buf out;
	struct pars_yamux_stream *ready_next, *ready_prev, *notice_next, *notice_prev;
};

struct pars_yamux_config {
	bool dialer;            /* odd stream ids */
	unsigned inbound_max;   /* streams the peer may have open */
	size_t send_max;        /* bytes queued per stream */
	size_t *queued_all;     /* borrowed, or NULL: what this session has queued is
	                         * counted in it too, beside others */
	uint64_t seed;          /* random, for the map of ids */
};

struct pars_yamux *pars_yamux_new(const struct pars_yamux_config *config);
void pars_yamux_free(struct pars_yamux *y); /* NULL is fine; streams go too */
PARS_AUTO_DEFINE(pars_yamux)

enum pars_yamux_event_type {
	PARS_YAMUX_NONE,    /* the input is used up */
	PARS_YAMUX_OPENED,  /* by the peer; acknowledged */
	PARS_YAMUX_REFUSED, /* by the peer, over inbound_max: reset, no stream */
	PARS_YAMUX_DATA,    /* `data` borrows the input */
	PARS_YAMUX_FIN,
	PARS_YAMUX_RESET,   /* by the peer; the caller frees the stream */
	PARS_YAMUX_PONG,    /* `value` */
	PARS_YAMUX_GOAWAY,  /* `value`: the peer takes no new streams */
};

struct pars_yamux_event {
	enum pars_yamux_event_type type;
	struct pars_yamux_stream *stream;
	struct pars_bytes data;
	uint32_t value;
};

/* Digests the front of *in up to the next event. PEER_PROTOCOL: invalid
 * frame; PEER_WINDOW: more than the window allows; PEER_TOO_LARGE: see
 * CONTROL_MAX. An error ends the session. */
PARS_MUST enum pars_err pars_yamux_next(struct pars_yamux *y, struct pars_bytes *in,
	struct pars_yamux_event *ret);

/* Writes up to cap bytes of frames; cap >= 512. 0: nothing to send now. */
size_t pars_yamux_fill(struct pars_yamux *y, uint8_t *out, size_t cap);
bool pars_yamux_pending(const struct pars_yamux *y); /* would _fill write? */

/* Streams for which _fill made a difference, each once: finished, or with
 * room again after a short _write. NULL at the end. */
struct pars_yamux_stream *pars_yamux_notice(struct pars_yamux *y);

/* NULL: too many unacknowledged, ids used up, or the peer went away. */
struct pars_yamux_stream *pars_yamux_open(struct pars_yamux *y);
/* How much of data was queued: up to send_max in all, 0 after _finish. */
size_t pars_yamux_write(struct pars_yamux *y, struct pars_yamux_stream *s, struct pars_bytes data);
size_t pars_yamux_room(const struct pars_yamux *y, const struct pars_yamux_stream *s);
size_t pars_yamux_queued(const struct pars_yamux *y); /* of all streams, not yet filled in */
/* What is queued so far may go out; our end, and with `data` all that follows
 * too, waits until _unhold. */
void pars_yamux_hold(struct pars_yamux *y, struct pars_yamux_stream *s, bool data);
void pars_yamux_unhold(struct pars_yamux *y, struct pars_yamux_stream *s);
void pars_yamux_consumed(struct pars_yamux *y, struct pars_yamux_stream *s, size_t n);
/* Half-closes once what is queued has gone out. */
void pars_yamux_finish(struct pars_yamux *y, struct pars_yamux_stream *s);
static inline bool pars_yamux_finished(const struct pars_yamux_stream *s)
{
	return s->fin_received && s->fin_sent;
}
/* Forgets the stream and frees it; the peer is told by a reset unless it is
 * finished or was reset by the peer (`reset` false). */
void pars_yamux_stream_free(struct pars_yamux *y, struct pars_yamux_stream *s, bool reset);

void pars_yamux_ping(struct pars_yamux *y, uint32_t value);
void pars_yamux_goaway(struct pars_yamux *y, enum pars_yamux_goaway code);
bool pars_yamux_is_away(const struct pars_yamux *y); /* the peer said so */
size_t pars_yamux_stream_count(const struct pars_yamux *y);

#endif
