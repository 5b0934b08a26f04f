/* Calls: waiting for the host wherever it is asked, how deep they go, what
 * memory costs, and what a static one may not do. */
#include "tests/unit/evm/bed.h"

#define GAS 3000000

/* -- waiting --------------------------------------------------------------------------- */

/* Asks the host in every way there is, and changes things between. */
static const char asks[] =
	"600154" "600255"                     /* SLOAD, SSTORE of a slot not seen yet */
	"61c0fe31" "600355"                   /* BALANCE of nobody */
	"61c0013b" "600455"                   /* EXTCODESIZE */
	"61c0023f" "600555"                   /* EXTCODEHASH */
	"600a5f5f61c0033c"                    /* EXTCODECOPY */
	"60016103e70340" "600655"             /* BLOCKHASH of 998 */
	"60205f5f5f600161c0045af1" "600755"   /* CALL with value */
	"60205f5f5f61c0055af4" "600855"       /* DELEGATECALL */
	"60205f5f5f600161c0055af2" "600955"   /* CALLCODE */
	"60205f5f5f61c005620186a0fa" "600a55"       /* STATICCALL, in which it stores: fails */
	"60205f5f5f5f61c0065af1" "600b55"     /* CALL of one that delegates */
	"605f5f5360015f5ff0" "600c55"         /* CREATE of a PUSH0 */
	"600760015f5ff5" "600d55"             /* CREATE2 */
	"5f5f5f5f600161bbbb5af1" "600e55"     /* value to one that is not there yet */
	"602a5f5260205fa0"                    /* LOG0 */
	"61aaaaff";                           /* SELFDESTRUCT to nobody */

static struct bed asking_bed(void)
{
	return (struct bed){ .fork = PARS_OSAKA, .code = {
		[1] = unit_hex("00"), [2] = unit_hex("5b00"), [3] = unit_hex("602a5f5260205ff3"),
		[4] = unit_hex("60015460025560205ff3"), [5] = unit_hex("34600f5560205ff3"),
		[6] = unit_hex("ef0100000000000000000000000000000000000000c003"),
	} };
}

START_TEST(waits_at_every_question_and_goes_on_as_if_not)
{
	struct bed bed = asking_bed();
	struct bed_outcome want = bed_hex(&bed, asks, GAS);
	unsigned questions = bed.asked;
	ck_assert_int_eq(want.err, PARS_OK);
	ck_assert_int_eq(want.status, PARS_EVM_SUCCESS);
	ck_assert_uint_ge(questions, 30);
	for (unsigned single = 0; single < 2; single++) {
		bed.single = single;
		for (unsigned i = 1; i <= questions; i++) {
			bed.busy_at = i;
			struct bed_outcome out = bed_hex(&bed, asks, GAS);
			ck_assert_uint_eq(bed.busy, 1);
			ck_assert_uint_eq(bed.asked, questions); /* and nothing is asked twice */
			bed_assert_same(&want, &out, "waiting");
		}
		bed.busy_at = 0;
		bed.always_busy = true;
		struct bed_outcome out = bed_hex(&bed, asks, GAS);
		ck_assert_uint_eq(bed.busy, questions);
		bed_assert_same(&want, &out, "waiting always");
		bed.always_busy = false;
	}
	bed_done(&bed);
}
END_TEST

START_TEST(ends_with_the_hosts_error_and_can_be_used_again)
{
	struct bed bed = asking_bed();
	struct bed_outcome want = bed_hex(&bed, asks, GAS);
	unsigned questions = bed.asked;
	for (unsigned i = 1; i <= questions; i++) {
		bed.fails_at = i;
		ck_assert_int_eq(bed_hex(&bed, asks, GAS).err, PARS_E_DB_CORRUPT);
		bed.fails_at = 0;
		struct bed_outcome out = bed_hex(&bed, asks, GAS);
		bed_assert_same(&want, &out, "a run after one that failed");
	}
	bed_done(&bed);
}
END_TEST

/* However little gas there is when the host is asked. */
START_TEST(waiting_costs_nothing)
{
	struct bed bed = asking_bed();
	int64_t all = bed_hex(&bed, asks, GAS).gas_used;
	ck_assert_int_gt(all, 0);
	for (int64_t gas = 0; gas < all; gas += 397) {
		bed.always_busy = false;
		struct bed_outcome at_once = bed_hex(&bed, asks, gas);
		bed.always_busy = true;
		struct bed_outcome later = bed_hex(&bed, asks, gas);
		bed_assert_same(&at_once, &later, "a run with little gas");
	}
	bed_done(&bed);
}
END_TEST

/* -- depth --------------------------------------------------------------------------------- */

static void keep_depth(void *ctx, const struct pars_evm_step *step)
{
	unsigned *deepest = ctx;
	*deepest = PARS_MAX(*deepest, step->depth);
}

