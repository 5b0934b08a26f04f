#include "sync/sync_impl.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "codec/uvarint.h"
#include "sync/range.h"

#define OUTPUT_HIGH ((size_t)512 << 10) /* take no more requests above this */
#define INPUT_HIGH ((size_t)512 << 10)
#define WALK_HEADS_MAX 8                /* few and near: ask for them by id */
#define WALK_LAMPORT_MAX 2

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
	sync_emit(s, PARS_SYNC_EV_HELD, l->session, s->r->own_count(s->r->ctx, l->session));
	sync_emit(s, PARS_SYNC_EV_EQUAL, l->session, 0);
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
		if (!l->has_sent || !sync_same(&l->sent, mine))
			l->heads_due = true;
		return;
	}
	if (n <= WALK_HEADS_MAX && l->walks < WALK_ROUNDS_MAX && mine->count &&
	    l->peer.lamport <= mine->lamport + WALK_LAMPORT_MAX) {
		l->walks++;
		for (size_t i = 0; i < n; i++)
			sync_queue_ids(&l->want, unknown[i]->b, PARS_SYNC_SHORT_ID);
		return;
	}
	l->vector_due = true;
}

/* Compares our present state with the peer's last Heads. */
static void compare(struct pars_sync *s, struct link *l, pars_usec now)
{
	struct pars_sync_state mine;
	s->r->state(s->r->ctx, l->session, &mine);
	if (sync_same(&mine, &l->peer)) {
		if (!l->equal || !l->has_sent || !sync_same(&l->sent, &mine))
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
	return sync_by_alias(s, alias);
}

static enum pars_err on_hello(struct pars_sync *s, const struct pars_sync_message *m)
{
	struct link *l = sync_by_tag(s, m->body.p);
	if (s->opener || is_alias_taken(s, m->alias))
		return PARS_E_PEER_PROTOCOL; /* who accepts names none, and a name is of one */
	if (!l) {
		sync_stranger(s, m->alias, m->body.p);
	} else if (!l->named) {
		sync_name(s, l, m->alias);
		sync_share(s, l);
	}
	return PARS_OK;
}

static void tell_held(struct pars_sync *s, struct link *l, const struct pars_sync_state *state)
{
	int64_t held = 0;
	for (size_t i = 0; i < state->head_count; i++)
		held = PARS_MAX(held, s->r->own_past(s->r->ctx, l->session, &state->heads[i]));
	if (held)
		sync_emit(s, PARS_SYNC_EV_HELD, l->session, (uint64_t)held);
}

/* The peer's state is what our last Heads told; is it still ours? */
static void on_equal(struct pars_sync *s, struct link *l, pars_usec now)
{
	struct pars_sync_state mine;
	if (!l->has_sent)
		return;
	l->peer = l->sent;
	l->has_peer = true;
	sync_emit(s, PARS_SYNC_EV_HELD, l->session, l->sent_own);
	s->r->state(s->r->ctx, l->session, &mine);
	if (sync_same(&mine, &l->sent))
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
	if (sync_same(&mine, &l->peer)) {
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

void sync_sift_down(struct cursor *heap, size_t n, size_t i)
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
	sync_forget_cursors(l);
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
		sync_sift_down(l->cursors, l->cursor_count, i);
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
			sync_queue_ids(&l->give, id.b, sizeof id.b);
	}
	return PARS_OK;
}

static enum pars_err on_ranges(struct pars_sync *s, struct link *l, struct pars_bytes in)
{
	PARS_AUTO_BUF out = { 0 };
	struct pars_range_diff diff = { 0 };
	pars_count(s->metrics, PARS_M_sync_ranges);
	enum pars_err err = pars_range_answer(s->r, l->session, in, &out, &diff);
	if (!err) {
		sync_put_bodies(s, l, pars_buf_bytes(&out));
		for (struct pars_bytes w = pars_buf_bytes(&diff.want); w.n;)
			sync_queue_ids(&l->want, pars_bytes_take(&w, PARS_SYNC_SHORT_ID).p, PARS_SYNC_SHORT_ID);
		for (struct pars_bytes g = pars_buf_bytes(&diff.give); g.n;)
			sync_queue_ids(&l->give, pars_bytes_take(&g, PARS_SHA256_SIZE).p, PARS_SHA256_SIZE);
	}
	pars_buf_done(&diff.want);
	pars_buf_done(&diff.give);
	return err;
}

static void on_vertices(struct pars_sync *s, struct link *l, struct pars_bytes body)
{
	struct event *e = sync_emit(s, PARS_SYNC_EV_VERTICES, l->session, 0);
	pars_buf_put(&e->data, body);
	l->stats.bytes_in += body.n;
	s->batches[s->batch_count++] = l;
}

static enum pars_err on_message(struct pars_sync *s, const struct pars_sync_message *m, pars_usec now)
{
	if (m->type == PARS_SYNC_HELLO)
		return on_hello(s, m);
	struct link *l = sync_by_alias(s, m->alias);
	if (!l)
		return PARS_E_PEER_PROTOCOL; /* a session that was not agreed on */
	if (!l->shared) /* whoever answers takes part */
		sync_share(s, l);
	sync_stir(s, l);
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
	sync_stir(s, l);
	if (!s->batch_count && l->has_peer)
		compare(s, l, now);
	return take_frames(s, now);
}
