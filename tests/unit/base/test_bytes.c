#include "base/bytes.h"

#include "tests/unit/unit.h"

START_TEST(queue_keeps_order_across_growth_and_drops)
{
	PARS_AUTO_BUF b = { 0 };
	uint32_t in = 0, out = 0;
	for (int round = 0; round < 1000; round++) {
		for (int i = 0; i < round % 37; i++, in++)
			pars_buf_put(&b, PARS_BYTES(&in, sizeof in));
		for (int i = 0; i < round % 29 && b.n; i++, out++) {
			uint32_t got;
			memcpy(&got, pars_buf_bytes(&b).p, sizeof got);
			ck_assert_uint_eq(got, out);
			pars_buf_drop(&b, sizeof got);
		}
	}
	ck_assert_uint_eq(b.n, (in - out) * sizeof in);
}
END_TEST

START_TEST(hex_round_trip_and_refusal)
{
	uint8_t raw[4];
	char hex[9];
	ck_assert(pars_unhex("00ffA07e", raw, 4));
	pars_hex(PARS_BYTES_ARRAY(raw), hex);
	ck_assert_str_eq(hex, "00ffa07e");
	ck_assert(!pars_unhex("00ffA07", raw, 4));
	ck_assert(!pars_unhex("00ffA07g", raw, 4));
}
END_TEST

UNIT_CASE(bytes, queue_keeps_order_across_growth_and_drops, hex_round_trip_and_refusal);
