/* gossip/gossip_rpc.c - what peers say. */
#include "gossip/gossip_impl.h"

#include <stdlib.h>

#include "base/alloc.h"

static void subscription(struct pars_gossip *g, struct pars_gossip_peer *p, const struct pars_gossip_item *item)
{
	bool joined = item->type == PARS_GOSSIP_SUBSCRIBE;
	struct topic *t;
	if (joined && p->subscription_count >= g->limits.peer_topics_max) {
		pars_count(g->metrics, PARS_M_gossip_subscription_refused);
		return;
	}
	t = joined ? gs_topic_obtain(g, item->topic, true) : gs_topic_find(g, item->topic);
	if (!t) {
		if (joined)
			pars_count(g->metrics, PARS_M_gossip_subscription_refused);
		return;
	}
	struct member *m = joined ? gs_member_obtain(t, p) : gs_member_find(t, p);
	if (!m || m->subscribed == joined)
		return;
	m->subscribed = joined;
	p->subscription_count += joined ? 1 : -1;
	if (t->subscribed) {
		struct queued *q = gs_emit(g, PARS_GOSSIP_EV_TOPIC, p, t);
		if (q)
			q->joined = joined;
	}
	if (joined)
		return;
	if (m->mesh)
		gs_prune(g, m, g->limits.unsubscribe_backoff, false);
	m->fanout = false;
	if (!t->subscribed && m->backoff_until <= g->now) {
		gs_member_free(m);
		gs_topic_release(g, t);
	}
}

/* A large message on its way to us should not come from everybody. */
static void tell_dont_want(struct pars_gossip *g, const struct seen *s, const struct pars_gossip_peer *from)
{
	for (size_t i = 0; i < s->topic->member_count; i++) {
		struct member *m = s->topic->members[i];
		if (!m->mesh || m->peer == from || m->peer->version < PARS_GOSSIP_1_2 || m->peer->urgent.n >= URGENT_MAX)
			continue;
		gs_put_ids(m->peer, &m->peer->urgent, PARS_GOSSIP_IDONTWANT, (struct pars_bytes){ 0 }, &s->id, 1);
		gs_peer_ready(g, m->peer);
	}
}

static void message(struct pars_gossip *g, struct pars_gossip_peer *p, const struct pars_gossip_message *m)
{
	struct topic *t = gs_topic_find(g, m->topic);
	struct pars_gossip_id id;
	if (!t || !t->subscribed) {
		pars_count(g->metrics, PARS_M_gossip_unwanted);
		return;
	}
	if (pars_gossip_message_check(m, t->policy)) {
		gs_member_obtain(t, p)->score.invalid++;
		p->score_stale = true;
		pars_count(g->metrics, PARS_M_gossip_rejected);
		return;
	}
	pars_gossip_message_id(m, t->policy, &id);
	struct seen *s = gs_seen_find(g, &id);
	if (s) {
		gs_seen_sender(g, s, p);
		return;
	}
	/* Nobody else can have signed as us; it is older than our memory, or a lie. */
	if (m->from.n && pars_bytes_equal(m->from, pars_peer_id_bytes(&g->self)))
		return;
	struct queued *q = gs_emit(g, PARS_GOSSIP_EV_MESSAGE, p, t);
	if (!q) {
		pars_count(g->metrics, PARS_M_gossip_full);
		return;
	}
	if (!(s = gs_seen_add(g, &id, t, m, p))) {
		g->event_count--;
		return;
	}
	pars_count(g->metrics, PARS_M_gossip_received);
	q->seen = s;
	s->refs++;
	if (m->data.n >= g->limits.idontwant_min)
		tell_dont_want(g, s, p);
}

static bool take_id(struct pars_gossip_peer *p, struct pars_bytes raw, struct pars_gossip_id *ret)
{
	if (!pars_gossip_id_set(ret, raw))
		return false;
	p->key_form |= pars_gossip_id_from_key_form(ret);
	return true;
}

