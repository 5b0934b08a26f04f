#include "tests/sim/dht/net.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "codec/uvarint.h"
#include "dht/table.h"
#include "tests/sim/dht/fetch.h"

#define PORT 4001
#define SETTLED PARS_S(60)
#define ANCHOR_WAIT_MIN PARS_S(5) /* as the daemon's bootstrap ladder */
#define ANCHOR_WAIT_MAX PARS_S(600)
#define AHEAD 8 /* a power of two */

/* A message on its way. Contacts are references of the sender's book. */
struct packet {
	uint32_t from, to;
	uint64_t ask;
	bool is_reply, failed, has_record;
	uint8_t type;
	uint8_t closer_count, provider_count;
	uint16_t key_n;
	uint32_t value_n, wire_n;
	struct pars_contact *peers[]; /* closer, providers; then bytes: key, value or the wire's */
};

struct timed {
	pars_usec at;
	uint64_t order;
	struct packet *packet; /* NULL: the timer of `node` */
	uint32_t node, from;
};

/* Live nodes of one role in the order of their places. */
struct index {
	struct ranked { uint64_t front; uint32_t node; } *list;
	size_t count, cap;
	bool good;
};

struct net {
	struct net_options o;
	struct pars_rng rng;
	uint64_t random[2];
	struct pars_metrics metrics;
	struct pars_contacts *book; /* shared, unless `wire` */
	struct net_node *nodes;
	uint32_t count;
	pars_usec now;
	uint64_t events, messages, order;
	struct timed *heap;
	size_t heap_n, heap_cap;
	struct timed ahead[AHEAD]; /* a ring: the next ones, in order */
	size_t ahead_at, ahead_n;
	struct index index[NET_ROLES];
	const struct pars_contact *answering; /* who answered in this very event */
	net_done *done;
	void *done_ctx;
	net_hook *hook;
	void *hook_ctx;
	pars_usec hook_us, hook_period;
	char wrong[160];
	struct pars_dht_message scratch, reply;
};

/* -- small things --------------------------------------------------------------------- */

pars_usec net_now(const struct net *net) { return net->now; }
uint32_t net_count(const struct net *net) { return net->count; }
uint32_t net_max(const struct net *net) { return net->o.nodes_max; }
struct net_node *net_node(struct net *net, uint32_t i) { return &net->nodes[i]; }
uint64_t net_events(const struct net *net) { return net->events; }
uint64_t net_messages(const struct net *net) { return net->messages; }
struct pars_metrics *net_metrics(struct net *net) { return &net->metrics; }
const char *net_wrong(const struct net *net) { return net->wrong[0] ? net->wrong : NULL; }

void net_on_done(struct net *net, net_done *done, void *ctx)
{
	net->done = done;
	net->done_ctx = ctx;
}

/* xoroshiro128+ (Blackman, Vigna 2018): the world's dice, not the nodes'. */
uint64_t net_random(struct net *net, uint64_t below)
{
	uint64_t a = net->random[0], b = net->random[1], sum = a + b;
	b ^= a;
	net->random[0] = (a << 24 | a >> 40) ^ b ^ b << 16;
	net->random[1] = b << 37 | b >> 27;
	return (uint64_t)((__uint128_t)sum * below >> 64);
}

static uint32_t number_of(const struct pars_contact *c)
{
	return pars_be32(c->id.b + 6);
}

/* -- the order of events ----------------------------------------------------------------- */

static bool sooner(const struct timed *a, const struct timed *b)
{
	return a->at != b->at ? a->at < b->at : a->order < b->order;
}

/* A heap of four children each: half as deep as one of two. */
static void heap_put(struct net *net, struct timed t)
{
	if (net->heap_n == net->heap_cap) {
		net->heap_cap = net->heap_cap ? 2 * net->heap_cap : 1024;
		net->heap = pars_realloc(net->heap, net->heap_cap * sizeof *net->heap);
	}
	size_t i = net->heap_n++;
	for (; i && sooner(&t, &net->heap[(i - 1) / 4]); i = (i - 1) / 4)
		net->heap[i] = net->heap[(i - 1) / 4];
	net->heap[i] = t;
}

