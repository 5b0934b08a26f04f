/* daemon/log.h - the log of the process: lines to stderr as text or JSON, or
 * fields to journald; the last ones also to log_ring.h. */
#ifndef PARS_DAEMON_LOG_H
#define PARS_DAEMON_LOG_H

#include "base/io.h"

/* format: auto, text, json, journal; level: error, warn, info, debug. */
void log_init(const char *format, const char *level);
/* By its name. */
void log_set_level(const char *level);
/* The level in use; with `set` after setting it. */
enum pars_log_level log_level(const enum pars_log_level *set);
/* folder: a literal. No line up to INFO holds what was said or who connected. */
void log_line(enum pars_log_level level, const char *folder, const char *fmt, ...) PARS_PRINTF(3, 4);

#endif
