/* Tries: the root after keys were put and removed, in the order given and, where
 * that is free, in the opposite one. */
#include "tests/conformance/conformance.h"
#include "trie/proof.h"
#include "trie/trie.h"

struct pair {
	struct pars_bytes key, value;
};

static struct pars_bytes text_bytes(struct pars_arena *arena, const char *s)
{
	if (!s)
		return (struct pars_bytes){ 0 };
	return strncmp(s, "0x", 2) ? PARS_BYTES_STR(s) : hex_bytes(arena, s);
}

static size_t read_pairs(struct pars_arena *arena, json_t *in, bool secure, struct pair *pairs)
{
	size_t n = 0;
	const char *name;
	json_t *v;
	for (size_t i = 0; json_is_array(in) && i < json_array_size(in); i++) {
		json_t *two = json_array_get(in, i);
		pairs[n].key = text_bytes(arena, json_string_value(json_array_get(two, 0)));
		pairs[n++].value = text_bytes(arena, json_string_value(json_array_get(two, 1)));
	}
	json_object_foreach(in, name, v) {
		pairs[n].key = text_bytes(arena, name);
		pairs[n++].value = text_bytes(arena, json_string_value(v));
	}
	for (size_t i = 0; i < n && secure; i++) {
		struct pars_digest hash = pars_keccak256(pairs[i].key);
		pairs[i].key = pars_arena_copy(arena, PARS_BYTES_ARRAY(hash.b));
	}
	return n;
}

/* Each key's last value is proved by the trie itself. */
static const char *judge_proofs(struct pars_trie *trie, struct pars_digest root, const struct pair *pairs, size_t n)
{
	PARS_AUTO_ARENA arena = { 0 };
	struct pars_trie_proof proof;
	struct pars_bytes got, proved;
	for (size_t i = 0; i < n; i++)
		if (pars_trie_get(trie, pairs[i].key, &got) || pars_trie_prove(trie, pairs[i].key, &arena, &proof) ||
		    pars_trie_verify(&root, pairs[i].key, proof.node, proof.n, &proved) ||
		    !pars_bytes_equal(got, proved))
			return "a key is not proved";
	return NULL;
}

static const char *judge(const struct pair *pairs, size_t n, bool backwards, struct pars_digest want)
{
	PARS_AUTO(pars_trie) trie = pars_trie_new(NULL, NULL);
	for (size_t i = 0; i < n; i++) {
		const struct pair *p = &pairs[backwards ? n - 1 - i : i];
		if (pars_trie_put(trie, p->key, p->value))
			return "a key is refused";
	}
	struct pars_digest root = pars_trie_root(trie);
	return pars_digest_equal(&root, &want) ? judge_proofs(trie, root, pairs, n) : "another root";
}

static void file(struct conformance *c, const char *path, json_t *root)
{
	static struct pair pairs[1000];
	const char *name;
	json_t *test;
	json_object_foreach(root, name, test) {
		PARS_AUTO_ARENA arena = { 0 };
		json_t *in = json_object_get(test, "in");
		if (strstr(path, "nextprev")) {
			conformance_skip(c, name, "tries here are not searched for neighbours");
			continue;
		}
		if (json_array_size(in) + json_object_size(in) > PARS_COUNT(pairs))
			die("%s has more keys than there is room for", name);
		size_t n = read_pairs(&arena, in, strstr(path, "secure") != NULL, pairs);
		struct pars_digest want = json_digest(json_object_get(test, "root"));
		const char *why = judge(pairs, n, false, want);
		if (!why && json_is_object(in))
			why = judge(pairs, n, true, want);
		conformance_case(c, name, why);
	}
}

int main(void)
{
	struct conformance c = { .suite = "trie" };
	conformance_each(&c, "dev/trie", file);
	return conformance_end(&c);
}
