/* One text per value: decoding and encoding gives the text back, and the
 * other way round. */
#include "codec/multibase.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum pars_base bases[] = {
		PARS_BASE16, PARS_BASE32, PARS_BASE36, PARS_BASE58, PARS_BASE64URL
	};
	uint8_t raw[PARS_BASE_MAX];
	char text[2 * PARS_BASE_MAX + 2];
	size_t n;
	if (!pars_multibase_decode(PARS_BYTES(data, size), raw, sizeof raw, &n)) {
		enum pars_err err = pars_multibase_encode((enum pars_base)data[0], PARS_BYTES(raw, n),
			text, sizeof text);
		assert(!err && pars_bytes_equal(PARS_BYTES_STR(text), PARS_BYTES(data, size)));
	}
	for (size_t i = 0; i < PARS_COUNT(bases) && size <= PARS_BASE_MAX; i++) {
		enum pars_err err = pars_multibase_encode(bases[i], PARS_BYTES(data, size), text,
			sizeof text);
		assert(!err);
		err = pars_multibase_decode(PARS_BYTES_STR(text), raw, sizeof raw, &n);
		assert(!err && pars_bytes_equal(PARS_BYTES(raw, n), PARS_BYTES(data, size)));
	}
	return 0;
}
