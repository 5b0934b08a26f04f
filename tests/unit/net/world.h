/* tests/unit/net/world.h - hosts wired back to back in memory.
 *
 * Time stands still unless a test moves it. Bytes in flight are cut as the
 * test says. A default application answers streams by their tag; what hosts
 * told is counted, and the last of each kind kept. */
#ifndef PARS_TESTS_NET_WORLD_H
#define PARS_TESTS_NET_WORLD_H

#include "base/metric.h"
#include "net/host.h"
#include "net/noise.h"

#define WORLD_NODES 4
#define WORLD_LINKS 64
#define WORLD_STREAMS 1024

enum { TAG_ECHO = 1, TAG_SINK = 2, TAG_SILENT = 3 };
#define ECHO "/echo/1.0.0"
#define SINK "/sink/1.0.0"
#define SILENT "/silent/1.0.0" /* takes data and never consumes it */

struct world_stream {
	pars_stream id;
	int node;
	unsigned tag;
	bool inbound, opened, fin, closed;
	enum pars_err err;
	uint64_t received, sum;     /* bytes, and a checksum of them in order */
	uint64_t to_send, sent_sum; /* a bulk sender's rest */
	uint64_t sent;
	bool finish;                /* when all is sent */
	struct pars_buf back;       /* an echo's backlog */
};

struct world_node {
	struct pars_host *host;
	struct pars_rng rng;
	struct pars_metrics metrics;
	struct pars_effects out;
	struct pars_ed25519_pair key;
	unsigned seen[16]; /* events by type */
	struct pars_host_event last[16];
	bool stalled; /* what it sends stays in its kernel */
	bool manual;  /* no flush by the world */
	char ip;      /* last byte of its address, or 0: loopback */
};

/* A TCP connection. A side without a node is the test itself. */
struct world_link {
	bool used, closed[2]; /* the side knows, or did it */
	bool ending[2];       /* CLOSE after what is queued */
	int node[2];          /* -1: the test */
	pars_conn conn[2];
	struct pars_buf queue[2]; /* from side i to the other */
	struct pars_buf got;      /* what the test's side received */
	uint64_t carried[2];
};

struct world {
	int count;
	struct world_node nodes[WORLD_NODES];
	struct world_link links[WORLD_LINKS];
	struct world_stream streams[WORLD_STREAMS];
	size_t stream_count;
	pars_usec now;
	size_t chunk;      /* deliver at most so many bytes at once; 0: all */
	uint64_t split_at; /* and never across this offset of a direction; 0: none */
	pars_conn next_inbound;
};

struct world *world_new(int count, const struct pars_host_limits *limits);
void world_free(struct world *w);
PARS_AUTO_DEFINE(world)

/* Two hosts, the first connected to the second. */
struct world *world_pair(const struct pars_host_limits *limits);

struct pars_multiaddr world_addr(struct world *w, int node, bool with_id);
pars_conn world_dial(struct world *w, int from, int to);
pars_conn world_conn(struct world *w, int node, int to); /* up, or 0 */
void world_run(struct world *w);                   /* until nothing moves */
void world_pass(struct world *w, pars_usec time);  /* in steps, running */
void world_begin(struct world *w, int node);       /* before calls to a host */
uint64_t world_counter(const struct world *w, int node, enum pars_metric m);

struct world_stream *world_open(struct world *w, int node, pars_conn conn,
	const char *protocol, unsigned tag);
/* Sends n patterned bytes in time, then finishes if asked. */
void world_send(struct world *w, struct world_stream *s, uint64_t n, bool finish);
uint64_t world_pattern_sum(uint64_t n);
struct world_stream *world_find(struct world *w, int node, pars_stream id);

/* The test as a peer: a raw inbound connection at a node. */
struct world_link *world_raw(struct world *w, int node);
void world_raw_send(struct world *w, struct world_link *l, struct pars_bytes data);
void world_raw_close(struct world *w, struct world_link *l);

/* … and one that keeps to the rules up to Yamux, to break them there. */
struct rogue {
	struct world *w;
	struct world_link *link;
	struct pars_ed25519_pair key;
	struct pars_noise_identity identity;
	struct pars_noise_channel channel;
	struct pars_buf in, plain; /* received: undecrypted, decrypted */
	size_t at;                 /* read so far of link->got */
};
void rogue_connect(struct rogue *r, struct world *w, int node, uint8_t seed);
void rogue_send(struct rogue *r, struct pars_bytes plain); /* one noise frame */
void rogue_frame(struct rogue *r, uint8_t type, uint16_t flags, uint32_t id, uint32_t length,
	struct pars_bytes data);
void rogue_read(struct rogue *r); /* decrypts what came into plain */
void rogue_done(struct rogue *r);

#endif
