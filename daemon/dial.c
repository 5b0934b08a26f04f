#include "daemon/net_internal.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/endpoint.h"

#define CONNECT_S 15

static void try_next(struct flow *f, const char *why);

static void on_connected(evutil_socket_t fd, short what, void *arg)
{
	struct flow *f = arg;
	int e = 0;
	socklen_t n = sizeof e;
	if (what & EV_TIMEOUT)
		e = ETIMEDOUT;
	else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &n))
		e = errno;
	if (e) {
		try_next(f, strerror(e));
		return;
	}
	flow_dial_cancel(f);
	flow_opened(f, fd);
}

/* True when the connection is on its way. */
static bool connect_to(struct flow *f, const struct sockaddr *sa, socklen_t n)
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
	f->state = FLOW_DIALING;
	f->fd = fd;
	f->write = event_new(f->net->base, fd, EV_WRITE, on_connected, f);
	event_add(f->write, &tv);
	return true;
}

/* One address of the name failed: the next one, or none is left. */
static void try_next(struct flow *f, const char *why)
{
	char kept[128];
	snprintf(kept, sizeof kept, "%s", why);
	if (f->write)
		event_free(f->write);
	f->write = NULL;
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
	while (f->trying) {
		struct evutil_addrinfo *a = f->trying;
		f->trying = a->ai_next;
		if (connect_to(f, a->ai_addr, (socklen_t)a->ai_addrlen))
			return;
		snprintf(kept, sizeof kept, "%s", strerror(errno));
	}
	flow_failed(f, kept);
}

static void on_resolved(int result, struct evutil_addrinfo *found, void *arg)
{
	struct flow *f = arg;
	if (result == EVUTIL_EAI_CANCEL)
		return;
	f->query = NULL;
	if (result) {
		char why[128];
		snprintf(why, sizeof why, "name lookup: %s", result == EVUTIL_EAI_NONAME ? "there is no such name"
			: result == EVUTIL_EAI_AGAIN ? "no answer" : evutil_gai_strerror(result));
		flow_failed(f, why);
		return;
	}
	f->found = f->trying = found;
	try_next(f, "the name has no address");
}

static void resolve(struct flow *f, const struct pars_endpoint *to)
{
	struct evutil_addrinfo hints = {
		.ai_family = to->family == PARS_DNS4 ? AF_INET : to->family == PARS_DNS6 ? AF_INET6 : AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_protocol = IPPROTO_TCP,
		.ai_flags = EVUTIL_AI_ADDRCONFIG,
	};
	char port[8];
	struct net *n = f->net;
	snprintf(port, sizeof port, "%u", to->port);
	if (!n->dns)
		n->dns = evdns_base_new(n->base, EVDNS_BASE_INITIALIZE_NAMESERVERS | EVDNS_BASE_DISABLE_WHEN_INACTIVE);
	if (!n->dns) {
		flow_failed(f, "name lookup: /etc/resolv.conf names no server");
		return;
	}
	/* May answer, and free the connection, before it returns. */
	struct evdns_getaddrinfo_request *query = evdns_getaddrinfo(n->dns, to->host, port, &hints, on_resolved, f);
	if (query)
		f->query = query;
}

void flow_dial(struct net *n, pars_conn id, const struct pars_endpoint *to)
{
	struct flow *f = flow_new(n, id, FLOW_RESOLVING);
	struct sockaddr_storage sa;
	if (to->family != PARS_IP4 && to->family != PARS_IP6) {
		resolve(f, to);
		return;
	}
	socklen_t len = endpoint_to_sockaddr(to, &sa);
	if (!connect_to(f, (struct sockaddr *)&sa, len))
		flow_failed(f, strerror(errno));
}

void flow_dial_cancel(struct flow *f)
{
	if (f->query)
		evdns_getaddrinfo_cancel(f->query);
	if (f->found)
		evutil_freeaddrinfo(f->found);
	f->query = NULL;
	f->found = f->trying = NULL;
}
