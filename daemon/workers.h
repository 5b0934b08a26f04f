/* daemon/workers.h - a few threads that run jobs. Those that compute run behind
 * the loop, for which clients wait; those for the disk beside it, and they never
 * wait for the others. */
#ifndef PARS_DAEMON_WORKERS_H
#define PARS_DAEMON_WORKERS_H

#include <event2/event.h>

#include "daemon/inbox.h"

struct workers;

/* Finished jobs come into the inbox as JOB_DONE. */
struct workers *workers_new(struct event_base *base, struct inbox *inbox, unsigned computing, unsigned disk);
void workers_run(struct workers *w, struct pars_job *job); /* borrows */
/* The core is gone: jobs still out are freed by themselves when they end. */
void workers_orphan(struct workers *w);
/* Ends the threads; false when one did not end within `ms`: the process must
 * end without cleaning up under it. */
bool workers_free(struct workers *w, unsigned ms);

#endif
