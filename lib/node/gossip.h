/* node/gossip.h - pubsub on streams, for the files of lib/node. */
#ifndef PARS_NODE_GOSSIP_H
#define PARS_NODE_GOSSIP_H

#include <sys/queue.h>

#include "gossip/gossip.h"
#include "node/node.h"

#define PUBSUB_KEPT 256                     /* messages of joined topics … */
#define PUBSUB_KEPT_BYTES ((size_t)4 << 20) /* … and their bytes kept for readers */

/* A peer that speaks pubsub. Each side has a stream of its own for what it
 * says; ours may be open before the peer's, or after. */
struct gossip_peer {
	TAILQ_ENTRY(gossip_peer) entry;
	struct pars_peer_id id;
	pars_conn conn;
	pars_stream out, in;               /* in 0: not opened by the peer yet */
	struct pars_buf received;
	struct pars_gossip_peer *peer;
};

/* A message of a topic that the user joined. */
struct pubsub_message {
	TAILQ_ENTRY(pubsub_message) entry;
	uint64_t number;
	int64_t wall_ns;
	char *topic;
	struct pars_peer_id from;          /* who signed it, or who sent it */
	bool is_signed;
	struct pars_buf data;
};

struct node_gossip {
	struct pars_gossip *router;
	TAILQ_HEAD(, gossip_peer) peers;
	struct pars_map by_id;             /* the same, by peer id */
	size_t received_bytes;             /* of unfinished RPCs, all peers together */
	uint64_t sessions_version;         /* whose topics are subscribed */
	struct pars_map by_topic;          /* sessions, by what a topic's name has of their tags; … */
	uint64_t indexed_version;          /* … those of this version */
	pars_usec rescan_us;
	TAILQ_HEAD(pubsub_messages, pubsub_message) messages;
	size_t message_count, message_bytes;
	uint64_t last_number;
};

/* pubsub.c: a message of a joined topic was found good. */
void node_pubsub_took(struct pars_node *node, const char *topic, const struct pars_peer_id *from, bool is_signed,
	struct pars_bytes data);
void node_pubsub_done(struct pars_node *node);

#endif
