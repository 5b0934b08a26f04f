#include "codec/multiaddr.h"

#include "codec/multihash.h"
#include "tests/unit/unit.h"

#define ID "QmcgpsyWgH8Y8ajJz1Cu72KnS5uo2Aa2LpzU7kinSupNKC"

/* go-multiaddr's multiaddr_test.go, TestStringToBytes and others: text and
 * the bytes it stands for. */
static const struct { const char *text, *hex; } vectors[] = {
	{ "/ip4/127.0.0.1/udp/1234", "047f000001910204d2" },
	{ "/ip4/127.0.0.1/tcp/4321", "047f0000010610e1" },
	{ "/ip4/127.0.0.1/udp/1234/ip4/127.0.0.1/tcp/4321", "047f000001910204d2047f0000010610e1" },
	{ "/ip6/2001:8a0:7ac5:4201:3ac9:86ff:fe31:7095/tcp/8000",
		"29200108a07ac542013ac986fffe317095061f40" },
	{ "/dnsaddr/example.com", "380b6578616d706c652e636f6d" },
	{ "/dns4/a.b/tcp/443/tls/sni/x/ws", "3603612e62" "0601bb" "c003" "c1030178" "dd03" },
	{ "/ip4/1.2.3.4/udp/1/quic-v1/webtransport", "0401020304" "91020001" "cd03" "d103" },
	{ "/ip4/1.2.3.4/udp/1/webrtc-direct", "0401020304" "91020001" "9802" },
	{ "/ip6zone/x/ip6/fe80::1", "2a0178" "29fe800000000000000000000000000001" },
	{ "/ip4/10.1.2.0/ipcidr/24", "040a010200" "2b18" },
	{ "/p2p-circuit/wss/quic/dns/a/dns6/b", "a202" "de03" "cc03" "350161" "370162" },
	{ "/certhash/uEiDDq4_xNyDorZBH3TlGazyJdOWSwvo4PUo5YHFMrvDE8g",
		"d203221220c3ab8ff13720e8ad9047dd39466b3c8974e592c2fa383d4a3960714caef0c4f2" },
};

START_TEST(texts_and_bytes_agree)
{
	for (size_t i = 0; i < PARS_COUNT(vectors); i++) {
		struct pars_multiaddr a, b;
		struct pars_fault fault = { 0 };
		char text[PARS_MULTIADDR_TEXT];
		ck_assert_msg(pars_multiaddr_parse(vectors[i].text, &a, &fault) == PARS_OK, "%s: %s",
			vectors[i].text, fault.text);
		ck_assert_msg(pars_bytes_equal(pars_multiaddr_bytes(&a), unit_hex(vectors[i].hex)), "%s",
			vectors[i].text);
		ck_assert_int_eq(pars_multiaddr_decode(unit_hex(vectors[i].hex), &b), PARS_OK);
		ck_assert(pars_multiaddr_equal(&a, &b));
		pars_multiaddr_text(&b, text);
		ck_assert_str_eq(text, vectors[i].text);
	}
}
END_TEST

START_TEST(peers_in_all_their_texts)
{
	static const char *const texts[] = {
		"/ip4/1.2.3.4/tcp/1/p2p/" ID, "/ip4/1.2.3.4/tcp/1/ipfs/" ID,
	};
	struct pars_multiaddr a;
	char text[PARS_MULTIADDR_TEXT];
	for (size_t i = 0; i < PARS_COUNT(texts); i++) {
		ck_assert_int_eq(pars_multiaddr_parse(texts[i], &a, NULL), PARS_OK);
		pars_multiaddr_text(&a, text);
		ck_assert_str_eq(text, texts[0]);
	}
}
END_TEST

START_TEST(other_texts_are_refused_and_explained)
{
	static const char *const bad[] = {
		"", "/", "ip4/1.2.3.4", "/ip4", "/ip4/", "/ip4/1.2.3", "/ip4/1.2.3.4/tcp", "/ip6/1::2::3",
		"/ip4/1.2.3.4/tcp/65536", "/ip4/1.2.3.4/tcp/-1", "/ip4/1.2.3.4/tcp/080", "/nothing/1",
		"/ip4/1.2.3.4//tcp/1", "/p2p/notapeer", "/certhash/zz", "/certhash/u", "/dns4/",
		"/dns4/with space", "/ipcidr/129", "//", "/onion/aaimaq4ygg2iegci:80",
		"/ws/ws/ws/ws/ws/ws/ws/ws/ws/ws/ws/ws/ws/ws/ws/ws/ws",
	};
	for (size_t i = 0; i < PARS_COUNT(bad); i++) {
		struct pars_multiaddr a;
		struct pars_fault fault = { 0 };
		ck_assert_msg(pars_multiaddr_parse(bad[i], &a, &fault) == PARS_E_INVALID, "%s", bad[i]);
		ck_assert_uint_gt(strlen(fault.text), 0);
	}
}
END_TEST

