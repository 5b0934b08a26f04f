#include "sync/sync.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "base/alloc.h"
#include "base/timer.h"
#include "codec/uvarint.h"
#include "sync/range.h"

#define OUTPUT_LOW ((size_t)32 << 10)   /* generate more below this */
#define OUTPUT_HIGH ((size_t)512 << 10) /* take no more requests above this */
#define INPUT_HIGH ((size_t)512 << 10)
/* Of a Vertices frame: one verification job, and then one step, which clients of
 * the other side wait for. */
#define BATCH_BYTES ((size_t)8 << 10)
#define WANT_MAX 1024                   /* short ids in one Want */
#define QUEUE_MAX ((size_t)16384)       /* ids waiting to be asked for or sent */
#define WALK_HEADS_MAX 8                /* few and near: ask for them by id */
#define WALK_LAMPORT_MAX 2
#define WALK_ROUNDS_MAX 2
#define HEADS_INTERVAL PARS_MS(20)      /* between two Heads of one session */
#define SPREAD_TIME PARS_MS(200)       /* for what travels in other ways, too */
#define STALL_TIME PARS_S(5)            /* unequal without progress: try ranges */

/* A place in an author's chain, while what the peer lacks is being sent. */
struct cursor {
	uint64_t lamport, next, count;
	uint32_t author;
	bool own;
};

struct link {
	TAILQ_ENTRY(link) stirred_entry;
	bool stirred;            /* it may have something to say */
	struct pars_timer timer; /* it may, then */

	uint32_t session;
	struct pars_digest tag;
	bool named;              /* by a Hello; the name is: */
	uint64_t alias;
	bool shared;             /* the peer takes part, too: its Hello came, or an answer to ours */

	struct pars_sync_state sent, peer; /* the last Heads either way */
	bool has_sent, has_peer, equal;
	bool near;               /* the peer lacks nothing but what we pushed since */
	uint64_t sent_own;       /* own vertices when `sent` was told */
	bool heads_due, heads_forced, equal_due;
	unsigned done_due;       /* PARS_SYNC_DONE to add */
	pars_usec heads_us, heads_after, progress_us, equal_us, stall_time;

	bool vector_due, vector_open; /* asked, and not yet answered by DONE */
	bool ranges_due;
	uint64_t round_inserted;
	unsigned walks;

	struct cursor *cursors;  /* a heap by lamport time */
	size_t cursor_count;
	struct pars_buf want, give; /* short ids to ask for; digests to send */
	bool give_done;          /* DONE after the cursors ran out */

	struct pars_sync_stats stats;
};

struct event {
	struct pars_sync_event ev;
	struct pars_buf data;
};

/* A tag that the opener told and we do not have, or not yet. */
struct stranger {
	uint64_t alias;
	uint8_t tag[PARS_SYNC_TAG];
};

struct pars_sync {
	const struct pars_sync_replica *r;
	struct pars_metrics *metrics;
	bool opener, told;
	struct link **links;     /* by session */
	size_t link_count;
	struct link **aliases;   /* those named, by alias */
	size_t alias_count;
	TAILQ_HEAD(, link) stirred;
	struct pars_timers timers;
	struct stranger *strangers;
	size_t stranger_count;
	struct pars_buf in, out;
	size_t unacknowledged;
	struct link *batches[PARS_SYNC_BATCHES_MAX];
	size_t batch_count;
	struct event *events;
	size_t event_count, event_at, event_cap;
};

/* -- making and freeing ------------------------------------------------------------ */

struct pars_sync *pars_sync_new(const struct pars_sync_replica *replica,
	struct pars_metrics *metrics, bool opener)
{
	struct pars_sync *s = pars_alloc(sizeof *s);
	s->r = replica;
	s->metrics = metrics;
	s->opener = opener;
	TAILQ_INIT(&s->stirred);
	return s;
}

