/* The dispatch loop: translated code (code.h) jumps from instruction to
 * instruction. Whatever may wait for the host asks it before it changes
 * anything, so that the same instruction can simply run again. */
#include "evm/evm_impl.h"

#include "base/alloc.h"

/* The highest first, as memory has words. A call would give the word by way of
 * memory, and copy it while that is being written. */
static inline __attribute__((always_inline)) struct pars_u256 load_word(const uint8_t *p)
{
	return pars_u256_from_be(p);
}

static inline __attribute__((always_inline)) void store_word(uint8_t *p, const struct pars_u256 *v)
{
	pars_u256_to_be(v, p);
}

bool frame_grow(struct pars_evm *evm, struct frame *f, uint64_t end)
{
	if (end <= f->memory_size)
		return true;
	if (end > evm->memory_max || end - f->memory_size > evm->memory_max - evm->memory_used)
		return false;
	uint64_t w = words(end), old = f->memory_size / 32;
	uint64_t cost = 3 * (w - old) + w * w / 512 - old * old / 512;
	if ((uint64_t)f->gas < cost)
		return false;
	f->gas -= (int64_t)cost;
	uint64_t size = 32 * w;
	if (size > f->memory_cap) {
		uint64_t cap = PARS_MAX(size, PARS_MIN(2 * f->memory_cap, evm->memory_max + 32));
		f->memory = pars_realloc(f->memory, cap);
		f->memory_cap = cap;
	}
	memset(f->memory + f->memory_size, 0, size - f->memory_size);
	evm->memory_used += size - f->memory_size;
	f->memory_size = size;
	return true;
}

/* Copies from[at..] to `to`, with zeros behind its end. */
static void copy_padded(uint8_t *to, uint64_t size, struct pars_bytes from, const struct pars_u256 *at)
{
	uint64_t start = pars_u256_u64(at);
	uint64_t n = start < from.n ? PARS_MIN(size, from.n - start) : 0;
	if (n)
		memcpy(to, from.p + start, n);
	memset(to + n, 0, size - n);
}

/* Offset and size of a range of memory as 64 bits; false: more than any gas buys. */
static inline bool range(const struct pars_u256 *at, const struct pars_u256 *size, uint64_t *end)
{
	if (pars_u256_is_zero(size)) {
		*end = 0;
		return true;
	}
	if (!pars_u256_is_u64(at) || !pars_u256_is_u64(size))
		return false;
	return !__builtin_add_overflow(at->w[0], size->w[0], end);
}

static inline struct pars_u256 sign_extended(const struct pars_u256 *v, unsigned byte)
{
	struct pars_u256 r;
	unsigned up = 248 - 8 * byte;
	pars_u256_shl(&r, v, up);
	pars_u256_sar(&r, &r, up);
	return r;
}

static bool signed_less(const struct pars_u256 *a, const struct pars_u256 *b)
{
	bool minus_a = a->w[3] >> 63, minus_b = b->w[3] >> 63;
	return minus_a != minus_b ? minus_a : pars_u256_less(a, b);
}

static struct pars_u256 word_of(const struct pars_digest *d)
{
	return pars_u256_from_be(d->b);
}

static struct pars_address address_of(const struct pars_u256 *v)
{
	return pars_address_from_u256(v);
}

static void tell_step(struct pars_evm *evm, const struct frame *f, uint32_t pc, int64_t gas, const struct pars_u256 *sp)
{
	uint8_t op = pc < f->code->bytes.n ? f->code->bytes.p[pc] : PARS_OP_STOP;
	evm->step(evm->step_ctx, &(struct pars_evm_step){
		.pc = pc, .op = op, .gas = gas, .cost = evm->rules.op[op].gas, .depth = f->depth + 1,
		.caller_gas = f->parent ? f->parent->gas : 0,
		.stack = f->stack + 1, .stack_count = (size_t)(sp - f->stack),
		.memory_size = f->memory_size, .refund = evm->world->refund,
	});
}

