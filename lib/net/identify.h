/* net/identify.h - what peers tell each other about themselves: the message of
 * /ipfs/id/1.0.0 and /ipfs/id/push/1.0.0 (libp2p specs: identify/README.md). */
#ifndef PARS_NET_IDENTIFY_H
#define PARS_NET_IDENTIFY_H

#include "base/bytes.h"
#include "base/err.h"

#define PARS_IDENTIFY_MESSAGE_MAX ((size_t)8 * 1024)
#define PARS_IDENTIFY_MESSAGES_MAX 10
#define PARS_IDENTIFY_TOTAL_MAX ((size_t)32 * 1024) /* all messages to the end */
#define PARS_IDENTIFY_LISTEN_MAX 32
#define PARS_IDENTIFY_PROTOCOLS_MAX 128

/* Views of the input. Absent single fields are empty. */
struct pars_identify {
	struct pars_bytes public_key, observed, protocol_version, agent, record;
	struct pars_bytes listen[PARS_IDENTIFY_LISTEN_MAX]; /* unchecked multiaddrs */
	struct pars_bytes protocols[PARS_IDENTIFY_PROTOCOLS_MAX];
	size_t listen_count, protocol_count;
};

/* Appends one length-prefixed message. Empty single fields are left out. */
void pars_identify_encode(const struct pars_identify *m, struct pars_buf *out);

/* Merges all length-prefixed messages of a stream read to its end: single
 * fields are replaced, lists are joined and cut at their bounds.
 * PEER_MALFORMED (also when there is none); PEER_TOO_LARGE. */
PARS_MUST enum pars_err pars_identify_decode(struct pars_bytes in, struct pars_identify *ret);

#endif
