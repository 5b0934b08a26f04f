#include "daemon/net_internal.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "daemon/endpoint.h"
#include "daemon/log.h"

#define BACKLOG 128
#define ACCEPTS_PER_TURN 32

/* Says so once. */
static bool is_short(struct listener *l)
{
	int e = errno;
	if (!rest_if_short(&l->rest))
		return false;
	if (!l->net->fds_short)
		log_line(PARS_LOG_WARN, "daemon", "cannot accept connections: %s", strerror(e));
	return l->net->fds_short = true;
}

static void on_acceptable(evutil_socket_t fd, short what, void *arg)
{
	struct listener *l = arg;
	(void)what;
	for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
		int peer = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (peer >= 0) {
			l->net->fds_short = false;
			flow_opened(flow_new(l->net, PARS_CONN_INBOUND | ++l->net->accepted, FLOW_OPEN), peer);
		} else if (is_short(l) || (errno != ECONNABORTED && errno != EINTR)) {
			return;
		}
	}
}

/* The socket, or -1 with errno. */
static int open_socket(const struct pars_endpoint *on)
{
	struct sockaddr_storage sa;
	socklen_t n = endpoint_to_sockaddr(on, &sa);
	int one = 1, fd = socket(sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (sa.ss_family == AF_INET6) /* IPv4 has its own listener */
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
	if (!bind(fd, (struct sockaddr *)&sa, n) && !listen(fd, BACKLOG))
		return fd;
	int e = errno;
	close(fd);
	errno = e;
	return -1;
}

enum pars_err net_open_listener(const struct pars_endpoint *on, int *ret_fd, struct pars_fault *fault)
{
	char text[ENDPOINT_TEXT];
	*ret_fd = open_socket(on);
	endpoint_text(on, text);
	return *ret_fd < 0 ? pars_fail(fault, PARS_E_INVALID, "cannot listen on %s: %s", text, strerror(errno)) : PARS_OK;
}

void net_listen_start(struct net *n, unsigned number, const struct pars_endpoint *on)
{
	struct sockaddr_storage sa = { 0 };
	socklen_t len = sizeof sa;
	int fd = open_socket(on);
	if (fd < 0) {
		inbox_add_text(n->inbox, PARS_EV_LISTEN_FAILED, 0, strerror(errno));
		n->inbox->list[n->inbox->count - 1].listener = number;
		return;
	}
	struct listener *l = pars_alloc(sizeof *l);
	*l = (struct listener){ .next = n->listeners, .net = n, .number = number, .fd = fd };
	n->listeners = l;
	l->accept = event_new(n->base, fd, EV_READ | EV_PERSIST, on_acceptable, l);
	rest_init(&l->rest, n->base, l->accept);
	event_add(l->accept, NULL);
	struct pars_event *ev = inbox_add(n->inbox, PARS_EV_LISTENING, 0);
	ev->listener = number;
	ev->local = *on;
	if (!getsockname(fd, (struct sockaddr *)&sa, &len))
		endpoint_from_sockaddr(&sa, &ev->local);
}

static void stop_at(struct listener **at)
{
	struct listener *l = *at;
	*at = l->next;
	event_free(l->accept);
	rest_done(&l->rest);
	close(l->fd);
	free(l);
}

void net_listen_stop(struct net *n, unsigned number)
{
	for (struct listener **at = &n->listeners; *at; at = &(*at)->next) {
		if ((*at)->number == number) {
			stop_at(at);
			return;
		}
	}
}

void net_listen_stop_all(struct net *n)
{
	while (n->listeners)
		stop_at(&n->listeners);
}