static struct timed heap_take(struct net *net)
{
	struct timed first = net->heap[0], last = net->heap[--net->heap_n];
	size_t i = 0;
	for (size_t child; (child = 4 * i + 1) < net->heap_n; i = child) {
		size_t end = PARS_MIN(child + 4, net->heap_n);
		for (size_t c = child + 1; c < end; c++)
			if (sooner(&net->heap[c], &net->heap[child]))
				child = c;
		if (!sooner(&net->heap[child], &last))
			break;
		net->heap[i] = net->heap[child];
	}
	net->heap[i] = last;
	return first;
}

/* The n-th of the next ones. */
static struct timed *ahead(struct net *net, size_t n)
{
	return &net->ahead[(net->ahead_at + n) % AHEAD];
}

static void schedule(struct net *net, pars_usec at, struct packet *p, uint32_t node)
{
	struct timed t = { at, net->order++, p, node, p ? p->from : node };
	size_t i = net->ahead_n;
	if (!i || !sooner(&t, ahead(net, i - 1))) {
		heap_put(net, t);
		return;
	}
	if (i == AHEAD)
		heap_put(net, *ahead(net, --i));
	else
		net->ahead_n++;
	for (; i && sooner(&t, ahead(net, i - 1)); i--)
		*ahead(net, i) = *ahead(net, i - 1);
	*ahead(net, i) = t;
}

static void look_ahead(struct net *net)
{
	for (; net->ahead_n < AHEAD && net->heap_n; net->ahead_n++)
		*ahead(net, net->ahead_n) = heap_take(net);
}

static struct timed take_first(struct net *net)
{
	struct timed first = *ahead(net, 0);
	net->ahead_at++;
	net->ahead_n--;
	return first;
}

/* -- packets -------------------------------------------------------------------------------- */

static uint8_t *bytes_of(struct packet *p)
{
	return (uint8_t *)&p->peers[p->closer_count + p->provider_count];
}

/* As a struct. The message's references to contacts go along. */
static struct packet *pack(const struct pars_dht_message *m)
{
	size_t peers = m->closer_count + m->provider_count;
	struct packet *p = malloc(sizeof *p + peers * sizeof p->peers[0] + m->key.n + m->value.n);
	*p = (struct packet){ .type = (uint8_t)m->type, .closer_count = (uint8_t)m->closer_count,
		.provider_count = (uint8_t)m->provider_count, .key_n = (uint16_t)m->key.n };
	memcpy(p->peers, m->closer, m->closer_count * sizeof p->peers[0]);
	memcpy(p->peers + m->closer_count, m->providers, m->provider_count * sizeof p->peers[0]);
	if (m->key.n)
		memcpy(bytes_of(p), m->key.p, m->key.n);
	if (m->has_record) {
		p->has_record = true;
		p->value_n = (uint32_t)m->value.n;
		memcpy(bytes_of(p) + m->key.n, m->value.p, m->value.n);
	}
	return p;
}

/* A request borrows its contacts. */
static struct packet *pack_request(const struct pars_dht_message *m)
{
	for (size_t i = 0; i < m->closer_count; i++)
		pars_contact_ref(m->closer[i]);
	for (size_t i = 0; i < m->provider_count; i++)
		pars_contact_ref(m->providers[i]);
	return pack(m);
}

static struct packet *pack_reply(struct pars_dht_message *m)
{
	struct packet *p = pack(m);
	m->closer_count = m->provider_count = 0;
	return p;
}

static struct packet *pack_wire(const struct pars_dht_message *m)
{
	PARS_AUTO_BUF out = { 0 };
	pars_dht_message_encode(m, &out);
	struct packet *p = malloc(sizeof *p + out.n);
	*p = (struct packet){ .wire_n = (uint32_t)out.n };
	memcpy(bytes_of(p), out.mem + out.off, out.n);
	return p;
}

