#include "sync/sync_impl.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "codec/uvarint.h"
#include "sync/range.h"

#define OUTPUT_LOW ((size_t)16 << 10)   /* generate more below this */
/* Of a Vertices frame, which is one verification job: about as many as are
 * checked together (crypto/ed25519.h), when they are short messages. */
#define BATCH_BYTES ((size_t)16 << 10)
#define HEADS_INTERVAL PARS_MS(20)      /* between two Heads of one session */

void sync_put_bodies(struct pars_sync *s, struct link *l, struct pars_bytes bodies)
{
	while (bodies.n) {
		size_t n = pars_be32(pars_bytes_take(&bodies, 4).p);
		pars_sync_put_packed(&s->out, PARS_SYNC_RANGES, l->alias, pars_bytes_take(&bodies, n));
	}
}

static void put_vector(struct pars_sync *s, struct link *l)
{
	PARS_AUTO_BUF body = { 0 };
	struct pars_sync_chain *chains = pars_alloc_array(PARS_SYNC_CHAINS_MAX, sizeof *chains);
	size_t count = s->r->chains(s->r->ctx, l->session, chains, PARS_SYNC_CHAINS_MAX);
	l->vector_due = false;
	if (count > PARS_SYNC_CHAINS_MAX) {
		l->ranges_due = true;
		free(chains);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		pars_buf_put(&body, PARS_BYTES_ARRAY(chains[i].prefix));
		pars_buf_put_uvarint(&body, chains[i].count);
	}
	free(chains);
	pars_sync_put_packed(&s->out, PARS_SYNC_VECTOR, l->alias, pars_buf_bytes(&body));
	l->vector_open = true;
	l->round_inserted = 0;
}

static void put_ranges(struct pars_sync *s, struct link *l)
{
	PARS_AUTO_BUF bodies = { 0 };
	l->ranges_due = false;
	pars_count(s->metrics, PARS_M_sync_ranges);
	pars_range_open(s->r, l->session, &bodies);
	sync_put_bodies(s, l, pars_buf_bytes(&bodies));
}

static void put_want(struct pars_sync *s, struct link *l)
{
	size_t n = PARS_MIN(l->want.n, (size_t)WANT_MAX * PARS_SYNC_SHORT_ID);
	struct pars_bytes ids = pars_buf_bytes(&l->want);
	pars_sync_put_packed(&s->out, PARS_SYNC_WANT, l->alias, PARS_BYTES(ids.p, n));
	pars_buf_drop(&l->want, n);
}

static void put_heads(struct pars_sync *s, struct link *l, pars_usec now)
{
	struct pars_sync_state mine;
	s->r->state(s->r->ctx, l->session, &mine);
	/* An unchanged state is told again only when somebody asked for it. */
	bool told = l->has_sent && sync_same(&l->sent, &mine);
	if (!told || l->heads_forced || l->done_due) {
		pars_sync_put_heads(&s->out, l->alias, &mine, l->done_due);
		s->told = true;
		l->sent = mine;
		l->has_sent = true;
		l->sent_own = s->r->own_count(s->r->ctx, l->session);
		l->heads_us = now;
		if (!l->progress_us)
			l->progress_us = now;
	}
	l->heads_due = l->heads_forced = false;
	l->done_due = 0;
}

/* The short answer: valid only while our state is the peer's last. */
static void put_equal(struct pars_sync *s, struct link *l)
{
	struct pars_sync_state mine;
	l->equal_due = false;
	s->r->state(s->r->ctx, l->session, &mine);
	if (!sync_same(&mine, &l->peer))
		return;
	pars_sync_put_heads(&s->out, l->alias, &mine, PARS_SYNC_EQUAL);
	s->told = true;
	l->sent = mine;
	l->has_sent = true;
	l->sent_own = s->r->own_count(s->r->ctx, l->session);
	l->heads_due = l->heads_forced = false;
}

struct filler {
	struct link *link;
	struct pars_buf vertices;
};

static void add_vertex(void *ctx, struct pars_bytes raw)
{
	struct filler *f = ctx;
	pars_sync_add_vertex(&f->vertices, raw);
	f->link->stats.vertices_out++;
}

static void give_ids(struct pars_sync *s, struct filler *f, uint64_t *own)
{
	struct link *l = f->link;
	PARS_AUTO_BUF raw = { 0 };
	while (l->give.n && f->vertices.n < BATCH_BYTES) {
		struct pars_digest id;
		pars_buf_take(&l->give, id.b, sizeof id.b);
		pars_buf_drop(&raw, raw.n);
		if (!s->r->read(s->r->ctx, l->session, &id, &raw))
			continue;
		add_vertex(f, pars_buf_bytes(&raw));
		*own = PARS_MAX(*own, (uint64_t)s->r->own_past(s->r->ctx, l->session, &id));
	}
}

