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

struct flow *flow_new(struct net *n, pars_conn id, enum flow_state state)
{
	struct flow *f = pars_alloc(sizeof *f);
	f->net = n;
	f->id = id;
	f->state = state;
	f->fd = -1;
	f->next = n->flows;
	f->at = &n->flows;
	if (f->next)
		f->next->at = &f->next;
	n->flows = f;
	pars_map_put(&n->by_id, f);
	return f;
}

static bool is_known(const struct flow *f)
{
	return f->state != FLOW_CLOSING && f->state != FLOW_LINGERING;
}

static void forget(struct flow *f)
{
	if (is_known(f))
		pars_map_remove(&f->net->by_id, PARS_BYTES(&f->id, sizeof f->id));
}

static void untouch(struct flow *f)
{
	struct flow **at = &f->net->touched;
	while (*at && *at != f)
		at = &(*at)->next_touched;
	if (*at)
		*at = f->next_touched;
}

void flow_free(struct flow *f)
{
	forget(f);
	flow_dial_cancel(f);
	if (f->touched)
		untouch(f);
	if (f->read)
		event_free(f->read);
	if (f->write)
		event_free(f->write);
	if (f->out)
		evbuffer_free(f->out);
	if (f->fd >= 0)
		close(f->fd);
	*f->at = f->next;
	if (f->next)
		f->next->at = f->at;
	free(f);
}

/* Bytes read before the end were put into the inbox before this. */
static void lost(struct flow *f, const char *why)
{
	if (is_known(f))
		inbox_add_text(f->net->inbox, PARS_EV_CONN_CLOSED, f->id, why);
	flow_free(f);
}

void flow_failed(struct flow *f, const char *why)
{
	inbox_add_text(f->net->inbox, PARS_EV_CONN_FAILED, f->id, why);
	flow_free(f);
}

/* After our end nothing that still comes is wanted, but closing with bytes
 * unread would reset the connection under our last ones. */
static void drain(struct flow *f, ssize_t got)
{
	if (got <= 0 && !(got < 0 && errno == EAGAIN))
		flow_free(f);
}

/*~ 1. A vertex comes out of a socket: bytes that the daemon does not look
 *~    into become an event, and the loop's turn a step of the core. */
static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	static uint8_t scratch[READ_SIZE]; /* the loop's; copied before it returns */
	struct flow *f = arg;
	if (what & EV_TIMEOUT) {
		flow_free(f);
		return;
	}
	if (is_known(f) && inbox_is_full(f->net->inbox))
		return; /* level-triggered: the next turn reads it */
	ssize_t n = recv(fd, scratch, sizeof scratch, 0);
	if (!is_known(f))
		drain(f, n);
	else if (n > 0)
		inbox_add_data(f->net->inbox, f->id, PARS_BYTES(scratch, (size_t)n));
	else if (!n)
		lost(f, "closed by the other side");
	else if (errno != EAGAIN && errno != EINTR)
		lost(f, strerror(errno));
}

static void linger(struct flow *f)
{
	struct timeval tv = { .tv_sec = LINGER_S };
	f->state = FLOW_LINGERING;
	shutdown(f->fd, SHUT_WR);
	event_add(f->read, &tv);
}

void flow_flush(struct flow *f)
{
	size_t before = evbuffer_get_length(f->out);
	while (evbuffer_get_length(f->out)) {
		int n = evbuffer_write(f->out, f->fd);
		if (n >= 0)
			continue;
		if (errno == EAGAIN || errno == EINTR)
			break;
		lost(f, strerror(errno));
		return;
	}
	size_t left = evbuffer_get_length(f->out);
	if (f->state == FLOW_OPEN && left < before)
		inbox_add_sent(f->net->inbox, f->id, before - left);
	if (left)
		event_add(f->write, NULL);
	else if (f->state == FLOW_CLOSING)
		linger(f);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct flow *f = arg;
	(void)fd;
	if (what & EV_TIMEOUT)
		flow_free(f); /* closing, and nobody takes the rest */
	else
		flow_flush(f);
}

static void endpoint_of(int fd, int (*get)(int, struct sockaddr *restrict, socklen_t *restrict),
	struct pars_endpoint *ret)
{
	struct sockaddr_storage sa = { 0 };
	socklen_t n = sizeof sa;
	if (get(fd, (struct sockaddr *)&sa, &n) || !endpoint_from_sockaddr(&sa, ret))
		*ret = (struct pars_endpoint){ 0 };
}

void flow_opened(struct flow *f, int fd)
{
	int one = 1;
	if (f->write)
		event_free(f->write);
	f->state = FLOW_OPEN;
	f->fd = fd;
	f->out = evbuffer_new();
	f->read = event_new(f->net->base, fd, EV_READ | EV_PERSIST, on_readable, f);
	f->write = event_new(f->net->base, fd, EV_WRITE, on_writable, f);
	event_add(f->read, NULL);
	/* Frames are whole when they are written; waiting to fill a segment only
	 * delays them. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	struct pars_event *ev = inbox_add(f->net->inbox, PARS_EV_CONN_OPENED, f->id);
	endpoint_of(fd, getsockname, &ev->local);
	endpoint_of(fd, getpeername, &ev->remote);
}

static void touch(struct flow *f)
{
	if (f->touched)
		return;
	f->touched = true;
	f->next_touched = f->net->touched;
	f->net->touched = f;
}

void flow_send(struct flow *f, struct pars_bytes data)
{
	if (f->state != FLOW_OPEN)
		return;
	evbuffer_add(f->out, data.p, data.n);
	touch(f);
}

void flow_close(struct flow *f)
{
	struct timeval tv = { .tv_sec = LINGER_S };
	if (f->state != FLOW_OPEN) {
		flow_free(f);
		return;
	}
	forget(f);
	f->state = FLOW_CLOSING;
	event_del(f->read);
	/* The timeout counts from each time that some bytes leave. */
	event_add(f->write, &tv);
	touch(f);
}

void flow_abort(struct flow *f)
{
	struct linger hard = { .l_onoff = 1 };
	if (f->fd >= 0)
		setsockopt(f->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
	flow_free(f);
}
