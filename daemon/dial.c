#include "daemon/net_internal.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/endpoint.h"

#define CONNECT_S 15

static void try_next(struct conn *c, const char *why);

static void on_connected(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;
	int e = 0;
	socklen_t n = sizeof e;
	if (what & EV_TIMEOUT)
		e = ETIMEDOUT;
	else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &n))
		e = errno;
	if (e) {
		try_next(c, strerror(e));
		return;
	}
	dial_cancel(c);
	conn_opened(c, fd);
}

/* True when the connection is on its way. */
static bool connect_to(struct conn *c, const struct sockaddr *sa, socklen_t n)
{
	struct timeval tv = { .tv_sec = CONNECT_S };
	int fd = socket(sa->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	if (connect(fd, sa, n) && errno != EINPROGRESS) {
		int e = errno;
		close(fd);
		errno = e;
		return false;
	}
	c->state = CONN_DIALING;
	c->fd = fd;
	c->write = event_new(c->net->base, fd, EV_WRITE, on_connected, c);
	event_add(c->write, &tv);
	return true;
}

/* One address of the name failed: the next one, or none is left. */
static void try_next(struct conn *c, const char *why)
{
	char kept[128];
	snprintf(kept, sizeof kept, "%s", why);
	if (c->write)
		event_free(c->write);
	c->write = NULL;
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	while (c->trying) {
		struct evutil_addrinfo *a = c->trying;
		c->trying = a->ai_next;
		if (connect_to(c, a->ai_addr, (socklen_t)a->ai_addrlen))
			return;
		snprintf(kept, sizeof kept, "%s", strerror(errno));
	}
	conn_failed(c, kept);
}

static void on_resolved(int result, struct evutil_addrinfo *found, void *arg)
{
	struct conn *c = arg;
	if (result == EVUTIL_EAI_CANCEL)
		return;
	c->query = NULL;
	if (result) {
		char why[128];
		snprintf(why, sizeof why, "name lookup: %s", evutil_gai_strerror(result));
		conn_failed(c, why);
		return;
	}
	c->found = c->trying = found;
	try_next(c, "the name has no address");
}

static void resolve(struct conn *c, const struct pars_endpoint *to)
{
	struct evutil_addrinfo hints = {
		.ai_family = to->family == PARS_DNS4 ? AF_INET : to->family == PARS_DNS6 ? AF_INET6 : AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_protocol = IPPROTO_TCP,
		.ai_flags = EVUTIL_AI_ADDRCONFIG,
	};
	char port[8];
	struct net *n = c->net;
	snprintf(port, sizeof port, "%u", to->port);
	if (!n->dns)
		n->dns = evdns_base_new(n->base, EVDNS_BASE_INITIALIZE_NAMESERVERS | EVDNS_BASE_DISABLE_WHEN_INACTIVE);
	if (!n->dns) {
		conn_failed(c, "name lookup: /etc/resolv.conf names no server");
		return;
	}
	/* May answer, and free the connection, before it returns. */
	struct evdns_getaddrinfo_request *query = evdns_getaddrinfo(n->dns, to->host, port, &hints, on_resolved, c);
	if (query)
		c->query = query;
}

void dial_start(struct net *n, pars_conn id, const struct pars_endpoint *to)
{
	struct conn *c = conn_new(n, id, CONN_RESOLVING);
	struct sockaddr_storage sa;
	if (to->family != PARS_IP4 && to->family != PARS_IP6) {
		resolve(c, to);
		return;
	}
	socklen_t len = endpoint_to_sockaddr(to, &sa);
	if (!connect_to(c, (struct sockaddr *)&sa, len))
		conn_failed(c, strerror(errno));
}

void dial_cancel(struct conn *c)
{
	if (c->query)
		evdns_getaddrinfo_cancel(c->query);
	if (c->found)
		evutil_freeaddrinfo(c->found);
	c->query = NULL;
	c->found = c->trying = NULL;
}
