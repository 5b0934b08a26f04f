/* tests/unit/node/bed.h - a few nodes and one rogue on a network without delay.
 *
 * The rogue is a libp2p host whose streams the test writes by hand: it keeps
 * to the rules of the transport and breaks those above. Party 0 is the rogue,
 * the others are whole nodes. Time stands still unless a test moves it. */
#ifndef PARS_TESTS_NODE_BED_H
#define PARS_TESTS_NODE_BED_H

#include "net/host.h"
#include "pars.h"
#include "tests/unit/unit.h"

#define BED_NODES 3

struct party {
	struct pars_node *node; /* or, of the rogue: */
	struct pars_host *host;
	struct pars_rng rng;
	struct pars_metrics metrics;
	struct pars_ed25519_pair key;
	struct pars_effects fx;
	char address[200];
	bool listening;
	struct pars_job *jobs[64];
	size_t job_count;
};

struct bed_link {
	int party[2];
	pars_conn conn[2];
	bool open[2], closed_sent[2];
	struct pars_buf queue[2]; /* on its way from that end */
	size_t sent[2];           /* to be told by CONN_SENT */
};

/* Its nodes talk only when the test lets them move. */
struct bed {
	struct party party[1 + BED_NODES];
	struct bed_link links[64];
	size_t link_count;
	pars_usec now;
	pars_conn next_inbound;
	/* what the rogue's streams received, by stream */
	struct pars_buf received;
	pars_stream rogue_stream;
	bool rogue_stream_closed;
	char session[80];
	bool public;
	bool workers_wait;        /* jobs are not run for now */
	void (*adjust)(int party, struct pars_node_config *config);
	uint64_t queries[8];      /* names that were to be looked up: the last ones … */
	size_t query_count;
	char name[300];           /* … and the very last */
	void (*notify)(void *arg, int party, enum pars_topic topic, const char *text); /* or NULL */
	void *notify_arg;
};

struct bed *bed_new(void);
/* `public`: the nodes have addresses in networks of their own, and their
 * network counts no private ones. adjust (or NULL) may change the settings
 * with which each is opened. */
struct bed *bed_new_with(bool public, void (*adjust)(int party, struct pars_node_config *config));
/* (Re)opens a node with its settings. The caller freed the old one. */
void bed_open(struct bed *b, int i);
void bed_free(struct bed *b);
void bed_run(struct bed *b);                  /* until nothing moves */
void bed_pass(struct bed *b, pars_usec time); /* … while time passes */
#define BED_CALL(bed, i, statement) \
	do { \
		bed_begin(bed, i); \
		statement; \
		bed_end(bed, i); \
	} while (0)
void bed_begin(struct bed *b, int i);
void bed_end(struct bed *b, int i);
void bed_feed(struct bed *b, int i, struct pars_event ev); /* to a node, in a step of its own */
uint64_t bed_counter(const struct bed *b, int i, enum pars_metric m);
uint64_t bed_vertices(struct bed *b, int i);

/* Node 1 opens a session, node 2 joins it through 1. */
void bed_session(struct bed *b);
/* The rogue dials node i and opens a sync stream on it. */
void bed_rogue_connect(struct bed *b, int i);
void bed_rogue_send(struct bed *b, struct pars_bytes data);
bool bed_rogue_connected(struct bed *b);
int64_t bed_rogue_score(struct bed *b, int i); /* with node i */

#endif
