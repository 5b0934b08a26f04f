/* daemon/net_internal.h - connections and listeners as net's files see them. */
#ifndef PARS_DAEMON_NET_INTERNAL_H
#define PARS_DAEMON_NET_INTERNAL_H

#include <event2/buffer.h>
#include <event2/dns.h>

#include "base/map.h"
#include "daemon/net.h"

enum conn_state {
	CONN_RESOLVING,
	CONN_DIALING,
	CONN_OPEN,
	CONN_CLOSING,   /* the node has forgotten it; what is queued still leaves */
	CONN_LINGERING, /* all is out: waits for the other side's end */
};

struct conn {
	struct conn *next, **at; /* in net's list */
	struct net *net;
	pars_conn id;
	enum conn_state state;
	int fd;
	struct event *read, *write; /* write: also the end of a dial */
	struct evbuffer *out;
	struct conn *next_touched;
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
};

struct net {
	struct event_base *base;
	struct inbox *inbox;
	struct evdns_base *dns; /* made with the first name */
	struct pars_map by_id;  /* the connections that the node knows */
	struct conn *conns;
	struct conn *touched;
	struct listener *listeners;
	uint64_t accepted;
	bool fds_short;         /* out of file descriptors: said so already */
};

/* conn.c */
struct conn *conn_new(struct net *n, pars_conn id, enum conn_state state);
void conn_free(struct conn *c); /* closes it; no event */
void conn_opened(struct conn *c, int fd);
void conn_failed(struct conn *c, const char *why);
void conn_send(struct conn *c, struct pars_bytes data);
void conn_close(struct conn *c);
void conn_abort(struct conn *c);
void conn_flush(struct conn *c);

/* dial.c */
void dial_start(struct net *n, pars_conn id, const struct pars_endpoint *to);
void dial_cancel(struct conn *c);

/* listen.c */
void listen_start(struct net *n, unsigned number, const struct pars_endpoint *on);
void listen_stop(struct net *n, unsigned number);
void listen_stop_all(struct net *n);

#endif
