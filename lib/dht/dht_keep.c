#include <stdlib.h>

#include "base/alloc.h"
#include "dht/dht_impl.h"

#define RETRY_MIN PARS_S(5)
#define RETRY_MAX PARS_S(10 * 60)
#define LOOKUP_PART 4 /* this part of all lookups at most is for announcing again */

bool kad_provides(const struct pars_dht *dht, struct pars_bytes key)
{
	return pars_map_get(&dht->provides, key);
}

struct pars_bytes kad_local_value(const struct pars_dht *dht, struct pars_bytes key)
{
	const struct keep *own = pars_map_get(&dht->puts, key);
	struct pars_bytes value = pars_dht_values_get(&dht->values, key);
	if (!own)
		return value;
	struct pars_bytes ours = pars_buf_bytes(&own->value);
	return value.n && pars_dht_record_compare(key, value, ours) > 0 ? value : ours;
}

static void find_due(struct pars_dht *dht)
{
	const struct pars_map *maps[] = { &dht->puts, &dht->provides };
	dht->keep_due = PARS_NEVER;
	for (size_t i = 0; i < PARS_COUNT(maps); i++) {
		const struct keep *k;
		size_t at = 0;
		while ((k = pars_map_next(maps[i], &at)))
			dht->keep_due = PARS_MIN(dht->keep_due, k->next_us);
	}
}

static void set_next(struct pars_dht *dht, struct keep *k, pars_usec next)
{
	k->next_us = next;
	dht->keep_due = PARS_MIN(dht->keep_due, next);
}

static struct keep *make_keep(struct pars_dht *dht, struct pars_map *map, struct pars_bytes key)
{
	struct keep *k = pars_map_get(map, key);
	if (k || map->count >= dht->limits.provides_max)
		return k;
	k = pars_alloc(sizeof *k);
	k->provide = map == &dht->provides;
	k->next_us = PARS_NEVER;
	pars_buf_put(&k->key, key);
	pars_map_put(map, k);
	return k;
}

static void free_keep(struct keep *k)
{
	pars_buf_done(&k->key);
	pars_buf_done(&k->value);
	free(k);
}

static void drop_keep(struct pars_dht *dht, struct pars_map *map, struct pars_bytes key)
{
	struct keep *k = pars_map_remove(map, key);
	if (!k)
		return;
	if (k->op)
		kad_op_free(dht, k->op);
	free_keep(k);
	find_due(dht);
}

void kad_free_keeps(struct pars_dht *dht)
{
	struct pars_map *maps[] = { &dht->puts, &dht->provides };
	for (size_t i = 0; i < PARS_COUNT(maps); i++) {
		struct keep *k;
		size_t at = 0;
		while ((k = pars_map_next(maps[i], &at)))
			free_keep(k);
		pars_map_done(maps[i]);
	}
}

/* Tells it to the network now. */
static pars_dht_op announce(struct pars_dht *dht, struct keep *k, bool quiet)
{
	struct op *op = kad_op_new(dht, k->provide ? OP_PROVIDE : OP_PUT, pars_buf_bytes(&k->key),
		true, PARS_DHT_K);
	pars_dht_op id = op->id;
	pars_buf_put(&op->value, pars_buf_bytes(&k->value));
	op->quiet = quiet;
	op->keep = k;
	k->op = op;
	k->next_us = PARS_NEVER;
	kad_op_start(dht, op);
	return id;
}

static pars_dht_op announce_first(struct pars_dht *dht, struct keep *k)
{
	if (k->op)
		kad_op_free(dht, k->op);
	if (dht->op_count < dht->limits.lookups_max)
		return announce(dht, k, false);
	set_next(dht, k, dht->now + RETRY_MIN);
	return 0;
}

void kad_keep_stored(struct pars_dht *dht, struct keep *k, unsigned stored)
{
	pars_usec interval = dht->limits.republish_interval;
	if (stored) {
		k->last_us = dht->now;
		k->stored = stored;
		k->retry = 0;
		set_next(dht, k, dht->now + interval - pars_rng_below(dht->rng, interval / 10 + 1));
	} else {
		k->retry = k->retry ? PARS_MIN(2 * k->retry, RETRY_MAX) : RETRY_MIN;
		set_next(dht, k, dht->now + k->retry);
	}
}

void kad_keep_hurry(struct pars_dht *dht)
{
	struct pars_map *maps[] = { &dht->puts, &dht->provides };
	for (size_t i = 0; i < PARS_COUNT(maps); i++) {
		struct keep *k;
		size_t at = 0;
		while ((k = pars_map_next(maps[i], &at)))
			if (k->retry && !k->op)
				set_next(dht, k, dht->now);
	}
}

static void announce_due(struct pars_dht *dht, struct pars_map *map)
{
	struct keep *k;
	size_t at = 0;
	while ((k = pars_map_next(map, &at))) {
		if (k->op || k->next_us > dht->now)
			continue;
		if (dht->op_count * LOOKUP_PART >= dht->limits.lookups_max)
			k->next_us = dht->now + RETRY_MIN;
		else
			announce(dht, k, true);
	}
}

void kad_keep_tick(struct pars_dht *dht)
{
	if (dht->now < dht->keep_due)
		return;
	announce_due(dht, &dht->puts);
	announce_due(dht, &dht->provides);
	find_due(dht);
}

/* -- the user's calls ------------------------------------------------------------------------- */

pars_dht_op pars_dht_put(struct pars_dht *dht, struct pars_bytes key, struct pars_bytes value,
	enum pars_err *ret_err)
{
	*ret_err = PARS_E_INVALID;
	if (pars_dht_record_check(key, value))
		return 0;
	struct pars_bytes best = kad_local_value(dht, key);
	*ret_err = PARS_E_EXISTS;
	if (best.n && pars_dht_record_compare(key, best, value) > 0)
		return 0;
	struct keep *k = make_keep(dht, &dht->puts, key);
	*ret_err = PARS_E_LIMIT;
	if (!k)
		return 0;
	pars_buf_truncate(&k->value, 0);
	pars_buf_put(&k->value, value);
	pars_dht_op id = announce_first(dht, k);
	*ret_err = id ? PARS_OK : PARS_E_LIMIT;
	return id;
}

void pars_dht_unput(struct pars_dht *dht, struct pars_bytes key)
{
	drop_keep(dht, &dht->puts, key);
}

pars_dht_op pars_dht_provide(struct pars_dht *dht, struct pars_bytes key)
{
	struct keep *k = key.n && key.n <= PARS_DHT_KEY_MAX ? make_keep(dht, &dht->provides, key) : NULL;
	return k ? announce_first(dht, k) : 0;
}

void pars_dht_unprovide(struct pars_dht *dht, struct pars_bytes key)
{
	drop_keep(dht, &dht->provides, key);
}

bool pars_dht_provide_next(const struct pars_dht *dht, size_t *at, struct pars_dht_provide_info *ret)
{
	const struct keep *k = pars_map_next(&dht->provides, at);
	if (!k)
		return false;
	*ret = (struct pars_dht_provide_info){ .key = pars_buf_bytes(&k->key), .last_us = k->last_us,
		.next_us = k->op ? dht->now : k->next_us, .stored = k->stored };
	return true;
}
