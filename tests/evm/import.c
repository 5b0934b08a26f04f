/* A whole chain: geth's genesis file, then a file of blocks one behind the other,
 * into a database; how fast, and the last block's hash. */
#include "tests/evm/suites.h"

#include <time.h>

#include "base/alloc.h"
#include "chain/import.h"
#include "rpc/chain_genesis.h"

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

int import_chain(const char *genesis_path, const char *chain_path, const char *db)
{
	PARS_AUTO_ARENA arena = { 0 };
	struct pars_fault fault;
	struct pars_genesis genesis;
	struct pars_store *store;
	struct pars_header parent;
	json_t *file = json_file(genesis_path);
	if (rpc_chain_genesis_read(file, &arena, &genesis, &fault))
		die("%s: %s", genesis_path, fault.text);
	json_decref(file);
	if (pars_store_open(db ? db : ":memory:", NULL, &store, &fault))
		die("%s: %s", db ? db : ":memory:", fault.text);
	struct pars_state *state = pars_state_new(store, RETAINED);
	struct pars_evm *evm = pars_evm_new(PARS_FRONTIER, 1);
	commit_genesis(store, state, &genesis, &parent);
	struct pars_bytes rest = read_file(&arena, chain_path);
	uint64_t blocks = 0, transactions = 0, gas = 0;
	const char *problem = NULL;
	double start = now_s();
	while (rest.n && !problem) {
		PARS_AUTO_ARENA step = { 0 };
		struct pars_rlp item;
		struct pars_block block;
		struct pars_processed done = { .problem = "it is no block" };
		if (pars_rlp_get(&rest, &item))
			die("%s: it ends within a block", chain_path);
		if (!pars_block_decode(item.raw, &step, &block)) {
			pars_store_begin(store);
			if (pars_block_import(state, evm, &genesis.config, &parent, &block, item.raw.n, &step, &done) ||
				pars_store_commit(store, false))
				die("the state failed");
		}
		if ((problem = done.problem))
			break;
		parent = block.header;
		blocks++;
		transactions += done.receipt_count;
		gas += done.gas_used;
	}
	double s = now_s() - start;
	char hex[65];
	struct pars_digest hash = pars_header_hash(&parent);
	pars_hex(PARS_BYTES_ARRAY(hash.b), hex);
	printf("block %llu 0x%s\n%llu blocks, %llu transactions, %.1f Mgas in %.3f s: %.0f transactions/s, %.1f Mgas/s\n",
		(unsigned long long)parent.number, hex, (unsigned long long)blocks, (unsigned long long)transactions,
		(double)gas / 1e6, s, (double)transactions / s, (double)gas / 1e6 / s);
	if (problem)
		printf("block %llu is refused: %s\n", (unsigned long long)parent.number + 1, problem);
	pars_evm_free(evm);
	pars_state_free(state);
	pars_store_free(store);
	return problem != NULL;
}
