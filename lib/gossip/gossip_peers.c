/* gossip/gossip_peers.c - peers: what they subscribe to, what waits for them,
 * what they are worth. */
#include "gossip/gossip_impl.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "codec/uvarint.h"

/* -- members ------------------------------------------------------------------------ */

struct member *gs_member_find(const struct topic *t, const struct pars_gossip_peer *p)
{
	if (p->member_count < t->member_count) {
		for (size_t i = 0; i < p->member_count; i++)
			if (p->members[i]->topic == t)
				return p->members[i];
		return NULL;
	}
	for (size_t i = 0; i < t->member_count; i++)
		if (t->members[i]->peer == p)
			return t->members[i];
	return NULL;
}

static void list_add(struct member ***list, size_t *count, size_t *cap, struct member *m)
{
	if (*count == *cap) {
		*cap = *cap ? 2 * *cap : 4;
		*list = pars_realloc(*list, *cap * sizeof **list);
	}
	(*list)[(*count)++] = m;
}

static void list_remove(struct member **list, size_t *count, const struct member *m)
{
	size_t i = 0;
	while (list[i] != m)
		i++;
	list[i] = list[--*count];
}

struct member *gs_member_obtain(struct topic *t, struct pars_gossip_peer *p)
{
	struct member *m = gs_member_find(t, p);
	if (m)
		return m;
	m = pars_alloc(sizeof *m);
	m->topic = t;
	m->peer = p;
	list_add(&t->members, &t->member_count, &t->member_cap, m);
	list_add(&p->members, &p->member_count, &p->member_cap, m);
	return m;
}

void gs_member_free(struct member *m)
{
	list_remove(m->topic->members, &m->topic->member_count, m);
	list_remove(m->peer->members, &m->peer->member_count, m);
	free(m);
}

/* -- scores --------------------------------------------------------------------------- */

static void count_ip(struct pars_gossip *g, struct pars_gossip_peer *p, const struct pars_endpoint *where)
{
	memset(p->ip, 0, sizeof p->ip);
	p->ip[0] = (uint8_t)where->family;
	memcpy(p->ip + 1, where->ip, where->family == PARS_IP4 ? 4 : 16);
	struct ip_count *c = pars_map_get(&g->ips, PARS_BYTES_ARRAY(p->ip));
	if (!c) {
		c = pars_alloc(sizeof *c);
		memcpy(c->ip, p->ip, sizeof c->ip);
		pars_map_put(&g->ips, c);
	}
	c->peers++;
	p->counted_ip = true;
}

static void uncount_ip(struct pars_gossip *g, struct pars_gossip_peer *p)
{
	struct ip_count *c = p->counted_ip ? pars_map_get(&g->ips, PARS_BYTES_ARRAY(p->ip)) : NULL;
	p->counted_ip = false;
	if (c && !--c->peers)
		free(pars_map_remove(&g->ips, PARS_BYTES_ARRAY(p->ip)));
}

double gs_score(struct pars_gossip *g, struct pars_gossip_peer *p)
{
	double topics = 0;
	if (!p->score_stale)
		return p->score;
	const struct ip_count *c = p->counted_ip ? pars_map_get(&g->ips, PARS_BYTES_ARRAY(p->ip)) : NULL;
	for (size_t i = 0; i < p->member_count; i++)
		topics += pars_gossip_score_topic(&p->members[i]->score, &p->members[i]->topic->params);
	p->score = pars_gossip_score_total(&g->limits.score, topics, p->app, c ? c->peers : 0, p->behaviour);
	p->score_stale = false;
	return p->score;
}

void gs_misbehaved(struct pars_gossip_peer *p, double points)
{
	p->behaviour += points;
	p->score_stale = true;
}

void gs_peers_decay(struct pars_gossip *g, uint64_t seconds)
{
	const struct pars_gossip_score_params *s = &g->limits.score;
	struct pars_gossip_peer *p;
	size_t at = 0;
	while ((p = pars_map_next(&g->peers, &at))) {
		p->behaviour = pars_gossip_score_decayed(p->behaviour, s->behaviour_decay, s->decay_to_zero, seconds);
		for (size_t i = 0; p->up && i < p->member_count; i++)
			pars_gossip_score_decay(&p->members[i]->score, &p->members[i]->topic->params, s->decay_to_zero,
				g->now, seconds);
		p->score_stale = true;
	}
}

/* -- coming and going ------------------------------------------------------------------- */

static struct pars_bytes dont_want_key(const void *d)
{
	return pars_gossip_id_bytes(&((const struct dont_want *)d)->id);
}

