/* Whatever is read writes back as the bytes it was. */
#include "codec/uvarint.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pars_bytes in = PARS_BYTES(data, size);
	uint64_t v;
	while (in.n) {
		struct pars_bytes before = in;
		uint8_t out[PARS_UVARINT_MAX];
		if (pars_uvarint_get(&in, &v)) {
			assert(in.n == before.n);
			break;
		}
		size_t n = pars_uvarint_put(out, v);
		assert(pars_bytes_equal(PARS_BYTES(out, n), PARS_BYTES(before.p, before.n - in.n)));
	}
	return 0;
}