START_TEST(broken_bytes_are_refused)
{
	static const char *const bad[] = {
		"", "04", "047f0000", "047f00000106", "0610", "8400", /* long form of 4 */
		"847f000001", "3600", "360361", "36012f", "360100", "a503021200", "a50300", "f001", "ff",
		"d20300", "d20302" "1220", "2b81",
	};
	for (size_t i = 0; i < PARS_COUNT(bad); i++) {
		struct pars_multiaddr a;
		ck_assert_msg(pars_multiaddr_decode(unit_hex(bad[i]), &a) == PARS_E_PEER_MALFORMED, "%s",
			bad[i]);
	}
}
END_TEST

START_TEST(endpoints_there_and_back)
{
	static const struct { const char *text; enum pars_family family; const char *host; } good[] = {
		{ "/ip4/1.2.3.4/tcp/80", PARS_IP4, "" },
		{ "/ip6/::1/tcp/80", PARS_IP6, "" },
		{ "/dns/example.org/tcp/80", PARS_DNS, "example.org" },
		{ "/dns4/example.org/tcp/80", PARS_DNS4, "example.org" },
		{ "/dns6/example.org/tcp/80", PARS_DNS6, "example.org" },
	};
	static const char *const bad[] = {
		"/ip4/1.2.3.4", "/ip4/1.2.3.4/udp/1", "/ip4/1.2.3.4/tcp/1/ws", "/tcp/1",
		"/dnsaddr/example.org/tcp/1", "/ip4/1.2.3.4/tcp/1/p2p/" ID "/p2p-circuit",
		"/ip6zone/eth0/ip6/fe80::1/tcp/1",
	};
	struct pars_endpoint e;
	struct pars_multiaddr a, b;
	for (size_t i = 0; i < PARS_COUNT(good); i++) {
		ck_assert_int_eq(pars_multiaddr_parse(good[i].text, &a, NULL), PARS_OK);
		ck_assert(pars_multiaddr_endpoint(&a, &e));
		ck_assert_int_eq(e.family, good[i].family);
		ck_assert_uint_eq(e.port, 80);
		ck_assert_str_eq(e.host, good[i].host);
		pars_multiaddr_from_endpoint(&e, &b);
		ck_assert(pars_multiaddr_equal(&a, &b));
	}
	for (size_t i = 0; i < PARS_COUNT(bad); i++) {
		ck_assert_int_eq(pars_multiaddr_parse(bad[i], &a, NULL), PARS_OK);
		ck_assert_msg(!pars_multiaddr_endpoint(&a, &e), "%s", bad[i]);
	}
}
END_TEST

START_TEST(the_peer_can_be_read_set_and_removed)
{
	struct pars_multiaddr a, plain;
	uint8_t id[PARS_PEER_HASH_MAX];
	size_t n;
	ck_assert_int_eq(pars_peer_hash_parse(PARS_BYTES_STR(ID), id, &n), PARS_OK);
	ck_assert_int_eq(pars_multiaddr_parse("/ip4/1.2.3.4/tcp/1", &plain, NULL), PARS_OK);
	a = plain;
	ck_assert_uint_eq(pars_multiaddr_p2p(&a).n, 0);
	ck_assert(pars_multiaddr_set_p2p(&a, PARS_BYTES(id, n)));
	ck_assert(pars_bytes_equal(pars_multiaddr_p2p(&a), PARS_BYTES(id, n)));
	ck_assert(pars_multiaddr_set_p2p(&a, PARS_BYTES(id, n)));
	ck_assert(pars_multiaddr_set_p2p(&a, PARS_BYTES(NULL, 0)));
	ck_assert(pars_multiaddr_equal(&a, &plain));
	ck_assert(!pars_multiaddr_set_p2p(&a, PARS_BYTES_STR("no hash")));
	ck_assert(pars_multiaddr_equal(&a, &plain));
	/* Only the last component is the peer at the other end. */
	ck_assert_int_eq(pars_multiaddr_parse("/ip4/1.2.3.4/tcp/1/p2p/" ID "/p2p-circuit", &a, NULL),
		PARS_OK);
	ck_assert_uint_eq(pars_multiaddr_p2p(&a).n, 0);
}
END_TEST

START_TEST(the_longest_addresses_have_a_text)
{
	static const char *const units[] = {
		"/ip6/2001:db8:1111:2222:3333:4444:5555:6666", "/webrtc-direct", "/ip4/255.255.255.255",
	};
	for (size_t i = 0; i < PARS_COUNT(units); i++) {
		struct pars_multiaddr a;
		char text[PARS_MULTIADDR_TEXT], out[PARS_MULTIADDR_TEXT] = "";
		text[0] = '\0';
		for (int j = 0; j < 16; j++)
			strcat(text, units[i]);
		ck_assert_int_eq(pars_multiaddr_parse(text, &a, NULL), PARS_OK);
		pars_multiaddr_text(&a, out);
		ck_assert_str_eq(out, text);
	}
}
END_TEST

UNIT_CASE(multiaddr, texts_and_bytes_agree, peers_in_all_their_texts,
	other_texts_are_refused_and_explained, broken_bytes_are_refused, endpoints_there_and_back,
	the_peer_can_be_read_set_and_removed, the_longest_addresses_have_a_text);
