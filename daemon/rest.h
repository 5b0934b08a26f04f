/* daemon/rest.h - a listening socket rests when no descriptor is free: the
 * pending connection stays pending, and its event would come back for ever. */
#ifndef PARS_DAEMON_REST_H
#define PARS_DAEMON_REST_H

#include <event2/event.h>

#include "base/base.h"

struct rest {
	struct event *accept, *timer;
};

/* Borrows the event of the listening socket, which is added. */
void rest_init(struct rest *r, struct event_base *base, struct event *accept);
void rest_done(struct rest *r);
/* After a failed accept: rests a second when errno says so. */
bool rest_if_short(struct rest *r);

#endif
