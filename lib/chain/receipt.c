#include "chain/receipt.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "trie/sorted.h"

#define TRY(call) do { enum pars_err err_ = (call); if (err_) return err_; } while (0)

#define TOPICS_MAX 4
#define LOG_LEAST 24 /* bytes: a head, an address, no topics, no data */

static enum pars_err get_log(struct pars_bytes *in, struct pars_log *log)
{
	struct pars_bytes list, topics;
	TRY(pars_rlp_get_list(in, &list));
	TRY(pars_rlp_get_fixed(&list, log->address.b, sizeof log->address.b));
	TRY(pars_rlp_get_list(&list, &topics));
	for (log->topic_count = 0; topics.n; log->topic_count++) {
		if (log->topic_count == TOPICS_MAX)
			return PARS_E_PEER_MALFORMED;
		struct pars_digest *topic = &log->topics[log->topic_count];
		TRY(pars_rlp_get_fixed(&topics, topic->b, sizeof topic->b));
	}
	TRY(pars_rlp_get_bytes(&list, &log->data));
	return pars_rlp_end(list);
}

static enum pars_err get_logs(struct pars_bytes *in, struct pars_arena *arena, struct pars_receipt *r)
{
	struct pars_bytes list;
	TRY(pars_rlp_get_list(in, &list));
	TRY(pars_rlp_count(list, &r->log_count));
	if (r->log_count > list.n / LOG_LEAST)
		return PARS_E_PEER_MALFORMED;
	if (r->log_count)
		r->logs = pars_arena_alloc(arena, r->log_count * sizeof *r->logs);
	for (size_t i = 0; i < r->log_count; i++)
		TRY(get_log(&list, &r->logs[i]));
	return PARS_OK;
}

enum pars_err pars_receipt_decode(struct pars_bytes raw, struct pars_arena *arena, struct pars_receipt *ret)
{
	struct pars_receipt r = { 0 };
	struct pars_bytes list;
	uint64_t status;
	if (raw.n && raw.p[0] < 0xc0) {
		uint8_t type = pars_bytes_take(&raw, 1).p[0];
		if (!type || type >= PARS_TX_TYPES)
			return PARS_E_PEER_UNSUPPORTED;
		r.type = (enum pars_transaction_type)type;
	}
	TRY(pars_rlp_only_list(raw, &list));
	TRY(pars_rlp_get_u64(&list, &status));
	if (status > 1)
		return PARS_E_PEER_MALFORMED;
	r.success = status;
	TRY(pars_rlp_get_u64(&list, &r.cumulative_gas));
	TRY(pars_rlp_get_fixed(&list, r.bloom.b, sizeof r.bloom.b));
	TRY(get_logs(&list, arena, &r));
	TRY(pars_rlp_end(list));
	*ret = r;
	return PARS_OK;
}

static void put_log(struct pars_buf *out, const struct pars_log *log)
{
	size_t list = pars_rlp_list_begin(out);
	pars_rlp_put_bytes(out, PARS_BYTES_ARRAY(log->address.b));
	size_t topics = pars_rlp_list_begin(out);
	for (unsigned i = 0; i < log->topic_count; i++)
		pars_rlp_put_bytes(out, PARS_BYTES_ARRAY(log->topics[i].b));
	pars_rlp_list_end(out, topics);
	pars_rlp_put_bytes(out, log->data);
	pars_rlp_list_end(out, list);
}

void pars_receipt_encode(const struct pars_receipt *r, struct pars_buf *out)
{
	if (r->type)
		pars_buf_put_byte(out, (uint8_t)r->type);
	size_t list = pars_rlp_list_begin(out);
	pars_rlp_put_u64(out, r->success);
	pars_rlp_put_u64(out, r->cumulative_gas);
	pars_rlp_put_bytes(out, PARS_BYTES_ARRAY(r->bloom.b));
	size_t logs = pars_rlp_list_begin(out);
	for (size_t i = 0; i < r->log_count; i++)
		put_log(out, &r->logs[i]);
	pars_rlp_list_end(out, logs);
	pars_rlp_list_end(out, list);
}

void pars_receipt_set_bloom(struct pars_receipt *r)
{
	r->bloom = (struct pars_bloom){ 0 };
	for (size_t i = 0; i < r->log_count; i++)
		pars_bloom_add_log(&r->bloom, &r->logs[i]);
}

struct pars_digest pars_receipts_root(const struct pars_receipt *list, size_t n)
{
	PARS_AUTO_BUF all = { 0 };
	struct pars_bytes *items = pars_alloc_array(n + 1, sizeof *items);
	for (size_t i = 0; i < n; i++) {
		size_t before = all.n;
		pars_receipt_encode(&list[i], &all);
		items[i].n = all.n - before;
	}
	struct pars_bytes rest = pars_buf_bytes(&all);
	for (size_t i = 0; i < n; i++)
		items[i] = pars_bytes_take(&rest, items[i].n);
	struct pars_digest root = pars_trie_root_list(items, n);
	free(items);
	return root;
}
