/* net/host_impl.h - what the files of the host share.
 *
 * host.c        life, steps, the queue of events
 * host_conn.c   connections: opening, bytes in and out, closing, time-outs
 * host_dial.c   dialling, kept addresses, bans
 * host_stream.c streams and the negotiation of their protocols
 * host_serve.c  identify and ping, which the host speaks by itself
 * host_listen.c listeners and our own addresses
 * host_peer.c   what is known of connected peers */
#ifndef PARS_NET_HOST_IMPL_H
#define PARS_NET_HOST_IMPL_H

#include <sys/queue.h>

#include "base/map.h"
#include "base/timer.h"
#include "net/connection.h"
#include "net/dialer.h"
#include "net/host.h"
#include "net/multistream.h"
#include "net/score.h"

#define PING_SIZE 32
#define PING_TIMEOUT PARS_S(20)
#define PINGS_INBOUND_MAX 2      /* ping streams a peer may have open */
#define IDENTIFY_INBOUND_MAX 4   /* identify and push streams, likewise */
#define PINGS_UNSENT_MAX ((size_t)64 * PING_SIZE) /* echoes nobody reads */
#define OWN_ADDRS_MAX 16
#define PEER_LISTEN_MAX 16       /* addresses kept of a peer */
#define AGENT_MAX 128
#define PROTOCOL_NAME_MAX 256
#define LISTENERS_MAX 16
#define EXTERNAL_MAX 8
#define INTERFACES_MAX 64

enum role {
	ROLE_USER,
	ROLE_IDENTIFY,
	ROLE_PUSH,
	ROLE_PING,
	ROLE_COUNT
};

struct served {
	enum role role;
	unsigned tag;
};

enum conn_state { CONN_DIALLING, CONN_SECURING, CONN_UP };

struct conn {
	struct pars_host_peer info; /* conn is its number */
	struct conn *next, *prev;   /* in the order they came */
	enum conn_state state;
	struct pars_connection *pipe;  /* NULL while dialling */
	struct pars_endpoint remote;
	struct pars_peer_id expect;    /* n 0: anyone */
	bool dead;                     /* to be freed at the next step */
	struct pars_timer timer;       /* at its deadline, or before it */
	bool touched;                  /* it may have something to send */
	TAILQ_ENTRY(conn) touched_entry;
	size_t unsent;                 /* given to SEND, not SENT yet */
	pars_usec opened_us, alive_us; /* last sign of life */
	pars_usec asked_us, ping_sent; /* keep-alive: the last; 0: none under way */
	uint32_t ping_value;
	struct stream *streams;
	bool starved;                  /* one of its streams is */
	unsigned roles[ROLE_COUNT];    /* inbound streams of each role */
	bool push_running;
	bool identify_running; /* our question is out */
	uint64_t told;                 /* version of what identify says of us the peer knows */
	struct pars_buf record;        /* what info.record points into */
	char agent[AGENT_MAX + 1];
	char *protocol_text;           /* what info.protocols points into */
};

struct stream {
	pars_stream id;
	struct conn *conn;
	struct pars_yamux_stream *ys;
	struct stream *next, *prev;             /* of the connection */
	struct stream *timed_next, *timed_prev; /* those with a deadline */
	bool timed;
	pars_usec opened_us, deadline;
	const char *protocol; /* proposed or agreed */
	unsigned tag;
	enum role role;
	bool inbound, open, told; /* told: the user knows of it */
	bool starved; /* a _write was cut by more than the stream's own bound */
	struct pars_mss mss;
	struct pars_buf kept;  /* identify's bytes so far, or a ping's payload */
	size_t ping_n;         /* bytes of it that came back */
};

struct listener {
	unsigned number;
	bool open;
	struct pars_endpoint asked, local;
};

/* An event as it waits; parts that are seldom there lie in the arena. */
struct queued {
	enum pars_host_event_type type;
	pars_conn conn;
	pars_stream stream;
	unsigned tag;
	bool inbound;
	enum pars_err err;
	const struct pars_peer_id *peer;
	const struct pars_multiaddr *addr;
	struct pars_bytes data;
	const char *text;
	pars_usec rtt_us;
};

struct pars_host {
	struct pars_host_limits limits;
	struct pars_metrics *metrics;
	struct pars_rng *rng;
	struct pars_ed25519_pair key;
	struct pars_peer_id id;
	struct pars_noise_identity noise;
	char *agent, *protocol_version;

	struct pars_time now;
	struct pars_effects *out;
	struct pars_arena arena; /* lives until the events are drained */
	struct queued *events;
	size_t event_first, event_count, event_cap;
	uint8_t *scratch;

	const char **names;      /* protocols served, and what they are */
	struct served *served;
	size_t served_count;

