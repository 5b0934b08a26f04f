/* parsd.conf, and a genesis file's "pars" section. */
#include <stdlib.h>

#include "daemon/options.h"
#include "rpc/genesis.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct options o = { 0 };
	struct pars_fault fault = { 0 };
	struct rpc_genesis genesis = { 0 };
	if (!options_parse_conf(&o, PARS_BYTES(data, size), "fuzz", &fault) && !options_defaults(&o, &fault)) {
		size_t n;
		struct rpc_setting *rows = options_settings(&o, &n);
		options_settings_free(rows, n);
	}
	options_done(&o);
	fault.text[0] = '\0';
	if (rpc_genesis_read(PARS_BYTES(data, size), &genesis, &fault) && !fault.text[0])
		abort(); /* refused without a word */
	rpc_genesis_done(&genesis);
	return 0;
}
