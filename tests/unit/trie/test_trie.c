#include "trie/trie.h"

#include "tests/unit/trie/model.h"
#include "tests/unit/unit.h"

static void expect_root(struct pars_trie *trie, const struct model *m)
{
	struct pars_digest got = pars_trie_root(trie), want = model_root(m);
	ck_assert_mem_eq(got.b, want.b, sizeof got.b);
}

/* A short key out of few, so that keys meet, and are each other's beginnings. */
static struct pars_bytes draw_key(uint64_t *random, uint8_t *out)
{
	size_t n = model_random(random) % 4;
	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)(model_random(random) % 3 * 0x11 + model_random(random) % 2 * 0x30);
	return PARS_BYTES(out, n);
}

/* Short values are held by the parents of their leaves; none: remove. */
static struct pars_bytes draw_value(uint64_t *random, uint8_t *out)
{
	static const size_t lengths[] = { 0, 0, 1, 5, 40 };
	size_t n = lengths[model_random(random) % PARS_COUNT(lengths)];
	memset(out, (int)(1 + model_random(random) % 200), 64);
	return PARS_BYTES(out, n);
}

START_TEST(an_empty_trie_has_the_known_root)
{
	PARS_AUTO(pars_trie) trie = pars_trie_new(NULL, NULL);
	struct pars_digest root = pars_trie_root(trie), of_empty_string = pars_keccak256(unit_hex("80"));
	struct pars_bytes value;
	ck_assert_mem_eq(root.b, pars_trie_empty.b, sizeof root.b);
	ck_assert_mem_eq(root.b, of_empty_string.b, sizeof root.b);
	ck_assert_int_eq(pars_trie_get(trie, unit_hex("01"), &value), PARS_OK);
	ck_assert_uint_eq(value.n, 0);
	ck_assert_int_eq(pars_trie_put(trie, unit_hex("01"), value), PARS_OK); /* removing what is not there */
}
END_TEST

/* The two ways to a root know nothing of each other. */
START_TEST(any_history_ends_in_the_root_of_what_is_there)
{
	static struct model m;
	PARS_AUTO(pars_trie) trie = pars_trie_new(NULL, NULL);
	uint64_t random = 1;
	for (int i = 0; i < 20000; i++) {
		uint8_t k[32], v[64];
		struct pars_bytes key = draw_key(&random, k), value = draw_value(&random, v), got;
		model_put(&m, key, value);
		ck_assert_int_eq(pars_trie_put(trie, key, value), PARS_OK);
		key = draw_key(&random, k);
		ck_assert_int_eq(pars_trie_get(trie, key, &got), PARS_OK);
		ck_assert(pars_bytes_equal(got, model_get(&m, key)));
		if (i % 3 == 0)
			expect_root(trie, &m);
	}
	ck_assert_uint_gt(m.n, 20);
}
END_TEST

/* After each batch the database holds the nodes of the trie, no more, no less,
 * and the next batch finds all it needs there. */
static void commit_and_reopen(uint64_t random, unsigned busy_each, int batches)
{
	static struct model m;
	static struct shelf disk, fresh;
	m.n = 0;
	disk.busy_each = 0;
	struct pars_trie_source source = shelf_source(&disk);
	struct pars_trie_sink sink = shelf_sink(&disk), all = shelf_sink(&fresh);
	struct pars_digest root = pars_trie_empty;
	for (int batch = 0; batch < batches; batch++) {
		PARS_AUTO(pars_trie) trie = pars_trie_new(&root, &source);
		PARS_AUTO(pars_trie) whole = pars_trie_new(NULL, NULL);
		disk.busy_each = busy_each;
		for (int i = 0, n = 1 + (int)(model_random(&random) % 8); i < n; i++) {
			uint8_t k[32], v[64];
			struct pars_bytes key = draw_key(&random, k), value = draw_value(&random, v);
			enum pars_err err;
			model_put(&m, key, value);
			while ((err = pars_trie_put(trie, key, value)) == PARS_E_BUSY)
				if (batch % 2) /* hashing in between changes nothing */
					pars_trie_root(trie);
			ck_assert_int_eq(err, PARS_OK);
		}
		expect_root(trie, &m);
		pars_trie_commit(trie, &sink);
		root = pars_trie_root(trie);
		for (size_t i = 0; i < m.n; i++)
			ck_assert_int_eq(pars_trie_put(whole, PARS_BYTES(m.item[i].key, m.item[i].key_n),
				PARS_BYTES(m.item[i].value, m.item[i].value_n)), PARS_OK);
		pars_trie_commit(whole, &all);
		ck_assert(shelf_equal(&disk, &fresh));
		shelf_done(&fresh);
	}
	ck_assert(!busy_each || disk.refused > 100);
	shelf_done(&disk);
}

