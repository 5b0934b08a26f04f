/* node/dht.h - the hash table's way to the network: questions become streams,
 * peers' streams become answers.
 *
 * dht.c          the table's events and the host's, records on disk, serving
 * ask.c          our questions: connections, streams, answers
 * answer.c       peers' questions
 * unreachable.c  peers that no address led to
 * told.c         addresses and signed records, of peers and of ourselves
 * kad.c          the calls of pars.h
 * presence.c     announces and seeks the nodes of our sessions */
#ifndef PARS_NODE_DHT_H
#define PARS_NODE_DHT_H

#include "base/map.h"
#include "dht/dht.h"
#include "node/node.h"

#define KAD_RESULTS_MAX 64  /* lookups of users: running, or not fetched */

struct ask;
struct kad_stream;

/* A lookup that a user started. */
struct kad_lookup {
	TAILQ_ENTRY(kad_lookup) entry;
	uint64_t number;
	enum pars_kad_kind kind;
	pars_dht_op op;
	bool done;
	pars_usec until_us;          /* when nobody fetches it: forgotten */
	enum pars_err err;
	struct pars_contact *found[64];
	size_t count;
	struct pars_buf key, value;
	struct pars_dht_result result; /* numbers only */
};

struct node_dht {
	struct pars_contacts *contacts;
	struct pars_contact *self;
	struct pars_dht *dht;        /* NULL: off */
	char protocol[128];
	enum pars_kad_mode mode;     /* as configured */
	bool private_ok, serving;
	uint64_t told_version;       /* of our addresses, that `self` holds */
	pars_usec mode_us;           /* whether to serve is looked at next */
	struct pars_map unreachable; /* struct unreachable, by peer id */
	TAILQ_HEAD(ask_list, ask) asks;
	size_t ask_count;
	TAILQ_HEAD(kad_stream_list, kad_stream) streams;
	size_t stream_count;
	TAILQ_HEAD(kad_lookup_list, kad_lookup) lookups;
	size_t lookup_count;
	uint64_t next_lookup;
};

/* dht.c */
/* Nobody in the table answers, for long: it is of no use. */
bool node_dht_is_alone(const struct pars_node *node);
size_t node_dht_size(const struct pars_node *node);
/* OK with a whole message; NOT_READY: more must come. Its bytes lie in `in`
 * until they are dropped. */
PARS_MUST enum pars_err node_dht_next_message(struct pars_node *node, const struct pars_buf *in, struct pars_bytes *ret,
	size_t *ret_size);
PARS_MUST enum pars_err node_dht_decode(struct pars_node *node, struct pars_bytes raw, struct pars_dht_message *ret);

/* ask.c */
void node_ask(struct pars_node *node, const struct pars_dht_event *ev); /* the table wants to know */
/* Connects to a peer by any address we know of it, if it is not connected. */
void node_dht_reach(struct pars_node *node, struct pars_contact *c);
/* A peer we heard of: its addresses (with or without /p2p). */
void node_dht_meet(struct pars_node *node, const struct pars_peer_id *id, const struct pars_multiaddr *addrs,
	size_t n);
/* False: the stream is not a question's. */
bool node_ask_event(struct pars_node *node, const struct pars_host_event *ev);
/* By whatever way: it may have dialled us meanwhile. */
void node_ask_peer_up(struct pars_node *node, const struct pars_host_event *ev);
void node_ask_conn_gone(struct pars_node *node, pars_conn conn);
void node_ask_tick(struct pars_node *node);
pars_usec node_ask_deadline(const struct pars_node *node);
void node_ask_done(struct pars_node *node);

/* answer.c */
void node_answer_event(struct pars_node *node, const struct pars_host_event *ev);
void node_answer_tick(struct pars_node *node);
pars_usec node_answer_deadline(const struct pars_node *node);
void node_answer_done(struct pars_node *node);

/* unreachable.c */
void node_unreachable_init(struct pars_node *node);
bool node_is_unreachable(const struct pars_node *node, const struct pars_contact *c);
void node_not_reached(struct pars_node *node, const struct pars_contact *c);
void node_reached(struct pars_node *node, const struct pars_peer_id *id);

/* told.c */
/* Those of the addresses that are of use here. */
size_t node_addrs_usable(const struct pars_node *node, const struct pars_multiaddr *addrs, size_t n,
	struct pars_multiaddr *out, size_t max);
/* Of its envelope counts what it proves, so it may come from anyone. kept: it was
 * proven before, and comes from our own disk. */
void node_told_envelope(struct pars_node *node, struct pars_contact *c, struct pars_bytes envelope, bool kept);
void node_told_envelopes(struct pars_node *node, const struct pars_dht_message *m);
/* What we tell of ourselves follows what changed: a listener, an interface, what
 * peers see of us. */
void node_told_refresh(struct pars_node *node);
void node_told_keep(struct pars_node *node, const struct pars_dht_event *ev); /* over restarts */

/* kad.c */
/* True when the event belonged to a user's lookup. */
bool node_kad_event(struct pars_node *node, const struct pars_dht_event *ev);
void node_kad_tick(struct pars_node *node);
void node_kad_done(struct pars_node *node);

/* bootstrap.c */
/* True when the event belonged to the search for a newer list. */
bool node_boot_event(struct pars_node *node, const struct pars_dht_event *ev);

/* presence.c */
void node_presence_event(struct pars_node *node, const struct pars_dht_event *ev);

#endif
