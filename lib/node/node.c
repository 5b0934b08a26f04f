/* node/node.c - the step: events in, one transaction, effects out.
 *
 *~ 2. The core is handed the event between pars_step_begin and pars_step_end.
 *~    Transport events go to the libp2p host (net/host.h), what the host makes
 *~    of them to the part of the node that owns the stream, finished jobs to
 *~    who asked for them. */
#include "node/node.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"

void node_log(struct pars_node *node, enum pars_log_level level, const char *fmt, ...)
{
	char line[400];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	pars_effects_log(&node->fx, level, "node", "%s", line);
}

#define ASKED_LATELY PARS_MS(10)
#define REST_MAX PARS_MS(5)

/* -- opening ------------------------------------------------------------------- */

/* A secret seed of this name: read, or drawn and kept. */
static void secret_seed(struct pars_node *node, const char *name, uint8_t seed[PARS_ED25519_SEED_SIZE])
{
	if (pars_store_get(node->store, name, seed, PARS_ED25519_SEED_SIZE) == PARS_ED25519_SEED_SIZE)
		return;
	pars_rng_bytes(&node->rng, seed, PARS_ED25519_SEED_SIZE);
	pars_store_set(node->store, name, PARS_BYTES(seed, PARS_ED25519_SEED_SIZE));
}

/* A node that changed its key would be another one, with this one's sessions. */
static enum pars_err check_key(struct pars_node *node, const uint8_t *given, struct pars_fault *fault)
{
	uint8_t kept[PARS_ED25519_SEED_SIZE];
	if (pars_store_get(node->store, "node_key", kept, sizeof kept) < 0) {
		pars_store_set(node->store, "node_key", PARS_BYTES(given, sizeof kept));
		return PARS_OK;
	}
	bool same = !memcmp(kept, given, sizeof kept);
	pars_wipe(kept, sizeof kept);
	return same ? PARS_OK : pars_fail(fault, PARS_E_EXISTS, "%s has a node key already, and it is not the one "
		"given: give that one or none, or another data folder", pars_store_path(node->store));
}

static enum pars_err check_network(struct pars_node *node, struct pars_fault *fault)
{
	char kept[128] = "";
	int n = pars_store_get(node->store, "network", kept, sizeof kept - 1);
	if (n < 0) {
		pars_store_set(node->store, "network", PARS_BYTES_STR(node->network));
		return PARS_OK;
	}
	if (strcmp(kept, node->network))
		return pars_fail(fault, PARS_E_DB_NETWORK, "%s belongs to network '%s', not '%s': give another "
			"data folder, or the network it was made for", pars_store_path(node->store), kept, node->network);
	return PARS_OK;
}

static enum pars_err load(struct pars_node *node, const struct pars_node_config *config,
	struct pars_fault *fault)
{
	uint8_t seed[PARS_ED25519_SEED_SIZE], identity_seed[PARS_ED25519_SEED_SIZE];
	struct pars_ed25519_pair identity;
	enum pars_err err = check_network(node, fault);
	if (!err && config->node_key)
		err = check_key(node, config->node_key, fault);
	if (err)
		return err;
	secret_seed(node, "node_key", seed);
	pars_ed25519_pair_from_seed(&node->key, seed);
	secret_seed(node, "identity", identity_seed);
	pars_ed25519_pair_from_seed(&identity, identity_seed);
	node->identity = identity;
	node->sessions = pars_sessions_open(node->store, &node->metrics, &node->rng, identity_seed);
	pars_ed25519_wipe(&identity);
	pars_wipe(identity_seed, sizeof identity_seed);
	pars_wipe(seed, sizeof seed);
	node_saving_init(node, config);
	if ((err = node_boot_init(node, config, fault)) || (err = node_peers_init(node, config, fault)))
		return err;
	node_dht_init(node, config);
	node_reach_init(node);
	node_gossip_init(node);
	node_relay_init(node, config);
	node_mailbox_init(node);
	node_admit_init(node);
	node_sync_init(node);
	node_status_init(node);
	node_storage_init(node, config->skip_integrity_check);
	return PARS_OK;
}

