/* codec/uvarint.h - unsigned varints (multiformats/unsigned-varint): LEB128,
 * at most 9 bytes (63 bits), minimal length only. */
#ifndef PARS_CODEC_UVARINT_H
#define PARS_CODEC_UVARINT_H

#include "base/bytes.h"
#include "base/err.h"

#define PARS_UVARINT_MAX 9

/* Reads one from the front of *in and advances it. PEER_MALFORMED when it is
 * not minimal or too long; NOT_READY when *in ends inside it. */
PARS_MUST enum pars_err pars_uvarint_get(struct pars_bytes *in, uint64_t *ret);
/* Writes v < 2^63; returns the number of bytes. */
size_t pars_uvarint_put(uint8_t out[PARS_UVARINT_MAX], uint64_t v);
/* A message behind its length, at the front of `in`: borrows it in *ret, and
 * *ret_size says how many bytes both take. NOT_READY: more must come;
 * PEER_MALFORMED: no such length; PEER_TOO_LARGE: more than max. */
PARS_MUST enum pars_err pars_uvarint_message(struct pars_bytes in, size_t max, struct pars_bytes *ret,
	size_t *ret_size);
void pars_buf_put_uvarint(struct pars_buf *b, uint64_t v);

#endif
