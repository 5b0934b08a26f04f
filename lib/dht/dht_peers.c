#include <stdlib.h>

#include "base/alloc.h"
#include "dht/dht_impl.h"

bool kad_can_dial(const struct pars_dht *dht, const struct pars_contact *c)
{
	return dht->limits.private_ok ? c->dialable : c->global;
}

static bool is_self(const struct pars_dht *dht, const struct pars_contact *c)
{
	return c == dht->self || pars_digest_equal(&c->key, &dht->self->key);
}

static void probe(struct pars_dht *dht, struct pars_contact *c)
{
	if (!kad_is_probed(dht, c))
		kad_ask(dht, c, NULL, ASK_PROBE);
}

static void probe_slot(struct pars_dht *dht, struct pars_dht_slot *s)
{
	if (s->probing || dht->probes >= PROBES_MAX)
		return;
	s->probing = true;
	probe(dht, s->contact);
}

void kad_probe_spare(struct pars_dht *dht, unsigned bucket)
{
	if (dht->probes >= PROBES_MAX)
		return;
	struct pars_contact *c = pars_dht_table_take_spare(&dht->table, bucket);
	if (c)
		probe(dht, c);
	pars_contact_unref(dht->book, c);
}

static bool less_certain(const struct pars_dht_slot *a, const struct pars_dht_slot *b)
{
	return a->failures != b->failures ? a->failures > b->failures : a->seen_us < b->seen_us;
}

/* A bucket is full and another waits: one that did not answer last, or the one
 * heard of longest ago, has to say whether it is still there. While none is in
 * doubt nobody enters, and spares that are there will do. */
static void contest(struct pars_dht *dht, struct pars_contact *waiting)
{
	struct pars_dht_bucket *bucket =
		&dht->table.buckets[pars_dht_shared_bits(&dht->self->key, &waiting->key)];
	struct pars_dht_slot *doubtful = bucket->slots;
	bool calm = !bucket->unsound && dht->now < bucket->calm_us;
	if (calm && bucket->spare_count == PARS_DHT_SPARES_MAX)
		return;
	pars_dht_table_spare(&dht->table, waiting);
	if (calm)
		return;
	for (size_t i = 1; i < bucket->count; i++)
		if (less_certain(&bucket->slots[i], doubtful))
			doubtful = &bucket->slots[i];
	bucket->calm_us = doubtful->seen_us + CONTEST_TIME;
	if (doubtful->failures || dht->now >= bucket->calm_us)
		probe_slot(dht, doubtful);
}

void pars_dht_learn(struct pars_dht *dht, struct pars_contact *c)
{
	if (is_self(dht, c))
		return;
	enum pars_dht_place place = pars_dht_table_place(&dht->table, c);
	if (place == PARS_DHT_PLACE_HAS)
		return;
	if (!kad_can_dial(dht, c))
		pars_count(dht->metrics, PARS_M_dht_peer_unroutable);
	else if (place == PARS_DHT_PLACE_GROUP)
		pars_count(dht->metrics, PARS_M_dht_peer_group);
	else if (place == PARS_DHT_PLACE_FULL && dht->now - dht->heard_us < SILENCE_TIME)
		contest(dht, c);
	else if (dht->probes < 2 * PROBES_MAX) /* the watch must not keep strangers out */
		probe(dht, c);
	else
		pars_dht_table_spare(&dht->table, c);
}

static void leave(struct pars_dht *dht, struct pars_contact *c)
{
	unsigned bucket = pars_dht_shared_bits(&dht->self->key, &c->key);
	kad_emit_table(dht, c, false);
	pars_dht_table_remove(&dht->table, c);
	kad_probe_spare(dht, bucket);
}

void pars_dht_drop(struct pars_dht *dht, const struct pars_contact *c)
{
	if (is_self(dht, c))
		return;
	struct pars_dht_slot *s = pars_dht_table_find(&dht->table, c);
	pars_dht_table_drop_spare(&dht->table, c);
	if (s)
		leave(dht, s->contact);
}

