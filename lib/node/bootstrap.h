/* node/bootstrap.h - sources of first peers, as bootstrap.c keeps them. */
#ifndef PARS_NODE_BOOTSTRAP_H
#define PARS_NODE_BOOTSTRAP_H

#include "dht/dht.h"
#include "node/node.h"

enum boot_level { BOOT_SAVED, BOOT_LIST, BOOT_DNS, BOOT_DHT };

struct boot_source {
	TAILQ_ENTRY(boot_source) entry;
	enum boot_level level;
	char name[PARS_MULTIADDR_TEXT];
	struct pars_multiaddr addr;  /* DNS: the /dnsaddr */
	int64_t tried_wall_ns;
	uint64_t tries;
	unsigned failures;           /* in a row */
	unsigned in_vain;            /* tries in a row that left the node alone */
	uint64_t round;              /* of _try, in which it was last tried to the end */
	size_t found, from;          /* from: saved peers that were asked in this turn */
	char result[300];
	pars_usec next_us;
	bool running;                /* DNS: answers are to come */
	unsigned queries, open, refused;
	bool secure;
	char error[250];
};

struct boot_query {
	TAILQ_ENTRY(boot_query) entry;
	uint64_t number;
	struct boot_source *source;
	unsigned depth;
};

struct node_boot {
	TAILQ_HEAD(boot_source_list, boot_source) sources;
	size_t source_count;
	TAILQ_HEAD(boot_query_list, boot_query) queries;
	uint64_t next_query, round;
	bool alone;
	uint8_t list_key[PARS_DHT_RECORD_KEY_SIZE];
	uint64_t list_seq;
	struct pars_buf list;        /* DAG-CBOR array of multiaddrs */
	pars_dht_op list_op;         /* looks for a newer one */
};

#endif
