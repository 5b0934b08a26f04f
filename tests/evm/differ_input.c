/* Inputs of precompiles: signatures that are valid, points of the curves, and
 * then, often, something wrong with them. Points are made with the precompiles
 * themselves, whose answers the other implementation checks in turn. */
#include "tests/evm/differ.h"

#include "crypto/secp256k1.h"
#include "evm/precompile.h"

#define POINTS 12

static struct {
	uint8_t bn[POINTS][64], bn_g2[2][128];
	uint8_t g1[POINTS][128], g2[POINTS][256];
	uint8_t keys[4][32];
} known;

static void compute(uint16_t number, struct pars_bytes in, uint8_t *out, size_t n)
{
	struct pars_address address = pars_address_small(number);
	const struct pars_precompile *p = pars_precompile_find(&address, PARS_OSAKA);
	PARS_AUTO_BUF b = { 0 };
	if (p && p->run(in, PARS_OSAKA, &b) && b.n == n)
		memcpy(out, pars_buf_bytes(&b).p, n);
}

void differ_input_prepare(void)
{
	/* The generator of BN254's second group (EIP-197), and its negative. */
	static const char bn_g2[] =
		"198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2"
		"1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed"
		"090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b"
		"12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa";
	static const char bn_g2_y[] =
		"275dc4a288d1afb3cbb1ac09187524c7db36395df7be3b99e673b13a075a65ec"
		"1d9befcd05a5323e6da4d435f3b617cdb3af83285c2df711ef39c01571827f9d";
	struct draw d = { 1 };
	for (int i = 0; i < 2; i++) {
		if (!pars_unhex(bn_g2, known.bn_g2[i], 128) || (i && !pars_unhex(bn_g2_y, known.bn_g2[i] + 64, 64)))
			return;
	}
	for (int i = 0; i < POINTS; i++) {
		uint8_t mul[96] = { [31] = 1, [63] = 2 }, fp[128] = { 0 };
		for (int k = 0; k < 32; k++)
			mul[64 + k] = (uint8_t)draw_u64(&d);
		compute(0x07, PARS_BYTES_ARRAY(mul), known.bn[i], 64);
		for (int k = 17; k < 64; k++)
			fp[k] = (uint8_t)draw_u64(&d);
		compute(0x10, PARS_BYTES(fp, 64), known.g1[i], 128);
		for (int k = 81; k < 128; k++)
			fp[k] = (uint8_t)draw_u64(&d);
		compute(0x11, PARS_BYTES_ARRAY(fp), known.g2[i], 256);
	}
	for (size_t i = 0; i < PARS_COUNT(known.keys); i++)
		known.keys[i][31] = (uint8_t)(i + 1);
}

static void put_random(struct draw *d, struct pars_buf *out, size_t n)
{
	while (n--)
		pars_buf_put_byte(out, (uint8_t)draw_u64(d));
}

static void put_zeros(struct pars_buf *out, size_t n)
{
	while (n--)
		pars_buf_put_byte(out, 0);
}

static void put_word64(struct pars_buf *out, uint64_t v)
{
	uint8_t b[8];
	put_zeros(out, 24);
	pars_put_be64(b, v);
	pars_buf_put(out, PARS_BYTES_ARRAY(b));
}

static void ecrecover(struct draw *d, struct pars_buf *out)
{
	uint8_t hash[32], r[32], s[32];
	unsigned parity;
	for (int i = 0; i < 32; i++)
		hash[i] = (uint8_t)draw_u64(d);
	if (!pars_secp256k1_sign(known.keys[draw_below(d, PARS_COUNT(known.keys))], hash, r, s, &parity))
		return;
	pars_buf_put(out, PARS_BYTES_ARRAY(hash));
	put_word64(out, 27 + parity);
	pars_buf_put(out, PARS_BYTES_ARRAY(r));
	pars_buf_put(out, PARS_BYTES_ARRAY(s));
}

static void modexp(struct draw *d, struct pars_buf *out)
{
	uint64_t sizes[3];
	for (int i = 0; i < 3; i++) {
		sizes[i] = draw_chance(d, 80) ? draw_below(d, 40) : draw_chance(d, 90) ? draw_below(d, 300) : draw_below(d, 1100);
		put_word64(out, sizes[i]);
	}
	for (int i = 0; i < 3; i++)
		for (uint64_t n = sizes[i]; n; n--)
			pars_buf_put_byte(out, draw_chance(d, 20) ? 0 : (uint8_t)draw_u64(d));
}

static void blake2f(struct draw *d, struct pars_buf *out)
{
	uint8_t rounds[4] = { 0, 0, (uint8_t)draw_below(d, 2), (uint8_t)draw_u64(d) };
	pars_buf_put(out, PARS_BYTES_ARRAY(rounds));
	put_random(d, out, 64 + 128 + 16);
	pars_buf_put_byte(out, (uint8_t)draw_below(d, draw_chance(d, 90) ? 2 : 256));
}

