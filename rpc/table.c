#include "rpc/table.h"

#include <stdlib.h>
#include <string.h>

#include "pars.h"
#include "rpc/nearest.h"
#include "rpc/outside.h"
#include "rpc/shapes.h"

#define ID_MAX 200      /* bytes of an id, name or prefix of one */
#define ADDRESS_MAX 512
#define CURSOR_MAX 512
#define WAIT_MAX 3600   /* seconds */

#define PARAMS(id, ...) static const struct rpc_param id##_params[] = { __VA_ARGS__ }
#define TAKES(id) .params = id##_params, .params_count = PARS_COUNT(id##_params)
#define GIVES(id) .result = { .kind = RPC_OBJECT, .shape = &rpc_shape_##id }

#define TEXT(n, f, least, most, h) \
	{ .name = n, .kind = RPC_STRING, .flags = f, .min = least, .max = most, .help = h }
#define NUMBER(n, f, least, most, d, h) \
	{ .name = n, .kind = RPC_INT, .flags = f, .min = least, .max = most, .def = d, .help = h }
#define SESSION(f) TEXT("session", f, 1, ID_MAX, "its id, an unambiguous prefix of it, or its exact name")
#define CURSOR TEXT("cursor", RPC_CURSOR, 0, CURSOR_MAX, "where to go on: the `next` of the page before")
#define LIMIT(d) NUMBER("limit", 0, 1, PARS_PAGE_MAX, d, "most rows of one page")
#define WAIT(d, h) NUMBER("wait", RPC_WAIT, 0, WAIT_MAX, d, h)

const char *const rpc_log_levels[] = { "error", "warn", "info", "debug", NULL };
static const char *const orders[] = { "arrival", "canonical", NULL };
static const char *const topic_names[] = { "messages", "peers", "status", "sync", NULL };

static const char *const outcomes[] = { "equal", "forget", "show", NULL };

PARAMS(page, CURSOR, LIMIT("100"));
PARAMS(peer_add, TEXT("address", RPC_REQUIRED, 1, ADDRESS_MAX, "multiaddr, as in /ip4/192.0.2.1/tcp/7071/p2p/12D3Koo…"));
PARAMS(peer_rm, TEXT("peer", RPC_REQUIRED, 1, ADDRESS_MAX, "its multiaddr or peer id"));
PARAMS(peer_one, TEXT("peer", RPC_REQUIRED, 1, ID_MAX, "its peer id"));
PARAMS(peer_verify, TEXT("peer", RPC_REQUIRED, 1, ID_MAX, "its peer id"),
	{ .name = "outcome", .kind = RPC_STRING, .flags = RPC_POSITIONAL, .def = "show", .choices = outcomes,
		.help = "show: the code to compare; equal: it was, remember that; forget: remember it no longer" });
#define LOOKUP_WAIT WAIT("30", "give up waiting after so many seconds")
PARAMS(bootstrap_sign, TEXT("addresses", RPC_REQUIRED, 1, 32768,
	"multiaddrs with /p2p/PEER-ID at their ends, spaces between them"));
PARAMS(bootstrap_test, WAIT("15", "answer after so many seconds at the latest"));
PARAMS(dht_closest, TEXT("key", RPC_REQUIRED, 1, 200, "any text; its hash is the place"), LOOKUP_WAIT);
PARAMS(dht_find_peer, TEXT("peer", RPC_REQUIRED, 1, ID_MAX, "its peer id"), LOOKUP_WAIT);
PARAMS(dht_get, TEXT("key", RPC_REQUIRED, 1, ID_MAX, "/pk/PEER-ID, or /pars/ and 64 hex digits"), LOOKUP_WAIT);
PARAMS(dht_provider, TEXT("key", RPC_REQUIRED, 1, ID_MAX, "a CID (bafyrei…) or 64 hex digits"), LOOKUP_WAIT);
PARAMS(dht_put, TEXT("name", RPC_REQUIRED, 1, 64, "tells this node's values apart; part of the key"),
	TEXT("value", RPC_REQUIRED, 0, 8000, "what to store, as text"), LOOKUP_WAIT);
PARAMS(dht_unprovide, TEXT("key", RPC_REQUIRED, 1, ID_MAX, "as it was announced"));
PARAMS(mailbox_add, SESSION(RPC_REQUIRED),
	TEXT("address", RPC_REQUIRED, 1, ADDRESS_MAX, "multiaddr of the node, as in /ip4/192.0.2.1/tcp/7071/p2p/12D3Koo…"),
	WAIT("10", "answer when the node has answered, or after so many seconds"));
PARAMS(mailbox_rm, SESSION(RPC_REQUIRED), TEXT("peer", RPC_REQUIRED, 1, ID_MAX, "its peer id"));
PARAMS(relay_rm, TEXT("session", RPC_REQUIRED, 1, ID_MAX, "its id"));
#define TOPIC TEXT("topic", RPC_REQUIRED, 1, 128, "its name")
#define UNSIGNED { .name = "unsigned", .kind = RPC_BOOL, .help = "its messages do not name their authors" }
PARAMS(gossip_join, TOPIC, UNSIGNED);
PARAMS(gossip_leave, TOPIC);
PARAMS(gossip_mesh, TEXT("topic", RPC_POSITIONAL, 1, 128, "only of this one"), CURSOR, LIMIT("100"));
PARAMS(gossip_publish, TOPIC, TEXT("data", RPC_REQUIRED, 0, 2097154, "text, or 0x and hex digits for other bytes"),
	UNSIGNED);
