/* evm/host.h - where the EVM's world comes from: local state, proofs, a remote source.
 *
 * The host only reads; what an execution changes stays in evm/world.h until it
 * is over. Any function may answer BUSY: "not known yet, I have asked for it";
 * then the execution is suspended where it stands and goes on when it is
 * resumed. NOT_FOUND is no answer: what is not there is zero. Any other error
 * ends the execution (it says that the state is damaged, not that the code is
 * wrong). */
#ifndef PARS_EVM_HOST_H
#define PARS_EVM_HOST_H

#include "base/err.h"
#include "crypto/address.h"

struct pars_account {
	struct pars_u256 balance;
	uint64_t nonce;
	struct pars_digest code_hash; /* pars_keccak256_empty: no code */
	bool exists;                  /* false: all else is zero, code_hash the empty one */
	bool has_storage;             /* its storage is not empty (EIP-7610) */
};

struct pars_evm_host {
	void *ctx;
	enum pars_err (*account)(void *ctx, const struct pars_address *address, struct pars_account *ret);
	enum pars_err (*storage)(void *ctx, const struct pars_address *address,
		const struct pars_u256 *key, struct pars_u256 *ret);
	/* Borrowed until the execution ends. */
	enum pars_err (*code)(void *ctx, const struct pars_address *address,
		const struct pars_digest *code_hash, struct pars_bytes *ret);
	/* Of one of the 256 blocks before the current one. */
	enum pars_err (*block_hash)(void *ctx, uint64_t number, struct pars_digest *ret);
};

#endif
