/* sync/replica.h - what sync needs to see of the sets it reconciles.
 *
 * A table of functions, so that the protocol knows nothing of how vertices
 * are stored, and a test can run it over sets in memory. `session` is the
 * owner's own number for a session. */
#ifndef PARS_SYNC_REPLICA_H
#define PARS_SYNC_REPLICA_H

#include "sync/message.h"

/* A place in (lamport, id) order. */
struct pars_sync_bound {
	uint64_t lamport;
	struct pars_digest id; /* all zero: before every vertex of that lamport time */
};
#define PARS_SYNC_LAMPORT_END (((uint64_t)1 << 48) + 1) /* above every vertex */

struct pars_sync_chain {
	uint8_t prefix[PARS_SYNC_AUTHOR_PREFIX];
	uint32_t author; /* the owner's number for the author */
	uint64_t count;
	bool own;
};

struct pars_sync_replica {
	void *ctx;
	void (*state)(void *ctx, uint32_t session, struct pars_sync_state *ret);
	/* Own vertices in id's past, itself included; -1: id is not here. */
	int64_t (*own_past)(void *ctx, uint32_t session, const struct pars_digest *id);
	uint64_t (*own_count)(void *ctx, uint32_t session);
	/* Gives the full id that begins so; false: not here. */
	bool (*find)(void *ctx, uint32_t session, const uint8_t short_id[PARS_SYNC_SHORT_ID],
		struct pars_digest *ret);
	bool (*read)(void *ctx, uint32_t session, const struct pars_digest *id, struct pars_buf *out);
	/* At most max; returns how many authors there are. */
	size_t (*chains)(void *ctx, uint32_t session, struct pars_sync_chain *out, size_t max);
	bool (*chain_lamport)(void *ctx, uint32_t session, uint32_t author, uint64_t n, uint64_t *ret);
	void (*chain_read)(void *ctx, uint32_t session, uint32_t author, uint64_t n,
		void (*put)(void *put_ctx, struct pars_bytes raw), void *put_ctx);
	/* Of vertices in [from, to). */
	uint64_t (*range_sum)(void *ctx, uint32_t session, const struct pars_sync_bound *from,
		const struct pars_sync_bound *to, uint8_t fingerprint[PARS_SYNC_FINGERPRINT]);
	size_t (*range_ids)(void *ctx, uint32_t session, const struct pars_sync_bound *from,
		const struct pars_sync_bound *to, struct pars_digest *out, size_t max);
	/* No vertex can be taken: what we hold is given, nothing is asked for. NULL:
	 * never so. */
	bool (*is_full)(void *ctx, uint32_t session);
};

#endif
