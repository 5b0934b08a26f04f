/* How nodes find each other: presence in the hash table, the bootstrap ladder,
 * reachability. */
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "tests/unit/node/bed.h"

static void keep(struct bed *b, int i, const char *address)
{
	struct pars_fault fault;
	enum pars_err err = PARS_OK;
	BED_CALL(b, i, err = pars_peer_add(b->party[i].node, address, &fault));
	ck_assert_msg(!err, "%s", fault.text);
}

static uint64_t peers(struct bed *b, int i)
{
	PARS_AUTO_ARENA a = { 0 };
	struct pars_status st;
	pars_status_get(b->party[i].node, &a, &st);
	return st.peers;
}

static struct pars_bootstrap_source source(struct bed *b, int i, const char *level, struct pars_arena *a)
{
	struct pars_bootstrap_page page;
	pars_bootstrap_list(b->party[i].node, a, &page);
	for (size_t k = 0; k < page.count; k++)
		if (!strcmp(page.list[k].level, level))
			return page.list[k];
	ck_abort_msg("no source %s", level);
}

static const char *mode(struct bed *b, int i)
{
	PARS_AUTO_ARENA a = { 0 };
	struct pars_kad_info k;
	pars_kad_get(b->party[i].node, &a, &k);
	return k.mode; /* a literal */
}

/* -- presence -------------------------------------------------------------------- */

/* The stream between the two is older than the session. */
START_TEST(joining_over_an_old_connection)
{
	struct bed *b = bed_new();
	PARS_AUTO_ARENA a = { 0 };
	struct pars_session_info info;
	const char *id = NULL;
	enum pars_err err = PARS_OK;
	for (int opener = 1; opener <= 2; opener++) {
		keep(b, opener + 1, b->party[opener].address);
		bed_pass(b, PARS_S(2));
		BED_CALL(b, 2, err = pars_session_new(b->party[2].node, "s", "two", false, &a, &id, NULL));
		ck_assert(!err);
		bed_pass(b, PARS_S(2));
		int joiner = opener == 1 ? 1 : 3;
		BED_CALL(b, joiner, err = pars_session_join(b->party[joiner].node, id, NULL, "late", NULL));
		ck_assert(!err);
		bed_pass(b, PARS_MS(500));
		ck_assert(!pars_session_show(b->party[joiner].node, id, &a, &info, NULL));
		ck_assert_str_eq(info.state, "member");
	}
	bed_free(b);
}
END_TEST

/* 2 and 3 know 1 only, which is in no session; 2 opens one, 3 knows its id. */
START_TEST(a_session_id_is_enough_to_join)
{
	struct bed *b = bed_new();
	PARS_AUTO_ARENA a = { 0 };
	struct pars_session_info info;
	struct pars_fault fault;
	const char *id = NULL;
	enum pars_err err = PARS_OK;
	keep(b, 2, b->party[1].address);
	keep(b, 3, b->party[1].address);
	bed_pass(b, PARS_S(2));
	BED_CALL(b, 2, err = pars_session_new(b->party[2].node, "s", "two", false, &a, &id, &fault));
	ck_assert(!err);
	bed_pass(b, PARS_S(2));
	BED_CALL(b, 3, err = pars_session_join(b->party[3].node, id, NULL, "three", &fault));
	ck_assert(!err);
	bed_pass(b, PARS_S(10));
	ck_assert(!pars_session_show(b->party[3].node, id, &a, &info, &fault));
	ck_assert_str_eq(info.state, "member");
	ck_assert_uint_eq(info.peers, 1);
	bed_free(b);
}
END_TEST

/* The invitation of a private session brings its secret and the way; the bare
 * id finds nothing. */
START_TEST(a_private_session_needs_its_invitation)
{
	struct bed *b = bed_new();
	PARS_AUTO_ARENA a = { 0 };
	struct pars_session_info info;
	struct pars_fault fault;
	const char *id = NULL, *invitation = NULL;
	enum pars_err err = PARS_OK;
	keep(b, 2, b->party[1].address);
	keep(b, 3, b->party[1].address);
	bed_pass(b, PARS_S(2));
	BED_CALL(b, 2, err = pars_session_new(b->party[2].node, "p", "two", true, &a, &id, &fault));
	ck_assert(!err);
	bed_pass(b, PARS_S(1));
	ck_assert(!pars_session_invite(b->party[2].node, "p", &a, &invitation, &fault));
	BED_CALL(b, 1, err = pars_session_join(b->party[1].node, id, NULL, "one", &fault));
	ck_assert(!err);
	BED_CALL(b, 3, err = pars_session_join(b->party[3].node, invitation, NULL, "three", &fault));
	ck_assert_msg(!err, "%s", fault.text);
	bed_pass(b, PARS_S(10));
	ck_assert(!pars_session_show(b->party[3].node, id, &a, &info, &fault));
	ck_assert_str_eq(info.state, "member");
	ck_assert(info.is_private);
	ck_assert(!pars_session_show(b->party[1].node, id, &a, &info, &fault));
	ck_assert_str_eq(info.state, "joining");
	bed_free(b);
}
END_TEST

