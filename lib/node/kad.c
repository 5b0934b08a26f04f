/* node/kad.c - the calls of pars.h about the hash table. */
#include "node/dht.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "codec/cbor.h"

#define RESULT_TIME PARS_S(60)
#define FOUND_MAX PARS_COUNT(((struct kad_lookup *)0)->found)
#define VALUE_TEXT_MAX 8000
#define DIGEST_HEX 64

static const char record_prefix[] = "/pars/", key_prefix[] = "/pk/";

/* -- keys -------------------------------------------------------------------------- */

/* A multihash of SHA-256, the one form of key that every implementation
 * takes. */
static enum pars_err provider_key(const char *text, struct pars_buf *out, struct pars_fault *fault)
{
	uint8_t key[34] = { 0x12, 0x20 };
	if (pars_cid_parse(text, key + 2) && !(strlen(text) == DIGEST_HEX && pars_unhex(text, key + 2, 32)))
		return pars_fail(fault, PARS_E_INVALID, "key: '%.80s' is neither a CID (bafyrei…) nor 64 hex digits", text);
	pars_buf_put(out, PARS_BYTES_ARRAY(key));
	return PARS_OK;
}

static enum pars_err peer_key(const char *text, struct pars_buf *out, struct pars_fault *fault)
{
	struct pars_peer_id id;
	if (pars_peer_id_parse(text, &id))
		return pars_fail(fault, PARS_E_INVALID, "'%.80s' is no peer id (12D3Koo…)", text);
	pars_buf_put(out, pars_peer_id_bytes(&id));
	return PARS_OK;
}

static enum pars_err value_key(const char *text, struct pars_buf *out, struct pars_fault *fault)
{
	uint8_t digest[32];
	size_t n = strlen(record_prefix);
	if (!strncmp(text, key_prefix, strlen(key_prefix))) {
		pars_buf_put(out, PARS_BYTES_STR(key_prefix));
		return peer_key(text + strlen(key_prefix), out, fault);
	}
	if (strncmp(text, record_prefix, n) || strlen(text + n) != DIGEST_HEX || !pars_unhex(text + n, digest, 32))
		return pars_fail(fault, PARS_E_INVALID, "key: '%.80s' is neither /pk/PEER-ID nor /pars/ and 64 hex digits",
			text);
	pars_buf_put(out, PARS_BYTES_STR(record_prefix));
	pars_buf_put(out, PARS_BYTES_ARRAY(digest));
	return PARS_OK;
}

/* -- starting ------------------------------------------------------------------------- */

/* A record of ours. Its number is the time, pushed up so that it rises. */
static enum pars_err seal(struct pars_node *node, const char *name, struct pars_bytes data, struct kad_lookup *l,
	struct pars_fault *fault)
{
	uint8_t key[PARS_DHT_RECORD_KEY_SIZE];
	struct pars_dht_record r = { .author = node->identity.public, .salt = PARS_BYTES_STR(name), .data = data };
	if (r.salt.n > PARS_DHT_SALT_MAX)
		return pars_fail(fault, PARS_E_TOO_LARGE, "name: %zu bytes, at most %d allowed", r.salt.n, PARS_DHT_SALT_MAX);
	if (data.n > VALUE_TEXT_MAX)
		return pars_fail(fault, PARS_E_TOO_LARGE, "value: %zu bytes, at most %d allowed", data.n, VALUE_TEXT_MAX);
	pars_dht_record_key(&r.author, r.salt, key);
	uint64_t last = (uint64_t)pars_query_int(node->store, 0, "SELECT seq FROM kad_own WHERE key = ?",
		PARS_BLOB(PARS_BYTES_ARRAY(key)));
	uint64_t now = node->now.wall_ns > 0 ? (uint64_t)node->now.wall_ns / 1000000 : 0;
	r.seq = PARS_MAX(now, last + 1);
	enum pars_err err = pars_dht_record_seal(&r, &node->identity, &l->value);
	if (err)
		return pars_fail(fault, err, "value: too large for a record");
	pars_buf_put(&l->key, PARS_BYTES_ARRAY(key));
	pars_run(node->store, "INSERT OR REPLACE INTO kad_own VALUES (?, ?, ?)", PARS_BLOB(pars_buf_bytes(&l->key)),
		PARS_BLOB(pars_buf_bytes(&l->value)), PARS_INT((int64_t)r.seq));
	node->durable = true;
	return PARS_OK;
}

