/* What chains begin with: Ethereum's first block, geth's genesis files, keys and
 * addresses, paths. */
#include <stdio.h>

#include "chain/block.h"
#include "chain/transaction.h"
#include "crypto/secp256k1.h"
#include "rpc/chain_genesis.h"
#include "tests/conformance/conformance.h"
#include "trie/node.h"

static struct pars_bytes get_hex(struct pars_arena *arena, const json_t *o, const char *name)
{
	return json_bytes(arena, json_object_get(o, name));
}

static bool address_of(struct pars_bytes key, struct pars_address *ret)
{
	uint8_t xy[64];
	if (key.n != 32 || !pars_secp256k1_public(key.p, xy))
		return false;
	*ret = pars_address_of_key(xy);
	return true;
}

/* The main network's first block. */
static const char *first_block(struct pars_arena *arena, const json_t *root)
{
	PARS_AUTO_BUF again = { 0 };
	struct pars_block block;
	struct pars_bytes raw = get_hex(arena, root, "genesis_rlp_hex");
	if (pars_block_decode(raw, arena, &block))
		return "refused";
	pars_block_encode(&block, &again);
	if (!pars_bytes_equal(pars_buf_bytes(&again), raw))
		return "comes back different";
	return pars_block_roots_match(&block) ? NULL : "other roots";
}

static const char *key_address(struct pars_arena *arena, const json_t *test)
{
	struct pars_address got, want = json_address(json_object_get(test, "addr"));
	return address_of(get_hex(arena, test, "key"), &got) && pars_address_equal(&got, &want) ? NULL : "another address";
}

/* Signed by the key, and signed again by ourselves. */
static const char *signed_transaction(struct pars_arena *arena, const json_t *test)
{
	struct pars_transaction tx;
	struct pars_address owner, sender;
	struct pars_bytes key = get_hex(arena, test, "key");
	if (pars_transaction_decode(get_hex(arena, test, "signed"), arena, &tx))
		return "refused";
	if (!address_of(key, &owner) || pars_transaction_sender(&tx, &sender) || !pars_address_equal(&owner, &sender))
		return "another sender";
	if (!pars_transaction_sign(&tx, key.p) || pars_transaction_sender(&tx, &sender) ||
	    !pars_address_equal(&owner, &sender))
		return "another sender once signed here";
	return NULL;
}

static const char *path(struct pars_arena *arena, const json_t *test)
{
	PARS_AUTO_BUF out = { 0 };
	uint8_t nibbles[PARS_TRIE_PATH_MAX];
	const json_t *seq = json_object_get(test, "seq");
	struct pars_bytes item, at;
	for (size_t i = 0; i < json_array_size(seq); i++)
		nibbles[i] = (uint8_t)json_integer_value(json_array_get(seq, i));
	pars_trie_put_path(&out, PARS_BYTES(nibbles, json_array_size(seq)), json_is_true(json_object_get(test, "term")));
	at = pars_buf_bytes(&out);
	return !pars_rlp_get_bytes(&at, &item) && pars_bytes_equal(item, get_hex(arena, test, "out")) ? NULL : "other bytes";
}

static void list_file(struct conformance *c, const char *name,
	const char *(*judge)(struct pars_arena *arena, const json_t *test))
{
	json_t *root = conformance_file(name), *test;
	c->path = name;
	for (size_t i = 0; i < json_array_size(root); i++) {
		PARS_AUTO_ARENA arena = { 0 };
		char label[24];
		snprintf(label, sizeof label, "%zu", i);
		conformance_case(c, label, judge(&arena, json_array_get(root, i)));
	}
	const char *label;
	json_object_foreach(root, label, test) {
		PARS_AUTO_ARENA arena = { 0 };
		conformance_case(c, label, judge(&arena, test));
	}
	json_decref(root);
}

/* A chain of blocks one behind the other: each names the one before, and the
 * first one the genesis that the file describes. */
static const char *genesis_of_chain(struct pars_arena *arena, struct pars_bytes blocks, unsigned *count)
{
	json_t *root = conformance_file("common/rpc-compat/genesis.json");
	struct pars_genesis genesis;
	struct pars_fault fault = { 0 };
	struct pars_header header;
	enum pars_err err = rpc_chain_genesis_read(root, arena, &genesis, &fault);
	json_decref(root);
	if (err)
		return pars_arena_sprintf(arena, "the file is refused: %s", fault.text);
	pars_genesis_header(&genesis, &header);
	struct pars_digest parent = pars_header_hash(&header);
	for (*count = 0; blocks.n; ++*count) {
		PARS_AUTO_ARENA scratch = { 0 };
		struct pars_rlp item;
		struct pars_block block;
		if (pars_rlp_get(&blocks, &item) || pars_block_decode(item.raw, &scratch, &block))
			return "a block is refused";
		if (!pars_digest_equal(&block.header.parent, &parent))
			return "a block with another parent";
		if (!pars_block_roots_match(&block))
			return "a block with other roots";
		enum pars_fork fork = pars_chain_fork(&genesis.config, block.header.number, block.header.timestamp);
		if (block.header.form != pars_header_form(fork))
			return "a block of another fork";
		parent = block.hash;
	}
	return NULL;
}

static void chain(struct conformance *c)
{
	PARS_AUTO_ARENA arena = { 0 };
	PARS_AUTO_BUF blocks = { 0 };
	FILE *f = fopen(conformance_path("common/rpc-compat/chain.rlp"), "rb");
	unsigned count = 0;
	size_t n;
	c->path = "common/rpc-compat";
	if (!f)
		die("cannot read %s", conformance_path("common/rpc-compat/chain.rlp"));
	while ((n = fread(pars_buf_room(&blocks, 65536), 1, 65536, f)))
		pars_buf_added(&blocks, n);
	fclose(f);
	const char *why = genesis_of_chain(&arena, pars_buf_bytes(&blocks), &count);
	conformance_case(c, "genesis.json and chain.rlp", why ? why : count > 10 ? NULL : "too few blocks");
}

int main(void)
{
	struct conformance c = { .suite = "genesis" };
	PARS_AUTO_ARENA arena = { 0 };
	json_t *root = conformance_file("dev/basic/genesishashestest.json");
	c.path = "dev/basic/genesishashestest.json";
	conformance_case(&c, "genesis_rlp_hex", first_block(&arena, root));
	json_decref(root);
	list_file(&c, "dev/basic/keyaddrtest.json", key_address);
	list_file(&c, "dev/basic/txtest.json", signed_transaction);
	list_file(&c, "dev/basic/hexencodetest.json", path);
	chain(&c);
	c.path = "dev/basic";
	conformance_skip(&c, "blockgenesistest.json", "blocks of a draft from before the first network");
	conformance_skip(&c, "crypto.json, abi", "not of this suite");
	return conformance_end(&c);
}
