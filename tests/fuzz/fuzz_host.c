/* A host with one connection. The first byte says how far an honest peer goes
 * before the input takes over (raw bytes, or Yamux behind a whole handshake),
 * and who dialled. What the host dialled it also opens a stream on. */
#include "net/host.h"
#include "net/multistream.h"
#include "net/noise.h"
#include "tests/fuzz/fuzz.h"

enum { INSIDE = 1, DIALLED = 2 };

struct fuzz {
	struct pars_host *host;
	pars_conn conn;
	bool dialled; /* by the host */
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
	f->conn = f->dialled ? 0 : PARS_CONN_INBOUND;
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

static void begin(struct fuzz *f)
{
	f->now += PARS_MS(10);
	pars_host_begin(f->host, (struct pars_time){ .mono_us = f->now, .wall_ns = 1 }, &f->out);
}

static void end(struct fuzz *f)
{
	pars_host_tick(f->host);
	settle(f);
}

static void step(struct fuzz *f, const struct pars_event *ev)
{
	begin(f);
	pars_host_step(f->host, ev);
	end(f);
}

static void receive(struct fuzz *f, struct pars_bytes data)
{
	step(f, &(struct pars_event){ .type = PARS_EV_CONN_DATA, .conn = f->conn, .data = data });
}

static const struct pars_endpoint there = { .family = PARS_IP4, .port = 9, .ip = { 192, 0, 2, 1 } };

static void dial(struct fuzz *f)
{
	struct pars_multiaddr addr;
	struct pars_peer_id peer;
	pars_peer_id_from_key(PARS_BYTES_ARRAY(f->identity.key), &peer);
	pars_multiaddr_from_endpoint(&there, &addr);
	bool fits = pars_multiaddr_set_p2p(&addr, pars_peer_id_bytes(&peer));
	begin(f);
	enum pars_err err = pars_host_dial(f->host, &addr, &f->conn);
	assert(fits && !err);
	end(f);
}

static void open_stream(struct fuzz *f)
{
	pars_stream stream;
	begin(f);
	if (!pars_host_open(f->host, f->conn, "/echo/1.0.0", 2, &stream))
		pars_host_write(f->host, stream, PARS_BYTES_STR("hello"));
	end(f);
}

/* The handshake message that the host has sent. */
static struct pars_bytes sent_message(struct fuzz *f)
{
	struct pars_bytes sent = pars_buf_bytes(&f->sent);
	size_t n = pars_be16(pars_bytes_take(&sent, 2).p);
	return pars_bytes_take(&sent, n);
}

static void answer(struct fuzz *f, struct pars_noise *n)
{
	PARS_AUTO_BUF out = { 0 };
	enum pars_err err = pars_noise_step(n, sent_message(f), &out);
	assert(!err);
	pars_buf_drop(&f->sent, f->sent.n);
	if (out.n)
		receive(f, pars_buf_bytes(&out));
}

static void agree_as_dialler(struct fuzz *f, struct pars_noise *n)
{
	PARS_AUTO_BUF out = { 0 };
	pars_mss_propose(&out, "/noise");
	size_t echoed = out.n;
	pars_noise_start(n, &out);
	receive(f, pars_buf_bytes(&out));
	pars_buf_drop(&f->sent, echoed);
	answer(f, n);
}

static void agree_as_listener(struct fuzz *f, struct pars_noise *n)
{
	PARS_AUTO_BUF out = { 0 };
	struct pars_mss mss = { 0 };
	struct pars_bytes proposal = pars_buf_bytes(&f->sent);
	size_t all = proposal.n, chosen;
	enum pars_err err = pars_mss_listen(&mss, &proposal, (const char *const[]){ "/noise" }, 1, &out, &chosen);
	assert(!err);
	pars_buf_drop(&f->sent, all - proposal.n);
	receive(f, pars_buf_bytes(&out));
	pars_mss_done(&mss);
	answer(f, n); /* its first message */
	answer(f, n); /* its last one */
}

static void handshake(struct fuzz *f)
{
	struct pars_noise_config config = { .identity = &f->identity, .initiator = !f->dialled,
		.muxer = "/yamux/1.0.0", .ephemeral = { 5 } };
	PARS_AUTO(pars_noise) n = pars_noise_new(&config);
	struct pars_peer_id peer;
	bool agreed;
	(f->dialled ? agree_as_listener : agree_as_dialler)(f, n);
	bool done = pars_noise_finish(n, &f->channel, &peer, &agreed);
	assert(done && agreed);
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
	unsigned how = pars_bytes_take(&in, 1).p[0];
	f.dialled = how & DIALLED;
	start(&f);
	if (f.dialled)
		dial(&f);
	step(&f, &(struct pars_event){ .type = PARS_EV_CONN_OPENED, .conn = f.conn, .remote = there });
	if (how & INSIDE)
		handshake(&f);
	if (how & INSIDE && f.dialled)
		open_stream(&f);
	while (in.n)
		(how & INSIDE ? seal : receive)(&f, fuzz_piece(&in));
	pars_host_free(f.host);
	pars_effects_done(&f.out);
	pars_buf_done(&f.sent);
	pars_noise_channel_done(&f.channel);
	return 0;
}
