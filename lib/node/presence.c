/* node/presence.c - announces that this node serves its sessions, and seeks
 * other nodes that serve them (the specification's AnnouncePresence and
 * FindSessionPeers), so that a session's id is enough to meet. */
#include "node/dht.h"

#include <stdlib.h>

#include "base/alloc.h"

#define ENOUGH 3                 /* nodes that serve a session; then none is sought */
#define SEEK_FIRST PARS_S(2)
#define SEEK_MAX PARS_S(600)
#define FIND_MAX 20
#define KEY_SIZE 34

/* One of our sessions, as the hash table sees it. */
struct presence {
	TAILQ_ENTRY(presence) entry;
	uint32_t session;
	uint8_t key[KEY_SIZE];       /* sha2-256 multihash of its rendezvous key */
	pars_dht_op op;              /* seeking, or 0 */
	pars_usec seek_us, delay;
};

static struct presence *find(struct pars_node *node, uint32_t session)
{
	struct presence *p;
	TAILQ_FOREACH(p, &node->presences, entry)
		if (p->session == session)
			return p;
	return NULL;
}

static void add(struct pars_node *node, const struct pars_session *s)
{
	struct presence *p = pars_alloc(sizeof *p);
	*p = (struct presence){ .session = s->num, .key = { 0x12, 0x20 }, .seek_us = node->now.mono_us,
		.delay = SEEK_FIRST };
	memcpy(p->key + 2, s->tag.b, sizeof s->tag.b);
	TAILQ_INSERT_TAIL(&node->presences, p, entry);
	pars_dht_provide(node->dht->dht, PARS_BYTES_ARRAY(p->key));
}

/* Sooner the fewer nodes are known to serve it. */
static void plan(struct pars_node *node, struct presence *p)
{
	p->seek_us = node->now.mono_us + p->delay / 2 + pars_rng_below(&node->rng, p->delay);
	p->delay = PARS_MIN(2 * p->delay, SEEK_MAX);
}

static void seek(struct pars_node *node, struct presence *p)
{
	size_t equal;
	if (node_sync_shared(node, p->session, &equal) >= ENOUGH) {
		p->delay = SEEK_FIRST;
		p->seek_us = node->now.mono_us + SEEK_MAX;
		return;
	}
	if (node_dht_size(node))
		p->op = pars_dht_find_providers(node->dht->dht, PARS_BYTES_ARRAY(p->key), FIND_MAX);
	if (p->op)
		p->seek_us = PARS_NEVER; /* until it is done */
	else
		plan(node, p);
}

void node_presence_event(struct pars_node *node, const struct pars_dht_event *ev)
{
	struct presence *p;
	TAILQ_FOREACH(p, &node->presences, entry)
		if (p->op == ev->op)
			break;
	if (!p)
		return;
	if (ev->type == PARS_DHT_EV_PROVIDER) {
		node_dht_reach(node, ev->contact);
	} else {
		p->op = 0;
		plan(node, p);
	}
}

void node_presence_hurry(struct pars_node *node)
{
	struct presence *p;
	TAILQ_FOREACH(p, &node->presences, entry)
		if (!p->op) {
			p->delay = SEEK_FIRST;
			p->seek_us = node->now.mono_us;
		}
}

void node_presence_tick(struct pars_node *node)
{
	const struct pars_session *s;
	struct presence *p;
	size_t at = 0;
	if (node->presence_count != pars_sessions_count(node->sessions)) {
		while ((s = pars_sessions_next(node->sessions, &at)))
			if (!find(node, s->num))
				add(node, s);
		node->presence_count = pars_sessions_count(node->sessions);
	}
	TAILQ_FOREACH(p, &node->presences, entry)
		if (node->now.mono_us >= p->seek_us)
			seek(node, p);
}

pars_usec node_presence_deadline(const struct pars_node *node)
{
	const struct presence *p;
	pars_usec at = node->presence_count != pars_sessions_count(node->sessions) ? node->now.mono_us : PARS_NEVER;
	TAILQ_FOREACH(p, &node->presences, entry)
		at = PARS_MIN(at, p->seek_us);
	return at;
}

void node_presence_done(struct pars_node *node)
{
	struct presence *p;
	while ((p = TAILQ_FIRST(&node->presences))) {
		TAILQ_REMOVE(&node->presences, p, entry);
		free(p);
	}
}
