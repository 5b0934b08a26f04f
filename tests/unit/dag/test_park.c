#include "dag/park.h"

#include <stdlib.h>

#include "tests/unit/unit.h"

static struct pars_digest digest(uint32_t n)
{
	struct pars_digest d = { 0 };
	memcpy(d.b, &n, sizeof n);
	return d;
}

static enum pars_err park(struct pars_park *p, uint32_t id, uint32_t parent, uint64_t source, size_t size)
{
	static uint8_t bytes[PARS_VERTEX_MAX];
	struct pars_digest i = digest(id), w = digest(parent);
	return pars_park_add(p, &i, &w, 1, source, id, PARS_BYTES(bytes, size));
}

START_TEST(releases_all_that_waited_for_a_parent)
{
	struct pars_park *p = pars_park_new(1);
	struct pars_digest parent = digest(100);
	size_t n = 0;
	for (uint32_t i = 0; i < 10; i++)
		ck_assert_int_eq(park(p, i, i < 6 ? 100 : 200, 1, 50), PARS_OK);
	ck_assert_int_eq(park(p, 3, 100, 1, 50), PARS_E_EXISTS);
	for (struct pars_parked *r = pars_park_release(p, &parent), *next; r; r = next, n++) {
		next = r->next_waiting;
		free(r);
	}
	ck_assert_uint_eq(n, 6);
	ck_assert_uint_eq(pars_park_count(p, 0), 4);
	ck_assert_uint_eq(pars_park_bytes(p), 200);
	ck_assert_ptr_null(pars_park_release(p, &parent));
	pars_park_free(p);
}
END_TEST

START_TEST(one_source_cannot_take_all)
{
	struct pars_park *p = pars_park_new(1);
	uint32_t id = 0;
	while (!park(p, id, 1000000, 7, 100))
		id++;
	ck_assert_uint_eq(id, PARS_PARK_SOURCE_MAX);
	ck_assert_int_eq(park(p, 999999, 1000000, 8, 100), PARS_OK); /* others go on */
	pars_park_drop_source(p, 7);
	ck_assert_uint_eq(pars_park_count(p, 0), 1);
	for (id = 0; !park(p, id, 1000000, 7, 60000); id++)
		;
	ck_assert_uint_le(pars_park_bytes(p), PARS_PARK_SOURCE_BYTES_MAX + 100);
	pars_park_free(p);
}
END_TEST

START_TEST(the_pool_is_bounded_whoever_sends)
{
	struct pars_park *p = pars_park_new(1);
	uint32_t id = 0;
	while (!park(p, id, 1000000, id % 100, 10))
		id++;
	ck_assert_uint_eq(id, PARS_PARK_MAX);
	ck_assert_uint_eq(pars_park_expire(p, 1000), 1000); /* `since` is the id here */
	ck_assert_uint_eq(pars_park_count(p, 1), PARS_PARK_MAX - 1000);
	pars_park_free(p);
}
END_TEST

UNIT_CASE(park, releases_all_that_waited_for_a_parent, one_source_cannot_take_all, the_pool_is_bounded_whoever_sends);
