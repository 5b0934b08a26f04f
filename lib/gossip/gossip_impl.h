/* gossip/gossip_impl.h - what the files of the router share.
 *
 * gossip.c         life, time, topics, publishing, what is told
 * gossip_seen.c    messages: remembered, held, judged
 * gossip_peers.c   peers: subscriptions, queues, scores
 * gossip_rpc.c     what peers say
 * gossip_mesh.c    the heartbeat: meshes, fanout, what others may lack */
#ifndef PARS_GOSSIP_GOSSIP_IMPL_H
#define PARS_GOSSIP_GOSSIP_IMPL_H

#include <sys/queue.h>

#include "base/map.h"
#include "gossip/gossip.h"

#define SENDERS_MAX 12            /* remembered of a message, to praise and to blame */
#define URGENT_MAX ((size_t)64 * 1024)  /* control that waits for a peer … */
#define LAZY_MAX ((size_t)256 * 1024)   /* … and of it what may be left out */
#define FRAME_FULL ((size_t)64 * 1024)  /* no further message goes into an RPC of this size */
#define DONT_WANT_MAX 4096        /* ids that one peer does not want */
#define PROMISES_MAX 4096
#define EVENTS_MAX 65536
#define OPPORTUNISTIC_TICKS 60
#define OPPORTUNISTIC_PEERS 2
#define BACKOFF_MAX PARS_S(3600)  /* believed of a PRUNE */
#define GONE_MAX 4096             /* peers remembered that left */
#define PEER_NUM_NONE 0

struct topic;
struct member;

enum seen_state { SEEN_PENDING, SEEN_ACCEPTED, SEEN_IGNORED, SEEN_REJECTED };

/* A message that was seen, and while it can be asked for, itself. */
struct seen {
	struct pars_gossip_id id;
	TAILQ_ENTRY(seen) entry;      /* all, oldest first */
	TAILQ_ENTRY(seen) held_entry; /* those with bytes */
	TAILQ_ENTRY(seen) fresh_entry; /* those accepted in this step */
	TAILQ_ENTRY(seen) told_entry; /* of its topic: those that others are told of */
	struct topic *topic;
	pars_usec at, judged_at;
	enum seen_state state;
	unsigned refs;                /* queues and events that need it; and 1 while it is remembered */
	unsigned ticks;               /* heartbeats since it was accepted */
	struct pars_buf wire;         /* the RPC's field; empty: no longer held */
	struct pars_gossip_message message; /* views into it */
	uint32_t senders[SENDERS_MAX];      /* who sent it, first one first */
	size_t sender_count;
	uint32_t author;              /* the peer that wrote it; or none */
	struct asked { uint32_t peer; unsigned times; } *asked; /* by IWANT */
	size_t asked_count;
	bool forgotten;               /* out of the map */
	bool is_told;
};

/* A peer in a topic; outlives the connection while a backoff or a score does. */
struct member {
	struct topic *topic;
	struct pars_gossip_peer *peer;
	bool subscribed, mesh, fanout;
	bool lacks;                   /* its queue was full: it is to be told what there is */
	pars_usec pruned_at, backoff_until;
	struct pars_gossip_topic_score score;
};

struct topic {
	char *name;
	enum pars_gossip_policy policy;
	struct pars_gossip_topic_params params;
	bool subscribed;
	pars_usec published_at;       /* without subscribing; 0: never */
	struct member **members;
	size_t member_count, member_cap;
	size_t seen_count;            /* messages that name it */
	TAILQ_HEAD(told_list, seen) told; /* accepted some heartbeats ago at most, oldest first */
	size_t told_count;
	uint64_t published, delivered, duplicates;
	size_t index;                 /* in pars_gossip.topics */
};

struct dont_want {
	struct pars_gossip_id id;
	TAILQ_ENTRY(dont_want) entry;
	pars_usec until;
};

struct pars_gossip_peer {
	struct pars_peer_id id;
	uint32_t num;                 /* never used again */
	bool up, outbound, direct, counted_ip;
	bool key_form;                /* how it writes ids (message.h) */
	enum pars_gossip_version version;
	uint8_t ip[17];               /* family and address, while counted_ip */
	pars_usec gone_at;
	struct member **members;
	size_t member_count, member_cap, subscription_count;
	struct pars_buf record;
	double app, behaviour, score;
	bool score_stale;
	/* of this heartbeat */
	unsigned ihaves, ids_asked, ids_wanted, idontwants;
	struct pars_map dont_want;
	TAILQ_HEAD(, dont_want) dont_wants; /* the same, oldest first */
	/* to be said */
	bool ready;
	TAILQ_ENTRY(pars_gossip_peer) ready_entry;
	void *user;
	struct pars_buf subscriptions, urgent, lazy, out;
	struct seen **queue;          /* a ring */
	size_t queue_first, queue_count, queue_cap, queue_bytes;
};

struct promise {
	TAILQ_ENTRY(promise) entry;
	struct pars_gossip_id id;
	uint32_t peer;
	pars_usec until;
};

struct ip_count {
	uint8_t ip[17];
	unsigned peers;
};

struct queued {
	enum pars_gossip_event_type type;
	struct pars_peer_id from;
	char topic[PARS_GOSSIP_TOPIC_MAX + 1];
	enum pars_gossip_policy policy;
	bool joined;
	struct seen *seen;            /* a reference */
	struct pars_buf record;
};

struct pars_gossip {
	struct pars_gossip_limits limits;
	const struct pars_ed25519_pair *key;
	struct pars_peer_id self;
	uint64_t seqno;
	struct pars_metrics *metrics;
	struct pars_rng *rng;
	pars_usec now;
	unsigned effort;

