#include "net/host.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "net/host_impl.h"

const struct pars_host_limits pars_host_default_limits = {
	.conns_max = 128,
	.conns_inbound_max = 96,
	.conns_per_ip_max = 8,
	.conns_per_peer_max = 2,
	.handshakes_max = 32,
	.streams_per_conn_max = 256,
	.streams_max = 4096,
	.conn_unsent_max = (size_t)256 * 1024,
	.stream_send_max = (size_t)256 * 1024,
	.conn_send_max = (size_t)4 << 20,
	.send_max = (size_t)32 << 20,
	.handshake_timeout = PARS_S(10),
	.negotiate_timeout = PARS_S(10),
	.ping_interval = PARS_S(15),
	.dial_backoff_min = PARS_S(1),
	.dial_backoff_max = PARS_S(600),
};

static struct pars_bytes conn_key(const void *value)
{
	const struct conn *c = value;
	return PARS_BYTES(&c->info.conn, sizeof c->info.conn);
}

static struct pars_bytes stream_key(const void *value)
{
	const struct stream *s = value;
	return PARS_BYTES(&s->id, sizeof s->id);
}

static void serve(struct pars_host *h, const char *protocol, enum role role, unsigned tag)
{
	size_t n = h->served_count++;
	h->names = pars_realloc(h->names, h->served_count * sizeof *h->names);
	h->served = pars_realloc(h->served, h->served_count * sizeof *h->served);
	h->names[n] = protocol;
	h->served[n] = (struct served){ role, tag };
}

static void init_keys(struct pars_host *h, const struct pars_ed25519_pair *key)
{
	uint8_t secret[PARS_X25519_SIZE];
	h->key = *key;
	pars_peer_id_from_ed25519(&key->public, &h->id);
	pars_rng_bytes(h->rng, secret, sizeof secret);
	pars_noise_identity_init(&h->noise, key, secret);
	pars_wipe(secret, sizeof secret);
}

struct pars_host *pars_host_new(const struct pars_host_config *config)
{
	struct pars_host *h = pars_alloc(sizeof *h);
	h->limits = config->limits;
	h->metrics = config->metrics;
	h->rng = config->rng;
	h->agent = pars_strdup(config->agent);
	h->protocol_version = pars_strdup(config->protocol_version);
	h->next_conn = h->next_stream = 1;
	h->told_version = 1;
	h->scratch = pars_realloc(NULL, PARS_CONNECTION_SCRATCH);
	init_keys(h, config->key);
	pars_map_init(&h->conns, conn_key, pars_rng_u64(h->rng));
	pars_map_init(&h->streams, stream_key, pars_rng_u64(h->rng));
	TAILQ_INIT(&h->touched);
	pars_scores_init(&h->scores, pars_rng_u64(h->rng));
	pars_dialer_init(&h->dialer, &h->limits, h->rng);
	for (int role = 0; role < ROLE_COUNT; role++)
		if (serve_protocols[role])
			serve(h, serve_protocols[role], (enum role)role, 0);
	return h;
}

void pars_host_free(struct pars_host *h)
{
	struct pars_effects unheard = { 0 };
	if (!h)
		return;
	h->out = &unheard;
	while (h->first)
		conn_end(h, h->first, END_ABORT, PARS_E_PEER_CLOSED, "");
	conn_reap(h);
	h->out = NULL;
	pars_effects_done(&unheard);
	pars_timers_done(&h->timers);
	pars_map_done(&h->conns);
	pars_map_done(&h->streams);
	pars_scores_done(&h->scores);
	pars_dialer_done(&h->dialer);
	pars_arena_done(&h->arena);
	pars_noise_identity_wipe(&h->noise);
	pars_ed25519_wipe(&h->key);
	free(h->agent);
	free(h->protocol_version);
	free(h->events);
	free(h->scratch);
	free(h->names);
	free(h->served);
	free(h->interfaces);
	free(h);
}

const struct pars_peer_id *pars_host_id(const struct pars_host *h)
{
	return &h->id;
}

void host_told_changed(struct pars_host *h)
{
	h->told_version++;
	h->told_changed = true;
}

uint64_t pars_host_told_version(const struct pars_host *h)
{
	return h->told_version;
}

void pars_host_serve(struct pars_host *h, const char *protocol, unsigned tag)
{
	assert(strlen(protocol) <= PARS_MSS_PROTOCOL_MAX);
	serve(h, protocol, ROLE_USER, tag);
	host_told_changed(h);
}

