/* daemon/file.h - small files, read whole. */
#ifndef PARS_DAEMON_FILE_H
#define PARS_DAEMON_FILE_H

#include "base/io.h"

#define FILE_READ_MAX ((size_t)16 << 20)

/* Into buf. NOT_FOUND: there is none; INVALID: unreadable or too large. */
PARS_MUST enum pars_err file_read(const char *path, struct pars_buf *buf, struct pars_fault *fault);

#endif
