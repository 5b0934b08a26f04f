#include "net/connection.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "net/multistream.h"

static const char security[] = "/noise";
static const char muxer[] = "/yamux/1.0.0";

enum phase {
	PHASE_SECURITY,  /* multistream-select in the clear */
	PHASE_HANDSHAKE, /* Noise */
	PHASE_MUXER,     /* multistream-select inside, unless agreed early */
	PHASE_UP,
};

struct pars_connection {
	bool dialer, up_told;
	enum phase phase;
	struct pars_mss mss;
	struct pars_noise *noise;         /* until PHASE_MUXER */
	struct pars_noise_channel channel; /* from then on */
	struct pars_yamux *yamux;
	struct pars_peer_id expect, peer;

	/* Cutting frames out of the stream. `part` is there only while a frame
	 * is incomplete. */
	uint8_t length[PARS_NOISE_LENGTH_SIZE];
	size_t length_n;
	struct pars_buf part;
	struct pars_bytes plain; /* decrypted, not yet digested; in the arena */

	struct pars_buf out;       /* handshake bytes as they are */
	struct pars_buf plain_out; /* to be encrypted, ahead of all streams */
};

static struct pars_noise *new_noise(const struct pars_connection_config *config,
	const struct pars_connection *c)
{
	struct pars_noise_config noise = {
		.identity = config->identity,
		.expect = c->expect.n ? &c->expect : NULL,
		.muxer = config->late_muxer ? NULL : muxer,
		.initiator = config->dialer,
	};
	pars_rng_bytes(config->rng, noise.ephemeral, sizeof noise.ephemeral);
	struct pars_noise *n = pars_noise_new(&noise);
	pars_wipe(noise.ephemeral, sizeof noise.ephemeral);
	return n;
}

struct pars_connection *pars_connection_new(const struct pars_connection_config *config)
{
	struct pars_connection *c = pars_alloc(sizeof *c);
	c->dialer = config->dialer;
	if (config->expect)
		c->expect = *config->expect;
	c->noise = new_noise(config, c);
	c->yamux = pars_yamux_new(&(struct pars_yamux_config){
		.dialer = config->dialer,
		.inbound_max = config->streams_max,
		.send_max = config->stream_send_max,
		.queued_all = config->queued_all,
		.seed = pars_rng_u64(config->rng),
	});
	if (c->dialer) {
		/* There is one security protocol, so the handshake need not wait
		 * for the answer to the proposal. */
		pars_mss_propose(&c->out, security);
		pars_noise_start(c->noise, &c->out);
	}
	return c;
}

void pars_connection_free(struct pars_connection *c)
{
	if (!c)
		return;
	pars_mss_done(&c->mss);
	pars_noise_free(c->noise);
	pars_noise_channel_done(&c->channel);
	pars_yamux_free(c->yamux);
	pars_buf_done(&c->part);
	pars_buf_done(&c->out);
	pars_buf_done(&c->plain_out);
	free(c);
}

bool pars_connection_is_up(const struct pars_connection *c)
{
	return c->phase == PHASE_UP;
}

const struct pars_peer_id *pars_connection_peer(const struct pars_connection *c)
{
	return &c->peer;
}

struct pars_yamux *pars_connection_yamux(struct pars_connection *c)
{
	return c->yamux;
}

static enum pars_err negotiate(struct pars_connection *c, struct pars_bytes *in,
	const char *protocol, struct pars_buf *out)
{
	size_t which;
	enum pars_err err = c->dialer ? pars_mss_dial(&c->mss, in, protocol)
		: pars_mss_listen(&c->mss, in, &protocol, 1, out, &which);
	if (!err) {
		pars_mss_done(&c->mss);
		c->mss = (struct pars_mss){ 0 };
	}
	return err;
}

static enum pars_err check_length(const struct pars_connection *c, size_t n)
{
	if (c->phase == PHASE_HANDSHAKE)
		return n > PARS_NOISE_HANDSHAKE_MAX ? PARS_E_PEER_TOO_LARGE : PARS_OK;
	return n < PARS_AEAD_TAG_SIZE ? PARS_E_PEER_CRYPTO : PARS_OK;
}

/* The next whole frame's content, which views *in or `part` until
 * end_frame(). */
static enum pars_err take_frame(struct pars_connection *c, struct pars_bytes *in,
	struct pars_bytes *ret)
{
	enum pars_err err;
	while (c->length_n < sizeof c->length) {
		if (!in->n)
			return PARS_E_NOT_READY;
		c->length[c->length_n++] = pars_bytes_take(in, 1).p[0];
	}
	size_t n = pars_be16(c->length);
	if ((err = check_length(c, n)))
		return err;
	if (!c->part.n && in->n >= n) {
		*ret = pars_bytes_take(in, n);
		return PARS_OK;
	}
	if (!c->part.n)
		pars_buf_room(&c->part, n);
	pars_buf_put(&c->part, pars_bytes_take(in, PARS_MIN(in->n, n - c->part.n)));
	*ret = pars_buf_bytes(&c->part);
	return c->part.n == n ? PARS_OK : PARS_E_NOT_READY;
}

