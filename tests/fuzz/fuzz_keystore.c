/* Key files: whatever is read is written and read again the same. */
#include "rpc/keystore_file.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pars_keystore ks, again;
	struct pars_fault fault = { 0 };
	json_t *file = json_loadb((const char *)data, size, 0, NULL);
	enum pars_err err = rpc_keystore_read(file, &ks, &fault);
	json_decref(file);
	if (err) {
		assert(fault.text[0]);
		return 0;
	}
	file = rpc_keystore_write(&ks);
	assert(file && !rpc_keystore_read(file, &again, &fault));
	json_decref(file);
	assert(!memcmp(&ks, &again, sizeof ks));
	return 0;
}
