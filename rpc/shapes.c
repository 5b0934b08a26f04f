#include "rpc/shapes.h"

#define SHAPE(id, title, ...) \
	static const struct rpc_field id##_fields[] = { __VA_ARGS__ }; \
	const struct rpc_shape rpc_shape_##id = { title, id##_fields, PARS_COUNT(id##_fields) }

#define COL RPC_COLUMN
#define STR(n, f, h) { .name = n, .kind = RPC_STRING, .flags = f, .help = h }
#define INT(n, f, h) { .name = n, .kind = RPC_INT, .flags = f, .help = h }
#define BYTES(n, f, h) { .name = n, .kind = RPC_INT, .unit = RPC_BYTES, .flags = f, .help = h }
#define USEC(n, f, h) { .name = n, .kind = RPC_INT, .unit = RPC_USEC, .flags = f, .help = h }
#define BOOL(n, f, h) { .name = n, .kind = RPC_BOOL, .flags = f, .help = h }
#define TIME(n, f, h) { .name = n, .kind = RPC_STRING, .unit = RPC_TIME, .flags = RPC_NULLABLE | (f), .help = h }
#define STRINGS(n, f, h) { .name = n, .kind = RPC_STRINGS, .flags = f, .help = h }
#define LIST(n, of, h) { .name = n, .kind = RPC_OBJECTS, .flags = COL, .shape = &rpc_shape_##of, .help = h }
#define NEXT { .name = "next", .kind = RPC_STRING, .flags = RPC_NEXT | RPC_NULLABLE, \
	.help = "cursor of the next page; null: this was the last" }

const struct rpc_shape rpc_shape_empty = { "Done", NULL, 0 };

SHAPE(status, "Status",
	STR("state", COL, "starting, online, offline, reconnecting or paused"),
	STR("reason", COL, "why it is in this state, in a sentence"),
	TIME("since", 0, "when it entered this state"),
	USEC("uptimeUs", 0, "time since the daemon opened its database"),
	STR("network", COL, "the network's name"),
	STR("peerId", COL, "this node's libp2p peer id"),
	STRINGS("listen", 0, "addresses it listens on, with real ports"),
	INT("peers", COL, "nodes connected"),
	INT("sessions", COL, "sessions this node is in"),
	INT("vertices", 0, "vertices stored"),
	INT("queued", COL, "own vertices that no other node is known to hold"),
	TIME("lastSync", 0, "last time a session was found equal with a peer's"));

SHAPE(version, "Version",
	STR("version", COL, "of the daemon"),
	STR("agent", COL, "as told to peers"));

SHAPE(metric, "Metric",
	STR("name", COL, "of the metric"),
	STR("type", COL, "COUNTER only rises, GAUGE is the present value, HISTOGRAM a part of a distribution"),
	INT("value", COL, "now"),
	STR("help", COL, "what it counts"));
SHAPE(metrics, "Metrics", LIST("metrics", metric, "all metrics"));

SHAPE(health, "Health",
	BOOL("healthy", COL, "nothing below the node fails it; being offline is no illness"),
	STR("state", COL, "as in pars_status, or down: the database cannot be used"),
	STRINGS("problems", COL | RPC_SICK, "what is wrong, a sentence each"));
SHAPE(finding, "Finding",
	STR("about", COL, "disk, clock, network, peers or session"),
	STR("finding", COL, "what is not as it should be"),
	STR("advice", COL, "what to do about it"));
SHAPE(doctor, "Doctor",
	STR("verdict", COL, "how it is, and the main reason"),
	{ .name = "findings", .kind = RPC_OBJECTS, .flags = COL | RPC_SICK | RPC_PROSE, .shape = &rpc_shape_finding,
		.help = "one row a finding, the most important first" });

SHAPE(log_level, "LogLevel", STR("level", COL, "the least important lines that are logged"));
SHAPE(log_record, "LogRecord",
	TIME("time", COL, "by this machine's clock"),
	STR("level", COL, "error, warn, info or debug"),
	STR("folder", COL, "the part of the program"),
	STR("text", COL, "the line"));
