/* rpc/memory.h - where jansson's memory comes from.
 *
 * A request is a dozen small pieces that live until it is answered. They are cut
 * one after the other from one block, which begins anew whenever all of them are
 * gone; what finds no room there (a call that waits keeps its parameters) comes
 * from the heap. For programs in which one thread uses jansson, and whose own
 * code frees none of its texts. */
#ifndef PARS_RPC_MEMORY_H
#define PARS_RPC_MEMORY_H

#include <stddef.h>

/* Before the first use of jansson; again is fine. */
void rpc_memory_init(void);

/* What it makes jansson use. NULL: there is none left. */
void *rpc_memory_take(size_t size);
void rpc_memory_give(void *piece);

#endif
