/* Translated code does what its instructions do one by one. */
#include <stdio.h>

#include "evm/code.h"
#include "evm/opcode.h"
#include "tests/unit/evm/bed.h"

#define GAS 1000000

/* Jumps into a run of JUMPDESTs, where each still costs its gas. */
START_TEST(a_run_of_jumpdests_costs_what_is_left_of_it)
{
	for (int single = 0; single < 2; single++) {
		struct bed bed = { .fork = PARS_OSAKA, .single = single };
		for (uint8_t to = 3; to < 13; to++) {
			uint8_t code[14] = { 0x60, to, 0x56 };
			memset(code + 3, 0x5b, 10);
			struct bed_outcome out = bed_code(&bed, PARS_BYTES_ARRAY(code), GAS);
			ck_assert_int_eq(out.status, PARS_EVM_SUCCESS);
			ck_assert_int_eq(out.gas_used, 3 + 8 + (13 - to));
		}
		bed_done(&bed);
	}
}
END_TEST

START_TEST(a_run_is_entered_anywhere_in_any_order)
{
	/* Jumps to where the input's first byte says, and tells the gas from there. */
	static const char head[] = "5f3560f81c565b5b5b5b5a5f5260205ff3";
	static const uint8_t orders[][4] = { { 6, 7, 8, 9 }, { 9, 8, 7, 6 }, { 8, 9, 6, 7 } };
	struct bed_outcome want[4];
	for (size_t o = 0; o < PARS_COUNT(orders); o++) {
		struct bed bed = { .fork = PARS_OSAKA, .code = { unit_hex(head) } };
		for (size_t i = 0; i < 4; i++) {
			const uint8_t to = orders[o][i];
			struct bed_outcome out = bed_run(&bed, &(struct pars_evm_call){ .from = bed_address(0xff),
				.to = bed_address(0), .gas = GAS, .input = PARS_BYTES(&to, 1) });
			ck_assert_int_eq(out.status, PARS_EVM_SUCCESS);
			if (!o)
				want[to - 6] = out;
			bed_assert_same(&want[to - 6], &out, "a jump into a run");
		}
		bed_done(&bed);
	}
	ck_assert_int_eq(want[0].gas_used, want[3].gas_used + 3);
}
END_TEST

START_TEST(pushed_bytes_are_no_jumpdests)
{
	struct bed bed = { .fork = PARS_OSAKA };
	ck_assert_int_eq(bed_hex(&bed, "600456615b5b5b", GAS).status, PARS_EVM_BAD_JUMP);
	ck_assert_int_eq(bed_hex(&bed, "600656615b5b5b", GAS).status, PARS_EVM_SUCCESS);
	ck_assert_int_eq(bed_hex(&bed, "600756615b5b5b", GAS).status, PARS_EVM_BAD_JUMP); /* behind the end */
	ck_assert_int_eq(bed_hex(&bed, "68010000000000000004" "56" "5b", GAS).status, PARS_EVM_BAD_JUMP);
	/* A jump that is not made may lead anywhere. */
	ck_assert_int_eq(bed_hex(&bed, "5f600457", GAS).status, PARS_EVM_SUCCESS);
	ck_assert_int_eq(bed_hex(&bed, "6001600457", GAS).status, PARS_EVM_BAD_JUMP);
	struct pars_code *code = pars_code_new(unit_hex("5b605b5b7f5b"));
	ck_assert(pars_code_is_dest(code, 0) && !pars_code_is_dest(code, 2) && pars_code_is_dest(code, 3));
	ck_assert(!pars_code_is_dest(code, 5) && !pars_code_is_dest(code, 6) && !pars_code_is_dest(code, UINT64_MAX));
	pars_code_free(code);
	bed_done(&bed);
}
END_TEST

static void keep_top(void *ctx, const struct pars_evm_step *step)
{
	if (step->stack_count)
		*(struct pars_u256 *)ctx = step->stack[step->stack_count - 1];
}

