#include "dht/table.h"

#include <stdlib.h>

#include "tests/unit/dht/world.h"

struct rig {
	struct pars_contacts *book;
	struct pars_contact *self;
	struct pars_dht_table table;
};

static void rig_init(struct rig *r)
{
	r->book = pars_contacts_new(1);
	r->self = world_peer(r->book, 0, 0);
	pars_dht_table_init(&r->table, r->book, &r->self->key, &pars_dht_default_limits);
}

static void rig_done(struct rig *r)
{
	pars_dht_table_done(&r->table);
	pars_contact_unref(r->book, r->self);
	ck_assert_uint_eq(pars_contacts_count(r->book), 0);
	pars_contacts_free(r->book);
}

static enum pars_dht_place saw(struct rig *r, uint32_t number, uint32_t ip, pars_usec now)
{
	struct pars_contact *c = world_peer(r->book, number, ip);
	enum pars_dht_place place = pars_dht_table_saw(&r->table, c, now);
	pars_contact_unref(r->book, c);
	return place;
}

/* The n-th peer, from 1 on, in a bucket. */
static uint32_t in_bucket(struct rig *r, unsigned bucket, unsigned n)
{
	for (uint32_t i = 1;; i++) {
		struct pars_peer_id id = world_id(i);
		struct pars_digest place = pars_peer_id_dht(&id);
		if (pars_dht_shared_bits(&r->self->key, &place) == bucket && !--n)
			return i;
	}
}

static struct pars_digest target;

static int by_distance(const void *a, const void *b)
{
	const struct pars_contact *const *x = a, *const *y = b;
	return pars_dht_nearer(&target, &(*x)->key, &(*y)->key);
}

START_TEST(nearest_are_those_that_sorting_all_finds)
{
	struct rig r;
	struct pars_contact *all[2000], *got[300];
	size_t n = 0, at = 0;
	const struct pars_dht_slot *s;
	rig_init(&r);
	for (uint32_t i = 1; i < 2000; i++)
		saw(&r, i, 0, i);
	while ((s = pars_dht_table_next(&r.table, &at, NULL)))
		all[n++] = s->contact;
	ck_assert_uint_eq(n, r.table.count);
	for (uint32_t i = 0; i < 200; i++) {
		/* Every third target lies near us, where buckets are deep. */
		target = pars_sha256(PARS_BYTES(&i, sizeof i));
		memcpy(target.b, r.self->key.b, i % 3 ? 0 : i % 4);
		if (i == 0)
			target = r.self->key;
		qsort(all, n, sizeof all[0], by_distance);
		size_t max = 1 + i, skip = i % 7;
		size_t found = pars_dht_table_nearest(&r.table, &target, false, skip, got, max);
		ck_assert_uint_eq(found, PARS_MIN(max, n - skip));
		ck_assert(!memcmp(got, all + skip, found * sizeof got[0]));
	}
	rig_done(&r);
}
END_TEST

START_TEST(a_bucket_holds_k_and_keeps_the_old)
{
	struct rig r;
	rig_init(&r);
	for (unsigned i = 1; i <= PARS_DHT_K; i++)
		ck_assert_int_eq(saw(&r, in_bucket(&r, 2, i), 0, 1), PARS_DHT_PLACE_FREE);
	ck_assert_int_eq(saw(&r, in_bucket(&r, 2, 1), 0, 5), PARS_DHT_PLACE_HAS);
	ck_assert_int_eq(saw(&r, in_bucket(&r, 2, PARS_DHT_K + 1), 0, 5), PARS_DHT_PLACE_FULL);
	ck_assert_int_eq(saw(&r, in_bucket(&r, 3, 1), 0, 5), PARS_DHT_PLACE_FREE);
	struct pars_contact *first = world_peer(r.book, in_bucket(&r, 2, 1), 0);
	ck_assert_uint_eq(pars_dht_table_find(&r.table, first)->seen_us, 5);
	ck_assert(pars_dht_table_remove(&r.table, first));
	ck_assert(!pars_dht_table_remove(&r.table, first));
	ck_assert_ptr_null(pars_dht_table_find(&r.table, first));
	ck_assert_uint_eq(r.table.count, PARS_DHT_K);
	pars_contact_unref(r.book, first);
	rig_done(&r);
}
END_TEST