/* False: it cannot be read. The message's contacts are released by the caller. */
static bool unpack(struct net *net, struct packet *p, struct net_node *to, struct pars_dht_message *m)
{
	if (p->wire_n) {
		struct pars_bytes raw = PARS_BYTES(bytes_of(p), p->wire_n);
		uint64_t n;
		bool ok = !pars_uvarint_get(&raw, &n) && n == raw.n && !pars_dht_message_decode(raw, to->book, m);
		if (!ok)
			snprintf(net->wrong, sizeof net->wrong, "an honest message could not be read");
		return ok;
	}
	m->type = p->type;
	m->key = m->record_key = PARS_BYTES(bytes_of(p), p->key_n);
	m->has_record = p->has_record;
	m->value = PARS_BYTES(bytes_of(p) + p->key_n, p->value_n);
	m->bad_addrs = m->bad_peers = m->left_out = 0;
	m->closer_count = p->closer_count;
	m->provider_count = p->provider_count;
	memcpy(m->closer, p->peers, p->closer_count * sizeof p->peers[0]);
	memcpy(m->providers, p->peers + p->closer_count, p->provider_count * sizeof p->peers[0]);
	p->closer_count = p->provider_count = 0; /* the message has the references now */
	return true;
}

static void free_packet(struct net *net, struct packet *p)
{
	for (size_t i = 0; i < (size_t)p->closer_count + p->provider_count; i++)
		pars_contact_unref(net->book, p->peers[i]);
	free(p);
}

static void send_packet(struct net *net, struct packet *p)
{
	unsigned spread = net->o.delay_max_ms - net->o.delay_min_ms;
	pars_usec delay = PARS_MS(net->o.delay_min_ms) + net_random(net, PARS_MS(spread) + 1);
	net->messages++;
	schedule(net, net->now + delay, p, p->to);
}

/* -- nodes ------------------------------------------------------------------------------------ */

struct net *net_new(const struct net_options *o)
{
	struct net *net = pars_alloc(sizeof *net);
	uint8_t seed[PARS_RNG_SEED_SIZE] = "dht simulator";
	net->o = *o;
	memcpy(seed + 16, &o->seed, sizeof o->seed);
	pars_rng_init(&net->rng, seed);
	pars_rng_bytes(&net->rng, net->random, sizeof net->random);
	net->book = pars_contacts_new(o->seed);
	net->nodes = pars_alloc_array(o->nodes_max, sizeof *net->nodes);
	net->now = PARS_S(1);
	return net;
}

void net_free(struct net *net)
{
	while (look_ahead(net), net->ahead_n) {
		struct timed t = take_first(net);
		if (t.packet)
			free_packet(net, t.packet);
	}
	for (uint32_t i = 0; i < net->count; i++) {
		struct net_node *n = &net->nodes[i];
		pars_dht_free(n->dht);
		pars_contact_unref(n->book, n->self);
		if (n->book != net->book)
			pars_contacts_free(n->book);
	}
	pars_contacts_free(net->book);
	for (size_t i = 0; i < PARS_COUNT(net->index); i++)
		free(net->index[i].list);
	free(net->nodes);
	free(net->heap);
	free(net);
}

static uint32_t random_ip(struct net *net)
{
	struct pars_endpoint e = { .family = PARS_IP4, .port = PORT };
	struct pars_multiaddr a;
	do {
		pars_put_be32(e.ip, (uint32_t)net_random(net, (uint64_t)1 << 32));
		pars_multiaddr_from_endpoint(&e, &a);
	} while (!pars_addr_is_global(&a));
	return pars_be32(e.ip);
}

static void set_address(struct pars_contact *c, uint32_t ip)
{
	struct pars_endpoint e = { .family = PARS_IP4, .port = PORT };
	struct pars_multiaddr a;
	pars_put_be32(e.ip, ip);
	pars_multiaddr_from_endpoint(&e, &a);
	pars_contact_set_addrs(c, PARS_CONTACT_MET, &a, 1);
}

/* Its own contact in another node's book; a reference. */
static struct pars_contact *known_to(struct net *net, struct net_node *who, struct net_node *to)
{
	struct pars_multiaddr a;
	size_t at = 0;
	if (!net->o.wire)
		return pars_contact_ref(who->self);
	struct pars_contact *c = pars_contact_get(to->book, &who->self->id);
	if (pars_contact_addr(who->self, &at, &a))
		pars_contact_set_addrs(c, PARS_CONTACT_MET, &a, 1);
	return c;
}

