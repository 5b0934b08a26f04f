#include "dht/contact.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/map.h"

#define GROUP_IP4 ((uint32_t)1 << 16) /* marks, so that no group is 0 */
#define GROUP_IP6 ((uint32_t)1 << 31)
#define GROUP_NAMES ((uint32_t)1 << 17) /* names are free to make, so all are one group */

struct pars_contacts {
	struct pars_map by_id;
	bool private_ok;
};

static struct pars_bytes id_of(const void *value)
{
	return pars_peer_id_bytes(&((const struct pars_contact *)value)->id);
}

struct pars_contacts *pars_contacts_new(uint64_t seed)
{
	struct pars_contacts *book = pars_alloc(sizeof *book);
	pars_map_init(&book->by_id, id_of, seed);
	return book;
}

void pars_contacts_free(struct pars_contacts *book)
{
	if (!book)
		return;
	assert(!book->by_id.count);
	pars_map_done(&book->by_id);
	free(book);
}

size_t pars_contacts_count(const struct pars_contacts *book)
{
	return book->by_id.count;
}

void pars_contacts_set_private_ok(struct pars_contacts *book, bool ok)
{
	book->private_ok = ok;
}

bool pars_contacts_private_ok(const struct pars_contacts *book)
{
	return book->private_ok;
}

struct pars_contact *pars_contact_find(const struct pars_contacts *book,
	const struct pars_peer_id *id)
{
	return pars_map_get(&book->by_id, pars_peer_id_bytes(id));
}

struct pars_contact *pars_contact_get(struct pars_contacts *book, const struct pars_peer_id *id)
{
	struct pars_contact *c = pars_contact_find(book, id);
	if (!c) {
		c = pars_alloc(sizeof *c);
		c->id = *id;
		c->key = pars_peer_id_dht(id);
		pars_map_put(&book->by_id, c);
	}
	return pars_contact_ref(c);
}

struct pars_contact *pars_contact_ref(struct pars_contact *c)
{
	c->refs++;
	return c;
}

void pars_contact_unref(struct pars_contacts *book, struct pars_contact *c)
{
	if (!c || --c->refs)
		return;
	pars_map_remove(&book->by_id, id_of(c));
	free((void *)c->addrs.p);
	free((void *)c->envelope.p);
	free(c);
}

/* -- addresses ------------------------------------------------------------------- */

struct net {
	uint8_t ip[4];
	unsigned bits;
};

static bool ip4_global(const uint8_t ip[4])
{
	/* RFC 6890 and its successors, and multicast. */
	static const struct net special[] = {
		{ { 0 }, 8 }, { { 10 }, 8 }, { { 100, 64 }, 10 }, { { 127 }, 8 },
		{ { 169, 254 }, 16 }, { { 172, 16 }, 12 }, { { 192, 0, 0 }, 24 }, { { 192, 0, 2 }, 24 },
		{ { 192, 168 }, 16 }, { { 198, 18 }, 15 }, { { 198, 51, 100 }, 24 },
		{ { 203, 0, 113 }, 24 }, { { 224 }, 3 },
	};
	for (size_t i = 0; i < PARS_COUNT(special); i++)
		if (!((pars_be32(ip) ^ pars_be32(special[i].ip)) >> (32 - special[i].bits)))
			return false;
	return true;
}

/* Global unicast (2000::/3) but documentation; IPv4 in disguise by its own rule. */
static bool ip6_global(const uint8_t ip[16])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	if (!memcmp(ip, mapped, sizeof mapped))
		return ip4_global(ip + 12);
	return ip[0] >> 5 == 1 && pars_be32(ip) != 0x20010db8;
}

static bool ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), e = strlen(end);
	return n >= e && !strcmp(name + n - e, end);
}

/* The first host of any address, TCP or not. */
static bool first_host(const struct pars_multiaddr *a, struct pars_endpoint *ret)
{
	static const struct { uint8_t code, n, family; } ips[] = { { 4, 4, PARS_IP4 }, { 41, 16, PARS_IP6 } };
	for (size_t i = 0; i < PARS_COUNT(ips); i++)
		if (a->n > ips[i].n && a->b[0] == ips[i].code) {
			ret->family = ips[i].family;
			memcpy(ret->ip, a->b + 1, ips[i].n);
			return true;
		}
	return pars_multiaddr_endpoint(a, ret);
}

static bool host_global(const struct pars_endpoint *e)
{
	switch (e->family) {
	case PARS_IP4:
		return ip4_global(e->ip);
	case PARS_IP6:
		return ip6_global(e->ip);
	default:
		return strcmp(e->host, "localhost") && !ends_with(e->host, ".localhost")
			&& !ends_with(e->host, ".local");
	}
}

