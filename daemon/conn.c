#include "daemon/net_internal.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "daemon/endpoint.h"

#define READ_SIZE 65536
#define LINGER_S 2 /* for the other side to take the last bytes */

struct conn *conn_new(struct net *n, pars_conn id, enum conn_state state)
{
	struct conn *c = pars_alloc(sizeof *c);
	c->net = n;
	c->id = id;
	c->state = state;
	c->fd = -1;
	c->next = n->conns;
	c->at = &n->conns;
	if (c->next)
		c->next->at = &c->next;
	n->conns = c;
	pars_map_put(&n->by_id, c);
	return c;
}

static bool is_known(const struct conn *c)
{
	return c->state != CONN_CLOSING && c->state != CONN_LINGERING;
}

static void forget(struct conn *c)
{
	if (is_known(c))
		pars_map_remove(&c->net->by_id, PARS_BYTES(&c->id, sizeof c->id));
}

static void untouch(struct conn *c)
{
	struct conn **at = &c->net->touched;
	while (*at && *at != c)
		at = &(*at)->next_touched;
	if (*at)
		*at = c->next_touched;
}

void conn_free(struct conn *c)
{
	forget(c);
	dial_cancel(c);
	if (c->touched)
		untouch(c);
	if (c->read)
		event_free(c->read);
	if (c->write)
		event_free(c->write);
	if (c->out)
		evbuffer_free(c->out);
	if (c->fd >= 0)
		close(c->fd);
	*c->at = c->next;
	if (c->next)
		c->next->at = c->at;
	free(c);
}

/* Bytes read before the end were put into the inbox before this. */
static void lost(struct conn *c, const char *why)
{
	if (is_known(c))
		inbox_add_text(c->net->inbox, PARS_EV_CONN_CLOSED, c->id, why);
	conn_free(c);
}

void conn_failed(struct conn *c, const char *why)
{
	inbox_add_text(c->net->inbox, PARS_EV_CONN_FAILED, c->id, why);
	conn_free(c);
}

/* After our end nothing that still comes is wanted, but closing with bytes
 * unread would reset the connection under our last ones. */
static void drain(struct conn *c, ssize_t got)
{
	if (got <= 0 && !(got < 0 && errno == EAGAIN))
		conn_free(c);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	static uint8_t scratch[READ_SIZE]; /* the loop's; copied before it returns */
	struct conn *c = arg;
	if (what & EV_TIMEOUT) {
		conn_free(c);
		return;
	}
	if (is_known(c) && inbox_is_full(c->net->inbox))
		return; /* level-triggered: the next turn reads it */
	ssize_t n = recv(fd, scratch, sizeof scratch, 0);
	if (!is_known(c))
		drain(c, n);
	else if (n > 0)
		inbox_add_data(c->net->inbox, c->id, PARS_BYTES(scratch, (size_t)n));
	else if (!n)
		lost(c, "closed by the other side");
	else if (errno != EAGAIN && errno != EINTR)
		lost(c, strerror(errno));
}

static void linger(struct conn *c)
{
	struct timeval tv = { .tv_sec = LINGER_S };
	c->state = CONN_LINGERING;
	shutdown(c->fd, SHUT_WR);
	event_add(c->read, &tv);
}

void conn_flush(struct conn *c)
{
	size_t before = evbuffer_get_length(c->out);
	while (evbuffer_get_length(c->out)) {
		int n = evbuffer_write(c->out, c->fd);
		if (n >= 0)
			continue;
		if (errno == EAGAIN || errno == EINTR)
			break;
		lost(c, strerror(errno));
		return;
	}
	size_t left = evbuffer_get_length(c->out);
	if (c->state == CONN_OPEN && left < before)
		inbox_add(c->net->inbox, PARS_EV_CONN_SENT, c->id)->size = before - left;
	if (left)
		event_add(c->write, NULL);
	else if (c->state == CONN_CLOSING)
		linger(c);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;
	(void)fd;
	if (what & EV_TIMEOUT)
		conn_free(c); /* closing, and nobody takes the rest */
	else
		conn_flush(c);
}

static void endpoint_of(int fd, int (*get)(int, struct sockaddr *restrict, socklen_t *restrict),
	struct pars_endpoint *ret)
{
	struct sockaddr_storage sa = { 0 };
	socklen_t n = sizeof sa;
	if (get(fd, (struct sockaddr *)&sa, &n) || !endpoint_from_sockaddr(&sa, ret))
		*ret = (struct pars_endpoint){ 0 };
}

void conn_opened(struct conn *c, int fd)
{
	int one = 1;
	if (c->write)
		event_free(c->write);
	c->state = CONN_OPEN;
	c->fd = fd;
	c->out = evbuffer_new();
	c->read = event_new(c->net->base, fd, EV_READ | EV_PERSIST, on_readable, c);
	c->write = event_new(c->net->base, fd, EV_WRITE, on_writable, c);
	event_add(c->read, NULL);
	/* Frames are whole when they are written; waiting to fill a segment only
	 * delays them. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	struct pars_event *ev = inbox_add(c->net->inbox, PARS_EV_CONN_OPENED, c->id);
	endpoint_of(fd, getsockname, &ev->local);
	endpoint_of(fd, getpeername, &ev->remote);
}

static void touch(struct conn *c)
{
	if (c->touched)
		return;
	c->touched = true;
	c->next_touched = c->net->touched;
	c->net->touched = c;
}

void conn_send(struct conn *c, struct pars_bytes data)
{
	if (c->state != CONN_OPEN)
		return;
	evbuffer_add(c->out, data.p, data.n);
	touch(c);
}

void conn_close(struct conn *c)
{
	struct timeval tv = { .tv_sec = LINGER_S };
	if (c->state != CONN_OPEN) {
		conn_free(c);
		return;
	}
	forget(c);
	c->state = CONN_CLOSING;
	event_del(c->read);
	/* The timeout counts from each time that some bytes leave. */
	event_add(c->write, &tv);
	touch(c);
}

void conn_abort(struct conn *c)
{
	struct linger hard = { .l_onoff = 1 };
	if (c->fd >= 0)
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
	conn_free(c);
}
