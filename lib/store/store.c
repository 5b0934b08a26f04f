#include "store/store.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include <sqlite3.h>

#include "base/alloc.h"
#include "store/migrations.h"
#include "store/sync.h"

#define APPLICATION_ID 0x50415253 /* "PARS" */
/* Pages of log before it is folded into the file: large enough that bulk
 * ingest rewrites a hot page seldom, small enough that opening after a crash
 * replays it in milliseconds. */
#define CHECKPOINT_PAGES 4000
#define CHECKPOINT_PAGES_SHORT 750 /* by commits so small that their syncs matter more than hot pages: */
#define SMALL_COMMIT_PAGES 6
#define CHECKPOINT_PAGES_LONG 12000 /* jobs did not come to the log's end */
#define CHECKPOINT_PAGES_MAX 16000  /* no job runs */
#define PAGE_SIZE 4096
#define CACHE_KIB "4096"
/* By how much the log's file grows ahead of what is written to it. */
#define LOG_AHEAD (256 << 10)
#define LOG_HEADER 32
#define LOG_FRAME (24 + PAGE_SIZE)
/* How long it is made when nobody waits: room for CHECKPOINT_PAGES_SHORT, and for
 * what is written while a job folds them. */
#define LOG_STRETCH (4 << 20)
#define STATEMENTS_MAX 256 /* a power of two, above the number of literals */

#define TEXT_OF(number) TEXT_OF_(number)
#define TEXT_OF_(number) #number

struct pars_stmt {
	struct pars_store *store;
	const char *sql;
	sqlite3_stmt *stmt;
};

struct pars_store {
	sqlite3 *db;
	char *path;
	bool was_clean;
	bool in_transaction, begun; /* begun: with a first statement */
	int64_t log_used;           /* bytes of the log's file; 0: nothing was committed yet */
	int64_t log_size;           /* what it was when it was asked for last, or grew: it never shrinks */
	char *vfs;                  /* NULL: the default one; else nobody else can open the file */
	struct pars_store_sync *sync; /* NULL: commits sync the log themselves */
	bool sync_out;
	enum {
		FOLD_HERE,          /* by commits alone */
		FOLD_NO_NEED,
		FOLD_DUE,
		FOLD_RUNS,          /* in a job */
		FOLD_END_DUE,       /* a long log's, once more: little is left */
		FOLD_END_RUNS,
		FOLD_END_RAN,
	} fold;
	int folded_pages;           /* of the log, when the last job was given */
	int unfolded_commits;       /* since then */
	enum pars_err err;
	char err_text[256];
	struct pars_stmt statements[STATEMENTS_MAX];
	size_t statement_count;
};

static enum pars_err classify(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_FULL:
		return PARS_E_DISK_FULL;
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_CANTOPEN:
		return PARS_E_DISK_READ_ONLY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return PARS_E_DB_CORRUPT;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return PARS_E_DB_LOCKED;
	default:
		return PARS_E_DISK_IO;
	}
}

static void stick(struct pars_store *s, int rc)
{
	if (s->err)
		return;
	s->err = classify(rc);
	snprintf(s->err_text, sizeof s->err_text, "%s", sqlite3_errmsg(s->db));
}

/* -- opening ------------------------------------------------------------------ */

static int pragma_int(sqlite3 *db, const char *sql, int64_t *ret)
{
	sqlite3_stmt *q;
	int rc = sqlite3_prepare_v2(db, sql, -1, &q, NULL);
	if (rc)
		return rc;
	rc = sqlite3_step(q);
	if (rc == SQLITE_ROW) {
		*ret = sqlite3_column_int64(q, 0);
		rc = SQLITE_OK;
	} else if (rc == SQLITE_DONE) {
		*ret = 0;
		rc = SQLITE_OK;
	}
	sqlite3_finalize(q);
	return rc;
}

static enum pars_err open_fault(struct pars_store *s, int rc, struct pars_fault *fault)
{
	enum pars_err err = classify(rc);
	const char *path = s->path, *why = s->db ? sqlite3_errmsg(s->db) : sqlite3_errstr(rc);
	switch ((int)err) {
	case PARS_E_DB_CORRUPT:
		return pars_fail(fault, err, "%s is damaged (%s): move it away and restore a backup",
			path, why);
	case PARS_E_DISK_READ_ONLY:
		return pars_fail(fault, err, "%s cannot be opened for writing (%s): check that the folder "
			"exists and is yours, and that the disk is not read-only", path, why);
	case PARS_E_DISK_FULL:
		return pars_fail(fault, err, "%s: the disk is full; free some space and start again", path);
	case PARS_E_DB_LOCKED:
		return pars_fail(fault, err, "%s is in use by another process", path);
	default:
		return pars_fail(fault, err, "%s: %s", path, why);
	}
}

