#include "base/map.h"

#include "tests/unit/unit.h"

struct item {
	uint32_t key;
	bool in;
};

static struct pars_bytes key_of(const void *v)
{
	const struct item *i = v;
	return PARS_BYTES(&i->key, sizeof i->key);
}

START_TEST(behaves_like_a_set_under_random_changes)
{
	static struct item items[500];
	struct pars_map m;
	pars_map_init(&m, key_of, 42);
	uint32_t rnd = 1;
	size_t count = 0;
	for (int round = 0; round < 50000; round++) {
		rnd = rnd * 1664525 + 1013904223;
		struct item *i = &items[(rnd >> 8) % PARS_COUNT(items)];
		i->key = (uint32_t)(i - items);
		struct pars_bytes key = key_of(i);
		ck_assert_ptr_eq(pars_map_get(&m, key), i->in ? i : NULL);
		if (i->in) {
			ck_assert_ptr_eq(pars_map_remove(&m, key), i);
			count--;
		} else {
			pars_map_put(&m, i);
			count++;
		}
		i->in = !i->in;
		ck_assert_uint_eq(m.count, count);
	}
	size_t at = 0, seen = 0;
	while (pars_map_next(&m, &at))
		seen++;
	ck_assert_uint_eq(seen, count);
	pars_map_done(&m);
}
END_TEST

UNIT_CASE(map, behaves_like_a_set_under_random_changes);
