/* rpc/nearest.h - "did you mean …?" for whatever people type wrongly. */
#ifndef PARS_RPC_NEAREST_H
#define PARS_RPC_NEAREST_H

#include <stddef.h>

/* The candidate nearest to `word`, NULL when none is near. `at` gives the
 * i-th candidate, NULL behind the last. */
const char *rpc_nearest(const char *word, const char *(*at)(const void *list, size_t i), const void *list);

#endif