void pars_host_unserve(struct pars_host *h, const char *protocol)
{
	size_t i = 0;
	while (i < h->served_count && strcmp(h->names[i], protocol))
		i++;
	if (i == h->served_count)
		return;
	size_t after = --h->served_count - i;
	memmove(h->names + i, h->names + i + 1, after * sizeof *h->names);
	memmove(h->served + i, h->served + i + 1, after * sizeof *h->served);
	host_told_changed(h);
}

void pars_host_begin(struct pars_host *h, struct pars_time now, struct pars_effects *out)
{
	assert(now.mono_us >= h->now.mono_us);
	h->now = now;
	h->out = out;
	conn_reap(h);
}

void pars_host_step(struct pars_host *h, const struct pars_event *ev)
{
	struct conn *c = NULL;
	switch (ev->type) {
	case PARS_EV_CONN_OPENED:
		conn_opened(h, ev);
		break;
	case PARS_EV_CONN_FAILED:
		conn_failed(h, ev);
		break;
	case PARS_EV_CONN_DATA:
		if ((c = conn_find(h, ev->conn)))
			conn_received(h, c, ev->data);
		break;
	case PARS_EV_CONN_SENT:
		if ((c = conn_find(h, ev->conn)))
			conn_sent(h, c, ev->size);
		break;
	case PARS_EV_CONN_CLOSED:
		if ((c = conn_find(h, ev->conn)))
			conn_end(h, c, END_SILENT, PARS_E_PEER_CLOSED,
				ev->text ? ev->text : "the peer closed the connection");
		break;
	case PARS_EV_LISTENING:
		listen_opened(h, ev);
		break;
	case PARS_EV_LISTEN_FAILED:
		listen_failed(h, ev);
		break;
	case PARS_EV_RESOLVED:
	case PARS_EV_JOB_DONE:
		break;
	}
}

void pars_host_tick(struct pars_host *h)
{
	conns_tick(h);
	stream_tick(h);
	dial_due(h);
}

void pars_host_flush(struct pars_host *h)
{
	struct conn *c;
	serve_pushes(h);
	while ((c = TAILQ_FIRST(&h->touched)))
		conn_flush(h, c);
	stream_refill(h);
}

pars_usec pars_host_deadline(const struct pars_host *h)
{
	pars_usec first = PARS_NEVER;
	if (h->event_count || h->told_changed || !TAILQ_EMPTY(&h->touched))
		return h->now.mono_us;
	first = PARS_MIN(first, pars_timers_next(&h->timers));
	if (h->timed_first)
		first = PARS_MIN(first, h->timed_first->deadline);
	if (!h->paused)
		first = PARS_MIN(first, pars_dialer_deadline(&h->dialer));
	return first;
}

struct queued *host_event(struct pars_host *h, enum pars_host_event_type type, struct conn *c)
{
	if (h->event_first + h->event_count == h->event_cap) {
		/* Only drained events leave the front, so the rest is moved at most
		 * once per growth or drain. */
		if (h->event_first > h->event_cap / 2) {
			memmove(h->events, h->events + h->event_first,
				h->event_count * sizeof *h->events);
			h->event_first = 0;
		} else {
			h->event_cap = h->event_cap ? h->event_cap * 2 : 16;
			h->events = pars_realloc(h->events, h->event_cap * sizeof *h->events);
		}
	}
	struct queued *q = &h->events[h->event_first + h->event_count++];
	*q = (struct queued){ .type = type, .text = "" };
	if (c) {
		struct pars_peer_id *peer = pars_arena_alloc(&h->arena, sizeof *peer);
		*peer = c->info.id;
		q->conn = c->info.conn;
		q->inbound = c->info.inbound;
		q->peer = peer;
	}
	return q;
}

const char *host_text(struct pars_host *h, const char *text)
{
	return pars_arena_string(&h->arena, PARS_BYTES_STR(text));
}

bool pars_host_next(struct pars_host *h, struct pars_host_event *ret)
{
	if (!h->event_count) {
		h->event_first = 0;
		pars_arena_reset(&h->arena);
		return false;
	}
	const struct queued *q = &h->events[h->event_first++];
	h->event_count--;
	*ret = (struct pars_host_event){
		.type = q->type,
		.conn = q->conn,
		.stream = q->stream,
		.tag = q->tag,
		.inbound = q->inbound,
		.err = q->err,
		.data = q->data,
		.text = q->text,
		.rtt_us = q->rtt_us,
	};
	if (q->peer)
		ret->peer = *q->peer;
	if (q->addr)
		ret->addr = *q->addr;
	return true;
}
