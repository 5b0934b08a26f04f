/* daemon/service.h - what a service manager is told. Nothing happens when
 * there is none. */
#ifndef PARS_DAEMON_SERVICE_H
#define PARS_DAEMON_SERVICE_H

#include <event2/event.h>

#include "base/base.h"

void service_ready(void);
void service_reloading(void); /* service_ready ends it */
void service_stopping(void);
void service_status(const char *state, const char *reason, uint64_t peers);
/* Feeds the watchdog from the event loop: a loop that hangs starves it.
 * Gives the timer, NULL when no watchdog is asked for. */
struct event *service_watchdog(struct event_base *base);

#endif