void gs_peer_ready(struct pars_gossip *g, struct pars_gossip_peer *p)
{
	if (!p->ready)
		TAILQ_INSERT_TAIL(&g->ready, p, ready_entry);
	p->ready = true;
}

static void unready(struct pars_gossip *g, struct pars_gossip_peer *p)
{
	if (p->ready)
		TAILQ_REMOVE(&g->ready, p, ready_entry);
	p->ready = false;
}

struct pars_gossip_peer *pars_gossip_ready(struct pars_gossip *g)
{
	struct pars_gossip_peer *p = TAILQ_FIRST(&g->ready);
	if (p)
		unready(g, p);
	return p;
}

void pars_gossip_peer_set_user(struct pars_gossip_peer *p, void *user)
{
	p->user = user;
}

void *pars_gossip_peer_user(const struct pars_gossip_peer *p)
{
	return p->user;
}

static void clear_output(struct pars_gossip *g, struct pars_gossip_peer *p)
{
	for (; p->queue_count; p->queue_count--) {
		gs_seen_unref(g, p->queue[p->queue_first]);
		p->queue_first = (p->queue_first + 1) % p->queue_cap;
	}
	free(p->queue);
	p->queue = NULL;
	p->queue_cap = p->queue_first = p->queue_bytes = 0;
	pars_buf_done(&p->subscriptions);
	pars_buf_done(&p->urgent);
	pars_buf_done(&p->lazy);
	pars_buf_done(&p->out);
	unready(g, p);
}

void gs_expire_dont_wants(const struct pars_gossip *g, struct pars_gossip_peer *p)
{
	struct dont_want *d;
	while ((d = TAILQ_FIRST(&p->dont_wants)) && d->until <= g->now) {
		TAILQ_REMOVE(&p->dont_wants, d, entry);
		pars_map_remove(&p->dont_want, pars_gossip_id_bytes(&d->id));
		free(d);
	}
}

static void clear_dont_want(struct pars_gossip_peer *p)
{
	pars_map_done_values(&p->dont_want);
	TAILQ_INIT(&p->dont_wants);
}

static void peer_free(struct pars_gossip *g, struct pars_gossip_peer *p)
{
	pars_map_remove(&g->peers, pars_peer_id_bytes(&p->id));
	pars_map_remove(&g->peer_nums, PARS_BYTES(&p->num, sizeof p->num));
	clear_output(g, p);
	clear_dont_want(p);
	while (p->member_count) {
		struct topic *t = p->members[p->member_count - 1]->topic;
		gs_member_free(p->members[p->member_count - 1]);
		gs_topic_release(g, t);
	}
	pars_buf_done(&p->record);
	free(p->members);
	free(p);
}

struct pars_gossip_peer *pars_gossip_peer_up(struct pars_gossip *g, const struct pars_peer_id *id,
	enum pars_gossip_version version, const struct pars_endpoint *where, bool outbound)
{
	struct pars_gossip_peer *p = pars_map_get(&g->peers, pars_peer_id_bytes(id));
	if ((p && p->up) || g->up_count >= g->limits.peers_max)
		return NULL;
	if (!p) {
		p = pars_alloc(sizeof *p);
		p->id = *id;
		p->num = ++g->last_num;
		pars_map_put(&g->peers, p);
		pars_map_put(&g->peer_nums, p);
	}
	pars_map_init(&p->dont_want, dont_want_key, pars_rng_u64(g->rng));
	TAILQ_INIT(&p->dont_wants);
	p->up = true;
	p->outbound = outbound;
	p->version = version;
	p->direct = pars_map_get(&g->directs, pars_peer_id_bytes(id)) != NULL;
	p->score_stale = true;
	g->up_count++;
	if (where)
		count_ip(g, p, where);
	for (size_t i = 0; i < g->topic_count; i++)
		if (g->topics[i]->subscribed)
			pars_gossip_put_subscription(&p->subscriptions, true, gs_topic_name(g->topics[i]));
	gs_peer_ready(g, p);
	return p;
}

/* What a peer may not be let off by coming back: its score, and that it may not
 * be grafted yet. */
static bool is_remembered(const struct pars_gossip *g, const struct pars_gossip_peer *p)
{
	for (size_t i = 0; i < p->member_count; i++)
		if (p->members[i]->backoff_until > g->now)
			return true;
	return p->score < 0 && g->now - p->gone_at < g->limits.score.retain;
}

