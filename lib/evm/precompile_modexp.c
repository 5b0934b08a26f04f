/* MODEXP, 0x05: three lengths of 32 bytes, then base, exponent and modulus, with
 * zeros behind the end of the input. Priced by EIP-198, by EIP-2565 since Berlin
 * and by EIP-7883 since Osaka, which also bounds the lengths (EIP-7823). */
#include "crypto/modexp.h"
#include "evm/precompile_impl.h"

#define OSAKA_LENGTH_MAX 1024

/* 2^64 - 1 stands for all that is longer. */
struct lengths {
	uint64_t base, exponent, modulus;
};

static struct lengths read_lengths(struct pars_bytes in)
{
	uint8_t raw[96];
	pars_precompile_padded(in, raw, sizeof raw);
	struct pars_u256 base = pars_u256_from_be(raw), exponent = pars_u256_from_be(raw + 32),
		modulus = pars_u256_from_be(raw + 64);
	return (struct lengths){ pars_u256_u64(&base), pars_u256_u64(&exponent), pars_u256_u64(&modulus) };
}

/* What the input has from `at` on, n bytes at most. */
static struct pars_bytes part(struct pars_bytes in, uint64_t at, uint64_t n)
{
	if (at >= in.n)
		return (struct pars_bytes){ 0 };
	return PARS_BYTES(in.p + at, PARS_MIN(n, in.n - at));
}

static uint64_t plus(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t times(uint64_t a, uint64_t b)
{
	uint64_t product;
	return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

/* How often a power is squared and multiplied: the bits of its exponent, of which
 * only the first 32 bytes are looked at and each byte behind counts `per_byte`. */
static uint64_t iterations(struct pars_bytes in, const struct lengths *n, uint64_t per_byte)
{
	uint8_t head[32] = { 0 };
	size_t size = PARS_MIN(n->exponent, sizeof head);
	/* Right-aligned, as it is a number. */
	pars_precompile_padded(part(in, plus(96, n->base), size), head + sizeof head - size, size);
	struct pars_u256 v = pars_u256_from_be(head);
	unsigned bits = pars_u256_bits(&v);
	uint64_t count = bits ? bits - 1 : 0;
	if (n->exponent > sizeof head)
		count = plus(count, times(per_byte, n->exponent - sizeof head));
	return PARS_MAX(count, 1);
}

static uint64_t complexity(uint64_t n, enum pars_fork fork)
{
	if (n > UINT32_MAX)
		return UINT64_MAX; /* its square is */
	uint64_t words = (n + 7) / 8;
	if (fork >= PARS_OSAKA)
		return n <= 32 ? 16 : 2 * words * words;
	if (fork >= PARS_BERLIN)
		return words * words;
	if (n <= 64)
		return n * n;
	if (n <= 1024)
		return n * n / 4 + 96 * n - 3072;
	return n * n / 16 + 480 * n - 199680;
}

uint64_t pars_precompile_modexp_gas(struct pars_bytes in, enum pars_fork fork)
{
	struct lengths n = read_lengths(in);
	uint64_t longest = PARS_MAX(n.base, n.modulus);
	if (fork >= PARS_OSAKA && PARS_MAX(longest, n.exponent) > OSAKA_LENGTH_MAX)
		return UINT64_MAX;
	uint64_t work = complexity(longest, fork), count = iterations(in, &n, fork >= PARS_OSAKA ? 16 : 8);
	if (work == UINT64_MAX)
		return UINT64_MAX;
	uint64_t gas = times(work, count); /* a price of 2^64 and more is one nobody pays, divided or not */
	if (gas == UINT64_MAX)
		return gas;
	gas /= fork >= PARS_OSAKA ? 1 : fork >= PARS_BERLIN ? 3 : 20;
	uint64_t least = fork >= PARS_OSAKA ? 500 : fork >= PARS_BERLIN ? 200 : 0;
	return PARS_MAX(gas, least);
}

bool pars_precompile_modexp(struct pars_bytes in, enum pars_fork fork, struct pars_buf *out)
{
	struct lengths n = read_lengths(in);
	uint64_t longest = PARS_MAX(PARS_MAX(n.base, n.modulus), n.exponent);
	if (fork >= PARS_OSAKA && longest > OSAKA_LENGTH_MAX)
		return false;
	/* Nothing is asked, and the exponent's length is then bounded by no gas. */
	if (!n.modulus)
		return true;
	/* No gas pays for such; whoever calls without asking its price gets a no. */
	if (longest > UINT32_MAX)
		return false;
	struct pars_modexp_number base = { part(in, 96, n.base), 0 },
		exponent = { part(in, 96 + n.base, n.exponent), 0 },
		modulus = { part(in, 96 + n.base + n.exponent, n.modulus), 0 };
	base.zeros = n.base - base.bytes.n;
	exponent.zeros = n.exponent - exponent.bytes.n;
	modulus.zeros = n.modulus - modulus.bytes.n;
	pars_modexp(&base, &exponent, &modulus, pars_buf_room(out, n.modulus));
	pars_buf_added(out, n.modulus);
	return true;
}