/* One of the ids asked for is remembered: who tells of messages must have them. */
static void promise(struct pars_gossip *g, const struct pars_gossip_peer *p, const struct pars_gossip_id *id)
{
	if (g->promise_count >= PROMISES_MAX)
		return;
	struct promise *x = pars_alloc(sizeof *x);
	*x = (struct promise){ .id = *id, .peer = p->num, .until = g->now + g->limits.followup };
	TAILQ_INSERT_TAIL(&g->promises, x, entry);
	g->promise_count++;
}

static void ihave(struct pars_gossip *g, struct pars_gossip_peer *p, struct pars_gossip_item *item)
{
	const struct topic *t = gs_topic_find(g, item->topic);
	struct pars_gossip_id *want;
	struct pars_bytes raw;
	size_t n = 0, room;
	if (!t || !t->subscribed || gs_score(g, p) < g->limits.score.gossip)
		return;
	if (++p->ihaves > g->limits.ihave_max || p->ids_asked >= g->limits.ids_max) {
		pars_count(g->metrics, PARS_M_gossip_flood);
		return;
	}
	room = PARS_MIN(g->limits.ids_max - p->ids_asked, item->list.n / 2 + 1);
	want = pars_alloc_array(room, sizeof *want);
	while (n < room && pars_gossip_next_id(item, &raw))
		if (take_id(p, raw, &want[n]) && !gs_seen_find(g, &want[n]))
			n++;
	if (n && p->urgent.n < URGENT_MAX) {
		promise(g, p, &want[pars_rng_below(g->rng, n)]);
		gs_put_ids(p, &p->urgent, PARS_GOSSIP_IWANT, (struct pars_bytes){ 0 }, want, n);
		gs_peer_ready(g, p);
		p->ids_asked += (unsigned)n;
	}
	free(want);
}

/* Counts, and says whether this peer asked for it too often already. */
static bool asked_enough(const struct pars_gossip *g, struct seen *s, uint32_t peer)
{
	for (size_t i = 0; i < s->asked_count; i++)
		if (s->asked[i].peer == peer)
			return s->asked[i].times++ >= g->limits.retransmit_max;
	s->asked = pars_realloc(s->asked, (s->asked_count + 1) * sizeof *s->asked);
	s->asked[s->asked_count++] = (struct asked){ peer, 1 };
	return false;
}

static void iwant(struct pars_gossip *g, struct pars_gossip_peer *p, struct pars_gossip_item *item)
{
	struct pars_gossip_id id;
	struct pars_bytes raw;
	if (gs_score(g, p) < g->limits.score.gossip)
		return;
	while (pars_gossip_next_id(item, &raw)) {
		if (++p->ids_wanted > g->limits.ids_max) {
			pars_count(g->metrics, PARS_M_gossip_flood);
			return;
		}
		struct seen *s = take_id(p, raw, &id) ? gs_seen_find(g, &id) : NULL;
		if (!s || s->state != SEEN_ACCEPTED || !s->wire.n || gs_seen_sent_by(s, p->num))
			continue;
		if (asked_enough(g, s, p->num))
			pars_count(g->metrics, PARS_M_gossip_flood);
		else
			gs_peer_queue(g, p, s);
	}
}

static void graft(struct pars_gossip *g, struct pars_gossip_peer *p, const struct pars_gossip_item *item)
{
	struct topic *t = gs_topic_find(g, item->topic);
	unsigned mesh = 0;
	if (!t || !t->subscribed) /* an answer would help who guesses at names */
		return;
	struct member *m = gs_member_obtain(t, p);
	if (m->mesh)
		return;
	if (m->backoff_until > g->now) {
		gs_misbehaved(p, g->now - m->pruned_at < g->limits.graft_flood ? 2 : 1);
		pars_count(g->metrics, PARS_M_gossip_early_graft);
		gs_prune(g, m, g->limits.backoff, false);
		return;
	}
	for (size_t i = 0; i < t->member_count; i++)
		mesh += t->members[i]->mesh;
	if (p->direct || gs_score(g, p) < 0)
		gs_prune(g, m, g->limits.backoff, false);
	else if (mesh >= g->limits.d_hi && !p->outbound)
		gs_prune(g, m, g->limits.backoff, true);
	else
		gs_graft(g, m, false);
}

