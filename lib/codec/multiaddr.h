/* codec/multiaddr.h - self-describing addresses
 * (libp2p specs: addressing/README.md; multiformats: multiaddr). */
#ifndef PARS_CODEC_MULTIADDR_H
#define PARS_CODEC_MULTIADDR_H

#include "base/io.h"

#define PARS_MULTIADDR_MAX 384  /* bytes of the binary form we keep */
#define PARS_MULTIADDR_TEXT 800 /* its text with NUL fits */

/* A validated binary multiaddr of known protocols. n 0: none. */
struct pars_multiaddr {
	uint16_t n;
	uint8_t b[PARS_MULTIADDR_MAX];
};

/* Checks and copies. PEER_MALFORMED: truncated, non-minimal, over-long, or a
 * protocol we do not know (its length is unknown, so it cannot be walked). */
PARS_MUST enum pars_err pars_multiaddr_decode(struct pars_bytes raw, struct pars_multiaddr *ret);
/* From text; the fault says what is wrong where. INVALID. */
PARS_MUST enum pars_err pars_multiaddr_parse(const char *text, struct pars_multiaddr *ret,
	struct pars_fault *fault);
void pars_multiaddr_text(const struct pars_multiaddr *a, char out[PARS_MULTIADDR_TEXT]);
bool pars_multiaddr_equal(const struct pars_multiaddr *a, const struct pars_multiaddr *b);
static inline struct pars_bytes pars_multiaddr_bytes(const struct pars_multiaddr *a)
{
	return PARS_BYTES(a->b, a->n);
}

/* The endpoint of …/tcp/… addresses (ip4, ip6, dns*), which may be followed
 * by /p2p only. False for anything else. */
bool pars_multiaddr_endpoint(const struct pars_multiaddr *a, struct pars_endpoint *ret);
/* The name of /dnsaddr/NAME, which may be followed by /p2p only: a name whose
 * TXT records are addresses. False for anything else. */
bool pars_multiaddr_dnsaddr(const struct pars_multiaddr *a, char ret[PARS_HOST_MAX + 1]);
void pars_multiaddr_from_endpoint(const struct pars_endpoint *e, struct pars_multiaddr *ret);
/* The multihash of the last /p2p, empty when there is none. Borrows a. */
struct pars_bytes pars_multiaddr_p2p(const struct pars_multiaddr *a);
/* Replaces or appends /p2p; false when it does not fit. An empty id removes it. */
bool pars_multiaddr_set_p2p(struct pars_multiaddr *a, struct pars_bytes id);

#endif
