#include "rpc/shapes.h"

#include "pars.h"

#define SHAPE(id, title, ...) \
	static const struct rpc_field id##_fields[] = { __VA_ARGS__ }; \
	const struct rpc_shape rpc_shape_##id = { title, id##_fields, PARS_COUNT(id##_fields) }

#define COL RPC_COLUMN

/* Fields of what a handler builds as a tree. */
#define F_STR(n, f, h) { .name = n, .kind = RPC_STRING, .flags = f, .help = h }
#define F_INT(n, f, h) { .name = n, .kind = RPC_INT, .flags = f, .help = h }
#define F_BYTES(n, f, h) { .name = n, .kind = RPC_INT, .unit = RPC_BYTES, .flags = f, .help = h }
#define F_USEC(n, f, h) { .name = n, .kind = RPC_INT, .unit = RPC_USEC, .flags = f, .help = h }
#define F_BOOL(n, f, h) { .name = n, .kind = RPC_BOOL, .flags = f, .help = h }
#define F_TIME(n, f, h) { .name = n, .kind = RPC_STRING, .unit = RPC_TIME, .flags = RPC_NULLABLE | (f), .help = h }
#define F_STRINGS(n, f, h) { .name = n, .kind = RPC_STRINGS, .flags = f, .help = h }
#define F_LIST(n, of, h) { .name = n, .kind = RPC_OBJECTS, .flags = COL, .shape = &rpc_shape_##of, .help = h }

/* Fields that stand in member m of ROW, a struct of pars.h or shapes.h. */
#define IN(m, type) .at = 1 + offsetof(ROW, m) + 0 * sizeof(char[sizeof(((ROW *)0)->m) == sizeof(type) ? 1 : -1])
#define STR(n, m, f, h) { .name = n, IN(m, char *), .kind = RPC_STRING, .flags = f, .help = h }
#define INT(n, m, f, h) { .name = n, IN(m, uint64_t), .kind = RPC_INT, .flags = f, .help = h }
#define BYTES(n, m, f, h) { .name = n, IN(m, uint64_t), .kind = RPC_INT, .unit = RPC_BYTES, .flags = f, .help = h }
#define USEC(n, m, f, h) { .name = n, IN(m, uint64_t), .kind = RPC_INT, .unit = RPC_USEC, .flags = f, .help = h }
#define BOOL(n, m, f, h) { .name = n, IN(m, bool), .kind = RPC_BOOL, .flags = f, .help = h }
#define TIME(n, m, f, h) { .name = n, IN(m, int64_t), .kind = RPC_STRING, .unit = RPC_TIME, \
	.flags = RPC_NULLABLE | (f), .help = h }
#define STRINGS(n, m, f, h) { .name = n, IN(m, struct pars_strings), .kind = RPC_STRINGS, .flags = f, .help = h }
/* The number of rows stands right behind the pointer to them. */
#define ROWS(n, m, number, of, h) { .name = n, IN(m, void *), .kind = RPC_OBJECTS, .flags = COL, \
	.shape = &rpc_shape_##of, .stride = sizeof *((ROW *)0)->m + \
	0 * sizeof(char[offsetof(ROW, number) == offsetof(ROW, m) + sizeof(void *) ? 1 : -1]), .help = h }
#define LIST(n, m, of, h) ROWS(n, m, count, of, h)
#define NEXT { .name = "next", IN(next, char *), .kind = RPC_STRING, .flags = RPC_NEXT | RPC_NULLABLE, \
	.help = "cursor of the next page; null: this was the last" }

const struct rpc_shape rpc_shape_empty = { "Done", NULL, 0 };

