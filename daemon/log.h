/* daemon/log.h - the log of the process: lines to stderr as text or JSON, or
 * fields to journald. */
#ifndef PARS_DAEMON_LOG_H
#define PARS_DAEMON_LOG_H

#include "base/io.h"

/* format: auto, text, json, journal; level: error, warn, info, debug. */
void log_init(const char *format, const char *level);
void log_line(enum pars_log_level level, const char *folder, const char *fmt, ...) PARS_PRINTF(3, 4);

#endif
