#include "evm/evm_impl.h"

#include <stdlib.h>

#include "base/alloc.h"

#define CODES_MAX (64u << 20)
#define MEMORY_MAX ((uint64_t)1 << 32)

static const char *const status_texts[] = {
	[PARS_EVM_SUCCESS] = "success",
	[PARS_EVM_REVERT] = "reverted",
	[PARS_EVM_OUT_OF_GAS] = "out of gas",
	[PARS_EVM_STACK] = "stack underflow or overflow",
	[PARS_EVM_BAD_JUMP] = "jump to no JUMPDEST",
	[PARS_EVM_BAD_OPCODE] = "unknown instruction",
	[PARS_EVM_STATIC] = "change within a static call",
	[PARS_EVM_BAD_RETURN_RANGE] = "return data beyond its end",
	[PARS_EVM_DEPTH] = "calls too deep",
	[PARS_EVM_BALANCE] = "not enough balance",
	[PARS_EVM_NONCE] = "nonce at its highest",
	[PARS_EVM_COLLISION] = "address is taken",
	[PARS_EVM_CODE_SIZE] = "code too large",
	[PARS_EVM_CODE_PREFIX] = "code begins with 0xef",
	[PARS_EVM_PRECOMPILE] = "precompile refused its input",
};

const char *pars_evm_status_text(enum pars_evm_status status)
{
	return status_texts[status];
}

struct pars_evm *pars_evm_new(enum pars_fork fork, uint64_t seed)
{
	struct pars_evm *evm = pars_alloc(sizeof *evm);
	evm->translator = (struct pars_translator){ &evm->rules, interpreter_labels(), false };
	evm->memory_max = MEMORY_MAX;
	pars_evm_rules_init(&evm->rules, fork);
	pars_code_cache_init(&evm->codes, CODES_MAX, seed);
	return evm;
}

/* Frames of a run that did not come to its end. */
static void drop_frames(struct pars_evm *evm)
{
	for (struct frame *f; (f = evm->frame);) {
		evm->frame = f->parent;
		evm->memory_used -= f->memory_size;
		pars_code_release(&evm->codes, f->code);
		free(f->memory);
		pars_buf_done(&f->returned);
		free(f);
	}
}

void pars_evm_free(struct pars_evm *evm)
{
	if (!evm)
		return;
	drop_frames(evm);
	for (struct frame *f; (f = evm->pool);) {
		evm->pool = f->parent;
		free(f->memory);
		pars_buf_done(&f->returned);
		free(f);
	}
	pars_code_cache_done(&evm->codes);
	pars_buf_done(&evm->output);
	free(evm);
}

/* Translations hold what the rules, and tracing, made of them. */
static void forget_codes(struct pars_evm *evm)
{
	drop_frames(evm);
	size_t max = evm->codes.max;
	uint64_t seed = evm->codes.map.seed;
	pars_code_cache_done(&evm->codes);
	pars_code_cache_init(&evm->codes, max, seed);
}

void pars_evm_set_fork(struct pars_evm *evm, enum pars_fork fork)
{
	if (fork == evm->rules.fork)
		return;
	forget_codes(evm);
	pars_evm_rules_init(&evm->rules, fork);
}

enum pars_fork pars_evm_fork(const struct pars_evm *evm)
{
	return evm->rules.fork;
}

uint64_t pars_evm_seed(const struct pars_evm *evm)
{
	return evm->codes.map.seed;
}

void pars_evm_set_memory_max(struct pars_evm *evm, uint64_t bytes)
{
	evm->memory_max = PARS_MIN(bytes, MEMORY_MAX) / 32 * 32; /* it grows by words */
}

void pars_evm_set_network(struct pars_evm *evm, const struct pars_evm_network *network)
{
	evm->has_network = network;
	evm->network = network ? *network : (struct pars_evm_network){ 0 };
}

void pars_evm_trace(struct pars_evm *evm, void (*step)(void *ctx, const struct pars_evm_step *step), void *ctx)
{
	if (evm->translator.single != !!step)
		forget_codes(evm);
	evm->translator.single = step;
	evm->step = step;
	evm->step_ctx = ctx;
}

void pars_evm_start(struct pars_evm *evm, struct pars_world *world, const struct pars_evm_block *block,
	const struct pars_evm_tx *tx, const struct pars_evm_call *call)
{
	drop_frames(evm);
	evm->world = world;
	evm->block = block;
	evm->tx = tx;
	evm->call = *call;
	evm->begun = evm->ended = false;
}

enum pars_err pars_evm_run(struct pars_evm *evm, struct pars_evm_result *ret)
{
	enum pars_err err = PARS_OK;
	if (!evm->begun) {
		if ((err = evm_begin(evm)))
			return err;
		evm->begun = true;
	}
	if (!evm->ended)
		err = interpret(evm);
	if (!err)
		*ret = evm->result;
	return err;
}