SHAPE(log_records, "LogRecords",
	LIST("records", log_record, "one row a line"),
	{ .name = "next", .kind = RPC_STRING, .flags = RPC_NEXT, .help = "cursor behind the last row" },
	BOOL("more", 0, "there are rows behind it now"));

SHAPE(id, "Identity",
	STR("peerId", COL, "libp2p peer id"),
	STR("did", COL, "the identity as a did:key"),
	STR("dhtId", 0, "place in the distributed hash table, hex"),
	STRINGS("addresses", COL, "addresses that others can dial, with /p2p"));

SHAPE(peer, "Peer",
	STR("peerId", COL, "empty for a kept address whose peer is not known yet"),
	STR("address", COL, "multiaddr"),
	BOOL("connected", COL, "now"),
	BOOL("inbound", 0, "it dialled us"),
	BOOL("kept", COL, "dialled for ever"),
	STR("source", COL, "why it is known: added, bootstrap, session, anchor or inbound"),
	STR("agent", 0, "its software; empty until identified"),
	USEC("connectedForUs", COL, "0: not connected"),
	USEC("rttUs", COL, "round trip; 0: not measured"),
	INT("score", 0, "0 is good, negative is bad"),
	BOOL("verified", 0, "its key was compared with its owner's (parsctl peer verify)"),
	BYTES("bytesIn", 0, "received"),
	BYTES("bytesOut", 0, "sent"),
	INT("failures", 0, "dials in a row that failed"),
	USEC("nextDialUs", 0, "from now; 0: none planned"),
	STR("lastError", COL, "empty when there was none"));
SHAPE(peers, "Peers", LIST("peers", peer, "one row an address or peer"), NEXT);
SHAPE(peer_score, "PeerScore",
	STR("peerId", COL, "whose"),
	INT("score", COL, "0 is good, negative is bad; it recovers with time"),
	INT("stake", 0, "weight from a registry of stakes; 0: none"),
	USEC("bannedForUs", COL, "refused for so long still; 0: not"),
	STRINGS("reasons", COL, "what moved the score, newest first"),
	BOOL("verified", COL, "a person found the codes equal"),
	STR("code", COL, "to compare with its owner, by voice or face to face: both nodes show the same digits"));
SHAPE(peer_changed, "PeerChanged",
	STR("peerId", 0, "whose connection changed; empty: several, list them again"));

SHAPE(dht_status, "DhtStatus",
	STR("mode", COL, "server, client (asks without being asked) or off"),
	STR("reason", COL, "why it is that, in a sentence"),
	STR("protocol", 0, "protocol id of this network's hash table"),
	INT("nodes", COL, "in the routing table"),
	INT("estimate", COL, "nodes that the network seems to have; 0: not known"),
	INT("records", COL, "kept for others"),
	BYTES("recordsBytes", 0, "of them"),
	INT("providers", COL, "announcements kept for others"),
	INT("provides", COL, "keys that this node announces"),
	INT("lookups", 0, "running"),
	USEC("nextRefreshUs", 0, "until the table is looked after"));
SHAPE(dht_node, "DhtNode",
	STR("peerId", COL, "libp2p peer id"),
	STRINGS("addresses", COL, "multiaddrs"),
	INT("bucket", COL, "bits that its place in the table shares with ours"),
	USEC("seenUs", COL, "since it answered last"),
	USEC("sinceUs", 0, "since it stands in the table"),
	INT("failures", 0, "questions in a row that it did not answer"));
SHAPE(dht_nodes, "DhtNodes", LIST("nodes", dht_node, "one row a node of the routing table"), NEXT);
SHAPE(dht_place, "DhtPlace",
	STR("peerId", COL, "libp2p peer id"),
	STRINGS("addresses", COL, "multiaddrs"));
#define LOOKUP INT("hops", 0, "referrals to the nearest node"), INT("asked", 0, "nodes asked"), \
	INT("answered", 0, "of them answered"), USEC("tookUs", 0, "from the first question on")
SHAPE(dht_found, "DhtFound", LOOKUP,
	LIST("nodes", dht_place, "nearest first"),
	BOOL("sparse", 0, "fewer nodes answered than the network's size lets expect: something may be hidden"));