#define ROW struct pars_status
SHAPE(status, "Status",
	STR("state", state, COL, "starting, online, offline, reconnecting or paused"),
	STR("reason", reason, COL, "why it is in this state, in a sentence"),
	TIME("since", since_wall_ns, 0, "when it entered this state"),
	USEC("uptimeUs", uptime_us, 0, "time since the daemon opened its database"),
	STR("network", network, COL, "the network's name"),
	STR("peerId", peer_id, COL, "this node's libp2p peer id"),
	STRINGS("listen", listen, 0, "addresses it listens on, with real ports"),
	INT("peers", peers, COL, "nodes connected"),
	INT("sessions", sessions, COL, "sessions this node is in"),
	INT("vertices", vertices, 0, "vertices stored"),
	INT("queued", queued, COL, "own vertices that no other node is known to hold"),
	TIME("offlineSince", offline_since_wall_ns, 0, "since then no node is connected; null: one is"),
	TIME("lastSync", last_sync_wall_ns, 0, "last time a session was found equal with a peer's"));
#undef ROW

#define ROW struct rpc_version_row
SHAPE(version, "Version",
	STR("version", version, COL, "of the daemon"),
	STR("agent", agent, COL, "as told to peers"));
#undef ROW

SHAPE(metric, "Metric",
	F_STR("name", COL, "of the metric"),
	F_STR("type", COL, "COUNTER only rises, GAUGE is the present value, HISTOGRAM a part of a distribution"),
	F_INT("value", COL, "now"),
	F_STR("help", COL, "what it counts"));
SHAPE(metrics, "Metrics", F_LIST("metrics", metric, "all metrics"));

SHAPE(health, "Health",
	F_BOOL("healthy", COL, "nothing below the node fails it; being offline is no illness"),
	F_STR("state", COL, "as in pars_status, or down: the database cannot be used"),
	F_STRINGS("problems", COL | RPC_SICK, "what is wrong, a sentence each"));
SHAPE(finding, "Finding",
	F_STR("about", COL, "disk, clock, network, peers or session"),
	F_STR("finding", COL, "what is not as it should be"),
	F_STR("advice", COL, "what to do about it"));
SHAPE(doctor, "Doctor",
	F_STR("verdict", COL, "how it is, and the main reason"),
	{ .name = "findings", .kind = RPC_OBJECTS, .flags = COL | RPC_SICK | RPC_PROSE, .shape = &rpc_shape_finding,
		.help = "one row a finding, the most important first" });

SHAPE(log_level, "LogLevel", F_STR("level", COL, "the least important lines that are logged"));
SHAPE(log_record, "LogRecord",
	F_TIME("time", COL, "by this machine's clock"),
	F_STR("level", COL, "error, warn, info or debug"),
	F_STR("folder", COL, "the part of the program"),
	F_STR("text", COL, "the line"));
SHAPE(log_records, "LogRecords",
	F_LIST("records", log_record, "one row a line"),
	{ .name = "next", .kind = RPC_STRING, .flags = RPC_NEXT, .help = "cursor behind the last row" },
	F_BOOL("more", 0, "there are rows behind it now"));

#define ROW struct pars_id_info
SHAPE(id, "Identity",
	STR("peerId", peer_id, COL, "libp2p peer id"),
	STR("did", did, COL, "the identity as a did:key"),
	STR("dhtId", dht_id, 0, "place in the distributed hash table, hex"),
	STRINGS("addresses", addresses, COL, "addresses that others can dial, with /p2p"));
#undef ROW

#define ROW struct pars_peer_info
SHAPE(peer, "Peer",
	STR("peerId", peer_id, COL, "empty for a kept address whose peer is not known yet"),
	STR("address", address, COL, "multiaddr"),
	BOOL("connected", connected, COL, "now"),
	BOOL("inbound", inbound, 0, "it dialled us"),
	BOOL("kept", kept, COL, "dialled for ever"),
	STR("source", source, COL, "why it is known: added, bootstrap, session, anchor or inbound"),
	STR("agent", agent, 0, "its software; empty until identified"),
	USEC("connectedForUs", connected_us, COL, "0: not connected"),
	USEC("rttUs", rtt_us, COL, "round trip; 0: not measured"),
	INT("score", score, 0, "0 is good, negative is bad"),
	BOOL("verified", verified, 0, "its key was compared with its owner's (parsctl peer verify)"),
	BYTES("bytesIn", bytes_in, 0, "received"),
	BYTES("bytesOut", bytes_out, 0, "sent"),
	INT("failures", failures, 0, "dials in a row that failed"),
	USEC("nextDialUs", next_dial_us, 0, "from now; 0: none planned"),
	STR("lastError", last_error, COL, "empty when there was none"));
