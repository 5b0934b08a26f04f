#include "cli/human.h"

#include <stdlib.h>

#include "rpc/table.h"
#include "tests/unit/unit.h"

static const char *shown(const struct rpc_field *f, json_t *v)
{
	static struct pars_buf b;
	pars_buf_done(&b);
	human_put(&b, f, v, 1790000000);
	pars_buf_put_byte(&b, '\0');
	json_decref(v);
	return (const char *)pars_buf_bytes(&b).p;
}

START_TEST(values_have_human_units)
{
	const struct rpc_field bytes = { .name = "n", .kind = RPC_INT, .unit = RPC_BYTES };
	const struct rpc_field usec = { .name = "n", .kind = RPC_INT, .unit = RPC_USEC };
	const struct rpc_field time = { .name = "n", .kind = RPC_STRING, .unit = RPC_TIME };
	const struct rpc_field plain = { .name = "n", .kind = RPC_STRING };
	ck_assert_str_eq(shown(&bytes, json_integer(1023)), "1023 B");
	ck_assert_str_eq(shown(&bytes, json_integer(1536)), "1.5 KiB");
	ck_assert_str_eq(shown(&usec, json_integer(0)), "-");
	ck_assert_str_eq(shown(&usec, json_integer(1500)), "1.5 ms");
	ck_assert_str_eq(shown(&usec, json_integer(90061000000)), "1 d 1 h");
	ck_assert_str_eq(shown(&time, json_string("2026-09-21T14:13:00.005Z")), "20 s ago");
	ck_assert_str_eq(shown(&time, json_string("2026-09-21T12:00:00.000Z")), "2 h 13 min ago");
	ck_assert_str_eq(shown(&time, json_string("2031-01-01T00:00:00.000Z")), "2031-01-01T00:00:00.000Z");
	ck_assert_str_eq(shown(&time, json_null()), "-");
	setenv("TZ", "UTC", 1);
	struct pars_buf b = { 0 };
	json_t *v = json_string("2026-09-21T14:13:00.005Z");
	human_put(&b, &time, v, 0);
	ck_assert(pars_bytes_equal(pars_buf_bytes(&b), PARS_BYTES_STR("2026-09-21 14:13:00")));
	json_decref(v);
	pars_buf_done(&b);
	ck_assert_str_eq(shown(&plain, json_true()), "yes");
	ck_assert_str_eq(shown(&plain, json_string("")), "-");
}
END_TEST

START_TEST(strangers_cannot_steer_the_terminal)
{
	const struct rpc_field plain = { .name = "n", .kind = RPC_STRING };
	ck_assert_str_eq(shown(&plain, json_string("a\033[2Jb\nc\x7f")), "a\\x1b[2Jb\\nc\\x7f");
	ck_assert_str_eq(shown(&plain, json_string("x\xc2\x9by")), "x\\xc2\\x9by");
	ck_assert_str_eq(shown(&plain, json_string("x\xe2\x80\xaey")), "x\\xe2\\x80\\xaey");
	ck_assert_str_eq(shown(&plain, json_string("gr\xc3\xbc\xc3\x9f \xe2\x82\xac")), "gr\xc3\xbc\xc3\x9f \xe2\x82\xac");
}
END_TEST

static void expect_labels_unlike(const struct rpc_shape *shape)
{
	for (size_t i = 0; shape && i < shape->count; i++) {
		PARS_AUTO_BUF one = { 0 };
		human_label(&one, &shape->fields[i]);
		expect_labels_unlike(shape->fields[i].shape);
		for (size_t k = 0; k < i; k++) {
			PARS_AUTO_BUF other = { 0 };
			human_label(&other, &shape->fields[k]);
			ck_assert_msg(!pars_bytes_equal(pars_buf_bytes(&one), pars_buf_bytes(&other)), "%s: %s and %s look alike",
				shape->name, shape->fields[k].name, shape->fields[i].name);
		}
	}
}

START_TEST(what_is_shown_side_by_side_has_names_of_its_own)
{
	for (size_t i = 0; i < rpc_methods_count; i++)
		expect_labels_unlike(rpc_methods[i].result.shape);
}
END_TEST

UNIT_CASE(human, what_is_shown_side_by_side_has_names_of_its_own, values_have_human_units, strangers_cannot_steer_the_terminal);