static void free_link(struct link *l)
{
	free(l->cursors);
	pars_buf_done(&l->want);
	pars_buf_done(&l->give);
	free(l);
}

void pars_sync_free(struct pars_sync *s)
{
	if (!s)
		return;
	pars_timers_done(&s->timers);
	for (size_t i = 0; i < s->link_count; i++)
		free_link(s->links[i]);
	free(s->links);
	free(s->aliases);
	free(s->strangers);
	for (size_t i = s->event_at ? s->event_at - 1 : 0; i < s->event_count; i++)
		pars_buf_done(&s->events[i].data);
	free(s->events);
	pars_buf_done(&s->in);
	pars_buf_done(&s->out);
	free(s);
}

/* -- small things ---------------------------------------------------------------------- */

static uint64_t session_of(const struct link *l)
{
	return l->session;
}

static uint64_t alias_of(const struct link *l)
{
	return l->alias;
}

/* Where it is in a list in this order, or belongs. */
static size_t place(struct link *const *list, size_t n, uint64_t (*key)(const struct link *), uint64_t wanted)
{
	size_t low = 0;
	while (low < n) {
		size_t middle = low + (n - low) / 2;
		if (key(list[middle]) < wanted)
			low = middle + 1;
		else
			n = middle;
	}
	return low;
}

static void insert(struct link ***list, size_t *n, size_t at, struct link *l)
{
	*list = pars_realloc(*list, (*n + 1) * sizeof(struct link *));
	memmove(*list + at + 1, *list + at, (*n - at) * sizeof(struct link *));
	(*list)[at] = l;
	++*n;
}

static struct link *find_link(const struct pars_sync *s, uint32_t session)
{
	size_t i = place(s->links, s->link_count, session_of, session);
	return i < s->link_count && s->links[i]->session == session ? s->links[i] : NULL;
}

static struct link *find_alias(const struct pars_sync *s, uint64_t alias)
{
	size_t i = place(s->aliases, s->alias_count, alias_of, alias);
	return i < s->alias_count && s->aliases[i]->alias == alias ? s->aliases[i] : NULL;
}

/* Its turn to speak comes with the next output. */
static void stir(struct pars_sync *s, struct link *l)
{
	if (!l->stirred)
		TAILQ_INSERT_TAIL(&s->stirred, l, stirred_entry);
	l->stirred = true;
}

static struct link *find_tag(const struct pars_sync *s, const uint8_t tag[PARS_SYNC_TAG])
{
	for (size_t i = 0; i < s->link_count; i++)
		if (!memcmp(s->links[i]->tag.b, tag, PARS_SYNC_TAG))
			return s->links[i];
	return NULL;
}

static struct event *emit(struct pars_sync *s, enum pars_sync_event_type type, uint32_t session,
	uint64_t count)
{
	if (s->event_at && s->event_at == s->event_count) {
		pars_buf_done(&s->events[s->event_at - 1].data);
		s->event_at = s->event_count = 0;
	}
	if (s->event_count == s->event_cap) {
		s->event_cap = s->event_cap ? s->event_cap * 2 : 8;
		s->events = pars_realloc(s->events, s->event_cap * sizeof *s->events);
	}
	struct event *e = &s->events[s->event_count++];
	*e = (struct event){ .ev = { .type = type, .session = session, .count = count } };
	return e;
}

bool pars_sync_next(struct pars_sync *s, struct pars_sync_event *ret)
{
	if (s->event_at)
		pars_buf_done(&s->events[s->event_at - 1].data);
	if (s->event_at == s->event_count)
		return false;
	struct event *e = &s->events[s->event_at++];
	e->ev.data = pars_buf_bytes(&e->data);
	*ret = e->ev;
	return true;
}

static bool same_state(const struct pars_sync_state *a, const struct pars_sync_state *b)
{
	return a->count == b->count && !memcmp(a->fingerprint, b->fingerprint, sizeof a->fingerprint);
}