START_TEST(nodes_that_answered_are_asked_first_after_a_restart)
{
	char path[300];
	snprintf(path, sizeof path, "%s/anchors.db", unit_tmpdir());
	struct bed *b = bed_new();
	struct pars_fault fault;
	struct pars_node_config config = { .path = path, .agent = "bed", .network = "dev", .seed = { 77 } };
	struct party *p = &b->party[3];
	PARS_AUTO_ARENA a = { 0 };
	pars_node_free(p->node);
	ck_assert(!pars_node_new(&config, (struct pars_time){ b->now, 1 }, &p->node, &fault));
	/* In passing: not kept, so only the table remembers. */
	keep(b, 2, b->party[1].address);
	keep(b, 3, b->party[1].address);
	bed_pass(b, PARS_S(2));
	BED_CALL(b, 3, ck_assert(!pars_peer_remove(p->node, b->party[1].address, &fault)));
	bed_pass(b, PARS_S(1));
	BED_CALL(b, 3, pars_node_shutdown(p->node));
	pars_node_free(p->node);
	/* Ten years on, as far as its clock knows. */
	config.seed[0] = 78;
	ck_assert(!pars_node_new(&config, (struct pars_time){ b->now, (int64_t)315360000 * 1000000000 }, &p->node, &fault));
	bed_pass(b, PARS_S(3));
	ck_assert_uint_ge(source(b, 3, "saved", &a).found, 1);
	ck_assert_uint_ge(peers(b, 3), 1);
	bed_free(b);
}
END_TEST

/* -- names ------------------------------------------------------------------------- */

static void resolved(struct bed *b, int i, uint64_t query, const char *const *texts, size_t n, const char *why)
{
	struct pars_bytes strings[8];
	for (size_t k = 0; k < n; k++)
		strings[k] = PARS_BYTES_STR(texts[k]);
	bed_feed(b, i, (struct pars_event){ .type = PARS_EV_RESOLVED, .query = query, .strings = strings,
		.string_count = n, .secure = true, .text = why });
	bed_run(b);
}

static void dns(int party, struct pars_node_config *config)
{
	static const char *const boot[] = { "/dnsaddr/boot.example" };
	if (party == 3) {
		config->bootstrap = boot;
		config->bootstraps = 1;
	}
}

START_TEST(names_lead_to_nodes_and_failures_are_told_and_retried)
{
	struct bed *b = bed_new_with(false, dns);
	PARS_AUTO_ARENA a = { 0 };
	bed_pass(b, PARS_MS(100));
	ck_assert_uint_eq(b->query_count, 1);
	ck_assert_str_eq(b->name, "_dnsaddr.boot.example");
	resolved(b, 3, b->queries[0], NULL, 0, "DNSSEC refuses the answer: signature missing");
	struct pars_bootstrap_source s = source(b, 3, "dns", &a);
	ck_assert_str_eq(s.result, "DNSSEC refuses the answer: signature missing");
	ck_assert_uint_eq(s.failures, 1);
	ck_assert_uint_eq(bed_counter(b, 3, PARS_M_bootstrap_dns_failed), 1);
	bed_pass(b, PARS_S(6)); /* again, and this time it works */
	ck_assert_uint_eq(b->query_count, 2);
	const char *const first[] = { "v=spf1 -all", "dnsaddr=/dnsaddr/more.example", "dnsaddr=not an address" };
	resolved(b, 3, b->queries[1], first, PARS_COUNT(first), NULL);
	ck_assert_uint_eq(b->query_count, 3);
	ck_assert_str_eq(b->name, "_dnsaddr.more.example");
	char *text = pars_sprintf("dnsaddr=%s", b->party[1].address);
	const char *const second[] = { text, "dnsaddr=/ip4/10.0.0.2/tcp/4001" /* names no peer */ };
	resolved(b, 3, b->queries[2], second, PARS_COUNT(second), NULL);
	bed_pass(b, PARS_S(1));
	s = source(b, 3, "dns", &a);
	ck_assert_uint_eq(s.found, 1);
	ck_assert_uint_eq(s.failures, 0);
	ck_assert_msg(strstr(s.result, "proven by DNSSEC"), "%s", s.result);
	ck_assert_uint_eq(peers(b, 3), 1);
	free(text);
	bed_free(b);
}
END_TEST

