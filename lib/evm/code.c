#include "evm/code.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"

#define FIRST 1 /* place 0 means "not translated" */

struct pars_code *pars_code_new(struct pars_bytes bytes)
{
	struct pars_code *code = pars_alloc(sizeof *code);
	uint8_t *copy = pars_alloc(bytes.n + 33); /* a PUSH at the end reads zeros */
	if (bytes.n)
		memcpy(copy, bytes.p, bytes.n);
	code->bytes = PARS_BYTES(copy, bytes.n);
	code->dests = pars_alloc_array(bytes.n / 64 + 1, sizeof *code->dests);
	for (size_t pc = 0; pc < bytes.n; pc++) {
		uint8_t op = copy[pc];
		if (op == PARS_OP_JUMPDEST)
			code->dests[pc / 64] |= (uint64_t)1 << (pc % 64);
		else if (op >= PARS_OP_PUSH1 && op <= PARS_OP_PUSH32)
			pc += op - PARS_OP_PUSH1 + 1u;
	}
	code->at = pars_alloc_array(bytes.n + 1, sizeof *code->at);
	code->count = FIRST;
	return code;
}

void pars_code_free(struct pars_code *code)
{
	if (!code)
		return;
	free((uint8_t *)code->bytes.p);
	free(code->dests);
	free(code->at);
	free(code->insns);
	free(code);
}

/* -- translation --------------------------------------------------------------- */

struct block {
	uint32_t at; /* its BLOCK instruction */
	uint64_t gas;
	int height, lowest, highest; /* words, relative to the start */
};

static uint32_t emit(struct pars_code *code, const struct pars_translator *t, enum pars_evm_do what,
	union pars_insn_arg arg)
{
	if (code->count + 3 > code->cap) {
		code->cap = code->cap ? 2 * code->cap : 64;
		code->insns = pars_realloc(code->insns, code->cap * sizeof *code->insns);
	}
	code->insns[code->count] = (struct pars_insn){ t->labels[what], arg };
	return code->count++;
}

static void open_block(struct pars_code *code, const struct pars_translator *t, struct block *b)
{
	*b = (struct block){ .at = emit(code, t, PARS_DO_BLOCK, (union pars_insn_arg){ 0 }) };
}

/* A block whose gas exceeds 32 bits would be longer than any code. */
static void close_block(struct pars_code *code, const struct block *b)
{
	union pars_insn_arg *arg = &code->insns[b->at].arg;
	arg->block.gas = (uint32_t)b->gas;
	int span = PARS_EVM_STACK_MAX - b->highest + b->lowest;
	/* What no stack has room for asks for more words than there ever are. */
	arg->block.need = (uint16_t)(span < 0 ? PARS_EVM_STACK_MAX + 1 : -b->lowest);
	arg->block.span = (uint16_t)PARS_MAX(span, 0);
}

static void count(struct block *b, const struct pars_evm_rules *rules, uint8_t op)
{
	b->gas += rules->op[op].gas;
	b->lowest = PARS_MIN(b->lowest, b->height - rules->op[op].in);
	b->height += rules->op[op].out - rules->op[op].in;
	b->highest = PARS_MAX(b->highest, b->height);
}

static bool ends(uint8_t op)
{
	switch (op) {
	case PARS_OP_STOP: case PARS_OP_JUMP: case PARS_OP_RETURN: case PARS_OP_REVERT:
	case PARS_OP_INVALID: case PARS_OP_SELFDESTRUCT:
		return true;
	default:
		return false;
	}
}

/* Behind these the gas must be exact. */
static bool shows_gas(uint8_t op)
{
	switch (op) {
	case PARS_OP_GAS: case PARS_OP_SSTORE: case PARS_OP_CREATE: case PARS_OP_CREATE2: case PARS_OP_CALL:
	case PARS_OP_CALLCODE: case PARS_OP_DELEGATECALL: case PARS_OP_STATICCALL: case PARS_OP_JUMPI:
		return true;
	default:
		return false;
	}
}

static bool is_push(uint8_t op)
{
	return op >= PARS_OP_PUSH1 && op <= PARS_OP_PUSH32;
}

