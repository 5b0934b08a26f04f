/* net/host.h - the libp2p host as a state machine: connections, streams,
 * identify, ping, dialling.
 *
 * Transport events go in by pars_host_step; what happened on a higher level
 * comes out, in order, by pars_host_next (the caller drains it after each
 * _step, _tick or call below, before the next one). Transport effects are
 * appended to the `out` given at creation of the step (pars_host_begin).
 *
 * Streams: a stream is named by a number that is never reused. Received data
 * must be acknowledged by pars_host_consumed, which is what opens the peer's
 * window again; a stream whose data nobody consumes stops its sender and
 * costs at most its window. Sent data is queued up to a bound (of the stream,
 * its connection and all of them); _write takes what fits, and STREAM_WRITABLE
 * says when to go on. */
#ifndef PARS_NET_HOST_H
#define PARS_NET_HOST_H

#include "base/io.h"
#include "base/metric.h"
#include "codec/multiaddr.h"
#include "crypto/peer_id.h"
#include "crypto/rng.h"

typedef uint64_t pars_stream; /* 0 is none */

struct pars_host_limits {
	unsigned conns_max;          /* in total, default 128 */
	unsigned conns_inbound_max;  /* default 96 */
	unsigned conns_per_ip_max;   /* inbound, loopback exempt; default 8 */
	unsigned conns_per_peer_max; /* default 2 */
	unsigned handshakes_max;     /* inbound, unfinished; default 32 */
	unsigned streams_per_conn_max; /* inbound; default 256 */
	unsigned streams_max;        /* in total; default 4096 */
	size_t conn_unsent_max;      /* bytes handed out and not yet SENT, 256 KiB */
	size_t stream_send_max;      /* bytes queued per stream, 256 KiB */
	size_t conn_send_max;        /* of a connection's streams together, 4 MiB */
	size_t send_max;             /* of all connections, 32 MiB; half of it is kept
	                              * for equal shares, so that nobody gets nothing */
	pars_usec handshake_timeout; /* until secured, multiplexed; 10 s */
	pars_usec negotiate_timeout; /* multistream-select on a stream; 10 s */
	pars_usec ping_interval;     /* of silence, then whoever dialled asks whether the other
	                              * is alive: 15 s; and the other asks a third later. No
	                              * answer in 20 s closes */
	pars_usec dial_backoff_min;  /* 1 s, doubling with jitter … */
	pars_usec dial_backoff_max;  /* … up to 10 min */
};
extern const struct pars_host_limits pars_host_default_limits;

struct pars_host_config {
	const struct pars_ed25519_pair *key; /* the node key; copied */
	const char *agent;                   /* "parsd/0.1.0"; copied */
	const char *protocol_version;        /* identify's, "pars/0.1.0"; copied */
	struct pars_host_limits limits;
	struct pars_metrics *metrics;        /* borrowed */
	struct pars_rng *rng;                /* borrowed */
};

struct pars_host;
struct pars_host *pars_host_new(const struct pars_host_config *config);
void pars_host_free(struct pars_host *host); /* NULL is fine */
PARS_AUTO_DEFINE(pars_host)

const struct pars_peer_id *pars_host_id(const struct pars_host *host);

/* Serves `protocol` (text is borrowed while it is served); streams of it carry
 * `tag` in their events. Peers that are connected are told (identify push). */
void pars_host_serve(struct pars_host *host, const char *protocol, unsigned tag);
/* Serves it no longer; open streams of it go on. Not served: nothing. */
void pars_host_unserve(struct pars_host *host, const char *protocol);

/* A step: time and where effects go, until the next _begin. */
void pars_host_begin(struct pars_host *host, struct pars_time now, struct pars_effects *out);
/* Digests one transport event (not JOB_DONE). */
void pars_host_step(struct pars_host *host, const struct pars_event *ev);
/* Does what is due: time-outs, dials, pings. */
void pars_host_tick(struct pars_host *host);
/* Encrypts and emits what streams have queued. Last in a step. It leaves
 * events too (WRITABLE, CLOSED): drain it, and flush again if that wrote. */
void pars_host_flush(struct pars_host *host);
pars_usec pars_host_deadline(const struct pars_host *host); /* or PARS_NEVER */

