#include "evm/rules.h"

void pars_evm_rules_init(struct pars_evm_rules *r, enum pars_fork fork)
{
	*r = (struct pars_evm_rules){ .fork = fork };
	for (unsigned code = 0; code < 256; code++) {
		struct pars_opcode_info info = pars_opcode((uint8_t)code);
		r->op[code].known = info.name && info.since <= fork;
		r->op[code].gas = info.gas;
		r->op[code].in = info.in;
		r->op[code].out = info.out;
	}
	r->warm_and_cold = fork >= PARS_BERLIN;
	/* EIP-150, EIP-1884 */
	r->account_gas[0] = fork >= PARS_ISTANBUL ? 700 : fork >= PARS_TANGERINE ? 400 : 20;
	r->account_gas[1] = fork >= PARS_TANGERINE ? 700 : 20;
	r->account_gas[2] = fork >= PARS_ISTANBUL ? 700 : 400;
	r->call_gas = fork >= PARS_TANGERINE ? 700 : 40;
	r->sload_gas = fork >= PARS_ISTANBUL ? 800 : fork >= PARS_TANGERINE ? 200 : 50;
	r->destroy_gas = fork >= PARS_TANGERINE ? 5000 : 0;
	r->destroy_refund = fork >= PARS_LONDON ? 0 : 24000;
	r->exp_byte_gas = fork >= PARS_SPURIOUS ? 50 : 10;
	/* EIP-1283, EIP-2200, EIP-2929, EIP-3529 */
	r->sstore = fork >= PARS_ISTANBUL ? PARS_SSTORE_2200
		: fork == PARS_CONSTANTINOPLE ? PARS_SSTORE_1283 : PARS_SSTORE_OLD;
	r->sstore_reset_gas = fork >= PARS_BERLIN ? 2900 : 5000;
	r->sstore_clear_refund = fork >= PARS_LONDON ? 4800 : 15000;
	r->keeps_a_64th = fork >= PARS_TANGERINE;
	r->new_account_by_value = fork >= PARS_SPURIOUS;
	r->code_max = fork >= PARS_SPURIOUS ? 24576 : UINT64_MAX;
	r->init_code_max = fork >= PARS_SHANGHAI ? 49152 : UINT64_MAX; /* EIP-3860 */
	r->init_word_gas = fork >= PARS_SHANGHAI ? 2 : 0;
	r->code_must_be_paid = fork >= PARS_HOMESTEAD;
	r->refuses_ef = fork >= PARS_LONDON;
	r->delegates = fork >= PARS_PRAGUE;
	r->destroys_new_only = fork >= PARS_CANCUN;
}