#undef ROW
#define ROW struct pars_peer_page
SHAPE(peers, "Peers", LIST("peers", list, peer, "one row an address or peer"), NEXT);
#undef ROW
#define ROW struct pars_peer_score
SHAPE(peer_score, "PeerScore",
	STR("peerId", peer_id, COL, "whose"),
	INT("score", score, COL, "0 is good, negative is bad; it recovers with time"),
	INT("stake", stake, 0, "weight from a registry of stakes; 0: none"),
	USEC("bannedForUs", banned_us, COL, "refused for so long still; 0: not"),
	STRINGS("reasons", reasons, COL, "what moved the score, newest first"),
	BOOL("verified", verified, COL, "a person found the codes equal"),
	STR("code", code, COL, "to compare with its owner, by voice or face to face: both nodes show the same digits"));
#undef ROW
SHAPE(peer_changed, "PeerChanged",
	F_STR("peerId", 0, "whose connection changed; empty: several, list them again"));

#define ROW struct pars_kad_info
SHAPE(dht_status, "DhtStatus",
	STR("mode", mode, COL, "server, client (asks without being asked) or off"),
	STR("reason", reason, COL, "why it is that, in a sentence"),
	STR("protocol", protocol, 0, "protocol id of this network's hash table"),
	INT("nodes", nodes, COL, "in the routing table"),
	INT("estimate", estimate, COL, "nodes that the network seems to have; 0: not known"),
	INT("records", records, COL, "kept for others"),
	BYTES("storedBytes", records_bytes, 0, "of these records"),
	INT("providers", providers, COL, "announcements kept for others"),
	INT("provides", provides, COL, "keys that this node announces"),
	INT("lookups", lookups, 0, "running"),
	USEC("nextRefreshUs", next_refresh_us, 0, "until the table is looked after; 0: it is empty, or that goes on"));
#undef ROW
#define ROW struct pars_kad_node
SHAPE(dht_node, "DhtNode",
	STR("peerId", peer_id, COL, "libp2p peer id"),
	STRINGS("addresses", addresses, COL, "multiaddrs"),
	INT("bucket", bucket, COL, "bits that its place in the table shares with ours"),
	USEC("seenUs", seen_us, COL, "since it answered last"),
	USEC("sinceUs", since_us, 0, "since it stands in the table"),
	INT("failures", failures, 0, "questions in a row that it did not answer"));
#undef ROW
#define ROW struct pars_kad_page
SHAPE(dht_nodes, "DhtNodes", LIST("nodes", list, dht_node, "one row a node of the routing table"), NEXT);
#undef ROW
#define ROW struct pars_kad_node
SHAPE(dht_place, "DhtPlace",
	STR("peerId", peer_id, COL, "libp2p peer id"),
	STRINGS("addresses", addresses, COL, "multiaddrs"));
#undef ROW
#define LOOKUP INT("hops", hops, 0, "referrals to the nearest node"), INT("asked", asked, 0, "nodes asked"), \
	INT("answered", answered, 0, "of them answered"), USEC("tookUs", took_us, 0, "from the first question on")
#define ROW struct pars_kad_result
SHAPE(dht_found, "DhtFound", LOOKUP,
	LIST("nodes", nodes, dht_place, "nearest first"),
	BOOL("sparse", sparse, 0, "fewer nodes answered than the network's size lets expect: something may be hidden"));
#undef ROW
#define ROW struct pars_kad_result
SHAPE(dht_value, "DhtValue", LOOKUP,
	STR("value", value, COL, "text, or hex"),
	BOOL("hex", hex, 0, "the value is no text"),
	STR("author", author, COL, "who signed it, did:key; empty for a public key"),
	INT("seq", seq, COL, "of two values the one with the higher number is newer"));
