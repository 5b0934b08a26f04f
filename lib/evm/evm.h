/* evm/evm.h - the Ethereum virtual machine: runs one call or creation, to its end.
 *
 *   struct pars_evm *evm = pars_evm_new(PARS_OSAKA, seed);
 *   pars_evm_start(evm, world, &block, &tx, &call);
 *   while ((err = pars_evm_run(evm, &result)) == PARS_E_BUSY)
 *           …get what the host asked for…
 *
 * Exact to the gas for every fork up to Osaka (yellow paper and the EIPs named
 * in opcode.def and rules.h). Nothing here recurses: calls of the code 1024
 * deep are frames in memory. Memory in use is bounded by what gas buys, and by
 * memory_max. One evm is one thread's; it runs one call at a time and keeps
 * translated code for the next. */
#ifndef PARS_EVM_EVM_H
#define PARS_EVM_EVM_H

#include "evm/world.h"

struct pars_evm;

struct pars_evm_block {
	uint64_t chain_id, number, timestamp, gas_limit;
	struct pars_address coinbase;
	struct pars_u256 random;   /* prevrandao; the difficulty before Paris */
	struct pars_u256 base_fee, blob_base_fee;
};

/* What this network's own precompiles go by. */
struct pars_evm_network {
	uint64_t epoch_blocks;      /* at least 1 */
	struct pars_u256 stake_min; /* of a validator, in wei; from 1 to 2^128 - 1 */
};

struct pars_evm_tx {
	struct pars_address origin;
	struct pars_u256 gas_price; /* what is paid in the end */
	const struct pars_digest *blob_hashes;
	size_t blob_count;
};

enum pars_evm_kind {
	PARS_EVM_CALL,
	PARS_EVM_CALLCODE,
	PARS_EVM_DELEGATECALL,
	PARS_EVM_STATICCALL,
	PARS_EVM_CREATE,
	PARS_EVM_CREATE2,
};

/* From outside: kind is CALL, STATICCALL or CREATE. */
struct pars_evm_call {
	enum pars_evm_kind kind;
	struct pars_address from, to; /* to: CREATE makes its own */
	struct pars_u256 value;       /* `from` has it */
	struct pars_bytes input;      /* borrowed until the end; CREATE: the init code */
	int64_t gas;
};

enum pars_evm_status {
	PARS_EVM_SUCCESS,
	PARS_EVM_REVERT,  /* output says why; the rest of the gas is left */
	PARS_EVM_OUT_OF_GAS, /* this and all below: no gas is left */
	PARS_EVM_STACK,   /* underflow or overflow */
	PARS_EVM_BAD_JUMP,
	PARS_EVM_BAD_OPCODE,
	PARS_EVM_STATIC,  /* tried to change something in a static call */
	PARS_EVM_BAD_RETURN_RANGE, /* RETURNDATACOPY beyond the end */
	PARS_EVM_DEPTH,   /* and BALANCE, NONCE: the call was not made */
	PARS_EVM_BALANCE,
	PARS_EVM_NONCE,
	PARS_EVM_COLLISION, /* something is at the new address */
	PARS_EVM_CODE_SIZE,
	PARS_EVM_CODE_PREFIX, /* EIP-3541 */
	PARS_EVM_PRECOMPILE,  /* bad input to one */
};

struct pars_evm_result {
	enum pars_evm_status status;
	int64_t gas_left;
	struct pars_bytes output;      /* until the next start */
	struct pars_address created;   /* CREATE that succeeded */
};

/* For people and traces: "out of gas". */
const char *pars_evm_status_text(enum pars_evm_status status);

/* `seed` is for hash tables (see pars_world_init). */
struct pars_evm *pars_evm_new(enum pars_fork fork, uint64_t seed);
void pars_evm_free(struct pars_evm *evm); /* NULL is fine */
PARS_AUTO_DEFINE(pars_evm)
/* Other rules from the next start on. */
void pars_evm_set_fork(struct pars_evm *evm, enum pars_fork fork);
enum pars_fork pars_evm_fork(const struct pars_evm *evm);
uint64_t pars_evm_seed(const struct pars_evm *evm); /* for worlds that it runs upon */
/* The memories of all calls under way together do not grow beyond this, in bytes:
 * it is out of gas then. Default and most: 4 GiB, more than any block's gas buys.
 * For calls with more gas than that. */
void pars_evm_set_memory_max(struct pars_evm *evm, uint64_t bytes);
/* Puts the network's own precompiles beside Ethereum's from the next start on;
 * copied. NULL, as at first: Ethereum's only. */
void pars_evm_set_network(struct pars_evm *evm, const struct pars_evm_network *network);

/* Borrows all of it until the end. The world is in a transaction. Drops what
 * ran before. */
void pars_evm_start(struct pars_evm *evm, struct pars_world *world, const struct pars_evm_block *block,
	const struct pars_evm_tx *tx, const struct pars_evm_call *call);
/* BUSY: the host does not know something yet; call again when it does. Another
 * error is the host's, and ends it. */
PARS_MUST enum pars_err pars_evm_run(struct pars_evm *evm, struct pars_evm_result *ret);

/* -- traces --------------------------------------------------------------------- */

/* Before an instruction, as EIP-3155 wants it told. */
struct pars_evm_step {
	uint32_t pc;
	uint8_t op;
	int64_t gas, cost;             /* cost: what it costs always */
	int64_t caller_gas;            /* what the call before this one has left; 0: none */
	unsigned depth;                /* from 1 */
	const struct pars_u256 *stack; /* bottom first */
	size_t stack_count, memory_size;
	int64_t refund;
};
/* `step` is called before every instruction that can be paid for; NULL: no more.
 * Only between runs. */
void pars_evm_trace(struct pars_evm *evm, void (*step)(void *ctx, const struct pars_evm_step *step), void *ctx);

#endif