bool pars_addr_is_global(const struct pars_multiaddr *a)
{
	struct pars_endpoint e;
	return first_host(a, &e) && host_global(&e);
}

static uint32_t host_group(const struct pars_endpoint *e)
{
	switch (e->family) {
	case PARS_IP4:
		return GROUP_IP4 | pars_be16(e->ip);
	case PARS_IP6:
		return GROUP_IP6 | (pars_be32(e->ip) * 0x9e3779b1u >> 1);
	default:
		return GROUP_NAMES;
	}
}

uint32_t pars_addr_group(const struct pars_multiaddr *a)
{
	struct pars_endpoint e;
	return first_host(a, &e) ? host_group(&e) : 0;
}

bool pars_contact_addr(const struct pars_contact *c, size_t *at, struct pars_multiaddr *ret)
{
	if (*at >= c->addrs.n)
		return false;
	ret->n = pars_be16(c->addrs.p + *at);
	memcpy(ret->b, c->addrs.p + *at + 2, ret->n);
	*at += 2 + (size_t)ret->n;
	return true;
}

/* What is asked of contacts all the time is worked out once. */
static void judge(struct pars_contact *c)
{
	struct pars_multiaddr a;
	struct pars_endpoint e;
	size_t at = 0;
	c->group = 0;
	c->global = c->dialable = false;
	while (pars_contact_addr(c, &at, &a)) {
		if (!first_host(&a, &e))
			continue;
		bool global = host_global(&e), tcp = pars_multiaddr_endpoint(&a, &e);
		c->dialable |= tcp;
		c->global |= tcp && global;
		if (global && (!c->group || c->group == GROUP_NAMES))
			c->group = host_group(&e);
	}
}

static bool contains(const struct pars_buf *list, struct pars_bytes addr)
{
	for (size_t at = 0; at < list->n;) {
		const uint8_t *p = list->mem + list->off + at;
		if (pars_bytes_equal(PARS_BYTES(p + 2, pars_be16(p)), addr))
			return true;
		at += 2 + (size_t)pars_be16(p);
	}
	return false;
}

static void append(struct pars_buf *list, size_t *count, struct pars_bytes addr)
{
	uint8_t n[2];
	if (*count == PARS_CONTACT_ADDRS_MAX || !addr.n || contains(list, addr))
		return;
	pars_put_be16(n, (uint16_t)addr.n);
	pars_buf_put(list, PARS_BYTES_ARRAY(n));
	pars_buf_put(list, addr);
	++*count;
}

static void append_all(const struct pars_contact *c, struct pars_buf *list, size_t *count,
	const struct pars_multiaddr *addrs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct pars_bytes p2p = pars_multiaddr_p2p(&addrs[i]);
		struct pars_multiaddr bare = addrs[i];
		if (p2p.n && !pars_bytes_equal(p2p, id_of(c)))
			continue;
		if (p2p.n)
			pars_multiaddr_set_p2p(&bare, (struct pars_bytes){ 0 });
		append(list, count, pars_multiaddr_bytes(&bare));
	}
}

static void replace(struct pars_contact *c, struct pars_buf *list)
{
	size_t n;
	if (pars_bytes_equal(pars_buf_bytes(list), c->addrs))
		return;
	free((void *)c->addrs.p);
	uint8_t *p = pars_buf_steal(list, &n);
	c->addrs = PARS_BYTES(p, n);
	judge(c);
}

void pars_contact_set_addrs(struct pars_contact *c, enum pars_contact_trust trust,
	const struct pars_multiaddr *addrs, size_t n)
{
	PARS_AUTO_BUF list = { 0 };
	size_t count = 0, at = 0;
	struct pars_multiaddr old;
	if (trust < c->trust)
		return;
	append_all(c, &list, &count, addrs, n);
	if (!list.n)
		return;
	/* Among rumours none is better than another. */
	if (trust == PARS_CONTACT_HEARSAY)
		while (pars_contact_addr(c, &at, &old))
			append(&list, &count, pars_multiaddr_bytes(&old));
	c->trust = trust;
	replace(c, &list);
}

void pars_contact_set_record(struct pars_contact *c, struct pars_bytes envelope, uint64_t seq,
	const struct pars_multiaddr *addrs, size_t n)
{
	if ((c->envelope.n && seq <= c->seq) || !envelope.n || envelope.n > PARS_CONTACT_ENVELOPE_MAX)
		return;
	free((void *)c->envelope.p);
	c->envelope = PARS_BYTES(memcpy(pars_alloc(envelope.n), envelope.p, envelope.n), envelope.n);
	c->seq = seq;
	pars_contact_set_addrs(c, PARS_CONTACT_SIGNED, addrs, n);
}
