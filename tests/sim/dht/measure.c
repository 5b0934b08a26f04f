#include "tests/sim/dht/measure.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/alloc.h"
#include "dht/table.h"

#define AT_ONCE_MAX 16384 /* so many that the network's own upkeep meanwhile weighs little */
#define PATIENCE PARS_S(300)

struct query {
	uint32_t node;
	pars_dht_op op;
	enum question what;
	uint32_t expected;         /* a node; or which value */
	bool over, right;
	unsigned hops, messages, stored;
	bool sparse;
	pars_usec took_us;
	uint8_t key[VALUE_KEY_MAX];
	size_t key_n;
};

struct asker {
	struct net *net;
	struct query queries[AT_ONCE_MAX];
	size_t count, open;
	struct query **of_node;
	uint32_t *values, value_count, value_next; /* put so far; the next number to try */
	const struct pars_digest *near; /* where their keys have to be; or NULL */
	unsigned near_bits;
	uint32_t provided, *providers; /* likewise; who */
};

double cpu_seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

size_t heap_bytes(void)
{
	struct mallinfo2 m = mallinfo2();
	return m.uordblks + m.hblkhd;
}

/* -- questions ----------------------------------------------------------------------- */

void value_of(uint32_t number, uint8_t out[VALUE_SIZE])
{
	memset(out, 7, VALUE_SIZE);
	pars_put_be32(out, number);
}

size_t value_key(uint32_t number, uint8_t out[VALUE_KEY_MAX])
{
	struct pars_peer_id id;
	uint8_t value[VALUE_SIZE];
	value_of(number, value);
	pars_peer_id_from_key(PARS_BYTES_ARRAY(value), &id);
	memcpy(out, "/pk/", 4);
	memcpy(out + 4, id.b, id.n);
	return 4 + (size_t)id.n;
}

uint32_t value_near(uint32_t number, const struct pars_digest *place, unsigned bits)
{
	uint8_t key[VALUE_KEY_MAX];
	for (;; number++) {
		struct pars_digest d = pars_sha256(PARS_BYTES(key, value_key(number, key)));
		if (pars_dht_shared_bits(&d, place) >= bits)
			return number;
	}
}

static uint32_t next_value(struct asker *a)
{
	uint32_t number = a->near ? value_near(a->value_next, a->near, a->near_bits) : a->value_next;
	a->value_next = number + 1;
	a->values = pars_realloc(a->values, (a->value_count + 1) * sizeof *a->values);
	return a->values[a->value_count++] = number;
}

void asker_put_near(struct asker *a, const struct pars_digest *place, unsigned bits)
{
	a->near = place;
	a->near_bits = bits;
}

static size_t provided_key(uint32_t number, uint8_t *out)
{
	struct pars_digest d = pars_sha256(PARS_BYTES(&number, sizeof number));
	out[0] = 0x12;
	out[1] = sizeof d.b;
	memcpy(out + 2, d.b, sizeof d.b);
	return 2 + sizeof d.b;
}

static uint32_t number_of(const struct pars_contact *c)
{
	return pars_be32(c->id.b + 6);
}

static void choose(struct asker *a, struct query *q, uint32_t peer)
{
	struct net *net = a->net;
	uint64_t random = net_random(net, UINT64_MAX);
	switch (q->what) {
	case ASK_NEAREST:
		memcpy(q->key, &random, q->key_n = sizeof random);
		q->expected = net_nearest(net, PARS_BYTES(q->key, q->key_n), q->node);
		break;
	case ASK_PEER:
		q->expected = peer;
		q->key_n = net_node(net, peer)->self->id.n;
		memcpy(q->key, net_node(net, peer)->self->id.b, q->key_n);
		break;
	case ASK_PUT:
		q->key_n = value_key(q->expected = next_value(a), q->key);
		break;
	case ASK_GET:
		q->key_n = value_key(q->expected = a->values[random % a->value_count], q->key);
		break;
	case ASK_PROVIDE:
		a->providers = pars_realloc(a->providers, (a->provided + 1) * sizeof *a->providers);
		a->providers[a->provided] = q->node;
		q->key_n = provided_key(a->provided++, q->key);
		break;
	case ASK_PROVIDERS:
		q->expected = (uint32_t)(random % a->provided);
		q->key_n = provided_key(q->expected, q->key);
		q->expected = a->providers[q->expected];
		q->right = q->expected == q->node; /* it does not look for itself */
		break;
	}
}

