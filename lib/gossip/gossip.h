/* gossip/gossip.h - a pubsub router as a state machine (libp2p specs:
 * pubsub/gossipsub/gossipsub-v1.0.md, -v1.1.md, -v1.2.md; floodsub where that
 * is all a peer speaks).
 *
 * It knows no stream: what a peer said goes in by pars_gossip_input, what is
 * to be said to it comes out by pars_gossip_output. Messages of others come as
 * events, at most once each, before anything of them is checked; whoever
 * checked says _validated, and only what was accepted goes on to others.
 *
 * A copy of a message is recognised before any signature is looked at. All
 * queues are bounded; control goes before messages. */
#ifndef PARS_GOSSIP_GOSSIP_H
#define PARS_GOSSIP_GOSSIP_H

#include "base/io.h"
#include "base/metric.h"
#include "crypto/rng.h"
#include "gossip/message.h"
#include "gossip/score.h"

/* What a peer's stream was negotiated for. */
enum pars_gossip_version { PARS_GOSSIP_FLOOD, PARS_GOSSIP_1_0, PARS_GOSSIP_1_1, PARS_GOSSIP_1_2 };
#define PARS_GOSSIP_VERSIONS 4
extern const char *const pars_gossip_protocols[PARS_GOSSIP_VERSIONS]; /* by version */

struct pars_gossip_limits {
	unsigned d, d_lo, d_hi;        /* peers in a mesh: wanted, at least, at most: 6, 4, 12 */
	unsigned d_lazy;               /* told of what they may lack: at least 6 … */
	unsigned lazy_percent;         /* … or 25 % of those outside the mesh */
	unsigned d_score, d_out;       /* kept by score, kept that we dialled, when a mesh shrinks: 4, 2 */
	pars_usec heartbeat;           /* 1 s at full effort … */
	pars_usec heartbeat_slow;      /* … up to 5 s at none, and while a mesh waits for peers; */
	pars_usec heartbeat_calm;      /* while nothing happens and none does, 60 s */
	unsigned history, told;        /* heartbeats a message can be asked for, is told of: 5, 3 */
	pars_usec fanout_ttl;          /* 60 s */
	pars_usec seen_ttl;            /* 120 s */
	pars_usec backoff, unsubscribe_backoff; /* 60 s, 10 s */
	pars_usec graft_flood;         /* a GRAFT so soon after a PRUNE weighs double: 10 s */
	pars_usec followup;            /* a message asked for must come within 3 s */
	unsigned px_max;               /* peers told in a PRUNE: 16 */
	unsigned ihave_max, ids_max;   /* IHAVEs, and ids asked for, of a peer in a heartbeat: 10, 5000 */
	unsigned idontwant_max;        /* IDONTWANTs of a peer in a heartbeat: 100 */
	unsigned retransmit_max;       /* of one message to one peer that asks: 3 */
	size_t idontwant_min;          /* data from this size on is not wanted twice: 1024 */
	unsigned peers_max;            /* connected: 256 */
	unsigned topics_max;           /* 65,536 in all, ours and others' */
	unsigned peer_topics_max;      /* 2048 that one peer subscribes to */
	unsigned seen_max;             /* messages remembered: 65,536 */
	size_t held_max;               /* bytes of messages held: 16 MiB */
	size_t queue_max;              /* bytes of messages queued for a peer: 2 MiB, at least one */
	struct pars_gossip_score_params score;
};
extern const struct pars_gossip_limits pars_gossip_default_limits;

struct pars_gossip_config {
	const struct pars_ed25519_pair *key; /* borrowed: whose signed messages are ours */
	uint64_t seqno;                      /* the first number of ours: Unix time in ns */
	struct pars_gossip_limits limits;
	struct pars_metrics *metrics;        /* borrowed */
	struct pars_rng *rng;                /* borrowed */
};

struct pars_gossip;
struct pars_gossip *pars_gossip_new(const struct pars_gossip_config *config);
void pars_gossip_free(struct pars_gossip *g); /* NULL is fine */
PARS_AUTO_DEFINE(pars_gossip)

/* Time of the calls that follow; never goes back. Scores decay by it. */
void pars_gossip_begin(struct pars_gossip *g, pars_usec now);
void pars_gossip_tick(struct pars_gossip *g);
pars_usec pars_gossip_deadline(const struct pars_gossip *g); /* or PARS_NEVER */
/* The one knob for load, battery and metered links, 0 to 100 (at first): the
 * size of meshes, how many are told what they may lack, and how often. */
void pars_gossip_set_effort(struct pars_gossip *g, unsigned percent);

/* -- peers ---------------------------------------------------------------------- */

struct pars_gossip_peer; /* good until its _down */

/* where: its IP address, of which P6 lets only so many in; NULL: it does not
 * count (private). outbound: we dialled. NULL: there are peers_max, or this
 * peer is up already. */
struct pars_gossip_peer *pars_gossip_peer_up(struct pars_gossip *g, const struct pars_peer_id *id,
	enum pars_gossip_version version, const struct pars_endpoint *where, bool outbound);
