#include "tests/sim/sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "base/alloc.h"
#include "base/map.h"
#include "base/metric.h"
#include "codec/cid.h"
#include "tests/sim/disk.h"

#define PORT 4001
#define DIAL_TIMEOUT PARS_S(3)
#define RETRANSMIT PARS_MS(200)
#define JOB_TIME PARS_MS(1)
#define DISK_TIME_MAX PARS_MS(20)
#define REOPEN_TIME PARS_S(1)
#define SENT_TIME PARS_MS(20)   /* until it is told that much was, if nothing else happens */
#define SENT_SMALL ((size_t)16 << 10) /* less waits for the next step, as in the daemon */
#define SWEEP_EVENTS 4096       /* from one sweep of the dead links to the next */
#define UNCHECKED_MAX 50        /* steps without anything new */
#define STRANGER SIM_NODES_MAX /* the other end of what sim_garbage sends */
#define ROGUE (SIM_NODES_MAX + 1)
#define PARTIES (SIM_NODES_MAX + 2)
#define NOBODY PARTIES

struct link_end {
	uint64_t node;
	pars_conn conn;
	bool open;          /* this end still wants events */
	int side;           /* which one it is */
	pars_usec arrival;  /* of the last thing on its way here: keeps order */
};

struct link {
	struct link *next;
	struct link_end end[2];
	unsigned references; /* events that point here */
};

struct timed {
	pars_usec at;
	uint64_t order;
	unsigned node;
	uint64_t life;       /* of the node it was meant for */
	bool timer, reopen;
	bool ran;            /* the event's job */
	uint64_t timer_number;
	struct link *link;
	int side;            /* the end of link it goes to */
	struct pars_event ev;
	uint8_t *bytes;
};

/* The kernel took it; told with the node's next step. */
struct taken_up {
	pars_conn conn;
	size_t size;
};

struct sim_node {
	struct pars_node *node;
	char path[40], address[160], session[80]; /* that is watched there */
	uint64_t life;       /* rises with every crash */
	uint64_t timer_number;
	pars_usec timer_at;  /* when it goes off, which may be too early; PARS_NEVER: there is none */
	struct taken_up *sent;
	size_t sent_count, sent_cap;
	size_t sent_size;
	pars_usec sent_due;  /* told then at the latest, if it is much */
	bool listening;
	unsigned group;
	uint64_t vertices;   /* as last seen by the checker … */
	uint64_t taken;      /* … which looked when the node had counted so many … */
	unsigned unchecked;  /* … and so many steps ago */
	char arrival[40];    /* cursor behind the last message seen to arrive */
	int64_t wall_ns;     /* how far its wall clock is off */
	int drift_ppm;       /* its monotonic clock is faster by this */
	unsigned slow_ms, conns_max;
	unsigned disk_errors;
};

struct sim {
	struct sim_options o;
	struct pars_rng rng;
	pars_usec now;
	uint64_t order, events, sweep_at;
	struct sim_node nodes[PARTIES];
	bool blocked[PARTIES][PARTIES];
	struct rogue *rogue;
	struct timed *heap;
	size_t count, cap;
	struct timed *held;  /* what a partition keeps back */
	size_t held_count, held_cap;
	struct link *links;
	struct pars_map ends; /* the open ones, by node and connection */
	pars_conn next_inbound;
	char session[80];
	struct {
		unsigned node;
		uint64_t promise; /* its caller is told when the node has saved so much; 0: is told */
		char id[80], session[80];
	} *acknowledged;
	size_t acknowledged_count, untold;
	struct pars_effects fx;
};

void sim_fail(struct sim *s, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	fprintf(stderr, "sim: ");
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\nsim: at %.6f s, event %llu; replay with SEED=%llu\n", (double)s->now / 1e6,
		(unsigned long long)s->events, (unsigned long long)s->o.seed);
	exit(EXIT_FAILURE);
}

/* -- the queue ----------------------------------------------------------------------- */

