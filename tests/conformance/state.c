/* Blocks of the chain tests upon the state in the database: each block's changes
 * lead to the root that its header says, those of blocks to be refused change
 * nothing, and back at the genesis all is as it was. */
#include "chain/process.h"
#include "chain/state.h"
#include "tests/conformance/conformance.h"

struct chain {
	struct pars_evm *evm;
	struct pars_store *store;
	struct pars_state *state;
	struct pars_chain_config config;
	struct pars_header head;
	struct pars_digest hash;
};

static void must(enum pars_err err)
{
	if (err)
		die("the state fails: %s", pars_err_text(err));
}

static void read_account(struct pars_arena *arena, const char *address, const json_t *o, struct pars_state_change *c)
{
	json_t *storage = json_object_get(o, "storage"), *value;
	const char *key;
	memcpy(c->address.b, hex_bytes(arena, address).p, sizeof c->address.b);
	c->exists = true;
	c->nonce = json_u64(json_object_get(o, "nonce"));
	c->balance = json_u256(json_object_get(o, "balance"));
	c->code = json_bytes(arena, json_object_get(o, "code"));
	c->code_hash = pars_keccak256(c->code);
	c->slots = pars_arena_alloc(arena, (json_object_size(storage) + 1) * sizeof *c->slots);
	json_object_foreach(storage, key, value)
		c->slots[c->slot_count++] = (struct pars_state_slot){ hex_u256(key), json_u256(value) };
}

static const char *begin(struct chain *c, const json_t *test, struct pars_arena *arena)
{
	json_t *pre = json_object_get(test, "pre"), *account;
	struct pars_state_change *list = pars_arena_alloc(arena, (json_object_size(pre) + 1) * sizeof *list);
	struct pars_block genesis;
	struct pars_digest root;
	const char *address;
	size_t n = 0;
	if (pars_block_decode(json_bytes(arena, json_object_get(test, "genesisRLP")), arena, &genesis))
		return "the genesis is no block";
	json_object_foreach(pre, address, account)
		read_account(arena, address, account, &list[n++]);
	must(pars_state_prepare(c->state, list, n, &root));
	if (!pars_digest_equal(&root, &genesis.header.state_root))
		return "another root of the genesis";
	c->head = genesis.header;
	c->hash = genesis.hash;
	must(pars_state_commit(c->state, genesis.header.number, &genesis.hash));
	return NULL;
}

/* NULL: accepted, and then it is the newest. */
static const char *import(struct chain *c, struct pars_bytes raw)
{
	PARS_AUTO_ARENA arena = { 0 };
	struct pars_block block;
	struct pars_state_view view;
	struct pars_world world;
	struct pars_processed done;
	if (pars_block_decode(raw, &arena, &block))
		return "it is no block";
	if (!pars_digest_equal(&block.header.parent, &c->hash))
		return "its parent is not the newest";
	must(pars_state_view_init(&view, c->state, c->head.number));
	pars_world_init(&world, &view.host, pars_chain_fork(&c->config, block.header.number, block.header.timestamp), 1);
	must(pars_block_process(c->evm, &world, &c->config, &c->head, &block, raw.n, &arena, &done));
	if (!done.problem) {
		size_t n;
		struct pars_digest root;
		struct pars_state_change *changes = pars_world_changes(&world, &arena, &n);
		must(pars_state_prepare(c->state, changes, n, &root));
		if (!pars_digest_equal(&root, &block.header.state_root))
			done.problem = "another state root";
	}
	if (!done.problem) {
		must(pars_state_commit(c->state, block.header.number, &block.hash));
		c->head = block.header;
		c->hash = block.hash;
	}
	pars_world_done(&world);
	pars_state_view_done(&view);
	return done.problem;
}

static bool is_refused(json_t *block)
{
	const char *name;
	json_t *any;
	json_object_foreach(block, name, any)
		if (!strncmp(name, "expectException", 15))
			return true;
	return false;
}

static const char *play(struct chain *c, const json_t *test, struct pars_arena *arena)
{
	const json_t *blocks = json_object_get(test, "blocks");
	const char *wrong = begin(c, test, arena);
	for (size_t i = 0; i < json_array_size(blocks) && !wrong; i++) {
		json_t *block = json_array_get(blocks, i);
		const char *why = import(c, json_bytes(arena, json_object_get(block, "rlp")));
		if (!why != !is_refused(block))
			wrong = pars_arena_sprintf(arena, "block %zu: %s", i, why ? why : "should be refused");
	}
	struct pars_digest last = json_digest(json_object_get(test, "lastblockhash"));
	if (!wrong && !pars_digest_equal(&last, &c->hash))
		wrong = "another last block";
	if (!wrong) /* proves the root on the way */
		must(pars_state_rewind(c->state, 0));
	return wrong;
}

static bool has_side_chains(const json_t *test)
{
	const json_t *blocks = json_object_get(test, "blocks");
	for (size_t i = 0; i < json_array_size(blocks); i++) {
		const char *name = json_string_value(json_object_get(json_array_get(blocks, i), "chainname"));
		if (name && strcmp(name, "default"))
			return true;
	}
	return false;
}

static struct pars_evm *evm;

static void file(struct conformance *conf, const char *path, json_t *root)
{
	const char *name;
	json_t *test;
	(void)path;
	json_object_foreach(root, name, test) {
		PARS_AUTO_ARENA arena = { 0 };
		struct pars_fault fault;
		enum pars_fork fork = pars_fork_by_name(json_string_value(json_object_get(test, "network")));
		const json_t *chain_id = json_object_get(json_object_get(test, "config"), "chainid");
		if (fork == PARS_FORKS || fork < PARS_SHANGHAI) {
			conformance_skip(conf, name, "of two forks");
			continue;
		}
		if (has_side_chains(test)) {
			conformance_skip(conf, name, "has blocks beside the chain");
			continue;
		}
		struct chain c = { .evm = evm };
		pars_chain_config_init(&c.config, chain_id ? json_u64(chain_id) : 1, fork);
		if (pars_store_open(":memory:", NULL, &c.store, &fault))
			die("%s", fault.text);
		c.state = pars_state_new(c.store, 1000);
		pars_store_begin(c.store);
		conformance_case(conf, name, play(&c, test, &arena));
		pars_store_rollback(c.store);
		pars_state_free(c.state);
		pars_store_free(c.store);
	}
}

int main(void)
{
	struct conformance c = { .suite = "state" };
	evm = pars_evm_new(PARS_SHANGHAI, 1);
#ifdef __SANITIZE_ADDRESS__ /* all of it takes many minutes then */
	conformance_each(&c, "dev/chain-ethtests/InvalidBlocks", file);
#else
	conformance_each(&c, "dev/chain-eest", file);
	conformance_each(&c, "dev/chain-eest-osaka", file);
	conformance_each(&c, "dev/chain-ethtests", file);
#endif
	pars_evm_free(evm);
	return conformance_end(&c);
}
