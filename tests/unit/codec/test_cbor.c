#include "codec/cbor.h"

#include "codec/cid.h"
#include "tests/unit/unit.h"

/* RFC 8949, appendix A: those that DAG-CBOR allows, both ways. */
START_TEST(integers_as_in_rfc8949)
{
	static const struct { int64_t v; const char *hex; } cases[] = {
		{ 0, "00" }, { 1, "01" }, { 10, "0a" }, { 23, "17" }, { 24, "1818" }, { 25, "1819" },
		{ 100, "1864" }, { 1000, "1903e8" }, { 1000000, "1a000f4240" },
		{ 1000000000000, "1b000000e8d4a51000" }, { -1, "20" }, { -10, "29" }, { -100, "3863" }, { -1000, "3903e7" },
	};
	for (size_t i = 0; i < PARS_COUNT(cases); i++) {
		PARS_AUTO_BUF b = { 0 };
		struct pars_bytes in = unit_hex(cases[i].hex);
		int64_t v;
		pars_cbor_put_int(&b, cases[i].v);
		ck_assert(pars_bytes_equal(pars_buf_bytes(&b), in));
		ck_assert_int_eq(pars_cbor_get_int(&in, &v), PARS_OK);
		ck_assert_int_eq(v, cases[i].v);
		ck_assert_uint_eq(in.n, 0);
	}
}
END_TEST

START_TEST(what_is_not_canonical_is_refused)
{
	static const char *const bad[] = {
		"1800", "1817", "190018", "1900ff", "1a0000ffff", "1b00000000ffffffff", /* longer than needed */
		"5f4100ff", "7f6161ff", "9f00ff", "bf616100ff", /* indefinite lengths */
		"f90000", "fa00000000", "fb0000000000000000", /* floats */
		"c000", "d82b5800", "d82a4101", /* tags that are no link */
		"a2616200616100", "a2616100616100", "a262616100616200", /* keys out of order, twice */
		"a10000", /* a key that is no text */
		"62c328", "61ff", "63eda080", /* not UTF-8 */
		"f7", "ff", "1c", "41", "6261", "8200", "", /* undefined, break, reserved, truncated */
	};
	for (size_t i = 0; i < PARS_COUNT(bad); i++) {
		struct pars_bytes in = unit_hex(bad[i]);
		ck_assert_msg(pars_cbor_skip(&in) == PARS_E_PEER_MALFORMED || in.n, "accepted %s", bad[i]);
	}
}
END_TEST

START_TEST(depth_is_bounded)
{
	uint8_t deep[100];
	memset(deep, 0x81, sizeof deep); /* arrays of one, nested */
	struct pars_bytes in = PARS_BYTES_ARRAY(deep);
	ck_assert_int_eq(pars_cbor_skip(&in), PARS_E_PEER_MALFORMED);
}
END_TEST

START_TEST(a_huge_count_costs_nothing)
{
	struct pars_bytes in = unit_hex("9bffffffffffffffff00");
	ck_assert_int_eq(pars_cbor_skip(&in), PARS_E_PEER_MALFORMED);
	in = unit_hex("5bffffffffffffffff00");
	struct pars_bytes out;
	ck_assert_int_eq(pars_cbor_get_bytes(&in, &out), PARS_E_PEER_MALFORMED);
}
END_TEST

/* The CID of the empty map in dag-cbor, as every IPLD implementation has it. */
START_TEST(links_and_cids)
{
	static const char text[] = "bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua";
	uint8_t digest[32], back[32];
	char out[PARS_CID_TEXT];
	ck_assert_int_eq(pars_cid_parse(text, digest), PARS_OK);
	pars_cid_text(digest, out);
	ck_assert_str_eq(out, text);
	PARS_AUTO_BUF b = { 0 };
	pars_cbor_put_link(&b, digest);
	struct pars_bytes in = pars_buf_bytes(&b);
	ck_assert_uint_eq(in.n, 41);
	ck_assert_int_eq(pars_cbor_get_link(&in, back), PARS_OK);
	ck_assert_mem_eq(back, digest, 32);
	ck_assert_int_eq(pars_cid_parse("bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi", digest), PARS_E_INVALID);
	ck_assert_int_eq(pars_cid_parse("", digest), PARS_E_INVALID);
}
END_TEST

START_TEST(utf8)
{
	ck_assert(pars_utf8_valid(PARS_BYTES_STR("سلام, 𝄞")));
	ck_assert(!pars_utf8_valid(PARS_BYTES_STR("\xc0\x80")));
	ck_assert(!pars_utf8_valid(PARS_BYTES_STR("\xf4\x90\x80\x80")));
	ck_assert(!pars_utf8_valid(PARS_BYTES_STR("\xe2\x82")));
}
END_TEST

UNIT_CASE(cbor, integers_as_in_rfc8949, what_is_not_canonical_is_refused, depth_is_bounded,
	a_huge_count_costs_nothing, links_and_cids, utf8);