bool kad_peer_answered(struct pars_dht *dht, struct pars_contact *c)
{
	if (dht->witness != c) {
		pars_contact_unref(dht->book, dht->witness);
		dht->witness = pars_contact_ref(c);
	}
	switch (pars_dht_table_saw(&dht->table, c, dht->now)) {
	case PARS_DHT_PLACE_HAS:
		return false;
	case PARS_DHT_PLACE_FREE:
		kad_emit_table(dht, c, true);
		if (dht->table.count == 1)
			dht->refresh_due = dht->now;
		break;
	case PARS_DHT_PLACE_FULL:
		contest(dht, c);
		break;
	case PARS_DHT_PLACE_GROUP:
		pars_count(dht->metrics, PARS_M_dht_peer_group);
		break;
	}
	return true;
}

/* Probes ask for our own place, so a stranger's answer tells of our neighbours:
 * if it comes from another part of a network that was split, of those that
 * nobody here knows. A refresh looks for them anyway. */
void kad_hear_stranger(struct pars_dht *dht, const struct pars_dht_message *reply)
{
	unsigned asked = 0;
	if (dht->refresh_op || dht->refresh_due <= dht->now)
		return;
	/* The watch needs its probes, too. */
	for (size_t i = 0; i < reply->closer_count && asked < STRANGER_ASKED && dht->probes < PROBES_MAX / 2; i++) {
		struct pars_contact *c = reply->closer[i];
		if (is_self(dht, c) || !kad_can_dial(dht, c)
			|| pars_dht_table_place(&dht->table, c) != PARS_DHT_PLACE_FREE)
			continue;
		probe(dht, c);
		asked++;
	}
}

/* -- the lost ------------------------------------------------------------------------------- */

void kad_free_lost(struct pars_dht *dht)
{
	for (size_t i = 0; i < dht->lost_count; i++)
		pars_contact_unref(dht->book, dht->lost[i]);
	free(dht->lost);
}

/* A peer that fell silent may be back one day; and after a split each of them is
 * a way to the other part. Any of those remembered makes way, so that some of
 * all times are among them. */
static void remember_lost(struct pars_dht *dht, struct pars_contact *c)
{
	size_t i = dht->lost_count;
	if (!dht->lost)
		dht->lost = pars_alloc_array(LOST_MAX, sizeof *dht->lost);
	if (i < LOST_MAX)
		dht->lost_count++;
	else
		pars_contact_unref(dht->book, dht->lost[i = pars_rng_below(dht->rng, LOST_MAX)]);
	dht->lost[i] = pars_contact_ref(c);
}

static void ask_lost(struct pars_dht *dht)
{
	for (int n = 0; n < LOST_ASKED && dht->lost_count; n++) {
		struct pars_contact **c = &dht->lost[pars_rng_below(dht->rng, dht->lost_count)];
		if (pars_dht_table_place(&dht->table, *c) != PARS_DHT_PLACE_HAS) {
			probe(dht, *c);
			continue;
		}
		pars_contact_unref(dht->book, *c);
		*c = dht->lost[--dht->lost_count];
	}
}

void kad_peer_failed(struct pars_dht *dht, struct pars_contact *c, pars_usec asked_us)
{
	struct pars_dht_slot *s = pars_dht_table_find(&dht->table, c);
	if (!s) {
		kad_probe_spare(dht, pars_dht_shared_bits(&dht->self->key, &c->key));
		return;
	}
	s->probing = false;
	/* Questions that were under way together are one probe. */
	if (dht->heard_us + HEARD_TIME < asked_us || (s->failures && asked_us && asked_us / PARS_S(1) < s->failed_s))
		return;
	if (pars_dht_table_failed(&dht->table, s, dht->now) < FAILURES_MAX)
		return;
	pars_count(dht->metrics, PARS_M_dht_evicted);
	remember_lost(dht, s->contact);
	leave(dht, s->contact);
	/* So many are gone that the rest of the network is to be found again. */
	if (++dht->evicted > dht->table.count && dht->refresh_due != PARS_NEVER)
		dht->refresh_due = dht->now;
}

