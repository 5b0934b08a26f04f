/* session/invitation.h - what to give to somebody who shall join: a URI that
 * fits into a message, a QR or an NFC tag.
 *
 *   pars:<session id>,s=<secret>,a=<address>,a=<address>…
 *
 * Nothing in it means anything to a shell, so it can be pasted as it is. The
 * secret (base64url of 32 bytes) is there for private sessions only; the
 * addresses (multiaddrs with /p2p) are places to begin at, and any member that
 * can be reached will do. Parameters that are not known are skipped. */
#ifndef PARS_SESSION_INVITATION_H
#define PARS_SESSION_INVITATION_H

#include "base/io.h"
#include "crypto/hash.h"

#define PARS_INVITATION_MAX 1024 /* bytes of the text */
#define PARS_INVITATION_ADDRS_MAX 8
#define PARS_SESSION_SECRET_SIZE 32

struct pars_invitation {
	struct pars_digest session;
	bool has_secret;
	uint8_t secret[PARS_SESSION_SECRET_SIZE];
	size_t count;
	struct pars_bytes addrs[PARS_INVITATION_ADDRS_MAX]; /* multiaddr texts, borrowed, unchecked */
};

bool pars_invitation_is(const char *text); /* it means to be one */
/* Addresses that do not fit any more are left out. */
void pars_invitation_text(const struct pars_invitation *in, char out[PARS_INVITATION_MAX + 1]);
/* INVALID, TOO_LARGE; the fault says what is wrong. */
PARS_MUST enum pars_err pars_invitation_parse(const char *text, struct pars_invitation *ret,
	struct pars_fault *fault);

#endif
