#include "daemon/endpoint.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

socklen_t endpoint_to_sockaddr(const struct pars_endpoint *e, struct sockaddr_storage *ret)
{
	memset(ret, 0, sizeof *ret);
	if (e->family == PARS_IP4) {
		struct sockaddr_in *in = (struct sockaddr_in *)ret;
		in->sin_family = AF_INET;
		in->sin_port = htons(e->port);
		memcpy(&in->sin_addr, e->ip, 4);
		return sizeof *in;
	}
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret;
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(e->port);
	memcpy(&in6->sin6_addr, e->ip, 16);
	return sizeof *in6;
}

bool endpoint_from_sockaddr(const struct sockaddr_storage *sa, struct pars_endpoint *ret)
{
	*ret = (struct pars_endpoint){ 0 };
	if (sa->ss_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)sa;
		ret->family = PARS_IP4;
		ret->port = ntohs(in->sin_port);
		memcpy(ret->ip, &in->sin_addr, 4);
		return true;
	}
	if (sa->ss_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)sa;
		ret->family = PARS_IP6;
		ret->port = ntohs(in6->sin6_port);
		memcpy(ret->ip, &in6->sin6_addr, 16);
		return true;
	}
	return false;
}

void endpoint_text(const struct pars_endpoint *e, char out[ENDPOINT_TEXT])
{
	static const char *const names[] = { "ip4", "ip6", "dns", "dns4", "dns6" };
	char ip[INET6_ADDRSTRLEN] = "";
	if (e->family == PARS_IP4 || e->family == PARS_IP6)
		inet_ntop(e->family == PARS_IP4 ? AF_INET : AF_INET6, e->ip, ip, sizeof ip);
	snprintf(out, ENDPOINT_TEXT, "/%s/%s/tcp/%u", names[e->family], ip[0] ? ip : e->host, e->port);
}

/* A link-local address means nothing without its interface. */
static bool is_usable(const struct ifaddrs *i)
{
	if (!i->ifa_addr || !(i->ifa_flags & IFF_UP))
		return false;
	if (i->ifa_addr->sa_family == AF_INET)
		return true;
	return i->ifa_addr->sa_family == AF_INET6 &&
		!IN6_IS_ADDR_LINKLOCAL(&((const struct sockaddr_in6 *)(const void *)i->ifa_addr)->sin6_addr);
}

size_t endpoint_interfaces(struct pars_endpoint *out, size_t max)
{
	struct ifaddrs *list;
	size_t n = 0;
	if (getifaddrs(&list))
		return 0;
	for (const struct ifaddrs *i = list; i && n < max; i = i->ifa_next) {
		struct sockaddr_storage sa = { 0 };
		if (!is_usable(i))
			continue;
		memcpy(&sa, i->ifa_addr, i->ifa_addr->sa_family == AF_INET ? sizeof(struct sockaddr_in)
			: sizeof(struct sockaddr_in6));
		if (endpoint_from_sockaddr(&sa, &out[n]))
			n++;
	}
	freeifaddrs(list);
	return n;
}
