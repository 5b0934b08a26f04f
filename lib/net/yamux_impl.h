/* net/yamux_impl.h - what the three files of Yamux share. */
#ifndef PARS_NET_YAMUX_IMPL_H
#define PARS_NET_YAMUX_IMPL_H

#include "net/yamux.h"

enum frame_type { FRAME_DATA, FRAME_WINDOW, FRAME_PING, FRAME_GOAWAY };

enum frame_flag { FLAG_SYN = 1, FLAG_ACK = 2, FLAG_FIN = 4, FLAG_RST = 8 };

struct frame {
	uint8_t version, type;
	uint16_t flags;
	uint32_t id, length;
};

struct pars_yamux {
	struct pars_yamux_config config;
	struct pars_map streams; /* by id */
	unsigned inbound, unacked;
	uint32_t next_id;
	bool remote_away, local_away;

	/* Reading: an unfinished header, or a frame under way. */
	uint8_t head[PARS_YAMUX_HEADER];
	size_t head_n;
	bool in_frame;
	struct frame frame;
	uint32_t data_left;
	struct pars_yamux_stream *target; /* NULL: its data is thrown away */

	/* Writing. */
	size_t queued; /* bytes in all `out` */
	struct pars_buf control;
	struct pars_yamux_stream *ready_first, *ready_last;
	struct pars_yamux_stream *notice_first, *notice_last;
};

void yamux_header(uint8_t out[PARS_YAMUX_HEADER], enum frame_type type, unsigned flags,
	uint32_t id, uint32_t length);
void yamux_control(struct pars_yamux *y, enum frame_type type, unsigned flags, uint32_t id,
	uint32_t length);
struct pars_yamux_stream *yamux_find(const struct pars_yamux *y, uint32_t id);
struct pars_yamux_stream *yamux_add(struct pars_yamux *y, uint32_t id, bool inbound);
/* Bytes came to, or went from, what a stream has queued. */
void yamux_count(struct pars_yamux *y, size_t added, size_t gone);
/* Puts the stream in line for sending, or takes it out, as its state says. */
void yamux_schedule(struct pars_yamux *y, struct pars_yamux_stream *s);

#endif
