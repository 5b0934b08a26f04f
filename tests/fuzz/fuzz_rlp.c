/* RLP: any bytes; what is accepted encodes to itself again. */
#include "codec/rlp.h"
#include "tests/fuzz/fuzz.h"

#define DEPTH_MAX 32

/* Encodes again what lies in `in`; false: it is not RLP, or nested too deep. */
static bool again(struct pars_bytes in, struct pars_buf *out, unsigned depth)
{
	struct pars_rlp item;
	while (in.n) {
		if (depth > DEPTH_MAX || pars_rlp_get(&in, &item))
			return false;
		if (!item.is_list) {
			pars_rlp_put_bytes(out, item.payload);
			continue;
		}
		size_t list = pars_rlp_list_begin(out);
		if (!again(item.payload, out, depth + 1))
			return false;
		pars_rlp_list_end(out, list);
	}
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pars_bytes in = PARS_BYTES(data, size), at = in;
	PARS_AUTO_BUF out = { 0 };
	if (again(in, &out, 0))
		assert(pars_bytes_equal(pars_buf_bytes(&out), in));
	struct pars_u256 v;
	if (!pars_rlp_get_u256(&at, &v)) {
		pars_buf_truncate(&out, 0);
		pars_rlp_put_u256(&out, &v);
		assert(pars_bytes_equal(pars_buf_bytes(&out), PARS_BYTES(data, size - at.n)));
	}
	size_t n;
	if (!pars_rlp_count(in, &n))
		assert(n <= size);
	return 0;
}
