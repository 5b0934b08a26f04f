#include "dht/values.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "dht/table.h"

#define SENDER_PART 8 /* one sender may have an eighth of all */

struct value {
	struct pars_dht_item item; /* first: items are values */
	struct pars_bytes key, value; /* in data */
	uint8_t data[];
};

static struct pars_bytes key_of(const void *value)
{
	return ((const struct value *)value)->key;
}

void pars_dht_values_init(struct pars_dht_values *v, const struct pars_digest *self,
	const struct pars_dht_limits *limits, uint64_t seed)
{
	*v = (struct pars_dht_values){ .self = *self };
	pars_map_init(&v->by_key, key_of, seed);
	pars_dht_shelf_init(&v->shelf, limits->records_max, limits->records_bytes_max,
		PARS_MAX(limits->records_max / SENDER_PART, 1u), seed);
}

static void forget(struct pars_dht_values *v, struct value *value)
{
	pars_map_remove(&v->by_key, value->key);
	pars_dht_shelf_remove(&v->shelf, &value->item);
	free(value);
}

static void note_gone(struct pars_dht_values *v, struct pars_bytes key)
{
	uint8_t n[2];
	pars_put_be16(n, (uint16_t)key.n);
	pars_buf_put(&v->gone, PARS_BYTES_ARRAY(n));
	pars_buf_put(&v->gone, key);
}

static void forget_loudly(struct pars_dht_values *v, struct value *value)
{
	note_gone(v, value->key);
	forget(v, value);
}

bool pars_dht_values_gone(struct pars_dht_values *v, struct pars_buf *ret_key)
{
	struct pars_bytes in = pars_buf_bytes(&v->gone);
	if (!in.n)
		return false;
	size_t n = pars_be16(pars_bytes_take(&in, 2).p);
	pars_buf_put(ret_key, pars_bytes_take(&in, n));
	pars_buf_drop(&v->gone, 2 + n);
	if (!v->gone.n)
		pars_buf_done(&v->gone);
	return true;
}

void pars_dht_values_done(struct pars_dht_values *v)
{
	while (v->shelf.first)
		forget(v, (struct value *)v->shelf.first);
	pars_map_done(&v->by_key);
	pars_dht_shelf_done(&v->shelf);
	pars_buf_done(&v->gone);
}

struct pars_bytes pars_dht_values_get(const struct pars_dht_values *v, struct pars_bytes key)
{
	const struct value *value = pars_map_get(&v->by_key, key);
	return value ? value->value : (struct pars_bytes){ 0 };
}

static bool make_room(struct pars_dht_values *v, uint64_t near, size_t size)
{
	while (!pars_dht_shelf_fits(&v->shelf, size)) {
		struct pars_dht_item *far = pars_dht_shelf_farther(&v->shelf, near);
		if (!far)
			return false;
		forget_loudly(v, (struct value *)far);
	}
	return true;
}

enum pars_err pars_dht_values_put(struct pars_dht_values *v, struct pars_bytes key,
	struct pars_bytes value, uint64_t sender, pars_usec expires_us)
{
	struct pars_digest place = pars_sha256(key);
	uint64_t near = pars_dht_near(&v->self, &place);
	struct value *old = pars_map_get(&v->by_key, key);
	if (old && pars_dht_record_compare(key, old->value, value) > 0)
		return PARS_E_EXISTS;
	/* Whoever refreshes another's record is not charged for it. */
	if (old)
		sender = old->item.sender;
	else if (pars_dht_shelf_sender_full(&v->shelf, sender))
		return PARS_E_BUSY;
	struct value *new = pars_alloc(sizeof *new + key.n + value.n);
	memcpy(new->data, key.p, key.n);
	memcpy(new->data + key.n, value.p, value.n);
	new->key = PARS_BYTES(new->data, key.n);
	new->value = PARS_BYTES(new->data + key.n, value.n);
	new->item = (struct pars_dht_item){ .near = near, .sender = sender,
		.expires_us = expires_us, .size = sizeof *new + key.n + value.n };
	if (old)
		forget(v, old);
	if (!make_room(v, near, new->item.size)) {
		if (old)
			note_gone(v, key);
		free(new);
		return PARS_E_LIMIT;
	}
	pars_map_put(&v->by_key, new);
	pars_dht_shelf_add(&v->shelf, &new->item);
	return PARS_OK;
}

void pars_dht_values_expire(struct pars_dht_values *v, pars_usec now)
{
	while (v->shelf.first && v->shelf.first->expires_us <= now)
		forget_loudly(v, (struct value *)v->shelf.first);
}

pars_usec pars_dht_values_deadline(const struct pars_dht_values *v)
{
	return v->shelf.first ? v->shelf.first->expires_us : PARS_NEVER;
}
