/* The network: links between nodes, what travels on them, what is kept from it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "tests/sim/sim_impl.h"

#define PORT 4001
#define DIAL_TIMEOUT PARS_S(3)
#define RETRANSMIT PARS_MS(200)
#define SENT_TIME PARS_MS(20)         /* until it is told that much was, if nothing else happens */
#define SENT_SMALL ((size_t)16 << 10) /* less waits for the next step, as in the daemon */

static pars_usec delay(struct sim *s)
{
	pars_usec d = PARS_MS(s->o.delay_min_ms) +
		pars_rng_below(&s->rng, PARS_MS(s->o.delay_max_ms - s->o.delay_min_ms) + 1);
	if (pars_rng_below(&s->rng, 100) < s->o.loss_pct)
		d += RETRANSMIT;
	return d;
}

void sim_to_node(struct sim *s, unsigned node, pars_usec at, struct pars_event ev)
{
	sim_push(s, (struct timed){ .at = at, .node = node, .life = s->nodes[node].life, .ev = ev });
}

/* Something travels to one end of a link, behind what travels there already. */
static void travel(struct sim *s, struct link *l, int side, struct pars_event ev, struct pars_bytes data)
{
	struct link_end *e = &l->end[side];
	struct timed t = { .node = e->node, .life = s->nodes[e->node].life, .link = l, .side = side, .ev = ev };
	pars_usec soonest = s->now + delay(s);
	t.at = PARS_MAX(soonest, e->arrival);
	if (s->nodes[e->node].slow_ms)
		t.at += PARS_MS(pars_rng_below(&s->rng, s->nodes[e->node].slow_ms));
	e->arrival = t.at;
	t.ev.conn = e->conn;
	if (data.n) {
		t.bytes = memcpy(pars_alloc(data.n), data.p, data.n);
		t.ev.data = PARS_BYTES(t.bytes, data.n);
	}
	l->references++;
	sim_push(s, t);
}

static struct pars_bytes end_key(const void *end)
{
	return PARS_BYTES(end, offsetof(struct link_end, open));
}

static void open_end(struct sim *s, struct link *l, int side, unsigned node, pars_conn conn)
{
	l->end[side] = (struct link_end){ .node = node, .conn = conn, .open = true, .side = side };
	pars_map_put(&s->ends, &l->end[side]);
}

void sim_shut_end(struct sim *s, struct link_end *e)
{
	if (e->open)
		pars_map_remove(&s->ends, end_key(e));
	e->open = false;
}

static struct link *find_link(struct sim *s, unsigned node, pars_conn conn, int *side)
{
	struct link_end key = { .node = node, .conn = conn };
	struct link_end *e = pars_map_get(&s->ends, end_key(&key));
	if (!e)
		return NULL;
	*side = e->side;
	return (struct link *)((char *)(e - e->side) - offsetof(struct link, end));
}

void sim_sweep_links(struct sim *s)
{
	for (struct link **at = &s->links; *at;) {
		struct link *l = *at;
		if (l->references || l->end[0].open || l->end[1].open) {
			at = &l->next;
			continue;
		}
		*at = l->next;
		free(l);
	}
}

void sim_net_init(struct sim *s)
{
	pars_map_init(&s->ends, end_key, s->o.seed);
}

void sim_net_done(struct sim *s)
{
	for (size_t i = 0; i < s->held_count; i++)
		sim_drop(&s->held[i]);
	free(s->held);
	while (s->links) {
		struct link *next = s->links->next;
		free(s->links);
		s->links = next;
	}
	pars_map_done(&s->ends);
}

struct pars_endpoint sim_endpoint(unsigned node)
{
	return (struct pars_endpoint){ .family = PARS_IP4, .port = PORT,
		.ip = { 10, 0, (uint8_t)((node + 1) >> 8), (uint8_t)(node + 1) } };
}

void sim_listen_address(unsigned node, char out[64])
{
	snprintf(out, 64, "/ip4/10.0.%u.%u/tcp/%d", (node + 1) >> 8, (node + 1) & 255, PORT);
}

bool sim_reachable(const struct sim *s, unsigned from, unsigned to)
{
	bool together = from == ROGUE || to == ROGUE || s->nodes[from].group == s->nodes[to].group;
	return together && !s->blocked[from][to];
}

