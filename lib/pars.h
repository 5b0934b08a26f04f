/* pars.h - a whole Pars node as a state machine: the API of libpars.a.
 *
 * The node opens no socket, reads no clock, draws no random number, starts no
 * thread and never sleeps. The outside reads the clock, hands in what
 * happened and carries out what it is told, in *steps*:
 *
 *   pars_step_begin(node, now);
 *   pars_step_event(node, &event);      // any number
 *   pars_session_send(node, …);         // any number of the calls below
 *   err = pars_step_end(node, &effects);
 *
 * A step is one database transaction: _end commits, and only then are the
 * effects (and whatever the calls returned) true and to be told to anybody.
 * When _end fails (class SYSTEM: the disk is full, read-only, broken) the
 * step did not happen: answer its callers with that error, free the node,
 * drop its connections, and open it again. What was committed before is safe.
 *
 * Calls that change something must stand inside a step; calls that only read
 * (PARS_READ) may stand anywhere. All of them take and give ids as text.
 * Results live in the caller's arena. A fault tells people what was wrong.
 *
 * One node is one thread's. Any number of nodes fit one process. */
#ifndef PARS_H
#define PARS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/io.h"
#include "base/metric.h"

#define PARS_READ /* marks calls that change nothing */

#define PARS_PAGE_MAX 1000          /* most rows of one page */
#define PARS_MESSAGE_MAX 60000      /* bytes of a message's text */
#define PARS_NAME_MAX 100           /* bytes of a session's or member's name */

struct pars_node;

/* What the node is in the distributed hash table. AUTO: a server while others
 * can dial it, else a client, which asks and is not asked. */
enum pars_kad_mode { PARS_KAD_AUTO, PARS_KAD_SERVER, PARS_KAD_CLIENT, PARS_KAD_OFF };

/* Whose sessions the node carries: its friends' (peers that were added or
 * verified), nobody's, anybody's. */
enum pars_relay_mode { PARS_RELAY_FRIENDS, PARS_RELAY_OFF, PARS_RELAY_ON };

struct pars_relay_limits { /* 0: the default */
	uint64_t total_bytes;     /* of all sessions carried, 1 GiB */
	uint64_t session_bytes;   /* of one, 64 MiB */
	uint64_t requester_bytes; /* for one peer, 256 MiB */
	unsigned days;            /* of our running after it was last asked for, 62 */
};

struct pars_node_config {
	const char *path;          /* of the SQLite database */
	const char *vfs;           /* SQLite VFS, NULL: the default one */
	uint8_t seed[32];          /* fresh randomness at every start */
	const uint8_t *node_key;   /* 32 bytes, the seed of the node's Ed25519 key; NULL: its own */
	const char *agent;         /* "parsd/0.1.0" */
	const char *network;       /* "dev", "testnet", "mainnet" or a custom name */
	const char *const *listen; /* multiaddrs, PARS_COUNT listens */
	size_t listens;
	const char *const *bootstrap;
	size_t bootstraps;
	enum pars_kad_mode kad_mode;
	const char *kad_protocol;  /* NULL: that of the network */
	bool private_addresses;    /* nodes of this network find each other at private
	                            * addresses, too (always so on "dev") */
	const char *bootstrap_key; /* did:key whose signed bootstrap lists count; NULL: none */
	const char *bootstrap_list; /* such a list (hex), as shipped; NULL: none */
	enum pars_relay_mode relay_mode;
	struct pars_relay_limits relay;
	unsigned conns_max;        /* connections, at least 16; 0: 128. Three of four for inbound ones */
	bool skip_integrity_check; /* after an unclean end it is a job otherwise */
	bool save_apart;           /* see pars_saved */
};

/* Opens or creates the database and starts listening and dialling with the
 * first step. Faults: INVALID (an address), EXISTS (the database has another
 * node_key), DISK_*, DB_*. */
PARS_MUST enum pars_err pars_node_new(const struct pars_node_config *config,
	struct pars_time now, struct pars_node **ret, struct pars_fault *fault);
/* Says goodbye: closes listeners and connections, marks a clean end. In a
 * step; after its _end free the node. */
void pars_node_shutdown(struct pars_node *node);
/* Without _shutdown: like a crash. NULL is fine. Jobs still out are freed by
 * their own free() when the outside returns from them. */
void pars_node_free(struct pars_node *node);
PARS_AUTO_DEFINE(pars_node)

