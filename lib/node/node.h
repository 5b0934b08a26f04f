/* node/node.h - the inside of struct pars_node, for the files of lib/node.
 *
 * node.c runs the step; the others each own a part of the state below and
 * implement the calls of pars.h about it. */
#ifndef PARS_NODE_NODE_H
#define PARS_NODE_NODE_H

#include <sys/queue.h>

#include "base/map.h"
#include "base/timer.h"
#include "codec/cid.h"
#include "dag/park.h"
#include "net/host.h"
#include "pars.h"
#include "session/session.h"
#include "store/store.h"
#include "sync/sync.h"

#define PARS_SYNC_PROTOCOL "/pars/sync/1.0.0"

/* Tags of streams: which part of the node they belong to. */
enum { TAG_SYNC = 1, TAG_KAD, TAG_AUTONAT, TAG_MAILBOX, TAG_GOSSIP /* and one more a version */ };

/* Where an address comes from; also the number kept in the store. */
enum peer_source { SOURCE_ADDED = 1, SOURCE_BOOTSTRAP, SOURCE_SESSION, SOURCE_ANCHOR };

enum node_state { STATE_STARTING, STATE_ONLINE, STATE_OFFLINE, STATE_RECONNECTING, STATE_PAUSED };

struct batch;
TAILQ_HEAD(batches, batch);

struct backup {
	TAILQ_ENTRY(backup) entry;
	struct pars_store_backup *job;
	bool done;
};

struct pars_node {
	struct pars_store *store;
	struct pars_metrics metrics;
	struct pars_rng rng;
	struct pars_ed25519_pair key;       /* the node key */
	struct pars_ed25519_pair identity;
	char *network, *agent;
	struct pars_time now, started;
	bool in_step, first_step_done;
	bool hurry, put_off;                /* this step; the one before */
	bool bulk;                          /* this step did what could have waited */
	pars_usec asked_us, rest_until_us;  /* somebody waited last then; until then bulk waits */
	bool durable;                       /* sync this step to disk before it counts */
	bool unsynced;                      /* vertices of others came in since the last such */
	struct pars_effects fx;             /* of the step that runs */

	bool save_apart;                    /* saving.c */
	uint64_t promised, syncing, saved;  /* durable steps: the last one, the last that the job
	                                     * covers, the last on disk */
	struct pars_job *sync_job;          /* out on a worker, or NULL */
	struct pars_effects waiting[2];     /* for that job, for the next one */

	struct pars_host *host;             /* peers.c */
	struct pars_multiaddr *listen;
	size_t listens;
	unsigned listen_failures;
	pars_usec relisten_us;
	char listen_error[200];
	bool paused;

	unsigned conns_high, conns_low;     /* room.c */
	uint64_t refused_seen;              /* connections, when they were counted last */
	pars_usec looked_us;                /* at connections, if there are enough */
	pars_usec room_us;                  /* connections are counted next */

	struct node_dht *dht;               /* dht.c */
	TAILQ_HEAD(presences, presence) presences;   /* presence.c */
	uint64_t presence_version;          /* of the sessions it has seen */
	struct node_boot *boot;             /* bootstrap.c */
	struct node_reach *reach;           /* reach.c */

	struct node_gossip *gossip;         /* gossip.c */
	struct node_relay *relay;           /* relay.c */
	struct node_mailboxes *mailboxes;   /* mailbox.c */

	struct pars_sessions *sessions;     /* sessions.c */

	struct pars_park *park;             /* admit.c */
	struct pars_digest *verifying;      /* vertices out on workers, each in a slot of its own */
	struct batches verified;            /* the next of each peer, if it is; in this order they go in */
	pars_usec park_expiry_us;

	TAILQ_HEAD(sync_peers, sync_peer) sync_peers; /* sync.c */
	struct pars_map sync_by_id;         /* the same, by peer id */
	struct pars_timers sync_timers;
	bool sync_news;                     /* what was behind may be so no longer */
	TAILQ_HEAD(sync_retries, sync_retry) sync_retries;
	struct pars_sync_replica replica;
	pars_usec anti_entropy_us;

	enum node_state state;              /* status.c */
	char reason[200];
	int64_t since_wall_ns, last_sync_wall_ns, offline_since_wall_ns;
	pars_usec alone_since_us;           /* without peers; PARS_NEVER: has some */

	TAILQ_HEAD(backups, backup) backups; /* storage.c */
	struct pars_job *fold;              /* likewise: out on a worker, or NULL */
	uint64_t next_backup;
	char integrity[300];
	struct pars_store_check *check;     /* or NULL */
	bool check_started;                 /* it is out on a worker */
};

/* node.c */
/* Somebody waits for this step, or asks all the time: bulk is for a later one. */
bool node_puts_off(const struct pars_node *node);
void node_did_bulk(struct pars_node *node);
/* Somebody asked a moment ago, and may ask again: steps should be shorter still. */
bool node_is_asked(const struct pars_node *node);
void node_log(struct pars_node *node, enum pars_log_level level, const char *fmt, ...) PARS_PRINTF(3, 4);

