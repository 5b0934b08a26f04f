/* A map that is too simple to be wrong, and a database of nodes in a list. */
#ifndef PARS_TESTS_UNIT_TRIE_MODEL_H
#define PARS_TESTS_UNIT_TRIE_MODEL_H

#include "trie/sorted.h"
#include "trie/trie.h"

#define MODEL_KEYS 4096

struct model {
	struct { uint8_t key[32], value[64]; size_t key_n, value_n; } item[MODEL_KEYS];
	size_t n; /* sorted by key */
};

void model_put(struct model *m, struct pars_bytes key, struct pars_bytes value); /* empty: removes */
struct pars_bytes model_get(const struct model *m, struct pars_bytes key);
struct pars_digest model_root(const struct model *m);

/* Nodes by path, as a database keeps them. */
struct shelf {
	struct { uint8_t path[64], *raw; size_t path_n, raw_n; } row[2 * MODEL_KEYS];
	size_t n;
	unsigned asked, busy_each; /* each node is BUSY so many times before it is there */
	unsigned refused;
	bool leafless; /* leaves are not kept: only for what is written */
};

struct pars_trie_source shelf_source(struct shelf *s);
struct pars_trie_sink shelf_sink(struct shelf *s);
void shelf_done(struct shelf *s);
/* Same rows, in any order. */
bool shelf_equal(const struct shelf *a, const struct shelf *b);

/* A stream of numbers that is the same in every run. */
uint32_t model_random(uint64_t *state);

#endif
