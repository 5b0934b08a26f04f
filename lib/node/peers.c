/* node/peers.c - whom we know and keep connections to. */
#include "node/node.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "dht/contact.h"

#define RELISTEN_INTERVAL PARS_S(5)
#define ANCHORS_MAX 128
#define CONNS_MIN 16u
#define ANCHORS_PER_PEER 3

static const char *const source_names[] = {
	[SOURCE_ADDED] = "added",
	[SOURCE_BOOTSTRAP] = "bootstrap",
	[SOURCE_SESSION] = "session",
	[SOURCE_ANCHOR] = "anchor",
};

/* -- starting ------------------------------------------------------------------------ */

static enum pars_err parse_listener(const char *text, struct pars_multiaddr *a, struct pars_endpoint *e,
	struct pars_fault *fault)
{
	struct pars_fault inner = { 0 };
	enum pars_err err = pars_multiaddr_parse(text, a, &inner);
	if (err)
		return pars_fail(fault, err, "%.100s: %.250s", text, inner.text);
	if (!pars_multiaddr_endpoint(a, e) || pars_multiaddr_p2p(a).n || e->family > PARS_IP6)
		return pars_fail(fault, PARS_E_INVALID, "%s: cannot listen there; expected "
			"/ip4/ADDRESS/tcp/PORT or /ip6/ADDRESS/tcp/PORT", text);
	return PARS_OK;
}

enum pars_err pars_listen_check(const char *address, struct pars_endpoint *ret, struct pars_fault *fault)
{
	struct pars_multiaddr a;
	return parse_listener(address, &a, ret, fault);
}

static enum pars_err parse_listen(struct pars_node *node, const struct pars_node_config *config,
	struct pars_fault *fault)
{
	struct pars_endpoint e;
	node->listen = pars_alloc_array(config->listens + 1, sizeof *node->listen);
	for (size_t i = 0; i < config->listens; i++) {
		enum pars_err err = parse_listener(config->listen[i], &node->listen[i], &e, fault);
		if (err)
			return err;
	}
	node->listens = config->listens;
	return PARS_OK;
}

static void keep_saved(struct pars_node *node)
{
	struct pars_stmt *q = pars_query(node->store, "SELECT address, source FROM peer");
	while (pars_row(q)) {
		struct pars_multiaddr a;
		char host[PARS_HOST_MAX + 1];
		if (pars_multiaddr_decode(pars_col_bytes(q, 0), &a) || (pars_multiaddr_dnsaddr(&a, host) ?
		    node_boot_add_dns(node, &a) : pars_host_keep(node->host, &a, (unsigned)pars_col_int(q, 1))))
			continue; /* kept already, or one too many */
	}
}

enum pars_err node_peers_init(struct pars_node *node, const struct pars_node_config *config,
	struct pars_fault *fault)
{
	uint8_t paused = 0;
	struct pars_host_limits limits = pars_host_default_limits;
	enum pars_err err = parse_listen(node, config, fault);
	if (err)
		return err;
	if (config->conns_max) {
		limits.conns_max = PARS_MAX(config->conns_max, CONNS_MIN);
		limits.conns_inbound_max = limits.conns_max * 3 / 4;
	}
	node_room_init(node, limits.conns_max);
	node->host = pars_host_new(&(struct pars_host_config){ .key = &node->key, .agent = node->agent,
		.protocol_version = "pars/1.0.0", .limits = limits,
		.metrics = &node->metrics, .rng = &node->rng });
	node->relisten_us = PARS_NEVER;
	pars_store_get(node->store, "paused", &paused, 1);
	node->paused = paused;
	pars_host_begin(node->host, node->now, &node->fx);
	for (size_t i = 0; i < config->bootstraps; i++)
		if ((err = node_peers_keep(node, config->bootstrap[i], SOURCE_BOOTSTRAP, fault)) &&
		    err != PARS_E_EXISTS)
			return err;
	keep_saved(node);
	return PARS_OK;
}

/* Port 0 means any free port. The one it became is kept and tried first from
 * then on, over pauses and restarts: others know this node by it. */
static void port_name(const struct pars_node *node, size_t i, char *out, size_t size)
{
	char text[PARS_MULTIADDR_TEXT];
	pars_multiaddr_text(&node->listen[i], text);
	snprintf(out, size, "port %s", text);
}

static bool is_any_port(const struct pars_node *node, size_t i, struct pars_endpoint *ret)
{
	return pars_multiaddr_endpoint(&node->listen[i], ret) && !ret->port;
}

