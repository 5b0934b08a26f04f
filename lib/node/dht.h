/* node/dht.h - the hash table's way to the network: questions become streams,
 * peers' streams become answers. dht.c holds the streams, kad.c the calls of
 * pars.h, presence.c announces and seeks the nodes of our sessions. */
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
/* Connects to a peer by any address we know of it, if it is not connected. */
void node_dht_reach(struct pars_node *node, struct pars_contact *c);
/* A peer we heard of: its addresses (with or without /p2p). */
void node_dht_meet(struct pars_node *node, const struct pars_peer_id *id, const struct pars_multiaddr *addrs,
	size_t n);
/* Many questions in a row stayed without an answer: the table is of no use. */
bool node_dht_silent(const struct pars_node *node);
size_t node_dht_size(const struct pars_node *node);

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
