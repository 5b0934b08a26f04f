/* tests/sim/rogue.h - a member that lies.
 *
 * A libp2p host that keeps to the rules of the transport, joins the session,
 * says true things at times (once, twice, the newer before the older), and breaks every rule above: mutated frames and
 * vertices, wrong lamport times, parents that do not exist, two vertices in
 * one place of its chain, vertices of other sessions, wants and claims of what
 * nobody has, frames that never end. What it draws comes from the simulation's
 * stream, so that a seed replays it. */
#ifndef PARS_TESTS_SIM_ROGUE_H
#define PARS_TESTS_SIM_ROGUE_H

#include "base/io.h"
#include "crypto/hash.h"
#include "crypto/rng.h"

struct rogue_words { /* what it takes its mutants from; borrowed */
	const struct pars_buf *frames, *vertices;
	size_t frame_count, vertex_count;
};

struct rogue;

struct rogue *rogue_new(struct pars_rng *rng, const struct pars_digest *session, const struct rogue_words *words);
void rogue_free(struct rogue *r); /* NULL is fine */
/* A step with one transport event; NULL: time has passed. */
void rogue_step(struct rogue *r, struct pars_time now, const struct pars_event *ev, struct pars_effects *out);
pars_usec rogue_deadline(const struct rogue *r);
/* Hangs up everywhere and comes back with a new node key: a ban is of a key. */
void rogue_become_another(struct rogue *r, struct pars_time now, struct pars_effects *out);
bool rogue_is_heard(const struct rogue *r); /* somebody listens */
void rogue_dial(struct rogue *r, struct pars_time now, const char *address, struct pars_effects *out);
/* One lie, or (if `speaks`) perhaps a true thing, to somebody it is connected with. */
void rogue_lie(struct rogue *r, struct pars_time now, bool speaks, struct pars_effects *out);
/* The plainest lie, to everybody: a vertex whose signature is wrong. */
void rogue_forge(struct rogue *r, struct pars_time now, struct pars_effects *out);
/* It has signed two vertices for one place. */
bool rogue_is_forked(const struct rogue *r);
/* The ids of vertices that break a rule, as far as it remembers: nobody may
 * ever take one in. */
size_t rogue_lies(const struct rogue *r, const struct pars_digest **ret);
const char *rogue_peer_id(const struct rogue *r);

#endif
