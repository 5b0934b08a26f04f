#include "daemon/rest.h"

#include <errno.h>

static void on_over(evutil_socket_t fd, short what, void *arg)
{
	struct rest *r = arg;
	(void)fd, (void)what;
	event_add(r->accept, NULL);
}

void rest_init(struct rest *r, struct event_base *base, struct event *accept)
{
	r->accept = accept;
	r->timer = evtimer_new(base, on_over, r);
}

void rest_done(struct rest *r)
{
	event_free(r->timer);
}

bool rest_if_short(struct rest *r)
{
	struct timeval tv = { .tv_sec = 1 };
	if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM)
		return false;
	event_del(r->accept);
	event_add(r->timer, &tv);
	return true;
}
