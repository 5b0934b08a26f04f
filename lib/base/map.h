/* base/map.h - hash map from a short byte key to a pointer.
 *
 * The key lies inside the value's object (intrusive), so the map stores only
 * pointers: key_of says where it is. Keys are hashed with a secret seed, so
 * a peer cannot choose keys that collide. Iteration order depends only on
 * the seed and the history, never on addresses: runs replay exactly. */
#ifndef PARS_BASE_MAP_H
#define PARS_BASE_MAP_H

#include "base/bytes.h"

struct pars_map {
	struct pars_bytes (*key_of)(const void *value);
	uint64_t seed;
	void **slots;
	size_t count, cap; /* cap is 0 or a power of two */
};

void pars_map_init(struct pars_map *m, struct pars_bytes (*key_of)(const void *), uint64_t seed);
void pars_map_done(struct pars_map *m); /* frees the map, not the values */
/* The same, and free() of every value before. Either way the map is empty then
 * and may be used again. */
void pars_map_done_values(struct pars_map *m);
void *pars_map_get(const struct pars_map *m, struct pars_bytes key); /* or NULL */
/* Borrows `value` until it is removed. The key must not be present. */
void pars_map_put(struct pars_map *m, void *value);
void *pars_map_remove(struct pars_map *m, struct pars_bytes key); /* or NULL */
/* Iterates: *at starts at 0; NULL at the end. The map must not change
 * meanwhile. */
void *pars_map_next(const struct pars_map *m, size_t *at);

#endif
