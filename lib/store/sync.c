#include "store/sync.h"

#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "base/alloc.h"

static void sync_run(struct pars_job *job)
{
	struct pars_store_sync *s = (struct pars_store_sync *)job;
	s->rc = s->log->pMethods->xSync(s->log, SQLITE_SYNC_NORMAL);
}

static void sync_free(struct pars_job *job)
{
	struct pars_store_sync *s = (struct pars_store_sync *)job;
	if (s->log->pMethods)
		s->log->pMethods->xClose(s->log);
	free(s->log);
	free(s->path);
	free(s);
}

struct pars_store_sync *pars_store_sync_new(const char *log_path, const char *vfs_name)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find(vfs_name);
	struct pars_store_sync *s = pars_alloc(sizeof *s);
	size_t n = strlen(log_path);
	s->job = (struct pars_job){ sync_run, sync_free, PARS_JOB_SYNCS };
	s->path = memcpy(pars_alloc(n + 2), log_path, n); /* SQLite's names end by two zeros */
	s->log = pars_alloc((size_t)vfs->szOsFile);
	if (!vfs->xOpen(vfs, s->path, s->log, SQLITE_OPEN_READWRITE | SQLITE_OPEN_WAL, NULL))
		return s;
	sync_free(&s->job);
	return NULL;
}
