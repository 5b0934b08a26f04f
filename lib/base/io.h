/* base/io.h - the words between the core and the outside.
 *
 * The outside (daemon, simulator, app) hands the core *events*; the core
 * answers with *effects*. Neither side calls the other back. Bytes in an
 * event are borrowed for the call; bytes in an effect live in the effects'
 * own arena until pars_effects_reset. */
#ifndef PARS_BASE_IO_H
#define PARS_BASE_IO_H

#include "base/arena.h"
#include "base/err.h"

/* A transport connection. Dials are numbered by the core, from 1; inbound
 * connections by the outside, with PARS_CONN_INBOUND set. Never reused. */
typedef uint64_t pars_conn;
#define PARS_CONN_INBOUND ((pars_conn)1 << 63)

#define PARS_HOST_MAX 253 /* a DNS name, RFC 1035 */

enum pars_family { PARS_IP4, PARS_IP6, PARS_DNS, PARS_DNS4, PARS_DNS6 };

/* A TCP endpoint. Names are only dialled, never listened on. */
struct pars_endpoint {
	enum pars_family family;
	uint16_t port;
	uint8_t ip[16];               /* 4 bytes used for IP4 */
	char host[PARS_HOST_MAX + 1]; /* DNS*: NUL-terminated */
};

enum pars_job_kind {
	PARS_JOB_COMPUTES, /* and can wait */
	PARS_JOB_SYNCS,    /* it waits for the disk, and others for it */
	PARS_JOB_TIDIES,   /* it waits for the disk, and nobody for it */
};

/* Work for another thread: run() touches nothing but the job itself. Embedded
 * at the front of a larger struct. The core owns it; the outside borrows it
 * from the JOB effect until it hands it back by the JOB_DONE event, which it
 * always does, also when it stops. */
struct pars_job {
	void (*run)(struct pars_job *job);
	void (*free)(struct pars_job *job); /* when the core is gone before it */
	enum pars_job_kind kind;
};

enum pars_event_type {
	PARS_EV_CONN_OPENED, /* a dial connected, or an inbound one was accepted */
	PARS_EV_CONN_FAILED, /* a dial did not connect: text says why */
	PARS_EV_CONN_DATA,   /* bytes arrived */
	PARS_EV_CONN_SENT,   /* `size` more bytes of the SENDs went out */
	PARS_EV_CONN_CLOSED, /* closed by the other side or by a fault; never
	                      * follows a CLOSE or ABORT effect */
	PARS_EV_LISTENING,   /* listener `listener` is open on `local` */
	PARS_EV_LISTEN_FAILED,
	PARS_EV_RESOLVED, /* `query` is answered by `strings`, or text says why not */
	PARS_EV_JOB_DONE,
};

struct pars_event {
	enum pars_event_type type;
	pars_conn conn;
	unsigned listener;                 /* LISTENING, LISTEN_FAILED */
	struct pars_endpoint local, remote; /* CONN_OPENED: both; LISTENING: local */
	struct pars_bytes data;
	size_t size;
	const char *text;     /* CONN_FAILED, CONN_CLOSED, LISTEN_FAILED, RESOLVED: for people */
	uint64_t query;       /* RESOLVED, as the rest: */
	const struct pars_bytes *strings; /* the TXT records, each in one piece */
	size_t string_count;
	bool secure;          /* DNSSEC proves it; false: the zone is provably unsigned */
	struct pars_job *job; /* JOB_DONE */
};

enum pars_effect_type {
	PARS_EF_DIAL,     /* connect `conn` to `endpoint`; answer OPENED or FAILED */
	PARS_EF_SEND,     /* queue `data` on `conn`, in order */
	PARS_EF_CLOSE,    /* send what is queued, then close; no event follows */
	PARS_EF_ABORT,    /* close at once (TCP reset); no event follows */
	PARS_EF_LISTEN,   /* open listener `listener` on `endpoint` (port 0: any) */
	PARS_EF_UNLISTEN, /* close it */
	PARS_EF_RESOLVE,  /* look up the TXT records of the name `text`; answer RESOLVED
	                   * with `query`; what DNSSEC proves false is no answer */
	PARS_EF_JOB,      /* run `job` on a worker */
	PARS_EF_LOG,      /* `level`, `folder`, `text` */
	PARS_EF_NOTIFY,   /* something under `topic` changed; `text`: which one */
};

enum pars_log_level {
	PARS_LOG_ERROR,
	PARS_LOG_WARN,
	PARS_LOG_INFO,
	PARS_LOG_DEBUG,
};

/* What a subscriber may wait for. */
enum pars_topic {
	PARS_TOPIC_MESSAGES, /* text: session id whose messages grew */
	PARS_TOPIC_SYNC,     /* text: session id whose sync or delivery state changed */
	PARS_TOPIC_PEERS,    /* text: peer id */
	PARS_TOPIC_STATUS,   /* text: the node's new state */
	PARS_TOPIC_STORAGE,  /* text: what finished */
	PARS_TOPIC_KAD,      /* text: number of a lookup that is done */
	PARS_TOPIC_PUBSUB,   /* text: topic that got a message */
	PARS_TOPIC_MAILBOX,  /* a node answered whether it carries a session */
	PARS_TOPIC_BOOTSTRAP, /* text: what was tried */
	PARS_TOPIC_LOG,      /* only from the outside: a line was logged */
	PARS_TOPIC_COUNT
};

struct pars_effect {
	enum pars_effect_type type;
	pars_conn conn;
	unsigned listener;
	struct pars_endpoint endpoint;
	struct pars_bytes data;
	uint64_t query;
	struct pars_job *job;
	enum pars_log_level level;
	enum pars_topic topic;
	const char *folder;
	const char *text;
};

/* An ordered list of effects with the memory they point to. All zero is the
 * empty one. */
struct pars_effects {
	struct pars_effect *list;
	size_t count, cap;
	struct pars_arena arena;
};

/* Appends one and returns it for filling in. The pointer is good until the
 * next append. */
struct pars_effect *pars_effects_add(struct pars_effects *e, enum pars_effect_type type);
void pars_effects_log(struct pars_effects *e, enum pars_log_level level, const char *folder,
	const char *fmt, ...) PARS_PRINTF(4, 5);
void pars_effects_notify(struct pars_effects *e, enum pars_topic topic, const char *text);
/* Appends a copy, with the bytes and the text. */
void pars_effects_copy(struct pars_effects *e, const struct pars_effect *from);
void pars_effects_reset(struct pars_effects *e);
void pars_effects_done(struct pars_effects *e);

/* Why something failed, in a sentence for people. */
struct pars_fault {
	enum pars_err err;
	char text[384];
};
/* Fills *fault (NULL is fine) and returns err. */
enum pars_err pars_fail(struct pars_fault *fault, enum pars_err err, const char *fmt, ...)
	PARS_PRINTF(3, 4);

#endif
