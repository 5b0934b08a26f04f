/* dht/dht_impl.h - what the files of the DHT node share.
 *
 * dht.c         life, time, what is told
 * dht_events.c  the queue of events
 * dht_peers.c   learning, probing, refreshing the table
 * dht_serve.c   answering others
 * dht_ask.c     questions under way and their answers
 * dht_op.c      operations: a lookup, and what is done with what it found
 * dht_keep.c    what this node puts and provides, again and again */
#ifndef PARS_DHT_DHT_IMPL_H
#define PARS_DHT_DHT_IMPL_H

#include "dht/dht.h"
#include "dht/lookup.h"
#include "dht/providers.h"
#include "dht/rate.h"
#include "dht/table.h"
#include "dht/values.h"

#define PROBES_MAX 16             /* under way at once */
#define WATCH_INTERVAL PARS_S(60) /* between two looks for entries to probe */
#define WITNESS_TIME PARS_S(2)    /* a witness has to answer, before suspects are asked */
#define HEARD_TIME PARS_S(5)      /* an answer so long ago shows that we are online */
#define SILENCE_TIME PARS_S(60)   /* … and this long, that whoever comes is worth asking */
#define ALONE_ASKED 32            /* that many in vain since, and we are alone … */
#define ALONE_INTERVAL PARS_S(600) /* … and look so seldom */
#define STALE_TIME PARS_S(30 * 60)   /* an entry not heard of for so long is probed … */
#define CONTEST_TIME PARS_S(10 * 60) /* … or this long, when another waits for its place */
#define FAILURES_MAX 2            /* in a row: out of the table */
#define BUCKET_TRIES 64           /* at a random key that falls into a bucket */
#define UNREST_PART 16            /* so much of the table evicted between two refreshes is many */
#define STRANGER_ASKED 4          /* of those that a stranger tells of */
#define LOST_MAX 16               /* peers that fell silent and are remembered … */
#define LOST_ASKED 2              /* … of which so many are asked with each refresh */
#define BETA 3                    /* the nearest that must answer when one peer is sought */
#define QUORUM 3
#define ASKED_MAX 400             /* by one lookup */
#define FOUND_MAX 256             /* providers of one lookup */

enum ask_kind { ASK_PROBE, ASK_QUERY, ASK_STORE };

struct op;

/* A question under way. Slots are used again, so the number tells `turn` too. */
struct ask {
	struct pars_contact *contact; /* a reference; NULL: the slot is free */
	struct op *op;                /* NULL: a probe, or nobody waits any more */
	pars_usec at;
	uint32_t next, prev;          /* slot + 1, in the order they were asked; or free */
	uint32_t turn;
	uint8_t kind;
	bool told;                    /* the ASK event is out */
};

enum op_kind { OP_FIND, OP_REFRESH, OP_GET, OP_PUT, OP_PROVIDE, OP_PROVIDERS };

struct op {
	struct op *next, *prev;
	pars_dht_op id;
	enum op_kind kind;
	bool quiet;                /* nobody waits for its DONE, or it is out */
	bool early;                /* it had enough before it found the nearest */
	struct pars_buf key, value; /* value: to put, or the best one so far */
	struct pars_dht_lookup lookup;
	size_t seeded;             /* entries of the table that were taken */
	pars_usec since;
	unsigned quorum, agree;    /* get: answers with the best value */
	unsigned pending, stored;  /* while storing */
	struct pars_contact **found; /* providers; references */
	size_t found_count, enough;
	struct keep *keep;         /* whose announcement it is; or NULL */
};

/* What this node puts (value) or provides (no value). */
struct keep {
	struct pars_buf key, value;
	bool provide;
	pars_usec last_us, next_us, retry;
	unsigned stored;
	struct op *op;             /* under way */
};

struct queued {
	enum pars_dht_event_type type;
	bool ok;
	uint64_t ask;
	pars_dht_op op;
	struct pars_contact *contact;   /* a reference, or NULL */
	struct pars_dht_result *result; /* owned, its contacts too */
	struct pars_buf key, value;
};

/* A request as it is told. */
struct telling {
	struct pars_dht_message m;
	uint8_t key[PARS_DHT_KEY_MAX];
};

struct pars_dht {
	struct pars_dht_limits limits;
	struct pars_contact *self;
	struct pars_contacts *book;
	struct pars_metrics *metrics;
	struct pars_rng *rng;
	pars_usec now;