#undef ROW
#define ROW struct pars_kad_result
SHAPE(dht_stored, "DhtStored", LOOKUP,
	STR("key", key, COL, "under which it is found"),
	INT("stored", stored, COL, "nodes that took it; 0: none yet, it is offered again as nodes become known"));
#undef ROW

#define ROW struct pars_outbox_item
SHAPE(outbox_item, "OutboxItem",
	STR("id", id, 0, "the vertex"),
	STR("session", session, 0, "its session's id"),
	STR("name", name, COL, "the session's"),
	STR("kind", kind, COL, "message, join or genesis"),
	INT("n", n, COL, "its number among the author's"),
	TIME("time", time_wall_ns, COL, "when it was written"),
	STR("state", state, COL, "queued, or sent: on its way"),
	STR("reason", reason, COL, "why no other node holds it yet"));
#undef ROW
#define ROW struct pars_outbox_page
SHAPE(outbox, "Outbox", LIST("items", list, outbox_item, "oldest first"), NEXT);
#undef ROW
#define ROW struct pars_mailbox_row
SHAPE(mailbox, "Mailbox",
	STR("session", session, 0, "its id"),
	STR("name", name, COL, "the session's"),
	STR("peerId", peer_id, COL, "the node that was asked"),
	STR("address", address, 0, "where it is"),
	BOOL("carries", carries, COL, "it said that it carries the session"),
	BOOL("connected", connected, COL, "to this node, now"),
	STR("result", result, COL, "what it said, or why it could not be asked"),
	BYTES("quota", quota, 0, "that it takes of the session"),
	USEC("leftUs", left_us, 0, "it keeps the session so long if it is not asked again"),
	USEC("nextUs", next_us, 0, "until it is asked again"));
#undef ROW
#define ROW struct pars_mailbox_page
SHAPE(mailboxes, "Mailboxes", LIST("mailboxes", list, mailbox, "one row a session and node"));
#undef ROW
#define ROW struct pars_relay_row
SHAPE(relay_session, "RelaySession",
	STR("session", session, COL, "its id; this node does not read what is said in it"),
	STRINGS("requesters", requesters, COL, "peer ids of those who asked"),
	INT("vertices", vertices, COL, "stored"),
	BYTES("bytes", bytes, COL, "of them"),
	USEC("leftUs", left_us, COL, "of this node's running, unless it is asked for again"),
	BOOL("full", full, COL, "its quota is used up: nothing new is taken"));
#undef ROW
#define ROW struct pars_relay_page
SHAPE(relay_sessions, "RelaySessions", LIST("sessions", list, relay_session, "one row a session"));
#undef ROW
#define ROW struct pars_relay_info
SHAPE(relay, "Relay",
	STR("mode", mode, COL, "friends (peers that were added or verified), off or on (anybody)"),
	INT("sessions", sessions, COL, "carried now"),
	BYTES("bytes", bytes, COL, "of them"),
	INT("refused", refused, COL, "vertices not taken since the start: no room"),
	BYTES("totalBytes", total_bytes, 0, "at most, of all sessions"),
	BYTES("sessionBytes", session_bytes, 0, "at most, of one"),
	BYTES("requesterBytes", requester_bytes, 0, "at most, for one peer"),
	INT("days", days, 0, "of running that a session is kept after it was last asked for"));
#undef ROW
#define ROW struct pars_pubsub_topic
SHAPE(gossip_topic, "GossipTopic",
	STR("topic", topic, COL, "its name"),
	BOOL("joined", joined, COL, "its messages are taken and passed on; else this node only published to it"),
	BOOL("signed", is_signed, 0, "its messages carry their authors' signatures"),
	INT("peers", peers, COL, "subscribers connected"),
	INT("mesh", mesh, COL, "of them those to whom every message goes at once"),
	INT("published", published, COL, "messages of this node"),
	INT("delivered", delivered, COL, "messages of others"),
	INT("duplicates", duplicates, 0, "copies that came beside them"));
