/* node/status.c - the lifecycle: in which state the node is, since when, why. */
#include "node/node.h"

#include <stdio.h>

#include "base/alloc.h"
#include "codec/multibase.h"

#define ALONE_TIME PARS_S(30) /* without a usable peer: offline */

static const char *const state_names[] = {
	[STATE_STARTING] = "starting",
	[STATE_ONLINE] = "online",
	[STATE_OFFLINE] = "offline",
	[STATE_RECONNECTING] = "reconnecting",
	[STATE_PAUSED] = "paused",
};

/* Kept over restarts: what counts is how long others have not heard of us. */
static void set_offline_since(struct pars_node *node, int64_t wall_ns)
{
	node->offline_since_wall_ns = wall_ns;
	if (wall_ns)
		pars_store_set(node->store, "offline_since", PARS_BYTES(&wall_ns, sizeof wall_ns));
	else
		pars_run(node->store, "DELETE FROM fact WHERE name = 'offline_since'");
}

void node_status_init(struct pars_node *node)
{
	node->state = node->paused ? STATE_PAUSED : STATE_STARTING;
	node->since_wall_ns = node->now.wall_ns;
	node->alone_since_us = node->now.mono_us;
	if (pars_store_get(node->store, "offline_since", &node->offline_since_wall_ns, sizeof node->offline_since_wall_ns) < 0)
		set_offline_since(node, node->now.wall_ns);
	pars_store_get(node->store, "last_sync", &node->last_sync_wall_ns, sizeof node->last_sync_wall_ns);
}

/* Every session that a connected node shares is equal with it. Asked again only
 * when that may have become so. */
static bool all_equal(struct pars_node *node)
{
	size_t at = 0;
	const struct pars_session *s;
	if (node->state == STATE_RECONNECTING && !node->sync_news)
		return false;
	node->sync_news = false;
	while ((s = pars_sessions_next(node->sessions, &at))) {
		size_t equal, shared = node_sync_shared(node, s->num, &equal);
		if (equal != shared && !s->is_carried)
			return false;
	}
	return true;
}

/* Once online, being a moment behind does not make the node less so. */
static enum node_state next_state(struct pars_node *node, size_t peers)
{
	if (node->paused)
		return STATE_PAUSED;
	if (peers)
		return node->state == STATE_ONLINE || all_equal(node) ? STATE_ONLINE : STATE_RECONNECTING;
	if (node->now.mono_us - node->alone_since_us >= ALONE_TIME || node->state == STATE_OFFLINE)
		return STATE_OFFLINE;
	return node->state == STATE_PAUSED ? STATE_STARTING : node->state;
}

static void explain(struct pars_node *node, size_t peers)
{
	size_t at = 0, kept = 0;
	while (pars_host_kept_next(node->host, &at))
		kept++;
	char *to = node->reason;
	size_t size = sizeof node->reason;
	switch (node->state) {
	case STATE_PAUSED:
		snprintf(to, size, "paused by request; `parsctl resume` goes on");
		break;
	case STATE_ONLINE:
		snprintf(to, size, "connected to %zu peer%s", peers, peers == 1 ? "" : "s");
		break;
	case STATE_RECONNECTING:
		snprintf(to, size, "connected; exchanging what each side missed");
		break;
	case STATE_STARTING:
	case STATE_OFFLINE:
		if (node->listen_error[0])
			snprintf(to, size, "%s", node->listen_error);
		else if (!kept && !node_boot_hopes(node))
			snprintf(to, size, "no peers known; an invitation, or `parsctl peer add ADDRESS`, brings the first");
		else
			snprintf(to, size, "no node answers yet; `parsctl bootstrap ls` says what was tried and what is next");
	}
}

void node_status_update(struct pars_node *node)
{
	size_t peers = pars_host_identified_count(node->host);
	if (peers || node->paused)
		node->alone_since_us = PARS_NEVER;
	else if (node->alone_since_us == PARS_NEVER)
		node->alone_since_us = node->now.mono_us;
	if (!peers != !!node->offline_since_wall_ns)
		set_offline_since(node, peers ? 0 : node->now.wall_ns);
	enum node_state next = next_state(node, peers);
	if (next == STATE_ONLINE && node->state != STATE_ONLINE)
		pars_store_set(node->store, "last_sync",
			PARS_BYTES(&node->last_sync_wall_ns, sizeof node->last_sync_wall_ns));
	if (next != node->state) {
		node->state = next;
		node->since_wall_ns = node->now.wall_ns;
		explain(node, peers);
		node_log(node, PARS_LOG_INFO, "%s: %s", state_names[next], node->reason);
		pars_effects_notify(&node->fx, PARS_TOPIC_STATUS, state_names[next]);
	}
	explain(node, peers);
}

