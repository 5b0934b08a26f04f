/* Blocks of the chain tests as data: they come back, have the hash, roots and
 * senders they should, and the state before has the root that the first one
 * says. What they do when they run is for others to ask. */
#include "chain/block.h"
#include "chain/state_change.h"
#include "chain/transaction.h"
#include "tests/conformance/conformance.h"

static const char *judge_transactions(const struct pars_block *block, const json_t *list)
{
	if (json_array_size(list) != block->transaction_count)
		return "another number of transactions";
	for (size_t i = 0; i < block->transaction_count; i++) {
		PARS_AUTO_ARENA arena = { 0 };
		PARS_AUTO_BUF again = { 0 };
		struct pars_transaction tx;
		struct pars_address got, want;
		const json_t *sender = json_object_get(json_array_get(list, i), "sender");
		if (pars_transaction_decode(block->transactions[i], &arena, &tx))
			return "a transaction is refused";
		pars_transaction_encode(&tx, &again);
		if (!pars_bytes_equal(pars_buf_bytes(&again), block->transactions[i]))
			return "a transaction comes back different";
		if (pars_transaction_sender(&tx, &got))
			return "a transaction of nobody";
		want = sender ? json_address(sender) : got;
		if (!pars_address_equal(&got, &want))
			return "a transaction of another sender";
	}
	return NULL;
}

static const char *judge_block(const json_t *test)
{
	PARS_AUTO_ARENA arena = { 0 };
	PARS_AUTO_BUF again = { 0 };
	struct pars_block block;
	struct pars_bytes raw = json_bytes(&arena, json_object_get(test, "rlp"));
	if (pars_block_decode(raw, &arena, &block))
		return "refused";
	pars_block_encode(&block, &again);
	if (!pars_bytes_equal(pars_buf_bytes(&again), raw))
		return "comes back different";
	struct pars_digest hash = json_digest(json_object_get(json_object_get(test, "blockHeader"), "hash"));
	if (!pars_digest_equal(&hash, &block.hash))
		return "another hash";
	if (!pars_block_roots_match(&block))
		return "other roots";
	return judge_transactions(&block, json_object_get(test, "transactions"));
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

static const char *judge_state(const json_t *test)
{
	PARS_AUTO_ARENA arena = { 0 };
	json_t *pre = json_object_get(test, "pre"), *account;
	struct pars_state_change *list = pars_arena_alloc(&arena, (json_object_size(pre) + 1) * sizeof *list);
	const char *address;
	size_t n = 0;
	json_object_foreach(pre, address, account)
		read_account(&arena, address, account, &list[n++]);
	struct pars_digest got = pars_state_root_of(list, n),
		want = json_digest(json_object_get(json_object_get(test, "genesisBlockHeader"), "stateRoot"));
	return pars_digest_equal(&got, &want) ? NULL : "another state root";
}

/* Blocks that are to be refused have no header told, or name an exception. */
static void file(struct conformance *c, const char *path, json_t *root)
{
	const char *name;
	json_t *test;
	(void)path;
	json_object_foreach(root, name, test) {
		json_t *blocks = json_object_get(test, "blocks");
		const char *why = json_object_get(test, "pre") ? judge_state(test) : NULL;
		for (size_t i = 0; i < json_array_size(blocks) && !why; i++) {
			json_t *block = json_array_get(blocks, i);
			if (json_object_get(block, "blockHeader") && !json_object_get(block, "expectException"))
				why = judge_block(block);
		}
		conformance_case(c, name, why);
	}
}

int main(void)
{
	struct conformance c = { .suite = "block" };
	conformance_each(&c, "dev/chain-eest", file);
	conformance_each(&c, "dev/chain-eest-osaka", file);
	conformance_each(&c, "dev/chain-ethtests", file);
	return conformance_end(&c);
}