/* saving.c */
void node_saving_init(struct pars_node *node, const struct pars_node_config *config);
void node_saving_done(struct pars_node *node);
PARS_MUST enum pars_err node_saving_commit(struct pars_node *node);
/* What may leave of the effects, now that the step is committed. */
void node_saving_release(struct pars_node *node, struct pars_effects *out);
bool node_saving_job(struct pars_node *node, struct pars_job *job); /* false: not one of ours */

/* peers.c */
PARS_MUST enum pars_err node_peers_init(struct pars_node *node, const struct pars_node_config *config,
	struct pars_fault *fault);
void node_peers_start(struct pars_node *node); /* first step: listen and dial */
void node_peers_event(struct pars_node *node, const struct pars_host_event *ev);
void node_peers_tick(struct pars_node *node);
size_t node_peers_count(struct pars_node *node); /* secured connections */
pars_usec node_peers_deadline(const struct pars_node *node);
const struct pars_host_kept *node_peers_kept(struct pars_node *node, pars_conn conn); /* what it serves; or NULL */
/* Remembers where a peer that shares a session listens, for the next start. */
void node_peers_anchor(struct pars_node *node, pars_conn conn);
/* A multiaddr with our own kept connection; used by session join. */
PARS_MUST enum pars_err node_peers_keep(struct pars_node *node, const char *address, enum peer_source source,
	struct pars_fault *fault);

/* room.c */
void node_room_init(struct pars_node *node, unsigned conns_max);
void node_room_changed(struct pars_node *node, bool more); /* there is one connection more, or one less */
void node_room_tick(struct pars_node *node);
pars_usec node_room_deadline(const struct pars_node *node);

/* dht.c */
void node_dht_init(struct pars_node *node, const struct pars_node_config *config);
void node_dht_done(struct pars_node *node);
void node_dht_begin(struct pars_node *node);
void node_dht_event(struct pars_node *node, const struct pars_host_event *ev);
void node_dht_tick(struct pars_node *node);
pars_usec node_dht_deadline(const struct pars_node *node);

/* unreachable.c */
/* Whoever could not be reached is dialled again when next asked. */
void node_dht_forgive(struct pars_node *node);

/* told.c */
/* Asks peers that answered in earlier runs, the ones seen last first; gives how many. */
size_t node_dht_learn_saved(struct pars_node *node, size_t from, size_t most);
/* Whether an address is worth dialling or telling in this network. */
bool node_addr_usable(const struct pars_node *node, const struct pars_multiaddr *a);
/* Those of our own addresses that are. */
size_t node_own_addrs(const struct pars_node *node, struct pars_multiaddr *out, size_t max);

/* presence.c */
void node_presence_tick(struct pars_node *node);
pars_usec node_presence_deadline(const struct pars_node *node);
/* Seeks for all sessions now. */
void node_presence_hurry(struct pars_node *node);
void node_presence_done(struct pars_node *node);

/* bootstrap.c */
PARS_MUST enum pars_err node_boot_init(struct pars_node *node, const struct pars_node_config *config,
	struct pars_fault *fault);
void node_boot_done(struct pars_node *node);
/* EXISTS, LIMIT. */
PARS_MUST enum pars_err node_boot_add_dns(struct pars_node *node, const struct pars_multiaddr *addr);
void node_boot_resolved(struct pars_node *node, const struct pars_event *ev);
/* There is something beside kept addresses that may lead to nodes. */
bool node_boot_hopes(const struct pars_node *node);
void node_boot_tick(struct pars_node *node);
pars_usec node_boot_deadline(const struct pars_node *node);

/* reach.c */
void node_reach_init(struct pars_node *node);
void node_reach_done(struct pars_node *node);
void node_reach_event(struct pars_node *node, const struct pars_host_event *ev);
void node_reach_tick(struct pars_node *node);
pars_usec node_reach_deadline(const struct pars_node *node);
/* Whether others can dial us, as far as is known. */
bool node_reach_public(const struct pars_node *node);
const char *node_reach_reason(const struct pars_node *node); /* in a sentence */

/* gossip.c */
void node_gossip_init(struct pars_node *node);
void node_gossip_done(struct pars_node *node);
void node_gossip_begin(struct pars_node *node);
void node_gossip_event(struct pars_node *node, const struct pars_host_event *ev);
void node_gossip_tick(struct pars_node *node);
/* A peer that a person vouches for gets everything, outside all meshes. */
void node_gossip_trust(struct pars_node *node, const struct pars_peer_id *id, bool trusted);
void node_gossip_flush(struct pars_node *node); /* moves output into streams */
pars_usec node_gossip_deadline(const struct pars_node *node);
/* A vertex of ours, to all subscribers; false: it was not taken. */
bool node_gossip_publish(struct pars_node *node, const struct pars_session *s, struct pars_bytes raw);
/* Of a vertex that may have come by gossip: it stands in the DAG now, or never
 * will. */
