/* dht/dht.h - a Kademlia node as a state machine (Maymounkov & Mazières 2002;
 * libp2p specs: kad-dht/README.md; Baumgart & Mies 2007 for disjoint paths).
 *
 * It keeps the routing table, other peers' records and providers, and runs
 * lookups. It knows no connection: requests to be sent come out as ASK events,
 * answers go in by pars_dht_answered or _failed; what peers ask goes in by
 * pars_dht_serve. Drain pars_dht_next after each call or series of calls.
 *
 * The table: 256 buckets of k by XOR distance; only peers that answered us
 * stand in it; a live old peer is never evicted for a new one; entries of one
 * IP group are bounded per bucket and in all; two failed probes evict. */
#ifndef PARS_DHT_DHT_H
#define PARS_DHT_DHT_H

#include "base/metric.h"
#include "crypto/rng.h"
#include "dht/message.h"
#include "dht/record.h"

#define PARS_DHT_K 20
#define PARS_DHT_PROTOCOL "/pars/kad/1.0.0"

struct pars_dht_limits {
	unsigned alpha;            /* requests in flight of one lookup, 10 */
	unsigned paths;            /* disjoint ones of a lookup that matters, 3 */
	unsigned lookups_max;      /* at once, 64 */
	unsigned group_bucket_max; /* entries of one IP group in a bucket, 2 … */
	unsigned group_table_max;  /* … and in the table, 5 */
	bool private_ok;           /* private addresses count (networks of one's own) */
	unsigned records_max, providers_max;  /* 1024, 8192 */
	size_t records_bytes_max;  /* 4 MiB */
	unsigned provides_max;     /* keys announced by this node, 1024 */
	unsigned requests_per_s, requests_burst; /* of one peer: 50, 200 */
	unsigned writes_per_s, writes_burst;     /* PUT_VALUE, ADD_PROVIDER of one peer: 5, 50 */
	pars_usec query_timeout;   /* 10 s: the caller may fail sooner */
	pars_usec refresh_interval;   /* 10 min, with jitter */
	pars_usec republish_interval; /* providers 22 h, values likewise */
	pars_usec expiry;          /* 48 h since received */
};
extern const struct pars_dht_limits pars_dht_default_limits;

struct pars_dht_config {
	struct pars_contact *self;       /* borrowed: its addresses are what we tell */
	struct pars_contacts *contacts;  /* borrowed */
	struct pars_dht_limits limits;
	struct pars_metrics *metrics;    /* borrowed */
	struct pars_rng *rng;            /* borrowed */
};

struct pars_dht;
struct pars_dht *pars_dht_new(const struct pars_dht_config *config);
void pars_dht_free(struct pars_dht *dht); /* NULL is fine */
PARS_AUTO_DEFINE(pars_dht)

/* Time of the calls that follow. Never goes back; wall time plays no part. */
void pars_dht_begin(struct pars_dht *dht, pars_usec now);
void pars_dht_tick(struct pars_dht *dht);
pars_usec pars_dht_deadline(const struct pars_dht *dht); /* or PARS_NEVER */

/* -- peers -------------------------------------------------------------------- */

/* A peer that serves the DHT was met (identify) or remembered (saved, boot-
 * strap): it is asked, and enters the table once it answered. */
void pars_dht_learn(struct pars_dht *dht, struct pars_contact *c);
/* It no longer serves the DHT, or was banned: out of the table. */
void pars_dht_drop(struct pars_dht *dht, const struct pars_contact *c);

struct pars_dht_entry {
	struct pars_contact *contact;
	unsigned bucket;          /* length of the prefix shared with us */
	pars_usec seen_us;        /* it answered last */
	pars_usec since_us;       /* it stands in the table */
	unsigned failures;        /* in a row */
};
/* The table, nearest buckets last: *at starts at 0; false at the end. */
bool pars_dht_entry_next(const struct pars_dht *dht, size_t *at, struct pars_dht_entry *ret);
size_t pars_dht_size(const struct pars_dht *dht);
/* How many nodes the network seems to have, from the density near us; 0: unknown. */
uint64_t pars_dht_estimate(const struct pars_dht *dht);

/* -- serving -------------------------------------------------------------------- */

/* Answers a request of a peer. *reply's lists and views are good until the
 * next call; release it. ret_answer false: this type has no answer.
 * PEER_*: blame and reset; BUSY: over its rate, reset without blame. */
PARS_MUST enum pars_err pars_dht_serve(struct pars_dht *dht, struct pars_contact *from,
	const struct pars_dht_message *request, struct pars_dht_message *reply, bool *ret_answer);

/* -- asking ---------------------------------------------------------------------- */

typedef uint64_t pars_dht_op; /* 0: LIMIT, too many at once */

