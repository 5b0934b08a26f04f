#include "dht/lookup.h"

#include "dht/dht.h"
#include "dht/table.h"
#include "tests/unit/dht/world.h"

struct rig {
	struct pars_contacts *book;
	struct pars_dht_lookup l;
};

static void rig_init(struct rig *r, unsigned paths, unsigned want, unsigned alpha)
{
	struct pars_digest target = pars_sha256(PARS_BYTES_STR("target"));
	r->book = pars_contacts_new(1);
	pars_dht_lookup_init(&r->l, &target, paths, want, alpha);
}

static void rig_done(struct rig *r)
{
	pars_dht_lookup_done(&r->l, r->book);
	ck_assert_uint_eq(pars_contacts_count(r->book), 0);
	pars_contacts_free(r->book);
}

static bool add(struct rig *r, uint32_t number, unsigned path, unsigned hops)
{
	struct pars_contact *c = world_peer(r->book, number, 0);
	bool added = pars_dht_lookup_add(&r->l, r->book, c, path, hops);
	pars_contact_unref(r->book, c);
	return added;
}

START_TEST(the_nearest_are_asked_first_and_alpha_at_once)
{
	struct rig r;
	rig_init(&r, 1, PARS_DHT_K, 3);
	ck_assert(pars_dht_lookup_over(&r.l)); /* nobody to ask */
	for (uint32_t i = 1; i <= 50; i++)
		ck_assert(add(&r, i, 0, 1));
	ck_assert(!add(&r, 7, 0, 1));
	struct pars_dht_candidate *c[3];
	for (int i = 0; i < 3; i++) {
		c[i] = pars_dht_lookup_next(&r.l);
		ck_assert_ptr_eq(c[i], &r.l.list[i]);
	}
	ck_assert_ptr_null(pars_dht_lookup_next(&r.l));
	for (size_t i = 1; i < r.l.count; i++)
		ck_assert(pars_dht_nearer(&r.l.target, &r.l.list[i - 1].contact->key, &r.l.list[i].contact->key) < 0);
	pars_dht_lookup_settle(&r.l, c[1], true);
	ck_assert_ptr_eq(pars_dht_lookup_next(&r.l), &r.l.list[3]);
	rig_done(&r);
}
END_TEST

START_TEST(among_the_dead_more_are_asked_at_once)
{
	struct rig r;
	struct pars_dht_candidate *c;
	rig_init(&r, 1, PARS_DHT_K, 3);
	for (uint32_t i = 1; i <= 50; i++)
		add(&r, i, 0, 1);
	for (int i = 0; i < 3; i++)
		pars_dht_lookup_next(&r.l);
	pars_dht_lookup_settle(&r.l, &r.l.list[0], false);
	pars_dht_lookup_settle(&r.l, &r.l.list[1], false);
	while (pars_dht_lookup_next(&r.l))
		;
	ck_assert_uint_eq(r.l.in_flight[0], 3 + 2);
	/* But not more and more. */
	for (int i = 2; i < 20; i++)
		if ((c = &r.l.list[i])->state == PARS_DHT_ASKED) {
			pars_dht_lookup_settle(&r.l, c, false);
			while (pars_dht_lookup_next(&r.l))
				;
		}
	ck_assert_uint_eq(r.l.in_flight[0], 4 * 3);
	rig_done(&r);
}
END_TEST

START_TEST(it_is_over_when_the_wanted_nearest_answered)
{
	struct rig r;
	struct pars_dht_candidate *c;
	struct pars_contact *closest[5];
	rig_init(&r, 1, 3, 10);
	for (uint32_t i = 1; i <= 30; i++)
		add(&r, i, 0, 1);
	/* The nearest is dead; the next three answer. */
	for (int i = 0; i < 4; i++) {
		ck_assert(!pars_dht_lookup_over(&r.l));
		c = pars_dht_lookup_next(&r.l);
		pars_dht_lookup_settle(&r.l, c, i > 0);
	}
	ck_assert(pars_dht_lookup_over(&r.l));
	ck_assert_uint_eq(pars_dht_lookup_closest(&r.l, closest, 5), 3);
	ck_assert_ptr_eq(closest[0], r.l.list[1].contact);
	/* A nearer one changes that. */
	uint32_t nearer = 31;
	for (bool found = false; !found; nearer++) {
		struct pars_peer_id id = world_id(nearer);
		struct pars_digest place = pars_peer_id_dht(&id);
		found = pars_dht_nearer(&r.l.target, &place, &closest[0]->key) < 0;
	}
	add(&r, nearer - 1, 0, 2);
	ck_assert(!pars_dht_lookup_over(&r.l));
	rig_done(&r);
}
END_TEST

START_TEST(paths_are_disjoint)
{
	struct rig r;
	struct pars_dht_candidate *c;
	unsigned asked[3] = { 0 };
	rig_init(&r, 3, PARS_DHT_K, 9);
	for (uint32_t i = 1; i <= 60; i++)
		add(&r, i, i % 3, 1);
	while ((c = pars_dht_lookup_next(&r.l))) {
		asked[c->path]++;
		ck_assert(c->paths & 1u << c->path);
	}
	for (int i = 0; i < 3; i++)
		ck_assert_uint_eq(asked[i], 3);
	/* What a path hears is known to it alone. */
	for (uint32_t i = 100; i < 164; i++)
		add(&r, i, 1, 2);
	for (size_t i = 0; i < r.l.count; i++)
		if (r.l.list[i].hops == 2)
			ck_assert_uint_eq(r.l.list[i].paths, 2);
	/* Others' candidates do not make way for a path that floods itself. */
	unsigned others = 0;
	for (size_t i = 0; i < r.l.count; i++)
		others += !(r.l.list[i].paths & 2);
	ck_assert_uint_eq(others, 40);
	ck_assert_uint_le(r.l.open[1], PARS_DHT_PATH_CANDIDATES_MAX);
	rig_done(&r);
}
END_TEST

START_TEST(candidates_are_bounded_and_the_nearest_stay)
{
	struct rig r;
	rig_init(&r, 1, PARS_DHT_K, 3);
	for (uint32_t i = 1; i <= 1000; i++)
		add(&r, i, 0, 1);
	ck_assert_uint_eq(r.l.count, PARS_DHT_PATH_CANDIDATES_MAX);
	unsigned nearer = 0;
	for (uint32_t i = 1; i <= 1000; i++) {
		struct pars_peer_id id = world_id(i);
		struct pars_digest place = pars_peer_id_dht(&id);
		nearer += pars_dht_nearer(&r.l.target, &place, &r.l.list[r.l.count - 1].contact->key) <= 0;
	}
	ck_assert_uint_eq(nearer, PARS_DHT_PATH_CANDIDATES_MAX);
	rig_done(&r);
}
END_TEST

UNIT_CASE(lookup, the_nearest_are_asked_first_and_alpha_at_once,
	among_the_dead_more_are_asked_at_once,
	it_is_over_when_the_wanted_nearest_answered, paths_are_disjoint,
	candidates_are_bounded_and_the_nearest_stay);
