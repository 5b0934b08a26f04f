/* daemon/service.h - what a service manager is told. Nothing happens when
 * there is none. */
#ifndef PARS_DAEMON_SERVICE_H
#define PARS_DAEMON_SERVICE_H

#include "base/base.h"

/* A listening socket that systemd opened for us (socket activation): the one
 * named "metrics", or (for any other name) the first of the others. -1: none.
 * Each is given once. */
int service_socket(const char *name);
void service_ready(void);
void service_reloading(void); /* service_ready ends it */
void service_stopping(void);
void service_status(const char *state, const char *reason, uint64_t peers);
/* How often the watchdog wants to be fed; PARS_NEVER: there is none. The loop
 * feeds it when a turn is over, so that one that hangs starves it. */
pars_usec service_watchdog_every(void);
void service_watchdog_feed(void);

#endif
