/* tests/evm/differ.h - random cases for two implementations at once.
 *
 * A case is a small state, a block's numbers and one transaction. It is made
 * from a seed, or out of another case, and travels as a record, big-endian:
 *
 *   fork u8 (0 Shanghai, 1 Cancun, 2 Prague, 3 Osaka), times u8, chain id u64,
 *   block: number u64, timestamp u64, gas limit u64, coinbase, random, base fee
 *     u64, blob fee u64,
 *   accounts u16: address, balance, nonce u64, code (u32 bytes), slots u16: key, value,
 *   transaction: type u8, creates u8, any chain u8, chain id u64, sender, to,
 *     nonce u64, gas u64, fee, priority fee, value, blob fee, data (u32 bytes),
 *     access u16: address, keys u16: key; blob hashes u16: hash; authorizations
 *     u16: chain id, address, nonce u64, parity u8, r, s
 *
 * with words of 32 bytes and addresses of 20. The other implementation is a
 * process that reads records, each behind its length (u32), and gives answers. */
#ifndef PARS_TESTS_EVM_DIFFER_H
#define PARS_TESTS_EVM_DIFFER_H

#include <stdio.h>

#include "chain/execute.h"

#define DIFFER_ACCOUNTS_MAX 24

struct differ_slot {
	struct pars_u256 key, value; /* not zero; keys rise */
};

struct differ_account {
	struct pars_address address;
	struct pars_u256 balance;
	uint64_t nonce;
	struct pars_bytes code;
	struct differ_slot *slots;
	size_t slot_count;
};

/* Everything is the arena's. */
struct differ_case {
	enum pars_fork fork;
	struct pars_evm_block block; /* the base fees fit 64 bits */
	struct differ_account accounts[DIFFER_ACCOUNTS_MAX]; /* none of them empty */
	size_t account_count;
	struct pars_transaction tx;
	struct pars_address sender;
	unsigned times; /* one after another upon the same world, each with the next nonce */
};

enum differ_kind { DIFFER_REFUSED, DIFFER_SUCCESS, DIFFER_REVERT, DIFFER_HALT };

/* As it travels: kind of the last transaction, gas used of all, u64, Keccak-256
 * of their outputs, each behind its kind, of their logs' hashes, and of the state. */
#define DIFFER_ANSWER_SIZE (1 + 8 + 3 * 32)

struct differ_answer {
	uint8_t bytes[DIFFER_ANSWER_SIZE];
};

/* -- differ_make.c: where cases come from ------------------------------------------- */

/* A stream of numbers that a seed decides. */
struct draw {
	uint64_t state;
};

uint64_t draw_u64(struct draw *d);
uint64_t draw_below(struct draw *d, uint64_t bound); /* bound > 0 */
bool draw_chance(struct draw *d, unsigned percent);

/* Once, before the first case: keys, and points of the curves. */
void differ_prepare(void);
void differ_make(struct draw *d, struct pars_arena *arena, struct differ_case *c);
/* Changes something small, anywhere. */
void differ_mutate(struct draw *d, struct pars_arena *arena, struct differ_case *c);

/* -- differ_code.c: bytecode -------------------------------------------------------- */

/* What code may speak of: the addresses and the calls' inputs of a case. */
struct differ_words {
	enum pars_fork fork;
	struct pars_address addresses[2 * DIFFER_ACCOUNTS_MAX];
	size_t address_count;
	struct pars_address child; /* what the first contract makes first, perhaps */
};

struct pars_bytes differ_code(struct draw *d, struct pars_arena *arena, const struct differ_words *words);
/* Code that returns code. */
struct pars_bytes differ_init_code(struct draw *d, struct pars_arena *arena, const struct differ_words *words);
struct pars_u256 differ_word(struct draw *d, const struct differ_words *words);
void differ_code_mutate(struct draw *d, struct pars_buf *code);

/* -- differ_input.c: inputs of precompiles ------------------------------------------ */

void differ_input_prepare(void);
/* Appends an input that is right, or almost, for the precompile at this number. */
void differ_input(struct draw *d, uint16_t number, struct pars_buf *out);

/* -- differ_case.c: records, and our own answers ------------------------------------ */

void differ_put(const struct differ_case *c, struct pars_buf *out);
/* False: it is no record. */
bool differ_get(struct pars_bytes record, struct pars_arena *arena, struct differ_case *c);

struct differ_how {
	bool hesitates; /* the host says "not yet" before every answer */
	void (*step)(void *ctx, const struct pars_evm_step *step); /* NULL: no trace */
	void *ctx;
};

struct differ_answer differ_run(struct pars_evm *evm, const struct differ_case *c, const struct differ_how *how);
/* For people. */
void differ_print_case(FILE *f, const struct differ_case *c);
void differ_print_answer(FILE *f, const char *who, const struct differ_answer *a);

#endif
