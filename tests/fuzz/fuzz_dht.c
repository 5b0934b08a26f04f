/* A DHT node with a few peers: the input is a list of steps, each a kind and a
 * message. A message is served as a request, or fed as the reply to what the
 * node asks next; lookups are begun and time passes between them. */
#include "codec/uvarint.h"
#include "dht/dht.h"
#include "tests/fuzz/fuzz.h"

#define PEERS 6

enum step { SERVE, REPLY, FAIL, FIND, GET, PROVIDERS, PROVIDE, PASS, STEPS };

struct world {
	struct pars_contacts *book;
	struct pars_contact *self, *peers[PEERS];
	struct pars_dht *dht;
	struct pars_metrics metrics;
	struct pars_rng rng;
	pars_usec now;
	uint64_t asks[512];
	size_t ask_count;
};

static struct pars_contact *peer(struct pars_contacts *book, uint8_t number)
{
	struct pars_peer_id id;
	struct pars_multiaddr a;
	uint8_t key[36] = { 8, 1, 0x12, 0x20, number };
	pars_peer_id_from_key(PARS_BYTES_ARRAY(key), &id);
	struct pars_contact *c = pars_contact_get(book, &id);
	struct pars_endpoint e = { .family = PARS_IP4, .port = 4001, .ip = { 8, number, 8, 8 } };
	pars_multiaddr_from_endpoint(&e, &a);
	pars_contact_set_addrs(c, PARS_CONTACT_MET, &a, 1);
	return c;
}

static void drain(struct world *w)
{
	struct pars_dht_event ev;
	while (pars_dht_next(w->dht, &ev)) {
		if (ev.type == PARS_DHT_EV_DONE)
			assert(ev.result->closest_count <= PARS_DHT_K);
		if (ev.type != PARS_DHT_EV_ASK)
			continue;
		PARS_AUTO_BUF out = { 0 };
		pars_dht_message_encode(ev.message, &out);
		assert(out.n <= PARS_DHT_MESSAGE_MAX);
		if (w->ask_count < sizeof w->asks / sizeof w->asks[0])
			w->asks[w->ask_count++] = ev.ask;
	}
}

static void serve(struct world *w, const struct pars_dht_message *m, struct pars_contact *from)
{
	static struct pars_dht_message reply, again;
	PARS_AUTO_BUF out = { 0 };
	bool answer = false;
	uint64_t n;
	if (!pars_dht_serve(w->dht, from, m, &reply, &answer) && answer) {
		pars_dht_message_encode(&reply, &out);
		struct pars_bytes raw = pars_buf_bytes(&out);
		enum pars_err err = pars_uvarint_get(&raw, &n);
		assert(!err && n == raw.n);
		/* Others must be able to read what we say. */
		err = pars_dht_message_decode(raw, w->book, &again);
		assert(!err && again.type == reply.type && again.closer_count == reply.closer_count);
		pars_dht_message_release(&again, w->book);
	}
	pars_dht_message_release(&reply, w->book);
}

static void step(struct world *w, uint8_t kind, struct pars_bytes raw)
{
	static struct pars_dht_message m;
	struct pars_contact *from = w->peers[kind / STEPS % PEERS];
	bool good = (kind % STEPS == SERVE || kind % STEPS == REPLY) && !pars_dht_message_decode(raw, w->book, &m);
	uint64_t ask = w->ask_count ? w->asks[w->ask_count - 1] : 0;
	enum pars_err err = PARS_OK;
	pars_dht_begin(w->dht, w->now);
	switch (kind % STEPS) {
	case SERVE:
		if (good)
			serve(w, &m, from);
		break;
	case REPLY:
		if (good && ask)
			err = pars_dht_answered(w->dht, ask, &m);
		w->ask_count -= ask != 0;
		break;
	case FAIL:
		pars_dht_failed(w->dht, ask);
		w->ask_count -= ask != 0;
		break;
	case FIND:
		pars_dht_find_node(w->dht, raw, kind & 64);
		break;
	case GET:
		pars_dht_get(w->dht, raw, kind & 3);
		break;
	case PROVIDERS:
		pars_dht_find_providers(w->dht, raw, kind & 7);
		break;
	case PROVIDE:
		pars_dht_provide(w->dht, raw);
		break;
	case PASS:
		w->now += PARS_MS(1) << kind / STEPS;
		pars_dht_begin(w->dht, w->now);
		pars_dht_tick(w->dht);
		break;
	}
	assert(!err || pars_err_class(err) == PARS_CLASS_PEER);
	if (good)
		pars_dht_message_release(&m, w->book);
	drain(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pars_bytes in = PARS_BYTES(data, size);
	static const uint8_t seed[PARS_RNG_SEED_SIZE] = { 1 };
	struct world w = { .now = PARS_S(1) };
	pars_rng_init(&w.rng, seed);
	w.book = pars_contacts_new(1);
	w.self = peer(w.book, 255);
	struct pars_dht_config config = { .self = w.self, .contacts = w.book,
		.limits = pars_dht_default_limits, .metrics = &w.metrics, .rng = &w.rng };
	w.dht = pars_dht_new(&config);
	pars_dht_begin(w.dht, w.now);
	for (uint8_t i = 0; i < PEERS; i++) {
		w.peers[i] = peer(w.book, i);
		pars_dht_learn(w.dht, w.peers[i]);
	}
	drain(&w);
	/* A step: its kind, two bytes of length, so many bytes. */
	while (in.n >= 3) {
		uint8_t kind = pars_bytes_take(&in, 1).p[0];
		size_t n = pars_be16(pars_bytes_take(&in, 2).p);
		step(&w, kind, pars_bytes_take(&in, PARS_MIN(n, in.n)));
	}
	assert(pars_dht_size(w.dht) <= PARS_DHT_K * 256);
	pars_dht_free(w.dht);
	for (size_t i = 0; i < PEERS; i++)
		pars_contact_unref(w.book, w.peers[i]);
	pars_contact_unref(w.book, w.self);
	pars_contacts_free(w.book); /* asserts that nobody kept a contact */
	return 0;
}