static enum pars_err migrate(struct pars_store *s, struct pars_fault *fault)
{
	int64_t app = 0, version = 0, tables = 0;
	int rc = pragma_int(s->db, "PRAGMA application_id", &app);
	if (!rc)
		rc = pragma_int(s->db, "PRAGMA user_version", &version);
	if (!rc)
		rc = pragma_int(s->db, "SELECT count(*) FROM sqlite_schema", &tables);
	if (rc)
		return open_fault(s, rc, fault);
	if (app != APPLICATION_ID && (app || tables))
		return pars_fail(fault, PARS_E_DB_FOREIGN, "%s is another program's database", s->path);
	if (version > pars_store_migration_count)
		return pars_fail(fault, PARS_E_DB_NEWER,
			"%s has schema %lld and this parsd knows up to %u: install a newer parsd",
			s->path, (long long)version, pars_store_migration_count);
	for (; version < pars_store_migration_count; version++) {
		char finish[128];
		snprintf(finish, sizeof finish, "PRAGMA application_id = %d; PRAGMA user_version = %lld; COMMIT",
			APPLICATION_ID, (long long)version + 1);
		rc = sqlite3_exec(s->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
		if (!rc)
			rc = sqlite3_exec(s->db, pars_store_migrations[version], NULL, NULL, NULL);
		if (!rc)
			rc = sqlite3_exec(s->db, finish, NULL, NULL, NULL);
		if (rc) {
			enum pars_err err = open_fault(s, rc, fault);
			sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
			return err;
		}
	}
	return PARS_OK;
}

/* Only a log that is folded to its end begins anew, and a job comes to the end
 * when the writer rests. While it does not, the log grows on, and each job folds
 * what the one before had not seen. Once the log is long a second job follows the
 * first, and the writer is asked to rest: not for long, as little is left. If it
 * could not, the last bit is folded here, and the step waits for the disk. */
static bool must_fold(struct pars_store *s, int pages)
{
	bool little_is_left = s->fold == FOLD_END_RAN;
	if (little_is_left)
		s->fold = FOLD_NO_NEED;
	if (pages < s->folded_pages)
		s->folded_pages = s->unfolded_commits = 0; /* it began anew */
	int unfolded = pages - s->folded_pages;
	bool are_small = unfolded <= ++s->unfolded_commits * SMALL_COMMIT_PAGES;
	if (s->fold == FOLD_NO_NEED && unfolded >= (are_small ? CHECKPOINT_PAGES_SHORT : CHECKPOINT_PAGES))
		s->fold = FOLD_DUE;
	return pages >= (s->fold == FOLD_HERE ? CHECKPOINT_PAGES :
		little_is_left ? CHECKPOINT_PAGES_LONG : CHECKPOINT_PAGES_MAX);
}

/* What SQLite would do by itself, and the log's length, which it tells only
 * here. A checkpoint that fails is tried again by a later commit. */
static int after_commit(void *arg, sqlite3 *db, const char *name, int pages)
{
	struct pars_store *s = arg;
	s->log_used = LOG_HEADER + (int64_t)pages * LOG_FRAME;
	if (must_fold(s, pages))
		(void)sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	return SQLITE_OK;
}

static enum pars_err open_db(struct pars_store *s, const char *vfs, struct pars_fault *fault)
{
	int rc = sqlite3_open_v2(s->path, &s->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, vfs);
	if (rc)
		return open_fault(s, rc, fault);
	/* Only known settings before the file is known to be ours. */
	rc = sqlite3_exec(s->db, vfs ? "PRAGMA locking_mode = EXCLUSIVE" : "PRAGMA locking_mode = NORMAL",
		NULL, NULL, NULL);
	int64_t pages = 0;
	if (!rc)
		rc = pragma_int(s->db, "PRAGMA page_count", &pages);
	if (rc)
		return open_fault(s, rc, fault);
	if (!pages) /* a new file */
		rc = sqlite3_exec(s->db, "PRAGMA page_size = " TEXT_OF(PAGE_SIZE), NULL, NULL, NULL);
	if (!rc)
		rc = sqlite3_exec(s->db,
			"PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
			"PRAGMA cache_size = -" CACHE_KIB "; PRAGMA temp_store = MEMORY;"
			"PRAGMA trusted_schema = OFF", NULL, NULL, NULL);
	if (rc)
		return open_fault(s, rc, fault);
	sqlite3_busy_timeout(s->db, 0);
	sqlite3_wal_hook(s->db, after_commit, s);
	return migrate(s, fault);
}

/* Read, then mark as open: the mark goes away only by a clean end. */
static enum pars_err note_opening(struct pars_store *s, struct pars_fault *fault)
{
	uint8_t state = 1;
	int n = pars_store_get(s, "clean_end", &state, 1);
	s->was_clean = n < 0 || state == 1;
	pars_store_begin(s);
	state = 0;
	pars_store_set(s, "clean_end", PARS_BYTES(&state, 1));
	enum pars_err err = pars_store_commit(s, false);
	return err ? pars_fail(fault, err, "%s: %s", s->path, s->err_text) : PARS_OK;
}

enum pars_err pars_store_open(const char *path, const char *vfs, struct pars_store **ret,
	struct pars_fault *fault)
{
	PARS_AUTO(pars_store) s = pars_alloc(sizeof *s);
	s->path = pars_strdup(path);
	s->vfs = vfs ? pars_strdup(vfs) : NULL;
	enum pars_err err = open_db(s, vfs, fault);
	if (err || (err = note_opening(s, fault)))
		return err;
	*ret = PARS_MOVE(s);
	return PARS_OK;
}

void pars_store_free(struct pars_store *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < STATEMENTS_MAX; i++)
		sqlite3_finalize(s->statements[i].stmt);
	if (s->in_transaction)
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	sqlite3_close(s->db);
	if (s->sync && !s->sync_out)
		s->sync->job.free(&s->sync->job);
	free(s->vfs);
	free(s->path);
	free(s);
}

