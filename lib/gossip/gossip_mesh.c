/* gossip/gossip_mesh.c - the heartbeat: meshes, fanout, what others may lack. */
#include "gossip/gossip_impl.h"

#include <stdlib.h>

#include "base/alloc.h"

pars_usec gs_heartbeat_interval(const struct pars_gossip *g)
{
	const struct pars_gossip_limits *l = &g->limits;
	return l->heartbeat + (l->heartbeat_slow - l->heartbeat) * (100 - g->effort) / 100;
}

/* From n at full effort down to `least` at none. */
static unsigned with_effort(const struct pars_gossip *g, unsigned n, unsigned least)
{
	return n <= least ? n : least + (n - least) * g->effort / 100;
}

/* -- one peer in, one peer out ---------------------------------------------------------- */

void gs_graft(struct pars_gossip *g, struct member *m, bool tell)
{
	m->mesh = true;
	m->fanout = false;
	pars_gossip_score_graft(&m->score, g->now);
	pars_count(g->metrics, PARS_M_gossip_grafted);
	if (!tell || m->peer->urgent.n >= URGENT_MAX)
		return;
	pars_gossip_put_graft(&m->peer->urgent, gs_topic_name(m->topic));
	gs_peer_ready(g, m->peer);
}

/* Others of the topic that are fine and vouch for their addresses. */
static void offer_peers(struct pars_gossip *g, const struct member *m, struct pars_buf *out)
{
	const struct topic *t = m->topic;
	size_t start = pars_rng_below(g->rng, t->member_count);
	unsigned n = 0;
	for (size_t i = 0; i < t->member_count && n < g->limits.px_max; i++) {
		const struct member *o = t->members[(start + i) % t->member_count];
		if (o == m || !o->peer->up || !o->subscribed || !o->peer->record.n || gs_score(g, o->peer) < 0)
			continue;
		pars_gossip_put_peer(out, pars_peer_id_bytes(&o->peer->id), pars_buf_bytes(&o->peer->record));
		n++;
	}
}

void gs_prune(struct pars_gossip *g, struct member *m, pars_usec backoff, bool with_peers)
{
	PARS_AUTO_BUF peers = { 0 };
	bool old = m->peer->version < PARS_GOSSIP_1_1; /* knows neither peers nor backoff */
	if (m->mesh) {
		pars_gossip_score_prune(&m->score, &m->topic->params);
		m->peer->score_stale = true;
	}
	m->mesh = false;
	m->pruned_at = g->now;
	m->backoff_until = PARS_MAX(m->backoff_until, g->now + backoff);
	pars_count(g->metrics, PARS_M_gossip_pruned);
	if (!m->peer->up || !gs_speaks_mesh(m->peer) || m->peer->urgent.n >= URGENT_MAX)
		return;
	if (with_peers && !old)
		offer_peers(g, m, &peers);
	pars_gossip_put_prune(&m->peer->urgent, gs_topic_name(m->topic), pars_buf_bytes(&peers),
		old ? 0 : backoff / PARS_S(1));
	gs_peer_ready(g, m->peer);
}

/* -- choosing ------------------------------------------------------------------------------ */

static void shuffle(struct pars_gossip *g, struct member **list, size_t n)
{
	for (size_t i = n; i > 1; i--) {
		size_t k = pars_rng_below(g->rng, i);
		struct member *m = list[i - 1];
		list[i - 1] = list[k];
		list[k] = m;
	}
}

static bool may_graft(struct pars_gossip *g, const struct member *m)
{
	struct pars_gossip_peer *p = m->peer;
	return p->up && m->subscribed && !m->mesh && !p->direct && gs_speaks_mesh(p) &&
		m->backoff_until + gs_heartbeat_interval(g) * (m->backoff_until != 0) <= g->now && gs_score(g, p) >= 0;
}

/* Up to n random ones; outbound: only those that we dialled; above: only of a
 * higher score than this. */
static void graft_some(struct pars_gossip *g, struct topic *t, size_t n, bool outbound, double above)
{
	struct member **list = pars_alloc_array(t->member_count + 1, sizeof *list);
	size_t count = 0;
	for (size_t i = 0; i < t->member_count; i++) {
		struct member *m = t->members[i];
		if (may_graft(g, m) && (!outbound || m->peer->outbound) && gs_score(g, m->peer) >= above)
			list[count++] = m;
	}
	shuffle(g, list, count);
	for (size_t i = 0; i < PARS_MIN(n, count); i++)
		gs_graft(g, list[i], true);
	free(list);
}

