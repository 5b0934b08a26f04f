/* Blocks and receipts: any bytes; what is accepted encodes to itself again. */
#include "chain/block.h"
#include "chain/receipt.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	PARS_AUTO_ARENA arena = { 0 };
	PARS_AUTO_BUF out = { 0 };
	struct pars_block block;
	struct pars_receipt receipt;
	struct pars_bytes in = PARS_BYTES(data, size);
	if (!pars_block_decode(in, &arena, &block)) {
		struct pars_digest hash = pars_header_hash(&block.header);
		assert(pars_digest_equal(&hash, &block.hash));
		pars_block_encode(&block, &out);
		assert(pars_bytes_equal(pars_buf_bytes(&out), in));
		pars_block_roots_match(&block);
	}
	pars_buf_truncate(&out, 0);
	if (!pars_receipt_decode(in, &arena, &receipt)) {
		pars_receipt_encode(&receipt, &out);
		assert(pars_bytes_equal(pars_buf_bytes(&out), in));
		pars_receipt_set_bloom(&receipt);
		pars_receipts_root(&receipt, 1);
	}
	return 0;
}
