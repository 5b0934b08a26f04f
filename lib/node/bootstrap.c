/* node/bootstrap.c - where first peers come from: several sources side by
 * side, each tried again for ever (PROTOCOLS: bootstrap ladder). None is
 * needed for the node to work, and none is trusted: whoever answers proves its
 * key, and a name counts only as far as DNSSEC proves it. */
#include "node/bootstrap.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "codec/cbor.h"
#include "codec/multibase.h"
#include "node/dht.h"

#define RETRY_MIN PARS_S(5)
#define RETRY_MAX PARS_S(600)
#define AGAIN PARS_S(3600)       /* after it worked */
#define SAVED_AGAIN 32           /* saved peers asked in one try, but for the first */
#define QUERIES_MAX 32           /* names of one try: a /dnsaddr may name others */
#define DEPTH_MAX 8
#define FOUND_MAX 64             /* addresses of one try */
#define SOURCES_MAX 64
#define LIST_SALT "bootstrap"
#define LIST_ADDRS_MAX 100

/* -- sources --------------------------------------------------------------------------- */

static struct boot_source *add(struct pars_node *node, enum boot_level level, const char *name)
{
	struct boot_source *s = pars_alloc(sizeof *s);
	s->level = level;
	s->next_us = node->now.mono_us;
	snprintf(s->name, sizeof s->name, "%s", name);
	TAILQ_INSERT_TAIL(&node->boot->sources, s, entry);
	node->boot->source_count++;
	return s;
}

static pars_usec backoff(unsigned times)
{
	pars_usec wait = RETRY_MIN;
	for (unsigned i = 1; i < times && wait < RETRY_MAX; i++)
		wait *= 2;
	return PARS_MIN(wait, RETRY_MAX);
}

/* What came of a try. With addresses found the source rests, but only once the
 * node is not alone any more: they may be those of nodes that are gone. */
