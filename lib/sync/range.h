/* sync/range.h - range-based set reconciliation over (lamport, id)
 * (A. Meyer, "Range-Based Set Reconciliation"; Negentropy's message shape).
 *
 * A Ranges body is a sequence of entries, each for the range from the one
 * before (at first: the beginning) to its own upper bound:
 *
 *   mode (1 byte) · bound: uvarint lamport, uvarint length (<= 32), id prefix ·
 *     0 skip         nothing to say
 *     1 fingerprint  16 bytes
 *     2 ids          uvarint count (<= 64), short ids
 *
 * The answer to a fingerprint that differs is 16 narrower fingerprints, or the
 * ids when they are few. Whoever gets ids knows both differences of that range
 * at once. Each message is answered from the set as it is, without memory of
 * the ones before: it can be cut anywhere and begun anew. */
#ifndef PARS_SYNC_RANGE_H
#define PARS_SYNC_RANGE_H

#include "sync/replica.h"

#define PARS_RANGE_SPLIT 16
#define PARS_RANGE_IDS_MAX 64     /* listed rather than split */
#define PARS_RANGE_ENTRIES_MAX 64 /* with content, in one message */

/* What a message told about ids. */
struct pars_range_diff {
	struct pars_buf want; /* short ids (16 bytes each) the other has and we lack */
	struct pars_buf give; /* digests (32 bytes each) we have and the other lacks */
};

/* Both write to *out message bodies, each behind its length (4 bytes, big
 * endian) and within PARS_SYNC_CONTROL_MAX. */

/* The opening message: the whole set in PARS_RANGE_SPLIT fingerprints. */
void pars_range_open(const struct pars_sync_replica *r, uint32_t session, struct pars_buf *out);
/* Answers one message into *out (empty: nothing is left to say) and appends
 * to *diff. Up to PARS_RANGE_SPLIT bodies for one that came. PEER_MALFORMED, PEER_TOO_LARGE. */
PARS_MUST enum pars_err pars_range_answer(const struct pars_sync_replica *r, uint32_t session,
	struct pars_bytes in, struct pars_buf *out, struct pars_range_diff *diff);

#endif