START_TEST(the_database_holds_exactly_the_trie)
{
	for (uint64_t seed = 1; seed <= 5; seed++)
		commit_and_reopen(seed, 0, 150);
}
END_TEST

START_TEST(a_busy_source_leaves_the_trie_as_it_was)
{
	commit_and_reopen(77, 1, 150);
	commit_and_reopen(78, 2, 150);
}
END_TEST

/* One trie for all of it, cut back after each commit as if it had just been opened
 * down to some depth. */
START_TEST(a_trie_that_is_trimmed_goes_on)
{
	for (unsigned levels = 0; levels < 4; levels++) {
		struct model m = { 0 };
		struct shelf disk = { 0 };
		struct pars_trie_source source = shelf_source(&disk);
		struct pars_trie_sink sink = shelf_sink(&disk);
		uint64_t random = 5 + levels;
		PARS_AUTO(pars_trie) trie = pars_trie_new(NULL, &source);
		for (int batch = 0; batch < 60; batch++) {
			for (int i = 0, n = 1 + (int)(model_random(&random) % 8); i < n; i++) {
				uint8_t k[32], v[64];
				struct pars_bytes key = draw_key(&random, k), value = draw_value(&random, v);
				model_put(&m, key, value);
				ck_assert_int_eq(pars_trie_put(trie, key, value), PARS_OK);
			}
			/* What is not committed stays. */
			pars_trie_trim(trie, levels);
			expect_root(trie, &m);
			pars_trie_commit(trie, &sink);
			pars_trie_trim(trie, levels);
			expect_root(trie, &m);
		}
		shelf_done(&disk);
	}
}
END_TEST

/* Who keeps leaves elsewhere has no node left where a leaf is now. */
START_TEST(no_branch_is_left_where_a_leaf_is)
{
	static struct model m;
	static struct shelf kept, fresh;
	kept.leafless = fresh.leafless = true;
	struct pars_trie_sink sink = shelf_sink(&kept), all = shelf_sink(&fresh);
	PARS_AUTO(pars_trie) trie = pars_trie_new(NULL, NULL);
	uint64_t random = 3;
	for (int batch = 0; batch < 1500; batch++) {
		PARS_AUTO(pars_trie) whole = pars_trie_new(NULL, NULL);
		for (int i = 0, n = 1 + (int)(model_random(&random) % 4); i < n; i++) {
			uint8_t k[32], v[64];
			struct pars_bytes key = draw_key(&random, k), value = draw_value(&random, v);
			if (model_random(&random) % 2) /* keep it small, so that paths are long */
				value.n = 0;
			model_put(&m, key, value);
			ck_assert_int_eq(pars_trie_put(trie, key, value), PARS_OK);
		}
		pars_trie_commit(trie, &sink);
		for (size_t i = 0; i < m.n; i++)
			ck_assert_int_eq(pars_trie_put(whole, PARS_BYTES(m.item[i].key, m.item[i].key_n),
				PARS_BYTES(m.item[i].value, m.item[i].value_n)), PARS_OK);
		pars_trie_commit(whole, &all);
		ck_assert(shelf_equal(&kept, &fresh));
		shelf_done(&fresh);
	}
	shelf_done(&kept);
}
END_TEST