static void forget_cursors(struct link *l)
{
	free(l->cursors);
	l->cursors = NULL;
	l->cursor_count = 0;
}

static void queue_ids(struct pars_buf *queue, const uint8_t *id, size_t size)
{
	if (queue->n / size < QUEUE_MAX)
		pars_buf_put(queue, PARS_BYTES(id, size));
}

/* -- the owner's calls ------------------------------------------------------------------- */

static void name(struct pars_sync *s, struct link *l, uint64_t alias)
{
	l->named = true;
	l->alias = alias;
	insert(&s->aliases, &s->alias_count, place(s->aliases, s->alias_count, alias_of, alias), l);
}

static void share(struct pars_sync *s, struct link *l)
{
	l->shared = true;
	stir(s, l);
	l->heads_due = !s->opener;
	emit(s, PARS_SYNC_EV_SHARED, l->session, 0);
}

static void remember_stranger(struct pars_sync *s, uint64_t alias, const uint8_t tag[PARS_SYNC_TAG])
{
	if (s->stranger_count == PARS_SYNC_SESSIONS_MAX)
		return;
	s->strangers = pars_realloc(s->strangers, (s->stranger_count + 1) * sizeof *s->strangers);
	struct stranger *stranger = &s->strangers[s->stranger_count++];
	stranger->alias = alias;
	memcpy(stranger->tag, tag, sizeof stranger->tag);
}

/* The peer may have told it long ago. */
static void meet_stranger(struct pars_sync *s, struct link *l)
{
	for (size_t i = 0; i < s->stranger_count; i++)
		if (!memcmp(s->strangers[i].tag, l->tag.b, PARS_SYNC_TAG)) {
			name(s, l, s->strangers[i].alias);
			share(s, l);
			s->strangers[i] = s->strangers[--s->stranger_count];
			return;
		}
}

void pars_sync_offer(struct pars_sync *s, uint32_t session, const struct pars_digest *tag)
{
	if (find_link(s, session) || find_tag(s, tag->b) || s->link_count == PARS_SYNC_SESSIONS_MAX)
		return;
	struct link *l = pars_alloc(sizeof *l);
	l->session = session;
	l->tag = *tag;
	/* One side first: ranges begun by both find every difference twice. */
	l->stall_time = s->opener ? STALL_TIME : 2 * STALL_TIME;
	insert(&s->links, &s->link_count, place(s->links, s->link_count, session_of, session), l);
	stir(s, l);
	meet_stranger(s, l);
}

void pars_sync_changed(struct pars_sync *s, uint32_t session, const struct pars_digest *pushed)
{
	struct link *l = find_link(s, session);
	if (!l || !l->shared)
		return;
	l->near = pushed && (l->equal || l->near);
	if (l->near)
		queue_ids(&l->give, pushed->b, sizeof pushed->b);
	if (l->equal)
		l->progress_us = 0;
	l->equal = false;
	l->heads_due = true;
	l->heads_after = 0;
	stir(s, l);
}

void pars_sync_spread(struct pars_sync *s, pars_usec now, uint32_t session)
{
	struct link *l = find_link(s, session);
	if (!l || !l->shared)
		return;
	if (l->equal)
		l->progress_us = 0;
	l->equal = l->near = false;
	if (!l->heads_due)
		l->heads_after = now + SPREAD_TIME;
	l->heads_due = true;
	stir(s, l);
}

void pars_sync_announce(struct pars_sync *s, uint32_t session)
{
	struct link *l = find_link(s, session);
	if (!l || !l->shared)
		return;
	l->heads_due = l->heads_forced = true;
	stir(s, l);
}

bool pars_sync_shares(const struct pars_sync *s, uint32_t session)
{
	const struct link *l = find_link(s, session);
	return l && l->shared;
}