static pars_dht_op begin(struct asker *a, const struct query *q, bool careful)
{
	struct pars_dht *dht = net_node(a->net, q->node)->dht;
	struct pars_bytes key = PARS_BYTES(q->key, q->key_n);
	uint8_t value[VALUE_SIZE];
	enum pars_err err;
	switch (q->what) {
	case ASK_PUT:
		value_of(q->expected, value);
		return pars_dht_put(dht, key, PARS_BYTES_ARRAY(value), &err);
	case ASK_GET:
		return pars_dht_get(dht, key, 0);
	case ASK_PROVIDE:
		return pars_dht_provide(dht, key);
	case ASK_PROVIDERS:
		return pars_dht_find_providers(dht, key, 1);
	default:
		return pars_dht_find_node(dht, key, careful);
	}
}

static void start(struct asker *a, uint32_t node, enum question what, bool careful, uint32_t peer)
{
	struct query *q = &a->queries[a->count++];
	*q = (struct query){ .node = node, .what = what };
	choose(a, q, peer);
	a->of_node[node] = q;
	a->open++;
	net_enter(a->net, node);
	q->op = begin(a, q, careful);
	if (q->op) {
		net_leave(a->net, node);
		return;
	}
	q->over = true;
	a->open--;
	a->of_node[node] = NULL;
	net_leave(a->net, node);
}

/* -- answers --------------------------------------------------------------------------- */

static bool has(const struct pars_dht_result *r, uint32_t node, size_t among)
{
	for (size_t i = 0; i < PARS_MIN(r->closest_count, among); i++)
		if (number_of(r->closest[i]) == node)
			return true;
	return false;
}

/* Where liars stand between, the nearest honest node must be among the k. */
static bool is_right(struct asker *a, struct query *q, const struct pars_dht_event *ev)
{
	const struct pars_dht_result *r = ev->result;
	uint8_t value[VALUE_SIZE];
	switch (q->what) {
	case ASK_NEAREST:
		if (!r->closest_count)
			return false;
		if (net_node(a->net, number_of(r->closest[0]))->role != NET_HONEST)
			return has(r, q->expected, PARS_DHT_K);
		return has(r, q->expected, 1)
			|| has(r, net_nearest(a->net, PARS_BYTES(q->key, q->key_n), q->node), 1);
	case ASK_PEER:
		return has(r, q->expected, 1);
	case ASK_GET:
		value_of(q->expected, value);
		return pars_bytes_equal(r->value, PARS_BYTES_ARRAY(value));
	case ASK_PROVIDERS:
		return q->right;
	default:
		return r->stored;
	}
}

static void done(void *ctx, uint32_t node, const struct pars_dht_event *ev)
{
	struct asker *a = ctx;
	struct query *q = a->of_node[node];
	if (!q || (q->op && q->op != ev->op))
		return;
	if (ev->type == PARS_DHT_EV_PROVIDER) {
		q->right |= number_of(ev->contact) == q->expected;
		return;
	}
	q->right = is_right(a, q, ev);
	q->hops = ev->result->hops;
	q->messages = ev->result->asked;
	q->stored = ev->result->stored;
	q->sparse = ev->result->sparse;
	q->took_us = ev->result->took_us;
	q->over = true;
	a->open--;
	a->of_node[node] = NULL;
}