static size_t mesh_of(const struct topic *t, struct member **list)
{
	size_t n = 0;
	for (size_t i = 0; i < t->member_count; i++)
		if (t->members[i]->mesh)
			list[n++] = t->members[i];
	return n;
}

static int by_score(const void *x, const void *y)
{
	const struct member *a = *(struct member *const *)x, *b = *(struct member *const *)y;
	double sa = a->peer->score, sb = b->peer->score;
	return sa < sb ? 1 : sa > sb ? -1 : a->peer->num < b->peer->num ? -1 : a->peer->num > b->peer->num;
}

/* Keeps the best ones and random ones; enough of them dialled by us, since who
 * surrounds a node comes to it. */
static void shrink(struct pars_gossip *g, struct member **mesh, size_t n, unsigned d)
{
	unsigned outbound = 0, best = PARS_MIN(g->limits.d_score, d);
	qsort(mesh, n, sizeof(struct member *), by_score);
	shuffle(g, mesh + best, n - best);
	for (size_t i = 0; i < d; i++)
		outbound += mesh[i]->peer->outbound;
	for (size_t i = d, k = d; i < n && k > best && outbound < g->limits.d_out; i++) {
		if (!mesh[i]->peer->outbound)
			continue;
		while (k > best && mesh[k - 1]->peer->outbound)
			k--;
		if (k == best)
			break;
		struct member *m = mesh[--k];
		mesh[k] = mesh[i];
		mesh[i] = m;
		outbound++;
	}
	for (size_t i = d; i < n; i++)
		gs_prune(g, mesh[i], g->limits.backoff, true);
}

static double median(struct member **mesh, size_t n)
{
	qsort(mesh, n, sizeof(struct member *), by_score);
	return mesh[n / 2]->peer->score;
}

/* Not yet in the mesh, and time may let it in: its backoff ends, its score
 * rises. What else may change wakes the heart. */
static bool may_come(const struct member *m)
{
	return m->peer->up && m->subscribed && !m->mesh && !m->peer->direct && gs_speaks_mesh(m->peer);
}

static bool waits_for_peers(const struct pars_gossip *g, const struct topic *t, unsigned lo)
{
	unsigned mesh = 0, outbound = 0, may = 0, may_outbound = 0;
	for (size_t i = 0; i < t->member_count; i++) {
		const struct member *m = t->members[i];
		mesh += m->mesh;
		outbound += m->mesh && m->peer->outbound;
		may += may_come(m);
		may_outbound += may_come(m) && m->peer->outbound;
	}
	return (mesh < lo && may) || (outbound < g->limits.d_out && may_outbound);
}

static bool tend_mesh(struct pars_gossip *g, struct topic *t)
{
	struct member **mesh = pars_alloc_array(t->member_count + 1, sizeof *mesh);
	size_t n = mesh_of(t, mesh), outbound = 0;
	unsigned d = with_effort(g, g->limits.d, 2), lo = PARS_MIN(g->limits.d_lo, d);
	unsigned hi = PARS_MAX(with_effort(g, g->limits.d_hi, 4), d);
	for (size_t i = 0; i < n; i++)
		if (gs_score(g, mesh[i]->peer) < 0)
			gs_prune(g, mesh[i], g->limits.backoff, false);
	n = mesh_of(t, mesh);
	if (n < lo)
		graft_some(g, t, d - n, false, 0);
	else if (n > hi)
		shrink(g, mesh, n, d);
	n = mesh_of(t, mesh);
	for (size_t i = 0; i < n; i++)
		outbound += mesh[i]->peer->outbound;
	if (n >= lo && outbound < g->limits.d_out)
		graft_some(g, t, g->limits.d_out - outbound, true, 0);
	if (n > 1 && !(g->ticks % OPPORTUNISTIC_TICKS)) {
		double m = median(mesh, n);
		if (m < g->limits.score.opportunistic)
			graft_some(g, t, OPPORTUNISTIC_PEERS, false, m + g->limits.score.decay_to_zero);
	}
	free(mesh);
	return waits_for_peers(g, t, lo);
}

/* -- joining, leaving, publishing without joining --------------------------------------------- */

void gs_mesh_join(struct pars_gossip *g, struct topic *t)
{
	size_t n = 0;
	for (size_t i = 0; i < t->member_count; i++) {
		struct member *m = t->members[i];
		if (m->fanout && may_graft(g, m) && n++ < g->limits.d)
			gs_graft(g, m, true);
		m->fanout = false;
	}
	t->published_at = 0;
	if (n < g->limits.d)
		graft_some(g, t, g->limits.d - n, false, 0);
}