uint32_t net_add(struct net *net, uint32_t ip, const struct pars_digest *near, unsigned bits)
{
	uint32_t i = net->count++;
	struct net_node *n = &net->nodes[i];
	struct pars_peer_id id;
	uint8_t key[36] = { 8, 1, 0x12, 0x20 };
	assert(i < net->o.nodes_max);
	pars_put_be32(key + 4, i);
	pars_put_be64(key + 8, net->o.seed);
	pars_peer_id_from_key(PARS_BYTES_ARRAY(key), &id);
	n->book = net->o.wire ? pars_contacts_new(i) : net->book;
	n->self = pars_contact_get(n->book, &id);
	set_address(n->self, ip ? ip : random_ip(net));
	/* An attacker has tried keys for long enough. */
	for (unsigned b = 0; near && b < bits; b++) {
		uint8_t mask = (uint8_t)(0x80 >> b % 8);
		n->self->key.b[b / 8] = (uint8_t)((n->self->key.b[b / 8] & ~mask) | (near->b[b / 8] & mask));
	}
	struct pars_dht_config config = { .self = n->self, .contacts = n->book,
		.limits = net->o.limits, .metrics = &net->metrics, .rng = &net->rng };
	n->dht = pars_dht_new(&config);
	n->timer_us = PARS_NEVER;
	n->since_us = net->now;
	net_roles_changed(net);
	net_enter(net, i);
	net_leave(net, i);
	return i;
}

void net_kill(struct net *net, uint32_t i)
{
	pars_dht_free(net->nodes[i].dht);
	net->nodes[i].dht = NULL;
	net_roles_changed(net);
}

void net_roles_changed(struct net *net)
{
	for (size_t role = 0; role < NET_ROLES; role++)
		net->index[role].good = false;
}

uint32_t net_anyone(struct net *net)
{
	uint32_t i;
	do
		i = (uint32_t)net_random(net, net->count);
	while (!net->nodes[i].dht || net->nodes[i].role != NET_HONEST);
	return i;
}

uint32_t net_anyone_settled(struct net *net)
{
	uint32_t i;
	do
		i = net_anyone(net);
	while (net->now - net->nodes[i].since_us < SETTLED);
	return i;
}

void net_introduce(struct net *net, uint32_t i, uint32_t peer)
{
	struct net_node *n = &net->nodes[i];
	struct pars_contact *c = known_to(net, &net->nodes[peer], n);
	net_enter(net, i);
	pars_dht_learn(n->dht, c);
	net_leave(net, i);
	pars_contact_unref(n->book, c);
}

/* -- the last resort -------------------------------------------------------------------------- */

static bool needs_anchors(const struct net_node *n)
{
	struct pars_dht_stats stats;
	if (!n->anchor_wait)
		return false;
	pars_dht_stats(n->dht, &stats);
	return stats.entries < PARS_DHT_K || stats.alone;
}

static void ask_anchors(struct net *net, uint32_t i)
{
	struct net_node *n = &net->nodes[i];
	for (size_t a = 0; a < NET_ANCHORS; a++)
		if (n->anchor[a] != i)
			net_introduce(net, i, n->anchor[a]);
	n->anchor_us = net->now + n->anchor_wait;
	n->anchor_wait = PARS_MIN(2 * n->anchor_wait, ANCHOR_WAIT_MAX);
}

void net_set_anchors(struct net *net, uint32_t i, uint32_t a, uint32_t b)
{
	struct net_node *n = &net->nodes[i];
	n->anchor[0] = a;
	n->anchor[1] = b;
	n->anchor_us = net->now;
	n->anchor_wait = ANCHOR_WAIT_MIN;
}

/* -- who is nearest ------------------------------------------------------------------------------ */

static int by_place(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	return x->front < y->front ? -1 : x->front > y->front;
}

