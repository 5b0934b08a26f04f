#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "dht/dht_impl.h"

#define AFAR 10 /* entries from all over the table that a path begins with */
#define SPARSE_FACTOR 4 /* by chance one in a thousand lookups of few answers, else none */
#define THIN_FACTOR 2   /* by chance one in a hundred of many answers */

/* -- making and freeing -------------------------------------------------------------------- */

struct op *kad_op_new(struct pars_dht *dht, enum op_kind kind, struct pars_bytes key,
	bool careful, unsigned want)
{
	struct op *op = pars_alloc(sizeof *op);
	struct pars_digest target = pars_sha256(key);
	unsigned paths = careful ? PARS_MIN(PARS_MAX(dht->limits.paths, 1u), PARS_DHT_PATHS_MAX) : 1;
	op->kind = kind;
	op->id = ++dht->last_op;
	op->since = dht->now;
	pars_buf_put(&op->key, key);
	pars_dht_lookup_init(&op->lookup, &target, paths, want, dht->limits.alpha);
	unsigned bucket = pars_dht_shared_bits(&dht->self->key, &target);
	if (bucket < dht->table.bucket_count)
		dht->table.buckets[bucket].looked_us = dht->now;
	op->next = dht->ops;
	if (op->next)
		op->next->prev = op;
	dht->ops = op;
	dht->op_count++;
	return op;
}

void kad_op_free(struct pars_dht *dht, struct op *op)
{
	kad_abandon(dht, op);
	if (op->keep)
		op->keep->op = NULL;
	if (dht->refresh_op == op)
		dht->refresh_op = NULL;
	*(op->prev ? &op->prev->next : &dht->ops) = op->next;
	if (op->next)
		op->next->prev = op->prev;
	dht->op_count--;
	for (size_t i = 0; i < op->found_count; i++)
		pars_contact_unref(dht->book, op->found[i]);
	free(op->found);
	pars_dht_lookup_done(&op->lookup, dht->book);
	pars_buf_done(&op->key);
	pars_buf_done(&op->value);
	free(op);
}

void pars_dht_cancel(struct pars_dht *dht, pars_dht_op id)
{
	struct op *op = dht->ops;
	while (op && op->id != id)
		op = op->next;
	if (dht->refresh_id == id)
		dht->refresh_id = 0;
	else if (op && op->keep)
		op->quiet = true; /* what is announced goes on */
	else if (op)
		kad_op_free(dht, op);
}

/* -- results ---------------------------------------------------------------------------------- */

/* Whether there are so many times fewer nodes around the target than anywhere.
 * Judged by the nearest that had to answer; farther ones were not all asked. */
static bool is_thin(const struct pars_dht *dht, const struct op *op,
	struct pars_contact *const *closest, size_t count, unsigned factor)
{
	uint64_t nodes = pars_dht_estimate(dht);
	size_t expected = PARS_MIN(nodes, op->lookup.want);
	if (!nodes)
		return false;
	if (count < expected)
		return count * 2 < expected;
	return kad_density(&op->lookup.target, closest, expected) * factor < (double)nodes;
}

static enum pars_err outcome(const struct op *op, const struct pars_dht_result *r)
{
	if (op->kind == OP_GET && op->value.n)
		return PARS_OK;
	if (!op->seeded)
		return PARS_E_NOT_READY;
	switch (op->kind) {
	case OP_GET:
		return PARS_E_NOT_FOUND;
	case OP_PUT:
	case OP_PROVIDE:
		return op->stored ? PARS_OK : PARS_E_NOT_FOUND;
	case OP_PROVIDERS:
		return op->found_count ? PARS_OK : PARS_E_NOT_FOUND;
	default:
		return r->closest_count ? PARS_OK : PARS_E_NOT_FOUND;
	}
}

static struct pars_dht_result *make_result(struct pars_dht *dht, const struct op *op)
{
	struct pars_dht_result *r = pars_alloc(sizeof *r);
	const struct pars_dht_lookup *l = &op->lookup;
	r->closest_count = pars_dht_lookup_closest(l, r->closest, PARS_DHT_K);
	for (size_t i = 0; i < r->closest_count; i++)
		pars_contact_ref(r->closest[i]);
	if (r->closest_count)
		r->hops = pars_dht_lookup_find(l, r->closest[0])->hops;
	r->asked = l->asked;
	r->answered = l->answered;
	r->failed = l->failed;
	r->stored = op->stored;
	r->took_us = dht->now - op->since;
	r->sparse = !op->early && is_thin(dht, op, r->closest, r->closest_count, SPARSE_FACTOR);
	r->err = outcome(op, r);
	return r;
}

