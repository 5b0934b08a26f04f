#include "crypto/blake2f.h"

static const uint64_t iv[8] = {
	0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
	0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
};

#define ROR(v, n) ((v) >> (n) | (v) << (64 - (n)))

#define MIX(a, b, c, d, x, y) \
	do { \
		a += b + m[x]; \
		d = ROR(d ^ a, 32); \
		c += d; \
		b = ROR(b ^ c, 24); \
		a += b + m[y]; \
		d = ROR(d ^ a, 16); \
		c += d; \
		b = ROR(b ^ c, 63); \
	} while (0)

/* A round takes the sixteen words of the block in one of ten orders: columns of
 * the state, then its diagonals. The orders are text here, so that no index is
 * looked up while it runs. */
#define ROUND(i0, i1, i2, i3, i4, i5, i6, i7, i8, i9, ia, ib, ic, id, ie, if_) \
	do { \
		MIX(v0, v4, v8, vc, 0x##i0, 0x##i1); \
		MIX(v1, v5, v9, vd, 0x##i2, 0x##i3); \
		MIX(v2, v6, va, ve, 0x##i4, 0x##i5); \
		MIX(v3, v7, vb, vf, 0x##i6, 0x##i7); \
		MIX(v0, v5, va, vf, 0x##i8, 0x##i9); \
		MIX(v1, v6, vb, vc, 0x##ia, 0x##ib); \
		MIX(v2, v7, v8, vd, 0x##ic, 0x##id); \
		MIX(v3, v4, v9, ve, 0x##ie, 0x##if_); \
		if (!--rounds) \
			goto done; \
	} while (0)

void pars_blake2f(uint32_t rounds, uint64_t h[8], const uint64_t m[16], const uint64_t t[2], bool last)
{
	uint64_t v0 = h[0], v1 = h[1], v2 = h[2], v3 = h[3], v4 = h[4], v5 = h[5], v6 = h[6], v7 = h[7],
		v8 = iv[0], v9 = iv[1], va = iv[2], vb = iv[3], vc = iv[4] ^ t[0], vd = iv[5] ^ t[1],
		ve = last ? ~iv[6] : iv[6], vf = iv[7];

	while (rounds) {
		ROUND(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, a, b, c, d, e, f);
		ROUND(e, a, 4, 8, 9, f, d, 6, 1, c, 0, 2, b, 7, 5, 3);
		ROUND(b, 8, c, 0, 5, 2, f, d, a, e, 3, 6, 7, 1, 9, 4);
		ROUND(7, 9, 3, 1, d, c, b, e, 2, 6, 5, a, 4, 0, f, 8);
		ROUND(9, 0, 5, 7, 2, 4, a, f, e, 1, b, c, 6, 8, 3, d);
		ROUND(2, c, 6, a, 0, b, 8, 3, 4, d, 7, 5, f, e, 1, 9);
		ROUND(c, 5, 1, f, e, d, 4, a, 0, 7, 6, 3, 9, 2, 8, b);
		ROUND(d, b, 7, e, c, 1, 3, 9, 5, 0, f, 4, 8, 6, 2, a);
		ROUND(6, f, e, 9, b, 3, 0, 8, c, 2, d, 7, 1, 4, a, 5);
		ROUND(a, 2, 8, 4, 7, 6, 1, 5, f, b, 9, e, 3, c, d, 0);
	}
done:
	h[0] ^= v0 ^ v8;
	h[1] ^= v1 ^ v9;
	h[2] ^= v2 ^ va;
	h[3] ^= v3 ^ vb;
	h[4] ^= v4 ^ vc;
	h[5] ^= v5 ^ vd;
	h[6] ^= v6 ^ ve;
	h[7] ^= v7 ^ vf;
}
