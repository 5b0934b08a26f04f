/* Bytecode out of chance that gets somewhere: what an instruction takes is on
 * the stack, offsets are small, jumps lead to JUMPDESTs, loops end; most of the
 * time. */
#include "tests/evm/differ.h"

#include "evm/opcode.h"

#define CODE_MAX 1500    /* bytes; what is appended for CODECOPY comes on top */
#define PATCHES_MAX 64
#define NESTED_MAX 2     /* init code in code */

enum {
	OP_PUSH1 = 0x60, OP_DUP1 = 0x80, OP_SWAP1 = 0x90, OP_LOG0 = 0xa0,
};

struct maker {
	struct draw *d;
	struct pars_arena *arena;
	const struct differ_words *words;
	struct pars_buf code, data; /* data: appended, for CODECOPY */
	struct {
		size_t at;   /* of a PUSH2's number: where in data, to become where in the code */
		size_t data;
	} patches[PATCHES_MAX];
	size_t patch_count;
	int depth, floor; /* words on the stack; those below the floor are not touched */
	int nested;       /* blocks open */
	int level;        /* init code in init code */
};

static void fragment(struct maker *m);
static struct pars_bytes make_init_code(struct draw *d, struct pars_arena *arena,
	const struct differ_words *words, int level);

static void op(struct maker *m, unsigned code)
{
	/* Of those that a fork does not know yet, what is like them. */
	static const uint8_t older[][2] = {
		{ PARS_OP_TLOAD, PARS_OP_SLOAD }, { PARS_OP_TSTORE, PARS_OP_SSTORE }, { PARS_OP_MCOPY, PARS_OP_CODECOPY },
		{ PARS_OP_BLOBHASH, PARS_OP_CALLDATALOAD }, { PARS_OP_BLOBBASEFEE, PARS_OP_BASEFEE }, { PARS_OP_CLZ, PARS_OP_NOT },
	};
	struct pars_opcode_info info = pars_opcode((uint8_t)code);
	for (size_t i = 0; info.since > m->words->fork && i < PARS_COUNT(older); i++)
		if (older[i][0] == code && !draw_chance(m->d, 2))
			code = older[i][1];
	pars_buf_put_byte(&m->code, (uint8_t)code);
	m->depth += info.out - info.in;
}

static void push_word(struct maker *m, const struct pars_u256 *v)
{
	uint8_t b[32];
	size_t n = (pars_u256_bits(v) + 7) / 8;
	pars_u256_to_be(v, b);
	/* PUSH0 is as old as the oldest fork here. */
	size_t wide = draw_chance(m->d, 3) ? n + draw_below(m->d, 33 - n) : n;
	pars_buf_put_byte(&m->code, (uint8_t)(0x5f + wide));
	pars_buf_put(&m->code, PARS_BYTES(b + 32 - wide, wide));
	m->depth++;
}

static void push(struct maker *m, uint64_t v)
{
	push_word(m, &PARS_U256(v));
}

static void push2(struct maker *m, uint16_t v)
{
	uint8_t b[3] = { OP_PUSH1 + 1, (uint8_t)(v >> 8), (uint8_t)v };
	pars_buf_put(&m->code, PARS_BYTES_ARRAY(b));
	m->depth++;
}

static void push_any(struct maker *m)
{
	struct pars_u256 v = differ_word(m->d, m->words);
	push_word(m, &v);
}

/* An offset or a size in memory. */
static void push_offset(struct maker *m)
{
	static const uint64_t edges[] = { 0, 0, 1, 31, 32, 33, 63, 64, 96, 128, 255, 256, 1023, 4096 };
	if (draw_chance(m->d, 2))
		push_any(m);
	else if (draw_chance(m->d, 50))
		push(m, edges[draw_below(m->d, PARS_COUNT(edges))]);
	else
		push(m, draw_below(m->d, 300));
}

static void push_key(struct maker *m)
{
	if (draw_chance(m->d, 5))
		push_any(m);
	else
		push(m, draw_below(m->d, 6));
}

