#include "tests/unit/dht/world.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "codec/uvarint.h"

struct pars_peer_id world_id(uint32_t number)
{
	struct pars_peer_id id;
	uint8_t key[36] = { 8, 1, 0x12, 0x20 };
	pars_put_be32(key + 4, number);
	pars_peer_id_from_key(PARS_BYTES_ARRAY(key), &id);
	return id;
}

struct pars_contact *world_peer(struct pars_contacts *book, uint32_t number, uint32_t ip)
{
	struct pars_peer_id id = world_id(number);
	struct pars_contact *c = pars_contact_get(book, &id);
	struct pars_endpoint e = { .family = PARS_IP4, .port = 4001 };
	struct pars_multiaddr a;
	pars_put_be32(e.ip, ip ? ip : 0x0a000001);
	pars_multiaddr_from_endpoint(&e, &a);
	pars_contact_set_addrs(c, PARS_CONTACT_MET, &a, 1);
	return c;
}

size_t world_add(struct world *w)
{
	size_t i = w->count++;
	struct world_node *n = &w->nodes[i];
	uint8_t seed[PARS_RNG_SEED_SIZE] = { (uint8_t)i, (uint8_t)(i >> 8), 1 };
	pars_rng_init(&n->rng, seed);
	n->book = pars_contacts_new(i);
	n->self = world_peer(n->book, (uint32_t)i, 0);
	struct pars_dht_config config = { .self = n->self, .contacts = n->book, .limits = w->limits,
		.metrics = &n->metrics, .rng = &n->rng };
	n->dht = pars_dht_new(&config);
	pars_dht_begin(n->dht, w->now);
	return i;
}

struct world *world_new(size_t nodes)
{
	struct world *w = pars_alloc(sizeof *w);
	w->now = PARS_S(1);
	w->limits = pars_dht_default_limits;
	w->limits.private_ok = true;
	while (nodes--)
		world_add(w);
	return w;
}

void world_free(struct world *w)
{
	for (size_t i = 0; i < w->count; i++) {
		struct world_node *n = &w->nodes[i];
		pars_dht_free(n->dht);
		pars_contact_unref(n->book, n->self);
		ck_assert_uint_eq(pars_contacts_count(n->book), 0);
		pars_contacts_free(n->book);
		pars_buf_done(&n->value);
	}
	free(w);
}

static struct world_node *node_of(struct world *w, const struct pars_contact *c)
{
	uint32_t number = pars_be32(c->id.b + 6);
	return number < w->count ? &w->nodes[number] : NULL;
}

/* What arrives: decoded in the receiver's own book. */
static void receive(const struct pars_dht_message *sent, struct pars_contacts *book,
	struct pars_buf *wire, struct pars_dht_message *ret)
{
	uint64_t n;
	pars_dht_message_encode(sent, wire);
	struct pars_bytes raw = pars_buf_bytes(wire);
	/* Check writes a file at each of its own asserts. */
	enum pars_err err = pars_uvarint_get(&raw, &n);
	assert(!err && n == raw.n);
	err = pars_dht_message_decode(raw, book, ret);
	assert(!err);
}

static void deliver(struct world *w, struct world_node *from, const struct pars_dht_event *ev)
{
	static struct pars_dht_message request, reply, answer;
	PARS_AUTO_BUF there = { 0 };
	PARS_AUTO_BUF back = { 0 };
	struct world_node *to = node_of(w, ev->contact);
	bool answers = false;
	if (!to || to->dead) {
		pars_dht_failed(from->dht, ev->ask);
		return;
	}
	receive(ev->message, to->book, &there, &request);
	struct pars_contact *c = pars_contact_get(to->book, &from->self->id);
	struct pars_multiaddr a;
	size_t at = 0;
	if (pars_contact_addr(from->self, &at, &a))
		pars_contact_set_addrs(c, PARS_CONTACT_MET, &a, 1);
	pars_dht_learn(to->dht, c);
	enum pars_err err = pars_dht_serve(to->dht, c, &request, &reply, &answers);
	if (err) {
		pars_dht_failed(from->dht, ev->ask);
	} else if (!answers) {
		err = pars_dht_answered(from->dht, ev->ask, NULL);
	} else {
		receive(&reply, from->book, &back, &answer);
		err = pars_dht_answered(from->dht, ev->ask, &answer);
		assert(!err);
		pars_dht_message_release(&answer, from->book);
	}
	pars_dht_message_release(&reply, to->book);
	pars_dht_message_release(&request, to->book);
	pars_contact_unref(to->book, c);
}

static void note_done(struct world_node *n, const struct pars_dht_event *ev)
{
	n->done = *ev->result;
	n->done_op = ev->op;
	n->done_count++;
	n->nearest = ev->result->closest_count ? ev->result->closest[0]->id : (struct pars_peer_id){ 0 };
	pars_buf_truncate(&n->value, 0);
	pars_buf_put(&n->value, ev->result->value);
}

static bool drain(struct world *w, struct world_node *n)
{
	struct pars_dht_event ev;
	bool any = false;
	while (pars_dht_next(n->dht, &ev)) {
		any = true;
		switch (ev.type) {
		case PARS_DHT_EV_ASK:
			deliver(w, n, &ev);
			break;
		case PARS_DHT_EV_DONE:
			note_done(n, &ev);
			break;
		case PARS_DHT_EV_PROVIDER:
			n->provider_count++;
			break;
		case PARS_DHT_EV_TABLE:
			*(ev.ok ? &n->entered : &n->left) += 1;
			break;
		case PARS_DHT_EV_STORED:
			n->stored_count++;
			break;
		case PARS_DHT_EV_FORGOT:
			n->forgot_count++;
			break;
		}
	}
	return any;
}

static void settle(struct world *w)
{
	bool any;
	do {
		any = false;
		for (size_t i = 0; i < w->count; i++)
			if (!w->nodes[i].dead)
				any |= drain(w, &w->nodes[i]);
	} while (any);
}

static pars_usec next_deadline(const struct world *w)
{
	pars_usec at = PARS_NEVER;
	for (size_t i = 0; i < w->count; i++)
		if (!w->nodes[i].dead)
			at = PARS_MIN(at, pars_dht_deadline(w->nodes[i].dht));
	return at;
}

void world_run(struct world *w, pars_usec span)
{
	pars_usec end = w->now + span;
	for (;;) {
		settle(w);
		pars_usec at = next_deadline(w);
		w->now = PARS_MIN(PARS_MAX(at, w->now), end);
		for (size_t i = 0; i < w->count; i++) {
			pars_dht_begin(w->nodes[i].dht, w->now);
			if (!w->nodes[i].dead && at <= end)
				pars_dht_tick(w->nodes[i].dht);
		}
		if (at > end)
			return;
	}
}

const struct pars_dht_result *world_wait(struct world *w, size_t i, pars_dht_op op)
{
	ck_assert_uint_ne(op, 0);
	for (int round = 0; round < 1000 && w->nodes[i].done_op != op; round++)
		world_run(w, PARS_S(1));
	ck_assert_uint_eq(w->nodes[i].done_op, op);
	return &w->nodes[i].done;
}

void world_join(struct world *w)
{
	for (size_t i = 1; i < w->count; i++) {
		struct pars_contact *c = world_peer(w->nodes[i].book, (uint32_t)(i - 1), 0);
		pars_dht_learn(w->nodes[i].dht, c);
		pars_contact_unref(w->nodes[i].book, c);
		settle(w);
	}
	world_run(w, PARS_S(12 * 60));
}
