/* tests/unit/dht/world.h - DHT nodes that hear each other at once: messages
 * are encoded and decoded, virtual time moves when nothing is under way. */
#ifndef PARS_TESTS_DHT_WORLD_H
#define PARS_TESTS_DHT_WORLD_H

#include "dht/dht.h"
#include "tests/unit/unit.h"

#define WORLD_MAX 128

struct world_node {
	struct pars_contacts *book;
	struct pars_contact *self;
	struct pars_dht *dht;
	struct pars_metrics metrics;
	struct pars_rng rng;
	bool dead;                     /* never answers */
	struct pars_dht_result done;   /* the last one; its contacts are not kept */
	pars_dht_op done_op;
	struct pars_peer_id nearest;   /* of the last result, if any */
	struct pars_buf value;
	unsigned done_count, provider_count, stored_count, forgot_count, entered, left;
};

struct world {
	struct world_node nodes[WORLD_MAX];
	size_t count;
	pars_usec now;
	struct pars_dht_limits limits; /* of the nodes made next */
};

struct world *world_new(size_t nodes);
void world_free(struct world *w);
size_t world_add(struct world *w);
/* Everybody learns of a neighbour, and time passes until tables are filled. */
void world_join(struct world *w);
/* Drains all; then time moves to the next deadlines, up to `span` on. */
void world_run(struct world *w, pars_usec span);
/* Until op of node i is done. */
const struct pars_dht_result *world_wait(struct world *w, size_t i, pars_dht_op op);

/* A peer of its own number: its id, and a contact in a book with the address
 * /ip4/<ip>/tcp/4001; ip 0: 10.0.0.1. The caller holds a reference. */
struct pars_peer_id world_id(uint32_t number);
struct pars_contact *world_peer(struct pars_contacts *book, uint32_t number, uint32_t ip);

#endif