static void tell_done(struct pars_dht *dht, struct op *op)
{
	if (op->quiet)
		return;
	op->quiet = true;
	struct pars_dht_result *r = make_result(dht, op);
	if (r->sparse)
		pars_count(dht->metrics, PARS_M_dht_lookup_sparse);
	struct queued *q = kad_emit(dht, PARS_DHT_EV_DONE);
	q->op = op->id;
	q->result = r;
	pars_buf_put(&q->key, pars_buf_bytes(&op->key));
	if (op->kind == OP_GET)
		pars_buf_put(&q->value, pars_buf_bytes(&op->value));
}

static void end(struct pars_dht *dht, struct op *op)
{
	bool refresh = op->kind == OP_REFRESH;
	if (op->keep)
		kad_keep_stored(dht, op->keep, op->stored);
	tell_done(dht, op);
	kad_op_free(dht, op);
	if (refresh)
		kad_refreshed(dht);
}

/* -- what follows a lookup ------------------------------------------------------------------- */

static void store_at(struct pars_dht *dht, struct op *op, struct pars_contact *c)
{
	op->pending++;
	kad_ask(dht, c, op, ASK_STORE);
}

static void store_at_closest(struct pars_dht *dht, struct op *op)
{
	struct pars_contact *closest[PARS_DHT_K];
	size_t n = pars_dht_lookup_closest(&op->lookup, closest, PARS_DHT_K);
	for (size_t i = 0; i < n; i++)
		store_at(dht, op, closest[i]);
}

/* Gives the best value to those who told a worse one, and to those who had none
 * though they are nearer than one who has it. */
static void repair(struct pars_dht *dht, struct op *op)
{
	const struct pars_dht_lookup *l = &op->lookup;
	size_t holders = 0;
	for (size_t i = 0; i < l->count; i++)
		if (l->list[i].has_best)
			holders = i;
	for (size_t i = 0; op->value.n && i < l->count; i++) {
		const struct pars_dht_candidate *c = &l->list[i];
		if (c->state == PARS_DHT_ANSWERED && !c->has_best && (c->has_worse || i < holders))
			store_at(dht, op, c->contact);
	}
}

static void lookup_over(struct pars_dht *dht, struct op *op)
{
	kad_abandon(dht, op);
	if (op->kind == OP_PUT || op->kind == OP_PROVIDE) {
		store_at_closest(dht, op);
	} else if (op->kind == OP_GET) {
		tell_done(dht, op);
		repair(dht, op);
	}
	if (!op->pending)
		end(dht, op);
}

/* The last of several paths begins all over the table, not near the target:
 * who knows only one of two halves of a network that were apart, or only the
 * friends of an enemy, learns of the others from far away. */
static bool seed_from_afar(struct pars_dht *dht, struct op *op)
{
	struct pars_dht_lookup *l = &op->lookup;
	size_t left = dht->table.count - PARS_MIN(dht->table.count, (size_t)l->asked);
	size_t stride = PARS_MAX(left / AFAR, (size_t)1), at = 0;
	size_t i = pars_rng_below(dht->rng, stride);
	const struct pars_dht_slot *s;
	bool any = false;
	while ((s = pars_dht_table_next(&dht->table, &at, NULL))) {
		const struct pars_dht_candidate *known = pars_dht_lookup_find(l, s->contact);
		if ((!known || known->state == PARS_DHT_NEW) && i++ % stride == 0)
			any |= pars_dht_lookup_add(l, dht->book, s->contact, l->path_count - 1, 1);
	}
	return any;
}

/* A liar tells of its friends only, the nearest of them to the target, and who
 * heard of those asks nobody else. When all paths ended so, the friends stand
 * farther apart than honest nodes would: one more path, from other nodes. */
static bool doubt(struct pars_dht *dht, struct op *op)
{
	struct pars_dht_lookup *l = &op->lookup;
	struct pars_contact *closest[PARS_DHT_K];
	if (l->path_count == 1 || l->path_count == PARS_DHT_PATHS_MAX || l->asked >= ASKED_MAX)
		return false;
	size_t n = pars_dht_lookup_closest(l, closest, PARS_DHT_K);
	/* Where nobody at all answered we are offline. */
	if (!n || !is_thin(dht, op, closest, n, l->want < PARS_DHT_K ? SPARSE_FACTOR : THIN_FACTOR))
		return false;
	l->path_count++;
	pars_count(dht->metrics, PARS_M_dht_lookup_doubted);
	return seed_from_afar(dht, op);
}

