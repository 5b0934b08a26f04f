#include "rpc/text.h"

#include "tests/unit/unit.h"

static void expect_text(json_t *v, const char *text)
{
	PARS_AUTO_BUF b = { 0 };
	rpc_text_put(&b, v);
	pars_buf_put_byte(&b, '\0');
	ck_assert_str_eq((const char *)pars_buf_bytes(&b).p, text);
	json_decref(v);
}

START_TEST(text_is_ascii_without_braces_in_strings)
{
	expect_text(json_pack("{s:s}", "a{", "}\"{\\ü\n"),
		"{\"a\\u007b\":\"\\u007d\\\"\\u007b\\\\\\u00FC\\n\"}");
	expect_text(json_string("\xf0\x9f\x8c\x8a"), "\"\\uD83C\\uDF0A\"");
}
END_TEST

START_TEST(bytes_that_are_no_utf8_are_replaced)
{
	json_t *v = rpc_text_string("a\xff\xc3\xbc\xed\xa0\x80z");
	ck_assert_str_eq(json_string_value(v), "a\xef\xbf\xbd\xc3\xbc\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz");
	json_decref(v);
	v = rpc_text_string("\xf0\x9f");
	ck_assert_str_eq(json_string_value(v), "\xef\xbf\xbd\xef\xbf\xbd");
	json_decref(v);
}
END_TEST

START_TEST(times_are_rfc_3339_and_never_is_null)
{
	json_t *v = rpc_text_time((int64_t)1790000000 * 1000000000 + 5000000);
	ck_assert_str_eq(json_string_value(v), "2026-09-21T14:13:20.005Z");
	json_decref(v);
	ck_assert(json_is_null(rpc_text_time(0)));
	ck_assert(json_is_null(rpc_text_time(-1)));
}
END_TEST

UNIT_CASE(text, text_is_ascii_without_braces_in_strings, bytes_that_are_no_utf8_are_replaced,
	times_are_rfc_3339_and_never_is_null);
