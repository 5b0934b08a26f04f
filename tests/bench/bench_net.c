/* tests/bench/bench_net.c - two hosts in this process over loopback TCP: what
 * a dial costs both ends together, and how fast one stream is. */
#include <event2/event.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "crypto/aead.h"
#include "tests/bench/bench.h"
#include "tests/bench/tcp.h"

#define DIALS 200
#define BULK ((size_t)64 << 20)
#define ROUNDS 5
#define SINK "/sink/1.0.0"

struct end {
	struct tcp_host tcp;
	pars_conn conn;
	pars_stream stream;
	bool identified, down;
	size_t sent, received;
	struct pars_multiaddr addr;
};

static struct end ends[2];
static struct tcp_host *both[2] = { &ends[0].tcp, &ends[1].tcp };

static void pump(struct end *e)
{
	static const uint8_t piece[65536];
	while (e->stream && e->sent < BULK) {
		size_t n = PARS_MIN(BULK - e->sent, sizeof piece);
		size_t took = pars_host_write(e->tcp.host, e->stream, PARS_BYTES(piece, n));
		e->sent += took;
		if (took < n)
			return;
	}
}

static void on_event(struct tcp_host *h, const struct pars_host_event *ev)
{
	struct end *e = h->user;
	switch (ev->type) {
	case PARS_HOST_LISTENING:
		e->addr = ev->addr;
		break;
	case PARS_HOST_PEER_IDENTIFIED:
		e->conn = ev->conn;
		e->identified = true;
		break;
	case PARS_HOST_PEER_DOWN:
		e->down = true;
		break;
	case PARS_HOST_DIAL_FAILED:
		bench_die("the dial failed: %s", ev->text);
	case PARS_HOST_STREAM_DATA:
		e->received += ev->data.n;
		pars_host_consumed(h->host, ev->stream, ev->data.n);
		break;
	case PARS_HOST_STREAM_WRITABLE:
		pump(e);
		break;
	default:
		break;
	}
}

static void run_until(struct event_base *base, const bool *a, const bool *b)
{
	double until = bench_wall() + 10;
	while (!*a || !*b) {
		tcp_turn(base, both, 2);
		if (bench_wall() > until)
			bench_die("two hosts do not get on");
	}
}

static void dial(struct event_base *base)
{
	pars_conn conn;
	ends[0].identified = ends[1].identified = false;
	tcp_begin(both[0]);
	if (pars_host_dial(both[0]->host, &ends[1].addr, &conn))
		bench_die("cannot dial");
	tcp_end(both[0]);
	run_until(base, &ends[0].identified, &ends[1].identified);
}

static void hang_up(struct event_base *base)
{
	ends[0].down = ends[1].down = false;
	tcp_begin(both[0]);
	pars_host_close(both[0]->host, ends[0].conn);
	tcp_end(both[0]);
	run_until(base, &ends[0].down, &ends[1].down);
}

/* What the two handshakes cannot do without: 2 key pairs, 6 shared secrets
 * (ee, es and se on both sides), and a signed static key and a signed record
 * on each side, to be made and checked. */
static double bare_handshake(void)
{
	uint8_t public[32], secret[64], x[32], y[32], message[64] = { 0 }, signature[64];
	crypto_sign_ed25519_keypair(public, secret);
	randombytes_buf(x, sizeof x);
	double since = bench_cpu();
	for (int i = 0; i < DIALS; i++) {
		for (int k = 0; k < 2; k++)
			crypto_scalarmult_base(y, x);
		for (int k = 0; k < 6; k++)
			if (crypto_scalarmult(message, x, y))
				bench_die("X25519 failed");
		for (int k = 0; k < 4; k++) {
			crypto_sign_ed25519_detached(signature, NULL, message, sizeof message, secret);
			if (crypto_sign_ed25519_verify_detached(signature, message, sizeof message, public))
				bench_die("Ed25519 failed");
		}
	}
	return (bench_cpu() - since) / DIALS;
}

static void dials(struct event_base *base)
{
	double bare = bare_handshake(), p50[DIALS], cpu = 0;
	for (int i = 0; i < DIALS; i++) {
		double wall = bench_wall(), since = bench_cpu();
		dial(base);
		cpu += bench_cpu() - since;
		p50[i] = bench_wall() - wall;
		hang_up(base);
	}
	bench_row("dial_cpu_both_ends", cpu / DIALS * 1e3, "ms", bare * 1e3);
	bench_row("dial_p50", bench_median(p50, DIALS) * 1e3, "ms", bare * 1e3);
}

/* Sealing alone: one side's work, in frames of the largest size. */
static double bare_aead(void)
{
	static uint8_t plain[65519], sealed[65535];
	uint8_t key[32] = { 1 };
	struct pars_aead *a = pars_aead_new(key, true);
	double since = bench_cpu();
	for (size_t n = 0; n < BULK; n += sizeof plain)
		pars_aead_seal(a, n, (struct pars_bytes){ 0 }, PARS_BYTES_ARRAY(plain), sealed);
	double took = bench_cpu() - since;
	pars_aead_free(a);
	return took;
}

static double send_bulk(struct event_base *base)
{
	ends[0].sent = ends[1].received = 0;
	double since = bench_wall();
	tcp_begin(both[0]);
	if (pars_host_open(both[0]->host, ends[0].conn, SINK, 1, &ends[0].stream))
		bench_die("no stream");
	pump(&ends[0]);
	tcp_end(both[0]);
	while (ends[1].received < BULK)
		tcp_turn(base, both, 2);
	double took = bench_wall() - since;
	tcp_begin(both[0]);
	pars_host_reset(both[0]->host, ends[0].stream);
	ends[0].stream = 0;
	tcp_end(both[0]);
	return took;
}

static void bulk(struct event_base *base)
{
	double ours[ROUNDS], bare[ROUNDS], cpu = bench_cpu();
	dial(base);
	for (int i = 0; i < ROUNDS; i++) {
		bare[i] = bare_aead();
		ours[i] = send_bulk(base);
	}
	(void)cpu;
	bench_row("stream_64_mib", (double)BULK / 1048576 / bench_median(ours, ROUNDS), "MiB/s",
		(double)BULK / 1048576 / bench_median(bare, ROUNDS));
	hang_up(base);
}

int main(void)
{
	struct event_base *base = event_base_new();
	struct pars_multiaddr any;
	for (int i = 0; i < 2; i++) {
		ends[i].tcp.user = &ends[i];
		ends[i].tcp.on_event = on_event;
		tcp_open(both[i], base, (uint8_t)(i + 1));
		pars_host_serve(both[i]->host, SINK, 1);
	}
	if (pars_multiaddr_parse("/ip4/127.0.0.1/tcp/0", &any, NULL))
		bench_die("no address");
	tcp_begin(both[1]);
	if (pars_host_listen(both[1]->host, 0, &any))
		bench_die("cannot listen");
	tcp_end(both[1]);
	while (!ends[1].addr.n)
		tcp_turn(base, both, 2);
	dials(base);
	bulk(base);
	for (int i = 0; i < 2; i++)
		tcp_close(both[i]);
	event_base_free(base);
	return EXIT_SUCCESS;
}