/* What PUSH of a small number and `op` are together; COUNT: nothing. */
static enum pars_evm_do with_small(uint8_t op)
{
	switch (op) {
	case PARS_OP_ADD: return PARS_DO_ADD_SMALL;
	case PARS_OP_SUB: return PARS_DO_SUB_SMALL;
	case PARS_OP_AND: return PARS_DO_AND_SMALL;
	case PARS_OP_SHL: return PARS_DO_SHL_SMALL;
	case PARS_OP_SHR: return PARS_DO_SHR_SMALL;
	case PARS_OP_EQ: return PARS_DO_EQ_SMALL;
	case PARS_OP_LT: return PARS_DO_LT_SMALL;
	case PARS_OP_GT: return PARS_DO_GT_SMALL;
	case PARS_OP_MUL: return PARS_DO_MUL_SMALL;
	case PARS_OP_DIV: return PARS_DO_DIV_SMALL;
	case PARS_OP_MLOAD: return PARS_DO_MLOAD_SMALL;
	case PARS_OP_MSTORE: return PARS_DO_MSTORE_SMALL;
	default: return PARS_DO_COUNT;
	}
}

/* What DUP and `op` are together; COUNT: nothing. */
static enum pars_evm_do with_dup(uint8_t op)
{
	switch (op) {
	case PARS_OP_ADD: return PARS_DO_DUP_ADD;
	case PARS_OP_SUB: return PARS_DO_DUP_SUB;
	case PARS_OP_MUL: return PARS_DO_DUP_MUL;
	case PARS_OP_AND: return PARS_DO_DUP_AND;
	case PARS_OP_OR: return PARS_DO_DUP_OR;
	case PARS_OP_XOR: return PARS_DO_DUP_XOR;
	case PARS_OP_LT: return PARS_DO_DUP_LT;
	case PARS_OP_GT: return PARS_DO_DUP_GT;
	case PARS_OP_EQ: return PARS_DO_DUP_EQ;
	case PARS_OP_SIGNEXTEND: return PARS_DO_DUP_SIGNEXTEND;
	case PARS_OP_MLOAD: return PARS_DO_DUP_MLOAD;
	case PARS_OP_MSTORE: return PARS_DO_DUP_MSTORE;
	case PARS_OP_MULMOD: return PARS_DO_DUP_MULMOD;
	default: return PARS_DO_COUNT;
	}
}

static bool is_dup(uint8_t op)
{
	return op >= PARS_OP_DUP1 && op <= PARS_OP_DUP16;
}

/* A DUP that would rather go with what follows it. */
static bool is_taken_dup(const struct pars_code *code, uint32_t pc)
{
	return pc + 1 < code->bytes.n && is_dup(code->bytes.p[pc]) && with_dup(code->bytes.p[pc + 1]) != PARS_DO_COUNT;
}

/* Each of these translates what stands at pc, writes the last instruction it took
 * to *last and returns the pc behind it; 0: it is not what it takes. */

/* PUSH, with what follows if the two can be one. */
static uint32_t push(struct pars_code *code, const struct pars_translator *t, struct block *b,
	uint32_t pc, uint8_t *last)
{
	const uint8_t *p = code->bytes.p;
	unsigned n = p[pc] - PARS_OP_PUSH1 + 1u;
	uint32_t next = pc + 1 + n;
	struct pars_u256 value;
	/* Bytes behind the end are zero; the copy has room for them. */
	bool whole = pars_u256_from_bytes(PARS_BYTES(p + pc + 1, n), &value);
	assert(whole);
	count(b, t->rules, p[pc]);
	bool small = pars_u256_is_u64(&value);
	uint8_t op = next < code->bytes.n && !t->single ? p[next] : PARS_OP_STOP;
	if (op == PARS_OP_JUMP || op == PARS_OP_JUMPI) {
		bool good = small && pars_code_is_dest(code, value.w[0]);
		union pars_insn_arg arg = { .jump.pc = good ? (uint32_t)value.w[0] : 0 };
		count(b, t->rules, op);
		if (op == PARS_OP_JUMP)
			emit(code, t, good ? PARS_DO_JUMP_TO : PARS_DO_BAD_JUMP, arg);
		else
			emit(code, t, good ? PARS_DO_JUMPI_TO : PARS_DO_BAD_JUMPI, arg);
		*last = op;
		return next + 1;
	}
	enum pars_evm_do fused = small ? with_small(op) : PARS_DO_COUNT;
	if (fused != PARS_DO_COUNT && t->rules->op[op].known) {
		count(b, t->rules, op);
		emit(code, t, fused, (union pars_insn_arg){ .number = value.w[0] });
		*last = op;
		return next + 1;
	}
	if (small && is_dup(op) && value.w[0] <= UINT32_MAX && !is_taken_dup(code, next)) {
		count(b, t->rules, op);
		emit(code, t, PARS_DO_PUSH_DUP,
			(union pars_insn_arg){ .pair = { (uint32_t)value.w[0], (uint32_t)(op - PARS_OP_DUP1) } });
		*last = op;
		return next + 1;
	}
	*last = p[pc];
	if (small) {
		emit(code, t, PARS_DO_PUSH_SMALL, (union pars_insn_arg){ .number = value.w[0] });
		return next;
	}
	emit(code, t, PARS_DO_PUSH_BIG, (union pars_insn_arg){ 0 });
	memcpy(&code->insns[code->count], &value, sizeof value);
	code->count += 2;
	return next;
}