/* With `labels`: only gives them, and there is no evm. */
static enum pars_err run(struct pars_evm *evm, const void *const **labels)
{
#define L(name) [PARS_OP_##name] = &&op_##name
#define D(name) [PARS_DO_##name] = &&do_##name
#define SIXTEEN(kind, first) \
	[first] = &&op_##kind##1, [first + 1] = &&op_##kind##2, [first + 2] = &&op_##kind##3, \
	[first + 3] = &&op_##kind##4, [first + 4] = &&op_##kind##5, [first + 5] = &&op_##kind##6, \
	[first + 6] = &&op_##kind##7, [first + 7] = &&op_##kind##8, [first + 8] = &&op_##kind##9, \
	[first + 9] = &&op_##kind##10, [first + 10] = &&op_##kind##11, [first + 11] = &&op_##kind##12, \
	[first + 12] = &&op_##kind##13, [first + 13] = &&op_##kind##14, [first + 14] = &&op_##kind##15, \
	[first + 15] = &&op_##kind##16
	static const void *const table[PARS_DO_COUNT] = {
		L(STOP), L(ADD), L(MUL), L(SUB), L(DIV), L(SDIV), L(MOD), L(SMOD), L(ADDMOD), L(MULMOD), L(EXP),
		L(SIGNEXTEND), L(LT), L(GT), L(SLT), L(SGT), L(EQ), L(ISZERO), L(AND), L(OR), L(XOR), L(NOT),
		L(BYTE), L(SHL), L(SHR), L(SAR), L(CLZ), L(KECCAK256), L(ADDRESS), L(BALANCE), L(ORIGIN), L(CALLER),
		L(CALLVALUE), L(CALLDATALOAD), L(CALLDATASIZE), L(CALLDATACOPY), L(CODESIZE), L(CODECOPY),
		L(GASPRICE), L(EXTCODESIZE), L(EXTCODECOPY), L(RETURNDATASIZE), L(RETURNDATACOPY), L(EXTCODEHASH),
		L(BLOCKHASH), L(COINBASE), L(TIMESTAMP), L(NUMBER), L(PREVRANDAO), L(GASLIMIT), L(CHAINID),
		L(SELFBALANCE), L(BASEFEE), L(BLOBHASH), L(BLOBBASEFEE), L(POP), L(MLOAD), L(MSTORE), L(MSTORE8),
		L(SLOAD), L(SSTORE), L(JUMP), L(JUMPI), L(PC), L(MSIZE), L(GAS), L(TLOAD), L(TSTORE), L(MCOPY),
		L(PUSH0), SIXTEEN(DUP, PARS_OP_DUP1), SIXTEEN(SWAP, PARS_OP_SWAP1),
		[PARS_OP_LOG0 ... PARS_OP_LOG4] = &&op_LOG,
		L(CREATE), L(CALL), L(CALLCODE), L(RETURN), L(DELEGATECALL), L(CREATE2), L(STATICCALL), L(REVERT),
		L(INVALID), L(SELFDESTRUCT),
		D(BLOCK), D(TRACE), D(ENTER), D(END), D(PUSH_SMALL), D(PUSH_BIG), D(JUMP_TO), D(JUMPI_TO),
		D(ISZERO_JUMPI_TO), D(BAD_JUMP), D(BAD_JUMPI), D(ADD_SMALL), D(SUB_SMALL), D(AND_SMALL), D(SHL_SMALL),
		D(SHR_SMALL), D(EQ_SMALL), D(LT_SMALL), D(GT_SMALL), D(MUL_SMALL), D(DIV_SMALL), D(MLOAD_SMALL),
		D(MSTORE_SMALL), D(SWAP_POP), D(POP_POP), D(DUP_DUP), D(PUSH_DUP), D(DUP_ADD), D(DUP_SUB), D(DUP_MUL),
		D(DUP_AND), D(DUP_OR), D(DUP_XOR), D(DUP_LT), D(DUP_GT), D(DUP_EQ), D(DUP_SIGNEXTEND), D(DUP_MLOAD),
		D(DUP_MSTORE), D(DUP_MULMOD),
	};
	if (labels) {
		*labels = table;
		return PARS_OK;
	}

