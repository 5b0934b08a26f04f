/* store/store.h - the one SQLite database: opening, transactions, statements.
 *
 * Errors of statements stick to the transaction: rows end, writes do nothing,
 * and pars_store_commit returns the first error after rolling back. Callers
 * therefore need not check each statement, and nothing half done is kept.
 *
 * WAL mode with synchronous=NORMAL: a commit survives the end of the process
 * at once. What a person was told is saved must survive a power cut too:
 * pars_store_commit(store, true) syncs the log before it returns. */
#ifndef PARS_STORE_STORE_H
#define PARS_STORE_STORE_H

#include "base/io.h"

struct pars_store;
struct pars_stmt;

/* Opens or creates; migrates to the newest schema. vfs NULL: the default one;
 * any other is assumed to be private to this process (no shared memory).
 * DISK_*, DB_*: the fault says what to do. */
PARS_MUST enum pars_err pars_store_open(const char *path, const char *vfs,
	struct pars_store **ret, struct pars_fault *fault);
void pars_store_free(struct pars_store *store); /* rolls back; NULL is fine */
PARS_AUTO_DEFINE(pars_store)

/* False: the last process that had it open did not end by _mark_clean. */
bool pars_store_was_clean(const struct pars_store *store);
/* Inside the last transaction before the end. */
void pars_store_mark_clean(struct pars_store *store);
const char *pars_store_path(const struct pars_store *store);
unsigned pars_store_schema(const struct pars_store *store);
uint64_t pars_store_log_bytes(const struct pars_store *store); /* of the WAL file */

/* The database is touched by the first statement, so a transaction without one
 * costs nothing. */
void pars_store_begin(struct pars_store *store);
/* `durable`: synced to disk before it returns. On failure everything since
 * _begin is undone. */
PARS_MUST enum pars_err pars_store_commit(struct pars_store *store, bool durable);
void pars_store_rollback(struct pars_store *store);
/* The error that stuck, if any, with SQLite's words for it. */
enum pars_err pars_store_error(const struct pars_store *store, const char **text);

/* Folding the log into the file takes tenths of a second. By itself a commit does
 * it when the log has grown long; after _fold_apart (not with a private vfs)
 * jobs do it: whenever there is one, run it and hand it back. A log of many small
 * commits is folded early, as syncs are faster while it does not grow; one of large
 * commits late, as each folding writes its hot pages again. Under a writer that
 * never rests the log grows to 48 MiB before a commit folds what the last job left,
 * and, should no job run, to 64 MiB. _wants_rest: what can wait should not be
 * written now, for some hundredths of a second, and no commit need fold at all. */
void pars_store_fold_apart(struct pars_store *store);
struct pars_job *pars_store_fold(struct pars_store *store); /* NULL: no need now */
void pars_store_folded(struct pars_store *store, struct pars_job *job); /* takes */
bool pars_store_wants_rest(const struct pars_store *store);

/* Syncing the log takes a disk milliseconds. After _sync_apart, which fails (false)
 * where there is no log, a job does it: run it and hand it back, and all that
 * was committed before it was given is on disk. NULL: one is out already.
 * _synced goes into a transaction, which a sync that failed lets fail, too. */
PARS_MUST bool pars_store_sync_apart(struct pars_store *store);
struct pars_job *pars_store_sync(struct pars_store *store);
/* Makes a short log a piece longer, so that few syncs need to. The next sync takes
 * the longer for it: for when nobody waits for one. False: it is long enough. */
PARS_MUST bool pars_store_stretch(struct pars_store *store);
PARS_MUST enum pars_err pars_store_synced(struct pars_store *store, struct pars_job *job); /* takes */

/* -- statements ------------------------------------------------------------ */

struct pars_sql_value {
	enum { PARS_SQL_NULL, PARS_SQL_INT, PARS_SQL_BLOB, PARS_SQL_TEXT } type;
	int64_t i;
	struct pars_bytes b; /* borrowed until the statement is reset */
};
#define PARS_INT(v) ((struct pars_sql_value){ .type = PARS_SQL_INT, .i = (int64_t)(v) })
#define PARS_BLOB(v) ((struct pars_sql_value){ .type = PARS_SQL_BLOB, .b = (v) })
#define PARS_TEXT(v) ((struct pars_sql_value){ .type = PARS_SQL_TEXT, .b = PARS_BYTES_STR(v) })

/* Prepares (once per literal: sql is a string literal) and binds. Read rows
 * by `while (pars_row(q))`; leave a loop early only after pars_done(q). A
 * statement is not reentrant. */
#define pars_query(store, sql, ...) \
	pars_query_bind(store, "" sql, (const struct pars_sql_value[]){ __VA_ARGS__ }, \
		sizeof((const struct pars_sql_value[]){ __VA_ARGS__ }) / sizeof(struct pars_sql_value))
struct pars_stmt *pars_query_bind(struct pars_store *store, const char *sql,
	const struct pars_sql_value *values, size_t n);
bool pars_row(struct pars_stmt *q);
void pars_done(struct pars_stmt *q);
int64_t pars_col_int(struct pars_stmt *q, int column);
struct pars_bytes pars_col_bytes(struct pars_stmt *q, int column); /* until the next row */
bool pars_col_null(struct pars_stmt *q, int column);

/* Runs a statement that returns no rows. */
#define pars_run(store, sql, ...) \
	pars_run_bind(store, "" sql, (const struct pars_sql_value[]){ __VA_ARGS__ }, \
		sizeof((const struct pars_sql_value[]){ __VA_ARGS__ }) / sizeof(struct pars_sql_value))
void pars_run_bind(struct pars_store *store, const char *sql,
	const struct pars_sql_value *values, size_t n);
int64_t pars_store_last_rowid(const struct pars_store *store);
int64_t pars_store_changes(const struct pars_store *store); /* rows that the last write wrote */
/* One integer, or `otherwise` when there is no row. */
#define pars_query_int(store, otherwise, sql, ...) \
	pars_query_int_bind(store, otherwise, "" sql, (const struct pars_sql_value[]){ __VA_ARGS__ }, \
		sizeof((const struct pars_sql_value[]){ __VA_ARGS__ }) / sizeof(struct pars_sql_value))
int64_t pars_query_int_bind(struct pars_store *store, int64_t otherwise, const char *sql,
	const struct pars_sql_value *values, size_t n);

/* -- small facts ------------------------------------------------------------ */

/* Named values that need no table of their own. Copies at most `max` bytes;
 * returns the length, or -1 when there is none. */
int pars_store_get(struct pars_store *store, const char *name, void *out, size_t max);
void pars_store_set(struct pars_store *store, const char *name, struct pars_bytes value);

/* -- jobs: run on another thread with a connection of their own -------------- */

struct pars_store_check {
	struct pars_job job;
	char *path;
	char text[256]; /* "ok", or what is wrong */
	bool ok;
};
/* Takes nothing; gives a job that checks the whole file. Free by job.free. */
struct pars_store_check *pars_store_check_new(const char *path);

struct pars_store_backup {
	struct pars_job job;
	uint64_t number;
	char *from, *to;
	struct pars_fault fault; /* err 0: done and verified */
	uint64_t bytes;
};
/* The job that pars_store_fold gives. */
struct pars_job *pars_store_fold_new(const char *path);

struct pars_store_backup *pars_store_backup_new(const char *from, const char *to, uint64_t number);

#endif
