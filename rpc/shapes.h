/* rpc/shapes.h - the objects that methods answer. */
#ifndef PARS_RPC_SHAPES_H
#define PARS_RPC_SHAPES_H

#include "rpc/schema.h"

/* Rows that pars.h has no struct for. */
struct rpc_version_row {
	const char *version, *agent;
};
struct rpc_made_row {
	const char *id;
};
struct rpc_top_row {
	const char *state, *reason;
	uint64_t uptime_us, queued, received, sent, vertices_in, vertices_own, cpu;
	const struct pars_peer_info *peers;
	size_t peer_count;
	const struct pars_session_info *sessions;
	size_t session_count;
};

extern const struct rpc_shape rpc_shape_empty;
extern const struct rpc_shape rpc_shape_status;
extern const struct rpc_shape rpc_shape_version;
extern const struct rpc_shape rpc_shape_metric, rpc_shape_metrics;
extern const struct rpc_shape rpc_shape_health, rpc_shape_doctor, rpc_shape_top;
extern const struct rpc_shape rpc_shape_log_level, rpc_shape_log_records;
extern const struct rpc_shape rpc_shape_id;
extern const struct rpc_shape rpc_shape_peer, rpc_shape_peers, rpc_shape_peer_changed;
extern const struct rpc_shape rpc_shape_peer_score;
extern const struct rpc_shape rpc_shape_outbox;
extern const struct rpc_shape rpc_shape_mailbox, rpc_shape_mailboxes, rpc_shape_relay, rpc_shape_relay_sessions;
extern const struct rpc_shape rpc_shape_gossip_topics, rpc_shape_gossip_mesh, rpc_shape_gossip_messages,
	rpc_shape_gossip_published;
extern const struct rpc_shape rpc_shape_dht_status, rpc_shape_dht_nodes, rpc_shape_dht_found, rpc_shape_dht_value;
extern const struct rpc_shape rpc_shape_dht_stored;
extern const struct rpc_shape rpc_shape_bootstrap, rpc_shape_bootstrap_signed;
extern const struct rpc_shape rpc_shape_made;
extern const struct rpc_shape rpc_shape_session, rpc_shape_sessions, rpc_shape_invitation;
extern const struct rpc_shape rpc_shape_message, rpc_shape_messages;
extern const struct rpc_shape rpc_shape_member, rpc_shape_members;
extern const struct rpc_shape rpc_shape_heads;
extern const struct rpc_shape rpc_shape_vertex, rpc_shape_vertices;
extern const struct rpc_shape rpc_shape_graph, rpc_shape_verified;
extern const struct rpc_shape rpc_shape_sync, rpc_shape_syncs, rpc_shape_sync_changed, rpc_shape_sync_done;
extern const struct rpc_shape rpc_shape_storage, rpc_shape_backup;
extern const struct rpc_shape rpc_shape_setting, rpc_shape_settings, rpc_shape_config_check;

#endif