	struct frame *f;
	const struct pars_insn *ip;
	struct pars_u256 *sp; /* the top of the stack */
	int64_t gas;
	struct pars_world *world = evm->world;
	enum pars_err err;
	enum pars_evm_status status;

#define SAVE() (f->top = sp, f->gas = gas, f->at = (uint32_t)(ip - f->code->insns))
#define LOAD() (sp = f->top, gas = f->gas)
#define GO() goto *ip->go
#define NEXT() do { ip++; GO(); } while (0)
#define FAIL(why) do { status = (why); goto failed; } while (0)
#define PAY(cost) do { if ((gas -= (int64_t)(cost)) < 0) FAIL(PARS_EVM_OUT_OF_GAS); } while (0)
	/* `gas` has no address, so that it stays in a register. */
#define GROW(end) do { \
		if ((end) > f->memory_size) { \
			f->gas = gas; \
			if (!frame_grow(evm, f, end)) \
				FAIL(PARS_EVM_OUT_OF_GAS); \
			gas = f->gas; \
		} \
	} while (0)
	/* The host may not know yet. */
#define ASK(call) do { if ((err = (call))) goto wait; } while (0)
#define PUSH(...) do { *++sp = (__VA_ARGS__); NEXT(); } while (0)
#define BINARY(name, ...) op_##name: { struct pars_u256 *a = sp, *b = sp - 1; __VA_ARGS__; sp--; NEXT(); }
#define UNARY(name, ...) op_##name: { struct pars_u256 *a = sp; __VA_ARGS__; NEXT(); }
#define JUMP_AT(place) do { ip = f->code->insns + (place); GO(); } while (0)

enter:
	f = evm->frame;
	LOAD();
	ip = f->code->insns + f->at;
	GO();

do_BLOCK: {
	gas -= ip->arg.block.gas;
	if (gas < 0)
		FAIL(PARS_EVM_OUT_OF_GAS);
	/* Less than there must be wraps around: one comparison for both. */
	if ((uint32_t)(sp - f->stack) - ip->arg.block.need > ip->arg.block.span)
		FAIL(PARS_EVM_STACK);
	NEXT();
}
do_TRACE:
	if (evm->step)
		tell_step(evm, f, (uint32_t)ip->arg.number, gas, sp);
	NEXT();
do_ENTER:
	JUMP_AT(ip->arg.jump.at);
do_END:
op_STOP:
	f->gas = gas;
	evm_return(evm, PARS_EVM_SUCCESS, (struct pars_bytes){ 0 });
	goto switched;

	/* -- arithmetic -------------------------------------------------------- */
	BINARY(ADD, pars_u256_add(b, a, b))
	BINARY(MUL, pars_u256_mul(b, a, b))
	BINARY(SUB, pars_u256_sub(b, a, b))
	BINARY(DIV, pars_u256_divmod(b, NULL, a, b))
	BINARY(SDIV, pars_u256_sdivmod(b, NULL, a, b))
	BINARY(MOD, pars_u256_divmod(NULL, b, a, b))
	BINARY(SMOD, pars_u256_sdivmod(NULL, b, a, b))
op_ADDMOD:
	pars_u256_addmod(sp - 2, sp, sp - 1, sp - 2);
	sp -= 2;
	NEXT();
op_MULMOD:
	pars_u256_mulmod(sp - 2, sp, sp - 1, sp - 2);
	sp -= 2;
	NEXT();
