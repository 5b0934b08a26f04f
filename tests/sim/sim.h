/* tests/sim/sim.h - whole nodes in virtual time on a virtual network.
 *
 * Real node code (libpars.a) with real cryptography on disks in memory; time,
 * network, faults and every choice come from one seed, so a run replays
 * exactly. Links are TCP's: bytes of one connection arrive in order, or late,
 * or the connection ends; different connections overtake each other. A peer that
 * says things twice or in the wrong order is the rogue.
 *
 * A disk takes its time, and what is to be told when something is on it waits.
 *
 * After every event: a set never shrinks, but by a power cut, and never below
 * what was acknowledged; nothing arrives at a reader before what it answers.
 * A failure prints its seed. */
#ifndef PARS_TESTS_SIM_H
#define PARS_TESTS_SIM_H

#include "crypto/rng.h"
#include "pars.h"
#include "tests/sim/rogue.h"

#define SIM_NODES_MAX 1100

struct sim;

struct sim_options {
	uint64_t seed;
	unsigned nodes;
	unsigned delay_min_ms, delay_max_ms; /* one way */
	unsigned loss_pct;                   /* of sends: come a retransmission later */
	unsigned conns_max;                  /* of a node; 0: the default */
	bool verbose;
};

struct sim *sim_new(const struct sim_options *options);
void sim_free(struct sim *sim);
struct pars_rng *sim_rng(struct sim *sim);
pars_usec sim_now(const struct sim *sim);
uint64_t sim_events(const struct sim *sim); /* handled so far */
unsigned sim_count(const struct sim *sim);  /* of nodes */

/* A node's multiaddr with its peer id. */
const char *sim_address(struct sim *sim, unsigned node);
bool sim_is_up(const struct sim *sim, unsigned node);
void sim_run(struct sim *sim, pars_usec duration);
/* So many events, which may end in the midst of a moment; no longer than that. */
void sim_run_events(struct sim *sim, uint64_t events, pars_usec most);

/* -- faults ------------------------------------------------------------------- */

void sim_crash(struct sim *sim, unsigned node);     /* as by kill -9 */
void sim_power_cut(struct sim *sim, unsigned node); /* the machine goes dark */
void sim_restart(struct sim *sim, unsigned node);   /* again every second until it opens */
/* group[i] is node i's side; sides cannot talk. */
void sim_partition(struct sim *sim, const unsigned *group);
void sim_block(struct sim *sim, unsigned from, unsigned to); /* that direction only */
void sim_heal(struct sim *sim);                     /* the network, all of it */
void sim_disk(struct sim *sim, unsigned node, bool full, unsigned errors_per_10000);
void sim_clock(struct sim *sim, unsigned node, int64_t jump_ns, int drift_ppm);
void sim_slow(struct sim *sim, unsigned node, unsigned max_ms); /* handles events late */
/* It may have so many connections (0: the default) from now on: opened anew. */
void sim_conns(struct sim *sim, unsigned node, unsigned max);
/* It goes for good, with all it had; _restart puts a new node in its place. */
void sim_destroy(struct sim *sim, unsigned node);
/* Node `as` becomes a copy of node `of`: the same person and member keys, with
 * a node key and address of its own (a backup put to use on a second machine). */
void sim_twin(struct sim *sim, unsigned of, unsigned as);
/* A stranger without a node dials `node` and sends it this, then hangs up. */
void sim_garbage(struct sim *sim, unsigned node, struct pars_bytes bytes);

/* -- the rogue: a member that lies (rogue.h), in no part of a partition ------------- */

/* It comes into being with the session that is watched. Borrows words. */
void sim_rogue_new(struct sim *sim, const struct rogue_words *words);
void sim_rogue_become_another(struct sim *sim); /* with a new node key */
bool sim_rogue_is_heard(const struct sim *sim); /* somebody listens */
void sim_rogue_dial(struct sim *sim, unsigned node);
void sim_rogue_lie(struct sim *sim, bool speaks);
void sim_rogue_forge(struct sim *sim);
bool sim_rogue_is_forked(const struct sim *sim);
/* `node` keeps it out. */
bool sim_rogue_is_banned(struct sim *sim, unsigned node);
/* Once it is out: no node has taken in a vertex that breaks a rule, nor keeps
 * one that waits for its parents. NULL, or what is wrong (static). */
const char *sim_check_rogue_gone(struct sim *sim);

/* -- calls and checks ------------------------------------------------------------- */

/* Does one call in a step of its own, with `var` as the node. `err` is set by
 * the statement; it becomes the step's error when that fails, and then nothing
 * of it happened. Not while the node is down. */
#define SIM_CALL(sim, node, var, err, statement) \
	do { \
		struct pars_node *var = sim_begin(sim, node); \
		pars_step_hurry(var); \
		statement; \
		enum pars_err step_ = sim_end(sim, node); \
		if (step_) \
			(err) = step_; \
	} while (0)
struct pars_node *sim_begin(struct sim *sim, unsigned node);
enum pars_err sim_end(struct sim *sim, unsigned node);
/* For reading outside of steps; NULL while the node is down. */
struct pars_node *sim_node(struct sim *sim, unsigned node);

/* The session whose growth the checker watches, and what was acknowledged. */
void sim_watch(struct sim *sim, const char *session);
/* Another one at this node. */
void sim_watch_at(struct sim *sim, unsigned node, const char *session);
/* Right after the step that made it: counts from when its caller is told. */
void sim_acknowledged(struct sim *sim, unsigned node, const char *vertex);
/* A call that stories have in common: joins by the address of `via`; the run
 * fails if that cannot be. */
void sim_join(struct sim *sim, unsigned node, const char *session, unsigned via);
/* "message NUMBER from NODE", acknowledged when it is safe. */
enum pars_err sim_say(struct sim *sim, unsigned node, const char *session, unsigned number);
/* A setting from the environment. */
unsigned sim_setting(const char *name, unsigned otherwise);
/* Every node is up, all that watch one session have equal sets of it, with all
 * that was acknowledged there. `forks`: how many authors may be forked. NULL:
 * so it is; else what is wrong (static). */
const char *sim_check_equal(struct sim *sim, unsigned forks);
uint64_t sim_vertices(struct sim *sim, unsigned node);

/* Prints what went wrong with the seed that replays it, and exits. */
void sim_fail(struct sim *sim, const char *fmt, ...) PARS_PRINTF(2, 3) __attribute__((noreturn));

#endif