void gs_mesh_leave(struct pars_gossip *g, struct topic *t)
{
	for (size_t i = 0; i < t->member_count; i++)
		if (t->members[i]->mesh)
			gs_prune(g, t->members[i], g->limits.unsubscribe_backoff, true);
}

void gs_mesh_fanout(struct pars_gossip *g, struct topic *t)
{
	struct member **list = pars_alloc_array(t->member_count + 1, sizeof *list);
	size_t n = 0, have = 0;
	unsigned d = with_effort(g, g->limits.d, 2);
	for (size_t i = 0; i < t->member_count; i++) {
		struct member *m = t->members[i];
		bool fine = m->peer->up && m->subscribed && gs_score(g, m->peer) >= g->limits.score.publish;
		m->fanout &= fine;
		have += m->fanout;
		if (fine && !m->fanout)
			list[n++] = m;
	}
	shuffle(g, list, n);
	for (size_t i = 0; i < n && have < d; i++, have++)
		list[i]->fanout = true;
	free(list);
}

/* -- what others may lack -------------------------------------------------------------------------- */

/* Newest first: of too many, those that were not told of before. */
static struct pars_gossip_id *recent(const struct topic *t, size_t n)
{
	struct pars_gossip_id *ids = pars_alloc_array(n, sizeof *ids);
	const struct seen *s;
	size_t i = 0;
	TAILQ_FOREACH_REVERSE(s, &t->told, told_list, told_entry)
		if (i < n)
			ids[i++] = s->id;
	return ids;
}

static void tell_all(struct pars_gossip *g, struct member *m, const struct pars_gossip_id *ids, size_t n)
{
	m->lacks = false;
	if (m->peer->lazy.n >= LAZY_MAX)
		return;
	gs_put_ids(m->peer, &m->peer->lazy, PARS_GOSSIP_IHAVE, gs_topic_name(m->topic), ids, n);
	gs_peer_ready(g, m->peer);
}

/* Who had no room for a message learns of it once it has. */
static bool is_behind(const struct pars_gossip *g, const struct member *m)
{
	return m->lacks && m->peer->queue_bytes < g->limits.queue_max / 2;
}

static void tell_lazily(struct pars_gossip *g, struct topic *t)
{
	size_t count = 0, n_ids = PARS_MIN(t->told_count, g->limits.ids_max);
	if (!n_ids)
		return;
	struct member **list = pars_alloc_array(t->member_count + 1, sizeof *list);
	struct pars_gossip_id *ids = recent(t, n_ids);
	for (size_t i = 0; i < t->member_count; i++) {
		struct member *m = t->members[i];
		bool fine = m->peer->up && m->subscribed && gs_speaks_mesh(m->peer) &&
			gs_score(g, m->peer) >= g->limits.score.gossip;
		if (fine && is_behind(g, m))
			tell_all(g, m, ids, n_ids);
		else if (fine && !m->mesh && !m->fanout && !m->peer->direct)
			list[count++] = m;
	}
	shuffle(g, list, count);
	size_t n = PARS_MAX(with_effort(g, g->limits.d_lazy, 1), count * g->limits.lazy_percent / 100 * g->effort / 100);
	for (size_t i = 0; i < PARS_MIN(n, count); i++)
		tell_all(g, list[i], ids, n_ids);
	free(ids);
	free(list);
}

static void tick_peers(struct pars_gossip *g)
{
	struct pars_gossip_peer *p;
	size_t at = 0;
	while ((p = pars_map_next(&g->peers, &at))) {
		p->ihaves = p->ids_asked = p->ids_wanted = p->idontwants = 0;
		if (p->up)
			gs_expire_dont_wants(g, p);
	}
}

bool gs_heartbeat(struct pars_gossip *g)
{
	bool waits = false;
	g->ticks++;
	tick_peers(g);
	gs_peers_expire(g);
	for (size_t i = g->topic_count; i-- > 0;) { /* one that is released gives its place to the last */
		struct topic *t = g->topics[i];
		if (t->subscribed)
			waits |= tend_mesh(g, t);
		else if (t->published_at && g->now - t->published_at > g->limits.fanout_ttl)
			t->published_at = 0;
		if (!t->subscribed && !t->published_at) {
			for (size_t k = 0; k < t->member_count; k++)
				t->members[k]->fanout = false;
			gs_topic_release(g, t);
			continue;
		}
		if (!t->subscribed)
			gs_mesh_fanout(g, t);
		waits |= !t->subscribed; /* until it is not published to any more */
		tell_lazily(g, t);
	}
	gs_seen_tick(g);
	return waits;
}