/* The k nearest nodes to key (raw bytes; hashed to a place). A peer id's bytes
 * find that peer. `careful`: over disjoint paths. */
pars_dht_op pars_dht_find_node(struct pars_dht *dht, struct pars_bytes key, bool careful);
/* A value: over disjoint paths, asks on until `quorum` answers with one agree on the
 * best (0: 3), then repairs those who had worse or none. */
pars_dht_op pars_dht_get(struct pars_dht *dht, struct pars_bytes key, unsigned quorum);
/* Stores at the k nearest, now and every republish interval, until _unput.
 * The value must pass pars_dht_record_check. Op 0 and *ret_err: INVALID; EXISTS:
 * a newer one is here; LIMIT: later, or never, as _provide says. */
pars_dht_op pars_dht_put(struct pars_dht *dht, struct pars_bytes key, struct pars_bytes value,
	enum pars_err *ret_err);
void pars_dht_unput(struct pars_dht *dht, struct pars_bytes key);
/* Announces that this node provides key (a sha2-256 multihash: 12 20 …), now
 * and on, until _unprovide. 0 also: later, for too much is going on now; or
 * never, for provides_max are announced. */
pars_dht_op pars_dht_provide(struct pars_dht *dht, struct pars_bytes key);
void pars_dht_unprovide(struct pars_dht *dht, struct pars_bytes key);
/* All that is found comes as PROVIDER events, then DONE. */
pars_dht_op pars_dht_find_providers(struct pars_dht *dht, struct pars_bytes key, unsigned enough);
/* Looks for our own place and refreshes buckets, now. */
pars_dht_op pars_dht_refresh(struct pars_dht *dht);
void pars_dht_cancel(struct pars_dht *dht, pars_dht_op op);

/* The answer to an ASK; NULL once an ADD_PROVIDER, which has none, is sent. The
 * reply stays the caller's. Its type must be that of the question; contents are
 * judged here. An ask that is over (timed out, cancelled) is ignored.
 * PEER_*: blame the peer. */
PARS_MUST enum pars_err pars_dht_answered(struct pars_dht *dht, uint64_t ask,
	const struct pars_dht_message *reply);
void pars_dht_failed(struct pars_dht *dht, uint64_t ask);

enum pars_dht_event_type {
	PARS_DHT_EV_ASK,      /* send `message` to `contact`; then _answered or _failed with `ask` */
	PARS_DHT_EV_PROVIDER, /* op: contact provides the key */
	PARS_DHT_EV_DONE,     /* op is over: result */
	PARS_DHT_EV_TABLE,    /* contact entered (ok) or left the table */
	PARS_DHT_EV_STORED,   /* another peer's record: key, value; to be kept over restarts */
	PARS_DHT_EV_FORGOT,   /* it expired: key */
};

struct pars_dht_result {
	enum pars_err err;        /* OK; NOT_FOUND; NOT_READY: the table is empty */
	size_t closest_count;     /* nearest that answered, nearest first */
	struct pars_contact *closest[PARS_DHT_K];
	struct pars_bytes value;  /* get */
	unsigned stored;          /* put, provide: nodes that took it */
	unsigned hops, asked, answered, failed;
	pars_usec took_us;
	bool sparse;              /* the nearest nodes found are far fewer or farther than the
	                           * network's density says: somebody may hide things */
};

struct pars_dht_event {
	enum pars_dht_event_type type;
	bool ok;
	uint64_t ask;
	pars_dht_op op;
	struct pars_contact *contact;      /* borrowed, as all below, until the next _next */
	const struct pars_dht_message *message;
	const struct pars_dht_result *result;
	struct pars_bytes key, value;
};
bool pars_dht_next(struct pars_dht *dht, struct pars_dht_event *ret);

/* -- what is kept ------------------------------------------------------------------ */

/* At start: another peer's record, `age_us` after it was received. */
void pars_dht_restore(struct pars_dht *dht, struct pars_bytes key, struct pars_bytes value,
	pars_usec age_us);

struct pars_dht_stats {
	size_t entries, candidates, lookups, records, providers, provides;
	size_t records_bytes;
	pars_usec next_refresh_us;
	bool alone;               /* many questions in a row got no answer, and for long: we are
	                           * offline, or all we know are gone, and whoever knows of others
	                           * tells them by _learn */
};
void pars_dht_stats(const struct pars_dht *dht, struct pars_dht_stats *ret);
/* What this node announces: *at starts at 0. */
struct pars_dht_provide_info {
	struct pars_bytes key;
	pars_usec last_us, next_us; /* last 0: not yet */
	unsigned stored;            /* nodes that took it last */
};
bool pars_dht_provide_next(const struct pars_dht *dht, size_t *at, struct pars_dht_provide_info *ret);

#endif