bool pars_store_was_clean(const struct pars_store *s)
{
	return s->was_clean;
}

void pars_store_mark_clean(struct pars_store *s)
{
	uint8_t state = 1;
	pars_store_set(s, "clean_end", PARS_BYTES(&state, 1));
}

const char *pars_store_path(const struct pars_store *s)
{
	return s->path;
}

unsigned pars_store_schema(const struct pars_store *s)
{
	(void)s;
	return pars_store_migration_count;
}

uint64_t pars_store_log_bytes(const struct pars_store *s)
{
	sqlite3_file *log = NULL;
	sqlite3_int64 n = 0;
	if (sqlite3_file_control(s->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) || !log || !log->pMethods ||
	    log->pMethods->xFileSize(log, &n))
		return 0;
	return (uint64_t)n;
}

/* -- transactions --------------------------------------------------------------- */

void pars_store_begin(struct pars_store *s)
{
	assert(!s->in_transaction);
	s->err = PARS_OK;
	s->err_text[0] = '\0';
	s->in_transaction = true;
}

void pars_store_rollback(struct pars_store *s)
{
	assert(s->in_transaction);
	for (size_t i = 0; i < STATEMENTS_MAX; i++)
		sqlite3_reset(s->statements[i].stmt);
	if (!sqlite3_get_autocommit(s->db))
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	s->in_transaction = s->begun = false;
}

/* Whether the log's file has no room. Its size is asked for only when it may be
 * too small: the next write after such a question leaves its time in the inode,
 * which would then be flushed, too. */
static bool is_full(struct pars_store *s, sqlite3_file *log, int64_t until)
{
	sqlite3_int64 size;
	if (!log || !s->log_used || s->log_size > until || log->pMethods->xFileSize(log, &size))
		return false;
	s->log_size = size;
	return size <= until;
}

/* Every sync of a file that grew flushes twice: its bytes, then its length. So
 * it grows seldom, by zeros: no frame of the log, so reading it ends there.
 * That there is no room is the next commit's to find out. */
static bool grow_log(struct pars_store *s, sqlite3_file *log)
{
	static const uint8_t zeros[16 << 10];
	int64_t until = s->log_size + LOG_AHEAD;
	for (; s->log_size < until; s->log_size += (int64_t)sizeof zeros)
		if (log->pMethods->xWrite(log, zeros, (int)sizeof zeros, s->log_size))
			return false;
	return true;
}