void pars_step_begin(struct pars_node *node, struct pars_time now);
void pars_step_event(struct pars_node *node, const struct pars_event *event);
/* In a step: somebody waits for its end. What peers brought or are to get may be left
 * to the next step, if it was not left to this one already; and for 10 ms from now on
 * it comes in smaller portions, with rests in between that the deadline tells. */
void pars_step_hurry(struct pars_node *node);
PARS_MUST enum pars_err pars_step_end(struct pars_node *node, struct pars_effects *out);
/* What people and peers are told is saved is on disk, and a disk takes its time.
 * _end waits for it; with config.save_apart a job does, and what has to wait
 * for that, waits: effects that tell peers something come with a later _end,
 * and what the calls that change something gave is to be told once pars_saved
 * is no less than pars_promised was after their _end. Whoever only reads need
 * not wait, as it is not told that what it reads is saved. Both count from 0. */
PARS_READ uint64_t pars_promised(const struct pars_node *node);
PARS_READ uint64_t pars_saved(const struct pars_node *node);
/* Begin a step (without events) not later than this; PARS_NEVER: no need. */
pars_usec pars_node_deadline(const struct pars_node *node);
/* The machine's own addresses, for listeners on 0.0.0.0 and ::. */
void pars_node_set_interfaces(struct pars_node *node, const struct pars_endpoint *list, size_t n);
PARS_READ const struct pars_metrics *pars_node_metrics(const struct pars_node *node);

/* -- node ---------------------------------------------------------------- */

struct pars_strings {
	const char **list;
	size_t count;
};

/* starting -> online <-> offline -> reconnecting -> online, plus paused. */
struct pars_status {
	const char *state;
	const char *reason;      /* one sentence: why it is in that state */
	int64_t since_wall_ns;   /* of the state */
	pars_usec uptime_us;
	const char *network;
	const char *peer_id;
	struct pars_strings listen; /* multiaddrs with real ports, no /p2p */
	uint64_t peers;          /* connected */
	uint64_t sessions;
	uint64_t vertices;
	uint64_t queued;         /* own vertices that no other node is known to hold */
	int64_t offline_since_wall_ns; /* since then no node is connected; 0: one is */
	int64_t last_sync_wall_ns; /* last time a session was found equal with a peer; 0: never */
	const char *listen_error; /* why it cannot listen as it was told, in a sentence; "": it can */
};
PARS_READ void pars_status_get(struct pars_node *node, struct pars_arena *a, struct pars_status *ret);

struct pars_id_info {
	const char *peer_id;     /* 12D3Koo… */
	const char *did;         /* did:key:z6Mk…, the identity */
	const char *dht_id;      /* 64 hex digits */
	struct pars_strings addresses; /* dialable multiaddrs with /p2p */
};
PARS_READ void pars_id_get(struct pars_node *node, struct pars_arena *a, struct pars_id_info *ret);

/* Cuts the node off (closes all connections and listeners, dials nobody)
 * while it goes on working locally; lasts over restarts until resumed. */
void pars_pause(struct pars_node *node);
void pars_resume(struct pars_node *node);

/* How much the node may spend on passing things on, 0 to 100 (at first): fewer
 * peers are told at once, and less often, on a low battery or a metered link.
 * What is meant for this node arrives all the same, a little later. */
void pars_effort_set(struct pars_node *node, unsigned percent);

/* -- peers ---------------------------------------------------------------- */

struct pars_peer_info {
	const char *peer_id;     /* "" for a kept address whose peer is not known */
	const char *address;     /* multiaddr */
	bool connected, inbound;
	bool kept;               /* added or bootstrap: dialled for ever */
	const char *source;      /* "added", "bootstrap", "session", "inbound" */
	const char *agent;       /* "" until identified */
	pars_usec connected_us;  /* for how long; 0: not connected */
	pars_usec rtt_us;        /* 0: not measured */
	int64_t score;           /* 0 is good, negative is bad */
	bool verified;           /* a person compared its key with its owner's */
	uint64_t bytes_in, bytes_out;
	uint64_t failures;       /* dials in a row */
	pars_usec next_dial_us;  /* from now; 0: none planned */
	const char *last_error;  /* "" when none */
};
struct pars_peer_page {
	struct pars_peer_info *list;
	size_t count;
	const char *next; /* cursor of the next page, NULL: this was the last */
};
/* cursor: NULL or a page's `next`. */
PARS_READ PARS_MUST enum pars_err pars_peer_list(struct pars_node *node, const char *cursor, size_t limit,
	struct pars_arena *a, struct pars_peer_page *ret, struct pars_fault *fault);
