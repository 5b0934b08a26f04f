/* rpc/handlers.h - the handlers; what they do stands in rpc/table.c. */
#ifndef PARS_RPC_HANDLERS_H
#define PARS_RPC_HANDLERS_H

#include "rpc/call.h"

enum rpc_done rpc_bootstrap_ls(struct rpc_call *call);
enum rpc_done rpc_bootstrap_sign(struct rpc_call *call);
enum rpc_done rpc_bootstrap_test(struct rpc_call *call);
enum rpc_done rpc_client_version(struct rpc_call *call);
enum rpc_done rpc_config_check(struct rpc_call *call);
enum rpc_done rpc_config_show(struct rpc_call *call);
enum rpc_done rpc_dag_graph(struct rpc_call *call);
enum rpc_done rpc_dag_ls(struct rpc_call *call);
enum rpc_done rpc_dag_show(struct rpc_call *call);
enum rpc_done rpc_dag_verify(struct rpc_call *call);
enum rpc_done rpc_dht_closest(struct rpc_call *call);
enum rpc_done rpc_dht_find_peer(struct rpc_call *call);
enum rpc_done rpc_dht_get(struct rpc_call *call);
enum rpc_done rpc_dht_ls(struct rpc_call *call);
enum rpc_done rpc_dht_provide(struct rpc_call *call);
enum rpc_done rpc_dht_providers(struct rpc_call *call);
enum rpc_done rpc_dht_put(struct rpc_call *call);
enum rpc_done rpc_dht_status(struct rpc_call *call);
enum rpc_done rpc_dht_unprovide(struct rpc_call *call);
enum rpc_done rpc_discover(struct rpc_call *call);
enum rpc_done rpc_doctor(struct rpc_call *call);
enum rpc_done rpc_eth_accounts(struct rpc_call *call);
enum rpc_done rpc_eth_chain_id(struct rpc_call *call);
enum rpc_done rpc_gossip_join(struct rpc_call *call);
enum rpc_done rpc_gossip_leave(struct rpc_call *call);
enum rpc_done rpc_gossip_mesh(struct rpc_call *call);
enum rpc_done rpc_gossip_publish(struct rpc_call *call);
enum rpc_done rpc_gossip_tail(struct rpc_call *call);
enum rpc_done rpc_gossip_topics(struct rpc_call *call);
enum rpc_done rpc_health(struct rpc_call *call);
enum rpc_done rpc_id_show(struct rpc_call *call);
enum rpc_done rpc_log_level(struct rpc_call *call);
enum rpc_done rpc_log_tail(struct rpc_call *call);
enum rpc_done rpc_mailbox_add(struct rpc_call *call);
enum rpc_done rpc_mailbox_ls(struct rpc_call *call);
enum rpc_done rpc_mailbox_rm(struct rpc_call *call);
enum rpc_done rpc_metrics(struct rpc_call *call);
enum rpc_done rpc_modules(struct rpc_call *call);
enum rpc_done rpc_net_listening(struct rpc_call *call);
enum rpc_done rpc_net_peer_count(struct rpc_call *call);
enum rpc_done rpc_net_version(struct rpc_call *call);
enum rpc_done rpc_pause(struct rpc_call *call);
enum rpc_done rpc_peer_add(struct rpc_call *call);
enum rpc_done rpc_peer_ls(struct rpc_call *call);
enum rpc_done rpc_peer_rm(struct rpc_call *call);
enum rpc_done rpc_peer_score(struct rpc_call *call);
enum rpc_done rpc_peer_verify(struct rpc_call *call);
enum rpc_done rpc_relay_ls(struct rpc_call *call);
enum rpc_done rpc_relay_rm(struct rpc_call *call);
enum rpc_done rpc_relay_status(struct rpc_call *call);
enum rpc_done rpc_resume(struct rpc_call *call);
enum rpc_done rpc_session_heads(struct rpc_call *call);
enum rpc_done rpc_session_invite(struct rpc_call *call);
enum rpc_done rpc_session_join(struct rpc_call *call);
enum rpc_done rpc_session_ls(struct rpc_call *call);
enum rpc_done rpc_session_members(struct rpc_call *call);
enum rpc_done rpc_session_new(struct rpc_call *call);
enum rpc_done rpc_session_read(struct rpc_call *call);
enum rpc_done rpc_session_send(struct rpc_call *call);
enum rpc_done rpc_session_show(struct rpc_call *call);
enum rpc_done rpc_session_tail(struct rpc_call *call);
enum rpc_done rpc_status(struct rpc_call *call);
enum rpc_done rpc_stop_daemon(struct rpc_call *call);
enum rpc_done rpc_storage_backup(struct rpc_call *call);
enum rpc_done rpc_storage_stats(struct rpc_call *call);
enum rpc_done rpc_subscribe_topic(struct rpc_call *call);
enum rpc_done rpc_sync_now(struct rpc_call *call);
enum rpc_done rpc_sync_outbox(struct rpc_call *call);
enum rpc_done rpc_sync_status(struct rpc_call *call);
enum rpc_done rpc_sync_wait(struct rpc_call *call);
enum rpc_done rpc_top(struct rpc_call *call);
enum rpc_done rpc_unsubscribe_topic(struct rpc_call *call);
enum rpc_done rpc_version(struct rpc_call *call);

#endif
