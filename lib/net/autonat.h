/* net/autonat.h - asking a peer to dial back: messages of AutoNAT
 * (libp2p specs: autonat/autonat-v1.md). */
#ifndef PARS_NET_AUTONAT_H
#define PARS_NET_AUTONAT_H

#include "base/bytes.h"
#include "codec/multiaddr.h"
#include "crypto/peer_id.h"

#define PARS_AUTONAT_PROTOCOL "/libp2p/autonat/1.0.0"
#define PARS_AUTONAT_MESSAGE_MAX ((size_t)8 * 1024) /* without its length prefix */
#define PARS_AUTONAT_ADDRS_MAX 16

enum pars_autonat_status {
	PARS_AUTONAT_OK = 0,
	PARS_AUTONAT_DIAL_ERROR = 100,   /* tried, not reached */
	PARS_AUTONAT_DIAL_REFUSED = 101, /* not tried: says nothing about reachability */
	PARS_AUTONAT_BAD_REQUEST = 200,
	PARS_AUTONAT_INTERNAL_ERROR = 300,
};

struct pars_autonat {
	bool is_response;
	/* DIAL */
	struct pars_peer_id peer;
	size_t count;
	struct pars_multiaddr addrs[PARS_AUTONAT_ADDRS_MAX]; /* those not understood are left out */
	/* DIAL_RESPONSE */
	enum pars_autonat_status status;
	struct pars_multiaddr addr; /* reached; n 0: not told */
};

/* Appends the message behind its uvarint length. */
void pars_autonat_encode(const struct pars_autonat *m, struct pars_buf *out);
/* One whole message without its length. PEER_MALFORMED. */
PARS_MUST enum pars_err pars_autonat_decode(struct pars_bytes raw, struct pars_autonat *ret);

#endif
