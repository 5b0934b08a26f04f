/* session/payload.h - the DAG-CBOR maps inside vertices. Unknown keys are
 * stepped over, so that later versions can add some. */
#ifndef PARS_SESSION_PAYLOAD_H
#define PARS_SESSION_PAYLOAD_H

#include "base/bytes.h"
#include "base/err.h"

#define PARS_SESSION_NONCE_SIZE 32

/* Those present in the map; the others are empty. */
struct pars_payload {
	struct pars_bytes name, nick, text, nonce;
};

/* PEER_MALFORMED: not a map, or a known key of another type. Borrows. */
PARS_MUST enum pars_err pars_payload_decode(struct pars_bytes in, struct pars_payload *ret);
/* Writes the fields whose p is not NULL. */
void pars_payload_encode(const struct pars_payload *p, struct pars_buf *out);

#endif
