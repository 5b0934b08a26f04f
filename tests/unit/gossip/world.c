#include "tests/unit/gossip/world.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "codec/uvarint.h"

struct world *world_new(unsigned count, const struct pars_gossip_limits *limits)
{
	struct world *w = pars_alloc(sizeof *w);
	w->count = count;
	w->now = PARS_S(1000);
	for (unsigned i = 0; i < count; i++) {
		struct world_node *n = &w->nodes[i];
		uint8_t seed[32] = { 77, (uint8_t)i };
		pars_rng_init(&n->rng, seed);
		pars_ed25519_pair_from_seed(&n->key, seed);
		pars_peer_id_from_ed25519(&n->key.public, &n->id);
		n->g = pars_gossip_new(&(struct pars_gossip_config){ .key = &n->key, .seqno = 1,
			.limits = limits ? *limits : pars_gossip_default_limits, .metrics = &n->metrics, .rng = &n->rng });
		pars_gossip_begin(n->g, w->now);
	}
	return w;
}

void world_free(struct world *w)
{
	for (unsigned i = 0; i < w->count; i++)
		pars_gossip_free(w->nodes[i].g);
	free(w);
}

void world_link(struct world *w, unsigned a, unsigned b, enum pars_gossip_version version)
{
	w->nodes[a].peers[b] = pars_gossip_peer_up(w->nodes[a].g, &w->nodes[b].id, version, NULL, true);
	w->nodes[b].peers[a] = pars_gossip_peer_up(w->nodes[b].g, &w->nodes[a].id, version, NULL, false);
	ck_assert(w->nodes[a].peers[b] && w->nodes[b].peers[a]);
}

void world_cut(struct world *w, unsigned a, unsigned b)
{
	pars_gossip_peer_down(w->nodes[a].g, w->nodes[a].peers[b]);
	pars_gossip_peer_down(w->nodes[b].g, w->nodes[b].peers[a]);
	w->nodes[a].peers[b] = w->nodes[b].peers[a] = NULL;
}

static void drain(struct world_node *n)
{
	struct pars_gossip_event ev;
	while (pars_gossip_next(n->g, &ev)) {
		n->told_peers += ev.type == PARS_GOSSIP_EV_PEERS;
		n->topic_events += ev.type == PARS_GOSSIP_EV_TOPIC;
		if (ev.type != PARS_GOSSIP_EV_MESSAGE)
			continue;
		ck_assert_uint_lt(n->got_count, WORLD_GOT_MAX);
		n->got[n->got_count++] = ev.id;
		enum pars_gossip_verdict verdict = n->verdict;
		if (verdict == PARS_GOSSIP_ACCEPT && ev.policy == PARS_GOSSIP_SIGNED && pars_gossip_message_verify(ev.message))
			verdict = PARS_GOSSIP_REJECT;
		if (!n->silent)
			pars_gossip_validated(n->g, &ev.id, verdict);
	}
}

void world_say(struct world *w, unsigned from, unsigned to, struct pars_bytes rpc)
{
	struct world_node *n = &w->nodes[to];
	(void)!pars_gossip_input(n->g, n->peers[from], rpc);
	drain(n);
}

static bool move(struct world *w, unsigned a, unsigned b)
{
	struct world_node *n = &w->nodes[a];
	struct pars_bytes out, rpc;
	size_t size;
	if (!n->peers[b] || w->nodes[b].slow || !(out = pars_gossip_output(n->g, n->peers[b])).n)
		return false;
	enum pars_err err = pars_uvarint_message(out, PARS_GOSSIP_RPC_OURS, &rpc, &size);
	ck_assert_int_eq(err, PARS_OK);
	ck_assert_uint_eq(size, out.n);
	err = pars_gossip_input(w->nodes[b].g, w->nodes[b].peers[a], rpc);
	ck_assert_int_eq(err, PARS_OK);
	w->bytes += size;
	pars_gossip_sent(n->peers[b], size);
	drain(&w->nodes[b]);
	return true;
}

/* What a router does at once, and nothing that time alone brings. */
static void next_step(struct world *w, struct world_node *n)
{
	if (pars_gossip_deadline(n->g) > w->now + 1)
		return;
	pars_gossip_begin(n->g, ++w->now);
	pars_gossip_tick(n->g);
	drain(n);
}

void world_run(struct world *w)
{
	bool moved = true;
	for (unsigned rounds = 0; moved; rounds++) {
		ck_assert_uint_lt(rounds, 10000);
		moved = false;
		for (unsigned a = 0; a < w->count; a++)
			next_step(w, &w->nodes[a]);
		for (unsigned a = 0; a < w->count; a++)
			for (unsigned b = 0; b < w->count; b++)
				moved |= move(w, a, b);
	}
}

void world_pass(struct world *w, pars_usec time)
{
	for (pars_usec end = w->now + time; w->now < end;) {
		w->now += PARS_MS(100);
		for (unsigned i = 0; i < w->count; i++) {
			pars_gossip_begin(w->nodes[i].g, w->now);
			pars_gossip_tick(w->nodes[i].g);
			drain(&w->nodes[i]);
		}
		world_run(w);
	}
}

void world_subscribe(struct world *w, unsigned node, const char *topic, enum pars_gossip_policy policy)
{
	enum pars_err err = pars_gossip_subscribe(w->nodes[node].g, topic, policy, &pars_gossip_default_topic);
	ck_assert_int_eq(err, PARS_OK);
}

struct pars_gossip_id world_publish(struct world *w, unsigned node, const char *topic,
	enum pars_gossip_policy policy, const char *text)
{
	struct pars_gossip_id id = { 0 };
	enum pars_err err = pars_gossip_publish(w->nodes[node].g, topic, policy, PARS_BYTES_STR(text), &id);
	ck_assert_int_eq(err, PARS_OK);
	world_run(w);
	return id;
}

uint64_t world_counter(const struct world *w, unsigned node, enum pars_metric m)
{
	return w->nodes[node].metrics.value[m];
}

unsigned world_mesh(const struct world *w, unsigned node, const char *topic)
{
	struct pars_gossip_topic_info info;
	size_t at = 0;
	while (pars_gossip_topic_next(w->nodes[node].g, &at, &info))
		if (!strcmp(info.name, topic))
			return info.mesh;
	return 0;
}

double world_score(const struct world *w, unsigned node, unsigned of)
{
	struct pars_gossip_member_info info;
	size_t at = 0;
	while (pars_gossip_member_next(w->nodes[node].g, &at, &info))
		if (pars_peer_id_equal(&info.id, &w->nodes[of].id))
			return info.score;
	ck_abort_msg("no such member");
	return 0;
}
