/* codec/rlp.h - recursive length prefix, Ethereum's encoding (yellow paper,
 * appendix B): an item is a string of bytes or a list of items.
 *
 * Reading takes one item from the front of *in, which is the whole input or a
 * list's payload; nothing is copied and nothing recurses: who reads a list
 * reads its payload item by item. Only the one canonical form is accepted: a
 * length longer written than needed, one past the end of *in, a single byte
 * below 0x80 with a head of its own, a number with leading zeros or too large
 * for its type, or another kind of item than the one asked for are all
 * PEER_MALFORMED, and *in stays where it was. That nothing is left over is for
 * the reader to ask: pars_rlp_end. */
#ifndef PARS_CODEC_RLP_H
#define PARS_CODEC_RLP_H

#include "base/err.h"
#include "base/u256.h"

struct pars_rlp {
	bool is_list;
	struct pars_bytes payload; /* of a string its bytes, of a list its items */
	struct pars_bytes raw;     /* with the head */
};

/* Of either kind. Borrows, as all of them do. */
PARS_MUST enum pars_err pars_rlp_get(struct pars_bytes *in, struct pars_rlp *ret);
PARS_MUST enum pars_err pars_rlp_get_bytes(struct pars_bytes *in, struct pars_bytes *ret);
/* *ret is the payload. */
PARS_MUST enum pars_err pars_rlp_get_list(struct pars_bytes *in, struct pars_bytes *ret);
PARS_MUST enum pars_err pars_rlp_get_u64(struct pars_bytes *in, uint64_t *ret);
PARS_MUST enum pars_err pars_rlp_get_u256(struct pars_bytes *in, struct pars_u256 *ret);
/* A string of exactly n bytes. */
PARS_MUST enum pars_err pars_rlp_get_fixed(struct pars_bytes *in, void *out, size_t n);
/* One list and nothing behind it. */
PARS_MUST enum pars_err pars_rlp_only_list(struct pars_bytes in, struct pars_bytes *ret);
/* How many items a payload has, heads checked, not what is in inner lists. */
PARS_MUST enum pars_err pars_rlp_count(struct pars_bytes payload, size_t *ret);

static inline enum pars_err pars_rlp_end(struct pars_bytes in)
{
	return in.n ? PARS_E_PEER_MALFORMED : PARS_OK;
}

void pars_rlp_put_bytes(struct pars_buf *b, struct pars_bytes v);
void pars_rlp_put_u64(struct pars_buf *b, uint64_t v);
void pars_rlp_put_u256(struct pars_buf *b, const struct pars_u256 *v);
/* A list is what was put between the two; its head is slid in at the end.
 *   size_t list = pars_rlp_list_begin(b); ... pars_rlp_list_end(b, list); */
static inline size_t pars_rlp_list_begin(const struct pars_buf *b)
{
	return b->n;
}
void pars_rlp_list_end(struct pars_buf *b, size_t list);

/* How long an item is whose payload has n bytes (of a string: other than a
 * single byte below 0x80, which is one byte). */
static inline size_t pars_rlp_size(size_t n)
{
	size_t head = 1;
	if (n > 55)
		for (size_t rest = n; rest; rest >>= 8)
			head++;
	return head + n;
}

#endif
