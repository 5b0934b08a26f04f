#include "crypto/bls12_381.h"
#include "crypto/hash.h"
#include "tests/unit/unit.h"

/* Elements, and the points that RFC 9380 maps them to (examples of EIP-2537). */
static const char u1[] =
	"00000000000000000000000000000000156c8a6a2c184569d69a76be144b5cdc5141d2d2ca4fe341f011e25e3969c55ad9e9b9ce2eb833c81a908e5fa4ac5f03";
static const char mapped1[] =
	"00000000000000000000000000000000184bb665c37ff561a89ec2122dd343f20e0f4cbcaec84e3c3052ea81d1834e192c426074b02ed3dca4e7676ce4ce48ba"
	"0000000000000000000000000000000004407b8d35af4dacc809927071fc0405218f1401a6d15af775810e4e460064bcc9468beeba82fdc751be70476c888bf3";
static const char u2[] =
	"0000000000000000000000000000000007355d25caf6e7f2f0cb2812ca0e513bd026ed09dda65b177500fa31714e09ea0ded3a078b526bed3307f804d4b93b04"
	"0000000000000000000000000000000002829ce3c021339ccb5caf3e187f6370e1e2a311dec9b75363117063ab2015603ff52c3d3b98f19c2f65575e99e8b78c";
static const char mapped2[] =
	"0000000000000000000000000000000000e7f4568a82b4b7dc1f14c6aaa055edf51502319c723c4dc2688c7fe5944c213f510328082396515734b6612c4e7bb7"
	"00000000000000000000000000000000126b855e9e69b1f691f816e48ac6977664d24d99f8724868a184186469ddfd4617367e94527d4b74fc86413483afb35b"
	"000000000000000000000000000000000caead0fd7b6176c01436833c79d305c78be307da5f6af6c133c47311def6ff1e0babf57a0fb5539fce7ee12407b0a42"
	"000000000000000000000000000000001498aadcf7ae2b345243e281ae076df6de84455d766ab6fcdaad71fab60abb2e8b980a440043cd305db09d283c895e3d";
/* On the curves, outside the subgroups. */
static const char outside1[] =
	"000000000000000000000000000000000123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	"00000000000000000000000000000000193fb7cedb32b2c3adc06ec11a96bc0d661869316f5e4a577a9f7c179593987beb4fb2ee424dbb2f5dd891e228b46c4a";
static const char outside2[] =
	"00000000000000000000000000000000197bfd0342bbc8bee2beced2f173e1a87be576379b343e93232d6cef98d84b1d696e5612ff283ce2cfdccb2cfb65fa0c"
	"00000000000000000000000000000000184e811f55e6f9d84d77d2f79102fd7ea7422f4759df5bf7f6331d550245e3f1bcf6a30e3b29110d85e0ca16f9f6ae7a"
	"000000000000000000000000000000000f10e1eb3c1e53d2ad9cf2d398b2dc22c5842fab0a74b174f691a7e914975da3564d835cd7d2982815b8ac57f507348f"
	"000000000000000000000000000000000767d1c453890f1b9110fda82f5815c27281aba3f026ee868e4176a0654feea41a96575e0c4d58a14dbfbcc05b5010b1";
/* The generator of G1, compressed, and its x. */
static const char generator1[] =
	"97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb";
static const char less_one[] = "73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000000";

static struct pars_bls_g1 read_g1(const char *hex)
{
	struct pars_bls_g1 a;
	ck_assert(pars_bls_g1_read(unit_hex(hex).p, &a));
	return a;
}

static struct pars_bls_g2 read_g2(const char *hex)
{
	struct pars_bls_g2 a;
	ck_assert(pars_bls_g2_read(unit_hex(hex).p, &a));
	return a;
}

static void scalar(uint8_t k[32], const char *hex)
{
	memcpy(k, unit_hex(hex).p, 32);
}

/* A scalar that differs with i in all its parts. */
static void some_scalar(uint8_t k[32], size_t i)
{
	uint8_t seed[8];
	pars_put_be64(seed, i);
	struct pars_digest d = pars_sha256(PARS_BYTES_ARRAY(seed));
	memcpy(k, d.b, 32);
}

static bool same1(const struct pars_bls_g1 *a, const struct pars_bls_g1 *b)
{
	return !memcmp(a, b, sizeof *a);
}

static bool same2(const struct pars_bls_g2 *a, const struct pars_bls_g2 *b)
{
	return !memcmp(a, b, sizeof *a);
}