START_TEST(one_ip_group_gets_two_of_a_bucket_and_five_in_all)
{
	struct rig r;
	unsigned entered = 0;
	rig_init(&r);
	ck_assert_int_eq(saw(&r, in_bucket(&r, 0, 1), 0x08080001, 1), PARS_DHT_PLACE_FREE);
	ck_assert_int_eq(saw(&r, in_bucket(&r, 0, 2), 0x08080002, 1), PARS_DHT_PLACE_FREE);
	ck_assert_int_eq(saw(&r, in_bucket(&r, 0, 3), 0x08080003, 1), PARS_DHT_PLACE_GROUP);
	ck_assert_int_eq(saw(&r, in_bucket(&r, 0, 3), 0x08090003, 1), PARS_DHT_PLACE_FREE);
	for (uint32_t i = 0; i < 6; i++)
		entered += saw(&r, in_bucket(&r, 1 + i, 1), 0x08080100 + i, 1) == PARS_DHT_PLACE_FREE;
	ck_assert_uint_eq(entered, 3);
	/* Private networks are no sign of one owner. */
	for (unsigned i = 10; i < 20; i++)
		ck_assert_int_eq(saw(&r, in_bucket(&r, 0, i), 0x0a000001, 1), PARS_DHT_PLACE_FREE);
	rig_done(&r);
}
END_TEST

START_TEST(spares_wait_behind_a_full_bucket)
{
	struct rig r;
	struct pars_contact *c[PARS_DHT_SPARES_MAX + 2];
	rig_init(&r);
	for (unsigned i = 1; i <= PARS_DHT_K; i++)
		saw(&r, in_bucket(&r, 1, i), 0, 1);
	for (unsigned i = 0; i < PARS_COUNT(c); i++) {
		c[i] = world_peer(r.book, in_bucket(&r, 1, 100 + i), 0);
		ck_assert(pars_dht_table_spare(&r.table, c[i]));
		ck_assert(!pars_dht_table_spare(&r.table, c[i]));
	}
	ck_assert_uint_eq(r.table.spare_count, PARS_DHT_SPARES_MAX);
	ck_assert_ptr_null(pars_dht_table_take_spare(&r.table, 1));
	struct pars_contact *gone = world_peer(r.book, in_bucket(&r, 1, 5), 0);
	pars_dht_table_remove(&r.table, gone);
	pars_contact_unref(r.book, gone);
	struct pars_contact *next = pars_dht_table_take_spare(&r.table, 1);
	ck_assert_ptr_eq(next, c[PARS_COUNT(c) - 1]);
	pars_contact_unref(r.book, next);
	pars_dht_table_drop_spare(&r.table, c[4]);
	ck_assert_uint_eq(r.table.spare_count, PARS_DHT_SPARES_MAX - 2);
	for (unsigned i = 0; i < PARS_COUNT(c); i++)
		pars_contact_unref(r.book, c[i]);
	rig_done(&r);
}
END_TEST

START_TEST(one_who_failed_is_not_told_of)
{
	struct rig r;
	struct pars_contact *got[8];
	rig_init(&r);
	for (uint32_t i = 1; i <= 3; i++)
		saw(&r, i, 0, 1);
	struct pars_contact *bad = world_peer(r.book, 2, 0);
	ck_assert_uint_eq(pars_dht_table_failed(&r.table, pars_dht_table_find(&r.table, bad), 5), 1);
	ck_assert_uint_eq(pars_dht_table_nearest(&r.table, &bad->key, true, 0, got, 8), 2);
	ck_assert_uint_eq(pars_dht_table_nearest(&r.table, &bad->key, false, 0, got, 8), 3);
	ck_assert_ptr_eq(got[0], bad);
	saw(&r, 2, 0, 9);
	ck_assert_uint_eq(pars_dht_table_nearest(&r.table, &bad->key, true, 0, got, 8), 3);
	pars_contact_unref(r.book, bad);
	rig_done(&r);
}
END_TEST

UNIT_CASE(table, nearest_are_those_that_sorting_all_finds, a_bucket_holds_k_and_keeps_the_old,
	one_ip_group_gets_two_of_a_bucket_and_five_in_all, spares_wait_behind_a_full_bucket,
	one_who_failed_is_not_told_of);