static void push_address(struct maker *m)
{
	if (draw_chance(m->d, 4)) {
		push_any(m);
		return;
	}
	struct pars_u256 v = pars_address_u256(&m->words->addresses[draw_below(m->d, m->words->address_count)]);
	if (draw_chance(m->d, 3))
		v.w[3] = draw_u64(m->d); /* what is above an address is not looked at */
	push_word(m, &v);
}

static void push_gas(struct maker *m)
{
	static const uint64_t some[] = { 0, 1, 2300, 2301, 700, 5000, 21000, 40000, 100000, 1000000 };
	uint64_t what = draw_below(m->d, 10);
	if (what < 5) { /* a part of what is left, so that something is left */
		op(m, PARS_OP_GAS);
		push(m, 1 + draw_below(m->d, 4));
		op(m, PARS_OP_SHR);
	} else if (what < 8) {
		op(m, PARS_OP_GAS);
	} else if (draw_chance(m->d, 80)) {
		push(m, some[draw_below(m->d, PARS_COUNT(some))]);
	} else {
		push_any(m);
	}
}

static int above_floor(const struct maker *m)
{
	return m->depth - m->floor;
}

/* n words to take, some of which may be there already. */
static void need(struct maker *m, int n)
{
	int there = above_floor(m);
	int fresh = there >= n && draw_chance(m->d, 60) ? 0 : (int)draw_below(m->d, (uint64_t)n + 1);
	while (fresh-- > 0 || above_floor(m) < n)
		push_any(m);
}

static void store_top(struct maker *m)
{
	push_key(m);
	op(m, draw_chance(m->d, 85) ? PARS_OP_SSTORE : PARS_OP_TSTORE);
}

/* Bytes behind the code to memory at `to`. */
static void copy_data(struct maker *m, struct pars_bytes bytes, uint64_t to)
{
	if (m->patch_count == PATCHES_MAX || m->data.n + bytes.n > 12000)
		return;
	push(m, bytes.n);
	m->patches[m->patch_count].data = m->data.n;
	push2(m, 0);
	m->patches[m->patch_count++].at = m->code.n - 2;
	push(m, to);
	op(m, PARS_OP_CODECOPY);
	pars_buf_put(&m->data, bytes);
}

/* -- fragments -------------------------------------------------------------------------- */

/* Two words that are nearly the same, or that share their low limb. */
static void push_related(struct maker *m)
{
	struct pars_u256 v = differ_word(m->d, m->words), u = v;
	switch (draw_below(m->d, 4)) {
	case 0:
		u = PARS_U256(v.w[0]);
		break;
	case 1:
		u = PARS_U256(draw_below(m->d, 300));
		v.w[0] = u.w[0];
		break;
	case 2:
		u.w[draw_below(m->d, 4)] ^= UINT64_C(1) << draw_below(m->d, 64);
		break;
	default:
		break;
	}
	push_word(m, &v);
	push_word(m, &u);
}

static void arithmetic(struct maker *m)
{
	static const uint8_t ops[] = {
		0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x10, 0x11, 0x12, 0x13,
		0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e,
	};
	uint8_t code = ops[draw_below(m->d, PARS_COUNT(ops))];
	if (pars_opcode(code).in == 2 && draw_chance(m->d, 20))
		push_related(m);
	else
		need(m, pars_opcode(code).in);
	/* Shifts and bytes by numbers that matter. */
	if (((code >= 0x1a && code <= 0x1d) || code == 0x0b) && draw_chance(m->d, 70))
		push(m, draw_below(m->d, code == 0x1a || code == 0x0b ? 34 : 258));
	op(m, code);
}

static void about(struct maker *m)
{
	static const uint8_t none[] = {
		0x30, 0x32, 0x33, 0x34, 0x36, 0x38, 0x3a, 0x3d, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47,
		0x48, 0x4a, 0x58, 0x59, 0x5a, 0x5f,
	}, address[] = { 0x31, 0x3b, 0x3f };
	uint64_t what = draw_below(m->d, 10);
	if (what < 4) {
		op(m, none[draw_below(m->d, PARS_COUNT(none))]);
	} else if (what < 7) {
		push_address(m);
		op(m, address[draw_below(m->d, PARS_COUNT(address))]);
	} else if (what == 7) {
		/* Of one of the last blocks, mostly. */
		push(m, draw_below(m->d, 300));
		op(m, PARS_OP_NUMBER);
		op(m, draw_chance(m->d, 80) ? PARS_OP_SUB : PARS_OP_ADD);
		op(m, PARS_OP_BLOCKHASH);
	} else if (what == 8) {
		push(m, draw_below(m->d, 4));
		op(m, PARS_OP_BLOBHASH);
	} else {
		push_offset(m);
		op(m, PARS_OP_CALLDATALOAD);
	}
}

