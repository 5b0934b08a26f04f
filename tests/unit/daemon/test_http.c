#include "daemon/http.h"

#include "tests/unit/unit.h"

static enum http_request ask(const char *text)
{
	return http_request_read(PARS_BYTES_STR(text));
}

START_TEST(a_get_is_a_get_once_its_headers_end)
{
	ck_assert_int_eq(ask(""), HTTP_UNFINISHED);
	ck_assert_int_eq(ask("GET /metrics HTTP/1.1\r\nHost: x\r\n"), HTTP_UNFINISHED);
	ck_assert_int_eq(ask("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"), HTTP_GET);
	ck_assert_int_eq(ask("GET / HTTP/1.0\r\n\r\nmore"), HTTP_GET);
}
END_TEST

START_TEST(other_methods_are_told_from_what_is_no_request)
{
	ck_assert_int_eq(ask("POST / HTTP/1.1\r\n\r\n"), HTTP_OTHER_METHOD);
	ck_assert_int_eq(ask("GETS / HTTP/1.1\r\n\r\n"), HTTP_OTHER_METHOD);
	ck_assert_int_eq(ask("get / HTTP/1.1\r\n\r\n"), HTTP_OTHER_METHOD);
	ck_assert_int_eq(ask("\r\n\r\n"), HTTP_MALFORMED);
	ck_assert_int_eq(ask("GET /\r\n\r\n"), HTTP_MALFORMED);
	ck_assert_int_eq(ask("GET  HTTP/1.1\r\n\r\n"), HTTP_MALFORMED);
	ck_assert_int_eq(ask("GET / HTTP/2\r\n\r\n"), HTTP_MALFORMED);
	ck_assert_int_eq(ask("GET / a HTTP/1.1\r\n\r\n"), HTTP_MALFORMED);
}
END_TEST

START_TEST(what_does_not_end_is_too_large)
{
	static char text[HTTP_REQUEST_MAX + 5];
	memset(text, 'a', HTTP_REQUEST_MAX - 1);
	ck_assert_int_eq(ask(text), HTTP_UNFINISHED);
	memcpy(text + HTTP_REQUEST_MAX - 1, "\r\n\r\n", 4);
	ck_assert_int_eq(ask(text), HTTP_TOO_LARGE);
}
END_TEST

UNIT_CASE(http, a_get_is_a_get_once_its_headers_end, other_methods_are_told_from_what_is_no_request,
	what_does_not_end_is_too_large);
