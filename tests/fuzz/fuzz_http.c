/* A request to the metrics socket: what is decided stays decided, however the
 * bytes arrive, and never needs more than the reader holds. */
#include "daemon/http.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum http_request whole = http_request_read(PARS_BYTES(data, size)), seen = HTTP_UNFINISHED;
	assert(size < HTTP_REQUEST_MAX || whole != HTTP_UNFINISHED);
	/* Each time about half as much again: small ones byte by byte. */
	for (size_t n = 0; n < size; n += 1 + n / 2) {
		enum http_request now = http_request_read(PARS_BYTES(data, n));
		assert(seen == HTTP_UNFINISHED || now == seen);
		seen = now;
	}
	assert(seen == HTTP_UNFINISHED || seen == whole);
	return 0;
}
