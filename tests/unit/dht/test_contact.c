#include "dht/contact.h"

#include <stdio.h>

#include "tests/unit/dht/world.h"

static struct pars_multiaddr addr(const char *text)
{
	struct pars_multiaddr a;
	struct pars_fault fault;
	enum pars_err err = pars_multiaddr_parse(text, &a, &fault);
	ck_assert_msg(!err, "%s", text);
	return a;
}

START_TEST(global_addresses_are_told_from_others)
{
	static const char *const global[] = { "/ip4/8.8.8.8/tcp/1", "/ip4/100.63.0.1/tcp/1",
		"/ip4/172.32.0.1/udp/1/quic-v1", "/ip6/2a00::1/tcp/1", "/dns4/node.example/tcp/1",
		"/ip6/::ffff:9.9.9.9/tcp/1" };
	static const char *const local[] = { "/ip4/127.0.0.1/tcp/1", "/ip4/10.1.2.3/tcp/1",
		"/ip4/172.16.0.1/tcp/1", "/ip4/172.31.255.255/tcp/1", "/ip4/192.168.1.1/tcp/1",
		"/ip4/169.254.1.1/tcp/1", "/ip4/100.64.0.1/tcp/1", "/ip4/100.127.255.255/tcp/1",
		"/ip4/0.0.0.0/tcp/1", "/ip4/224.0.0.1/tcp/1", "/ip4/255.255.255.255/tcp/1",
		"/ip4/192.0.2.1/tcp/1", "/ip4/198.51.100.1/tcp/1", "/ip4/203.0.113.1/tcp/1",
		"/ip6/::1/tcp/1", "/ip6/::/tcp/1", "/ip6/fe80::1/tcp/1", "/ip6/fd00::1/tcp/1",
		"/ip6/ff02::1/tcp/1", "/ip6/2001:db8::1/tcp/1", "/ip6/::ffff:10.0.0.1/tcp/1",
		"/dns/localhost/tcp/1", "/dns4/printer.local/tcp/1" };
	for (size_t i = 0; i < PARS_COUNT(global); i++) {
		struct pars_multiaddr a = addr(global[i]);
		ck_assert_msg(pars_addr_is_global(&a), "%s", global[i]);
	}
	for (size_t i = 0; i < PARS_COUNT(local); i++) {
		struct pars_multiaddr a = addr(local[i]);
		ck_assert_msg(!pars_addr_is_global(&a), "%s", local[i]);
	}
}
END_TEST

START_TEST(better_known_addresses_are_kept)
{
	PARS_AUTO(pars_contacts) book = pars_contacts_new(1);
	struct pars_peer_id id = world_id(1), other = world_id(2);
	struct pars_contact *c = pars_contact_get(book, &id);
	struct pars_multiaddr list[12], got;
	size_t at = 0, n = 0;
	for (size_t i = 0; i < PARS_COUNT(list); i++) {
		char text[40];
		snprintf(text, sizeof text, "/ip4/8.8.8.%zu/tcp/4001", i);
		list[i] = addr(text);
	}
	ck_assert_ptr_eq(pars_contact_get(book, &id), c);
	pars_contact_unref(book, c);
	ck_assert_uint_eq(c->group, 0);
	/* Rumours add up, the newest first, to a bound. */
	pars_contact_set_addrs(c, PARS_CONTACT_HEARSAY, list, 1);
	pars_contact_set_addrs(c, PARS_CONTACT_HEARSAY, list + 1, 11);
	for (n = 0, at = 0; pars_contact_addr(c, &at, &got); n++)
		ck_assert(pars_multiaddr_equal(&got, &list[n + 1]));
	ck_assert_uint_eq(n, PARS_CONTACT_ADDRS_MAX);
	ck_assert(c->global && c->dialable && c->group);
	/* What was seen replaces them, and a rumour changes nothing any more. */
	struct pars_multiaddr met[] = { list[11], list[11], list[10] };
	ck_assert(pars_multiaddr_set_p2p(&met[0], pars_peer_id_bytes(&id)));
	ck_assert(pars_multiaddr_set_p2p(&met[2], pars_peer_id_bytes(&other))); /* somebody else's */
	pars_contact_set_addrs(c, PARS_CONTACT_MET, met, 3);
	pars_contact_set_addrs(c, PARS_CONTACT_HEARSAY, list, 1);
	pars_contact_set_addrs(c, PARS_CONTACT_MET, NULL, 0);
	for (n = 0, at = 0; pars_contact_addr(c, &at, &got); n++)
		ck_assert(pars_multiaddr_equal(&got, &list[11]));
	ck_assert_uint_eq(n, 1);
	pars_contact_unref(book, c);
	ck_assert_uint_eq(pars_contacts_count(book), 0);
}
END_TEST

START_TEST(of_records_the_newest_stays)
{
	PARS_AUTO(pars_contacts) book = pars_contacts_new(1);
	struct pars_peer_id id = world_id(1);
	struct pars_contact *c = pars_contact_get(book, &id);
	struct pars_multiaddr a = addr("/ip4/9.9.9.9/tcp/1"), b = addr("/ip4/10.0.0.1/tcp/1");
	pars_contact_set_record(c, PARS_BYTES_STR("two"), 2, &a, 1);
	pars_contact_set_record(c, PARS_BYTES_STR("one"), 1, &b, 1);
	pars_contact_set_record(c, PARS_BYTES_STR("again"), 2, &b, 1);
	ck_assert(pars_bytes_equal(c->envelope, PARS_BYTES_STR("two")));
	ck_assert_int_eq(c->trust, PARS_CONTACT_SIGNED);
	ck_assert(c->global);
	pars_contact_set_record(c, PARS_BYTES_STR("three"), 3, &b, 1);
	ck_assert(pars_bytes_equal(c->envelope, PARS_BYTES_STR("three")));
	ck_assert(!c->global && c->dialable && !c->group);
	pars_contact_unref(book, c);
}
END_TEST

START_TEST(groups_follow_networks)
{
	PARS_AUTO(pars_contacts) book = pars_contacts_new(1);
	static const char *const texts[] = { "/ip4/8.8.1.1/tcp/1", "/ip4/8.8.200.1/tcp/1", "/ip4/8.9.1.1/tcp/1",
		"/ip6/2a00:1::1/tcp/1", "/ip6/2a00:1:ffff::1/tcp/1", "/ip6/2a00:2::1/tcp/1",
		"/dns4/a.example/tcp/1", "/dns4/b.test/tcp/1" };
	uint32_t group[PARS_COUNT(texts)];
	for (uint32_t i = 0; i < PARS_COUNT(texts); i++) {
		struct pars_peer_id id = world_id(i);
		struct pars_contact *c = pars_contact_get(book, &id);
		struct pars_multiaddr a = addr(texts[i]);
		pars_contact_set_addrs(c, PARS_CONTACT_MET, &a, 1);
		group[i] = c->group;
		ck_assert_uint_ne(group[i], 0);
		pars_contact_unref(book, c);
	}
	ck_assert(group[0] == group[1] && group[0] != group[2]);
	ck_assert(group[3] == group[4] && group[3] != group[5]);
	ck_assert(group[6] == group[7]); /* names are free */
}
END_TEST

UNIT_CASE(contact, global_addresses_are_told_from_others, better_known_addresses_are_kept,
	of_records_the_newest_stays, groups_follow_networks);
