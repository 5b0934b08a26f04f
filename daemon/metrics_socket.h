/* daemon/metrics_socket.h - answers any HTTP GET with the metrics as a text,
 * on a Unix socket or a TCP port. One request a connection. */
#ifndef PARS_DAEMON_METRICS_SOCKET_H
#define PARS_DAEMON_METRICS_SOCKET_H

#include <event2/event.h>

#include "base/bytes.h"

struct metrics_socket;

/* Takes the listening socket; path (copied): the file that _free removes, or
 * NULL. `fill` appends the metrics. Borrows base. */
struct metrics_socket *metrics_socket_new(struct event_base *base, int fd, const char *path,
	void (*fill)(void *arg, struct pars_buf *out), void *arg);
void metrics_socket_free(struct metrics_socket *s); /* NULL is fine */

#endif
