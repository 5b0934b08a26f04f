/* base/arena.h - memory with the lifetime of one step or one answer.
 *
 * Allocations are never freed singly; _reset frees all of them at once.
 * All zero is an empty arena. */
#ifndef PARS_BASE_ARENA_H
#define PARS_BASE_ARENA_H

#include "base/bytes.h"

struct pars_arena {
	struct pars_arena_block *blocks; /* newest first */
};

void *pars_arena_alloc(struct pars_arena *a, size_t size); /* zeroed, 16-aligned */
void *pars_arena_room(struct pars_arena *a, size_t size);  /* the same, not zeroed */
struct pars_bytes pars_arena_copy(struct pars_arena *a, struct pars_bytes b);
char *pars_arena_string(struct pars_arena *a, struct pars_bytes text); /* + NUL */
char *pars_arena_sprintf(struct pars_arena *a, const char *fmt, ...) PARS_PRINTF(2, 3);
void pars_arena_reset(struct pars_arena *a); /* keeps one block for reuse */
void pars_arena_done(struct pars_arena *a);

#define PARS_AUTO_ARENA __attribute__((cleanup(pars_arena_done))) struct pars_arena

#endif