static void listen_on(struct pars_node *node, size_t i, bool use_kept)
{
	char name[PARS_MULTIADDR_TEXT + 8];
	struct pars_endpoint e;
	uint8_t port[2];
	struct pars_multiaddr a = node->listen[i];
	port_name(node, i, name, sizeof name);
	if (use_kept && is_any_port(node, i, &e) && pars_store_get(node->store, name, port, 2) == 2) {
		e.port = pars_be16(port);
		pars_multiaddr_from_endpoint(&e, &a);
	}
	enum pars_err err = pars_host_listen(node->host, (unsigned)i, &a);
	if (err && err != PARS_E_EXISTS)
		node_log(node, PARS_LOG_ERROR, "cannot listen: %s", pars_err_text(err));
}

static void listen_all(struct pars_node *node)
{
	node->listen_error[0] = '\0';
	for (size_t i = 0; i < node->listens; i++)
		listen_on(node, i, true);
}

static void listening(struct pars_node *node, const struct pars_host_event *ev)
{
	char text[PARS_MULTIADDR_TEXT], name[PARS_MULTIADDR_TEXT + 8];
	struct pars_endpoint asked, got;
	uint8_t port[2];
	if (is_any_port(node, ev->tag, &asked) && pars_multiaddr_endpoint(&ev->addr, &got)) {
		port_name(node, ev->tag, name, sizeof name);
		pars_put_be16(port, got.port);
		pars_store_set(node->store, name, PARS_BYTES_ARRAY(port));
	}
	pars_multiaddr_text(&ev->addr, text);
	node_log(node, PARS_LOG_INFO, "listening on %s", text);
	pars_effects_notify(&node->fx, PARS_TOPIC_STATUS, "listening");
}

void node_peers_start(struct pars_node *node)
{
	if (node->paused)
		pars_host_set_paused(node->host, true);
	else
		listen_all(node);
}

/* -- keeping addresses ---------------------------------------------------------------------- */

static enum pars_err parse_address(const char *address, struct pars_multiaddr *a, struct pars_fault *fault)
{
	struct pars_endpoint e;
	char host[PARS_HOST_MAX + 1];
	enum pars_err err = pars_multiaddr_parse(address, a, fault);
	if (err)
		return err;
	if (!pars_multiaddr_dnsaddr(a, host) && (!pars_multiaddr_endpoint(a, &e) || !e.port))
		return pars_fail(fault, PARS_E_INVALID, "%s: cannot be dialled; expected "
			"/ip4/ADDRESS/tcp/PORT/p2p/PEER-ID, or /ip6, /dns, /dns4, /dns6 in front, or /dnsaddr/NAME", address);
	return PARS_OK;
}

enum pars_err pars_address_check(const char *address, struct pars_fault *fault)
{
	struct pars_multiaddr a;
	return parse_address(address, &a, fault);
}

enum pars_err node_peers_keep(struct pars_node *node, const char *address, enum peer_source source,
	struct pars_fault *fault)
{
	struct pars_multiaddr a;
	enum pars_err err = parse_address(address, &a, fault);
	if (err)
		return err;
	char host[PARS_HOST_MAX + 1];
	err = pars_multiaddr_dnsaddr(&a, host) ? node_boot_add_dns(node, &a) : pars_host_keep(node->host, &a, source);
	if (err == PARS_E_INVALID)
		return pars_fail(fault, err, "%s: that is this node itself", address);
	if (err && err != PARS_E_EXISTS)
		return pars_fail(fault, err, "%s: too many addresses are kept already", address);
	pars_host_set_sated(node->host, 0); /* it is wanted now, whatever there is */
	if (source != SOURCE_BOOTSTRAP) /* those come anew with the options */
		pars_run(node->store, "INSERT OR REPLACE INTO peer VALUES (?, ?)",
			PARS_BLOB(pars_multiaddr_bytes(&a)), PARS_INT(source));
	return err;
}

enum pars_err pars_peer_add(struct pars_node *node, const char *address, struct pars_fault *fault)
{
	enum pars_err err = node_peers_keep(node, address, SOURCE_ADDED, fault);
	if (err == PARS_E_EXISTS) /* what was asked for is so */
		return PARS_OK;
	if (!err)
		node->durable = true;
	return err;
}

enum pars_err pars_peer_bootstrap(struct pars_node *node, const char *address, struct pars_fault *fault)
{
	enum pars_err err = node_peers_keep(node, address, SOURCE_BOOTSTRAP, fault);
	return err == PARS_E_EXISTS ? PARS_OK : err;
}