/* Takes the next nearest of the table into the lookup, the paths in turn. */
static bool seed(struct pars_dht *dht, struct op *op)
{
	struct pars_contact *list[PARS_DHT_K * PARS_DHT_PATHS_MAX];
	struct pars_dht_lookup *l = &op->lookup;
	unsigned paths = PARS_MAX(l->path_count - 1, 1u);
	size_t n = pars_dht_table_nearest(&dht->table, &l->target, false, op->seeded, list,
		(size_t)PARS_DHT_K * paths);
	if (!op->seeded && l->path_count > 1)
		seed_from_afar(dht, op);
	for (size_t i = 0; i < n; i++)
		pars_dht_lookup_add(l, dht->book, list[i], i % paths, 1);
	op->seeded += n;
	return n;
}

/* Nobody waits for it, and nobody answers: it is tried again. */
static bool is_in_vain(const struct op *op)
{
	return op->kind == OP_REFRESH && !op->lookup.answered && op->lookup.asked >= PARS_DHT_K;
}

/* Asks on. The table is gone through to its end before a lookup gives up. */
static void advance(struct pars_dht *dht, struct op *op)
{
	struct pars_dht_lookup *l = &op->lookup;
	do {
		struct pars_dht_candidate *c;
		while (l->asked < ASKED_MAX && (c = pars_dht_lookup_next(l)))
			kad_ask(dht, c->contact, op, ASK_QUERY);
		if (l->asked >= ASKED_MAX) {
			pars_count(dht->metrics, PARS_M_dht_lookup_cut);
			break;
		}
		if (!pars_dht_lookup_over(l))
			return;
	} while ((l->answered < l->want && !is_in_vain(op) && seed(dht, op)) || doubt(dht, op));
	lookup_over(dht, op);
}

void kad_op_start(struct pars_dht *dht, struct op *op)
{
	seed(dht, op);
	advance(dht, op);
}

/* -- replies ------------------------------------------------------------------------------------ */

static void hear_of(struct pars_dht *dht, struct op *op, const struct pars_dht_candidate *from,
	const struct pars_dht_message *reply)
{
	unsigned path = from->path, hops = from->hops + 1;
	const struct pars_contact *teller = from->contact;
	for (size_t i = 0; i < reply->closer_count; i++)
		__builtin_prefetch(reply->closer[i]);
	for (size_t i = 0; i < reply->closer_count; i++) {
		struct pars_contact *c = reply->closer[i];
		if (c == dht->self || c == teller)
			pars_count(dht->metrics, PARS_M_dht_reply_self);
		else if (!kad_can_dial(dht, c))
			pars_count(dht->metrics, PARS_M_dht_reply_unroutable);
		else
			pars_dht_lookup_add(&op->lookup, dht->book, c, path, hops);
	}
}

/* A better value than all before: those who told the old best are behind now. */
static void new_best(struct op *op, struct pars_bytes value)
{
	struct pars_dht_lookup *l = &op->lookup;
	for (size_t i = 0; i < l->count; i++) {
		l->list[i].has_worse |= l->list[i].has_best;
		l->list[i].has_best = false;
	}
	pars_buf_truncate(&op->value, 0);
	pars_buf_put(&op->value, value);
	op->agree = 0;
}

static enum pars_err hear_value(struct pars_dht *dht, struct op *op,
	struct pars_dht_candidate *from, const struct pars_dht_message *reply)
{
	struct pars_bytes key = pars_buf_bytes(&op->key), best = pars_buf_bytes(&op->value);
	if (!reply->has_record || !reply->value.n)
		return PARS_OK;
	if (!pars_bytes_equal(reply->record_key, key) || pars_dht_record_check(key, reply->value)) {
		pars_count(dht->metrics, PARS_M_dht_reply_bad_record);
		return PARS_E_PEER_PROTOCOL;
	}
	int order = best.n ? pars_dht_record_compare(key, reply->value, best) : 1;
	if (order > 0)
		new_best(op, reply->value);
	from->has_best = order >= 0;
	from->has_worse = order < 0;
	op->agree += order >= 0;
	return PARS_OK;
}

