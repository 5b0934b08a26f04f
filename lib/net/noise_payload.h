/* net/noise_payload.h - what libp2p carries inside the Noise handshake: who
 * the peer is, and which muxers it offers (libp2p specs: noise/README.md,
 * connections/inlined-muxer-negotiation.md). */
#ifndef PARS_NET_NOISE_PAYLOAD_H
#define PARS_NET_NOISE_PAYLOAD_H

#include "crypto/peer_id.h"
#include "crypto/x25519.h"

/* The node key's signature over the static Noise key. */
void pars_noise_payload_sign(const struct pars_ed25519_pair *key,
	const uint8_t static_public[PARS_X25519_SIZE],
	uint8_t signature[PARS_ED25519_SIGNATURE_SIZE]);

/* Appends the message; muxer NULL: offers none. */
void pars_noise_payload_encode(struct pars_buf *out, struct pars_bytes public_key,
	struct pars_bytes signature, const char *muxer);

struct pars_noise_payload {
	struct pars_peer_id peer;
	bool muxers;  /* it offers some */
	bool muxer;   /* the one asked about is among them */
};

/* Decodes and verifies against the static key it came with. PEER_MALFORMED,
 * PEER_SIGNATURE. */
PARS_MUST enum pars_err pars_noise_payload_decode(struct pars_bytes in,
	const uint8_t static_public[PARS_X25519_SIZE], const char *muxer,
	struct pars_noise_payload *ret);

#endif