static enum pars_err make_key(struct pars_node *node, const char *key, struct pars_bytes value,
	struct kad_lookup *l, struct pars_fault *fault)
{
	switch (l->kind) {
	case PARS_KAD_CLOSEST:
		pars_buf_put(&l->key, PARS_BYTES_STR(key));
		return PARS_OK;
	case PARS_KAD_PEER:
		return peer_key(key, &l->key, fault);
	case PARS_KAD_GET:
		return value_key(key, &l->key, fault);
	case PARS_KAD_PUT:
		return seal(node, key, value, l, fault);
	case PARS_KAD_PROVIDE:
	case PARS_KAD_PROVIDERS:
		break;
	}
	return provider_key(key, &l->key, fault);
}

static pars_dht_op begin(struct pars_node *node, struct kad_lookup *l, enum pars_err *err)
{
	struct pars_dht *dht = node->dht->dht;
	struct pars_bytes key = pars_buf_bytes(&l->key);
	switch (l->kind) {
	case PARS_KAD_CLOSEST:
	case PARS_KAD_PEER:
		return pars_dht_find_node(dht, key, true);
	case PARS_KAD_GET:
		return pars_dht_get(dht, key, 0);
	case PARS_KAD_PUT:
		return pars_dht_put(dht, key, pars_buf_bytes(&l->value), err);
	case PARS_KAD_PROVIDE:
		pars_run(node->store, "INSERT OR IGNORE INTO kad_provide VALUES (?)", PARS_BLOB(key));
		node->durable = true;
		return pars_dht_provide(dht, key);
	case PARS_KAD_PROVIDERS:
		break;
	}
	return pars_dht_find_providers(dht, key, FOUND_MAX);
}

static void lookup_free(struct pars_node *node, struct kad_lookup *l)
{
	struct node_dht *d = node->dht;
	for (size_t i = 0; i < l->count; i++)
		pars_contact_unref(d->contacts, l->found[i]);
	TAILQ_REMOVE(&d->lookups, l, entry);
	d->lookup_count--;
	pars_buf_done(&l->key);
	pars_buf_done(&l->value);
	free(l);
}

static enum pars_err check_on(const struct pars_node *node, struct pars_fault *fault)
{
	if (!node->dht->dht)
		return pars_fail(fault, PARS_E_UNSUPPORTED, "the hash table is off: dht.mode in parsd.conf turns it on");
	return PARS_OK;
}

enum pars_err pars_kad_start(struct pars_node *node, enum pars_kad_kind kind, const char *key,
	struct pars_bytes value, uint64_t *ret, struct pars_fault *fault)
{
	struct node_dht *d = node->dht;
	enum pars_err err = check_on(node, fault);
	if (err)
		return err;
	if (d->lookup_count >= KAD_RESULTS_MAX)
		return pars_fail(fault, PARS_E_BUSY, "%d lookups run already: try again later", KAD_RESULTS_MAX);
	struct kad_lookup *l = pars_alloc(sizeof *l);
	*l = (struct kad_lookup){ .number = d->next_lookup++, .kind = kind, .until_us = PARS_NEVER };
	TAILQ_INSERT_TAIL(&d->lookups, l, entry);
	d->lookup_count++;
	if (!(err = make_key(node, key, value, l, fault)) && !(l->op = begin(node, l, &err)))
		err = pars_fail(fault, err ? err : PARS_E_BUSY, "%s", err ? pars_err_text(err) :
			"too many lookups run already: try again later");
	if (err)
		lookup_free(node, l);
	else
		*ret = l->number;
	return err;
}

enum pars_err pars_kad_unprovide(struct pars_node *node, const char *key, struct pars_fault *fault)
{
	PARS_AUTO_BUF raw = { 0 };
	enum pars_err err = check_on(node, fault);
	if (err || (err = provider_key(key, &raw, fault)))
		return err;
	pars_run(node->store, "DELETE FROM kad_provide WHERE key = ?", PARS_BLOB(pars_buf_bytes(&raw)));
	if (!pars_store_changes(node->store))
		return pars_fail(fault, PARS_E_NOT_FOUND, "this node does not announce that key");
	pars_dht_unprovide(node->dht->dht, pars_buf_bytes(&raw));
	node->durable = true;
	return PARS_OK;
}

/* -- ending ------------------------------------------------------------------------------ */

static void found(struct kad_lookup *l, struct pars_contact *c)
{
	if (l->count < FOUND_MAX)
		l->found[l->count++] = pars_contact_ref(c);
}

/* The peer that was asked for, if it is among the nearest. */
static void keep_peer(struct kad_lookup *l, const struct pars_dht_result *r)
{
	for (size_t i = 0; i < r->closest_count; i++)
		if (pars_bytes_equal(pars_peer_id_bytes(&r->closest[i]->id), pars_buf_bytes(&l->key)))
			found(l, r->closest[i]);
	if (!l->count && !l->err)
		l->err = PARS_E_NOT_FOUND;
}

