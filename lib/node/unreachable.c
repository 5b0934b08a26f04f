/* node/unreachable.c - peers that no address led to: not dialled again for a while. */
#include "node/dht.h"

#include <stdlib.h>

#include "base/alloc.h"

#define WAIT_MIN PARS_S(15)  /* not dialled again so long, doubling … */
#define WAIT_MAX PARS_S(600) /* … up to this */
#define PEERS_MAX 1024

/* A peer that no address led to. Alone, with a table full of such, a node
 * would otherwise dial all of them for each of its lookups, for ever. */
struct unreachable {
	struct pars_peer_id id;
	unsigned failures;
	pars_usec until;
};

static struct pars_bytes unreachable_key(const void *u)
{
	return pars_peer_id_bytes(&((const struct unreachable *)u)->id);
}

void node_unreachable_init(struct pars_node *node)
{
	pars_map_init(&node->dht->unreachable, unreachable_key, pars_rng_u64(&node->rng));
}

bool node_is_unreachable(const struct pars_node *node, const struct pars_contact *c)
{
	const struct unreachable *u = pars_map_get(&node->dht->unreachable, pars_peer_id_bytes(&c->id));
	return u && node->now.mono_us < u->until;
}

void node_dht_forgive(struct pars_node *node)
{
	pars_map_done_values(&node->dht->unreachable);
}

void node_not_reached(struct pars_node *node, const struct pars_contact *c)
{
	struct pars_map *map = &node->dht->unreachable;
	struct unreachable *u = pars_map_get(map, pars_peer_id_bytes(&c->id));
	if (!u && map->count == PEERS_MAX)
		node_dht_forgive(node);
	if (!u) {
		u = pars_alloc(sizeof *u);
		u->id = c->id;
		pars_map_put(map, u);
	}
	pars_usec wait = PARS_MIN(WAIT_MIN << PARS_MIN(u->failures, 10u), WAIT_MAX);
	u->failures++;
	u->until = node->now.mono_us + wait / 2 + pars_rng_below(&node->rng, wait / 2);
}

/* If it is the first one in a while, the network is back, for all. */
void node_reached(struct pars_node *node, const struct pars_peer_id *id)
{
	if (node_peers_count(node) <= 1)
		node_dht_forgive(node);
	else
		free(pars_map_remove(&node->dht->unreachable, pars_peer_id_bytes(id)));
}
