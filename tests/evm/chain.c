/* Blockchain tests: blocks one after another upon a genesis, some of them to be
 * refused, in the form of ethereum/tests and execution-spec-tests. The state is a
 * node's, in a database in memory; where a chain forks, it goes back and forth, and
 * in the end all the way. */
#include "tests/evm/suites.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "chain/import.h"
#include "tests/evm/prestate.h"

#define TRANSITION 15000 /* seconds: "...AtTime15k" */

#define RETAINED 1000  /* blocks that can be gone back */

struct known {
	struct pars_header header;
	struct pars_digest hash;
	const struct known *parent;
	struct pars_bytes raw;
};

struct chain {
	struct pars_evm *evm;
	struct pars_chain_config config;
	struct pars_store *store;
	struct pars_state *state;
	const struct known *head; /* whose state it is */
	struct known *blocks;
	size_t count;
	struct pars_arena arena;
};

static enum pars_fork fork_of(const char *name)
{
	return !strncmp(name, "BPO", 3) ? PARS_OSAKA : pars_fork_by_name(name);
}

/* "Cancun", "CancunToPragueAtTime15k". False: not one of the forks we run. */
static bool read_config(const json_t *test, struct pars_chain_config *config)
{
	const json_t *fields = json_object_get(test, "config"), *schedule = json_object_get(fields, "blobSchedule");
	const json_t *chain = json_object_get(fields, "chainid");
	char from[64], *to = NULL, *end;
	snprintf(from, sizeof from, "%s", json_string_value(json_object_get(test, "network")));
	if ((end = strstr(from, "AtTime15k"))) {
		*end = '\0';
		to = strstr(from, "To");
		*to = '\0';
		to += 2;
	}
	if (fork_of(from) == PARS_FORKS || fork_of(from) < PARS_PARIS || (to && fork_of(to) == PARS_FORKS))
		return false;
	pars_chain_config_init(config, chain ? json_u64(chain) : 1, fork_of(from));
	const json_t *first = json_object_get(schedule, from), *second = to ? json_object_get(schedule, to) : NULL;
	if (first)
		config->blobs[0] = json_blob_rule(first, 0), config->blob_count = 1;
	if (to) {
		for (enum pars_fork f = fork_of(from) + 1; f <= fork_of(to); f++)
			config->since[f] = TRANSITION;
		struct pars_chain_config usual;
		pars_chain_config_init(&usual, 1, fork_of(to));
		const struct pars_blob_rule *rule = pars_chain_blobs(&usual, UINT64_MAX);
		if (second)
			config->blobs[config->blob_count++] = json_blob_rule(second, TRANSITION);
		else if (rule) {
			config->blobs[config->blob_count] = *rule;
			config->blobs[config->blob_count++].since = TRANSITION;
		}
	}
	return true;
}

static const struct known *find(const struct chain *c, const struct pars_digest *hash)
{
	for (size_t i = 0; i < c->count; i++)
		if (pars_digest_equal(&c->blocks[i].hash, hash))
			return &c->blocks[i];
	return NULL;
}

/* Upon the newest state. NULL: it is the newest now. */
static const char *import(struct chain *c, const struct pars_block *block, size_t size)
{
	PARS_AUTO_ARENA arena = { 0 };
	struct pars_processed done;
	pars_store_begin(c->store);
	if (pars_block_import(c->state, c->evm, &c->config, &c->head->header, block, size, &arena, &done) ||
		pars_store_commit(c->store, false))
		die("the state failed");
	return done.problem;
}

/* Makes a known block the newest: back to where its branch leaves ours, and up. */
static void switch_to(struct chain *c, const struct known *to)
{
	if (to == c->head)
		return;
	const struct known *ours = c->head, *theirs = to, *branch[RETAINED];
	size_t n = 0;
	while (ours != theirs) {
		if (theirs->header.number >= ours->header.number) {
			if (n == RETAINED)
				die("a branch longer than expected");
			branch[n++] = theirs;
			theirs = theirs->parent;
		} else {
			ours = ours->parent;
		}
	}
	if (ours != c->head) {
		pars_store_begin(c->store);
		if (pars_state_rewind(c->state, ours->header.number) || pars_store_commit(c->store, false))
			die("cannot go back to block %llu", (unsigned long long)ours->header.number);
	}
	c->head = ours;
	while (n--) {
		PARS_AUTO_ARENA arena = { 0 };
		struct pars_block block;
		if (pars_block_decode(branch[n]->raw, &arena, &block) || import(c, &block, branch[n]->raw.n))
			die("a block that was good is not");
		c->head = branch[n];
	}
}

