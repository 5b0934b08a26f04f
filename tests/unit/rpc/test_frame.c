#include "rpc/frame.h"

#include "tests/unit/unit.h"

static const char stream[] =
	"{\"a\":\"} ] \\\" \\\\\"}[1,{\"b\":[]}]\n\n  {\"c\":\"\xc3\xbc{\"}\r\n\t{}";
static const char *const values[] = {
	"{\"a\":\"} ] \\\" \\\\\"}", "[1,{\"b\":[]}]", "{\"c\":\"\xc3\xbc{\"}", "{}",
};

static void expect_values(struct rpc_frame *f, size_t *at)
{
	struct pars_bytes v;
	enum rpc_frame_state state;
	while ((state = rpc_frame_next(f, &v)) == RPC_FRAME_VALUE) {
		ck_assert_uint_lt(*at, PARS_COUNT(values));
		ck_assert(pars_bytes_equal(v, PARS_BYTES_STR(values[*at])));
		++*at;
	}
	ck_assert_int_eq(state, RPC_FRAME_NONE);
}

START_TEST(values_are_found_however_the_bytes_come)
{
	/* In two parts split anywhere, in single bytes, and all at once. */
	for (size_t step = 0; step <= strlen(stream); step++) {
		struct rpc_frame f = { 0 };
		size_t at = 0, size = step ? step : 1;
		for (size_t i = 0; i < strlen(stream); i += size) {
			rpc_frame_put(&f, PARS_BYTES(stream + i, PARS_MIN(size, strlen(stream) - i)));
			expect_values(&f, &at);
		}
		ck_assert_uint_eq(at, PARS_COUNT(values));
		rpc_frame_done(&f);
	}
}
END_TEST

static enum rpc_frame_state state_of(const char *text)
{
	struct rpc_frame f = { 0 };
	struct pars_bytes v;
	rpc_frame_put(&f, PARS_BYTES_STR(text));
	enum rpc_frame_state state = rpc_frame_next(&f, &v);
	rpc_frame_done(&f);
	return state;
}

START_TEST(what_cannot_be_framed_is_refused)
{
	ck_assert_int_eq(state_of("hello"), RPC_FRAME_GARBAGE);
	ck_assert_int_eq(state_of("}"), RPC_FRAME_GARBAGE);
	ck_assert_int_eq(state_of("\"text\""), RPC_FRAME_GARBAGE);
	ck_assert_int_eq(state_of("{\"a\n"), RPC_FRAME_CONTROL);
	ck_assert_int_eq(state_of("{\"a"), RPC_FRAME_NONE);
	ck_assert_int_eq(state_of(" \n"), RPC_FRAME_NONE);
}
END_TEST

START_TEST(depth_is_bounded)
{
	char deep[RPC_DEPTH_MAX + 2] = "";
	memset(deep, '[', RPC_DEPTH_MAX);
	ck_assert_int_eq(state_of(deep), RPC_FRAME_NONE);
	memset(deep, '[', RPC_DEPTH_MAX + 1);
	ck_assert_int_eq(state_of(deep), RPC_FRAME_TOO_DEEP);
}
END_TEST

START_TEST(size_is_bounded)
{
	static char block[65536];
	struct rpc_frame f = { 0 };
	struct pars_bytes v;
	size_t n = 1;
	enum rpc_frame_state state = RPC_FRAME_NONE;
	memset(block, ' ', sizeof block);
	rpc_frame_put(&f, PARS_BYTES("[", 1));
	while (state == RPC_FRAME_NONE) {
		rpc_frame_put(&f, PARS_BYTES_ARRAY(block));
		n += sizeof block;
		state = rpc_frame_next(&f, &v);
	}
	ck_assert_int_eq(state, RPC_FRAME_TOO_LARGE);
	ck_assert_uint_le(n, RPC_REQUEST_MAX + 2 * sizeof block);
	rpc_frame_done(&f);
}
END_TEST

UNIT_CASE(frame, values_are_found_however_the_bytes_come, what_cannot_be_framed_is_refused,
	depth_is_bounded, size_is_bounded);