static void tried(struct pars_node *node, struct boot_source *s, bool well, const char *result)
{
	s->failures = well ? 0 : s->failures + 1;
	s->in_vain = node->boot->alone ? s->in_vain + 1 : 0;
	pars_usec wait = s->failures ? backoff(s->failures) : s->in_vain ? backoff(s->in_vain) : AGAIN;
	s->running = false;
	s->round = node->boot->round;
	s->next_us = node->now.mono_us + wait - pars_rng_below(&node->rng, wait / 4 + 1);
	snprintf(s->result, sizeof s->result, "%s", result);
	pars_effects_notify(&node->fx, PARS_TOPIC_BOOTSTRAP, s->name);
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void meet(struct pars_node *node, const struct pars_multiaddr *addr)
{
	struct pars_peer_id id;
	if (!pars_peer_id_decode(pars_multiaddr_p2p(addr), &id))
		node_dht_meet(node, &id, addr, 1);
}

/* -- saved peers and the hash table ------------------------------------------------------- */

/* All of them at first, and then some after the others: a node that is alone for
 * long need not dial hundreds every ten minutes. */
static size_t learn_saved(struct pars_node *node, struct boot_source *s)
{
	size_t most = s->tries > 1 ? SAVED_AGAIN : SIZE_MAX;
	size_t n = node_dht_learn_saved(node, s->from, most);
	if (!n && s->from)
		n = node_dht_learn_saved(node, s->from = 0, most);
	s->from = n == most ? s->from + n : 0;
	return n;
}

static void try_saved(struct pars_node *node, struct boot_source *s)
{
	char text[80];
	s->found = node->dht->dht ? learn_saved(node, s) : 0;
	if (s->found)
		snprintf(text, sizeof text, "asked %zu peer%s that answered before", s->found, plural(s->found));
	else
		snprintf(text, sizeof text, "no peer is saved yet");
	tried(node, s, s->found, text);
}

static void try_dht(struct pars_node *node, struct boot_source *s)
{
	char text[80];
	s->found = node_dht_size(node);
	bool alone = node_dht_is_alone(node); /* then it asks a few by itself, now and then */
	if (s->found && !alone)
		pars_dht_refresh(node->dht->dht);
	if (s->found)
		snprintf(text, sizeof text, "%zu node%s in the table; %s", s->found, plural(s->found),
			alone ? "none answers" : "looked around");
	else
		snprintf(text, sizeof text, "no node in the table yet");
	tried(node, s, s->found, text);
}

/* -- the signed list -------------------------------------------------------------------------- */

/* The list is a record as the hash table keeps them (dht/record.h) under the
 * network's bootstrap key: shipped with the program, and renewed through the
 * table by whoever holds the key. The highest number counts. */
static bool take_list(struct pars_node *node, struct pars_bytes value)
{
	struct pars_dht_record r;
	struct node_boot *b = node->boot;
	if (pars_dht_record_check(PARS_BYTES_ARRAY(b->list_key), value) || pars_dht_record_open(value, &r) ||
	    r.seq < b->list_seq)
		return false;
	if (r.seq > b->list_seq)
		pars_store_set(node->store, "bootstrap_list", value);
	b->list_seq = r.seq;
	pars_buf_drop(&b->list, b->list.n);
	pars_buf_put(&b->list, r.data);
	return true;
}

static bool next_listed(struct pars_bytes *in, struct pars_multiaddr *ret)
{
	struct pars_bytes raw;
	while (in->n) {
		if (pars_cbor_get_bytes(in, &raw))
			return false;
		if (!pars_multiaddr_decode(raw, ret))
			return true;
	}
	return false;
}

static void try_list(struct pars_node *node, struct boot_source *s)
{
	struct node_boot *b = node->boot;
	struct pars_bytes in = pars_buf_bytes(&b->list);
	struct pars_multiaddr addr;
	uint64_t items;
	char text[120];
	if (node_dht_size(node) && !b->list_op)
		b->list_op = pars_dht_get(node->dht->dht, PARS_BYTES_ARRAY(b->list_key), 0);
	s->found = 0;
	if (in.n && !pars_cbor_get_array(&in, &items))
		while (s->found < LIST_ADDRS_MAX && next_listed(&in, &addr)) {
			meet(node, &addr);
			s->found++;
		}
	if (s->found)
		snprintf(text, sizeof text, "asked %zu node%s of list %llu", s->found, plural(s->found),
			(unsigned long long)b->list_seq);
	else
		snprintf(text, sizeof text, "no list is known yet");
	tried(node, s, s->found, text);
}

bool node_boot_event(struct pars_node *node, const struct pars_dht_event *ev)
{
	struct node_boot *b = node->boot;
	if (!b->list_op || ev->op != b->list_op)
		return false;
	if (ev->type == PARS_DHT_EV_DONE) {
		b->list_op = 0;
		if (!ev->result->err)
			take_list(node, ev->result->value);
	}
	return true;
}

/* -- names: TXT records of _dnsaddr.NAME hold "dnsaddr=MULTIADDR" ------------------------------- */

static void look_up(struct pars_node *node, struct boot_source *s, const char *host, unsigned depth)
{
	struct node_boot *b = node->boot;
	if (depth > DEPTH_MAX || s->queries >= QUERIES_MAX)
		return;
	struct boot_query *q = pars_alloc(sizeof *q);
	*q = (struct boot_query){ .number = ++b->next_query, .source = s, .depth = depth };
	TAILQ_INSERT_TAIL(&b->queries, q, entry);
	s->queries++;
	s->open++;
	struct pars_effect *f = pars_effects_add(&node->fx, PARS_EF_RESOLVE);
	f->query = q->number;
	f->text = pars_arena_sprintf(&node->fx.arena, "_dnsaddr.%s", host);
}

static void try_dns(struct pars_node *node, struct boot_source *s)
{
	char host[PARS_HOST_MAX + 1];
	if (!pars_multiaddr_dnsaddr(&s->addr, host))
		return;
	s->running = true;
	s->found = s->queries = s->refused = 0;
	s->secure = true;
	s->error[0] = '\0';
	look_up(node, s, host, 0);
}

/* Where the address names a peer, only that one is meant. */
static bool wanted(const struct boot_source *s, const struct pars_multiaddr *addr)
{
	struct pars_bytes only = pars_multiaddr_p2p(&s->addr), is = pars_multiaddr_p2p(addr);
	return is.n && (!only.n || pars_bytes_equal(only, is));
}

static void take_string(struct pars_node *node, struct boot_source *s, struct pars_bytes text, unsigned depth)
{
	static const char prefix[] = "dnsaddr=";
	char copy[PARS_MULTIADDR_TEXT], host[PARS_HOST_MAX + 1];
	struct pars_multiaddr addr;
	if (text.n < strlen(prefix) || memcmp(text.p, prefix, strlen(prefix)))
		return; /* TXT records of a name serve many ends */
	pars_bytes_take(&text, strlen(prefix));
	if (text.n >= sizeof copy || memchr(text.p, 0, text.n)) {
		s->refused++;
		return;
	}
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	bool understood = !pars_multiaddr_parse(copy, &addr, NULL);
	if (understood && pars_multiaddr_dnsaddr(&addr, host)) {
		look_up(node, s, host, depth + 1);
	} else if (understood && wanted(s, &addr) && node_addr_usable(node, &addr) && s->found < FOUND_MAX) {
		meet(node, &addr);
		s->found++;
	} else {
		s->refused++;
	}
}

static void dns_done(struct pars_node *node, struct boot_source *s)
{
	char text[sizeof s->result];
	if (s->found)
		snprintf(text, sizeof text, "asked %zu node%s that the name told, %s%s", s->found, plural(s->found),
			s->secure ? "proven by DNSSEC" : "of a zone without DNSSEC",
			s->refused ? "; some of its addresses cannot be dialled from here" : "");
	else
		snprintf(text, sizeof text, "%s", s->error[0] ? s->error : s->refused ?
			"the name tells no address that can be dialled from here" : "the name tells no address");
	tried(node, s, s->found, text);
}

void node_boot_resolved(struct pars_node *node, const struct pars_event *ev)
{
	struct node_boot *b = node->boot;
	struct boot_query *q;
	TAILQ_FOREACH(q, &b->queries, entry)
		if (q->number == ev->query)
			break;
	if (!q)
		return;
	struct boot_source *s = q->source;
	unsigned depth = q->depth;
	TAILQ_REMOVE(&b->queries, q, entry);
	free(q);
	if (ev->text) {
		snprintf(s->error, sizeof s->error, "%s", ev->text);
		pars_count(&node->metrics, PARS_M_bootstrap_dns_failed);
	}
	s->secure &= ev->text || ev->secure;
	for (size_t i = 0; i < ev->string_count; i++)
		take_string(node, s, ev->strings[i], depth);
	if (!--s->open)
		dns_done(node, s);
}

enum pars_err node_boot_add_dns(struct pars_node *node, const struct pars_multiaddr *addr)
{
	char text[PARS_MULTIADDR_TEXT];
	struct boot_source *s;
	TAILQ_FOREACH(s, &node->boot->sources, entry)
		if (s->level == BOOT_DNS && pars_multiaddr_equal(&s->addr, addr))
			return PARS_E_EXISTS;
	if (node->boot->source_count >= SOURCES_MAX)
		return PARS_E_LIMIT;
	pars_multiaddr_text(addr, text);
	add(node, BOOT_DNS, text)->addr = *addr;
	return PARS_OK;
}

/* -- time -------------------------------------------------------------------------------------------- */

static void try_source(struct pars_node *node, struct boot_source *s)
{
	s->tries++;
	s->tried_wall_ns = node->now.wall_ns;
	pars_count(&node->metrics, PARS_M_bootstrap_tried);
	switch (s->level) {
	case BOOT_SAVED:
		try_saved(node, s);
		break;
	case BOOT_LIST:
		try_list(node, s);
		break;
	case BOOT_DNS:
		try_dns(node, s);
		break;
	case BOOT_DHT:
		try_dht(node, s);
		break;
	}
}

/* Alone again: whatever worked once is asked anew, soon. */
static void hurry_if_alone(struct pars_node *node)
{
	struct boot_source *s;
	bool alone = !node_peers_count(node) || node_dht_is_alone(node);
	if (alone && !node->boot->alone)
		TAILQ_FOREACH(s, &node->boot->sources, entry)
			if (!s->failures)
				s->next_us = PARS_MIN(s->next_us, node->now.mono_us + RETRY_MIN);
	node->boot->alone = alone;
}

void node_boot_tick(struct pars_node *node)
{
	struct boot_source *s;
	if (node->paused)
		return;
	hurry_if_alone(node);
	TAILQ_FOREACH(s, &node->boot->sources, entry)
		if (!s->running && node->now.mono_us >= s->next_us)
			try_source(node, s);
}

pars_usec node_boot_deadline(const struct pars_node *node)
{
	const struct boot_source *s;
	pars_usec at = PARS_NEVER;
	if (node->paused)
		return at;
	TAILQ_FOREACH(s, &node->boot->sources, entry)
		if (!s->running)
			at = PARS_MIN(at, s->next_us);
	return at;
}

bool node_boot_hopes(const struct pars_node *node)
{
	const struct boot_source *s;
	TAILQ_FOREACH(s, &node->boot->sources, entry)
		if (s->level == BOOT_DNS || s->found)
			return true;
	return false;
}

/* -- opening -------------------------------------------------------------------------------------------- */

static enum pars_err parse_did(const char *text, struct pars_ed25519_public *ret)
{
	static const char prefix[] = "did:key:";
	uint8_t raw[2 + PARS_ED25519_PUBLIC_SIZE];
	size_t n;
	if (strncmp(text, prefix, strlen(prefix)) ||
	    pars_multibase_decode(PARS_BYTES_STR(text + strlen(prefix)), raw, sizeof raw, &n) || n != sizeof raw ||
	    raw[0] != 0xed || raw[1] != 0x01)
		return PARS_E_INVALID;
	memcpy(ret->b, raw + 2, sizeof ret->b);
	return PARS_OK;
}

static enum pars_err shipped_list(struct pars_node *node, const char *hex, struct pars_fault *fault)
{
	PARS_AUTO_BUF raw = { 0 };
	size_t n = strspn(hex, "0123456789abcdefABCDEF");
	if (hex[n + strspn(hex + n, " \r\n")] || n % 2 || n > 2 * PARS_DHT_VALUE_MAX)
		return pars_fail(fault, PARS_E_INVALID, "the bootstrap list is not hex, as `parsctl bootstrap sign` writes it");
	char *copy = pars_strdup(hex);
	copy[n] = '\0';
	bool is_hex = pars_unhex(copy, pars_buf_room(&raw, n / 2), n / 2);
	free(copy);
	if (is_hex)
		pars_buf_added(&raw, n / 2);
	if (!is_hex || pars_dht_record_check(PARS_BYTES_ARRAY(node->boot->list_key), pars_buf_bytes(&raw)))
		return pars_fail(fault, PARS_E_INVALID, "the bootstrap list is not signed by the network's bootstrap key");
	take_list(node, pars_buf_bytes(&raw));
	return PARS_OK;
}

static enum pars_err open_list(struct pars_node *node, const struct pars_node_config *config,
	struct pars_fault *fault)
{
	struct node_boot *b = node->boot;
	struct pars_ed25519_public key;
	uint8_t kept[PARS_DHT_VALUE_MAX];
	if (!config->bootstrap_key)
		return config->bootstrap_list ? pars_fail(fault, PARS_E_INVALID, "a bootstrap list is given, but the "
			"network names no bootstrap key that could have signed it") : PARS_OK;
	if (parse_did(config->bootstrap_key, &key))
		return pars_fail(fault, PARS_E_INVALID, "'%.80s' is not a bootstrap key (did:key:z6Mk…)", config->bootstrap_key);
	pars_dht_record_key(&key, PARS_BYTES_STR(LIST_SALT), b->list_key);
	int n = pars_store_get(node->store, "bootstrap_list", kept, sizeof kept);
	if (n > 0)
		take_list(node, PARS_BYTES(kept, (size_t)n)); /* a key that changed refuses it */
	add(node, BOOT_LIST, "signed list");
	return config->bootstrap_list ? shipped_list(node, config->bootstrap_list, fault) : PARS_OK;
}

enum pars_err node_boot_init(struct pars_node *node, const struct pars_node_config *config,
	struct pars_fault *fault)
{
	struct node_boot *b = node->boot = pars_alloc(sizeof *b);
	TAILQ_INIT(&b->sources);
	TAILQ_INIT(&b->queries);
	b->alone = true;
	add(node, BOOT_SAVED, "peers of earlier runs");
	if (config->kad_mode != PARS_KAD_OFF)
		add(node, BOOT_DHT, "hash table");
	return open_list(node, config, fault);
}

void node_boot_done(struct pars_node *node)
{
	struct node_boot *b = node->boot;
	struct boot_source *s;
	struct boot_query *q;
	if (!b)
		return;
	while ((s = TAILQ_FIRST(&b->sources))) {
		TAILQ_REMOVE(&b->sources, s, entry);
		free(s);
	}
	while ((q = TAILQ_FIRST(&b->queries))) {
		TAILQ_REMOVE(&b->queries, q, entry);
		free(q);
	}
	pars_buf_done(&b->list);
	free(b);
}

/* -- calls of pars.h ------------------------------------------------------------------------------------- */

static pars_usec from_now(const struct pars_node *node, pars_usec at)
{
	return at == PARS_NEVER || at < node->now.mono_us ? 0 : at - node->now.mono_us;
}

static int64_t wall_of(const struct pars_node *node, pars_usec mono)
{
	return mono ? node->now.wall_ns - (int64_t)(node->now.mono_us - mono) * 1000 : 0;
}

static void fill_kept(struct pars_node *node, struct pars_arena *a, const struct pars_host_kept *k,
	struct pars_bootstrap_source *ret)
{
	bool up = k->conn && pars_host_peer(node->host, k->conn);
	*ret = (struct pars_bootstrap_source){
		.level = k->tag == SOURCE_BOOTSTRAP ? "configured" : "saved",
		.source = node_addr_text(a, &k->addr), .tries = k->tries, .failures = k->failures,
		.tried_wall_ns = wall_of(node, k->tried_us), .found = up, .next_us = from_now(node, k->next_us),
		.result = up ? "connected" : k->conn ? "being dialled" : pars_arena_string(a, PARS_BYTES_STR(k->last_error)),
	};
}

static void fill_source(struct pars_node *node, struct pars_arena *a, const struct boot_source *s,
	struct pars_bootstrap_source *ret)
{
	static const char *const levels[] = { [BOOT_SAVED] = "saved", [BOOT_LIST] = "list", [BOOT_DNS] = "dns",
		[BOOT_DHT] = "dht" };
	*ret = (struct pars_bootstrap_source){
		.level = levels[s->level], .source = pars_arena_string(a, PARS_BYTES_STR(s->name)),
		.tried_wall_ns = s->tried_wall_ns, .tries = s->tries, .failures = s->failures, .found = s->found,
		.result = s->running ? "being looked up" : pars_arena_string(a, PARS_BYTES_STR(s->result)),
		.next_us = s->running ? 0 : from_now(node, s->next_us),
	};
}

void pars_bootstrap_list(struct pars_node *node, struct pars_arena *a, struct pars_bootstrap_page *ret)
{
	const struct pars_host_kept *k;
	const struct boot_source *s;
	size_t at = 0, max = node->boot->source_count;
	while (pars_host_kept_next(node->host, &at))
		max++;
	*ret = (struct pars_bootstrap_page){ .list = pars_arena_alloc(a, (max + 1) * sizeof *ret->list) };
	for (at = 0; (k = pars_host_kept_next(node->host, &at));)
		fill_kept(node, a, k, &ret->list[ret->count++]);
	TAILQ_FOREACH(s, &node->boot->sources, entry)
		fill_source(node, a, s, &ret->list[ret->count++]);
}

enum pars_err pars_bootstrap_try(struct pars_node *node, struct pars_fault *fault)
{
	struct boot_source *s;
	if (node->paused)
		return pars_fail(fault, PARS_E_PAUSED, "the node is paused: resume it first");
	node->boot->round++;
	TAILQ_FOREACH(s, &node->boot->sources, entry)
		s->next_us = node->now.mono_us;
	pars_host_redial(node->host);
	return PARS_OK;
}

bool pars_bootstrap_tried(struct pars_node *node)
{
	const struct boot_source *s;
	const struct pars_host_kept *k;
	size_t at = 0;
	TAILQ_FOREACH(s, &node->boot->sources, entry)
		if (s->round != node->boot->round)
			return false;
	while ((k = pars_host_kept_next(node->host, &at)))
		if (k->conn && !pars_host_peer(node->host, k->conn))
			return false; /* still being dialled */
	return true;
}

enum pars_err pars_bootstrap_sign(struct pars_node *node, const char *const *addresses, size_t n,
	struct pars_arena *a, const char **ret_list, const char **ret_key, struct pars_fault *fault)
{
	PARS_AUTO_BUF data = { 0 };
	PARS_AUTO_BUF value = { 0 };
	struct pars_dht_record r = { .author = node->identity.public, .salt = PARS_BYTES_STR(LIST_SALT) };
	if (n > LIST_ADDRS_MAX)
		return pars_fail(fault, PARS_E_TOO_LARGE, "%zu addresses, at most %d in a list", n, LIST_ADDRS_MAX);
	pars_cbor_put_array(&data, n);
	for (size_t i = 0; i < n; i++) {
		struct pars_multiaddr addr;
		enum pars_err err = pars_multiaddr_parse(addresses[i], &addr, fault);
		if (err)
			return err;
		if (!pars_multiaddr_p2p(&addr).n)
			return pars_fail(fault, PARS_E_INVALID, "%s: expected /p2p/PEER-ID at its end, so that nobody can "
				"stand in for it", addresses[i]);
		pars_cbor_put_bytes(&data, pars_multiaddr_bytes(&addr));
	}
	r.data = pars_buf_bytes(&data);
	r.seq = node->now.wall_ns > 0 ? (uint64_t)node->now.wall_ns / 1000000 : 1;
	if (pars_dht_record_seal(&r, &node->identity, &value))
		return pars_fail(fault, PARS_E_TOO_LARGE, "the addresses are too long for one list");
	char *hex = pars_arena_alloc(a, 2 * value.n + 1);
	pars_hex(pars_buf_bytes(&value), hex);
	*ret_list = hex;
	*ret_key = node_did(a, &node->identity.public);
	return PARS_OK;
}
