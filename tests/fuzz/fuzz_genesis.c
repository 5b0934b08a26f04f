/* geth's genesis files: whatever is read makes a first block, or says why not. */
#include "rpc/chain_genesis.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	PARS_AUTO_ARENA arena = { 0 };
	struct pars_genesis genesis;
	struct pars_fault fault = { 0 };
	json_t *file = json_loadb((const char *)data, size, 0, NULL);
	if (rpc_chain_genesis_read(file, &arena, &genesis, &fault)) {
		assert(fault.text[0]);
	} else {
		struct pars_header header, again;
		PARS_AUTO_BUF b = { 0 };
		assert(!pars_chain_config_problem(&genesis.config));
		pars_genesis_header(&genesis, &header);
		pars_header_put(&b, &header);
		struct pars_bytes in = pars_buf_bytes(&b);
		assert(!pars_header_get(&in, &again) && !in.n);
	}
	json_decref(file);
	return 0;
}