/* Keeps a connection to a multiaddr, over restarts. */
PARS_MUST enum pars_err pars_peer_add(struct pars_node *node, const char *address, struct pars_fault *fault);
/* Whether an address could be dialled, as config.bootstrap and _add take it. */
PARS_READ PARS_MUST enum pars_err pars_address_check(const char *address, struct pars_fault *fault);
/* Whether it could be listened on, as config.listen takes it. */
PARS_READ PARS_MUST enum pars_err pars_listen_check(const char *address, struct pars_endpoint *ret,
	struct pars_fault *fault);
/* One more of the config's bootstrap addresses. */
PARS_MUST enum pars_err pars_peer_bootstrap(struct pars_node *node, const char *address,
	struct pars_fault *fault);
/* By multiaddr or peer id: no longer kept, and disconnected. */
PARS_MUST enum pars_err pars_peer_remove(struct pars_node *node, const char *address_or_id,
	struct pars_fault *fault);

/* How a peer behaved, and whether a person compared keys with its owner. */
struct pars_peer_score {
	const char *peer_id;
	int64_t score;           /* 0 is good, negative is bad; recovers with time */
	int64_t stake;           /* weight that a registry of stakes lends it; 0: none */
	pars_usec banned_us;     /* refused for so long still; 0: not */
	struct pars_strings reasons; /* what moved the score, newest first */
	bool verified;
	const char *code;        /* to be compared: both nodes show the same digits */
};
PARS_READ PARS_MUST enum pars_err pars_peer_score_get(struct pars_node *node, const char *peer_id,
	struct pars_arena *a, struct pars_peer_score *ret, struct pars_fault *fault);
/* Remembers that the codes were found equal (or, with false, forgets it). */
PARS_MUST enum pars_err pars_peer_verify(struct pars_node *node, const char *peer_id, bool verified,
	struct pars_fault *fault);

/* -- finding others ---------------------------------------------------------- */

struct pars_kad_info {
	const char *mode;        /* "server", "client", "off" */
	const char *reason;      /* why it is that, in a sentence */
	const char *protocol;
	uint64_t nodes;          /* in the routing table */
	uint64_t estimate;       /* nodes the network seems to have; 0: not known */
	uint64_t records, records_bytes, providers; /* kept for others */
	uint64_t provides;       /* keys that this node announces */
	uint64_t lookups;        /* running */
	pars_usec next_refresh_us; /* from now; 0: it is empty, or that goes on */
};
PARS_READ void pars_kad_get(struct pars_node *node, struct pars_arena *a, struct pars_kad_info *ret);

struct pars_kad_node {
	const char *peer_id;
	struct pars_strings addresses;
	uint64_t bucket;         /* bits its place shares with ours */
	pars_usec seen_us;       /* ago: it answered */
	pars_usec since_us;      /* ago: it entered the table */
	uint64_t failures;       /* in a row */
};
struct pars_kad_page {
	struct pars_kad_node *list;
	size_t count;
	const char *next;
};
/* The routing table, nearest last. */
PARS_READ PARS_MUST enum pars_err pars_kad_list(struct pars_node *node, const char *cursor, size_t limit,
	struct pars_arena *a, struct pars_kad_page *ret, struct pars_fault *fault);

/* Lookups take a while: _start gives a number, TOPIC_KAD tells it when the
 * lookup is done, and _result gives what it found, for 60 s. */
enum pars_kad_kind {
	PARS_KAD_CLOSEST,   /* key: any text; the nodes nearest to its bytes */
	PARS_KAD_PEER,      /* key: a peer id */
	PARS_KAD_GET,       /* key: /pk/PEER-ID or /pars/64 HEX DIGITS */
	PARS_KAD_PUT,       /* key: a name; value: signed by our identity, kept up */
	PARS_KAD_PROVIDE,   /* key: a CID or 64 hex digits; kept up */
	PARS_KAD_PROVIDERS, /* the same */
};
PARS_MUST enum pars_err pars_kad_start(struct pars_node *node, enum pars_kad_kind kind, const char *key,
	struct pars_bytes value, uint64_t *ret, struct pars_fault *fault);
/* Announces the key no longer. NOT_FOUND. */
PARS_MUST enum pars_err pars_kad_unprovide(struct pars_node *node, const char *key, struct pars_fault *fault);

