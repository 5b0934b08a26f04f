#include "dht/providers.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "dht/table.h"

#define SENDER_PART 16 /* one provider may have a sixteenth of all */

struct topic {
	struct pars_bytes key; /* in data */
	struct provider **list;
	size_t count, cap;
	uint8_t data[];
};

struct provider {
	struct pars_dht_item item; /* first: items are providers */
	struct topic *topic;
	struct pars_contact *contact;
};

static struct pars_bytes key_of(const void *value)
{
	return ((const struct topic *)value)->key;
}

void pars_dht_providers_init(struct pars_dht_providers *p, struct pars_contacts *book,
	const struct pars_digest *self, const struct pars_dht_limits *limits, uint64_t seed)
{
	p->self = *self;
	p->book = book;
	p->group_max = limits->group_table_max;
	pars_map_init(&p->by_key, key_of, seed);
	pars_dht_shelf_init(&p->shelf, limits->providers_max, SIZE_MAX,
		PARS_MAX(limits->providers_max / SENDER_PART, 1u), seed);
}

static void forget(struct pars_dht_providers *p, struct provider *gone)
{
	struct topic *t = gone->topic;
	for (size_t i = 0; i < t->count; i++)
		if (t->list[i] == gone)
			t->list[i] = t->list[--t->count];
	if (!t->count) {
		pars_map_remove(&p->by_key, t->key);
		free(t->list);
		free(t);
	}
	pars_dht_shelf_remove(&p->shelf, &gone->item);
	pars_contact_unref(p->book, gone->contact);
	free(gone);
}

void pars_dht_providers_done(struct pars_dht_providers *p)
{
	while (p->shelf.first)
		forget(p, (struct provider *)p->shelf.first);
	pars_map_done(&p->by_key);
	pars_dht_shelf_done(&p->shelf);
}

static struct provider *find(const struct topic *t, const struct pars_contact *c)
{
	for (size_t i = 0; t && i < t->count; i++)
		if (t->list[i]->contact == c)
			return t->list[i];
	return NULL;
}

static bool topic_full(const struct pars_dht_providers *p, const struct topic *t, uint32_t group)
{
	unsigned same = 0;
	for (size_t i = 0; group && i < t->count; i++)
		same += t->list[i]->contact->group == group;
	return t->count >= PARS_DHT_PROVIDERS_KEY_MAX || same >= p->group_max;
}

static struct topic *make_topic(struct pars_dht_providers *p, struct pars_bytes key)
{
	struct topic *t = pars_map_get(&p->by_key, key);
	if (!t) {
		t = pars_alloc(sizeof *t + key.n);
		memcpy(t->data, key.p, key.n);
		t->key = PARS_BYTES(t->data, key.n);
		pars_map_put(&p->by_key, t);
	}
	if (t->count == t->cap) {
		t->cap = t->cap ? 2 * t->cap : 2;
		t->list = pars_realloc(t->list, t->cap * sizeof *t->list);
	}
	return t;
}

static void add(struct pars_dht_providers *p, struct pars_bytes key, struct pars_contact *contact,
	struct pars_dht_item item)
{
	struct topic *t = make_topic(p, key);
	struct provider *new = pars_alloc(sizeof *new);
	*new = (struct provider){ .item = item, .topic = t, .contact = pars_contact_ref(contact) };
	t->list[t->count++] = new;
	pars_dht_shelf_add(&p->shelf, &new->item);
}

enum pars_err pars_dht_providers_add(struct pars_dht_providers *p, struct pars_bytes key,
	struct pars_contact *contact, pars_usec expires_us)
{
	struct pars_digest place = pars_sha256(key);
	struct pars_dht_item item = { .near = pars_dht_near(&p->self, &place),
		.sender = pars_be64(contact->key.b), .expires_us = expires_us,
		.size = sizeof(struct provider) };
	const struct topic *t = pars_map_get(&p->by_key, key);
	struct provider *old = find(t, contact);
	if (old) {
		pars_dht_shelf_remove(&p->shelf, &old->item);
		old->item.expires_us = expires_us;
		pars_dht_shelf_add(&p->shelf, &old->item);
		return PARS_OK;
	}
	if ((t && topic_full(p, t, contact->group)) || pars_dht_shelf_sender_full(&p->shelf, item.sender))
		return PARS_E_BUSY;
	if (!pars_dht_shelf_fits(&p->shelf, item.size)) {
		struct pars_dht_item *far = pars_dht_shelf_farther(&p->shelf, item.near);
		if (!far)
			return PARS_E_LIMIT;
		forget(p, (struct provider *)far);
	}
	add(p, key, contact, item);
	return PARS_OK;
}

size_t pars_dht_providers_get(const struct pars_dht_providers *p, struct pars_bytes key,
	uint64_t start, struct pars_contact **out, size_t max)
{
	const struct topic *t = pars_map_get(&p->by_key, key);
	size_t n = t ? PARS_MIN(t->count, max) : 0;
	for (size_t i = 0; i < n; i++)
		out[i] = t->list[(start + i) % t->count]->contact;
	return n;
}

void pars_dht_providers_expire(struct pars_dht_providers *p, pars_usec now)
{
	while (p->shelf.first && p->shelf.first->expires_us <= now)
		forget(p, (struct provider *)p->shelf.first);
}

pars_usec pars_dht_providers_deadline(const struct pars_dht_providers *p)
{
	return p->shelf.first ? p->shelf.first->expires_us : PARS_NEVER;
}
