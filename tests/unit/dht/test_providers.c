#include "dht/providers.h"

#include <stdio.h>

#include "dht/table.h"
#include "tests/unit/dht/world.h"

struct rig {
	struct pars_contacts *book;
	struct pars_dht_providers p;
};

static void rig_init(struct rig *r, unsigned max)
{
	struct pars_digest self = pars_sha256(PARS_BYTES_STR("self"));
	struct pars_dht_limits limits = pars_dht_default_limits;
	limits.providers_max = max;
	r->book = pars_contacts_new(1);
	pars_dht_providers_init(&r->p, r->book, &self, &limits, 1);
}

static void rig_done(struct rig *r)
{
	pars_dht_providers_done(&r->p);
	ck_assert_uint_eq(pars_contacts_count(r->book), 0);
	pars_contacts_free(r->book);
}

static enum pars_err add(struct rig *r, const char *key, uint32_t provider, uint32_t ip, pars_usec expires)
{
	struct pars_contact *c = world_peer(r->book, provider, ip);
	enum pars_err err = pars_dht_providers_add(&r->p, PARS_BYTES_STR(key), c, expires);
	pars_contact_unref(r->book, c);
	return err;
}

static size_t count(const struct rig *r, const char *key)
{
	struct pars_contact *list[100];
	return pars_dht_providers_get(&r->p, PARS_BYTES_STR(key), 0, list, PARS_COUNT(list));
}

START_TEST(a_key_has_bounded_providers_of_bounded_groups)
{
	struct rig r;
	rig_init(&r, 8192);
	for (uint32_t i = 0; i < 200; i++)
		ck_assert_int_eq(add(&r, "tea", i, 0x08080000 + i, 1), i < 5 ? PARS_OK : PARS_E_BUSY);
	for (uint32_t i = 0; i < 200; i++)
		ck_assert_int_eq(add(&r, "mate", i, 0x08000000 + (i << 16), 1), i < PARS_DHT_PROVIDERS_KEY_MAX ? PARS_OK : PARS_E_BUSY);
	ck_assert_uint_eq(count(&r, "tea"), 5);
	ck_assert_uint_eq(count(&r, "mate"), PARS_DHT_PROVIDERS_KEY_MAX);
	ck_assert_uint_eq(count(&r, "milk"), 0);
	rig_done(&r);
}
END_TEST

START_TEST(a_flood_is_bounded_and_the_farthest_keys_go)
{
	struct rig r;
	char key[16];
	unsigned of_one = 0;
	rig_init(&r, 320);
	for (unsigned i = 0; i < 200; i++) {
		snprintf(key, sizeof key, "key %u", i);
		of_one += add(&r, key, 1, 0, 1) == PARS_OK;
	}
	ck_assert_uint_eq(of_one, 20);
	for (uint32_t i = 0; i < 5000; i++) {
		snprintf(key, sizeof key, "k %u", i);
		enum pars_err err = add(&r, key, 10 + i, 0, 1);
		ck_assert(!err || err == PARS_E_LIMIT);
		ck_assert_uint_le(r.p.shelf.count, 320);
	}
	/* Any key nearer than the farthest one kept was kept. */
	uint64_t farthest = r.p.shelf.heap[0]->near;
	for (uint32_t i = 0; i < 5000; i++) {
		snprintf(key, sizeof key, "k %u", i);
		struct pars_digest place = pars_sha256(PARS_BYTES_STR(key));
		ck_assert_int_eq(count(&r, key) == 1, pars_dht_near(&r.p.self, &place) <= farthest);
	}
	rig_done(&r);
}
END_TEST

START_TEST(they_expire_unless_said_again_and_are_told_in_turn)
{
	struct rig r;
	struct pars_contact *list[2], *first;
	rig_init(&r, 8192);
	for (uint32_t i = 0; i < 3; i++)
		ck_assert_int_eq(add(&r, "tea", i, 0, PARS_S(10 + i)), PARS_OK);
	ck_assert_int_eq(add(&r, "tea", 0, 0, PARS_S(50)), PARS_OK);
	ck_assert_uint_eq(pars_dht_providers_get(&r.p, PARS_BYTES_STR("tea"), 0, list, 2), 2);
	first = list[0];
	ck_assert_uint_eq(pars_dht_providers_get(&r.p, PARS_BYTES_STR("tea"), 1, list, 2), 2);
	ck_assert_ptr_ne(list[0], first);
	ck_assert_uint_eq(pars_dht_providers_deadline(&r.p), PARS_S(11));
	pars_dht_providers_expire(&r.p, PARS_S(12));
	ck_assert_uint_eq(count(&r, "tea"), 1);
	pars_dht_providers_expire(&r.p, PARS_S(50));
	ck_assert_uint_eq(r.p.by_key.count, 0);
	rig_done(&r);
}
END_TEST

UNIT_CASE(providers, a_key_has_bounded_providers_of_bounded_groups,
	a_flood_is_bounded_and_the_farthest_keys_go, they_expire_unless_said_again_and_are_told_in_turn);
