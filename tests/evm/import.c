/* A whole chain: geth's genesis file, then a file of blocks one behind the other,
 * into a database; how fast, and the last block's hash. */
#include "tests/evm/bench.h"
#include "tests/evm/suites.h"

#include <time.h>

#include "base/alloc.h"
#include "chain/import.h"
#include "rpc/chain_genesis.h"
#include "tests/evm/prestate.h"

#define RETAINED 128

static double now_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static struct pars_bytes read_file(struct pars_arena *arena, const char *path)
{
	FILE *f = fopen(path, "rb");
	if (!f || fseek(f, 0, SEEK_END))
		die("cannot read %s", path);
	long n = ftell(f);
	rewind(f);
	uint8_t *p = pars_arena_room(arena, (size_t)n + 1);
	if (n < 0 || fread(p, 1, (size_t)n, f) != (size_t)n)
		die("cannot read %s", path);
	fclose(f);
	return PARS_BYTES(p, (size_t)n);
}

static void commit_genesis(struct pars_store *store, struct pars_state *state, const struct pars_genesis *genesis,
	struct pars_header *header)
{
	struct pars_digest root;
	pars_genesis_header(genesis, header);
	struct pars_digest hash = pars_header_hash(header);
	pars_store_begin(store);
	if (pars_state_prepare(state, genesis->alloc, genesis->alloc_count, &root) ||
		pars_state_commit(state, header->number, &hash) || pars_store_commit(store, false))
		die("the state failed");
	if (!pars_digest_equal(&root, &header->state_root))
		die("the genesis' root is another in the database");
}

struct imported {
	struct pars_header head;
	uint64_t blocks, transactions, gas;
	double s;
	const char *problem;
};

/* Blocks that lie one behind the other; `bare`: upon this instead of the state. */
static struct imported import_blocks(struct pars_store *store, struct pars_state *state, struct prestate *bare,
	const struct pars_chain_config *config, const struct pars_header *genesis, struct pars_bytes rest)
{
	struct imported in = { .head = *genesis };
	PARS_AUTO(pars_evm) evm = pars_evm_new(PARS_FRONTIER, 1);
	while (rest.n && !in.problem) {
		PARS_AUTO_ARENA arena = { 0 };
		struct pars_rlp item;
		struct pars_block block;
		struct pars_processed done = { .problem = "it is no block" };
		if (pars_rlp_get(&rest, &item))
			die("the blocks end within one");
		double start = now_s();
		if (!pars_block_decode(item.raw, &arena, &block) && bare) {
			struct pars_world world;
			pars_world_init(&world, &bare->host, pars_chain_fork(config, block.header.number, block.header.timestamp), 1);
			if (pars_block_process(evm, &world, config, &in.head, &block, item.raw.n, &arena, &done))
				die("the state failed");
			in.s += now_s() - start;
			prestate_apply(bare, &world);
			start = now_s();
			pars_world_done(&world);
		} else if (done.problem) {
			pars_store_begin(store);
			if (pars_block_import(state, evm, config, &in.head, &block, item.raw.n, &arena, &done) ||
				pars_store_commit(store, false))
				die("the state failed");
		}
		in.s += now_s() - start;
		if ((in.problem = done.problem))
			break;
		in.head = block.header;
		in.blocks++;
		in.transactions += done.receipt_count;
		in.gas += done.gas_used;
	}
	return in;
}

/* What an import begins with. */
struct begun {
	struct pars_arena arena;
	struct pars_genesis genesis;
	struct pars_header header;
	struct pars_store *store;
	struct pars_state *state;
};

static void begin_import(struct begun *b, const char *genesis_path, const char *db)
{
	struct pars_fault fault;
	json_t *file = json_file(genesis_path);
	*b = (struct begun){ 0 };
	if (rpc_chain_genesis_read(file, &b->arena, &b->genesis, &fault))
		die("%s: %s", genesis_path, fault.text);
	json_decref(file);
	if (pars_store_open(db ? db : ":memory:", NULL, &b->store, &fault))
		die("%s: %s", db ? db : ":memory:", fault.text);
	b->state = pars_state_new(b->store, RETAINED);
	commit_genesis(b->store, b->state, &b->genesis, &b->header);
}

static void end_import(struct begun *b)
{
	pars_state_free(b->state);
	pars_store_free(b->store);
	pars_arena_done(&b->arena);
}

int import_chain(const char *genesis_path, const char *chain_path, const char *db)
{
	struct begun b;
	begin_import(&b, genesis_path, db);
	struct imported in = import_blocks(b.store, b.state, NULL, &b.genesis.config, &b.header, read_file(&b.arena, chain_path));
	char hex[65];
	struct pars_digest hash = pars_header_hash(&in.head);
	pars_hex(PARS_BYTES_ARRAY(hash.b), hex);
	printf("block %llu 0x%s\n%llu blocks, %llu transactions, %.1f Mgas in %.3f s: %.0f transactions/s, %.1f Mgas/s\n",
		(unsigned long long)in.head.number, hex, (unsigned long long)in.blocks, (unsigned long long)in.transactions,
		(double)in.gas / 1e6, in.s, (double)in.transactions / in.s, (double)in.gas / 1e6 / in.s);
	if (in.problem)
		printf("block %llu is refused: %s\n", (unsigned long long)in.head.number + 1, in.problem);
	end_import(&b);
	return in.problem != NULL;
}

struct bench_import bench_import(const char *genesis_path, const char *chain_path)
{
	struct begun b;
	begin_import(&b, genesis_path, NULL);
	struct pars_bytes blocks = read_file(&b.arena, chain_path);
	json_t *file = json_file(genesis_path);
	struct prestate bare;
	prestate_init(&bare, json_object_get(file, "alloc"));
	struct imported in = import_blocks(b.store, b.state, NULL, &b.genesis.config, &b.header, blocks);
	struct imported alone = import_blocks(NULL, NULL, &bare, &b.genesis.config, &b.header, blocks);
	if (in.problem || alone.problem)
		die("a block is refused: %s", in.problem ? in.problem : alone.problem);
	prestate_done(&bare);
	json_decref(file);
	end_import(&b);
	return (struct bench_import){ in.blocks, in.transactions, in.gas, in.s, alone.s };
}
