/* dht/record.h - values in the DHT prove themselves: who may write a key, and
 * which of two values wins.
 *
 *   /pk/<peer multihash>   the PublicKey message that hashes to it (libp2p)
 *   /pars/<32 bytes>       SHA-256(Ed25519 key ‖ salt); the value is DAG-CBOR
 *                          [[1, key, salt, seq, data], signature], signed over
 *                          "pars-record-v1" ‖ the inner list. The higher seq
 *                          wins, of equal ones the greater bytes.
 *
 * (BEP 44 made the idea of mutable, salted items known.) Wall time plays no
 * part: a record lives as long as somebody who received it counts. */
#ifndef PARS_DHT_RECORD_H
#define PARS_DHT_RECORD_H

#include "base/bytes.h"
#include "crypto/ed25519.h"
#include "crypto/hash.h"

#define PARS_DHT_SALT_MAX 64

struct pars_dht_record {
	struct pars_ed25519_public author;
	struct pars_bytes salt, data;
	uint64_t seq;
};

/* The routing key of (author, salt): "/pars/" and 32 bytes. */
#define PARS_DHT_RECORD_KEY_SIZE 38
void pars_dht_record_key(const struct pars_ed25519_public *author, struct pars_bytes salt,
	uint8_t out[PARS_DHT_RECORD_KEY_SIZE]);
/* Appends the signed value; TOO_LARGE. */
PARS_MUST enum pars_err pars_dht_record_seal(const struct pars_dht_record *r,
	const struct pars_ed25519_pair *key, struct pars_buf *out);
/* Whether value may stand under key. UNSUPPORTED: unknown namespace;
 * PEER_MALFORMED, PEER_SIGNATURE, PEER_TOO_LARGE. */
PARS_MUST enum pars_err pars_dht_record_check(struct pars_bytes key, struct pars_bytes value);
/* Opens a checked /pars/ value; borrows it. */
PARS_MUST enum pars_err pars_dht_record_open(struct pars_bytes value, struct pars_dht_record *ret);
/* > 0: a wins over b; both are checked and of one key. */
int pars_dht_record_compare(struct pars_bytes key, struct pars_bytes a, struct pars_bytes b);

#endif
