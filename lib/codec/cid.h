/* codec/cid.h - content identifiers (multiformats/cid) of the one kind we
 * use: CIDv1, dag-cbor, sha2-256. In memory only the digest is kept. */
#ifndef PARS_CODEC_CID_H
#define PARS_CODEC_CID_H

#include "base/bytes.h"
#include "base/err.h"

#define PARS_CID_SIZE 36
#define PARS_CID_TEXT 60 /* "b" + 58 base32 digits + NUL */

void pars_cid_encode(const uint8_t digest[32], uint8_t out[PARS_CID_SIZE]);
/* PEER_MALFORMED: another kind, or not a CID. */
PARS_MUST enum pars_err pars_cid_decode(struct pars_bytes raw, uint8_t ret_digest[32]);
void pars_cid_text(const uint8_t digest[32], char out[PARS_CID_TEXT]);
/* INVALID */
PARS_MUST enum pars_err pars_cid_parse(const char *text, uint8_t ret_digest[32]);

#endif
