#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "dht/dht_impl.h"

/* -- slots ----------------------------------------------------------------------------- */

static uint64_t number_of(const struct pars_dht *dht, const struct ask *a)
{
	return (uint64_t)a->turn << 32 | (uint32_t)(a - dht->asks + 1);
}

static struct ask *find_ask(const struct pars_dht *dht, uint64_t number)
{
	uint32_t slot = (uint32_t)number;
	if (!slot || slot > dht->ask_cap)
		return NULL;
	struct ask *a = &dht->asks[slot - 1];
	return a->contact && a->turn == number >> 32 ? a : NULL;
}

static void grow(struct pars_dht *dht)
{
	uint32_t cap = dht->ask_cap ? 2 * dht->ask_cap : 8;
	dht->asks = pars_realloc(dht->asks, cap * sizeof *dht->asks);
	for (uint32_t i = cap; i-- > dht->ask_cap;) {
		dht->asks[i] = (struct ask){ .next = dht->ask_free, .turn = 1 };
		dht->ask_free = i + 1;
	}
	dht->ask_cap = cap;
}

static struct ask *take_slot(struct pars_dht *dht)
{
	if (!dht->ask_free)
		grow(dht);
	uint32_t slot = dht->ask_free;
	struct ask *a = &dht->asks[slot - 1];
	dht->ask_free = a->next;
	a->next = 0;
	a->prev = dht->ask_last;
	*(a->prev ? &dht->asks[a->prev - 1].next : &dht->ask_first) = slot;
	dht->ask_last = slot;
	return a;
}

/* Gives the reference to the contact. */
static struct pars_contact *give_slot(struct pars_dht *dht, struct ask *a)
{
	struct pars_contact *c = a->contact;
	uint32_t slot = (uint32_t)(a - dht->asks + 1);
	*(a->prev ? &dht->asks[a->prev - 1].next : &dht->ask_first) = a->next;
	*(a->next ? &dht->asks[a->next - 1].prev : &dht->ask_last) = a->prev;
	dht->probes -= a->kind == ASK_PROBE;
	a->contact = NULL;
	a->op = NULL;
	a->turn++;
	a->next = dht->ask_free;
	dht->ask_free = slot;
	return c;
}

void kad_free_asks(struct pars_dht *dht)
{
	while (dht->ask_first)
		pars_contact_unref(dht->book, give_slot(dht, &dht->asks[dht->ask_first - 1]));
	free(dht->asks);
}

/* -- asking ------------------------------------------------------------------------------ */

void kad_ask(struct pars_dht *dht, struct pars_contact *c, struct op *op, enum ask_kind kind)
{
	struct ask *a = take_slot(dht);
	a->contact = pars_contact_ref(c);
	a->op = op;
	a->at = dht->now;
	a->kind = (uint8_t)kind;
	a->told = false;
	dht->probes += kind == ASK_PROBE;
	pars_count(dht->metrics, PARS_M_dht_asked);
	struct queued *q = kad_emit(dht, PARS_DHT_EV_ASK);
	q->ask = number_of(dht, a);
	q->op = op ? op->id : 0;
	q->contact = pars_contact_ref(c);
}

/* A probe asks for our own place: not everybody answers PING, and nobody must
 * (libp2p specs: kad-dht/README.md, "RPC messages"). */
static enum pars_dht_type question(const struct ask *a)
{
	static const enum pars_dht_type query[] = {
		[OP_FIND] = PARS_DHT_FIND_NODE, [OP_REFRESH] = PARS_DHT_FIND_NODE,
		[OP_PUT] = PARS_DHT_FIND_NODE, [OP_PROVIDE] = PARS_DHT_FIND_NODE,
		[OP_GET] = PARS_DHT_GET_VALUE, [OP_PROVIDERS] = PARS_DHT_GET_PROVIDERS,
	};
	if (a->kind == ASK_PROBE)
		return PARS_DHT_FIND_NODE;
	if (a->kind == ASK_QUERY)
		return query[a->op->kind];
	return a->op->kind == OP_PROVIDE ? PARS_DHT_ADD_PROVIDER : PARS_DHT_PUT_VALUE;
}

bool kad_ask_message(struct pars_dht *dht, uint64_t number, struct pars_dht_message *ret)
{
	struct ask *a = find_ask(dht, number);
	if (!a || (!a->op && a->kind != ASK_PROBE)) {
		/* It was given up before it was sent: no answer will come. */
		if (a)
			pars_contact_unref(dht->book, give_slot(dht, a));
		return false;
	}
	a->told = true;
	ret->type = question(a);
	ret->private_ok = dht->limits.private_ok;
	ret->bad_addrs = ret->bad_peers = ret->left_out = 0;
	ret->closer_count = ret->provider_count = 0;
	ret->key = a->op ? pars_buf_bytes(&a->op->key) : pars_peer_id_bytes(&dht->self->id);
	ret->has_record = ret->type == PARS_DHT_PUT_VALUE;
	ret->record_key = (struct pars_bytes){ 0 };
	ret->value = ret->has_record ? pars_buf_bytes(&a->op->value) : (struct pars_bytes){ 0 };
	if (ret->type == PARS_DHT_ADD_PROVIDER)
		ret->providers[ret->provider_count++] = dht->self;
	return true;
}