START_TEST(calls_go_1024_deep)
{
	/* Calls itself with its input and one more, and gives back what that gave;
	 * who cannot call gives back its own input. */
	static const char code[] =
		"5f35" "600101" "5f52"
		"6020" "6020" "6020" "5f" "5f" "30" "5a" "f1"
		"601a" "57"
		"5f35" "6020" "52"
		"5b" "6020" "6020" "f3";
	for (int single = 0; single < 2; single++) {
		unsigned deepest = 0;
		struct bed bed = { .fork = PARS_OSAKA, .single = single, .step = keep_depth, .ctx = &deepest };
		/* A 64th stays at each level: this is enough for all of them. */
		struct bed_outcome out = bed_hex(&bed, code, INT64_C(1) << 50);
		ck_assert_int_eq(out.status, PARS_EVM_SUCCESS);
		ck_assert_uint_eq(out.output_n, 32);
		ck_assert_uint_eq(pars_be64(out.output + 24), 1024);
		ck_assert_uint_eq(deepest, single ? 1025 : 0);
		bed_done(&bed);
	}
}
END_TEST

START_TEST(creations_go_1024_deep)
{
	/* Init code that creates with a copy of itself. */
	unsigned deepest = 0;
	struct bed bed = { .fork = PARS_OSAKA, .single = true, .step = keep_depth, .ctx = &deepest };
	struct bed_outcome out = bed_run(&bed, &(struct pars_evm_call){ .kind = PARS_EVM_CREATE,
		.from = bed_address(0xff), .input = unit_hex("385f5f39" "385f5f" "f0" "00"), .gas = INT64_C(1) << 50 });
	ck_assert_int_eq(out.status, PARS_EVM_SUCCESS);
	ck_assert_uint_eq(deepest, 1025);
	bed_done(&bed);
}
END_TEST

/* -- memory ---------------------------------------------------------------------------------- */

static int64_t price_of_words(int64_t w)
{
	return 3 * w + w * w / 512;
}

START_TEST(memory_costs_by_its_size)
{
	static const uint32_t words[] = { 1, 2, 22, 23, 724, 1000, 4096, 32768, 100000 };
	struct bed bed = { .fork = PARS_OSAKA };
	for (size_t i = 0; i < PARS_COUNT(words); i++) {
		uint8_t code[] = { 0x63, 0, 0, 0, 0, 0x51, 0x50, 0x59, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3 };
		pars_put_be32(code + 1, 32 * (words[i] - 1));
		struct bed_outcome out = bed_code(&bed, PARS_BYTES_ARRAY(code), INT64_C(1) << 40);
		ck_assert_int_eq(out.status, PARS_EVM_SUCCESS);
		ck_assert_int_eq(out.gas_used, 3 + 3 + 2 + 2 + 2 + 3 + 3 + 2 + price_of_words(words[i]));
		ck_assert_uint_eq(pars_be64(out.output + 24), 32 * (uint64_t)words[i]);
		/* One byte more is a word more. */
		pars_put_be32(code + 1, 32 * (words[i] - 1) + 1);
		ck_assert_int_eq(bed_code(&bed, PARS_BYTES_ARRAY(code), INT64_C(1) << 40).gas_used - out.gas_used,
			price_of_words(words[i] + 1) - price_of_words(words[i]));
	}
	bed_done(&bed);
}
END_TEST

START_TEST(memory_ends_where_it_may_grow_no_more)
{
	struct bed bed = { .fork = PARS_OSAKA };
	ck_assert_int_eq(bed_hex(&bed, "00", GAS).status, PARS_EVM_SUCCESS); /* makes the evm */
	pars_evm_set_memory_max(bed.evm, 0x10000);
	ck_assert_int_eq(bed_hex(&bed, "5f61ffe052", INT64_MAX / 2).status, PARS_EVM_SUCCESS);
	ck_assert_int_eq(bed_hex(&bed, "5f61ffe152", INT64_MAX / 2).status, PARS_EVM_OUT_OF_GAS);
	ck_assert_int_eq(bed_hex(&bed, "5f61ffff53", INT64_MAX / 2).status, PARS_EVM_SUCCESS);
	ck_assert_int_eq(bed_hex(&bed, "5f6201000053", INT64_MAX / 2).status, PARS_EVM_OUT_OF_GAS);
	/* Offsets whose end is beyond 64 bits, or 256. */
	ck_assert_int_eq(bed_hex(&bed, "67ffffffffffffffff51", INT64_MAX / 2).status, PARS_EVM_OUT_OF_GAS);
	ck_assert_int_eq(bed_hex(&bed, "68010000000000000000" "51", INT64_MAX / 2).status, PARS_EVM_OUT_OF_GAS);
	ck_assert_int_eq(bed_hex(&bed, "5f1951", INT64_MAX / 2).status, PARS_EVM_OUT_OF_GAS);
	bed_done(&bed);
}
END_TEST

