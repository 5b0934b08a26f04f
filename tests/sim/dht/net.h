/* tests/sim/dht/net.h - many real DHT nodes in one process, in virtual time.
 *
 * A node is lib/dht's state machine and nothing else. Messages travel as
 * structs, and all nodes share one book of contacts; with `wire` each node has
 * a book of its own and messages are encoded and decoded. All is drawn from
 * the seed, so a run replays exactly. What must never happen is checked as it
 * happens: net_wrong says what did. */
#ifndef PARS_TESTS_SIM_DHT_NET_H
#define PARS_TESTS_SIM_DHT_NET_H

#include "base/metric.h"
#include "dht/dht.h"

struct net_options {
	uint64_t seed;
	uint32_t nodes_max;
	bool wire;
	unsigned delay_min_ms, delay_max_ms; /* one way */
	unsigned check_every;                /* tables of each so-many-th node are checked */
	struct pars_dht_limits limits;
};

/* What a node does with requests. */
enum net_role {
	NET_HONEST,
	NET_LIAR,    /* tells of liars only, keeps nothing */
	NET_FLOODER, /* answers as anybody; what it sends is the scenario's */
	NET_ROLES,
};

#define NET_ANCHORS 2

struct net_node {
	struct pars_contact *self;
	struct pars_contacts *book;
	struct pars_dht *dht;        /* NULL: gone */
	pars_usec since_us;          /* it was made */
	pars_usec timer_us;          /* the earliest timer that waits */
	uint32_t anchor[NET_ANCHORS]; /* well known: asked with back-off … */
	pars_usec anchor_us, anchor_wait; /* … while the table is small or silent; 0: it has none */
	uint8_t role, side;          /* sides of a partition hear only themselves */
};

struct net;
struct net *net_new(const struct net_options *o);
void net_free(struct net *net);

pars_usec net_now(const struct net *net);
uint32_t net_count(const struct net *net); /* nodes ever made */
uint32_t net_max(const struct net *net);
struct net_node *net_node(struct net *net, uint32_t i);
uint64_t net_events(const struct net *net);   /* digested so far */
uint64_t net_messages(const struct net *net); /* sent so far */
struct pars_metrics *net_metrics(struct net *net); /* of all nodes together */
const char *net_wrong(const struct net *net); /* NULL: nothing */

uint64_t net_random(struct net *net, uint64_t below);
/* A new node, which knows nobody. ip 0: a random one of the whole world. `near`:
 * its place shares so many bits with that one; NULL: anywhere. */
uint32_t net_add(struct net *net, uint32_t ip, const struct pars_digest *near, unsigned bits);
/* i was told of peer: by a list, or because the peer connected. */
void net_introduce(struct net *net, uint32_t i, uint32_t peer);
/* From now on i asks these two whenever its table is small or nobody in it answers. */
void net_set_anchors(struct net *net, uint32_t i, uint32_t a, uint32_t b);
/* Sends a request that i's state machine knows nothing of. */
void net_send(struct net *net, uint32_t i, uint32_t to, const struct pars_dht_message *m);
/* Calls `hook` each period from now on; NULL: no more. */
typedef void net_hook(void *ctx);
void net_every(struct net *net, pars_usec period, net_hook *hook, void *ctx);
void net_kill(struct net *net, uint32_t i);
void net_roles_changed(struct net *net); /* after roles were set by hand */
void net_run_until(struct net *net, pars_usec at);
/* A live honest node, at random. */
uint32_t net_anyone(struct net *net);
/* One that has been there for a minute: until then it is still joining. */
uint32_t net_anyone_settled(struct net *net);

/* The live honest nodes nearest to a place, nearest first; returns how many. */
size_t net_neighbours(struct net *net, const struct pars_digest *place, uint32_t *out, size_t max);
/* The nearest live honest node to the place of key, other than `but`. */
uint32_t net_nearest(struct net *net, struct pars_bytes key, uint32_t but);

/* What lookups came to. Begin them on pars_dht calls of net_node(i)->dht between
 * net_enter and net_leave; how they end comes to `done`. */
void net_enter(struct net *net, uint32_t i);
void net_leave(struct net *net, uint32_t i);
typedef void net_done(void *ctx, uint32_t node, const struct pars_dht_event *ev);
void net_on_done(struct net *net, net_done *done, void *ctx);

#endif
