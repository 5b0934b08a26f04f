#include "net/host_impl.h"

#include <stdlib.h>

#include "base/alloc.h"

bool endpoint_is_loopback(const struct pars_endpoint *e)
{
	static const uint8_t ip6[16] = { [15] = 1 };
	if (e->family == PARS_IP4)
		return e->ip[0] == 127;
	return e->family == PARS_IP6 && !memcmp(e->ip, ip6, sizeof ip6);
}

static bool is_unspecified(const struct pars_endpoint *e)
{
	static const uint8_t zero[16];
	return !memcmp(e->ip, zero, e->family == PARS_IP4 ? 4 : 16);
}

static struct listener *find(struct pars_host *h, unsigned number)
{
	for (size_t i = 0; i < h->listener_count; i++)
		if (h->listeners[i].number == number)
			return &h->listeners[i];
	return NULL;
}

enum pars_err pars_host_listen(struct pars_host *h, unsigned number,
	const struct pars_multiaddr *addr)
{
	struct pars_endpoint e;
	if (!pars_multiaddr_endpoint(addr, &e) || (e.family != PARS_IP4 && e.family != PARS_IP6))
		return PARS_E_INVALID;
	if (find(h, number))
		return PARS_E_EXISTS;
	if (h->listener_count == LISTENERS_MAX)
		return PARS_E_LIMIT;
	h->listeners[h->listener_count++] = (struct listener){ .number = number, .asked = e };
	struct pars_effect *f = pars_effects_add(h->out, PARS_EF_LISTEN);
	f->listener = number;
	f->endpoint = e;
	return PARS_OK;
}

void pars_host_unlisten_all(struct pars_host *h)
{
	for (size_t i = 0; i < h->listener_count; i++)
		pars_effects_add(h->out, PARS_EF_UNLISTEN)->listener = h->listeners[i].number;
	if (h->listener_count)
		host_told_changed(h);
	h->listener_count = 0;
}

static struct queued *event(struct pars_host *h, enum pars_host_event_type type,
	const struct listener *l, const struct pars_endpoint *e)
{
	struct pars_multiaddr *addr = pars_arena_alloc(&h->arena, sizeof *addr);
	struct queued *q = host_event(h, type, NULL);
	pars_multiaddr_from_endpoint(e, addr);
	q->tag = l->number;
	q->addr = addr;
	return q;
}

void listen_opened(struct pars_host *h, const struct pars_event *ev)
{
	struct listener *l = find(h, ev->listener);
	if (!l)
		return;
	l->open = true;
	l->local = ev->local;
	host_told_changed(h);
	event(h, PARS_HOST_LISTENING, l, &l->local);
}

void listen_failed(struct pars_host *h, const struct pars_event *ev)
{
	struct listener *l = find(h, ev->listener);
	if (!l)
		return;
	struct queued *q = event(h, PARS_HOST_LISTEN_FAILED, l, &l->asked);
	q->text = host_text(h, ev->text ? ev->text : "cannot listen");
	if (l->open)
		host_told_changed(h);
	*l = h->listeners[--h->listener_count];
}

void pars_host_set_interfaces(struct pars_host *h, const struct pars_endpoint *list, size_t n)
{
	n = PARS_MIN(n, (size_t)INTERFACES_MAX);
	if (n == h->interface_count && (!n || !memcmp(list, h->interfaces, n * sizeof *list)))
		return;
	free(h->interfaces);
	h->interfaces = pars_alloc_array(n, sizeof *list);
	if (n)
		memcpy(h->interfaces, list, n * sizeof *list);
	h->interface_count = n;
	host_told_changed(h);
}

void pars_host_set_external(struct pars_host *h, const struct pars_multiaddr *list, size_t n)
{
	bool same = n == h->external_count;
	n = PARS_MIN(n, (size_t)EXTERNAL_MAX);
	for (size_t i = 0; i < n && same; i++)
		same = pars_multiaddr_equal(&list[i], &h->external[i]);
	if (same)
		return;
	memcpy(h->external, list, n * sizeof *list);
	h->external_count = n;
	host_told_changed(h);
}

static size_t put_multiaddr(struct pars_multiaddr *out, size_t n, size_t max, const struct pars_multiaddr *a)
{
	if (n == max)
		return n;
	for (size_t i = 0; i < n; i++)
		if (pars_multiaddr_equal(&out[i], a))
			return n;
	out[n] = *a;
	return n + 1;
}

static size_t put_addr(struct pars_multiaddr *out, size_t n, size_t max,
	const struct pars_endpoint *e)
{
	struct pars_multiaddr a;
	pars_multiaddr_from_endpoint(e, &a);
	return put_multiaddr(out, n, max, &a);
}

size_t pars_host_addrs(const struct pars_host *h, struct pars_multiaddr *out, size_t max)
{
	size_t n = 0;
	for (size_t i = 0; i < h->external_count; i++)
		n = put_multiaddr(out, n, max, &h->external[i]);
	for (size_t i = 0; i < h->listener_count; i++) {
		const struct listener *l = &h->listeners[i];
		if (!l->open)
			continue;
		if (!is_unspecified(&l->local)) {
			n = put_addr(out, n, max, &l->local);
			continue;
		}
		for (size_t j = 0; j < h->interface_count; j++) {
			struct pars_endpoint e = h->interfaces[j];
			e.port = l->local.port;
			if (e.family == l->local.family)
				n = put_addr(out, n, max, &e);
		}
	}
	return n;
}