/* Others do not tell us of ourselves. */
static void keep_own(struct pars_node *node, struct kad_lookup *l)
{
	if (pars_query_int(node->store, 0, "SELECT 1 FROM kad_provide WHERE key = ?", PARS_BLOB(pars_buf_bytes(&l->key))))
		found(l, node->dht->self);
	if (l->count)
		l->err = PARS_OK;
}

static void finish(struct pars_node *node, struct kad_lookup *l, const struct pars_dht_result *r)
{
	l->done = true;
	l->err = r->err;
	l->until_us = node->now.mono_us + RESULT_TIME;
	l->result = *r;
	if (l->kind == PARS_KAD_CLOSEST)
		for (size_t i = 0; i < r->closest_count; i++)
			found(l, r->closest[i]);
	else if (l->kind == PARS_KAD_PEER)
		keep_peer(l, r);
	else if (l->kind == PARS_KAD_GET)
		pars_buf_put(&l->value, r->value);
	else if (l->kind == PARS_KAD_PROVIDERS)
		keep_own(node, l);
	char text[24];
	snprintf(text, sizeof text, "%llu", (unsigned long long)l->number);
	pars_effects_notify(&node->fx, PARS_TOPIC_KAD, text);
}

bool node_kad_event(struct pars_node *node, const struct pars_dht_event *ev)
{
	struct kad_lookup *l;
	TAILQ_FOREACH(l, &node->dht->lookups, entry)
		if (l->op == ev->op && !l->done)
			break;
	if (!l)
		return false;
	if (ev->type == PARS_DHT_EV_PROVIDER)
		found(l, ev->contact);
	else
		finish(node, l, ev->result);
	return true;
}

void node_kad_tick(struct pars_node *node)
{
	struct kad_lookup *l, *next;
	for (l = TAILQ_FIRST(&node->dht->lookups); l; l = next) {
		next = TAILQ_NEXT(l, entry);
		if (node->now.mono_us >= l->until_us)
			lookup_free(node, l);
	}
}

void node_kad_done(struct pars_node *node)
{
	struct kad_lookup *l;
	while ((l = TAILQ_FIRST(&node->dht->lookups)))
		lookup_free(node, l);
}

/* -- telling ------------------------------------------------------------------------------- */

static void fill_contact(struct pars_arena *a, const struct pars_contact *c, struct pars_kad_node *ret)
{
	struct pars_multiaddr addr;
	size_t at = 0;
	*ret = (struct pars_kad_node){ .peer_id = node_peer_text(a, &c->id) };
	ret->addresses.list = pars_arena_alloc(a, PARS_CONTACT_ADDRS_MAX * sizeof(char *));
	while (ret->addresses.count < PARS_CONTACT_ADDRS_MAX && pars_contact_addr(c, &at, &addr))
		ret->addresses.list[ret->addresses.count++] = node_addr_text(a, &addr);
}

static const char *hex_text(struct pars_arena *a, struct pars_bytes b)
{
	char *text = pars_arena_alloc(a, 2 * b.n + 1);
	pars_hex(b, text);
	return text;
}

static const char *key_text(struct pars_arena *a, struct pars_bytes key)
{
	if (key.n <= strlen(record_prefix))
		return "";
	pars_bytes_take(&key, strlen(record_prefix));
	return pars_arena_sprintf(a, "%s%s", record_prefix, hex_text(a, key));
}

static void fill_value(struct pars_arena *a, struct pars_bytes key, struct pars_bytes value,
	struct pars_kad_result *ret)
{
	struct pars_dht_record r;
	struct pars_bytes data = value;
	if (key.n == PARS_DHT_RECORD_KEY_SIZE && !memcmp(key.p, record_prefix, strlen(record_prefix)) &&
	    !pars_dht_record_open(value, &r)) {
		ret->author = node_did(a, &r.author);
		ret->seq = r.seq;
		data = r.data;
	}
	ret->hex = !pars_utf8_valid(data) || (data.n && memchr(data.p, 0, data.n));
	ret->value = ret->hex ? hex_text(a, data) : pars_arena_string(a, data);
}

