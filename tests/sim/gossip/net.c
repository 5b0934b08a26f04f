#include "tests/sim/gossip/net.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "codec/uvarint.h"

struct packet {
	uint32_t from, to;
	uint64_t link;
	size_t n;
	uint8_t b[];
};

struct timed {
	pars_usec at;
	uint64_t order;
	struct packet *packet; /* NULL: the timer of `node` */
	uint32_t node;
};

struct net {
	struct net_options o;
	struct net_node *nodes;
	struct pars_rng rng;
	struct pars_metrics metrics, others;
	struct timed *heap;
	size_t heap_n, heap_cap;
	pars_usec now;
	uint64_t order, links, events, bytes;
	net_told *told;
	void *ctx;
};

pars_usec net_now(const struct net *net) { return net->now; }
struct net_node *net_node(struct net *net, uint32_t i) { return &net->nodes[i]; }
struct pars_metrics *net_metrics(struct net *net) { return &net->metrics; }
uint64_t net_events(const struct net *net) { return net->events; }
uint64_t net_bytes(const struct net *net) { return net->bytes; }

uint64_t net_random(struct net *net, uint64_t below)
{
	return pars_rng_below(&net->rng, below);
}

/* -- the order of events ------------------------------------------------------------- */

static bool sooner(const struct timed *a, const struct timed *b)
{
	return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void schedule(struct net *net, pars_usec at, struct packet *p, uint32_t node)
{
	struct timed t = { at, net->order++, p, node };
	if (net->heap_n == net->heap_cap) {
		net->heap_cap = net->heap_cap ? 2 * net->heap_cap : 1024;
		net->heap = pars_realloc(net->heap, net->heap_cap * sizeof *net->heap);
	}
	size_t i = net->heap_n++;
	for (; i && sooner(&t, &net->heap[(i - 1) / 2]); i = (i - 1) / 2)
		net->heap[i] = net->heap[(i - 1) / 2];
	net->heap[i] = t;
}

static struct timed take_first(struct net *net)
{
	struct timed first = net->heap[0], last = net->heap[--net->heap_n];
	size_t i = 0;
	for (size_t child; (child = 2 * i + 1) < net->heap_n; i = child) {
		if (child + 1 < net->heap_n && sooner(&net->heap[child + 1], &net->heap[child]))
			child++;
		if (!sooner(&net->heap[child], &last))
			break;
		net->heap[i] = net->heap[child];
	}
	net->heap[i] = last;
	return first;
}

/* -- links ------------------------------------------------------------------------------ */

static struct net_side *side_to(struct net_node *n, uint32_t other)
{
	for (unsigned i = 0; i < NET_SIDES_MAX; i++)
		if (n->sides[i].link && n->sides[i].other == other)
			return &n->sides[i];
	return NULL;
}

static void open_side(struct net *net, struct net_node *n, uint32_t other, bool outbound, pars_usec delay)
{
	unsigned i = 0;
	uint8_t record[4];
	while (n->sides[i].link)
		i++;
	pars_gossip_begin(n->g, net->now);
	n->sides[i] = (struct net_side){ .other = other, .link = net->links, .delay = delay,
		.peer = pars_gossip_peer_up(n->g, &net->nodes[other].id, PARS_GOSSIP_1_2, NULL, outbound) };
	assert(n->sides[i].peer);
	pars_put_be32(record, other);
	pars_gossip_peer_set_record(n->sides[i].peer, PARS_BYTES_ARRAY(record));
	n->degree++;
}

static void close_side(struct net *net, struct net_node *n, struct net_side *s)
{
	pars_gossip_begin(n->g, net->now);
	pars_gossip_peer_down(n->g, s->peer);
	*s = (struct net_side){ 0 };
	n->degree--;
}

static void step(struct net *net, uint32_t i);

static void dial(struct net *net, uint32_t a, uint32_t b)
{
	struct net_node *x = &net->nodes[a], *y = &net->nodes[b];
	unsigned spread = net->o.delay_max_ms - net->o.delay_min_ms;
	if (a == b || !y->up || side_to(x, b) || x->degree == NET_SIDES_MAX || y->degree == NET_SIDES_MAX)
		return;
	pars_usec delay = PARS_MS(net->o.delay_min_ms) + net_random(net, PARS_MS(spread) + 1);
	net->links++;
	open_side(net, x, b, true, delay);
	open_side(net, y, a, false, delay);
	step(net, a);
	step(net, b);
}

/* Of their own accord nodes keep half as many links as they are to have. */
static void dial_enough(struct net *net, uint32_t a)
{
	for (unsigned tries = 0; net->nodes[a].degree < net->o.links / 2 && tries < 200; tries++)
		dial(net, a, (uint32_t)net_random(net, net->o.nodes));
}

/* -- one node ------------------------------------------------------------------------------ */

static void send_packet(struct net *net, uint32_t from, struct net_side *s, struct pars_bytes out)
{
	struct packet *p = malloc(sizeof *p + out.n);
	*p = (struct packet){ .from = from, .to = s->other, .link = s->link, .n = out.n };
	memcpy(p->b, out.p, out.n);
	pars_usec at = net->now + s->delay;
	if (net_random(net, 100) < net->o.loss_percent)
		at += PARS_MS(200) + 2 * s->delay; /* sent again */
	s->last_arrival = at = PARS_MAX(at, s->last_arrival);
	if (net->nodes[from].role == NET_HONEST)
		net->bytes += out.n;
	schedule(net, at, p, s->other);
}

static void drain(struct net *net, uint32_t i)
{
	struct net_node *n = &net->nodes[i];
	struct pars_gossip_event ev;
	while (pars_gossip_next(n->g, &ev)) {
		if (ev.type == PARS_GOSSIP_EV_PEERS && ev.record.n == 4 && n->degree < net->o.links)
			dial(net, i, pars_be32(ev.record.p));
		if (ev.type != PARS_GOSSIP_EV_MESSAGE)
			continue;
		bool valid = net->told(net->ctx, net, i, ev.message->data);
		pars_gossip_validated(n->g, &ev.id, n->role == NET_MUTE ? PARS_GOSSIP_IGNORE :
			valid || n->role == NET_LIAR ? PARS_GOSSIP_ACCEPT : PARS_GOSSIP_REJECT);
	}
}

static void step(struct net *net, uint32_t i)
{
	struct net_node *n = &net->nodes[i];
	if (!n->up)
		return;
	pars_gossip_begin(n->g, net->now);
	pars_gossip_tick(n->g);
	drain(net, i);
	for (unsigned k = 0; k < NET_SIDES_MAX; k++) {
		struct net_side *s = &n->sides[k];
		struct pars_bytes out;
		while (s->link && (out = pars_gossip_output(n->g, s->peer)).n) {
			send_packet(net, i, s, out);
			pars_gossip_sent(s->peer, out.n);
		}
	}
	pars_usec at = pars_gossip_deadline(n->g);
	if (at != PARS_NEVER && (n->timer_at <= net->now || at < n->timer_at)) {
		n->timer_at = PARS_MAX(at, net->now);
		schedule(net, n->timer_at, NULL, i);
	}
}

static void arrive(struct net *net, struct packet *p)
{
	struct net_node *n = &net->nodes[p->to];
	struct net_side *s = n->up ? side_to(n, p->from) : NULL;
	struct pars_bytes rpc;
	size_t size;
	if (s && s->link == p->link) {
		enum pars_err err = pars_uvarint_message(PARS_BYTES(p->b, p->n), PARS_GOSSIP_RPC_MAX, &rpc, &size);
		assert(!err && size == p->n);
		pars_gossip_begin(n->g, net->now);
		err = pars_gossip_input(n->g, s->peer, rpc);
		assert(!err);
		step(net, p->to);
	}
	free(p);
}

void net_run(struct net *net, pars_usec until)
{
	while (net->heap_n && net->heap[0].at <= until) {
		struct timed t = take_first(net);
		net->now = t.at;
		net->events++;
		if (t.packet)
			arrive(net, t.packet);
		else if (net->nodes[t.node].timer_at == t.at)
			step(net, t.node);
	}
	net->now = until;
}

void net_publish(struct net *net, uint32_t node, struct pars_bytes data)
{
	struct net_node *n = &net->nodes[node];
	struct pars_gossip_id id;
	pars_gossip_begin(n->g, net->now);
	enum pars_err err = pars_gossip_publish(n->g, NET_TOPIC, PARS_GOSSIP_UNSIGNED, data, &id);
	assert(!err);
	step(net, node);
}

void net_down(struct net *net, uint32_t node)
{
	struct net_node *n = &net->nodes[node];
	uint32_t left[NET_SIDES_MAX];
	unsigned count = 0;
	for (unsigned i = 0; i < NET_SIDES_MAX; i++)
		if (n->sides[i].link) {
			struct net_node *o = &net->nodes[n->sides[i].other];
			left[count++] = n->sides[i].other;
			close_side(net, o, side_to(o, node));
			close_side(net, n, &n->sides[i]);
		}
	n->up = false;
	n->timer_at = 0;
	pars_gossip_free(n->g);
	n->g = NULL;
	for (unsigned i = 0; i < count; i++) {
		step(net, left[i]);
		dial_enough(net, left[i]);
	}
}

void net_up(struct net *net, uint32_t node)
{
	struct net_node *n = &net->nodes[node];
	n->g = pars_gossip_new(&(struct pars_gossip_config){ .key = &n->key, .seqno = 1,
		.limits = pars_gossip_default_limits, .rng = &n->rng,
		.metrics = n->role == NET_HONEST ? &net->metrics : &net->others });
	n->up = true;
	n->since = net->now;
	pars_gossip_begin(n->g, net->now);
	enum pars_err err = pars_gossip_subscribe(n->g, NET_TOPIC, PARS_GOSSIP_UNSIGNED, &pars_gossip_default_topic);
	assert(!err);
	step(net, node);
	dial_enough(net, node);
}

/* -- life -------------------------------------------------------------------------------------- */

struct net *net_new(const struct net_options *o, net_told *told, void *ctx)
{
	struct net *net = pars_alloc(sizeof *net);
	uint8_t seed[PARS_RNG_SEED_SIZE] = "gossip simulator";
	net->o = *o;
	net->told = told;
	net->ctx = ctx;
	net->now = PARS_S(1);
	memcpy(seed + 16, &o->seed, sizeof o->seed);
	pars_rng_init(&net->rng, seed);
	net->nodes = pars_alloc_array(o->nodes, sizeof *net->nodes);
	for (uint32_t i = 0; i < o->nodes; i++) {
		struct net_node *n = &net->nodes[i];
		pars_put_be32(n->key.public.b, i);
		pars_peer_id_from_ed25519(&n->key.public, &n->id);
		assert(net_number(&n->id) == i);
		pars_rng_bytes(&net->rng, seed, sizeof seed);
		pars_rng_init(&n->rng, seed);
		uint32_t place = i * 100ull / o->nodes;
		n->role = place < o->liar_percent ? NET_LIAR : place < o->liar_percent + o->mute_percent ? NET_MUTE : NET_HONEST;
	}
	for (uint32_t i = 0; i < o->nodes; i++)
		net_up(net, i);
	for (uint32_t i = 0; i < o->nodes; i++) /* the first found few */
		dial_enough(net, i);
	return net;
}

void net_free(struct net *net)
{
	while (net->heap_n)
		free(take_first(net).packet);
	for (uint32_t i = 0; i < net->o.nodes; i++)
		pars_gossip_free(net->nodes[i].g);
	free(net->nodes);
	free(net->heap);
	free(net);
}
