/* daemon/rpc_bind.h - opens the Unix socket; see rpc_socket.h. */
#ifndef PARS_DAEMON_RPC_BIND_H
#define PARS_DAEMON_RPC_BIND_H

#include "base/io.h"

/* Listens on a Unix socket with the rights of rpc_socket.h. option: its name,
 * for the fault. Errors: as rpc_socket_new. */
PARS_MUST enum pars_err rpc_bind(const char *path, const char *option, bool service, int *ret_fd,
	struct pars_fault *fault);
/* Takes over a socket that the service manager opened. *ret_path (give): where
 * it is. INVALID, and fd is closed: it is none that can be served. */
PARS_MUST enum pars_err rpc_bind_passed(int fd, char **ret_path, struct pars_fault *fault);

#endif