op_EXP:
	PAY(evm->rules.exp_byte_gas * ((pars_u256_bits(sp - 1) + 7) / 8));
	pars_u256_exp(sp - 1, sp, sp - 1);
	sp--;
	NEXT();
	BINARY(SIGNEXTEND, if (pars_u256_is_u64(a) && a->w[0] < 31) *b = sign_extended(b, (unsigned)a->w[0]))
	BINARY(LT, *b = PARS_U256(pars_u256_less(a, b)))
	BINARY(GT, *b = PARS_U256(pars_u256_less(b, a)))
	BINARY(SLT, *b = PARS_U256(signed_less(a, b)))
	BINARY(SGT, *b = PARS_U256(signed_less(b, a)))
	BINARY(EQ, *b = PARS_U256(pars_u256_equal(a, b)))
	UNARY(ISZERO, *a = PARS_U256(pars_u256_is_zero(a)))
	BINARY(AND, for (int i = 0; i < 4; i++) b->w[i] &= a->w[i])
	BINARY(OR, for (int i = 0; i < 4; i++) b->w[i] |= a->w[i])
	BINARY(XOR, for (int i = 0; i < 4; i++) b->w[i] ^= a->w[i])
	UNARY(NOT, for (int i = 0; i < 4; i++) a->w[i] = ~a->w[i])
	BINARY(BYTE, uint64_t n = pars_u256_u64(a);
		*b = PARS_U256(n < 32 ? b->w[3 - n / 8] >> (56 - 8 * (n % 8)) & 255 : 0))
#define SHIFT(a) (pars_u256_is_u64(a) && (a)->w[0] < 256 ? (unsigned)(a)->w[0] : 256)
	BINARY(SHL, pars_u256_shl(b, b, SHIFT(a)))
	BINARY(SHR, pars_u256_shr(b, b, SHIFT(a)))
	BINARY(SAR, pars_u256_sar(b, b, SHIFT(a)))
	UNARY(CLZ, *a = PARS_U256(256 - pars_u256_bits(a)))

	/* -- with a number beside it --------------------------------------------- */
do_PUSH_SMALL:
	PUSH(PARS_U256(ip->arg.number));
do_PUSH_BIG:
	memcpy(++sp, ip + 1, sizeof *sp);
	ip += 3;
	GO();
do_ADD_SMALL: {
	uint8_t c = 0;
	sp->w[0] = pars_limb_add(sp->w[0], ip->arg.number, &c);
	sp->w[1] = pars_limb_add(sp->w[1], 0, &c);
	sp->w[2] = pars_limb_add(sp->w[2], 0, &c);
	sp->w[3] = pars_limb_add(sp->w[3], 0, &c);
	NEXT();
}
do_SUB_SMALL: { /* the number less the word */
	struct pars_u256 n = PARS_U256(ip->arg.number);
	pars_u256_sub(sp, &n, sp);
	NEXT();
}
do_MUL_SMALL: {
	struct pars_u256 n = PARS_U256(ip->arg.number);
	pars_u256_mul(sp, &n, sp);
	NEXT();
}
do_DIV_SMALL: {
	struct pars_u256 n = PARS_U256(ip->arg.number);
	pars_u256_divmod(sp, NULL, &n, sp);
	NEXT();
}
do_AND_SMALL:
	*sp = PARS_U256(sp->w[0] & ip->arg.number);
	NEXT();
do_SHL_SMALL:
	pars_u256_shl(sp, sp, ip->arg.number < 256 ? (unsigned)ip->arg.number : 256);
	NEXT();
do_SHR_SMALL:
	pars_u256_shr(sp, sp, ip->arg.number < 256 ? (unsigned)ip->arg.number : 256);
	NEXT();
do_EQ_SMALL:
	*sp = PARS_U256(pars_u256_is_u64(sp) && sp->w[0] == ip->arg.number);
	NEXT();
do_LT_SMALL: /* the number is less than the word */
	*sp = PARS_U256(!pars_u256_is_u64(sp) || ip->arg.number < sp->w[0]);
	NEXT();
do_GT_SMALL:
	*sp = PARS_U256(pars_u256_is_u64(sp) && ip->arg.number > sp->w[0]);
	NEXT();
do_MLOAD_SMALL: {
	uint64_t at = ip->arg.number, end;
	if (__builtin_add_overflow(at, 32, &end))
		FAIL(PARS_EVM_OUT_OF_GAS);
	GROW(end);
	PUSH(load_word(f->memory + at));
}
do_MSTORE_SMALL: {
	uint64_t at = ip->arg.number, end;
	if (__builtin_add_overflow(at, 32, &end))
		FAIL(PARS_EVM_OUT_OF_GAS);
	GROW(end);
	store_word(f->memory + at, sp--);
	NEXT();
}

	/* -- the stack -------------------------------------------------------------- */
op_POP:
	sp--;
	NEXT();
