/* Blockchain tests: blocks one after another upon a genesis, some of them to be
 * refused, in the form of ethereum/tests and execution-spec-tests. */
#include "tests/evm/suites.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "chain/process.h"
#include "tests/evm/prestate.h"

#define TRANSITION 15000 /* seconds: "...AtTime15k" */

struct known {
	struct pars_header header;
	struct pars_digest hash;
	const struct known *parent;
	struct prestate state;
};

struct chain {
	struct pars_evm *evm;
	struct pars_chain_config config;
	struct known *blocks;
	size_t count;
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

static struct pars_digest hash_of(void *ctx, uint64_t number)
{
	const struct known *at = ctx;
	while (at && at->header.number > number)
		at = at->parent;
	return at ? at->hash : (struct pars_digest){ { 0 } };
}

/* NULL: accepted. */
static const char *import(struct chain *c, struct pars_bytes raw)
{
	PARS_AUTO_ARENA arena = { 0 };
	struct pars_block block;
	if (pars_block_decode(raw, &arena, &block))
		return "it is no block";
	const struct known *parent = find(c, &block.header.parent);
	if (!parent)
		return "its parent is not known";
	struct known *fresh = &c->blocks[c->count];
	*fresh = (struct known){ .header = block.header, .hash = block.hash, .parent = parent };
	prestate_copy(&fresh->state, &parent->state);
	fresh->state.block_hash = hash_of;
	fresh->state.ctx = (void *)parent;
	struct pars_world world;
	struct pars_processed done;
	pars_world_init(&world, &fresh->state.host,
		pars_chain_fork(&c->config, block.header.number, block.header.timestamp), 1);
	if (pars_block_process(c->evm, &world, &c->config, &parent->header, &block, raw.n, &arena, &done))
		die("the state failed");
	if (!done.problem) {
		prestate_apply(&fresh->state, &world);
		struct pars_digest root = prestate_root(&fresh->state);
		if (!pars_digest_equal(&root, &block.header.state_root))
			done.problem = "wrong state root";
	}
	pars_world_done(&world);
	if (done.problem)
		prestate_done(&fresh->state);
	else
		c->count++;
	return done.problem;
}

static const char *begin(struct chain *c, const json_t *test)
{
	PARS_AUTO_ARENA arena = { 0 };
	struct pars_block genesis;
	struct known *first = &c->blocks[0];
	if (pars_block_decode(json_bytes(&arena, json_object_get(test, "genesisRLP")), &arena, &genesis))
		return "the genesis is no block";
	*first = (struct known){ .header = genesis.header, .hash = genesis.hash };
	prestate_init(&first->state, json_object_get(test, "pre"));
	c->count = 1;
	struct pars_digest root = prestate_root(&first->state);
	return pars_digest_equal(&root, &genesis.header.state_root) ? NULL : "wrong root of the genesis";
}

static const char *play(struct chain *c, const json_t *test)
{
	PARS_AUTO_ARENA arena = { 0 };
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
		const char *why = import(c, json_bytes(&arena, json_object_get(block, "rlp")));
		if (!why != !refuses)
			wrong = pars_arena_sprintf(&arena, "block %zu: %s", i, why ? why : "should be refused");
	}
	struct pars_digest last = json_digest(json_object_get(test, "lastblockhash"));
	if (!wrong && !find(c, &last))
		wrong = "the last block is not there";
	/* Texts that are not literals do not outlive this. */
	static char text[200];
	if (wrong)
		snprintf(text, sizeof text, "%s", wrong);
	return wrong ? text : NULL;
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
		for (size_t i = 0; i < c.count; i++)
			prestate_done(&c.blocks[i].state);
		free(c.blocks);
	}
	json_decref(file);
}
