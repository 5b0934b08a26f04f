/* daemon/workers.h - a few threads that run jobs. One syncs, beside the loop: both
 * are waited for. Those that compute, and one that tidies up, run behind it. None
 * waits for those of another kind. */
#ifndef PARS_DAEMON_WORKERS_H
#define PARS_DAEMON_WORKERS_H

#include <event2/event.h>

#include "daemon/inbox.h"

struct workers;

/* Finished jobs come into the inbox as JOB_DONE. */
struct workers *workers_new(struct event_base *base, struct inbox *inbox, unsigned computing);
void workers_run(struct workers *w, struct pars_job *job); /* borrows */
/* The core is gone: jobs still out are freed by themselves when they end. */
void workers_orphan(struct workers *w);
/* Ends the threads; false when one did not end within `ms`: the process must
 * end without cleaning up under it. */
bool workers_free(struct workers *w, unsigned ms);

#endif