START_TEST(maps_to_both_groups)
{
	struct pars_bls_g1 a;
	struct pars_bls_g2 b;
	uint8_t raw[256];
	ck_assert(pars_bls_map_to_g1(unit_hex(u1).p, &a) && pars_bls_g1_in_subgroup(&a));
	pars_bls_g1_write(&a, raw);
	ck_assert_mem_eq(raw, unit_hex(mapped1).p, 128);
	ck_assert(pars_bls_map_to_g2(unit_hex(u2).p, &b) && pars_bls_g2_in_subgroup(&b));
	pars_bls_g2_write(&b, raw);
	ck_assert_mem_eq(raw, unit_hex(mapped2).p, 256);
	memset(raw, 0xff, sizeof raw);
	ck_assert(!pars_bls_map_to_g1(raw, &a) && !pars_bls_map_to_g2(raw, &b));
	/* Zero is where the map's denominator vanishes. */
	memset(raw, 0, sizeof raw);
	ck_assert(pars_bls_map_to_g1(raw, &a) && pars_bls_g1_in_subgroup(&a));
	ck_assert(pars_bls_map_to_g2(raw, &b) && pars_bls_g2_in_subgroup(&b));
}
END_TEST

START_TEST(knows_the_subgroups)
{
	struct pars_bls_g1 a = read_g1(outside1), zero1 = { { 0 } };
	struct pars_bls_g2 b = read_g2(outside2), zero2 = { { 0 } };
	ck_assert(!pars_bls_g1_in_subgroup(&a));
	ck_assert(!pars_bls_g2_in_subgroup(&b));
	ck_assert(pars_bls_g1_in_subgroup(&pars_bls_g1_generator) && pars_bls_g1_in_subgroup(&zero1));
	ck_assert(pars_bls_g2_in_subgroup(&pars_bls_g2_generator) && pars_bls_g2_in_subgroup(&zero2));
	ck_assert(pars_bls_g2_in_subgroup(&pars_bls_kzg_tau));
}
END_TEST

START_TEST(refuses_what_is_no_point)
{
	struct pars_bls_g1 a;
	struct pars_bls_g2 b;
	uint8_t raw[256];
	memcpy(raw, unit_hex(mapped1).p, 128);
	raw[0] = 1; /* above any element */
	ck_assert(!pars_bls_g1_read(raw, &a));
	raw[0] = 0;
	raw[127] ^= 1;
	ck_assert(!pars_bls_g1_read(raw, &a));
	memcpy(raw, unit_hex(mapped2).p, 256);
	raw[192 + 15] = 1;
	ck_assert(!pars_bls_g2_read(raw, &b));
	raw[192 + 15] = 0;
	raw[255] ^= 1;
	ck_assert(!pars_bls_g2_read(raw, &b));
}
END_TEST

START_TEST(decompresses)
{
	struct pars_bls_g1 a, minus;
	uint8_t raw[48];
	memcpy(raw, unit_hex(generator1).p, 48);
	ck_assert(pars_bls_g1_decompress(raw, &a) && same1(&a, &pars_bls_g1_generator));
	raw[0] ^= 0x20; /* the other y */
	pars_bls_g1_neg(&minus, &a);
	ck_assert(pars_bls_g1_decompress(raw, &a) && same1(&a, &minus));
	raw[0] ^= 0x80;
	ck_assert(!pars_bls_g1_decompress(raw, &a)); /* not said to be compressed */
	raw[0] ^= 0xc0;
	ck_assert(!pars_bls_g1_decompress(raw, &a)); /* infinity with an x */
	memset(raw, 0, sizeof raw);
	raw[0] = 0xc0;
	ck_assert(pars_bls_g1_decompress(raw, &a) && same1(&a, &(struct pars_bls_g1){ { 0 } }));
	raw[0] = 0xe0;
	ck_assert(!pars_bls_g1_decompress(raw, &a)); /* infinity with a sign */
	raw[0] = 0x80;
	raw[47] = 1; /* 1 + 4 is no square */
	ck_assert(!pars_bls_g1_decompress(raw, &a));
	memset(raw, 0xff, sizeof raw);
	raw[0] = 0x9f;
	ck_assert(!pars_bls_g1_decompress(raw, &a)); /* above the modulus */
}
END_TEST

