/* gossip/gossip_seen.c - messages: remembered, held for those who ask, judged. */
#include "gossip/gossip_impl.h"

#include <stdlib.h>

#include "base/alloc.h"

struct seen *gs_seen_find(const struct pars_gossip *g, const struct pars_gossip_id *id)
{
	return pars_map_get(&g->seen_map, pars_gossip_id_bytes(id));
}

void gs_seen_accepted(struct seen *s)
{
	s->state = SEEN_ACCEPTED;
	if (!s->wire.n)
		return;
	TAILQ_INSERT_TAIL(&s->topic->told, s, told_entry);
	s->topic->told_count++;
	s->is_told = true;
}

static void tell_no_more(struct seen *s)
{
	if (!s->is_told)
		return;
	TAILQ_REMOVE(&s->topic->told, s, told_entry);
	s->topic->told_count--;
	s->is_told = false;
}

static void release_bytes(struct pars_gossip *g, struct seen *s)
{
	if (!s->wire.mem)
		return;
	tell_no_more(s);
	TAILQ_REMOVE(&g->held, s, held_entry);
	g->held_bytes -= s->wire.n;
	pars_buf_done(&s->wire);
	free(s->asked);
	s->asked = NULL;
	s->asked_count = 0;
	s->message = (struct pars_gossip_message){ 0 };
}

/* Whether somebody may still want the bytes: who judges, or who asks. */
static bool is_wanted(const struct pars_gossip *g, const struct seen *s)
{
	return !s->forgotten && (s->state == SEEN_PENDING || (s->state == SEEN_ACCEPTED && s->ticks < g->limits.history));
}

static void settle(struct pars_gossip *g, struct seen *s)
{
	if (s->refs == !s->forgotten && !is_wanted(g, s))
		release_bytes(g, s);
	if (s->refs)
		return;
	s->topic->seen_count--;
	gs_topic_release(g, s->topic);
	free(s);
}

static void forget(struct pars_gossip *g, struct seen *s)
{
	pars_map_remove(&g->seen_map, pars_gossip_id_bytes(&s->id));
	TAILQ_REMOVE(&g->seen, s, entry);
	s->forgotten = true;
	s->refs--;
	settle(g, s);
}

void gs_seen_unref(struct pars_gossip *g, struct seen *s)
{
	s->refs--;
	settle(g, s);
}

void gs_seen_unqueue(struct pars_gossip *g, struct seen *s)
{
	if (--s->refs == 1 && !s->forgotten)
		release_bytes(g, s);
	settle(g, s);
}

/* The oldest that wait in no queue; then those that do. */
static bool make_room(struct pars_gossip *g, size_t n)
{
	struct seen *s, *next;
	for (s = TAILQ_FIRST(&g->held); s && g->held_bytes + n > g->limits.held_max; s = next) {
		next = TAILQ_NEXT(s, held_entry);
		if (s->refs == 1 && !s->forgotten)
			release_bytes(g, s);
	}
	gs_shorten_queues(g, n);
	return g->held_bytes + n <= g->limits.held_max;
}

struct seen *gs_seen_add(struct pars_gossip *g, const struct pars_gossip_id *id, struct topic *t,
	const struct pars_gossip_message *m, const struct pars_gossip_peer *from)
{
	PARS_AUTO_BUF wire = { 0 };
	struct pars_gossip_item item;
	pars_gossip_message_encode(m, &wire);
	if (!make_room(g, wire.n)) {
		pars_count(g->metrics, PARS_M_gossip_full);
		return NULL;
	}
	t->seen_count++; /* first, so that what is forgotten now does not take the topic along */
	if (g->seen_map.count >= g->limits.seen_max)
		forget(g, TAILQ_FIRST(&g->seen));
	struct seen *s = pars_alloc(sizeof *s);
	s->id = *id;
	s->topic = t;
	s->at = g->now;
	s->refs = 1;
	s->wire = wire;
	wire = (struct pars_buf){ 0 };
	struct pars_gossip_reader r = { .rpc = pars_buf_bytes(&s->wire) };
	if (!pars_gossip_read(&r, &item))
		s->message = item.message;
	if (from) {
		s->senders[s->sender_count++] = from->num;
		const struct pars_gossip_peer *author = m->from.n ? pars_map_get(&g->peers, m->from) : NULL;
		s->author = author ? author->num : PEER_NUM_NONE;
	}
	g->held_bytes += s->wire.n;
	TAILQ_INSERT_TAIL(&g->held, s, held_entry);
	TAILQ_INSERT_TAIL(&g->seen, s, entry);
	pars_map_put(&g->seen_map, s);
	gs_wake(g);
	return s;
}

bool gs_seen_sent_by(const struct seen *s, uint32_t peer)
{
	for (size_t i = 0; i < s->sender_count; i++)
		if (s->senders[i] == peer)
			return true;
	return false;
}

static void blame(struct pars_gossip *g, const struct seen *s, struct pars_gossip_peer *p)
{
	gs_member_obtain(s->topic, p)->score.invalid++;
	p->score_stale = true;
	pars_count(g->metrics, PARS_M_gossip_rejected);
}

void gs_seen_sender(struct pars_gossip *g, struct seen *s, struct pars_gossip_peer *from)
{
	s->topic->duplicates++;
	pars_count(g->metrics, PARS_M_gossip_duplicate);
	if (gs_seen_sent_by(s, from->num))
		return;
	if (s->sender_count < SENDERS_MAX)
		s->senders[s->sender_count++] = from->num;
	struct member *m = gs_member_find(s->topic, from);
	if (s->state == SEEN_REJECTED)
		blame(g, s, from);
	else if (m && s->state == SEEN_ACCEPTED && g->now - s->judged_at <= s->topic->params.deficit_window)
		pars_gossip_score_copy(&m->score, &s->topic->params);
}