static struct index *sorted(struct net *net, enum net_role role)
{
	struct index *x = &net->index[role];
	if (x->good)
		return x;
	if (x->cap < net->count) {
		x->cap = net->o.nodes_max;
		x->list = pars_realloc(x->list, x->cap * sizeof *x->list);
	}
	x->count = 0;
	for (uint32_t i = 0; i < net->count; i++)
		if (net->nodes[i].dht && net->nodes[i].role == role)
			x->list[x->count++] = (struct ranked){ pars_be64(net->nodes[i].self->key.b), i };
	qsort(x->list, x->count, sizeof *x->list, by_place);
	x->good = true;
	return x;
}

/* The first of list[low..high) with `bit` set; all before it have the same
 * bits in front of it. */
static size_t split(const struct index *x, size_t low, size_t high, uint64_t bit)
{
	while (low < high) {
		size_t mid = (low + high) / 2;
		if (x->list[mid].front & bit)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

/* Those of list[low..high) in the order of distance, up to max. 64 bits tell
 * any two nodes apart. */
static size_t walk(const struct index *x, size_t low, size_t high, unsigned depth, uint64_t target,
	uint32_t *out, size_t max)
{
	if (low == high || !max)
		return 0;
	if (high - low == 1 || depth == 64) {
		out[0] = x->list[low].node;
		return 1;
	}
	uint64_t bit = (uint64_t)1 << (63 - depth);
	size_t mid = split(x, low, high, bit), n;
	if (target & bit) {
		n = walk(x, mid, high, depth + 1, target, out, max);
		return n + walk(x, low, mid, depth + 1, target, out + n, max - n);
	}
	n = walk(x, low, mid, depth + 1, target, out, max);
	return n + walk(x, mid, high, depth + 1, target, out + n, max - n);
}

static size_t nearest(struct net *net, const struct pars_digest *target, enum net_role role,
	uint32_t *out, size_t max)
{
	const struct index *x = sorted(net, role);
	return walk(x, 0, x->count, 0, pars_be64(target->b), out, max);
}

size_t net_neighbours(struct net *net, const struct pars_digest *place, uint32_t *out, size_t max)
{
	return nearest(net, place, NET_HONEST, out, max);
}

uint32_t net_nearest(struct net *net, struct pars_bytes key, uint32_t but)
{
	struct pars_digest target = pars_sha256(key);
	uint32_t found[2] = { UINT32_MAX, UINT32_MAX };
	nearest(net, &target, NET_HONEST, found, 2);
	return found[found[0] == but];
}

/* -- invariants ------------------------------------------------------------------------------------- */

/* Of the bounds only those that the one who entered could break. */
static const char *table_wrong(const struct net *net, const struct net_node *n,
	const struct pars_contact *entered)
{
	struct pars_dht_entry e;
	unsigned bucket = pars_dht_shared_bits(&n->self->key, &entered->key);
	unsigned in_bucket = 0, group_bucket = 0, group_table = 0, times = 0;
	size_t at = 0, count = 0;
	for (; pars_dht_entry_next(n->dht, &at, &e); count++) {
		bool same = e.contact->group && e.contact->group == entered->group;
		times += e.contact == entered;
		in_bucket += e.bucket == bucket;
		group_table += same;
		group_bucket += same && e.bucket == bucket;
	}
	if (times != 1 || count != pars_dht_size(n->dht))
		return "the table miscounts";
	if (in_bucket > PARS_DHT_K)
		return "a bucket holds more than k";
	if (group_bucket > net->o.limits.group_bucket_max || group_table > net->o.limits.group_table_max)
		return "too many of one IP group";
	return NULL;
}

static void check_entered(struct net *net, uint32_t i, const struct pars_dht_event *ev)
{
	if (!ev->ok)
		return;
	const char *wrong = NULL;
	if (ev->contact != net->answering)
		wrong = "a peer entered a table without having answered";
	else if (i % net->o.check_every == 0)
		wrong = table_wrong(net, &net->nodes[i], ev->contact);
	if (wrong && !net->wrong[0])
		snprintf(net->wrong, sizeof net->wrong, "node %u: %s", i, wrong);
}

/* -- what happens ----------------------------------------------------------------------------------- */

static void send_request(struct net *net, uint32_t i, const struct pars_dht_event *ev)
{
	struct packet *p = net->o.wire ? pack_wire(ev->message) : pack_request(ev->message);
	p->from = i;
	p->to = number_of(ev->contact);
	p->ask = ev->ask;
	send_packet(net, p);
}

void net_send(struct net *net, uint32_t i, uint32_t to, const struct pars_dht_message *m)
{
	struct packet *p = net->o.wire ? pack_wire(m) : pack_request(m);
	p->from = i;
	p->to = to;
	p->ask = UINT64_MAX; /* the answer finds nobody waiting */
	send_packet(net, p);
}

void net_enter(struct net *net, uint32_t i)
{
	pars_dht_begin(net->nodes[i].dht, net->now);
}

/* Takes what the node says, and sets its timer. */
void net_leave(struct net *net, uint32_t i)
{
	struct net_node *n = &net->nodes[i];
	struct pars_dht_event ev;
	while (pars_dht_next(n->dht, &ev)) {
		if (ev.type == PARS_DHT_EV_ASK)
			send_request(net, i, &ev);
		else if (ev.type == PARS_DHT_EV_TABLE)
			check_entered(net, i, &ev);
		else if (net->done && (ev.type == PARS_DHT_EV_DONE || ev.type == PARS_DHT_EV_PROVIDER))
			net->done(net->done_ctx, i, &ev);
	}
	pars_usec at = pars_dht_deadline(n->dht);
	if (needs_anchors(n))
		at = PARS_MIN(at, n->anchor_us);
	at = PARS_MAX(at, net->now);
	if (at < n->timer_us) {
		n->timer_us = at;
		schedule(net, at, NULL, i);
	}
}

/* A liar says yes to all, keeps nothing, and knows only liars. */
static void lie(struct net *net, const struct pars_dht_message *request, struct pars_dht_message *reply)
{
	uint32_t list[PARS_DHT_K];
	struct pars_digest target = pars_sha256(request->key);
	size_t n = request->type == PARS_DHT_PING || request->type == PARS_DHT_PUT_VALUE ? 0
		: nearest(net, &target, NET_LIAR, list, PARS_DHT_K);
	reply->type = request->type;
	reply->key = request->key;
	reply->has_record = request->type == PARS_DHT_PUT_VALUE;
	reply->record_key = request->key;
	reply->value = request->value;
	reply->private_ok = false;
	reply->provider_count = 0;
	reply->closer_count = n;
	for (size_t i = 0; i < n; i++)
		reply->closer[i] = pars_contact_ref(net->nodes[list[i]].self);
}

static bool answer(struct net *net, struct net_node *n, struct pars_contact *from,
	const struct pars_dht_message *request)
{
	bool answers = false;
	if (n->role == NET_LIAR) {
		lie(net, request, &net->reply);
		return request->type != PARS_DHT_ADD_PROVIDER;
	}
	/* It connected, and identify says that it serves the DHT. */
	pars_dht_learn(n->dht, from);
	if (pars_dht_serve(n->dht, from, request, &net->reply, &answers))
		answers = false;
	return answers;
}

static void get_request(struct net *net, struct packet *p)
{
	struct net_node *n = &net->nodes[p->to];
	struct pars_dht_message *request = &net->scratch;
	if (!unpack(net, p, n, request))
		return;
	struct pars_contact *from = known_to(net, &net->nodes[p->from], n);
	net_enter(net, p->to);
	bool answers = answer(net, n, from, request);
	if (answers || request->type == PARS_DHT_ADD_PROVIDER) {
		struct packet *back = !answers ? pack(&(struct pars_dht_message){ .type = request->type })
			: net->o.wire ? pack_wire(&net->reply) : pack_reply(&net->reply);
		back->from = p->to;
		back->to = p->from;
		back->ask = p->ask;
		back->is_reply = true;
		back->failed = !answers;
		send_packet(net, back);
	}
	pars_dht_message_release(&net->reply, n->book);
	pars_dht_message_release(request, n->book);
	net_leave(net, p->to);
	pars_contact_unref(n->book, from);
}

static void get_reply(struct net *net, struct packet *p)
{
	struct net_node *n = &net->nodes[p->to];
	struct pars_dht_message *reply = &net->scratch;
	enum pars_err err;
	net_enter(net, p->to);
	if (p->failed) { /* an ADD_PROVIDER: it went out, no more is known */
		err = pars_dht_answered(n->dht, p->ask, NULL);
	} else {
		if (!unpack(net, p, n, reply))
			return;
		struct pars_contact *from = known_to(net, &net->nodes[p->from], n);
		net->answering = from;
		err = pars_dht_answered(n->dht, p->ask, reply);
		pars_dht_message_release(reply, n->book);
		net_leave(net, p->to);
		net->answering = NULL;
		pars_contact_unref(n->book, from);
	}
	if (err && net->nodes[p->from].role == NET_HONEST && !net->wrong[0])
		snprintf(net->wrong, sizeof net->wrong, "an honest reply was blamed: %s", pars_err_name(err));
	net_leave(net, p->to);
}

static void arrive(struct net *net, struct packet *p)
{
	const struct net_node *from = &net->nodes[p->from], *to = &net->nodes[p->to];
	if (to->dht && from->side == to->side)
		(p->is_reply ? get_reply : get_request)(net, p);
	free_packet(net, p);
}

static void fire(struct net *net, uint32_t i)
{
	struct net_node *n = &net->nodes[i];
	if (!n->dht || n->timer_us != net->now)
		return; /* an earlier one has been set since */
	n->timer_us = PARS_NEVER;
	net_enter(net, i);
	if (pars_dht_deadline(n->dht) <= net->now)
		pars_dht_tick(n->dht);
	net_leave(net, i);
	if (!needs_anchors(n))
		n->anchor_wait = n->anchor_wait ? ANCHOR_WAIT_MIN : 0;
	else if (net->now >= n->anchor_us)
		ask_anchors(net, i);
}

void net_every(struct net *net, pars_usec period, net_hook *hook, void *ctx)
{
	net->hook = hook;
	net->hook_ctx = ctx;
	net->hook_us = net->now + period;
	net->hook_period = period;
}

static void run_hook(struct net *net)
{
	net->now = net->hook_us;
	net->hook_us += net->hook_period;
	net->hook(net->hook_ctx);
}

/* Each event is at another node, somewhere in memory. What the coming ones will
 * touch is asked for step by step, each step where the one before led to. */
static void fetch_ahead(struct net *net)
{
	static const unsigned char when[] = { 7, 5, 4, 3, 2, 1 };
	for (unsigned step = 0; step < sizeof when; step++) {
		if (when[step] >= net->ahead_n)
			continue;
		const struct timed *t = ahead(net, when[step]);
		const struct packet *p = t->packet;
		const struct net_node *to = &net->nodes[t->node];
		if (!step) {
			__builtin_prefetch(to);
			__builtin_prefetch(&to->role);
			if (p) {
				__builtin_prefetch(p);
				__builtin_prefetch(&net->nodes[t->from]);
			}
		} else if (!p) {
			fetch_timer(to->dht, step);
		} else if (p->is_reply) {
			fetch_reply(to->dht, p->ask, net->nodes[p->from].self, p->peers, p->closer_count, step);
		} else {
			fetch_request(to->dht, net->nodes[p->from].self,
				PARS_BYTES((const uint8_t *)&p->peers[p->provider_count], p->key_n), step);
		}
	}
}

void net_run_until(struct net *net, pars_usec at)
{
	while (look_ahead(net), net->ahead_n && ahead(net, 0)->at <= at && !net->wrong[0]) {
		if (net->hook && net->hook_us <= ahead(net, 0)->at) {
			run_hook(net);
			continue;
		}
		struct timed t = take_first(net);
		fetch_ahead(net);
		net->now = t.at;
		net->events++;
		if (t.packet)
			arrive(net, t.packet);
		else
			fire(net, t.node);
	}
	net->now = PARS_MAX(net->now, at);
}
