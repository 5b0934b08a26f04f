/* base/u256.h - unsigned integers of 256 bits: balances, storage, the EVM's words.
 *
 * Four limbs of 64 bits, the lowest first. Arithmetic wraps modulo 2^256; what
 * is signed is two's complement. Results may be written over arguments. What
 * is short is inline, as the interpreter lives on it. */
#ifndef PARS_BASE_U256_H
#define PARS_BASE_U256_H

#include "base/bytes.h"

struct pars_u256 {
	uint64_t w[4];
};

#define PARS_U256(v) ((struct pars_u256){ { (v), 0, 0, 0 } })

static inline bool pars_u256_is_zero(const struct pars_u256 *a)
{
	return !(a->w[0] | a->w[1] | a->w[2] | a->w[3]);
}

static inline bool pars_u256_equal(const struct pars_u256 *a, const struct pars_u256 *b)
{
	return !((a->w[0] ^ b->w[0]) | (a->w[1] ^ b->w[1]) | (a->w[2] ^ b->w[2]) | (a->w[3] ^ b->w[3]));
}

/* It fits 64 bits. */
static inline bool pars_u256_is_u64(const struct pars_u256 *a)
{
	return !(a->w[1] | a->w[2] | a->w[3]);
}

/* The value, or UINT64_MAX when it is more than that. */
static inline uint64_t pars_u256_u64(const struct pars_u256 *a)
{
	return pars_u256_is_u64(a) ? a->w[0] : UINT64_MAX;
}

/* A limb with the carry of the limb below; *carry becomes its own. */
static inline uint64_t pars_limb_add(uint64_t a, uint64_t b, uint8_t *carry)
{
	uint64_t sum = a + b, out = sum + *carry;
	*carry = (uint8_t)((sum < a) | (out < sum));
	return out;
}

static inline uint64_t pars_limb_sub(uint64_t a, uint64_t b, uint8_t *borrow)
{
	uint64_t diff = a - b, out = diff - *borrow;
	*borrow = (uint8_t)((a < b) | (diff < *borrow));
	return out;
}

/* The compiler makes a chain of carries out of no C that we know: three times as
 * many instructions in what the interpreter does most. */
#if defined(__x86_64__)
#define PARS_U256_CHAIN(first, next, r, a, b, carry) \
	do { \
		uint64_t r0 = (a)->w[0], r1 = (a)->w[1], r2 = (a)->w[2], r3 = (a)->w[3]; \
		__asm__(first " %[b0], %[r0]\n\t" next " %[b1], %[r1]\n\t" \
			next " %[b2], %[r2]\n\t" next " %[b3], %[r3]" \
			: [r0] "+r"(r0), [r1] "+r"(r1), [r2] "+r"(r2), [r3] "+r"(r3), "=@ccc"(carry) \
			: [b0] "rm"((b)->w[0]), [b1] "rm"((b)->w[1]), [b2] "rm"((b)->w[2]), [b3] "rm"((b)->w[3])); \
		*(r) = (struct pars_u256){ { r0, r1, r2, r3 } }; \
	} while (0)
#else
#define PARS_U256_CHAIN(first, next, r, a, b, carry) \
	do { \
		uint8_t c_ = 0; \
		struct pars_u256 r_; \
		for (int i_ = 0; i_ < 4; i_++) \
			r_.w[i_] = (first)[0] == 'a' ? pars_limb_add((a)->w[i_], (b)->w[i_], &c_) \
				: pars_limb_sub((a)->w[i_], (b)->w[i_], &c_); \
		*(r) = r_; \
		(carry) = c_; \
	} while (0)
#endif

/* True: it went over 2^256. */
static inline bool pars_u256_add(struct pars_u256 *r, const struct pars_u256 *a, const struct pars_u256 *b)
{
	bool carry;
	PARS_U256_CHAIN("addq", "adcq", r, a, b, carry);
	return carry;
}

/* True: it went below zero. */
static inline bool pars_u256_sub(struct pars_u256 *r, const struct pars_u256 *a, const struct pars_u256 *b)
{
	bool borrow;
	PARS_U256_CHAIN("subq", "sbbq", r, a, b, borrow);
	return borrow;
}

static inline bool pars_u256_less(const struct pars_u256 *a, const struct pars_u256 *b)
{
	struct pars_u256 d;
	return pars_u256_sub(&d, a, b);
}

static inline int pars_u256_compare(const struct pars_u256 *a, const struct pars_u256 *b)
{
	return pars_u256_less(a, b) ? -1 : !pars_u256_equal(a, b);
}

/* The number of the highest bit set, from 1; 0 of zero. */
static inline unsigned pars_u256_bits(const struct pars_u256 *a)
{
	for (int i = 3; i >= 0; i--)
		if (a->w[i])
			return (unsigned)(64 * i + 64 - __builtin_clzll(a->w[i]));
	return 0;
}