/* Few terms and many are summed in two ways that must agree with one at a time. */
START_TEST(sums_agree)
{
	enum { N = 70 };
	static struct pars_bls_g1 a[N], one1, sum1, total1;
	static struct pars_bls_g2 b[N], one2, sum2, total2;
	static uint8_t k[N][32];
	for (size_t i = 0; i < N; i++) {
		some_scalar(k[i], i);
		pars_bls_g1_sum(&a[i], i ? &a[i - 1] : &pars_bls_g1_generator, (const uint8_t (*)[32])k[i], 1);
		pars_bls_g2_sum(&b[i], i ? &b[i - 1] : &pars_bls_g2_generator, (const uint8_t (*)[32])k[i], 1);
		ck_assert(pars_bls_g1_in_subgroup(&a[i]) && pars_bls_g2_in_subgroup(&b[i]));
	}
	/* The same point thrice, its opposite, infinity, and edges of scalars. */
	a[1] = a[2] = a[3];
	b[1] = b[2] = b[3];
	memcpy(k[1], k[3], 32);
	pars_bls_g1_neg(&a[4], &a[3]);
	memcpy(k[4], k[3], 32);
	memset(&a[5], 0, sizeof a[5]);
	memset(&b[5], 0, sizeof b[5]);
	memset(k[6], 0, 32);
	memset(k[7], 0xff, 32);
	scalar(k[8], less_one);
	for (size_t i = 0; i < N; i++) {
		pars_bls_g1_sum(&one1, &a[i], (const uint8_t (*)[32])k[i], 1);
		pars_bls_g1_add(&total1, &total1, &one1);
		pars_bls_g2_sum(&one2, &b[i], (const uint8_t (*)[32])k[i], 1);
		pars_bls_g2_add(&total2, &total2, &one2);
		/* Edges of what is summed in one way or in the other. */
		if (i > 9 && i != 15 && i != 16 && i != N - 1)
			continue;
		pars_bls_g1_sum(&sum1, a, (const uint8_t (*)[32])k, i + 1);
		pars_bls_g2_sum(&sum2, b, (const uint8_t (*)[32])k, i + 1);
		ck_assert_msg(same1(&sum1, &total1), "%zu", i);
		ck_assert_msg(same2(&sum2, &total2), "%zu", i);
	}
}
END_TEST

/* The order less one gives the opposite; the largest scalar is what its binary
 * digits say, added up by doubling. */
START_TEST(scalars_are_plain_numbers)
{
	struct pars_bls_g1 r, minus, t, sum = { { 0 } };
	struct pars_bls_g2 r2, t2, sum2 = { { 0 } };
	uint8_t k[32];
	scalar(k, less_one);
	pars_bls_g1_sum(&r, &pars_bls_g1_generator, (const uint8_t (*)[32])k, 1);
	pars_bls_g1_neg(&minus, &pars_bls_g1_generator);
	ck_assert(same1(&r, &minus));
	pars_bls_g2_sum(&r2, &pars_bls_g2_generator, (const uint8_t (*)[32])k, 1);
	pars_bls_g2_add(&r2, &r2, &pars_bls_g2_generator);
	ck_assert(same2(&r2, &sum2));

	some_scalar(k, 99);
	t = pars_bls_g1_generator;
	t2 = pars_bls_g2_generator;
	for (int bit = 0; bit < 256; bit++) {
		if (k[31 - bit / 8] >> (bit % 8) & 1) {
			pars_bls_g1_add(&sum, &sum, &t);
			pars_bls_g2_add(&sum2, &sum2, &t2);
		}
		pars_bls_g1_add(&t, &t, &t);
		pars_bls_g2_add(&t2, &t2, &t2);
	}
	pars_bls_g1_sum(&r, &pars_bls_g1_generator, (const uint8_t (*)[32])k, 1);
	pars_bls_g2_sum(&r2, &pars_bls_g2_generator, (const uint8_t (*)[32])k, 1);
	ck_assert(same1(&r, &sum));
	ck_assert(same2(&r2, &sum2));
}
END_TEST

/* e(aG, bH) and e(-abG, H) cancel, among others that do so and infinity. */
START_TEST(pairing_is_bilinear)
{
	struct pars_bls_g1 p[40];
	struct pars_bls_g2 q[40];
	uint8_t a[32], b[32];
	some_scalar(a, 1);
	some_scalar(b, 2);
	for (int i = 0; i < 36; i += 2) {
		pars_bls_g1_sum(&p[i], &pars_bls_g1_generator, (const uint8_t (*)[32])a, 1);
		pars_bls_g2_sum(&q[i], &pars_bls_g2_generator, (const uint8_t (*)[32])b, 1);
		pars_bls_g1_sum(&p[i + 1], &p[i], (const uint8_t (*)[32])b, 1);
		pars_bls_g1_neg(&p[i + 1], &p[i + 1]);
		q[i + 1] = pars_bls_g2_generator;
		a[7]++;
		b[9]++;
	}
	ck_assert(pars_bls_pairing_is_one(p, q, 0));
	for (int n = 1; n <= 36; n++)
		ck_assert(pars_bls_pairing_is_one(p, q, n) == (n % 2 == 0));
	memset(&p[36], 0, sizeof p[36]);
	q[36] = q[0];
	p[37] = p[0];
	memset(&q[37], 0, sizeof q[37]);
	ck_assert(pars_bls_pairing_is_one(p, q, 38));
	ck_assert(pars_bls_pairing_is_one(p + 36, q + 36, 2));
}
END_TEST

UNIT_CASE(bls12_381, maps_to_both_groups, knows_the_subgroups, refuses_what_is_no_point, decompresses,
	sums_agree, scalars_are_plain_numbers, pairing_is_bilinear);