#undef ROW
#define ROW struct pars_pubsub_topics
SHAPE(gossip_topics, "GossipTopics", LIST("topics", list, gossip_topic, "one row a topic"), NEXT);
#undef ROW
#define ROW struct pars_pubsub_member
SHAPE(gossip_member, "GossipMember",
	STR("topic", topic, COL, "its name"),
	STR("peerId", peer_id, COL, "libp2p peer id"),
	STR("protocol", protocol, 0, "as negotiated"),
	BOOL("mesh", mesh, COL, "every message goes to it at once"),
	BOOL("direct", direct, 0, "every message goes to it whatever it does"),
	BOOL("outbound", outbound, 0, "this node dialled it"),
	INT("score", score, COL, "over all topics; below 0 it is kept out of meshes"),
	USEC("backoffUs", backoff_us, 0, "until it may come into the mesh again"),
	BYTES("queued", queued, 0, "messages that wait for it"));
#undef ROW
#define ROW struct pars_pubsub_mesh
SHAPE(gossip_mesh, "GossipMesh", LIST("peers", list, gossip_member, "one row a topic and subscriber"), NEXT);
#undef ROW
#define ROW struct pars_pubsub_message
SHAPE(gossip_message, "GossipMessage",
	TIME("time", wall_ns, COL, "when it came"),
	STR("topic", topic, 0, "its name"),
	STR("from", from, COL, "the peer that signed it; unsigned: the one that passed it on"),
	BOOL("signed", is_signed, 0, "the author's signature was checked"),
	STR("text", text, COL | RPC_NULLABLE, "null: it is no text"),
	STR("data", data, 0, "0x and hex digits"));
#undef ROW
#define ROW struct pars_pubsub_page
SHAPE(gossip_messages, "GossipMessages", LIST("messages", list, gossip_message, "oldest first"),
	STR("next", next, RPC_NEXT, "cursor from which to go on"),
	BOOL("more", more, 0, "there is more already"));
#undef ROW
SHAPE(gossip_published, "GossipPublished",
	F_STR("id", COL, "of the message, hex"),
	F_INT("peers", COL, "subscribers it is on its way to; 0: nobody of the topic is connected"));

#define ROW struct pars_bootstrap_source
SHAPE(bootstrap_source, "BootstrapSource",
	STR("level", level, COL, "saved, configured, list, dns or dht"),
	STR("source", source, COL, "an address, a name, or what it is"),
	TIME("tried", tried_wall_ns, COL, "last"),
	INT("tries", tries, 0, "since the start"),
	INT("failures", failures, COL, "in a row"),
	INT("found", found, 0, "addresses that came of it last"),
	STR("result", result, COL, "of the last try, in a sentence"),
	USEC("nextUs", next_us, COL, "until the next try; 0: now, or none is planned as it works"));
#undef ROW
#define ROW struct pars_bootstrap_page
SHAPE(bootstrap, "Bootstrap", LIST("sources", list, bootstrap_source, "one row a source"));
#undef ROW
SHAPE(bootstrap_signed, "BootstrapSigned",
	F_STR("bootstrapKey", COL, "what the network's genesis file must name"),
	{ .name = "list", .kind = RPC_STRING, .flags = RPC_RAW | RPC_COLUMN, .help = "hex, for net.bootstrap-list" });

#define ROW struct rpc_made_row
SHAPE(made, "Made", STR("id", id, COL, "of what was made"));
#undef ROW

#define ROW struct pars_session_info
SHAPE(session, "Session",
	STR("id", id, COL, "a CID; others join by it"),
	STR("name", name, COL, "as its creator named it"),
	BOOL("private", is_private, 0, "found only by who was given an invitation"),
	STR("state", state, COL, "joining or member"),
	STR("member", member, 0, "own member key in it, did:key; empty while joining"),
	INT("vertices", vertices, 0, "stored"),
	INT("messages", messages, COL, "stored"),
	INT("members", members, COL, "known"),
	INT("heads", heads, 0, "vertices without children"),
	INT("queued", queued, COL, "own vertices that nobody else is known to hold"),
	INT("parked", parked, 0, "vertices that wait for their parents"),
	INT("forked", forked, 0, "members caught equivocating"),
	STR("fingerprint", fingerprint, 0, "of the set of all vertices; equal sets, equal text"),
	INT("peers", peers, COL, "connected nodes that serve it"),
	INT("peersEqual", peers_equal, COL, "of them, last known to hold just what we hold"));