static bool unkeep(struct pars_node *node, const struct pars_multiaddr *a)
{
	pars_run(node->store, "DELETE FROM peer WHERE address = ?", PARS_BLOB(pars_multiaddr_bytes(a)));
	return !pars_host_unkeep(node->host, a);
}

/* An address without /p2p does not say who is behind it; its connection does. */
static bool unkeep_address(struct pars_node *node, const struct pars_multiaddr *a)
{
	const struct pars_host_kept *k;
	size_t at = 0;
	while ((k = pars_host_kept_next(node->host, &at)) && !pars_multiaddr_equal(&k->addr, a))
		;
	pars_conn conn = k ? k->conn : 0;
	bool found = unkeep(node, a);
	if (conn)
		pars_host_close(node->host, conn);
	return found;
}

/* All kept addresses that end in this peer id. */
static bool unkeep_peer(struct pars_node *node, const struct pars_peer_id *id)
{
	bool found = false;
	for (;;) {
		const struct pars_host_kept *k;
		size_t at = 0;
		do
			k = pars_host_kept_next(node->host, &at);
		while (k && !pars_bytes_equal(pars_multiaddr_p2p(&k->addr), pars_peer_id_bytes(id)));
		if (!k)
			return found;
		struct pars_multiaddr a = k->addr;
		unkeep(node, &a);
		found = true;
	}
}

static bool disconnect(struct pars_node *node, const struct pars_peer_id *id)
{
	pars_conn conn;
	bool found = false;
	while ((conn = pars_host_find(node->host, id))) {
		pars_host_close(node->host, conn);
		found = true;
	}
	return found;
}

enum pars_err pars_peer_remove(struct pars_node *node, const char *text, struct pars_fault *fault)
{
	struct pars_peer_id id;
	struct pars_multiaddr a;
	bool found = false;
	if (text[0] == '/') {
		enum pars_err err = pars_multiaddr_parse(text, &a, fault);
		if (err)
			return err;
		found = unkeep_address(node, &a);
		if (!pars_peer_id_decode(pars_multiaddr_p2p(&a), &id))
			found |= disconnect(node, &id);
	} else {
		if (pars_peer_id_parse(text, &id))
			return pars_fail(fault, PARS_E_INVALID, "%s: expected a multiaddr (/ip4/…) or a peer id", text);
		found = unkeep_peer(node, &id);
		found |= disconnect(node, &id);
	}
	if (!found)
		return pars_fail(fault, PARS_E_NOT_FOUND, "%s: no such peer", text);
	node->durable = true;
	return PARS_OK;
}

/* -- anchors: where to look first after a restart ------------------------------------------------ */

static void forget_anchors(struct pars_node *node, const struct pars_peer_id *id)
{
	struct pars_multiaddr old[ANCHORS_PER_PEER];
	size_t n = 0;
	struct pars_stmt *q = pars_query(node->store, "SELECT address FROM peer WHERE source = ?",
		PARS_INT(SOURCE_ANCHOR));
	while (pars_row(q)) {
		struct pars_multiaddr a;
		if (n < ANCHORS_PER_PEER && !pars_multiaddr_decode(pars_col_bytes(q, 0), &a) &&
		    pars_bytes_equal(pars_multiaddr_p2p(&a), pars_peer_id_bytes(id)))
			old[n++] = a;
	}
	for (size_t i = 0; i < n; i++)
		unkeep(node, &old[i]);
}

void node_peers_anchor(struct pars_node *node, pars_conn conn)
{
	const struct pars_host_peer *peer = pars_host_peer(node->host, conn);
	if (!peer || !peer->listen_count ||
	    pars_query_int(node->store, 0, "SELECT count(*) FROM peer WHERE source = ?",
		PARS_INT(SOURCE_ANCHOR)) >= ANCHORS_MAX)
		return;
	struct pars_multiaddr now[ANCHORS_PER_PEER];
	struct pars_peer_id id = peer->id;
	size_t n = 0;
	for (size_t i = 0; i < peer->listen_count && n < ANCHORS_PER_PEER; i++) {
		struct pars_endpoint e;
		now[n] = peer->listen[i];
		if (pars_multiaddr_endpoint(&now[n], &e) && pars_multiaddr_set_p2p(&now[n], pars_peer_id_bytes(&id)))
			n++;
	}
	forget_anchors(node, &id);
	for (size_t i = 0; i < n; i++)
		if (!pars_host_keep(node->host, &now[i], SOURCE_ANCHOR))
			pars_run(node->store, "INSERT OR IGNORE INTO peer VALUES (?, ?)",
				PARS_BLOB(pars_multiaddr_bytes(&now[i])), PARS_INT(SOURCE_ANCHOR));
}

