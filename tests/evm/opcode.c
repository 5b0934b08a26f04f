/* Opcode vectors: two words, an instruction, what comes out; a file each, named
 * by the instruction. */
#include "tests/evm/suites.h"

#include "evm/opcode.h"
#include "tests/evm/prestate.h"

/* The code of "testcases_sdiv.json"; -1: unknown. */
static int code_of(const char *path)
{
	static const char prefix[] = "testcases_";
	const char *name = strrchr(path, '/');
	name = name ? name + 1 : path;
	if (strncmp(name, prefix, sizeof prefix - 1))
		return -1;
	name += sizeof prefix - 1;
	char wanted[16] = { 0 }, known[16];
	for (size_t i = 0; i < sizeof wanted - 1 && name[i] && name[i] != '.'; i++)
		wanted[i] = (char)(name[i] >= 'a' && name[i] <= 'z' ? name[i] - 32 : name[i]);
	if (!strcmp(wanted, "SIGNEXT"))
		return PARS_OP_SIGNEXTEND;
	for (int code = 0; code < 256; code++) {
		pars_opcode_name((uint8_t)code, known);
		if (!strcmp(wanted, known))
			return code;
	}
	return -1;
}

static const char *check(struct pars_evm *evm, uint8_t op, const json_t *test)
{
	/* PUSH32 X, PUSH32 Y, op, PUSH1 0, MSTORE, PUSH1 32, PUSH1 0, RETURN */
	uint8_t code[32 + 32 + 11] = { PARS_OP_PUSH32 }, *rest = code + 66;
	struct pars_digest x = json_digest(json_object_get(test, "X")), y = json_digest(json_object_get(test, "Y"));
	memcpy(code + 1, x.b, 32);
	code[33] = PARS_OP_PUSH32;
	memcpy(code + 34, y.b, 32);
	memcpy(rest, (const uint8_t[]){ op, 0x60, 0, 0x52, 0x60, 32, 0x60, 0, 0xf3 }, 9);
	struct prestate state;
	prestate_init(&state, NULL);
	struct pars_world world;
	pars_world_init(&world, &state.host, pars_evm_fork(evm), 1);
	pars_world_begin(&world);
	struct pars_address to = { { 1, 2, 3 } };
	struct pars_world_account *a;
	struct pars_evm_result r = { .status = PARS_EVM_OUT_OF_GAS };
	const struct pars_evm_block block = { .number = 1 };
	const struct pars_evm_tx tx = { 0 };
	if (!pars_world_get(&world, &to, &a)) {
		pars_world_set_code(&world, a, PARS_BYTES_ARRAY(code));
		pars_evm_start(evm, &world, &block, &tx, &(struct pars_evm_call){ .to = to, .gas = 1000000 });
		if (pars_evm_run(evm, &r))
			die("the state failed");
	}
	struct pars_digest want = json_digest(json_object_get(test, "Expected"));
	bool same = r.status == PARS_EVM_SUCCESS && r.output.n == 32 && !memcmp(r.output.p, want.b, 32);
	pars_world_done(&world);
	prestate_done(&state);
	return same ? NULL : "another result";
}

void opcode_file(struct pars_evm *evm, const char *path, struct report *report)
{
	json_t *file = json_file(path), *test;
	int op = code_of(path);
	size_t i;
	char name[24];
	pars_evm_set_fork(evm, PARS_OSAKA);
	json_array_foreach(file, i, test) {
		snprintf(name, sizeof name, "%zu", i);
		report_case(report, path, name, op < 0 ? "no such instruction" : check(evm, (uint8_t)op, test));
	}
	json_decref(file);
}
