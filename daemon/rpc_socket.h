/* daemon/rpc_socket.h - the Unix socket of parsctl and wallets.
 *
 * Rights come from SO_PEERCRED: root and the daemon's own user are admin;
 * members of the socket's group (of a service) are wallet; whoever else the
 * socket's mode lets in may read. */
#ifndef PARS_DAEMON_RPC_SOCKET_H
#define PARS_DAEMON_RPC_SOCKET_H

#include <event2/event.h>

#include "rpc/server.h"

struct rpc_socket;

/* Listens. The folder is made when missing; the mode (0660 for a service,
 * 0600 for a person) is set before anybody can connect; the socket of a dead
 * daemon is replaced. EXISTS: a live daemon answers there, or something that
 * is no socket is in the way. TOO_LARGE: the path. Borrows base and server. */
PARS_MUST enum pars_err rpc_socket_new(struct event_base *base, struct rpc_server *server, const char *path,
	bool service, struct rpc_socket **ret, struct pars_fault *fault);
/* Serves a socket that the service manager opened, with the rights it gave.
 * Takes fd. INVALID. */
PARS_MUST enum pars_err rpc_socket_take(struct event_base *base, struct rpc_server *server, int fd,
	bool service, struct rpc_socket **ret, struct pars_fault *fault);
const char *rpc_socket_path(const struct rpc_socket *s);
/* Some client has something for the next step. */
bool rpc_socket_wants_step(const struct rpc_socket *s);
void rpc_socket_feed(struct rpc_socket *s); /* inside a step, after rpc_server_begin */
/* Writes what may be written, closes who is done. True: more may leave in
 * the next turn of the loop. */
bool rpc_socket_flush(struct rpc_socket *s);
bool rpc_socket_is_busy(const struct rpc_socket *s); /* replies wait to leave */
void rpc_socket_free(struct rpc_socket *s); /* removes the file of a socket it opened */

#endif