/* Nothing from anywhere is nothing. */
START_TEST(empty_ranges_may_be_anywhere)
{
	static const char *const codes[] = {
		"5f5f19f3", "5f5f19fd", "5f5f1920", "5f5f19a0", "5f5f195f1937", "5f5f195f1939", "5f5f195f195e",
		"5f5f195f19615fff3c", "5f5f5f193e", "5f5f195f5f195f5f5af150", "5f5f195ff050",
	};
	struct bed bed = { .fork = PARS_OSAKA };
	for (size_t i = 0; i < PARS_COUNT(codes); i++) {
		/* Whoever goes on jumps to nowhere unless the memory is still empty. */
		PARS_AUTO_BUF code = { 0 };
		pars_buf_put(&code, unit_hex(codes[i]));
		pars_buf_put(&code, unit_hex("5960ff57"));
		struct bed_outcome out = bed_code(&bed, pars_buf_bytes(&code), GAS);
		ck_assert_msg(out.status == PARS_EVM_SUCCESS || out.status == PARS_EVM_REVERT, "%s: %s",
			codes[i], pars_evm_status_text(out.status));
		ck_assert_uint_eq(out.output_n, 0);
	}
	bed_done(&bed);
}
END_TEST

/* -- static calls ------------------------------------------------------------------------------ */

static const struct {
	const char *code;
	bool allowed;
} tries[] = {
	{ "5f5f55", false }, { "5f5f5d", false }, { "5f5fa0", false }, { "5f5f5fa1", false }, { "5f5f5f5fa2", false },
	{ "5f5f5f5f5fa3", false }, { "5f5f5f5f5f5fa4", false }, { "5f5f5ff0", false }, { "5f5f5f5ff5", false },
	{ "5fff", false },
	{ "5f5f5f5f600161c0025af1", false },  /* CALL with value */
	{ "5f5f5f5f5f61c0025af1", true },     /* and without */
	{ "5f5f5f5f600161c0025af2", true },   /* CALLCODE pays itself */
	{ "5f5f5f5f61c0025af4", true }, { "5f5f5f5f61c0025afa", true }, { "5f54", true }, { "5f5c", true },
	/* What is called is static, too: it fails, and says so to a caller that goes on. */
	{ "5f5f5f5f5f61c0035a60021cf115600a57", true },
};

START_TEST(static_calls_change_nothing)
{
	for (int single = 0; single < 2; single++) {
		for (size_t i = 0; i < PARS_COUNT(tries); i++) {
			struct bed bed = { .fork = PARS_OSAKA, .single = single, .code = {
				[1] = unit_hex(tries[i].code), [2] = unit_hex("00"), [3] = unit_hex("600160015500") } };
			struct bed_outcome out = bed_run(&bed, &(struct pars_evm_call){ .kind = PARS_EVM_STATICCALL,
				.from = bed_address(0xff), .to = bed_address(1), .gas = GAS });
			if (i + 1 == PARS_COUNT(tries)) {
				/* Its jump, to nowhere, is made: the inner call failed. */
				ck_assert_int_eq(out.status, PARS_EVM_BAD_JUMP);
			} else if (tries[i].allowed) {
				ck_assert_int_eq(out.status, PARS_EVM_SUCCESS);
			} else {
				ck_assert_msg(out.status == PARS_EVM_STATIC, "%s: %s", tries[i].code, pars_evm_status_text(out.status));
				ck_assert_int_eq(out.gas_left, 0);
			}
			/* Within another call: it fails, all its gas is gone, and the caller goes on. */
			struct bed_outcome inner = bed_hex(&bed, "5f5f5f5f61c001620186a0fa5f5260205ff3", GAS);
			ck_assert_int_eq(inner.status, PARS_EVM_SUCCESS);
			ck_assert_uint_eq(inner.output[31], tries[i].allowed && i + 1 < PARS_COUNT(tries));
			if (!tries[i].allowed)
				ck_assert_int_eq(inner.gas_used, 100000 + 2600 + 4 * 2 + 3 + 3 + 2 + 3 + 3 + 3 + 2);
			bed_done(&bed);
		}
	}
}
END_TEST

UNIT_CASE(evm, waits_at_every_question_and_goes_on_as_if_not, ends_with_the_hosts_error_and_can_be_used_again,
	waiting_costs_nothing, calls_go_1024_deep, creations_go_1024_deep, memory_costs_by_its_size,
	memory_ends_where_it_may_grow_no_more, empty_ranges_may_be_anywhere, static_calls_change_nothing);