enum pars_host_event_type {
	PARS_HOST_LISTENING,       /* addr: as listened, with its real port; tag: listener */
	PARS_HOST_LISTEN_FAILED,   /* addr, text; tag: listener */
	PARS_HOST_PEER_UP,         /* conn is secured and multiplexed: peer, addr, inbound */
	PARS_HOST_PEER_IDENTIFIED, /* pars_host_peer(conn) is complete or changed */
	PARS_HOST_PEER_DOWN,       /* err, text */
	PARS_HOST_DIAL_FAILED,     /* addr, err, text */
	PARS_HOST_STREAM_OPENED,   /* negotiated, either direction: tag, inbound */
	PARS_HOST_STREAM_DATA,     /* data, borrowed until the next _next */
	PARS_HOST_STREAM_FIN,      /* the peer will send no more */
	PARS_HOST_STREAM_WRITABLE, /* there is room again after a short _write */
	PARS_HOST_STREAM_CLOSED,   /* last event of a stream: both sides finished
	                            * (err 0), reset, refused, connection lost */
	PARS_HOST_PONG,            /* rtt_us, of a pars_host_ping or of a keep-alive;
	                            * err: a pars_host_ping was not answered */
};

struct pars_host_event {
	enum pars_host_event_type type;
	pars_conn conn;
	pars_stream stream;
	unsigned tag;
	bool inbound;
	enum pars_err err;
	struct pars_peer_id peer;
	struct pars_bytes data;
	struct pars_multiaddr addr;
	const char *text; /* borrowed until the next _next */
	pars_usec rtt_us;
};
/* False when there is nothing (more). */
bool pars_host_next(struct pars_host *host, struct pars_host_event *ret);

/* Listening. `listener` numbers are the caller's. */
PARS_MUST enum pars_err pars_host_listen(struct pars_host *host, unsigned listener,
	const struct pars_multiaddr *addr);
void pars_host_unlisten_all(struct pars_host *host);

/* Dials once. A /p2p at the end of addr must match who answers. INVALID: not
 * an address we can dial (or our own id); LIMIT: too many connections; DENIED:
 * the peer is banned; PAUSED. */
PARS_MUST enum pars_err pars_host_dial(struct pars_host *host, const struct pars_multiaddr *addr,
	pars_conn *ret);
/* Keeps a connection to addr: dials now and again whenever there is none,
 * with backoff. INVALID, EXISTS; LIMIT (1024 kept). `tag` is returned in the
 * listing. */
PARS_MUST enum pars_err pars_host_keep(struct pars_host *host, const struct pars_multiaddr *addr,
	unsigned tag);
/* NOT_FOUND. An open connection stays open. */
PARS_MUST enum pars_err pars_host_unkeep(struct pars_host *host, const struct pars_multiaddr *addr);
/* Addresses kept under these tags (bits 1 << tag) are not dialled for now: there
 * are connections enough that do what they are kept for. */
void pars_host_set_sated(struct pars_host *host, unsigned tags);
/* Forgets all backoffs: try every kept address now. */
void pars_host_redial(struct pars_host *host);
/* Sends goaway and closes. Unknown conn: nothing. PEER_DOWN follows. */
void pars_host_close(struct pars_host *host, pars_conn conn);
/* The same, to make room: for so long the peer is not taken back while half of
 * the places for those who dial us are taken. It would be here again at once,
 * and whoever was turned away has to wait longer with each try. */
void pars_host_send_away(struct pars_host *host, pars_conn conn, pars_usec how_long);
/* Closes all, refuses and dials none; _set_paused(false) dials again. */
void pars_host_set_paused(struct pars_host *host, bool paused);

/* Scores the peer behind conn down by the weight of err. Below the threshold
 * it is closed and refused for 10 min (PEER_BANNED counter). */
void pars_host_blame(struct pars_host *host, pars_conn conn, enum pars_err err);
/* The same where its connection may be gone by now. */
void pars_host_blame_peer(struct pars_host *host, const struct pars_peer_id *id, enum pars_err err);

/* What is remembered of a peer's behaviour, connected or not. */
struct pars_scores;
const struct pars_scores *pars_host_scores(const struct pars_host *host);
/* Weight from a registry of stakes (net/score.h). */
void pars_host_set_stake(struct pars_host *host, const struct pars_peer_id *id, unsigned stake);