START_TEST(a_push_cut_off_by_the_end_reads_zeros)
{
	for (unsigned n = 1; n <= 32; n++) {
		for (unsigned there = 0; there <= n; there++) {
			uint8_t code[33] = { (uint8_t)(0x5f + n) };
			memset(code + 1, 0xab, there);
			struct pars_u256 top = PARS_U256(0), want = PARS_U256(0);
			struct bed bed = { .fork = PARS_OSAKA };
			struct bed_outcome out = bed_code(&bed, PARS_BYTES(code, 1 + there), GAS);
			ck_assert_int_eq(out.status, PARS_EVM_SUCCESS);
			ck_assert_int_eq(out.gas_used, 3);
			bed.single = true;
			bed.step = keep_top;
			bed.ctx = &top;
			struct bed_outcome traced = bed_code(&bed, PARS_BYTES(code, 1 + there), GAS);
			bed_assert_same(&out, &traced, "a PUSH at the end");
			ck_assert(pars_u256_from_bytes(PARS_BYTES(code + 1, n), &want));
			ck_assert_msg(pars_u256_equal(&top, &want), "PUSH%u with %u bytes", n, there);
			bed_done(&bed);
		}
	}
}
END_TEST

/* -- two that are one ------------------------------------------------------------------ */

#define DEEP 20 /* words on the stack when a pair runs */

static void put(struct pars_buf *b, const char *hex)
{
	pars_buf_put(b, unit_hex(hex));
}

/* One instruction, sometimes with what it pushes. */
static const char *const firsts[] = {
	"5f", "6000", "6001", "6003", "6020", "61ffff", "67ffffffffffffffff", "68010000000000000000",
	"7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "15", "50", "19", "58", "59", "5a",
	"01", "03", "16", "1b", "51", "80", "81", "82", "86", "8e", "8f", "90", "91", "92", "97", "9f",
};
static const char *const seconds[] = {
	"01", "02", "03", "04", "05", "06", "07", "08", "09", "0a", "0b", "10", "11", "12", "13", "14", "15", "16",
	"17", "18", "19", "1a", "1b", "1c", "1d", "1e", "20", "50", "51", "52", "53", "5f", "6005", "80", "81", "87",
	"8f", "90", "91", "9f", "5b", "00",
};

/* Words that small numbers and signs make interesting; the top is small. */
static void put_stack(struct pars_buf *b, unsigned variant)
{
	static const char *const words[] = {
		"7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"7f8000000000000000000000000000000000000000000000000000000000000000", "6001", "6002", "6000", "6020",
		"7f0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "67ffffffffffffffff", "61012c",
	};
	for (unsigned i = 0; i < DEEP - 3; i++)
		put(b, words[(i * 5 + variant) % PARS_COUNT(words)]);
	/* Small ones, and ones that are small but for a bit high up. */
	static const char *const wide[] = { "68010000000000000001", "700100000000000000000000000000000020",
		"7801000000000000000000000000000000000000000000000003" };
	for (unsigned i = 0; i < 3; i++)
		put(b, variant % 2 ? wide[(i + variant / 2) % 3] : words[2 + (i * 3 + variant) % 4]);
}

/* What is on the stack and in memory becomes the output. */
static void put_telling(struct pars_buf *b)
{
	for (unsigned i = 0; i < 12; i++) {
		uint8_t store[] = { 0x61, 2, (uint8_t)(0x20 * i), 0x52 };
		if (0x20 * i > 0xff)
			store[1]++;
		pars_buf_put(b, PARS_BYTES_ARRAY(store));
	}
	put(b, "595f52" "6104005ff3"); /* and the memory's size */
}

static void compare(struct bed *plain, struct bed *single, const struct pars_buf *code, const char *a, const char *b)
{
	char what[160];
	snprintf(what, sizeof what, "%s, %s", a, b);
	struct bed_outcome one = bed_code(plain, pars_buf_bytes(code), GAS);
	struct bed_outcome two = bed_code(single, pars_buf_bytes(code), GAS);
	bed_assert_same(&two, &one, what);
}

