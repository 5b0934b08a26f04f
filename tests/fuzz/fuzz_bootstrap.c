/* What names and lists tell of first nodes: TXT records of a name, as they lie in
 * an answer of DNS, and a signed list, whose key is known. The first byte picks;
 * a name's records are pieces, some of which send the node to further names. One
 * node asks its name again and again, two hours apart; a list is a new node's. */
#include <stdio.h>

#include "base/alloc.h"
#include "daemon/resolver.h"
#include "dht/record.h"
#include "node/node.h"
#include "tests/fuzz/fuzz.h"

#define STRINGS_MAX 32
#define ANSWERS_MAX 64
#define NAMES_MAX 32 /* that one leads to */

static struct pars_time now = { PARS_S(1000), (int64_t)1790000000 * 1000000000 };

/* Whatever the node looks up next is answered with the next pieces. */
static void answer(struct pars_node *node, uint64_t query, struct pars_bytes *in)
{
	PARS_AUTO_ARENA a = { 0 };
	struct pars_bytes strings[STRINGS_MAX], piece;
	size_t n = 0;
	while (n < STRINGS_MAX && (piece = fuzz_piece(in)).n)
		strings[n++] = resolver_text(&a, piece.p, piece.n);
	pars_step_event(node, &(struct pars_event){ .type = PARS_EV_RESOLVED, .query = query, .strings = strings,
		.string_count = n, .secure = n % 2 });
}

static size_t names(const struct pars_effects *fx, uint64_t *queries, size_t max)
{
	size_t n = 0;
	for (size_t i = 0; i < fx->count && n < max; i++)
		if (fx->list[i].type == PARS_EF_RESOLVE)
			queries[n++] = fx->list[i].query;
	return n;
}

static void drop_jobs(const struct pars_effects *fx)
{
	for (size_t i = 0; i < fx->count; i++)
		if (fx->list[i].type == PARS_EF_JOB)
			fx->list[i].job->free(fx->list[i].job);
}

static void run(struct pars_node *node, struct pars_bytes in, bool asks)
{
	struct pars_effects fx = { 0 };
	uint64_t queries[ANSWERS_MAX];
	size_t open = 0, answered = 0;
	now.mono_us += PARS_S(2 * 3600);
	do {
		pars_step_begin(node, now);
		for (size_t i = 0; i < open; i++)
			answer(node, queries[i], &in);
		answered += open;
		if (pars_step_end(node, &fx))
			abort();
		open = names(&fx, queries, ANSWERS_MAX);
		drop_jobs(&fx);
		pars_effects_reset(&fx);
	} while (open && answered < ANSWERS_MAX);
	assert(answered <= NAMES_MAX && (answered || !asks));
	pars_effects_done(&fx);
}

/* The list as hexadecimal text, signed. */
static char *signed_list(const struct pars_ed25519_pair *key, struct pars_bytes data)
{
	PARS_AUTO_BUF value = { 0 };
	struct pars_dht_record r = { .author = key->public, .salt = PARS_BYTES_STR("bootstrap"), .data = data, .seq = 1 };
	if (pars_dht_record_seal(&r, key, &value))
		return NULL;
	char *hex = pars_alloc(2 * value.n + 1);
	pars_hex(pars_buf_bytes(&value), hex);
	return hex;
}

static struct pars_node *open_node(const char *name, const char *key, const char *list)
{
	struct pars_node_config config = { .path = ":memory:", .seed = { 1 }, .agent = "fuzz", .network = "dev",
		.skip_integrity_check = true, .bootstrap_key = key, .bootstrap_list = list, .bootstrap = &name,
		.bootstraps = name ? 1 : 0 };
	struct pars_node *node;
	struct pars_fault fault;
	enum pars_err err = pars_node_new(&config, now, &node, &fault);
	assert(!err);
	return node;
}

static void read_list(struct pars_bytes data)
{
	static const uint8_t seed[PARS_ED25519_SEED_SIZE] = { 1 };
	PARS_AUTO_ARENA a = { 0 };
	struct pars_ed25519_pair key;
	pars_ed25519_pair_from_seed(&key, seed);
	char *list = signed_list(&key, data);
	struct pars_node *node = open_node(NULL, node_did(&a, &key.public), list);
	run(node, data, false);
	pars_node_free(node);
	free(list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pars_node *asker;
	struct pars_bytes in = PARS_BYTES(data, size);
	if (!asker)
		asker = open_node("/dnsaddr/boot.example", NULL, NULL);
	if (!in.n)
		return 0;
	if (pars_bytes_take(&in, 1).p[0] == 1)
		read_list(in);
	else
		run(asker, in, true);
	return 0;
}