void kad_abandon(struct pars_dht *dht, const struct op *op)
{
	for (uint32_t slot = dht->ask_first; slot; slot = dht->asks[slot - 1].next)
		if (dht->asks[slot - 1].op == op)
			dht->asks[slot - 1].op = NULL;
}

bool kad_is_probed(const struct pars_dht *dht, const struct pars_contact *c)
{
	for (uint32_t slot = dht->probes ? dht->ask_first : 0; slot; slot = dht->asks[slot - 1].next)
		if (dht->asks[slot - 1].contact == c && dht->asks[slot - 1].kind == ASK_PROBE)
			return true;
	return false;
}

/* -- answers ------------------------------------------------------------------------------- */

static enum pars_err judge_reply(struct pars_dht *dht, const struct ask *a,
	const struct pars_dht_message *reply)
{
	enum pars_dht_type type = question(a);
	if (!reply)
		return type == PARS_DHT_ADD_PROVIDER ? PARS_OK : PARS_E_PEER_PROTOCOL;
	dht->metrics->value[PARS_M_dht_bad_addr] += reply->bad_addrs;
	dht->metrics->value[PARS_M_dht_bad_peer] += reply->bad_peers;
	if (reply->type != type) {
		pars_count(dht->metrics, PARS_M_dht_reply_wrong);
		return PARS_E_PEER_PROTOCOL;
	}
	if (reply->left_out) {
		pars_count(dht->metrics, PARS_M_dht_reply_too_many);
		return PARS_E_PEER_TOO_LARGE;
	}
	return PARS_OK;
}

/* Whether a value was taken: the node says it back. */
static bool is_stored(const struct op *op, const struct pars_dht_message *reply)
{
	return !reply || (reply->has_record
		&& pars_bytes_equal(reply->value, pars_buf_bytes(&op->value)));
}

static void settle(struct pars_dht *dht, struct ask *a, bool ok)
{
	struct op *op = a->op;
	enum ask_kind kind = a->kind;
	struct pars_contact *c = give_slot(dht, a);
	if (op)
		kad_op_settled(dht, op, c, kind, ok);
	pars_contact_unref(dht->book, c);
}

enum pars_err pars_dht_answered(struct pars_dht *dht, uint64_t number,
	const struct pars_dht_message *reply)
{
	struct ask *a = find_ask(dht, number);
	enum pars_err err = PARS_OK;
	bool stored = true;
	if (!a)
		return PARS_OK;
	bool probe = a->kind == ASK_PROBE;
	struct pars_contact *c = pars_contact_ref(a->contact);
	if (kad_is_alone(dht))
		dht->watch_due = dht->now;
	dht->heard_us = dht->now;
	dht->silent = 0;
	if (a->op || a->kind == ASK_PROBE)
		err = judge_reply(dht, a, reply);
	if (!err && a->op && a->kind == ASK_QUERY)
		err = kad_op_reply(dht, a->op, c, reply);
	else if (!err && a->op)
		stored = is_stored(a->op, reply);
	settle(dht, a, !err && stored);
	if (err)
		kad_peer_failed(dht, c, 0);
	else if (reply && kad_peer_answered(dht, c) && probe) /* that a message was sent says nothing of its reader */
		kad_hear_stranger(dht, reply);
	pars_contact_unref(dht->book, c);
	return err;
}

static void fail(struct pars_dht *dht, struct ask *a)
{
	pars_count(dht->metrics, PARS_M_dht_unanswered);
	dht->silent++;
	struct pars_contact *c = pars_contact_ref(a->contact);
	pars_usec at = a->at;
	settle(dht, a, false);
	kad_peer_failed(dht, c, at);
	pars_contact_unref(dht->book, c);
}

void pars_dht_failed(struct pars_dht *dht, uint64_t number)
{
	struct ask *a = find_ask(dht, number);
	if (a)
		fail(dht, a);
}

pars_usec kad_asks_deadline(const struct pars_dht *dht)
{
	return dht->ask_first ? dht->asks[dht->ask_first - 1].at + dht->limits.query_timeout : PARS_NEVER;
}

void kad_asks_tick(struct pars_dht *dht)
{
	while (kad_asks_deadline(dht) <= dht->now)
		fail(dht, &dht->asks[dht->ask_first - 1]);
}
