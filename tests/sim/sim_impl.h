/* tests/sim/sim_impl.h - what the files of the simulator share.
 *
 * sim.c      events become steps, effects are carried out, time passes
 * queue.c    what is to happen, in order; the nodes' clocks
 * net.c      links, and what is kept from them
 * machine.c  nodes start and die, their disks and clocks fail
 * check.c    what must be true
 * liar.c     the rogue among the nodes */
#ifndef PARS_TESTS_SIM_IMPL_H
#define PARS_TESTS_SIM_IMPL_H

#include "base/map.h"
#include "tests/sim/sim.h"

#define REOPEN_TIME PARS_S(1)
#define STRANGER SIM_NODES_MAX /* the other end of what sim_garbage sends */
#define ROGUE (SIM_NODES_MAX + 1)
#define PARTIES (SIM_NODES_MAX + 2)
#define NOBODY PARTIES

struct link_end {
	uint64_t node;
	pars_conn conn;
	bool open;          /* this end still wants events */
	int side;           /* which one it is */
	pars_usec arrival;  /* of the last thing on its way here: keeps order */
};

struct link {
	struct link *next;
	struct link_end end[2];
	unsigned references; /* events that point here */
};

struct timed {
	pars_usec at;
	uint64_t order;
	unsigned node;
	uint64_t life;       /* of the node it was meant for */
	bool timer, reopen;
	bool ran;            /* the event's job */
	uint64_t timer_number;
	struct link *link;
	int side;            /* the end of link it goes to */
	struct pars_event ev;
	uint8_t *bytes;
};

/* The kernel took it; told with the node's next step. */
struct taken_up {
	pars_conn conn;
	size_t size;
};

struct sim_node {
	struct pars_node *node;
	char path[40], address[160], session[80]; /* that is watched there */
	uint64_t life;       /* rises with every crash */
	uint64_t timer_number;
	pars_usec timer_at;  /* when it goes off, which may be too early; PARS_NEVER: there is none */
	struct taken_up *sent;
	size_t sent_count, sent_cap;
	size_t sent_size;
	pars_usec sent_due;  /* told then at the latest, if it is much */
	bool listening;
	unsigned group;
	uint64_t vertices;   /* as last seen by the checker … */
	uint64_t taken;      /* … which looked when the node had counted so many … */
	unsigned unchecked;  /* … and so many steps ago */
	char arrival[40];    /* cursor behind the last message seen to arrive */
	int64_t wall_ns;     /* how far its wall clock is off */
	int drift_ppm;       /* its monotonic clock is faster by this */
	unsigned slow_ms, conns_max;
	unsigned disk_errors;
};

struct sim {
	struct sim_options o;
	struct pars_rng rng;
	pars_usec now;
	uint64_t order, events, sweep_at;
	struct sim_node nodes[PARTIES];
	bool blocked[PARTIES][PARTIES];
	struct rogue *rogue;
	struct timed *heap;
	size_t count, cap;
	struct timed *held;  /* what a partition keeps back */
	size_t held_count, held_cap;
	struct link *links;
	struct pars_map ends; /* the open ones, by node and connection */
	pars_conn next_inbound;
	char session[80];
	struct {
		unsigned node;
		uint64_t promise; /* its caller is told when the node has saved so much; 0: is told */
		char id[80], session[80];
	} *acknowledged;
	size_t acknowledged_count, untold;
	struct pars_effects fx;
};

/* queue.c */
void sim_push(struct sim *s, struct timed t);
struct timed sim_pop(struct sim *s); /* there is one */
void sim_drop(struct timed *t);      /* frees what it holds */
struct pars_time sim_node_time(const struct sim *s, unsigned node);
/* When it is that late by the node's own clock. */
pars_usec sim_time_of(const struct sim *s, unsigned node, pars_usec local);

/* net.c */
void sim_net_init(struct sim *s);
void sim_net_done(struct sim *s);
void sim_to_node(struct sim *s, unsigned node, pars_usec at, struct pars_event ev);
struct pars_endpoint sim_endpoint(unsigned node);
void sim_listen_address(unsigned node, char out[64]);
bool sim_reachable(const struct sim *s, unsigned from, unsigned to);
void sim_dial(struct sim *s, unsigned from, const struct pars_effect *f);
void sim_send(struct sim *s, unsigned node, const struct pars_effect *f);
void sim_close_end(struct sim *s, unsigned node, pars_conn conn);
void sim_shut_end(struct sim *s, struct link_end *e); /* it wants no more events */
void sim_sweep_links(struct sim *s);                  /* those without ends or events are freed */
void sim_forget_sent(struct sim_node *n);
void sim_hold(struct sim *s, struct timed t); /* until the network lets it pass */

/* sim.c */
void sim_set_timer(struct sim *s, unsigned node);
void sim_act(struct sim *s, unsigned node); /* carries out what a step left in s->fx */
struct pars_event sim_sent_event(const struct taken_up *t);

/* check.c */
void sim_check_node(struct sim *s, unsigned node, bool opened);
void sim_tell_saved(struct sim *s, unsigned node);  /* who waited for its disk */
void sim_tell_nobody(struct sim *s, unsigned node); /* it is gone */

/* liar.c */
void sim_to_rogue(struct sim *s, struct timed *t);

#endif