START_TEST(a_second_commit_gives_only_what_changed)
{
	static struct shelf disk;
	struct pars_trie_sink sink = shelf_sink(&disk);
	PARS_AUTO(pars_trie) trie = pars_trie_new(NULL, NULL);
	uint8_t key[32] = { 0 }, value[40] = { 1 };
	for (unsigned i = 0; i < 256; i++) {
		key[0] = (uint8_t)i;
		ck_assert_int_eq(pars_trie_put(trie, PARS_BYTES_ARRAY(key), PARS_BYTES_ARRAY(value)), PARS_OK);
	}
	pars_trie_commit(trie, &sink);
	ck_assert_uint_eq(disk.n, 256 + 16 + 1);
	shelf_done(&disk);
	ck_assert_int_eq(pars_trie_put(trie, PARS_BYTES_ARRAY(key), PARS_BYTES_ARRAY(value)), PARS_OK); /* the same */
	pars_trie_commit(trie, &sink);
	ck_assert_uint_eq(disk.n, 0);
	value[0] = 2;
	ck_assert_int_eq(pars_trie_put(trie, PARS_BYTES_ARRAY(key), PARS_BYTES_ARRAY(value)), PARS_OK);
	pars_trie_commit(trie, &sink);
	ck_assert_uint_eq(disk.n, 3);
	shelf_done(&disk);
}
END_TEST

START_TEST(a_source_that_lies_is_found_out)
{
	static struct shelf disk;
	struct pars_trie_sink sink = shelf_sink(&disk);
	struct pars_trie_source source = shelf_source(&disk);
	PARS_AUTO(pars_trie) trie = pars_trie_new(NULL, NULL);
	uint8_t value[40] = { 1 };
	struct pars_bytes got;
	ck_assert_int_eq(pars_trie_put(trie, unit_hex("0101"), PARS_BYTES_ARRAY(value)), PARS_OK);
	ck_assert_int_eq(pars_trie_put(trie, unit_hex("0202"), PARS_BYTES_ARRAY(value)), PARS_OK);
	pars_trie_commit(trie, &sink);
	struct pars_digest root = pars_trie_root(trie);
	disk.row[0].raw[disk.row[0].raw_n - 1] ^= 1;
	PARS_AUTO(pars_trie) again = pars_trie_new(&root, &source);
	enum pars_err a = pars_trie_get(again, unit_hex("0101"), &got), b = pars_trie_get(again, unit_hex("0202"), &got);
	ck_assert(a == PARS_E_PEER_MALFORMED || b == PARS_E_PEER_MALFORMED);
	shelf_done(&disk);
	PARS_AUTO(pars_trie) lost = pars_trie_new(&root, &source);
	ck_assert_int_eq(pars_trie_put(lost, unit_hex("0101"), got), PARS_E_NOT_FOUND);
}
END_TEST

START_TEST(long_keys_are_refused)
{
	PARS_AUTO(pars_trie) trie = pars_trie_new(NULL, NULL);
	uint8_t key[33] = { 0 };
	struct pars_bytes value = { 0 };
	ck_assert_int_eq(pars_trie_put(trie, PARS_BYTES_ARRAY(key), unit_hex("01")), PARS_E_INVALID);
	ck_assert_int_eq(pars_trie_get(trie, PARS_BYTES_ARRAY(key), &value), PARS_E_INVALID);
}
END_TEST

/* Lists of any length: the places as the yellow paper has them, put one by one. */
START_TEST(lists)
{
	static const size_t lengths[] = { 0, 1, 2, 127, 128, 129, 130, 255, 256, 257, 700 };
	static struct pars_bytes items[700];
	static uint8_t text[700][40];
	for (size_t i = 0; i < 700; i++) {
		pars_put_be16(text[i], (uint16_t)(i + 1));
		items[i] = PARS_BYTES(text[i], 2 + i % 39);
	}
	for (size_t l = 0; l < PARS_COUNT(lengths); l++) {
		PARS_AUTO(pars_trie) trie = pars_trie_new(NULL, NULL);
		for (size_t i = 0; i < lengths[l]; i++) {
			PARS_AUTO_BUF key = { 0 };
			pars_rlp_put_u64(&key, i);
			ck_assert_int_eq(pars_trie_put(trie, pars_buf_bytes(&key), items[i]), PARS_OK);
		}
		struct pars_digest want = pars_trie_root(trie), got = pars_trie_root_list(items, lengths[l]);
		ck_assert_mem_eq(got.b, want.b, sizeof got.b);
	}
}
END_TEST

UNIT_CASE(trie, an_empty_trie_has_the_known_root, any_history_ends_in_the_root_of_what_is_there,
	the_database_holds_exactly_the_trie, a_busy_source_leaves_the_trie_as_it_was,
	no_branch_is_left_where_a_leaf_is, a_trie_that_is_trimmed_goes_on, a_second_commit_gives_only_what_changed, a_source_that_lies_is_found_out, long_keys_are_refused, lists);