static void end_frame(struct pars_connection *c)
{
	c->length_n = 0;
	pars_buf_done(&c->part);
}

static enum pars_err handshake(struct pars_connection *c, struct pars_bytes *in)
{
	struct pars_bytes frame;
	bool agreed;
	enum pars_err err = take_frame(c, in, &frame);
	if (err)
		return err;
	size_t before = c->out.n;
	err = pars_noise_step(c->noise, frame, &c->out);
	end_frame(c);
	if (err)
		pars_buf_truncate(&c->out, before); /* not half a message */
	if (err || !pars_noise_finish(c->noise, &c->channel, &c->peer, &agreed))
		return err;
	pars_noise_free(PARS_MOVE(c->noise));
	c->phase = agreed ? PHASE_UP : PHASE_MUXER;
	if (!agreed && c->dialer)
		pars_mss_propose(&c->plain_out, muxer);
	return PARS_OK;
}

static enum pars_err decrypt(struct pars_connection *c, struct pars_bytes *in,
	struct pars_arena *arena)
{
	struct pars_bytes frame;
	enum pars_err err = take_frame(c, in, &frame);
	if (err)
		return err;
	size_t n = frame.n - PARS_AEAD_TAG_SIZE;
	uint8_t *plain = pars_arena_room(arena, n);
	err = pars_noise_open(&c->channel, frame, plain);
	end_frame(c);
	c->plain = PARS_BYTES(plain, n);
	return err;
}

/* One step of whatever phase it is. NOT_READY: *in is used up. */
static enum pars_err advance(struct pars_connection *c, struct pars_bytes *in,
	struct pars_arena *arena)
{
	enum pars_err err;
	switch (c->phase) {
	case PHASE_SECURITY:
		if (!(err = negotiate(c, in, security, &c->out)))
			c->phase = PHASE_HANDSHAKE;
		return err;
	case PHASE_HANDSHAKE:
		return handshake(c, in);
	case PHASE_MUXER:
		if (!c->plain.n && (err = decrypt(c, in, arena)))
			return err;
		err = negotiate(c, &c->plain, muxer, &c->plain_out);
		if (!err)
			c->phase = PHASE_UP;
		return err == PARS_E_NOT_READY ? PARS_OK : err;
	case PHASE_UP:
		return decrypt(c, in, arena);
	}
	return PARS_E_PEER_PROTOCOL;
}

enum pars_err pars_connection_next(struct pars_connection *c, struct pars_bytes *in,
	struct pars_arena *arena, struct pars_connection_event *ret)
{
	enum pars_err err = PARS_OK;
	*ret = (struct pars_connection_event){ 0 };
	while (!err) {
		if (c->phase == PHASE_UP && !c->up_told) {
			c->up_told = ret->up = true;
			return PARS_OK;
		}
		if (c->phase == PHASE_UP) {
			err = pars_yamux_next(c->yamux, &c->plain, &ret->stream);
			if (err || ret->stream.type)
				return err;
		}
		err = advance(c, in, arena);
	}
	return err == PARS_E_NOT_READY ? PARS_OK : err;
}

static struct pars_bytes seal(struct pars_connection *c, struct pars_arena *arena,
	struct pars_bytes plain)
{
	size_t n = PARS_NOISE_LENGTH_SIZE + plain.n + PARS_AEAD_TAG_SIZE;
	uint8_t *frame = pars_arena_room(arena, n);
	pars_noise_seal(&c->channel, plain, frame);
	return PARS_BYTES(frame, n);
}

struct pars_bytes pars_connection_send(struct pars_connection *c, struct pars_arena *arena,
	uint8_t scratch[PARS_CONNECTION_SCRATCH])
{
	struct pars_bytes ret = { 0 };
	if (c->out.n) {
		ret = pars_arena_copy(arena, pars_buf_bytes(&c->out));
		pars_buf_done(&c->out);
	} else if (c->plain_out.n) {
		ret = seal(c, arena, pars_buf_bytes(&c->plain_out));
		pars_buf_done(&c->plain_out);
	} else if (c->phase == PHASE_UP) {
		size_t n = pars_yamux_fill(c->yamux, scratch, PARS_CONNECTION_SCRATCH);
		if (n)
			ret = seal(c, arena, PARS_BYTES(scratch, n));
	}
	return ret;
}
