/* DAG-CBOR, payload maps, CIDs: any bytes; what is accepted is canonical. */
#include <stdlib.h>

#include "codec/cbor.h"
#include "codec/cid.h"
#include "session/payload.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pars_bytes in = PARS_BYTES(data, size), v;
	struct pars_payload p;
	uint8_t digest[32];
	int64_t i;
	if (!pars_payload_decode(in, &p)) {
		PARS_AUTO_BUF out = { 0 };
		struct pars_payload again;
		pars_payload_encode(&p, &out);
		if (pars_payload_decode(pars_buf_bytes(&out), &again) || !pars_bytes_equal(again.text, p.text))
			abort();
	}
	struct pars_bytes at = in;
	if (!pars_cbor_get_int(&at, &i)) {
		PARS_AUTO_BUF out = { 0 };
		pars_cbor_put_int(&out, i);
		if (!pars_bytes_equal(pars_buf_bytes(&out), PARS_BYTES(data, size - at.n)))
			abort();
	}
	at = in;
	if (!pars_cbor_get_text(&at, &v) && !pars_utf8_valid(v))
		abort();
	if (!pars_cid_decode(in, digest) && size != PARS_CID_SIZE)
		abort();
	at = in;
	if (pars_cbor_skip(&at) == PARS_OK && at.n >= size)
		abort(); /* an item of no bytes */
	return 0;
}