/* Lowest lamport time first, so that parents come before children. */
static void give_chains(struct pars_sync *s, struct filler *f, uint64_t *own)
{
	struct link *l = f->link;
	while (l->cursor_count && f->vertices.n < BATCH_BYTES) {
		struct cursor *c = &l->cursors[0];
		s->r->chain_read(s->r->ctx, l->session, c->author, c->next, add_vertex, f);
		c->next++;
		if (c->own)
			*own = PARS_MAX(*own, c->next);
		if (c->next >= c->count ||
		    !s->r->chain_lamport(s->r->ctx, l->session, c->author, c->next, &c->lamport))
			*c = l->cursors[--l->cursor_count];
		sync_sift_down(l->cursors, l->cursor_count, 0);
	}
	if (!l->cursor_count)
		sync_forget_cursors(l);
}

static void put_vertices(struct pars_sync *s, struct link *l, pars_usec now)
{
	struct filler f = { .link = l };
	uint64_t own = 0;
	give_ids(s, &f, &own);
	give_chains(s, &f, &own);
	if (f.vertices.n) {
		pars_sync_put_vertices(&s->out, l->alias, pars_buf_bytes(&f.vertices));
		l->stats.bytes_out += f.vertices.n;
		l->progress_us = now;
	}
	pars_buf_done(&f.vertices);
	if (own)
		sync_emit(s, PARS_SYNC_EV_SENT, l->session, own);
	if (l->give_done && !l->cursor_count && !l->give.n) {
		l->give_done = false;
		l->done_due = PARS_SYNC_DONE;
		l->heads_due = true;
	}
}

static pars_usec next_heads(const struct link *l)
{
	return PARS_MAX(l->heads_after, l->heads_us ? l->heads_us + HEADS_INTERVAL : 0);
}

static bool heads_may_go(const struct link *l, pars_usec now)
{
	return l->heads_due && !l->cursor_count && !l->give.n &&
		(l->done_due || l->heads_forced || now >= next_heads(l));
}

/* Unequal and silent for long: something the other ways do not find. */
static bool is_stalled(const struct link *l, pars_usec now)
{
	return l->has_peer && !l->equal && l->progress_us && now >= l->progress_us + l->stall_time;
}

static void ask_nothing(struct link *l)
{
	l->vector_due = l->ranges_due = false;
	pars_buf_drop(&l->want, l->want.n);
}

static void fill_link(struct pars_sync *s, struct link *l, pars_usec now)
{
	if (s->opener && !l->named) {
		sync_name(s, l, l->session);
		pars_sync_put_hello(&s->out, l->alias, &l->tag);
	}
	if (!l->shared)
		return;
	if (l->equal_due)
		put_equal(s, l);
	if (is_stalled(l, now)) {
		l->progress_us = now;
		l->ranges_due = true;
		l->heads_due = l->heads_forced = true;
		l->vector_open = false;
	}
	if (s->r->is_full && s->r->is_full(s->r->ctx, l->session))
		ask_nothing(l);
	if (l->vector_due)
		put_vector(s, l);
	if (l->ranges_due)
		put_ranges(s, l);
	while (l->want.n)
		put_want(s, l);
	if (l->give.n || l->cursor_count || l->give_done)
		put_vertices(s, l, now);
	if (heads_may_go(l, now))
		put_heads(s, l, now);
}

static pars_usec link_deadline(const struct link *l)
{
	pars_usec at = PARS_NEVER;
	if (!l->shared)
		return at;
	if (l->heads_due && !l->cursor_count && !l->give.n)
		at = PARS_MIN(at, next_heads(l));
	if (l->has_peer && !l->equal && l->progress_us)
		at = PARS_MIN(at, l->progress_us + l->stall_time);
	return at;
}

static bool has_more(const struct link *l)
{
	return l->shared && (l->give.n || l->cursor_count);
}

struct pars_bytes pars_sync_output(struct pars_sync *s, pars_usec now)
{
	struct link *l;
	while ((l = PARS_TIMER_OF(pars_timers_due(&s->timers, now), struct link, timer)))
		sync_stir(s, l);
	/* Sessions take turns, a batch each; those with nothing to say cost nothing. */
	while (s->out.n < OUTPUT_LOW && (l = TAILQ_FIRST(&s->stirred))) {
		TAILQ_REMOVE(&s->stirred, l, stirred_entry);
		l->stirred = false;
		fill_link(s, l, now);
		if (has_more(l))
			sync_stir(s, l);
		else
			pars_timer_set(&s->timers, &l->timer, link_deadline(l));
	}
	return pars_buf_bytes(&s->out);
}

void pars_sync_sent(struct pars_sync *s, size_t n)
{
	pars_buf_drop(&s->out, n);
	if (!s->out.n)
		pars_buf_done(&s->out);
}

bool pars_sync_told(struct pars_sync *s)
{
	bool told = s->told;
	s->told = false;
	return told;
}

pars_usec pars_sync_deadline(const struct pars_sync *s)
{
	return s->out.n < OUTPUT_LOW && !TAILQ_EMPTY(&s->stirred) ? 0 : pars_timers_next(&s->timers);
}