START_TEST(two_instructions_do_what_each_does)
{
	struct bed plain = { .fork = PARS_OSAKA }, single = { .fork = PARS_OSAKA, .single = true };
	for (size_t i = 0; i < PARS_COUNT(firsts); i++) {
		for (size_t k = 0; k < PARS_COUNT(seconds); k++) {
			for (unsigned variant = 0; variant < 6; variant++) {
				PARS_AUTO_BUF code = { 0 };
				put_stack(&code, variant);
				put(&code, firsts[i]);
				put(&code, seconds[k]);
				put_telling(&code);
				compare(&plain, &single, &code, firsts[i], seconds[k]);
			}
		}
	}
	ck_assert_uint_gt(single.steps, 0);
	bed_done(&plain);
	bed_done(&single);
}
END_TEST

/* The same where the stack is too low for one of the two, or for both. */
START_TEST(two_instructions_need_what_each_needs)
{
	struct bed plain = { .fork = PARS_OSAKA }, single = { .fork = PARS_OSAKA, .single = true };
	for (size_t i = 0; i < PARS_COUNT(firsts); i++) {
		for (size_t k = 0; k < PARS_COUNT(seconds); k++) {
			for (unsigned there = 0; there < 4; there++) {
				PARS_AUTO_BUF code = { 0 };
				for (unsigned n = 0; n < there; n++)
					put(&code, "6001");
				put(&code, firsts[i]);
				put(&code, seconds[k]);
				compare(&plain, &single, &code, firsts[i], seconds[k]);
			}
		}
	}
	bed_done(&plain);
	bed_done(&single);
}
END_TEST

START_TEST(jumps_on_a_condition)
{
	/* The condition, how it is turned, and whether 0x2a is returned at the end. */
	static const char *const conditions[] = { "5f", "6001", "60ff", "7f8000000000000000000000000000000000000000000000000000000000000000" };
	static const char *const turned[] = { "", "15", "1515", "151515" };
	for (int single = 0; single < 2; single++) {
		struct bed bed = { .fork = PARS_OSAKA, .single = single };
		for (size_t i = 0; i < PARS_COUNT(conditions); i++) {
			for (size_t k = 0; k < PARS_COUNT(turned); k++) {
				PARS_AUTO_BUF code = { 0 };
				put(&code, conditions[i]);
				put(&code, turned[k]);
				uint8_t jump[] = { 0x60, (uint8_t)(code.n + 5), 0x57, 0x5f, 0x00, 0x5b };
				pars_buf_put(&code, PARS_BYTES_ARRAY(jump));
				put(&code, "602a5f5260205ff3");
				struct bed_outcome out = bed_code(&bed, pars_buf_bytes(&code), GAS);
				ck_assert_int_eq(out.status, PARS_EVM_SUCCESS);
				ck_assert_uint_eq(out.output_n, (i > 0) != (k % 2) ? 32 : 0);
			}
		}
		bed_done(&bed);
	}
}
END_TEST

/* -- limits -------------------------------------------------------------------------------- */

START_TEST(the_stack_has_1024_words)
{
	for (int single = 0; single < 2; single++) {
		struct bed bed = { .fork = PARS_OSAKA, .single = single };
		uint8_t code[1027];
		memset(code, 0x5f, sizeof code);
		ck_assert_int_eq(bed_code(&bed, PARS_BYTES(code, 1024), GAS).status, PARS_EVM_SUCCESS);
		ck_assert_int_eq(bed_code(&bed, PARS_BYTES(code, 1025), GAS).status, PARS_EVM_STACK);
		code[1024] = 0x80; /* DUP1 */
		ck_assert_int_eq(bed_code(&bed, PARS_BYTES(code, 1025), GAS).status, PARS_EVM_STACK);
		code[1024] = 0x9f; /* SWAP16 */
		ck_assert_int_eq(bed_code(&bed, PARS_BYTES(code, 1025), GAS).status, PARS_EVM_SUCCESS);
		/* Full, one off, one on: in one block. */
		code[1024] = 0x50;
		ck_assert_int_eq(bed_code(&bed, PARS_BYTES(code, 1026), GAS).status, PARS_EVM_SUCCESS);
		ck_assert_int_eq(bed_code(&bed, PARS_BYTES(code, 1027), GAS).status, PARS_EVM_STACK);
		bed_done(&bed);
	}
}
END_TEST

