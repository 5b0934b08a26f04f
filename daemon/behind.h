/* daemon/behind.h - a thread that computes for long and steps back for others. */
#ifndef PARS_DAEMON_BEHIND_H
#define PARS_DAEMON_BEHIND_H

/* The calling thread gets what others leave, and whoever wakes up meanwhile gets
 * its core at once. What the system does not offer is left out. */
void behind_others(void);

#endif
