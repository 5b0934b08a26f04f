/* chain/transaction.h - transactions of the types 0 to 4.
 *
 * Yellow paper, 4.3; EIP-155 (chain id), EIP-2718 (types), EIP-2930 (access
 * lists), EIP-1559 (fees), EIP-4844 (blobs), EIP-7702 (authorizations). What is
 * read borrows `data` from the wire; lists are arrays in the caller's arena,
 * never larger than six times the wire's bytes. */
#ifndef PARS_CHAIN_TRANSACTION_H
#define PARS_CHAIN_TRANSACTION_H

#include "base/arena.h"
#include "codec/rlp.h"
#include "crypto/address.h"
#include "evm/fork.h"

enum pars_transaction_type {
	PARS_TX_LEGACY,
	PARS_TX_ACCESS_LIST,
	PARS_TX_FEE_MARKET,
	PARS_TX_BLOB,
	PARS_TX_SET_CODE,
	PARS_TX_TYPES
};

struct pars_access {
	struct pars_address address;
	struct pars_u256 *keys;
	size_t key_count;
};

/* Of an account that lets its code be another's (EIP-7702). May be nonsense:
 * then it has no effect, and the transaction is valid all the same. */
struct pars_authorization {
	struct pars_u256 chain_id; /* 0: any */
	struct pars_address address;
	uint64_t nonce;
	uint8_t parity;
	struct pars_u256 r, s;
};

struct pars_transaction {
	enum pars_transaction_type type;
	bool any_chain;             /* a legacy one from before EIP-155; chain_id is 0 */
	bool creates;               /* a contract; `to` is zero */
	uint8_t parity;
	uint64_t chain_id, nonce, gas_limit;
	struct pars_u256 max_fee;   /* of a unit of gas; up to type 1 the gas price */
	struct pars_u256 priority_fee; /* at most; up to type 1 the gas price */
	struct pars_address to;
	struct pars_u256 value;
	struct pars_bytes data;
	struct pars_access *access;
	size_t access_count;
	struct pars_u256 max_blob_fee;
	struct pars_digest *blob_hashes;
	size_t blob_count;
	struct pars_authorization *authorizations;
	size_t authorization_count;
	struct pars_u256 r, s;
};

/* The whole input is one transaction, as it is hashed and sent: a list, or a
 * type and a list. PEER_MALFORMED, PEER_UNSUPPORTED: of no type known. */
PARS_MUST enum pars_err pars_transaction_decode(struct pars_bytes raw, struct pars_arena *arena,
	struct pars_transaction *ret);
/* The next one of a block's list, where a type and its list are one string.
 * *ret_raw as _decode takes it; borrows. */
PARS_MUST enum pars_err pars_transaction_get(struct pars_bytes *in, struct pars_arena *arena,
	struct pars_transaction *ret, struct pars_bytes *ret_raw);
void pars_transaction_put(struct pars_buf *out, struct pars_bytes raw);

/* What travels beside a blob transaction until it is in a block (EIP-4844,
 * EIP-7594): payloads of lists of strings; nothing of it is checked here. */
struct pars_sidecar {
	uint64_t version; /* 0: a proof a blob; 1: a proof a cell */
	struct pars_bytes blobs, commitments, proofs;
};
/* As _decode, and blob transactions come with their sidecar. *ret_raw is the
 * transaction without it, in the arena. Others: the sidecar is all zero. */
PARS_MUST enum pars_err pars_transaction_decode_pooled(struct pars_bytes raw, struct pars_arena *arena,
	struct pars_transaction *ret, struct pars_bytes *ret_raw, struct pars_sidecar *ret_sidecar);

/* Appends what _decode takes. */
void pars_transaction_encode(const struct pars_transaction *tx, struct pars_buf *out);
struct pars_digest pars_transaction_hash(const struct pars_transaction *tx);
/* What the sender signs. */
struct pars_digest pars_transaction_signing_hash(const struct pars_transaction *tx);
/* False, and nothing changed: the key is none. */
PARS_MUST bool pars_transaction_sign(struct pars_transaction *tx, const uint8_t key[32]);
/* PEER_SIGNATURE: nobody can have signed this. */
PARS_MUST enum pars_err pars_transaction_sender(const struct pars_transaction *tx, struct pars_address *ret);
/* Who gave an authorization: also asks for a low s and a parity of 0 or 1, as
 * EIP-7702 does. The same error. */
PARS_MUST enum pars_err pars_authorization_authority(const struct pars_authorization *a, struct pars_address *ret);
struct pars_digest pars_authorization_hash(const struct pars_authorization *a);

/* -- what can be said without the state --------------------------------------- */

struct pars_transaction_rules {
	enum pars_fork fork;
	uint64_t chain_id;
	unsigned blobs_max; /* of a block; see chain/genesis.h */
};
/* NULL: nothing is wrong so far; else what is, for people. The signature is
 * checked for its form only. */
const char *pars_transaction_problem(const struct pars_transaction *tx, const struct pars_transaction_rules *rules);
/* Gas that is paid before anything runs. */
uint64_t pars_transaction_intrinsic_gas(const struct pars_transaction *tx, enum pars_fork fork);
/* The least that is paid in the end (EIP-7623); 0 before Prague. */
uint64_t pars_transaction_floor_gas(const struct pars_transaction *tx, enum pars_fork fork);

#define PARS_TX_BLOB_GAS 131072 /* a blob's */

#endif
