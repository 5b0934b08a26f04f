/* rpc/path.h - where the daemon's socket is: one rule for parsd and parsctl.
 *
 * A service: /run/parsd/rpc.sock. A person: $XDG_RUNTIME_DIR/parsd/rpc.sock,
 * and without that variable rpc.sock in the data folder, which is
 * $XDG_STATE_HOME/parsd or ~/.local/state/parsd. */
#ifndef PARS_RPC_PATH_H
#define PARS_RPC_PATH_H

#include "base/base.h"

#define RPC_SOCKET_SERVICE "/run/parsd/rpc.sock"
#define RPC_SOCKET_PATH_MAX 107 /* bytes, sun_path without NUL */

/* Give; NULL when the environment does not say. */
char *rpc_path_person_data(void);
/* The default socket of a person whose data folder is `datadir`. */
char *rpc_path_person_socket(const char *datadir);
/* Where parsctl looks, in order, NULL behind the last. The caller frees the
 * strings. */
void rpc_path_candidates(char *out[4]);

#endif