do_POP_POP:
	sp -= 2;
	NEXT();
op_PUSH0:
	PUSH(PARS_U256(0));
#define DUP(n) op_DUP##n: sp[1] = sp[1 - n]; sp++; NEXT();
	DUP(1) DUP(2) DUP(3) DUP(4) DUP(5) DUP(6) DUP(7) DUP(8)
	DUP(9) DUP(10) DUP(11) DUP(12) DUP(13) DUP(14) DUP(15) DUP(16)
#define SWAP(n) op_SWAP##n: { struct pars_u256 t = *sp; *sp = sp[-n]; sp[-n] = t; NEXT(); }
	SWAP(1) SWAP(2) SWAP(3) SWAP(4) SWAP(5) SWAP(6) SWAP(7) SWAP(8)
	SWAP(9) SWAP(10) SWAP(11) SWAP(12) SWAP(13) SWAP(14) SWAP(15) SWAP(16)
do_SWAP_POP:
	sp[-(ptrdiff_t)ip->arg.number] = *sp;
	sp--;
	NEXT();
do_DUP_DUP:
	sp[1] = sp[-(ptrdiff_t)ip->arg.pair.a];
	sp++;
	sp[1] = sp[-(ptrdiff_t)ip->arg.pair.b];
	sp++;
	NEXT();

do_PUSH_DUP:
	*++sp = PARS_U256(ip->arg.pair.a);
	sp[1] = sp[-(ptrdiff_t)ip->arg.pair.b];
	sp++;
	NEXT();

	/* The first operand stays where it is. */
#define DUPPED(name, ...) do_DUP_##name: { \
		const struct pars_u256 *a = sp - ip->arg.number; \
		struct pars_u256 *b = sp; \
		__VA_ARGS__; \
		NEXT(); \
	}
	DUPPED(ADD, pars_u256_add(b, a, b))
	DUPPED(SUB, pars_u256_sub(b, a, b))
	DUPPED(MUL, pars_u256_mul(b, a, b))
	DUPPED(AND, for (int i = 0; i < 4; i++) b->w[i] &= a->w[i])
	DUPPED(OR, for (int i = 0; i < 4; i++) b->w[i] |= a->w[i])
	DUPPED(XOR, for (int i = 0; i < 4; i++) b->w[i] ^= a->w[i])
	DUPPED(LT, *b = PARS_U256(pars_u256_less(a, b)))
	DUPPED(GT, *b = PARS_U256(pars_u256_less(b, a)))
	DUPPED(EQ, *b = PARS_U256(pars_u256_equal(a, b)))
	DUPPED(SIGNEXTEND, if (pars_u256_is_u64(a) && a->w[0] < 31) *b = sign_extended(b, (unsigned)a->w[0]))
	DUPPED(MULMOD, pars_u256_mulmod(b - 1, a, b, b - 1); sp--)
do_DUP_MLOAD: {
	uint64_t at = pars_u256_u64(sp - ip->arg.number), end;
	if (__builtin_add_overflow(at, 32, &end))
		FAIL(PARS_EVM_OUT_OF_GAS);
	GROW(end);
	PUSH(load_word(f->memory + at));
}
do_DUP_MSTORE: {
	uint64_t at = pars_u256_u64(sp - ip->arg.number), end;
	if (__builtin_add_overflow(at, 32, &end))
		FAIL(PARS_EVM_OUT_OF_GAS);
	GROW(end);
	store_word(f->memory + at, sp--);
	NEXT();
}

	/* -- jumps -------------------------------------------------------------------- */
	/* An own instruction remembers where its target is translated. */
#define JUMP_KNOWN() do { \
		uint32_t at = ip->arg.jump.at; \
		if (!at) { \
			uint32_t here = (uint32_t)(ip - f->code->insns), to = ip->arg.jump.pc; \
			at = pars_code_block(f->code, &evm->translator, to); \
			f->code->insns[here].arg.jump.at = at; \
		} \
		JUMP_AT(at); \
	} while (0)
do_JUMP_TO:
	JUMP_KNOWN();
