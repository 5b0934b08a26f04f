/* node/saving.c - what has to be on disk before anybody is told.
 *
 * A step that promises something is committed like any other, and a job syncs
 * the log while the node goes on. Until then nothing goes to peers, whatever
 * the step: they could learn of a vertex of ours that a power cut takes from us,
 * and we would write another one in its place. What stays in the house (dials,
 * jobs, the log, who is to look again) need not wait.
 *
 * One job is out at a time and covers what was committed before it left. So
 * there are two heaps, each in order: what waits for it, and what waits for the
 * next. They are bounded as connections bound what they have not sent. */
#include "node/node.h"

void node_saving_init(struct pars_node *node, const struct pars_node_config *config)
{
	node->save_apart = config->save_apart && pars_store_sync_apart(node->store);
}

void node_saving_done(struct pars_node *node)
{
	pars_effects_done(&node->waiting[0]);
	pars_effects_done(&node->waiting[1]);
}

enum pars_err node_saving_commit(struct pars_node *node)
{
	bool here = node->durable && !node->save_apart;
	enum pars_err err = pars_store_commit(node->store, here);
	if (err)
		return err;
	node->promised += node->durable;
	if (here) /* and with it all that was committed before */
		node->saved = node->promised;
	return PARS_OK;
}

bool node_saving_job(struct pars_node *node, struct pars_job *job)
{
	if (job != node->sync_job)
		return false;
	node->sync_job = NULL;
	if (!pars_store_synced(node->store, job)) /* else the step fails */
		node->saved = PARS_MAX(node->saved, node->syncing);
	return true;
}

static bool is_heard_by_peers(const struct pars_effect *e)
{
	return e->type == PARS_EF_SEND || e->type == PARS_EF_CLOSE || e->type == PARS_EF_ABORT;
}

static void pass_on(struct pars_effects *heap, struct pars_effects *out)
{
	for (size_t i = 0; i < heap->count; i++)
		pars_effects_copy(out, &heap->list[i]);
	pars_effects_done(heap); /* a quiet node keeps no memory for it */
}

static void begin_job(struct pars_node *node, struct pars_effects *out)
{
	node->sync_job = pars_store_sync(node->store);
	node->syncing = node->promised;
	pars_effects_add(out, PARS_EF_JOB)->job = node->sync_job;
	node->waiting[0] = node->waiting[1]; /* the job before came back: that one is empty */
	node->waiting[1] = (struct pars_effects){ 0 };
}

static void sort_out(struct pars_node *node, struct pars_effects *out)
{
	struct pars_effects *heap = &node->waiting[node->promised > node->syncing];
	for (size_t i = 0; i < node->fx.count; i++) {
		const struct pars_effect *e = &node->fx.list[i];
		pars_effects_copy(node->saved < node->promised && is_heard_by_peers(e) ? heap : out, e);
	}
	pars_effects_reset(&node->fx);
}

static void hand_over(struct pars_node *node, struct pars_effects *out)
{
	struct pars_effects done = node->fx;
	node->fx = *out; /* reuse the caller's memory for the next step */
	*out = done;
	pars_effects_reset(&node->fx);
}

/* Nobody waits for the disk: now it may take its time. */
static void prepare(struct pars_node *node, struct pars_effects *out)
{
	if (node->save_apart && !node->sync_job && pars_store_stretch(node->store))
		begin_job(node, out);
}

void node_saving_release(struct pars_node *node, struct pars_effects *out)
{
	if (node->saved == node->promised && !node->waiting[0].count && !node->waiting[1].count) {
		hand_over(node, out);
		prepare(node, out);
		return;
	}
	pars_effects_reset(out);
	if (node->saved >= node->syncing)
		pass_on(&node->waiting[0], out);
	if (node->saved == node->promised)
		pass_on(&node->waiting[1], out);
	else if (!node->sync_job)
		begin_job(node, out);
	sort_out(node, out);
}

uint64_t pars_promised(const struct pars_node *node)
{
	return node->promised;
}

uint64_t pars_saved(const struct pars_node *node)
{
	return node->saved;
}
