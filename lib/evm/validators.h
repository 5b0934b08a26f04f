/* evm/validators.h - who may sign blocks: the register at 0x…0c10, a precompile.
 *
 * Called as a Solidity contract would be that has these functions. Each answers
 * something, so that callers need not look for code here:
 *
 *   register(bytes32 key, bytes32 sigR, bytes32 sigS) payable returns (uint256 index)
 *   addStake() payable returns (uint256 stake)
 *   exit() returns (uint256 until)
 *   withdraw() returns (uint256 stake)
 *   count() view returns (uint256)
 *   validator(uint256 index) view returns (bytes32 key, address owner,
 *           uint256 stake, uint256 since, uint256 until)
 *   indexOf(address owner) view returns (uint256)
 *
 *   event Registered(address indexed owner, bytes32 key, uint256 stake)
 *   event Exited(address indexed owner, uint256 until)
 *   event Withdrawn(address indexed owner, uint256 stake)
 *
 * Whoever calls is the owner. An owner has one validator, and a key is one
 * validator's; the key's holder says so by an Ed25519 signature (sigR ‖ sigS) of
 * pars_validators_message. The value sent is the stake, at least the network's
 * smallest one.
 *
 * An epoch is epoch_blocks blocks, the first one from block 0 on. The validators
 * of an epoch and their stakes are those of the state after the last block of the
 * epoch before, as far as since <= epoch and (until == 0 or epoch < until). So
 * nothing changes within an epoch: who registers counts from the next one on, as
 * does stake that is added; who exits counts for 6 epochs more, and from the 7th
 * on may withdraw. Then the stake is the owner's again (no code of the owner runs)
 * and the last validator of the list takes the place that became free.
 *
 * Calls that fail revert with Error(string), and so do unknown functions, value
 * where none is expected and changes in static calls. DELEGATECALL and CALLCODE
 * fail. Gas: slots, logs and transfers cost what they cost code; besides them
 * only the signature has a price.
 *
 * Nobody is slashed here yet: what proves that somebody signed two ways is for
 * consensus to define.
 *
 * Storage, which light clients read by proofs, lies as this Solidity has it:
 *
 *   struct Validator { bytes32 key; address owner; uint128 stake; uint64 since; uint64 until; }
 *   Validator[] list;                         // slot 0
 *   mapping(address => uint256) placeOfOwner; // slot 1; the index + 1
 *   mapping(bytes32 => uint256) placeOfKey;   // slot 2; likewise */
#ifndef PARS_EVM_VALIDATORS_H
#define PARS_EVM_VALIDATORS_H

#include "crypto/address.h"
#include "crypto/ed25519.h"
#include "evm/stateful.h"

#define PARS_VALIDATORS 0x0c10 /* the last two bytes of its address */
#define PARS_VALIDATORS_EXIT_EPOCHS 7
#define PARS_VALIDATORS_SIGNATURE_GAS 3500 /* 1.17 times the work of ECRECOVER, which costs 3000 */

/* The first four bytes of a call. */
enum pars_validators_function {
	PARS_VALIDATORS_COUNT = 0x06661abd,     /* count() */
	PARS_VALIDATORS_WITHDRAW = 0x3ccfd60b,  /* withdraw() */
	PARS_VALIDATORS_REGISTER = 0x4da274fd,  /* register(bytes32,bytes32,bytes32) */
	PARS_VALIDATORS_ADD_STAKE = 0x5a627dbc, /* addStake() */
	PARS_VALIDATORS_EXIT = 0xe9fad8ee,      /* exit() */
	PARS_VALIDATORS_VALIDATOR = 0xfa286865, /* validator(uint256) */
	PARS_VALIDATORS_INDEX_OF = 0xfd6aad25,  /* indexOf(address) */
};

/* What the key signs: "pars validator", the chain's id in 32 bytes, the owner. */
#define PARS_VALIDATORS_MESSAGE_SIZE (14 + 32 + PARS_ADDRESS_SIZE)
void pars_validators_message(uint64_t chain_id, const struct pars_address *owner,
	uint8_t out[PARS_VALIDATORS_MESSAGE_SIZE]);

/* Where things lie in its storage. */
#define PARS_VALIDATORS_COUNT_SLOT PARS_U256(0)
/* The words of a validator: key; owner; stake, since and until, the stake lowest. */
#define PARS_VALIDATORS_WORDS 3
struct pars_u256 pars_validators_slot(uint64_t index, unsigned word);
struct pars_u256 pars_validators_owner_slot(const struct pars_address *owner);
struct pars_u256 pars_validators_key_slot(const struct pars_ed25519_public *key);

void pars_validators_act(struct pars_stateful *call);

#endif