do_JUMPI_TO:
	if (pars_u256_is_zero(sp--))
		NEXT();
	JUMP_KNOWN();
do_ISZERO_JUMPI_TO:
	if (!pars_u256_is_zero(sp--))
		NEXT();
	JUMP_KNOWN();
do_BAD_JUMP:
	FAIL(PARS_EVM_BAD_JUMP);
do_BAD_JUMPI:
	if (pars_u256_is_zero(sp--))
		NEXT();
	FAIL(PARS_EVM_BAD_JUMP);
op_JUMPI:
	sp -= 2;
	if (pars_u256_is_zero(sp + 1))
		NEXT();
	sp++;
	sp[0] = sp[1];
	/* fall through */
op_JUMP: {
	uint64_t to = pars_u256_u64(sp--);
	if (!pars_code_is_dest(f->code, to))
		FAIL(PARS_EVM_BAD_JUMP);
	uint32_t at = f->code->at[to];
	if (!at)
		at = pars_code_block(f->code, &evm->translator, (uint32_t)to);
	JUMP_AT(at);
}

	/* -- memory --------------------------------------------------------------------- */
op_MLOAD: {
	uint64_t at = pars_u256_u64(sp), end;
	if (__builtin_add_overflow(at, 32, &end))
		FAIL(PARS_EVM_OUT_OF_GAS);
	GROW(end);
	*sp = load_word(f->memory + at);
	NEXT();
}
op_MSTORE: {
	uint64_t at = pars_u256_u64(sp), end;
	if (__builtin_add_overflow(at, 32, &end))
		FAIL(PARS_EVM_OUT_OF_GAS);
	GROW(end);
	store_word(f->memory + at, sp - 1);
	sp -= 2;
	NEXT();
}
op_MSTORE8: {
	uint64_t at = pars_u256_u64(sp);
	if (at == UINT64_MAX)
		FAIL(PARS_EVM_OUT_OF_GAS);
	GROW(at + 1);
	f->memory[at] = (uint8_t)sp[-1].w[0];
	sp -= 2;
	NEXT();
}
op_MSIZE:
	PUSH(PARS_U256(f->memory_size));
	/* Pays for a copy to memory of sp[0] from sp[-1], sp[-2] bytes. */
#define PAY_COPY(to, size) do { \
		uint64_t end_; \
		if (!range(to, size, &end_)) \
			FAIL(PARS_EVM_OUT_OF_GAS); \
		GROW(end_); \
		PAY(3 * words((size)->w[0])); \
	} while (0)
op_CALLDATACOPY:
	PAY_COPY(sp, sp - 2);
	if (sp[-2].w[0])
		copy_padded(f->memory + sp->w[0], sp[-2].w[0], f->input, sp - 1);
	sp -= 3;
	NEXT();
op_CODECOPY:
	PAY_COPY(sp, sp - 2);
	if (sp[-2].w[0])
		copy_padded(f->memory + sp->w[0], sp[-2].w[0], f->code->bytes, sp - 1);
	sp -= 3;
	NEXT();
op_RETURNDATACOPY: {
	uint64_t end;
	if (!pars_u256_is_u64(sp - 1) || !pars_u256_is_u64(sp - 2) ||
		__builtin_add_overflow(sp[-1].w[0], sp[-2].w[0], &end) || end > f->returned.n)
		FAIL(PARS_EVM_BAD_RETURN_RANGE);
	PAY_COPY(sp, sp - 2);
	if (sp[-2].w[0])
		copy_padded(f->memory + sp->w[0], sp[-2].w[0], pars_buf_bytes(&f->returned), sp - 1);
	sp -= 3;
	NEXT();
}
op_MCOPY: {
	uint64_t end;
	PAY_COPY(sp, sp - 2);
	if (!range(sp - 1, sp - 2, &end))
		FAIL(PARS_EVM_OUT_OF_GAS);
	GROW(end);
	if (sp[-2].w[0])
		memmove(f->memory + sp->w[0], f->memory + sp[-1].w[0], sp[-2].w[0]);
	sp -= 3;
	NEXT();
}
op_KECCAK256: {
	uint64_t end;
	if (!range(sp, sp - 1, &end))
		FAIL(PARS_EVM_OUT_OF_GAS);
	GROW(end);
	PAY(6 * words(sp[-1].w[0]));
	struct pars_digest d = pars_keccak256(PARS_BYTES(sp[-1].w[0] ? f->memory + sp->w[0] : NULL, sp[-1].w[0]));
	*--sp = word_of(&d);
	NEXT();
}

	/* -- the call and its surroundings -------------------------------------------------- */