enum pars_err pars_node_new(const struct pars_node_config *config, struct pars_time now,
	struct pars_node **ret, struct pars_fault *fault)
{
	PARS_AUTO(pars_node) node = pars_alloc(sizeof *node);
	TAILQ_INIT(&node->presences);
	TAILQ_INIT(&node->sync_peers);
	TAILQ_INIT(&node->verified);
	TAILQ_INIT(&node->sync_retries);
	TAILQ_INIT(&node->backups);
	node->now = node->started = now;
	node->network = pars_strdup(config->network);
	node->agent = pars_strdup(config->agent);
	pars_rng_init(&node->rng, config->seed);
	enum pars_err err = pars_store_open(config->path, config->vfs, &node->store, fault);
	if (err)
		return err;
	pars_store_begin(node->store);
	node->in_step = true;
	err = load(node, config, fault);
	node->in_step = false;
	if (err)
		return err;
	/* New keys are known to nobody until they are safe. */
	if ((err = pars_store_commit(node->store, true))) {
		const char *text;
		pars_store_error(node->store, &text);
		return pars_fail(fault, err, "%s: %s (%s)", config->path, pars_err_text(err), text);
	}
	*ret = PARS_MOVE(node);
	return PARS_OK;
}

/* Jobs of a step that failed: nobody was given them, so nobody brings them
 * back. */
static void free_jobs(struct pars_effects *fx)
{
	for (size_t i = 0; i < fx->count; i++)
		if (fx->list[i].type == PARS_EF_JOB)
			fx->list[i].job->free(fx->list[i].job);
}

void pars_node_free(struct pars_node *node)
{
	if (!node)
		return;
	node_sync_done(node);
	node_gossip_done(node);
	node_relay_done(node);
	node_mailbox_done(node);
	node_presence_done(node);
	node_reach_done(node);
	node_boot_done(node);
	node_dht_done(node);
	node_storage_done(node);
	pars_host_free(node->host);
	pars_sessions_free(node->sessions);
	node_admit_done(node);
	pars_store_free(node->store);
	free_jobs(&node->fx);
	pars_effects_done(&node->fx);
	node_saving_done(node);
	pars_rng_done(&node->rng);
	pars_ed25519_wipe(&node->key);
	pars_ed25519_wipe(&node->identity);
	free(node->listen);
	free(node->network);
	free(node->agent);
	free(node);
}

void pars_step_hurry(struct pars_node *node)
{
	assert(node->in_step);
	node->hurry = true;
	node->asked_us = node->now.mono_us;
}

/* Not twice in a row: who asks again and again would keep off all others. */
bool node_puts_off(const struct pars_node *node)
{
	return node->now.mono_us < node->rest_until_us || (node->hurry && !node->put_off);
}

void node_did_bulk(struct pars_node *node)
{
	node->bulk = true;
}

bool node_is_asked(const struct pars_node *node)
{
	return node->asked_us && node->now.mono_us < node->asked_us + ASKED_LATELY;
}

/* While somebody asks, what peers brought gets half of the time: a step of it is
 * followed by a rest as long as it took, so that the processor is free when the next
 * question comes. */
static void rest_after_bulk(struct pars_node *node, pars_usec took_us)
{
	if (node->bulk && node_is_asked(node))
		node->rest_until_us = node->now.mono_us + PARS_MIN(took_us, REST_MAX);
	node->bulk = false;
}

/* -- the step ---------------------------------------------------------------------- */

void pars_step_begin(struct pars_node *node, struct pars_time now)
{
	assert(!node->in_step);
	node->in_step = true;
	node->durable = false;
	node->put_off = node->hurry && !node->put_off;
	node->hurry = false;
	pars_usec took_us = now.mono_us - node->now.mono_us;
	node->now = now;
	rest_after_bulk(node, took_us);
	pars_effects_reset(&node->fx);
	pars_store_begin(node->store);
	pars_host_begin(node->host, now, &node->fx);
	node_dht_begin(node);
	node_gossip_begin(node);
	if (!node->first_step_done) {
		node->first_step_done = true;
		node_peers_start(node);
		node_storage_start(node);
	}
}

