#include "chain/block.h"

#include "chain/transaction.h"
#include "trie/sorted.h"

#define TRY(call) do { enum pars_err err_ = (call); if (err_) return err_; } while (0)

#define TRANSACTION_LEAST 10 /* bytes: a head and nine fields */
#define WITHDRAWAL_LEAST 25

static enum pars_err get_transactions(struct pars_bytes *in, struct pars_arena *arena, struct pars_block *b)
{
	struct pars_bytes list;
	struct pars_rlp item;
	size_t n;
	TRY(pars_rlp_get_list(in, &list));
	TRY(pars_rlp_count(list, &n));
	if (n > list.n / TRANSACTION_LEAST)
		return PARS_E_PEER_MALFORMED;
	b->transaction_count = n;
	if (n)
		b->transactions = pars_arena_room(arena, n * sizeof *b->transactions);
	for (size_t i = 0; i < n; i++) {
		TRY(pars_rlp_get(&list, &item));
		b->transactions[i] = item.is_list ? item.raw : item.payload;
		if (!item.is_list && (!item.payload.n || item.payload.p[0] >= PARS_TX_TYPES))
			return PARS_E_PEER_MALFORMED;
	}
	return PARS_OK;
}

static enum pars_err get_withdrawals(struct pars_bytes *in, struct pars_arena *arena, struct pars_block *b)
{
	struct pars_bytes list;
	TRY(pars_rlp_get_list(in, &list));
	TRY(pars_rlp_count(list, &b->withdrawal_count));
	if (b->withdrawal_count > list.n / WITHDRAWAL_LEAST)
		return PARS_E_PEER_MALFORMED;
	if (b->withdrawal_count)
		b->withdrawals = pars_arena_room(arena, b->withdrawal_count * sizeof *b->withdrawals);
	for (size_t i = 0; i < b->withdrawal_count; i++)
		TRY(pars_withdrawal_get(&list, &b->withdrawals[i]));
	return PARS_OK;
}

enum pars_err pars_block_decode(struct pars_bytes raw, struct pars_arena *arena, struct pars_block *ret)
{
	struct pars_block b = { .transaction_count = 0 };
	struct pars_bytes in, before;
	struct pars_rlp ommers;
	TRY(pars_rlp_only_list(raw, &in));
	before = in;
	TRY(pars_header_get(&in, &b.header));
	b.hash = pars_keccak256(PARS_BYTES(before.p, before.n - in.n));
	TRY(get_transactions(&in, arena, &b));
	TRY(pars_rlp_get(&in, &ommers));
	if (!ommers.is_list)
		return PARS_E_PEER_MALFORMED;
	b.ommers = ommers.raw;
	if (b.header.form >= PARS_HEADER_SHANGHAI)
		TRY(get_withdrawals(&in, arena, &b));
	TRY(pars_rlp_end(in));
	*ret = b;
	return PARS_OK;
}

void pars_block_encode(const struct pars_block *block, struct pars_buf *out)
{
	size_t list = pars_rlp_list_begin(out);
	pars_header_put(out, &block->header);
	size_t inner = pars_rlp_list_begin(out);
	for (size_t i = 0; i < block->transaction_count; i++)
		pars_transaction_put(out, block->transactions[i]);
	pars_rlp_list_end(out, inner);
	if (block->ommers.n) {
		pars_buf_put(out, block->ommers);
	} else {
		inner = pars_rlp_list_begin(out);
		pars_rlp_list_end(out, inner);
	}
	if (block->header.form >= PARS_HEADER_SHANGHAI) {
		inner = pars_rlp_list_begin(out);
		for (size_t i = 0; i < block->withdrawal_count; i++)
			pars_withdrawal_put(out, &block->withdrawals[i]);
		pars_rlp_list_end(out, inner);
	}
	pars_rlp_list_end(out, list);
}

bool pars_block_roots_match(const struct pars_block *block)
{
	const struct pars_header *h = &block->header;
	struct pars_digest root = pars_trie_root_list(block->transactions, block->transaction_count);
	struct pars_digest ommers = block->ommers.n ? pars_keccak256(block->ommers) : pars_no_ommers;
	if (!pars_digest_equal(&root, &h->transactions_root) || !pars_digest_equal(&ommers, &h->ommers_hash))
		return false;
	if (h->form < PARS_HEADER_SHANGHAI)
		return true;
	root = pars_withdrawals_root(block->withdrawals, block->withdrawal_count);
	return pars_digest_equal(&root, &h->withdrawals_root);
}