	struct pars_dht_table table;
	struct pars_dht_values values;
	struct pars_dht_providers providers;
	struct pars_dht_rates rates;
	pars_usec heard_us;        /* anybody answered last */
	struct pars_contact *witness; /* a reference to who it was; or NULL */
	pars_usec watch_due, witness_us;
	unsigned silent;           /* questions unanswered since */
	size_t evicted;            /* entries since the last refresh */
	bool unrest;               /* before it they were many */
	struct pars_contact **lost; /* references; NULL until needed */
	size_t lost_count;

	struct ask *asks;
	uint32_t ask_cap, ask_free, ask_first, ask_last; /* slots + 1 */
	unsigned probes;

	struct op *ops;
	size_t op_count;
	pars_dht_op last_op;

	pars_usec refresh_due;
	struct op *refresh_op;     /* the lookup of it that runs */
	unsigned refresh_bucket;   /* the next one to look into */
	bool refresh_forced;       /* those looked into lately too */
	pars_dht_op refresh_id;    /* whom to tell; 0: nobody */

	struct pars_map puts, provides; /* struct keep, by key */
	pars_usec keep_due;        /* the earliest of them */

	struct queued *events;
	size_t event_first, event_count, event_cap;
	struct queued last;        /* the event that was given out */
	struct telling *message;   /* of the last ASK; while any is under way */
};

/* dht_events.c */
struct queued *kad_emit(struct pars_dht *dht, enum pars_dht_event_type type);
void kad_emit_table(struct pars_dht *dht, struct pars_contact *c, bool entered);
void kad_free_events(struct pars_dht *dht);

/* dht_ask.c */
void kad_ask(struct pars_dht *dht, struct pars_contact *c, struct op *op, enum ask_kind kind);
/* Fills the message of an ask that waits to be told. False: it is over. */
bool kad_ask_message(struct pars_dht *dht, uint64_t number, struct pars_dht_message *ret);
/* Nobody waits for these any more; late answers still say who is alive. */
void kad_abandon(struct pars_dht *dht, const struct op *op);
bool kad_is_probed(const struct pars_dht *dht, const struct pars_contact *c);
pars_usec kad_asks_deadline(const struct pars_dht *dht);
void kad_asks_tick(struct pars_dht *dht);
void kad_free_asks(struct pars_dht *dht);

/* dht_op.c */
/* Takes nothing; the caller starts it. `want`: nearest that must answer. */
struct op *kad_op_new(struct pars_dht *dht, enum op_kind kind, struct pars_bytes key,
	bool careful, unsigned want);
void kad_op_start(struct pars_dht *dht, struct op *op); /* may free it */
void kad_op_free(struct pars_dht *dht, struct op *op);
/* An answer to the lookup. An error: the reply is worth nothing. */
enum pars_err kad_op_reply(struct pars_dht *dht, struct op *op, struct pars_contact *from,
	const struct pars_dht_message *reply);
/* A question is settled, whatever came of it; may free op. */
void kad_op_settled(struct pars_dht *dht, struct op *op, const struct pars_contact *c,
	enum ask_kind kind, bool ok);

/* dht_peers.c */
bool kad_can_dial(const struct pars_dht *dht, const struct pars_contact *c);
/* True: a stranger, in the table from now on or not. */
bool kad_peer_answered(struct pars_dht *dht, struct pars_contact *c);
/* What a stranger says of those near us. */
void kad_hear_stranger(struct pars_dht *dht, const struct pars_dht_message *reply);
/* Silence says nothing while nobody else is heard either, since asked_us. */
void kad_peer_failed(struct pars_dht *dht, struct pars_contact *c, pars_usec asked_us);
void kad_probe_spare(struct pars_dht *dht, unsigned bucket);
void kad_peers_tick(struct pars_dht *dht);
void kad_free_lost(struct pars_dht *dht);
void kad_refreshed(struct pars_dht *dht); /* one lookup of a refresh is over */
bool kad_is_alone(const struct pars_dht *dht); /* nobody answers, for long: whoever else is asked would not either */
/* How many nodes there seem to be, from the n nearest to target. */
double kad_density(const struct pars_digest *target, struct pars_contact *const *nearest, size_t n);

/* dht_keep.c */
bool kad_provides(const struct pars_dht *dht, struct pars_bytes key);
/* The best value that is here, our own or another's; or empty. */
struct pars_bytes kad_local_value(const struct pars_dht *dht, struct pars_bytes key);
void kad_keep_hurry(struct pars_dht *dht); /* those that failed before are tried again */
void kad_keep_stored(struct pars_dht *dht, struct keep *keep, unsigned stored);
void kad_keep_tick(struct pars_dht *dht);
void kad_free_keeps(struct pars_dht *dht);

#endif