/* A name that names itself, or ever more names, comes to an end. */
START_TEST(names_in_circles_end)
{
	struct bed *b = bed_new_with(false, dns);
	PARS_AUTO_ARENA a = { 0 };
	const char *const circle[] = { "dnsaddr=/dnsaddr/boot.example", "dnsaddr=/dnsaddr/boot.example",
		"dnsaddr=/dnsaddr/boot.example" };
	bed_pass(b, PARS_MS(100));
	for (size_t seen = 0; seen < b->query_count && seen < 1000; seen++)
		resolved(b, 3, 1 + seen, circle, PARS_COUNT(circle), NULL);
	ck_assert_uint_eq(b->query_count, 32);
	ck_assert_uint_eq(source(b, 3, "dns", &a).failures, 1);
	bed_free(b);
}
END_TEST

/* -- signed lists -------------------------------------------------------------------- */

static char list_text[4096], list_key[100];

static void listed(int party, struct pars_node_config *config)
{
	config->bootstrap_key = party == 3 && list_key[0] ? list_key : NULL;
	config->bootstrap_list = party == 3 && list_key[0] ? list_text : NULL;
}

START_TEST(a_signed_list_counts_and_a_forged_one_does_not)
{
	struct bed *b = bed_new_with(false, listed);
	PARS_AUTO_ARENA a = { 0 };
	struct pars_fault fault;
	const char *addresses[] = { b->party[1].address }, *list, *key;
	BED_CALL(b, 2, ck_assert(!pars_bootstrap_sign(b->party[2].node, addresses, 1, &a, &list, &key, &fault)));
	snprintf(list_text, sizeof list_text, "%s\n", list);
	snprintf(list_key, sizeof list_key, "%s", key);
	pars_node_free(b->party[3].node);
	bed_open(b, 3);
	bed_pass(b, PARS_S(1));
	ck_assert_uint_eq(source(b, 3, "list", &a).found, 1);
	ck_assert_uint_eq(peers(b, 3), 1);
	struct pars_node_config config = { .path = ":memory:", .agent = "x", .network = "dev", .bootstrap_key = list_key,
		.bootstrap_list = list_text };
	struct pars_node *node;
	list_text[150] ^= 1;
	ck_assert_int_eq(pars_node_new(&config, (struct pars_time){ 1, 1 }, &node, &fault), PARS_E_INVALID);
	ck_assert_str_eq(fault.text, "the bootstrap list is not signed by the network's bootstrap key");
	list_text[150] ^= 1;
	config.bootstrap_key = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK";
	ck_assert_int_eq(pars_node_new(&config, (struct pars_time){ 1, 1 }, &node, &fault), PARS_E_INVALID);
	list_key[0] = '\0';
	bed_free(b);
}
END_TEST

/* -- reachability --------------------------------------------------------------------- */

START_TEST(a_node_serves_the_table_once_others_dialled_it)
{
	struct bed *b = bed_new_with(true, NULL);
	keep(b, 2, b->party[1].address);
	keep(b, 3, b->party[1].address);
	b->party[3].listening = false; /* it stands behind a router */
	bed_pass(b, PARS_S(1));
	ck_assert_str_eq(mode(b, 1), "client");
	bed_pass(b, PARS_S(40));
	ck_assert_str_eq(mode(b, 1), "server");
	ck_assert_str_eq(mode(b, 2), "server");
	ck_assert_str_eq(mode(b, 3), "client");
	bed_free(b);
}
END_TEST

/* The rogue serves the table, dials from its own network and claims to live in
 * another. */
START_TEST(a_claimed_network_must_be_the_one_seen)
{
	struct bed *b = bed_new_with(true, NULL);
	struct pars_multiaddr claimed;
	PARS_AUTO_ARENA a = { 0 };
	struct pars_kad_info k;
	pars_host_serve(b->party[0].host, "/pars/bed-net/kad/1.0.0", 2);
	ck_assert(!pars_multiaddr_parse("/ip4/185.7.7.7/tcp/4001", &claimed, NULL));
	pars_host_set_external(b->party[0].host, &claimed, 1);
	bed_rogue_connect(b, 1);
	bed_pass(b, PARS_S(1));
	ck_assert_uint_ge(bed_counter(b, 1, PARS_M_dht_foreign_address), 1);
	pars_kad_get(b->party[1].node, &a, &k);
	ck_assert_uint_eq(k.nodes, 0);
	bed_free(b);
}
END_TEST

UNIT_CASE(find, joining_over_an_old_connection, a_claimed_network_must_be_the_one_seen, a_session_id_is_enough_to_join, a_private_session_needs_its_invitation, nodes_that_answered_are_asked_first_after_a_restart,
	names_lead_to_nodes_and_failures_are_told_and_retried, names_in_circles_end,
	a_signed_list_counts_and_a_forged_one_does_not, a_node_serves_the_table_once_others_dialled_it);
