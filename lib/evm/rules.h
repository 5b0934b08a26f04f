/* evm/rules.h - what differs between forks, for the interpreter: prices and limits.
 *
 * Made once from opcode.def and the fork; nothing in the interpreter asks for a
 * fork where a number or a flag here says it. */
#ifndef PARS_EVM_RULES_H
#define PARS_EVM_RULES_H

#include "evm/opcode.h"

#define PARS_EVM_STACK_MAX 1024
#define PARS_EVM_DEPTH_MAX 1024

struct pars_evm_rules {
	enum pars_fork fork;
	struct {
		uint16_t gas;
		uint8_t in, out;
		bool known;
	} op[256];

	bool warm_and_cold;      /* EIP-2929; else: */
	int64_t account_gas[3];  /* BALANCE; EXTCODESIZE and EXTCODECOPY; EXTCODEHASH */
	int64_t call_gas, sload_gas;
	int64_t destroy_gas, destroy_refund;
	int64_t exp_byte_gas;

	enum { PARS_SSTORE_OLD, PARS_SSTORE_1283, PARS_SSTORE_2200 } sstore;
	int64_t sstore_reset_gas;  /* a slot that is not zero gets another value; the access is apart */
	int64_t sstore_clear_refund;

	bool keeps_a_64th;       /* EIP-150: a call gets at most 63/64, and may ask for more */
	bool new_account_by_value; /* EIP-161: only value to a dead account makes it, and costs that */
	uint64_t code_max, init_code_max; /* bytes; UINT64_MAX: no limit */
	int64_t init_word_gas;
	bool code_must_be_paid;  /* EIP-2: else a deposit that is not paid leaves no code */
	bool refuses_ef;         /* EIP-3541 */
	bool delegates;          /* EIP-7702 */
	bool destroys_new_only;  /* EIP-6780 */
};

void pars_evm_rules_init(struct pars_evm_rules *r, enum pars_fork fork);

#endif