static void sum_up(struct asker *a, struct measure *m)
{
	for (size_t i = 0; i < a->count; i++) {
		struct query *q = &a->queries[i];
		if (!q->over && !net_node(a->net, q->node)->dht)
			continue;
		m->asked++;
		m->right += q->right && q->over;
		if (q->right && q->over) {
			m->hops[PARS_MIN(q->hops, HOPS_MAX - 1u)]++;
			m->took_us += q->took_us;
		}
		m->messages += q->messages;
		m->stored += q->stored;
		m->sparse += q->sparse;
	}
	for (size_t i = 0; i < a->count; i++)
		a->of_node[a->queries[i].node] = NULL;
	a->count = a->open = 0;
}

static void wait_for_all(struct asker *a)
{
	pars_usec end = net_now(a->net) + PATIENCE;
	while (a->open && net_now(a->net) < end && !net_wrong(a->net))
		net_run_until(a->net, net_now(a->net) + PARS_MS(200));
}

struct asker *asker_new(struct net *net)
{
	struct asker *a = pars_alloc(sizeof *a);
	a->net = net;
	a->of_node = pars_alloc_array(net_max(net), sizeof *a->of_node);
	net_on_done(net, done, a);
	return a;
}

void asker_free(struct asker *a)
{
	net_on_done(a->net, NULL, NULL);
	free(a->of_node);
	free(a->values);
	free(a->providers);
	free(a);
}

void asker_ask(struct asker *a, enum question what, bool careful, unsigned count, struct measure *m)
{
	double cpu = cpu_seconds();
	pars_usec since = net_now(a->net);
	uint64_t events = net_events(a->net);
	size_t at_once = PARS_MIN((size_t)net_count(a->net) / 8 + 1, (size_t)AT_ONCE_MAX);
	while (count && !net_wrong(a->net)) {
		for (size_t tries = 0; a->count < at_once && count && tries < 8 * at_once; tries++) {
			uint32_t node = net_anyone_settled(a->net), peer = net_anyone_settled(a->net);
			if (a->of_node[node] || node == peer)
				continue;
			start(a, node, what, careful, peer);
			count--;
		}
		wait_for_all(a);
		sum_up(a, m);
	}
	m->cpu += cpu_seconds() - cpu;
	m->events += net_events(a->net) - events;
	m->seconds += (double)(net_now(a->net) - since) / 1e6;
}

bool asker_ask_as(struct asker *a, uint32_t i, enum question what, bool careful, uint32_t peer)
{
	struct measure m = { 0 };
	start(a, i, what, careful, peer);
	wait_for_all(a);
	sum_up(a, &m);
	return m.right;
}

/* -- sums --------------------------------------------------------------------------------- */

void measure_add(struct measure *sum, const struct measure *more)
{
	sum->asked += more->asked;
	sum->right += more->right;
	for (unsigned i = 0; i < HOPS_MAX; i++)
		sum->hops[i] += more->hops[i];
	sum->messages += more->messages;
	sum->stored += more->stored;
	sum->sparse += more->sparse;
	sum->took_us += more->took_us;
	sum->seconds += more->seconds;
	sum->cpu += more->cpu;
	sum->events += more->events;
}

double measure_success(const struct measure *m)
{
	return m->asked ? (double)m->right / m->asked : 0;
}

double measure_hops(const struct measure *m)
{
	double sum = 0;
	for (unsigned i = 0; i < HOPS_MAX; i++)
		sum += (double)i * m->hops[i];
	return m->right ? sum / m->right : 0;
}

double measure_hops_p99(const struct measure *m)
{
	unsigned beyond = m->right / 100, i = HOPS_MAX - 1;
	for (unsigned n = 0; i && (n += m->hops[i]) <= beyond; i--)
		;
	return i;
}

double measure_messages(const struct measure *m)
{
	return m->asked ? (double)(m->messages + m->stored) / m->asked : 0;
}

double measure_ms(const struct measure *m)
{
	return m->right ? (double)m->took_us / 1000 / m->right : 0;
}