SHAPE(dht_value, "DhtValue", LOOKUP,
	STR("value", COL, "text, or hex"),
	BOOL("hex", 0, "the value is no text"),
	STR("author", COL, "who signed it, did:key; empty for a public key"),
	INT("seq", COL, "of two values the one with the higher number is newer"));
SHAPE(dht_stored, "DhtStored", LOOKUP,
	STR("key", COL, "under which it is found"),
	INT("stored", COL, "nodes that took it; 0: none yet, it is offered again as nodes become known"));

SHAPE(bootstrap_source, "BootstrapSource",
	STR("level", COL, "saved, configured, list, dns or dht"),
	STR("source", COL, "an address, a name, or what it is"),
	TIME("tried", COL, "last"),
	INT("tries", 0, "since the start"),
	INT("failures", COL, "in a row"),
	INT("found", 0, "addresses that came of it last"),
	STR("result", COL, "of the last try, in a sentence"),
	USEC("nextUs", COL, "until the next try; 0: now, or none is planned as it works"));
SHAPE(bootstrap, "Bootstrap", LIST("sources", bootstrap_source, "one row a source"));
SHAPE(bootstrap_signed, "BootstrapSigned",
	STR("bootstrapKey", COL, "what the network's genesis file must name"),
	{ .name = "list", .kind = RPC_STRING, .flags = RPC_RAW | RPC_COLUMN, .help = "hex, for net.bootstrap-list" });

SHAPE(made, "Made", STR("id", COL, "of what was made"));

SHAPE(session, "Session",
	STR("id", COL, "a CID; others join by it"),
	STR("name", COL, "as its creator named it"),
	BOOL("private", 0, "found only by who was given an invitation"),
	STR("state", COL, "joining or member"),
	STR("member", 0, "own member key in it, did:key; empty while joining"),
	INT("vertices", 0, "stored"),
	INT("messages", COL, "stored"),
	INT("members", COL, "known"),
	INT("heads", 0, "vertices without children"),
	INT("queued", COL, "own vertices that nobody else is known to hold"),
	INT("parked", 0, "vertices that wait for their parents"),
	INT("forked", 0, "members caught equivocating"),
	STR("fingerprint", 0, "of the set of all vertices; equal sets, equal text"),
	INT("peers", COL, "connected nodes that serve it"),
	INT("peersEqual", COL, "of them, last known to hold just what we hold"));
SHAPE(invitation, "Invitation", { .name = "invitation", .kind = RPC_STRING, .flags = RPC_RAW | RPC_COLUMN,
	.help = "to be given to others; of a private session keep it as a secret" });
SHAPE(sessions, "Sessions", LIST("sessions", session, "one row a session"), NEXT);

SHAPE(top, "Top",
	STR("state", COL, "as in pars_status"),
	STR("reason", COL, "why it is in this state, in a sentence"),
	USEC("uptimeUs", COL, "time since the daemon opened its database"),
	INT("queued", COL, "own vertices that no other node is known to hold"),
	BYTES("receivedPerS", COL, "from peers, a second, over the last seconds"),
	BYTES("sentPerS", COL, "to peers, a second"),
	INT("verticesInPerS", COL, "of others stored, a second"),
	INT("verticesOwnPerS", COL, "written by this node, a second"),
	INT("cpuPercent", COL, "hundredths of one processor that the daemon uses"),
	LIST("peers", peer, "the first 20 rows of pars_peerLs"),
	LIST("sessions", session, "the first 20 rows of pars_sessionLs"));

SHAPE(message, "Message",
	STR("id", 0, "of the vertex that carries it"),
	TIME("time", COL, "by the author's clock"),
	STR("nick", COL, "the author's; empty when none"),
	STR("author", 0, "member key, did:key"),
	STR("text", COL, "empty when not readable"),
	STR("delivery", COL, "own: queued, sent or held; others': received"),
	INT("heldBy", 0, "own: nodes known to hold it, besides this one"),
	BOOL("own", 0, "written by this node"),
	BOOL("forked", 0, "the author was caught equivocating"),
	BOOL("readable", 0, "this node understands it"),
	INT("n", 0, "the author's counter"),
	INT("lamport", 0, "logical time"));