static void memory(struct maker *m)
{
	switch (draw_below(m->d, 10)) {
	case 0:
	case 1:
		need(m, 1);
		push_offset(m);
		op(m, PARS_OP_MSTORE);
		break;
	case 2:
		need(m, 1);
		push_offset(m);
		op(m, PARS_OP_MSTORE8);
		break;
	case 3:
		push_offset(m);
		op(m, PARS_OP_MLOAD);
		break;
	case 4:
		push_offset(m);
		push_offset(m);
		push_offset(m);
		op(m, draw_chance(m->d, 50) ? PARS_OP_CALLDATACOPY : PARS_OP_CODECOPY);
		break;
	case 5:
		push_offset(m);
		push_offset(m);
		push_offset(m);
		push_address(m);
		op(m, PARS_OP_EXTCODECOPY);
		break;
	case 6:
		push_offset(m);
		push_offset(m);
		push_offset(m);
		op(m, PARS_OP_MCOPY);
		break;
	case 7:
		push_offset(m);
		push_offset(m);
		op(m, PARS_OP_KECCAK256);
		break;
	case 8: {
		unsigned topics = (unsigned)draw_below(m->d, 5);
		need(m, (int)topics);
		push_offset(m);
		push_offset(m);
		op(m, OP_LOG0 + topics);
		break;
	}
	default: {
		/* Return data: all of it, or some that may not be there. */
		if (draw_chance(m->d, 60)) {
			op(m, PARS_OP_RETURNDATASIZE);
			push(m, 0);
		} else {
			push(m, draw_below(m->d, 40));
			push(m, draw_below(m->d, 40));
		}
		push_offset(m);
		op(m, PARS_OP_RETURNDATACOPY);
	}
	}
}

static void storage(struct maker *m)
{
	switch (draw_below(m->d, 5)) {
	case 0:
		push_key(m);
		op(m, PARS_OP_SLOAD);
		break;
	case 1:
		push_key(m);
		op(m, PARS_OP_TLOAD);
		break;
	case 2:
		need(m, 1);
		push_key(m);
		op(m, PARS_OP_TSTORE);
		break;
	case 3:
		push(m, draw_below(m->d, 3));
		push_key(m);
		op(m, PARS_OP_SSTORE);
		break;
	default:
		need(m, 1);
		push_key(m);
		op(m, PARS_OP_SSTORE);
	}
}

static void shuffle(struct maker *m)
{
	int there = above_floor(m);
	if (there < 1 || draw_chance(m->d, 30)) {
		push_any(m);
	} else if (draw_chance(m->d, 40)) {
		op(m, OP_DUP1 + (unsigned)draw_below(m->d, (uint64_t)PARS_MIN(there, 16)));
	} else if (there > 1 && draw_chance(m->d, 60)) {
		op(m, OP_SWAP1 + (unsigned)draw_below(m->d, (uint64_t)PARS_MIN(there - 1, 16)));
	} else {
		op(m, PARS_OP_POP);
	}
}

static void after_call(struct maker *m)
{
	switch (draw_below(m->d, 4)) {
	case 0:
		store_top(m);
		break;
	case 1:
		op(m, PARS_OP_RETURNDATASIZE);
		op(m, PARS_OP_ADD);
		store_top(m);
		break;
	case 2:
		op(m, PARS_OP_POP);
		break;
	default:
		break;
	}
}

/* Into the memory that a call gives out, and what it gives back. */
static void push_ranges(struct maker *m, uint64_t in, uint64_t n)
{
	push_offset(m);
	push_offset(m);
	push(m, n);
	push(m, in);
}

