/* daemon/rpc_bind.h - opens the Unix socket; see rpc_socket.h. */
#ifndef PARS_DAEMON_RPC_BIND_H
#define PARS_DAEMON_RPC_BIND_H

#include "base/io.h"

PARS_MUST enum pars_err rpc_bind(const char *path, bool service, int *ret_fd, struct pars_fault *fault);

#endif