/* -- watching ------------------------------------------------------------------------------ */

static bool is_suspect(const struct pars_dht *dht, const struct pars_dht_slot *s)
{
	return s->failures || dht->now - s->seen_us >= STALE_TIME;
}

static bool any_suspect(const struct pars_dht *dht)
{
	const struct pars_dht_slot *s;
	size_t at = 0;
	while ((s = pars_dht_table_next(&dht->table, &at, NULL)))
		if (is_suspect(dht, s))
			return true;
	return false;
}

/* If there are suspects and nothing was heard lately, the one who answered last
 * is asked first, in the table or not: only when it answers does the silence of
 * others mean anything. Should it be gone, a spare may speak for the world. */
static bool ask_witness(struct pars_dht *dht)
{
	bool answered = dht->heard_us >= dht->witness_us;
	if (dht->now - dht->heard_us <= HEARD_TIME
		|| (!answered && dht->now - dht->witness_us < WATCH_INTERVAL) || !any_suspect(dht))
		return false;
	dht->witness_us = dht->now;
	if (dht->witness)
		probe(dht, dht->witness);
	if (dht->table.spare_count)
		probe(dht, pars_dht_table_spare_at(&dht->table,
			pars_rng_below(dht->rng, dht->table.spare_count)));
	return true;
}

bool kad_is_alone(const struct pars_dht *dht)
{
	return dht->silent >= ALONE_ASKED && dht->now - dht->heard_us > SILENCE_TIME;
}

static void watch(struct pars_dht *dht)
{
	struct pars_dht_slot *s;
	size_t at = 0;
	bool wait = ask_witness(dht);
	dht->watch_due = dht->now + (wait ? WITNESS_TIME : kad_is_alone(dht) ? ALONE_INTERVAL : WATCH_INTERVAL);
	if (wait)
		return;
	while (dht->probes < PROBES_MAX && (s = pars_dht_table_next(&dht->table, &at, NULL)))
		if (is_suspect(dht, s))
			probe_slot(dht, s);
	if (dht->probes >= PROBES_MAX && dht->now - dht->heard_us <= HEARD_TIME)
		dht->watch_due = dht->now + WITNESS_TIME; /* there may be more */
	for (unsigned b = 0; dht->table.spare_count && b < dht->table.bucket_count; b++)
		kad_probe_spare(dht, b);
}

/* -- refreshing ------------------------------------------------------------------------------ */

/* A key in bucket b. Keys are hashed on the way, so deep buckets are hard to
 * hit by chance; there a member's own id serves. */
static void key_in_bucket(struct pars_dht *dht, unsigned b, struct pars_buf *out)
{
	const struct pars_dht_bucket *bucket = &dht->table.buckets[b];
	uint8_t key[PARS_SHA256_SIZE];
	pars_rng_bytes(dht->rng, key, sizeof key);
	for (int i = 0; i < BUCKET_TRIES; i++) {
		pars_put_be64(key, pars_be64(key) + 1);
		struct pars_digest place = pars_sha256(PARS_BYTES_ARRAY(key));
		if (pars_dht_shared_bits(&dht->self->key, &place) == b) {
			pars_buf_put(out, PARS_BYTES_ARRAY(key));
			return;
		}
	}
	const struct pars_contact *c = bucket->slots[pars_rng_below(dht->rng, bucket->count)].contact;
	pars_buf_put(out, pars_peer_id_bytes(&c->id));
}