static void finish_call(struct maker *m, bool to_precompile, uint16_t number)
{
	static const uint8_t ops[] = { PARS_OP_CALL, PARS_OP_CALLCODE, PARS_OP_DELEGATECALL, PARS_OP_STATICCALL };
	uint8_t code = ops[draw_chance(m->d, 50) ? 0 : draw_below(m->d, 4)];
	if (code == PARS_OP_CALL || code == PARS_OP_CALLCODE) {
		if (draw_chance(m->d, 75))
			push(m, 0);
		else if (draw_chance(m->d, 85))
			push(m, draw_below(m->d, 5));
		else
			push_any(m);
	}
	if (to_precompile)
		push(m, number);
	else
		push_address(m);
	push_gas(m);
	op(m, code);
	after_call(m);
}

static void call(struct maker *m)
{
	push_ranges(m, draw_below(m->d, 100), draw_below(m->d, 200));
	finish_call(m, false, 0);
}

static void precompile(struct maker *m)
{
	PARS_AUTO_BUF in = { 0 };
	/* The dear ones seldom. */
	uint16_t number = (uint16_t)(1 + draw_below(m->d, 19));
	if (number >= 8 && number != 9 && draw_chance(m->d, 70))
		number = (uint16_t)(1 + draw_below(m->d, 7));
	if (number == 18)
		number = 0x100;
	else if (number == 19)
		number = (uint16_t)draw_below(m->d, 0x120);
	differ_input(m->d, number, &in);
	if (m->code.n + in.n > 4000)
		return;
	copy_data(m, pars_buf_bytes(&in), 0);
	push_ranges(m, 0, in.n);
	finish_call(m, true, number);
}

static void create(struct maker *m)
{
	if (m->level >= NESTED_MAX)
		return;
	struct pars_bytes init = make_init_code(m->d, m->arena, m->words, m->level + 1);
	uint64_t to = draw_chance(m->d, 80) ? 0 : draw_below(m->d, 100);
	bool salted = draw_chance(m->d, 50);
	if (init.n > 3000)
		return;
	if (draw_chance(m->d, 20)) {
		/* First the one that an earlier transaction made here. */
		struct pars_u256 child = pars_address_u256(&m->words->child);
		for (int i = 0; i < 5; i++)
			push(m, 0);
		push_word(m, &child);
		op(m, PARS_OP_GAS);
		op(m, PARS_OP_CALL);
		op(m, PARS_OP_POP);
	}
	copy_data(m, init, to);
	if (salted)
		push_key(m);
	push(m, draw_chance(m->d, 90) ? init.n : draw_below(m->d, 60000));
	push(m, to);
	push(m, draw_chance(m->d, 80) ? 0 : draw_below(m->d, 4));
	op(m, salted ? PARS_OP_CREATE2 : PARS_OP_CREATE);
	if (draw_chance(m->d, 40)) {
		/* And it is called. */
		for (int i = 0; i < 5; i++)
			push(m, 0);
		op(m, OP_DUP1 + 5);
		op(m, PARS_OP_GAS);
		op(m, PARS_OP_CALL);
		after_call(m);
	}
	after_call(m);
}

/* Back to as many words as there were. */
static void level_out(struct maker *m, int depth)
{
	while (m->depth > depth)
		op(m, PARS_OP_POP);
	while (m->depth < depth)
		push(m, 0);
}

static void body(struct maker *m, int depth)
{
	int floor = m->floor;
	m->floor = m->depth;
	m->nested++;
	for (uint64_t n = 1 + draw_below(m->d, 4); n; n--)
		fragment(m);
	m->nested--;
	m->floor = floor;
	level_out(m, depth);
}

static void loop(struct maker *m)
{
	if (m->nested > 1)
		return;
	push(m, 1 + draw_below(m->d, draw_chance(m->d, 3) ? 2000 : 4));
	size_t start = m->code.n;
	op(m, PARS_OP_JUMPDEST);
	body(m, m->depth);
	push(m, 1);
	op(m, OP_SWAP1);
	op(m, PARS_OP_SUB);
	op(m, OP_DUP1);
	push2(m, (uint16_t)start);
	op(m, PARS_OP_JUMPI);
	op(m, PARS_OP_POP);
}