struct pars_kad_result {
	struct pars_kad_node *nodes; /* nearest first, or providers, or the peer */
	size_t count;
	const char *key;         /* put: what to get it by */
	const char *author;      /* get of /pars/: did:key; "" otherwise */
	const char *value;       /* get: text, or hex when it is no valid UTF-8 text */
	bool hex;
	uint64_t seq;
	uint64_t stored;         /* put, provide: nodes that took it */
	uint64_t hops, asked, answered, failed;
	pars_usec took_us;
	bool sparse;             /* fewer nodes answered near the key than the network's size
	                          * lets expect: what was not found may be hidden */
};
/* NOT_READY until it is done; then its result, once: NOT_FOUND, or what
 * stopped it. */
PARS_READ PARS_MUST enum pars_err pars_kad_result(struct pars_node *node, uint64_t number, struct pars_arena *a,
	struct pars_kad_result *ret, struct pars_fault *fault);

/* -- carrying sessions for others --------------------------------------------- */

struct pars_relay_info {
	const char *mode;        /* "friends", "off", "on" */
	uint64_t sessions, bytes; /* carried now */
	uint64_t refused;        /* vertices for which there was no room, since the start */
	uint64_t total_bytes, session_bytes, requester_bytes, days;
};
PARS_READ void pars_relay_get(struct pars_node *node, struct pars_relay_info *ret);

struct pars_relay_row {
	const char *session;
	struct pars_strings requesters; /* peer ids */
	uint64_t vertices, bytes;
	pars_usec left_us;       /* of our running, unless it is asked for again */
	bool full;
};
struct pars_relay_page {
	struct pars_relay_row *list; /* at most 256: all */
	size_t count;
};
PARS_READ void pars_relay_list(struct pars_node *node, struct pars_arena *a, struct pars_relay_page *ret);
/* NOT_FOUND. */
PARS_MUST enum pars_err pars_relay_drop(struct pars_node *node, const char *session, struct pars_fault *fault);

/* Asks the node at this address (a multiaddr with /p2p) to carry a session, and
 * asks again as long as it shall. NOT_FOUND, INVALID, EXISTS, LIMIT. */
PARS_MUST enum pars_err pars_mailbox_add(struct pars_node *node, const char *session, const char *address,
	struct pars_fault *fault);
PARS_MUST enum pars_err pars_mailbox_remove(struct pars_node *node, const char *session, const char *peer_id,
	struct pars_fault *fault);
struct pars_mailbox_row {
	const char *session, *name, *peer_id, *address;
	bool carries, connected;
	const char *result;      /* what it said, or why it could not be asked */
	uint64_t quota;          /* bytes */
	pars_usec left_us;       /* it keeps the session so long if nobody asks again */
	pars_usec next_us;       /* until it is asked next */
};
struct pars_mailbox_page {
	struct pars_mailbox_row *list; /* at most 256: all */
	size_t count;
};
PARS_READ void pars_mailbox_list(struct pars_node *node, struct pars_arena *a, struct pars_mailbox_page *ret);

/* -- pubsub: topics of sessions, and those that the user joins --------------- */

struct pars_pubsub_topic {
	const char *topic;
	bool joined;             /* false: only published to */
	bool is_signed;          /* messages carry their author's signature */
	uint64_t peers, mesh;    /* subscribers connected; those of them to whom all goes */
	uint64_t published, delivered, duplicates;
};
struct pars_pubsub_topics {
	struct pars_pubsub_topic *list;
	size_t count;
	const char *next;
};
PARS_READ PARS_MUST enum pars_err pars_pubsub_topics(struct pars_node *node, const char *cursor, size_t limit,
	struct pars_arena *a, struct pars_pubsub_topics *ret, struct pars_fault *fault);

struct pars_pubsub_member {
	const char *topic, *peer_id, *protocol;
	bool mesh, direct, outbound;
	int64_t score;           /* the peer's, over all topics; 0 is fair */
	pars_usec backoff_us;    /* until it may come into the mesh again */
	uint64_t queued;         /* bytes of messages that wait for it */
};
struct pars_pubsub_mesh {
	struct pars_pubsub_member *list;
	size_t count;
	const char *next;
};
/* Connected subscribers; topic NULL: of all topics. */
PARS_READ PARS_MUST enum pars_err pars_pubsub_mesh(struct pars_node *node, const char *topic, const char *cursor,
	size_t limit, struct pars_arena *a, struct pars_pubsub_mesh *ret, struct pars_fault *fault);