PARAMS(gossip_tail, TOPIC,
	{ .name = "cursor", .kind = RPC_STRING, .flags = RPC_CURSOR, .max = CURSOR_MAX, .def = "",
		.help = "where to begin: empty at the oldest kept, \"end\" at the next one, or `next` of an earlier page" },
	LIMIT("100"), WAIT("30", "answer an empty page only after so many seconds; 0: do not follow"));
PARAMS(session_new,
	TEXT("name", RPC_REQUIRED, 1, PARS_NAME_MAX, "the session's name; it travels in it"),
	TEXT("nick", 0, 0, PARS_NAME_MAX, "own name in it"),
	{ .name = "private", .kind = RPC_BOOL, .help = "only who was given an invitation finds it" });
PARAMS(session_join,
	TEXT("id", RPC_REQUIRED, 1, 1024, "the session's id, or an invitation"),
	TEXT("address", RPC_POSITIONAL, 1, ADDRESS_MAX, "multiaddr of a member's node"),
	TEXT("nick", 0, 0, PARS_NAME_MAX, "own name in it"),
	WAIT("0", "answer only when its start has arrived, or after so many seconds"));
PARAMS(session_one, SESSION(RPC_REQUIRED));
PARAMS(session_send, SESSION(RPC_REQUIRED),
	TEXT("text", RPC_REQUIRED, 1, PARS_MESSAGE_MAX, "what to say"));
PARAMS(session_read, SESSION(RPC_REQUIRED),
	{ .name = "order", .kind = RPC_STRING, .def = "canonical", .choices = orders,
		.help = "canonical: the same on all nodes; arrival: as they came, nothing is missed from a cursor on" },
	TEXT("cursor", RPC_CURSOR, 0, CURSOR_MAX,
		"where to go on: `next` of an earlier page; of arrival also \"end\": only what comes from now on, "
		"and \"last:N\": the last N messages, then the new ones"),
	LIMIT("100"), WAIT("0", "answer an empty page only after so many seconds"));
PARAMS(session_tail, SESSION(RPC_REQUIRED),
	{ .name = "cursor", .kind = RPC_STRING, .flags = RPC_CURSOR, .max = CURSOR_MAX, .def = "last:10",
		.help = "where to begin: \"last:N\" at the last N messages, \"end\" at the next one, empty at the "
			"first, or `next` of an earlier page" },
	LIMIT("100"), WAIT("30", "answer an empty page only after so many seconds; 0: do not follow"));
PARAMS(session_page, SESSION(RPC_REQUIRED), CURSOR, LIMIT("100"));
PARAMS(dag_show, TEXT("vertex", RPC_REQUIRED, 1, ID_MAX, "its id"));
PARAMS(dag_graph, SESSION(RPC_REQUIRED), LIMIT("100"));
PARAMS(dag_verify, SESSION(RPC_REQUIRED), CURSOR, LIMIT("500"));
PARAMS(sync_status, SESSION(RPC_POSITIONAL), CURSOR, LIMIT("100"));
PARAMS(sync_now, SESSION(RPC_POSITIONAL));
PARAMS(sync_wait, SESSION(RPC_POSITIONAL),
	NUMBER("peers", 0, 0, 1000, "1", "how many connected nodes must serve it"),
	WAIT("30", "give up after so many seconds"));
PARAMS(storage_backup,
	TEXT("path", RPC_REQUIRED | RPC_PATH, 1, 4096, "of the new file, absolute; it must not exist"),
	WAIT("600", "give up waiting after so many seconds; the backup goes on"));
PARAMS(subscribe,
	{ .name = "topic", .kind = RPC_STRING, .flags = RPC_REQUIRED, .choices = topic_names, .help = "what to follow" },
	TEXT("session", 0, 1, ID_MAX, "for messages: its id, an unambiguous prefix of it, or its exact name"),
	{ .name = "cursor", .kind = RPC_STRING, .max = CURSOR_MAX, .def = "end",
		.help = "for messages: where to begin; `next` of an earlier page, empty for the beginning, or \"end\"" });
PARAMS(log_level,
	{ .name = "level", .kind = RPC_STRING, .flags = RPC_POSITIONAL, .choices = rpc_log_levels,
		.help = "the least important lines to log from now on, until the restart; needs the right admin" });
PARAMS(log_tail,
	{ .name = "cursor", .kind = RPC_STRING, .flags = RPC_CURSOR, .max = CURSOR_MAX, .def = "last:20",
		.help = "where to begin: \"last:N\" at the last N lines, \"end\" at the next one, empty at the oldest one "
			"kept, or `next` of an earlier page" },
	LIMIT("100"), WAIT("30", "answer an empty page only after so many seconds; 0: do not follow"));
PARAMS(unsubscribe, TEXT("subscription", RPC_REQUIRED, 1, 40, "as pars_subscribe gave it"));

