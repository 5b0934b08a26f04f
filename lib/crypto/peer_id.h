/* crypto/peer_id.h - libp2p public keys and peer ids
 * (libp2p specs: peer-ids/peer-ids.md). */
#ifndef PARS_CRYPTO_PEER_ID_H
#define PARS_CRYPTO_PEER_ID_H

#include "base/err.h"
#include "crypto/ed25519.h"
#include "crypto/hash.h"

#define PARS_PEER_ID_MAX 44  /* a multihash: identity of <= 42 bytes, or sha2-256 */
#define PARS_PEER_ID_TEXT 64 /* base58btc text with its NUL fits */

struct pars_peer_id {
	uint8_t b[PARS_PEER_ID_MAX];
	uint8_t n;
};

static inline struct pars_bytes pars_peer_id_bytes(const struct pars_peer_id *id)
{
	return PARS_BYTES(id->b, id->n);
}
static inline bool pars_peer_id_equal(const struct pars_peer_id *a, const struct pars_peer_id *b)
{
	return a->n == b->n && !memcmp(a->b, b->b, a->n);
}

/* Of an Ed25519 key: the common case (12D3Koo…). */
void pars_peer_id_from_ed25519(const struct pars_ed25519_public *key, struct pars_peer_id *ret);
/* Of a serialised PublicKey message of any type. */
void pars_peer_id_from_key(struct pars_bytes public_key_message, struct pars_peer_id *ret);
/* From a raw multihash; PEER_MALFORMED when it is neither of the two forms. */
PARS_MUST enum pars_err pars_peer_id_decode(struct pars_bytes raw, struct pars_peer_id *ret);
/* Text: base58btc, or a CIDv1 of codec libp2p-key in base32 or base36.
 * INVALID otherwise. */
PARS_MUST enum pars_err pars_peer_id_parse(const char *text, struct pars_peer_id *ret);
void pars_peer_id_text(const struct pars_peer_id *id, char out[PARS_PEER_ID_TEXT]);
/* The node's place in the DHT: SHA-256 of the id's bytes. */
struct pars_digest pars_peer_id_dht(const struct pars_peer_id *id);

/* The 36-byte PublicKey message of an Ed25519 key. */
#define PARS_PUBLIC_KEY_ED25519_SIZE 36
void pars_public_key_encode(const struct pars_ed25519_public *key,
	uint8_t out[PARS_PUBLIC_KEY_ED25519_SIZE]);
/* Checks a signature by a serialised PublicKey (RSA, Ed25519, secp256k1,
 * ECDSA). PEER_MALFORMED: no such key; PEER_SIGNATURE: it does not fit. */
PARS_MUST enum pars_err pars_public_key_verify(struct pars_bytes public_key_message,
	struct pars_bytes message, struct pars_bytes signature);

#endif
