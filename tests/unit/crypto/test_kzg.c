#include "crypto/kzg.h"
#include "tests/unit/unit.h"

#define HEX(text) (unit_hex(text).p)

/* A polynomial's value at two, proved; public data of the trusted setup's users. */
static const char commitment[] =
	"b49d88afcd7f6c61a8ea69eff5f609d2432b47e7e4cd50b02cdddb4e0c1460517e8df02e4e64dc55e3d8ca192d57193a";
static const char z[] = "0000000000000000000000000000000000000000000000000000000000000002";
static const char y[] = "6a75e4fe63e5e148c853462a680c3e3ccedea34719d28f19bf1b35ae4eea37d6";
static const char proof[] =
	"a38758fca85407078c0a7e5fd6d38b34340c809baa0e1fed9deaabb11aa503062acbbe23fcbe620a21b40a83bfa71b89";
static const char order[] = "73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001";
static const char infinity[] =
	"c00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000";
static const char zero[] = "0000000000000000000000000000000000000000000000000000000000000000";

START_TEST(believes_what_is_proved)
{
	ck_assert(pars_kzg_verify(HEX(commitment), HEX(z), HEX(y), HEX(proof)));
	ck_assert(!pars_kzg_verify(HEX(commitment), HEX(z), HEX(zero), HEX(proof)));
	ck_assert(!pars_kzg_verify(HEX(commitment), HEX(zero), HEX(y), HEX(proof)));
	ck_assert(!pars_kzg_verify(HEX(commitment), HEX(z), HEX(y), HEX(commitment)));
	ck_assert(!pars_kzg_verify(HEX(proof), HEX(z), HEX(y), HEX(proof)));
	/* The polynomial that is zero everywhere. */
	ck_assert(pars_kzg_verify(HEX(infinity), HEX(z), HEX(zero), HEX(infinity)));
	ck_assert(!pars_kzg_verify(HEX(infinity), HEX(z), HEX(y), HEX(infinity)));
}
END_TEST

START_TEST(refuses_numbers_and_points_out_of_range)
{
	uint8_t bad[48];
	ck_assert(!pars_kzg_verify(HEX(infinity), HEX(order), HEX(zero), HEX(infinity)));
	ck_assert(!pars_kzg_verify(HEX(infinity), HEX(z), HEX(order), HEX(infinity)));
	memcpy(bad, HEX(infinity), 48);
	bad[47] = 1;
	ck_assert(!pars_kzg_verify(bad, HEX(z), HEX(zero), HEX(infinity)));
	ck_assert(!pars_kzg_verify(HEX(infinity), HEX(z), HEX(zero), bad));
	/* (0, 2) is on the curve and not in the subgroup. */
	memset(bad, 0, 48);
	bad[0] = 0x80;
	ck_assert(!pars_kzg_verify(bad, HEX(z), HEX(zero), HEX(infinity)));
	ck_assert(!pars_kzg_verify(HEX(infinity), HEX(z), HEX(zero), bad));
}
END_TEST

UNIT_CASE(kzg, believes_what_is_proved, refuses_numbers_and_points_out_of_range);
