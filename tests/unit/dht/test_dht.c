#include "dht/dht.h"

#include "dht/table.h"
#include "tests/unit/dht/world.h"

static struct pars_bytes key_of(const char *text, uint8_t out[34])
{
	struct pars_digest d = pars_sha256(PARS_BYTES_STR(text));
	out[0] = 0x12;
	out[1] = 0x20;
	memcpy(out + 2, d.b, sizeof d.b);
	return PARS_BYTES(out, 34);
}

/* A record, its key and value in static memory. */
struct sealed {
	uint8_t key[PARS_DHT_RECORD_KEY_SIZE];
	struct pars_buf value;
};

static struct sealed seal(uint8_t author, const char *data, uint64_t seq)
{
	uint8_t seed[PARS_ED25519_SEED_SIZE] = { author };
	struct pars_ed25519_pair pair;
	struct sealed s = { 0 };
	struct pars_dht_record r = { .salt = PARS_BYTES_STR("salt"), .data = PARS_BYTES_STR(data), .seq = seq };
	pars_ed25519_pair_from_seed(&pair, seed);
	pars_dht_record_key(&pair.public, r.salt, s.key);
	enum pars_err err = pars_dht_record_seal(&r, &pair, &s.value);
	ck_assert_int_eq(err, PARS_OK);
	return s;
}

static uint32_t true_nearest(const struct world *w, struct pars_bytes key, size_t but)
{
	struct pars_digest target = pars_sha256(key);
	size_t best = SIZE_MAX;
	for (size_t i = 0; i < w->count; i++)
		if (i != but && !w->nodes[i].dead && (best == SIZE_MAX
			|| pars_dht_nearer(&target, &w->nodes[i].self->key, &w->nodes[best].self->key) < 0))
			best = i;
	return (uint32_t)best;
}

START_TEST(nodes_find_each_other_from_one_neighbour)
{
	struct world *w = world_new(100);
	world_join(w);
	for (uint32_t i = 0; i < 100; i += 7) {
		struct pars_bytes key = PARS_BYTES(&i, sizeof i);
		struct pars_peer_id expected = world_id(true_nearest(w, key, 3));
		const struct pars_dht_result *r = world_wait(w, 3, pars_dht_find_node(w->nodes[3].dht, key, i % 2));
		ck_assert_int_eq(r->err, PARS_OK);
		ck_assert_uint_eq(r->closest_count, PARS_DHT_K);
		ck_assert(pars_peer_id_equal(&w->nodes[3].nearest, &expected));
		ck_assert_uint_ge(r->hops, 1);
		ck_assert(!r->sparse);
		/* A peer's id finds that peer. */
		struct pars_peer_id wanted = world_id(i == 3 ? 4 : i);
		world_wait(w, 3, pars_dht_find_node(w->nodes[3].dht, pars_peer_id_bytes(&wanted), false));
		ck_assert(pars_peer_id_equal(&w->nodes[3].nearest, &wanted));
	}
	uint64_t nodes = pars_dht_estimate(w->nodes[3].dht);
	ck_assert_uint_ge(nodes, 40);
	ck_assert_uint_le(nodes, 250);
	world_free(w);
}
END_TEST

START_TEST(who_lost_all_comes_back_when_told_of_one)
{
	struct world *w = world_new(60);
	struct pars_dht_stats stats;
	world_join(w);
	struct pars_dht *dht = w->nodes[0].dht;
	size_t before = pars_dht_size(dht);
	for (size_t i = 1; i < 60; i++)
		w->nodes[i].dead = true;
	/* Offline, or is everybody gone? It cannot know, and forgets nobody. */
	world_run(w, PARS_S(6 * 3600));
	pars_dht_stats(dht, &stats);
	ck_assert(stats.alone);
	ck_assert_uint_ge(2 * pars_dht_size(dht), before);
	size_t stranger = world_add(w);
	struct pars_contact *c = world_peer(w->nodes[0].book, (uint32_t)stranger, 0);
	pars_dht_learn(dht, c);
	world_run(w, PARS_S(10 * 60));
	ck_assert_uint_eq(pars_dht_size(dht), 1);
	pars_dht_stats(dht, &stats);
	ck_assert(!stats.alone); /* though those it lost are still asked, two at a time */
	pars_contact_unref(w->nodes[0].book, c);
	world_free(w);
}
END_TEST