START_TEST(every_instruction_asks_for_its_words)
{
	for (enum pars_fork fork = PARS_FRONTIER; fork < PARS_FORKS; fork++) {
		struct bed bed = { .fork = fork };
		for (unsigned op = 0; op < 256; op++) {
			struct pars_opcode_info info = pars_opcode((uint8_t)op);
			bool known = info.name && info.since <= fork && op != 0xfe;
			for (unsigned there = 0; there <= info.in; there++) {
				uint8_t code[64] = { 0 };
				for (unsigned i = 0; i < there; i++)
					code[2 * i] = 0x60; /* zeros, which harm nobody */
				code[2 * there] = (uint8_t)op;
				struct bed_outcome out = bed_code(&bed, PARS_BYTES(code, 2 * there + 1), GAS);
				enum pars_evm_status want = !known ? PARS_EVM_BAD_OPCODE
					: there < info.in ? PARS_EVM_STACK
					: op == 0xfd ? PARS_EVM_REVERT
					: op == 0x56 ? PARS_EVM_BAD_JUMP : PARS_EVM_SUCCESS;
				ck_assert_msg(out.status == want, "0x%02x with %u words in %s: %s", op, there,
					pars_fork_name(fork), pars_evm_status_text(out.status));
				ck_assert(want == PARS_EVM_SUCCESS || want == PARS_EVM_REVERT || !out.gas_left);
			}
		}
		bed_done(&bed);
	}
}
END_TEST

START_TEST(gas_is_out_wherever_it_ends)
{
	/* Costs 3 + 3 + 3, 1, 3 + 10, 2, 3 + 3 and a word of memory, 3. */
	static const char code[] = "6001600201" "5b" "600957" "5a" "5f52" "00";
	for (int single = 0; single < 2; single++) {
		struct bed bed = { .fork = PARS_OSAKA, .single = single };
		struct bed_outcome all = bed_hex(&bed, "600160020150" "5b" "5a" "5f52" "00", GAS);
		ck_assert_int_eq(all.gas_used, 9 + 2 + 1 + 2 + 2 + 3 + 3);
		for (int64_t gas = 0; gas < all.gas_used; gas++) {
			struct bed_outcome out = bed_hex(&bed, "600160020150" "5b" "5a" "5f52" "00", gas);
			ck_assert_int_eq(out.status, PARS_EVM_OUT_OF_GAS);
			ck_assert_int_eq(out.gas_left, 0);
		}
		ck_assert_int_eq(bed_hex(&bed, "600160020150" "5b" "5a" "5f52" "00", all.gas_used).status, PARS_EVM_SUCCESS);
		ck_assert_int_eq(bed_hex(&bed, code, GAS).status, PARS_EVM_BAD_JUMP);
		bed_done(&bed);
	}
}
END_TEST

UNIT_CASE(code, a_run_of_jumpdests_costs_what_is_left_of_it, a_run_is_entered_anywhere_in_any_order,
	pushed_bytes_are_no_jumpdests, a_push_cut_off_by_the_end_reads_zeros, two_instructions_do_what_each_does,
	two_instructions_need_what_each_needs, jumps_on_a_condition, the_stack_has_1024_words,
	every_instruction_asks_for_its_words, gas_is_out_wherever_it_ends);