static void make_room(struct pars_store *s, sqlite3_file *log)
{
	if (is_full(s, log, s->log_used))
		(void)grow_log(s, log);
}

/* NULL: there is none. */
static sqlite3_file *open_log(struct pars_store *s)
{
	sqlite3_file *log = NULL;
	int rc = sqlite3_file_control(s->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
	return rc || !log || !log->pMethods ? NULL : log;
}

/* In WAL mode a commit under synchronous=NORMAL writes the log without syncing
 * it. Syncing the log file afterwards makes this commit, and all before it,
 * as durable as synchronous=FULL would, and only when somebody needs it. */
static int sync_log(struct pars_store *s)
{
	sqlite3_file *log = open_log(s);
	if (!log)
		return SQLITE_OK;
	make_room(s, log);
	return log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
}

static enum pars_err sync_failed(struct pars_store *s, int rc)
{
	s->err = classify(rc);
	snprintf(s->err_text, sizeof s->err_text, "the log cannot be synced: %s", sqlite3_errstr(rc));
	return s->err;
}

enum pars_err pars_store_commit(struct pars_store *s, bool durable)
{
	if (!s->err && s->begun)
		pars_run(s, "COMMIT");
	if (s->err) {
		pars_store_rollback(s);
		return s->err;
	}
	s->in_transaction = s->begun = false;
	int rc = durable ? sync_log(s) : SQLITE_OK;
	return rc ? sync_failed(s, rc) : PARS_OK;
}

enum pars_err pars_store_error(const struct pars_store *s, const char **text)
{
	*text = s->err_text;
	return s->err;
}

void pars_store_fold_apart(struct pars_store *s)
{
	if (!s->vfs)
		s->fold = FOLD_NO_NEED;
}

static int log_pages(const struct pars_store *s)
{
	return (int)((s->log_used - LOG_HEADER) / LOG_FRAME);
}

struct pars_job *pars_store_fold(struct pars_store *s)
{
	if (s->fold != FOLD_DUE && s->fold != FOLD_END_DUE)
		return NULL;
	s->fold = s->fold == FOLD_DUE ? FOLD_RUNS : FOLD_END_RUNS;
	s->folded_pages = log_pages(s);
	s->unfolded_commits = 0;
	return pars_store_fold_new(s->path);
}

void pars_store_folded(struct pars_store *s, struct pars_job *job)
{
	s->fold = s->fold == FOLD_END_RUNS ? FOLD_END_RAN :
		log_pages(s) >= CHECKPOINT_PAGES_LONG ? FOLD_END_DUE : FOLD_NO_NEED;
	job->free(job);
}

bool pars_store_wants_rest(const struct pars_store *s)
{
	return s->fold == FOLD_END_DUE || s->fold == FOLD_END_RUNS;
}

bool pars_store_sync_apart(struct pars_store *s)
{
	const char *log = sqlite3_filename_wal(sqlite3_db_filename(s->db, "main"));
	if (!s->sync && log && open_log(s))
		s->sync = pars_store_sync_new(log, s->vfs);
	return s->sync;
}

struct pars_job *pars_store_sync(struct pars_store *s)
{
	if (s->sync_out)
		return NULL;
	make_room(s, open_log(s));
	s->sync_out = true;
	return &s->sync->job;
}

bool pars_store_stretch(struct pars_store *s)
{
	sqlite3_file *log = s->fold == FOLD_HERE || s->log_size > LOG_STRETCH ? NULL : open_log(s);
	return is_full(s, log, LOG_STRETCH) && grow_log(s, log);
}

/* What a checkpoint moved meanwhile it synced in the file, and the log before
 * that, so that this job has nothing to know of it. */
enum pars_err pars_store_synced(struct pars_store *s, struct pars_job *job)
{
	assert(s->sync_out && job == &s->sync->job);
	s->sync_out = false;
	return s->sync->rc && !s->err ? sync_failed(s, s->sync->rc) : s->err;
}

/* -- statements -------------------------------------------------------------------- */

/* The cache is keyed by the literal's address: no hashing of text. */
static struct pars_stmt *prepare(struct pars_store *s, const char *sql)
{
	size_t i = ((uintptr_t)sql >> 3) * 0x9e3779b97f4a7c15u >> 56;
	while (s->statements[i].sql && s->statements[i].sql != sql)
		i = (i + 1) % STATEMENTS_MAX;
	struct pars_stmt *q = &s->statements[i];
	if (!q->sql) {
		assert(++s->statement_count < STATEMENTS_MAX);
		q->store = s;
		q->sql = sql;
	}
	if (!q->stmt) {
		int rc = sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &q->stmt, NULL);
		if (rc)
			stick(s, rc);
	}
	return q;
}

