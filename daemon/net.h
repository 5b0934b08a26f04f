/* daemon/net.h - the node's TCP sockets: carries out DIAL, SEND, CLOSE,
 * ABORT, LISTEN and UNLISTEN effects; what happens goes into the inbox. */
#ifndef PARS_DAEMON_NET_H
#define PARS_DAEMON_NET_H

#include <event2/event.h>

#include "daemon/inbox.h"

struct net;

struct net *net_new(struct event_base *base, struct inbox *inbox); /* borrows both */
void net_effect(struct net *n, const struct pars_effect *e);
/* Writes what the effects since the last flush queued. */
void net_flush(struct net *n);
size_t net_count(const struct net *n); /* connections, dials included */
/* A listening TCP socket. INVALID: the fault says why not. */
PARS_MUST enum pars_err net_open_listener(const struct pars_endpoint *on, int *ret_fd, struct pars_fault *fault);
/* One round of the loop: sockets, timers, whatever hangs on it and is ready; with
 * `wait` it waits for something to be. */
void net_round(struct event_base *base, bool wait);
/* Bytes wait to leave. */
bool net_is_busy(const struct net *n);
/* Closes everything at once, without events. */
void net_drop_all(struct net *n);
void net_free(struct net *n);

#endif
