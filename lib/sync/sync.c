#include "sync/sync_impl.h"

#include <stdlib.h>

#include "base/alloc.h"

#define QUEUE_MAX ((size_t)16384)       /* ids waiting to be asked for or sent */
#define SPREAD_TIME PARS_MS(200)       /* for what travels in other ways, too */
#define STALL_TIME PARS_S(5)            /* unequal without progress: try ranges */

/* -- making and freeing ------------------------------------------------------------ */

static struct pars_bytes tag_of(const void *link)
{
	return PARS_BYTES(((const struct link *)link)->tag.b, PARS_SYNC_TAG);
}

struct pars_sync *pars_sync_new(const struct pars_sync_replica *replica,
	struct pars_metrics *metrics, bool opener)
{
	struct pars_sync *s = pars_alloc(sizeof *s);
	s->r = replica;
	s->metrics = metrics;
	s->opener = opener;
	TAILQ_INIT(&s->stirred);
	pars_map_init(&s->tags, tag_of, 0); /* of our own sessions, not of the peer's choice */
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
	pars_map_done(&s->tags);
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

struct link *sync_by_session(const struct pars_sync *s, uint32_t session)
{
	size_t i = place(s->links, s->link_count, session_of, session);
	return i < s->link_count && s->links[i]->session == session ? s->links[i] : NULL;
}

struct link *sync_by_alias(const struct pars_sync *s, uint64_t alias)
{
	size_t i = place(s->aliases, s->alias_count, alias_of, alias);
	return i < s->alias_count && s->aliases[i]->alias == alias ? s->aliases[i] : NULL;
}

void sync_stir(struct pars_sync *s, struct link *l)
{
	if (!l->stirred)
		TAILQ_INSERT_TAIL(&s->stirred, l, stirred_entry);
	l->stirred = true;
}

struct link *sync_by_tag(const struct pars_sync *s, const uint8_t tag[PARS_SYNC_TAG])
{
	return pars_map_get(&s->tags, PARS_BYTES(tag, PARS_SYNC_TAG));
}

struct event *sync_emit(struct pars_sync *s, enum pars_sync_event_type type, uint32_t session,
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

bool sync_same(const struct pars_sync_state *a, const struct pars_sync_state *b)
{
	return a->count == b->count && !memcmp(a->fingerprint, b->fingerprint, sizeof a->fingerprint);
}

void sync_forget_cursors(struct link *l)
{
	free(l->cursors);
	l->cursors = NULL;
	l->cursor_count = 0;
}

void sync_queue_ids(struct pars_buf *queue, const uint8_t *id, size_t size)
{
	if (queue->n / size < QUEUE_MAX)
		pars_buf_put(queue, PARS_BYTES(id, size));
}

/* -- the owner's calls ------------------------------------------------------------------- */

void sync_name(struct pars_sync *s, struct link *l, uint64_t alias)
{
	l->named = true;
	l->alias = alias;
	insert(&s->aliases, &s->alias_count, place(s->aliases, s->alias_count, alias_of, alias), l);
}

void sync_share(struct pars_sync *s, struct link *l)
{
	l->shared = true;
	sync_stir(s, l);
	l->heads_due = !s->opener;
	sync_emit(s, PARS_SYNC_EV_SHARED, l->session, 0);
}

void sync_stranger(struct pars_sync *s, uint64_t alias, const uint8_t tag[PARS_SYNC_TAG])
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
			sync_name(s, l, s->strangers[i].alias);
			sync_share(s, l);
			s->strangers[i] = s->strangers[--s->stranger_count];
			return;
		}
}

void pars_sync_offer(struct pars_sync *s, uint32_t session, const struct pars_digest *tag)
{
	if (sync_by_session(s, session) || sync_by_tag(s, tag->b) || s->link_count == PARS_SYNC_SESSIONS_MAX)
		return;
	struct link *l = pars_alloc(sizeof *l);
	l->session = session;
	l->tag = *tag;
	/* One side first: ranges begun by both find every difference twice. */
	l->stall_time = s->opener ? STALL_TIME : 2 * STALL_TIME;
	insert(&s->links, &s->link_count, place(s->links, s->link_count, session_of, session), l);
	pars_map_put(&s->tags, l);
	sync_stir(s, l);
	meet_stranger(s, l);
}

void pars_sync_changed(struct pars_sync *s, uint32_t session, const struct pars_digest *pushed)
{
	struct link *l = sync_by_session(s, session);
	if (!l || !l->shared)
		return;
	l->near = pushed && (l->equal || l->near);
	if (l->near)
		sync_queue_ids(&l->give, pushed->b, sizeof pushed->b);
	if (l->equal)
		l->progress_us = 0;
	l->equal = false;
	l->heads_due = true;
	l->heads_after = 0;
	sync_stir(s, l);
}

void pars_sync_spread(struct pars_sync *s, pars_usec now, uint32_t session)
{
	struct link *l = sync_by_session(s, session);
	if (!l || !l->shared)
		return;
	if (l->equal)
		l->progress_us = 0;
	l->equal = l->near = false;
	if (!l->heads_due)
		l->heads_after = now + SPREAD_TIME;
	l->heads_due = true;
	sync_stir(s, l);
}

void pars_sync_announce(struct pars_sync *s, uint32_t session)
{
	struct link *l = sync_by_session(s, session);
	if (!l || !l->shared)
		return;
	l->heads_due = l->heads_forced = true;
	sync_stir(s, l);
}

bool pars_sync_shares(const struct pars_sync *s, uint32_t session)
{
	const struct link *l = sync_by_session(s, session);
	return l && l->shared;
}

void pars_sync_want(struct pars_sync *s, uint32_t session, const struct pars_digest *ids, size_t n)
{
	struct link *l = sync_by_session(s, session);
	if (!l || !l->shared || !n)
		return;
	sync_stir(s, l);
	if (l->walks >= WALK_ROUNDS_MAX) {
		l->vector_due = !l->vector_open; /* it is far: not step by step */
		return;
	}
	if (!l->want.n)
		l->walks++;
	for (size_t i = 0; i < n; i++)
		sync_queue_ids(&l->want, ids[i].b, PARS_SYNC_SHORT_ID);
}

void pars_sync_stats(const struct pars_sync *s, uint32_t session, struct pars_sync_stats *ret)
{
	const struct link *l = sync_by_session(s, session);
	*ret = l ? l->stats : (struct pars_sync_stats){ 0 };
	ret->state = !l || !l->shared ? "not shared" : l->equal ? "equal" :
		l->cursor_count || l->give.n ? "sending" : s->batch_count ? "receiving" : "asking";
	ret->equal_us = l ? l->equal_us : 0;
}
