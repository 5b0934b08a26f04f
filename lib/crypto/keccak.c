#include "crypto/keccak.h"

#define RATE 136 /* bytes a block: 200 less twice the digest */

const struct pars_digest pars_keccak256_empty = { {
	0xc5, 0xd2, 0x46, 0x01, 0x86, 0xf7, 0x23, 0x3c, 0x92, 0x7e, 0x7d, 0xb2, 0xdc, 0xc7, 0x03, 0xc0,
	0xe5, 0x00, 0xb6, 0x53, 0xca, 0x82, 0x27, 0x3b, 0x7b, 0xfa, 0xd8, 0x04, 0x5d, 0x85, 0xa4, 0x70,
} };

static const uint64_t round_constants[24] = {
	0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000,
	0x000000000000808b, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
	0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
	0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003,
	0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
	0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
};

#define ROL(v, n) ((n) ? ((v) << (n)) | ((v) >> ((64 - (n)) & 63)) : (v))

/* One row of the next state: rho and pi say which lane of `from` comes to each of
 * its five places and by how much it is turned; chi mixes the five. What theta of the
 * next round wants, each column's parity, is gathered in n0 to n4 on the way. */
#define ROW(y, i0, x0, r0, i1, x1, r1, i2, x2, r2, i3, x3, r3, i4, x4, r4) \
	do { \
		uint64_t b0 = ROL(from[i0] ^ d##x0, r0), b1 = ROL(from[i1] ^ d##x1, r1), \
			b2 = ROL(from[i2] ^ d##x2, r2), b3 = ROL(from[i3] ^ d##x3, r3), \
			b4 = ROL(from[i4] ^ d##x4, r4); \
		n0 ^= to[y] = b0 ^ (~b1 & b2); \
		n1 ^= to[y + 1] = b1 ^ (~b2 & b3); \
		n2 ^= to[y + 2] = b2 ^ (~b3 & b4); \
		n3 ^= to[y + 3] = b3 ^ (~b4 & b0); \
		n4 ^= to[y + 4] = b4 ^ (~b0 & b1); \
	} while (0)

/* c holds the columns' parities, of `from` before and of `to` after. */
static inline __attribute__((always_inline)) void round_of(const uint64_t from[25], uint64_t to[25],
	uint64_t c[5], uint64_t constant)
{
	uint64_t d0 = c[4] ^ ROL(c[1], 1), d1 = c[0] ^ ROL(c[2], 1), d2 = c[1] ^ ROL(c[3], 1),
		d3 = c[2] ^ ROL(c[4], 1), d4 = c[3] ^ ROL(c[0], 1);
	uint64_t n0 = constant, n1 = 0, n2 = 0, n3 = 0, n4 = 0;
	ROW(0, 0, 0, 0, 6, 1, 44, 12, 2, 43, 18, 3, 21, 24, 4, 14);
	to[0] ^= constant;
	ROW(5, 3, 3, 28, 9, 4, 20, 10, 0, 3, 16, 1, 45, 22, 2, 61);
	ROW(10, 1, 1, 1, 7, 2, 6, 13, 3, 25, 19, 4, 8, 20, 0, 18);
	ROW(15, 4, 4, 27, 5, 0, 36, 11, 1, 10, 17, 2, 15, 23, 3, 56);
	ROW(20, 2, 2, 62, 8, 3, 55, 14, 4, 39, 15, 0, 41, 21, 1, 2);
	c[0] = n0;
	c[1] = n1;
	c[2] = n2;
	c[3] = n3;
	c[4] = n4;
}

static inline __attribute__((always_inline)) void rounds(uint64_t s[25])
{
	uint64_t t[25], c[5];
	for (int x = 0; x < 5; x++)
		c[x] = s[x] ^ s[x + 5] ^ s[x + 10] ^ s[x + 15] ^ s[x + 20];
	for (int i = 0; i < 24; i += 2) {
		round_of(s, t, c, round_constants[i]);
		round_of(t, s, c, round_constants[i + 1]);
	}
}

/* Rotations and and-not of two operands save a third of the instructions. */
#ifdef __x86_64__
__attribute__((target("bmi,bmi2"))) static void rounds_bmi(uint64_t s[25])
{
	rounds(s);
}

static void permute(uint64_t s[25])
{
	if (__builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2"))
		rounds_bmi(s);
	else
		rounds(s);
}
#else
static void permute(uint64_t s[25])
{
	rounds(s);
}
#endif

static void absorb(uint64_t s[25], const uint8_t *block)
{
	for (size_t i = 0; i < RATE / 8; i++)
		s[i] ^= pars_le64(block + 8 * i);
	permute(s);
}

struct pars_digest pars_keccak256(struct pars_bytes data)
{
	uint64_t s[25] = { 0 };
	for (; data.n >= RATE; data.p += RATE, data.n -= RATE)
		absorb(s, data.p);
	uint8_t last[RATE] = { 0 };
	if (data.n)
		memcpy(last, data.p, data.n);
	last[data.n] = 1;
	last[RATE - 1] |= 0x80;
	absorb(s, last);
	struct pars_digest digest;
	for (int i = 0; i < 4; i++)
		for (int j = 0; j < 8; j++)
			digest.b[8 * i + j] = (uint8_t)(s[i] >> (8 * j));
	return digest;
}