/* Until the node ends. Names that begin with /pars/ are the node's own.
 * INVALID, EXISTS, LIMIT; _leave: INVALID, NOT_FOUND. */
PARS_MUST enum pars_err pars_pubsub_join(struct pars_node *node, const char *topic, bool is_signed,
	struct pars_fault *fault);
PARS_MUST enum pars_err pars_pubsub_leave(struct pars_node *node, const char *topic, struct pars_fault *fault);
/* To whoever of the topic is connected, joined or not; nothing is kept for
 * those who are not. is_signed counts unless joined. ret_peers: how many it is
 * on its way to. INVALID, TOO_LARGE (1 MiB), EXISTS, LIMIT, PAUSED. */
PARS_MUST enum pars_err pars_pubsub_publish(struct pars_node *node, const char *topic, struct pars_bytes data,
	bool is_signed, struct pars_arena *a, const char **ret_id, uint64_t *ret_peers, struct pars_fault *fault);

struct pars_pubsub_message {
	const char *topic;
	const char *from;        /* who signed it, else who passed it to us */
	bool is_signed;
	int64_t wall_ns;         /* when it came */
	const char *text;        /* NULL: it is no text */
	const char *data;        /* 0x… */
};
struct pars_pubsub_page {
	struct pars_pubsub_message *list;
	size_t count;
	const char *next;        /* where to go on; never NULL */
	bool more;
};
/* What came for a joined topic (of all topics together the last 256 messages,
 * no more than 4 MiB, are kept). cursor: "" the oldest kept, "end", or a page's
 * `next`. PARS_TOPIC_PUBSUB tells of more. INVALID; NOT_FOUND: not joined. */
PARS_READ PARS_MUST enum pars_err pars_pubsub_read(struct pars_node *node, const char *topic, const char *cursor,
	size_t limit, struct pars_arena *a, struct pars_pubsub_page *ret, struct pars_fault *fault);

/* A place where first peers come from. */
struct pars_bootstrap_source {
	const char *level;       /* "saved", "configured", "list", "dns", "dht" */
	const char *source;      /* an address, a name, or what it is */
	int64_t tried_wall_ns;   /* last; 0: never */
	uint64_t tries, failures; /* failures: in a row */
	uint64_t found;          /* addresses that came of it last */
	const char *result;      /* a sentence; "" before the first try */
	pars_usec next_us;       /* from now; 0: now, or none is planned as it works */
};
struct pars_bootstrap_page {
	struct pars_bootstrap_source *list;
	size_t count;
};
PARS_READ void pars_bootstrap_list(struct pars_node *node, struct pars_arena *a, struct pars_bootstrap_page *ret);
/* Tries every source now. */
PARS_MUST enum pars_err pars_bootstrap_try(struct pars_node *node, struct pars_fault *fault);
/* True when every source was tried since the last _try began. */
PARS_READ bool pars_bootstrap_tried(struct pars_node *node);
/* Signs a bootstrap list with this node's identity; gives its hex text and the
 * did:key it counts under. */
PARS_MUST enum pars_err pars_bootstrap_sign(struct pars_node *node, const char *const *addresses, size_t n,
	struct pars_arena *a, const char **ret_list, const char **ret_key, struct pars_fault *fault);

/* -- sessions -------------------------------------------------------------- */

/* Opens a session; its name travels in it. Gives its id (a CID). Who knows the
 * id of an open one can find it; a private one needs an invitation. */
PARS_MUST enum pars_err pars_session_new(struct pars_node *node, const char *name, const char *nick,
	bool is_private, struct pars_arena *a, const char **ret_id, struct pars_fault *fault);
/* A text that lets somebody join: the session, its secret if it is private,
 * and a few addresses to begin at. */
PARS_READ PARS_MUST enum pars_err pars_session_invite(struct pars_node *node, const char *session,
	struct pars_arena *a, const char **ret, struct pars_fault *fault);
/* Joins by id or invitation; address (a multiaddr, or NULL) is where a member
 * is. Returns at once: the state is "joining" until the session's start has
 * arrived. EXISTS when it is a member already. */
PARS_MUST enum pars_err pars_session_join(struct pars_node *node, const char *id, const char *address,
	const char *nick, struct pars_fault *fault);

