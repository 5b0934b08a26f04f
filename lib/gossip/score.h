/* gossip/score.h - what a peer's behaviour in pubsub is worth (libp2p specs:
 * pubsub/gossipsub/gossipsub-v1.1.md, "Peer Scoring", P1 to P7).
 *
 * Counters decay each second towards zero; below `decay_to_zero` they are
 * zero. Many seconds may decay at once. Weights of what is bad are negative. */
#ifndef PARS_GOSSIP_SCORE_H
#define PARS_GOSSIP_SCORE_H

#include "base/base.h"

struct pars_gossip_topic_params {
	double weight;                                     /* of the topic; 0: it does not count */
	double time_weight, time_cap;                      /* P1: per quantum in the mesh */
	pars_usec time_quantum;
	double first_weight, first_decay, first_cap;       /* P2: messages it told us first */
	double deficit_weight, deficit_decay, deficit_cap; /* P3: fewer deliveries in the mesh than … */
	double deficit_threshold;                          /* … this, squared; */
	pars_usec deficit_window, deficit_activation;      /* counted so long after the first copy, and
	                                                    * judged after so long in the mesh */
	double failure_weight, failure_decay;              /* P3b: deficits it left the mesh with */
	double invalid_weight, invalid_decay;              /* P4: refused messages, squared */
};
/* For topics of little and irregular traffic: no deficits. */
extern const struct pars_gossip_topic_params pars_gossip_default_topic;

struct pars_gossip_score_params {
	double topic_cap;                 /* of all topics' positive sum; 0: none */
	double app_weight;                /* P5 */
	double ip_weight;                 /* P6: peers of one IP address beyond … */
	unsigned ip_threshold;            /* … this many, squared; private addresses exempt */
	double behaviour_weight;          /* P7: broken rules beyond … */
	double behaviour_threshold, behaviour_decay; /* … this many, squared */
	double decay_to_zero;
	pars_usec retain;                 /* a bad past is remembered so long after it left */
	/* Below these … */
	double gossip;                    /* … no IHAVE or IWANT is exchanged, */
	double publish;                   /* … own messages are not sent to it, */
	double graylist;                  /* … all it says is ignored; */
	/* and from these up … */
	double accept_px;                 /* … its peer exchange is used; */
	double opportunistic;             /* a mesh whose median is lower takes better peers in. */
};
extern const struct pars_gossip_score_params pars_gossip_default_score;

/* Of one peer in one topic. All zero at first. */
struct pars_gossip_topic_score {
	bool in_mesh, judged;             /* judged: long enough in the mesh for P3 */
	pars_usec grafted_at, time;
	double first, deliveries, failure, invalid;
};
void pars_gossip_score_graft(struct pars_gossip_topic_score *s, pars_usec now);
void pars_gossip_score_prune(struct pars_gossip_topic_score *s, const struct pars_gossip_topic_params *p);
void pars_gossip_score_first(struct pars_gossip_topic_score *s, const struct pars_gossip_topic_params *p);
/* A copy in time, though not the first. */
void pars_gossip_score_copy(struct pars_gossip_topic_score *s, const struct pars_gossip_topic_params *p);
void pars_gossip_score_decay(struct pars_gossip_topic_score *s, const struct pars_gossip_topic_params *p,
	double to_zero, pars_usec now, uint64_t seconds);
/* v after so many seconds, each of which multiplies it by factor. */
double pars_gossip_score_decayed(double v, double factor, double to_zero, uint64_t seconds);
double pars_gossip_score_topic(const struct pars_gossip_topic_score *s, const struct pars_gossip_topic_params *p);

/* The parts that belong to no topic. `same_ip`: peers of its address, itself
 * included. */
double pars_gossip_score_total(const struct pars_gossip_score_params *p, double topics, double app, unsigned same_ip,
	double behaviour);

#endif
