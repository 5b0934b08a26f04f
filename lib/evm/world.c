#include "evm/world.h"

#include <stdlib.h>

#include "base/alloc.h"

struct pars_journal_entry {
	enum {
		WARM, WARM_SLOT, TOUCH, BALANCE, NONCE, CODE, SLOT, CREATED, DESTROYED, REFUND, LOG, TRANSIENT,
	} what;
	uint32_t number; /* WARM, WARM_SLOT, TOUCH, CREATED, DESTROYED: what it was */
	union {
		struct pars_world_account *account;
		struct transient *transient;
		int64_t refund;
	};
	union {
		struct pars_world_slot *slot;
		uint64_t nonce;
		struct old_code *code;
	};
	struct pars_u256 value;
};

struct old_code {
	struct pars_digest hash;
	struct pars_bytes code;
	bool known;
};

struct transient {
	struct {
		struct pars_address address;
		uint8_t key[32];
	} place;
	struct pars_u256 value;
};

static struct pars_bytes address_of(const void *value)
{
	return PARS_BYTES_ARRAY(((const struct pars_world_account *)value)->address.b);
}

static struct pars_bytes key_of(const void *value)
{
	const struct pars_world_slot *s = value;
	return PARS_BYTES(&s->key, sizeof s->key);
}

static struct pars_bytes place_of(const void *value)
{
	const struct transient *t = value;
	return PARS_BYTES(&t->place, sizeof t->place);
}

void pars_world_init(struct pars_world *w, const struct pars_evm_host *host, enum pars_fork fork, uint64_t seed)
{
	*w = (struct pars_world){ .host = host, .fork = fork, .seed = seed };
	pars_map_init(&w->accounts, address_of, seed);
	pars_map_init(&w->transient, place_of, seed);
}

void pars_world_done(struct pars_world *w)
{
	struct pars_world_account *a;
	for (size_t at = 0; (a = pars_map_next(&w->accounts, &at));)
		pars_map_done_values(&a->slots);
	pars_map_done_values(&w->accounts);
	pars_map_done_values(&w->transient);
	pars_arena_done(&w->memory);
	pars_arena_done(&w->log_memory);
	free(w->logs);
	free(w->journal);
}

void pars_world_begin(struct pars_world *w)
{
	w->number++;
	w->refund = 0;
	w->log_count = w->journal_count = 0;
	pars_arena_reset(&w->log_memory);
	if (w->transient.count)
		pars_map_done_values(&w->transient);
}

/* -- the journal ------------------------------------------------------------- */

static struct pars_journal_entry *note(struct pars_world *w)
{
	if (w->journal_count == w->journal_cap) {
		w->journal_cap = w->journal_cap ? 2 * w->journal_cap : 64;
		w->journal = pars_realloc(w->journal, w->journal_cap * sizeof *w->journal);
	}
	return &w->journal[w->journal_count++];
}

size_t pars_world_mark(const struct pars_world *w)
{
	return w->journal_count;
}

static void undo(struct pars_world *w, const struct pars_journal_entry *e)
{
	switch (e->what) {
	case WARM:
		e->account->warm_in = e->number;
		break;
	case WARM_SLOT:
		e->slot->warm_in = e->number;
		break;
	case TOUCH:
		e->account->touched_in = e->number;
		break;
	case BALANCE:
		e->account->now.balance = e->value;
		break;
	case NONCE:
		e->account->now.nonce = e->nonce;
		break;
	case CODE:
		e->account->now.code_hash = e->code->hash;
		e->account->code = e->code->code;
		e->account->code_known = e->code->known;
		break;
	case SLOT:
		e->slot->value = e->value;
		break;
	case CREATED:
		e->account->created_in = e->number;
		break;
	case DESTROYED:
		e->account->destroyed_in = e->number;
		break;
	case REFUND:
		w->refund = e->refund;
		break;
	case LOG:
		w->log_count--;
		break;
	case TRANSIENT:
		e->transient->value = e->value;
		break;
	}
}

void pars_world_undo(struct pars_world *w, size_t mark)
{
	while (w->journal_count > mark)
		undo(w, &w->journal[--w->journal_count]);
}

static void destroy(struct pars_world_account *a)
{
	struct pars_world_slot *s;
	for (size_t at = 0; (s = pars_map_next(&a->slots, &at));)
		s->value = PARS_U256(0);
	a->now = (struct pars_account){ .code_hash = pars_keccak256_empty };
	a->code = (struct pars_bytes){ 0 };
	a->code_known = a->storage_wiped = true;
}

