#include "crypto/bn254.h"
#include "tests/unit/unit.h"

/* (1, 2), its double and its triple; the generator of G2 (EIP-197). */
static const char g1[] = "0000000000000000000000000000000000000000000000000000000000000001"
	"0000000000000000000000000000000000000000000000000000000000000002";
static const char g1_twice[] = "030644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd3"
	"15ed738c0e0a7c92e7845f96b2ae9c0a68a6a449e3538fc7ff3ebf7a5a18a2c4";
static const char g1_thrice[] = "0769bf9ac56bea3ff40232bcb1b6bd159315d84715b8e679f2d355961915abf0"
	"2ab799bee0489429554fdb7c8d086475319e63b40b9c5b57cdf1ff3dd9fe2261";
static const char g2[] = "198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2"
	"1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed"
	"090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b"
	"12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa";
static const char order[] = "30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001";
static const char modulus[] = "30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47";

static struct pars_bn254_g1 read_g1(const char *hex)
{
	struct pars_bn254_g1 a;
	ck_assert(pars_bn254_g1_read(unit_hex(hex).p, &a));
	return a;
}

static struct pars_bn254_g2 read_g2(const char *hex)
{
	struct pars_bn254_g2 a;
	ck_assert(pars_bn254_g2_read(unit_hex(hex).p, &a));
	return a;
}

static void expect(const struct pars_bn254_g1 *a, const char *hex)
{
	uint8_t raw[64];
	pars_bn254_g1_write(a, raw);
	ck_assert_mem_eq(raw, unit_hex(hex).p, 64);
}

static struct pars_bn254_g1 times(const struct pars_bn254_g1 *a, const char *k)
{
	struct pars_bn254_g1 r;
	pars_bn254_g1_mul(&r, a, unit_hex(k).p);
	return r;
}

START_TEST(adds_all_kinds_of_points)
{
	struct pars_bn254_g1 a = read_g1(g1), r, minus, zero = { { 0 } };
	uint8_t raw[64] = { 0 };
	pars_bn254_g1_add(&r, &a, &a);
	expect(&r, g1_twice);
	pars_bn254_g1_add(&r, &r, &a);
	expect(&r, g1_thrice);
	pars_bn254_g1_add(&r, &a, &zero);
	expect(&r, g1);
	pars_bn254_g1_add(&r, &zero, &a);
	expect(&r, g1);
	minus = times(&a, "30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000000");
	pars_bn254_g1_add(&r, &a, &minus);
	pars_bn254_g1_write(&r, raw);
	ck_assert(!memcmp(raw, (uint8_t[64]){ 0 }, 64));
}
END_TEST

START_TEST(multiplies_by_any_scalar)
{
	struct pars_bn254_g1 a = read_g1(g1), twice = read_g1(g1_twice), r, s;
	r = times(&a, "0000000000000000000000000000000000000000000000000000000000000003");
	expect(&r, g1_thrice);
	r = times(&a, order);
	s = (struct pars_bn254_g1){ { 0 } };
	ck_assert(!memcmp(&r, &s, sizeof r));
	/* 2^256 - 1 times 2G, and half of that twice. */
	r = times(&twice, "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff");
	pars_bn254_g1_add(&r, &r, &r);
	pars_bn254_g1_add(&r, &r, &twice);
	s = times(&twice, "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff");
	ck_assert(!memcmp(&r, &s, sizeof r));
}
END_TEST

START_TEST(refuses_what_is_no_point)
{
	uint8_t raw[128];
	struct pars_bn254_g1 a;
	struct pars_bn254_g2 b;
	memset(raw, 0, sizeof raw);
	ck_assert(pars_bn254_g1_read(raw, &a)); /* infinity */
	ck_assert(pars_bn254_g2_read(raw, &b));
	raw[63] = 1;
	ck_assert(!pars_bn254_g1_read(raw, &a));
	memcpy(raw, unit_hex(g1).p, 64);
	memcpy(raw, unit_hex(modulus).p, 32);
	ck_assert(!pars_bn254_g1_read(raw, &a));
	memcpy(raw, unit_hex(g2).p, 128);
	raw[127] ^= 1;
	ck_assert(!pars_bn254_g2_read(raw, &b));
	/* On the twist, and in no group of the right order. */
	ck_assert(!pars_bn254_g2_read(unit_hex(
		"0000000000000000000000000000000000000000000000000000000000000000"
		"0000000000000000000000000000000000000000000000000000000000000001"
		"0d1271953ed9ea0836846e70a1934187998c7f790cb4d7511b7f8da82de048a4"
		"2869111d5381f072f8e2728fdb825a51aadd70e52c9830e9ab4b871c0531f1bb").p, &b));
}
END_TEST

/* Many pairs at once, and the values that must cancel. */
START_TEST(pairing_is_bilinear)
{
	struct pars_bn254_g1 p[40], one = read_g1(g1);
	struct pars_bn254_g2 q[40];
	p[0] = times(&one, "0000000000000000000000000000000000000000000000000000000000000022");
	q[0] = read_g2(g2);
	ck_assert(pars_bn254_pairing_is_one(p, q, 0));
	ck_assert(!pars_bn254_pairing_is_one(p, q, 1));
	for (int i = 1; i < 35; i++) {
		p[i] = times(&one, "30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000000");
		q[i] = q[0];
		ck_assert(pars_bn254_pairing_is_one(p, q, i + 1) == (i == 34));
	}
	memset(&p[35], 0, sizeof p[35]);
	q[35] = q[0];
	p[36] = p[0];
	memset(&q[36], 0, sizeof q[36]);
	ck_assert(pars_bn254_pairing_is_one(p, q, 37));
	ck_assert(pars_bn254_pairing_is_one(p + 35, q + 35, 2));
}
END_TEST

UNIT_CASE(bn254, adds_all_kinds_of_points, multiplies_by_any_scalar, refuses_what_is_no_point,
	pairing_is_bilinear);
