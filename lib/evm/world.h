/* evm/world.h - what transactions see and change, over a host that only reads.
 *
 * Accounts and slots are read from the host once and kept. Changes go through a
 * journal, so that a call that fails is undone to where it began, in time that
 * its own changes cost. A transaction is _begin … _end; a world may see many
 * of them, one after another (a block), and then says what became different.
 *
 * Warm and cold are EIP-2929, transient storage EIP-1153, deletion of touched
 * empty accounts EIP-161, destruction EIP-6780 or older. */
#ifndef PARS_EVM_WORLD_H
#define PARS_EVM_WORLD_H

#include "base/arena.h"
#include "base/map.h"
#include "evm/fork.h"
#include "evm/host.h"

struct pars_world_slot {
	struct pars_u256 key;
	struct pars_u256 value;
	struct pars_u256 original; /* when the transaction began, if original_in is its number */
	struct pars_u256 before;   /* when the world began */
	uint32_t original_in, warm_in;
};

struct pars_world_account {
	struct pars_address address;
	struct pars_account now, before; /* before: as the host told it */
	struct pars_bytes code;          /* once code_known */
	bool code_known;
	bool storage_wiped;              /* the host's slots are gone, all of them */
	uint32_t warm_in, created_in, destroyed_in, touched_in; /* the transaction it happened in last, 0: none */
	struct pars_map slots;
};

struct pars_log {
	struct pars_address address;
	unsigned topic_count; /* at most 4 */
	struct pars_digest topics[4];
	struct pars_bytes data;
};

struct pars_world {
	const struct pars_evm_host *host;
	enum pars_fork fork;
	struct pars_map accounts, transient;
	struct pars_arena memory; /* code made here */
	uint64_t seed;

	/* of the transaction: */
	uint32_t number;   /* counts from 1 */
	int64_t refund;
	struct pars_log *logs;
	size_t log_count, log_cap;
	struct pars_arena log_memory;
	struct pars_journal_entry *journal;
	size_t journal_count, journal_cap;
};

/* Borrows the host. `seed`: secret, so that nobody chooses keys that collide. */
void pars_world_init(struct pars_world *w, const struct pars_evm_host *host, enum pars_fork fork, uint64_t seed);
void pars_world_done(struct pars_world *w);

void pars_world_begin(struct pars_world *w);
/* Deletes what was destroyed, and what was touched and is empty. Logs stay
 * until the next _begin. */
void pars_world_end(struct pars_world *w);

/* A place to come back to, and back to it. */
size_t pars_world_mark(const struct pars_world *w);
void pars_world_undo(struct pars_world *w, size_t mark);

/* The account, there or not. BUSY: the host does not know yet. Valid as long as
 * the world. */
PARS_MUST enum pars_err pars_world_get(struct pars_world *w, const struct pars_address *address,
	struct pars_world_account **ret);
PARS_MUST enum pars_err pars_world_code(struct pars_world *w, struct pars_world_account *a);
PARS_MUST enum pars_err pars_world_slot(struct pars_world *w, struct pars_world_account *a,
	const struct pars_u256 *key, struct pars_world_slot **ret);

/* No nonce, no balance, no code (EIP-161). */
static inline bool pars_world_is_empty(const struct pars_world_account *a)
{
	return !a->now.nonce && pars_u256_is_zero(&a->now.balance) &&
		pars_digest_equal(&a->now.code_hash, &pars_keccak256_empty);
}
/* Not there, as the fork has it. */
bool pars_world_is_dead(const struct pars_world *w, const struct pars_world_account *a);

/* True: it was warm already. */
bool pars_world_warm(struct pars_world *w, struct pars_world_account *a);
bool pars_world_warm_slot(struct pars_world *w, struct pars_world_account *a, struct pars_world_slot *s);

/* What a transaction changes. */
void pars_world_touch(struct pars_world *w, struct pars_world_account *a);
void pars_world_set_balance(struct pars_world *w, struct pars_world_account *a, const struct pars_u256 *balance);
void pars_world_add_balance(struct pars_world *w, struct pars_world_account *a, const struct pars_u256 *more);
/* From one to another; the first has enough. */
void pars_world_transfer(struct pars_world *w, struct pars_world_account *from,
	struct pars_world_account *to, const struct pars_u256 *value);
void pars_world_set_nonce(struct pars_world *w, struct pars_world_account *a, uint64_t nonce);
/* Copies the code. */
void pars_world_set_code(struct pars_world *w, struct pars_world_account *a, struct pars_bytes code);
void pars_world_set_slot(struct pars_world *w, struct pars_world_slot *s, const struct pars_u256 *value);
void pars_world_set_created(struct pars_world *w, struct pars_world_account *a);
void pars_world_set_destroyed(struct pars_world *w, struct pars_world_account *a);
void pars_world_refund(struct pars_world *w, int64_t more);
/* Copies topics and data. */
void pars_world_log(struct pars_world *w, const struct pars_log *log);
struct pars_u256 pars_world_transient(struct pars_world *w, const struct pars_address *a, const struct pars_u256 *key);
void pars_world_set_transient(struct pars_world *w, const struct pars_address *a,
	const struct pars_u256 *key, const struct pars_u256 *value);

/* The accounts, in no order; *at starts at 0, NULL at the end. An account is
 * different if `now` differs from `before`, storage_wiped, or a slot's value
 * differs from its `before`. */
struct pars_world_account *pars_world_next(const struct pars_world *w, size_t *at);
struct pars_world_slot *pars_world_next_slot(const struct pars_world_account *a, size_t *at);

#endif
