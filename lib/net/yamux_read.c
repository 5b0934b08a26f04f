#include "net/yamux.h"

#include "net/yamux_impl.h"

/* What a header means has been done, and *ret tells it; NONE: go on reading. */
static enum pars_err on_ping(struct pars_yamux *y, struct pars_yamux_event *ret)
{
	if (y->frame.flags & FLAG_SYN) {
		yamux_control(y, FRAME_PING, FLAG_ACK, 0, y->frame.length);
	} else if (y->frame.flags & FLAG_ACK) {
		ret->type = PARS_YAMUX_PONG;
		ret->value = y->frame.length;
	}
	return PARS_OK;
}

static enum pars_err on_goaway(struct pars_yamux *y, struct pars_yamux_event *ret)
{
	y->remote_away = true;
	ret->type = PARS_YAMUX_GOAWAY;
	ret->value = y->frame.length;
	return PARS_OK;
}

static enum pars_err on_syn(struct pars_yamux *y, struct pars_yamux_event *ret)
{
	const struct frame *f = &y->frame;
	bool odd = f->id & 1;
	if (odd == y->config.dialer || yamux_find(y, f->id))
		return PARS_E_PEER_PROTOCOL;
	if (f->flags & FLAG_RST)
		return PARS_OK; /* opened and gone at once */
	if (y->inbound >= y->config.inbound_max || y->local_away) {
		yamux_control(y, FRAME_WINDOW, FLAG_RST, f->id, 0);
		ret->type = PARS_YAMUX_REFUSED;
		return PARS_OK;
	}
	ret->stream = yamux_add(y, f->id, true);
	ret->type = PARS_YAMUX_OPENED;
	yamux_control(y, FRAME_WINDOW, FLAG_ACK, f->id, 0);
	return PARS_OK;
}

static enum pars_err add_credit(struct pars_yamux *y, struct pars_yamux_stream *s, uint32_t delta)
{
	if (delta > UINT32_MAX - s->send_window)
		return PARS_E_PEER_PROTOCOL;
	s->send_window += delta;
	yamux_schedule(y, s);
	return PARS_OK;
}

static void on_ack(struct pars_yamux *y, struct pars_yamux_stream *s)
{
	if (s->inbound || s->acked)
		return;
	s->acked = true;
	y->unacked--;
}

/* DATA or WINDOW: both carry the flags of a stream's life. */
static enum pars_err on_stream_frame(struct pars_yamux *y, struct pars_yamux_event *ret)
{
	struct frame *f = &y->frame;
	enum pars_err err;
	if (!f->id)
		return PARS_E_PEER_PROTOCOL;
	if (f->type == FRAME_DATA)
		y->data_left = f->length;
	if ((f->flags & FLAG_SYN) && (err = on_syn(y, ret)))
		return err;
	struct pars_yamux_stream *s = y->target = yamux_find(y, f->id);
	if (!s)
		return PARS_OK; /* gone: what it still sends is no error */
	if (f->flags & FLAG_ACK)
		on_ack(y, s);
	/* With a reset, some write an error code into the length. */
	if (f->type == FRAME_WINDOW)
		return f->flags & FLAG_RST ? PARS_OK : add_credit(y, s, f->length);
	if (f->length > s->receive_window)
		return PARS_E_PEER_WINDOW;
	s->receive_window -= f->length;
	if (s->fin_received)
		y->target = NULL;
	return PARS_OK;
}

static enum pars_err on_header(struct pars_yamux *y, struct pars_yamux_event *ret)
{
	y->frame = (struct frame){ y->head[0], y->head[1], pars_be16(y->head + 2),
		pars_be32(y->head + 4), pars_be32(y->head + 8) };
	y->head_n = 0;
	y->in_frame = true;
	y->data_left = 0;
	y->target = NULL;
	if (y->frame.version)
		return PARS_E_PEER_PROTOCOL;
	switch (y->frame.type) {
	case FRAME_DATA:
	case FRAME_WINDOW:
		return on_stream_frame(y, ret);
	case FRAME_PING:
		return on_ping(y, ret);
	case FRAME_GOAWAY:
		return on_goaway(y, ret);
	}
	return PARS_E_PEER_PROTOCOL;
}

static bool take_header(struct pars_yamux *y, struct pars_bytes *in)
{
	size_t n = PARS_MIN(in->n, sizeof y->head - y->head_n);
	if (n)
		memcpy(y->head + y->head_n, pars_bytes_take(in, n).p, n);
	y->head_n += n;
	return y->head_n == sizeof y->head;
}

/* FIN and RST take effect behind the frame's data. */
static void end_frame(struct pars_yamux *y, struct pars_yamux_event *ret)
{
	struct pars_yamux_stream *s = y->target;
	y->in_frame = false;
	y->target = NULL;
	if (!s)
		return;
	if (y->frame.flags & FLAG_RST) {
		ret->type = PARS_YAMUX_RESET;
	} else if ((y->frame.flags & FLAG_FIN) && !s->fin_received) {
		s->fin_received = true;
		ret->type = PARS_YAMUX_FIN;
	}
	ret->stream = s;
}

static void take_data(struct pars_yamux *y, struct pars_bytes *in, struct pars_yamux_event *ret)
{
	struct pars_bytes data = pars_bytes_take(in, PARS_MIN(in->n, (size_t)y->data_left));
	y->data_left -= (uint32_t)data.n;
	if (!y->target || (y->frame.flags & FLAG_RST))
		return;
	ret->type = PARS_YAMUX_DATA;
	ret->stream = y->target;
	ret->data = data;
}

enum pars_err pars_yamux_next(struct pars_yamux *y, struct pars_bytes *in,
	struct pars_yamux_event *ret)
{
	enum pars_err err;
	*ret = (struct pars_yamux_event){ 0 };
	while (!ret->type) {
		if (y->in_frame && !y->data_left) {
			end_frame(y, ret);
		} else if (!in->n) {
			break;
		} else if (y->in_frame) {
			take_data(y, in, ret);
		} else if (take_header(y, in)) {
			if ((err = on_header(y, ret)))
				return err;
			if (y->control.n > PARS_YAMUX_CONTROL_MAX)
				return PARS_E_PEER_TOO_LARGE;
		}
	}
	return PARS_OK;
}
