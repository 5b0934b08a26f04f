/* evm/precompile.h - contracts that are code of the node: one table of all.
 *
 * Addresses 0x01 to 0x11 and 0x100 are Ethereum's (yellow paper, appendix E;
 * EIP-152, 196, 197, 198, 2537, 2565, 4844, 7823, 7883, 7951). Functions are
 * pure: the same input gives the same output and gas on every machine. One that
 * has a state adds to its input what the world says, and nothing else. */
#ifndef PARS_EVM_PRECOMPILE_H
#define PARS_EVM_PRECOMPILE_H

#include "crypto/address.h"
#include "evm/fork.h"

struct pars_stateful;

struct pars_precompile {
	uint16_t address; /* its last two bytes; the others are zero */
	enum pars_fork since;
	const char *name; /* "bn254_add" */
	/* What a call with this input costs; UINT64_MAX: more than any limit. Never
	 * does work that grows faster than the input's length. */
	uint64_t (*gas)(struct pars_bytes in, enum pars_fork fork);
	/* Appends the output. False: the call fails and takes all of its gas.
	 * Only called after `gas` was paid. */
	bool (*run)(struct pars_bytes in, enum pars_fork fork, struct pars_buf *out);
	/* In place of both, for one that has a state (evm/stateful.h). */
	void (*act)(struct pars_stateful *call);
};

/* NULL: none at this address under these rules. */
const struct pars_precompile *pars_precompile_find(const struct pars_address *address, enum pars_fork fork);

/* As above, and with those of this network besides Ethereum's: for chains whose
 * configuration says so.
 *
 * 0x0601 to 0x0603 are reserved for signatures and keys that outlast quantum
 * computers (ML-DSA, ML-KEM, both together with a classic one). A call to them
 * fails and takes all its gas, so that nobody builds on an empty account there.
 * They are enabled by a fork that names its block, once every node's rules for
 * them can be the same bytes of code: a library that one machine has and another
 * has not, or has in another version, must never decide what a block means. So
 * what OpenSSL offers here and now is no reason to answer.
 *
 * 0x0c10 is the register of validators (evm/validators.h). */
const struct pars_precompile *pars_network_precompile_find(const struct pars_address *address,
	enum pars_fork fork);

/* The whole table, sorted by address, for lists and tests. */
extern const struct pars_precompile pars_precompiles[];
extern const size_t pars_precompile_count;
/* This network's own, likewise. */
extern const struct pars_precompile pars_network_precompiles[];
extern const size_t pars_network_precompile_count;

#endif
