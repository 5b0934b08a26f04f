#include "chain/header.h"

const struct pars_digest pars_no_ommers = { {
	0x1d, 0xcc, 0x4d, 0xe8, 0xde, 0xc7, 0x5d, 0x7a, 0xab, 0x85, 0xb5, 0x67, 0xb6, 0xcc, 0xd4, 0x1a,
	0xd3, 0x12, 0x45, 0x1b, 0x94, 0x8a, 0x74, 0x13, 0xf0, 0xa1, 0x42, 0xfd, 0x40, 0xd4, 0x93, 0x47,
} };

enum pars_header_form pars_header_form(enum pars_fork fork)
{
	return fork >= PARS_PRAGUE ? PARS_HEADER_PRAGUE : fork >= PARS_CANCUN ? PARS_HEADER_CANCUN :
		fork >= PARS_SHANGHAI ? PARS_HEADER_SHANGHAI : fork >= PARS_LONDON ? PARS_HEADER_LONDON :
		PARS_HEADER_FRONTIER;
}

static bool is_form(size_t fields)
{
	return fields == PARS_HEADER_FRONTIER || fields == PARS_HEADER_LONDON || fields == PARS_HEADER_SHANGHAI ||
		fields == PARS_HEADER_CANCUN || fields == PARS_HEADER_PRAGUE;
}

#define TRY(call) do { enum pars_err err_ = (call); if (err_) return err_; } while (0)

static enum pars_err get_extra(struct pars_bytes *in, struct pars_header *h)
{
	struct pars_bytes extra;
	TRY(pars_rlp_get_bytes(in, &extra));
	if (extra.n > PARS_EXTRA_MAX)
		return PARS_E_PEER_MALFORMED;
	h->extra_n = (uint8_t)extra.n;
	if (extra.n)
		memcpy(h->extra, extra.p, extra.n);
	return PARS_OK;
}

static enum pars_err get_digest(struct pars_bytes *in, struct pars_digest *ret)
{
	return pars_rlp_get_fixed(in, ret->b, sizeof ret->b);
}

static enum pars_err get_fields(struct pars_bytes in, struct pars_header *h)
{
	TRY(get_digest(&in, &h->parent));
	TRY(get_digest(&in, &h->ommers_hash));
	TRY(pars_rlp_get_fixed(&in, h->coinbase.b, sizeof h->coinbase.b));
	TRY(get_digest(&in, &h->state_root));
	TRY(get_digest(&in, &h->transactions_root));
	TRY(get_digest(&in, &h->receipts_root));
	TRY(pars_rlp_get_fixed(&in, h->bloom.b, sizeof h->bloom.b));
	TRY(pars_rlp_get_u256(&in, &h->difficulty));
	TRY(pars_rlp_get_u64(&in, &h->number));
	TRY(pars_rlp_get_u64(&in, &h->gas_limit));
	TRY(pars_rlp_get_u64(&in, &h->gas_used));
	TRY(pars_rlp_get_u64(&in, &h->timestamp));
	TRY(get_extra(&in, h));
	TRY(get_digest(&in, &h->mix_hash));
	TRY(pars_rlp_get_fixed(&in, h->nonce, sizeof h->nonce));
	if (h->form >= PARS_HEADER_LONDON)
		TRY(pars_rlp_get_u256(&in, &h->base_fee));
	if (h->form >= PARS_HEADER_SHANGHAI)
		TRY(get_digest(&in, &h->withdrawals_root));
	if (h->form >= PARS_HEADER_CANCUN) {
		TRY(pars_rlp_get_u64(&in, &h->blob_gas_used));
		TRY(pars_rlp_get_u64(&in, &h->excess_blob_gas));
		TRY(get_digest(&in, &h->beacon_root));
	}
	if (h->form >= PARS_HEADER_PRAGUE)
		TRY(get_digest(&in, &h->requests_hash));
	return pars_rlp_end(in);
}

enum pars_err pars_header_get(struct pars_bytes *in, struct pars_header *ret)
{
	struct pars_header h = { 0 };
	struct pars_bytes at = *in, list;
	size_t fields;
	TRY(pars_rlp_get_list(&at, &list));
	TRY(pars_rlp_count(list, &fields));
	if (!is_form(fields))
		return PARS_E_PEER_MALFORMED;
	h.form = (enum pars_header_form)fields;
	TRY(get_fields(list, &h));
	*in = at;
	*ret = h;
	return PARS_OK;
}

static void put_digest(struct pars_buf *out, const struct pars_digest *d)
{
	pars_rlp_put_bytes(out, PARS_BYTES_ARRAY(d->b));
}

void pars_header_put(struct pars_buf *out, const struct pars_header *h)
{
	size_t list = pars_rlp_list_begin(out);
	put_digest(out, &h->parent);
	put_digest(out, &h->ommers_hash);
	pars_rlp_put_bytes(out, PARS_BYTES_ARRAY(h->coinbase.b));
	put_digest(out, &h->state_root);
	put_digest(out, &h->transactions_root);
	put_digest(out, &h->receipts_root);
	pars_rlp_put_bytes(out, PARS_BYTES_ARRAY(h->bloom.b));
	pars_rlp_put_u256(out, &h->difficulty);
	pars_rlp_put_u64(out, h->number);
	pars_rlp_put_u64(out, h->gas_limit);
	pars_rlp_put_u64(out, h->gas_used);
	pars_rlp_put_u64(out, h->timestamp);
	pars_rlp_put_bytes(out, PARS_BYTES(h->extra, h->extra_n));
	put_digest(out, &h->mix_hash);
	pars_rlp_put_bytes(out, PARS_BYTES_ARRAY(h->nonce));
	if (h->form >= PARS_HEADER_LONDON)
		pars_rlp_put_u256(out, &h->base_fee);
	if (h->form >= PARS_HEADER_SHANGHAI)
		put_digest(out, &h->withdrawals_root);
	if (h->form >= PARS_HEADER_CANCUN) {
		pars_rlp_put_u64(out, h->blob_gas_used);
		pars_rlp_put_u64(out, h->excess_blob_gas);
		put_digest(out, &h->beacon_root);
	}
	if (h->form >= PARS_HEADER_PRAGUE)
		put_digest(out, &h->requests_hash);
	pars_rlp_list_end(out, list);
}

struct pars_digest pars_header_hash(const struct pars_header *header)
{
	PARS_AUTO_BUF out = { 0 };
	pars_header_put(&out, header);
	return pars_keccak256(pars_buf_bytes(&out));
}