/* Flood publishing: an own message goes to all who may have it, since a mesh
 * could keep it in. With little effort to spend, the mesh must do. */
static bool gets(struct pars_gossip *g, const struct seen *s, const struct member *m, bool own)
{
	struct pars_gossip_peer *p = m->peer;
	if (!p->up || gs_seen_sent_by(s, p->num) || p->num == s->author)
		return false;
	if (m->mesh || (own && m->fanout))
		return true;
	if (!m->subscribed)
		return false;
	if (p->direct)
		return true;
	return (p->version == PARS_GOSSIP_FLOOD || (own && g->effort >= 50)) && gs_score(g, p) >= g->limits.score.publish;
}

void gs_seen_forward(struct pars_gossip *g, struct seen *s, bool own)
{
	for (size_t i = 0; i < s->topic->member_count; i++)
		if (gets(g, s, s->topic->members[i], own))
			gs_peer_queue(g, s->topic->members[i]->peer, s);
}

static void accept(struct pars_gossip *g, struct seen *s)
{
	s->topic->delivered++;
	for (size_t i = 0; i < s->sender_count; i++) {
		struct pars_gossip_peer *p = gs_peer_by_num(g, s->senders[i]);
		struct member *m = p ? gs_member_find(s->topic, p) : NULL;
		if (!m)
			continue;
		if (i)
			pars_gossip_score_copy(&m->score, &s->topic->params);
		else
			pars_gossip_score_first(&m->score, &s->topic->params);
		p->score_stale = true;
	}
	pars_count(g->metrics, PARS_M_gossip_delivered);
	if (!s->wire.n)
		return;
	s->refs++;
	TAILQ_INSERT_TAIL(&g->fresh, s, fresh_entry);
}

void gs_seen_forward_fresh(struct pars_gossip *g)
{
	struct seen *s;
	while ((s = TAILQ_FIRST(&g->fresh)) && s->judged_at < g->now) {
		TAILQ_REMOVE(&g->fresh, s, fresh_entry);
		gs_seen_forward(g, s, false);
		gs_seen_unref(g, s);
	}
}

pars_usec gs_seen_fresh_due(const struct pars_gossip *g)
{
	const struct seen *s = TAILQ_FIRST(&g->fresh);
	return s ? s->judged_at + 1 : PARS_NEVER;
}

void pars_gossip_validated(struct pars_gossip *g, const struct pars_gossip_id *id, enum pars_gossip_verdict verdict)
{
	struct seen *s = gs_seen_find(g, id);
	if (!s || s->state != SEEN_PENDING)
		return;
	s->judged_at = g->now;
	if (verdict == PARS_GOSSIP_ACCEPT) {
		gs_seen_accepted(s);
		accept(g, s);
	} else if (verdict == PARS_GOSSIP_IGNORE) {
		s->state = SEEN_IGNORED;
		pars_count(g->metrics, PARS_M_gossip_ignored);
	} else {
		s->state = SEEN_REJECTED;
		for (size_t i = 0; i < s->sender_count; i++) {
			struct pars_gossip_peer *p = gs_peer_by_num(g, s->senders[i]);
			if (p)
				blame(g, s, p);
		}
	}
	settle(g, s);
}

bool pars_gossip_has(const struct pars_gossip *g, const struct pars_gossip_id *id)
{
	const struct seen *s = gs_seen_find(g, id);
	return s && s->state == SEEN_ACCEPTED;
}

bool pars_gossip_reaches(struct pars_gossip *g, struct pars_gossip_peer *p, const char *topic)
{
	const struct topic *t = gs_topic_find(g, PARS_BYTES_STR(topic));
	const struct member *m = t ? gs_member_find(t, p) : NULL;
	return m && m->subscribed && (p->direct || gs_score(g, p) >= g->limits.score.publish);
}

/* Oldest first, so it stops at the first that stays. */
void gs_seen_tick(struct pars_gossip *g)
{
	struct seen *s, *next;
	struct promise *p, *later;
	for (s = TAILQ_FIRST(&g->seen); s && g->now - s->at > g->limits.seen_ttl; s = next) {
		next = TAILQ_NEXT(s, entry);
		forget(g, s);
	}
	for (s = TAILQ_FIRST(&g->held); s; s = next) {
		next = TAILQ_NEXT(s, held_entry);
		if (s->state == SEEN_ACCEPTED && ++s->ticks >= g->limits.told)
			tell_no_more(s);
		settle(g, s);
	}
	for (p = TAILQ_FIRST(&g->promises); p && p->until <= g->now; p = later) {
		later = TAILQ_NEXT(p, entry);
		struct pars_gossip_peer *peer = gs_peer_by_num(g, p->peer);
		if (peer && !gs_seen_find(g, &p->id)) {
			gs_misbehaved(peer, 1);
			pars_count(g->metrics, PARS_M_gossip_broken_promise);
		}
		TAILQ_REMOVE(&g->promises, p, entry);
		g->promise_count--;
		free(p);
	}
}

void gs_seen_done(struct pars_gossip *g)
{
	struct promise *p;
	struct seen *s;
	while ((s = TAILQ_FIRST(&g->fresh))) {
		TAILQ_REMOVE(&g->fresh, s, fresh_entry);
		gs_seen_unref(g, s);
	}
	while (!TAILQ_EMPTY(&g->seen))
		forget(g, TAILQ_FIRST(&g->seen));
	while ((p = TAILQ_FIRST(&g->promises))) {
		TAILQ_REMOVE(&g->promises, p, entry);
		free(p);
	}
	pars_map_done(&g->seen_map);
}