op_ADDRESS:
	PUSH(pars_address_u256(&f->self->address));
op_ORIGIN:
	PUSH(pars_address_u256(&evm->tx->origin));
op_CALLER:
	PUSH(pars_address_u256(&f->caller));
op_CALLVALUE:
	PUSH(f->value);
op_CALLDATALOAD: {
	uint64_t at = pars_u256_u64(sp);
	if (at < f->input.n && f->input.n - at >= 32) {
		*sp = load_word(f->input.p + at);
	} else {
		uint8_t word[32];
		copy_padded(word, sizeof word, f->input, sp);
		*sp = load_word(word);
	}
	NEXT();
}
op_CALLDATASIZE:
	PUSH(PARS_U256(f->input.n));
op_CODESIZE:
	PUSH(PARS_U256(f->code->bytes.n));
op_RETURNDATASIZE:
	PUSH(PARS_U256(f->returned.n));
op_GASPRICE:
	PUSH(evm->tx->gas_price);
op_COINBASE:
	PUSH(pars_address_u256(&evm->block->coinbase));
op_TIMESTAMP:
	PUSH(PARS_U256(evm->block->timestamp));
op_NUMBER:
	PUSH(PARS_U256(evm->block->number));
op_PREVRANDAO:
	PUSH(evm->block->random);
op_GASLIMIT:
	PUSH(PARS_U256(evm->block->gas_limit));
op_CHAINID:
	PUSH(PARS_U256(evm->block->chain_id));
op_SELFBALANCE:
	PUSH(f->self->now.balance);
op_BASEFEE:
	PUSH(evm->block->base_fee);
op_BLOBBASEFEE:
	PUSH(evm->block->blob_base_fee);
op_BLOBHASH: {
	uint64_t n = pars_u256_u64(sp);
	*sp = n < evm->tx->blob_count ? word_of(&evm->tx->blob_hashes[n]) : PARS_U256(0);
	NEXT();
}
op_BLOCKHASH: {
	uint64_t n = pars_u256_u64(sp);
	struct pars_digest d = { 0 };
	if (n < evm->block->number && evm->block->number - n <= 256)
		ASK(world->host->block_hash(world->host->ctx, n, &d));
	*sp = word_of(&d);
	NEXT();
}
op_PC:
	PUSH(PARS_U256(ip->arg.number));
op_GAS:
	PUSH(PARS_U256((uint64_t)gas));

	/* -- other accounts, storage ------------------------------------------------------------ */
op_BALANCE: {
	struct pars_world_account *a;
	struct pars_address who = address_of(sp);
	ASK(pars_world_get(world, &who, &a));
	PAY(access_gas(evm, a, evm->rules.account_gas[0]));
	*sp = a->now.balance;
	NEXT();
}
op_EXTCODESIZE: {
	struct pars_world_account *a;
	struct pars_address who = address_of(sp);
	ASK(pars_world_get(world, &who, &a));
	ASK(pars_world_code(world, a));
	PAY(access_gas(evm, a, evm->rules.account_gas[1]));
	*sp = PARS_U256(a->code.n);
	NEXT();
}
op_EXTCODEHASH: {
	struct pars_world_account *a;
	struct pars_address who = address_of(sp);
	ASK(pars_world_get(world, &who, &a));
	PAY(access_gas(evm, a, evm->rules.account_gas[2]));
	*sp = pars_world_is_dead(world, a) ? PARS_U256(0) : word_of(&a->now.code_hash);
	NEXT();
}
op_EXTCODECOPY: {
	struct pars_world_account *a;
	struct pars_address who = address_of(sp);
	ASK(pars_world_get(world, &who, &a));
	ASK(pars_world_code(world, a));
	PAY(access_gas(evm, a, evm->rules.account_gas[1]));
	PAY_COPY(sp - 1, sp - 3);
	if (sp[-3].w[0])
		copy_padded(f->memory + sp[-1].w[0], sp[-3].w[0], a->code, sp - 2);
	sp -= 4;
	NEXT();
}
op_SLOAD: {
	struct pars_world_slot *s;
	ASK(pars_world_slot(world, f->self, sp, &s));
	if (evm->rules.warm_and_cold)
		PAY(pars_world_warm_slot(world, f->self, s) ? WARM_GAS : COLD_SLOT_GAS);
	else
		PAY(evm->rules.sload_gas);
	*sp = s->value;
	NEXT();
}
op_TLOAD:
	*sp = pars_world_transient(world, &f->self->address, sp);
	NEXT();