/* Commitments to constants: the proof is the point at infinity, and the value
 * is the constant, wherever it is asked for. */
static void kzg(struct draw *d, struct pars_buf *out)
{
	static const char generator[] = "97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905"
		"a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb";
	uint8_t commitment[48] = { 0xc0 }, proof[48] = { 0xc0 };
	bool one = draw_chance(d, 50);
	if (one && !pars_unhex(generator, commitment, sizeof commitment))
		return;
	struct pars_digest hash = pars_sha256(PARS_BYTES_ARRAY(commitment));
	hash.b[0] = 1;
	pars_buf_put(out, pars_digest_bytes(&hash));
	pars_buf_put_byte(out, 0); /* below the field's order */
	put_random(d, out, 31);
	put_word64(out, one ^ draw_chance(d, 10));
	pars_buf_put(out, PARS_BYTES_ARRAY(commitment));
	pars_buf_put(out, PARS_BYTES_ARRAY(proof));
}

static void p256(struct draw *d, struct pars_buf *out)
{
	/* RFC 6979, A.2.5. */
	static const char rest[] = "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
		"f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
		"60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
		"7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
	uint8_t bytes[128];
	struct pars_digest hash = pars_sha256(PARS_BYTES_STR("sample"));
	if (draw_chance(d, 20))
		hash.b[draw_below(d, 32)] ^= 1;
	pars_buf_put(out, pars_digest_bytes(&hash));
	if (pars_unhex(rest, bytes, sizeof bytes))
		pars_buf_put(out, PARS_BYTES_ARRAY(bytes));
}

#define PUT_POINT(points) put_point(d, out, (points)[draw_below(d, POINTS)], sizeof (points)[0])

static void put_point(struct draw *d, struct pars_buf *out, const uint8_t *point, size_t n)
{
	if (draw_chance(d, 12))
		put_zeros(out, n); /* infinity */
	else
		pars_buf_put(out, PARS_BYTES(point, n));
}

static void well_formed(struct draw *d, uint16_t number, struct pars_buf *out)
{
	uint64_t many = 1 + draw_below(d, 3);
	switch (number) {
	case 0x01:
		ecrecover(d, out);
		break;
	case 0x05:
		modexp(d, out);
		break;
	case 0x06:
		PUT_POINT(known.bn);
		PUT_POINT(known.bn);
		break;
	case 0x07:
		PUT_POINT(known.bn);
		put_random(d, out, 32);
		break;
	case 0x08:
		for (many = draw_chance(d, 20) ? 0 : 1 + draw_below(d, 2); many; many--) {
			PUT_POINT(known.bn);
			put_point(d, out, known.bn_g2[draw_below(d, 2)], 128);
		}
		/* A pair and the opposite of it: the product is one. */
		if (out->n == 2 * 192 && draw_chance(d, 50)) {
			memcpy(out->mem + out->off + 192, out->mem + out->off, 64);
			memcpy(out->mem + out->off + 64, known.bn_g2[0], 128);
			memcpy(out->mem + out->off + 256, known.bn_g2[1], 128);
		}
		break;
	case 0x09:
		blake2f(d, out);
		break;
	case 0x0a:
		kzg(d, out);
		break;
	case 0x0b:
		PUT_POINT(known.g1);
		PUT_POINT(known.g1);
		break;
	case 0x0c:
		for (; many; many--) {
			PUT_POINT(known.g1);
			put_random(d, out, 32);
		}
		break;
	case 0x0d:
		PUT_POINT(known.g2);
		PUT_POINT(known.g2);
		break;
	case 0x0e:
		for (; many; many--) {
			PUT_POINT(known.g2);
			put_random(d, out, 32);
		}
		break;
	case 0x0f:
		for (many = 1 + draw_below(d, 2); many; many--) {
			PUT_POINT(known.g1);
			PUT_POINT(known.g2);
		}
		break;
	case 0x10:
	case 0x11:
		for (int i = 0; i <= number - 0x10; i++) {
			put_zeros(out, 17);
			put_random(d, out, 47);
		}
		break;
	case 0x100:
		p256(d, out);
		break;
	default:
		put_random(d, out, draw_below(d, 200));
	}
}

void differ_input(struct draw *d, uint16_t number, struct pars_buf *out)
{
	well_formed(d, number, out);
	switch (draw_below(d, 10)) {
	case 0: /* too short */
		pars_buf_truncate(out, draw_below(d, out->n + 1));
		break;
	case 1: /* too long */
		put_random(d, out, 1 + draw_below(d, 40));
		break;
	case 2:
	case 3:
		differ_code_mutate(d, out);
		break;
	case 4:
		put_random(d, out, draw_below(d, 100));
		pars_buf_drop(out, draw_below(d, out->n + 1));
		break;
	default:
		break;
	}
}