pars_usec node_status_deadline(const struct pars_node *node)
{
	if (node->alone_since_us == PARS_NEVER || node->state == STATE_OFFLINE)
		return PARS_NEVER;
	return node->alone_since_us + ALONE_TIME;
}

/* -- calls of pars.h -------------------------------------------------------------------- */

static struct pars_strings addresses(struct pars_node *node, struct pars_arena *a, bool with_id)
{
	struct pars_multiaddr list[64];
	struct pars_strings ret = { 0 };
	size_t n = pars_host_addrs(node->host, list, PARS_COUNT(list));
	ret.list = pars_arena_alloc(a, (n + 1) * sizeof *ret.list);
	for (size_t i = 0; i < n; i++) {
		if (with_id && !pars_multiaddr_set_p2p(&list[i], pars_peer_id_bytes(pars_host_id(node->host))))
			continue;
		ret.list[ret.count++] = node_addr_text(a, &list[i]);
	}
	return ret;
}

static uint64_t count_queued(struct pars_node *node)
{
	size_t at = 0;
	uint64_t queued = 0;
	struct pars_session *s;
	while ((s = pars_sessions_next(node->sessions, &at)))
		queued += pars_dag_own_count(s->dag) - PARS_MIN(pars_dag_own_count(s->dag),
			(uint64_t)pars_query_int(node->store, 0, "SELECT max(count) FROM held WHERE session = ?",
				PARS_INT(s->num)));
	return queued;
}

void pars_status_get(struct pars_node *node, struct pars_arena *a, struct pars_status *ret)
{
	size_t at = 0;
	const struct pars_session *s;
	*ret = (struct pars_status){
		.state = state_names[node->state],
		.reason = pars_arena_string(a, PARS_BYTES_STR(node->reason)),
		.since_wall_ns = node->since_wall_ns,
		.uptime_us = node->now.mono_us - node->started.mono_us,
		.network = pars_arena_string(a, PARS_BYTES_STR(node->network)),
		.peer_id = node_peer_text(a, pars_host_id(node->host)),
		.listen = addresses(node, a, false),
		.peers = pars_host_identified_count(node->host),
		.sessions = pars_sessions_count(node->sessions),
		.queued = count_queued(node),
		.offline_since_wall_ns = node->offline_since_wall_ns,
		.last_sync_wall_ns = node->last_sync_wall_ns,
		.listen_error = pars_arena_string(a, PARS_BYTES_STR(node->listen_error)),
	};
	while ((s = pars_sessions_next(node->sessions, &at)))
		ret->vertices += pars_dag_sum(s->dag)->count;
}

/* W3C did:key: multibase of the multicodec prefix of Ed25519 and the key. */
const char *node_did(struct pars_arena *a, const struct pars_ed25519_public *key)
{
	uint8_t raw[2 + PARS_ED25519_PUBLIC_SIZE] = { 0xed, 0x01 };
	char text[80];
	memcpy(raw + 2, key->b, sizeof key->b);
	if (pars_multibase_encode(PARS_BASE58, PARS_BYTES_ARRAY(raw), text, sizeof text))
		return "";
	return pars_arena_sprintf(a, "did:key:%s", text);
}

void pars_id_get(struct pars_node *node, struct pars_arena *a, struct pars_id_info *ret)
{
	char hex[2 * PARS_SHA256_SIZE + 1];
	struct pars_digest dht = pars_peer_id_dht(pars_host_id(node->host));
	pars_hex(pars_digest_bytes(&dht), hex);
	*ret = (struct pars_id_info){
		.peer_id = node_peer_text(a, pars_host_id(node->host)),
		.did = node_did(a, &node->identity.public),
		.dht_id = pars_arena_string(a, PARS_BYTES_STR(hex)),
		.addresses = addresses(node, a, true),
	};
}