static_assert(sizeof(struct pars_u256) == 2 * sizeof(struct pars_insn), "a word takes two places");

/* Two instructions that are neither PUSH. */
static uint32_t pair(struct pars_code *code, const struct pars_translator *t, struct block *b,
	uint32_t pc, uint8_t *last)
{
	if (pc + 1 >= code->bytes.n)
		return 0;
	uint8_t op = code->bytes.p[pc], next = code->bytes.p[pc + 1];
	enum pars_evm_do what;
	union pars_insn_arg arg = { 0 };
	if (op >= PARS_OP_SWAP1 && op <= PARS_OP_SWAP16 && next == PARS_OP_POP) {
		what = PARS_DO_SWAP_POP;
		arg.number = op - PARS_OP_SWAP1 + 1u;
	} else if (op == PARS_OP_POP && next == PARS_OP_POP) {
		what = PARS_DO_POP_POP;
	} else if (is_dup(op) && with_dup(next) != PARS_DO_COUNT) {
		what = with_dup(next);
		arg.number = op - PARS_OP_DUP1;
	} else if (is_dup(op) && is_dup(next) && !is_taken_dup(code, pc + 1)) {
		what = PARS_DO_DUP_DUP;
		arg.pair.a = op - PARS_OP_DUP1;
		arg.pair.b = next - PARS_OP_DUP1;
	} else {
		return 0;
	}
	count(b, t->rules, op);
	count(b, t->rules, next);
	emit(code, t, what, arg);
	*last = next;
	return pc + 2;
}

/* ISZERO, PUSH, JUMPI. */
static uint32_t iszero_jumpi(struct pars_code *code, const struct pars_translator *t, struct block *b,
	uint32_t pc, uint8_t *last)
{
	const uint8_t *p = code->bytes.p;
	if (p[pc] != PARS_OP_ISZERO || pc + 1 >= code->bytes.n || !is_push(p[pc + 1]))
		return 0;
	unsigned n = p[pc + 1] - PARS_OP_PUSH1 + 1u;
	uint32_t jumpi = pc + 2 + n;
	struct pars_u256 to;
	if (jumpi >= code->bytes.n || p[jumpi] != PARS_OP_JUMPI ||
		!pars_u256_from_bytes(PARS_BYTES(p + pc + 2, n), &to) || !pars_u256_is_u64(&to) ||
		!pars_code_is_dest(code, to.w[0]))
		return 0;
	count(b, t->rules, PARS_OP_ISZERO);
	count(b, t->rules, p[pc + 1]);
	count(b, t->rules, PARS_OP_JUMPI);
	emit(code, t, PARS_DO_ISZERO_JUMPI_TO, (union pars_insn_arg){ .jump.pc = (uint32_t)to.w[0] });
	*last = PARS_OP_JUMPI;
	return jumpi + 1;
}

static uint32_t one(struct pars_code *code, const struct pars_translator *t, struct block *b,
	uint32_t pc, uint8_t *last)
{
	uint8_t op = code->bytes.p[pc];
	if (!t->rules->op[op].known)
		op = PARS_OP_INVALID;
	count(b, t->rules, op);
	if (op != PARS_OP_JUMPDEST) /* its block is there, and that is all of it */
		emit(code, t, (enum pars_evm_do)op, (union pars_insn_arg){ .number = pc });
	*last = op;
	return pc + 1;
}

/* Of JUMPDESTs side by side, the last. */
static uint32_t last_of_run(const struct pars_code *code, uint32_t pc)
{
	while (pc + 1 < code->bytes.n && code->bytes.p[pc + 1] == PARS_OP_JUMPDEST)
		pc++;
	return pc;
}