void pars_sync_want(struct pars_sync *s, uint32_t session, const struct pars_digest *ids, size_t n)
{
	struct link *l = find_link(s, session);
	if (!l || !l->shared || !n)
		return;
	stir(s, l);
	if (l->walks >= WALK_ROUNDS_MAX) {
		l->vector_due = !l->vector_open; /* it is far: not step by step */
		return;
	}
	if (!l->want.n)
		l->walks++;
	for (size_t i = 0; i < n; i++)
		queue_ids(&l->want, ids[i].b, PARS_SYNC_SHORT_ID);
}

/* -- deciding what comes next ---------------------------------------------------------------- */

static void found_equal(struct pars_sync *s, struct link *l, pars_usec now)
{
	if (!l->equal)
		pars_count(s->metrics, PARS_M_sync_rounds);
	l->equal = l->near = true;
	l->equal_us = now;
	l->walks = 0;
	l->vector_due = l->vector_open = l->ranges_due = false;
	l->round_inserted = 0;
	emit(s, PARS_SYNC_EV_HELD, l->session, s->r->own_count(s->r->ctx, l->session));
	emit(s, PARS_SYNC_EV_EQUAL, l->session, 0);
}

/* The sets differ: find a way to get what the peer has and we lack. */
static void pursue(struct pars_sync *s, struct link *l, const struct pars_sync_state *mine, pars_usec now)
{
	const struct pars_digest *unknown[PARS_SYNC_HEADS_MAX];
	size_t n = 0;
	if (l->equal || !l->progress_us)
		l->progress_us = now;
	l->equal = false;
	for (size_t i = 0; i < l->peer.head_count; i++)
		if (s->r->own_past(s->r->ctx, l->session, &l->peer.heads[i]) < 0)
			unknown[n++] = &l->peer.heads[i];
	if (l->vector_due || l->vector_open || l->ranges_due)
		return;
	if (!n && l->peer.count >= mine->count) {
		/* It has something that we lack, yet not among the heads that it told:
		 * there are more of them than are told. */
		l->vector_due = true;
		return;
	}
	if (!n) {
		/* The peer lacks something: it will ask once it knows our state. */
		if (!l->has_sent || !same_state(&l->sent, mine))
			l->heads_due = true;
		return;
	}
	if (n <= WALK_HEADS_MAX && l->walks < WALK_ROUNDS_MAX && mine->count &&
	    l->peer.lamport <= mine->lamport + WALK_LAMPORT_MAX) {
		l->walks++;
		for (size_t i = 0; i < n; i++)
			queue_ids(&l->want, unknown[i]->b, PARS_SYNC_SHORT_ID);
		return;
	}
	l->vector_due = true;
}

/* Compares our present state with the peer's last Heads. */
static void compare(struct pars_sync *s, struct link *l, pars_usec now)
{
	struct pars_sync_state mine;
	s->r->state(s->r->ctx, l->session, &mine);
	if (same_state(&mine, &l->peer)) {
		if (!l->equal || !l->has_sent || !same_state(&l->sent, &mine))
			l->equal_due = true;
		found_equal(s, l, now);
	} else {
		pursue(s, l, &mine, now);
	}
}

/* -- frames from the peer ------------------------------------------------------------------------ */

static bool is_alias_taken(const struct pars_sync *s, uint64_t alias)
{
	for (size_t i = 0; i < s->stranger_count; i++)
		if (s->strangers[i].alias == alias)
			return true;
	return find_alias(s, alias);
}

static enum pars_err on_hello(struct pars_sync *s, const struct pars_sync_message *m)
{
	struct link *l = find_tag(s, m->body.p);
	if (s->opener || is_alias_taken(s, m->alias))
		return PARS_E_PEER_PROTOCOL; /* who accepts names none, and a name is of one */
	if (!l) {
		remember_stranger(s, m->alias, m->body.p);
	} else if (!l->named) {
		name(s, l, m->alias);
		share(s, l);
	}
	return PARS_OK;
}

