#include "evm/opcode.h"

#include <stdio.h>
#include <string.h>

static const struct pars_opcode_info table[256] = {
#define OP(code, name, since, gas, in, out) [code] = { #name, PARS_##since, gas, in, out, 0 },
#include "evm/opcode.def"
#undef OP
};

struct pars_opcode_info pars_opcode(uint8_t code)
{
	struct pars_opcode_info info;
	if (code >= PARS_OP_PUSH1 && code <= PARS_OP_PUSH32) {
		info = table[PARS_OP_PUSH1];
		info.immediate = (uint8_t)(code - PARS_OP_PUSH1 + 1);
	} else if (code >= PARS_OP_DUP1 && code <= PARS_OP_DUP16) {
		info = table[PARS_OP_DUP1];
		info.in = (uint8_t)(info.in + code - PARS_OP_DUP1);
		info.out = (uint8_t)(info.out + code - PARS_OP_DUP1);
	} else if (code >= PARS_OP_SWAP1 && code <= PARS_OP_SWAP16) {
		info = table[PARS_OP_SWAP1];
		info.in = (uint8_t)(info.in + code - PARS_OP_SWAP1);
		info.out = (uint8_t)(info.out + code - PARS_OP_SWAP1);
	} else if (code >= PARS_OP_LOG0 && code <= PARS_OP_LOG4) {
		info = table[PARS_OP_LOG0];
		info.gas = (uint16_t)(info.gas * (code - PARS_OP_LOG0 + 1));
		info.in = (uint8_t)(info.in + code - PARS_OP_LOG0);
	} else {
		info = table[code];
	}
	return info;
}

void pars_opcode_name(uint8_t code, char out[16])
{
	struct pars_opcode_info info = pars_opcode(code);
	if (!info.name) {
		snprintf(out, 16, "0x%02x", code);
		return;
	}
	size_t letters = strcspn(info.name, "0123456789");
	uint8_t first = code & 0xf0;
	unsigned number = first == 0x60 || first == 0x70 ? code - 0x5fu : first == 0xa0 ? code - 0xa0u : (code & 15) + 1u;
	if (code >= PARS_OP_PUSH1 && code <= PARS_OP_LOG4)
		snprintf(out, 16, "%.*s%u", (int)letters, info.name, number);
	else
		snprintf(out, 16, "%s", info.name);
}
