/* The first byte chooses a precompile and the second a fork; the rest is its input.
 * Whatever it is, the price is the same twice, nothing is done that the price does
 * not allow, and what comes out is the same twice, of the right length, and, where
 * it is a point, one that the curve's own addition takes back. */
#include "evm/precompile.h"
#include "tests/fuzz/fuzz.h"

/* More work than this is no use in a fuzzer. */
#define GAS_MAX 3000000

static const struct pars_precompile *at(uint16_t number)
{
	struct pars_address a = pars_address_small(number);
	const struct pars_precompile *p = pars_precompile_find(&a, PARS_FORKS - 1);
	assert(p);
	return p;
}

/* The sum of the point and nothing is the point. */
static void check_point(uint16_t adder, struct pars_bytes point)
{
	PARS_AUTO_BUF in = { 0 }, sum = { 0 };
	pars_buf_put(&in, point);
	memset(pars_buf_room(&in, point.n), 0, point.n);
	pars_buf_added(&in, point.n);
	bool ok = at(adder)->run(pars_buf_bytes(&in), PARS_FORKS - 1, &sum);
	assert(ok && pars_bytes_equal(pars_buf_bytes(&sum), point));
}

static void check_output(uint16_t number, struct pars_bytes in, struct pars_bytes out)
{
	switch (number) {
	case 0x01:
	case 0x100:
		assert(out.n == 0 || out.n == 32);
		break;
	case 0x02:
	case 0x03:
		assert(out.n == 32);
		break;
	case 0x04:
		assert(pars_bytes_equal(in, out));
		break;
	case 0x06:
	case 0x07:
		assert(out.n == 64);
		check_point(0x06, out);
		break;
	case 0x08:
	case 0x0f:
		assert(out.n == 32 && out.p[31] <= 1);
		break;
	case 0x09:
	case 0x0a:
		assert(out.n == 64);
		break;
	case 0x0b:
	case 0x0c:
	case 0x10:
		assert(out.n == 128);
		check_point(0x0b, out);
		break;
	case 0x0d:
	case 0x0e:
	case 0x11:
		assert(out.n == 256);
		check_point(0x0d, out);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	const struct pars_precompile *p = &pars_precompiles[data[0] % pars_precompile_count];
	enum pars_fork fork = p->since + data[1] % (PARS_FORKS - p->since);
	struct pars_bytes in = PARS_BYTES(data + 2, size - 2);
	uint64_t gas = p->gas(in, fork);
	assert(p->gas(in, fork) == gas);
	if (gas > GAS_MAX)
		return 0;
	PARS_AUTO_BUF once = { 0 }, twice = { 0 };
	bool ok = p->run(in, fork, &once);
	assert(p->run(in, fork, &twice) == ok);
	if (ok) {
		assert(pars_bytes_equal(pars_buf_bytes(&once), pars_buf_bytes(&twice)));
		check_output(p->address, in, pars_buf_bytes(&once));
	}
	return 0;
}
