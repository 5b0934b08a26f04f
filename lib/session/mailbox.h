/* session/mailbox.h - how a member asks another node to carry a session:
 * /pars/mailbox/1.0.0, one request and one reply on a stream, each behind its
 * uvarint length.
 *
 * The one who carries learns the session's id (its genesis proves all other
 * vertices), the tag by which sync streams match it, and for a private session
 * the keys of the coming days under which members look for each other; not the
 * secret, with which anybody could join. Protocol Buffers:
 *   Request { kind 1 (0 carry, 1 drop), session 2, tag 3, day 4 (of the first
 *     key; zigzag), keys 5 (32 bytes each, one after the other) }
 *   Reply { status 1 (0 done), text 2, quota 3 (bytes), left 4 (seconds) } */
#ifndef PARS_SESSION_MAILBOX_H
#define PARS_SESSION_MAILBOX_H

#include "base/err.h"
#include "crypto/hash.h"

#define PARS_MAILBOX_PROTOCOL "/pars/mailbox/1.0.0"
#define PARS_MAILBOX_KEYS_MAX 128
#define PARS_MAILBOX_TEXT_MAX 200
#define PARS_MAILBOX_MESSAGE_MAX ((size_t)PARS_MAILBOX_KEYS_MAX * PARS_SHA256_SIZE + 256)

enum pars_mailbox_kind { PARS_MAILBOX_CARRY, PARS_MAILBOX_DROP };

struct pars_mailbox_request {
	enum pars_mailbox_kind kind;
	struct pars_digest session, tag;
	int64_t day;
	struct pars_bytes keys; /* borrowed; none: the place is SHA-256(session), always */
};

/* Why a node does not carry a session; 0: it does. */
enum pars_mailbox_status {
	PARS_MAILBOX_DONE,
	PARS_MAILBOX_DENIED, /* not for you, or not at all */
	PARS_MAILBOX_FULL,
};
struct pars_mailbox_reply {
	enum pars_mailbox_status status;
	struct pars_bytes text; /* a sentence; borrowed */
	uint64_t quota, left_s;
};

/* Appended behind their lengths. */
void pars_mailbox_request_encode(const struct pars_mailbox_request *r, struct pars_buf *out);
void pars_mailbox_reply_encode(const struct pars_mailbox_reply *r, struct pars_buf *out);
/* Without their lengths. PEER_MALFORMED: also a field that is missing, a status
 * nobody knows, text that is no UTF-8 or too long. */
PARS_MUST enum pars_err pars_mailbox_request_decode(struct pars_bytes raw, struct pars_mailbox_request *ret);
PARS_MUST enum pars_err pars_mailbox_reply_decode(struct pars_bytes raw, struct pars_mailbox_reply *ret);

#endif
