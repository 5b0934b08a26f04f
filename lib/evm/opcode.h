/* evm/opcode.h - the instructions as a table (opcode.def). */
#ifndef PARS_EVM_OPCODE_H
#define PARS_EVM_OPCODE_H

#include "evm/fork.h"

enum pars_opcode {
#define OP(code, name, since, gas, in, out) PARS_OP_##name = (code),
#include "evm/opcode.def"
#undef OP
	PARS_OP_PUSH2 = 0x61,
	PARS_OP_PUSH32 = 0x7f,
	PARS_OP_DUP16 = 0x8f,
	PARS_OP_SWAP16 = 0x9f,
	PARS_OP_LOG4 = 0xa4,
};

struct pars_opcode_info {
	const char *name;     /* NULL: no such instruction */
	enum pars_fork since;
	uint16_t gas;
	uint8_t in, out;      /* words taken and given */
	uint8_t immediate;    /* bytes that follow: PUSH */
};

struct pars_opcode_info pars_opcode(uint8_t code);
/* Writes "PUSH7" and the like; an unknown one as "0x0c". */
void pars_opcode_name(uint8_t code, char out[16]);

#endif