SHAPE(messages, "Messages",
	LIST("messages", message, "one row a message"),
	{ .name = "next", .kind = RPC_STRING, .flags = RPC_NEXT, .help = "cursor behind the last row: "
		"a later call from it gives what came since" },
	BOOL("more", 0, "there are rows behind it now"));

SHAPE(member, "Member",
	STR("key", COL, "did:key"),
	STR("nick", COL, "empty when none"),
	BOOL("self", COL, "this node"),
	BOOL("creator", COL, "opened the session"),
	BOOL("forked", COL, "caught equivocating"),
	INT("vertices", COL, "stored of it"),
	INT("lastLamport", 0, "logical time of its last vertex"));
SHAPE(members, "Members", LIST("members", member, "one row a member"), NEXT);

SHAPE(heads, "Heads", STRINGS("heads", COL, "ids of the vertices without children"));

SHAPE(vertex, "Vertex",
	STR("id", COL, "CID"),
	STR("session", 0, "its session's id"),
	STR("kind", COL, "genesis, join, message or \"kind N\""),
	STR("author", COL, "member key, did:key"),
	INT("n", COL, "the author's counter"),
	INT("lamport", COL, "logical time"),
	BYTES("size", COL, "as encoded"),
	TIME("time", COL, "by the author's clock"),
	STRINGS("parents", 0, "ids"),
	STR("signature", 0, "hex"),
	STR("payload", 0, "hex"));
SHAPE(vertices, "Vertices", LIST("vertices", vertex, "in canonical order"), NEXT);

SHAPE(graph, "Graph", { .name = "dot", .kind = RPC_STRING, .flags = RPC_RAW | RPC_COLUMN,
	.help = "Graphviz text" });
SHAPE(verified, "Verified",
	INT("checked", COL, "vertices checked in this page"),
	STRINGS("bad", COL | RPC_SICK, "what is wrong, a sentence each"),
	NEXT);

SHAPE(sync, "Sync",
	STR("session", COL, "id"),
	STR("peerId", COL, "with whom"),
	STR("state", COL, "asking, receiving, sending, equal or \"not shared\""),
	INT("verticesIn", COL, "since it connected"),
	INT("verticesOut", COL, "since it connected"),
	BYTES("bytesIn", COL, "of those vertices, as framed"),
	BYTES("bytesOut", COL, "of those vertices, as framed"),
	INT("held", COL, "own vertices this peer is known to hold"),
	TIME("lastEqual", COL, "last time it was equal with us; null: not since it connected"));
SHAPE(syncs, "Syncs", LIST("syncs", sync, "one row a session and peer"), NEXT);
SHAPE(sync_changed, "SyncChanged",
	STR("session", 0, "whose sync or delivery state changed; empty: several, list them again"));
SHAPE(sync_done, "SyncDone", USEC("waitedUs", COL, "until all were equal"));

SHAPE(storage, "Storage",
	STR("path", COL, "of the database"),
	BYTES("fileBytes", COL, "of the database file"),
	BYTES("walBytes", COL, "of its write-ahead log"),
	BYTES("freeBytes", COL, "reusable inside the file"),
	INT("sessions", COL, "rows"),
	INT("vertices", COL, "rows"),
	INT("messages", COL, "rows"),
	INT("peers", COL, "rows"),
	INT("schema", COL, "version of the database format"),
	STR("integrity", COL, "clean start, checking, ok, or what is wrong"));
SHAPE(backup, "Backup",
	STR("path", COL, "of the copy"),
	BYTES("bytes", COL, "its size"));

SHAPE(setting, "Setting",
	STR("name", COL, "section.key, as in parsd.conf"),
	STR("value", COL, "in use"),
	STR("origin", COL, "default, command line, environment, or file:line"));
SHAPE(settings, "Settings", LIST("settings", setting, "one row a value"));
SHAPE(change, "SettingChange",
	STR("name", COL, "section.key"),
	STR("value", COL, "in use"),
	STR("configured", COL, "in the command line and the files now"),
	STR("needs", COL, "reload (SIGHUP) or restart, to come into use"));
SHAPE(config_check, "ConfigCheck",
	STRINGS("problems", COL | RPC_SICK, "what is wrong in the files"),
	LIST("changes", change, "one row a setting that is not in use as configured"));