/* Ever new peers with a bad past push the oldest out. */
static void forget_oldest(struct pars_gossip *g)
{
	struct pars_gossip_peer *p, *oldest = NULL;
	size_t at = 0;
	if (g->peers.count - g->up_count <= GONE_MAX)
		return;
	while ((p = pars_map_next(&g->peers, &at)))
		if (!p->up && (!oldest || p->gone_at < oldest->gone_at))
			oldest = p;
	if (oldest)
		peer_free(g, oldest);
}

void pars_gossip_peer_down(struct pars_gossip *g, struct pars_gossip_peer *p)
{
	gs_score(g, p);
	for (size_t i = p->member_count; i-- > 0;) {
		struct member *m = p->members[i];
		struct topic *t = m->topic;
		if (m->mesh)
			pars_gossip_score_prune(&m->score, &t->params);
		m->subscribed = m->mesh = m->fanout = m->lacks = false;
		if (m->backoff_until <= g->now && p->score >= 0) {
			gs_member_free(m);
			gs_topic_release(g, t);
		}
	}
	p->subscription_count = 0;
	uncount_ip(g, p);
	clear_output(g, p);
	clear_dont_want(p);
	p->up = false;
	p->gone_at = g->now;
	gs_wake(g);
	g->up_count--;
	if (!is_remembered(g, p))
		peer_free(g, p);
	forget_oldest(g);
}

void gs_peers_expire(struct pars_gossip *g)
{
	struct pars_gossip_peer *p;
	size_t at = 0;
	/* One at a time: the map must not change while it is walked. */
	while ((p = pars_map_next(&g->peers, &at)))
		if (!p->up && !is_remembered(g, p)) {
			peer_free(g, p);
			at = 0;
		}
}

void gs_peers_done(struct pars_gossip *g)
{
	struct pars_gossip_peer *p;
	size_t at = 0;
	for (; (p = pars_map_next(&g->peers, &at)); at = 0)
		peer_free(g, p);
	pars_map_done_values(&g->ips);
	pars_map_done(&g->peers);
	pars_map_done(&g->peer_nums);
}

struct pars_gossip_peer *gs_peer_by_num(const struct pars_gossip *g, uint32_t num)
{
	struct pars_gossip_peer *p = pars_map_get(&g->peer_nums, PARS_BYTES(&num, sizeof num));
	return p && p->up ? p : NULL;
}

bool gs_speaks_mesh(const struct pars_gossip_peer *p)
{
	return p->version != PARS_GOSSIP_FLOOD;
}

void pars_gossip_peer_set_record(struct pars_gossip_peer *p, struct pars_bytes record)
{
	pars_buf_truncate(&p->record, 0);
	pars_buf_put(&p->record, record);
}

void pars_gossip_peer_set_app_score(struct pars_gossip_peer *p, double score)
{
	p->score_stale |= p->app < score || p->app > score;
	p->app = score;
}

void pars_gossip_set_direct(struct pars_gossip *g, const struct pars_peer_id *id, bool direct)
{
	struct pars_gossip_peer *p = pars_map_get(&g->peers, pars_peer_id_bytes(id));
	struct pars_peer_id *d = pars_map_get(&g->directs, pars_peer_id_bytes(id));
	if (direct && !d) {
		d = pars_alloc(sizeof *d);
		*d = *id;
		pars_map_put(&g->directs, d);
	} else if (!direct && d) {
		pars_map_remove(&g->directs, pars_peer_id_bytes(id));
		free(d);
	}
	if (!p)
		return;
	p->direct = direct;
	for (size_t i = 0; direct && i < p->member_count; i++)
		if (p->members[i]->mesh)
			gs_prune(g, p->members[i], g->limits.backoff, false);
}

void gs_tell_subscription(struct pars_gossip *g, const struct topic *t)
{
	struct pars_gossip_peer *p;
	size_t at = 0;
	while ((p = pars_map_next(&g->peers, &at)))
		if (p->up) {
			pars_gossip_put_subscription(&p->subscriptions, t->subscribed, gs_topic_name(t));
			gs_peer_ready(g, p);
		}
}

void gs_put_ids(const struct pars_gossip_peer *p, struct pars_buf *control, enum pars_gossip_item_type type,
	struct pars_bytes topic, const struct pars_gossip_id *ids, size_t n)
{
	if (!p->key_form) {
		pars_gossip_put_ids(control, type, topic, ids, n);
		return;
	}
	struct pars_gossip_id *theirs = pars_alloc_array(n, sizeof *theirs);
	for (size_t i = 0; i < n; i++) {
		theirs[i] = ids[i];
		pars_gossip_id_to_key_form(&theirs[i]);
	}
	pars_gossip_put_ids(control, type, topic, theirs, n);
	free(theirs);
}

