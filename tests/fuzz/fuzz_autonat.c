/* AutoNAT messages: what decodes is written and decoded again. */
#include "codec/uvarint.h"
#include "net/autonat.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pars_autonat m, again;
	PARS_AUTO_BUF out = { 0 };
	uint64_t n;
	if (pars_autonat_decode(PARS_BYTES(data, size), &m))
		return 0;
	pars_autonat_encode(&m, &out);
	struct pars_bytes raw = pars_buf_bytes(&out);
	if (pars_uvarint_get(&raw, &n) || n != raw.n || pars_autonat_decode(raw, &again) ||
	    again.is_response != m.is_response || again.count != m.count || again.status != m.status)
		abort();
	return 0;
}