/* Opens a stream; STREAM_OPENED (with tag) or STREAM_CLOSED follows. Writing
 * is allowed at once. NOT_FOUND: no such conn; LIMIT. */
PARS_MUST enum pars_err pars_host_open(struct pars_host *host, pars_conn conn,
	const char *protocol, unsigned tag, pars_stream *ret);
/* Queues as much of data as fits; returns how much that is (0 when the
 * stream is gone or finished). */
size_t pars_host_write(struct pars_host *host, pars_stream stream, struct pars_bytes data);
size_t pars_host_writable(const struct pars_host *host, pars_stream stream);
void pars_host_consumed(struct pars_host *host, pars_stream stream, size_t n);
void pars_host_finish(struct pars_host *host, pars_stream stream); /* half-close after what is queued */
void pars_host_reset(struct pars_host *host, pars_stream stream);  /* STREAM_CLOSED does not follow */
/* Over /ipfs/ping/1.0.0; PONG follows. NOT_FOUND, LIMIT. */
PARS_MUST enum pars_err pars_host_ping(struct pars_host *host, pars_conn conn);

/* What is known of a connected peer. Borrowed until the next _step. */
struct pars_host_peer {
	pars_conn conn;
	struct pars_peer_id id;
	struct pars_multiaddr addr; /* the other end of the connection */
	bool inbound, identified;
	const char *agent;              /* "" until identified */
	const char *const *protocols;   /* from identify */
	size_t protocol_count;
	const struct pars_multiaddr *listen; /* from identify (signed record preferred) */
	size_t listen_count;
	struct pars_multiaddr observed; /* ours, as the peer sees it; n 0: unknown */
	struct pars_bytes record;       /* the signed one as it came, or empty */
	uint64_t record_seq;
	pars_usec since_us, rtt_us;     /* rtt 0: not measured yet */
	pars_usec used_us;              /* a stream of the user's was last opened or ended */
	int score;                      /* 0 is good; falls; decays back */
	uint64_t bytes_in, bytes_out;
	unsigned streams;
};
const struct pars_host_peer *pars_host_peer(struct pars_host *host, pars_conn conn); /* or NULL */
bool pars_host_peer_speaks(const struct pars_host_peer *peer, const char *protocol);
/* All secured connections in a stable order: *at starts at 0. NULL at the end. */
const struct pars_host_peer *pars_host_peer_next(struct pars_host *host, size_t *at);
size_t pars_host_peer_count(const struct pars_host *host); /* how many _peer_next gives */
size_t pars_host_identified_count(const struct pars_host *host); /* and of them identified */
/* The connection to this peer to use (the oldest); 0: none. */
pars_conn pars_host_find(const struct pars_host *host, const struct pars_peer_id *id);

/* A kept address. */
struct pars_host_kept {
	struct pars_multiaddr addr;
	unsigned tag;
	pars_conn conn;       /* 0: not connected now */
	unsigned failures;    /* in a row */
	uint64_t tries;
	pars_usec tried_us;   /* dialled last; 0: never */
	pars_usec next_us;    /* next dial, or PARS_NEVER while connected or dialling */
	const char *last_error; /* "" when none */
};
const struct pars_host_kept *pars_host_kept_next(struct pars_host *host, size_t *at);

/* Our own listen addresses as identify tells them (real ports; for 0.0.0.0
 * and :: what the outside gave by pars_host_set_interfaces). */
size_t pars_host_addrs(const struct pars_host *host, struct pars_multiaddr *out, size_t max);
/* Rises whenever our addresses or protocols change. */
uint64_t pars_host_told_version(const struct pars_host *host);
/* Appends our own signed peer record with these addresses. */
void pars_host_seal_record(struct pars_host *host, struct pars_buf *out);
/* Addresses at which others are believed to reach us (behind NAT), told beside
 * our own. At most 8. */
void pars_host_set_external(struct pars_host *host, const struct pars_multiaddr *list, size_t n);
/* The machine's own addresses, for unspecified listeners. */
void pars_host_set_interfaces(struct pars_host *host, const struct pars_endpoint *list, size_t n);

#endif
