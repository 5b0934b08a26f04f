#include "gossip/gossip_impl.h"

#include <stdlib.h>

#include "base/alloc.h"

const char *const pars_gossip_protocols[PARS_GOSSIP_VERSIONS] = {
	[PARS_GOSSIP_FLOOD] = "/floodsub/1.0.0", [PARS_GOSSIP_1_0] = "/meshsub/1.0.0",
	[PARS_GOSSIP_1_1] = "/meshsub/1.1.0", [PARS_GOSSIP_1_2] = "/meshsub/1.2.0",
};

const struct pars_gossip_limits pars_gossip_default_limits = {
	.d = 6, .d_lo = 4, .d_hi = 12, .d_lazy = 6, .lazy_percent = 25, .d_score = 4, .d_out = 2,
	.heartbeat = PARS_S(1), .heartbeat_slow = PARS_S(5), .heartbeat_calm = PARS_S(60), .history = 5, .told = 3,
	.fanout_ttl = PARS_S(60), .seen_ttl = PARS_S(120), .backoff = PARS_S(60), .unsubscribe_backoff = PARS_S(10),
	.graft_flood = PARS_S(10), .followup = PARS_S(3), .px_max = 16, .ihave_max = 10, .ids_max = 5000,
	.idontwant_max = 100, .retransmit_max = 3, .idontwant_min = 1024, .peers_max = 256, .topics_max = 65536,
	.peer_topics_max = 2048, .seen_max = 65536, .held_max = (size_t)16 << 20, .queue_max = (size_t)2 << 20,
};

/* -- maps -------------------------------------------------------------------------- */

static struct pars_bytes peer_key(const void *p)
{
	return pars_peer_id_bytes(&((const struct pars_gossip_peer *)p)->id);
}

static struct pars_bytes peer_num_key(const void *p)
{
	return PARS_BYTES(&((const struct pars_gossip_peer *)p)->num, sizeof(uint32_t));
}

static struct pars_bytes direct_key(const void *id)
{
	return pars_peer_id_bytes(id);
}

static struct pars_bytes topic_key(const void *t)
{
	return gs_topic_name(t);
}

static struct pars_bytes seen_key(const void *s)
{
	return pars_gossip_id_bytes(&((const struct seen *)s)->id);
}

static struct pars_bytes ip_key(const void *ip)
{
	return PARS_BYTES_ARRAY(((const struct ip_count *)ip)->ip);
}

/* -- life ---------------------------------------------------------------------------- */

struct pars_gossip *pars_gossip_new(const struct pars_gossip_config *config)
{
	struct pars_gossip *g = pars_alloc(sizeof *g);
	g->limits = config->limits;
	if (!g->limits.score.retain)
		g->limits.score = pars_gossip_default_score;
	g->key = config->key;
	g->seqno = config->seqno;
	g->metrics = config->metrics;
	g->rng = config->rng;
	g->effort = 100;
	pars_peer_id_from_ed25519(&g->key->public, &g->self);
	pars_map_init(&g->peers, peer_key, pars_rng_u64(g->rng));
	pars_map_init(&g->peer_nums, peer_num_key, pars_rng_u64(g->rng));
	pars_map_init(&g->directs, direct_key, pars_rng_u64(g->rng));
	pars_map_init(&g->topic_map, topic_key, pars_rng_u64(g->rng));
	pars_map_init(&g->seen_map, seen_key, pars_rng_u64(g->rng));
	pars_map_init(&g->ips, ip_key, pars_rng_u64(g->rng));
	TAILQ_INIT(&g->ready);
	TAILQ_INIT(&g->seen);
	TAILQ_INIT(&g->held);
	TAILQ_INIT(&g->fresh);
	TAILQ_INIT(&g->promises);
	return g;
}

static void queued_done(struct pars_gossip *g, struct queued *q)
{
	if (q->seen)
		gs_seen_unref(g, q->seen);
	pars_buf_done(&q->record);
	*q = (struct queued){ 0 };
}

static void topic_free(struct topic *t)
{
	free(t->members);
	free(t->name);
	free(t);
}

void pars_gossip_free(struct pars_gossip *g)
{
	void *x;
	size_t at = 0;
	if (!g)
		return;
	queued_done(g, &g->last);
	for (; g->event_count; g->event_count--) {
		queued_done(g, &g->events[g->event_first]);
		g->event_first = (g->event_first + 1) % g->event_cap;
	}
	free(g->events);
	gs_peers_done(g);
	gs_seen_done(g);
	while ((x = pars_map_next(&g->topic_map, &at)))
		topic_free(x);
	pars_map_done(&g->topic_map);
	pars_map_done_values(&g->directs);
	free(g->topics);
	free(g);
}

void pars_gossip_begin(struct pars_gossip *g, pars_usec now)
{
	uint64_t seconds = (now - g->decayed_at) / PARS_S(1);
	g->now = now;
	if (!seconds)
		return;
	gs_peers_decay(g, seconds);
	g->decayed_at += PARS_S(seconds);
}

