/* store/jobs.c - long work on the file: a connection of its own, so that it
 * can run on another thread while the node goes on. */
#include <stdio.h>
#include <stdlib.h>

#include <sqlite3.h>

#include "base/alloc.h"
#include "store/store.h"

/* Writes "ok" or the first finding to text; true when ok. */
static bool quick_check(const char *path, char *text, size_t size)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *q = NULL;
	bool ok = false;
	int rc = sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
	if (!rc) {
		sqlite3_busy_timeout(db, 1000);
		rc = sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &q, NULL);
	}
	if (!rc && (rc = sqlite3_step(q)) == SQLITE_ROW) {
		snprintf(text, size, "%s", (const char *)sqlite3_column_text(q, 0));
		ok = !strcmp(text, "ok");
	} else {
		snprintf(text, size, "%s", db ? sqlite3_errmsg(db) : sqlite3_errstr(rc));
	}
	sqlite3_finalize(q);
	sqlite3_close(db);
	return ok;
}

static void check_run(struct pars_job *job)
{
	struct pars_store_check *c = (struct pars_store_check *)job;
	c->ok = quick_check(c->path, c->text, sizeof c->text);
}

static void check_free(struct pars_job *job)
{
	struct pars_store_check *c = (struct pars_store_check *)job;
	free(c->path);
	free(c);
}

struct pars_store_check *pars_store_check_new(const char *path)
{
	struct pars_store_check *c = pars_alloc(sizeof *c);
	c->job = (struct pars_job){ check_run, check_free };
	c->path = pars_strdup(path);
	return c;
}

/* -- folding the log ----------------------------------------------------------- */

#define PASSES 20
#define LONG_PASSES 4
#define LONG_PAGES 200
#define SLICE (64 << 10)

/* The database's file, written in slices. SQLite flushes once at the end: some
 * megabytes would stand in the disk's queue, and behind them the log's sync, for
 * which somebody waits. */
struct slices {
	sqlite3_io_methods methods; /* the file points to them: they come first */
	const sqlite3_io_methods *real;
	int unsynced;
};

static int write_in_slices(sqlite3_file *file, const void *p, int n, sqlite3_int64 at)
{
	struct slices *s = (struct slices *)file->pMethods;
	int rc = s->real->xWrite(file, p, n, at);
	s->unsynced += n;
	if (rc || s->unsynced < SLICE)
		return rc;
	s->unsynced = 0;
	return s->real->xSync(file, SQLITE_SYNC_NORMAL);
}

/* s: until db is closed. */
static void slice(sqlite3 *db, struct slices *s)
{
	sqlite3_file *file = NULL;
	if (sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file) || !file || !file->pMethods)
		return;
	s->real = file->pMethods;
	s->methods = *s->real;
	s->methods.xWrite = write_in_slices;
	file->pMethods = &s->methods;
}

struct fold {
	struct pars_job job;
	char *path;
};

/* The node goes on writing, so each pass leaves less for the next, until one
 * finds nothing new: then the log begins anew with the node's next transaction,
 * if none is under way. Beside one that writes very much no pass is that fast. */
static bool is_enough(int news, int passes)
{
	return news <= 0 || (news >= LONG_PAGES && passes >= LONG_PASSES);
}

static void fold_run(struct pars_job *job)
{
	sqlite3 *db = NULL;
	struct slices slices = { 0 };
	int before = 0, folded = 0;
	int rc = sqlite3_open_v2(((struct fold *)job)->path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	if (!rc) /* a connection that has read nothing does not know that there is a log */
		rc = sqlite3_exec(db, "SELECT 1 FROM sqlite_schema", NULL, NULL, NULL);
	if (!rc)
		slice(db, &slices);
	for (int passes = 1; !rc && passes <= PASSES; passes++) {
		rc = sqlite3_wal_checkpoint_v2(db, "main", SQLITE_CHECKPOINT_PASSIVE, NULL, &folded);
		if (is_enough(folded - before, passes))
			break;
		before = folded;
	}
	sqlite3_close(db); /* what failed is tried again by the node's thread, and told there */
}

static void fold_free(struct pars_job *job)
{
	free(((struct fold *)job)->path);
	free(job);
}

struct pars_job *pars_store_fold_new(const char *path)
{
	struct fold *f = pars_alloc(sizeof *f);
	f->job = (struct pars_job){ fold_run, fold_free, PARS_JOB_TIDIES };
	f->path = pars_strdup(path);
	return &f->job;
}

/* -- backups --------------------------------------------------------------------- */

static int copy(const char *from, sqlite3 *to)
{
	sqlite3 *src = NULL;
	int rc = sqlite3_open_v2(from, &src, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
	if (!rc) {
		sqlite3_busy_timeout(src, 1000);
		sqlite3_backup *b = sqlite3_backup_init(to, "main", src, "main");
		rc = b ? sqlite3_backup_step(b, -1) : sqlite3_errcode(to);
		if (b && rc == SQLITE_DONE)
			rc = sqlite3_backup_finish(b);
		else if (b)
			sqlite3_backup_finish(b);
	}
	sqlite3_close(src);
	return rc;
}

static void backup_run(struct pars_job *job)
{
	struct pars_store_backup *b = (struct pars_store_backup *)job;
	sqlite3 *to = NULL;
	sqlite3_stmt *q = NULL;
	/* The target must be new: EXCLUSIVE creation is the outside's to check in
	 * time, and SQLite's to refuse if it is a database with content. */
	int rc = sqlite3_open_v2(b->to, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
		SQLITE_OPEN_NOMUTEX, NULL);
	if (!rc)
		rc = sqlite3_prepare_v2(to, "SELECT count(*) FROM sqlite_schema", -1, &q, NULL);
	if (!rc && sqlite3_step(q) == SQLITE_ROW && sqlite3_column_int(q, 0)) {
		pars_fail(&b->fault, PARS_E_EXISTS, "%s exists already", b->to);
	} else if (!rc) {
		sqlite3_finalize(q);
		q = NULL;
		rc = copy(b->from, to);
		/* One file that can be carried: no log beside it. */
		if (!rc)
			rc = sqlite3_exec(to, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
	}
	if (!rc && !b->fault.err &&
	    !(rc = sqlite3_prepare_v2(to, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
		-1, &q, NULL)) && sqlite3_step(q) == SQLITE_ROW)
		b->bytes = (uint64_t)sqlite3_column_int64(q, 0);
	if (rc)
		pars_fail(&b->fault, rc == SQLITE_FULL ? PARS_E_DISK_FULL : rc == SQLITE_NOTADB ?
			PARS_E_EXISTS : PARS_E_DISK_IO, "%s: %s", b->to,
			to ? sqlite3_errmsg(to) : sqlite3_errstr(rc));
	sqlite3_finalize(q);
	sqlite3_close(to);
	char text[256];
	if (!b->fault.err && !quick_check(b->to, text, sizeof text))
		pars_fail(&b->fault, PARS_E_DB_CORRUPT, "%s: the copy is damaged: %s", b->to, text);
}

static void backup_free(struct pars_job *job)
{
	struct pars_store_backup *b = (struct pars_store_backup *)job;
	free(b->from);
	free(b->to);
	free(b);
}

struct pars_store_backup *pars_store_backup_new(const char *from, const char *to, uint64_t number)
{
	struct pars_store_backup *b = pars_alloc(sizeof *b);
	b->job = (struct pars_job){ backup_run, backup_free };
	b->from = pars_strdup(from);
	b->to = pars_strdup(to);
	b->number = number;
	return b;
}