void node_gossip_judged(struct pars_node *node, const struct pars_digest *vertex, bool good);
bool node_gossip_has(const struct pars_node *node, const struct pars_digest *vertex); /* accepted lately */
/* What we publish in the session goes to this peer. */
bool node_gossip_reaches(const struct pars_node *node, const struct pars_session *s, const struct pars_peer_id *id);

/* relay.c */
void node_relay_init(struct pars_node *node, const struct pars_node_config *config);
void node_relay_done(struct pars_node *node);
void node_relay_event(struct pars_node *node, const struct pars_host_event *ev);
void node_relay_tick(struct pars_node *node);
pars_usec node_relay_deadline(const struct pars_node *node);
/* Whether n more bytes of a session may be stored; always so of our own. */
bool node_relay_takes(struct pars_node *node, const struct pars_session *s, size_t n);
bool node_relay_is_full(const struct pars_node *node, const struct pars_session *s);
void node_relay_took(struct pars_node *node, const struct pars_session *s, size_t n);
/* A session that was carried is our own now. */
void node_relay_adopted(struct pars_node *node, uint32_t session);

/* mailbox.c */
void node_mailbox_init(struct pars_node *node);
void node_mailbox_done(struct pars_node *node);
void node_mailbox_event(struct pars_node *node, const struct pars_host_event *ev);
void node_mailbox_tick(struct pars_node *node);
pars_usec node_mailbox_deadline(const struct pars_node *node);

/* trust.c */
bool node_trust_verified(struct pars_node *node, const struct pars_peer_id *id);

/* cursor.c */
/* INVALID: no page gave it. */
PARS_MUST enum pars_err node_cursor_bad(const char *cursor, struct pars_fault *fault);
/* A number; of NULL 0, the beginning. INVALID. */
PARS_MUST enum pars_err node_cursor_number(const char *cursor, uint64_t *ret, struct pars_fault *fault);

/* sessions.c */
/* By id, unambiguous prefix of it, or exact name. */
struct pars_session *node_session_find(struct pars_node *node, const char *text, struct pars_fault *fault);
/* A place in canonical order. The cursor of such a page is the id of its last
 * vertex; NULL is the beginning. INVALID. */
struct node_place {
	int64_t lamport;
	struct pars_ed25519_public author;
	struct pars_digest id;
};
PARS_MUST enum pars_err node_place_find(struct pars_node *node, const struct pars_session *session,
	const char *cursor, struct node_place *ret, struct pars_fault *fault);
const char *node_did(struct pars_arena *a, const struct pars_ed25519_public *key);
const char *node_cid(struct pars_arena *a, const struct pars_digest *id);
/* peers.c */
const char *node_peer_text(struct pars_arena *a, const struct pars_peer_id *id);
const char *node_addr_text(struct pars_arena *a, const struct pars_multiaddr *addr);

/* admit.c */
void node_admit_init(struct pars_node *node);
void node_admit_done(struct pars_node *node);
/* A vertex came by gossip: verified and inserted like one from a sync stream. */
void node_admit_gossiped(struct pars_node *node, const struct pars_session *session, const struct pars_peer_id *from,
	struct pars_bytes raw);
void node_admit_job(struct pars_node *node, struct pars_job *job);
void node_admit_tick(struct pars_node *node);
pars_usec node_admit_deadline(const struct pars_node *node);

/* sync.c */
void node_sync_init(struct pars_node *node);
void node_sync_done(struct pars_node *node);
void node_sync_event(struct pars_node *node, const struct pars_host_event *ev);
void node_sync_tick(struct pars_node *node);
void node_sync_flush(struct pars_node *node); /* moves output into streams */
pars_usec node_sync_deadline(const struct pars_node *node);
void node_sync_offer(struct pars_node *node, const struct pars_session *session);
/* Begins all streams anew: a session goes away, and none may name it any more. */
void node_sync_restart(struct pars_node *node);
/* A vertex of ours is new, or (NULL) something else of the session changed. */
void node_sync_changed(struct pars_node *node, const struct pars_session *session, const struct pars_digest *pushed);
/* Connected nodes that serve the session, and how many of them are equal. */
size_t node_sync_shared(struct pars_node *node, uint32_t session, size_t *ret_equal);
/* Whether the peer behind conn serves one of our sessions, too. */
bool node_sync_shares(struct pars_node *node, pars_conn conn);
/* … and all those that both serve are equal. */
bool node_sync_is_equal(struct pars_node *node, pars_conn conn);
/* How many own vertices are at least on their way to somebody. */
uint64_t node_sync_sent(struct pars_node *node, uint32_t session);
void node_sync_notify(struct pars_node *node, const struct pars_session *session, enum pars_topic topic);

/* status.c */
void node_status_init(struct pars_node *node);
void node_status_update(struct pars_node *node);
pars_usec node_status_deadline(const struct pars_node *node);

/* storage.c */
void node_storage_init(struct pars_node *node, bool skip_check);
void node_storage_start(struct pars_node *node); /* first step */
void node_storage_tick(struct pars_node *node);
bool node_storage_job(struct pars_node *node, struct pars_job *job); /* false: not one of ours */
void node_storage_done(struct pars_node *node);

#endif
