#include <stdint.h>
#include <string.h>

#include "rpc/memory.h"
#include "tests/unit/unit.h"

START_TEST(the_block_begins_anew_when_all_pieces_are_gone)
{
	char *a = rpc_memory_take(3), *b = rpc_memory_take(100);
	ck_assert(a && b && b >= a + 3 && !((uintptr_t)b % 16));
	memset(b, 1, 100);
	rpc_memory_give(a);
	char *c = rpc_memory_take(8);
	ck_assert(c >= b + 100); /* b is still there */
	rpc_memory_give(b);
	rpc_memory_give(c);
	ck_assert_ptr_eq(rpc_memory_take(5), a);
	rpc_memory_give(a);
}
END_TEST

START_TEST(what_finds_no_room_comes_from_the_heap)
{
	char *pieces[100], *first = rpc_memory_take(1), *huge = rpc_memory_take((size_t)1 << 20);
	ck_assert(huge && (huge < first || huge > first + (1 << 20)));
	memset(huge, 1, (size_t)1 << 20);
	for (size_t i = 0; i < 100; i++) {
		pieces[i] = rpc_memory_take(1000);
		ck_assert_ptr_nonnull(pieces[i]);
		memset(pieces[i], (int)i, 1000);
	}
	for (size_t i = 0; i < 100; i++) {
		ck_assert_int_eq(pieces[i][999], (int)i);
		rpc_memory_give(pieces[i]);
	}
	rpc_memory_give(huge);
	rpc_memory_give(first);
	ck_assert_ptr_eq(rpc_memory_take(1), first);
	rpc_memory_give(first);
}
END_TEST

UNIT_CASE(memory, the_block_begins_anew_when_all_pieces_are_gone, what_finds_no_room_comes_from_the_heap);
