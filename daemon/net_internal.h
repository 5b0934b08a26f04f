/* daemon/net_internal.h - connections and listeners as net's files see them. */
#ifndef PARS_DAEMON_NET_INTERNAL_H
#define PARS_DAEMON_NET_INTERNAL_H

#include <event2/buffer.h>
#include <event2/dns.h>

#include "base/map.h"
#include "daemon/net.h"
#include "daemon/rest.h"

enum flow_state {
	FLOW_RESOLVING,
	FLOW_DIALING,
	FLOW_OPEN,
	FLOW_CLOSING,   /* the node has forgotten it; what is queued still leaves */
	FLOW_LINGERING, /* all is out: waits for the other side's end */
};

struct flow {
	struct flow *next, **at; /* in net's list */
	struct net *net;
	pars_conn id;
	enum flow_state state;
	int fd;
	struct event *read, *write; /* write: also the end of a dial */
	struct evbuffer *out;
	struct flow *next_touched;
	bool touched;
	/* dialling: */
	struct evdns_getaddrinfo_request *query;
	struct evutil_addrinfo *found, *trying;
	uint16_t port;
};

struct listener {
	struct listener *next;
	struct net *net;
	unsigned number;
	int fd;
	struct event *accept;
	struct rest rest;
};

struct net {
	struct event_base *base;
	struct inbox *inbox;
	struct evdns_base *dns; /* made with the first name */
	struct pars_map by_id;  /* the connections that the node knows */
	struct flow *flows;
	struct flow *touched;
	struct listener *listeners;
	uint64_t accepted;
	bool fds_short;         /* out of file descriptors: said so already */
};

/* flow.c */
struct flow *flow_new(struct net *n, pars_conn id, enum flow_state state);
void flow_free(struct flow *f); /* closes it; no event */
void flow_opened(struct flow *f, int fd);
void flow_failed(struct flow *f, const char *why);
void flow_send(struct flow *f, struct pars_bytes data);
void flow_close(struct flow *f);
void flow_abort(struct flow *f);
void flow_flush(struct flow *f);

/* dial.c */
void flow_dial(struct net *n, pars_conn id, const struct pars_endpoint *to);
void flow_dial_cancel(struct flow *f);

/* listen.c */
void net_listen_start(struct net *n, unsigned number, const struct pars_endpoint *on);
void net_listen_stop(struct net *n, unsigned number);
void net_listen_stop_all(struct net *n);

#endif