/* With nobody to talk to, or about nothing, there is nothing to do. */
static bool is_idle(const struct pars_gossip *g)
{
	return !g->up_count || !g->topic_count;
}

void pars_gossip_tick(struct pars_gossip *g)
{
	gs_seen_forward_fresh(g);
	if (is_idle(g)) {
		g->heartbeat_at = 0;
		return;
	}
	if (!g->heartbeat_at) /* nodes that started together do not beat together */
		g->heartbeat_at = g->now + 1 + pars_rng_below(g->rng, gs_heartbeat_interval(g));
	if (g->now < g->heartbeat_at)
		return;
	bool waits = gs_heartbeat(g) || g->woken; /* what happened may show only in the next one */
	g->woken = false;
	if (g->held_bytes || g->promise_count)
		g->heartbeat_at = g->now + gs_heartbeat_interval(g);
	else
		g->heartbeat_at = g->now + (waits ? g->limits.heartbeat_slow : g->limits.heartbeat_calm);
}

void gs_wake(struct pars_gossip *g)
{
	g->woken = true;
	if (g->heartbeat_at)
		g->heartbeat_at = PARS_MIN(g->heartbeat_at, g->now + gs_heartbeat_interval(g));
}

pars_usec pars_gossip_deadline(const struct pars_gossip *g)
{
	return PARS_MIN(gs_seen_fresh_due(g), is_idle(g) ? PARS_NEVER : g->heartbeat_at);
}

void pars_gossip_set_effort(struct pars_gossip *g, unsigned percent)
{
	g->effort = PARS_MIN(percent, 100u);
	gs_wake(g);
}

/* -- events ----------------------------------------------------------------------------- */

struct queued *gs_emit(struct pars_gossip *g, enum pars_gossip_event_type type, const struct pars_gossip_peer *from,
	const struct topic *t)
{
	if (g->event_count == EVENTS_MAX)
		return NULL;
	if (g->event_count == g->event_cap) {
		size_t cap = g->event_cap ? 2 * g->event_cap : 16;
		struct queued *ring = pars_alloc_array(cap, sizeof *ring);
		for (size_t i = 0; i < g->event_count; i++)
			ring[i] = g->events[(g->event_first + i) % g->event_cap];
		free(g->events);
		g->events = ring;
		g->event_cap = cap;
		g->event_first = 0;
	}
	struct queued *q = &g->events[(g->event_first + g->event_count++) % g->event_cap];
	*q = (struct queued){ .type = type, .from = from->id, .policy = t->policy };
	memcpy(q->topic, t->name, strlen(t->name) + 1);
	return q;
}

bool pars_gossip_next(struct pars_gossip *g, struct pars_gossip_event *ret)
{
	queued_done(g, &g->last);
	if (!g->event_count)
		return false;
	struct queued *q = &g->last;
	*q = g->events[g->event_first];
	g->event_first = (g->event_first + 1) % g->event_cap;
	g->event_count--;
	*ret = (struct pars_gossip_event){ .type = q->type, .from = q->from, .topic = q->topic, .policy = q->policy,
		.joined = q->joined, .record = pars_buf_bytes(&q->record) };
	if (q->seen) {
		ret->id = q->seen->id;
		ret->message = &q->seen->message;
	}
	return true;
}

/* -- topics -------------------------------------------------------------------------------- */

struct topic *gs_topic_find(const struct pars_gossip *g, struct pars_bytes name)
{
	return pars_map_get(&g->topic_map, name);
}

struct topic *gs_topic_obtain(struct pars_gossip *g, struct pars_bytes name, bool foreign)
{
	struct topic *t = gs_topic_find(g, name);
	size_t max = g->limits.topics_max - foreign * (g->limits.topics_max / 8);
	if (t || !name.n || name.n > PARS_GOSSIP_TOPIC_MAX || memchr(name.p, 0, name.n) || g->topic_count >= max)
		return t;
	t = pars_alloc(sizeof *t);
	t->name = pars_alloc(name.n + 1);
	memcpy(t->name, name.p, name.n);
	t->params = pars_gossip_default_topic;
	TAILQ_INIT(&t->told);
	pars_map_put(&g->topic_map, t);
	if (g->topic_count == g->topic_cap) {
		g->topic_cap = g->topic_cap ? 2 * g->topic_cap : 16;
		g->topics = pars_realloc(g->topics, g->topic_cap * sizeof(struct topic *));
	}
	t->index = g->topic_count;
	g->topics[g->topic_count++] = t;
	return t;
}

void gs_topic_release(struct pars_gossip *g, struct topic *t)
{
	if (t->subscribed || t->published_at || t->member_count || t->seen_count)
		return;
	pars_map_remove(&g->topic_map, gs_topic_name(t));
	g->topics[t->index] = g->topics[--g->topic_count];
	g->topics[t->index]->index = t->index;
	topic_free(t);
}

