#include "dht/dht.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "dht/dht_impl.h"

const struct pars_dht_limits pars_dht_default_limits = {
	.alpha = 10,
	.paths = 3,
	.lookups_max = 64,
	.group_bucket_max = 2,
	.group_table_max = 5,
	.records_max = 1024,
	.providers_max = 8192,
	.records_bytes_max = (size_t)4 << 20,
	.provides_max = 1024,
	.requests_per_s = 50,
	.requests_burst = 200,
	.writes_per_s = 5,
	.writes_burst = 50,
	.query_timeout = PARS_S(10),
	.refresh_interval = PARS_S(10 * 60),
	.republish_interval = PARS_S(22 * 3600),
	.expiry = PARS_S(48 * 3600),
};

static struct pars_bytes keep_key(const void *value)
{
	return pars_buf_bytes(&((const struct keep *)value)->key);
}

struct pars_dht *pars_dht_new(const struct pars_dht_config *config)
{
	struct pars_dht *dht = pars_alloc(sizeof *dht);
	const struct pars_digest *place = &config->self->key;
	uint64_t seed = pars_rng_u64(config->rng);
	dht->limits = config->limits;
	dht->self = config->self;
	dht->book = config->contacts;
	dht->metrics = config->metrics;
	dht->rng = config->rng;
	pars_contacts_set_private_ok(dht->book, dht->limits.private_ok);
	pars_dht_table_init(&dht->table, dht->book, place, &dht->limits);
	pars_dht_values_init(&dht->values, place, &dht->limits, seed);
	pars_dht_providers_init(&dht->providers, dht->book, place, &dht->limits, seed);
	pars_dht_rates_init(&dht->rates, &dht->limits, seed);
	pars_map_init(&dht->puts, keep_key, seed);
	pars_map_init(&dht->provides, keep_key, seed);
	dht->watch_due = dht->refresh_due = dht->keep_due = PARS_NEVER;
	return dht;
}

void pars_dht_free(struct pars_dht *dht)
{
	if (!dht)
		return;
	while (dht->ops)
		kad_op_free(dht, dht->ops);
	kad_free_asks(dht);
	kad_free_keeps(dht);
	kad_free_events(dht);
	kad_free_lost(dht);
	pars_contact_unref(dht->book, dht->witness);
	pars_dht_table_done(&dht->table);
	pars_dht_values_done(&dht->values);
	pars_dht_providers_done(&dht->providers);
	pars_dht_rates_done(&dht->rates);
	free(dht);
}

/* -- time ---------------------------------------------------------------------------------- */

void pars_dht_begin(struct pars_dht *dht, pars_usec now)
{
	dht->now = PARS_MAX(dht->now, now);
	if (dht->watch_due == PARS_NEVER)
		dht->watch_due = dht->now + WATCH_INTERVAL;
}

static void forget_values(struct pars_dht *dht)
{
	struct pars_buf key = { 0 };
	while (pars_dht_values_gone(&dht->values, &key)) {
		pars_count(dht->metrics, PARS_M_dht_record_gone);
		kad_emit(dht, PARS_DHT_EV_FORGOT)->key = key;
		key = (struct pars_buf){ 0 };
	}
}

void pars_dht_tick(struct pars_dht *dht)
{
	kad_asks_tick(dht);
	kad_peers_tick(dht);
	kad_keep_tick(dht);
	pars_dht_values_expire(&dht->values, dht->now);
	pars_dht_providers_expire(&dht->providers, dht->now);
	forget_values(dht);
}

pars_usec pars_dht_deadline(const struct pars_dht *dht)
{
	pars_usec at = PARS_MIN(dht->watch_due, dht->refresh_due);
	at = PARS_MIN(at, kad_asks_deadline(dht));
	at = PARS_MIN(at, dht->keep_due);
	at = PARS_MIN(at, pars_dht_values_deadline(&dht->values));
	at = PARS_MIN(at, pars_dht_providers_deadline(&dht->providers));
	return dht->values.gone.n ? dht->now : at;
}

/* -- what is told --------------------------------------------------------------------------- */

bool pars_dht_entry_next(const struct pars_dht *dht, size_t *at, struct pars_dht_entry *ret)
{
	unsigned bucket = 0;
	const struct pars_dht_slot *s = pars_dht_table_next(&dht->table, at, &bucket);
	if (!s)
		return false;
	*ret = (struct pars_dht_entry){ .contact = s->contact, .bucket = bucket,
		.seen_us = s->seen_us, .since_us = PARS_S(s->since_s), .failures = s->failures };
	return true;
}

size_t pars_dht_size(const struct pars_dht *dht)
{
	return dht->table.count;
}

void pars_dht_restore(struct pars_dht *dht, struct pars_bytes key, struct pars_bytes value,
	pars_usec age_us)
{
	if (age_us >= dht->limits.expiry || pars_dht_record_check(key, value))
		return;
	/* Nobody remembers who sent it: each gets a sender of its own. */
	struct pars_digest place = pars_sha256(key);
	enum pars_err err = pars_dht_values_put(&dht->values, key, value, pars_be64(place.b),
		dht->now + dht->limits.expiry - age_us);
	if (err)
		pars_count(dht->metrics, PARS_M_dht_record_full);
}

void pars_dht_stats(const struct pars_dht *dht, struct pars_dht_stats *ret)
{
	*ret = (struct pars_dht_stats){ .entries = dht->table.count,
		.candidates = dht->table.spare_count, .lookups = dht->op_count,
		.records = dht->values.shelf.count, .records_bytes = dht->values.shelf.bytes,
		.providers = dht->providers.shelf.count, .provides = dht->provides.count,
		.next_refresh_us = dht->refresh_due, .alone = kad_is_alone(dht) };
}