static bool before(const struct timed *a, const struct timed *b)
{
	return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void push(struct sim *s, struct timed t)
{
	t.order = s->order++;
	if (s->count == s->cap) {
		s->cap = s->cap ? 2 * s->cap : 256;
		s->heap = pars_realloc(s->heap, s->cap * sizeof *s->heap);
	}
	size_t i = s->count++;
	for (; i && before(&t, &s->heap[(i - 1) / 2]); i = (i - 1) / 2)
		s->heap[i] = s->heap[(i - 1) / 2];
	s->heap[i] = t;
}

static struct timed pop(struct sim *s)
{
	struct timed first = s->heap[0], last = s->heap[--s->count];
	size_t i = 0;
	for (;;) {
		size_t c = 2 * i + 1;
		if (c >= s->count)
			break;
		if (c + 1 < s->count && before(&s->heap[c + 1], &s->heap[c]))
			c++;
		if (before(&last, &s->heap[c]))
			break;
		s->heap[i] = s->heap[c];
		i = c;
	}
	s->heap[i] = last;
	return first;
}

static pars_usec delay(struct sim *s)
{
	pars_usec d = PARS_MS(s->o.delay_min_ms) +
		pars_rng_below(&s->rng, PARS_MS(s->o.delay_max_ms - s->o.delay_min_ms) + 1);
	if (pars_rng_below(&s->rng, 100) < s->o.loss_pct)
		d += RETRANSMIT;
	return d;
}

/* A node's own clocks. */
static pars_usec local_time(const struct sim *s, unsigned node, pars_usec t)
{
	return t + (pars_usec)((int64_t)t / 1000000 * s->nodes[node].drift_ppm);
}

static struct pars_time node_time(const struct sim *s, unsigned node)
{
	return (struct pars_time){ local_time(s, node, s->now), (int64_t)s->now * 1000 + s->nodes[node].wall_ns };
}

static pars_usec sim_time(const struct sim *s, unsigned node, pars_usec local)
{
	pars_usec t = local;
	for (int i = 0; i < 3; i++) /* the drift is small: this settles at once */
		t += local - local_time(s, node, t);
	return t;
}

/* -- the network ------------------------------------------------------------------------ */

static void to_node(struct sim *s, unsigned node, pars_usec at, struct pars_event ev)
{
	push(s, (struct timed){ .at = at, .node = node, .life = s->nodes[node].life, .ev = ev });
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
	push(s, t);
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

static void shut_end(struct sim *s, struct link_end *e)
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

static void sweep_links(struct sim *s)
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

static struct pars_endpoint endpoint(unsigned node)
{
	return (struct pars_endpoint){ .family = PARS_IP4, .port = PORT,
		.ip = { 10, 0, (uint8_t)((node + 1) >> 8), (uint8_t)(node + 1) } };
}

static void listen_address(unsigned node, char out[64])
{
	snprintf(out, 64, "/ip4/10.0.%u.%u/tcp/%d", (node + 1) >> 8, (node + 1) & 255, PORT);
}

static bool reachable(const struct sim *s, unsigned from, unsigned to)
{
	bool together = from == ROGUE || to == ROGUE || s->nodes[from].group == s->nodes[to].group;
	return together && !s->blocked[from][to];
}

static void dial(struct sim *s, unsigned from, const struct pars_effect *f)
{
	unsigned to = (unsigned)pars_be16(f->endpoint.ip + 2) - 1;
	struct pars_event failed = { .type = PARS_EV_CONN_FAILED, .conn = f->conn, .text = "no answer" };
	if (f->endpoint.family != PARS_IP4 || to >= s->o.nodes || !reachable(s, from, to) ||
	    !reachable(s, to, from)) {
		to_node(s, from, s->now + DIAL_TIMEOUT, failed);
		return;
	}
	if (!s->nodes[to].node || !s->nodes[to].listening) {
		failed.text = "connection refused";
		to_node(s, from, s->now + 2 * delay(s), failed);
		return;
	}
	struct link *l = pars_alloc(sizeof *l);
	open_end(s, l, 0, from, f->conn);
	open_end(s, l, 1, to, PARS_CONN_INBOUND | ++s->next_inbound);
	l->next = s->links;
	s->links = l;
	struct pars_event opened = { .type = PARS_EV_CONN_OPENED, .local = endpoint(to), .remote = endpoint(from) };
	opened.remote.port = (uint16_t)(1024 + s->next_inbound % 60000);
	travel(s, l, 1, opened, (struct pars_bytes){ 0 });
	opened.local = opened.remote;
	opened.remote = endpoint(to);
	l->end[0].arrival = l->end[1].arrival; /* the answer comes after the question */
	travel(s, l, 0, opened, (struct pars_bytes){ 0 });
}

static void close_end(struct sim *s, unsigned node, pars_conn conn)
{
	int side;
	struct link *l = find_link(s, node, conn, &side);
	if (!l)
		return;
	shut_end(s, &l->end[side]);
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

static void send_bytes(struct sim *s, unsigned node, const struct pars_effect *f)
{
	int side;
	struct link *l = find_link(s, node, f->conn, &side);
	if (!l)
		return;
	note_sent(s, node, f->conn, f->data.n);
	if (l->end[!side].open)
		travel(s, l, !side, (struct pars_event){ .type = PARS_EV_CONN_DATA }, f->data);
}

/* A disk has synced what was written before it was asked; of what is written until
 * it answers, all or nothing. */
static void do_job(struct sim *s, unsigned node, struct pars_job *job)
{
	struct timed t = { .at = s->now + JOB_TIME, .node = node, .life = s->nodes[node].life,
		.ev = { .type = PARS_EV_JOB_DONE, .job = job } };
	if (job->disk) {
		t.at = s->now + 1 + pars_rng_below(&s->rng, DISK_TIME_MAX);
		t.ran = pars_rng_below(&s->rng, 2);
	}
	if (t.ran)
		job->run(job);
	push(s, t);
}

/* -- effects ------------------------------------------------------------------------------- */

static void carry_out(struct sim *s, unsigned node, const struct pars_effect *f)
{
	struct sim_node *n = &s->nodes[node];
	switch (f->type) {
	case PARS_EF_DIAL:
		dial(s, node, f);
		break;
	case PARS_EF_SEND:
		send_bytes(s, node, f);
		break;
	case PARS_EF_CLOSE:
	case PARS_EF_ABORT:
		close_end(s, node, f->conn);
		break;
	case PARS_EF_LISTEN:
		n->listening = true;
		to_node(s, node, s->now, (struct pars_event){ .type = PARS_EV_LISTENING, .listener = f->listener,
			.local = endpoint(node) });
		break;
	case PARS_EF_UNLISTEN:
		n->listening = false;
		break;
	case PARS_EF_RESOLVE:
		to_node(s, node, s->now, (struct pars_event){ .type = PARS_EV_RESOLVED, .query = f->query,
			.text = "there is no such name" });
		break;
	case PARS_EF_JOB:
		do_job(s, node, f->job);
		break;
	case PARS_EF_LOG:
		if (s->o.verbose)
			fprintf(stderr, "%10.6f %u %s\n", (double)s->now / 1e6, node, f->text);
		break;
	case PARS_EF_NOTIFY:
		break;
	}
}

static pars_usec due_at(const struct sim *s, unsigned node)
{
	const struct sim_node *n = &s->nodes[node];
	pars_usec at = node == ROGUE ? rogue_deadline(s->rogue) : pars_node_deadline(n->node);
	if (at != PARS_NEVER)
		at = sim_time(s, node, at);
	return PARS_MAX(PARS_MIN(at, n->sent_count ? n->sent_due : PARS_NEVER), s->now + 1);
}

/* One is under way at most; it may go off too early, and is set anew then. */
static void set_timer(struct sim *s, unsigned node)
{
	struct sim_node *n = &s->nodes[node];
	pars_usec at = due_at(s, node);
	if (at >= n->timer_at)
		return;
	n->timer_at = at;
	push(s, (struct timed){ .at = at, .node = node, .life = n->life, .timer = true, .timer_number = ++n->timer_number });
}

/* What a step left in s->fx. Carrying out may push, never step. */
static void act(struct sim *s, unsigned node)
{
	struct pars_effects fx = s->fx;
	for (size_t i = 0; i < fx.count; i++)
		carry_out(s, node, &fx.list[i]);
	set_timer(s, node);
}

/* -- invariants ------------------------------------------------------------------------- */

static void check_growth(struct sim *s, unsigned node)
{
	uint64_t v = sim_vertices(s, node);
	if (v < s->nodes[node].vertices)
		sim_fail(s, "node %u had %llu vertices and has %llu", node,
			(unsigned long long)s->nodes[node].vertices, (unsigned long long)v);
	s->nodes[node].vertices = v;
}

/* What arrives after a message of its author has a higher counter: causal
 * order, seen by a reader who follows. */
static void check_arrivals(struct sim *s, unsigned node)
{
	PARS_AUTO_ARENA a = { 0 };
	struct sim_node *n = &s->nodes[node];
	struct pars_message_page page;
	if (pars_session_read(n->node, n->session, PARS_ORDER_ARRIVAL, n->arrival[0] ? n->arrival : NULL, PARS_PAGE_MAX,
	    &a, &page, NULL))
		return;
	for (size_t i = 0; i < page.count; i++)
		for (size_t k = i + 1; k < page.count; k++)
			if (!strcmp(page.list[i].author, page.list[k].author) && !page.list[i].forked &&
			    page.list[k].n <= page.list[i].n)
				sim_fail(s, "node %u read %s before what it follows", node, page.list[i].id);
	snprintf(n->arrival, sizeof n->arrival, "%s", page.next);
}

/* What its callers were told is saved is there, whatever happened. */
static void check_acknowledged(struct sim *s, unsigned node)
{
	PARS_AUTO_ARENA a = { 0 };
	for (size_t i = 0; i < s->acknowledged_count; i++) {
		struct pars_vertex_info v;
		if (s->acknowledged[i].node == node && !s->acknowledged[i].promise &&
		    pars_dag_show(s->nodes[node].node, s->acknowledged[i].id, &a, &v, NULL))
			sim_fail(s, "node %u has lost %s, which it had acknowledged", node, s->acknowledged[i].id);
	}
}

/* Who waited for the disk is told. */
static void tell_saved(struct sim *s, unsigned node)
{
	uint64_t saved = pars_saved(s->nodes[node].node);
	for (size_t i = 0; i < s->acknowledged_count && s->untold; i++)
		if (s->acknowledged[i].node == node && s->acknowledged[i].promise && s->acknowledged[i].promise <= saved) {
			s->acknowledged[i].promise = 0;
			s->untold--;
		}
}

/* Who waited for the disk of a node that is gone is never told. */
static void tell_nobody(struct sim *s, unsigned node)
{
	size_t kept = 0;
	for (size_t i = 0; i < s->acknowledged_count; i++)
		if (s->acknowledged[i].node == node && s->acknowledged[i].promise)
			s->untold--;
		else
			s->acknowledged[kept++] = s->acknowledged[i];
	s->acknowledged_count = kept;
}

/* Taken in since the node was opened, as it counts itself. */
static uint64_t taken_in(const struct pars_node *node)
{
	const uint64_t *m = pars_node_metrics(node)->value;
	return m[PARS_M_vertex_created] + m[PARS_M_vertex_accepted];
}

/* Looking costs more than most steps do: after a step that took nothing in, one
 * in so many is looked at. The checker's own reads do not fail. */
static void check_node(struct sim *s, unsigned node, bool opened)
{
	uint64_t before = s->nodes[node].vertices, taken = taken_in(s->nodes[node].node);
	if (!s->nodes[node].session[0] || (!opened && taken == s->nodes[node].taken && s->nodes[node].unchecked++ < UNCHECKED_MAX))
		return;
	s->nodes[node].taken = taken;
	s->nodes[node].unchecked = 0;
	disk_set_errors(node, 0);
	check_growth(s, node);
	if (s->nodes[node].vertices != before)
		check_arrivals(s, node);
	if (opened)
		check_acknowledged(s, node);
	disk_set_errors(node, s->nodes[node].disk_errors);
}

struct pars_node *sim_begin(struct sim *s, unsigned node)
{
	pars_step_begin(s->nodes[node].node, node_time(s, node));
	return s->nodes[node].node;
}

/* As the daemon does: a step that failed did not happen, and the node is
 * opened anew. */
enum pars_err sim_end(struct sim *s, unsigned node)
{
	enum pars_err err = pars_step_end(s->nodes[node].node, &s->fx);
	if (err) {
		if (s->o.verbose)
			fprintf(stderr, "%10.6f %u step failed: %s\n", (double)s->now / 1e6, node, pars_err_text(err));
		sim_crash(s, node);
		push(s, (struct timed){ .at = s->now + REOPEN_TIME, .node = node, .life = s->nodes[node].life, .reopen = true });
		return err;
	}
	act(s, node);
	tell_saved(s, node);
	check_node(s, node, false);
	return PARS_OK;
}

/* -- running --------------------------------------------------------------------------------- */

static void hold(struct sim *s, struct timed t)
{
	if (s->held_count == s->held_cap) {
		s->held_cap = s->held_cap ? 2 * s->held_cap : 64;
		s->held = pars_realloc(s->held, s->held_cap * sizeof *s->held);
	}
	s->held[s->held_count++] = t;
}

/* False: it does not come to that, as who was meant is gone or hears no more. */
static bool is_heard(struct sim *s, struct timed *t)
{
	struct sim_node *n = &s->nodes[t->node];
	if ((t->node != ROGUE && !n->node) || n->life != t->life || (t->timer && t->timer_number != n->timer_number))
		return false;
	if (t->link) {
		struct link_end *e = &t->link->end[t->side];
		if (!e->open)
			return false;
		if (t->ev.type == PARS_EV_CONN_CLOSED)
			shut_end(s, e);
	}
	return true;
}

/* Its time may have been put off since. */
static bool is_due(struct sim *s, const struct timed *t)
{
	s->nodes[t->node].timer_at = PARS_NEVER;
	if (due_at(s, t->node) <= s->now + 1)
		return true;
	set_timer(s, t->node);
	return false;
}

static void forget_sent(struct sim_node *n)
{
	n->sent_count = 0;
	n->timer_at = PARS_NEVER;
}

static struct pars_event sent_event(const struct taken_up *t)
{
	return (struct pars_event){ .type = PARS_EV_CONN_SENT, .conn = t->conn, .size = t->size };
}

static void to_rogue(struct sim *s, struct timed *t)
{
	struct sim_node *n = &s->nodes[ROGUE];
	pars_effects_reset(&s->fx);
	size_t count = n->sent_count;
	n->sent_count = 0;
	for (size_t i = 0; i < count; i++) {
		struct pars_event ev = sent_event(&n->sent[i]);
		rogue_step(s->rogue, node_time(s, ROGUE), &ev, &s->fx);
	}
	rogue_step(s->rogue, node_time(s, ROGUE), t->timer ? NULL : &t->ev, &s->fx);
	act(s, ROGUE);
}

static void tell_sent(struct sim_node *n)
{
	for (size_t i = 0; i < n->sent_count; i++) {
		struct pars_event ev = sent_event(&n->sent[i]);
		pars_step_event(n->node, &ev);
	}
	n->sent_count = 0;
}

static void into_step(struct sim *s, struct timed *t)
{
	if (t->ev.type == PARS_EV_JOB_DONE && t->ev.job && !t->ran)
		t->ev.job->run(t->ev.job);
	if (t->timer)
		s->nodes[t->node].timer_at = PARS_NEVER;
	else
		pars_step_event(s->nodes[t->node].node, &t->ev);
	t->ev.job = NULL; /* the node has it */
}

static void drop(struct timed *t)
{
	if (t->ev.job)
		t->ev.job->free(t->ev.job);
	free(t->bytes);
}

/* The next event, if it is one of this node's at this very moment. */
static bool pop_another(struct sim *s, const struct timed *first, struct timed *ret)
{
	const struct timed *t = s->heap;
	if (!s->count || t->at > s->now || t->node != first->node || t->reopen ||
	    (t->link && !reachable(s, t->link->end[!t->side].node, t->node)))
		return false;
	*ret = pop(s);
	if (ret->link)
		ret->link->references--;
	return true;
}

/* A node digests all that has come in one step, as the daemon lets it. */
static void deliver(struct sim *s, struct timed *t)
{
	struct timed more;
	if (!is_heard(s, t) || (t->timer && !is_due(s, t)))
		return;
	s->events++;
	if (t->node == ROGUE) {
		to_rogue(s, t);
		return;
	}
	sim_begin(s, t->node);
	tell_sent(&s->nodes[t->node]);
	into_step(s, t);
	while (pop_another(s, t, &more)) {
		if (is_heard(s, &more)) {
			s->events++;
			into_step(s, &more);
		}
		drop(&more);
	}
	enum pars_err err = sim_end(s, t->node);
	if (err && pars_err_class(err) != PARS_CLASS_SYSTEM)
		sim_fail(s, "node %u: a step failed with %s", t->node, pars_err_name(err));
}

/* The next thing that happens until then; false: nothing does. */
static bool happen(struct sim *s, pars_usec end)
{
	if (!s->count || s->heap[0].at > end)
		return false;
	struct timed t = pop(s);
	s->now = PARS_MAX(s->now, t.at);
	if (t.link && !reachable(s, t.link->end[!t.side].node, t.node)) {
		hold(s, t);
		return true;
	}
	if (t.link)
		t.link->references--;
	if (t.reopen && !s->nodes[t.node].node && s->nodes[t.node].life == t.life)
		sim_restart(s, t.node);
	else if (!t.reopen)
		deliver(s, &t);
	drop(&t);
	if (s->events >= s->sweep_at) {
		sweep_links(s);
		s->sweep_at = s->events + SWEEP_EVENTS;
	}
	return true;
}

void sim_run(struct sim *s, pars_usec duration)
{
	pars_usec end = s->now + duration;
	while (happen(s, end))
		;
	s->now = end;
}

void sim_run_events(struct sim *s, uint64_t events, pars_usec most)
{
	pars_usec end = s->now + most;
	events += s->events;
	while (s->events < events)
		if (!happen(s, end)) {
			s->now = end;
			return;
		}
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
		push(s, held[i]);
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
/* -- nodes --------------------------------------------------------------------------------------- */

static void learn_address(struct sim *s, unsigned node)
{
	PARS_AUTO_ARENA a = { 0 };
	struct pars_id_info id;
	char listen[64];
	listen_address(node, listen);
	pars_id_get(s->nodes[node].node, &a, &id);
	snprintf(s->nodes[node].address, sizeof s->nodes[node].address, "%s/p2p/%s", listen, id.peer_id);
}

void sim_restart(struct sim *s, unsigned node)
{
	struct sim_node *n = &s->nodes[node];
	struct pars_fault fault;
	char listen[64];
	const char *listens[] = { listen };
	listen_address(node, listen);
	struct pars_node_config config = { .path = n->path, .vfs = DISK_VFS, .agent = "parsd/sim", .network = "dev",
		.listen = listens, .listens = 1, .skip_integrity_check = true, .save_apart = true,
		.conns_max = n->conns_max };
	pars_rng_bytes(&s->rng, config.seed, sizeof config.seed);
	enum pars_err err = pars_node_new(&config, node_time(s, node), &n->node, &fault);
	if (err && err != PARS_E_DISK_FULL && err != PARS_E_DISK_IO && err != PARS_E_DISK_READ_ONLY)
		sim_fail(s, "node %u does not open: %s", node, fault.text);
	if (err) {
		push(s, (struct timed){ .at = s->now + REOPEN_TIME, .node = node, .life = n->life, .reopen = true });
		return;
	}
	learn_address(s, node);
	check_node(s, node, true);
	set_timer(s, node);
}

void sim_crash(struct sim *s, unsigned node)
{
	struct sim_node *n = &s->nodes[node];
	for (struct link *l = s->links; l; l = l->next)
		for (int side = 0; side < 2; side++)
			if (l->end[side].node == node && l->end[side].open)
				close_end(s, node, l->end[side].conn);
	disk_freeze(node, true);
	pars_node_free(n->node);
	disk_freeze(node, false);
	n->node = NULL;
	n->listening = false;
	n->life++;
	forget_sent(n);
	tell_nobody(s, node);
}

/* What was in memory only is gone, and it may be vertices of others: the
 * checker forgets how many there were. What was acknowledged must stay. */
void sim_power_cut(struct sim *s, unsigned node)
{
	sim_crash(s, node);
	disk_power_cut(node);
	s->nodes[node].vertices = 0;
	s->nodes[node].arrival[0] = '\0';
}

/* What it had acknowledged is the others' to keep now. */
void sim_destroy(struct sim *s, unsigned node)
{
	if (s->nodes[node].node)
		sim_crash(s, node);
	disk_erase(node);
	for (size_t i = 0; i < s->acknowledged_count; i++)
		if (s->acknowledged[i].node == node)
			s->acknowledged[i].node = NOBODY;
	s->nodes[node].vertices = 0;
	s->nodes[node].arrival[0] = '\0';
}

void sim_disk(struct sim *s, unsigned node, bool full, unsigned errors_per_10000)
{
	s->nodes[node].disk_errors = errors_per_10000;
	disk_set_full(node, full);
	disk_set_errors(node, errors_per_10000);
}

void sim_clock(struct sim *s, unsigned node, int64_t jump_ns, int drift_ppm)
{
	struct sim_node *n = &s->nodes[node];
	n->wall_ns += jump_ns;
	/* A monotonic clock never goes back: it may only run faster than before. */
	n->drift_ppm = PARS_MAX(n->drift_ppm, drift_ppm);
}

void sim_slow(struct sim *s, unsigned node, unsigned max_ms)
{
	s->nodes[node].slow_ms = max_ms;
}

void sim_conns(struct sim *s, unsigned node, unsigned max)
{
	s->nodes[node].conns_max = max;
	sim_crash(s, node);
	sim_restart(s, node);
}

void sim_twin(struct sim *s, unsigned of, unsigned as)
{
	sqlite3 *db;
	if (s->nodes[as].node)
		sim_crash(s, as);
	sim_disk(s, as, false, 0);
	disk_clone(of, as);
	/* What only the old node `as` had went with its disk. */
	size_t kept = 0;
	for (size_t i = 0; i < s->acknowledged_count; i++)
		if (s->acknowledged[i].node != as)
			s->acknowledged[kept++] = s->acknowledged[i];
	s->acknowledged_count = kept;
	/* The same person, but a node of its own: it draws a new node key. */
	if (sqlite3_open_v2(s->nodes[as].path, &db, SQLITE_OPEN_READWRITE, DISK_VFS) ||
	    sqlite3_exec(db, "PRAGMA locking_mode = EXCLUSIVE; DELETE FROM fact WHERE name = 'node_key'", NULL, NULL, NULL))
		sim_fail(s, "node %u's disk cannot be copied: %s", of, sqlite3_errmsg(db));
	sqlite3_close(db);
	s->nodes[as].vertices = 0;
	s->nodes[as].arrival[0] = '\0';
	sim_restart(s, as);
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
	struct pars_event opened = { .type = PARS_EV_CONN_OPENED, .local = endpoint(node), .remote = endpoint(200) };
	travel(s, l, 1, opened, (struct pars_bytes){ 0 });
	while (bytes.n)
		travel(s, l, 1, (struct pars_event){ .type = PARS_EV_CONN_DATA },
			pars_bytes_take(&bytes, 1 + pars_rng_below(&s->rng, bytes.n)));
	travel(s, l, 1, (struct pars_event){ .type = PARS_EV_CONN_CLOSED, .text = "hung up" }, (struct pars_bytes){ 0 });
}

struct pars_node *sim_node(struct sim *s, unsigned node)
{
	return s->nodes[node].node;
}

bool sim_is_up(const struct sim *s, unsigned node)
{
	return s->nodes[node].node;
}

struct sim *sim_new(const struct sim_options *options)
{
	struct sim *s = pars_alloc(sizeof *s);
	uint8_t seed[PARS_RNG_SEED_SIZE] = { 0 };
	s->o = *options;
	s->now = PARS_S(1000);
	memcpy(seed, &options->seed, sizeof options->seed);
	pars_rng_init(&s->rng, seed);
	disk_reset(&s->rng);
	pars_map_init(&s->ends, end_key, options->seed);
	for (unsigned i = 0; i < PARTIES; i++)
		s->nodes[i].timer_at = PARS_NEVER;
	for (unsigned i = 0; i < s->o.nodes; i++) {
		s->nodes[i].conns_max = s->o.conns_max;
		snprintf(s->nodes[i].path, sizeof s->nodes[i].path, "/%u/parsd.db", i);
		sim_restart(s, i);
	}
	return s;
}

void sim_free(struct sim *s)
{
	for (unsigned i = 0; i < PARTIES; i++) {
		pars_node_free(s->nodes[i].node);
		free(s->nodes[i].sent);
	}
	for (size_t i = 0; i < s->count; i++)
		drop(&s->heap[i]);
	for (size_t i = 0; i < s->held_count; i++)
		drop(&s->held[i]);
	while (s->links) {
		struct link *next = s->links->next;
		free(s->links);
		s->links = next;
	}
	pars_map_done(&s->ends);
	rogue_free(s->rogue);
	pars_effects_done(&s->fx);
	free(s->heap);
	free(s->held);
	free(s->acknowledged);
	free(s);
}

unsigned sim_count(const struct sim *s)
{
	return s->o.nodes;
}

struct pars_rng *sim_rng(struct sim *s)
{
	return &s->rng;
}

pars_usec sim_now(const struct sim *s)
{
	return s->now;
}

uint64_t sim_events(const struct sim *s)
{
	return s->events;
}

const char *sim_address(struct sim *s, unsigned node)
{
	return s->nodes[node].address;
}

/* -- the rogue ---------------------------------------------------------------------------------------- */

void sim_rogue_new(struct sim *s, const struct rogue_words *words)
{
	struct pars_digest session;
	if (pars_cid_parse(s->session, session.b))
		sim_fail(s, "no session for the rogue");
	s->rogue = rogue_new(&s->rng, &session, words);
}

void sim_rogue_become_another(struct sim *s)
{
	pars_effects_reset(&s->fx);
	rogue_become_another(s->rogue, node_time(s, ROGUE), &s->fx);
	s->nodes[ROGUE].life++; /* what was on its way to the old one */
	forget_sent(&s->nodes[ROGUE]);
	act(s, ROGUE);
}

bool sim_rogue_is_heard(const struct sim *s)
{
	return rogue_is_heard(s->rogue);
}

void sim_rogue_dial(struct sim *s, unsigned node)
{
	pars_effects_reset(&s->fx);
	rogue_dial(s->rogue, node_time(s, ROGUE), s->nodes[node].address, &s->fx);
	act(s, ROGUE);
}

void sim_rogue_lie(struct sim *s, bool speaks)
{
	pars_effects_reset(&s->fx);
	rogue_lie(s->rogue, node_time(s, ROGUE), speaks, &s->fx);
	act(s, ROGUE);
}

void sim_rogue_forge(struct sim *s)
{
	pars_effects_reset(&s->fx);
	rogue_forge(s->rogue, node_time(s, ROGUE), &s->fx);
	act(s, ROGUE);
}

bool sim_rogue_is_forked(const struct sim *s)
{
	return s->rogue && rogue_is_forked(s->rogue);
}

bool sim_rogue_is_banned(struct sim *s, unsigned node)
{
	PARS_AUTO_ARENA a = { 0 };
	struct pars_peer_score score;
	return s->nodes[node].node && !pars_peer_score_get(s->nodes[node].node, rogue_peer_id(s->rogue), &a, &score, NULL) &&
		score.banned_us;
}

static const char *check_lies(struct sim *s, unsigned node)
{
	PARS_AUTO_ARENA a = { 0 };
	struct pars_session_info info;
	struct pars_vertex_info v;
	const struct pars_digest *lies;
	char id[PARS_CID_TEXT];
	size_t n = rogue_lies(s->rogue, &lies);
	for (size_t i = 0; i < n; i++) {
		pars_cid_text(lies[i].b, id);
		if (!pars_dag_show(s->nodes[node].node, id, &a, &v, NULL))
			return "a vertex that breaks a rule was taken in";
	}
	if (pars_session_show(s->nodes[node].node, s->session, &a, &info, NULL) || info.parked)
		return "a vertex of a banned peer still waits for its parents";
	return NULL;
}

const char *sim_check_rogue_gone(struct sim *s)
{
	const char *wrong = NULL;
	for (unsigned i = 0; i < s->o.nodes && !wrong; i++)
		wrong = check_lies(s, i);
	return wrong;
}

/* -- checking ---------------------------------------------------------------------------------------- */

void sim_watch(struct sim *s, const char *session)
{
	snprintf(s->session, sizeof s->session, "%s", session);
	for (unsigned i = 0; i < s->o.nodes; i++)
		sim_watch_at(s, i, session);
}

void sim_watch_at(struct sim *s, unsigned node, const char *session)
{
	snprintf(s->nodes[node].session, sizeof s->nodes[node].session, "%s", session);
}

void sim_acknowledged(struct sim *s, unsigned node, const char *vertex)
{
	s->acknowledged = pars_realloc(s->acknowledged, (s->acknowledged_count + 1) * sizeof *s->acknowledged);
	s->acknowledged[s->acknowledged_count].node = node;
	uint64_t promise = pars_promised(s->nodes[node].node);
	bool waits = promise > pars_saved(s->nodes[node].node);
	s->acknowledged[s->acknowledged_count].promise = waits ? promise : 0;
	s->untold += waits;
	snprintf(s->acknowledged[s->acknowledged_count].session, 80, "%s", s->nodes[node].session);
	snprintf(s->acknowledged[s->acknowledged_count++].id, 80, "%s", vertex);
}

void sim_join(struct sim *s, unsigned node, const char *session, unsigned via)
{
	struct pars_fault fault = { 0 };
	enum pars_err err = PARS_OK;
	SIM_CALL(s, node, n, err, err = pars_session_join(n, session, sim_address(s, via), "", &fault));
	if (err)
		sim_fail(s, "session join: %s", fault.text);
}

enum pars_err sim_say(struct sim *s, unsigned node, const char *session, unsigned number)
{
	PARS_AUTO_ARENA a = { 0 };
	const char *id = NULL;
	char text[64];
	enum pars_err err = PARS_OK;
	snprintf(text, sizeof text, "message %u from %u", number, node);
	SIM_CALL(s, node, n, err, err = pars_session_send(n, session, text, &a, &id, NULL));
	if (!err)
		sim_acknowledged(s, node, id);
	return err;
}

unsigned sim_setting(const char *name, unsigned otherwise)
{
	const char *text = getenv(name);
	return text && *text ? (unsigned)strtoul(text, NULL, 10) : otherwise;
}

/* Of all its sessions, by the way whose cost does not grow with their members. */
uint64_t sim_vertices(struct sim *s, unsigned node)
{
	PARS_AUTO_ARENA a = { 0 };
	struct pars_status st;
	pars_status_get(s->nodes[node].node, &a, &st);
	return st.vertices;
}

static const char *check_messages(struct sim *s, unsigned one, unsigned another)
{
	PARS_AUTO_ARENA a = { 0 };
	struct pars_message_page first, other;
	const char *session = s->nodes[one].session;
	if (pars_session_read(s->nodes[one].node, session, PARS_ORDER_CANONICAL, NULL, PARS_PAGE_MAX, &a, &first, NULL) ||
	    pars_session_read(s->nodes[another].node, session, PARS_ORDER_CANONICAL, NULL, PARS_PAGE_MAX, &a, &other, NULL))
		return "a node cannot read";
	if (other.count != first.count)
		return "two nodes read different numbers of messages";
	for (size_t k = 0; k < first.count; k++)
		if (strcmp(first.list[k].id, other.list[k].id) || strcmp(first.list[k].text, other.list[k].text))
			return "two nodes read messages in different order";
	return NULL;
}

/* Two nodes that watch the same session; or one, beside itself. */
static const char *check_pair(struct sim *s, unsigned one, unsigned another, unsigned forks)
{
	PARS_AUTO_ARENA a = { 0 };
	struct pars_session_info first, info;
	if (pars_session_show(s->nodes[one].node, s->nodes[one].session, &a, &first, NULL) ||
	    pars_session_show(s->nodes[another].node, s->nodes[one].session, &a, &info, NULL))
		return "a node does not know the session";
	if (info.vertices != first.vertices || strcmp(info.fingerprint, first.fingerprint))
		return "two replicas differ";
	if (info.forked > forks)
		return "an author is forked who is not";
	return strcmp(info.state, "member") ? "a node is still joining" : NULL;
}

static const char *check_kept(struct sim *s, unsigned node)
{
	PARS_AUTO_ARENA a = { 0 };
	for (size_t k = 0; k < s->acknowledged_count; k++) {
		struct pars_vertex_info v;
		if (!s->acknowledged[k].promise && !strcmp(s->acknowledged[k].session, s->nodes[node].session) &&
		    pars_dag_show(s->nodes[node].node, s->acknowledged[k].id, &a, &v, NULL))
			return "an acknowledged vertex is missing";
	}
	return NULL;
}

/* The first that watches the same session. */
static unsigned first_with(const struct sim *s, unsigned node)
{
	unsigned i = 0;
	while (strcmp(s->nodes[i].session, s->nodes[node].session))
		i++;
	return i;
}

const char *sim_check_equal(struct sim *s, unsigned forks)
{
	const char *wrong = NULL;
	for (unsigned i = 0; i < s->o.nodes; i++)
		if (!s->nodes[i].node)
			return "a node is down";
	for (unsigned i = 0; i < s->o.nodes && !wrong; i++)
		wrong = check_pair(s, first_with(s, i), i, forks);
	for (unsigned i = 0; i < s->o.nodes && !wrong; i++)
		if (!(wrong = check_kept(s, i)))
			wrong = check_messages(s, first_with(s, i), i);
	return wrong;
}
