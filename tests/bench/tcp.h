/* tests/bench/tcp.h - libp2p hosts of lib/net on real sockets, by the daemon's
 * own network code, any number of them in one event loop. */
#ifndef PARS_TESTS_BENCH_TCP_H
#define PARS_TESTS_BENCH_TCP_H

#include "daemon/net.h"
#include "net/host.h"

struct tcp_host {
	struct pars_host *host;
	struct pars_metrics metrics;
	struct pars_rng rng;
	struct inbox inbox;
	struct net *net;
	struct pars_effects out;
	void *user;
	void (*on_event)(struct tcp_host *h, const struct pars_host_event *ev); /* in a step */
};

void tcp_open(struct tcp_host *h, struct event_base *base, uint8_t seed);
void tcp_close(struct tcp_host *h);
/* Calls to the host stand between these two; _end flushes and sends. */
void tcp_begin(struct tcp_host *h);
void tcp_end(struct tcp_host *h);
/* One turn of the loop and of all hosts; waits at most a while. */
void tcp_turn(struct event_base *base, struct tcp_host **list, size_t n);

#endif