	struct pars_map conns, streams;
	struct conn *first, *last, *dead;
	struct pars_timers timers;      /* of connections */
	TAILQ_HEAD(, conn) touched;     /* to be flushed, in this order */
	size_t up, identified, starved; /* how many connections are */
	struct conn *walk;              /* what pars_host_peer_next looks at next … */
	size_t walk_at;                 /* … if it is called with this */
	size_t queued;              /* bytes of all streams, not yet encrypted */
	unsigned inbound, securing; /* inbound ones: all, unfinished */
	pars_conn next_conn;
	pars_stream next_stream;
	struct stream *timed_first, *timed_last;

	struct listener listeners[LISTENERS_MAX];
	size_t listener_count;
	struct pars_multiaddr external[EXTERNAL_MAX];
	size_t external_count;
	struct pars_endpoint *interfaces;
	size_t interface_count;
	uint64_t told_version;         /* of our addresses and protocols */
	bool told_changed;
	uint64_t record_seq;

	struct pars_dialer dialer;
	struct pars_scores scores;
	bool paused;
	unsigned sated;           /* tags of kept addresses that are not dialled */
};

/* host.c */
/* What identify says of us is not what it was: peers are told. */
void host_told_changed(struct pars_host *h);
struct queued *host_event(struct pars_host *h, enum pars_host_event_type type, struct conn *c);
const char *host_text(struct pars_host *h, const char *text); /* lives like events */

/* host_conn.c */
struct conn *conn_find(const struct pars_host *h, pars_conn id);
struct conn *conn_add(struct pars_host *h, pars_conn id, bool inbound,
	const struct pars_endpoint *remote);
enum conn_end { END_SILENT, END_CLOSE, END_ABORT }; /* which effect */
void conn_end(struct pars_host *h, struct conn *c, enum conn_end how, enum pars_err err,
	const char *text);
/* Says goodbye first, as far as that is possible. */
void conn_goodbye(struct pars_host *h, struct conn *c, enum pars_yamux_goaway code,
	enum pars_err err, const char *text);
void conn_reap(struct pars_host *h);
void conn_opened(struct pars_host *h, const struct pars_event *ev);
void conn_failed(struct pars_host *h, const struct pars_event *ev);
void conn_received(struct pars_host *h, struct conn *c, struct pars_bytes data);
void conn_sent(struct pars_host *h, struct conn *c, size_t n);
void conns_tick(struct pars_host *h);
void conn_flush(struct pars_host *h, struct conn *c);
/* Something was or may be written to it: it is flushed at the end of the step. */
void conn_touch(struct pars_host *h, struct conn *c);
void conn_starved(struct pars_host *h, struct conn *c, bool starved);

/* host_dial.c */
void dial_due(struct pars_host *h);
void dial_peer_up(struct pars_host *h, struct conn *c);
/* Scores the peer down, and bans it if that was too much. */
bool dial_blame(struct pars_host *h, const struct pars_peer_id *peer, enum pars_err err);

/* host_stream.c */
struct stream *stream_find(const struct pars_host *h, pars_stream id);
struct stream *stream_open(struct pars_host *h, struct conn *c, enum role role,
	const char *protocol, unsigned tag);
void stream_event(struct pars_host *h, struct conn *c, const struct pars_yamux_event *ev);
void stream_notice(struct pars_host *h, struct stream *s);
/* The stream's end: frees it, tells its user. */
void stream_end(struct pars_host *h, struct stream *s, bool reset, enum pars_err err);
void stream_end_if_finished(struct pars_host *h, struct stream *s);
void stream_untime(struct pars_host *h, struct stream *s);
void stream_tick(struct pars_host *h);
/* Tells those whose connection has room again. */
void stream_refill(struct pars_host *h);

/* host_serve.c */
void serve_ask(struct pars_host *h, struct conn *c);
bool serve_may_open(struct conn *c, enum role role); /* an inbound stream of it */
void serve_opened(struct pars_host *h, struct stream *s);
/* May free the stream. */
void serve_data(struct pars_host *h, struct stream *s, struct pars_bytes data);
void serve_fin(struct pars_host *h, struct stream *s);
void serve_ended(struct pars_host *h, struct stream *s, enum pars_err err);
void serve_pushes(struct pars_host *h); /* to all that do not know our addresses */
extern const char *const serve_protocols[ROLE_COUNT]; /* NULL for the user's */

/* host_peer.c */
/* Takes over what an identify message or push says. False: nonsense. */
bool peer_identify(struct pars_host *h, struct conn *c, struct pars_bytes messages, bool push);
void peer_done(struct conn *c);

/* host_listen.c */
void listen_opened(struct pars_host *h, const struct pars_event *ev);
void listen_failed(struct pars_host *h, const struct pars_event *ev);
bool endpoint_is_loopback(const struct pars_endpoint *e);

#endif
