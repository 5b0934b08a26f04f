/* net/multistream.h - agreeing on a protocol by name: multistream-select 1.0
 * (libp2p specs: connections/README.md).
 *
 * Bytes go in as they arrive, in pieces of any size; what follows the
 * agreement is left in *in for the protocol itself. A dialer may send its
 * first application bytes right behind the proposal ("lazy"). */
#ifndef PARS_NET_MULTISTREAM_H
#define PARS_NET_MULTISTREAM_H

#include "base/bytes.h"
#include "base/err.h"

#define PARS_MSS_MESSAGE_MAX 1024 /* with its newline */
#define PARS_MSS_PROPOSALS_MAX 16 /* refused ones on one stream */
#define PARS_MSS_PROTOCOL_MAX (PARS_MSS_MESSAGE_MAX - 1)

/* One side of a negotiation. All zero is the start. */
struct pars_mss {
	struct pars_buf part; /* an unfinished message; no memory in between */
	bool header_seen;
	uint8_t refused;
};

void pars_mss_done(struct pars_mss *m);

/* Dialer: the header and the one proposal. */
void pars_mss_propose(struct pars_buf *out, const char *protocol);
/* Dialer: OK once `protocol` was echoed. NOT_READY: more bytes are needed;
 * PEER_UNSUPPORTED: refused; PEER_PROTOCOL, PEER_TOO_LARGE: not this protocol. */
PARS_MUST enum pars_err pars_mss_dial(struct pars_mss *m, struct pars_bytes *in,
	const char *protocol);

/* Listener: OK with the index of the chosen one of `protocols`; answers are
 * appended to out in any case. NOT_READY; PEER_UNSUPPORTED: too many
 * proposals we had to refuse; PEER_PROTOCOL, PEER_TOO_LARGE. */
PARS_MUST enum pars_err pars_mss_listen(struct pars_mss *m, struct pars_bytes *in,
	const char *const *protocols, size_t count, struct pars_buf *out, size_t *ret);

#endif