op_TSTORE:
	if (f->is_static)
		FAIL(PARS_EVM_STATIC);
	pars_world_set_transient(world, &f->self->address, sp, sp - 1);
	sp -= 2;
	NEXT();
op_LOG: {
	unsigned topics = (unsigned)(f->code->bytes.p[ip->arg.number] - PARS_OP_LOG0);
	uint64_t end;
	if (f->is_static)
		FAIL(PARS_EVM_STATIC);
	if (!range(sp, sp - 1, &end))
		FAIL(PARS_EVM_OUT_OF_GAS);
	GROW(end);
	uint64_t size = sp[-1].w[0];
	/* At most what memory_max is: no overflow. */
	PAY(8 * size);
	struct pars_log log = { .address = f->self->address, .topic_count = topics,
		.data = PARS_BYTES(size ? f->memory + sp->w[0] : NULL, size) };
	sp -= 2;
	for (unsigned i = 0; i < topics; i++)
		store_word(log.topics[i].b, sp--);
	pars_world_log(world, &log);
	NEXT();
}

	/* -- calls, and ends ------------------------------------------------------------------------ */
#define APART(name, call) \
op_##name: { \
	SAVE(); \
	struct outcome_of o = (call); \
	switch (o.what) { \
	case GO_ON: \
		LOAD(); \
		NEXT(); \
	case SWITCHED: \
		goto switched; \
	case WAITS: \
		return o.err; \
	case FAILED: \
		FAIL(o.status); \
	} \
}
	APART(SSTORE, evm_store(evm, f))
	APART(CALL, evm_call(evm, f, PARS_EVM_CALL))
	APART(CALLCODE, evm_call(evm, f, PARS_EVM_CALLCODE))
	APART(DELEGATECALL, evm_call(evm, f, PARS_EVM_DELEGATECALL))
	APART(STATICCALL, evm_call(evm, f, PARS_EVM_STATICCALL))
	APART(CREATE, evm_create(evm, f, PARS_EVM_CREATE))
	APART(CREATE2, evm_create(evm, f, PARS_EVM_CREATE2))
	APART(SELFDESTRUCT, evm_destroy(evm, f))
op_RETURN:
	status = PARS_EVM_SUCCESS;
	goto returns;
op_REVERT:
	status = PARS_EVM_REVERT;
returns: {
	uint64_t end;
	if (!range(sp, sp - 1, &end))
		FAIL(PARS_EVM_OUT_OF_GAS);
	GROW(end);
	f->gas = gas;
	evm_return(evm, status, PARS_BYTES(sp[-1].w[0] ? f->memory + sp->w[0] : NULL, sp[-1].w[0]));
	goto switched;
}
op_INVALID:
	FAIL(PARS_EVM_BAD_OPCODE);

failed:
	f->gas = 0;
	evm_return(evm, status, (struct pars_bytes){ 0 });
switched:
	if (evm->ended)
		return PARS_OK;
	goto enter;
wait:
	SAVE();
	return err;
}

enum pars_err interpret(struct pars_evm *evm)
{
	return run(evm, NULL);
}

const void *const *interpreter_labels(void)
{
	const void *const *labels = NULL;
	enum pars_err err = run(NULL, &labels);
	(void)err;
	return labels;
}
