/* codec/multihash.h - the multihashes that name libp2p peers, binary and text
 * (libp2p specs: peer-ids/peer-ids.md). */
#ifndef PARS_CODEC_MULTIHASH_H
#define PARS_CODEC_MULTIHASH_H

#include "base/bytes.h"
#include "base/err.h"

#define PARS_PEER_HASH_MAX 44  /* identity of a key of at most 42 bytes, or sha2-256 */
#define PARS_PEER_HASH_TEXT 64 /* its base58btc text with NUL fits */

/* Identity of 1..42 bytes, or sha2-256. */
bool pars_peer_hash_valid(struct pars_bytes raw);
/* Base58btc when it begins with `1` or `Qm`, else a multibase CIDv1 of codec
 * libp2p-key (0x72). INVALID. */
PARS_MUST enum pars_err pars_peer_hash_parse(struct pars_bytes text,
	uint8_t out[PARS_PEER_HASH_MAX], size_t *ret_n);
/* Base58btc. The hash must be valid. */
void pars_peer_hash_text(struct pars_bytes raw, char out[PARS_PEER_HASH_TEXT]);

#endif
