/* daemon/place.h - the data folder, and that it is one daemon's. */
#ifndef PARS_DAEMON_PLACE_H
#define PARS_DAEMON_PLACE_H

#include "base/io.h"

/* Makes the folder and its parents, 0700. DISK_*: the fault names the path. */
PARS_MUST enum pars_err place_make(const char *dir, struct pars_fault *fault);
/* Locks DIR/lock until the process ends. EXISTS: the fault names the process
 * that has it. */
PARS_MUST enum pars_err place_lock(const char *dir, int *ret_fd, struct pars_fault *fault);
/* Maps errno to our errors. */
enum pars_err place_err(int e);

#endif
