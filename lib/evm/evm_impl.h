/* evm/evm_impl.h - what evm.c, calls.c, store.c, stateful.c and interpreter.c share. */
#ifndef PARS_EVM_IMPL_H
#define PARS_EVM_IMPL_H

#include "evm/code.h"
#include "evm/evm.h"
#include "evm/precompile.h"

/* A call that runs. Input and output borrow the memories of its neighbours,
 * which stand still meanwhile. */
struct frame {
	struct frame *parent;              /* NULL: the outermost */
	enum pars_evm_kind kind;
	bool is_static;
	unsigned depth;                    /* from 0 */
	struct pars_world_account *self;   /* whose storage and balance it is */
	struct pars_address caller;
	struct pars_u256 value;
	struct pars_bytes input;
	struct pars_code *code;
	size_t mark;                       /* of the world, when it began */
	uint64_t out_at, out_size;         /* where the parent wants the output */

	uint32_t at;                       /* where it goes on: place in code->insns */
	int64_t gas;
	struct pars_u256 *top;             /* of the stack; stack itself: empty */
	uint8_t *memory;
	uint64_t memory_size, memory_cap;
	struct pars_buf returned;          /* by the last call that it made */
	struct pars_u256 stack[PARS_EVM_STACK_MAX + 1];
};

struct pars_evm {
	struct pars_evm_rules rules;
	struct pars_translator translator;
	struct pars_code_cache codes;
	uint64_t memory_max, memory_used;  /* by all frames together */
	bool has_network;                  /* the network's own precompiles count */
	struct pars_evm_network network;
	void (*step)(void *ctx, const struct pars_evm_step *step);
	void *step_ctx;

	struct pars_world *world;
	const struct pars_evm_block *block;
	const struct pars_evm_tx *tx;
	struct pars_evm_call call;
	bool begun;                        /* the outermost frame was made */
	bool ended;
	struct frame *frame;               /* the innermost */
	struct frame *pool;                /* to be used again, by parent */
	unsigned pooled;
	struct pars_buf output;            /* the outermost call's */
	struct pars_evm_result result;
};

/* How an instruction that may enter or end a frame came out. */
enum outcome {
	GO_ON,    /* in this frame; its top and gas are in the frame */
	SWITCHED, /* evm->frame is another one now, or ended is set */
	FAILED,   /* the frame fails with `status` */
	WAITS,    /* the host's error is in `err`; nothing was changed */
};
struct outcome_of {
	enum outcome what;
	enum pars_evm_status status;
	enum pars_err err;
};

/* Runs frames until the outermost ended. */
PARS_MUST enum pars_err interpret(struct pars_evm *evm);
const void *const *interpreter_labels(void); /* PARS_DO_COUNT */

/* Grows the memory to `end` bytes; the frame pays. False: out of gas. */
bool frame_grow(struct pars_evm *evm, struct frame *f, uint64_t end);

PARS_MUST enum pars_err evm_begin(struct pars_evm *evm);
struct outcome_of evm_call(struct pars_evm *evm, struct frame *f, enum pars_evm_kind kind);
struct outcome_of evm_create(struct pars_evm *evm, struct frame *f, enum pars_evm_kind kind);
struct outcome_of evm_destroy(struct pars_evm *evm, struct frame *f);
struct outcome_of evm_store(struct pars_evm *evm, struct frame *f);
/* The slot, which is the account's, becomes `value`; its warmth, its price and the
 * refund are seen to. False: *gas is not enough, and below zero. */
bool slot_store(struct pars_world *world, const struct pars_evm_rules *rules, struct pars_world_account *a,
	struct pars_world_slot *s, const struct pars_u256 *value, int64_t *gas);
/* Ends the innermost frame; its gas is what is left. `output` is in its memory. */
void evm_return(struct pars_evm *evm, enum pars_evm_status status, struct pars_bytes output);

/* EIP-150's "all but one 64th". */
static inline int64_t all_but_a_64th(int64_t gas)
{
	return gas - gas / 64;
}

static inline uint64_t words(uint64_t bytes)
{
	return bytes / 32 + (bytes % 32 != 0);
}

/* What looking at an account or a slot costs (EIP-2929), beside what is warm. */
#define COLD_ACCOUNT_GAS 2600
#define COLD_SLOT_GAS 2100
#define WARM_GAS 100

/* What moving value costs, and more if nobody was there. */
#define CALL_VALUE_GAS 9000
#define NEW_ACCOUNT_GAS 25000

static inline const struct pars_precompile *precompile_at(const struct pars_evm *evm,
	const struct pars_address *address)
{
	return (evm->has_network ? pars_network_precompile_find : pars_precompile_find)(address, evm->rules.fork);
}

/* Was it warm; it is from now on. Precompiles always are. */
static inline bool warms(struct pars_evm *evm, struct pars_world_account *a)
{
	return pars_world_warm(evm->world, a) || precompile_at(evm, &a->address);
}

static inline int64_t access_gas(struct pars_evm *evm, struct pars_world_account *a, int64_t before)
{
	if (!evm->rules.warm_and_cold)
		return before;
	return warms(evm, a) ? WARM_GAS : COLD_ACCOUNT_GAS;
}

#endif