static void fill_result(struct pars_arena *a, const struct kad_lookup *l, struct pars_kad_result *ret)
{
	const struct pars_dht_result *r = &l->result;
	*ret = (struct pars_kad_result){ .nodes = pars_arena_alloc(a, (l->count + 1) * sizeof *ret->nodes),
		.count = l->count, .key = "", .author = "", .value = "", .stored = r->stored, .hops = r->hops,
		.asked = r->asked, .answered = r->answered, .failed = r->failed, .took_us = r->took_us,
		.sparse = r->sparse };
	for (size_t i = 0; i < l->count; i++)
		fill_contact(a, l->found[i], &ret->nodes[i]);
	if (l->kind == PARS_KAD_GET)
		fill_value(a, pars_buf_bytes(&l->key), pars_buf_bytes(&l->value), ret);
	if (l->kind == PARS_KAD_PUT)
		ret->key = key_text(a, pars_buf_bytes(&l->key));
}

static enum pars_err explain(const struct kad_lookup *l, struct pars_fault *fault)
{
	const struct pars_dht_result *r = &l->result;
	if (l->err == PARS_E_NOT_READY)
		return pars_fail(fault, PARS_E_NOT_FOUND, "no node of the hash table is known yet; "
			"`parsctl bootstrap ls` says what was tried");
	if (l->err == PARS_E_NOT_FOUND)
		return pars_fail(fault, l->err, "not found: %u of %u nodes answered%s", r->answered, r->asked,
			r->sparse ? ", fewer near the key than expected: it may be hidden, try again later" : "");
	return pars_fail(fault, l->err, "%s", pars_err_text(l->err));
}

enum pars_err pars_kad_result(struct pars_node *node, uint64_t number, struct pars_arena *a,
	struct pars_kad_result *ret, struct pars_fault *fault)
{
	struct kad_lookup *l;
	TAILQ_FOREACH(l, &node->dht->lookups, entry)
		if (l->number == number)
			break;
	if (!l)
		return pars_fail(fault, PARS_E_NOT_FOUND, "no such lookup");
	if (!l->done)
		return PARS_E_NOT_READY;
	/* What this node says is kept, and told to others as they become known. */
	bool kept = l->kind == PARS_KAD_PUT || l->kind == PARS_KAD_PROVIDE;
	enum pars_err err = l->err && !kept ? explain(l, fault) : PARS_OK;
	if (!err)
		fill_result(a, l, ret);
	lookup_free(node, l);
	return err;
}

void pars_kad_get(struct pars_node *node, struct pars_arena *a, struct pars_kad_info *ret)
{
	const struct node_dht *d = node->dht;
	struct pars_dht_stats st = { 0 };
	*ret = (struct pars_kad_info){ .mode = "off", .reason = "dht.mode is off",
		.protocol = pars_arena_string(a, PARS_BYTES_STR(d->protocol)) };
	if (!d->dht)
		return;
	pars_dht_stats(d->dht, &st);
	ret->mode = d->serving ? "server" : "client";
	ret->reason = d->mode == PARS_KAD_SERVER ? "dht.mode is server" : d->mode == PARS_KAD_CLIENT ?
		"dht.mode is client" : node_reach_reason(node);
	ret->nodes = st.entries;
	ret->estimate = pars_dht_estimate(d->dht);
	ret->records = st.records;
	ret->records_bytes = st.records_bytes;
	ret->providers = st.providers;
	ret->provides = st.provides;
	ret->lookups = st.lookups;
	ret->next_refresh_us = st.next_refresh_us == PARS_NEVER ? 0 :
		st.next_refresh_us - PARS_MIN(st.next_refresh_us, node->now.mono_us);
}

/* The cursor is the peer id of the last row. */
enum pars_err pars_kad_list(struct pars_node *node, const char *cursor, size_t limit, struct pars_arena *a,
	struct pars_kad_page *ret, struct pars_fault *fault)
{
	struct pars_dht_entry e;
	struct pars_peer_id after;
	size_t at = 0;
	bool skip = cursor != NULL;
	enum pars_err err = check_on(node, fault);
	if (err)
		return err;
	if (cursor && pars_peer_id_parse(cursor, &after))
		return node_cursor_bad(cursor, fault);
	*ret = (struct pars_kad_page){ .list = pars_arena_alloc(a, limit * sizeof *ret->list) };
	while (pars_dht_entry_next(node->dht->dht, &at, &e)) {
		if (skip) {
			skip = !pars_peer_id_equal(&e.contact->id, &after);
			continue;
		}
		if (ret->count == limit) {
			ret->next = ret->list[limit - 1].peer_id;
			break;
		}
		struct pars_kad_node *row = &ret->list[ret->count++];
		fill_contact(a, e.contact, row);
		row->bucket = e.bucket;
		row->seen_us = node->now.mono_us - PARS_MIN(e.seen_us, node->now.mono_us);
		row->since_us = node->now.mono_us - PARS_MIN(e.since_us, node->now.mono_us);
		row->failures = e.failures;
	}
	return PARS_OK;
}
