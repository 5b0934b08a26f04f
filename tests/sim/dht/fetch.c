#include "tests/sim/dht/fetch.h"

#include "dht/dht_impl.h"

#define LINE 64

static void lines(const void *from, size_t size)
{
	for (size_t i = 0; i < size; i += LINE)
		__builtin_prefetch((const char *)from + i);
}

static void all_of(const struct pars_dht *dht)
{
	lines(dht, sizeof *dht);
}

static const struct pars_dht_bucket *bucket_of(const struct pars_dht *dht, const struct pars_digest *place)
{
	unsigned b = pars_dht_shared_bits(&dht->self->key, place);
	return b < dht->table.bucket_count ? &dht->table.buckets[b] : NULL;
}

static void fetch_heads(const struct pars_dht_bucket *b)
{
	if (b)
		lines(b->heads, b->count * sizeof *b->heads);
}

void fetch_timer(const struct pars_dht *dht, unsigned step)
{
	if (!dht)
		return;
	if (step == 1) {
		all_of(dht);
	} else if (step == 2) {
		if (dht->ask_first)
			__builtin_prefetch(&dht->asks[dht->ask_first - 1]);
		lines(dht->table.buckets, dht->table.bucket_count * sizeof *dht->table.buckets);
	}
}

void fetch_request(const struct pars_dht *dht, const struct pars_contact *from, struct pars_bytes key,
	unsigned step)
{
	if (!dht)
		return;
	switch (step) {
	case 1:
		all_of(dht);
		__builtin_prefetch(from);
		__builtin_prefetch(key.p);
		break;
	case 2:
		lines(dht->table.buckets, dht->table.bucket_count * sizeof *dht->table.buckets);
		lines(dht->rates.list, PARS_DHT_RATE_WAYS * sizeof *dht->rates.list);
		__builtin_prefetch(dht->self);
		if (dht->ask_first)
			__builtin_prefetch(&dht->asks[dht->ask_first - 1]);
		break;
	case 3:
		fetch_heads(bucket_of(dht, &from->key));
		if (key.n) {
			struct pars_digest target = pars_sha256(key);
			fetch_heads(bucket_of(dht, &target));
		}
		break;
	}
}

void fetch_reply(const struct pars_dht *dht, uint64_t ask, const struct pars_contact *from,
	struct pars_contact *const *peers, size_t count, unsigned step)
{
	const struct ask *a = NULL;
	uint32_t slot = (uint32_t)ask;
	if (!dht)
		return;
	if (step > 2 && slot && slot <= dht->ask_cap)
		a = &dht->asks[slot - 1];
	switch (step) {
	case 1:
		all_of(dht);
		__builtin_prefetch(from);
		lines(peers, count * sizeof *peers);
		break;
	case 2:
		if (slot && slot <= dht->ask_cap)
			__builtin_prefetch(&dht->asks[slot - 1]);
		__builtin_prefetch(dht->self);
		lines(dht->table.buckets, dht->table.bucket_count * sizeof *dht->table.buckets);
		lines(dht->events, 2 * LINE);
		break;
	case 3:
		if (a && a->op)
			lines(a->op, sizeof *a->op);
		fetch_heads(bucket_of(dht, &from->key));
		break;
	case 4:
		if (a && a->op)
			lines(a->op->lookup.list, a->op->lookup.count * sizeof *a->op->lookup.list);
		break;
	case 5:
		for (size_t i = 0; a && a->op && i < count; i++)
			__builtin_prefetch(peers[i]);
		break;
	}
}