void sim_dial(struct sim *s, unsigned from, const struct pars_effect *f)
{
	unsigned to = (unsigned)pars_be16(f->endpoint.ip + 2) - 1;
	struct pars_event failed = { .type = PARS_EV_CONN_FAILED, .conn = f->conn, .text = "no answer" };
	if (f->endpoint.family != PARS_IP4 || to >= s->o.nodes || !sim_reachable(s, from, to) ||
	    !sim_reachable(s, to, from)) {
		sim_to_node(s, from, s->now + DIAL_TIMEOUT, failed);
		return;
	}
	if (!s->nodes[to].node || !s->nodes[to].listening) {
		failed.text = "connection refused";
		sim_to_node(s, from, s->now + 2 * delay(s), failed);
		return;
	}
	struct link *l = pars_alloc(sizeof *l);
	open_end(s, l, 0, from, f->conn);
	open_end(s, l, 1, to, PARS_CONN_INBOUND | ++s->next_inbound);
	l->next = s->links;
	s->links = l;
	struct pars_event opened = { .type = PARS_EV_CONN_OPENED, .local = sim_endpoint(to), .remote = sim_endpoint(from) };
	opened.remote.port = (uint16_t)(1024 + s->next_inbound % 60000);
	travel(s, l, 1, opened, (struct pars_bytes){ 0 });
	opened.local = opened.remote;
	opened.remote = sim_endpoint(to);
	l->end[0].arrival = l->end[1].arrival; /* the answer comes after the question */
	travel(s, l, 0, opened, (struct pars_bytes){ 0 });
}

void sim_close_end(struct sim *s, unsigned node, pars_conn conn)
{
	int side;
	struct link *l = find_link(s, node, conn, &side);
	if (!l)
		return;
	sim_shut_end(s, &l->end[side]);
	if (l->end[!side].open)
		travel(s, l, !side, (struct pars_event){ .type = PARS_EV_CONN_CLOSED, .text = "closed" },
			(struct pars_bytes){ 0 });
}

static void note_sent(struct sim *s, unsigned node, pars_conn conn, size_t size)
{
	struct sim_node *n = &s->nodes[node];
	if (!n->sent_count) {
		n->sent_size = 0;
		n->sent_due = PARS_NEVER;
	}
	n->sent_size += size;
	if (n->sent_size >= SENT_SMALL)
		n->sent_due = PARS_MIN(n->sent_due, s->now + SENT_TIME);
	if (n->sent_count == n->sent_cap) {
		n->sent_cap = n->sent_cap ? 2 * n->sent_cap : 16;
		n->sent = pars_realloc(n->sent, n->sent_cap * sizeof *n->sent);
	}
	n->sent[n->sent_count++] = (struct taken_up){ conn, size };
}

void sim_send(struct sim *s, unsigned node, const struct pars_effect *f)
{
	int side;
	struct link *l = find_link(s, node, f->conn, &side);
	if (!l)
		return;
	note_sent(s, node, f->conn, f->data.n);
	if (l->end[!side].open)
		travel(s, l, !side, (struct pars_event){ .type = PARS_EV_CONN_DATA }, f->data);
}

void sim_forget_sent(struct sim_node *n)
{
	n->sent_count = 0;
	n->timer_at = PARS_NEVER;
}

/* -- faults ------------------------------------------------------------------------- */

void sim_hold(struct sim *s, struct timed t)
{
	if (s->held_count == s->held_cap) {
		s->held_cap = s->held_cap ? 2 * s->held_cap : 64;
		s->held = pars_realloc(s->held, s->held_cap * sizeof *s->held);
	}
	s->held[s->held_count++] = t;
}

static void release_held(struct sim *s)
{
	/* What can pass now goes on its way again, in the order it was sent. */
	size_t n = s->held_count;
	struct timed *held = s->held;
	s->held = NULL;
	s->held_count = s->held_cap = 0;
	for (size_t i = 0; i < n; i++) {
		held[i].at = s->now + PARS_MS(s->o.delay_max_ms) + i;
		sim_push(s, held[i]);
	}
	free(held);
}

void sim_partition(struct sim *s, const unsigned *group)
{
	for (unsigned i = 0; i < s->o.nodes; i++)
		s->nodes[i].group = group[i];
	release_held(s);
}

void sim_block(struct sim *s, unsigned from, unsigned to)
{
	s->blocked[from][to] = true;
}

void sim_heal(struct sim *s)
{
	unsigned together[SIM_NODES_MAX] = { 0 };
	memset(s->blocked, 0, sizeof s->blocked);
	sim_partition(s, together);
}

void sim_garbage(struct sim *s, unsigned node, struct pars_bytes bytes)
{
	struct link *l = pars_alloc(sizeof *l);
	if (!s->nodes[node].listening) {
		free(l);
		return;
	}
	l->end[0] = (struct link_end){ .node = STRANGER };
	open_end(s, l, 1, node, PARS_CONN_INBOUND | ++s->next_inbound);
	l->next = s->links;
	s->links = l;
	s->nodes[STRANGER].group = s->nodes[node].group;
	struct pars_event opened = { .type = PARS_EV_CONN_OPENED, .local = sim_endpoint(node), .remote = sim_endpoint(200) };
	travel(s, l, 1, opened, (struct pars_bytes){ 0 });
	while (bytes.n)
		travel(s, l, 1, (struct pars_event){ .type = PARS_EV_CONN_DATA },
			pars_bytes_take(&bytes, 1 + pars_rng_below(&s->rng, bytes.n)));
	travel(s, l, 1, (struct pars_event){ .type = PARS_EV_CONN_CLOSED, .text = "hung up" }, (struct pars_bytes){ 0 });
}
