/* codec/cbor.h - DAG-CBOR (IPLD spec), the deterministic subset of CBOR
 * (RFC 8949) in which one value has one encoding.
 *
 * Reading takes one item from the front of *in. What is not canonical
 * (longer integers than needed, indefinite lengths, floats, unsorted or
 * repeated keys, tags other than 42) is PEER_MALFORMED; so is any other
 * type than the one asked for, and a length past the end of *in. */
#ifndef PARS_CODEC_CBOR_H
#define PARS_CODEC_CBOR_H

#include "base/bytes.h"
#include "base/err.h"

PARS_MUST enum pars_err pars_cbor_get_uint(struct pars_bytes *in, uint64_t *ret);
PARS_MUST enum pars_err pars_cbor_get_int(struct pars_bytes *in, int64_t *ret);
PARS_MUST enum pars_err pars_cbor_get_bytes(struct pars_bytes *in, struct pars_bytes *ret); /* borrows */
/* Valid UTF-8 only. Borrows. */
PARS_MUST enum pars_err pars_cbor_get_text(struct pars_bytes *in, struct pars_bytes *ret);
PARS_MUST enum pars_err pars_cbor_get_array(struct pars_bytes *in, uint64_t *ret_items);
PARS_MUST enum pars_err pars_cbor_get_map(struct pars_bytes *in, uint64_t *ret_pairs);
/* A link to a CIDv1 of dag-cbor with sha2-256, the only kind we write. */
PARS_MUST enum pars_err pars_cbor_get_link(struct pars_bytes *in, uint8_t ret_digest[32]);
/* Takes the next key of a map. *last is the key before it ({ NULL, 0 } at
 * first) and is updated; keys must rise (shorter first, then bytewise). */
PARS_MUST enum pars_err pars_cbor_get_key(struct pars_bytes *in, struct pars_bytes *last);
/* Steps over one item of any kind, nested at most 16 deep. */
PARS_MUST enum pars_err pars_cbor_skip(struct pars_bytes *in);

void pars_cbor_put_uint(struct pars_buf *b, uint64_t v);
void pars_cbor_put_int(struct pars_buf *b, int64_t v);
void pars_cbor_put_bytes(struct pars_buf *b, struct pars_bytes v);
void pars_cbor_put_text(struct pars_buf *b, struct pars_bytes v);
void pars_cbor_put_array(struct pars_buf *b, uint64_t items);
void pars_cbor_put_map(struct pars_buf *b, uint64_t pairs); /* keys: the caller sorts */
void pars_cbor_put_link(struct pars_buf *b, const uint8_t digest[32]);

bool pars_utf8_valid(struct pars_bytes text);

#endif
