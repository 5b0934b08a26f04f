/* sync/sync_impl.h - what the files of a sync stream share.
 *
 * sync.c        life, the owner's calls
 * sync_read.c   what the peer says, and what is to be done about it
 * sync_write.c  what is said to the peer */
#ifndef PARS_SYNC_SYNC_IMPL_H
#define PARS_SYNC_SYNC_IMPL_H

#include <sys/queue.h>

#include "base/map.h"
#include "base/timer.h"
#include "sync/sync.h"

#define WANT_MAX 1024                   /* short ids in one Want */
#define WALK_ROUNDS_MAX 2

/* A place in an author's chain, while what the peer lacks is being sent. */
struct cursor {
	uint64_t lamport, next, count;
	uint32_t author;
	bool own;
};

struct link {
	TAILQ_ENTRY(link) stirred_entry;
	struct pars_timer timer; /* it may have something to say, then */
	bool stirred;            /* it may, now */

	bool named;              /* by a Hello, its alias */
	bool shared;             /* the peer takes part, too: its Hello came, or an answer to ours */
	uint32_t session;
	uint64_t alias;
	struct pars_digest tag;

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
	struct pars_map tags;    /* the links by tag */
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

/* sync.c */
struct link *sync_by_session(const struct pars_sync *s, uint32_t session); /* or NULL */
struct link *sync_by_alias(const struct pars_sync *s, uint64_t alias);     /* likewise */
struct link *sync_by_tag(const struct pars_sync *s, const uint8_t tag[PARS_SYNC_TAG]);
/* Its turn to speak comes with the next output. */
void sync_stir(struct pars_sync *s, struct link *l);
struct event *sync_emit(struct pars_sync *s, enum pars_sync_event_type type, uint32_t session, uint64_t count);
void sync_name(struct pars_sync *s, struct link *l, uint64_t alias);
void sync_share(struct pars_sync *s, struct link *l);
void sync_stranger(struct pars_sync *s, uint64_t alias, const uint8_t tag[PARS_SYNC_TAG]);
bool sync_same(const struct pars_sync_state *a, const struct pars_sync_state *b);
void sync_forget_cursors(struct link *l);
void sync_queue_ids(struct pars_buf *queue, const uint8_t *id, size_t size);

/* sync_read.c */
void sync_sift_down(struct cursor *heap, size_t n, size_t i); /* the earliest on top */

/* sync_write.c */
void sync_put_bodies(struct pars_sync *s, struct link *l, struct pars_bytes bodies);

#endif
