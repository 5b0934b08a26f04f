#include "daemon/resolver.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "daemon/unbound.h"

#define TYPE_TXT 16
#define CLASS_IN 1
#define QUESTIONS_MAX 32
#define STRINGS_MAX 64
#define ROOT_ANCHOR "/usr/share/dns/root.key" /* Debian: dns-root-data, which keeps it up to date */

struct question {
	struct question *next;
	struct resolver *resolver;
	uint64_t query;
	int async_id;
};

struct resolver {
	struct event_base *base;
	struct inbox *inbox;
	struct resolver_config config;
	const struct unbound *ub; /* loaded with the first name */
	struct ub_ctx *ctx;       /* and this made */
	struct event *readable;
	struct question *questions;
	size_t count;
};

struct resolver *resolver_new(struct event_base *base, struct inbox *inbox, const struct resolver_config *config)
{
	struct resolver *r = pars_alloc(sizeof *r);
	r->base = base;
	r->inbox = inbox;
	r->config = *config;
	return r;
}

bool resolver_server_valid(const char *server)
{
	char host[INET6_ADDRSTRLEN], *end;
	size_t n = strcspn(server, "@");
	uint8_t ip[16];
	if (n >= sizeof host)
		return false;
	memcpy(host, server, n);
	host[n] = '\0';
	if (server[n]) {
		unsigned long port = strtoul(server + n + 1, &end, 10);
		if (*end || end == server + n + 1 || !port || port > 65535)
			return false;
	}
	return inet_pton(AF_INET, host, ip) == 1 || inet_pton(AF_INET6, host, ip) == 1;
}

static void fail(struct resolver *r, uint64_t query, const char *why)
{
	inbox_add_text(r->inbox, PARS_EV_RESOLVED, 0, why);
	r->inbox->list[r->inbox->count - 1].query = query;
}

/* -- the context ------------------------------------------------------------------ */

static int set_servers(struct resolver *r)
{
	int e = 0;
	if (r->config.recurse)
		return 0;
	if (!r->config.server_count)
		return r->ub->ctx_resolvconf(r->ctx, NULL);
	for (size_t i = 0; i < r->config.server_count && !e; i++)
		e = r->ub->ctx_set_fwd(r->ctx, r->config.servers[i]);
	return e;
}

static const char *set_up(struct resolver *r)
{
	const char *anchor = r->config.anchor ? r->config.anchor : ROOT_ANCHOR;
	int e = r->ub->ctx_async(r->ctx, 1); /* a thread, not a process */
	/* The machine's own resolver is a server like others. */
	e = e ? e : r->ub->ctx_set_option(r->ctx, "do-not-query-localhost:", "no");
	/* Small caches: a node asks for a handful of names. */
	e = e ? e : r->ub->ctx_set_option(r->ctx, "msg-cache-size:", "256k");
	e = e ? e : r->ub->ctx_set_option(r->ctx, "rrset-cache-size:", "256k");
	e = e ? e : r->ub->ctx_set_option(r->ctx, "key-cache-size:", "256k");
	e = e ? e : set_servers(r);
	if (e)
		return r->ub->strerror(e);
	/* Without keys everything would count as unsigned, and anyone could answer. */
	if (access(anchor, R_OK))
		return "there is no file of trusted DNSSEC keys: install dns-root-data, or name one by dns.anchor";
	e = r->ub->ctx_add_ta_file(r->ctx, anchor);
	return e ? r->ub->strerror(e) : NULL;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct resolver *r = arg;
	(void)fd, (void)what;
	r->ub->process(r->ctx);
}

static const char *start(struct resolver *r)
{
	const char *why;
	if (r->ctx)
		return NULL;
	if (!(r->ub = unbound_load()))
		return "libunbound is not installed (Debian: libunbound8)";
	if (!(r->ctx = r->ub->ctx_create()))
		return "the resolver cannot start";
	if ((why = set_up(r))) {
		r->ub->ctx_delete(r->ctx);
		r->ctx = NULL;
		return why;
	}
	r->readable = event_new(r->base, r->ub->fd(r->ctx), EV_READ | EV_PERSIST, on_readable, r);
	event_add(r->readable, NULL);
	return NULL;
}

/* -- questions --------------------------------------------------------------------- */

static void forget(struct question *q)
{
	struct resolver *r = q->resolver;
	struct question **at = &r->questions;
	while (*at != q)
		at = &(*at)->next;
	*at = q->next;
	r->count--;
	free(q);
}

struct pars_bytes resolver_text(struct pars_arena *a, const uint8_t *p, size_t n)
{
	uint8_t *text = pars_arena_alloc(a, n);
	size_t used = 0;
	for (size_t at = 0; at < n && p[at] < n - at; at += 1u + p[at]) {
		memcpy(text + used, p + at + 1, p[at]);
		used += p[at];
	}
	return PARS_BYTES(text, used);
}

static void answer(struct resolver *r, uint64_t query, const struct ub_result *found)
{
	struct pars_arena *a = &r->inbox->arena;
	struct pars_bytes *strings = pars_arena_alloc(a, STRINGS_MAX * sizeof *strings);
	size_t n = 0;
	for (; n < STRINGS_MAX && found->data[n]; n++)
		strings[n] = resolver_text(a, (const uint8_t *)found->data[n], (size_t)found->len[n]);
	struct pars_event *ev = inbox_add(r->inbox, PARS_EV_RESOLVED, 0);
	ev->query = query;
	ev->strings = strings;
	ev->string_count = n;
	ev->secure = found->secure;
}

static void on_answer(void *arg, int e, struct ub_result *found)
{
	struct question *q = arg;
	struct resolver *r = q->resolver;
	char why[300];
	if (e)
		fail(r, q->query, r->ub->strerror(e));
	else if (found->bogus) {
		snprintf(why, sizeof why, "DNSSEC refuses the answer: %s",
			found->why_bogus ? found->why_bogus : "it is forged or stripped of its signatures");
		fail(r, q->query, why);
	} else if (found->havedata)
		answer(r, q->query, found);
	else
		fail(r, q->query, found->nxdomain ? "there is no such name" :
			found->rcode ? "the name server failed" : "the name has no TXT record");
	r->ub->resolve_free(found);
	forget(q);
}

void resolver_ask(struct resolver *r, uint64_t query, const char *name)
{
	const char *why = r->count >= QUESTIONS_MAX ? "too many names are being looked up" : start(r);
	if (why) {
		fail(r, query, why);
		return;
	}
	struct question *q = pars_alloc(sizeof *q);
	*q = (struct question){ .next = r->questions, .resolver = r, .query = query };
	r->questions = q;
	r->count++;
	int e = r->ub->resolve_async(r->ctx, name, TYPE_TXT, CLASS_IN, q, on_answer, &q->async_id);
	if (e) {
		fail(r, query, r->ub->strerror(e));
		forget(q);
	}
}

void resolver_drop_all(struct resolver *r)
{
	for (struct question *next, *q = r->questions; q; q = next) {
		next = q->next;
		r->ub->cancel(r->ctx, q->async_id);
		forget(q);
	}
}

void resolver_free(struct resolver *r)
{
	if (!r)
		return;
	resolver_drop_all(r);
	if (r->ctx) {
		event_free(r->readable);
		r->ub->ctx_delete(r->ctx);
	}
	free(r);
}