#undef ROW
SHAPE(invitation, "Invitation", { .name = "invitation", .kind = RPC_STRING, .flags = RPC_RAW | RPC_COLUMN,
	.help = "to be given to others; of a private session keep it as a secret" });
#define ROW struct pars_session_page
SHAPE(sessions, "Sessions", LIST("sessions", list, session, "one row a session"), NEXT);
#undef ROW

#define ROW struct rpc_top_row
SHAPE(top, "Top",
	STR("state", state, COL, "as in pars_status"),
	STR("reason", reason, COL, "why it is in this state, in a sentence"),
	USEC("uptimeUs", uptime_us, COL, "time since the daemon opened its database"),
	INT("queued", queued, COL, "own vertices that no other node is known to hold"),
	BYTES("receivedPerS", received, COL, "from peers, a second, over the last seconds"),
	BYTES("sentPerS", sent, COL, "to peers, a second"),
	INT("verticesInPerS", vertices_in, COL, "of others stored, a second"),
	INT("verticesOwnPerS", vertices_own, COL, "written by this node, a second"),
	INT("cpuPercent", cpu, COL, "hundredths of one processor that the daemon uses"),
	ROWS("peers", peers, peer_count, peer, "the first 20 rows of pars_peerLs"),
	ROWS("sessions", sessions, session_count, session, "the first 20 rows of pars_sessionLs"));
#undef ROW

#define ROW struct pars_message
SHAPE(message, "Message",
	STR("id", id, 0, "of the vertex that carries it"),
	TIME("time", time_wall_ns, COL, "by the author's clock"),
	STR("nick", nick, COL, "the author's; empty when none"),
	STR("author", author, 0, "member key, did:key"),
	STR("text", text, COL, "empty when not readable"),
	STR("delivery", delivery, COL, "own: queued, sent or held; others': received"),
	INT("heldBy", held_by, 0, "own: nodes known to hold it, besides this one"),
	BOOL("own", own, 0, "written by this node"),
	BOOL("forked", forked, 0, "the author was caught equivocating"),
	BOOL("readable", readable, 0, "this node understands it"),
	INT("n", n, 0, "the author's counter"),
	INT("lamport", lamport, 0, "logical time"));
#undef ROW
#define ROW struct pars_message_page
SHAPE(messages, "Messages",
	LIST("messages", list, message, "one row a message"),
	{ .name = "next", IN(next, char *), .kind = RPC_STRING, .flags = RPC_NEXT, .help = "cursor behind the last row: "
		"a later call from it gives what came since" },
	BOOL("more", more, 0, "there are rows behind it now"));
#undef ROW

#define ROW struct pars_member
SHAPE(member, "Member",
	STR("key", key, COL, "did:key"),
	STR("nick", nick, COL, "empty when none"),
	BOOL("self", self, COL, "this node"),
	BOOL("creator", creator, COL, "opened the session"),
	BOOL("forked", forked, COL, "caught equivocating"),
	INT("vertices", vertices, COL, "stored of it"),
	INT("lastLamport", last_lamport, 0, "logical time of its last vertex"));
#undef ROW
#define ROW struct pars_member_page
SHAPE(members, "Members", LIST("members", list, member, "one row a member"), NEXT);
#undef ROW
#define ROW struct pars_head_page
SHAPE(heads, "Heads", STRINGS("heads", list, COL, "ids of the vertices without children, the oldest first"), NEXT);
#undef ROW