static void prune(struct pars_gossip *g, struct pars_gossip_peer *p, struct pars_gossip_item *item)
{
	struct topic *t = gs_topic_find(g, item->topic);
	struct member *m = t ? gs_member_find(t, p) : NULL;
	struct pars_bytes id, record;
	pars_usec backoff = item->backoff_s ? PARS_S(PARS_MIN(item->backoff_s, BACKOFF_MAX / PARS_S(1))) : g->limits.backoff;
	if (!m || !t->subscribed)
		return;
	if (m->mesh) {
		m->mesh = false;
		pars_gossip_score_prune(&m->score, &t->params);
		p->score_stale = true;
	}
	m->backoff_until = PARS_MAX(m->backoff_until, g->now + backoff);
	if (gs_score(g, p) < g->limits.score.accept_px && !p->direct)
		return;
	for (unsigned n = 0; n < g->limits.px_max && pars_gossip_next_peer(item, &id, &record); n++) {
		struct queued *q = record.n ? gs_emit(g, PARS_GOSSIP_EV_PEERS, p, t) : NULL;
		if (q)
			pars_buf_put(&q->record, record);
	}
}

static void idontwant(struct pars_gossip *g, struct pars_gossip_peer *p, struct pars_gossip_item *item)
{
	struct pars_gossip_id id;
	struct pars_bytes raw;
	if (++p->idontwants > g->limits.idontwant_max) {
		pars_count(g->metrics, PARS_M_gossip_flood);
		return;
	}
	gs_expire_dont_wants(g, p);
	while (p->dont_want.count < DONT_WANT_MAX && pars_gossip_next_id(item, &raw)) {
		if (!take_id(p, raw, &id) || pars_map_get(&p->dont_want, pars_gossip_id_bytes(&id)))
			continue;
		struct dont_want *d = pars_alloc(sizeof *d);
		d->id = id;
		d->until = g->now + (g->limits.told + 1) * gs_heartbeat_interval(g);
		pars_map_put(&p->dont_want, d);
		TAILQ_INSERT_TAIL(&p->dont_wants, d, entry);
	}
}

enum pars_err pars_gossip_input(struct pars_gossip *g, struct pars_gossip_peer *p, struct pars_bytes rpc)
{
	struct pars_gossip_reader r = { .rpc = rpc };
	struct pars_gossip_item item;
	enum pars_err err;
	gs_wake(g);
	while (!(err = pars_gossip_read(&r, &item))) {
		if (!p->direct && gs_score(g, p) < g->limits.score.graylist) {
			pars_count(g->metrics, PARS_M_gossip_graylisted);
			return PARS_OK;
		}
		switch (item.type) {
		case PARS_GOSSIP_SUBSCRIBE:
		case PARS_GOSSIP_UNSUBSCRIBE: subscription(g, p, &item); break;
		case PARS_GOSSIP_PUBLISH: message(g, p, &item.message); break;
		case PARS_GOSSIP_IHAVE: ihave(g, p, &item); break;
		case PARS_GOSSIP_IWANT: iwant(g, p, &item); break;
		case PARS_GOSSIP_GRAFT: graft(g, p, &item); break;
		case PARS_GOSSIP_PRUNE: prune(g, p, &item); break;
		case PARS_GOSSIP_IDONTWANT: idontwant(g, p, &item); break;
		}
	}
	if (err == PARS_E_NOT_FOUND)
		return PARS_OK;
	pars_count(g->metrics, PARS_M_gossip_malformed);
	return err;
}
