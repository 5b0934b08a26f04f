/* evm/code.h - contract code, made ready to run block by block.
 *
 * A *block* is a run of instructions that is entered only at its start. It is
 * translated when it is entered first: instructions become addresses to jump
 * to, PUSHed numbers stand beside them, pairs that often come together become
 * one, and one check at the start pays for all of them and proves that the
 * stack has what they need. So running costs what runs, and code that is never
 * reached costs nothing but a scan for its JUMPDESTs.
 *
 * After an instruction that looks at the gas left (GAS, calls, creations,
 * SSTORE) a new block begins, so that the gas is exact wherever it shows. */
#ifndef PARS_EVM_CODE_H
#define PARS_EVM_CODE_H

#include "base/map.h"
#include "base/u256.h"
#include "crypto/keccak.h"
#include "evm/rules.h"

/* What the interpreter does at a place: opcodes by their number, and these. */
enum pars_evm_do {
	PARS_DO_BLOCK = 256, /* pays and checks for all up to the next */
	PARS_DO_TRACE,       /* one instruction follows that is a block of its own */
	PARS_DO_ENTER,       /* goes on at the JUMPDEST at pc */
	PARS_DO_END,         /* behind the last byte */
	PARS_DO_PUSH_SMALL,  /* 64 bits beside it */
	PARS_DO_PUSH_BIG,    /* a word in the two places behind it */
	PARS_DO_JUMP_TO,     /* PUSH, JUMP */
	PARS_DO_JUMPI_TO,    /* PUSH, JUMPI */
	PARS_DO_ISZERO_JUMPI_TO,
	PARS_DO_BAD_JUMP,    /* PUSH, JUMP to where no JUMPDEST is */
	PARS_DO_BAD_JUMPI,
	PARS_DO_ADD_SMALL, PARS_DO_SUB_SMALL, PARS_DO_AND_SMALL, PARS_DO_SHL_SMALL, PARS_DO_SHR_SMALL,
	PARS_DO_EQ_SMALL, PARS_DO_LT_SMALL, PARS_DO_GT_SMALL, PARS_DO_MUL_SMALL, PARS_DO_DIV_SMALL,
	PARS_DO_MLOAD_SMALL, PARS_DO_MSTORE_SMALL,
	PARS_DO_SWAP_POP,    /* SWAPn, POP: n beside it */
	PARS_DO_POP_POP,
	PARS_DO_DUP_DUP,     /* DUPn, DUPm: n and m beside it */
	PARS_DO_PUSH_DUP,    /* PUSH of 32 bits, DUPn: likewise */
	PARS_DO_DUP_ADD,     /* DUPn and what takes it off again: n beside it */
	PARS_DO_DUP_SUB, PARS_DO_DUP_MUL, PARS_DO_DUP_AND, PARS_DO_DUP_OR, PARS_DO_DUP_XOR, PARS_DO_DUP_LT,
	PARS_DO_DUP_GT, PARS_DO_DUP_EQ, PARS_DO_DUP_SIGNEXTEND, PARS_DO_DUP_MLOAD, PARS_DO_DUP_MSTORE,
	PARS_DO_DUP_MULMOD,
	PARS_DO_COUNT
};

union pars_insn_arg {
	uint64_t number;
	struct {
		uint32_t gas;
		uint16_t need, span; /* words there must be, and how many more there may be */
	} block;
	struct {
		uint32_t pc, at;     /* at: where it is translated, 0: not yet */
	} jump;
	struct {
		uint32_t a, b;
	} pair;
};

struct pars_insn {
	const void *go;          /* the interpreter's label */
	union pars_insn_arg arg;
};

struct pars_code {
	struct pars_digest hash;
	struct pars_bytes bytes; /* own copy */
	unsigned users;          /* frames that run it; not dropped meanwhile */
	struct pars_code *newer, *older; /* of the cache's list by last use */
	uint64_t *dests;         /* a bit a byte: a JUMPDEST that may be jumped to */
	uint32_t *at;            /* for each byte: where the block that starts there is, 0: nowhere yet */
	struct pars_insn *insns; /* moves when more is translated */
	uint32_t count, cap;
	bool cached;
};

/* How to translate: for which rules, with which labels. */
struct pars_translator {
	const struct pars_evm_rules *rules;
	const void *const *labels; /* PARS_DO_COUNT */
	bool single;               /* every instruction a block, nothing fused: traces */
};

/* Copies the bytes. */
struct pars_code *pars_code_new(struct pars_bytes bytes);
void pars_code_free(struct pars_code *code);
/* Where the block that starts at pc is; translates it if it was not yet.
 * pc is 0 or a valid JUMPDEST. Never 0. */
uint32_t pars_code_block(struct pars_code *code, const struct pars_translator *t, uint32_t pc);

static inline bool pars_code_is_dest(const struct pars_code *code, uint64_t pc)
{
	return pc < code->bytes.n && (code->dests[pc / 64] >> (pc % 64) & 1);
}

/* -- those that ran lately ----------------------------------------------------- */

struct pars_code_cache {
	struct pars_map map; /* by hash */
	struct pars_code *newest, *oldest;
	size_t size, max; /* bytes, translations at their largest included */
};

void pars_code_cache_init(struct pars_code_cache *c, size_t max, uint64_t seed);
void pars_code_cache_done(struct pars_code_cache *c); /* nobody runs any */
/* The code with that hash, ready or new from `bytes`; one user more. */
struct pars_code *pars_code_cache_get(struct pars_code_cache *c, const struct pars_digest *hash,
	struct pars_bytes bytes);
/* One user less; code that is not of the cache is freed with its last. */
void pars_code_release(struct pars_code_cache *c, struct pars_code *code);

#endif
