#include <stdlib.h>

#include "base/alloc.h"
#include "dht/dht_impl.h"

#define EVENTS_KEPT 16 /* room that stays when all are drained */

struct queued *kad_emit(struct pars_dht *dht, enum pars_dht_event_type type)
{
	if (dht->event_count == dht->event_cap) {
		dht->event_cap = dht->event_cap ? 2 * dht->event_cap : EVENTS_KEPT;
		dht->events = pars_realloc(dht->events, dht->event_cap * sizeof *dht->events);
	}
	struct queued *q = &dht->events[dht->event_count++];
	*q = (struct queued){ .type = type };
	return q;
}

void kad_emit_table(struct pars_dht *dht, struct pars_contact *c, bool entered)
{
	struct queued *q = kad_emit(dht, PARS_DHT_EV_TABLE);
	q->contact = pars_contact_ref(c);
	q->ok = entered;
}

static void release(struct pars_dht *dht, struct queued *q)
{
	if (q->result) {
		for (size_t i = 0; i < q->result->closest_count; i++)
			pars_contact_unref(dht->book, q->result->closest[i]);
		free(q->result);
	}
	pars_contact_unref(dht->book, q->contact);
	pars_buf_done(&q->key);
	pars_buf_done(&q->value);
	*q = (struct queued){ 0 };
}

/* A simulation has many nodes that are quiet: they keep nothing. */
static void drained(struct pars_dht *dht)
{
	dht->event_first = dht->event_count = 0;
	if (!dht->ask_first) {
		free(dht->message);
		dht->message = NULL;
	}
	if (dht->event_cap <= EVENTS_KEPT)
		return;
	free(dht->events);
	dht->events = NULL;
	dht->event_cap = 0;
}

void kad_free_events(struct pars_dht *dht)
{
	release(dht, &dht->last);
	while (dht->event_first < dht->event_count)
		release(dht, &dht->events[dht->event_first++]);
	free(dht->message);
	free(dht->events);
}

/* The message of an ASK, its bytes copied: the operation may end before the
 * caller is done with them. False: nobody waits for the answer any more. */
static bool fill_ask(struct pars_dht *dht, struct queued *q)
{
	if (!dht->message) /* large, and most of it never used: not zeroed */
		dht->message = pars_realloc(NULL, sizeof *dht->message);
	struct pars_dht_message *m = &dht->message->m;
	if (!kad_ask_message(dht, q->ask, m))
		return false;
	memcpy(dht->message->key, m->key.p, m->key.n);
	m->key = PARS_BYTES(dht->message->key, m->key.n);
	if (m->has_record) {
		pars_buf_put(&q->value, m->value);
		m->value = pars_buf_bytes(&q->value);
		m->record_key = m->key;
	}
	return true;
}

bool pars_dht_next(struct pars_dht *dht, struct pars_dht_event *ret)
{
	struct queued *q = &dht->last;
	do {
		release(dht, q);
		if (dht->event_first == dht->event_count) {
			drained(dht);
			return false;
		}
		*q = dht->events[dht->event_first++];
	} while (q->type == PARS_DHT_EV_ASK && !fill_ask(dht, q));
	*ret = (struct pars_dht_event){ .type = q->type, .ok = q->ok, .ask = q->ask, .op = q->op,
		.contact = q->contact, .result = q->result, .key = pars_buf_bytes(&q->key),
		.value = pars_buf_bytes(&q->value),
		.message = q->type == PARS_DHT_EV_ASK ? &dht->message->m : NULL };
	if (q->result)
		q->result->value = ret->value;
	return true;
}
