/* tests/sim/sim.h - whole nodes in virtual time on a virtual network.
 *
 * Real node code (libpars.a) with real cryptography; time, network, crashes
 * and every choice come from one seed, so a run replays exactly. A crash
 * keeps only what was committed. Invariants are checked after every event: a
 * set never shrinks, and what a caller was told is saved stays there. */
#ifndef PARS_TESTS_SIM_H
#define PARS_TESTS_SIM_H

#include "crypto/rng.h"
#include "pars.h"

#define SIM_NODES_MAX 64

struct sim;

struct sim_options {
	uint64_t seed;
	unsigned nodes;
	unsigned delay_min_ms, delay_max_ms; /* one way */
	unsigned loss_pct;                   /* of sends: come a retransmission later */
	bool verbose;
};

struct sim *sim_new(const struct sim_options *options);
void sim_free(struct sim *sim);
struct pars_rng *sim_rng(struct sim *sim);
pars_usec sim_now(const struct sim *sim);
uint64_t sim_events(const struct sim *sim); /* handled so far */

/* A node's multiaddr with its peer id. */
const char *sim_address(struct sim *sim, unsigned node);
bool sim_is_up(const struct sim *sim, unsigned node);
void sim_crash(struct sim *sim, unsigned node);
void sim_restart(struct sim *sim, unsigned node);
/* group[i] is node i's side; sides cannot talk. */
void sim_partition(struct sim *sim, const unsigned *group);
void sim_heal(struct sim *sim);
void sim_run(struct sim *sim, pars_usec duration);

/* Does one call in a step of its own; what it returns is told to its caller
 * only when the step was committed. */
#define SIM_CALL(sim, node, var, statement) \
	do { \
		struct pars_node *var = sim_begin(sim, node); \
		statement; \
		sim_end(sim, node); \
	} while (0)
struct pars_node *sim_begin(struct sim *sim, unsigned node);
void sim_end(struct sim *sim, unsigned node);
/* For reading outside of steps; NULL while the node is down. */
struct pars_node *sim_node(struct sim *sim, unsigned node);

/* The session whose growth the checker watches, and what was acknowledged. */
void sim_watch(struct sim *sim, const char *session);
void sim_acknowledged(struct sim *sim, unsigned node, const char *vertex);
/* Every node is up, all sets are equal and hold all that was acknowledged.
 * NULL: so it is; else what is wrong (static). */
const char *sim_check_equal(struct sim *sim);
uint64_t sim_vertices(struct sim *sim, unsigned node);

/* Prints what went wrong with the seed that replays it, and exits. */
void sim_fail(struct sim *sim, const char *fmt, ...) PARS_PRINTF(2, 3) __attribute__((noreturn));

#endif
