/* node/mailbox.h - sessions carried for others, and others that carry ours,
 * for the files of lib/node. */
#ifndef PARS_NODE_MAILBOX_H
#define PARS_NODE_MAILBOX_H

#include <sys/queue.h>

#include "node/node.h"
#include "session/mailbox.h"

/* A session of others that we carry. */
struct carried {
	TAILQ_ENTRY(carried) entry;
	uint32_t session;
	uint64_t bytes;
	uint64_t left_s;
	bool full;                 /* there was no room for a vertex */
	bool changed;              /* `bytes` is not written yet */
};

/* A peer on whose stream a request arrives. */
struct relay_stream {
	TAILQ_ENTRY(relay_stream) entry;
	pars_stream stream;
	pars_conn conn;
	struct pars_peer_id from;
	struct pars_buf in;
	pars_usec until;
};

struct node_relay {
	enum pars_relay_mode mode;
	struct pars_relay_limits limits;
	TAILQ_HEAD(, carried) carried;
	TAILQ_HEAD(, relay_stream) streams;
	size_t stream_count;
	uint64_t bytes;            /* of all together */
	uint64_t refused;          /* vertices for which there was no room */
	pars_usec age_us;          /* when time was last taken off */
	bool erasing;
};

/* A node that was asked to carry a session of ours. */
struct mailbox {
	TAILQ_ENTRY(mailbox) entry;
	uint32_t session;
	struct pars_peer_id peer;
	char *address;
	pars_stream stream;        /* a request is under way; 0: none */
	struct pars_buf in;
	pars_usec try_us, until;
	unsigned failures;
	bool carries;
	char result[PARS_MAILBOX_TEXT_MAX + 1]; /* what it said last; or why it could not be asked */
	uint64_t quota, left_s;
	pars_usec answered_us;
};

struct node_mailboxes {
	TAILQ_HEAD(, mailbox) list;
	size_t count;
};

#endif