static void tell_held(struct pars_sync *s, struct link *l, const struct pars_sync_state *state)
{
	int64_t held = 0;
	for (size_t i = 0; i < state->head_count; i++)
		held = PARS_MAX(held, s->r->own_past(s->r->ctx, l->session, &state->heads[i]));
	if (held)
		emit(s, PARS_SYNC_EV_HELD, l->session, (uint64_t)held);
}

/* The peer's state is what our last Heads told; is it still ours? */
static void on_equal(struct pars_sync *s, struct link *l, pars_usec now)
{
	struct pars_sync_state mine;
	if (!l->has_sent)
		return;
	l->peer = l->sent;
	l->has_peer = true;
	emit(s, PARS_SYNC_EV_HELD, l->session, l->sent_own);
	s->r->state(s->r->ctx, l->session, &mine);
	if (same_state(&mine, &l->sent))
		found_equal(s, l, now);
}

static void on_heads(struct pars_sync *s, struct link *l, const struct pars_sync_message *m, pars_usec now)
{
	if (m->flags & PARS_SYNC_EQUAL) {
		on_equal(s, l, now);
		return;
	}
	l->peer = m->state;
	l->has_peer = true;
	tell_held(s, l, &l->peer);
	struct pars_sync_state mine;
	s->r->state(s->r->ctx, l->session, &mine);
	if (same_state(&mine, &l->peer)) {
		l->equal_due = true; /* every full Heads of an equal is answered, by a short one */
		found_equal(s, l, now);
		return;
	}
	if ((m->flags & PARS_SYNC_DONE) && l->vector_open) {
		l->vector_open = false;
		if (!l->round_inserted)
			l->ranges_due = true; /* counters alone do not tell the difference */
		l->round_inserted = 0;
	}
	if (l->peer.count < mine.count || !l->has_sent)
		l->heads_due = true;
	pursue(s, l, &mine, now);
}

static int compare_prefix(const void *a, const void *b)
{
	return memcmp(a, b, PARS_SYNC_AUTHOR_PREFIX);
}

static void sift_down(struct cursor *heap, size_t n, size_t i)
{
	for (;;) {
		size_t least = i, left = 2 * i + 1;
		for (size_t c = left; c < n && c < left + 2; c++)
			if (heap[c].lamport < heap[least].lamport)
				least = c;
		if (least == i)
			return;
		struct cursor t = heap[i];
		heap[i] = heap[least];
		heap[least] = t;
		i = least;
	}
}

struct vector_entry {
	uint8_t prefix[PARS_SYNC_AUTHOR_PREFIX];
	uint64_t count;
};

static enum pars_err decode_vector(struct pars_bytes in, struct vector_entry *out, size_t *ret)
{
	size_t n = 0;
	while (in.n) {
		if (n == PARS_SYNC_CHAINS_MAX || in.n < PARS_SYNC_AUTHOR_PREFIX)
			return PARS_E_PEER_MALFORMED;
		memcpy(out[n].prefix, pars_bytes_take(&in, PARS_SYNC_AUTHOR_PREFIX).p, PARS_SYNC_AUTHOR_PREFIX);
		if (pars_uvarint_get(&in, &out[n].count))
			return PARS_E_PEER_MALFORMED;
		n++;
	}
	qsort(out, n, sizeof *out, compare_prefix);
	*ret = n;
	return PARS_OK;
}

/* What of our chains the peer lacks becomes cursors. */
static void open_cursors(struct pars_sync *s, struct link *l, const struct vector_entry *theirs, size_t n)
{
	struct pars_sync_chain *chains = pars_alloc_array(PARS_SYNC_CHAINS_MAX, sizeof *chains);
	size_t count = s->r->chains(s->r->ctx, l->session, chains, PARS_SYNC_CHAINS_MAX);
	count = PARS_MIN(count, (size_t)PARS_SYNC_CHAINS_MAX);
	forget_cursors(l);
	l->cursors = pars_alloc_array(count + 1, sizeof *l->cursors);
	for (size_t i = 0; i < count; i++) {
		const struct vector_entry *e = bsearch(chains[i].prefix, theirs, n, sizeof *theirs, compare_prefix);
		struct cursor c = { .author = chains[i].author, .own = chains[i].own,
			.next = e ? e->count : 0, .count = chains[i].count };
		if (c.next < c.count && s->r->chain_lamport(s->r->ctx, l->session, c.author, c.next, &c.lamport))
			l->cursors[l->cursor_count++] = c;
	}
	free(chains);
	for (size_t i = l->cursor_count; i-- > 0;)
		sift_down(l->cursors, l->cursor_count, i);
}