	struct pars_map peers;        /* by id; also those that left, while retained */
	struct pars_map peer_nums;    /* the same, by num */
	size_t up_count;
	uint32_t last_num;
	TAILQ_HEAD(, pars_gossip_peer) ready; /* there is something new to say to them */
	struct pars_map ips;
	struct pars_map directs;      /* struct pars_peer_id */

	struct pars_map topic_map;
	struct topic **topics;
	size_t topic_count, topic_cap;

	struct pars_map seen_map;
	TAILQ_HEAD(, seen) seen;
	TAILQ_HEAD(, seen) held;
	TAILQ_HEAD(, seen) fresh;
	size_t held_bytes;
	TAILQ_HEAD(, promise) promises;
	size_t promise_count;

	pars_usec heartbeat_at, decayed_at;
	bool woken;                   /* since the last heartbeat */
	uint64_t ticks;

	struct queued *events;        /* a ring */
	size_t event_first, event_count, event_cap;
	struct queued last;
};

/* gossip.c */
struct queued *gs_emit(struct pars_gossip *g, enum pars_gossip_event_type type, const struct pars_gossip_peer *from,
	const struct topic *t); /* or NULL: too many wait */
/* Something happened: the heart beats fast again. */
void gs_wake(struct pars_gossip *g);
struct topic *gs_topic_find(const struct pars_gossip *g, struct pars_bytes name); /* or NULL */
/* NULL: LIMIT, or no name. foreign: of others, who leave some room for ours. */
struct topic *gs_topic_obtain(struct pars_gossip *g, struct pars_bytes name, bool foreign);
void gs_topic_release(struct pars_gossip *g, struct topic *t); /* frees it when nothing needs it */
static inline struct pars_bytes gs_topic_name(const struct topic *t)
{
	return PARS_BYTES_STR(t->name);
}

/* gossip_seen.c */
struct seen *gs_seen_find(const struct pars_gossip *g, const struct pars_gossip_id *id);
/* Remembers a message and holds its bytes; NULL: there is no room. */
struct seen *gs_seen_add(struct pars_gossip *g, const struct pars_gossip_id *id, struct topic *t,
	const struct pars_gossip_message *m, const struct pars_gossip_peer *from);
/* It is good: others may ask for it, and are told of it for a while. */
void gs_seen_accepted(struct seen *s);
void gs_seen_unref(struct pars_gossip *g, struct seen *s);
/* The same, and its bytes are not held on for others who may ask. */
void gs_seen_unqueue(struct pars_gossip *g, struct seen *s);
bool gs_seen_sent_by(const struct seen *s, uint32_t peer);
void gs_seen_sender(struct pars_gossip *g, struct seen *s, struct pars_gossip_peer *from); /* another copy */
/* What was accepted goes on to others with the next step: a copy that has come
 * from one of them by then saves one to it, and our own readers wait less. */
void gs_seen_forward_fresh(struct pars_gossip *g);
pars_usec gs_seen_fresh_due(const struct pars_gossip *g); /* or PARS_NEVER */
/* To everybody of its topic who should get it now. own: written by us. */
void gs_seen_forward(struct pars_gossip *g, struct seen *s, bool own);
void gs_seen_tick(struct pars_gossip *g);
void gs_seen_done(struct pars_gossip *g);

/* gossip_peers.c */
struct pars_gossip_peer *gs_peer_by_num(const struct pars_gossip *g, uint32_t num); /* up; or NULL */
struct member *gs_member_find(const struct topic *t, const struct pars_gossip_peer *p); /* or NULL */
struct member *gs_member_obtain(struct topic *t, struct pars_gossip_peer *p);
void gs_member_free(struct member *m);
/* Ids as this peer writes them. */
void gs_put_ids(const struct pars_gossip_peer *p, struct pars_buf *control, enum pars_gossip_item_type type,
	struct pars_bytes topic, const struct pars_gossip_id *ids, size_t n);
/* Something is put into what waits for it. */
void gs_peer_ready(struct pars_gossip *g, struct pars_gossip_peer *p);
void gs_peer_queue(struct pars_gossip *g, struct pars_gossip_peer *p, struct seen *s);
double gs_score(struct pars_gossip *g, struct pars_gossip_peer *p);
void gs_misbehaved(struct pars_gossip_peer *p, double points); /* P7 */
/* Takes messages out of the longest queues until so many more bytes can be held. */
void gs_shorten_queues(struct pars_gossip *g, size_t n);
void gs_expire_dont_wants(const struct pars_gossip *g, struct pars_gossip_peer *p);
bool gs_speaks_mesh(const struct pars_gossip_peer *p);
/* A new subscription of ours, or the end of one, is told to everybody. */
void gs_tell_subscription(struct pars_gossip *g, const struct topic *t);
void gs_peers_decay(struct pars_gossip *g, uint64_t seconds);
void gs_peers_expire(struct pars_gossip *g);
void gs_peers_done(struct pars_gossip *g);

/* gossip_mesh.c */
void gs_graft(struct pars_gossip *g, struct member *m, bool tell);
/* with_peers: offer others instead. */
void gs_prune(struct pars_gossip *g, struct member *m, pars_usec backoff, bool with_peers);
void gs_mesh_join(struct pars_gossip *g, struct topic *t);
void gs_mesh_leave(struct pars_gossip *g, struct topic *t);
/* Peers to publish to where we do not subscribe. */
void gs_mesh_fanout(struct pars_gossip *g, struct topic *t);
/* Gives whether a mesh waits for peers that time alone may let in. */
bool gs_heartbeat(struct pars_gossip *g);
pars_usec gs_heartbeat_interval(const struct pars_gossip *g);

#endif
