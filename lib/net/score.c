#include "net/score.h"

#include <stdlib.h>

#include "base/alloc.h"

struct entry {
	struct pars_peer_id peer;
	int points; /* as of `at` */
	pars_usec at, banned_until, away_until;
	unsigned stake;
	size_t reason_count;
	struct pars_score_reason reasons[PARS_SCORE_REASONS]; /* newest first */
};

static struct pars_bytes key_of(const void *value)
{
	return pars_peer_id_bytes(&((const struct entry *)value)->peer);
}

/* Only errors that an honest, working peer cannot cause weigh much. */
static int weight(enum pars_err err)
{
	static const struct { enum pars_err err; int weight; } weights[] = {
		{ PARS_E_PEER_SIGNATURE, 50 },
		{ PARS_E_PEER_WINDOW, 50 },
		{ PARS_E_PEER_CRYPTO, 25 },
		{ PARS_E_PEER_MALFORMED, 25 },
		{ PARS_E_PEER_PROTOCOL, 25 },
		{ PARS_E_PEER_TOO_LARGE, 25 },
		{ PARS_E_PEER_TIMEOUT, 2 },
		{ PARS_E_PEER_CLOSED, 0 },
		{ PARS_E_PEER_RESET, 0 },
		{ PARS_E_PEER_UNREACHABLE, 0 },
		{ PARS_E_PEER_UNSUPPORTED, 0 },
	};
	for (size_t i = 0; i < PARS_COUNT(weights); i++)
		if (weights[i].err == err)
			return weights[i].weight;
	return pars_err_class(err) == PARS_CLASS_PEER ? 10 : 0;
}

void pars_scores_init(struct pars_scores *s, uint64_t seed)
{
	pars_map_init(&s->peers, key_of, seed);
}

void pars_scores_done(struct pars_scores *s)
{
	pars_map_done_values(&s->peers);
}

static int points_now(const struct entry *e, pars_usec now)
{
	pars_usec recovered = (now - e->at) / PARS_SCORE_RECOVER;
	return recovered >= (pars_usec)-e->points ? 0 : e->points + (int)recovered;
}

static void remember(struct entry *e, enum pars_err err, int points, pars_usec now)
{
	if (e->reason_count && e->reasons[0].err == err) {
		e->reasons[0].times++;
		e->reasons[0].points += points;
		e->reasons[0].at = now;
		return;
	}
	e->reason_count = PARS_MIN(e->reason_count + 1, (size_t)PARS_SCORE_REASONS);
	memmove(e->reasons + 1, e->reasons, (e->reason_count - 1) * sizeof *e->reasons);
	e->reasons[0] = (struct pars_score_reason){ err, points, now, 1 };
}

/* Makes room by forgetting the one whose past weighs least. */
static void evict(struct pars_scores *s, pars_usec now)
{
	struct entry *e, *best = NULL;
	size_t at = 0;
	while ((e = pars_map_next(&s->peers, &at)))
		if (!best || points_now(e, now) > points_now(best, now))
			best = e;
	if (best)
		free(pars_map_remove(&s->peers, key_of(best)));
}

static struct entry *obtain(struct pars_scores *s, const struct pars_peer_id *peer, pars_usec now)
{
	struct entry *e = pars_map_get(&s->peers, pars_peer_id_bytes(peer));
	if (e)
		return e;
	if (s->peers.count >= PARS_SCORE_PEERS_MAX)
		evict(s, now);
	e = pars_alloc(sizeof *e);
	e->peer = *peer;
	pars_map_put(&s->peers, e);
	return e;
}

bool pars_scores_blame(struct pars_scores *s, const struct pars_peer_id *peer,
	enum pars_err err, pars_usec now)
{
	int points = weight(err);
	if (!points)
		return false;
	struct entry *e = obtain(s, peer, now);
	points = PARS_MAX(points * 100 / (100 + (int)e->stake), 1);
	remember(e, err, points, now);
	/* The floor bounds how long anyone can be kept out by old sins. */
	e->points = PARS_MAX(points_now(e, now) - points, 2 * PARS_SCORE_BAN);
	e->at = now;
	if (e->points > PARS_SCORE_BAN || e->banned_until > now)
		return false;
	e->banned_until = now + PARS_SCORE_BAN_TIME;
	return true;
}

int pars_scores_get(const struct pars_scores *s, const struct pars_peer_id *peer, pars_usec now)
{
	const struct entry *e = pars_map_get(&s->peers, pars_peer_id_bytes(peer));
	return e ? points_now(e, now) : 0;
}

void pars_scores_send_away(struct pars_scores *s, const struct pars_peer_id *peer, pars_usec until, pars_usec now)
{
	obtain(s, peer, now)->away_until = until;
}

bool pars_scores_is_away(const struct pars_scores *s, const struct pars_peer_id *peer, pars_usec now)
{
	const struct entry *e = pars_map_get(&s->peers, pars_peer_id_bytes(peer));
	return e && e->away_until > now;
}

bool pars_scores_is_banned(const struct pars_scores *s, const struct pars_peer_id *peer,
	pars_usec now)
{
	const struct entry *e = pars_map_get(&s->peers, pars_peer_id_bytes(peer));
	return e && e->banned_until > now;
}

size_t pars_scores_reasons(const struct pars_scores *s, const struct pars_peer_id *peer,
	struct pars_score_reason out[PARS_SCORE_REASONS])
{
	const struct entry *e = pars_map_get(&s->peers, pars_peer_id_bytes(peer));
	if (!e)
		return 0;
	memcpy(out, e->reasons, e->reason_count * sizeof *out);
	return e->reason_count;
}

pars_usec pars_scores_banned_until(const struct pars_scores *s, const struct pars_peer_id *peer)
{
	const struct entry *e = pars_map_get(&s->peers, pars_peer_id_bytes(peer));
	return e ? e->banned_until : 0;
}

void pars_scores_set_stake(struct pars_scores *s, const struct pars_peer_id *peer, unsigned stake,
	pars_usec now)
{
	obtain(s, peer, now)->stake = PARS_MIN(stake, (unsigned)PARS_SCORE_STAKE_MAX);
}

unsigned pars_scores_stake(const struct pars_scores *s, const struct pars_peer_id *peer)
{
	const struct entry *e = pars_map_get(&s->peers, pars_peer_id_bytes(peer));
	return e ? e->stake : 0;
}
