/* net/noise.h - the secure channel: Noise_XX_25519_ChaChaPoly_SHA256 as libp2p
 * uses it (noiseprotocol.org rev. 34; libp2p specs: noise/README.md).
 *
 * All messages, handshake and transport, travel as u16 big-endian length and
 * that many bytes; cutting them out of the byte stream is the caller's part. */
#ifndef PARS_NET_NOISE_H
#define PARS_NET_NOISE_H

#include "crypto/aead.h"
#include "crypto/peer_id.h"
#include "crypto/x25519.h"

#define PARS_NOISE_LENGTH_SIZE 2
#define PARS_NOISE_PLAIN_MAX (65535 - PARS_AEAD_TAG_SIZE)
/* Ours are below 300 bytes; the largest RSA key with its signature fits. */
#define PARS_NOISE_HANDSHAKE_MAX 4096

/* One per process: the static key is drawn anew at each start and signed
 * once, so a handshake costs no signature. */
struct pars_noise_identity {
	struct pars_x25519_pair pair;
	uint8_t key[PARS_PUBLIC_KEY_ED25519_SIZE];
	uint8_t signature[PARS_ED25519_SIGNATURE_SIZE];
};

void pars_noise_identity_init(struct pars_noise_identity *id, const struct pars_ed25519_pair *key,
	const uint8_t secret[PARS_X25519_SIZE]);
void pars_noise_identity_wipe(struct pars_noise_identity *id);

/* One handshake. */
struct pars_noise;

struct pars_noise_config {
	const struct pars_noise_identity *identity; /* borrowed */
	const struct pars_peer_id *expect; /* borrowed; NULL: anyone */
	const char *muxer;                 /* offered early; NULL: none */
	bool initiator;
	uint8_t ephemeral[PARS_X25519_SIZE]; /* random secret */
};

struct pars_noise *pars_noise_new(const struct pars_noise_config *config);
void pars_noise_free(struct pars_noise *n); /* NULL is fine; wipes */
PARS_AUTO_DEFINE(pars_noise)

/* The initiator's first message, framed, to out. */
void pars_noise_start(struct pars_noise *n, struct pars_buf *out);
/* Digests one received message (without its length) and appends the framed
 * answer, if one is due. PEER_MALFORMED, PEER_CRYPTO, PEER_SIGNATURE;
 * PEER_WRONG_ID: not `expect`; PEER_UNSUPPORTED: both offer muxers, none in
 * common. After an error the handshake is to be freed. */
PARS_MUST enum pars_err pars_noise_step(struct pars_noise *n, struct pars_bytes message,
	struct pars_buf *out);

/* The finished handshake's keys at work. All zero: none. */
struct pars_noise_channel {
	struct pars_aead *send, *receive;
	uint64_t sent, received;
};

/* False while messages are missing. When true: *ret is to be _done, *peer is
 * proven, *muxer_agreed says that no negotiation for it is needed. */
bool pars_noise_finish(struct pars_noise *n, struct pars_noise_channel *ret,
	struct pars_peer_id *peer, bool *muxer_agreed);
void pars_noise_channel_done(struct pars_noise_channel *c);

/* Writes length, ciphertext and tag: plain.n + 18 bytes; plain.n <=
 * PLAIN_MAX. frame may be plain.p - 2, and else must not overlap it. */
void pars_noise_seal(struct pars_noise_channel *c, struct pars_bytes plain, uint8_t *frame);
/* `sealed` is without length. Writes sealed.n - 16 bytes. PEER_CRYPTO. */
PARS_MUST enum pars_err pars_noise_open(struct pars_noise_channel *c, struct pars_bytes sealed,
	uint8_t *out);

#endif
