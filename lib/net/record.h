/* net/record.h - signed peer records: addresses a peer vouches for
 * (libp2p specs: RFC/0002-signed-envelopes.md, RFC/0003-routing-records.md). */
#ifndef PARS_NET_RECORD_H
#define PARS_NET_RECORD_H

#include "codec/multiaddr.h"
#include "crypto/peer_id.h"

#define PARS_RECORD_ADDRS_MAX 16
#define PARS_RECORD_SIZE_MAX ((size_t)8 * 1024)

struct pars_record {
	struct pars_peer_id peer;
	uint64_t seq; /* of two records of one peer, the higher one is newer */
	size_t count;
	struct pars_multiaddr addrs[PARS_RECORD_ADDRS_MAX];
};

/* Appends the signed envelope; key must be the one of record->peer. */
void pars_record_seal(const struct pars_record *record, const struct pars_ed25519_pair *key,
	struct pars_buf *out);
/* PEER_MALFORMED, PEER_TOO_LARGE, PEER_SIGNATURE; PEER_WRONG_ID: signed by
 * another peer than it is about. Addresses we do not understand, and those
 * beyond the bound, are left out. */
PARS_MUST enum pars_err pars_record_open(struct pars_bytes envelope, struct pars_record *ret);
/* The same without the signature: of what this node opened before, and kept. */
PARS_MUST enum pars_err pars_record_reopen(struct pars_bytes envelope, struct pars_record *ret);

#endif