void pars_world_end(struct pars_world *w)
{
	for (size_t i = 0; i < w->journal_count; i++) {
		const struct pars_journal_entry *e = &w->journal[i];
		if (e->what == DESTROYED) {
			destroy(e->account);
		} else if (e->what == TOUCH) {
			struct pars_world_account *a = e->account;
			bool empty = pars_world_is_empty(a);
			if (w->fork >= PARS_SPURIOUS)
				a->now.exists = !empty;
			else
				a->now.exists = true;
		}
	}
	/* Touched, but destroyed: it is gone in any fork. */
	for (size_t i = 0; i < w->journal_count; i++)
		if (w->journal[i].what == DESTROYED)
			w->journal[i].account->now.exists = false;
	w->journal_count = 0;
}

/* -- reading ----------------------------------------------------------------- */

enum pars_err pars_world_get(struct pars_world *w, const struct pars_address *address,
	struct pars_world_account **ret)
{
	struct pars_world_account *a = pars_map_get(&w->accounts, PARS_BYTES_ARRAY(address->b));
	if (!a) {
		struct pars_account account;
		enum pars_err err = w->host->account(w->host->ctx, address, &account);
		if (err)
			return err;
		a = pars_alloc(sizeof *a);
		a->address = *address;
		a->now = a->before = account;
		a->code_known = pars_digest_equal(&account.code_hash, &pars_keccak256_empty);
		pars_map_init(&a->slots, key_of, w->seed);
		pars_map_put(&w->accounts, a);
	}
	*ret = a;
	return PARS_OK;
}

enum pars_err pars_world_code(struct pars_world *w, struct pars_world_account *a)
{
	if (a->code_known)
		return PARS_OK;
	enum pars_err err = w->host->code(w->host->ctx, &a->address, &a->now.code_hash, &a->code);
	a->code_known = !err;
	return err;
}

enum pars_err pars_world_slot(struct pars_world *w, struct pars_world_account *a,
	const struct pars_u256 *key, struct pars_world_slot **ret)
{
	struct pars_world_slot *s = pars_map_get(&a->slots, PARS_BYTES(key, sizeof *key));
	if (!s) {
		struct pars_u256 value = { 0 };
		if (!a->storage_wiped && a->before.has_storage) {
			enum pars_err err = w->host->storage(w->host->ctx, &a->address, key, &value);
			if (err)
				return err;
		}
		s = pars_alloc(sizeof *s);
		*s = (struct pars_world_slot){ .key = *key, .value = value, .before = value };
		pars_map_put(&a->slots, s);
	}
	if (s->original_in != w->number) {
		s->original_in = w->number;
		s->original = s->value;
	}
	*ret = s;
	return PARS_OK;
}

bool pars_world_is_dead(const struct pars_world *w, const struct pars_world_account *a)
{
	if (w->fork >= PARS_SPURIOUS)
		return pars_world_is_empty(a);
	return !a->now.exists && a->touched_in != w->number;
}

/* -- changing ---------------------------------------------------------------- */

bool pars_world_warm(struct pars_world *w, struct pars_world_account *a)
{
	if (a->warm_in == w->number)
		return true;
	struct pars_journal_entry *e = note(w);
	e->what = WARM;
	e->account = a;
	e->number = a->warm_in;
	a->warm_in = w->number;
	return false;
}

bool pars_world_warm_slot(struct pars_world *w, struct pars_world_account *a, struct pars_world_slot *s)
{
	if (s->warm_in == w->number)
		return true;
	struct pars_journal_entry *e = note(w);
	e->what = WARM_SLOT;
	e->account = a;
	e->slot = s;
	e->number = s->warm_in;
	s->warm_in = w->number;
	return false;
}

void pars_world_touch(struct pars_world *w, struct pars_world_account *a)
{
	if (a->touched_in == w->number)
		return;
	struct pars_journal_entry *e = note(w);
	e->what = TOUCH;
	e->account = a;
	e->number = a->touched_in;
	a->touched_in = w->number;
}

void pars_world_set_balance(struct pars_world *w, struct pars_world_account *a, const struct pars_u256 *balance)
{
	pars_world_touch(w, a);
	if (pars_u256_equal(&a->now.balance, balance))
		return;
	struct pars_journal_entry *e = note(w);
	e->what = BALANCE;
	e->account = a;
	e->value = a->now.balance;
	a->now.balance = *balance;
}