static bool needs_refresh(const struct pars_dht *dht, unsigned b)
{
	const struct pars_dht_bucket *bucket = &dht->table.buckets[b];
	size_t from_here = 0;
	if (!bucket->count)
		return false;
	/* The lookup of ourselves has found the k nearest. */
	for (size_t i = b; i < dht->table.bucket_count && from_here <= PARS_DHT_K; i++)
		from_here += dht->table.buckets[i].count;
	if (from_here <= PARS_DHT_K)
		return false;
	/* A full bucket of peers that answered last has no place for what a lookup
	 * finds; if they still live, as in quiet times they do. */
	bool calm = bucket->count == PARS_DHT_K && !bucket->unsound && !dht->unrest;
	pars_usec often = calm ? STALE_TIME : dht->limits.refresh_interval / 2;
	return dht->refresh_forced || !bucket->looked_us || dht->now - bucket->looked_us >= often;
}

static void refresh_with(struct pars_dht *dht, struct pars_bytes key, bool careful)
{
	struct op *op = kad_op_new(dht, OP_REFRESH, key, careful, PARS_DHT_K);
	op->quiet = true;
	dht->refresh_op = op;
	kad_op_start(dht, op);
}

static void refresh_end(struct pars_dht *dht)
{
	pars_usec interval = dht->limits.refresh_interval;
	dht->refresh_forced = false;
	dht->refresh_due = dht->now + interval - pars_rng_below(dht->rng, interval / 5 + 1);
	kad_keep_hurry(dht);
	ask_lost(dht);
	if (!dht->refresh_id)
		return;
	struct queued *q = kad_emit(dht, PARS_DHT_EV_DONE);
	q->op = dht->refresh_id;
	q->result = pars_alloc(sizeof *q->result);
	q->result->err = dht->table.count ? PARS_OK : PARS_E_NOT_READY;
	dht->refresh_id = 0;
}

void kad_refreshed(struct pars_dht *dht)
{
	PARS_AUTO_BUF key = { 0 };
	while (!kad_is_alone(dht) && dht->refresh_bucket < dht->table.bucket_count) {
		unsigned b = dht->refresh_bucket++;
		if (!needs_refresh(dht, b))
			continue;
		key_in_bucket(dht, b, &key);
		refresh_with(dht, pars_buf_bytes(&key), false);
		return;
	}
	refresh_end(dht);
}

static void refresh_begin(struct pars_dht *dht)
{
	dht->refresh_due = PARS_NEVER;
	dht->refresh_bucket = 0;
	dht->unrest = dht->evicted * UNREST_PART > dht->table.count;
	dht->evicted = 0;
	refresh_with(dht, pars_peer_id_bytes(&dht->self->id), true);
}

pars_dht_op pars_dht_refresh(struct pars_dht *dht)
{
	dht->refresh_forced = true;
	if (!dht->refresh_id)
		dht->refresh_id = ++dht->last_op;
	pars_dht_op id = dht->refresh_id;
	if (!dht->refresh_op)
		refresh_begin(dht);
	return id;
}

void kad_peers_tick(struct pars_dht *dht)
{
	if (dht->now >= dht->watch_due)
		watch(dht);
	if (dht->now >= dht->refresh_due)
		refresh_begin(dht);
}

/* -- density ------------------------------------------------------------------------------------ */

/* Among n nodes the i-th nearest is expected at i/n of the space; this n has
 * the least squared error. */
double kad_density(const struct pars_digest *target, struct pars_contact *const *nearest, size_t n)
{
	double squares = 0, products = 0;
	for (size_t i = 0; i < n; i++) {
		double rank = (double)(i + 1);
		squares += rank * rank;
		products += rank * (double)pars_dht_near(target, &nearest[i]->key) / 0x1p64;
	}
	return products > 0x1p-60 ? squares / products : 0x1p60;
}

uint64_t pars_dht_estimate(const struct pars_dht *dht)
{
	struct pars_contact *list[PARS_DHT_K];
	size_t n = pars_dht_table_nearest(&dht->table, &dht->self->key, true, 0, list, PARS_DHT_K);
	if (n < PARS_DHT_K)
		return n ? n + 1 : 0;
	return (uint64_t)kad_density(&dht->self->key, list, n);
}