/* NULL: accepted. */
static const char *offer(struct chain *c, struct pars_bytes raw)
{
	PARS_AUTO_ARENA arena = { 0 };
	struct pars_block block;
	if (pars_block_decode(raw, &arena, &block))
		return "it is no block";
	const struct known *parent = find(c, &block.header.parent);
	if (!parent)
		return "its parent is not known";
	switch_to(c, parent);
	const char *problem = import(c, &block, raw.n);
	if (problem)
		return problem;
	struct known *fresh = &c->blocks[c->count++];
	*fresh = (struct known){ block.header, block.hash, parent, raw };
	c->head = fresh;
	return NULL;
}

static const char *begin(struct chain *c, const json_t *test)
{
	PARS_AUTO_ARENA arena = { 0 };
	struct pars_fault fault;
	struct pars_block genesis;
	if (pars_block_decode(json_bytes(&c->arena, json_object_get(test, "genesisRLP")), &arena, &genesis))
		return "the genesis is no block";
	c->blocks[0] = (struct known){ .header = genesis.header, .hash = genesis.hash };
	c->head = c->blocks;
	c->count = 1;
	if (pars_store_open(":memory:", NULL, &c->store, &fault))
		die("no database in memory");
	c->state = pars_state_new(c->store, RETAINED);
	struct prestate pre;
	struct pars_digest root;
	size_t n;
	prestate_init(&pre, json_object_get(test, "pre"));
	const struct pars_state_change *changes = prestate_changes(&pre, &arena, &n);
	pars_store_begin(c->store);
	if (pars_state_prepare(c->state, changes, n, &root) ||
		pars_state_commit(c->state, genesis.header.number, &genesis.hash) || pars_store_commit(c->store, false))
		die("the state failed");
	prestate_done(&pre);
	return pars_digest_equal(&root, &genesis.header.state_root) ? NULL : "wrong root of the genesis";
}

/* Back to the genesis, whose root is as it was, and up again upon what was put back. */
static const char *back_and_forth(struct chain *c)
{
	const struct known *newest = c->head, *genesis = &c->blocks[0];
	struct pars_state_block first;
	if (newest->header.number - genesis->header.number > RETAINED)
		return NULL;
	switch_to(c, genesis);
	if (pars_state_head(c->state, &first))
		die("the state failed");
	if (!pars_digest_equal(&first.root, &genesis->header.state_root))
		return "another root back at the genesis";
	switch_to(c, newest);
	return NULL;
}

static const char *play(struct chain *c, const json_t *test)
{
	const json_t *blocks = json_object_get(test, "blocks"), *block;
	const char *wrong = begin(c, test);
	size_t i;
	json_array_foreach(blocks, i, block) {
		bool refuses = false;
		const char *name;
		json_t *any;
		json_object_foreach((json_t *)block, name, any)
			refuses |= !strncmp(name, "expectException", 15);
		if (wrong)
			break;
		const char *why = offer(c, json_bytes(&c->arena, json_object_get(block, "rlp")));
		if (!why != !refuses)
			wrong = pars_arena_sprintf(&c->arena, "block %zu: %s", i, why ? why : "should be refused");
	}
	struct pars_digest last = json_digest(json_object_get(test, "lastblockhash"));
	if (!wrong && !find(c, &last))
		wrong = "the last block is not there";
	return wrong ? wrong : back_and_forth(c);
}

void chain_file(struct pars_evm *evm, const char *path, struct report *report)
{
	json_t *file = json_file(path), *test;
	const char *name;
	json_object_foreach(file, name, test) {
		struct chain c = { .evm = evm };
		if (!read_config(test, &c.config)) {
			report->skipped++;
			continue;
		}
		c.blocks = pars_alloc_array(json_array_size(json_object_get(test, "blocks")) + 1, sizeof *c.blocks);
		report_case(report, path, name, play(&c, test));
		pars_state_free(c.state);
		pars_store_free(c.store);
		pars_arena_done(&c.arena);
		free(c.blocks);
	}
	json_decref(file);
}