static enum pars_err on_vector(struct pars_sync *s, struct link *l, struct pars_bytes in)
{
	struct vector_entry *theirs = pars_alloc_array(PARS_SYNC_CHAINS_MAX, sizeof *theirs);
	size_t n;
	enum pars_err err = decode_vector(in, theirs, &n);
	if (!err) {
		open_cursors(s, l, theirs, n);
		l->give_done = true;
	}
	free(theirs);
	return err;
}

static enum pars_err on_want(struct pars_sync *s, struct link *l, struct pars_bytes in)
{
	if (in.n % PARS_SYNC_SHORT_ID || in.n / PARS_SYNC_SHORT_ID > WANT_MAX)
		return PARS_E_PEER_MALFORMED;
	while (in.n) {
		struct pars_digest id;
		if (s->r->find(s->r->ctx, l->session, pars_bytes_take(&in, PARS_SYNC_SHORT_ID).p, &id))
			queue_ids(&l->give, id.b, sizeof id.b);
	}
	return PARS_OK;
}

static void put_bodies(struct pars_sync *s, struct link *l, struct pars_bytes bodies)
{
	while (bodies.n) {
		size_t n = pars_be32(pars_bytes_take(&bodies, 4).p);
		pars_sync_put_packed(&s->out, PARS_SYNC_RANGES, l->alias, pars_bytes_take(&bodies, n));
	}
}

static enum pars_err on_ranges(struct pars_sync *s, struct link *l, struct pars_bytes in)
{
	PARS_AUTO_BUF out = { 0 };
	struct pars_range_diff diff = { 0 };
	pars_count(s->metrics, PARS_M_sync_ranges);
	enum pars_err err = pars_range_answer(s->r, l->session, in, &out, &diff);
	if (!err) {
		put_bodies(s, l, pars_buf_bytes(&out));
		for (struct pars_bytes w = pars_buf_bytes(&diff.want); w.n;)
			queue_ids(&l->want, pars_bytes_take(&w, PARS_SYNC_SHORT_ID).p, PARS_SYNC_SHORT_ID);
		for (struct pars_bytes g = pars_buf_bytes(&diff.give); g.n;)
			queue_ids(&l->give, pars_bytes_take(&g, PARS_SHA256_SIZE).p, PARS_SHA256_SIZE);
	}
	pars_buf_done(&diff.want);
	pars_buf_done(&diff.give);
	return err;
}

static void on_vertices(struct pars_sync *s, struct link *l, struct pars_bytes body)
{
	struct event *e = emit(s, PARS_SYNC_EV_VERTICES, l->session, 0);
	pars_buf_put(&e->data, body);
	l->stats.bytes_in += body.n;
	s->batches[s->batch_count++] = l;
}

static enum pars_err on_message(struct pars_sync *s, const struct pars_sync_message *m, pars_usec now)
{
	if (m->type == PARS_SYNC_HELLO)
		return on_hello(s, m);
	struct link *l = find_alias(s, m->alias);
	if (!l)
		return PARS_E_PEER_PROTOCOL; /* a session that was not agreed on */
	if (!l->shared) /* whoever answers takes part */
		share(s, l);
	stir(s, l);
	switch (m->type) {
	case PARS_SYNC_HEADS:
		on_heads(s, l, m, now);
		return PARS_OK;
	case PARS_SYNC_VECTOR:
		return on_vector(s, l, m->body);
	case PARS_SYNC_WANT:
		return on_want(s, l, m->body);
	case PARS_SYNC_RANGES:
		return on_ranges(s, l, m->body);
	case PARS_SYNC_VERTICES:
		on_vertices(s, l, m->body);
		return PARS_OK;
	case PARS_SYNC_HELLO:
		break;
	}
	return PARS_E_PEER_MALFORMED;
}