enum pars_err pars_gossip_subscribe(struct pars_gossip *g, const char *topic, enum pars_gossip_policy policy,
	const struct pars_gossip_topic_params *params)
{
	size_t n = strlen(topic);
	if (!n || n > PARS_GOSSIP_TOPIC_MAX)
		return PARS_E_INVALID;
	struct topic *t = gs_topic_obtain(g, PARS_BYTES(topic, n), false);
	if (!t)
		return PARS_E_LIMIT;
	if (t->subscribed)
		return PARS_E_EXISTS;
	t->subscribed = true;
	t->policy = policy;
	t->params = *params;
	gs_tell_subscription(g, t);
	gs_mesh_join(g, t);
	gs_wake(g);
	return PARS_OK;
}

void pars_gossip_unsubscribe(struct pars_gossip *g, const char *topic)
{
	struct topic *t = gs_topic_find(g, PARS_BYTES_STR(topic));
	if (!t || !t->subscribed)
		return;
	gs_mesh_leave(g, t);
	t->subscribed = false;
	gs_tell_subscription(g, t);
	gs_topic_release(g, t);
}

enum pars_err pars_gossip_publish(struct pars_gossip *g, const char *topic, enum pars_gossip_policy policy,
	struct pars_bytes data, struct pars_gossip_id *ret_id)
{
	struct pars_gossip_message m = { .data = data, .topic = PARS_BYTES_STR(topic) };
	struct pars_gossip_signature room;
	if (!m.topic.n || m.topic.n > PARS_GOSSIP_TOPIC_MAX)
		return PARS_E_INVALID;
	if (data.n > PARS_GOSSIP_DATA_MAX)
		return PARS_E_TOO_LARGE;
	if (!data.p)
		m.data = PARS_BYTES("", 0);
	struct topic *t = gs_topic_obtain(g, m.topic, false);
	if (!t)
		return PARS_E_LIMIT;
	if (t->subscribed)
		policy = t->policy;
	else
		t->policy = policy;
	if (policy == PARS_GOSSIP_SIGNED)
		pars_gossip_message_sign(&m, g->key, g->seqno++, &room);
	pars_gossip_message_id(&m, policy, ret_id);
	if (gs_seen_find(g, ret_id)) {
		gs_topic_release(g, t);
		return PARS_E_EXISTS;
	}
	struct seen *s = gs_seen_add(g, ret_id, t, &m, NULL);
	if (!s) {
		gs_topic_release(g, t);
		return PARS_E_LIMIT;
	}
	if (!t->subscribed) {
		t->published_at = PARS_MAX(g->now, 1u);
		gs_mesh_fanout(g, t);
	}
	t->published++;
	pars_count(g->metrics, PARS_M_gossip_published);
	gs_seen_accepted(s);
	gs_seen_forward(g, s, true);
	return PARS_OK;
}

/* -- for people ---------------------------------------------------------------------------------- */

static bool is_ours(const struct topic *t)
{
	return t->subscribed || t->published_at;
}

bool pars_gossip_topic_next(const struct pars_gossip *g, size_t *at, struct pars_gossip_topic_info *ret)
{
	while (*at < g->topic_count && !is_ours(g->topics[*at]))
		++*at;
	if (*at >= g->topic_count)
		return false;
	const struct topic *t = g->topics[(*at)++];
	*ret = (struct pars_gossip_topic_info){ .name = t->name, .subscribed = t->subscribed, .policy = t->policy,
		.published = t->published, .delivered = t->delivered, .duplicates = t->duplicates };
	for (size_t i = 0; i < t->member_count; i++) {
		ret->peers += t->members[i]->subscribed;
		ret->mesh += t->members[i]->mesh;
		ret->fanout += t->members[i]->fanout;
	}
	return true;
}

bool pars_gossip_member_next(struct pars_gossip *g, size_t *at, struct pars_gossip_member_info *ret)
{
	size_t i = *at >> 16, k = *at & 0xffff;
	for (; i < g->topic_count; i++, k = 0) {
		const struct topic *t = g->topics[i];
		for (; is_ours(t) && k < t->member_count; k++) {
			const struct member *m = t->members[k];
			struct pars_gossip_peer *p = m->peer;
			if (!p->up || !(m->subscribed || m->mesh))
				continue;
			*ret = (struct pars_gossip_member_info){ .id = p->id, .topic = t->name, .version = p->version,
				.mesh = m->mesh, .fanout = m->fanout, .direct = p->direct, .outbound = p->outbound, .score = gs_score(g, p),
				.backoff_us = m->backoff_until > g->now ? m->backoff_until - g->now : 0, .queued = p->queue_bytes };
			*at = i << 16 | (k + 1);
			return true;
		}
	}
	return false;
}

void pars_gossip_stats(const struct pars_gossip *g, struct pars_gossip_stats *ret)
{
	const struct pars_gossip_peer *p;
	size_t at = 0;
	*ret = (struct pars_gossip_stats){ .peers = g->up_count, .gone = g->peers.count - g->up_count,
		.topics = g->topic_count, .seen = g->seen_map.count, .held_bytes = g->held_bytes, .effort = g->effort };
	while ((p = pars_map_next(&g->peers, &at)))
		ret->queued_bytes += p->queue_bytes;
}
