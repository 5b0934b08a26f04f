/* store/sync.h - a job that syncs the log, by a handle of its own: the node's is
 * the node's thread's. Syncing one handle of a file syncs what was written by
 * any. */
#ifndef PARS_STORE_SYNC_H
#define PARS_STORE_SYNC_H

#include "base/io.h"

struct sqlite3_file;

struct pars_store_sync {
	struct pars_job job;
	char *path;
	struct sqlite3_file *log;
	int rc; /* SQLite's, of the last run */
};

/* vfs NULL: the default one. NULL: the log cannot be opened. Free by job.free;
 * it may run any number of times before. */
struct pars_store_sync *pars_store_sync_new(const char *log_path, const char *vfs);

#endif