/* Frames are taken in order; what refers to the set waits until the batches
 * before it are in. */
static bool must_wait(const struct pars_sync *s, const struct pars_sync_message *m)
{
	if (m->type == PARS_SYNC_VERTICES)
		return s->batch_count == PARS_SYNC_BATCHES_MAX;
	return s->batch_count || s->out.n > OUTPUT_HIGH;
}

static enum pars_err take_frames(struct pars_sync *s, pars_usec now)
{
	for (;;) {
		struct pars_bytes at = pars_buf_bytes(&s->in);
		struct pars_sync_message m;
		enum pars_err err = pars_sync_message_get(&at, &m);
		if (err == PARS_E_NOT_READY)
			return PARS_OK;
		if (!err && must_wait(s, &m))
			return PARS_OK;
		if (!err)
			err = on_message(s, &m, now);
		if (err) {
			pars_count(s->metrics, PARS_M_sync_bad_message);
			return err;
		}
		pars_buf_drop(&s->in, s->in.n - at.n);
	}
}

enum pars_err pars_sync_input(struct pars_sync *s, pars_usec now, struct pars_bytes data)
{
	pars_buf_put(&s->in, data);
	s->unacknowledged += data.n;
	return take_frames(s, now);
}

size_t pars_sync_acknowledge(struct pars_sync *s)
{
	size_t n = s->in.n <= INPUT_HIGH ? s->unacknowledged : 0;
	s->unacknowledged -= n;
	return n;
}

enum pars_err pars_sync_batch_done(struct pars_sync *s, pars_usec now, size_t inserted)
{
	assert(s->batch_count);
	struct link *l = s->batches[0];
	memmove(s->batches, s->batches + 1, --s->batch_count * sizeof s->batches[0]);
	l->stats.vertices_in += inserted;
	l->round_inserted += inserted;
	if (inserted)
		l->progress_us = now;
	stir(s, l);
	if (!s->batch_count && l->has_peer)
		compare(s, l, now);
	return take_frames(s, now);
}

/* -- frames to the peer --------------------------------------------------------------------------- */

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
	put_bodies(s, l, pars_buf_bytes(&bodies));
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
	bool told = l->has_sent && same_state(&l->sent, &mine);
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
	if (!same_state(&mine, &l->peer))
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
		sift_down(l->cursors, l->cursor_count, 0);
	}
	if (!l->cursor_count)
		forget_cursors(l);
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
		emit(s, PARS_SYNC_EV_SENT, l->session, own);
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
		name(s, l, l->session);
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
		stir(s, l);
	/* Sessions take turns, a batch each; those with nothing to say cost nothing. */
	while (s->out.n < OUTPUT_LOW && (l = TAILQ_FIRST(&s->stirred))) {
		TAILQ_REMOVE(&s->stirred, l, stirred_entry);
		l->stirred = false;
		fill_link(s, l, now);
		if (has_more(l))
			stir(s, l);
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

void pars_sync_stats(const struct pars_sync *s, uint32_t session, struct pars_sync_stats *ret)
{
	const struct link *l = find_link(s, session);
	*ret = l ? l->stats : (struct pars_sync_stats){ 0 };
	ret->state = !l || !l->shared ? "not shared" : l->equal ? "equal" :
		l->cursor_count || l->give.n ? "sending" : s->batch_count ? "receiving" : "asking";
	ret->equal_us = l ? l->equal_us : 0;
}
