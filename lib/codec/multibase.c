#include "codec/multibase.h"

#include <assert.h>

/* Characters per byte is at most 2 (base16). */
#define TEXT_MAX (2 * PARS_BASE_MAX)

struct alphabet {
	enum pars_base base;
	uint8_t bits; /* per character; 0: not a power of two, a big number */
	const char *chars;
};

static const struct alphabet alphabets[] = {
	{ PARS_BASE16, 4, "0123456789abcdef" },
	{ PARS_BASE32, 5, "abcdefghijklmnopqrstuvwxyz234567" },
	{ PARS_BASE36, 0, "0123456789abcdefghijklmnopqrstuvwxyz" },
	{ PARS_BASE58, 0, "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz" },
	{ PARS_BASE64URL, 6, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" },
};

static const struct alphabet *find(int prefix)
{
	for (size_t i = 0; i < PARS_COUNT(alphabets); i++)
		if ((int)alphabets[i].base == prefix)
			return &alphabets[i];
	return NULL;
}

static int digit_of(const struct alphabet *a, uint8_t c)
{
	const char *at = c ? strchr(a->chars, c) : NULL;
	return at ? (int)(at - a->chars) : -1;
}

static size_t encode_bits(const struct alphabet *a, struct pars_bytes in, uint8_t *digits)
{
	size_t n = 0;
	unsigned acc = 0, have = 0;
	for (size_t i = 0; i < in.n; i++) {
		acc = (acc << 8 | in.p[i]) & 0xffff;
		for (have += 8; have >= a->bits; have -= a->bits)
			digits[n++] = (uint8_t)(acc >> (have - a->bits) & ((1u << a->bits) - 1));
	}
	if (have)
		digits[n++] = (uint8_t)(acc << (a->bits - have) & ((1u << a->bits) - 1));
	return n;
}

static bool decode_bits(const struct alphabet *a, struct pars_bytes digits, uint8_t *out, size_t *ret_n)
{
	size_t n = 0;
	unsigned acc = 0, have = 0;
	for (size_t i = 0; i < digits.n; i++) {
		acc = (acc << a->bits | digits.p[i]) & 0xffff;
		have += a->bits;
		if (have >= 8) {
			have -= 8;
			out[n++] = (uint8_t)(acc >> have);
		}
	}
	*ret_n = n;
	/* A whole unused character, or unused bits that are not zero, would be
	 * a second text for the same bytes. */
	return have < a->bits && !(acc & ((1u << have) - 1));
}

/* Base-x: the whole input is one big-endian number whose digits are moved from
 * one radix to another; zeros in front are kept one for one. */
static size_t convert(struct pars_bytes in, unsigned from, unsigned to, uint8_t *out, size_t max)
{
	size_t zeros = 0, n = 0;
	while (zeros < in.n && !in.p[zeros])
		zeros++;
	if (zeros > max)
		return SIZE_MAX;
	/* Little-endian behind the zeros while it grows. */
	uint8_t *le = out + zeros;
	for (size_t i = zeros; i < in.n; i++) {
		unsigned carry = in.p[i];
		for (size_t j = 0; j < n; j++) {
			carry += le[j] * from;
			le[j] = (uint8_t)(carry % to);
			carry /= to;
		}
		for (; carry; carry /= to) {
			if (zeros + n == max)
				return SIZE_MAX;
			le[n++] = (uint8_t)(carry % to);
		}
	}
	for (size_t i = 0; i < n / 2; i++) {
		uint8_t swap = le[i];
		le[i] = le[n - 1 - i];
		le[n - 1 - i] = swap;
	}
	memset(out, 0, zeros);
	return zeros + n;
}

enum pars_err pars_base_encode(enum pars_base base, struct pars_bytes in, char *out, size_t cap)
{
	uint8_t digits[TEXT_MAX];
	const struct alphabet *a = find((int)base);
	assert(a);
	if (in.n > PARS_BASE_MAX)
		return PARS_E_TOO_LARGE;
	size_t n = a->bits ? encode_bits(a, in, digits)
		: convert(in, 256, (unsigned)strlen(a->chars), digits, sizeof digits);
	if (n >= cap)
		return PARS_E_TOO_LARGE;
	for (size_t i = 0; i < n; i++)
		out[i] = a->chars[digits[i]];
	out[n] = '\0';
	return PARS_OK;
}

enum pars_err pars_base_decode(enum pars_base base, struct pars_bytes text,
	uint8_t *out, size_t cap, size_t *ret_n)
{
	uint8_t digits[TEXT_MAX], raw[TEXT_MAX];
	const struct alphabet *a = find((int)base);
	size_t n;
	assert(a);
	if (text.n > sizeof digits)
		return PARS_E_TOO_LARGE;
	for (size_t i = 0; i < text.n; i++) {
		int d = digit_of(a, text.p[i]);
		if (d < 0)
			return PARS_E_INVALID;
		digits[i] = (uint8_t)d;
	}
	struct pars_bytes in = PARS_BYTES(digits, text.n);
	if (!a->bits)
		n = convert(in, (unsigned)strlen(a->chars), 256, raw, PARS_BASE_MAX);
	else if (!decode_bits(a, in, raw, &n))
		return PARS_E_INVALID;
	if (n > PARS_MIN(cap, (size_t)PARS_BASE_MAX))
		return PARS_E_TOO_LARGE;
	if (n)
		memcpy(out, raw, n);
	*ret_n = n;
	return PARS_OK;
}

enum pars_err pars_multibase_encode(enum pars_base base, struct pars_bytes in,
	char *out, size_t cap)
{
	if (!cap)
		return PARS_E_TOO_LARGE;
	enum pars_err err = pars_base_encode(base, in, out + 1, cap - 1);
	if (!err)
		out[0] = (char)base;
	return err;
}

enum pars_err pars_multibase_decode(struct pars_bytes text,
	uint8_t *out, size_t cap, size_t *ret_n)
{
	if (!text.n || !find(text.p[0]))
		return PARS_E_INVALID;
	enum pars_base base = (enum pars_base)pars_bytes_take(&text, 1).p[0];
	return pars_base_decode(base, text, out, cap, ret_n);
}
