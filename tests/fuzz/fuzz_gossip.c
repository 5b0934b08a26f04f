/* A pubsub router among a few peers: the input is a list of steps, each a kind
 * and bytes: an RPC of one of the peers, a verdict, time, subscribing,
 * publishing, a peer that goes and comes. What it says must be readable. */
#include "codec/uvarint.h"
#include "gossip/gossip.h"
#include "tests/fuzz/fuzz.h"

#define PEERS 5
#define PENDING 64

enum step { RPC, RPC_AGAIN, ACCEPT, REJECT, IGNORE, PASS, SUBSCRIBE, UNSUBSCRIBE, PUBLISH, GONE, EFFORT, STEPS };

struct world {
	struct pars_gossip *g;
	struct pars_gossip_peer *peers[PEERS];
	struct pars_peer_id ids[PEERS];
	struct pars_gossip_id pending[PENDING];
	size_t pending_count;
	struct pars_metrics metrics;
	struct pars_rng rng;
	struct pars_ed25519_pair key;
	pars_usec now;
};

static void up(struct world *w, unsigned i)
{
	struct pars_endpoint e = { .family = PARS_IP4, .ip = { 8, 8, 8, (uint8_t)(i / 2) } };
	w->peers[i] = pars_gossip_peer_up(w->g, &w->ids[i], (enum pars_gossip_version)(i % PARS_GOSSIP_VERSIONS), &e, i & 1);
	assert(w->peers[i]);
	pars_gossip_peer_set_record(w->peers[i], PARS_BYTES("record", 6));
}

static void read_all(struct pars_bytes rpc)
{
	struct pars_gossip_reader r = { .rpc = rpc };
	struct pars_gossip_item item;
	struct pars_bytes id, record;
	enum pars_err err;
	while (!(err = pars_gossip_read(&r, &item))) {
		struct pars_gossip_item again = item;
		while (pars_gossip_next_id(&item, &id))
			;
		while (pars_gossip_next_peer(&again, &id, &record))
			;
	}
	assert(err == PARS_E_NOT_FOUND);
}

static void drain(struct world *w)
{
	struct pars_gossip_event ev;
	struct pars_bytes rpc;
	size_t size;
	while (pars_gossip_next(w->g, &ev)) {
		if (ev.type != PARS_GOSSIP_EV_MESSAGE)
			continue;
		assert(ev.message->topic.n);
		if (w->pending_count < PENDING)
			w->pending[w->pending_count++] = ev.id;
		(void)!pars_gossip_message_verify(ev.message);
	}
	for (unsigned i = 0; i < PEERS; i++) {
		struct pars_bytes out;
		for (unsigned n = 0; n < 4 && (out = pars_gossip_output(w->g, w->peers[i])).n; n++) {
			enum pars_err err = pars_uvarint_message(out, PARS_GOSSIP_RPC_OURS + (1 << 20), &rpc, &size);
			assert(!err && size == out.n);
			read_all(rpc);
			pars_gossip_sent(w->peers[i], size);
		}
	}
}

static void verdict(struct world *w, enum pars_gossip_verdict v)
{
	if (w->pending_count)
		pars_gossip_validated(w->g, &w->pending[--w->pending_count], v);
}

static void step(struct world *w, uint8_t kind, struct pars_bytes raw)
{
	unsigned i = kind / STEPS % PEERS;
	struct pars_gossip_id id;
	const char *topic = raw.n & 1 ? "a" : "b";
	pars_gossip_begin(w->g, w->now);
	switch (kind % STEPS) {
	case RPC:
	case RPC_AGAIN: (void)!pars_gossip_input(w->g, w->peers[i], raw); break;
	case ACCEPT: verdict(w, PARS_GOSSIP_ACCEPT); break;
	case REJECT: verdict(w, PARS_GOSSIP_REJECT); break;
	case IGNORE: verdict(w, PARS_GOSSIP_IGNORE); break;
	case PASS: w->now += PARS_MS(200) << (raw.n % 12); break;
	case SUBSCRIBE:
		(void)!pars_gossip_subscribe(w->g, topic, raw.n & 2 ? PARS_GOSSIP_SIGNED : PARS_GOSSIP_UNSIGNED,
			&pars_gossip_default_topic);
		break;
	case UNSUBSCRIBE: pars_gossip_unsubscribe(w->g, topic); break;
	case PUBLISH: (void)!pars_gossip_publish(w->g, topic, PARS_GOSSIP_UNSIGNED, raw, &id); break;
	case GONE:
		pars_gossip_peer_down(w->g, w->peers[i]);
		up(w, i);
		break;
	case EFFORT: pars_gossip_set_effort(w->g, (unsigned)raw.n); break;
	}
	pars_gossip_begin(w->g, w->now);
	pars_gossip_tick(w->g);
	drain(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world w = { .now = PARS_S(100) };
	struct pars_bytes in = PARS_BYTES(data, size);
	struct pars_gossip_limits limits = pars_gossip_default_limits;
	uint8_t seed[32] = { 1 };
	limits.seen_max = 32;
	limits.topics_max = 32;
	limits.peer_topics_max = 16;
	limits.held_max = 4096;
	pars_rng_init(&w.rng, seed);
	pars_ed25519_pair_from_seed(&w.key, seed);
	w.g = pars_gossip_new(&(struct pars_gossip_config){ .key = &w.key, .seqno = 1, .limits = limits, .metrics = &w.metrics,
		.rng = &w.rng });
	pars_gossip_begin(w.g, w.now);
	for (unsigned i = 0; i < PEERS; i++) {
		uint8_t key[36] = { 8, 1, 0x12, 0x20, (uint8_t)i };
		pars_peer_id_from_key(PARS_BYTES_ARRAY(key), &w.ids[i]);
		up(&w, i);
	}
	pars_gossip_set_direct(w.g, &w.ids[4], true);
	while (in.n > 2) {
		uint8_t kind = pars_bytes_take(&in, 1).p[0];
		size_t n = pars_be16(pars_bytes_take(&in, 2).p);
		step(&w, kind, pars_bytes_take(&in, PARS_MIN(n, in.n)));
	}
	pars_gossip_free(w.g);
	return 0;
}
