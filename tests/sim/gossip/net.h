/* tests/sim/gossip/net.h - many routers in virtual time, with links that are
 * slow and lossy (what is lost comes later: streams are reliable), nodes that
 * come and go, mute ones that pass nothing on, and liars.
 *
 * Ids hold the nodes' numbers; nothing is signed, so nodes cost no signatures.
 * The same seed gives the same run. */
#ifndef PARS_TESTS_SIM_GOSSIP_NET_H
#define PARS_TESTS_SIM_GOSSIP_NET_H

#include "gossip/gossip.h"

#define NET_TOPIC "t"
#define NET_SIDES_MAX 48

struct net_options {
	uint64_t seed;
	uint32_t nodes;
	unsigned links;                        /* wanted of each node; half of them it dials */
	unsigned delay_min_ms, delay_max_ms;   /* of a link, one way */
	unsigned loss_percent;                 /* of packets, which are sent again */
	unsigned mute_percent, liar_percent;
};

enum net_role { NET_HONEST, NET_MUTE, NET_LIAR };

/* One end of a link. */
struct net_side {
	uint32_t other;
	uint64_t link;                         /* number of the connection; 0: free */
	struct pars_gossip_peer *peer;
	pars_usec delay, last_arrival;
	pars_usec negative_since;              /* the other's score; 0: it is not */
};

struct net_node {
	struct pars_gossip *g;
	struct pars_rng rng;
	struct pars_ed25519_pair key;
	struct pars_peer_id id;
	enum net_role role;
	bool up;
	pars_usec since, timer_at;
	struct net_side sides[NET_SIDES_MAX];
	unsigned degree;
};

struct net;
/* A node was told of a message (the first bytes of its data are the sender's):
 * valid says what it answers. */
typedef bool net_told(void *ctx, struct net *net, uint32_t node, struct pars_bytes data);

struct net *net_new(const struct net_options *o, net_told *told, void *ctx);
void net_free(struct net *net);
pars_usec net_now(const struct net *net);
struct net_node *net_node(struct net *net, uint32_t i);
uint64_t net_random(struct net *net, uint64_t below);
struct pars_metrics *net_metrics(struct net *net); /* of all honest nodes together */
uint64_t net_events(const struct net *net);
uint64_t net_bytes(const struct net *net);         /* said by honest nodes */
/* Until then, all that happens. */
void net_run(struct net *net, pars_usec until);
void net_publish(struct net *net, uint32_t node, struct pars_bytes data);
void net_down(struct net *net, uint32_t node);
void net_up(struct net *net, uint32_t node);

static inline uint32_t net_number(const struct pars_peer_id *id)
{
	return pars_be32(id->b + 6);
}

#endif
