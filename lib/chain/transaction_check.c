#include "chain/transaction.h"
#include "crypto/secp256k1.h"

#define GAS_BASE 21000
#define GAS_CREATE 32000
#define GAS_ZERO 4
#define GAS_FULL 16
#define GAS_FULL_OLD 68        /* before EIP-2028 */
#define GAS_INIT_WORD 2        /* EIP-3860 */
#define GAS_ACCESS 2400        /* EIP-2930 */
#define GAS_ACCESS_KEY 1900
#define GAS_AUTHORIZATION 25000 /* EIP-7702 */
#define GAS_FLOOR_TOKEN 10     /* EIP-7623 */
#define TOKENS_FULL 4
#define GAS_LIMIT_MAX (1 << 24) /* EIP-7825 */
#define INIT_CODE_MAX 49152
#define BLOBS_MAX 6            /* of a transaction, EIP-7594 */
#define BLOB_VERSION 1         /* the hash's first byte */

static uint64_t zeros(struct pars_bytes data)
{
	uint64_t n = 0;
	for (size_t i = 0; i < data.n; i++)
		n += !data.p[i];
	return n;
}

uint64_t pars_transaction_intrinsic_gas(const struct pars_transaction *tx, enum pars_fork fork)
{
	uint64_t nothing = zeros(tx->data), gas = GAS_BASE + GAS_ZERO * nothing +
		(tx->data.n - nothing) * (fork >= PARS_ISTANBUL ? GAS_FULL : GAS_FULL_OLD);
	if (tx->creates && fork >= PARS_HOMESTEAD)
		gas += GAS_CREATE;
	if (tx->creates && fork >= PARS_SHANGHAI)
		gas += GAS_INIT_WORD * ((tx->data.n + 31) / 32);
	gas += GAS_ACCESS * (uint64_t)tx->access_count;
	for (size_t i = 0; i < tx->access_count; i++)
		gas += GAS_ACCESS_KEY * (uint64_t)tx->access[i].key_count;
	return gas + GAS_AUTHORIZATION * (uint64_t)tx->authorization_count;
}

uint64_t pars_transaction_floor_gas(const struct pars_transaction *tx, enum pars_fork fork)
{
	uint64_t nothing = zeros(tx->data);
	if (fork < PARS_PRAGUE)
		return 0;
	return GAS_BASE + GAS_FLOOR_TOKEN * (nothing + TOKENS_FULL * (tx->data.n - nothing));
}

static const char *type_problem(const struct pars_transaction *tx, const struct pars_transaction_rules *rules)
{
	static const enum pars_fork since[PARS_TX_TYPES] = {
		PARS_FRONTIER, PARS_BERLIN, PARS_LONDON, PARS_CANCUN, PARS_PRAGUE,
	};
	if (rules->fork < since[tx->type])
		return "transactions of this type are not known yet";
	if (tx->type == PARS_TX_LEGACY && !tx->any_chain && rules->fork < PARS_SPURIOUS)
		return "signatures that name a chain are not known yet";
	if (!tx->any_chain && tx->chain_id != rules->chain_id)
		return "it is for another chain";
	return NULL;
}

static const char *blob_problem(const struct pars_transaction *tx, const struct pars_transaction_rules *rules)
{
	if (tx->creates)
		return "a blob transaction cannot create a contract";
	if (!tx->blob_count)
		return "a blob transaction without blobs";
	if (tx->blob_count > rules->blobs_max || (rules->fork >= PARS_OSAKA && tx->blob_count > BLOBS_MAX))
		return "too many blobs";
	for (size_t i = 0; i < tx->blob_count; i++)
		if (tx->blob_hashes[i].b[0] != BLOB_VERSION)
			return "a blob hash of unknown version";
	return NULL;
}

static const char *gas_problem(const struct pars_transaction *tx, const struct pars_transaction_rules *rules)
{
	struct pars_u256 most;
	if (rules->fork >= PARS_OSAKA && tx->gas_limit > GAS_LIMIT_MAX)
		return "the gas limit is above what a transaction may use";
	if (tx->gas_limit < pars_transaction_intrinsic_gas(tx, rules->fork))
		return "the gas limit is below what it costs before it runs";
	if (tx->gas_limit < pars_transaction_floor_gas(tx, rules->fork))
		return "the gas limit is below what its data costs at least";
	if (pars_u256_less(&tx->max_fee, &tx->priority_fee))
		return "the priority fee is above the fee";
	if (pars_u256_mul_over(&most, &PARS_U256(tx->gas_limit), &tx->max_fee))
		return "gas limit and fee are more than there can be";
	return NULL;
}

static const char *signature_problem(const struct pars_transaction *tx, enum pars_fork fork)
{
	uint8_t s[32];
	pars_u256_to_be(&tx->s, s);
	if (pars_u256_is_zero(&tx->r) || pars_u256_is_zero(&tx->s) || tx->parity > 1)
		return "the signature is none";
	if (fork >= PARS_HOMESTEAD && !pars_secp256k1_is_low(s))
		return "the signature's s is high";
	return NULL;
}

const char *pars_transaction_problem(const struct pars_transaction *tx, const struct pars_transaction_rules *rules)
{
	const char *problem = type_problem(tx, rules);
	if (!problem && tx->type == PARS_TX_BLOB)
		problem = blob_problem(tx, rules);
	if (!problem && tx->type == PARS_TX_SET_CODE) {
		if (tx->creates)
			problem = "a transaction that sets code cannot create a contract";
		else if (!tx->authorization_count)
			problem = "a transaction that sets code without an authorization";
	}
	if (!problem && tx->nonce == UINT64_MAX)
		problem = "the nonce is the last there is";
	if (!problem && rules->fork >= PARS_SHANGHAI && tx->creates && tx->data.n > INIT_CODE_MAX)
		problem = "the init code is too long";
	if (!problem)
		problem = gas_problem(tx, rules);
	return problem ? problem : signature_problem(tx, rules->fork);
}