static void branch(struct maker *m)
{
	if (m->nested > 3)
		return;
	bool always = draw_chance(m->d, 20);
	if (!always) {
		need(m, 1);
		if (draw_chance(m->d, 40))
			op(m, PARS_OP_ISZERO);
	}
	push2(m, 0);
	size_t at = m->code.n - 2;
	op(m, always ? PARS_OP_JUMP : PARS_OP_JUMPI);
	body(m, m->depth);
	if (draw_chance(m->d, 98))
		pars_put_be16(m->code.mem + m->code.off + at, (uint16_t)m->code.n);
	op(m, draw_chance(m->d, 98) ? PARS_OP_JUMPDEST : PARS_OP_STOP);
}

static void ending(struct maker *m)
{
	switch (draw_below(m->d, 8)) {
	case 0:
		op(m, PARS_OP_STOP);
		break;
	case 1:
		push_offset(m);
		push_offset(m);
		op(m, PARS_OP_REVERT);
		break;
	case 2:
		push_address(m);
		op(m, PARS_OP_SELFDESTRUCT);
		break;
	case 3:
		pars_buf_put_byte(&m->code, draw_chance(m->d, 50) ? PARS_OP_INVALID : (uint8_t)draw_u64(m->d));
		break;
	case 4:
		break; /* runs on into what is behind */
	default:
		push_offset(m);
		push_offset(m);
		op(m, PARS_OP_RETURN);
	}
}

/* An end that is not always reached. */
static void perhaps_end(struct maker *m)
{
	if (m->nested > 3 || !draw_chance(m->d, 30))
		return;
	need(m, 1);
	push2(m, 0);
	size_t at = m->code.n - 2;
	op(m, PARS_OP_JUMPI);
	int depth = m->depth;
	ending(m);
	m->depth = depth;
	pars_put_be16(m->code.mem + m->code.off + at, (uint16_t)m->code.n);
	op(m, PARS_OP_JUMPDEST);
}

static void noise(struct maker *m)
{
	if (!draw_chance(m->d, 6))
		return;
	if (draw_chance(m->d, 50)) {
		/* Pushes until the stack is full. */
		size_t start = m->code.n;
		op(m, PARS_OP_JUMPDEST);
		op(m, PARS_OP_GAS);
		push2(m, (uint16_t)start);
		op(m, PARS_OP_JUMP);
		return;
	}
	for (uint64_t n = 1 + draw_below(m->d, 4); n; n--)
		pars_buf_put_byte(&m->code, (uint8_t)draw_u64(m->d));
}

static void fragment(struct maker *m)
{
	static void (*const kinds[])(struct maker *m) = {
		arithmetic, arithmetic, arithmetic, arithmetic, about, about, memory, memory, memory, storage, storage,
		storage, shuffle, shuffle, call, call, precompile, create, loop, branch, branch, perhaps_end, noise,
	};
	if (m->code.n < CODE_MAX && m->depth < 900)
		kinds[draw_below(m->d, PARS_COUNT(kinds))](m);
}

static struct pars_bytes finish(struct maker *m)
{
	for (size_t i = 0; i < m->patch_count; i++)
		pars_put_be16(m->code.mem + m->code.off + m->patches[i].at, (uint16_t)(m->code.n + m->patches[i].data));
	pars_buf_put(&m->code, pars_buf_bytes(&m->data));
	struct pars_bytes code = pars_arena_copy(m->arena, pars_buf_bytes(&m->code));
	pars_buf_done(&m->code);
	pars_buf_done(&m->data);
	return code;
}

static struct pars_bytes make_code(struct draw *d, struct pars_arena *arena, const struct differ_words *words, int level)
{
	struct maker m = { .d = d, .arena = arena, .words = words, .level = level };
	if (draw_chance(d, 4)) {
		for (uint64_t n = draw_below(d, 200); n; n--)
			pars_buf_put_byte(&m.code, (uint8_t)draw_u64(d));
		return finish(&m);
	}
	for (uint64_t n = 1 + draw_below(d, draw_chance(d, 30) ? 50 : 16); n; n--)
		fragment(&m);
	/* What is on the stack shows in the state. */
	while (m.depth > 0 && draw_chance(d, 50))
		store_top(&m);
	ending(&m);
	return finish(&m);
}

