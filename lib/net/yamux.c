#include "net/yamux.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "net/yamux_impl.h"

static struct pars_bytes id_of(const void *value)
{
	const struct pars_yamux_stream *s = value;
	return PARS_BYTES(&s->id, sizeof s->id);
}

struct pars_yamux *pars_yamux_new(const struct pars_yamux_config *config)
{
	struct pars_yamux *y = pars_alloc(sizeof *y);
	y->config = *config;
	y->next_id = config->dialer ? 1 : 2;
	pars_map_init(&y->streams, id_of, config->seed);
	return y;
}

void pars_yamux_free(struct pars_yamux *y)
{
	struct pars_yamux_stream *s;
	size_t at = 0;
	if (!y)
		return;
	yamux_count(y, 0, y->queued);
	while ((s = pars_map_next(&y->streams, &at))) {
		pars_buf_done(&s->out);
		free(s);
	}
	pars_map_done(&y->streams);
	pars_buf_done(&y->control);
	free(y);
}

bool pars_yamux_is_away(const struct pars_yamux *y)
{
	return y->remote_away;
}

size_t pars_yamux_stream_count(const struct pars_yamux *y)
{
	return y->streams.count;
}

struct pars_yamux_stream *yamux_find(const struct pars_yamux *y, uint32_t id)
{
	return pars_map_get(&y->streams, PARS_BYTES(&id, sizeof id));
}

struct pars_yamux_stream *yamux_add(struct pars_yamux *y, uint32_t id, bool inbound)
{
	struct pars_yamux_stream *s = pars_alloc(sizeof *s);
	s->id = id;
	s->inbound = inbound;
	s->receive_window = s->send_window = PARS_YAMUX_WINDOW;
	pars_map_put(&y->streams, s);
	if (inbound)
		y->inbound++;
	else
		y->unacked++;
	return s;
}

struct pars_yamux_stream *pars_yamux_open(struct pars_yamux *y)
{
	if (y->remote_away || y->local_away || y->unacked >= PARS_YAMUX_UNACKED_MAX
		|| y->next_id > UINT32_MAX - 2)
		return NULL;
	struct pars_yamux_stream *s = yamux_add(y, y->next_id, false);
	y->next_id += 2;
	yamux_control(y, FRAME_WINDOW, FLAG_SYN, s->id, 0);
	return s;
}

static void unlist_notice(struct pars_yamux *y, struct pars_yamux_stream *s)
{
	if (!s->noticed)
		return;
	*(s->notice_prev ? &s->notice_prev->notice_next : &y->notice_first) = s->notice_next;
	*(s->notice_next ? &s->notice_next->notice_prev : &y->notice_last) = s->notice_prev;
	s->notice_next = s->notice_prev = NULL;
	s->noticed = false;
}

struct pars_yamux_stream *pars_yamux_notice(struct pars_yamux *y)
{
	struct pars_yamux_stream *s = y->notice_first;
	if (s)
		unlist_notice(y, s);
	return s;
}

void pars_yamux_stream_free(struct pars_yamux *y, struct pars_yamux_stream *s, bool reset)
{
	if (reset && !pars_yamux_finished(s))
		yamux_control(y, FRAME_WINDOW, FLAG_RST, s->id, 0);
	/* With nothing left to send the stream takes itself out of line. */
	yamux_count(y, 0, s->out.n);
	pars_buf_done(&s->out);
	s->fin_queued = s->fin_sent = true;
	s->held = false;
	yamux_schedule(y, s);
	unlist_notice(y, s);
	if (y->target == s)
		y->target = NULL;
	if (s->inbound)
		y->inbound--;
	else if (!s->acked)
		y->unacked--;
	pars_map_remove(&y->streams, id_of(s));
	free(s);
}

void pars_yamux_consumed(struct pars_yamux *y, struct pars_yamux_stream *s, size_t n)
{
	/* Never more than what came and was not consumed before. */
	uint32_t outstanding = PARS_YAMUX_WINDOW - s->receive_window - s->consumed;
	s->consumed += (uint32_t)PARS_MIN(n, (size_t)outstanding);
	if (s->fin_received || s->consumed < PARS_YAMUX_WINDOW / 2)
		return;
	yamux_control(y, FRAME_WINDOW, 0, s->id, s->consumed);
	s->receive_window += s->consumed;
	s->consumed = 0;
}

void pars_yamux_ping(struct pars_yamux *y, uint32_t value)
{
	yamux_control(y, FRAME_PING, FLAG_SYN, 0, value);
}

void pars_yamux_goaway(struct pars_yamux *y, enum pars_yamux_goaway code)
{
	if (!y->local_away)
		yamux_control(y, FRAME_GOAWAY, 0, 0, code);
	y->local_away = true;
}
