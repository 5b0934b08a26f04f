/* dag/vertex.h - the unit of everything said: a signed DAG-CBOR block.
 *
 *   [ body, signature ]
 *   body { a author key · d payload · k kind · l lamport · n author's counter
 *          p parents (links, sorted) · s session (link; absent in a genesis)
 *          t author's clock, ns · v 1 }
 *
 * The signature is Ed25519 over "pars-vertex-v1" and the body's bytes; the id
 * is the CIDv1 of the whole, so it covers parents, author and counter. */
#ifndef PARS_DAG_VERTEX_H
#define PARS_DAG_VERTEX_H

#include "base/bytes.h"
#include "base/err.h"
#include "crypto/ed25519.h"
#include "crypto/hash.h"

#define PARS_VERTEX_PARENTS_MAX 32
#define PARS_VERTEX_PAYLOAD_MAX 65536
#define PARS_VERTEX_MAX (PARS_VERTEX_PAYLOAD_MAX + PARS_VERTEX_PARENTS_MAX * 41 + 256)
/* Counters and lamport times stay far from every integer limit. */
#define PARS_VERTEX_COUNT_MAX ((uint64_t)1 << 48)

enum pars_vertex_kind {
	PARS_KIND_GENESIS, /* opens a session; its id is the session's */
	PARS_KIND_JOIN,    /* an author's first vertex in an open session */
	PARS_KIND_MESSAGE,
	/* Others are kept and passed on, not understood. */
};

struct pars_vertex {
	struct pars_digest id;
	struct pars_digest session; /* of a genesis: its own id */
	struct pars_ed25519_public author;
	uint64_t n, lamport, kind;
	int64_t time_ns;
	size_t parent_count; /* 0 only in a genesis */
	struct pars_digest parents[PARS_VERTEX_PARENTS_MAX];
	struct pars_bytes payload, body, signature, raw; /* borrow the decoded bytes */
};

/* Checks form and bounds and computes the id; borrows raw. PEER_MALFORMED,
 * PEER_TOO_LARGE. */
PARS_MUST enum pars_err pars_vertex_decode(struct pars_bytes raw, struct pars_vertex *ret);
/* Only of which session it is, by the same checks. */
PARS_MUST enum pars_err pars_vertex_session(struct pars_bytes raw, struct pars_digest *ret);
/* The signature alone. PEER_SIGNATURE. */
PARS_MUST enum pars_err pars_vertex_verify(const struct pars_vertex *v);
/* Who signed what, for pars_ed25519_verify_each; borrows *v. */
struct pars_ed25519_claim pars_vertex_claim(const struct pars_vertex *v);

/* Writes a new signed vertex to *raw. From draft: session (unless
 * genesis), n, lamport, kind, time_ns, parents (sorted here), payload. */
void pars_vertex_encode(const struct pars_vertex *draft, const struct pars_ed25519_pair *key,
	struct pars_buf *raw);

#endif