struct pars_stmt *pars_query_bind(struct pars_store *s, const char *sql,
	const struct pars_sql_value *values, size_t n)
{
	if (s->in_transaction && !s->begun) {
		s->begun = true;
		pars_run(s, "BEGIN");
	}
	struct pars_stmt *q = prepare(s, sql);
	if (s->err || !q->stmt)
		return q;
	assert(!sqlite3_stmt_busy(q->stmt));
	assert((int)n == sqlite3_bind_parameter_count(q->stmt));
	for (int i = 0; i < (int)n; i++) {
		const struct pars_sql_value *v = &values[i];
		int rc = SQLITE_OK;
		switch (v->type) {
		case PARS_SQL_INT:
			rc = sqlite3_bind_int64(q->stmt, i + 1, v->i);
			break;
		case PARS_SQL_BLOB:
			rc = v->b.n ? sqlite3_bind_blob64(q->stmt, i + 1, v->b.p, v->b.n, SQLITE_STATIC)
				: sqlite3_bind_zeroblob(q->stmt, i + 1, 0);
			break;
		case PARS_SQL_TEXT:
			rc = sqlite3_bind_text64(q->stmt, i + 1, (const char *)v->b.p, v->b.n, SQLITE_STATIC,
				SQLITE_UTF8);
			break;
		case PARS_SQL_NULL:
			rc = sqlite3_bind_null(q->stmt, i + 1);
			break;
		}
		if (rc)
			stick(s, rc);
	}
	return q;
}

bool pars_row(struct pars_stmt *q)
{
	if (q->store->err || !q->stmt)
		return false;
	int rc = sqlite3_step(q->stmt);
	if (rc == SQLITE_ROW)
		return true;
	if (rc != SQLITE_DONE)
		stick(q->store, rc);
	pars_done(q);
	return false;
}

void pars_done(struct pars_stmt *q)
{
	sqlite3_reset(q->stmt);
	sqlite3_clear_bindings(q->stmt); /* the bound bytes are the caller's */
}

int64_t pars_col_int(struct pars_stmt *q, int column)
{
	return sqlite3_column_int64(q->stmt, column);
}

struct pars_bytes pars_col_bytes(struct pars_stmt *q, int column)
{
	const void *p = sqlite3_column_blob(q->stmt, column);
	return PARS_BYTES(p, (size_t)sqlite3_column_bytes(q->stmt, column));
}

bool pars_col_null(struct pars_stmt *q, int column)
{
	return sqlite3_column_type(q->stmt, column) == SQLITE_NULL;
}

void pars_run_bind(struct pars_store *s, const char *sql, const struct pars_sql_value *values, size_t n)
{
	struct pars_stmt *q = pars_query_bind(s, sql, values, n);
	while (pars_row(q))
		;
}

int64_t pars_store_last_rowid(const struct pars_store *s)
{
	return sqlite3_last_insert_rowid(s->db);
}

int64_t pars_store_changes(const struct pars_store *s)
{
	return sqlite3_changes(s->db);
}

int64_t pars_query_int_bind(struct pars_store *s, int64_t otherwise, const char *sql,
	const struct pars_sql_value *values, size_t n)
{
	struct pars_stmt *q = pars_query_bind(s, sql, values, n);
	if (!pars_row(q))
		return otherwise;
	int64_t v = pars_col_null(q, 0) ? otherwise : pars_col_int(q, 0);
	pars_done(q);
	return v;
}

/* -- facts --------------------------------------------------------------------------- */

int pars_store_get(struct pars_store *s, const char *name, void *out, size_t max)
{
	struct pars_stmt *q = pars_query(s, "SELECT value FROM fact WHERE name = ?", PARS_TEXT(name));
	if (!pars_row(q))
		return -1;
	struct pars_bytes v = pars_col_bytes(q, 0);
	if (v.n)
		memcpy(out, v.p, PARS_MIN(max, v.n));
	pars_done(q);
	return (int)v.n;
}

void pars_store_set(struct pars_store *s, const char *name, struct pars_bytes value)
{
	pars_run(s, "INSERT OR REPLACE INTO fact VALUES (?, ?)", PARS_TEXT(name), PARS_BLOB(value));
}
