#include "chain/transaction.h"
#include "crypto/secp256k1.h"

static void put_to(struct pars_buf *out, const struct pars_transaction *tx)
{
	pars_rlp_put_bytes(out, PARS_BYTES(tx->to.b, tx->creates ? 0 : sizeof tx->to.b));
}

static void put_word(struct pars_buf *out, const struct pars_u256 *v)
{
	uint8_t b[32];
	pars_u256_to_be(v, b);
	pars_rlp_put_bytes(out, PARS_BYTES_ARRAY(b));
}

static void put_access_list(struct pars_buf *out, const struct pars_transaction *tx)
{
	size_t list = pars_rlp_list_begin(out);
	for (size_t i = 0; i < tx->access_count; i++) {
		const struct pars_access *a = &tx->access[i];
		size_t entry = pars_rlp_list_begin(out);
		pars_rlp_put_bytes(out, PARS_BYTES_ARRAY(a->address.b));
		size_t keys = pars_rlp_list_begin(out);
		for (size_t k = 0; k < a->key_count; k++)
			put_word(out, &a->keys[k]);
		pars_rlp_list_end(out, keys);
		pars_rlp_list_end(out, entry);
	}
	pars_rlp_list_end(out, list);
}

static void put_blob_hashes(struct pars_buf *out, const struct pars_transaction *tx)
{
	size_t list = pars_rlp_list_begin(out);
	for (size_t i = 0; i < tx->blob_count; i++)
		pars_rlp_put_bytes(out, PARS_BYTES_ARRAY(tx->blob_hashes[i].b));
	pars_rlp_list_end(out, list);
}

/* What an authority signs is in front of the signature. */
static void put_authorization_fields(struct pars_buf *out, const struct pars_authorization *a)
{
	pars_rlp_put_u256(out, &a->chain_id);
	pars_rlp_put_bytes(out, PARS_BYTES_ARRAY(a->address.b));
	pars_rlp_put_u64(out, a->nonce);
}

static void put_authorizations(struct pars_buf *out, const struct pars_transaction *tx)
{
	size_t list = pars_rlp_list_begin(out);
	for (size_t i = 0; i < tx->authorization_count; i++) {
		const struct pars_authorization *a = &tx->authorizations[i];
		size_t entry = pars_rlp_list_begin(out);
		put_authorization_fields(out, a);
		pars_rlp_put_u64(out, a->parity);
		pars_rlp_put_u256(out, &a->r);
		pars_rlp_put_u256(out, &a->s);
		pars_rlp_list_end(out, entry);
	}
	pars_rlp_list_end(out, list);
}

static void put_fields(struct pars_buf *out, const struct pars_transaction *tx)
{
	if (tx->type)
		pars_rlp_put_u64(out, tx->chain_id);
	pars_rlp_put_u64(out, tx->nonce);
	pars_rlp_put_u256(out, &tx->priority_fee);
	if (tx->type >= PARS_TX_FEE_MARKET)
		pars_rlp_put_u256(out, &tx->max_fee);
	pars_rlp_put_u64(out, tx->gas_limit);
	put_to(out, tx);
	pars_rlp_put_u256(out, &tx->value);
	pars_rlp_put_bytes(out, tx->data);
	if (tx->type)
		put_access_list(out, tx);
	if (tx->type == PARS_TX_BLOB) {
		pars_rlp_put_u256(out, &tx->max_blob_fee);
		put_blob_hashes(out, tx);
	}
	if (tx->type == PARS_TX_SET_CODE)
		put_authorizations(out, tx);
}

static struct pars_u256 legacy_v(const struct pars_transaction *tx)
{
	if (tx->any_chain)
		return PARS_U256(27 + (uint64_t)tx->parity);
	struct pars_u256 v = { { tx->chain_id << 1 | tx->parity, tx->chain_id >> 63 } };
	pars_u256_add(&v, &v, &PARS_U256(35));
	return v;
}