/* Translates from pc to where nothing goes on, or to what is there already. */
static void translate(struct pars_code *code, const struct pars_translator *t, uint32_t pc)
{
	const uint8_t *p = code->bytes.p;
	struct block b;
	bool open = false;
	while (pc < code->bytes.n) {
		if (p[pc] == PARS_OP_JUMPDEST) {
			if (open)
				close_block(code, &b);
			open = false;
			if (code->at[pc]) {
				emit(code, t, PARS_DO_ENTER, (union pars_insn_arg){ .jump = { pc, code->at[pc] } });
				return;
			}
			code->at[pc] = code->count;
			uint32_t last = t->single ? pc : last_of_run(code, pc);
			if (last > pc) {
				/* The last one's block is everybody's; this one only pays the others. */
				open_block(code, t, &b);
				b.gas = last - pc;
				close_block(code, &b);
				pc = last;
				continue;
			}
		}
		if (t->single)
			emit(code, t, PARS_DO_TRACE, (union pars_insn_arg){ .number = pc });
		if (!open)
			open_block(code, t, &b);
		open = true;
		uint8_t last;
		uint32_t next = 0;
		if (is_push(p[pc]))
			next = push(code, t, &b, pc, &last);
		else if (!t->single && !(next = iszero_jumpi(code, t, &b, pc, &last)))
			next = pair(code, t, &b, pc, &last);
		if (!next)
			next = one(code, t, &b, pc, &last);
		pc = next;
		if (ends(last)) {
			close_block(code, &b);
			return;
		}
		if (shows_gas(last) || t->single) {
			close_block(code, &b);
			open = false;
		}
	}
	if (open)
		close_block(code, &b);
	if (t->single)
		emit(code, t, PARS_DO_TRACE, (union pars_insn_arg){ .number = pc });
	emit(code, t, PARS_DO_END, (union pars_insn_arg){ 0 });
}

uint32_t pars_code_block(struct pars_code *code, const struct pars_translator *t, uint32_t pc)
{
	assert(pc <= code->bytes.n);
	if (!code->at[pc]) {
		uint32_t start = code->count;
		translate(code, t, pc);
		code->at[pc] = start;
	}
	return code->at[pc];
}

/* -- the cache ------------------------------------------------------------------- */

/* An instruction takes at most 16 bytes for each of code, growth included. */
static size_t weight(const struct pars_code *code)
{
	return sizeof *code + code->bytes.n * (1 + sizeof *code->at + sizeof *code->insns);
}

static struct pars_bytes hash_of(const void *value)
{
	return pars_digest_bytes(&((const struct pars_code *)value)->hash);
}

void pars_code_cache_init(struct pars_code_cache *c, size_t max, uint64_t seed)
{
	*c = (struct pars_code_cache){ .max = max };
	pars_map_init(&c->map, hash_of, seed);
}

static void unlink_code(struct pars_code_cache *c, struct pars_code *code)
{
	*(code->newer ? &code->newer->older : &c->newest) = code->older;
	*(code->older ? &code->older->newer : &c->oldest) = code->newer;
	code->newer = code->older = NULL;
}

static void link_newest(struct pars_code_cache *c, struct pars_code *code)
{
	code->older = c->newest;
	*(c->newest ? &c->newest->newer : &c->oldest) = code;
	c->newest = code;
}

static void drop(struct pars_code_cache *c, struct pars_code *code)
{
	unlink_code(c, code);
	pars_map_remove(&c->map, hash_of(code));
	c->size -= weight(code);
	pars_code_free(code);
}

/* For n bytes more; what is in use stays in any case. */
static void make_room(struct pars_code_cache *c, size_t n)
{
	struct pars_code *old = c->oldest, *newer;
	for (; c->size + n > c->max && old; old = newer) {
		newer = old->newer;
		if (!old->users)
			drop(c, old);
	}
}

void pars_code_cache_done(struct pars_code_cache *c)
{
	while (c->oldest)
		drop(c, c->oldest);
	pars_map_done(&c->map);
}

struct pars_code *pars_code_cache_get(struct pars_code_cache *c, const struct pars_digest *hash,
	struct pars_bytes bytes)
{
	struct pars_code *code = pars_map_get(&c->map, pars_digest_bytes(hash));
	if (code) {
		unlink_code(c, code);
	} else {
		code = pars_code_new(bytes);
		code->hash = *hash;
		code->cached = true;
		make_room(c, weight(code));
		pars_map_put(&c->map, code);
		c->size += weight(code);
	}
	link_newest(c, code);
	code->users++;
	return code;
}

void pars_code_release(struct pars_code_cache *c, struct pars_code *code)
{
	(void)c;
	if (!--code->users && !code->cached)
		pars_code_free(code);
}
