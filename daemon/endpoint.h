/* daemon/endpoint.h - core endpoints and socket addresses. */
#ifndef PARS_DAEMON_ENDPOINT_H
#define PARS_DAEMON_ENDPOINT_H

#include <sys/socket.h>

#include "base/io.h"

/* IP endpoints only. */
socklen_t endpoint_to_sockaddr(const struct pars_endpoint *e, struct sockaddr_storage *ret);
/* False for families that are not IP. */
bool endpoint_from_sockaddr(const struct sockaddr_storage *sa, struct pars_endpoint *ret);
#define ENDPOINT_TEXT 320
/* As a multiaddr. */
void endpoint_text(const struct pars_endpoint *e, char out[ENDPOINT_TEXT]);
/* The machine's own addresses, at most max; gives how many. */
size_t endpoint_interfaces(struct pars_endpoint *out, size_t max);

#endif