static void drain_host(struct pars_node *node)
{
	struct pars_host_event ev;
	while (pars_host_next(node->host, &ev)) {
		node_peers_event(node, &ev);
		node_dht_event(node, &ev);
		node_reach_event(node, &ev);
		node_gossip_event(node, &ev);
		node_relay_event(node, &ev);
		node_mailbox_event(node, &ev);
		node_sync_event(node, &ev);
	}
}

static void job_done(struct pars_node *node, struct pars_job *job)
{
	if (!node_saving_job(node, job) && !node_storage_job(node, job))
		node_admit_job(node, job);
}

void pars_step_event(struct pars_node *node, const struct pars_event *event)
{
	assert(node->in_step);
	if (event->type == PARS_EV_JOB_DONE)
		job_done(node, event->job);
	else if (event->type == PARS_EV_RESOLVED)
		node_boot_resolved(node, event);
	else
		pars_host_step(node->host, event);
	drain_host(node);
}

/*~ 9. The end of a step: what is due is done, what is new goes into the
 *~    streams, everything is committed, and only then do the effects leave
 *~    (those that promise something when the disk has it: node/saving.c).
 *~    A crash can thus never forget what a peer, or a person, was told. */
enum pars_err pars_step_end(struct pars_node *node, struct pars_effects *out)
{
	assert(node->in_step);
	pars_host_tick(node->host);
	drain_host(node);
	node_peers_tick(node);
	node_room_tick(node);
	node_boot_tick(node);
	node_reach_tick(node);
	node_dht_tick(node);
	drain_host(node);
	node_mailbox_tick(node);
	node_sync_tick(node);
	node_admit_tick(node);
	node_storage_tick(node);
	node_relay_tick(node);
	node_gossip_tick(node);
	node_gossip_flush(node);
	node_sync_flush(node);
	pars_host_flush(node->host);
	drain_host(node);
	node_status_update(node);
	pars_sessions_flush(node->sessions, false);
	node->in_step = false;
	enum pars_err err = node_saving_commit(node);
	if (err) {
		pars_count(&node->metrics, PARS_M_step_failed);
		return err;
	}
	node->unsynced &= !node->durable;
	node_saving_release(node, out);
	return PARS_OK;
}

pars_usec pars_node_deadline(const struct pars_node *node)
{
	pars_usec bulk = PARS_MIN(node_sync_deadline(node), node_admit_deadline(node));
	pars_usec at = PARS_MIN(pars_host_deadline(node->host), PARS_MAX(bulk, node->rest_until_us));
	at = PARS_MIN(at, node_peers_deadline(node));
	at = PARS_MIN(at, node_room_deadline(node));
	at = PARS_MIN(at, node_dht_deadline(node));
	at = PARS_MIN(at, node_boot_deadline(node));
	at = PARS_MIN(at, node_reach_deadline(node));
	at = PARS_MIN(at, node_gossip_deadline(node));
	at = PARS_MIN(at, node_relay_deadline(node));
	at = PARS_MIN(at, node_mailbox_deadline(node));
	at = PARS_MIN(at, node_status_deadline(node));
	return node->first_step_done ? at : 0;
}

void pars_node_shutdown(struct pars_node *node)
{
	assert(node->in_step);
	pars_host_unlisten_all(node->host);
	pars_host_set_paused(node->host, true);
	pars_sessions_flush(node->sessions, true);
	pars_store_mark_clean(node->store);
	node->durable = true;
	node->save_apart = false; /* no step comes after this one */
}

void pars_node_set_interfaces(struct pars_node *node, const struct pars_endpoint *list, size_t n)
{
	pars_host_set_interfaces(node->host, list, n);
}

const struct pars_metrics *pars_node_metrics(const struct pars_node *node)
{
	return &node->metrics;
}
