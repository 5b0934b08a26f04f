/* daemon/resolver.h - TXT records of names, validated by DNSSEC in this very
 * process (libunbound): carries out RESOLVE effects; answers go into the
 * inbox as RESOLVED. The resolver is loaded and starts with the first name. */
#ifndef PARS_DAEMON_RESOLVER_H
#define PARS_DAEMON_RESOLVER_H

#include <event2/event.h>

#include "daemon/inbox.h"

struct resolver_config {
	const char *const *servers; /* "ADDRESS" or "ADDRESS@PORT"; borrowed, as all */
	size_t server_count;        /* 0: those of /etc/resolv.conf */
	bool recurse;               /* ask the root servers and down, no server of others */
	const char *anchor;         /* file of trusted keys (DS or DNSKEY); NULL: the root's */
};

struct resolver;
/* Borrows base and inbox. */
struct resolver *resolver_new(struct event_base *base, struct inbox *inbox, const struct resolver_config *config);
void resolver_ask(struct resolver *r, uint64_t query, const char *name);
/* Forgets all open questions, without events. */
void resolver_drop_all(struct resolver *r);
void resolver_free(struct resolver *r); /* NULL is fine */
/* What a TXT record says: character strings, a length byte before each, are one
 * text in pieces of at most 255 bytes. */
struct pars_bytes resolver_text(struct pars_arena *a, const uint8_t *p, size_t n);
/* "ADDRESS" or "ADDRESS@PORT" of an IP address. */
bool resolver_server_valid(const char *server);

#endif