/* -- events and time -------------------------------------------------------------------------------- */

static void notify_peer(struct pars_node *node, const struct pars_peer_id *id)
{
	char text[PARS_PEER_ID_TEXT];
	pars_peer_id_text(id, text);
	pars_effects_notify(&node->fx, PARS_TOPIC_PEERS, text);
}

static void listen_failed(struct pars_node *node, const struct pars_host_event *ev)
{
	char addr[PARS_MULTIADDR_TEXT];
	struct pars_endpoint asked, tried;
	if (is_any_port(node, ev->tag, &asked) && pars_multiaddr_endpoint(&ev->addr, &tried) && tried.port) {
		listen_on(node, ev->tag, false); /* the kept port is taken: any other, then */
		return;
	}
	pars_multiaddr_text(&ev->addr, addr);
	snprintf(node->listen_error, sizeof node->listen_error, "cannot listen on %.80s: %.80s", addr,
		ev->text ? ev->text : "");
	node_log(node, PARS_LOG_ERROR, "%s; trying again every 5 s", node->listen_error);
	node->relisten_us = node->now.mono_us + RELISTEN_INTERVAL;
}

void node_peers_event(struct pars_node *node, const struct pars_host_event *ev)
{
	switch (ev->type) {
	case PARS_HOST_LISTENING:
		listening(node, ev);
		break;
	case PARS_HOST_LISTEN_FAILED:
		listen_failed(node, ev);
		break;
	case PARS_HOST_PEER_DOWN:
		node_room_changed(node, false);
		notify_peer(node, &ev->peer);
		pars_effects_notify(&node->fx, PARS_TOPIC_BOOTSTRAP, "");
		break;
	case PARS_HOST_PEER_UP:
		node_room_changed(node, true);
		/* fall through */
	case PARS_HOST_PEER_IDENTIFIED:
		notify_peer(node, &ev->peer);
		pars_effects_notify(&node->fx, PARS_TOPIC_BOOTSTRAP, "");
		break;
	case PARS_HOST_DIAL_FAILED:
		pars_effects_notify(&node->fx, PARS_TOPIC_BOOTSTRAP, "");
		break;
	default:
		break;
	}
}

size_t node_peers_count(struct pars_node *node)
{
	return pars_host_peer_count(node->host);
}

const struct pars_host_kept *node_peers_kept(struct pars_node *node, pars_conn conn)
{
	size_t at = 0;
	const struct pars_host_kept *k;
	while ((k = pars_host_kept_next(node->host, &at)) && k->conn != conn)
		;
	return k;
}

void node_peers_tick(struct pars_node *node)
{
	if (node->now.mono_us < node->relisten_us)
		return;
	node->relisten_us = PARS_NEVER;
	if (!node->paused)
		listen_all(node);
}

pars_usec node_peers_deadline(const struct pars_node *node)
{
	return node->relisten_us;
}

/* -- pausing ---------------------------------------------------------------------------------------------- */

static void set_paused(struct pars_node *node, bool paused)
{
	uint8_t value = paused;
	if (node->paused == paused)
		return;
	node->paused = paused;
	pars_store_set(node->store, "paused", PARS_BYTES(&value, 1));
	node->durable = true;
	if (paused)
		pars_host_unlisten_all(node->host);
	else
		listen_all(node);
	pars_host_set_paused(node->host, paused);
	node->relisten_us = PARS_NEVER;
}

void pars_pause(struct pars_node *node)
{
	set_paused(node, true);
}

void pars_resume(struct pars_node *node)
{
	set_paused(node, false);
}

/* -- listing ------------------------------------------------------------------------------------------------ */

const char *node_addr_text(struct pars_arena *a, const struct pars_multiaddr *addr)
{
	char text[PARS_MULTIADDR_TEXT];
	pars_multiaddr_text(addr, text);
	return pars_arena_string(a, PARS_BYTES_STR(text));
}

const char *node_peer_text(struct pars_arena *a, const struct pars_peer_id *id)
{
	char text[PARS_PEER_ID_TEXT];
	pars_peer_id_text(id, text);
	return pars_arena_string(a, PARS_BYTES_STR(text));
}

/* Of an address that may not say whose it is. */
static const char *owner_text(struct pars_arena *a, const struct pars_multiaddr *addr)
{
	struct pars_peer_id id;
	return pars_peer_id_decode(pars_multiaddr_p2p(addr), &id) ? "" : node_peer_text(a, &id);
}

