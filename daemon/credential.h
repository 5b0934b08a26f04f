/* daemon/credential.h - what a service manager hands over in secret
 * (systemd's LoadCredential=; systemd.io/CREDENTIALS). */
#ifndef PARS_DAEMON_CREDENTIAL_H
#define PARS_DAEMON_CREDENTIAL_H

#include "base/io.h"

#define CREDENTIAL_KEY_SIZE 32

/* The seed of the node's key: node-key in $CREDENTIALS_DIRECTORY, 64 hex
 * digits. NOT_FOUND: none is given. INVALID: it is no such file, or others may
 * read it. Wipe `seed` after use. */
PARS_MUST enum pars_err credential_node_key(uint8_t seed[CREDENTIAL_KEY_SIZE], struct pars_fault *fault);

#endif