/* -- what waits for a peer -------------------------------------------------------------------- */

/* It reads too slowly; it can ask later. */
static void drop_for(struct pars_gossip *g, struct pars_gossip_peer *p, const struct seen *s)
{
	struct member *m = gs_member_find(s->topic, p);
	if (m)
		m->lacks = true;
	pars_count(g->metrics, PARS_M_gossip_dropped);
}

void gs_peer_queue(struct pars_gossip *g, struct pars_gossip_peer *p, struct seen *s)
{
	if (p->queue_count && p->queue_bytes + s->wire.n > g->limits.queue_max) {
		drop_for(g, p, s);
		return;
	}
	if (p->queue_count == p->queue_cap) {
		size_t cap = p->queue_cap ? 2 * p->queue_cap : 8;
		struct seen **ring = pars_alloc_array(cap, sizeof(struct seen *));
		for (size_t i = 0; i < p->queue_count; i++)
			ring[i] = p->queue[(p->queue_first + i) % p->queue_cap];
		free(p->queue);
		p->queue = ring;
		p->queue_cap = cap;
		p->queue_first = 0;
	}
	p->queue[(p->queue_first + p->queue_count++) % p->queue_cap] = s;
	p->queue_bytes += s->wire.n;
	s->refs++;
	gs_peer_ready(g, p);
}

static struct seen *take_queued(struct pars_gossip_peer *p)
{
	struct seen *s = p->queue[p->queue_first];
	p->queue_first = (p->queue_first + 1) % p->queue_cap;
	p->queue_count--;
	p->queue_bytes -= s->wire.n;
	return s;
}

static struct pars_gossip_peer *longest_queue(const struct pars_gossip *g)
{
	struct pars_gossip_peer *p, *longest = NULL;
	size_t at = 0;
	while ((p = pars_map_next(&g->peers, &at)))
		if (p->queue_count && (!longest || p->queue_bytes > longest->queue_bytes))
			longest = p;
	return longest;
}

/* Several slow readers, each behind by something else, must not take all the
 * bytes that may be held. */
void gs_shorten_queues(struct pars_gossip *g, size_t n)
{
	struct pars_gossip_peer *p;
	while (g->held_bytes + n > g->limits.held_max && (p = longest_queue(g))) {
		size_t half = p->queue_bytes / 2;
		while (p->queue_count && p->queue_bytes >= half) {
			struct seen *s = take_queued(p);
			drop_for(g, p, s);
			gs_seen_unqueue(g, s);
		}
	}
}

/* Since it was queued the peer may have sent it to us, or said that it has it. */
static bool still_wants(const struct pars_gossip_peer *p, const struct seen *s)
{
	return !gs_seen_sent_by(s, p->num) && !pars_map_get(&p->dont_want, pars_gossip_id_bytes(&s->id));
}

static void put_messages(struct pars_gossip *g, struct pars_gossip_peer *p, struct pars_buf *rpc)
{
	while (p->queue_count && rpc->n < FRAME_FULL) {
		struct seen *s = p->queue[p->queue_first];
		if (rpc->n && rpc->n + s->wire.n > PARS_GOSSIP_DATA_MAX)
			return;
		if (still_wants(p, s)) {
			pars_buf_put(rpc, pars_buf_bytes(&s->wire));
			pars_count(g->metrics, PARS_M_gossip_sent);
		}
		gs_seen_unref(g, take_queued(p));
	}
}

struct pars_bytes pars_gossip_output(struct pars_gossip *g, struct pars_gossip_peer *p)
{
	PARS_AUTO_BUF rpc = { 0 };
	if (p->out.n || !(p->subscriptions.n || p->urgent.n || p->lazy.n || p->queue_count))
		return pars_buf_bytes(&p->out);
	pars_buf_put(&rpc, pars_buf_bytes(&p->subscriptions));
	pars_buf_put(&p->urgent, pars_buf_bytes(&p->lazy));
	if (p->urgent.n)
		pars_gossip_put_control(&rpc, pars_buf_bytes(&p->urgent));
	put_messages(g, p, &rpc);
	pars_buf_done(&p->subscriptions);
	pars_buf_done(&p->urgent);
	pars_buf_done(&p->lazy);
	if (rpc.n) {
		pars_buf_put_uvarint(&p->out, rpc.n);
		pars_buf_put(&p->out, pars_buf_bytes(&rpc));
	}
	return pars_buf_bytes(&p->out);
}

void pars_gossip_sent(struct pars_gossip_peer *p, size_t n)
{
	pars_buf_drop(&p->out, n);
	if (!p->out.n)
		pars_buf_done(&p->out);
}