static void fill_connected(struct pars_node *node, struct pars_arena *a, const struct pars_host_peer *p,
	struct pars_peer_info *ret)
{
	*ret = (struct pars_peer_info){
		.peer_id = node_peer_text(a, &p->id), .address = node_addr_text(a, &p->addr),
		.connected = true, .inbound = p->inbound, .source = p->inbound ? "inbound" : "dialled",
		.agent = pars_arena_string(a, PARS_BYTES_STR(p->agent)),
		.connected_us = node->now.mono_us - p->since_us, .rtt_us = p->rtt_us, .score = p->score,
		.verified = node_trust_verified(node, &p->id),
		.bytes_in = p->bytes_in, .bytes_out = p->bytes_out, .last_error = "",
	};
}

static void fill_kept(struct pars_node *node, struct pars_arena *a, const struct pars_host_kept *k,
	struct pars_peer_info *ret)
{
	*ret = (struct pars_peer_info){
		.peer_id = owner_text(a, &k->addr), .address = node_addr_text(a, &k->addr),
		.kept = true, .source = source_names[k->tag], .agent = "", .failures = k->failures,
		.next_dial_us = k->next_us == PARS_NEVER || k->next_us < node->now.mono_us ? 0 :
			k->next_us - node->now.mono_us,
		.last_error = pars_arena_string(a, PARS_BYTES_STR(k->last_error)),
	};
}

static int compare_rows(const void *x, const void *y)
{
	const struct pars_peer_info *a = x, *b = y;
	int c = (int)b->connected - (int)a->connected;
	if (!c)
		c = strcmp(a->peer_id, b->peer_id);
	return c ? c : strcmp(a->address, b->address);
}

/* Connections first, then kept addresses without one. All fit in memory: both
 * are bounded. */
static size_t collect(struct pars_node *node, struct pars_arena *a, struct pars_peer_info **ret)
{
	size_t n = 0, max = node_peers_count(node), at = 0;
	const struct pars_host_peer *p;
	const struct pars_host_kept *k;
	while (pars_host_kept_next(node->host, &at))
		max++;
	*ret = pars_arena_alloc(a, (max + 1) * sizeof **ret);
	for (at = 0; (p = pars_host_peer_next(node->host, &at));) {
		struct pars_peer_info *row = &(*ret)[n++];
		fill_connected(node, a, p, row);
		if ((k = node_peers_kept(node, p->conn))) {
			row->kept = true;
			row->source = source_names[k->tag];
		}
	}
	for (at = 0; (k = pars_host_kept_next(node->host, &at));)
		if (!k->conn || !pars_host_peer(node->host, k->conn)) /* one being dialled, too */
			fill_kept(node, a, k, &(*ret)[n++]);
	qsort(*ret, n, sizeof **ret, compare_rows);
	return n;
}

/* The cursor is the key of the last row, so that a list that changes between
 * two pages repeats or skips nothing that stayed. */
static const char *row_key(struct pars_arena *a, const struct pars_peer_info *row)
{
	return pars_arena_sprintf(a, "%d|%s|%s", row->connected, row->peer_id, row->address);
}

static size_t rows_before(const struct pars_peer_info *rows, size_t n, const char *cursor, struct pars_arena *a,
	struct pars_fault *fault, enum pars_err *err)
{
	char *copy = pars_arena_string(a, PARS_BYTES_STR(cursor)), *id, *address;
	if ((copy[0] != '0' && copy[0] != '1') || copy[1] != '|' || !(address = strchr(id = copy + 2, '|'))) {
		*err = node_cursor_bad(cursor, fault);
		return 0;
	}
	*address++ = '\0';
	struct pars_peer_info last = { .connected = copy[0] == '1', .peer_id = id, .address = address };
	size_t i = 0;
	while (i < n && compare_rows(&rows[i], &last) <= 0)
		i++;
	return i;
}

enum pars_err pars_peer_list(struct pars_node *node, const char *cursor, size_t limit, struct pars_arena *a,
	struct pars_peer_page *ret, struct pars_fault *fault)
{
	struct pars_peer_info *rows;
	enum pars_err err = PARS_OK;
	size_t n = collect(node, a, &rows);
	size_t from = cursor ? rows_before(rows, n, cursor, a, fault, &err) : 0;
	if (err)
		return err;
	*ret = (struct pars_peer_page){ .list = rows + from, .count = PARS_MIN(limit, n - from) };
	if (from + ret->count < n)
		ret->next = row_key(a, &rows[from + ret->count - 1]);
	return PARS_OK;
}