void pars_transaction_encode(const struct pars_transaction *tx, struct pars_buf *out)
{
	struct pars_u256 v = tx->type ? PARS_U256(tx->parity) : legacy_v(tx);
	if (tx->type)
		pars_buf_put_byte(out, (uint8_t)tx->type);
	size_t list = pars_rlp_list_begin(out);
	put_fields(out, tx);
	pars_rlp_put_u256(out, &v);
	pars_rlp_put_u256(out, &tx->r);
	pars_rlp_put_u256(out, &tx->s);
	pars_rlp_list_end(out, list);
}

void pars_transaction_put(struct pars_buf *out, struct pars_bytes raw)
{
	if (raw.n && raw.p[0] >= 0xc0)
		pars_buf_put(out, raw);
	else
		pars_rlp_put_bytes(out, raw);
}

struct pars_digest pars_transaction_hash(const struct pars_transaction *tx)
{
	PARS_AUTO_BUF out = { 0 };
	pars_transaction_encode(tx, &out);
	return pars_keccak256(pars_buf_bytes(&out));
}

struct pars_digest pars_transaction_signing_hash(const struct pars_transaction *tx)
{
	PARS_AUTO_BUF out = { 0 };
	if (tx->type)
		pars_buf_put_byte(&out, (uint8_t)tx->type);
	size_t list = pars_rlp_list_begin(&out);
	put_fields(&out, tx);
	if (!tx->type && !tx->any_chain) {
		pars_rlp_put_u64(&out, tx->chain_id);
		pars_rlp_put_u64(&out, 0);
		pars_rlp_put_u64(&out, 0);
	}
	pars_rlp_list_end(&out, list);
	return pars_keccak256(pars_buf_bytes(&out));
}

bool pars_transaction_sign(struct pars_transaction *tx, const uint8_t key[32])
{
	struct pars_digest hash = pars_transaction_signing_hash(tx);
	uint8_t r[32], s[32];
	unsigned parity;
	if (!pars_secp256k1_sign(key, hash.b, r, s, &parity))
		return false;
	tx->parity = (uint8_t)parity;
	tx->r = pars_u256_from_be(r);
	tx->s = pars_u256_from_be(s);
	return true;
}

static enum pars_err recover(const struct pars_digest *hash, const struct pars_u256 *r, const struct pars_u256 *s,
	unsigned parity, struct pars_address *ret)
{
	uint8_t rb[32], sb[32], xy[64];
	pars_u256_to_be(r, rb);
	pars_u256_to_be(s, sb);
	if (parity > 1 || !pars_secp256k1_recover(hash->b, rb, sb, parity, xy))
		return PARS_E_PEER_SIGNATURE;
	*ret = pars_address_of_key(xy);
	return PARS_OK;
}

enum pars_err pars_transaction_sender(const struct pars_transaction *tx, struct pars_address *ret)
{
	struct pars_digest hash = pars_transaction_signing_hash(tx);
	return recover(&hash, &tx->r, &tx->s, tx->parity, ret);
}

struct pars_digest pars_authorization_hash(const struct pars_authorization *a)
{
	PARS_AUTO_BUF out = { 0 };
	pars_buf_put_byte(&out, 5); /* so that it is never taken for a transaction */
	size_t list = pars_rlp_list_begin(&out);
	put_authorization_fields(&out, a);
	pars_rlp_list_end(&out, list);
	return pars_keccak256(pars_buf_bytes(&out));
}

enum pars_err pars_authorization_authority(const struct pars_authorization *a, struct pars_address *ret)
{
	uint8_t s[32];
	pars_u256_to_be(&a->s, s);
	if (!pars_secp256k1_is_low(s))
		return PARS_E_PEER_SIGNATURE;
	struct pars_digest hash = pars_authorization_hash(a);
	return recover(&hash, &a->r, &a->s, a->parity, ret);
}
