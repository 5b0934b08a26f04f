#include "trie/proof.h"

#include "tests/unit/trie/model.h"
#include "tests/unit/unit.h"

/* A trie of hashed keys, as the state is, and one proof of it. */
struct bed {
	struct pars_trie *trie;
	struct pars_digest root, key;
	struct pars_arena arena;
	struct pars_trie_proof proof;
};

static struct pars_digest hashed(uint32_t i)
{
	uint8_t b[4];
	pars_put_be32(b, i);
	return pars_keccak256(PARS_BYTES_ARRAY(b));
}

static void bed_init(struct bed *bed, uint32_t accounts)
{
	*bed = (struct bed){ .trie = pars_trie_new(NULL, NULL) };
	for (uint32_t i = 0; i < accounts; i++) {
		uint8_t value[70] = { 0xf8 };
		struct pars_digest key = hashed(i);
		pars_put_be32(value + 1, i);
		ck_assert_int_eq(pars_trie_put(bed->trie, PARS_BYTES_ARRAY(key.b), PARS_BYTES_ARRAY(value)), PARS_OK);
	}
	bed->root = pars_trie_root(bed->trie);
}

static void bed_done(struct bed *bed)
{
	pars_trie_free(bed->trie);
	pars_arena_done(&bed->arena);
}

static void prove(struct bed *bed, uint32_t i)
{
	pars_arena_reset(&bed->arena);
	bed->key = hashed(i);
	ck_assert_int_eq(pars_trie_prove(bed->trie, PARS_BYTES_ARRAY(bed->key.b), &bed->arena, &bed->proof), PARS_OK);
}

static enum pars_err verify(const struct bed *bed, struct pars_bytes *ret)
{
	return pars_trie_verify(&bed->root, PARS_BYTES_ARRAY(bed->key.b), bed->proof.node, bed->proof.n, ret);
}

START_TEST(what_is_there_and_what_is_not)
{
	struct bed bed;
	struct pars_bytes value;
	bed_init(&bed, 500);
	for (uint32_t i = 0; i < 1000; i++) {
		prove(&bed, i);
		ck_assert_int_eq(verify(&bed, &value), PARS_OK);
		ck_assert_uint_eq(value.n, i < 500 ? 70 : 0);
		if (value.n)
			ck_assert_uint_eq(pars_be32(value.p + 1), i);
	}
	bed_done(&bed);
}
END_TEST

START_TEST(cut_padded_and_altered_proofs_prove_nothing)
{
	struct bed bed;
	struct pars_bytes value = { 0 };
	bed_init(&bed, 500);
	for (uint32_t i = 480; i < 520; i++) {
		prove(&bed, i);
		size_t n = bed.proof.n;
		ck_assert_uint_ge(n, 2);
		for (bed.proof.n = 0; bed.proof.n < n; bed.proof.n++)
			ck_assert_int_eq(verify(&bed, &value), PARS_E_PEER_MALFORMED);
		bed.proof.node[bed.proof.n++] = bed.proof.node[0];
		ck_assert_int_eq(verify(&bed, &value), PARS_E_PEER_MALFORMED);
		bed.proof.n = n;
		for (size_t k = 0; k < n; k++) {
			uint8_t *byte = (uint8_t *)bed.proof.node[k].p + bed.proof.node[k].n / 2;
			*byte ^= 0x10;
			ck_assert_int_eq(verify(&bed, &value), PARS_E_PEER_MALFORMED);
			*byte ^= 0x10;
		}
		bed.key = hashed(i + 1); /* of another key: the last node is not on its way */
		ck_assert_int_eq(verify(&bed, &value), PARS_E_PEER_MALFORMED);
	}
	bed_done(&bed);
}
END_TEST

START_TEST(nothing_is_proved_by_nothing)
{
	struct bed bed;
	struct pars_bytes value = unit_hex("01");
	bed_init(&bed, 0);
	prove(&bed, 1);
	ck_assert_uint_eq(bed.proof.n, 0);
	ck_assert_int_eq(verify(&bed, &value), PARS_OK);
	ck_assert_uint_eq(value.n, 0);
	bed.proof.node[bed.proof.n++] = unit_hex("80");
	ck_assert_int_eq(verify(&bed, &value), PARS_E_PEER_MALFORMED);
	bed_done(&bed);
}
END_TEST

/* Nodes shorter than a hash lie in their parents. */
START_TEST(nodes_within_nodes)
{
	struct bed bed = { .trie = pars_trie_new(NULL, NULL) };
	static const char *const keys[] = { "616263", "616264", "6162", "62" };
	for (size_t i = 0; i < PARS_COUNT(keys); i++)
		ck_assert_int_eq(pars_trie_put(bed.trie, unit_hex(keys[i]), unit_hex("07")), PARS_OK);
	struct pars_digest root = pars_trie_root(bed.trie);
	static const char *const asked[] = { "616263", "616264", "6162", "62", "61", "", "61626300", "63" };
	for (size_t i = 0; i < PARS_COUNT(asked); i++) {
		struct pars_bytes value;
		struct pars_trie_proof proof;
		ck_assert_int_eq(pars_trie_prove(bed.trie, unit_hex(asked[i]), &bed.arena, &proof), PARS_OK);
		ck_assert_int_eq(pars_trie_verify(&root, unit_hex(asked[i]), proof.node, proof.n, &value), PARS_OK);
		ck_assert_uint_eq(value.n, i < PARS_COUNT(keys));
	}
	bed_done(&bed);
}
END_TEST

START_TEST(nodes_that_are_none)
{
	static const char *const bad[] = {
		"", "80", "c0", "c101",
		"c22001",   /* fine: a leaf without a path. See below. */
		"c2a001", "c24101", "c20101", /* flags, padding */
		"c22080",   /* a leaf without a value */
		"c20001",   /* an extension without a path */
		"c21180",   /* an extension to nothing */
		"c3112001", /* three items */
		"d18080808080808080808080808080808001",   /* a branch whose value ends it */
		"d280808080808080808080808080808080808080",
	};
	struct pars_trie_node node;
	for (size_t i = 0; i < PARS_COUNT(bad); i++) {
		bool good = !strcmp(bad[i], "c22001") || !strncmp(bad[i], "d1", 2);
		ck_assert_msg(pars_trie_node_decode(unit_hex(bad[i]), &node) == (good ? PARS_OK : PARS_E_PEER_MALFORMED),
			"%s", bad[i]);
	}
}
END_TEST

UNIT_CASE(proof, what_is_there_and_what_is_not, cut_padded_and_altered_proofs_prove_nothing,
	nothing_is_proved_by_nothing, nodes_within_nodes, nodes_that_are_none);