#define ROW struct pars_vertex_info
SHAPE(vertex, "Vertex",
	STR("id", id, COL, "CID"),
	STR("session", session, 0, "its session's id"),
	STR("kind", kind, COL, "genesis, join, message or \"kind N\""),
	STR("author", author, COL, "member key, did:key"),
	INT("n", n, COL, "the author's counter"),
	INT("lamport", lamport, COL, "logical time"),
	BYTES("size", size, COL, "as encoded"),
	TIME("time", time_wall_ns, COL, "by the author's clock"),
	STRINGS("parents", parents, 0, "ids"),
	STR("signature", signature, 0, "hex"),
	STR("payload", payload, 0, "hex"));
#undef ROW
#define ROW struct pars_vertex_page
SHAPE(vertices, "Vertices", LIST("vertices", list, vertex, "in canonical order"), NEXT);
#undef ROW

SHAPE(graph, "Graph", { .name = "dot", .kind = RPC_STRING, .flags = RPC_RAW | RPC_COLUMN,
	.help = "Graphviz text" });
#define ROW struct pars_verify_page
SHAPE(verified, "Verified",
	INT("checked", checked, COL, "vertices checked in this page"),
	STRINGS("bad", bad, COL | RPC_SICK, "what is wrong, a sentence each"),
	NEXT);
#undef ROW

#define ROW struct pars_sync_info
SHAPE(sync, "Sync",
	STR("session", session, COL, "id"),
	STR("peerId", peer_id, COL, "with whom"),
	STR("state", state, COL, "asking, receiving, sending, equal or \"not shared\""),
	INT("verticesIn", vertices_in, COL, "since it connected"),
	INT("verticesOut", vertices_out, COL, "since it connected"),
	BYTES("bytesIn", bytes_in, COL, "of those vertices, as framed"),
	BYTES("bytesOut", bytes_out, COL, "of those vertices, as framed"),
	INT("held", held, COL, "own vertices this peer is known to hold"),
	TIME("lastEqual", last_equal_wall_ns, COL, "last time it was equal with us; null: not since it connected"));
#undef ROW
#define ROW struct pars_sync_page
SHAPE(syncs, "Syncs", LIST("syncs", list, sync, "one row a session and peer"), NEXT);
#undef ROW
SHAPE(sync_changed, "SyncChanged",
	F_STR("session", 0, "whose sync or delivery state changed; empty: several, list them again"));
SHAPE(sync_done, "SyncDone", F_USEC("waitedUs", COL, "until all were equal"));

#define ROW struct pars_storage_info
SHAPE(storage, "Storage",
	STR("path", path, COL, "of the database"),
	BYTES("fileBytes", file_bytes, COL, "of the database file"),
	BYTES("walBytes", wal_bytes, COL, "of its write-ahead log"),
	BYTES("freeBytes", free_bytes, COL, "reusable inside the file"),
	INT("sessions", sessions, COL, "rows"),
	INT("vertices", vertices, COL, "rows"),
	INT("messages", messages, COL, "rows"),
	INT("peers", peers, COL, "rows"),
	INT("schema", schema, COL, "version of the database format"),
	STR("integrity", integrity, COL, "clean start, checking, ok, or what is wrong"));
#undef ROW
SHAPE(backup, "Backup",
	F_STR("path", COL, "of the copy"),
	F_BYTES("bytes", COL, "its size"));

SHAPE(setting, "Setting",
	F_STR("name", COL, "section.key, as in parsd.conf"),
	F_STR("value", COL, "in use"),
	F_STR("origin", COL, "default, command line, environment, or file:line"));
SHAPE(settings, "Settings", F_LIST("settings", setting, "one row a value"));
SHAPE(change, "SettingChange",
	F_STR("name", COL, "section.key"),
	F_STR("value", COL, "in use"),
	F_STR("configured", COL, "in the command line and the files now"),
	F_STR("needs", COL, "reload (SIGHUP) or restart, to come into use"));
SHAPE(config_check, "ConfigCheck",
	F_STRINGS("problems", COL | RPC_SICK, "what is wrong in the files"),
	F_LIST("changes", change, "one row a setting that is not in use as configured"));