void pars_world_add_balance(struct pars_world *w, struct pars_world_account *a, const struct pars_u256 *more)
{
	struct pars_u256 sum;
	pars_u256_add(&sum, &a->now.balance, more);
	pars_world_set_balance(w, a, &sum);
}

void pars_world_transfer(struct pars_world *w, struct pars_world_account *from,
	struct pars_world_account *to, const struct pars_u256 *value)
{
	struct pars_u256 rest;
	if (!pars_u256_is_zero(value)) {
		pars_u256_sub(&rest, &from->now.balance, value);
		pars_world_set_balance(w, from, &rest);
	}
	pars_world_add_balance(w, to, value);
}

void pars_world_set_nonce(struct pars_world *w, struct pars_world_account *a, uint64_t nonce)
{
	pars_world_touch(w, a);
	struct pars_journal_entry *e = note(w);
	e->what = NONCE;
	e->account = a;
	e->nonce = a->now.nonce;
	a->now.nonce = nonce;
}

void pars_world_set_code(struct pars_world *w, struct pars_world_account *a, struct pars_bytes code)
{
	pars_world_touch(w, a);
	struct pars_journal_entry *e = note(w);
	struct old_code *old = pars_arena_alloc(&w->memory, sizeof *old);
	*old = (struct old_code){ a->now.code_hash, a->code, a->code_known };
	e->what = CODE;
	e->account = a;
	e->code = old;
	a->code = pars_arena_copy(&w->memory, code);
	a->now.code_hash = pars_keccak256(code);
	a->code_known = true;
}

void pars_world_set_slot(struct pars_world *w, struct pars_world_slot *s, const struct pars_u256 *value)
{
	if (pars_u256_equal(&s->value, value))
		return;
	struct pars_journal_entry *e = note(w);
	e->what = SLOT;
	e->slot = s;
	e->value = s->value;
	s->value = *value;
}

void pars_world_set_created(struct pars_world *w, struct pars_world_account *a)
{
	struct pars_journal_entry *e = note(w);
	e->what = CREATED;
	e->account = a;
	e->number = a->created_in;
	a->created_in = w->number;
}

void pars_world_set_destroyed(struct pars_world *w, struct pars_world_account *a)
{
	if (a->destroyed_in == w->number)
		return;
	struct pars_journal_entry *e = note(w);
	e->what = DESTROYED;
	e->account = a;
	e->number = a->destroyed_in;
	a->destroyed_in = w->number;
}

void pars_world_refund(struct pars_world *w, int64_t more)
{
	struct pars_journal_entry *e = note(w);
	e->what = REFUND;
	e->refund = w->refund;
	w->refund += more;
}

void pars_world_log(struct pars_world *w, const struct pars_log *log)
{
	if (w->log_count == w->log_cap) {
		w->log_cap = w->log_cap ? 2 * w->log_cap : 16;
		w->logs = pars_realloc(w->logs, w->log_cap * sizeof *w->logs);
	}
	w->logs[w->log_count] = *log;
	w->logs[w->log_count++].data = pars_arena_copy(&w->log_memory, log->data);
	note(w)->what = LOG;
}

static struct transient at_place(const struct pars_address *a, const struct pars_u256 *key)
{
	struct transient t = { .place.address = *a };
	memcpy(t.place.key, key, sizeof t.place.key);
	return t;
}

struct pars_u256 pars_world_transient(struct pars_world *w, const struct pars_address *a, const struct pars_u256 *key)
{
	struct transient look = at_place(a, key), *t = pars_map_get(&w->transient, place_of(&look));
	return t ? t->value : PARS_U256(0);
}

void pars_world_set_transient(struct pars_world *w, const struct pars_address *a,
	const struct pars_u256 *key, const struct pars_u256 *value)
{
	struct transient look = at_place(a, key), *t = pars_map_get(&w->transient, place_of(&look));
	if (!t) {
		t = pars_alloc(sizeof *t);
		*t = look;
		pars_map_put(&w->transient, t);
	}
	struct pars_journal_entry *e = note(w);
	e->what = TRANSIENT;
	e->transient = t;
	e->value = t->value;
	t->value = *value;
}

/* -- what became different ------------------------------------------------------ */

struct pars_world_account *pars_world_next(const struct pars_world *w, size_t *at)
{
	return pars_map_next(&w->accounts, at);
}

struct pars_world_slot *pars_world_next_slot(const struct pars_world_account *a, size_t *at)
{
	return pars_map_next(&a->slots, at);
}