#define EX_SESSION "\"session\":\"bafyreig6\""
#define EX_KEY "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
#define EX_PEER "12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq"
#define EX_STATUS "{\"state\":\"online\",\"reason\":\"connected to 2 nodes\",\"since\":\"2026-11-22T10:00:00.000Z\"," \
	"\"uptimeUs\":61000000,\"network\":\"dev\",\"peerId\":\"" EX_PEER "\"," \
	"\"listen\":[\"/ip4/127.0.0.1/tcp/7071\"],\"peers\":2,\"sessions\":1,\"vertices\":12,\"queued\":0," \
	"\"offlineSince\":null,\"lastSync\":\"2026-11-22T10:01:00.000Z\"}"
#define EX_SESSION_ROW "{\"id\":\"bafyreig6\",\"name\":\"harbour\",\"private\":false,\"state\":\"member\",\"member\":\"" EX_KEY "\"," \
	"\"vertices\":12,\"messages\":9,\"members\":3,\"heads\":1,\"queued\":0,\"parked\":0,\"forked\":0," \
	"\"fingerprint\":\"6f1c\",\"peers\":2,\"peersEqual\":2}"
#define EX_MESSAGES "{\"messages\":[{\"id\":\"bafyreia2\",\"time\":\"2026-11-22T10:00:30.000Z\",\"nick\":\"ana\"," \
	"\"author\":\"" EX_KEY "\",\"text\":\"hello\",\"delivery\":\"held\",\"heldBy\":2,\"own\":true,\"forked\":false," \
	"\"readable\":true,\"n\":1,\"lamport\":4}],\"next\":\"17\",\"more\":false}"
#define EX_VERTEX "{\"id\":\"bafyreia2\"," EX_SESSION ",\"kind\":\"message\",\"author\":\"" EX_KEY "\",\"n\":1," \
	"\"lamport\":4,\"size\":311,\"time\":\"2026-11-22T10:00:30.000Z\",\"parents\":[\"bafyreib7\"]," \
	"\"signature\":\"00ff\",\"payload\":\"68656c6c6f\"}"

#define EX_MAILBOX "{" EX_SESSION ",\"name\":\"harbour\",\"peerId\":\"" EX_PEER "\"," \
	"\"address\":\"/ip4/192.0.2.1/tcp/7071/p2p/" EX_PEER "\",\"carries\":true,\"connected\":true," \
	"\"result\":\"it is carried\",\"quota\":67108864,\"leftUs\":5356800000000,\"nextUs\":21600000000}"
#define EX_TOPIC "\"topic\":\"harbour-news\""
#define EX_LOOKUP "\"hops\":2,\"asked\":12,\"answered\":11,\"tookUs\":52000"
#define EX_PLACE "{\"peerId\":\"" EX_PEER "\",\"addresses\":[\"/ip4/192.0.2.1/tcp/7071\"]}"
#define EX_FOUND "{" EX_LOOKUP ",\"nodes\":[" EX_PLACE "],\"sparse\":false}"
#define EX_HASH "6f1c0b5a9d2e47c3806b1f94e7d5a2c86f1c0b5a9d2e47c3806b1f94e7d5a2c8"
#define EX_SOURCES "{\"sources\":[{\"level\":\"dns\",\"source\":\"/dnsaddr/boot.example.org\"," \
	"\"tried\":\"2026-11-22T10:00:00.000Z\",\"tries\":1,\"failures\":0,\"found\":3," \
	"\"result\":\"asked 3 nodes that the name told, proven by DNSSEC\",\"nextUs\":3400000000}]}"
#define EX_SCORE "{\"peerId\":\"" EX_PEER "\",\"score\":0,\"stake\":0,\"bannedForUs\":0,\"reasons\":[]," \
	"\"verified\":false,\"code\":\"04821 77120 93015 55208 10467 38829 61190 24773\"}"

