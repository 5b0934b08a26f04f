/* Walks every field; those with a number of their own write back the same. */
#include "codec/protobuf.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pars_bytes in = PARS_BYTES(data, size);
	struct pars_pb_field f, again;
	while (in.n && !pars_pb_next(&in, &f)) {
		PARS_AUTO_BUF out = { 0 };
		if ((f.key & 7) == PARS_PB_VARINT)
			pars_pb_put_varint(&out, f.key >> 3, f.value);
		else if ((f.key & 7) == PARS_PB_BYTES)
			pars_pb_put_bytes(&out, f.key >> 3, f.data);
		else
			continue;
		struct pars_bytes back = pars_buf_bytes(&out);
		enum pars_err err = pars_pb_next(&back, &again);
		assert(!err && !back.n && again.key == f.key && again.value == f.value);
		assert(pars_bytes_equal(again.data, f.data));
	}
	return 0;
}