START_TEST(a_value_is_put_found_replaced_and_repaired)
{
	struct world *w = world_new(60);
	enum pars_err err;
	world_join(w);
	struct sealed old = seal(1, "old", 1), new = seal(1, "new", 2);
	struct pars_bytes key = PARS_BYTES_ARRAY(old.key);
	pars_dht_op op = pars_dht_put(w->nodes[5].dht, key, pars_buf_bytes(&old.value), &err);
	const struct pars_dht_result *r = world_wait(w, 5, op);
	ck_assert_int_eq(err, PARS_OK);
	ck_assert_int_eq(r->err, PARS_OK);
	ck_assert_uint_eq(r->stored, PARS_DHT_K);
	r = world_wait(w, 40, pars_dht_get(w->nodes[40].dht, key, 0));
	ck_assert_int_eq(r->err, PARS_OK);
	ck_assert(pars_bytes_equal(pars_buf_bytes(&w->nodes[40].value), pars_buf_bytes(&old.value)));
	/* A newer one wins, and the author's old node learns of it. */
	world_wait(w, 6, pars_dht_put(w->nodes[6].dht, key, pars_buf_bytes(&new.value), &err));
	world_wait(w, 40, pars_dht_get(w->nodes[40].dht, key, 0));
	ck_assert(pars_bytes_equal(pars_buf_bytes(&w->nodes[40].value), pars_buf_bytes(&new.value)));
	ck_assert_uint_eq(pars_dht_put(w->nodes[6].dht, key, pars_buf_bytes(&old.value), &err), 0);
	ck_assert_int_eq(err, PARS_E_EXISTS);
	r = world_wait(w, 41, pars_dht_get(w->nodes[41].dht, PARS_BYTES_STR("/pars/nothing"), 0));
	ck_assert_int_eq(r->err, PARS_E_NOT_FOUND);
	pars_buf_done(&old.value);
	pars_buf_done(&new.value);
	world_free(w);
}
END_TEST

START_TEST(providers_are_found_and_announced_again)
{
	struct world *w = world_new(25);
	uint8_t raw[34];
	struct pars_bytes key = key_of("tea", raw);
	struct pars_dht_provide_info info;
	size_t at = 0;
	world_join(w);
	const struct pars_dht_result *r = world_wait(w, 7, pars_dht_provide(w->nodes[7].dht, key));
	ck_assert_uint_eq(r->stored, PARS_DHT_K);
	world_wait(w, 8, pars_dht_provide(w->nodes[8].dht, key));
	world_wait(w, 20, pars_dht_find_providers(w->nodes[20].dht, key, 0));
	ck_assert_uint_eq(w->nodes[20].provider_count, 2);
	ck_assert(pars_dht_provide_next(w->nodes[7].dht, &at, &info));
	ck_assert(pars_bytes_equal(info.key, key));
	ck_assert_uint_eq(info.stored, PARS_DHT_K);
	/* One goes on; the other stops, and is forgotten after two days. */
	pars_dht_unprovide(w->nodes[8].dht, key);
	world_run(w, PARS_S(49 * 3600));
	world_wait(w, 21, pars_dht_find_providers(w->nodes[21].dht, key, 0));
	ck_assert_uint_eq(w->nodes[21].provider_count, 1);
	world_free(w);
}
END_TEST

UNIT_CASE(dht, nodes_find_each_other_from_one_neighbour, who_lost_all_comes_back_when_told_of_one,
	a_value_is_put_found_replaced_and_repaired,
	providers_are_found_and_announced_again);