static void found_provider(struct pars_dht *dht, struct op *op, struct pars_contact *c)
{
	if (c == dht->self || op->found_count == op->enough)
		return;
	for (size_t i = 0; i < op->found_count; i++)
		if (op->found[i] == c)
			return;
	if (!op->found)
		op->found = pars_alloc_array(op->enough, sizeof *op->found);
	op->found[op->found_count++] = pars_contact_ref(c);
	struct queued *q = kad_emit(dht, PARS_DHT_EV_PROVIDER);
	q->op = op->id;
	q->contact = pars_contact_ref(c);
	pars_buf_put(&q->key, pars_buf_bytes(&op->key));
}

enum pars_err kad_op_reply(struct pars_dht *dht, struct op *op, struct pars_contact *from,
	const struct pars_dht_message *reply)
{
	struct pars_dht_candidate *c = pars_dht_lookup_find(&op->lookup, from);
	enum pars_err err = PARS_OK;
	assert(c && c->state == PARS_DHT_ASKED);
	if (op->kind == OP_GET)
		err = hear_value(dht, op, c, reply);
	if (err)
		return err;
	for (size_t i = 0; op->kind == OP_PROVIDERS && i < reply->provider_count; i++)
		found_provider(dht, op, reply->providers[i]);
	struct pars_dht_candidate teller = *c; /* the list moves */
	hear_of(dht, op, &teller, reply);
	return PARS_OK;
}

static bool has_enough(const struct op *op, const struct pars_contact *answered)
{
	switch (op->kind) {
	case OP_FIND:
		return pars_digest_equal(&answered->key, &op->lookup.target);
	case OP_GET:
		return op->agree >= op->quorum;
	case OP_PROVIDERS:
		return op->found_count >= op->enough;
	default:
		return false;
	}
}

void kad_op_settled(struct pars_dht *dht, struct op *op, const struct pars_contact *c,
	enum ask_kind kind, bool ok)
{
	if (kind == ASK_STORE) {
		op->stored += ok;
		if (!--op->pending)
			end(dht, op);
		return;
	}
	pars_dht_lookup_settle(&op->lookup, pars_dht_lookup_find(&op->lookup, c), ok);
	op->early = ok && has_enough(op, c);
	if (op->early)
		lookup_over(dht, op);
	else
		advance(dht, op);
}

/* -- the user's calls --------------------------------------------------------------------------- */

static bool too_many(const struct pars_dht *dht)
{
	return dht->op_count >= dht->limits.lookups_max;
}

static pars_dht_op start(struct pars_dht *dht, struct op *op)
{
	pars_dht_op id = op->id;
	kad_op_start(dht, op);
	return id;
}

pars_dht_op pars_dht_find_node(struct pars_dht *dht, struct pars_bytes key, bool careful)
{
	struct pars_peer_id id;
	if (too_many(dht) || !key.n || key.n > PARS_DHT_KEY_MAX)
		return 0;
	bool one = !pars_peer_id_decode(key, &id);
	return start(dht, kad_op_new(dht, OP_FIND, key, careful, one ? BETA : PARS_DHT_K));
}

pars_dht_op pars_dht_get(struct pars_dht *dht, struct pars_bytes key, unsigned quorum)
{
	if (too_many(dht) || !key.n || key.n > PARS_DHT_KEY_MAX)
		return 0;
	struct op *op = kad_op_new(dht, OP_GET, key, true, PARS_DHT_K);
	op->quorum = quorum ? quorum : QUORUM;
	pars_buf_put(&op->value, kad_local_value(dht, key));
	return start(dht, op);
}

pars_dht_op pars_dht_find_providers(struct pars_dht *dht, struct pars_bytes key, unsigned enough)
{
	struct pars_contact *local[PARS_DHT_K];
	if (too_many(dht) || !key.n || key.n > PARS_DHT_KEY_MAX)
		return 0;
	struct op *op = kad_op_new(dht, OP_PROVIDERS, key, true, PARS_DHT_K);
	op->enough = enough && enough < FOUND_MAX ? enough : FOUND_MAX;
	size_t n = pars_dht_providers_get(&dht->providers, key, 0, local, PARS_DHT_K);
	for (size_t i = 0; i < n; i++)
		found_provider(dht, op, local[i]);
	if (op->found_count < op->enough)
		return start(dht, op);
	pars_dht_op id = op->id;
	op->early = true;
	lookup_over(dht, op);
	return id;
}
