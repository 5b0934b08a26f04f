#include "chain/transaction.h"

#define TRY(call) do { enum pars_err err_ = (call); if (err_) return err_; } while (0)

/* An array for the items of a payload. `least` is the shortest an item can be:
 * so many bytes that are no items never make a large array. */
static enum pars_err room_for(struct pars_bytes payload, size_t least, size_t size, struct pars_arena *arena,
	void *ret_array, size_t *ret_n)
{
	size_t n;
	TRY(pars_rlp_count(payload, &n));
	if (n > payload.n / least)
		return PARS_E_PEER_MALFORMED;
	void *array = n ? pars_arena_alloc(arena, n * size) : NULL;
	memcpy(ret_array, &array, sizeof array);
	*ret_n = n;
	return PARS_OK;
}

static enum pars_err get_word(struct pars_bytes *in, struct pars_u256 *ret)
{
	uint8_t b[32];
	TRY(pars_rlp_get_fixed(in, b, sizeof b));
	*ret = pars_u256_from_be(b);
	return PARS_OK;
}

static enum pars_err get_access_list(struct pars_bytes *in, struct pars_arena *arena, struct pars_transaction *tx)
{
	struct pars_bytes list, entry, keys;
	TRY(pars_rlp_get_list(in, &list));
	TRY(room_for(list, 23, sizeof *tx->access, arena, &tx->access, &tx->access_count));
	for (size_t i = 0; i < tx->access_count; i++) {
		struct pars_access *a = &tx->access[i];
		TRY(pars_rlp_get_list(&list, &entry));
		TRY(pars_rlp_get_fixed(&entry, a->address.b, sizeof a->address.b));
		TRY(pars_rlp_get_list(&entry, &keys));
		TRY(pars_rlp_end(entry));
		TRY(room_for(keys, 33, sizeof *a->keys, arena, &a->keys, &a->key_count));
		for (size_t k = 0; k < a->key_count; k++)
			TRY(get_word(&keys, &a->keys[k]));
	}
	return PARS_OK;
}

static enum pars_err get_blob_hashes(struct pars_bytes *in, struct pars_arena *arena, struct pars_transaction *tx)
{
	struct pars_bytes list;
	TRY(pars_rlp_get_list(in, &list));
	TRY(room_for(list, 33, sizeof *tx->blob_hashes, arena, &tx->blob_hashes, &tx->blob_count));
	for (size_t i = 0; i < tx->blob_count; i++)
		TRY(pars_rlp_get_fixed(&list, tx->blob_hashes[i].b, sizeof tx->blob_hashes[i].b));
	return PARS_OK;
}

static enum pars_err get_authorization(struct pars_bytes *in, struct pars_authorization *a)
{
	struct pars_bytes list;
	uint64_t parity;
	TRY(pars_rlp_get_list(in, &list));
	TRY(pars_rlp_get_u256(&list, &a->chain_id));
	TRY(pars_rlp_get_fixed(&list, a->address.b, sizeof a->address.b));
	TRY(pars_rlp_get_u64(&list, &a->nonce));
	TRY(pars_rlp_get_u64(&list, &parity));
	TRY(pars_rlp_get_u256(&list, &a->r));
	TRY(pars_rlp_get_u256(&list, &a->s));
	a->parity = (uint8_t)parity;
	return parity > UINT8_MAX ? PARS_E_PEER_MALFORMED : pars_rlp_end(list);
}

static enum pars_err get_authorizations(struct pars_bytes *in, struct pars_arena *arena, struct pars_transaction *tx)
{
	struct pars_bytes list;
	TRY(pars_rlp_get_list(in, &list));
	TRY(room_for(list, 27, sizeof *tx->authorizations, arena, &tx->authorizations, &tx->authorization_count));
	for (size_t i = 0; i < tx->authorization_count; i++)
		TRY(get_authorization(&list, &tx->authorizations[i]));
	return PARS_OK;
}

static enum pars_err get_to(struct pars_bytes *in, struct pars_transaction *tx)
{
	struct pars_bytes to;
	TRY(pars_rlp_get_bytes(in, &to));
	tx->creates = !to.n;
	if (to.n && to.n != sizeof tx->to.b)
		return PARS_E_PEER_MALFORMED;
	if (to.n)
		memcpy(tx->to.b, to.p, sizeof tx->to.b);
	return PARS_OK;
}

/* The chain's id and the parity in one number: EIP-155. */
static enum pars_err get_v(struct pars_bytes *in, struct pars_transaction *tx)
{
	struct pars_u256 v;
	TRY(pars_rlp_get_u256(in, &v));
	tx->any_chain = pars_u256_u64(&v) == 27 || pars_u256_u64(&v) == 28;
	if (tx->any_chain) {
		tx->parity = (uint8_t)(v.w[0] - 27);
		return PARS_OK;
	}
	if (pars_u256_sub(&v, &v, &PARS_U256(35)) || v.w[1] > 1 || v.w[2] || v.w[3])
		return PARS_E_PEER_MALFORMED;
	tx->parity = v.w[0] & 1;
	tx->chain_id = v.w[0] >> 1 | v.w[1] << 63;
	return PARS_OK;
}

