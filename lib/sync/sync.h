/* sync/sync.h - one /pars/sync/1.0.0 stream with one peer, for all sessions
 * both take part in. A state machine: bytes in, bytes out, a queue of events.
 *
 * The opener of the stream tells the tags of its sessions (Hello). For each one
 * that it shares the side that accepted tells its Heads: frontier, count,
 * fingerprint; of others of its own it says nothing.
 * Equal: the other says so, done. Else each side that sees unknown heads asks:
 * for just those when they are few and near (Want), else by its Vector (how
 * much it has of each author's chain), and gets what it lacks, parents first.
 * When a round by Vector brings nothing and the sets still differ (forked
 * authors, too many authors) the ranges of sync/range.h find the rest.
 *
 * Why vectors and not frontiers alone: after both sides wrote apart neither
 * knows the other's heads, and an author's counters have no gaps (the DAG
 * admits none), so a few bytes an author say exactly what is missing,
 * however much it is.
 *
 * Nothing depends on earlier rounds: a stream cut anywhere is begun anew. */
#ifndef PARS_SYNC_SYNC_H
#define PARS_SYNC_SYNC_H

#include "base/metric.h"
#include "sync/replica.h"

#define PARS_SYNC_SESSIONS_MAX 1024 /* common ones on one stream */
#define PARS_SYNC_CHAINS_MAX 2048   /* authors in a Vector; with more: ranges */
#define PARS_SYNC_BATCHES_MAX 4     /* Vertices frames being verified */

struct pars_sync;

/* `opener`: this side opened the stream. Borrows replica and metrics. */
struct pars_sync *pars_sync_new(const struct pars_sync_replica *replica,
	struct pars_metrics *metrics, bool opener);
void pars_sync_free(struct pars_sync *sync); /* NULL is fine */
PARS_AUTO_DEFINE(pars_sync)

/* We take part in this session. One whose tag begins like that of another is
 * left out: 16 bytes are alike only where somebody made both so. */
void pars_sync_offer(struct pars_sync *sync, uint32_t session, const struct pars_digest *tag);
/* Our set changed, other than by a batch of this peer. `pushed`: the new
 * vertex (a local one), sent at once to a peer that was equal before; NULL:
 * the peer is told our Heads and asks for what it lacks. */
void pars_sync_changed(struct pars_sync *sync, uint32_t session, const struct pars_digest *pushed);
/* Our set changed by something that reaches the peer in other ways, too: it is
 * told our Heads a little later, several changes at once. */
void pars_sync_spread(struct pars_sync *sync, pars_usec now, uint32_t session);
/* Tells our Heads even if the peer should know them (anti-entropy, "sync now"). */
void pars_sync_announce(struct pars_sync *sync, uint32_t session);
bool pars_sync_shares(const struct pars_sync *sync, uint32_t session); /* the peer takes part, too */
/* Asks for vertices by id: parents of what the peer sent. */
void pars_sync_want(struct pars_sync *sync, uint32_t session, const struct pars_digest *ids, size_t n);

/* Takes bytes of the stream. PEER_*: reset the stream. */
PARS_MUST enum pars_err pars_sync_input(struct pars_sync *sync, pars_usec now, struct pars_bytes data);
/* How many bytes may be acknowledged to the stream since the last call: all
 * that came, unless too much waits for batches. */
size_t pars_sync_acknowledge(struct pars_sync *sync);
/* The batch of the oldest VERTICES event is in the set (`inserted` of it
 * were new). */
PARS_MUST enum pars_err pars_sync_batch_done(struct pars_sync *sync, pars_usec now, size_t inserted);

/* What to write to the stream; generates more when little is left. */
struct pars_bytes pars_sync_output(struct pars_sync *sync, pars_usec now);
void pars_sync_sent(struct pars_sync *sync, size_t n);
/* True once after output that tells the peer what we hold: what it counts on
 * must be as safe as what a person was told. */
bool pars_sync_told(struct pars_sync *sync);
/* Call _output not later than this; PARS_NEVER. */
pars_usec pars_sync_deadline(const struct pars_sync *sync);

enum pars_sync_event_type {
	PARS_SYNC_EV_SHARED,   /* the peer takes part in the session too */
	PARS_SYNC_EV_VERTICES, /* data: a batch for pars_sync_vertex_next; answer _batch_done */
	PARS_SYNC_EV_EQUAL,    /* both sets were found equal */
	PARS_SYNC_EV_HELD,     /* count: the peer holds our first `count` own vertices */
	PARS_SYNC_EV_SENT,     /* count: they are on their way to the peer */
};
struct pars_sync_event {
	enum pars_sync_event_type type;
	uint32_t session;
	uint64_t count;
	struct pars_bytes data; /* borrowed until the next call of any kind */
};
bool pars_sync_next(struct pars_sync *sync, struct pars_sync_event *ret);

struct pars_sync_stats {
	const char *state; /* "asking", "receiving", "sending", "equal", "not shared" */
	uint64_t vertices_in, vertices_out, bytes_in, bytes_out;
	pars_usec equal_us; /* when last found equal; 0: never */
};
void pars_sync_stats(const struct pars_sync *sync, uint32_t session, struct pars_sync_stats *ret);

#endif
