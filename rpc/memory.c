#include "rpc/memory.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define BLOCK_SIZE (32 << 10)
#define ALIGN _Alignof(max_align_t)

/* They watch the heap's pieces only. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

static _Alignas(max_align_t) char block[BLOCK_SIZE];
static size_t used, pieces;

void *rpc_memory_take(size_t size)
{
	size_t whole = (size + ALIGN - 1) / ALIGN * ALIGN;
	if (size > sizeof block || whole > sizeof block - used)
		return malloc(size);
	void *piece = block + used;
	used += whole;
	pieces++;
	return piece;
}

void rpc_memory_give(void *piece)
{
	if ((uintptr_t)piece - (uintptr_t)block >= sizeof block)
		free(piece);
	else if (!--pieces)
		used = 0;
}

void rpc_memory_init(void)
{
#ifndef SANITIZED
	json_set_alloc_funcs(rpc_memory_take, rpc_memory_give);
#endif
}
