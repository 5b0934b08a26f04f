/* net/connection.h - from a raw byte pipe to secured, multiplexed streams:
 * multistream-select /noise, Noise, Yamux (libp2p specs:
 * connections/README.md, connections/inlined-muxer-negotiation.md).
 *
 * One state machine per pipe: received bytes in, events and bytes to send
 * out. It knows no time and no limits but its own; both are the host's. */
#ifndef PARS_NET_CONNECTION_H
#define PARS_NET_CONNECTION_H

#include "base/arena.h"
#include "crypto/rng.h"
#include "net/noise.h"
#include "net/yamux.h"

/* What _send needs to work in; shared by all connections of a host. */
#define PARS_CONNECTION_SCRATCH PARS_NOISE_PLAIN_MAX

struct pars_connection;

struct pars_connection_config {
	const struct pars_noise_identity *identity; /* borrowed */
	const struct pars_peer_id *expect;          /* copied; NULL: anyone */
	bool dialer;
	bool late_muxer;      /* negotiate the muxer after the handshake only */
	unsigned streams_max; /* inbound */
	size_t stream_send_max;
	size_t *queued_all;   /* see struct pars_yamux_config */
	struct pars_rng *rng; /* used by _new only */
};

struct pars_connection *pars_connection_new(const struct pars_connection_config *config);
void pars_connection_free(struct pars_connection *c); /* NULL is fine */
PARS_AUTO_DEFINE(pars_connection)

/* Either it came up, or something happened to a stream; neither: *in is used
 * up. */
struct pars_connection_event {
	bool up; /* once; _peer and _yamux are there from now on */
	struct pars_yamux_event stream;
};

/* Digests the front of *in up to the next event; call it until there is none.
 * Decrypted data lies in the arena. Errors are those of multistream, Noise
 * and Yamux, and end the connection: PEER_CRYPTO without a word, others may
 * be answered by a goaway once it is up. */
PARS_MUST enum pars_err pars_connection_next(struct pars_connection *c, struct pars_bytes *in,
	struct pars_arena *arena, struct pars_connection_event *ret);

/* The next bytes to send (one frame), in the arena; empty: nothing now. */
struct pars_bytes pars_connection_send(struct pars_connection *c, struct pars_arena *arena,
	uint8_t scratch[PARS_CONNECTION_SCRATCH]);

bool pars_connection_is_up(const struct pars_connection *c);
const struct pars_peer_id *pars_connection_peer(const struct pars_connection *c);
struct pars_yamux *pars_connection_yamux(struct pars_connection *c);

#endif
