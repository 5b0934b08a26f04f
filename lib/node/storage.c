/* node/storage.c - facts about the database, its check, backups. */
#include "node/node.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"

#define BACKUPS_MAX 8 /* running, or with a result nobody asked for */

void node_storage_init(struct pars_node *node, bool skip_check)
{
	node->next_backup = 1;
	pars_store_fold_apart(node->store);
	if (pars_store_was_clean(node->store)) {
		snprintf(node->integrity, sizeof node->integrity, "clean start");
		return;
	}
	if (skip_check) {
		snprintf(node->integrity, sizeof node->integrity, "not checked");
		return;
	}
	snprintf(node->integrity, sizeof node->integrity, "checking");
	node->check = pars_store_check_new(pars_store_path(node->store));
}

void node_storage_start(struct pars_node *node)
{
	if (node->check) {
		node->check_started = true;
		node_log(node, PARS_LOG_INFO, "the last run did not end cleanly: checking the database");
		pars_effects_add(&node->fx, PARS_EF_JOB)->job = &node->check->job;
	}
}

static void check_done(struct pars_node *node)
{
	struct pars_store_check *c = node->check;
	node->check = NULL;
	snprintf(node->integrity, sizeof node->integrity, "%s", c->text);
	if (c->ok)
		node_log(node, PARS_LOG_INFO, "the database is sound");
	else
		node_log(node, PARS_LOG_ERROR, "the database is damaged: %s; back up what you can and "
			"restore a backup", c->text);
	pars_effects_notify(&node->fx, PARS_TOPIC_STORAGE, "check");
	c->job.free(&c->job);
}

void node_storage_tick(struct pars_node *node)
{
	struct pars_job *job = pars_store_fold(node->store);
	if (!job)
		return;
	node->fold = job;
	pars_effects_add(&node->fx, PARS_EF_JOB)->job = job;
}

bool node_storage_job(struct pars_node *node, struct pars_job *job)
{
	struct backup *b;
	if (job == node->fold) {
		node->fold = NULL;
		pars_store_folded(node->store, job);
		return true;
	}
	if (node->check && job == &node->check->job) {
		check_done(node);
		return true;
	}
	TAILQ_FOREACH(b, &node->backups, entry)
		if (job == &b->job->job) {
			b->done = true;
			pars_effects_notify(&node->fx, PARS_TOPIC_STORAGE, "backup");
			return true;
		}
	return false;
}

void node_storage_done(struct pars_node *node)
{
	struct backup *b;
	while ((b = TAILQ_FIRST(&node->backups))) {
		TAILQ_REMOVE(&node->backups, b, entry);
		if (b->done) /* else a worker has it, and it comes back by its job */
			b->job->job.free(&b->job->job);
		free(b);
	}
	if (node->check && !node->check_started)
		node->check->job.free(&node->check->job);
}

enum pars_err pars_storage_get(struct pars_node *node, struct pars_arena *a, struct pars_storage_info *ret,
	struct pars_fault *fault)
{
	size_t at = 0;
	const struct pars_session *s;
	(void)fault;
	struct pars_store *st = node->store;
	uint64_t page = (uint64_t)pars_query_int(st, 0, "SELECT page_size FROM pragma_page_size");
	*ret = (struct pars_storage_info){
		.path = pars_arena_string(a, PARS_BYTES_STR(pars_store_path(st))),
		.file_bytes = page * (uint64_t)pars_query_int(st, 0, "SELECT page_count FROM pragma_page_count"),
		.free_bytes = page * (uint64_t)pars_query_int(st, 0, "SELECT freelist_count FROM pragma_freelist_count"),
		.wal_bytes = pars_store_log_bytes(st),
		.sessions = pars_sessions_count(node->sessions),
		.peers = (uint64_t)pars_query_int(st, 0, "SELECT count(*) FROM peer"),
		.schema = pars_store_schema(st),
		.integrity = pars_arena_string(a, PARS_BYTES_STR(node->integrity)),
	};
	while ((s = pars_sessions_next(node->sessions, &at))) {
		ret->vertices += pars_dag_sum(s->dag)->count;
		ret->messages += pars_dag_messages(s->dag);
	}
	return PARS_OK;
}

enum pars_err pars_storage_backup(struct pars_node *node, const char *path, uint64_t *ret,
	struct pars_fault *fault)
{
	size_t n = 0;
	struct backup *b;
	TAILQ_FOREACH(b, &node->backups, entry)
		n++;
	if (path[0] != '/')
		return pars_fail(fault, PARS_E_INVALID, "%s: expected an absolute path", path);
	if (n >= BACKUPS_MAX)
		return pars_fail(fault, PARS_E_LIMIT, "%d backups are running already", BACKUPS_MAX);
	b = pars_alloc(sizeof *b);
	b->job = pars_store_backup_new(pars_store_path(node->store), path, node->next_backup++);
	TAILQ_INSERT_TAIL(&node->backups, b, entry);
	pars_effects_add(&node->fx, PARS_EF_JOB)->job = &b->job->job;
	*ret = b->job->number;
	return PARS_OK;
}

enum pars_err pars_storage_backup_result(struct pars_node *node, uint64_t backup, uint64_t *ret_bytes,
	struct pars_fault *fault)
{
	struct backup *b = TAILQ_FIRST(&node->backups);
	while (b && b->job->number != backup)
		b = TAILQ_NEXT(b, entry);
	if (!b)
		return pars_fail(fault, PARS_E_NOT_FOUND, "no such backup");
	if (!b->done)
		return PARS_E_NOT_READY;
	enum pars_err err = b->job->fault.err;
	*ret_bytes = b->job->bytes;
	if (err && fault)
		*fault = b->job->fault;
	TAILQ_REMOVE(&node->backups, b, entry);
	b->job->job.free(&b->job->job);
	free(b);
	return err;
}
