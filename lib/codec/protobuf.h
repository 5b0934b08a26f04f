/* codec/protobuf.h - reading and writing Protocol Buffers messages
 * (protobuf.dev/programming-guides/encoding).
 *
 * The reader walks fields in wire order and allocates nothing:
 *
 *	while (in.n) {
 *		if ((err = pars_pb_next(&in, &f)))
 *			return err;
 *		switch (f.key) {
 *		case PARS_PB_KEY(1, PARS_PB_BYTES): name = f.data; break;
 *		}
 *	}
 *
 * An unknown field, or a known one of another wire type, is thus skipped, and
 * the last value of a singular field wins. Groups (types 3 and 4) are refused. */
#ifndef PARS_CODEC_PROTOBUF_H
#define PARS_CODEC_PROTOBUF_H

#include "base/bytes.h"
#include "base/err.h"

enum pars_pb_type {
	PARS_PB_VARINT = 0,
	PARS_PB_FIXED64 = 1,
	PARS_PB_BYTES = 2,
	PARS_PB_FIXED32 = 5,
};

#define PARS_PB_KEY(number, type) ((uint32_t)(number) << 3 | (type))

struct pars_pb_field {
	uint32_t key;           /* PARS_PB_KEY */
	uint64_t value;         /* VARINT, FIXED64, FIXED32 */
	struct pars_bytes data; /* BYTES: borrows the input */
};

/* Takes the next field from the front of *in, which must not be empty.
 * PEER_MALFORMED: truncated, a varint of more than 10 bytes or 64 bits, field
 * number 0 or above 2^29 - 1, or a group. */
PARS_MUST enum pars_err pars_pb_next(struct pars_bytes *in, struct pars_pb_field *ret);

/* Minimal varints; values of 0 and empty bytes are written too. */
void pars_pb_put_varint(struct pars_buf *out, uint32_t number, uint64_t v);
void pars_pb_put_bytes(struct pars_buf *out, uint32_t number, struct pars_bytes v);

#endif
