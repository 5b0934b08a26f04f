#include "store/store.h"

#include <stdio.h>
#include <sys/stat.h>

#include <sqlite3.h>

#include "store/migrations.h"
#include "store/sync.h"
#include "tests/unit/unit.h"

static char path[200];

static struct pars_store *open_new(void)
{
	struct pars_store *s;
	struct pars_fault fault;
	snprintf(path, sizeof path, "%s/store.db", unit_tmpdir());
	ck_assert_msg(!pars_store_open(path, NULL, &s, &fault), "%s", fault.text);
	return s;
}

static enum pars_err reopen(struct pars_store **ret, struct pars_fault *fault)
{
	return pars_store_open(path, NULL, ret, fault);
}

static void sql(const char *text)
{
	sqlite3 *db;
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

START_TEST(facts_survive_and_a_clean_end_is_noticed)
{
	struct pars_store *s = open_new();
	struct pars_fault fault;
	char out[8] = "";
	ck_assert(pars_store_was_clean(s));
	pars_store_begin(s);
	pars_store_set(s, "k", PARS_BYTES_STR("value"));
	ck_assert_int_eq(pars_store_commit(s, true), PARS_OK);
	pars_store_free(s);
	ck_assert_int_eq(reopen(&s, &fault), PARS_OK);
	ck_assert(!pars_store_was_clean(s)); /* nobody said goodbye */
	ck_assert_int_eq(pars_store_get(s, "k", out, sizeof out), 5);
	ck_assert_str_eq(out, "value");
	ck_assert_int_eq(pars_store_get(s, "nothing", out, sizeof out), -1);
	pars_store_begin(s);
	pars_store_mark_clean(s);
	ck_assert_int_eq(pars_store_commit(s, true), PARS_OK);
	pars_store_free(s);
	ck_assert_int_eq(reopen(&s, &fault), PARS_OK);
	ck_assert(pars_store_was_clean(s));
	pars_store_free(s);
}
END_TEST

START_TEST(an_uncommitted_step_never_happened)
{
	struct pars_store *s = open_new();
	struct pars_fault fault;
	uint8_t byte = 1;
	pars_store_begin(s);
	pars_store_set(s, "gone", PARS_BYTES(&byte, 1));
	pars_store_free(s); /* as a crash leaves it */
	ck_assert_int_eq(reopen(&s, &fault), PARS_OK);
	ck_assert_int_eq(pars_store_get(s, "gone", &byte, 1), -1);
	pars_store_free(s);
}
END_TEST

START_TEST(an_error_sticks_to_its_transaction)
{
	struct pars_store *s = open_new();
	uint8_t byte = 1;
	pars_store_begin(s);
	pars_store_set(s, "kept", PARS_BYTES(&byte, 1));
	ck_assert_int_eq(pars_store_commit(s, false), PARS_OK);
	pars_store_begin(s);
	pars_store_set(s, "lost", PARS_BYTES(&byte, 1));
	pars_run(s, "INSERT INTO head VALUES (1, 1, 1)");
	pars_run(s, "INSERT INTO head VALUES (1, 1, 1)"); /* a constraint: our own bug */
	pars_store_set(s, "after", PARS_BYTES(&byte, 1));
	ck_assert_int_ne(pars_store_commit(s, false), PARS_OK);
	pars_store_begin(s);
	ck_assert_int_eq(pars_store_get(s, "kept", &byte, 1), 1);
	ck_assert_int_eq(pars_store_get(s, "lost", &byte, 1), -1);
	ck_assert_int_eq(pars_store_get(s, "after", &byte, 1), -1);
	pars_store_rollback(s);
	pars_store_free(s);
}
END_TEST

START_TEST(a_newer_schema_is_left_alone)
{
	struct pars_store *s = open_new();
	struct pars_fault fault;
	pars_store_free(s);
	sql("PRAGMA user_version = 999");
	ck_assert_int_eq(reopen(&s, &fault), PARS_E_DB_NEWER);
	ck_assert_ptr_nonnull(strstr(fault.text, "newer parsd"));
}
END_TEST

START_TEST(another_programs_database_is_left_alone)
{
	struct pars_store *s;
	struct pars_fault fault;
	snprintf(path, sizeof path, "%s/foreign.db", unit_tmpdir());
	sql("CREATE TABLE theirs (x)");
	ck_assert_int_eq(reopen(&s, &fault), PARS_E_DB_FOREIGN);
	sql("SELECT * FROM theirs");
}
END_TEST

START_TEST(a_damaged_file_is_named)
{
	struct pars_store *s = open_new();
	struct pars_fault fault;
	pars_store_free(s);
	FILE *f = fopen(path, "r+");
	for (int i = 0; i < 4096; i++)
		fputc(i * 7, f);
	fclose(f);
	ck_assert_int_eq(reopen(&s, &fault), PARS_E_DB_CORRUPT);
	ck_assert_ptr_nonnull(strstr(fault.text, path));
}
END_TEST

START_TEST(a_folder_that_is_not_there)
{
	struct pars_store *s;
	struct pars_fault fault;
	snprintf(path, sizeof path, "%s/nowhere/store.db", unit_tmpdir());
	ck_assert_int_eq(reopen(&s, &fault), PARS_E_DISK_READ_ONLY);
}
END_TEST

START_TEST(the_check_finds_damage_and_passes_a_sound_file)
{
	struct pars_store *s = open_new();
	pars_store_begin(s);
	for (int i = 0; i < 2000; i++)
		pars_run(s, "INSERT INTO head VALUES (1, ?, ?)", PARS_INT(i), PARS_INT(i));
	ck_assert_int_eq(pars_store_commit(s, true), PARS_OK);
	struct pars_store_check *c = pars_store_check_new(path);
	c->job.run(&c->job);
	ck_assert_msg(c->ok, "%s", c->text);
	c->job.free(&c->job);
	pars_store_free(s);
	sql("PRAGMA wal_checkpoint(TRUNCATE)");
	struct stat st;
	ck_assert_int_eq(stat(path, &st), 0);
	FILE *f = fopen(path, "r+");
	for (long at = 4096; at < st.st_size; at += 4096) {
		fseek(f, at, SEEK_SET);
		fputs("damage", f);
	}
	fclose(f);
	c = pars_store_check_new(path);
	c->job.run(&c->job);
	ck_assert(!c->ok);
	c->job.free(&c->job);
}
END_TEST

START_TEST(a_backup_is_whole_and_never_overwrites)
{
	struct pars_store *s = open_new(), *copy;
	struct pars_fault fault;
	char to[220], out[8] = "";
	snprintf(to, sizeof to, "%s/backup.db", unit_tmpdir());
	pars_store_begin(s);
	pars_store_set(s, "k", PARS_BYTES_STR("value"));
	ck_assert_int_eq(pars_store_commit(s, true), PARS_OK);
	struct pars_store_backup *b = pars_store_backup_new(path, to, 1);
	b->job.run(&b->job);
	ck_assert_msg(!b->fault.err, "%s", b->fault.text);
	ck_assert_uint_gt(b->bytes, 0);
	b->job.free(&b->job);
	ck_assert_int_eq(pars_store_open(to, NULL, &copy, &fault), PARS_OK);
	ck_assert_int_eq(pars_store_get(copy, "k", out, sizeof out), 5);
	pars_store_free(copy);
	b = pars_store_backup_new(path, to, 2);
	b->job.run(&b->job);
	ck_assert_int_eq(b->fault.err, PARS_E_EXISTS);
	b->job.free(&b->job);
	pars_store_free(s);
}
END_TEST

/* A session of version 2 with a forked author: what rows said stays true. */
START_TEST(an_older_schema_is_brought_up)
{
	struct pars_fault fault;
	struct pars_store *s;
	snprintf(path, sizeof path, "%s/old.db", unit_tmpdir());
	sql(pars_store_migrations[0]);
	sql(pars_store_migrations[1]);
	sql("PRAGMA application_id = 0x50415253; PRAGMA user_version = 2;"
		"INSERT INTO session VALUES (1, x'01', x'02', 'tea', 'me', NULL, 5, NULL), (2, x'03', x'04', '', '', NULL, 0, NULL);"
		"INSERT INTO author VALUES (1, 1, x'aa', 'me', 3, 3, 2, 0), (2, 1, x'bb', 'you', 9, 7, 8, 1);"
		"INSERT INTO vertex VALUES (1, x'01', 1, 1, 0, 0, 0, 1, x''), (4, x'05', 1, 1, 1, 1, 2, 2, x'');"
		"INSERT INTO dag VALUES (1, 2, x'07', 1)");
	ck_assert_msg(!reopen(&s, &fault), "%s", fault.text);
	ck_assert_int_eq(pars_query_int(s, -1, "SELECT messages * 100 + seq FROM dag WHERE session = 1"), 504);
	ck_assert_int_eq(pars_query_int(s, -1, "SELECT forked FROM author WHERE num = 1"), 0);
	ck_assert_int_eq(pars_query_int(s, -1, "SELECT forked FROM author WHERE num = 2"), 2);
	pars_store_free(s);
}
END_TEST

static void copy_file(const char *from, const char *to)
{
	static char buf[5 << 20];
	FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
	ck_assert(in && out);
	size_t n = fread(buf, 1, sizeof buf, in);
	ck_assert(n && n < sizeof buf && fwrite(buf, 1, n, out) == n);
	fclose(in);
	fclose(out);
}

/* The log's file is longer than what was written to it: a durable commit need
 * not flush a new length each time, and a reader sees where the log ends. */
START_TEST(the_log_grows_ahead_and_is_read_to_its_end)
{
	struct pars_store *s = open_new(), *copy;
	struct pars_fault fault;
	char log[220], to[220], to_log[240];
	uint64_t size = 0, grown = 0;
	uint8_t value = 0;
	snprintf(log, sizeof log, "%s-wal", path);
	snprintf(to, sizeof to, "%s/copy.db", unit_tmpdir());
	snprintf(to_log, sizeof to_log, "%s-wal", to);
	for (uint8_t i = 1; i <= 40; i++) {
		pars_store_begin(s);
		pars_store_set(s, "count", PARS_BYTES(&i, 1));
		ck_assert_int_eq(pars_store_commit(s, true), PARS_OK);
		grown += pars_store_log_bytes(s) != size;
		size = pars_store_log_bytes(s);
		if (i % 13)
			continue;
		copy_file(path, to);
		copy_file(log, to_log);
		ck_assert_msg(!pars_store_open(to, NULL, &copy, &fault), "%s", fault.text);
		ck_assert_int_eq(pars_store_get(copy, "count", &value, 1), 1);
		ck_assert_uint_eq(value, i);
		pars_store_free(copy);
	}
	ck_assert_uint_ge(size, 256 << 10);
	ck_assert_uint_le(grown, 2);
	pars_store_free(s);
}
END_TEST

/* A writer that never rests, as during a long sync. */
START_TEST(jobs_fold_the_log_of_a_busy_writer)
{
	static uint8_t value[200000];
	struct pars_store *s = open_new();
	struct pars_fault fault;
	struct stat st;
	unsigned folds = 0;
	pars_store_fold_apart(s);
	for (unsigned i = 0; i < 400; i++) {
		struct pars_job *job = pars_store_fold(s);
		if (job)
			job->run(job);
		pars_store_begin(s);
		value[0] = (uint8_t)i;
		pars_store_set(s, i % 2 ? "odd" : "even", PARS_BYTES(value, sizeof value));
		ck_assert_int_eq(pars_store_commit(s, false), PARS_OK);
		if (job)
			pars_store_folded(s, job);
		folds += !!job;
	}
	ck_assert_uint_ge(folds, 3);
	ck_assert_uint_lt(pars_store_log_bytes(s), 52 << 20); /* of 80 MiB that were written */
	ck_assert(!stat(path, &st) && st.st_size > 2 * (off_t)sizeof value);
	pars_store_free(s);
	ck_assert_int_eq(reopen(&s, &fault), PARS_OK);
	ck_assert_int_eq(pars_store_get(s, "odd", value, 1), sizeof value);
	ck_assert_uint_eq(value[0], 399 % 256);
	pars_store_free(s);
}
END_TEST

/* Once it rests a job comes to the log's end, which then begins anew. */
START_TEST(jobs_fold_the_whole_log_of_a_writer_that_rests)
{
	static uint8_t value[200000];
	struct pars_store *s = open_new();
	uint64_t longest = 0;
	unsigned folds = 0;
	pars_store_fold_apart(s);
	for (unsigned i = 0; i < 400; i++) {
		struct pars_job *job = pars_store_fold(s);
		if (job) {
			job->run(job);
			pars_store_folded(s, job);
		}
		folds += !!job;
		pars_store_begin(s);
		value[0] = (uint8_t)i;
		pars_store_set(s, i % 2 ? "odd" : "even", PARS_BYTES(value, sizeof value));
		ck_assert_int_eq(pars_store_commit(s, false), PARS_OK);
		longest = PARS_MAX(longest, pars_store_log_bytes(s));
	}
	ck_assert_uint_ge(folds, 3);
	ck_assert_uint_lt(longest, 20 << 20);
	pars_store_free(s);
}
END_TEST

static void write_much(struct pars_store *s, unsigned i)
{
	static uint8_t value[200000];
	pars_store_begin(s);
	value[0] = (uint8_t)i;
	pars_store_set(s, i % 2 ? "odd" : "even", PARS_BYTES(value, sizeof value));
	ck_assert_int_eq(pars_store_commit(s, false), PARS_OK);
}

/* A reader keeps jobs from coming to the end of the log. Once that is long the
 * writer is asked to rest until a job came there, and the log begins anew. */
START_TEST(the_writer_of_a_long_log_is_asked_to_rest)
{
	struct pars_store *s = open_new();
	struct pars_job *job;
	sqlite3 *reader;
	unsigned i = 0;
	pars_store_fold_apart(s);
	write_much(s, i++);
	ck_assert_int_eq(sqlite3_open(path, &reader), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(reader, "BEGIN; SELECT * FROM fact", NULL, NULL, NULL), SQLITE_OK);
	for (; i < 400 && !pars_store_wants_rest(s); i++) {
		write_much(s, i);
		if ((job = pars_store_fold(s))) {
			job->run(job);
			pars_store_folded(s, job);
		}
	}
	ck_assert_uint_ge(pars_store_log_bytes(s), 46 << 20);
	ck_assert_uint_lt(i, 400);
	sqlite3_close(reader);
	ck_assert((job = pars_store_fold(s)));
	ck_assert(pars_store_wants_rest(s));
	job->run(job);
	pars_store_folded(s, job);
	ck_assert(!pars_store_wants_rest(s));
	uint64_t size = pars_store_log_bytes(s);
	for (unsigned more = 0; more < 50; more++)
		write_much(s, more);
	ck_assert_uint_eq(pars_store_log_bytes(s), size);
	pars_store_free(s);
}
END_TEST

START_TEST(a_long_log_is_folded_even_if_no_job_runs)
{
	static uint8_t value[200000];
	struct pars_store *s = open_new();
	pars_store_fold_apart(s);
	for (unsigned i = 0; i < 800; i++) {
		pars_store_begin(s);
		value[0] = (uint8_t)i;
		pars_store_set(s, "k", PARS_BYTES(value, sizeof value));
		ck_assert_int_eq(pars_store_commit(s, false), PARS_OK);
	}
	ck_assert_uint_lt(pars_store_log_bytes(s), 80 << 20); /* of 160 MiB */
	pars_store_free(s);
}
END_TEST

START_TEST(a_job_syncs_the_log_and_fails_the_transaction_it_comes_back_in)
{
	struct pars_store *s = open_new();
	const char *text;
	uint8_t value = 1;
	ck_assert(pars_store_sync_apart(s));
	pars_store_begin(s);
	pars_store_set(s, "k", PARS_BYTES(&value, 1));
	ck_assert_int_eq(pars_store_commit(s, false), PARS_OK);
	struct pars_job *job = pars_store_sync(s);
	ck_assert(job && job->kind == PARS_JOB_SYNCS);
	ck_assert_ptr_null(pars_store_sync(s)); /* one at a time */
	ck_assert_uint_ge(pars_store_log_bytes(s), 256 << 10); /* grown by the node's thread, not by the job */
	job->run(job);
	pars_store_begin(s);
	ck_assert_int_eq(pars_store_synced(s, job), PARS_OK);
	ck_assert_int_eq(pars_store_commit(s, false), PARS_OK);
	ck_assert_ptr_eq(pars_store_sync(s), job);
	job->run(job);
	((struct pars_store_sync *)job)->rc = SQLITE_IOERR_FSYNC; /* as from a disk that is dying */
	pars_store_begin(s);
	value = 2;
	pars_store_set(s, "k", PARS_BYTES(&value, 1));
	ck_assert_int_eq(pars_store_synced(s, job), PARS_E_DISK_IO);
	ck_assert_int_eq(pars_store_commit(s, false), PARS_E_DISK_IO);
	pars_store_error(s, &text);
	ck_assert_ptr_nonnull(strstr(text, "cannot be synced"));
	ck_assert_int_eq(pars_store_get(s, "k", &value, 1), -1); /* the error sticks until the next begin */
	pars_store_begin(s);
	ck_assert_int_eq(pars_store_get(s, "k", &value, 1), 1);
	ck_assert_uint_eq(value, 1);
	ck_assert_ptr_eq(pars_store_sync(s), job);
	pars_store_free(s); /* while it is out: it is the outside's */
	job->run(job);
	job->free(job);
}
END_TEST

/* By pieces, each written by the next sync, until it is long enough; and it is
 * read to its end all the same. */
START_TEST(a_log_is_stretched_when_nobody_waits)
{
	struct pars_store *s = open_new(), *copy;
	struct pars_fault fault;
	char log[220], to[220], to_log[240];
	unsigned pieces = 0;
	uint8_t value = 7;
	snprintf(log, sizeof log, "%s-wal", path);
	snprintf(to, sizeof to, "%s/copy.db", unit_tmpdir());
	snprintf(to_log, sizeof to_log, "%s-wal", to);
	ck_assert(pars_store_sync_apart(s));
	ck_assert(!pars_store_stretch(s)); /* who folds by commits alone has his log begin anew often */
	pars_store_fold_apart(s);
	pars_store_begin(s);
	pars_store_set(s, "k", PARS_BYTES(&value, 1));
	ck_assert_int_eq(pars_store_commit(s, true), PARS_OK);
	for (uint64_t before; before = pars_store_log_bytes(s), pars_store_stretch(s); pieces++)
		ck_assert_uint_eq(pars_store_log_bytes(s), before + (256 << 10));
	ck_assert_uint_ge(pieces, 10);
	ck_assert_uint_ge(pars_store_log_bytes(s), 4 << 20);
	ck_assert(!pars_store_stretch(s));
	copy_file(path, to);
	copy_file(log, to_log);
	value = 0;
	ck_assert_msg(!pars_store_open(to, NULL, &copy, &fault), "%s", fault.text);
	ck_assert_int_eq(pars_store_get(copy, "k", &value, 1), 1);
	ck_assert_uint_eq(value, 7);
	pars_store_free(copy);
	pars_store_free(s);
}
END_TEST

/* Small commits: their syncs count, and a short log needs no growing. */
START_TEST(the_log_of_small_commits_is_folded_early)
{
	static uint8_t value[8000];
	struct pars_store *s = open_new();
	uint64_t longest = 0;
	unsigned folds = 0;
	pars_store_fold_apart(s);
	for (unsigned i = 0; i < 1200; i++) {
		struct pars_job *job = pars_store_fold(s);
		if (job) {
			job->run(job);
			pars_store_folded(s, job);
		}
		folds += !!job;
		pars_store_begin(s);
		value[0] = (uint8_t)i;
		pars_store_set(s, "k", PARS_BYTES(value, sizeof value));
		ck_assert_int_eq(pars_store_commit(s, false), PARS_OK);
		longest = PARS_MAX(longest, pars_store_log_bytes(s));
	}
	ck_assert_uint_ge(folds, 3);
	ck_assert_uint_le(longest, 4 << 20); /* of more than 9 MiB */
	pars_store_free(s);
}
END_TEST

START_TEST(what_is_in_memory_has_no_log_to_sync)
{
	struct pars_store *s;
	ck_assert_int_eq(pars_store_open(":memory:", NULL, &s, NULL), PARS_OK);
	ck_assert(!pars_store_sync_apart(s));
	pars_store_free(s);
}
END_TEST

UNIT_CASE(store, facts_survive_and_a_clean_end_is_noticed, an_uncommitted_step_never_happened,
	an_error_sticks_to_its_transaction, a_newer_schema_is_left_alone, another_programs_database_is_left_alone,
	a_damaged_file_is_named, a_folder_that_is_not_there, the_check_finds_damage_and_passes_a_sound_file,
	a_backup_is_whole_and_never_overwrites,
	an_older_schema_is_brought_up, the_log_grows_ahead_and_is_read_to_its_end,
	a_job_syncs_the_log_and_fails_the_transaction_it_comes_back_in, what_is_in_memory_has_no_log_to_sync,
	jobs_fold_the_log_of_a_busy_writer,
	a_log_is_stretched_when_nobody_waits, the_log_of_small_commits_is_folded_early,
	jobs_fold_the_whole_log_of_a_writer_that_rests, the_writer_of_a_long_log_is_asked_to_rest,
	a_long_log_is_folded_even_if_no_job_runs);
