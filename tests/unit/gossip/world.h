/* tests/unit/gossip/world.h - a few routers that hear each other at once. */
#ifndef PARS_TESTS_UNIT_GOSSIP_WORLD_H
#define PARS_TESTS_UNIT_GOSSIP_WORLD_H

#include "gossip/gossip.h"
#include "tests/unit/unit.h"

#define WORLD_MAX 40
#define WORLD_GOT_MAX 4096

struct world_node {
	struct pars_gossip *g;
	struct pars_rng rng;
	struct pars_metrics metrics;
	struct pars_ed25519_pair key;
	struct pars_peer_id id;
	struct pars_gossip_peer *peers[WORLD_MAX]; /* by number of the other; NULL: not linked */
	struct pars_gossip_id got[WORLD_GOT_MAX];  /* messages told, in order */
	size_t got_count, told_peers, topic_events;
	enum pars_gossip_verdict verdict;
	bool silent;                               /* says no verdict */
	bool slow;                                 /* nobody's words reach it */
};

struct world {
	struct world_node nodes[WORLD_MAX];
	unsigned count;
	pars_usec now;
	uint64_t bytes; /* that went over all links */
};

/* limits NULL: the default ones. Free it with world_free. */
struct world *world_new(unsigned count, const struct pars_gossip_limits *limits);
void world_free(struct world *w);
/* a dials b. */
void world_link(struct world *w, unsigned a, unsigned b, enum pars_gossip_version version);
void world_cut(struct world *w, unsigned a, unsigned b);
/* Moves bytes until all is quiet. */
void world_run(struct world *w);
void world_pass(struct world *w, pars_usec time);
void world_subscribe(struct world *w, unsigned node, const char *topic, enum pars_gossip_policy policy);
struct pars_gossip_id world_publish(struct world *w, unsigned node, const char *topic,
	enum pars_gossip_policy policy, const char *text);
/* As if node `from` had said this; its router knows nothing of it. */
void world_say(struct world *w, unsigned from, unsigned to, struct pars_bytes rpc);
uint64_t world_counter(const struct world *w, unsigned node, enum pars_metric m);
/* In how many meshes of this topic a node has others. */
unsigned world_mesh(const struct world *w, unsigned node, const char *topic);
double world_score(const struct world *w, unsigned node, unsigned of);

#endif