/* 32 bytes, the highest first. */
static inline struct pars_u256 pars_u256_from_be(const uint8_t b[32])
{
	return (struct pars_u256){ { pars_be64(b + 24), pars_be64(b + 16), pars_be64(b + 8), pars_be64(b) } };
}

static inline void pars_u256_to_be(const struct pars_u256 *a, uint8_t b[32])
{
	pars_put_be64(b, a->w[3]);
	pars_put_be64(b + 8, a->w[2]);
	pars_put_be64(b + 16, a->w[1]);
	pars_put_be64(b + 24, a->w[0]);
}

/* Up to 32 bytes, the highest first; false: more, other than leading zeros. */
bool pars_u256_from_bytes(struct pars_bytes in, struct pars_u256 *ret);
/* Without leading zeros, at the end of `b`; returns how many bytes, 0 of zero. */
size_t pars_u256_minimal(const struct pars_u256 *a, uint8_t b[32]);

void pars_u256_mul(struct pars_u256 *r, const struct pars_u256 *a, const struct pars_u256 *b);
/* True: it went over 2^256. */
bool pars_u256_mul_over(struct pars_u256 *r, const struct pars_u256 *a, const struct pars_u256 *b);
/* By zero: both results are zero, as the EVM has it. NULL: not wanted. */
void pars_u256_divmod(struct pars_u256 *quotient, struct pars_u256 *rest,
	const struct pars_u256 *a, const struct pars_u256 *b);
void pars_u256_sdivmod(struct pars_u256 *quotient, struct pars_u256 *rest,
	const struct pars_u256 *a, const struct pars_u256 *b);
/* Over the whole sum and product, before they wrap; modulo zero: zero. */
void pars_u256_addmod(struct pars_u256 *r, const struct pars_u256 *a, const struct pars_u256 *b,
	const struct pars_u256 *m);
void pars_u256_mulmod(struct pars_u256 *r, const struct pars_u256 *a, const struct pars_u256 *b,
	const struct pars_u256 *m);
void pars_u256_exp(struct pars_u256 *r, const struct pars_u256 *base, const struct pars_u256 *power);

/* By any number of bits. */
static inline void pars_u256_shl(struct pars_u256 *r, const struct pars_u256 *a, unsigned bits)
{
	unsigned s = bits % 64;
	uint64_t t0 = a->w[0] << s, t1 = a->w[1] << s | (a->w[0] >> 1) >> (63 - s),
		t2 = a->w[2] << s | (a->w[1] >> 1) >> (63 - s), t3 = a->w[3] << s | (a->w[2] >> 1) >> (63 - s);
	switch (bits / 64) {
	case 0: *r = (struct pars_u256){ { t0, t1, t2, t3 } }; return;
	case 1: *r = (struct pars_u256){ { 0, t0, t1, t2 } }; return;
	case 2: *r = (struct pars_u256){ { 0, 0, t0, t1 } }; return;
	case 3: *r = (struct pars_u256){ { 0, 0, 0, t0 } }; return;
	default: *r = (struct pars_u256){ { 0, 0, 0, 0 } };
	}
}

/* Down, `fill` coming in from above: nothing, or the sign's bits. */
static inline void pars_u256_shift_down(struct pars_u256 *r, const struct pars_u256 *a, unsigned bits, uint64_t fill)
{
	unsigned s = bits % 64;
	uint64_t t0 = a->w[0] >> s | (a->w[1] << 1) << (63 - s), t1 = a->w[1] >> s | (a->w[2] << 1) << (63 - s),
		t2 = a->w[2] >> s | (a->w[3] << 1) << (63 - s), t3 = a->w[3] >> s | (fill << 1) << (63 - s);
	switch (bits / 64) {
	case 0: *r = (struct pars_u256){ { t0, t1, t2, t3 } }; return;
	case 1: *r = (struct pars_u256){ { t1, t2, t3, fill } }; return;
	case 2: *r = (struct pars_u256){ { t2, t3, fill, fill } }; return;
	case 3: *r = (struct pars_u256){ { t3, fill, fill, fill } }; return;
	default: *r = (struct pars_u256){ { fill, fill, fill, fill } };
	}
}

static inline void pars_u256_shr(struct pars_u256 *r, const struct pars_u256 *a, unsigned bits)
{
	pars_u256_shift_down(r, a, bits, 0);
}

static inline void pars_u256_sar(struct pars_u256 *r, const struct pars_u256 *a, unsigned bits)
{
	pars_u256_shift_down(r, a, bits, a->w[3] >> 63 ? UINT64_MAX : 0);
}

#endif
