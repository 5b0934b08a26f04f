#include "tests/evm/evmone.h"

#ifndef HAVE_EVMC
bool evmone_open(void)
{
	return false;
}

int64_t evmone_run(struct pars_bytes code, struct pars_bytes input, int64_t gas)
{
	(void)code, (void)input, (void)gas;
	return -1;
}
#else

#include <dlfcn.h>
#include <stdlib.h>

#include <evmc/evmc.h>

#include "tests/evm/json.h"

static struct evmc_vm *vm;

bool evmone_open(void)
{
	const char *path = getenv("EVMONE");
	if (!path)
		return false;
	void *lib = dlopen(path, RTLD_NOW);
	struct evmc_vm *(*create)(void) = NULL;
	if (lib)
		*(void **)&create = dlsym(lib, "evmc_create_evmone");
	if (!create)
		die("$EVMONE: %s", dlerror());
	vm = create();
	return true;
}

/* A world of one account with some slots: what the benchmark inputs need. */
static struct slot {
	evmc_bytes32 key, value;
	uint64_t run; /* in which it was put here */
} slots[4096];
static uint64_t runs;

static evmc_bytes32 *slot(const evmc_bytes32 *key)
{
	size_t at = pars_be32(key->bytes + 28) * 2654435761u % PARS_COUNT(slots);
	while (slots[at].run == runs && memcmp(&slots[at].key, key, sizeof *key))
		at = (at + 1) % PARS_COUNT(slots);
	if (slots[at].run != runs)
		slots[at] = (struct slot){ .key = *key, .run = runs };
	return &slots[at].value;
}

static bool exists(struct evmc_host_context *c, const evmc_address *a)
{
	(void)c, (void)a;
	return true;
}

static evmc_bytes32 get_storage(struct evmc_host_context *c, const evmc_address *a, const evmc_bytes32 *key)
{
	(void)c, (void)a;
	return *slot(key);
}

static enum evmc_storage_status set_storage(struct evmc_host_context *c, const evmc_address *a,
	const evmc_bytes32 *key, const evmc_bytes32 *value)
{
	static const evmc_bytes32 zero;
	(void)c, (void)a;
	evmc_bytes32 *at = slot(key);
	bool same = !memcmp(at, value, sizeof *at), was_zero = !memcmp(at, &zero, sizeof zero);
	*at = *value;
	return same ? EVMC_STORAGE_ASSIGNED : was_zero ? EVMC_STORAGE_ADDED : EVMC_STORAGE_MODIFIED;
}

static evmc_uint256be get_balance(struct evmc_host_context *c, const evmc_address *a)
{
	(void)c, (void)a;
	return (evmc_uint256be){ { 0 } };
}

static size_t code_size(struct evmc_host_context *c, const evmc_address *a)
{
	(void)c, (void)a;
	return 0;
}

static evmc_bytes32 code_hash(struct evmc_host_context *c, const evmc_address *a)
{
	(void)c, (void)a;
	return (evmc_bytes32){ { 0 } };
}

static size_t copy_code(struct evmc_host_context *c, const evmc_address *a, size_t at, uint8_t *to, size_t n)
{
	(void)c, (void)a, (void)at, (void)to, (void)n;
	return 0;
}

static struct evmc_tx_context tx_context(struct evmc_host_context *c)
{
	(void)c;
	return (struct evmc_tx_context){ .block_number = 1, .block_gas_limit = INT64_MAX };
}

static enum evmc_access_status access_account(struct evmc_host_context *c, const evmc_address *a)
{
	(void)c, (void)a;
	return EVMC_ACCESS_COLD;
}

static enum evmc_access_status access_storage(struct evmc_host_context *c, const evmc_address *a, const evmc_bytes32 *key)
{
	(void)c, (void)a, (void)key;
	return EVMC_ACCESS_COLD;
}

int64_t evmone_run(struct pars_bytes code, struct pars_bytes input, int64_t gas)
{
	static const struct evmc_host_interface host = {
		.account_exists = exists, .get_storage = get_storage, .set_storage = set_storage,
		.get_balance = get_balance, .get_code_size = code_size, .get_code_hash = code_hash,
		.copy_code = copy_code, .get_tx_context = tx_context,
		.access_account = access_account, .access_storage = access_storage,
	};
	runs++;
	struct evmc_message message = { .kind = EVMC_CALL, .gas = gas, .input_data = input.p, .input_size = input.n };
	struct evmc_result r = vm->execute(vm, &host, NULL, EVMC_ISTANBUL, &message, code.p, code.n);
	int64_t used = r.status_code == EVMC_SUCCESS ? gas - r.gas_left : -1;
	if (r.release)
		r.release(&r);
	return used;
}
#endif
