#include "codec/ip.h"

#include "tests/unit/unit.h"

START_TEST(ip6_in_and_out)
{
	/* RFC 5952, section 4 and 5; the second is what we write. */
	static const char *const pairs[][2] = {
		{ "::", "::" }, { "::1", "::1" }, { "1::", "1::" },
		{ "2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1" },
		{ "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },
		{ "2001:0:0:1:0:0:0:1", "2001:0:0:1::1" },
		{ "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
		{ "2001:DB8::A", "2001:db8::a" },
		{ "::ffff:192.0.2.1", "::ffff:192.0.2.1" },
		{ "64:ff9b::192.0.2.33", "64:ff9b::c000:221" },
		{ "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0" },
		{ "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
	};
	for (size_t i = 0; i < PARS_COUNT(pairs); i++) {
		uint8_t ip[16];
		char out[PARS_IP_TEXT];
		ck_assert_msg(pars_ip6_parse(PARS_BYTES_STR(pairs[i][0]), ip), "%s", pairs[i][0]);
		pars_ip6_text(ip, out);
		ck_assert_str_eq(out, pairs[i][1]);
	}
}
END_TEST

START_TEST(other_texts_are_no_ip6)
{
	static const char *const bad[] = {
		"", ":", ":::", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "g::",
		"1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "1:", ":1", "1.2.3.4", "::1.2.3", "::1.2.3.4:5",
		"1.2.3.4::", "fe80::1%eth0", "1:2:3:4:5:6:7:1.2.3.4", " ::1", "::1 ",
	};
	uint8_t ip[16];
	for (size_t i = 0; i < PARS_COUNT(bad); i++)
		ck_assert_msg(!pars_ip6_parse(PARS_BYTES_STR(bad[i]), ip), "%s", bad[i]);
}
END_TEST

START_TEST(ip4_in_and_out)
{
	static const char *const good[] = { "0.0.0.0", "127.0.0.1", "255.255.255.255", "10.20.30.40" };
	static const char *const bad[] = {
		"", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.04", "1.2.3.", ".1.2.3",
		"1..2.3", "1.2.3.4 ", "0x1.2.3.4", "1000.1.1.1", "000.0.0.0",
	};
	uint8_t ip[4];
	char out[PARS_IP_TEXT];
	for (size_t i = 0; i < PARS_COUNT(good); i++) {
		ck_assert(pars_ip4_parse(PARS_BYTES_STR(good[i]), ip));
		pars_ip4_text(ip, out);
		ck_assert_str_eq(out, good[i]);
	}
	for (size_t i = 0; i < PARS_COUNT(bad); i++)
		ck_assert_msg(!pars_ip4_parse(PARS_BYTES_STR(bad[i]), ip), "%s", bad[i]);
}
END_TEST

UNIT_CASE(ip, ip6_in_and_out, other_texts_are_no_ip6, ip4_in_and_out);