static enum pars_err get_parity(struct pars_bytes *in, struct pars_transaction *tx)
{
	uint64_t parity;
	TRY(pars_rlp_get_u64(in, &parity));
	tx->parity = (uint8_t)parity;
	return parity > 1 ? PARS_E_PEER_MALFORMED : PARS_OK;
}

static enum pars_err get_fields(struct pars_bytes in, struct pars_arena *arena, struct pars_transaction *tx)
{
	if (tx->type)
		TRY(pars_rlp_get_u64(&in, &tx->chain_id));
	TRY(pars_rlp_get_u64(&in, &tx->nonce));
	TRY(pars_rlp_get_u256(&in, &tx->priority_fee));
	tx->max_fee = tx->priority_fee;
	if (tx->type >= PARS_TX_FEE_MARKET)
		TRY(pars_rlp_get_u256(&in, &tx->max_fee));
	TRY(pars_rlp_get_u64(&in, &tx->gas_limit));
	TRY(get_to(&in, tx));
	TRY(pars_rlp_get_u256(&in, &tx->value));
	TRY(pars_rlp_get_bytes(&in, &tx->data));
	if (tx->type)
		TRY(get_access_list(&in, arena, tx));
	if (tx->type == PARS_TX_BLOB) {
		TRY(pars_rlp_get_u256(&in, &tx->max_blob_fee));
		TRY(get_blob_hashes(&in, arena, tx));
	}
	if (tx->type == PARS_TX_SET_CODE)
		TRY(get_authorizations(&in, arena, tx));
	TRY(tx->type ? get_parity(&in, tx) : get_v(&in, tx));
	TRY(pars_rlp_get_u256(&in, &tx->r));
	TRY(pars_rlp_get_u256(&in, &tx->s));
	return pars_rlp_end(in);
}

/* The type, which `raw` then stands behind; a list is its own beginning. */
static enum pars_err take_type(struct pars_bytes *raw, enum pars_transaction_type *ret)
{
	if (!raw->n)
		return PARS_E_PEER_MALFORMED;
	uint8_t first = raw->p[0];
	if (first >= 0xc0) {
		*ret = PARS_TX_LEGACY;
		return PARS_OK;
	}
	if (!first || first >= PARS_TX_TYPES)
		return PARS_E_PEER_UNSUPPORTED;
	*ret = (enum pars_transaction_type)first;
	pars_bytes_take(raw, 1);
	return PARS_OK;
}

enum pars_err pars_transaction_decode(struct pars_bytes raw, struct pars_arena *arena, struct pars_transaction *ret)
{
	struct pars_transaction tx = { 0 };
	struct pars_bytes list;
	TRY(take_type(&raw, &tx.type));
	TRY(pars_rlp_only_list(raw, &list));
	TRY(get_fields(list, arena, &tx));
	*ret = tx;
	return PARS_OK;
}

enum pars_err pars_transaction_get(struct pars_bytes *in, struct pars_arena *arena,
	struct pars_transaction *ret, struct pars_bytes *ret_raw)
{
	struct pars_bytes at = *in;
	struct pars_rlp item;
	TRY(pars_rlp_get(&at, &item));
	struct pars_bytes raw = item.is_list ? item.raw : item.payload;
	if (!item.is_list && raw.n && raw.p[0] >= 0xc0)
		return PARS_E_PEER_MALFORMED; /* a list in a string: it has no type */
	TRY(pars_transaction_decode(raw, arena, ret));
	*in = at;
	*ret_raw = raw;
	return PARS_OK;
}

enum pars_err pars_transaction_decode_pooled(struct pars_bytes raw, struct pars_arena *arena,
	struct pars_transaction *ret, struct pars_bytes *ret_raw, struct pars_sidecar *ret_sidecar)
{
	struct pars_sidecar side = { 0 };
	enum pars_transaction_type type;
	struct pars_bytes at = raw, in;
	struct pars_rlp item;
	TRY(take_type(&at, &type));
	if (type != PARS_TX_BLOB) {
		TRY(pars_transaction_decode(raw, arena, ret));
		*ret_raw = raw;
		*ret_sidecar = side;
		return PARS_OK;
	}
	TRY(pars_rlp_only_list(at, &in));
	TRY(pars_rlp_get(&in, &item));
	/* Version 1 says so; version 0 has no such field. */
	if (!item.is_list || (!pars_rlp_get_u64(&in, &side.version) && side.version != 1))
		return PARS_E_PEER_MALFORMED;
	TRY(pars_rlp_get_list(&in, &side.blobs));
	TRY(pars_rlp_get_list(&in, &side.commitments));
	TRY(pars_rlp_get_list(&in, &side.proofs));
	TRY(pars_rlp_end(in));
	uint8_t *bare = pars_arena_room(arena, 1 + item.raw.n);
	bare[0] = PARS_TX_BLOB;
	memcpy(bare + 1, item.raw.p, item.raw.n);
	TRY(pars_transaction_decode(PARS_BYTES(bare, 1 + item.raw.n), arena, ret));
	*ret_raw = PARS_BYTES(bare, 1 + item.raw.n);
	*ret_sidecar = side;
	return PARS_OK;
}
