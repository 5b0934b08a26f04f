#include "tests/bench/tcp.h"

#include <event2/event.h>

#include "tests/bench/bench.h"

static struct pars_time now(void)
{
	return (struct pars_time){ (pars_usec)(bench_wall() * 1e6), 1700000000000000000 };
}

void tcp_open(struct tcp_host *h, struct event_base *base, uint8_t seed)
{
	uint8_t bytes[32] = { seed, 'h' };
	struct pars_ed25519_pair key;
	pars_rng_init(&h->rng, bytes);
	pars_rng_bytes(&h->rng, bytes, sizeof bytes);
	pars_ed25519_pair_from_seed(&key, bytes);
	h->host = pars_host_new(&(struct pars_host_config){ .key = &key, .agent = "bench/1",
		.protocol_version = "pars/bench", .limits = pars_host_default_limits, .metrics = &h->metrics,
		.rng = &h->rng });
	h->net = net_new(base, &h->inbox);
}

void tcp_close(struct tcp_host *h)
{
	net_free(h->net);
	pars_host_free(h->host);
	inbox_done(&h->inbox);
	pars_effects_done(&h->out);
	pars_rng_done(&h->rng);
}

static void drain(struct tcp_host *h)
{
	struct pars_host_event ev;
	while (pars_host_next(h->host, &ev))
		if (h->on_event)
			h->on_event(h, &ev);
}

void tcp_begin(struct tcp_host *h)
{
	pars_host_begin(h->host, now(), &h->out);
	for (size_t i = 0; i < h->inbox.count; i++) {
		pars_host_step(h->host, &h->inbox.list[i]);
		drain(h);
	}
	inbox_reset(&h->inbox);
}

void tcp_end(struct tcp_host *h)
{
	pars_host_tick(h->host);
	drain(h);
	pars_host_flush(h->host);
	drain(h);
	pars_host_flush(h->host);
	for (size_t i = 0; i < h->out.count; i++)
		net_effect(h->net, &h->out.list[i]);
	net_flush(h->net);
	pars_effects_reset(&h->out);
}

void tcp_turn(struct event_base *base, struct tcp_host **list, size_t n)
{
	struct timeval tv = { .tv_usec = 20000 };
	bool busy = false;
	for (size_t i = 0; i < n; i++)
		busy |= list[i]->inbox.count || pars_host_deadline(list[i]->host) <= now().mono_us;
	if (!busy)
		event_base_loopexit(base, &tv);
	event_base_loop(base, busy ? EVLOOP_NONBLOCK : EVLOOP_ONCE);
	for (size_t i = 0; i < n; i++)
		if (list[i]->inbox.count || pars_host_deadline(list[i]->host) <= now().mono_us) {
			tcp_begin(list[i]);
			tcp_end(list[i]);
		}
}
