/* node/reach.h - what is known of how others reach this node. */
#ifndef PARS_NODE_REACH_H
#define PARS_NODE_REACH_H

#include "net/autonat.h"
#include "net/observed.h"
#include "node/node.h"

#define REACH_OUTCOMES 8

/* A question to a peer: dial us back. */
struct reach_probe {
	TAILQ_ENTRY(reach_probe) entry;
	pars_stream stream;
	uint32_t group;              /* of the peer's address */
	struct pars_buf in;
	pars_usec until;
};

/* A peer's question to us. */
struct reach_service {
	TAILQ_ENTRY(reach_service) entry;
	pars_stream stream;
	struct pars_endpoint from;   /* where the peer's connection comes from */
	struct pars_buf in;
	pars_conn dialled;           /* 0: the question is not whole yet */
	struct pars_multiaddr addr;
	pars_usec until;
};

enum reach_verdict { REACH_UNKNOWN, REACH_PUBLIC, REACH_PRIVATE };

struct node_reach {
	struct pars_observed observed;
	TAILQ_HEAD(reach_probe_list, reach_probe) probes;
	TAILQ_HEAD(reach_service_list, reach_service) services;
	size_t service_count;
	struct { uint32_t group; bool reached; } outcomes[REACH_OUTCOMES]; /* newest first, one a group */
	size_t outcome_count;
	enum reach_verdict verdict;
	pars_usec probe_us;          /* next */
	pars_usec minute_us;         /* since when dials for others are counted */
	unsigned dials;
};

#endif
