/* A host with one connection. The first byte says how far an honest peer goes
 * before the input takes over: raw bytes, or Yamux behind a whole handshake. */
#include "net/host.h"
#include "net/multistream.h"
#include "net/noise.h"
#include "tests/fuzz/fuzz.h"

#define CONN PARS_CONN_INBOUND

struct fuzz {
	struct pars_host *host;
	struct pars_rng rng;
	struct pars_metrics metrics;
	struct pars_effects out;
	struct pars_buf sent; /* by the host */
	pars_usec now;
	struct pars_noise_identity identity;
	struct pars_noise_channel channel;
};

static void start(struct fuzz *f)
{
	static const uint8_t seed[32] = { 3 };
	struct pars_ed25519_pair key;
	pars_rng_init(&f->rng, seed);
	pars_ed25519_pair_from_seed(&key, seed);
	pars_noise_identity_init(&f->identity, &key, seed);
	pars_ed25519_pair_from_seed(&key, (uint8_t[32]){ 4 });
	f->host = pars_host_new(&(struct pars_host_config){ .key = &key, .agent = "fuzz/1",
		.protocol_version = "fuzz", .limits = pars_host_default_limits,
		.metrics = &f->metrics, .rng = &f->rng });
	pars_host_serve(f->host, "/echo/1.0.0", 1);
}

static void settle(struct fuzz *f)
{
	struct pars_host_event ev;
	do {
		while (pars_host_next(f->host, &ev)) {
			if (ev.type != PARS_HOST_STREAM_DATA)
				continue;
			pars_host_consumed(f->host, ev.stream, ev.data.n);
			pars_host_write(f->host, ev.stream, ev.data);
			if (ev.data.n == 13)
				pars_host_reset(f->host, ev.stream);
			if (ev.data.n == 14)
				pars_host_finish(f->host, ev.stream);
		}
		pars_host_flush(f->host);
	} while (pars_host_deadline(f->host) <= f->now);
	for (size_t i = 0; i < f->out.count; i++)
		if (f->out.list[i].type == PARS_EF_SEND)
			pars_buf_put(&f->sent, f->out.list[i].data);
	pars_effects_reset(&f->out);
}

static void step(struct fuzz *f, const struct pars_event *ev)
{
	f->now += PARS_MS(10);
	pars_host_begin(f->host, (struct pars_time){ .mono_us = f->now, .wall_ns = 1 }, &f->out);
	pars_host_step(f->host, ev);
	pars_host_tick(f->host);
	settle(f);
}

static void receive(struct fuzz *f, struct pars_bytes data)
{
	step(f, &(struct pars_event){ .type = PARS_EV_CONN_DATA, .conn = CONN, .data = data });
}

static void handshake(struct fuzz *f)
{
	struct pars_noise_config config = { .identity = &f->identity, .initiator = true,
		.muxer = "/yamux/1.0.0", .ephemeral = { 5 } };
	PARS_AUTO(pars_noise) n = pars_noise_new(&config);
	PARS_AUTO_BUF out = { 0 };
	struct pars_peer_id peer;
	bool agreed;
	pars_mss_propose(&out, "/noise");
	pars_noise_start(n, &out);
	receive(f, pars_buf_bytes(&out));
	pars_buf_drop(&out, out.n);
	struct pars_bytes answer = pars_buf_bytes(&f->sent);
	pars_bytes_take(&answer, 28 + 2);
	enum pars_err err = pars_noise_step(n, answer, &out);
	assert(!err);
	receive(f, pars_buf_bytes(&out));
	bool done = pars_noise_finish(n, &f->channel, &peer, &agreed);
	assert(done);
}

static void seal(struct fuzz *f, struct pars_bytes plain)
{
	uint8_t frame[255 + 18];
	pars_noise_seal(&f->channel, plain, frame);
	receive(f, PARS_BYTES(frame, plain.n + 18));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pars_bytes in = PARS_BYTES(data, size);
	struct fuzz f = { .now = PARS_S(1) };
	if (!size)
		return 0;
	bool inside = pars_bytes_take(&in, 1).p[0] & 1;
	start(&f);
	step(&f, &(struct pars_event){ .type = PARS_EV_CONN_OPENED, .conn = CONN,
		.remote = { .family = PARS_IP4, .port = 9, .ip = { 192, 0, 2, 1 } } });
	if (inside)
		handshake(&f);
	while (in.n)
		(inside ? seal : receive)(&f, fuzz_piece(&in));
	pars_host_free(f.host);
	pars_effects_done(&f.out);
	pars_buf_done(&f.sent);
	pars_noise_channel_done(&f.channel);
	return 0;
}
