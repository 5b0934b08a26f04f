/* daemon/daemon.h - one node bound to real sockets, clocks and threads.
 *
 * A turn of the loop: libevent's callbacks gather what happened; one step of
 * the node digests all of it; after the commit the effects are carried out
 * and the replies leave. */
#ifndef PARS_DAEMON_DAEMON_H
#define PARS_DAEMON_DAEMON_H

#include "daemon/options.h"

struct daemon;

/* Opens the database and the sockets. The fault is what to tell the person
 * who started it. Borrows the options, and changes them on SIGHUP. */
PARS_MUST enum pars_err daemon_new(struct options *o, struct daemon **ret, struct pars_fault *fault);
void daemon_run(struct daemon *d); /* until it is told to stop */
/* False: a worker still runs, the process must end by _exit. */
bool daemon_free(struct daemon *d);

#endif