struct pars_session_info {
	const char *id, *name;
	bool is_private;
	const char *state;       /* "joining", "member" */
	const char *member;      /* own member key in this session, did:key; "" while joining */
	uint64_t vertices, messages, members, heads;
	uint64_t queued;         /* own vertices nobody else is known to hold */
	uint64_t parked;         /* vertices waiting for their parents */
	uint64_t forked;         /* members caught equivocating */
	const char *fingerprint; /* of the set of all vertices, hex; equal sets, equal text */
	uint64_t peers;          /* connected nodes that serve this session */
	uint64_t peers_equal;    /* of them, last known to hold just what we hold */
};
struct pars_session_page {
	struct pars_session_info *list;
	size_t count;
	const char *next;
};
PARS_READ PARS_MUST enum pars_err pars_session_list(struct pars_node *node, const char *cursor, size_t limit,
	struct pars_arena *a, struct pars_session_page *ret, struct pars_fault *fault);
/* `session` in these calls: the id, or an unambiguous prefix or exact name. */
PARS_READ PARS_MUST enum pars_err pars_session_show(struct pars_node *node, const char *session,
	struct pars_arena *a, struct pars_session_info *ret, struct pars_fault *fault);

/* Says text (valid UTF-8, 1 to PARS_MESSAGE_MAX bytes). Saved with the step's
 * commit, synced to disk. Gives the vertex id. NOT_READY while joining. */
PARS_MUST enum pars_err pars_session_send(struct pars_node *node, const char *session, const char *text,
	struct pars_arena *a, const char **ret_id, struct pars_fault *fault);

struct pars_message {
	const char *id;          /* vertex id */
	const char *author;      /* member key, did:key */
	const char *nick;        /* "" when none */
	bool own, forked;        /* forked: the author was caught equivocating */
	uint64_t n, lamport;
	int64_t time_wall_ns;    /* the author's clock; display only */
	const char *text;        /* "" with `readable` false: not understood */
	bool readable;
	const char *delivery;    /* own: "queued", "sent", "held"; others': "received" */
	uint64_t held_by;        /* own: nodes known to hold it, besides us */
};
struct pars_message_page {
	struct pars_message *list;
	size_t count;
	const char *next;        /* cursor behind the last row; never NULL: a later
	                          * read from it gives what came since */
	bool more;               /* there are rows behind it now */
};
enum pars_order {
	PARS_ORDER_CANONICAL, /* (lamport, author, id): the same on all nodes */
	PARS_ORDER_ARRIVAL,   /* as they came to this node: nothing is missed from a cursor on */
};
/* cursor NULL: from the beginning. Of ARRIVAL also "end": only what comes from
 * now on; "last:N": from the last N (at most PARS_PAGE_MAX) messages on. */
PARS_READ PARS_MUST enum pars_err pars_session_read(struct pars_node *node, const char *session,
	enum pars_order order, const char *cursor, size_t limit, struct pars_arena *a,
	struct pars_message_page *ret, struct pars_fault *fault);

struct pars_member {
	const char *key, *nick;
	bool self, forked, creator;
	uint64_t vertices;       /* stored of this author */
	uint64_t last_lamport;
};
struct pars_member_page {
	struct pars_member *list;
	size_t count;
	const char *next;
};
PARS_READ PARS_MUST enum pars_err pars_session_members(struct pars_node *node, const char *session,
	const char *cursor, size_t limit, struct pars_arena *a, struct pars_member_page *ret,
	struct pars_fault *fault);
/* The frontier: vertices without children. The cursor is the id of the last one. */
struct pars_head_page {
	struct pars_strings list;
	const char *next;
};
PARS_READ PARS_MUST enum pars_err pars_session_heads(struct pars_node *node, const char *session,
	const char *cursor, size_t limit, struct pars_arena *a, struct pars_head_page *ret, struct pars_fault *fault);

/* -- DAG -------------------------------------------------------------------- */

struct pars_vertex_info {
	const char *id, *session, *author;
	const char *kind;        /* "genesis", "join", "message", or "kind N" */
	uint64_t n, lamport, size; /* size: bytes as encoded */
	int64_t time_wall_ns;
	struct pars_strings parents;
	const char *signature;   /* hex */
	const char *payload;     /* hex */
};
struct pars_vertex_page {
	struct pars_vertex_info *list;
	size_t count;
	const char *next;
};
/* In canonical order. */
PARS_READ PARS_MUST enum pars_err pars_dag_list(struct pars_node *node, const char *session,
	const char *cursor, size_t limit, struct pars_arena *a, struct pars_vertex_page *ret,
	struct pars_fault *fault);