void pars_gossip_peer_down(struct pars_gossip *g, struct pars_gossip_peer *p);
/* Its signed record, as it may be told to others; copied. */
void pars_gossip_peer_set_record(struct pars_gossip_peer *p, struct pars_bytes record);
/* P5: what is known of it elsewhere. */
void pars_gossip_peer_set_app_score(struct pars_gossip_peer *p, double score);
/* Messages are always exchanged with it, whatever its score, outside all
 * meshes. Both sides should say so of each other. */
void pars_gossip_set_direct(struct pars_gossip *g, const struct pars_peer_id *id, bool direct);

/* One RPC without its length. PEER_MALFORMED: blame and reset. */
PARS_MUST enum pars_err pars_gossip_input(struct pars_gossip *g, struct pars_gossip_peer *p, struct pars_bytes rpc);
/* A peer to which there is something new to say, each once until there is more;
 * NULL at the end. Who is not written to after that (its stream is full) may be
 * at any time. */
struct pars_gossip_peer *pars_gossip_ready(struct pars_gossip *g);
void pars_gossip_peer_set_user(struct pars_gossip_peer *p, void *user); /* the caller's own, borrowed */
void *pars_gossip_peer_user(const struct pars_gossip_peer *p);
/* What is to be written next, behind its length; empty: nothing now. Good
 * until the next call; _sent says how much of it was written. */
struct pars_bytes pars_gossip_output(struct pars_gossip *g, struct pars_gossip_peer *p);
void pars_gossip_sent(struct pars_gossip_peer *p, size_t n);

/* -- topics ------------------------------------------------------------------------ */

/* Both sides of a topic must hold the same policy. INVALID: no name, or too
 * long; EXISTS; LIMIT. */
PARS_MUST enum pars_err pars_gossip_subscribe(struct pars_gossip *g, const char *topic,
	enum pars_gossip_policy policy, const struct pars_gossip_topic_params *params);
void pars_gossip_unsubscribe(struct pars_gossip *g, const char *topic);
/* To all subscribers that are known (their score permitting), whether we
 * subscribe or not; policy counts if not. EXISTS: these very bytes were seen
 * lately; INVALID, TOO_LARGE, LIMIT. */
PARS_MUST enum pars_err pars_gossip_publish(struct pars_gossip *g, const char *topic, enum pars_gossip_policy policy,
	struct pars_bytes data, struct pars_gossip_id *ret_id);

enum pars_gossip_verdict {
	PARS_GOSSIP_ACCEPT, /* goes on to others, with the next step */
	PARS_GOSSIP_IGNORE, /* does not, and nobody is to blame */
	PARS_GOSSIP_REJECT, /* does not, and whoever sent it is to blame */
};
/* About a message that came as an event: at any time while it is remembered;
 * later, or about another, nothing happens. */
void pars_gossip_validated(struct pars_gossip *g, const struct pars_gossip_id *id, enum pars_gossip_verdict verdict);

/* Whether these bytes were accepted lately. */
bool pars_gossip_has(const struct pars_gossip *g, const struct pars_gossip_id *id);
/* Whether what we publish goes to this peer: it subscribes, and may have it. */
bool pars_gossip_reaches(struct pars_gossip *g, struct pars_gossip_peer *p, const char *topic);

enum pars_gossip_event_type {
	PARS_GOSSIP_EV_MESSAGE, /* from, topic, id, message: check it and say _validated */
	PARS_GOSSIP_EV_PEERS,   /* from told of another subscriber: record (not opened yet) */
	PARS_GOSSIP_EV_TOPIC,   /* from subscribed to one of our topics (joined), or left it */
};
struct pars_gossip_event {
	enum pars_gossip_event_type type;
	struct pars_peer_id from;
	const char *topic;
	enum pars_gossip_policy policy;
	bool joined;
	struct pars_gossip_id id;
	const struct pars_gossip_message *message; /* borrowed, as all, until the next _next */
	struct pars_bytes record;
};
bool pars_gossip_next(struct pars_gossip *g, struct pars_gossip_event *ret);

/* -- for people ------------------------------------------------------------------------ */

struct pars_gossip_topic_info {
	const char *name;
	bool subscribed;
	enum pars_gossip_policy policy;
	unsigned peers, mesh, fanout;
	uint64_t published, delivered, duplicates; /* by us; to us; copies that came beside */
};
/* Topics that we subscribe or publish to: *at starts at 0; false at the end. */
bool pars_gossip_topic_next(const struct pars_gossip *g, size_t *at, struct pars_gossip_topic_info *ret);

struct pars_gossip_member_info {
	struct pars_peer_id id;
	const char *topic;
	enum pars_gossip_version version;
	bool mesh, fanout, direct, outbound;
	double score;              /* the peer's, over all topics */
	pars_usec backoff_us;      /* until it may be grafted again; 0: now */
	size_t queued;             /* bytes of messages that wait for it */
};
/* Connected subscribers of our topics. */
bool pars_gossip_member_next(struct pars_gossip *g, size_t *at, struct pars_gossip_member_info *ret);

struct pars_gossip_stats {
	size_t peers, gone, topics, seen, held_bytes, queued_bytes; /* gone: left, and not forgotten */
	unsigned effort;
};
void pars_gossip_stats(const struct pars_gossip *g, struct pars_gossip_stats *ret);

#endif
