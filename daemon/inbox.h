/* daemon/inbox.h - what happened in one turn of the event loop, kept until
 * the step that digests it. */
#ifndef PARS_DAEMON_INBOX_H
#define PARS_DAEMON_INBOX_H

#include "base/io.h"

#define INBOX_SENT_SMALL ((size_t)16 << 10)
#define INBOX_BYTES_MAX ((size_t)1 << 20) /* read per turn; the rest waits in the kernel */

struct inbox {
	struct pars_event *list;
	size_t count, cap;
	size_t bytes;
	bool urgent; /* there is something in it that a step is made for */
	struct pars_arena arena;
};

/* The pointer is good until the next _add. */
struct pars_event *inbox_add(struct inbox *in, enum pars_event_type type, pars_conn conn);
void inbox_add_data(struct inbox *in, pars_conn conn, struct pars_bytes data); /* copies */
void inbox_add_text(struct inbox *in, enum pars_event_type type, pars_conn conn, const char *text);
/* A few bytes that left give the node nothing to do: they wait for the next step. */
void inbox_add_sent(struct inbox *in, pars_conn conn, size_t size);
static inline bool inbox_is_full(const struct inbox *in)
{
	return in->bytes >= INBOX_BYTES_MAX;
}
void inbox_reset(struct inbox *in);
void inbox_done(struct inbox *in);

#endif
