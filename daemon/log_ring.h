/* daemon/log_ring.h - the last lines of the log, kept in memory. */
#ifndef PARS_DAEMON_LOG_RING_H
#define PARS_DAEMON_LOG_RING_H

#include "rpc/outside.h"

#define LOG_RING_LINES 1000
#define LOG_RING_TEXT 512 /* bytes of a line that are kept */

/* folder: a literal. */
void log_ring_put(int64_t wall_ns, enum pars_log_level level, const char *folder, const char *text);
uint64_t log_ring_next(void); /* the number of the next line; the first is 1 */
/* The first kept line from `number` on; borrowed until the next _put. */
bool log_ring_read(uint64_t number, struct rpc_log_record *ret);

#endif