const struct rpc_method rpc_methods[] = {
	{ "eth_accounts", NULL, NULL, RPC_READ, RPC_NO_NODE,
		"The accounts of this node: none, there is no chain yet.",
		.result = { .kind = RPC_STRINGS, .help = "addresses" }, .example = "[]", .example_result = "[]" },
	{ "eth_chainId", NULL, NULL, RPC_READ, RPC_NO_NODE,
		"The network's chain id: 7070 of mainnet, 7071 of testnet, 1337 of any other.",
		.result = { .kind = RPC_STRING, .help = "hex" }, .example = "[]", .example_result = "\"0x539\"" },
	{ "net_listening", NULL, NULL, RPC_READ, 0,
		"Whether other nodes can connect to this one.",
		.result = { .kind = RPC_BOOL, .help = "it listens on some address" }, .example = "[]", .example_result = "true" },
	{ "net_peerCount", NULL, NULL, RPC_READ, 0,
		"The number of connected nodes.",
		.result = { .kind = RPC_STRING, .help = "hex" }, .example = "[]", .example_result = "\"0x2\"" },
	{ "net_version", NULL, NULL, RPC_READ, RPC_NO_NODE,
		"The network's chain id as a decimal text.",
		.result = { .kind = RPC_STRING, .help = "decimal" }, .example = "[]", .example_result = "\"1337\"" },
	{ "pars_bootstrapLs", "bootstrap", "ls", RPC_READ, 0,
		"Where first nodes come from: what was tried, when, what came of it, and what is next.",
		GIVES(bootstrap), .example = "{}", .example_result = EX_SOURCES },
	{ "pars_bootstrapSign", "bootstrap", "sign", RPC_ADMIN, 0,
		"Signs a list of nodes to start from with this node's identity, for networks that name it as their bootstrap key.",
		TAKES(bootstrap_sign), GIVES(bootstrap_signed),
		.example = "{\"addresses\":\"/ip4/192.0.2.1/tcp/7071/p2p/" EX_PEER "\"}",
		.example_result = "{\"bootstrapKey\":\"" EX_KEY "\",\"list\":\"82860158\"}" },
	{ "pars_bootstrapTest", "bootstrap", "test", RPC_WALLET, 0,
		"Tries every source of first nodes now, and tells what came of it.",
		TAKES(bootstrap_test), GIVES(bootstrap), .example = "{\"wait\":5}", .example_result = EX_SOURCES },
	{ "pars_configCheck", "config", "check", RPC_READ, RPC_NO_NODE,
		"Reads the daemon's settings anew and tells what is wrong in them and what is not in use yet; changes nothing.",
		GIVES(config_check), .example = "{}",
		.example_result = "{\"problems\":[],\"changes\":[{\"name\":\"log.level\",\"value\":\"info\","
			"\"configured\":\"debug\",\"needs\":\"reload\"}]}" },
	{ "pars_configShow", "config", "show", RPC_READ, RPC_NO_NODE,
		"Every setting in use and where it comes from.",
		GIVES(settings), .example = "{}",
		.example_result = "{\"settings\":[{\"name\":\"node.network\",\"value\":\"dev\",\"origin\":\"default\"}]}" },
	{ "pars_dagGraph", "dag", "graph", RPC_READ, 0,
		"The newest vertices of a session as a Graphviz text (pipe it into `dot -Tsvg`).",
		TAKES(dag_graph), GIVES(graph), .example = "{" EX_SESSION ",\"limit\":50}",
		.example_result = "{\"dot\":\"digraph g {}\"}" },
	{ "pars_dagLs", "dag", "ls", RPC_READ, 0,
		"The vertices of a session in canonical order.",
		TAKES(session_page), GIVES(vertices), .example = "{" EX_SESSION "}",
		.example_result = "{\"vertices\":[" EX_VERTEX "],\"next\":null}" },
	{ "pars_dagShow", "dag", "show", RPC_READ, 0,
		"One vertex in full.",
		TAKES(dag_show), GIVES(vertex), .example = "{\"vertex\":\"bafyreia2\"}",
		.example_result = EX_VERTEX },
	{ "pars_dagVerify", "dag", "verify", RPC_READ, RPC_WHOLE,
		"Checks the stored vertices of a session anew, a page at a time.",
		TAKES(dag_verify), GIVES(verified), .example = "{" EX_SESSION "}",
		.example_result = "{\"checked\":12,\"bad\":[],\"next\":null}" },
	{ "pars_dhtClosest", "dht", "closest", RPC_WALLET, 0,
		"The nodes whose places are nearest to a key's.",
		TAKES(dht_closest), GIVES(dht_found), .example = "{\"key\":\"harbour\",\"wait\":5}", .example_result = EX_FOUND },
	{ "pars_dhtFindPeer", "dht", "findpeer", RPC_WALLET, 0,
		"The addresses of a node, by its peer id.",
		TAKES(dht_find_peer), GIVES(dht_found), .example = "{\"peer\":\"" EX_PEER "\"}", .example_result = EX_FOUND },
	{ "pars_dhtGet", "dht", "get", RPC_WALLET, 0,
		"A signed value from the hash table.",
		TAKES(dht_get), GIVES(dht_value), .example = "{\"key\":\"/pars/" EX_HASH "\"}",
		.example_result = "{" EX_LOOKUP ",\"value\":\"hello\",\"hex\":false,\"author\":\"" EX_KEY "\",\"seq\":1}" },
	{ "pars_dhtLs", "dht", "ls", RPC_READ, 0,
		"The routing table: nodes that answered, the nearest last.",
		TAKES(page), GIVES(dht_nodes), .example = "{\"limit\":10}",
		.example_result = "{\"nodes\":[{\"peerId\":\"" EX_PEER "\",\"addresses\":[\"/ip4/192.0.2.1/tcp/7071\"],"
			"\"bucket\":3,\"seenUs\":2000000,\"sinceUs\":90000000,\"failures\":0}],\"next\":null}" },
	{ "pars_dhtProvide", "dht", "provide", RPC_WALLET, 0,
		"Announces that this node has what a key names, and keeps announcing it, over restarts.",
		TAKES(dht_provider), GIVES(dht_stored), .example = "{\"key\":\"" EX_HASH "\"}",
		.example_result = "{" EX_LOOKUP ",\"key\":\"" EX_HASH "\",\"stored\":11}" },
	{ "pars_dhtProviders", "dht", "providers", RPC_WALLET, 0,
		"The nodes that announced they have what a key names.",
		TAKES(dht_provider), GIVES(dht_found), .example = "{\"key\":\"" EX_HASH "\"}", .example_result = EX_FOUND },
	{ "pars_dhtPut", "dht", "put", RPC_WALLET, 0,
		"Stores a value signed by this node's identity, and keeps it stored, over restarts.",
		TAKES(dht_put), GIVES(dht_stored), .example = "{\"name\":\"greeting\",\"value\":\"hello\"}",
		.example_result = "{" EX_LOOKUP ",\"key\":\"/pars/" EX_HASH "\",\"stored\":11}" },
	{ "pars_dhtStatus", "dht", "status", RPC_READ, 0,
		"This node's part in the distributed hash table.",
		GIVES(dht_status), .example = "{}",
		.example_result = "{\"mode\":\"server\",\"reason\":\"it listens on an address that others can dial\","
			"\"protocol\":\"/pars/kad/1.0.0\",\"nodes\":120,\"estimate\":4100,\"records\":3,\"storedBytes\":610,"
			"\"providers\":9,\"provides\":1,\"lookups\":0,\"nextRefreshUs\":300000000}" },
	{ "pars_dhtUnprovide", "dht", "unprovide", RPC_WALLET, 0,
		"Announces a key no longer; what was announced expires within two days.",
		TAKES(dht_unprovide), GIVES(empty), .example = "{\"key\":\"" EX_HASH "\"}", .example_result = "{}" },
	{ "pars_doctor", "doctor", NULL, RPC_READ, RPC_NO_NODE,
		"Why the node is not in sync, or not well, and what to do about it.",
		GIVES(doctor), .example = "{}",
		.example_result = "{\"verdict\":\"not in sync with anybody: no other node is known\",\"findings\":["
			"{\"about\":\"peers\",\"finding\":\"no other node is known\","
			"\"advice\":\"`parsctl peer add ADDRESS` adds one.\"}]}" },
	{ "pars_gossipJoin", "gossip", "join", RPC_WALLET, 0,
		"Joins a topic of pubsub, until the daemon stops: its messages are kept for reading and passed on.",
		TAKES(gossip_join), GIVES(empty), .example = "{" EX_TOPIC "}", .example_result = "{}" },
	{ "pars_gossipLeave", "gossip", "leave", RPC_WALLET, 0,
		"Leaves a joined topic.",
		TAKES(gossip_leave), GIVES(empty), .example = "{" EX_TOPIC "}", .example_result = "{}" },
	{ "pars_gossipMesh", "gossip", "mesh", RPC_READ, 0,
		"The connected subscribers of this node's topics, and to which of them everything goes.",
		TAKES(gossip_mesh), GIVES(gossip_mesh), .example = "{" EX_TOPIC "}",
		.example_result = "{\"peers\":[{" EX_TOPIC ",\"peerId\":\"" EX_PEER "\",\"protocol\":\"/meshsub/1.2.0\","
			"\"mesh\":true,\"direct\":false,\"outbound\":true,\"score\":3,\"backoffUs\":0,\"queued\":0}],\"next\":null}" },
	{ "pars_gossipPublish", "gossip", "publish", RPC_WALLET, 0,
		"Sends a message to the subscribers of a topic who are connected, joined or not. Nothing is kept for others.",
		TAKES(gossip_publish), GIVES(gossip_published), .example = "{" EX_TOPIC ",\"data\":\"the ferry runs\"}",
		.example_result = "{\"id\":\"002408011220\",\"peers\":4}" },
	{ "pars_gossipTail", "gossip", "tail", RPC_READ, RPC_FOLLOW,
		"Messages of a joined topic: those kept, then new ones as they come, for ever.",
		TAKES(gossip_tail), GIVES(gossip_messages), .example = "{" EX_TOPIC ",\"wait\":0}",
		.example_result = "{\"messages\":[{\"time\":\"2026-11-22T10:00:30.000Z\"," EX_TOPIC ",\"from\":\"" EX_PEER "\","
			"\"signed\":true,\"text\":\"the ferry runs\",\"data\":\"0x746865\"}],\"next\":\"1795341630001\",\"more\":false}" },
	{ "pars_gossipTopics", "gossip", "topics", RPC_READ, 0,
		"The topics of pubsub that this node takes part in: one for each session, and those that were joined.",
		TAKES(page), GIVES(gossip_topics), .example = "{}",
		.example_result = "{\"topics\":[{" EX_TOPIC ",\"joined\":true,\"signed\":true,\"peers\":9,\"mesh\":6,"
			"\"published\":2,\"delivered\":17,\"duplicates\":30}],\"next\":null}" },
	{ "pars_health", "health", NULL, RPC_READ, RPC_NO_NODE,
		"Whether the daemon can do its work: its disk, its database, its listeners. Being offline is no illness.",
		GIVES(health), .example = "{}",
		.example_result = "{\"healthy\":true,\"state\":\"online\",\"problems\":[]}" },
	{ "pars_idShow", "id", "show", RPC_READ, 0,
		"Who this node is, and the addresses to give to others.",
		GIVES(id), .example = "{}",
		.example_result = "{\"peerId\":\"" EX_PEER "\",\"did\":\"" EX_KEY "\",\"dhtId\":\"00ff\","
			"\"addresses\":[\"/ip4/192.0.2.1/tcp/7071/p2p/" EX_PEER "\"]}" },
	{ "pars_logLevel", "log", "level", RPC_READ, RPC_NO_NODE,
		"The least important lines that are logged; sets it, too.",
		TAKES(log_level), GIVES(log_level), .example = "{\"level\":\"debug\"}",
		.example_result = "{\"level\":\"debug\"}" },
	{ "pars_logTail", "log", "tail", RPC_WALLET, RPC_NO_NODE | RPC_FOLLOW,
		"The last lines of the daemon's log, then new ones as they come, for ever.",
		TAKES(log_tail), GIVES(log_records), .example = "{\"cursor\":\"last:1\",\"wait\":0}",
		.example_result = "{\"records\":[{\"time\":\"2026-11-22T10:00:30.000Z\",\"level\":\"info\","
			"\"folder\":\"daemon\",\"text\":\"stopped\"}],\"next\":\"12\",\"more\":false}" },
	{ "pars_mailboxAdd", "mailbox", "add", RPC_WALLET, 0,
		"Asks another node to carry a session for those who are away, and asks again as long as it shall.",
		TAKES(mailbox_add), GIVES(mailbox), .example = "{" EX_SESSION ",\"address\":\"/ip4/192.0.2.1/tcp/7071/p2p/" EX_PEER
			"\",\"wait\":0}", .example_result = EX_MAILBOX },
	{ "pars_mailboxLs", "mailbox", "ls", RPC_READ, 0,
		"The nodes that were asked to carry this node's sessions, and what they say.",
		GIVES(mailboxes), .example = "{}", .example_result = "{\"mailboxes\":[" EX_MAILBOX "]}" },
	{ "pars_mailboxRm", "mailbox", "rm", RPC_WALLET, 0,
		"Asks a node to carry a session no longer. If it is not connected it keeps it until its time is over.",
		TAKES(mailbox_rm), GIVES(empty), .example = "{" EX_SESSION ",\"peer\":\"" EX_PEER "\"}", .example_result = "{}" },
	{ "pars_metrics", "metrics", NULL, RPC_READ, 0,
		"Counters of what happened since the daemon started, and gauges of how it is.",
		GIVES(metrics), .example = "{}",
		.example_result = "{\"metrics\":[{\"name\":\"conn_opened\",\"type\":\"COUNTER\",\"value\":2,"
			"\"help\":\"connections opened\"}]}" },
	{ "pars_pause", "pause", NULL, RPC_ADMIN, 0,
		"Cuts the node off from all others until resumed; it goes on working locally.",
		GIVES(empty), .example = "{}", .example_result = "{}" },
	{ "pars_peerAdd", "peer", "add", RPC_WALLET, 0,
		"Keeps a connection to an address, over restarts.",
		TAKES(peer_add), GIVES(empty),
		.example = "{\"address\":\"/ip4/192.0.2.1/tcp/7071/p2p/" EX_PEER "\"}", .example_result = "{}" },
	{ "pars_peerLs", "peer", "ls", RPC_READ, 0,
		"Connected nodes and kept addresses.",
		TAKES(page), GIVES(peers), .example = "{\"limit\":10}",
		.example_result = "{\"peers\":[{\"peerId\":\"" EX_PEER "\",\"address\":\"/ip4/192.0.2.1/tcp/7071\","
			"\"connected\":true,\"inbound\":false,\"kept\":true,\"source\":\"added\",\"agent\":\"parsd/0.1.0\","
			"\"connectedForUs\":5000000,\"rttUs\":800,\"score\":0,\"verified\":false,\"bytesIn\":1000,\"bytesOut\":2000,"
			"\"failures\":0,\"nextDialUs\":0,\"lastError\":\"\"}],\"next\":null}" },
	{ "pars_peerRm", "peer", "rm", RPC_WALLET, 0,
		"Keeps an address or peer no longer, and disconnects it.",
		TAKES(peer_rm), GIVES(empty), .example = "{\"peer\":\"" EX_PEER "\"}", .example_result = "{}" },
	{ "pars_peerScore", "peer", "score", RPC_READ, 0,
		"How a node behaved, and what moved its score.",
		TAKES(peer_one), GIVES(peer_score), .example = "{\"peer\":\"" EX_PEER "\"}", .example_result = EX_SCORE },
	{ "pars_peerVerify", "peer", "verify", RPC_WALLET, 0,
		"A code that both owners compare by voice or face to face, to be sure that nobody stands between their nodes.",
		TAKES(peer_verify), GIVES(peer_score), .example = "{\"peer\":\"" EX_PEER "\",\"outcome\":\"show\"}",
		.example_result = EX_SCORE },
	{ "pars_relayLs", "relay", "ls", RPC_READ, 0,
		"The sessions that this node carries for others.",
		GIVES(relay_sessions), .example = "{}", .example_result = "{\"sessions\":[{" EX_SESSION ",\"requesters\":[\"" EX_PEER
			"\"],\"vertices\":120,\"bytes\":41000,\"leftUs\":5356800000000,\"full\":false}]}" },
	{ "pars_relayRm", "relay", "rm", RPC_ADMIN, 0,
		"Carries a session of others no longer, and deletes what is stored of it.",
		TAKES(relay_rm), GIVES(empty), .example = "{" EX_SESSION "}", .example_result = "{}" },
	{ "pars_relayStatus", "relay", "status", RPC_READ, 0,
		"For whom this node carries sessions, how much, and how much at most.",
		GIVES(relay), .example = "{}", .example_result = "{\"mode\":\"friends\",\"sessions\":1,\"bytes\":41000,\"refused\":0,"
			"\"totalBytes\":1073741824,\"sessionBytes\":67108864,\"requesterBytes\":268435456,\"days\":62}" },
	{ "pars_resume", "resume", NULL, RPC_ADMIN, 0,
		"Ends a pause.",
		GIVES(empty), .example = "{}", .example_result = "{}" },
	{ "pars_sessionHeads", "session", "heads", RPC_READ, 0,
		"The frontier of a session: vertices without children.",
		TAKES(session_page), GIVES(heads), .example = "{" EX_SESSION "}",
		.example_result = "{\"heads\":[\"bafyreia2\"],\"next\":null}" },
	{ "pars_sessionInvite", "session", "invite", RPC_WALLET, 0,
		"An invitation to a session: a text to give to others, who join by it.",
		TAKES(session_one), GIVES(invitation), .example = "{" EX_SESSION "}",
		.example_result = "{\"invitation\":\"pars:bafyreig6,a=/ip4/192.0.2.1/tcp/7071/p2p/" EX_PEER "\"}" },
	{ "pars_sessionJoin", "session", "join", RPC_WALLET, 0,
		"Joins a session by its id or an invitation; it is \"joining\" until the session's start has arrived.",
		TAKES(session_join), GIVES(session),
		.example = "{\"id\":\"bafyreig6\",\"address\":\"/ip4/192.0.2.1/tcp/7071/p2p/" EX_PEER "\",\"nick\":\"ben\"}",
		.example_result = EX_SESSION_ROW },
	{ "pars_sessionLs", "session", "ls", RPC_READ, 0,
		"The sessions this node is in.",
		TAKES(page), GIVES(sessions), .example = "{}",
		.example_result = "{\"sessions\":[" EX_SESSION_ROW "],\"next\":null}" },
	{ "pars_sessionMembers", "session", "members", RPC_READ, 0,
		"Who is in a session.",
		TAKES(session_page), GIVES(members), .example = "{" EX_SESSION "}",
		.example_result = "{\"members\":[{\"key\":\"" EX_KEY "\",\"nick\":\"ana\",\"self\":true,\"creator\":true,"
			"\"forked\":false,\"vertices\":5,\"lastLamport\":9}],\"next\":null}" },
	{ "pars_sessionNew", "session", "new", RPC_WALLET, 0,
		"Opens a session.",
		TAKES(session_new), GIVES(made), .example = "{\"name\":\"harbour\",\"nick\":\"ana\"}",
		.example_result = "{\"id\":\"bafyreig6\"}" },
	{ "pars_sessionRead", "session", "read", RPC_READ, 0,
		"The messages of a session, a page at a time.",
		TAKES(session_read), GIVES(messages), .example = "{" EX_SESSION ",\"order\":\"arrival\",\"limit\":10}",
		.example_result = EX_MESSAGES },
	{ "pars_sessionSend", "session", "send", RPC_WALLET, 0,
		"Says something in a session; it is on disk when the answer comes, connected or not.",
		TAKES(session_send), GIVES(made), .example = "{" EX_SESSION ",\"text\":\"hello\"}",
		.example_result = "{\"id\":\"bafyreia2\"}" },
	{ "pars_sessionShow", "session", "show", RPC_READ, 0,
		"One session in full.",
		TAKES(session_one), GIVES(session), .example = "{" EX_SESSION "}",
		.example_result = EX_SESSION_ROW },
	{ "pars_sessionTail", "session", "tail", RPC_READ, RPC_FOLLOW,
		"The last messages of a session, then new ones as they come, for ever.",
		TAKES(session_tail), GIVES(messages), .example = "{" EX_SESSION ",\"wait\":0}",
		.example_result = EX_MESSAGES },
	{ "pars_status", "status", NULL, RPC_READ, 0,
		"How the node is doing.",
		GIVES(status), .example = "{}", .example_result = EX_STATUS },
	{ "pars_stop", "stop", NULL, RPC_ADMIN, RPC_NO_NODE,
		"Ends the daemon cleanly.",
		GIVES(empty), .example = "{}", .example_result = "{}" },
	{ "pars_storageBackup", "storage", "backup", RPC_ADMIN, 0,
		"Copies the database into a new file and checks the copy.",
		TAKES(storage_backup), GIVES(backup), .example = "{\"path\":\"/var/backups/parsd.db\"}",
		.example_result = "{\"path\":\"/var/backups/parsd.db\",\"bytes\":40960}" },
	{ "pars_storageStats", "storage", "stats", RPC_READ, 0,
		"What the database holds, and how large it is.",
		GIVES(storage), .example = "{}",
		.example_result = "{\"path\":\"/var/lib/parsd/parsd.db\",\"fileBytes\":40960,\"walBytes\":0,\"freeBytes\":0,"
			"\"sessions\":1,\"vertices\":12,\"messages\":9,\"peers\":2,\"schema\":1,\"integrity\":\"ok\"}" },
	{ "pars_subscribe", NULL, NULL, RPC_READ, 0,
		"Follows a topic: pars_subscription notifications come until pars_unsubscribe.",
		TAKES(subscribe), .result = { .kind = RPC_STRING, .help = "the subscription's id" },
		.example = "{\"topic\":\"messages\"," EX_SESSION "}", .example_result = "\"0x1\"" },
	{ "pars_syncNow", "sync", "now", RPC_WALLET, 0,
		"Starts a round with every connected node, and redials kept addresses at once.",
		TAKES(sync_now), GIVES(empty), .example = "{}", .example_result = "{}" },
	{ "pars_syncOutbox", "sync", "outbox", RPC_READ, 0,
		"What this node wrote and no other node is known to hold yet, and why; it waits on disk until one does.",
		TAKES(page), GIVES(outbox), .example = "{}", .example_result = "{\"items\":[{\"id\":\"bafyreia2\"," EX_SESSION ","
			"\"name\":\"harbour\",\"kind\":\"message\",\"n\":4,\"time\":\"2026-11-22T10:00:30.000Z\",\"state\":\"queued\","
			"\"reason\":\"no node is connected\"}],\"next\":null}" },
	{ "pars_syncStatus", "sync", "status", RPC_READ, 0,
		"How far each session is with each connected node.",
		TAKES(sync_status), GIVES(syncs), .example = "{" EX_SESSION "}",
		.example_result = "{\"syncs\":[{" EX_SESSION ",\"peerId\":\"" EX_PEER "\",\"state\":\"equal\","
			"\"verticesIn\":3,\"verticesOut\":9,\"bytesIn\":900,\"bytesOut\":2700,\"held\":5,"
			"\"lastEqual\":\"2026-11-22T10:01:00.000Z\"}],\"next\":null}" },
	{ "pars_syncWait", "sync", "wait", RPC_READ, 0,
		"Answers when all connected nodes that serve a session hold what this one holds.",
		TAKES(sync_wait), GIVES(sync_done), .example = "{" EX_SESSION ",\"peers\":0,\"wait\":5}",
		.example_result = "{\"waitedUs\":120000}" },
	{ "pars_top", "top", NULL, RPC_READ, RPC_REFRESH,
		"Rates, peers and sessions at a glance; on a terminal parsctl shows it anew every second.",
		GIVES(top), .example = "{}",
		.example_result = "{\"state\":\"online\",\"reason\":\"connected to 2 peers\",\"uptimeUs\":61000000,"
			"\"queued\":0,\"receivedPerS\":120,\"sentPerS\":80,\"verticesInPerS\":1,\"verticesOwnPerS\":0,"
			"\"cpuPercent\":1,\"peers\":[],\"sessions\":[" EX_SESSION_ROW "]}" },
	{ "pars_unsubscribe", NULL, NULL, RPC_READ, RPC_NO_NODE,
		"Ends a subscription of this connection.",
		TAKES(unsubscribe), .result = { .kind = RPC_BOOL, .help = "false: there was none" },
		.example = "{\"subscription\":\"0x1\"}", .example_result = "true" },
	{ "pars_version", "version", NULL, RPC_READ, RPC_NO_NODE,
		"The version of the running daemon.",
		GIVES(version), .example = "{}",
		.example_result = "{\"version\":\"0.1.0\",\"agent\":\"parsd/0.1.0\"}" },
	{ "rpc_discover", NULL, NULL, RPC_READ, RPC_NO_NODE,
		"This list of methods as an OpenRPC document.",
		.result = { .kind = RPC_ANY, .help = "an OpenRPC document" },
		.example = "[]", .example_result = "{\"openrpc\":\"1.2.6\"}" },
	{ "rpc_modules", NULL, NULL, RPC_READ, RPC_NO_NODE,
		"The namespaces of the methods, with their versions.",
		.result = { .kind = RPC_MAP, .help = "version by namespace" },
		.example = "[]", .example_result = "{\"eth\":\"1.0\",\"net\":\"1.0\",\"pars\":\"1.0\",\"rpc\":\"1.0\",\"web3\":\"1.0\"}" },
	{ "web3_clientVersion", NULL, NULL, RPC_READ, RPC_NO_NODE,
		"The name and version of this software.",
		.result = { .kind = RPC_STRING, .help = "name/version" },
		.example = "[]", .example_result = "\"parsd/0.1.0\"" },
};
const size_t rpc_methods_count = PARS_COUNT(rpc_methods);

const struct rpc_topic rpc_topics[] = {
	{ "messages", { .kind = RPC_OBJECT, .shape = &rpc_shape_messages }, "new messages of a session" },
	{ "peers", { .kind = RPC_OBJECT, .shape = &rpc_shape_peer_changed }, "a connection came, went or changed" },
	{ "status", { .kind = RPC_OBJECT, .shape = &rpc_shape_status }, "the node's state changed" },
	{ "sync", { .kind = RPC_OBJECT, .shape = &rpc_shape_sync_changed }, "a sync or delivery state changed" },
};
const size_t rpc_topics_count = PARS_COUNT(rpc_topics);

static int by_name(const void *name, const void *method)
{
	return strcmp(name, ((const struct rpc_method *)method)->name);
}

const struct rpc_method *rpc_method_find(const char *name)
{
	return bsearch(name, rpc_methods, rpc_methods_count, sizeof *rpc_methods, by_name);
}

static const char *name_at(const void *list, size_t i)
{
	(void)list;
	return i < rpc_methods_count ? rpc_methods[i].name : NULL;
}

const char *rpc_method_nearest(const char *name)
{
	return rpc_nearest(name, name_at, NULL);
}
