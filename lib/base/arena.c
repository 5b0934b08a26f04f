#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"

#define BLOCK_SIZE ((size_t)16384)

struct pars_arena_block {
	struct pars_arena_block *next;
	size_t used, cap;
	_Alignas(16) uint8_t mem[];
};

void *pars_arena_room(struct pars_arena *a, size_t size)
{
	size = (size + 15) & ~(size_t)15;
	struct pars_arena_block *b = a->blocks;
	if (!b || b->cap - b->used < size) {
		size_t cap = PARS_MAX(BLOCK_SIZE, size);
		b = pars_realloc(NULL, sizeof *b + cap);
		*b = (struct pars_arena_block){ .next = a->blocks, .cap = cap };
		a->blocks = b;
	}
	void *p = b->mem + b->used;
	b->used += size;
	return p;
}

void *pars_arena_alloc(struct pars_arena *a, size_t size)
{
	return memset(pars_arena_room(a, size), 0, size);
}

struct pars_bytes pars_arena_copy(struct pars_arena *a, struct pars_bytes b)
{
	if (!b.n)
		return b;
	return PARS_BYTES(memcpy(pars_arena_room(a, b.n), b.p, b.n), b.n);
}

char *pars_arena_string(struct pars_arena *a, struct pars_bytes text)
{
	char *s = pars_arena_alloc(a, text.n + 1);
	if (text.n)
		memcpy(s, text.p, text.n);
	return s;
}

char *pars_arena_sprintf(struct pars_arena *a, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	char *s = pars_arena_alloc(a, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(s, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return s;
}

void pars_arena_reset(struct pars_arena *a)
{
	while (a->blocks && (a->blocks->next || a->blocks->cap > BLOCK_SIZE)) {
		struct pars_arena_block *next = a->blocks->next;
		free(a->blocks);
		a->blocks = next;
	}
	if (a->blocks)
		a->blocks->used = 0;
}

void pars_arena_done(struct pars_arena *a)
{
	while (a->blocks) {
		struct pars_arena_block *next = a->blocks->next;
		free(a->blocks);
		a->blocks = next;
	}
}