PARS_READ PARS_MUST enum pars_err pars_dag_show(struct pars_node *node, const char *vertex,
	struct pars_arena *a, struct pars_vertex_info *ret, struct pars_fault *fault);
/* The newest `limit` vertices as a Graphviz DOT text. */
PARS_READ PARS_MUST enum pars_err pars_dag_graph(struct pars_node *node, const char *session, size_t limit,
	struct pars_arena *a, const char **ret, struct pars_fault *fault);
/* Checks stored vertices anew (encoding, id, signature, parents, lamport,
 * chain), a page at a time; the last page also checks counts, frontier and
 * fingerprint. */
struct pars_verify_page {
	uint64_t checked;        /* in this page */
	struct pars_strings bad; /* sentences, one each */
	const char *next;
};
PARS_READ PARS_MUST enum pars_err pars_dag_verify(struct pars_node *node, const char *session,
	const char *cursor, size_t limit, struct pars_arena *a, struct pars_verify_page *ret,
	struct pars_fault *fault);

/* -- sync ------------------------------------------------------------------- */

struct pars_sync_info {
	const char *session, *peer_id;
	const char *state;       /* "asking", "receiving", "sending", "equal", "not shared" */
	uint64_t vertices_in, vertices_out; /* with this peer since it connected */
	uint64_t bytes_in, bytes_out;       /* likewise, of those vertices as framed */
	uint64_t held;           /* own vertices this peer is known to hold */
	int64_t last_equal_wall_ns; /* 0: never since it connected */
};
struct pars_sync_page {
	struct pars_sync_info *list;
	size_t count;
	const char *next;
};
/* session NULL: of all sessions. */
PARS_READ PARS_MUST enum pars_err pars_sync_list(struct pars_node *node, const char *session,
	const char *cursor, size_t limit, struct pars_arena *a, struct pars_sync_page *ret,
	struct pars_fault *fault);
/* Starts a round with every connected peer now, and redials kept addresses. */
/* Own vertices that no other node is known to hold, oldest first: they wait on
 * disk until one does. */
struct pars_outbox_item {
	const char *id, *session, *name; /* name: the session's */
	const char *kind;        /* "message", "join", "genesis" */
	uint64_t n;              /* its number among the author's */
	int64_t time_wall_ns;
	const char *state;       /* "queued", "sent" */
	const char *reason;      /* why it is not held yet, in a sentence */
};
struct pars_outbox_page {
	struct pars_outbox_item *list;
	size_t count;
	const char *next;
};
PARS_READ PARS_MUST enum pars_err pars_outbox_list(struct pars_node *node, const char *cursor, size_t limit,
	struct pars_arena *a, struct pars_outbox_page *ret, struct pars_fault *fault);
PARS_MUST enum pars_err pars_sync_now(struct pars_node *node, const char *session, struct pars_fault *fault);
/* True when at least `peers` connected nodes serve the session and all that
 * do are equal with us. session NULL: all sessions. */
PARS_READ PARS_MUST enum pars_err pars_sync_done(struct pars_node *node, const char *session, size_t peers,
	bool *ret, struct pars_fault *fault);

/* -- storage ---------------------------------------------------------------- */

struct pars_storage_info {
	const char *path;
	uint64_t file_bytes, wal_bytes, free_bytes; /* free: reusable inside the file */
	uint64_t sessions, vertices, messages, peers; /* rows */
	uint64_t schema;         /* version */
	const char *integrity;   /* "clean start", "checking", "ok", or what is wrong */
};
PARS_READ PARS_MUST enum pars_err pars_storage_get(struct pars_node *node, struct pars_arena *a,
	struct pars_storage_info *ret, struct pars_fault *fault);
/* Starts a backup job to a new file (EXISTS when there is one); the copy is
 * opened and checked before it counts as done. Gives a number for _result. */
PARS_MUST enum pars_err pars_storage_backup(struct pars_node *node, const char *path, uint64_t *ret,
	struct pars_fault *fault);
/* NOT_READY until TOPIC_STORAGE says it is done; then its result, once. */
PARS_READ PARS_MUST enum pars_err pars_storage_backup_result(struct pars_node *node, uint64_t backup,
	uint64_t *ret_bytes, struct pars_fault *fault);

#endif