struct pars_bytes differ_code(struct draw *d, struct pars_arena *arena, const struct differ_words *words)
{
	return make_code(d, arena, words, 0);
}

static struct pars_bytes make_init_code(struct draw *d, struct pars_arena *arena,
	const struct differ_words *words, int level)
{
	if (draw_chance(d, 10))
		return make_code(d, arena, words, NESTED_MAX);
	struct maker m = { .d = d, .arena = arena, .words = words, .level = level };
	for (uint64_t n = draw_below(d, 4); n; n--)
		fragment(&m);
	struct pars_bytes code = make_code(d, arena, words, NESTED_MAX);
	if (draw_chance(d, 15)) {
		/* Perhaps called by a later transaction: then it is not new any more. */
		static const uint8_t destroys[] = { PARS_OP_CALLER, PARS_OP_SELFDESTRUCT };
		code = pars_arena_copy(arena, PARS_BYTES_ARRAY(destroys));
	}
	if (code.n && draw_chance(d, 3))
		((uint8_t *)code.p)[0] = 0xef;
	/* A byte of code costs 200: long code is often too dear. */
	if (draw_chance(d, 70))
		code.n = PARS_MIN(code.n, 150);
	copy_data(&m, code, 0);
	push(&m, draw_chance(d, 97) ? code.n : draw_below(d, 30000));
	push(&m, 0);
	op(&m, PARS_OP_RETURN);
	return finish(&m);
}

struct pars_bytes differ_init_code(struct draw *d, struct pars_arena *arena, const struct differ_words *words)
{
	return make_init_code(d, arena, words, 1);
}

/* -- words -------------------------------------------------------------------------------- */

struct pars_u256 differ_word(struct draw *d, const struct differ_words *words)
{
	struct pars_u256 v = PARS_U256(0);
	switch (draw_below(d, 10)) {
	case 0:
		break;
	case 1:
		v.w[0] = 1;
		break;
	case 2:
		v.w[0] = draw_below(d, 300);
		break;
	case 3: /* 2^n, and one more or less */
		v.w[0] = 1;
		pars_u256_shl(&v, &v, (unsigned)draw_below(d, 256));
		if (draw_chance(d, 50))
			pars_u256_sub(&v, &v, &PARS_U256(1));
		else if (draw_chance(d, 20))
			pars_u256_add(&v, &v, &PARS_U256(1));
		break;
	case 4: /* -n */
		pars_u256_sub(&v, &v, &PARS_U256(1 + draw_below(d, 3)));
		break;
	case 5:
		v = pars_address_u256(&words->addresses[draw_below(d, words->address_count)]);
		break;
	case 6:
		v.w[0] = draw_u64(d) >> draw_below(d, 64);
		break;
	case 7: /* limbs that are empty or full */
		for (int i = 0; i < 4; i++)
			v.w[i] = draw_chance(d, 33) ? 0 : draw_chance(d, 50) ? UINT64_MAX : draw_u64(d);
		break;
	case 8:
		v.w[3] = UINT64_C(1) << 63; /* the least number with a sign */
		break;
	default:
		for (int i = 0; i < 4; i++)
			v.w[i] = draw_u64(d);
	}
	return v;
}

/* -- changes ------------------------------------------------------------------------------- */

void differ_code_mutate(struct draw *d, struct pars_buf *code)
{
	if (!code->n)
		return;
	uint8_t *p = code->mem + code->off;
	for (uint64_t n = 1 + draw_below(d, 3); n; n--) {
		size_t at = draw_below(d, code->n), from = draw_below(d, code->n);
		switch (draw_below(d, 5)) {
		case 0:
			p[at] = (uint8_t)draw_u64(d);
			break;
		case 1:
			p[at] ^= (uint8_t)(1u << draw_below(d, 8));
			break;
		case 2:
			p[at]++;
			break;
		case 3: {
			size_t many = draw_below(d, PARS_MIN(code->n - PARS_MAX(at, from), 40) + 1);
			memmove(p + at, p + from, many);
			break;
		}
		default:
			if (draw_chance(d, 20))
				pars_buf_truncate(code, at + 1);
			else
				p[at] = 0x5b;
			return;
		}
	}
}
