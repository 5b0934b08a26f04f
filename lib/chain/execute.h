/* chain/execute.h - one transaction upon a world: who pays what, what runs, what is left.
 *
 * Yellow paper, 6; EIP-1559, 2929, 2930, 3529, 3607, 3651, 4844, 7623, 7702.
 * May wait for the host as the EVM does: whatever the transaction needs before
 * anything runs is asked for before anything changes. */
#ifndef PARS_CHAIN_EXECUTE_H
#define PARS_CHAIN_EXECUTE_H

#include "chain/transaction.h"
#include "evm/evm.h"

struct pars_execution {
	struct pars_evm *evm;
	struct pars_world *world;
	const struct pars_evm_block *block;
	const struct pars_transaction *tx;
	struct pars_transaction_rules rules;
	struct pars_address sender;
	struct pars_evm_tx context;
	bool begun;
	uint64_t floor_gas;
	struct pars_arena memory;
	struct authority *authorities; /* who gave each authorization; found once */

	/* The outcome. */
	const char *problem; /* why the transaction is invalid; then nothing changed */
	struct pars_evm_result result;
	uint64_t gas_used;
};

/* Borrows all of it until the end, the sender (pars_transaction_sender) is
 * copied. The evm has the rules' fork. Begins a transaction of the world. */
void pars_execution_start(struct pars_execution *x, struct pars_evm *evm, struct pars_world *world,
	const struct pars_evm_block *block, const struct pars_transaction *tx,
	const struct pars_address *sender, const struct pars_transaction_rules *rules);
/* BUSY: the host does not know something yet; call again. Then the transaction
 * of the world is over; its logs are there until the next begins. */
PARS_MUST enum pars_err pars_execution_run(struct pars_execution *x);
/* After any end, and when it is given up. */
void pars_execution_done(struct pars_execution *x);

/* A call by the system itself, before or after the transactions of a block
 * (EIP-4788, 2935, 7002, 7251): no fee, no nonce, 30 M gas. *ret_there: there is
 * code. BUSY as above: then call again with all the same. */
PARS_MUST enum pars_err pars_execute_system(struct pars_evm *evm, struct pars_world *world,
	const struct pars_evm_block *block, const struct pars_address *to, struct pars_bytes input,
	bool *ret_there, struct pars_evm_result *ret);

#endif
