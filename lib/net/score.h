/* net/score.h - how much trouble each peer has made, and who is kept out.
 *
 * A score is 0 or less, recovers with time, and bans for a while when it
 * falls too low. Peers are known by id, so a new connection does not wash
 * anyone clean. A registry of stakes may lend a peer weight: its faults then
 * count for less. */
#ifndef PARS_NET_SCORE_H
#define PARS_NET_SCORE_H

#include "base/err.h"
#include "base/map.h"
#include "crypto/peer_id.h"

#define PARS_SCORE_BAN (-100)          /* at or below: banned */
#define PARS_SCORE_BAN_TIME PARS_S(600)
#define PARS_SCORE_RECOVER PARS_S(6)   /* for one point */
#define PARS_SCORE_PEERS_MAX 1024      /* remembered; the best ones go first */

#define PARS_SCORE_REASONS 8           /* remembered of a peer */
#define PARS_SCORE_STAKE_MAX 900       /* a fault then weighs a tenth */

struct pars_score_reason {
	enum pars_err err;
	int points;       /* taken */
	pars_usec at;     /* the last time */
	unsigned times;   /* in a row */
};

struct pars_scores {
	struct pars_map peers;
};

void pars_scores_init(struct pars_scores *s, uint64_t seed);
void pars_scores_done(struct pars_scores *s);
/* True when this very blame led to a ban. Errors that are not the peer's
 * fault (another class than PEER) weigh nothing. */
bool pars_scores_blame(struct pars_scores *s, const struct pars_peer_id *peer,
	enum pars_err err, pars_usec now);
int pars_scores_get(const struct pars_scores *s, const struct pars_peer_id *peer, pars_usec now);
/* What moved the score, newest first; returns how many. */
size_t pars_scores_reasons(const struct pars_scores *s, const struct pars_peer_id *peer,
	struct pars_score_reason out[PARS_SCORE_REASONS]);
/* Until when it is banned; 0: it is not. */
pars_usec pars_scores_banned_until(const struct pars_scores *s, const struct pars_peer_id *peer);
/* 0 … PARS_SCORE_STAKE_MAX; kept as long as the peer is remembered. */
void pars_scores_set_stake(struct pars_scores *s, const struct pars_peer_id *peer, unsigned stake,
	pars_usec now);
unsigned pars_scores_stake(const struct pars_scores *s, const struct pars_peer_id *peer);
/* No blame: it was served, and others wait. */
void pars_scores_send_away(struct pars_scores *s, const struct pars_peer_id *peer, pars_usec until, pars_usec now);
bool pars_scores_is_away(const struct pars_scores *s, const struct pars_peer_id *peer, pars_usec now);
bool pars_scores_is_banned(const struct pars_scores *s, const struct pars_peer_id *peer,
	pars_usec now);

#endif
