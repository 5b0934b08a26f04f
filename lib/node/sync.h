/* node/sync.h - sync streams and what comes by them, for the files of lib/node.
 *
 * sync.c     streams: opened, read, written; who is told of what
 * replica.c  what the protocol sees of our sessions
 * admit.c    vertices of others: verified on workers, then into the DAG */
#ifndef PARS_NODE_SYNC_H
#define PARS_NODE_SYNC_H

#include "node/node.h"

/* A connection whose sync stream we lost: open another one, later and later. */
struct sync_retry {
	TAILQ_ENTRY(sync_retry) entry;
	pars_conn conn;
	pars_usec at, delay;
};

/* One sync stream. There is at most one with each peer. */
struct sync_peer {
	TAILQ_ENTRY(sync_peer) entry;
	struct pars_timer timer;            /* it may have something to say, then */
	struct pars_node *node;
	pars_conn conn;
	pars_stream stream;
	struct pars_peer_id id;
	bool opened;                        /* negotiated: bytes may flow */
	bool opener;
	struct pars_sync *sync;
	struct batches batches;             /* being verified, in order of arrival */
	struct held_cache *held;            /* what was last written of `held` rows */
	size_t held_count;
};

/* replica.c */
void node_replica_init(struct pars_node *node);

/* sync.c */
/* It is asked at the end of the step what it has to say. */
void node_sync_stir(struct sync_peer *p);
/* Peers of the session learn of what is new in it; not `from`, who told it. */
void node_sync_tell(struct pars_node *node, const struct pars_session *s, const struct pars_digest *pushed,
	const struct sync_peer *from, bool gossiped);
/* Its oldest frame of vertices is in, or refused. May free the peer. */
void node_sync_admitted(struct pars_node *node, struct sync_peer *p, size_t inserted);

/* admit.c */
/* A frame of vertices came: answered by node_sync_admitted. */
void node_admit_frame(struct pars_node *node, struct sync_peer *p, const struct pars_sync_event *ev);
void node_admit_forget(struct sync_peer *p); /* its stream is gone */

#endif
